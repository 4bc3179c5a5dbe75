#include "common/plan/plan_check.h"

#include <arpa/inet.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/nearest_key.h"

namespace muster {
namespace {

constexpr size_t kMaxNameBytes = 200;
constexpr size_t kMaxResolveRules = 100;
constexpr size_t kMaxTags = 50;
constexpr size_t kMaxGroupBytes = 128;
constexpr size_t kMaxSocketPath = 107;  // sockaddr_un
constexpr uint32_t kMaxWeight = 1'000'000;
constexpr Duration kMaxWait = Duration::Seconds(24 * 3600);  // of any time-out, pause or drain

std::string Quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), Lower);
  return text;
}

// RFC 9110's tchar.
bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (Lower(c) >= 'a' && Lower(c) <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

Status CheckName(const std::string& what, std::string_view name) {
  if (name.empty()) return InvalidArgument(what + " must not be empty");
  if (name.size() > kMaxNameBytes) {
    return InvalidArgument(what + " is longer than " + std::to_string(kMaxNameBytes) + " bytes");
  }
  if (std::any_of(name.begin(), name.end(), IsControl)) {
    return InvalidArgument(what + " must not hold control characters");
  }
  return absl::OkStatus();
}

Status CheckStageNames(const std::vector<Stage>& stages) {
  std::set<std::string_view> seen;
  for (const Stage& stage : stages) {
    RETURN_IF_ERROR(CheckName("the name of a stage", stage.name));
    if (!seen.insert(stage.name).second) {
      return InvalidArgument("two stages are called " + Quoted(stage.name) + "; names must differ");
    }
  }
  return absl::OkStatus();
}

Status CheckCount(const std::string& what, size_t count, size_t most) {
  if (count <= most) return absl::OkStatus();
  return InvalidArgument("at most " + std::to_string(most) + " " + what + " are allowed, not " +
                         std::to_string(count));
}

Status CheckSpan(const std::string& what, Duration value, Duration least) {
  if (value >= least && value <= kMaxWait) return absl::OkStatus();
  return InvalidArgument(what + " must be " + (least.nanos() > 0 ? "above 0" : "at least 0") +
                         " and at most 24h");
}

Status CheckRange(const std::string& what, uint64_t value, uint64_t least, uint64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return InvalidArgument(what + " must be from " + std::to_string(least) + " to " +
                         std::to_string(most) + ", not " + std::to_string(value));
}

Status CheckTarget(const Target& target) {
  const auto unprintable = [](char c) { return IsControl(c) || c == ' '; };
  const std::string& authority = target.authority;
  if (authority.empty() || std::any_of(authority.begin(), authority.end(), unprintable)) {
    return InvalidArgument("the target's authority " + Quoted(authority) +
                           " is no host and port as a Host header has them");
  }
  if (target.kind == Target::Kind::kTcp) {
    if (target.host.empty()) return InvalidArgument("the target has no host");
    if (std::any_of(target.host.begin(), target.host.end(), unprintable)) {
      return InvalidArgument("the target's host must not hold spaces or control characters");
    }
    return CheckRange("the target's port", target.port, 1, 65535);
  }
  const std::string& path = target.socket_path;
  if (path.empty() || path.size() > kMaxSocketPath || path.find('\0') != std::string::npos) {
    return InvalidArgument("the target's socket path must have 1 to " +
                           std::to_string(kMaxSocketPath) + " bytes and no NUL");
  }
  return absl::OkStatus();
}

Status CheckTls(const PlanSpec& spec) {
  const TlsSettings& tls = spec.tls;
  if (spec.target.tls && spec.target.kind == Target::Kind::kUnix) {
    return InvalidArgument("TLS over a Unix socket is not supported");
  }
  for (const std::string* pem : {&tls.ca_pem, &tls.cert_pem, &tls.key_pem}) {
    if (pem->size() > Plan::kMaxPemBytes) {
      return InvalidArgument("a file of certificates or keys has more than 256 KiB");
    }
  }
  if (tls.cert_pem.empty() != tls.key_pem.empty()) {
    return InvalidArgument("a client certificate and its key go together");
  }
  if (tls.min_version > tls.max_version) {
    return InvalidArgument("the lowest version of TLS is above the highest");
  }
  if (std::any_of(tls.server_name.begin(), tls.server_name.end(),
                  [](char c) { return IsControl(c) || c == ' '; })) {
    return InvalidArgument("the TLS server name must not hold spaces or control characters");
  }
  return absl::OkStatus();
}

Status CheckResolve(const std::vector<ResolveRule>& rules) {
  RETURN_IF_ERROR(CheckCount("resolve rules", rules.size(), kMaxResolveRules));
  for (const ResolveRule& rule : rules) {
    if (rule.host.empty() || rule.port == 0) {
      return InvalidArgument("a resolve rule needs a host and a port: HOST:PORT:ADDRESS");
    }
    unsigned char parsed[sizeof(in6_addr)];
    const char* address = rule.address.c_str();
    if (inet_pton(AF_INET, address, parsed) != 1 && inet_pton(AF_INET6, address, parsed) != 1) {
      return InvalidArgument("the resolve rule for " + rule.host + " names " +
                             Quoted(rule.address) + ", which is no IPv4 or IPv6 address");
    }
  }
  return absl::OkStatus();
}

// Every stage has a segment, and the segments follow the order of the stages.
template <typename Segment>
Status CheckStageOrder(const std::vector<Stage>& stages, const std::vector<Segment>& segments) {
  size_t next = 0;  // the first stage without a segment so far
  for (const Segment& segment : segments) {
    if (segment.stage >= stages.size()) {
      return InvalidArgument("a segment of the load belongs to stage " +
                             std::to_string(segment.stage) + " of " +
                             std::to_string(stages.size()) + ", counted from 0");
    }
    if (segment.stage > next || segment.stage + size_t{1} < next) {
      return InvalidArgument("the segments of the load must follow the order of the stages");
    }
    next = std::max(next, segment.stage + size_t{1});
  }
  if (next == stages.size()) return absl::OkStatus();
  return InvalidArgument("the stage " + Quoted(stages[next].name) + " has no length");
}

Status CheckStages(const PlanSpec& spec) {
  if (spec.stages.empty()) return InvalidArgument("the plan has no stages");
  RETURN_IF_ERROR(CheckCount("stages", spec.stages.size(), Plan::kMaxStages));
  RETURN_IF_ERROR(CheckStageNames(spec.stages));
  if (std::none_of(spec.stages.begin(), spec.stages.end(), [](auto& s) { return s.measure; })) {
    return InvalidArgument("every stage has measure: false, so there would be nothing to report");
  }
  return std::visit([&](const auto& load) { return CheckStageOrder(spec.stages, load.segments); },
                    spec.load);
}

Status CheckOwnConnections(const PlanSpec& spec) {
  if (spec.http != HttpVersion::k11) {
    return InvalidArgument("own_connections goes with http: 1.1, where a connection has one user");
  }
  if (!spec.reuse_connections) {
    return InvalidArgument(
        "own_connections keeps each user's connection, and reuse_connections: false keeps none; "
        "leave one of them out");
  }
  return absl::OkStatus();
}

Status CheckLimits(const PlanSpec& spec) {
  if (const auto* open = std::get_if<OpenLoad>(&spec.load)) {
    RETURN_IF_ERROR(CheckRange("max_in_flight", open->max_in_flight, 1, Plan::kMaxInFlight));
    RETURN_IF_ERROR(CheckSpan("max_lateness", open->max_lateness, Duration::Nanos(1)));
  } else {
    const ClosedLoad& closed = std::get<ClosedLoad>(spec.load);
    RETURN_IF_ERROR(CheckSpan("the least think time", closed.think_min, Duration()));
    RETURN_IF_ERROR(CheckSpan("the longest think time", closed.think_max, Duration()));
    if (closed.think_min > closed.think_max) {
      return InvalidArgument("the least think time is above the longest; write it as 1s..3s");
    }
    if (closed.own_connections) RETURN_IF_ERROR(CheckOwnConnections(spec));
  }
  if (spec.iterations) {
    RETURN_IF_ERROR(CheckRange("iterations", *spec.iterations, 1, Plan::kMaxIterations));
  }
  if (spec.connections != 0) {
    RETURN_IF_ERROR(CheckRange("connections", spec.connections, 1, Plan::kMaxInFlight));
  }
  if (spec.connect_rate && spec.connect_rate->micro_per_hour <= 0) {
    return InvalidArgument("connect_rate must be above 0");
  }
  return CheckSpan("the drain limit", spec.drain, Duration());
}

// Refuses what would let a header change where the request ends, or start another.
Status CheckHeaders(const std::string& where, const RequestSpec& request) {
  RETURN_IF_ERROR(CheckCount("headers in one request", request.headers.size(), Plan::kMaxHeaders));
  std::set<std::string> once;
  size_t bytes = 0;
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name)) return InvalidArgument(where + "no header name: " + Quoted(name));
    const auto bad = [](char c) { return IsControl(c) && c != '\t'; };
    if (std::any_of(value.begin(), value.end(), bad)) {
      return InvalidArgument(where + "the value of header " + Quoted(name) +
                             " must not hold line breaks or other control characters");
    }
    const std::string key = Lowered(name);
    if (key == "transfer-encoding") {
      return InvalidArgument(where + "Muster frames the body itself; leave out " + Quoted(name));
    }
    if (key == "content-length" && value != std::to_string(request.body.size())) {
      return InvalidArgument(where + "the header " + Quoted(name) + " says " + Quoted(value) +
                             " but the body has " + std::to_string(request.body.size()) +
                             " bytes; leave it out");
    }
    if ((key == "host" || key == "content-length") && !once.insert(key).second) {
      return InvalidArgument(where + "the header " + Quoted(name) + " must not be given twice");
    }
    bytes += name.size() + value.size();
  }
  if (bytes <= Plan::kMaxHeaderBytes) return absl::OkStatus();
  return InvalidArgument(where + "the headers have more than " +
                         std::to_string(Plan::kMaxHeaderBytes) + " bytes");
}

