#include "common/stats/delta_batch.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "absl/strings/str_cat.h"

namespace muster {

void GeneratorHealth::Add(const GeneratorHealth& other) {
  handler_ns += other.handler_ns;
  span_ns += other.span_ns;
  cpu_ns += other.cpu_ns;
  run_queue_ns += other.run_queue_ns;
  throttled_ns += other.throttled_ns;
  steal_ns += other.steal_ns;
  host_ns += other.host_ns;
  listen_drops += other.listen_drops;
  memory_bytes = std::max(memory_bytes, other.memory_bytes);
  memory_limit_bytes = std::max(memory_limit_bytes, other.memory_limit_bytes);
  descriptors = std::max(descriptors, other.descriptors);
  descriptor_limit = std::max(descriptor_limit, other.descriptor_limit);
  time_wait = std::max(time_wait, other.time_wait);
  local_ports = std::max(local_ports, other.local_ports);
}
namespace {

// A side of a law: what it is called and how much it is. Sums are 128-bit, so that counts from
// outside cannot wrap into a balance.
struct Term {
  const char* name;
  Uint128 value;
};

Status Broken(const char* law, const Term& left, std::initializer_list<Term> right) {
  std::string text = absl::StrCat("books do not balance: ", law, ": ", left.name, " ",
                                  ToString(static_cast<Int128>(left.value)), ",");
  for (const Term& term : right) {
    absl::StrAppend(&text, " ", term.name, " ", ToString(static_cast<Int128>(term.value)));
  }
  return FailedPrecondition(text);
}

Status Equal(const char* law, const Term& left, std::initializer_list<Term> right) {
  Uint128 sum = 0;
  for (const Term& term : right) sum += term.value;
  return sum == left.value ? absl::OkStatus() : Broken(law, left, right);
}

Status AtMost(const char* law, const Term& part, const Term& whole) {
  return part.value <= whole.value ? absl::OkStatus() : Broken(law, part, {whole});
}

template <size_t N>
Uint128 Sum(const std::array<uint64_t, N>& values) {
  return std::accumulate(values.begin(), values.end(), Uint128{0});
}

}  // namespace

void MergeCells(const CellMap& from, CellMap* into) {
  for (const auto& [key, cell] : from) (*into)[key].Merge(cell);
}

Status CheckBooks(const Counts& totals, uint64_t iterations_in_flight, uint64_t iterations_lost,
                  uint64_t requests_in_flight, uint64_t requests_lost) {
  const Counts& t = totals;
  RETURN_IF_ERROR(Equal("due = not started + started", {"due", t.due},
                        {{"not started", Sum(t.not_started)}, {"started", t.started}}));
  RETURN_IF_ERROR(Equal("started = finished + cut + in flight + lost", {"started", t.started},
                        {{"finished", t.finished},
                         {"cut", t.cut},
                         {"in flight", iterations_in_flight},
                         {"lost", iterations_lost}}));
  RETURN_IF_ERROR(Equal("requests started = completed + failed + in flight + lost",
                        {"requests started", t.requests_started},
                        {{"completed", t.completed},
                         {"failed", t.failed},
                         {"in flight", requests_in_flight},
                         {"lost", requests_lost}}));
  RETURN_IF_ERROR(
      Equal("failed = the sum of its classes", {"failed", t.failed}, {{"classes", Sum(t.errors)}}));
  RETURN_IF_ERROR(AtMost("failed after send <= failed", {"failed after send", t.failed_after_send},
                         {"failed", t.failed}));
  RETURN_IF_ERROR(
      AtMost("unexpected <= completed", {"unexpected", t.unexpected}, {"completed", t.completed}));
  return AtMost("completed in the load phase <= completed",
                {"completed in the load phase", t.load_completed}, {"completed", t.completed});
}

}  // namespace muster
