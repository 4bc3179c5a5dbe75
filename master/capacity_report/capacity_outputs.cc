#include "master/capacity_report/capacity_outputs.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/check.h"
#include "master/capacity_report/capacity_html.h"
#include "master/capacity_report/capacity_json.h"
#include "master/capacity_report/capacity_tables.h"

namespace muster {

std::string RenderedCapacity(OutputFormat format, const CapacityResult& result) {
  switch (format) {
    case OutputFormat::kJson:
      return CapacityJson(result);
    case OutputFormat::kJunit:
      return CapacityJunit(result);
    case OutputFormat::kCsv:
      return CapacityCsv(result);
    case OutputFormat::kMarkdown:
      return CapacityMarkdown(result);
    case OutputFormat::kHtml:
      return CapacityHtml(result);
    default:
      break;
  }
  CHECK(false) << "not a format of a search";
  return "";
}

StatusOr<CapacityOutputs> CapacityOutputs::Open(std::span<const OutputSpec> specs) {
  std::set<std::string> paths;
  for (const OutputSpec& spec : specs) {
    if (!paths.insert(spec.path).second) {
      return InvalidArgument("--out: " + spec.path + " is named twice");
    }
  }
  CapacityOutputs opened;
  for (const OutputSpec& spec : specs) {
    ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(spec.path));
    opened.outputs_.push_back({spec.format, std::move(file)});
  }
  return opened;
}

bool CapacityOutputs::to_stdout() const {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [](const Output& output) { return output.file.is_stdout(); });
}

Status CapacityOutputs::Write(const CapacityResult& result) {
  Status status = absl::OkStatus();
  for (Output& output : outputs_) {
    status.Update(output.file.Write(RenderedCapacity(output.format, result)));
  }
  return status;
}

}  // namespace muster
