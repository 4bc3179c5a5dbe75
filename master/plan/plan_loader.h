// LoadPlan: plan file or URL, flags over it, defaults -> a valid Plan. Decides what a flag does to
// a plan, and every default that needs the whole:
//
//   load           neither in the plan nor in flags: 10 users for 10s
//   --users N, --rate R    hold N or R for --duration, else for as long as the plan's load, else
//   10s;
//                  with --iterations alone: for as long as they take (users: at most an hour)
//   --stage        ramps from the level before; the first from --users or --rate, else from 0
//   --duration     alone: sets the length of a load with a single hold or ramp
//   --target       takes the place of the plan's scheme, host and port; the requests' paths stay
//   max_in_flight  two seconds' worth of the peak rate, at least 100, at most 10,000
//   thresholds     none in the plan and none in flags: error_rate < 1%, and in the open model
//                  not_started_rate < 0.1%, marked is_default; an empty list in the plan removes
//                  them
//   requests       none: one GET of the target's path
//   --axis, ...    a capacity search has its own load and thresholds: search_plan.h
//   name           the plan's file name without its ending, or the target's authority, with a URL's
//   path
//
// Touches files only through the FileReader. Pure otherwise; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/plan/plan.h"
#include "master/plan/flags.h"
#include "master/plan/plan_draft.h"

namespace muster {

struct LoadedPlan {
  Plan plan;
  bool seed_given = false;         // by the plan or a flag, rather than drawn
  std::vector<std::string> notes;  // choices made for the user, one line each
  // By the plan's thresholds: "plan.yaml:22:5", "--threshold"; empty for a default.
  std::vector<std::string> threshold_places{};
  // Of a search (search_plan.h); its shares are the plan's thresholds, in order.
  std::vector<Objective> objectives{};
  // Limits that the user set, rather than made from the load.
  bool max_in_flight_given = false;
  bool connections_given = false;
};

// `drawn_seed`: used when neither the plan nor a flag gives one. Errors of a plan file stand on
// lines of their own, each with its position; others begin with the flag or the file.
StatusOr<LoadedPlan> LoadPlan(const PlanFlags& flags, const FileReader& read_file,
                              uint64_t drawn_seed);

// That some request of the plan has a tag called `tag`, for flags that name one.
Status CheckTagExists(const Plan& plan, const std::string& tag);

}  // namespace muster
