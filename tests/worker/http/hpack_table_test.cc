#include "worker/http/hpack_table.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>

#include "tests/support/allocations/allocations.h"
#include "tests/worker/http/hpack_fields.h"

namespace muster {
namespace {

TEST(HpackStaticTest, EndsAndMiddleOfAppendixA) {
  EXPECT_EQ(HpackStaticField(1).name, ":authority");
  EXPECT_EQ(HpackStaticField(8).value, "200");
  EXPECT_EQ(HpackStaticField(28).name, "content-length");
  EXPECT_EQ(HpackStaticField(57).name, "transfer-encoding");
  EXPECT_EQ(HpackStaticField(61).name, "www-authenticate");
}

TEST(HpackStaticTest, FindsTheFieldElseItsName) {
  const HpackStaticIndex get = FindHpackStatic(":method", "GET");
  EXPECT_TRUE(get.whole);
  EXPECT_EQ(get.index, 2u);
  const HpackStaticIndex put = FindHpackStatic(":method", "PUT");
  EXPECT_FALSE(put.whole);
  EXPECT_EQ(put.index, 2u);
  EXPECT_EQ(FindHpackStatic("x", "").index, 0u);
}

TEST(HpackDynamicTableTest, OldestFieldsMakeRoom) {
  HpackDynamicTable table(2 * 34);
  table.Add("a", "1");
  table.Add("b", "2");
  EXPECT_EQ(table.bytes(), 68u);
  table.Add("c", "3");
  ASSERT_EQ(table.fields(), 2u);
  EXPECT_EQ(table[0].name, "c");
  EXPECT_EQ(table[1].value, "2");
}

TEST(HpackDynamicTableTest, FieldThatIsLargerThanTheTableEmptiesIt) {
  HpackDynamicTable table(40);
  table.Add("a", "1");
  table.Add("name", "value");
  EXPECT_EQ(table.fields(), 0u);
  EXPECT_EQ(table.bytes(), 0u);
}

TEST(HpackDynamicTableTest, VersionChangesWithTheContentAlone) {
  HpackDynamicTable table(40);
  const uint64_t empty = table.version();
  table.Add("name", "value");
  EXPECT_EQ(table.version(), empty) << "it found no room";
  table.Add("a", "1");
  const uint64_t one = table.version();
  EXPECT_NE(one, empty);
  table.SetLimit(34);
  EXPECT_EQ(table.version(), one);
  table.SetLimit(33);
  EXPECT_NE(table.version(), one);
}

TEST(HpackDynamicTableTest, IsTheQueueOfTheRfc) {
  std::deque<std::pair<std::string, std::string>> model;
  size_t bytes = 0;
  size_t limit = 500;
  HpackDynamicTable table(limit);
  Draws draws(1);
  for (int step = 0; step < 20'000; ++step) {
    if (draws.Below(100) == 0) {
      limit = draws.Below(600);
      table.SetLimit(limit);
    } else {
      model.emplace_front(draws.Text(draws.Below(20), 'a', 'z'),
                          draws.Text(draws.Below(99), 0, 256));
      bytes += model.front().first.size() + model.front().second.size() + 32;
      table.Add(model.front().first, model.front().second);
    }
    for (; bytes > limit; model.pop_back()) {
      bytes -= model.back().first.size() + model.back().second.size() + 32;
    }
    ASSERT_EQ(table.fields(), model.size());
    ASSERT_EQ(table.bytes(), bytes);
    for (size_t age = 0; age < model.size(); ++age) {
      ASSERT_EQ(table[age].name, model[age].first);
      ASSERT_EQ(table[age].value, model[age].second);
    }
  }
}

TEST(HpackDynamicTableTest, ReusesItsMemory) {
  HpackDynamicTable table(4096);
  const std::string value(50, 'v');
  const auto add = [&](int times) {
    for (int i = 0; i < times; ++i) table.Add("name", value);
  };
  add(10'000);
  const uint64_t before = AllocationsOfThisThread();
  add(10'000);
  EXPECT_EQ(AllocationsOfThisThread(), before);
}

}  // namespace
}  // namespace muster
