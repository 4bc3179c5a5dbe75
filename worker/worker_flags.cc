#include "worker/worker_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "common/base/nearest_key.h"
#include "common/base/version.h"
#include "common/plan/units.h"

namespace muster {
namespace {

constexpr const char* kMaster = "Master";
constexpr const char* kLoad = "Load";
constexpr const char* kTls = "TLS to the master";
constexpr const char* kOutput = "Output";

constexpr std::array<std::string_view, 6> kLogLevels = {"trace", "debug", "info",
                                                        "warn",  "error", "off"};

constexpr const char* kAbout =
    "One load generator of a distributed run. Connects to a master, generates its share of each\n"
    "run that the master starts, and stays for the next one.";

constexpr const char* kFooter =
    "Off loopback both sides need --tls-ca, --tls-cert and --tls-key, or --insecure-control.\n"
    "SIGTERM or Ctrl-C: it drains, delivers what it has measured, and leaves.\n\n"
    "Exit codes:\n"
    "  0 stopped by SIGTERM or Ctrl-C   2 wrong usage   3 refused by the master\n\n"
    "Examples:\n"
    "  muster-worker --master 127.0.0.1:7700 --name left --weight 2\n"
    "  muster-worker --master 192.0.2.10:7700 --group eu --tls-ca ca.pem --tls-cert w1.pem "
    "--tls-key w1.key";

std::vector<std::string> FlagsOf(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_snames()) flags.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return flags;
}

Status Explain(const CLI::App& app, const CLI::ParseError& error, int argc,
               const char* const* argv) {
  // Only then is a word unknown: a value may begin with a dash too.
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) {
    return InvalidArgument(error.what());
  }
  const std::vector<std::string> flags = FlagsOf(app);
  const std::vector<std::string_view> known(flags.begin(), flags.end());
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string_view flag = word.substr(0, word.find('='));
    if (flag.substr(0, 1) != "-") continue;
    if (std::find(known.begin(), known.end(), flag) != known.end()) continue;
    const std::string near = flag.starts_with("--") ? NearestKey(flag, known) : "";
    return InvalidArgument(
        std::string(flag) + ": unknown flag" +
        (near.empty() ? "; see muster-worker --help" : "; did you mean " + near + "?"));
  }
  return InvalidArgument(error.what());
}

Status Check(const WorkerFlags& flags) {
  if (flags.master.empty()) {
    return InvalidArgument("--master HOST:PORT is missing: where does the master listen?");
  }
  if (flags.weight < 1 || flags.weight > 1000) {
    return InvalidArgument("--weight: want a whole number from 1 to 1000");
  }
  if (flags.generator.threads > 1024) return InvalidArgument("--threads: want at most 1024");
  if (flags.lease < Duration::Seconds(1) || flags.lease > Duration::Seconds(600)) {
    return InvalidArgument("--lease: want between 1s and 10m");
  }
  for (const std::string& address : flags.generator.local_addresses) {
    const Status status = CheckLocalAddress(address);
    if (!status.ok()) return InvalidArgument("--local-address: " + Message(status));
  }
  if (flags.name.size() > 128) return InvalidArgument("--name: want at most 128 bytes");
  const auto printable = [](char c) { return c > ' ' && c < 0x7f; };
  if (flags.group.size() > 128 || !std::all_of(flags.group.begin(), flags.group.end(), printable)) {
    return InvalidArgument("--group: want at most 128 printable ASCII characters and no space");
  }
  if (std::find(kLogLevels.begin(), kLogLevels.end(), flags.log_level) == kLogLevels.end()) {
    return InvalidArgument("--log-level: want trace, debug, info, warn, error or off");
  }
  return absl::OkStatus();
}

template <typename T>
CLI::Option* Add(CLI::App& app, const char* group, const char* name, const char* value, T& to,
                 const char* help) {
  return app.add_option(name, to, help)->type_name(value)->group(group);
}

void AddMasterFlags(CLI::App& app, WorkerFlags& flags, std::string& lease) {
  Add(app, kMaster, "--master", "HOST:PORT", flags.master,
      "where the master listens; the one flag that is required");
  Add(app, kMaster, "--name", "NAME", flags.name,
      "unique among the workers; default: the host's name and four hex digits");
  Add(app, kMaster, "--group", "NAME", flags.group,
      "its group, such as a region; thresholds ask for it as {worker=NAME}; default: none");
  Add(app, kMaster, "--lease", "TIME", lease,
      "go on for so long without hearing from the master: 1s to 10m; default 10s");
}

void AddLoadFlags(CLI::App& app, WorkerFlags& flags) {
  Add(app, kLoad, "--weight", "N", flags.weight,
      "share of the load, relative to the other workers': 1 to 1000; default 1");
  Add(app, kLoad, "--threads", "N", flags.generator.threads,
      "engine threads; default: one per core");
  app.add_flag("--pin", flags.generator.pin, "each engine thread to a core of its own")
      ->group(kLoad);
  app.add_flag("--frugal", flags.generator.frugal,
               "sleep to due times instead of spinning before them: less CPU, up to 0.1 ms later")
      ->group(kLoad);
  Add(app, kLoad, "--local-address", "ADDR", flags.generator.local_addresses,
      "connect from this address of the host; repeat for more ports")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
}

void AddOtherFlags(CLI::App& app, WorkerFlags& flags) {
  Add(app, kTls, "--tls-ca", "FILE", flags.tls_ca, "authority that signs the master's certificate");
  Add(app, kTls, "--tls-cert", "FILE", flags.tls_cert, "this worker's certificate");
  Add(app, kTls, "--tls-key", "FILE", flags.tls_key, "its private key");
  Add(app, kTls, "--tls-server-name", "NAME", flags.tls_server_name,
      "name expected in the master's certificate; default: the address");
  app.add_flag("--insecure-control", flags.insecure_control,
               "leave loopback without TLS; every screen and report says so")
      ->group(kTls);
  Add(app, kOutput, "--log-level", "LEVEL", flags.log_level,
      "trace, debug, info (default), warn, error or off");
  Add(app, kOutput, "--log-file", "FILE", flags.log_file, "log there instead of to standard error");
}

}  // namespace

StatusOr<WorkerFlags> ParseWorkerFlags(int argc, const char* const* argv) {
  WorkerFlags flags;
  std::string lease;
  CLI::App app(kAbout, "muster-worker");
  app.get_formatter()->column_width(34);
  app.set_help_flag("-h,--help", "print this and exit");
  app.set_version_flag("-V,--version", "muster-worker " + std::string(kVersion),
                       "print the version and exit");
  AddMasterFlags(app, flags, lease);
  AddLoadFlags(app, flags);
  AddOtherFlags(app, flags);
  app.footer(kFooter);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    flags.help = app.help();
    return flags;
  } catch (const CLI::CallForVersion&) {
    flags.help = "muster-worker " + std::string(kVersion) + "\n";
    return flags;
  } catch (const CLI::ParseError& error) {
    return Explain(app, error, argc, argv);
  }
  if (!lease.empty()) {
    const StatusOr<Duration> parsed = ParseDuration(lease);
    if (!parsed.ok()) return InvalidArgument("--lease: " + Message(parsed.status()));
    flags.lease = *parsed;
  }
  RETURN_IF_ERROR(Check(flags));
  return flags;
}

}  // namespace muster
