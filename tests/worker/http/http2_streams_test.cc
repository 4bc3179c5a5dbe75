#include "worker/http/http2_streams.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/allocations/allocations.h"
#include "tests/worker/http/hpack_fields.h"

namespace muster {
namespace {

constexpr uint32_t kNone = Http2Streams::kNone;

TEST(Http2StreamsTest, StreamIsFoundByNumberAndByRequest) {
  Http2Streams streams;
  const uint32_t slot = streams.Open(70, 3);
  EXPECT_EQ(streams.open(), 1u);
  EXPECT_EQ(streams.begun(), 0u);
  EXPECT_EQ(streams.FindNumber(1), kNone);
  streams.SetNumber(slot, 1);
  EXPECT_EQ(streams.begun(), 1u);
  EXPECT_EQ(streams.FindNumber(1), slot);
  EXPECT_EQ(streams.FindNumber(33), kNone) << "the same chain";
  EXPECT_EQ(streams.FindRequest(70), slot);
  EXPECT_EQ(streams[slot].kind, 3u);
  streams.Close(slot);
  EXPECT_EQ(streams.FindNumber(1), kNone);
  EXPECT_EQ(streams.FindRequest(70), kNone);
  EXPECT_EQ(streams.open(), 0u);
  EXPECT_EQ(streams.begun(), 0u);
}

TEST(Http2StreamsTest, SlotsAreUsedAgainAndBeginAnew) {
  Http2Streams streams;
  const uint32_t slot = streams.Open(1, 0);
  streams[slot].sent = 5;
  streams.Close(slot);
  EXPECT_EQ(streams.Open(2, 0), slot);
  EXPECT_EQ(streams[slot].sent, 0u);
  EXPECT_EQ(streams.slots(), 1u);
}

// One stream stays open over many that come and go, so that numbers go around the chains.
TEST(Http2StreamsTest, IsAMapOfNumbers) {
  std::map<uint32_t, uint32_t> model;
  Http2Streams streams;
  Draws draws(1);
  for (uint32_t next = 1; next < 40'000; next += 2) {
    const uint32_t opened = streams.Open(next, 0);
    streams.SetNumber(opened, next);
    model[next] = opened;
    for (size_t close = draws.Below(3); close > 0 && model.size() > 1; --close) {
      const auto which =
          std::next(model.begin(), 1 + static_cast<ptrdiff_t>(draws.Below(model.size() - 1)));
      streams.Close(which->second);
      ASSERT_EQ(streams.FindNumber(which->first), kNone);
      model.erase(which);
    }
    ASSERT_EQ(streams.begun(), model.size());
    if (next % 100 != 1) continue;
    for (const auto& [id, slot] : model) ASSERT_EQ(streams.FindNumber(id), slot);
  }
  EXPECT_EQ(model.begin()->first, 1u);
}

TEST(Http2StreamsTest, NothingIsAllocatedOnceAsManyHaveBeenOpen) {
  Http2Streams streams;
  uint32_t next = 1;
  const auto round = [&] {
    for (int i = 0; i < 100; ++i) {
      streams.SetNumber(streams.Open(0, 0), next);
      next += 2;
    }
    for (uint32_t id = next - 200; id < next; id += 2) streams.Close(streams.FindNumber(id));
  };
  round();
  const uint64_t before = AllocationsOfThisThread();
  for (int i = 0; i < 100; ++i) round();
  EXPECT_EQ(AllocationsOfThisThread(), before);
}

TEST(Http2SlotQueueTest, FirstInFirstOut) {
  Http2SlotQueue queue;
  EXPECT_TRUE(queue.empty());
  for (uint32_t slot = 0; slot < 500; ++slot) queue.Push(slot);
  for (uint32_t slot = 0; slot < 500; ++slot) {
    ASSERT_EQ(queue.Pop(), slot);
    queue.Push(slot + 500);
  }
  for (uint32_t slot = 500; slot < 1000; ++slot) ASSERT_EQ(queue.Pop(), slot);
  EXPECT_TRUE(queue.empty());
}

TEST(Http2SlotQueueTest, AnyoneMayBeRemoved) {
  Http2SlotQueue queue;
  for (uint32_t slot = 0; slot < 4; ++slot) queue.Push(slot);
  EXPECT_EQ(queue.Pop(), 0u);
  queue.Push(0);
  queue.Remove(2);
  queue.Remove(0);
  EXPECT_EQ(queue.Pop(), 1u);
  EXPECT_EQ(queue.Pop(), 3u);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace muster
