#include "master/results/window_judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/master/results/fixture.h"
#include "tests/master/statistics/simulated_stage.h"

namespace muster {
namespace {

RunTime Second(int64_t seconds) { return RunTime() + Duration::Seconds(seconds); }

// Feeds windows of 1 s, one after the other.
class Feed {
 public:
  explicit Feed(const char* threshold, bool open = true)
      : judge_(*ParseThreshold(threshold), open, 0) {}

  // `completed` of `ms`, `failed`, and as much due as ended but for `open_ones`.
  Feed& Add(uint64_t completed, int64_t ms, uint64_t failed = 0, int64_t open_ones = 0,
            bool covered = true) {
    Timeline::Row row;
    row.completed = row.load_completed = completed;
    row.failed = failed;
    row.due = static_cast<uint64_t>(static_cast<int64_t>(completed + failed) + open_ones);
    row.within = {ms <= 50 ? completed : 0};
    Histogram response;
    for (uint64_t i = 0; i < completed; ++i) response.Record(ms * 1'000'000);
    judge_.Add(Second(at_), Second(at_ + 1), row, response, covered);
    ++at_;
    return *this;
  }
  const WindowJudge& judge() const { return judge_; }

 private:
  WindowJudge judge_;
  int64_t at_ = 0;
};

double Millis(const Observation& observation) { return observation.value / 1e6; }

TEST(WindowJudgeTest, OneWindowBeyondTheLimitBreaksABareWindow) {
  Feed feed("p99(response) < 50ms over 1s");
  feed.Add(1'000, 10).Add(1'000, 30);
  EXPECT_FALSE(feed.judge().broken());
  EXPECT_NEAR(Millis(feed.judge().observed()), 30, 0.1) << "the worst of those that were";
  feed.Add(1'000, 60).Add(1'000, 90);
  EXPECT_EQ(feed.judge().first_breach(), Second(2));
  EXPECT_EQ(feed.judge().broken_at(), Second(3));
  EXPECT_NEAR(Millis(feed.judge().observed()), 90, 0.1);
  EXPECT_EQ(feed.judge().worst()->from, Second(3));
  EXPECT_EQ(feed.judge().worst()->to, Second(4));
}

TEST(WindowJudgeTest, ForNeedsThatManyOnEnd) {
  Feed feed("p99(response) < 50ms over 1s for 3s");
  feed.Add(1'000, 60).Add(1'000, 60).Add(1'000, 10).Add(1'000, 70);
  EXPECT_FALSE(feed.judge().broken()) << "two, and one alone";
  EXPECT_NEAR(Millis(feed.judge().observed()), 10, 0.1) << "what three on end held at least";
  feed.Add(1'000, 60).Add(1'000, 80);
  EXPECT_EQ(feed.judge().first_breach(), Second(3));
  EXPECT_EQ(feed.judge().broken_at(), Second(6));
  EXPECT_NEAR(Millis(feed.judge().observed()), 60, 0.1);
  EXPECT_NEAR(Millis(feed.judge().worst()->observation), 80, 0.1);
}

TEST(WindowJudgeTest, LowerLimitsAreBrokenFromBelow) {
  Feed feed("within(50ms) >= 99% over 1s for 2s");
  feed.Add(1'000, 10).Add(1'000, 60).Add(1'000, 10, 100);
  EXPECT_EQ(feed.judge().first_breach(), Second(1));
  EXPECT_DOUBLE_EQ(feed.judge().observed().value, 1'000.0 / 1'100);
  EXPECT_EQ(feed.judge().worst()->from, Second(1));
}

TEST(WindowJudgeTest, TooFewSamplesArePassedOver) {
  Feed feed("p99(response) < 50ms over 1s for 2s");
  feed.Add(999, 90).Add(1'000, 60).Add(999, 10).Add(1'000, 60);
  EXPECT_EQ(feed.judge().decided(), 2u);
  EXPECT_EQ(feed.judge().passed_over(), 2u);
  EXPECT_EQ(feed.judge().first_breach(), Second(1)) << "what is passed over ends no series";
  Feed never("p99(response) < 50ms over 1s");
  never.Add(999, 90).Add(0, 0);
  EXPECT_EQ(never.judge().observed().kind, Observation::Kind::kNoData);
  EXPECT_EQ(never.judge().passed_over(), 1u) << "an empty window is none";
  EXPECT_FALSE(never.judge().broken());
}

TEST(WindowJudgeTest, WhatIsDueCountsAsSamples) {
  Feed feed("p99(response) < 50ms over 1s");
  feed.Add(300, 60, 0, 700);
  EXPECT_TRUE(feed.judge().broken()) << "1,000 were due, and what came back was slow";
}

TEST(WindowJudgeTest, SilenceIsABreachHoweverLittleWasDue) {
  Feed feed("p99(response) < 50ms over 1s");
  feed.Add(0, 0, 0, 1);
  EXPECT_EQ(feed.judge().first_breach(), Second(0));
  EXPECT_EQ(feed.judge().observed().kind, Observation::Kind::kFailed);
  Feed patient("p99(response) < 1s over 1s");
  patient.Add(0, 0, 0, 10);
  EXPECT_FALSE(patient.judge().broken()) << "as long as the limit, not longer";
  patient.Add(0, 0, 0, 10);
  EXPECT_TRUE(patient.judge().broken());
  Feed partial("p99(response) < 50ms over 1s");
  partial.Add(0, 0, 0, 10, false);
  EXPECT_FALSE(partial.judge().broken()) << "the stage holds only a part of the window";
  Feed idle("p99(response) < 50ms over 1s");
  idle.Add(10, 1, 0, 5).Add(0, 0, 0, 0);
  EXPECT_FALSE(idle.judge().broken()) << "nothing was due";
}

TEST(WindowJudgeTest, UsersThatHangAreSilenceToo) {
  Feed closed("p99(response) < 50ms over 1s", /*open=*/false);
  closed.Add(10, 1, 0, 5).Add(0, 0, 0, 0);
  EXPECT_EQ(closed.judge().first_breach(), Second(1));
}

TEST(WindowJudgeTest, WhereAllFailsAShareNeedsNoThousand) {
  Feed feed("error_rate < 50% over 1s");
  feed.Add(20, 10, 30);
  EXPECT_FALSE(feed.judge().broken()) << "some completed, and they are few";
  feed.Add(0, 0, 5);
  EXPECT_EQ(feed.judge().first_breach(), Second(1));
  EXPECT_EQ(feed.judge().observed().value, 1);
  Feed silent("error_rate < 50% over 1s");
  silent.Add(0, 0, 0, 5);
  EXPECT_FALSE(silent.judge().broken()) << "nothing ended: no share";
}

TEST(WindowJudgeTest, RatesAndCountsNeedWholeWindowsAndNoThousand) {
  Feed rate("rate >= 50/s over 1s");
  rate.Add(10, 1, 0, 0, /*covered=*/false).Add(50, 1);
  EXPECT_EQ(rate.judge().decided(), 1u);
  EXPECT_FALSE(rate.judge().broken());
  rate.Add(49, 1);
  EXPECT_EQ(rate.judge().first_breach(), Second(2));
  Feed count("count(failed) < 3 over 1s");
  count.Add(5, 1, 2).Add(5, 1, 3, 0, false);
  EXPECT_FALSE(count.judge().broken());
  count.Add(5, 1, 3);
  EXPECT_EQ(count.judge().first_breach(), Second(2));
}

TEST(WindowJudgeTest, MeansAndTheOkNeedCompletedOnes) {
  for (const char* text : {"mean(response) < 50ms over 1s", "max(response) < 50ms over 1s",
                           "p99(response, ok) < 50ms over 1s"}) {
    Feed feed(text);
    feed.Add(999, 60, 100);
    EXPECT_EQ(feed.judge().decided(), 0u) << text;
    feed.Add(1'000, 60, 100);
    EXPECT_TRUE(feed.judge().broken()) << text;
  }
}

TEST(WindowJudgeTest, ForgettingKeepsWhatIsOutstanding) {
  WindowJudge judge(*ParseThreshold("p99(response) < 50ms over 1s"), false, 0);
  Timeline::Row row;
  row.due = 5;
  judge.Add(Second(0), Second(1), row, Histogram(), true);
  ASSERT_TRUE(judge.broken());
  judge.Forget();
  EXPECT_FALSE(judge.broken());
  EXPECT_EQ(judge.decided(), 0u);
  judge.Add(Second(1), Second(2), Timeline::Row(), Histogram(), true);
  EXPECT_TRUE(judge.broken());
}

// Rows that were merged for want of room: `for` counts in what they are.
TEST(WindowJudgeTest, LongerRowsMakeFewerWindowsOnEnd) {
  WindowJudge judge(*ParseThreshold("count(failed) < 1 over 1s for 4s"), true, 0);
  Timeline::Row row;
  row.failed = 1;
  judge.Add(Second(0), Second(2), row, Histogram(), true);
  EXPECT_FALSE(judge.broken());
  judge.Add(Second(2), Second(4), row, Histogram(), true);
  EXPECT_EQ(judge.first_breach(), Second(0));
}

// Ten minutes of an M/M/1 queue at 100/s, judged in windows of 10 s against 1.25 times its true
// p99.
bool FalseBreach(const std::string& suffix, double load, uint64_t seed) {
  StageRows rows(60, Duration::Seconds(10));
  SimulateQueue(100, load, seed, &rows);
  const double p99_s = QueueMean(100, load) * -NaturalLog(0.01);
  Threshold threshold = *ParseThreshold("p99(response) < 1s over 10s" + suffix);
  threshold.limit = 1.25 * p99_s * 1e9;
  WindowJudge judge(threshold, true, 0);
  for (size_t i = 0; i < rows.size(); ++i) {
    Timeline::Row row;
    row.completed = rows.row(i).count();
    row.due = std::max<uint64_t>(WindowJudge::kLeastSamples, row.completed);
    const auto at = static_cast<int64_t>(i) * 10;
    judge.Add(Second(at), Second(at + 10), row, rows.row(i), true);
  }
  return judge.broken();
}

TEST(WindowJudgeTest, ABareWindowBreaksByChanceAndOneThatLastsDoesNot) {
  constexpr uint64_t kRuns = 40;
  for (const double load : {0.5, 0.8}) {
    uint64_t bare = 0, lasting = 0;
    for (uint64_t seed = 1; seed <= kRuns; ++seed) {
      bare += FalseBreach("", load, seed) ? 1 : 0;
      lasting += FalseBreach(" for 30s", load, seed) ? 1 : 0;
    }
    EXPECT_GE(bare, kRuns * 9 / 10) << load;
    EXPECT_LE(lasting, kRuns / 10) << load;
  }
}

}  // namespace
}  // namespace muster
