// Http2Link: what a connection of the pool has beside when it speaks HTTP/2: the codec, and the
// output that the transport has not taken yet. A value of the exchange's; one owner.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "worker/http/http2_client.h"

namespace muster {

struct Http2Link {
  Http2Link(std::shared_ptr<const Http2Requests> requests, uint32_t streams, Http2Events* events)
      : client(std::move(requests), streams, events) {}

  Http2Client client;
  std::string kept;             // the last Send, while the transport has not taken it whole
  std::vector<uint32_t> begun;  // requests in it whose first byte is not known to be sent
  bool dirty = false;           // it is on the list of those to be flushed
  bool goaway_counted = false;
};

}  // namespace muster
