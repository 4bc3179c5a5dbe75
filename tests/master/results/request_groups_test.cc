#include "master/results/request_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Tags = std::vector<std::pair<std::string, std::string>>;

RequestSpec Request(const std::string& name, Tags tags) {
  RequestSpec request;
  request.name = name;
  request.tags = std::move(tags);
  return request;
}

std::vector<std::string> TextOf(const TagGroups& groups) {
  std::vector<std::string> texts;
  for (const TagGroup& group : groups.groups) {
    std::string text = group.key + "=" + group.value + ":";
    for (const uint16_t request : group.requests) text += " " + std::to_string(request);
    texts.push_back(text);
  }
  return texts;
}

TEST(RequestGroupsTest, RequestsOfOneNameAreOneGroupWithTheTagsOfAll) {
  const auto groups = GroupByName({Request("user", {{"kind", "read"}, {"team", "web"}}),
                                   Request("buy", {{"kind", "write"}}),
                                   Request("user", {{"kind", "read"}, {"team", "api"}})});
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_EQ(groups[0].name, "user");
  EXPECT_THAT(groups[0].requests, ElementsAre(0, 2));
  EXPECT_EQ(groups[0].tags, (Tags{{"kind", "read"}}));
  EXPECT_THAT(groups[1].requests, ElementsAre(1));
}

TEST(RequestGroupsTest, AMethodIsThatOfAllOrNone) {
  RequestSpec post = Request("user", {});
  post.method = "POST";
  EXPECT_EQ(GroupByName({Request("user", {}), Request("user", {})})[0].method, "GET");
  EXPECT_EQ(GroupByName({Request("user", {}), post, post})[0].method, "");
}

TEST(RequestGroupsTest, GroupsOfAKeyAreAllRequestsEachOnce) {
  const TagGroups groups = GroupByTag({Request("a", {{"kind", "read"}}),
                                       Request("b", {{"team", "web"}, {"kind", "write"}}),
                                       Request("c", {{"kind", "read"}}), Request("d", {})});
  EXPECT_THAT(TextOf(groups), ElementsAre("kind=read: 0 2", "kind=write: 1", "kind=(none): 3",
                                          "team=web: 1", "team=(none): 0 2 3"));
  EXPECT_THAT(groups.notes, IsEmpty());
  EXPECT_THAT(GroupByTag({Request("a", {})}).groups, IsEmpty());
}

TEST(RequestGroupsTest, ValuesBeyondTheLimitAreOneGroupAndSaidSo) {
  std::vector<RequestSpec> requests;
  for (size_t i = 0; i < kMaxTagValues; ++i) {
    requests.push_back(Request("r", {{"id", std::to_string(i)}}));
  }
  EXPECT_THAT(GroupByTag(requests).groups, SizeIs(kMaxTagValues));
  EXPECT_THAT(GroupByTag(requests).notes, IsEmpty());
  for (const char* value : {"x", "y", "x"}) requests.push_back(Request("r", {{"id", value}}));
  requests.push_back(Request("r", {}));
  const TagGroups groups = GroupByTag(requests);
  ASSERT_THAT(groups.groups, SizeIs(kMaxTagValues + 2));
  EXPECT_EQ(TextOf(groups)[kMaxTagValues], "id=(other): 100 101 102");
  EXPECT_EQ(TextOf(groups)[kMaxTagValues + 1], "id=(none): 103");
  EXPECT_THAT(groups.notes,
              ElementsAre("tag id has more than 100 values: 2 of them are shown as (other)"));
}

TEST(RequestGroupsTest, KeysBeyondTheLimitAreLeftOutAndSaidSo) {
  Tags tags;
  for (size_t i = 0; i <= kMaxTagKeys; ++i) tags.emplace_back("k" + std::to_string(i), "v");
  const TagGroups groups = GroupByTag({Request("r", tags)});
  EXPECT_THAT(groups.groups, SizeIs(kMaxTagKeys));
  EXPECT_THAT(groups.notes, ElementsAre("requests are grouped by the first 20 of 21 tags"));
}

}  // namespace
}  // namespace muster
