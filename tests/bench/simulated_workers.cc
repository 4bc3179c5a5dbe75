#include "tests/bench/simulated_workers.h"

#include <cmath>
#include <numbers>
#include <utility>
#include <variant>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/base/version.h"
#include "common/wire/batch_codec.h"
#include "muster/v1/results.pb.h"

namespace muster {
namespace {

constexpr uint64_t kSeed = 7;

// Uniform in (0, 1].
double Unit(uint64_t k, uint64_t i) {
  return static_cast<double>((RandomBits(kSeed, RandomStream::kRequest, k, i) >> 11) + 1) * 0x1p-53;
}

int64_t LogNormal(double median_ns, double sigma, uint64_t k, uint64_t i) {
  const double normal =
      std::sqrt(-2 * std::log(Unit(k, i))) * std::cos(2 * std::numbers::pi * Unit(k, i + 1));
  return static_cast<int64_t>(median_ns * std::exp(sigma * normal));
}

void Record(LatencySet* set, LatencyKind kind, int64_t ns) {
  (*set)[static_cast<size_t>(kind)].Record(ns);
}

// One iteration: due, started and done in the same interval.
void AddRequest(const std::vector<Duration>& limits, uint64_t k, Cell* cell) {
  const int64_t lag = LogNormal(5e3, 0.8, k, 0), wait = LogNormal(20e3, 0.6, k, 2);
  const int64_t service = LogNormal(20e6, 0.5, k, 4);
  const bool fails = RandomBits(kSeed, RandomStream::kRequest, k, 6) % 1'000 == 0;
  Counts& counts = cell->counts;
  ++counts.due, ++counts.started, ++counts.finished, ++counts.requests_started;
  counts.bytes_sent += 120;
  LatencySet* set = fails ? &cell->latency_failed : &cell->latency;
  Record(set, LatencyKind::kResponse, lag + wait + service);
  Record(set, LatencyKind::kService, service);
  Record(set, LatencyKind::kWait, wait);
  Record(set, LatencyKind::kLag, lag);
  Record(set, LatencyKind::kOnset, wait + service);
  cell->within.resize(limits.size());
  cell->within_onset.resize(limits.size());
  if (fails) {
    ++counts.failed, ++counts.failed_after_send;
    ++counts.errors[static_cast<size_t>(ErrorClass::kReceiveReset)];
    return;
  }
  Record(set, LatencyKind::kFirstByte, service - service / 50);
  ++counts.completed, ++counts.load_completed;
  counts.bytes_received += 2'000;
  cell->statuses.Add(200, 1);
  for (size_t i = 0; i < limits.size(); ++i) {
    cell->within[i] += lag + wait + service <= limits[i].nanos() ? 1 : 0;
    cell->within_onset[i] += wait + service <= limits[i].nanos() ? 1 : 0;
  }
}

Threshold Parsed(const char* text) {
  auto threshold = ParseThreshold(text);
  CHECK(threshold.ok()) << text;
  return *threshold;
}

}  // namespace

std::shared_ptr<const Plan> FleetPlan(const FleetShape& shape) {
  PlanSpec spec;
  spec.name = "scale";
  spec.target.host = "10.0.0.1";
  spec.target.authority = "10.0.0.1";
  spec.stages = {Stage{"steady"}};
  for (uint32_t i = 0; i < shape.names; ++i) {
    spec.requests.emplace_back().name = "request" + std::to_string(i);
  }
  for (const char* text : {"within(250ms) >= 99%", "p99(response){stage=steady} < 400ms",
                           "p95(response){name=request0} < 300ms", "error_rate < 1%"}) {
    spec.thresholds.push_back(Parsed(text));
  }
  OpenLoad load;
  const Rate rate = Rate::PerSecond(shape.rate * shape.workers);
  load.segments = {{rate, rate, Duration::Seconds(shape.seconds), 0}};
  load.max_in_flight = 100 * shape.workers;
  spec.load = load;
  auto plan = Plan::Create(std::move(spec));
  CHECK(plan.ok()) << Message(plan.status());
  return std::make_shared<const Plan>(*std::move(plan));
}

struct BatchPool::Drawn {
  v1::DeltaBatch message;
  Counts counts;
};

BatchPool::BatchPool(const Plan& plan, const FleetShape& shape, size_t size)
    : interval_(plan.interval()) {
  const auto requests =
      static_cast<uint64_t>(static_cast<double>(shape.rate) * interval_.seconds());
  for (uint64_t b = 0; b < size; ++b) {
    DeltaBatch batch;
    batch.sequence = 1;
    batch.health = {100'000'000, 2'000'000'000, 300'000'000};
    Counts counts;
    for (uint64_t i = 0; i < requests; ++i) {
      const uint64_t k = b * requests + i;
      AddRequest(plan.within_limits(), k, &batch.cells[CellKey{0, 0, plan.RequestOf(k)}]);
    }
    for (const auto& [key, cell] : batch.cells) counts.Add(cell.counts);
    Drawn& drawn = drawn_.emplace_back();
    CHECK(drawn.message.ParseFromString(EncodeBatch(batch)));
    drawn.counts = counts;
  }
}

BatchPool::~BatchPool() = default;

size_t BatchPool::IndexOf(uint32_t worker, uint64_t sequence) const {
  return RandomBits(kSeed, RandomStream::kThinkTime, worker, sequence) % drawn_.size();
}

Counts BatchPool::CountsOf(uint32_t worker, uint64_t sequence) const {
  return drawn_[IndexOf(worker, sequence)].counts;
}

std::string BatchPool::Bytes(uint32_t worker, uint64_t sequence, bool last) {
  v1::DeltaBatch& message = drawn_[IndexOf(worker, sequence)].message;
  message.set_sequence(sequence);
  message.set_accounted_through_ns(interval_.nanos() * static_cast<int64_t>(sequence));
  message.set_last(last);
  for (v1::Cell& cell : *message.mutable_cells()) {
    cell.set_interval(static_cast<uint32_t>(sequence - 1));
  }
  return message.SerializeAsString();
}

SimulatedWorker::SimulatedWorker(Executor& executor, std::unique_ptr<WorkerPipe> pipe,
                                 const Plan& plan, BatchPool* pool, const FleetShape& shape,
                                 uint32_t index)
    : executor_(executor),
      pipe_(std::move(pipe)),
      plan_(plan),
      pool_(pool),
      index_(index),
      phase_(plan.interval() * index / shape.workers),
      batches_(
          static_cast<uint64_t>((plan.load_end() - RunTime()).nanos() / plan.interval().nanos())) {
  pipe_->Open({.on_message = [this](const MasterMessage& message) { OnMessage(message); },
               .on_closed = [this](const Status& why) { trouble_ = Message(why); }});
  Hello hello;
  hello.build = std::string(kVersion);
  hello.instance = index + 1;
  hello.name = "worker-" + std::to_string(index);
  hello.threads = 2;
  hello.lease = Duration::Seconds(60);
  pipe_->Send(hello);
}

void SimulatedWorker::OnMessage(const MasterMessage& message) {
  if (const auto* welcome = std::get_if<Welcome>(&message)) {
    if (!welcome->refused.empty()) trouble_ = welcome->refused;
    executor_.ScheduleAfter(Duration::Nanos(phase_.nanos() % kPingEvery.nanos()),
                            [this] { SendPing(); });
  } else if (const auto* prepare = std::get_if<Prepare>(&message)) {
    run_id_ = prepare->run_id;
    pipe_->Send(Ready{run_id_, prepare->plan_hash, "", 2, Duration(), Duration::Millis(1)});
  } else if (const auto* start = std::get_if<StartRun>(&message)) {
    Start(start->t0);
  } else if (const auto* ack = std::get_if<Ack>(&message)) {
    acknowledged_ = ack->through;
  } else if (const auto* finish = std::get_if<FinishRun>(&message)) {
    finished_ = true;
    if (!finish->reason.empty()) trouble_ = finish->reason;
  }
}

void SimulatedWorker::Start(MonoTime t0) {
  t0_ = t0;
  executor_.ScheduleAt(t0 + plan_.interval() + phase_, [this] { SendBatch(); });
}

// The last ones come all at once, as at the end of a load without a drain.
void SimulatedWorker::SendBatch() {
  const uint64_t sequence = sequence_ + 1;
  std::string bytes = pool_->Bytes(index_, sequence, sequence == batches_);
  bytes_sent_ += bytes.size();
  pipe_->Send(Batch{run_id_, sequence, std::move(bytes)});
  sequence_ = sequence;
  if (sequence_ == batches_) return;
  const bool next_is_last = sequence_ + 1 == batches_;
  const Duration at = plan_.interval() * static_cast<int64_t>(sequence_ + 1);
  executor_.ScheduleAt(t0_ + at + (next_is_last ? plan_.interval() : phase_),
                       [this] { SendBatch(); });
}

void SimulatedWorker::SendPing() {
  if (finished_) return;
  pipe_->Send(Ping{++pings_, executor_.Now()});
  executor_.ScheduleAfter(kPingEvery, [this] { SendPing(); });
}

}  // namespace muster
