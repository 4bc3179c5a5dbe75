#include "master/plan/flag_table.h"

#include <algorithm>

#include "common/plan/threshold.h"
#include "common/plan/units.h"
#include "master/plan/flag_values.h"

namespace muster {
namespace {

constexpr const char* kLoad = "Load";
constexpr const char* kRequest = "Requests";
constexpr const char* kConnection = "Connections";
constexpr const char* kTarget = "TLS to the target";
constexpr const char* kVerdict = "Verdict";
constexpr const char* kWorkers = "Workers";
constexpr const char* kOutput = "Output";

// Where a value goes: members, from a CommandLine inwards.
constexpr auto kPlan = &CommandLine::plan;
constexpr auto kTls = &PlanFlags::tls;
constexpr auto kRun = &CommandLine::run;
constexpr auto kGenerator = &RunOptions::generator;
constexpr auto kControl = &RunOptions::tls;

template <auto... Path>
auto& At(CommandLine& line) {
  return (line.*....*Path);
}

// Puts what `Read` makes of the value there.
template <auto Read, auto... Path>
Status Set(std::string_view value, CommandLine& line) {
  ASSIGN_OR_RETURN(At<Path...>(line), Read(value));
  return absl::OkStatus();
}
template <auto Read, auto... Path>
Status Append(std::string_view value, CommandLine& line) {
  ASSIGN_OR_RETURN(auto read, Read(value));
  At<Path...>(line).push_back(std::move(read));
  return absl::OkStatus();
}
template <auto... Path>
Status True(std::string_view /*value*/, CommandLine& line) {
  At<Path...>(line) = true;
  return absl::OkStatus();
}

constexpr FlagRow kFlags[] = {
    {kLoad, "--users", 'u', "N", false, "closed model: N users, each waiting for its response",
     Set<ReadCount<UserProfile::kMaxUsers>, kPlan, &PlanFlags::users>},
    {kLoad, "--rate", 0, "RATE", false,
     "open model: arrivals by the clock, 2000/s, 60/m; a bare number is per second",
     Set<ReadRate, kPlan, &PlanFlags::rate>},
    {kLoad, "--duration", 'd', "TIME", false, "length of the load, as 30s or 1m30s",
     Set<ReadLength, kPlan, &PlanFlags::duration>},
    {kLoad, "--iterations", 0, "N", false, "stop after N iterations of all",
     Set<ReadWhole<1, Plan::kMaxIterations>, kPlan, &PlanFlags::iterations>},
    {kLoad, "--stage", 0, "TIME:LEVEL", true,
     "ramp to 30s:2000/s (rate) or 30s:200 (users); repeat for more",
     Append<ReadStage, kPlan, &PlanFlags::stages>},
    {kLoad, "--think", 0, "TIME", false, "users pause between iterations: 2s, or 1s..3s at random",
     Set<ParseThink, kPlan, &PlanFlags::think>},
    {kLoad, "--arrivals", 0, "KIND", false, "even (default) or poisson",
     Set<ParseArrivals, kPlan, &PlanFlags::arrivals>},
    {kLoad, "--max-in-flight", 0, "N", false,
     "open: at most N at once; default two seconds' worth of the peak rate, 100 to 10000",
     Set<ReadCount<Plan::kMaxInFlight>, kPlan, &PlanFlags::max_in_flight>},
    {kLoad, "--max-lateness", 0, "TIME", false,
     "open: what is found later than this is not started; default 1s",
     Set<ParseTimeout, kPlan, &PlanFlags::max_lateness>},
    {kLoad, "--drain", 0, "TIME", false, "wait this long for responses after the load; default 10s",
     Set<ParsePause, kPlan, &PlanFlags::drain>},
    {kLoad, "--seed", 0, "N", false, "for every random draw; default: drawn and printed",
     Set<ReadWhole<0, UINT64_MAX>, kPlan, &PlanFlags::seed>},
    {kLoad, "--name", 0, "NAME", false, "name of the run in reports",
     Set<ReadName, kPlan, &PlanFlags::name>},

    {kRequest, "--target", 0, "URL", false,
     "send the plan's requests there instead: scheme, host and port, as http://127.0.0.1:8080",
     Set<ReadTarget, kPlan, &PlanFlags::target>},
    {kRequest, "--method", 0, "METHOD", false, "default GET, or POST with a body",
     Set<ParseMethod, kPlan, &PlanFlags::method>},
    {kRequest, "--header", 'H', "'NAME: VALUE'", true, "add a header to every request",
     Append<ParseHeaderLine, kPlan, &PlanFlags::headers>},
    {kRequest, "--body", 0, "TEXT", false, "send this body",
     Set<ReadText, kPlan, &PlanFlags::body>},
    {kRequest, "--body-file", 0, "FILE", false, "send this file's content, at most 1 MiB",
     Set<ReadFileName, kPlan, &PlanFlags::body_file>},
    {kRequest, "--timeout", 0, "TIME", false, "limit of wait and service together; default 10s",
     Set<ParseTimeout, kPlan, &PlanFlags::timeout>},
    {kRequest, "--connect-timeout", 0, "TIME", false, "limit of connecting; default 5s",
     Set<ParseTimeout, kPlan, &PlanFlags::connect_timeout>},
    {kRequest, "--expect", 0, "STATUSES", false,
     "statuses that are no error: 2xx, 200-299, 2xx,301; default 2xx,3xx",
     Set<ParseExpect, kPlan, &PlanFlags::expect>},
    {kRequest, "--tag", 0, "KEY=VALUE", true, "tag every request",
     Append<ParseTag, kPlan, &PlanFlags::tags>},

    {kConnection, "--connections", 'c', "N", false,
     "at most N sockets; default: max-in-flight, or users",
     Set<ReadCount<Plan::kMaxInFlight>, kPlan, &PlanFlags::connections>},
    {kConnection, "--no-reuse", 0, "", false, "a new connection for every request",
     True<kPlan, &PlanFlags::no_reuse>},
    {kConnection, "--own-connections", 0, "", false,
     "users: each keeps a connection of its own, as browsers do; default: they share",
     True<kPlan, &PlanFlags::own_connections>},
    {kConnection, "--connect-rate", 0, "RATE", false,
     "open at most so many connections at a time: 500/s; default 10000/s where they are reused",
     Set<ReadRate, kPlan, &PlanFlags::connect_rate>},
    {kConnection, "--http", 0, "VERSION", false,
     "1.1 (default), 2, or auto: over TLS what the target chooses",
     Set<ParseHttpVersion, kPlan, &PlanFlags::http>},
    {kConnection, "--streams", 0, "N", false,
     "HTTP/2: at most N streams at once on a connection; default: as the target allows",
     Set<ReadCount<Plan::kMaxStreams>, kPlan, &PlanFlags::streams>},
    {kConnection, "--resolve", 0, "HOST:PORT:ADDR", true, "use ADDR for HOST:PORT",
     Append<ParseResolve, kPlan, &PlanFlags::resolve>},

    {kTarget, "--insecure-target", 0, "", false,
     "do not verify the target's certificate; every screen and report says so",
     True<kPlan, kTls, &TlsFlags::insecure_target>},
    {kTarget, "--target-ca", 0, "FILE", false,
     "authorities that sign the target's certificate; default: the system's",
     Set<ReadFileName, kPlan, kTls, &TlsFlags::ca_file>},
    {kTarget, "--target-cert", 0, "FILE", false, "client certificate, with its chain",
     Set<ReadFileName, kPlan, kTls, &TlsFlags::cert_file>},
    {kTarget, "--target-key", 0, "FILE", false,
     "its private key, part of the plan that workers get",
     Set<ReadFileName, kPlan, kTls, &TlsFlags::key_file>},
    {kTarget, "--target-server-name", 0, "NAME", false,
     "send and verify this name instead of the target's host",
     Set<ParseServerName, kPlan, kTls, &TlsFlags::server_name>},
    {kTarget, "--target-tls", 0, "VERSION", false, "1.2, 1.3, or 1.2,1.3 (default)",
     Set<ParseTlsVersions, kPlan, kTls, &TlsFlags::versions>},
    {kTarget, "--no-session-resumption", 0, "", false, "a full handshake for every connection",
     True<kPlan, kTls, &TlsFlags::no_session_resumption>},

    {kVerdict, "--threshold", 0, "'EXPR'", true,
     "fail the run unless it holds, as 'p99(response) < 400ms'; beside the plan's",
     Append<ParseThreshold, kPlan, &PlanFlags::thresholds>},
    {kVerdict, "--abort-on", 0, "'EXPR'", true,
     "a threshold that ends the run as soon as it is broken, as 'error_rate < 50%'",
     Append<ReadAbortOn, kPlan, &PlanFlags::thresholds>},
    {kVerdict, "--abort-after", 0, "TIME", false,
     "let the run go on for so long before --abort-on ends it; default 10s",
     Set<ParsePause, kPlan, &PlanFlags::abort_after>},
    {kVerdict, "--no-thresholds", 0, "", false, "drop the plan's and the default thresholds",
     True<kPlan, &PlanFlags::no_thresholds>},

    {kWorkers, "--threads", 0, "N", false, "threads of the worker in this process",
     Set<ReadCount<1024>, kRun, kGenerator, &GeneratorOptions::threads>},
    {kWorkers, "--pin", 0, "", false, "each of its threads to a core of its own",
     True<kRun, kGenerator, &GeneratorOptions::pin>},
    {kWorkers, "--frugal", 0, "", false,
     "it sleeps to due times instead of spinning before them: less CPU, up to 0.1 ms later",
     True<kRun, kGenerator, &GeneratorOptions::frugal>},
    {kWorkers, "--local-address", 0, "ADDR", true,
     "it connects from this address of the host; repeat for more ports",
     Append<ReadLocalAddress, kRun, kGenerator, &GeneratorOptions::local_addresses>},
    {kWorkers, "--listen", 0, "HOST:PORT", false,
     "be a master for muster-worker processes; port 0: a free one, printed",
     Set<ReadHostPort, kRun, &RunOptions::listen>},
    {kWorkers, "--workers", 0, "N", false, "wait for N workers; default 1",
     Set<ReadCount<1000>, kRun, &RunOptions::workers>},
    {kWorkers, "--wait", 0, "TIME", false, "how long to wait for them; default 60s",
     Set<ParseDuration, kRun, &RunOptions::wait>},
    {kWorkers, "--tls-ca", 0, "FILE", false, "authority that signs the workers' certificates",
     Set<ReadFileName, kRun, kControl, &TlsFiles::ca>},
    {kWorkers, "--tls-cert", 0, "FILE", false, "this master's certificate",
     Set<ReadFileName, kRun, kControl, &TlsFiles::cert>},
    {kWorkers, "--tls-key", 0, "FILE", false, "its private key",
     Set<ReadFileName, kRun, kControl, &TlsFiles::key>},
    {kWorkers, "--tls-server-name", 0, "NAME", false, "name expected in the workers' certificates",
     Set<ReadText, kRun, kControl, &TlsFiles::server_name>},
    {kWorkers, "--insecure-control", 0, "", false,
     "leave loopback without TLS; every screen and report says so",
     True<kRun, &RunOptions::insecure_control>},

    {kOutput, "--out", 'o', "FORMAT=FILE", true,
     "write the result as json, junit, csv, markdown, html, hlog, hgrm or openmetrics; repeat for "
     "more, json=- to standard output",
     Append<ReadOutput, kRun, &RunOptions::outputs>},
    {kOutput, "--by", 0, "TAG", false, "show the requests by this tag, too",
     Set<ReadTagName, kRun, &RunOptions::by>},
    {kOutput, "--trace", 0, "FILE", false, "write number, due time and fate of every iteration",
     Set<ReadFileName, kRun, &RunOptions::trace_file>},
    {kOutput, "--prometheus", 0, "[HOST:]PORT", false,
     "serve live metrics at /metrics; on loopback unless an address is given",
     Set<ReadMetricsAddress, kRun, &RunOptions::prometheus>},
    {kOutput, "--prometheus-linger", 0, "TIME", false,
     "after the run wait this long for a scrape of the final totals; default 15s, 0s: not at all",
     Set<ParsePause, kRun, &RunOptions::prometheus_linger>},
    {kOutput, "--quiet", 0, "", false, "no progress on standard error",
     True<kRun, &RunOptions::quiet>},
    {kOutput, "--progress", 0, "TIME", false,
     "a line of progress so often where it is not drawn on a terminal, or off; default 5s",
     Set<ReadProgress, kRun, &RunOptions::progress>},
    {kOutput, "--log-level", 0, "LEVEL", false, "trace, debug, info (default), warn, error or off",
     Set<ReadLogLevel, kRun, &RunOptions::log_level>},
    {kOutput, "--log-file", 0, "FILE", false, "log there instead of to standard error",
     Set<ReadFileName, kRun, &RunOptions::log_file>},
    {kOutput, "--color", 0, "WHEN", false, "auto (default), always or never",
     Set<ReadColor, kRun, &RunOptions::color>},
    {kOutput, "--store", 0, "FILE", false,
     "keep the run there; default: the user's own store, and none where CI is set",
     Set<ReadFileName, kRun, &RunOptions::store>},
    {kOutput, "--no-store", 0, "", false, "keep the run nowhere",
     True<kRun, &RunOptions::no_store>},
};

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
  const auto aborts = [](const Threshold& threshold) { return threshold.abort; };
  if (plan.abort_after && std::none_of(plan.thresholds.begin(), plan.thresholds.end(), aborts)) {
    return InvalidArgument(
        "--abort-after: needs --abort-on; in a plan it is the threshold's 'after'");
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
  if (run.no_store && !run.store.empty())
    return InvalidArgument("--store and --no-store: give one");
  if (run.prometheus_linger && !run.prometheus) {
    return InvalidArgument("--prometheus-linger: needs --prometheus [HOST:]PORT");
  }
  const auto to_stdout = [](const OutputSpec& out) { return out.path == "-"; };
  if (std::count_if(run.outputs.begin(), run.outputs.end(), to_stdout) > 1) {
    return InvalidArgument("--out: only one result goes to standard output");
  }
  return absl::OkStatus();
}

}  // namespace muster