Status CheckMethodAndPath(const std::string& where, const RequestSpec& request) {
  if (!IsToken(request.method)) {
    return InvalidArgument(where + "no HTTP method: " + Quoted(request.method));
  }
  if (request.method == "CONNECT") return InvalidArgument(where + "CONNECT is not supported");
  const std::string& path = request.path;
  if (path.empty() || path[0] != '/') {
    return InvalidArgument(where + "the path must begin with \"/\"");
  }
  if (path.size() > Plan::kMaxPathBytes) {
    return InvalidArgument(where + "the path is longer than " +
                           std::to_string(Plan::kMaxPathBytes) + " bytes");
  }
  const auto bad = [](char c) { return c <= ' ' || c >= 0x7f || c == '#'; };
  if (std::any_of(path.begin(), path.end(), bad)) {
    return InvalidArgument(
        where +
        "the path must not hold spaces, \"#\", control characters or bytes beyond "
        "ASCII; write them as %20 and so on");
  }
  return absl::OkStatus();
}

Status CheckExpect(const std::string& where, const ExpectedStatuses& expect) {
  if (expect.ranges.empty()) return InvalidArgument(where + "expect names no status");
  RETURN_IF_ERROR(CheckCount("ranges in expect", expect.ranges.size(), 500));
  for (const auto& [low, high] : expect.ranges) {
    if (low < 100 || high > 599 || low > high) {
      return InvalidArgument(where + "expect has the range " + std::to_string(low) + " to " +
                             std::to_string(high) + "; statuses are 100 to 599");
    }
  }
  return absl::OkStatus();
}

