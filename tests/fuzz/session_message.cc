// Any bytes as a session's message, in either direction: refused, or a value that encodes to a
// message which decodes to it.
#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/wire/session_codec.h"
#include "muster/v1/session.pb.h"

namespace {

template <typename Wire>
void RoundTrip(const uint8_t* data, size_t size) {
  Wire wire;
  if (!wire.ParseFromArray(data, static_cast<int>(size))) return;
  const auto message = muster::FromProto(wire);
  if (!message.ok()) return;
  Wire encoded;
  muster::ToProto(*message, &encoded);
  CHECK(encoded.ByteSizeLong() <= muster::kMaxSessionMessageBytes) << "more than a pipe takes";
  const auto again = muster::FromProto(encoded);
  CHECK(again.ok()) << again.status().ToString();
  CHECK(*again == *message) << "changed by a round trip";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  RoundTrip<muster::v1::WorkerToMaster>(data, size);
  RoundTrip<muster::v1::MasterToWorker>(data, size);
  return 0;
}
