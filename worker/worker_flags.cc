#include "worker/worker_flags.h"

#include <CLI/CLI.hpp>
#include <array>
#include <string_view>

#include "common/base/nearest_key.h"
#include "common/base/version.h"
#include "common/plan/units.h"

namespace muster {
namespace {

constexpr std::array<std::string_view, 18> kFlags = {
    "--master",   "--name",    "--group",           "--threads",          "--weight",
    "--lease",    "--pin",     "--frugal",          "--local-address",    "--tls-ca",
    "--tls-cert", "--tls-key", "--tls-server-name", "--insecure-control", "--log-level",
    "--log-file", "--help",    "--version"};

Status Explain(const CLI::ParseError& error, int argc, const char* const* argv) {
  // Only then is a word unknown: a value may begin with a dash too.
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) {
    return InvalidArgument(error.what());
  }
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string_view flag = word.substr(0, word.find('='));
    if (flag.substr(0, 1) != "-") continue;
    if (std::find(kFlags.begin(), kFlags.end(), flag) != kFlags.end()) continue;
    if (flag == "-h" || flag == "-V") continue;
    const std::string near = NearestKey(flag, kFlags);
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
  return absl::OkStatus();
}

}  // namespace

StatusOr<WorkerFlags> ParseWorkerFlags(int argc, const char* const* argv) {
  WorkerFlags flags;
  std::string lease;
  CLI::App app(
      "muster-worker: one load generator of a distributed run. It connects to a master, generates "
      "its\n"
      "share of each run the master starts, and stays for the next one.",
      "muster-worker");
  app.set_version_flag("-V,--version", "muster-worker " + std::string(kVersion));
  app.add_option("--master", flags.master, "where the master listens, HOST:PORT (required)");
  app.add_option("--name", flags.name, "unique among the workers [host name and 4 hex digits]");
  app.add_option("--group", flags.group,
                 "its group, which thresholds can ask for as {worker=GROUP} [none]");
  app.add_option("--threads", flags.generator.threads, "engine threads [one per core]");
  app.add_flag("--pin", flags.generator.pin, "each engine thread to a core of its own");
  app.add_flag("--frugal", flags.generator.frugal,
               "sleep to due times instead of spinning before them: less CPU, up to 0.1 ms later");
  app.add_option("--local-address", flags.generator.local_addresses,
                 "connect from this address of the host; repeat for more ports");
  app.add_option("--weight", flags.weight, "share of the load relative to the others [1]");
  app.add_option("--lease", lease, "how long to go on without hearing from the master [10s]");
  app.add_option("--tls-ca", flags.tls_ca, "PEM file: who signs the master's certificate");
  app.add_option("--tls-cert", flags.tls_cert, "PEM file: this worker's certificate");
  app.add_option("--tls-key", flags.tls_key, "PEM file: its key");
  app.add_option("--tls-server-name", flags.tls_server_name,
                 "name expected in the master's certificate [the address]");
  app.add_flag("--insecure-control", flags.insecure_control,
               "allow an open control channel off loopback");
  app.add_option("--log-level", flags.log_level, "debug, info, warn or error [info]")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.add_option("--log-file", flags.log_file, "write the log to this file [standard error]");
  app.footer(
      "Example: muster-worker --master 127.0.0.1:7700 --name left --weight 2\n"
      "Exit codes: 0 stopped by SIGTERM or Ctrl-C, 2 wrong usage, 3 refused by the master.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    flags.help = app.help();
    return flags;
  } catch (const CLI::CallForVersion&) {
    flags.help = "muster-worker " + std::string(kVersion) + "\n";
    return flags;
  } catch (const CLI::ParseError& error) {
    return Explain(error, argc, argv);
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