Status CheckTags(const std::string& where, const RequestSpec& request) {
  RETURN_IF_ERROR(CheckCount("tags in one request", request.tags.size(), kMaxTags));
  std::set<std::string_view> seen;
  for (const auto& [key, value] : request.tags) {
    RETURN_IF_ERROR(CheckName(where + "the name of a tag", key));
    RETURN_IF_ERROR(CheckName(where + "the value of tag " + Quoted(key), value));
    if (!seen.insert(key).second) {
      return InvalidArgument(where + "the tag " + Quoted(key) + " is given twice");
    }
  }
  return absl::OkStatus();
}

Status CheckRequest(const RequestSpec& request) {
  RETURN_IF_ERROR(CheckName("the name of a request", request.name));
  const std::string where = "request " + Quoted(request.name) + ": ";
  RETURN_IF_ERROR(CheckMethodAndPath(where, request));
  RETURN_IF_ERROR(CheckHeaders(where, request));
  if (request.body.size() > Plan::kMaxBodyBytes) {
    return InvalidArgument(where + "the body has " + std::to_string(request.body.size()) +
                           " bytes; at most 1 MiB is allowed");
  }
  RETURN_IF_ERROR(CheckRange(where + "weight", request.weight, 1, kMaxWeight));
  RETURN_IF_ERROR(CheckSpan(where + "timeout", request.timeout, Duration::Nanos(1)));
  RETURN_IF_ERROR(
      CheckSpan(where + "connect_timeout", request.connect_timeout, Duration::Nanos(1)));
  RETURN_IF_ERROR(CheckExpect(where, request.expect));
  return CheckTags(where, request);
}

