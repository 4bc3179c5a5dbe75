#include "common/stats/delta_batch.h"

#include <gtest/gtest.h>

#include <string>

namespace muster {
namespace {

struct Books {
  Counts counts;
  uint64_t in_flight = 3;
  uint64_t lost = 2;
  uint64_t requests_in_flight = 4;
  uint64_t requests_lost = 1;
  Status Check() const {
    return CheckBooks(counts, in_flight, lost, requests_in_flight, requests_lost);
  }
};

// Balanced, with a number in every term.
Books Balanced() {
  Books b;
  Counts& c = b.counts;
  c.not_started = {1, 2, 3, 4, 5, 6, 7};
  c.started = 100;
  c.due = 128;
  c.finished = 90;
  c.cut = 5;
  c.requests_started = 200;
  c.completed = 180;
  c.load_completed = 170;
  c.failed = 15;
  c.failed_after_send = 10;
  c.unexpected = 20;
  c.errors[0] = 8;
  c.errors[kErrorClasses - 1] = 7;
  return b;
}

TEST(CheckBooks, BalancedBooksPass) {
  EXPECT_TRUE(Balanced().Check().ok()) << Balanced().Check();
  EXPECT_TRUE(CheckBooks(Counts(), 0, 0, 0, 0).ok());
}

// Each term of each equation, one off in either direction.
TEST(CheckBooks, EveryTermOfEveryEquationCounts) {
  using Change = void (*)(Books*, uint64_t);
  struct Case {
    const char* law;
    Change add;
  };
  const Case cases[] = {
      {"due =", [](Books* b, uint64_t d) { b->counts.due += d; }},
      {"due =", [](Books* b, uint64_t d) { b->counts.not_started[0] += d; }},
      {"due =", [](Books* b, uint64_t d) { b->counts.not_started[6] += d; }},
      {"due =", [](Books* b, uint64_t d) { b->counts.started += d; }},
      {"started =", [](Books* b, uint64_t d) { b->counts.finished += d; }},
      {"started =", [](Books* b, uint64_t d) { b->counts.cut += d; }},
      {"started =", [](Books* b, uint64_t d) { b->in_flight += d; }},
      {"started =", [](Books* b, uint64_t d) { b->lost += d; }},
      {"requests started =", [](Books* b, uint64_t d) { b->counts.requests_started += d; }},
      {"requests started =", [](Books* b, uint64_t d) { b->counts.completed += d; }},
      {"requests started =", [](Books* b, uint64_t d) { b->counts.failed += d; }},
      {"requests started =", [](Books* b, uint64_t d) { b->requests_in_flight += d; }},
      {"requests started =", [](Books* b, uint64_t d) { b->requests_lost += d; }},
      {"failed =", [](Books* b, uint64_t d) { b->counts.errors[0] += d; }},
      {"failed =", [](Books* b, uint64_t d) { b->counts.errors[kErrorClasses - 1] += d; }},
  };
  for (const Case& c : cases) {
    for (const uint64_t off : {uint64_t{1}, ~uint64_t{0}}) {  // + 1 and - 1
      Books b = Balanced();
      c.add(&b, off);
      const Status status = b.Check();
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << c.law;
      EXPECT_NE(Message(status).find(c.law), std::string::npos) << status;
    }
  }
}

TEST(CheckBooks, PartsAreAtMostTheirWhole) {
  Books b = Balanced();
  b.counts.failed_after_send = b.counts.failed;
  b.counts.unexpected = b.counts.load_completed = b.counts.completed;
  EXPECT_TRUE(b.Check().ok());
  Books after_send = b, unexpected = b, load = b;
  ++after_send.counts.failed_after_send;
  ++unexpected.counts.unexpected;
  ++load.counts.load_completed;
  EXPECT_FALSE(after_send.Check().ok());
  EXPECT_FALSE(unexpected.Check().ok());
  EXPECT_FALSE(load.Check().ok());
}

TEST(CheckBooks, TheErrorNamesTheNumbers) {
  Books b = Balanced();
  b.counts.due = 129;
  EXPECT_EQ(
      Message(b.Check()),
      "books do not balance: due = not started + started: due 129, not started 28 started 100");
}

TEST(CheckBooks, SumsDoNotWrapIntoBalance) {
  Counts c;
  c.not_started = {UINT64_MAX, 1, 0, 0, 0, 0, 0};
  EXPECT_FALSE(CheckBooks(c, 0, 0, 0, 0).ok());
}

Cell CellOf(uint64_t due, int64_t response) {
  Cell cell;
  cell.counts.due = due;
  cell.latency[0].Record(response);
  return cell;
}

TEST(MergeCells, AddsByKeyAndKeepsOthers) {
  CellMap into, from;
  into[{0, 0, 0}] = CellOf(1, 10);
  into[{1, 0, 0}] = CellOf(2, 20);
  from[{1, 0, 0}] = CellOf(4, 40);
  from[{1, 0, 1}] = CellOf(8, 80);
  MergeCells(from, &into);
  ASSERT_EQ(into.size(), 3u);
  EXPECT_TRUE((into[{0, 0, 0}] == CellOf(1, 10)));
  EXPECT_EQ((into[{1, 0, 0}].counts.due), 6u);
  EXPECT_EQ((into[{1, 0, 0}].latency[0].count()), 2u);
  EXPECT_TRUE((into[{1, 0, 1}] == CellOf(8, 80)));
}

TEST(MergeCells, OrderDoesNotMatter) {
  CellMap a, b;
  a[{0, 0, 0}] = CellOf(1, 10);
  a[{2, 1, 0}] = CellOf(2, 20);
  b[{2, 1, 0}] = CellOf(4, 40);
  CellMap ab, ba;
  MergeCells(a, &ab);
  MergeCells(b, &ab);
  MergeCells(b, &ba);
  MergeCells(a, &ba);
  EXPECT_TRUE(ab == ba);
}

TEST(GeneratorHealthTest, CountersAddUpAndWhatIsHeldIsTheMost) {
  GeneratorHealth sum{1, 2, 3, 4, 5, 6, 7, 8, 90, 100, 11, 120, 13, 7};
  sum.Add({10, 10, 10, 10, 10, 10, 10, 10, 50, 200, 50, 50, 50, 6});
  EXPECT_EQ(sum, (GeneratorHealth{11, 12, 13, 14, 15, 16, 17, 18, 90, 200, 50, 120, 50, 7}));
}

}  // namespace
}  // namespace muster
