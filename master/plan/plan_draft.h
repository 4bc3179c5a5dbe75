// PlanDraft: what a plan file says, checked value by value but not yet as a whole: flags may still
// go over it (plan_loader.h). What the file leaves out is absent here. A value; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/status.h"
#include "common/plan/plan.h"
#include "master/plan/target.h"

namespace muster {

// Reads a whole file; refuses one over `max_bytes`. `path` is as the current folder sees it, "-" is
// standard input. The loader itself touches no file: programs and tests hand one in.
using FileReader = std::function<StatusOr<std::string>(const std::string& path, size_t max_bytes)>;

struct ThresholdDraft {
  Threshold threshold;
  std::string where;  // "plan.yaml:22:5" or "--threshold"
};

struct PlanDraft {
  std::string name;                 // empty: absent
  std::optional<TargetUrl> target;  // with the base path
  TlsSettings tls;
  RequestSpec defaults;               // a request that says nothing but its name
  std::vector<RequestSpec> requests;  // defaults and base path applied
  std::vector<Stage> stages;          // of `load`
  std::variant<std::monostate, OpenLoad, ClosedLoad> load;
  bool max_in_flight_given = false;  // of an OpenLoad
  std::optional<uint32_t> connections;
  std::optional<bool> reuse_connections;
  std::optional<HttpVersion> http;
  std::optional<uint32_t> streams;
  std::optional<Rate> connect_rate;
  std::optional<Duration> drain;
  std::optional<uint64_t> seed;
  std::optional<uint64_t> iterations;
  std::vector<ResolveRule> resolve;
  std::optional<std::vector<ThresholdDraft>> thresholds;  // empty list: none, not even the defaults
};

}  // namespace muster
