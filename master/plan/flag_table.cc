#include "master/plan/flag_table.h"

#include <algorithm>
#include <array>

#include "common/plan/threshold.h"
#include "common/plan/units.h"
#include "master/plan/values.h"

namespace muster {
namespace {

constexpr const char* kLoad = "Load";
constexpr const char* kRequest = "Requests";
constexpr const char* kConnection = "Connections";
constexpr const char* kTarget = "TLS to the target";
constexpr const char* kVerdict = "Verdict";
constexpr const char* kWorkers = "Workers";
constexpr const char* kOutput = "Output";

constexpr std::string_view kLogLevels[] = {"trace", "debug", "info", "warn", "error", "off"};

Status ReadWhole32(std::string_view text, uint64_t high, std::optional<uint32_t>& out) {
  ASSIGN_OR_RETURN(const uint64_t value, ParseWhole(text, 1, high));
  out = static_cast<uint32_t>(value);
  return absl::OkStatus();
}

Status ReadPositive(std::string_view text, std::optional<Duration>& out) {
  ASSIGN_OR_RETURN(out, ParseDuration(text));
  return *out > Duration() ? absl::OkStatus() : InvalidArgument("must be longer than 0s");
}

Status ReadFileName(std::string_view text, std::string& out) {
  if (text.empty()) return InvalidArgument("the name of a file is missing");
  out = text;
  return absl::OkStatus();
}

// On a command line a bare number is a rate per second.
StatusOr<Rate> ReadRate(std::string_view text) {
  const bool bare = !text.empty() && text.find_first_not_of("0123456789.") == text.npos;
  return ParseRate(bare ? std::string(text) + "/s" : std::string(text));
}

StatusOr<StageFlag> ReadStage(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == text.npos) {
    return InvalidArgument(Quote(text) + " is no stage; write 30s:2000/s, or 30s:200 for users");
  }
  const std::string_view to = text.substr(colon + 1);
  StageFlag stage;
  ASSIGN_OR_RETURN(stage.over, ParseDuration(text.substr(0, colon)));
  if (to.find('/') != to.npos) {
    ASSIGN_OR_RETURN(stage.to, ParseRate(to));
  } else {
    ASSIGN_OR_RETURN(const uint64_t users, ParseWhole(to, 0, UserProfile::kMaxUsers));
    stage.to = static_cast<uint32_t>(users);
  }
  return stage;
}

StatusOr<HostPort> ReadHostPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  const std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const bool bare_v6 = !bracketed && host.find(':') != host.npos;
  if (colon == text.npos || host.empty() || bare_v6) {
    return InvalidArgument(Quote(text) +
                           " is no address; write HOST:PORT, as 0.0.0.0:7700 or "
                           "[::1]:7700");
  }
  ASSIGN_OR_RETURN(const uint64_t port, ParseWhole(text.substr(colon + 1), 0, 65535));
  return HostPort{std::string(bracketed ? host.substr(1, host.size() - 2) : host),
                  static_cast<uint16_t>(port)};
}

StatusOr<OutputSpec> ReadOutput(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == text.npos || equals + 1 == text.size()) {
    return InvalidArgument(Quote(text) +
                           " names no format; write json=FILE, or json=- for "
                           "standard output");
  }
  const std::string format(text.substr(0, equals));
  if (format != "json") return InvalidArgument(Quote(format) + " is no known format; json is");
  return OutputSpec{format, std::string(text.substr(equals + 1))};
}

Status ReadLogLevel(std::string_view text, std::string& out) {
  const bool known =
      std::find(std::begin(kLogLevels), std::end(kLogLevels), text) != std::end(kLogLevels);
  if (!known) {
    return InvalidArgument(Quote(text) +
                           " is no log level; write trace, debug, info, warn, error "
                           "or off");
  }
  out = text;
  return absl::OkStatus();
}

