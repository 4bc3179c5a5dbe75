#include "master/plan/plan_loader.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/nearest_key.h"
#include "master/plan/load_flags.h"
#include "master/plan/request_name.h"
#include "master/plan/search_plan.h"
#include "master/plan/tls_settings.h"
#include "master/plan/values.h"
#include "master/plan/yaml_plan.h"
#include "master/plan/yaml_tree.h"

namespace muster {
namespace {

StatusOr<PlanDraft> DraftFromUrl(const std::string& url) {
  PlanDraft draft;
  ASSIGN_OR_RETURN(draft.target, ParseTargetUrl(url));
  draft.defaults.path = draft.target->path;
  return draft;
}

// "localhost:8080/x", "shop.test": more likely a URL without its scheme than a plan file.
bool LooksLikeHost(const std::string& source) {
  if (source.ends_with(".yaml") || source.ends_with(".yml")) return false;
  if (source == "localhost") return true;
  return source.find_first_of("./:") != std::string::npos && !source.starts_with('/') &&
         !source.starts_with('.');
}

// "localhost" and "http:/localhost" -> "http://localhost".
std::string AsUrl(const std::string& source) {
  for (const char* scheme : {"http", "https"}) {
    const std::string prefix = std::string(scheme) + ":";
    if (!source.starts_with(prefix)) continue;
    const size_t rest = source.find_first_not_of('/', prefix.size());
    if (rest != source.npos) return prefix + "//" + source.substr(rest);
  }
  return "http://" + source;
}

StatusOr<PlanDraft> ReadDraft(const PlanFlags& flags, const FileReader& read_file) {
  if (flags.source_is_url()) return DraftFromUrl(flags.source);
  auto text = read_file(flags.source, YamlLimits::kTextBytes);
  if (!text.ok() && LooksLikeHost(flags.source)) {
    return InvalidArgument(Message(text.status()) + "; if it is a URL, write " +
                           AsUrl(flags.source));
  }
  RETURN_IF_ERROR(text.status());
  return ReadYamlPlan(*text, flags.source == "-" ? "<stdin>" : flags.source, read_file);
}

// Flags that replace what a request is make sense for one request only.
Status CheckOneRequest(const PlanFlags& flags, size_t requests) {
  if (requests == 1) return absl::OkStatus();
  const char* flag = flags.method      ? "--method"
                     : flags.body      ? "--body"
                     : flags.body_file ? "--body-file"
                                       : nullptr;
  if (flag == nullptr) return absl::OkStatus();
  return InvalidArgument(std::string(flag) + ": the plan has " + std::to_string(requests) +
                         " requests; change it there");
}

Status ApplyBody(const PlanFlags& flags, const FileReader& read_file, RequestSpec& request) {
  if (flags.body) request.body = *flags.body;
  if (flags.body_file) {
    ASSIGN_OR_RETURN(request.body, read_file(*flags.body_file, Plan::kMaxBodyBytes));
  }
  const bool body = flags.body || flags.body_file;
  if (body && request.method == "GET") request.method = "POST";
  if (flags.method) request.method = *flags.method;
  return absl::OkStatus();
}

void ApplyToEach(const PlanFlags& flags, RequestSpec& request) {
  request.headers = OverrideHeaders(std::move(request.headers), flags.headers);
  request.timeout = flags.timeout.value_or(request.timeout);
  request.connect_timeout = flags.connect_timeout.value_or(request.connect_timeout);
  if (flags.expect) request.expect = *flags.expect;
  for (const auto& tag : flags.tags) {
    std::erase_if(request.tags, [&](const auto& old) { return old.first == tag.first; });
    request.tags.push_back(tag);
  }
}

Status ApplyRequestFlags(const PlanFlags& flags, const FileReader& read_file, PlanDraft& draft) {
  const bool from_target = draft.requests.empty();
  if (from_target) draft.requests.push_back(draft.defaults);
  RETURN_IF_ERROR(CheckOneRequest(flags, draft.requests.size()));
  RETURN_IF_ERROR(ApplyBody(flags, read_file, draft.requests[0]));
  for (RequestSpec& request : draft.requests) ApplyToEach(flags, request);
  if (from_target) draft.requests[0].name = DefaultRequestName(draft.requests[0]);
  return absl::OkStatus();
}

Threshold DefaultThreshold(const char* expression) {
  auto threshold = ParseThreshold(expression);
  CHECK(threshold.ok()) << expression;
  threshold->is_default = true;
  return *std::move(threshold);
}

std::vector<ThresholdDraft> Thresholds(const PlanFlags& flags, const PlanDraft& draft) {
  std::vector<ThresholdDraft> thresholds;
  if (!flags.no_thresholds && draft.thresholds) thresholds = *draft.thresholds;
  for (Threshold threshold : flags.thresholds) {
    if (threshold.abort) threshold.abort_after = flags.abort_after.value_or(threshold.abort_after);
    thresholds.push_back({threshold, threshold.abort ? "--abort-on" : "--threshold"});
  }
  if (!thresholds.empty() || draft.thresholds || flags.no_thresholds) return thresholds;
  thresholds.push_back({DefaultThreshold("error_rate < 1%"), ""});
  if (std::holds_alternative<OpenLoad>(draft.load)) {
    thresholds.push_back({DefaultThreshold("not_started_rate < 0.1%"), ""});
  }
  return thresholds;
}

// That a threshold names a request or stage that exists.
template <typename Items>
Status CheckNamed(const ThresholdDraft& draft, const char* what, const std::string& name,
                  const Items& items, const std::string& remedy = "") {
  std::vector<std::string_view> known;
  for (const auto& item : items) known.push_back(item.name);
  if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) {
    return absl::OkStatus();
  }
  const std::string nearest = NearestKey(name, known);
  std::string text =
      Quote(draft.threshold.expression) + ": no " + what + " is named " + Quote(name);
  if (!nearest.empty()) text += "; did you mean " + Quote(nearest) + "?";
  return InvalidArgument(text + remedy);
}

// Of each threshold the first thing wrong with it, at its place; as many as of a plan's keys.
Status CheckEach(const Plan& plan, const std::vector<ThresholdDraft>& thresholds,
                 const std::string& remedy) {
  std::string text;
  size_t wrong = 0;
  for (const ThresholdDraft& draft : thresholds) {
    const Threshold& threshold = draft.threshold;
    Status status = CheckNamed(draft, "request", threshold.name, plan.spec().requests);
    if (status.ok()) {
      status = CheckNamed(draft, "stage", threshold.stage, plan.spec().stages, remedy);
    }
    if (status.ok()) status = plan.CheckThreshold(threshold);
    if (status.ok() || ++wrong > SourceErrors::kShown) continue;
    text += (text.empty() ? "" : "\n") + draft.where + ": " + Message(status);
  }
  if (wrong == 0) return absl::OkStatus();
  if (wrong > SourceErrors::kShown) {
    text += "\nand " + std::to_string(wrong - SourceErrors::kShown) + " more threshold" +
            (wrong - SourceErrors::kShown == 1 ? "" : "s");
  }
  return InvalidArgument(text);
}

// "plans/shop.yaml" -> "shop"; the target's authority where there is no file name.
std::string DefaultName(const PlanFlags& flags, const PlanDraft& draft) {
  if (flags.source_is_url() || flags.source == "-") {
    const Target& target = draft.target->target;
    const bool socket = target.kind == Target::Kind::kUnix;
    std::string name = socket ? target.socket_path : target.authority;
    const std::string path = draft.target->path.substr(0, draft.target->path.find('?'));
    if (flags.source_is_url() && path != "/") name += path;
    return CleanName(name);
  }
  std::string name = flags.source.substr(flags.source.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  if (dot != std::string::npos && dot > 0) name.resize(dot);
  return CleanName(name);
}

// --target, of a plan file alone.
Status ReplaceTarget(const PlanFlags& flags, PlanDraft& draft) {
  if (!flags.target) return absl::OkStatus();
  if (flags.source_is_url()) {
    return InvalidArgument("--target: goes over a plan's target, and " + Quote(flags.source) +
                           " is a URL: write that one alone");
  }
  if (!flags.target->tls && draft.tls != TlsSettings()) {
    return InvalidArgument(
        "--target: the plan has settings under tls, which a target of http:// would not use");
  }
  draft.target->target = *flags.target;
  return absl::OkStatus();
}

// The flags of TLS to the target, which must be one over TLS.
Status ApplyTarget(const PlanFlags& flags, const FileReader& read_file, PlanDraft& draft,
                   std::vector<std::string>& notes) {
  const char* given = flags.tls.first();
  if (given != nullptr && !draft.target->target.tls) {
    return InvalidArgument(std::string(given) + ": the target is not https://");
  }
  RETURN_IF_ERROR(ApplyTlsFlags(flags.tls, read_file, draft.tls));
  if (draft.target->target.tls && !draft.tls.verify) {
    notes.push_back("the target's certificate is not verified (--insecure-target)");
  }
  return absl::OkStatus();
}

PlanSpec SpecFrom(const PlanFlags& flags, PlanDraft draft) {
  PlanSpec spec;
  spec.name = flags.name.value_or(draft.name.empty() ? DefaultName(flags, draft) : draft.name);
  spec.target = draft.target->target;
  spec.tls = std::move(draft.tls);
  spec.resolve = std::move(draft.resolve);
  for (const ResolveRule& rule : flags.resolve) {
    std::erase_if(spec.resolve, [&](const ResolveRule& old) {
      return old.host == rule.host && old.port == rule.port;
    });
  }
  spec.resolve.insert(spec.resolve.end(), flags.resolve.begin(), flags.resolve.end());
  spec.stages = std::move(draft.stages);
  if (auto* open = std::get_if<OpenLoad>(&draft.load)) spec.load = std::move(*open);
  if (auto* closed = std::get_if<ClosedLoad>(&draft.load)) spec.load = std::move(*closed);
  spec.iterations = draft.iterations;
  spec.connections = flags.connections.value_or(draft.connections.value_or(0));
  spec.http = flags.http.value_or(draft.http.value_or(spec.http));
  spec.streams = flags.streams.value_or(draft.streams.value_or(spec.streams));
  spec.reuse_connections = !flags.no_reuse && draft.reuse_connections.value_or(true);
  spec.connect_rate = flags.connect_rate ? flags.connect_rate : draft.connect_rate;
  spec.requests = std::move(draft.requests);
  spec.drain = flags.drain.value_or(draft.drain.value_or(spec.drain));
  return spec;
}

// What is wrong with the rest of the plan is said first, and then of every threshold what it is.
StatusOr<Plan> CreatePlan(const PlanFlags& flags, PlanSpec spec,
                          const std::vector<ThresholdDraft>& thresholds,
                          const std::string& remedy) {
  const auto create = [&](PlanSpec of) -> StatusOr<Plan> {
    auto plan = Plan::Create(std::move(of));
    if (plan.ok()) return plan;
    return InvalidArgument((flags.source == "-" ? "<stdin>" : flags.source) + ": " +
                           Message(plan.status()));
  };
  ASSIGN_OR_RETURN(const Plan plan, create(spec));
  RETURN_IF_ERROR(CheckEach(plan, thresholds, remedy));
  for (const ThresholdDraft& draft : thresholds) spec.thresholds.push_back(draft.threshold);
  return create(std::move(spec));
}

}  // namespace

StatusOr<LoadedPlan> LoadPlan(const PlanFlags& flags, const FileReader& read_file,
                              uint64_t drawn_seed) {
  std::vector<std::string> notes;
  ASSIGN_OR_RETURN(PlanDraft draft, ReadDraft(flags, read_file));
  RETURN_IF_ERROR(ReplaceTarget(flags, draft));
  std::vector<Objective> objectives;
  if (flags.search) {
    ASSIGN_OR_RETURN(objectives, ApplySearch(flags, draft, notes));
  }
  const bool max_in_flight_given = draft.max_in_flight_given || flags.max_in_flight;
  RETURN_IF_ERROR(ApplyLoadFlags(flags, draft, notes));
  RETURN_IF_ERROR(ApplyRequestFlags(flags, read_file, draft));
  RETURN_IF_ERROR(ApplyTarget(flags, read_file, draft, notes));
  const std::vector<ThresholdDraft> thresholds = Thresholds(flags, draft);
  const bool connections_given = flags.connections || draft.connections;
  const std::optional<uint64_t> seed = flags.seed ? flags.seed : draft.seed;
  PlanSpec spec = SpecFrom(flags, std::move(draft));
  spec.seed = seed.value_or(drawn_seed);
  const bool replaced = flags.users || flags.rate || !flags.stages.empty();
  const std::string remedy =
      replaced ? " (flags replaced the plan's stages; --no-thresholds drops its thresholds)" : "";
  ASSIGN_OR_RETURN(Plan plan, CreatePlan(flags, std::move(spec), thresholds, remedy));
  std::vector<std::string> places;
  for (const ThresholdDraft& threshold : thresholds) places.push_back(threshold.where);
  return LoadedPlan{.plan = std::move(plan),
                    .seed_given = seed.has_value(),
                    .notes = std::move(notes),
                    .threshold_places = std::move(places),
                    .objectives = std::move(objectives),
                    .max_in_flight_given = max_in_flight_given,
                    .connections_given = connections_given};
}

Status CheckTagExists(const Plan& plan, const std::string& tag) {
  std::vector<std::string_view> known;
  for (const RequestSpec& request : plan.spec().requests) {
    for (const auto& [key, value] : request.tags) known.push_back(key);
  }
  if (std::find(known.begin(), known.end(), tag) != known.end()) return absl::OkStatus();
  const std::string nearest = NearestKey(tag, known);
  return InvalidArgument("no request has a tag called " + Quote(tag) +
                         (nearest.empty() ? "" : "; did you mean " + Quote(nearest) + "?"));
}

}  // namespace muster
