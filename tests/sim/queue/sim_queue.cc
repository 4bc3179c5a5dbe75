#include "tests/sim/queue/sim_queue.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/plan/arrivals.h"
#include "common/plan/load_profile.h"
#include "master/statistics/natural_log.h"

namespace muster {
namespace {

enum class Draw : uint64_t { kGap, kService };

double Unit(uint64_t seed, uint64_t k, Draw draw) {  // in (0, 1)
  const uint64_t bits = RandomBits(seed, RandomStream::kRequest, k, static_cast<uint64_t>(draw));
  return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53;
}

std::vector<double> ArrivalTimes(const SimQueue& queue, double load, double length, uint64_t seed) {
  std::vector<double> times;
  if (queue.arrivals == SimArrivals::kStratified) {
    // As Arrivals draws them: sorted uniform draws over blocks of 1,024.
    const auto total = static_cast<uint64_t>(std::ceil(load * length));
    for (uint64_t first = 0; first < total; first += Arrivals::kBlock) {
      const uint64_t count = std::min<uint64_t>(Arrivals::kBlock, total - first);
      const double span = std::min(static_cast<double>(Arrivals::kBlock) / load,
                                   length - static_cast<double>(first) / load);
      for (uint64_t k = 0; k < count; ++k) {
        times.push_back(static_cast<double>(first) / load +
                        span * Unit(seed, first + k, Draw::kGap));
      }
    }
    std::sort(times.begin(), times.end());
    return times;
  }
  const bool even = queue.arrivals == SimArrivals::kEven;
  double now = 0;
  for (uint64_t k = 0; now < length; ++k) {
    times.push_back(now);
    now += (even ? 1 : -NaturalLog(Unit(seed, k, Draw::kGap))) / load;
  }
  return times;
}

// Rows, and what is counted into them.
class Rows {
 public:
  Rows(double length, size_t objectives, LevelObservation* level) : level_(level) {
    const double row = length < 60 ? 0.1 : 1;
    level->row_length = Duration::Millis(length < 60 ? 100 : 1000);
    per_second_ = 1 / row;
    level->rows.resize(static_cast<size_t>(std::ceil(length * per_second_ - 1e-9)));
    for (LevelRow& r : level->rows) r.bad.resize(objectives);
  }
  // The row at `t`; what comes later, in the drain, is the last one's.
  LevelRow& At(double t) {
    const auto i = static_cast<size_t>(t * per_second_);
    return level_->rows[std::min(i, level_->rows.size() - 1)];
  }
  // Due and started, less what was completed by its end.
  void CountInFlight(const std::vector<uint64_t>& completed_in_time) {
    uint64_t started = 0, done = 0;
    double sum = 0;
    for (size_t i = 0; i < level_->rows.size(); ++i) {
      started += level_->rows[i].started;
      done += completed_in_time[i];
      level_->rows[i].in_flight = started - done;
      sum += static_cast<double>(started - done);
    }
    level_->in_flight_mean = sum / static_cast<double>(level_->rows.size());
  }
  double per_second() const { return per_second_; }

 private:
  LevelObservation* level_;
  double per_second_ = 1;
};

LevelObservation Empty(const LevelRequest& request) {
  LevelObservation level;
  level.load = request.load;
  level.length = request.length;
  return level;
}

void SetPercentiles(std::vector<double> responses, LevelObservation* level) {
  if (responses.empty()) return;
  const auto at = [&](double p) {
    const auto rank = static_cast<size_t>(p * static_cast<double>(responses.size() - 1));
    std::nth_element(responses.begin(), responses.begin() + static_cast<std::ptrdiff_t>(rank),
                     responses.end());
    return responses[rank] * 1e9;
  };
  level->p50_ns = at(0.5);
  level->p99_ns = at(0.99);
}

}  // namespace

LevelObservation RunSimLevel(const SimQueue& queue, const LevelRequest& request, uint64_t seed) {
  CHECK_GE(queue.servers, 1);
  LevelObservation level = Empty(request);
  const double length = request.length.seconds();
  Rows rows(length, queue.within_s.size(), &level);
  const uint64_t level_seed = MixBits(seed ^ MixBits(static_cast<uint64_t>(request.load * 1000)) ^
                                      static_cast<uint64_t>(request.purpose));
  std::vector<uint64_t> in_time(level.rows.size(), 0);
  std::vector<double> free(static_cast<size_t>(queue.servers), 0.0), responses;
  uint64_t k = 0;
  for (const double due : ArrivalTimes(queue, request.load, length, level_seed)) {
    LevelRow& row = rows.At(due);
    ++row.due;
    ++row.started;
    const auto server = std::min_element(free.begin(), free.end());
    double service = queue.service_s * (1 + queue.slower_per_s * due);
    if (queue.exponential) service *= -NaturalLog(Unit(level_seed, k, Draw::kService));
    *server = std::max(*server, due) + service;
    const double done = *server, response = done - due;
    ++k;
    responses.push_back(response);
    LevelRow& end = rows.At(done);
    ++end.completed;
    if (done < length) ++in_time[static_cast<size_t>(done * rows.per_second())];
    for (size_t i = 0; i < queue.within_s.size(); ++i) {
      end.bad[i].Add({response > queue.within_s[i] ? 1U : 0U, 1});
    }
  }
  rows.CountInFlight(in_time);
  uint64_t delivered = 0;
  for (const uint64_t n : in_time) delivered += n;
  level.delivered_per_s = static_cast<double>(delivered) / length;
  SetPercentiles(std::move(responses), &level);
  return level;
}

LevelObservation RunSimLimiter(double rate, double burst, const LevelRequest& request) {
  LevelObservation level = Empty(request);
  const double length = request.length.seconds();
  Rows rows(length, 1, &level);
  double excess = 0, last = 0;
  const auto total = static_cast<uint64_t>(std::ceil(request.load * length));
  for (uint64_t k = 0; k < total; ++k) {
    const double due = static_cast<double>(k) / request.load;
    const double level_now = std::max(0.0, excess - (due - last) * rate + (k == 0 ? 0 : 1));
    LevelRow& row = rows.At(due);
    ++row.due;
    ++row.started;
    ++row.completed;
    const bool refused = level_now > burst;
    row.bad[0].Add({refused ? 1U : 0U, 1});
    level.errors += refused ? 1 : 0;
    if (refused) continue;  // a refused request leaves the bucket as it was
    excess = level_now;
    last = due;
  }
  level.delivered_per_s = request.load;
  return level;
}

}  // namespace muster
