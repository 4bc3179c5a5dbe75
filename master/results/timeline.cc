#include "master/results/timeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

void AddTo(const std::vector<uint64_t>& from, std::vector<uint64_t>* into) {
  if (into->size() < from.size()) into->resize(from.size());
  for (size_t i = 0; i < from.size(); ++i) (*into)[i] += from[i];
}

}  // namespace

void Timeline::Row::Add(const Cell& cell) {
  const Counts& counts = cell.counts;
  due += counts.due;
  not_started += counts.not_started_total();
  started += counts.started;
  done += counts.finished + counts.cut;
  completed += counts.completed;
  load_completed += counts.load_completed;
  failed += counts.failed;
  unexpected += counts.unexpected;
  bytes_received += counts.bytes_received;
  other_fields += counts.other_fields;
  for (const auto& [status, count] : cell.statuses.entries()) {
    by_status_class[status / 100u - 1] += count;
  }
  AddTo(cell.within, &within);
}

void Timeline::Row::Merge(const Row& other) {
  due += other.due;
  not_started += other.not_started;
  started += other.started;
  done += other.done;
  completed += other.completed;
  load_completed += other.load_completed;
  failed += other.failed;
  unexpected += other.unexpected;
  bytes_received += other.bytes_received;
  other_fields += other.other_fields;
  for (size_t i = 0; i < by_status_class.size(); ++i)
    by_status_class[i] += other.by_status_class[i];
  AddTo(other.within, &within);
}

void Timeline::Add(uint32_t interval, const Cell& cell) {
  RowOf(interval).Add(cell);
  const Histogram& response = cell.latency[static_cast<size_t>(LatencyKind::kResponse)];
  if (response.count() > 0) ResponseOf(interval).Merge(response);
}

void Timeline::AddLost(uint32_t interval, uint64_t iterations) {
  RowOf(interval).done += iterations;
}

Timeline::Row& Timeline::RowOf(uint32_t interval) {
  while ((interval >> shift_) >= max_rows_) Double();
  const size_t index = interval >> shift_;
  if (index >= rows_.size()) rows_.resize(index + 1);
  return rows_[index];
}

Histogram& Timeline::ResponseOf(uint32_t interval) {
  const auto found = [&] {
    return std::find_if(open_.begin(), open_.end(),
                        [&](const OpenRow& row) { return row.index == interval >> shift_; });
  };
  auto row = found();
  while (row == open_.end() && open_.size() >= kOpenRows) {
    PackOldest();  // which may double the rows
    row = found();
  }
  if (row == open_.end()) {
    const size_t index = interval >> shift_;
    open_.push_front({index, packed_.Take(index)});
  } else {
    open_.splice(open_.begin(), open_, row);
  }
  return open_.front().response;
}

void Timeline::PackOldest() {
  while (!packed_.Put(open_.back().index, open_.back().response)) {
    if (rows_.size() == 1) {
      packed_.PutAnyway(open_.back().index, open_.back().response);
      break;
    }
    Double();
  }
  open_.pop_back();
}

void Timeline::Settle() {
  while (!open_.empty()) PackOldest();
}

void Timeline::Double() {
  ++shift_;
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (i % 2 == 1) {
      rows_[i / 2].Merge(rows_[i]);
    } else if (i > 0) {
      rows_[i / 2] = std::move(rows_[i]);
    }
  }
  rows_.resize((rows_.size() + 1) / 2);
  packed_.MergeNeighbours();
  // Of two open rows that are now one the later used keeps what both held, with what was packed.
  for (auto row = open_.begin(); row != open_.end(); ++row) {
    row->index /= 2;
    row->response.Merge(packed_.Take(row->index));
    for (auto other = std::next(row); other != open_.end();) {
      if (other->index / 2 != row->index) {
        ++other;
        continue;
      }
      row->response.Merge(other->response);
      other = open_.erase(other);
    }
  }
}

Histogram Timeline::Response(size_t i) const {
  for (const OpenRow& row : open_) {
    if (row.index == i) return row.response;
  }
  return packed_.Get(i);
}

uint64_t Timeline::InFlightAtEnd(size_t i) const {
  CHECK_LT(i, rows_.size());
  uint64_t started = 0;
  uint64_t done = 0;
  for (size_t row = 0; row <= i; ++row) {
    started += rows_[row].started;
    done += rows_[row].done;
  }
  // While batches of one worker's threads are still on their way, an end may be known before its
  // start.
  return started > done ? started - done : 0;
}

Timeline::Row Timeline::Window(size_t first, size_t last) const {
  CHECK_LE(first, last);
  CHECK_LE(last, rows_.size());
  Row window;
  for (size_t i = first; i < last; ++i) window.Merge(rows_[i]);
  return window;
}

Histogram Timeline::WindowResponse(size_t first, size_t last) const {
  CHECK_LE(first, last);
  CHECK_LE(last, rows_.size());
  Histogram window;
  for (size_t i = first; i < last; ++i) window.Merge(Response(i));
  return window;
}

}  // namespace muster