StatusOr<ColorMode> ReadColor(std::string_view text) {
  if (text == "auto") return ColorMode::kAuto;
  if (text == "always") return ColorMode::kAlways;
  if (text == "never") return ColorMode::kNever;
  return InvalidArgument(Quote(text) + " is no colour mode; write auto, always or never");
}

// Puts what `parse` makes of the value at `place(line)`.
template <auto Place, auto Parse>
Status Set(std::string_view value, CommandLine& line) {
  ASSIGN_OR_RETURN(Place(line), Parse(value));
  return absl::OkStatus();
}
template <auto Place, auto Parse>
Status Append(std::string_view value, CommandLine& line) {
  ASSIGN_OR_RETURN(auto parsed, Parse(value));
  Place(line).push_back(std::move(parsed));
  return absl::OkStatus();
}

using Text = std::string_view;
using Line = CommandLine;

constexpr FlagRow kFlags[] = {
    {kLoad, "--users", 'u', "N", false, "closed model: N users, each waiting for its response",
     [](Text v, Line& l) { return ReadWhole32(v, UserProfile::kMaxUsers, l.plan.users); }},
    {kLoad, "--rate", 0, "RATE", false,
     "open model: arrivals by the clock, 2000/s, 60/m; a bare number is per second",
     Set < [](Line& l) -> auto& {return l.plan.rate;
}  // namespace
, ReadRate >
}  // namespace muster
,
    {kLoad,
     "--duration",
     'd',
     "TIME",
     false,
     "length of the load, as 30s or 1m30s",
     [](Text v, Line& l) { return ReadPositive(v, l.plan.duration); }},
    {kLoad, "--iterations", 0, "N", false, "stop after N iterations of all",
     Set < [](Line& l) -> auto& {return l.plan.iterations;
}
, [](Text v) { return ParseWhole(v, 1, Plan::kMaxIterations); } >
}
, {kLoad, "--stage", 0, "TIME:LEVEL", true,
   "ramp to 30s:2000/s (rate) or 30s:200 (users); repeat for more",
   Append < [](Line& l) -> auto& {return l.plan.stages;
}
, ReadStage >
}
, {kLoad, "--think", 0, "TIME", false, "users pause between iterations: 2s, or 1s..3s at random",
   Set < [](Line& l) -> auto& {return l.plan.think;
}
, ParseThink >
}
, {kLoad, "--arrivals", 0, "KIND", false, "even (default) or poisson",
   Set < [](Line& l) -> auto& {return l.plan.arrivals;
}
, ParseArrivals >
}
,
    {kLoad,
     "--max-in-flight",
     0,
     "N",
     false,
     "open: at most N at once; default two seconds' worth of the peak rate, 100 to 10000",
     [](Text v, Line& l) { return ReadWhole32(v, Plan::kMaxInFlight, l.plan.max_in_flight); }},
    {kLoad, "--max-lateness", 0, "TIME", false,
     "open: what is found later than this is not started; default 1s",
     Set < [](Line& l) -> auto& {return l.plan.max_lateness;
}
, ParseTimeout >
}
, {kLoad, "--drain", 0, "TIME", false, "wait this long for responses after the load; default 10s",
   Set < [](Line& l) -> auto& {return l.plan.drain;
}
, ParsePause >
}
, {kLoad, "--seed", 0, "N", false, "for every random draw; default: drawn and printed",
   Set < [](Line& l) -> auto& {return l.plan.seed;
}
, [](Text v) { return ParseWhole(v, 0, UINT64_MAX); } >
}
,
    {kLoad,
     "--name",
     0,
     "NAME",
     false,
     "name of the run in reports",
     [](Text v, Line& l) {
       l.plan.name = std::string(v);
       return CheckName(v);
     }},

    {kRequest, "--method", 0, "METHOD", false, "default GET, or POST with a body",
     Set < [](Line& l) -> auto& {return l.plan.method;
}
, ParseMethod >
}
, {kRequest, "--header", 'H', "'NAME: VALUE'", true, "add a header to every request",
   Append < [](Line& l) -> auto& {return l.plan.headers;
}
, ParseHeaderLine >
}
,
    {kRequest,
     "--body",
     0,
     "TEXT",
     false,
     "send this body",
     [](Text v, Line& l) {
       l.plan.body = std::string(v);
       return absl::OkStatus();
     }},
    {kRequest,
     "--body-file",
     0,
     "FILE",
     false,
     "send this file's content, at most 1 MiB",
     [](Text v, Line& l) { return ReadFileName(v, l.plan.body_file.emplace()); }},
    {kRequest, "--timeout", 0, "TIME", false, "limit of wait and service together; default 10s",
     Set < [](Line& l) -> auto& {return l.plan.timeout;
}
, ParseTimeout >
}
, {kRequest, "--connect-timeout", 0, "TIME", false, "limit of connecting; default 5s",
   Set < [](Line& l) -> auto& {return l.plan.connect_timeout;
}
, ParseTimeout >
}
, {kRequest, "--expect", 0, "STATUSES", false,
   "statuses that are no error: 2xx, 200-299, 2xx,301; default 2xx,3xx",
   Set < [](Line& l) -> auto& {return l.plan.expect;
}
, ParseExpect >
}
, {kRequest, "--tag", 0, "KEY=VALUE", true, "tag every request",
   Append < [](Line& l) -> auto& {return l.plan.tags;
}
, ParseTag >
}
,

    {kConnection,
     "--connections",
     'c',
     "N",
     false,
     "at most N sockets; default: max-in-flight, or users",
     [](Text v, Line& l) { return ReadWhole32(v, Plan::kMaxInFlight, l.plan.connections); }},
    {kConnection,
     "--no-reuse",
     0,
     "",
     false,
     "a new connection for every request",
     [](Text, Line& l) {
       l.plan.no_reuse = true;
       return absl::OkStatus();
     }},
    {kConnection, "--connect-rate", 0, "RATE", false,
     "open at most so many connections at a time: 500/s; default 10000/s where they are reused",
     Set < [](Line& l) -> auto& {return l.plan.connect_rate;
}
, ReadRate >
}
,
    {kConnection,
     "--http",
     0,
     "VERSION",
     false,
     "1.1 (default), 2, or auto: over TLS what the target chooses",
     [](Text v, Line& l) {
       ASSIGN_OR_RETURN(l.plan.http, ParseHttpVersion(v));
       return absl::OkStatus();
     }},
    {kConnection,
     "--streams",
     0,
     "N",
     false,
     "HTTP/2: at most N streams at once on a connection; default: as the target allows",
     [](Text v, Line& l) { return ReadWhole32(v, Plan::kMaxStreams, l.plan.streams); }},
    {kConnection, "--resolve", 0, "HOST:PORT:ADDR", true, "use ADDR for HOST:PORT",
     Append < [](Line& l) -> auto& {return l.plan.resolve;
}
, ParseResolve >
}
,

    {kTarget,
     "--insecure-target",
     0,
     "",
     false,
     "do not verify the target's certificate; every screen and report says so",
     [](Text, Line& l) {
       l.plan.tls.insecure_target = true;
       return absl::OkStatus();
     }},
    {kTarget,
     "--target-ca",
     0,
     "FILE",
     false,
     "authorities that sign the target's certificate; default: the system's",
     [](Text v, Line& l) { return ReadFileName(v, l.plan.tls.ca_file.emplace()); }},
    {kTarget,
     "--target-cert",
     0,
     "FILE",
     false,
     "client certificate, with its chain",
     [](Text v, Line& l) { return ReadFileName(v, l.plan.tls.cert_file.emplace()); }},
    {kTarget,
     "--target-key",
     0,
     "FILE",
     false,
     "its private key, part of the plan that workers get",
     [](Text v, Line& l) { return ReadFileName(v, l.plan.tls.key_file.emplace()); }},
    {kTarget, "--target-server-name", 0, "NAME", false,
     "send and verify this name instead of the target's host",
     Set < [](Line& l) -> auto& {return l.plan.tls.server_name;
}
, ParseServerName >
}
, {kTarget, "--target-tls", 0, "VERSION", false, "1.2, 1.3, or 1.2,1.3 (default)",
   Set < [](Line& l) -> auto& {return l.plan.tls.versions;
}
, ParseTlsVersions >
}
,
    {kTarget,
     "--no-session-resumption",
     0,
     "",
     false,
     "a full handshake for every connection",
     [](Text, Line& l) {
       l.plan.tls.no_session_resumption = true;
       return absl::OkStatus();
     }},

    {kVerdict, "--threshold", 0, "'EXPR'", true,
     "fail the run unless it holds, as 'p99(response) < 400ms'; beside the plan's",
     Append < [](Line& l) -> auto& {return l.plan.thresholds;
}
, ParseThreshold >
}
,
    {kVerdict,
     "--no-thresholds",
     0,
     "",
     false,
     "drop the plan's and the default thresholds",
     [](Text, Line& l) {
       l.plan.no_thresholds = true;
       return absl::OkStatus();
     }},

    {kWorkers,
     "--threads",
     0,
     "N",
     false,
     "threads of the worker in this process",
     [](Text v, Line& l) {
       ASSIGN_OR_RETURN(const uint64_t threads, ParseWhole(v, 1, 1024));
       l.run.generator.threads = static_cast<uint32_t>(threads);
       return absl::OkStatus();
     }},
    {kWorkers,
     "--pin",
     0,
     "",
     false,
     "each of its threads to a core of its own",
     [](Text, Line& l) {
       l.run.generator.pin = true;
       return absl::OkStatus();
     }},
    {kWorkers,
     "--frugal",
     0,
     "",
     false,
     "it sleeps to due times instead of spinning before them: less CPU, up to 0.1 ms later",
     [](Text, Line& l) {
       l.run.generator.frugal = true;
       return absl::OkStatus();
     }},
    {kWorkers,
     "--local-address",
     0,
     "ADDR",
     true,
     "it connects from this address of the host; repeat for more ports",
     [](Text v, Line& l) {
       l.run.generator.local_addresses.emplace_back(v);
       return CheckLocalAddress(v);
     }},
    {kWorkers, "--listen", 0, "HOST:PORT", false,
     "be a master for muster-worker processes; port 0: a free one, printed",
     Set < [](Line& l) -> auto& {return l.run.listen;
}
, ReadHostPort >
}
,
    {kWorkers,
     "--workers",
     0,
     "N",
     false,
     "wait for N workers; default 1",
     [](Text v, Line& l) {
       ASSIGN_OR_RETURN(const uint64_t workers, ParseWhole(v, 1, 1000));
       l.run.workers = static_cast<uint32_t>(workers);
       return absl::OkStatus();
     }},
    {kWorkers, "--wait", 0, "TIME", false, "how long to wait for them; default 60s",
     Set < [](Line& l) -> auto& {return l.run.wait;
}
, ParseDuration >
}
,
    {kWorkers,
     "--tls-ca",
     0,
     "FILE",
     false,
     "authority that signs the workers' certificates",
     [](Text v, Line& l) { return ReadFileName(v, l.run.tls.ca); }},
    {kWorkers,
     "--tls-cert",
     0,
     "FILE",
     false,
     "this master's certificate",
     [](Text v, Line& l) { return ReadFileName(v, l.run.tls.cert); }},
    {kWorkers,
     "--tls-key",
     0,
     "FILE",
     false,
     "its private key",
     [](Text v, Line& l) { return ReadFileName(v, l.run.tls.key); }},
    {kWorkers,
     "--tls-server-name",
     0,
     "NAME",
     false,
     "name expected in the workers' certificates",
     [](Text v, Line& l) {
       l.run.tls.server_name = std::string(v);
       return absl::OkStatus();
     }},
    {kWorkers,
     "--insecure-control",
     0,
     "",
     false,
     "leave loopback without TLS; every screen and report says so",
     [](Text, Line& l) {
       l.run.insecure_control = true;
       return absl::OkStatus();
     }},

    {kOutput, "--out", 'o', "FORMAT=FILE", true, "write the result: json=FILE, json=- to stdout",
     Append < [](Line& l) -> auto& {return l.run.outputs;
}
, ReadOutput >
}
,
    {kOutput,
     "--trace",
     0,
     "FILE",
     false,
     "write number, due time and fate of every iteration",
     [](Text v, Line& l) { return ReadFileName(v, l.run.trace_file); }},
    {kOutput,
     "--quiet",
     0,
     "",
     false,
     "no progress on standard error",
     [](Text, Line& l) {
       l.run.quiet = true;
       return absl::OkStatus();
     }},
    {kOutput,
     "--log-level",
     0,
     "LEVEL",
     false,
     "trace, debug, info (default), warn, error or off",
     [](Text v, Line& l) { return ReadLogLevel(v, l.run.log_level); }},
    {kOutput,
     "--log-file",
     0,
     "FILE",
     false,
     "log there instead of to standard error",
     [](Text v, Line& l) { return ReadFileName(v, l.run.log_file); }},
    {kOutput, "--color", 0, "WHEN", false, "auto (default), always or never",
     Set < [](Line& l) -> auto& {return l.run.color;
}
, ReadColor >
}
,
}
;

