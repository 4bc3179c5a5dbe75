#include "tests/sim/sim_engine_group.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "worker/engine/request_bytes.h"

namespace muster {

SimEngineGroup::SimEngineGroup(SimExecutor* executor, SimNetwork* network,
                               std::vector<Endpoint> endpoints, uint32_t wanted_threads)
    : executor_(executor),
      network_(network),
      endpoints_(std::move(endpoints)),
      wanted_threads_(std::max(wanted_threads, 1U)) {}

SimEngineGroup::~SimEngineGroup() { Finish(); }

void SimEngineGroup::StallAdvance(MonoTime from, MonoTime to) {
  stall_from_ = from;
  stall_to_ = to;
}

Status SimEngineGroup::Prepare(std::shared_ptr<const Plan> plan, const Assignment& assignment,
                               bool trace) {
  Finish();
  RETURN_IF_ERROR(SerializeRequests(*plan).status());
  threads_ = std::min(wanted_threads_, LoadEngine::MaxThreads(*plan, assignment));
  if (threads_ == 0) return FailedPrecondition("this worker's share of the load is 0");
  plan_ = std::move(plan);
  assignment_ = assignment;
  trace_ = trace;
  return Status();
}

void SimEngineGroup::Start(MonoTime t0,
                           std::function<void(std::unique_ptr<EngineDelta>)> on_delta) {
  CHECK(plan_ != nullptr && drivers_.empty()) << "Start without Prepare";
  on_delta_ = std::move(on_delta);
  running_ = std::make_shared<bool>(true);
  for (uint32_t thread = 0; thread < threads_; ++thread) {
    Driver* driver = drivers_.emplace_back(std::make_unique<Driver>()).get();
    driver->transport = std::make_unique<SimTransport>(network_);
    driver->span_start = executor_->Now();
    driver->engine = std::make_unique<LoadEngine>(
        plan_, EngineShare{assignment_, thread, threads_}, endpoints_, t0, driver->transport.get(),
        [this, driver](std::unique_ptr<EngineDelta> delta) { HandOver(driver, std::move(delta)); });
    if (trace_) driver->engine->EnableTrace();
    driver->transport->SetHandler(driver->engine.get());
    driver->transport->SetAfterEvent([this, driver] { Drive(driver); });
    Drive(driver);
  }
}

void SimEngineGroup::Drive(Driver* driver) {
  const MonoTime now = executor_->Now();
  const bool stalled = now >= stall_from_ && now < stall_to_;
  if (!stalled) {
    for (const auto& posted : std::exchange(driver->posted, {})) posted();
  }
  const MonoTime wake = stalled ? stall_to_ : driver->engine->Advance(now);
  if (wake == driver->wake) return;
  executor_->Cancel(driver->timer);
  driver->wake = wake;
  if (wake == MonoTime::Max()) return;
  driver->timer = executor_->ScheduleAt(wake, [this, driver] {
    driver->wake = MonoTime::Max();
    Drive(driver);
  });
}

void SimEngineGroup::HandOver(Driver* driver, std::unique_ptr<EngineDelta> delta) {
  delta->health.span_ns += static_cast<uint64_t>((executor_->Now() - driver->span_start).nanos());
  driver->span_start = executor_->Now();
  if (recycle_) {
    auto copy = std::make_unique<EngineDelta>(*delta);
    driver->engine->Recycle(std::move(delta));
    delta = std::move(copy);
  }
  // std::function wants what it holds copyable.
  auto shared = std::make_shared<std::unique_ptr<EngineDelta>>(std::move(delta));
  executor_->Post([this, shared, running = running_] {
    if (*running) on_delta_(std::move(*shared));
  });
}

void SimEngineGroup::Stop(StopMode mode) {
  for (const auto& driver : drivers_) {
    driver->engine->Stop(mode, executor_->Now());
    Drive(driver.get());
  }
}

void SimEngineGroup::Amend(std::shared_ptr<const Plan> plan, RunTime from,
                           std::function<void(bool in_time)> on_done) {
  struct Answers {
    size_t missing;
    bool in_time;
  };
  auto answers = std::make_shared<Answers>(Answers{drivers_.size(), true});
  for (const auto& owned : drivers_) {
    Driver* driver = owned.get();
    driver->posted.push_back([this, driver, plan, from, answers, on_done, running = running_] {
      answers->in_time = driver->engine->Amend(plan, from) && answers->in_time;
      if (--answers->missing > 0) return;
      executor_->Post([answers, on_done, running] {
        if (*running) on_done(answers->in_time);
      });
    });
    Drive(driver);
  }
}

void SimEngineGroup::SetLease(MonoTime until) {
  for (const auto& driver : drivers_) {
    driver->engine->SetLease(until);
    Drive(driver.get());
  }
}

void SimEngineGroup::SetSpoolFull(bool full) {
  for (const auto& driver : drivers_) driver->engine->SetSpoolFull(full);
}

bool SimEngineGroup::done() const {
  return std::all_of(drivers_.begin(), drivers_.end(),
                     [](const auto& driver) { return driver->engine->done(); });
}

size_t SimEngineGroup::open_connections() const {
  size_t open = 0;
  for (const auto& driver : drivers_) open += driver->transport->open_connections();
  return open;
}

void SimEngineGroup::Finish() {
  *running_ = false;
  for (const auto& driver : drivers_) executor_->Cancel(driver->timer);
  drivers_.clear();
  plan_ = nullptr;
}

}  // namespace muster
