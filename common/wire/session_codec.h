// The session's messages as protobuf, muster.v1.WorkerToMaster and MasterToWorker: for the pipes
// over gRPC alone. Pure functions; any thread.
//
// Decoding refuses, naming the field: no message or an unknown one, identifiers above 128 bytes or
// with control characters, payloads above kMaxPlanBytes or kMaxBatchBytes, and an assignment that
// is no place in an owner table. Texts for people (reasons, errors) are cut to 4 KiB when encoded
// and refused above it; control characters in them become spaces, because they end on terminals.
#pragma once

#include <cstddef>

#include "common/base/status.h"
#include "common/session/message.h"
#include "common/wire/batch_codec.h"

namespace muster {
namespace v1 {
class WorkerToMaster;
class MasterToWorker;
}  // namespace v1

inline constexpr size_t kMaxIdentifierBytes = 128;
inline constexpr size_t kMaxReasonBytes = 4096;
// The greatest encoded message: a pipe's receive limit.
inline constexpr size_t kMaxSessionMessageBytes = kMaxBatchBytes + (64 << 10);

// Overwrites `out`.
void ToProto(const WorkerMessage& message, v1::WorkerToMaster* out);
void ToProto(const MasterMessage& message, v1::MasterToWorker* out);

StatusOr<WorkerMessage> FromProto(const v1::WorkerToMaster& in);
StatusOr<MasterMessage> FromProto(const v1::MasterToWorker& in);

}  // namespace muster
