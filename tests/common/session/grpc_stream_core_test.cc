#include "common/session/grpc_stream_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/sim/sim_executor.h"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A message that claims a size.
struct Sized {
  size_t bytes = 0;
  size_t ByteSizeLong() const { return bytes; }
};
using Core = GrpcStreamCore<Sized, int>;

// A core whose reactor is this test; it notes what the core starts.
class GrpcStreamCoreTest : public testing::Test {
 protected:
  void Attach(bool nothing_after_finish = true) {
    core_->Attach({.start_read = [this] { ++reads_; },
                   .start_write = [this](const Sized* m) { written_.push_back(m->bytes); },
                   .finish = [this] { ++finishes_; },
                   .cancel = [this] { ++cancels_; },
                   .nothing_after_finish = nothing_after_finish});
  }
  void Open() {
    core_->Open([this](int message) { got_.push_back(message); },
                [this](const Status& why) { closed_.push_back(Message(why)); });
  }
  void RunFor(Duration span) { executor_.RunFor(span); }

  SimExecutor executor_;
  std::shared_ptr<Core> core_ = std::make_shared<Core>(executor_);
  int reads_ = 0;
  int finishes_ = 0;
  int cancels_ = 0;
  std::vector<size_t> written_;
  std::vector<int> got_;
  std::vector<std::string> closed_;
};

TEST_F(GrpcStreamCoreTest, OneWriteIsInFlightAtATime) {
  Attach();
  for (const size_t bytes : {1U, 2U, 3U}) core_->Write({bytes});
  EXPECT_THAT(written_, ElementsAre(1));
  core_->OnWriteDone(true);
  EXPECT_THAT(written_, ElementsAre(1, 2));
}

TEST_F(GrpcStreamCoreTest, CloseWritesWhatWasSentThenFinishesOnce) {
  Attach();
  core_->Write({1});
  core_->Write({2});
  core_->Close();
  core_->Write({3});
  core_->OnWriteDone(true);
  EXPECT_EQ(finishes_, 0);
  core_->OnWriteDone(true);
  core_->OnReadsEnded(false);
  core_->Close();
  EXPECT_EQ(finishes_, 1);
  EXPECT_THAT(written_, ElementsAre(1, 2));
}

TEST_F(GrpcStreamCoreTest, AClosedStreamThatDoesNotEndIsCancelledAtTheLimit) {
  Attach();
  core_->Write({1});
  core_->Close();
  RunFor(Core::kCloseLimit - Duration::Nanos(1));
  EXPECT_EQ(cancels_, 0);
  RunFor(Duration::Nanos(1));
  EXPECT_EQ(cancels_, 1);
}

TEST_F(GrpcStreamCoreTest, AClosedStreamThatEndedIsLeftAlone) {
  Attach();
  core_->Close();
  core_->OnStreamDone(Unavailable("x"));
  EXPECT_TRUE(executor_.RunUntilIdle());
  EXPECT_EQ(cancels_, 0);
  EXPECT_EQ(executor_.scheduled(), 0U);
}

TEST_F(GrpcStreamCoreTest, CloseAfterTheEndSchedulesNothing) {
  Attach();
  core_->OnStreamDone(Unavailable("x"));
  RunFor(Duration::Millis(1));
  core_->Close();
  EXPECT_EQ(executor_.scheduled(), 0U);
}

TEST_F(GrpcStreamCoreTest, AQueueBeyondTheLimitCancelsTheStreamAndTakesNoMore) {
  Attach();
  const size_t third = Core::kMaxQueuedBytes / 3;
  for (int i = 0; i < 2; ++i) core_->Write({third});
  EXPECT_EQ(cancels_, 0);
  core_->Write({third});
  EXPECT_EQ(cancels_, 1);
  core_->Write({1});
  core_->OnWriteDone(false);
  EXPECT_THAT(written_, ElementsAre(third));
}

TEST_F(GrpcStreamCoreTest, EmptyMessagesCountToo) {
  Attach();
  for (size_t i = 0; i <= Core::kMaxQueuedBytes / Core::kOverheadBytes; ++i) core_->Write({0});
  EXPECT_EQ(cancels_, 1);
}

TEST_F(GrpcStreamCoreTest, ReadingPausesAtTheLimitUntilTheOwnerHasTakenMessages) {
  Attach();
  core_->Deliver(1, Core::kMaxUnreadBytes / 2);
  EXPECT_EQ(reads_, 2);
  core_->Deliver(2, Core::kMaxUnreadBytes / 2);
  EXPECT_EQ(reads_, 2);
  RunFor(Duration::Millis(1));
  EXPECT_EQ(reads_, 2) << "posted is not taken: nobody has opened the pipe";
  Open();
  RunFor(Duration::Millis(1));
  EXPECT_THAT(got_, ElementsAre(1, 2));
  EXPECT_EQ(reads_, 3);
}

TEST_F(GrpcStreamCoreTest, AClosedEndReadsOnToTheEnd) {
  Attach(/*nothing_after_finish=*/false);
  core_->Deliver(1, Core::kMaxUnreadBytes);
  RunFor(Duration::Millis(1));
  core_->Deliver(2, Core::kMaxUnreadBytes);  // still posted when the end closes
  EXPECT_EQ(reads_, 1);
  core_->Close();
  RunFor(Duration::Millis(1));
  EXPECT_EQ(reads_, 2);
  EXPECT_THAT(got_, IsEmpty());
}

TEST_F(GrpcStreamCoreTest, ACancelledStreamReadsOnToItsEnd) {
  Attach();
  core_->Deliver(1, Core::kMaxUnreadBytes);
  EXPECT_EQ(reads_, 1);
  core_->OnCancelled();
  EXPECT_EQ(reads_, 2);
  core_->OnCancelled();
  EXPECT_EQ(reads_, 2) << "one read at a time";
  core_->Deliver(2, Core::kMaxUnreadBytes);
  EXPECT_EQ(reads_, 3);
}

TEST_F(GrpcStreamCoreTest, AfterTheServersFinishNothingIsStarted) {
  Attach(/*nothing_after_finish=*/true);
  core_->Deliver(1, Core::kMaxUnreadBytes);
  core_->Close();
  EXPECT_EQ(finishes_, 1);
  RunFor(Duration::Millis(1));
  core_->OnCancelled();
  EXPECT_EQ(reads_, 1);
}

TEST_F(GrpcStreamCoreTest, TheEndComesOnceAfterEveryMessage) {
  Attach();
  core_->Deliver(1, 1);
  core_->OnReadsEnded(true);
  core_->OnStreamDone(Unavailable("gone"));
  RunFor(Duration::Millis(1));
  Open();
  EXPECT_THAT(got_, IsEmpty());
  RunFor(Duration::Millis(1));
  EXPECT_THAT(got_, ElementsAre(1));
  EXPECT_THAT(closed_, ElementsAre("gone"));
}

TEST_F(GrpcStreamCoreTest, NothingIsStartedOnceTheReactorIsGone) {
  Attach();
  core_->OnReadsEnded(true);
  core_->OnStreamDone(Unavailable("gone"));
  core_->Write({1});
  core_->Cancel();
  core_->Close();
  EXPECT_THAT(written_, IsEmpty());
  EXPECT_EQ(cancels_ + finishes_, 0);
}

}  // namespace
}  // namespace muster