// What HTTP/2 has no place for, beside what no plan may say (RFC 9113, 8.2.2).
Status CheckHttp(const PlanSpec& spec) {
  RETURN_IF_ERROR(CheckRange("streams", spec.streams, 0, Plan::kMaxStreams));
  if (spec.http == HttpVersion::k11) {
    if (spec.streams == 0) return absl::OkStatus();
    return InvalidArgument("streams are HTTP/2's: add http: 2 (--http 2), or auto");
  }
  for (const RequestSpec& request : spec.requests) {
    for (const auto& [name, value] : request.headers) {
      const std::string key = Lowered(name);
      if (key != "proxy-connection" && key != "http2-settings") continue;
      return InvalidArgument("request " + Quoted(request.name) + ": HTTP/2 has no header " + name +
                             ": leave it out, or set http: 1.1");
    }
  }
  return absl::OkStatus();
}

Status CheckRequests(const std::vector<RequestSpec>& requests) {
  if (requests.empty()) return InvalidArgument("the plan has no requests");
  RETURN_IF_ERROR(CheckCount("requests", requests.size(), Plan::kMaxRequests));
  size_t body_bytes = 0;
  for (const RequestSpec& request : requests) {
    RETURN_IF_ERROR(CheckRequest(request));
    body_bytes += request.body.size();
  }
  if (body_bytes <= Plan::kMaxAllBodyBytes) return absl::OkStatus();
  return InvalidArgument("the bodies of all requests have more than 16 MiB together");
}

// Some item is called `name`; else an error with the nearest of their names.
template <typename Items>
Status CheckKnown(const std::string& what, const std::string& name, const Items& items) {
  std::vector<std::string_view> known;
  known.reserve(items.size());
  for (const auto& item : items) known.push_back(item.name);
  if (std::find(known.begin(), known.end(), name) != known.end()) return absl::OkStatus();
  const std::string nearest = NearestKey(name, known);
  return InvalidArgument("there is no " + what + " called " + Quoted(name) +
                         (nearest.empty() ? "" : "; did you mean " + Quoted(nearest) + "?"));
}

// ", did you mean" with the nearest of `known`; empty when none is near.
std::string Nearest(std::string_view word, const std::set<std::string_view>& known) {
  const std::vector<std::string_view> list(known.begin(), known.end());
  const std::string nearest = NearestKey(word, list);
  return nearest.empty() ? "" : "; did you mean " + Quoted(nearest) + "?";
}

Status CheckTag(const PlanSpec& spec, const Threshold::Tag& tag) {
  std::set<std::string_view> keys = {"name", "stage", "worker"};
  std::set<std::string_view> values;
  for (const RequestSpec& request : spec.requests) {
    for (const auto& [key, value] : request.tags) {
      keys.insert(key);
      if (key == tag.first) values.insert(value);
    }
  }
  if (values.empty()) {
    return InvalidArgument("no request has a tag called " + Quoted(tag.first) +
                           Nearest(tag.first, keys));
  }
  if (values.contains(tag.second)) return absl::OkStatus();
  return InvalidArgument("no request has the tag " + tag.first + "=" + tag.second +
                         Nearest(tag.second, values));
}

Status CheckFilters(const PlanSpec& spec, const Threshold& threshold) {
  if (!threshold.name.empty()) {
    RETURN_IF_ERROR(CheckKnown("request", threshold.name, spec.requests));
  }
  RETURN_IF_ERROR(CheckCount("tags in one threshold", threshold.tags.size(), kMaxTags));
  for (const Threshold::Tag& tag : threshold.tags) RETURN_IF_ERROR(CheckTag(spec, tag));
  if (std::none_of(spec.requests.begin(), spec.requests.end(),
                   [&](const RequestSpec& request) { return Selects(threshold, request); })) {
    return InvalidArgument("no request has all that its filters ask for");
  }
  if (threshold.group.size() > kMaxGroupBytes) {
    return InvalidArgument("the name of a group of workers has at most 128 bytes");
  }
  if (threshold.stage.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckKnown("stage", threshold.stage, spec.stages));
  for (const Stage& stage : spec.stages) {
    if (stage.name != threshold.stage || stage.measure) continue;
    return InvalidArgument("the stage " + Quoted(stage.name) +
                           " has measure: false, so no threshold can look at it");
  }
  return absl::OkStatus();
}

