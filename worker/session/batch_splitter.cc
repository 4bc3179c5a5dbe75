#include "worker/session/batch_splitter.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

// What a piece costs beside its cells and trace, at most.
constexpr size_t kFrameBytes = 128;

size_t OctavesOf(const Cell& cell) {
  size_t octaves = 0;
  for (const Histogram& histogram : cell.latency) octaves += histogram.octaves_used();
  for (const Histogram& histogram : cell.latency_failed) octaves += histogram.octaves_used();
  return octaves;
}

// Iterations due in one cell.
struct Due {
  CellKey key;
  uint64_t times = 0;
};

// A cell without its own due, and the due that it decides: what must not be parted.
struct Unit {
  CellKey key;
  Cell cell;
  std::vector<Due> decides;
};

Unit MakeUnit(const CellKey& key, Cell cell, std::deque<Due>* undecided) {
  Unit unit{key, std::move(cell), {}};
  uint64_t left = unit.cell.counts.started + unit.cell.counts.not_started_total();
  while (left > 0) {
    CHECK(!undecided->empty()) << "an iteration was decided before it was due";
    Due& oldest = undecided->front();
    const uint64_t taken = std::min(left, oldest.times);
    unit.decides.push_back({oldest.key, taken});
    left -= taken;
    oldest.times -= taken;
    if (oldest.times == 0) undecided->pop_front();
  }
  return unit;
}

// Fills one piece after the other.
class Packer {
 public:
  Packer(const BatchLimits& limits, std::vector<DeltaBatch>* pieces, DeltaBatch first)
      : limits_(limits), pieces_(pieces) {
    pieces_->push_back(std::move(first));
  }

  void Add(Unit unit) {
    const size_t cells = 1 + unit.decides.size();
    const size_t octaves = OctavesOf(unit.cell);
    const size_t bytes = MaxEncodedBytes(unit.cell) + unit.decides.size() * due_bytes_;
    const bool room = pieces_->back().cells.size() + cells <= limits_.cells &&
                      octaves_ + octaves <= limits_.octaves && bytes_ + bytes <= limits_.bytes;
    if (!room && !pieces_->back().cells.empty()) Next();
    octaves_ += octaves;
    bytes_ += bytes;
    DeltaBatch& piece = pieces_->back();
    const Counts& counts = unit.cell.counts;
    piece.in_flight += counts.started - counts.finished - counts.cut;
    piece.requests_in_flight += counts.requests_started - counts.completed - counts.failed;
    const auto [at, fresh] = piece.cells.try_emplace(unit.key, std::move(unit.cell));
    if (!fresh) at->second.Merge(unit.cell);
    for (const Due& due : unit.decides) piece.cells[due.key].counts.due += due.times;
  }

 private:
  void Next() {
    DeltaBatch next;
    const DeltaBatch& full = pieces_->back();
    next.accounted_through = full.accounted_through;
    next.in_flight = full.in_flight;
    next.requests_in_flight = full.requests_in_flight;
    pieces_->push_back(std::move(next));
    octaves_ = 0;
    bytes_ = kFrameBytes;
  }

  const size_t due_bytes_ = MaxEncodedBytes(Cell());
  const BatchLimits& limits_;
  std::vector<DeltaBatch>* const pieces_;
  size_t octaves_ = 0;
  size_t bytes_ = kFrameBytes;
};

}  // namespace

bool BatchSplitter::Fits(const DeltaBatch& batch) const {
  if (batch.cells.size() > limits_.cells || batch.trace.size() > limits_.trace) return false;
  size_t bytes = kFrameBytes + batch.trace.size() * kMaxTraceEntryBytes;
  size_t octaves = 0;
  for (const auto& [key, cell] : batch.cells) {
    bytes += MaxEncodedBytes(cell);
    octaves += OctavesOf(cell);
  }
  return bytes <= limits_.bytes && octaves <= limits_.octaves;
}

std::vector<DeltaBatch> BatchSplitter::Split(DeltaBatch batch) {
  std::vector<DeltaBatch> pieces;
  if (!Fits(batch)) {
    SplitTrace(std::move(batch.trace), &pieces);
    // An iteration is due, decided and done under one stage and request, so each such column
    // balances by itself, and from its first interval on nothing is decided before it is due.
    std::map<std::pair<uint16_t, uint16_t>, std::vector<CellKey>> columns;
    for (const auto& [key, cell] : batch.cells) columns[{key.stage, key.name}].push_back(key);
    Packer packer(limits_, &pieces, NewPiece());
    for (const auto& [column, keys] : columns) {
      std::deque<Due> undecided;
      for (const CellKey& key : keys) {
        Cell cell = std::move(batch.cells[key]);
        const uint64_t due = std::exchange(cell.counts.due, 0);
        if (due > 0) undecided.push_back({key, due});
        if (due > 0 && cell == Cell()) continue;
        packer.Add(MakeUnit(key, std::move(cell), &undecided));
      }
      CHECK(undecided.empty()) << "an iteration was due and not decided";
    }
    DeltaBatch& end = pieces.back();
    CHECK(end.in_flight == batch.in_flight && end.requests_in_flight == batch.requests_in_flight)
        << "the books of a batch do not balance";
    batch.cells = std::move(end.cells);
    batch.trace.clear();
    pieces.pop_back();
  }
  accounted_through_ = batch.accounted_through;
  in_flight_ = batch.in_flight;
  requests_in_flight_ = batch.requests_in_flight;
  pieces.push_back(std::move(batch));
  return pieces;
}

void BatchSplitter::SplitTrace(std::vector<TraceEntry> trace,
                               std::vector<DeltaBatch>* pieces) const {
  const size_t most = std::min(limits_.trace, (limits_.bytes - kFrameBytes) / kMaxTraceEntryBytes);
  for (auto from = trace.begin(); from != trace.end();) {
    const auto left = static_cast<size_t>(trace.end() - from);
    const auto to = from + static_cast<std::ptrdiff_t>(std::min(left, most));
    pieces->push_back(NewPiece());
    pieces->back().trace.assign(from, to);
    from = to;
  }
}

DeltaBatch BatchSplitter::NewPiece() const {
  DeltaBatch piece;
  piece.accounted_through = accounted_through_;
  piece.in_flight = in_flight_;
  piece.requests_in_flight = requests_in_flight_;
  return piece;
}

}  // namespace muster
