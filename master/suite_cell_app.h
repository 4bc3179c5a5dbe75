// CellRunner: one cell of a suite, from the start of its target to its record: what is missing,
// start, readiness, the run as a process of its own, the readings beside it, the stop. Whatever
// goes wrong becomes the record's state and reason. One owner, of a process without threads.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/plan/plan.h"
#include "master/spawn_app.h"
#include "master/suite/cell_record.h"
#include "master/suite/suite_schedule.h"
#include "master/suite/suite_spec.h"
#include "master/suite_child_app.h"
#include "master/suite_store_app.h"
#include "master/target_process_app.h"

namespace muster {

// The suite's cores as far as this host has them. What it hasn't is said in `not_enforced`.
struct SuiteCores {
  std::vector<int> target, generator;
  std::vector<std::string> not_enforced;
};
// Without a choice of the suite's: the first half and the second half of what this process may use.
SuiteCores CoresOnThisHost(const SuiteSpec& suite);

class CellRunner {
 public:
  // All of them outlive the runner.
  CellRunner(const SuiteSpec& suite, const SuiteStore& store, const SuiteCores& cores)
      : suite_(suite), store_(store), cores_(cores) {}

  CellRecord Run(const SuiteCell& cell);

 private:
  struct Known {        // of a target, found out once
    std::string lacks;  // what its needs lack; empty: nothing
    std::string version;
    uint32_t failed_starts = 0;  // one after the other
    std::string why;             // of the last
  };
  struct Limited;
  struct Place {  // where one start of a target listens
    std::string port, url;
    Target target;
  };

  Known& KnownOf(const TargetSpec& target);
  std::string WhatIsMissing(const TargetSpec& target) const;
  std::string VersionOf(const TargetSpec& target) const;
  void Measure(const SuiteCell& cell, const CellFiles& files, CellRecord* record);
  StatusOr<Place> PlaceOf(const TargetSpec& spec) const;
  void RunPlan(const SuiteCell& cell, const CellFiles& files, const Place& place,
               const Limited& limited, TargetProcess& target, CellRecord* record) const;
  static void TakeResult(const SuitePlan& plan, const CellFiles& files, const ChildEnd& end,
                         CellRecord* record);
  static std::string KilledByLimit(const TargetSpec& spec, const Limited& limited);
  SpawnSpec SpecOf(const TargetSpec& target, const std::string& port) const;
  void SetLimits(const TargetSpec& target, Limited* limited, CellRecord* record) const;

  const SuiteSpec& suite_;
  const SuiteStore& store_;
  const SuiteCores& cores_;
  std::map<std::string, Known> known_;
  int cgroups_ = 0;  // made so far
};

}  // namespace muster
