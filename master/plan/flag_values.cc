#include "master/plan/flag_values.h"

#include <algorithm>
#include <iterator>

#include "common/plan/generator_options.h"
#include "common/plan/units.h"
#include "master/plan/target.h"

namespace muster {
namespace {

constexpr std::string_view kLogLevels[] = {"trace", "debug", "info", "warn", "error", "off"};

}  // namespace

StatusOr<Duration> ReadLength(std::string_view text) {
  ASSIGN_OR_RETURN(const Duration length, ParseDuration(text));
  if (length <= Duration()) return InvalidArgument("must be longer than 0s");
  return length;
}

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

StatusOr<std::string> ReadText(std::string_view text) { return std::string(text); }

StatusOr<Target> ReadTarget(std::string_view text) {
  ASSIGN_OR_RETURN(TargetUrl url, ParseTargetUrl(text));
  if (url.path == "/") return std::move(url.target);
  return InvalidArgument(Quote(text) + " has a path; the plan's paths stay, so write only the " +
                         "scheme, host and port");
}

StatusOr<std::string> ReadName(std::string_view text) {
  RETURN_IF_ERROR(CheckName(text));
  return std::string(text);
}

StatusOr<std::string> ReadFileName(std::string_view text) {
  if (text.empty()) return InvalidArgument("the name of a file is missing");
  return std::string(text);
}

StatusOr<std::string> ReadLocalAddress(std::string_view text) {
  RETURN_IF_ERROR(CheckLocalAddress(text));
  return std::string(text);
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

StatusOr<HostPort> ReadMetricsAddress(std::string_view text) {
  if (text.find(':') == text.npos) {
    ASSIGN_OR_RETURN(const uint64_t port, ParseWhole(text, 0, 65535));
    return HostPort{"127.0.0.1", static_cast<uint16_t>(port)};
  }
  ASSIGN_OR_RETURN(HostPort address, ReadHostPort(text));
  if (address.host == "localhost") address.host = "127.0.0.1";
  if (!CheckLocalAddress(address.host).ok() || address.host.find(':') != address.host.npos) {
    return InvalidArgument(Quote(address.host) +
                           " is no IPv4 address; write [HOST:]PORT, as 9464 (loopback) or "
                           "192.0.2.10:9464");
  }
  return address;
}

StatusOr<OutputSpec> ReadOutput(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == text.npos || equals + 1 == text.size()) {
    return InvalidArgument(Quote(text) +
                           " names no format; write json=FILE, or json=- for "
                           "standard output");
  }
  const std::string_view format = text.substr(0, equals);
  const auto found = std::find(kOutputFormatNames.begin(), kOutputFormatNames.end(), format);
  if (found == kOutputFormatNames.end()) {
    return InvalidArgument(Quote(format) +
                           " is no known format; write json, junit, csv, markdown, html, hlog, "
                           "hgrm or openmetrics");
  }
  if (format == "csv" && text.substr(equals + 1) == "-") {
    return InvalidArgument("csv makes three files; write csv=PREFIX");
  }
  return OutputSpec{static_cast<OutputFormat>(found - kOutputFormatNames.begin()),
                    std::string(text.substr(equals + 1))};
}

StatusOr<Threshold> ReadAbortOn(std::string_view text) {
  ASSIGN_OR_RETURN(Threshold threshold, ParseThreshold(text));
  threshold.abort = true;
  threshold.abort_after = kDefaultAbortAfter;
  return threshold;
}

StatusOr<std::string> ReadTagName(std::string_view text) {
  RETURN_IF_ERROR(CheckTag(text, ""));
  return std::string(text);
}

StatusOr<std::string> ReadLogLevel(std::string_view text) {
  const bool known =
      std::find(std::begin(kLogLevels), std::end(kLogLevels), text) != std::end(kLogLevels);
  if (!known) {
    return InvalidArgument(Quote(text) +
                           " is no log level; write trace, debug, info, warn, error "
                           "or off");
  }
  return std::string(text);
}

StatusOr<Duration> ReadProgress(std::string_view text) {
  if (text == "off") return Duration();
  ASSIGN_OR_RETURN(const Duration every, ParsePause(text));
  if (every < Duration::Seconds(1)) {
    return InvalidArgument(Quote(text) + " is too often: write 1s or more, or off");
  }
  return every;
}

StatusOr<ColorMode> ReadColor(std::string_view text) {
  if (text == "auto") return ColorMode::kAuto;
  if (text == "always") return ColorMode::kAlways;
  if (text == "never") return ColorMode::kNever;
  return InvalidArgument(Quote(text) + " is no colour mode; write auto, always or never");
}

}  // namespace muster
