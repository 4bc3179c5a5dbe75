// Workers that only speak: each keeps the protocol of docs/protocol.md with a master, sends a batch
// for every interval of the plan and a ping every 200 ms, and generates no load. They put on a
// master what a real fleet of that size puts on it.
//
// The batches come from a pool drawn once, so that making one costs little: response = lag + wait +
// service with log-normal parts (service: median 20 ms), one failure in a thousand.
//
// Owner: the executor's thread. Executor, pool and plan outlive the workers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/plan/plan.h"
#include "common/session/pipe.h"
#include "common/stats/delta_batch.h"
#include "common/time/executor.h"

namespace muster {

struct FleetShape {
  uint32_t workers = 1'000;
  uint32_t names = 10;
  int64_t rate = 1'000;  // requests per second of one worker
  int64_t seconds = 61;  // of load; batches come each second above a minute, else each 100 ms
};

// What the whole fleet is to run. CHECKs that the shape is a possible plan.
std::shared_ptr<const Plan> FleetPlan(const FleetShape& shape);

class BatchPool {
 public:
  // `size` batches, each of one interval of one worker.
  BatchPool(const Plan& plan, const FleetShape& shape, size_t size);
  ~BatchPool();

  // The bytes of batch `sequence` (from 1) of a worker, about the interval that ends at `through`.
  std::string Bytes(uint32_t worker, uint64_t sequence, bool last);
  // Of batch `sequence`: what the master must have counted.
  Counts CountsOf(uint32_t worker, uint64_t sequence) const;

 private:
  struct Drawn;
  size_t IndexOf(uint32_t worker, uint64_t sequence) const;
  const Duration interval_;
  std::vector<Drawn> drawn_;
};

class SimulatedWorker {
 public:
  static constexpr Duration kPingEvery = Duration::Millis(200);

  SimulatedWorker(Executor& executor, std::unique_ptr<WorkerPipe> pipe, const Plan& plan,
                  BatchPool* pool, const FleetShape& shape, uint32_t index);

  bool finished() const { return finished_; }
  uint64_t sent() const { return sequence_; }
  uint64_t acknowledged() const { return acknowledged_; }
  uint64_t bytes_sent() const { return bytes_sent_; }  // of batches
  const std::string& trouble() const { return trouble_; }

 private:
  void OnMessage(const MasterMessage& message);
  void Start(MonoTime t0);
  void SendBatch();
  void SendPing();

  Executor& executor_;
  const std::unique_ptr<WorkerPipe> pipe_;
  const Plan& plan_;
  BatchPool* const pool_;
  const uint32_t index_;
  const Duration phase_;  // of this worker's batches within an interval
  const uint64_t batches_;
  std::string run_id_;
  MonoTime t0_;
  uint64_t sequence_ = 0;
  uint64_t acknowledged_ = 0;
  uint64_t bytes_sent_ = 0;
  uint64_t pings_ = 0;
  bool finished_ = false;
  std::string trouble_;
};

}  // namespace muster
