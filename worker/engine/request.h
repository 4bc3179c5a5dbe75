// Request: one request in flight, handled and not done, as the engine and its exchange see it.
// Named by small indices in a SlotPool of the engine's thread.
#pragma once

#include <cstdint>

#include "worker/engine/index_list.h"
#include "worker/engine/recorder.h"
#include "worker/http/answer_marks.h"
#include "worker/http/field_names.h"

namespace muster {

struct Request {
  uint32_t connection = kNoIndex;  // none: it waits for one
  uint32_t user_slot = kNoIndex;   // closed model
  uint16_t stage = 0;
  uint16_t name = 0;
  bool waited = false;  // it got no connection at once
  RequestTimes times;
  uint64_t bytes_sent = 0;  // set at its end
  uint64_t bytes_received = 0;
  AnswerMarks marks = 0;        // set when it is completed
  FieldFingerprint fields = 0;  // likewise
};

}  // namespace muster
