// A whole RunSummary as bytes and back, so that any output of an old run can be made again, byte
// for byte.
//
//   bytes = "MUSM", version (1 byte), size of the CBOR (8 bytes, most significant first), zlib of
//   the CBOR; the CBOR is a map from members' names to values, structures within are maps too
//
// It keeps working as the summary grows: a member that the bytes don't have keeps its default, one
// that only a newer Muster knows is passed over. A change that makes old bytes mean something else
// raises the version. A new member does not compile until it stands in summary_codec.cc.
//
// Pure; any thread. Hostile bytes give a Status, never a crash, then and when the summary is
// rendered.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "master/results/summary.h"

namespace muster {

inline constexpr size_t kMaxSummaryBytes = 64 << 20;  // of the CBOR

// Error: larger than kMaxSummaryBytes.
StatusOr<std::string> EncodeSummary(const RunSummary& summary);
// Errors: DataLoss, what is wrong with the bytes; FailedPrecondition, written by a newer Muster.
StatusOr<RunSummary> DecodeSummary(std::string_view bytes);

}  // namespace muster
