#include "common/plan/user_profile.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

RunTime At(int64_t nanos) { return RunTime::FromNanos(nanos); }

UserProfile Make(std::vector<UserSegment> segments) {
  return UserProfile::Create(std::move(segments)).value();
}

// A few segments of a few ns and users, so that every ns can be looked at.
UserProfile RandomProfile(uint64_t seed) {
  std::vector<UserSegment> segments;
  const auto draw = [&](uint64_t i, uint64_t bound) {
    const uint64_t k = segments.size();
    return RandomBelow(bound, RandomBits(seed, RandomStream::kRequest, k, i));
  };
  const uint64_t count = 1 + draw(0, 5);
  while (segments.size() < count) {
    const auto from = static_cast<uint32_t>(draw(1, 9));
    const auto to = draw(4, 3) == 0 ? from : static_cast<uint32_t>(draw(2, 9));
    segments.push_back({from, to, Duration::Nanos(static_cast<int64_t>(1 + draw(3, 25)))});
  }
  return Make(std::move(segments));
}

TEST(UserProfileTest, UsersAtIsTheFloorOfTheLine) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const UserProfile profile = RandomProfile(seed);
    int64_t t = 0;
    for (const UserSegment& s : profile.segments()) {
      const int64_t length = s.length.nanos();
      for (int64_t x = 0; x < length; ++x, ++t) {
        const int64_t from = s.from;
        const int64_t scaled =
            from * (length - x) + int64_t{s.to} * x;  // U * length, never negative
        ASSERT_EQ(profile.UsersAt(At(t)), scaled / length) << seed;
      }
    }
    EXPECT_EQ(profile.UsersAt(At(t)), 0U);
    EXPECT_EQ(profile.UsersAt(At(-1)), 0U);
  }
}

TEST(UserProfileTest, SpansAreTheInstantsAtWhichUsersAtIsAboveTheUser) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const UserProfile profile = RandomProfile(seed);
    for (uint32_t user = 0; user < profile.peak(); ++user) {
      std::vector<ActiveSpan> expected;
      bool active = false;
      for (int64_t t = 0; t <= profile.end().nanos(); ++t) {
        const bool now = profile.UsersAt(At(t)) > user;
        if (now && !active) expected.push_back({At(t), At(t)});
        if (!now && active) expected.back().to = At(t);
        active = now;
      }
      ASSERT_EQ(profile.ActiveSpans(user), expected) << seed << " user " << user;
    }
  }
}

TEST(UserProfileTest, TheLowestJoinsFirstAndTheHighestLeavesFirst) {
  const UserProfile profile = Make(
      {{0, 2, Duration::Seconds(2)}, {2, 2, Duration::Seconds(1)}, {2, 0, Duration::Seconds(2)}});
  const int64_t s = 1'000'000'000;
  EXPECT_EQ(profile.peak(), 2U);
  EXPECT_EQ(profile.ActiveSpans(0), (std::vector<ActiveSpan>{{At(s), At(4 * s + 1)}}));
  EXPECT_EQ(profile.ActiveSpans(1), (std::vector<ActiveSpan>{{At(2 * s), At(3 * s + 1)}}));
}

TEST(UserProfileTest, AConstantProfileIsActiveThroughout) {
  const UserProfile profile = Make({{50, 50, Duration::Seconds(5)}});
  for (const uint32_t user : {0U, 49U}) {
    EXPECT_EQ(profile.ActiveSpans(user), (std::vector<ActiveSpan>{{At(0), profile.end()}}));
  }
}

TEST(UserProfileTest, AUserReachedOnlyAtTheEndIsNeverActive) {
  const UserProfile profile = Make({{0, 10, Duration::Seconds(1)}});
  EXPECT_EQ(profile.peak(), 10U);
  EXPECT_TRUE(profile.ActiveSpans(9).empty());
  EXPECT_EQ(profile.ActiveSpans(8).size(), 1U);
}

TEST(UserProfileTest, AUserMayReturn) {
  const UserProfile profile =
      Make({{3, 3, Duration::Nanos(10)}, {1, 1, Duration::Nanos(10)}, {3, 3, Duration::Nanos(10)}});
  EXPECT_EQ(profile.ActiveSpans(2), (std::vector<ActiveSpan>{{At(0), At(10)}, {At(20), At(30)}}));
}

TEST(UserProfileTest, TheLargestProfileDoesNotOverflow) {
  const Duration month = Duration::Seconds(30 * 24 * 3600);
  const UserProfile profile = Make({{0, UserProfile::kMaxUsers, month}});
  EXPECT_EQ(profile.UsersAt(profile.end() - Duration::Nanos(1)), UserProfile::kMaxUsers - 1);
  EXPECT_EQ(profile.ActiveSpans(0)[0].from, At(month.nanos() / 1'000'000));
}

TEST(UserProfileTest, StagesAreThoseOfTheSegmentAtT) {
  const UserProfile profile =
      Make({{1, 1, Duration::Nanos(10), 0}, {1, 1, Duration::Nanos(10), 1}});
  EXPECT_EQ(profile.StageAt(At(-5)), 0);
  EXPECT_EQ(profile.StageAt(At(9)), 0);
  EXPECT_EQ(profile.StageAt(At(10)), 1);
  EXPECT_EQ(profile.StageAt(At(99)), 1);
}

TEST(UserProfileTest, CreateRefusesWhatIsOutsideTheLimits) {
  const auto refused = [](std::vector<UserSegment> segments) {
    return !UserProfile::Create(std::move(segments)).ok();
  };
  const Duration second = Duration::Seconds(1);
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({{1, 1, Duration()}}));
  EXPECT_TRUE(refused({{1, 1, Duration::Nanos(-1)}}));
  EXPECT_TRUE(refused({{1, UserProfile::kMaxUsers + 1, second}}));
  EXPECT_TRUE(refused({{UserProfile::kMaxUsers + 1, 1, second}}));
  EXPECT_TRUE(refused({{1, 1, Duration::Seconds(30 * 24 * 3600)}, {1, 1, Duration::Nanos(1)}}));
  EXPECT_TRUE(refused(std::vector<UserSegment>(10'001, {1, 1, second})));
}

}  // namespace
}  // namespace muster
