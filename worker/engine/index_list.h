// IndexLinks, IndexList: doubly linked lists of small indices, O(1) to add and to remove anywhere,
// without allocation once the indices have been seen. Several lists may share one IndexLinks as
// long as an index is in at most one of them. Values; one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace muster {

inline constexpr uint32_t kNoIndex = UINT32_MAX;

struct IndexList {
  uint32_t head = kNoIndex;
  uint32_t tail = kNoIndex;
  uint32_t size = 0;
  bool empty() const { return size == 0; }
};

class IndexLinks {
 public:
  // Makes room for indices below `count`.
  void Grow(size_t count) {
    if (count > links_.size()) links_.resize(count);
  }
  uint32_t Next(uint32_t i) const { return links_[i].next; }
  uint32_t Prev(uint32_t i) const { return links_[i].prev; }

  // Requires: `i` has room and is in no list.
  void PushBack(IndexList* list, uint32_t i) {
    links_[i] = {list->tail, kNoIndex};
    (list->tail == kNoIndex ? list->head : links_[list->tail].next) = i;
    list->tail = i;
    ++list->size;
  }
  // Requires: `i` is in `list`.
  void Remove(IndexList* list, uint32_t i) {
    const Link link = links_[i];
    (link.prev == kNoIndex ? list->head : links_[link.prev].next) = link.next;
    (link.next == kNoIndex ? list->tail : links_[link.next].prev) = link.prev;
    --list->size;
  }

 private:
  struct Link {
    uint32_t prev = kNoIndex;
    uint32_t next = kNoIndex;
  };
  std::vector<Link> links_;
};

}  // namespace muster
