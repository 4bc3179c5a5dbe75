// Holds by hand as protobuf: part of a plan, and of the message that amends it. Of this folder.
#pragma once

#include <vector>

#include "common/plan/hand_hold.h"
#include "common/wire/field_check.h"
#include "muster/v1/assignment.pb.h"

namespace muster {

template <typename Message>  // with a field `holds`
void PutHolds(const std::vector<HandHold>& holds, Message* to) {
  for (const HandHold& hold : holds) {
    v1::Hold* out = to->add_holds();
    out->set_at_ns(hold.at.nanos());
    out->set_length_ns(hold.length.nanos());
  }
}

// Refuses more than kMaxHandHolds, and times beyond any run's.
template <typename Message>
std::vector<HandHold> TakeHolds(const Message& from, FieldCheck* check) {
  std::vector<HandHold> holds;
  check->AtMost(static_cast<size_t>(from.holds_size()), kMaxHandHolds, "holds");
  if (!check->ok()) return holds;
  for (const v1::Hold& hold : from.holds()) {
    holds.push_back({RunTime() + check->Span(hold.at_ns(), "hold.at"),
                     check->Span(hold.length_ns(), "hold.length")});
  }
  return holds;
}

}  // namespace muster
