#include "master/outputs.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/check.h"
#include "master/report/csv_report.h"
#include "master/report/hgrm_report.h"
#include "master/report/hlog_report.h"
#include "master/report/html_report.h"
#include "master/report/json_report.h"
#include "master/report/junit_report.h"
#include "master/report/markdown_report.h"
#include "master/report/openmetrics_report.h"

namespace muster {
namespace {

std::string FileNameOf(const std::string& name) {
  std::string file = name;
  for (char& c : file) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    if (!plain) c = '_';
  }
  return file;
}

bool IsDevice(const std::string& path) {
  return path == "-" || path.starts_with("/dev/") || path.starts_with("/proc/");
}

std::vector<std::string> HgrmPaths(const std::string& path, std::span<const std::string> names) {
  std::vector<std::string> paths = {path};
  if (names.size() < 2 || IsDevice(path)) return paths;
  const size_t slash = path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1;
  size_t dot = path.rfind('.');
  if (dot == path.npos || dot <= slash) dot = path.size();
  for (const std::string& name : names) {
    const std::string base = path.substr(0, dot) + "." + FileNameOf(name);
    std::string own = base + path.substr(dot);
    for (size_t n = 2; std::find(paths.begin(), paths.end(), own) != paths.end(); ++n) {
      own = base + "-" + std::to_string(n) + path.substr(dot);
    }
    paths.push_back(std::move(own));
  }
  return paths;
}

std::vector<std::string> HgrmTexts(const RunSummary& summary, bool each_name) {
  std::vector<std::string> texts = {HgrmReport(summary.latency)};
  for (const NameSummary& name : summary.by_name) {
    if (each_name) texts.push_back(HgrmReport(name.latency));
  }
  return texts;
}

}  // namespace

std::vector<std::string> PathsOf(const OutputSpec& spec, std::span<const std::string> names) {
  if (spec.format == OutputFormat::kHgrm) return HgrmPaths(spec.path, names);
  if (spec.format != OutputFormat::kCsv) return {spec.path};
  return {spec.path + "_stats.csv", spec.path + "_stats_history.csv", spec.path + "_failures.csv"};
}

std::vector<std::string> Rendered(OutputFormat format, const RunSummary& summary, bool each_name) {
  switch (format) {
    case OutputFormat::kJson:
      return {JsonReport(summary)};
    case OutputFormat::kJunit:
      return {JunitReport(summary)};
    case OutputFormat::kCsv: {
      CsvReport csv = MakeCsvReport(summary);
      return {std::move(csv.stats), std::move(csv.history), std::move(csv.failures)};
    }
    case OutputFormat::kMarkdown:
      return {MarkdownReport(summary)};
    case OutputFormat::kHtml:
      return {HtmlReport(summary)};
    case OutputFormat::kHlog:
      return {HlogReport(summary)};
    case OutputFormat::kHgrm:
      return HgrmTexts(summary, each_name);
    case OutputFormat::kOpenMetrics:
      return {OpenMetricsReport(summary)};
  }
  return {};
}

StatusOr<Outputs> Outputs::Open(std::span<const OutputSpec> specs,
                                std::span<const std::string> names,
                                std::span<const std::string> taken) {
  std::set<std::string> paths(taken.begin(), taken.end());
  for (const OutputSpec& spec : specs) {
    for (const std::string& path : PathsOf(spec, names)) {
      if (!paths.insert(path).second) return InvalidArgument("--out: " + path + " is named twice");
    }
  }
  Outputs opened;
  for (const OutputSpec& spec : specs) {
    Output& output = opened.outputs_.emplace_back(Output{spec.format, {}});
    for (const std::string& path : PathsOf(spec, names)) {
      ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(path));
      output.files.push_back(std::move(file));
    }
  }
  return opened;
}

bool Outputs::to_stdout() const {
  return std::any_of(outputs_.begin(), outputs_.end(), [](const Output& output) {
    return std::any_of(output.files.begin(), output.files.end(),
                       [](const OutputFile& file) { return file.is_stdout(); });
  });
}

Status Outputs::Write(const RunSummary& summary) {
  Status status = absl::OkStatus();
  for (Output& output : outputs_) {
    const bool each_name = output.files.size() > 1;
    const std::vector<std::string> texts = Rendered(output.format, summary, each_name);
    CHECK_EQ(texts.size(), output.files.size());
    for (size_t i = 0; i < texts.size(); ++i) status.Update(output.files[i].Write(texts[i]));
  }
  return status;
}

}  // namespace muster
