#include "worker/engine/index_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

TEST(IndexListTest, AgreesWithAVectorForwardsAndBackwards) {
  IndexLinks links;
  links.Grow(30);
  IndexList list;
  std::vector<uint32_t> model;
  for (uint64_t i = 0; i < 5000; ++i) {
    const auto index =
        static_cast<uint32_t>(RandomBelow(30, RandomBits(2, RandomStream::kRequest, i)));
    const auto at = std::find(model.begin(), model.end(), index);
    if (at != model.end()) {
      links.Remove(&list, index);
      model.erase(at);
    } else {
      links.PushBack(&list, index);
      model.push_back(index);
    }
    std::vector<uint32_t> forwards;
    for (uint32_t n = list.head; n != kNoIndex; n = links.Next(n)) forwards.push_back(n);
    std::vector<uint32_t> backwards;
    for (uint32_t n = list.tail; n != kNoIndex; n = links.Prev(n)) backwards.push_back(n);
    std::reverse(backwards.begin(), backwards.end());
    ASSERT_EQ(forwards, model);
    ASSERT_EQ(backwards, model);
    ASSERT_EQ(list.size, model.size());
  }
}

}  // namespace
}  // namespace muster
