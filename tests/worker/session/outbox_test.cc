#include "worker/session/outbox.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

std::vector<uint64_t> SendAll(Outbox* outbox) {
  std::vector<uint64_t> sent;
  while (const Outbox::Entry* entry = outbox->NextToSend()) sent.push_back(entry->sequence);
  return sent;
}

TEST(Outbox, NumbersFromOneAndSendsEachOnce) {
  Outbox outbox;
  EXPECT_EQ(outbox.next_sequence(), 1U);
  outbox.Add("a");
  outbox.Add("b");
  EXPECT_EQ(SendAll(&outbox), (std::vector<uint64_t>{1, 2}));
  EXPECT_TRUE(SendAll(&outbox).empty());
}

TEST(Outbox, ResendsEverythingUnacknowledgedAfterANewLink) {
  Outbox outbox;
  for (int i = 0; i < 4; ++i) outbox.Add("x");
  SendAll(&outbox);
  ASSERT_TRUE(outbox.Acknowledge(2).ok());
  outbox.Rewind();
  EXPECT_EQ(SendAll(&outbox), (std::vector<uint64_t>{3, 4}));
}

TEST(Outbox, AcknowledgementsMayComeTwiceAndLate) {
  Outbox outbox;
  for (int i = 0; i < 3; ++i) outbox.Add("x");
  ASSERT_TRUE(outbox.Acknowledge(2).ok());
  ASSERT_TRUE(outbox.Acknowledge(2).ok());
  ASSERT_TRUE(outbox.Acknowledge(1).ok());
  EXPECT_EQ(outbox.size(), 1U);
  EXPECT_EQ(outbox.bytes(), 1U);
}

TEST(Outbox, RefusesAnAcknowledgementOfWhatWasNeverMade) {
  Outbox outbox;
  outbox.Add("x");
  EXPECT_FALSE(outbox.Acknowledge(2).ok());
  EXPECT_EQ(outbox.size(), 1U);
}

TEST(Outbox, FullFromTheLimitUntilAQuarterIsFree) {
  Outbox outbox(8);
  for (int i = 0; i < 3; ++i) outbox.Add("xx");
  EXPECT_FALSE(outbox.full());
  outbox.Add("xx");
  EXPECT_TRUE(outbox.full());
  outbox.Add("xx");  // measured before engines stopped: still taken
  ASSERT_TRUE(outbox.Acknowledge(2).ok());
  EXPECT_TRUE(outbox.full());
  ASSERT_TRUE(outbox.Acknowledge(3).ok());
  EXPECT_FALSE(outbox.full());
}

TEST(Outbox, WindowBoundsWhatIsOnTheLink) {
  Outbox outbox;
  for (uint64_t i = 0; i < Outbox::kWindow + 5; ++i) outbox.Add("x");
  EXPECT_EQ(SendAll(&outbox).size(), Outbox::kWindow);
  ASSERT_TRUE(outbox.Acknowledge(3).ok());
  EXPECT_EQ(SendAll(&outbox).size(), 3U);
}

// Whatever the order of events: contiguous, byte for byte the same each time, nothing lost.
TEST(Outbox, AnyInterleavingKeepsOrderAndBytes) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Outbox outbox;
    std::map<uint64_t, std::string> first_sent;
    uint64_t last_sent = 0;
    for (uint64_t step = 0; step < 300; ++step) {
      const uint64_t bits = RandomBits(seed, RandomStream::kArrival, step);
      if (bits % 8 < 4) outbox.Add(std::to_string(bits));
      if (bits % 8 == 4 && last_sent > 0) {
        ASSERT_TRUE(outbox.Acknowledge(RandomBelow(last_sent + 1, bits)).ok());
      }
      if (bits % 8 == 5) {
        outbox.Rewind();
        last_sent = outbox.acknowledged();
      }
      if (const Outbox::Entry* entry = outbox.NextToSend()) {
        ASSERT_EQ(entry->sequence, std::max(last_sent, outbox.acknowledged()) + 1);
        last_sent = entry->sequence;
        ASSERT_EQ(first_sent.try_emplace(entry->sequence, entry->bytes).first->second,
                  entry->bytes);
      }
    }
  }
}

}  // namespace
}  // namespace muster