constexpr RefusedLetter kRefused[] = {
    {'t',
     "wrk reads it as threads, Locust as the run's length, ab as a time limit; write --threads "
     "or --duration"},
    {'r',
     "Locust reads it as users started per second, ab as going on after errors; write --stage "
     "30s:200 for a ramp, or --rate"},
    {'s', "wrk reads it as a script, k6 as a stage, ab as a time-out; write --stage or --timeout"},
    {'R', "wrk2 reads it as the rate; write --rate"},
    {'n', "ab reads it as the number of requests; write --iterations"}};

}  // namespace

std::span<const FlagRow> FlagTable() { return kFlags; }
std::span<const RefusedLetter> RefusedLetters() { return kRefused; }

Status CheckCombinations(const CommandLine& line) {
  const PlanFlags& plan = line.plan;
  const RunOptions& run = line.run;
  if (plan.users && plan.rate) {
    return InvalidArgument(
        "--users and --rate: users wait for responses, a rate does not; give one");
  }
  const GeneratorOptions& own = run.generator;
  const char* own_flag = own.pin                        ? "--pin"
                         : own.frugal                   ? "--frugal"
                         : !own.local_addresses.empty() ? "--local-address"
                                                        : nullptr;
  if (run.listen && own_flag != nullptr) {
    return InvalidArgument(std::string(own_flag) +
                           ": of no effect with --listen; give it to muster-worker");
  }
  if (plan.body && plan.body_file) return InvalidArgument("--body and --body-file: give one");
  if (!plan.stages.empty() && plan.duration) {
    return InvalidArgument("--stage and --duration: the stages have their own lengths");
  }
  const TlsFiles& tls = run.tls;
  const bool any = !tls.ca.empty() || !tls.cert.empty() || !tls.key.empty();
  if (any && (tls.ca.empty() || tls.cert.empty() || tls.key.empty())) {
    return InvalidArgument("--tls-ca, --tls-cert and --tls-key go together");
  }
  if (any && run.insecure_control) {
    return InvalidArgument("--insecure-control: not together with --tls-ca, --tls-cert, --tls-key");
  }
  const auto to_stdout = [](const OutputSpec& out) { return out.path == "-"; };
  if (std::count_if(run.outputs.begin(), run.outputs.end(), to_stdout) > 1) {
    return InvalidArgument("--out: only one result goes to standard output");
  }
  return absl::OkStatus();
}

}  // namespace muster