// What is decided while the run goes knows the response alone, and that counts only grow.
Status CheckAbort(const Threshold& threshold) {
  using Metric = Threshold::Metric;
  const bool latency = threshold.metric == Metric::kPercentile ||
                       threshold.metric == Metric::kMean || threshold.metric == Metric::kMin ||
                       threshold.metric == Metric::kMax;
  if (latency && threshold.latency != LatencyKind::kResponse) {
    return InvalidArgument("only a latency of the response can end a run");
  }
  if (threshold.confident) {
    return InvalidArgument(
        "what has to hold with confidence is known at the end alone and can't "
        "end a run");
  }
  const bool grows = threshold.metric == Metric::kCount && threshold.window == Duration();
  if (grows && !threshold.upper_limit()) {
    return InvalidArgument("a count that has yet to be reached can't end a run");
  }
  return absl::OkStatus();
}

// Only a threshold that was made by hand can break these: the parser makes none that does.
Status CheckSuffixes(const Threshold& threshold) {
  RETURN_IF_ERROR(CheckSpan("a window", threshold.window, Duration()));
  RETURN_IF_ERROR(CheckSpan("\"for\"", threshold.window_for, Duration()));
  if (threshold.window == Duration() && threshold.window_for > Duration()) {
    return InvalidArgument("\"for\" needs a window");
  }
  if (threshold.window > Duration() && threshold.windows_on_end() > Threshold::kMaxWindowsOnEnd) {
    return InvalidArgument("at most 1000 windows on end can be asked for");
  }
  if (threshold.window > Duration() && threshold.confident) {
    return InvalidArgument("windows have no interval of confidence");
  }
  return CheckSpan("abort after", threshold.abort_after, Duration());
}

Status CheckOneThreshold(const PlanSpec& spec, const Threshold& threshold) {
  RETURN_IF_ERROR(CheckFilters(spec, threshold));
  RETURN_IF_ERROR(CheckSuffixes(threshold));
  if (threshold.abort) RETURN_IF_ERROR(CheckAbort(threshold));
  const bool open_rate =
      threshold.metric == Threshold::Metric::kRate && std::holds_alternative<OpenLoad>(spec.load);
  if (threshold.confident && open_rate) {
    return InvalidArgument("the rate of an open load is the schedule's and has no interval");
  }
  const bool percentile = threshold.metric == Threshold::Metric::kPercentile;
  if (percentile && (threshold.percentile_millis == 0 || threshold.percentile_millis > 100'000)) {
    return InvalidArgument("a percentile must be above 0 and at most 100");
  }
  if (threshold.metric == Threshold::Metric::kWithin && threshold.within.nanos() <= 0) {
    return InvalidArgument("within() needs a duration above 0");
  }
  if (!(threshold.limit >= 0)) return InvalidArgument("a limit must be at least 0");
  return absl::OkStatus();
}

Status CheckThresholds(const PlanSpec& spec) {
  RETURN_IF_ERROR(CheckCount("thresholds", spec.thresholds.size(), Plan::kMaxThresholds));
  for (const Threshold& threshold : spec.thresholds) {
    RETURN_IF_ERROR(CheckThreshold(spec, threshold));
  }
  return absl::OkStatus();
}

}  // namespace

bool Selects(const Threshold& threshold, const RequestSpec& request) {
  const auto has = [&](const Threshold::Tag& tag) {
    return std::find(request.tags.begin(), request.tags.end(), tag) != request.tags.end();
  };
  return (threshold.name.empty() || threshold.name == request.name) &&
         std::all_of(threshold.tags.begin(), threshold.tags.end(), has);
}

Status CheckThreshold(const PlanSpec& spec, const Threshold& threshold) {
  const Status status = CheckOneThreshold(spec, threshold);
  if (status.ok()) return status;
  return InvalidArgument("threshold " + Quoted(threshold.expression) + ": " + Message(status));
}

Status CheckPlanSpec(const PlanSpec& spec) {
  RETURN_IF_ERROR(CheckName("the plan's name", spec.name));
  RETURN_IF_ERROR(CheckTarget(spec.target));
  RETURN_IF_ERROR(CheckTls(spec));
  RETURN_IF_ERROR(CheckHttp(spec));
  RETURN_IF_ERROR(CheckResolve(spec.resolve));
  RETURN_IF_ERROR(CheckStages(spec));
  RETURN_IF_ERROR(CheckLimits(spec));
  RETURN_IF_ERROR(CheckRequests(spec.requests));
  return CheckThresholds(spec);
}

}  // namespace muster
