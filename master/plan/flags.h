// The command line of `muster`: words -> values. Decides the flags' names, their one-line meaning,
// and what is refused: unknown flags (with the nearest known one), short flags that the peers read
// differently, a flag given twice, a value that does not parse. What flags mean over a plan is
// plan_loader.h's; what they do is the program's. CLI11 stays in flags.cc. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/status.h"
#include "common/plan/generator_options.h"
#include "common/plan/plan.h"
#include "master/plan/search_flags.h"
#include "master/plan/tls_settings.h"

namespace muster {

// --stage 30s:2000/s or 30s:200: a ramp from where the stage before ended.
struct StageFlag {
  Duration over;
  std::variant<Rate, uint32_t> to;  // arrivals, or users
  bool operator==(const StageFlag&) const = default;
};

// What goes over the plan. Absent: the plan's own, or its default.
struct PlanFlags {
  std::string source;            // a plan file, "-" for standard input, or a URL
  std::optional<Target> target;  // in place of the plan's
  std::optional<std::string> name;
  std::optional<uint32_t> users;
  std::optional<Rate> rate;
  std::optional<Duration> duration;
  std::optional<uint64_t> iterations;
  std::vector<StageFlag> stages;
  std::optional<std::pair<Duration, Duration>> think;
  std::optional<ArrivalKind> arrivals;
  std::optional<uint32_t> max_in_flight;
  std::optional<Duration> max_lateness;
  std::optional<uint32_t> connections;
  bool no_reuse = false;
  bool own_connections = false;
  std::optional<HttpVersion> http;
  std::optional<uint32_t> streams;
  std::optional<Rate> connect_rate;
  std::optional<Duration> drain;
  std::optional<uint64_t> seed;
  std::vector<ResolveRule> resolve;
  TlsFlags tls;
  std::optional<std::string> method;
  std::vector<Header> headers;
  std::optional<std::string> body;
  std::optional<std::string> body_file;  // as the current folder sees it
  std::optional<Duration> timeout;
  std::optional<Duration> connect_timeout;
  std::optional<ExpectedStatuses> expect;
  std::vector<std::pair<std::string, std::string>> tags;
  std::vector<Threshold> thresholds;
  std::optional<Duration> abort_after;  // of those thresholds of flags that abort
  bool no_thresholds = false;
  std::optional<SearchFlags> search;  // of find-capacity, which runs many levels; absent: one run

  // The source is a URL rather than a plan file.
  bool source_is_url() const { return source.find("://") != std::string::npos; }
};

// HOST:PORT to listen on; an IPv6 host without brackets.
struct HostPort {
  std::string host;
  uint16_t port = 0;  // 0: a free one
  bool operator==(const HostPort&) const = default;
};

enum class OutputFormat : uint8_t {
  kJson,
  kJunit,
  kCsv,
  kMarkdown,
  kHtml,
  kHlog,
  kHgrm,
  kOpenMetrics
};
inline constexpr std::array<std::string_view, 8> kOutputFormatNames = {
    "json", "junit", "csv", "markdown", "html", "hlog", "hgrm", "openmetrics"};

// --out FORMAT=FILE; "-" is standard output. What csv is given begins the names of three files.
struct OutputSpec {
  OutputFormat format = OutputFormat::kJson;
  std::string path;
  bool operator==(const OutputSpec&) const = default;
};

enum class ColorMode : uint8_t { kAuto, kAlways, kNever };

// Files of the control channel's mutual TLS; all three paths or none.
struct TlsFiles {
  std::string ca, cert, key;
  std::string server_name;  // expected name of the peer; empty: the host that was dialled
  bool given() const { return !ca.empty(); }
};

inline constexpr Duration kDefaultPrometheusLinger = Duration::Seconds(15);

// What is the program's own business, beside the plan.
struct RunOptions {
  GeneratorOptions generator;      // of the embedded worker
  std::optional<HostPort> listen;  // absent: one embedded worker in this process
  uint32_t workers = 1;            // to wait for; with `listen`
  Duration wait = Duration::Seconds(60);
  TlsFiles tls;
  bool insecure_control = false;
  std::vector<OutputSpec> outputs;
  std::string trace_file;              // empty: none
  std::string by;                      // tag to group requests by on the screen; empty: none
  std::optional<HostPort> prometheus;  // where /metrics is served; its host is an IPv4 address
  // How long the final totals wait for a scrape; absent: kDefaultPrometheusLinger.
  std::optional<Duration> prometheus_linger;
  bool quiet = false;
  Duration progress = Duration::Seconds(5);  // between lines of progress in a log; 0: none
  std::string log_level = "info";            // trace, debug, info, warn, error, off
  std::string log_file;                      // empty: standard error
  ColorMode color = ColorMode::kAuto;
  std::string store;  // empty: the user's own, unless CI is set
  bool no_store = false;
};

struct CommandLine {
  enum class Command : uint8_t {
    kPrint,  // --help, --version: print `text` to standard output, exit 0
    kRun,
    kValidate,      // takes the flags of run
    kFindCapacity,  // takes most of them, and has some of its own
    // With words of their own, read by master/cli.
    kRuns,
    kReport,
    kCompare,
    kSuite,
  };
  Command command = Command::kPrint;
  std::string text;
  PlanFlags plan;
  RunOptions run;
};

// `args` without the program's name. An error is one line, without the "muster: " that the program
// puts before it: "--rat: unknown flag; did you mean --rate?".
StatusOr<CommandLine> ParseCommandLine(std::span<const std::string> args,
                                       const std::string& version);

}  // namespace muster
