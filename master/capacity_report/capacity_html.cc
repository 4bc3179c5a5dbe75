#include "master/capacity_report/capacity_html.h"

#include <nlohmann/json.hpp>

#include "master/capacity_report/capacity_json.h"
#include "master/capacity_report/capacity_terminal.h"
#include "master/capacity_report/capacity_text.h"
#include "master/report/html_assets.h"
#include "master/report/html_page.h"

namespace muster {
namespace {

constexpr size_t kPlainWidth = 100;

}  // namespace

std::string CapacityHtml(const CapacityResult& result) {
  nlohmann::ordered_json data;
  data["result"] = nlohmann::ordered_json::parse(CapacityJson(result));
  data["text"] = {
      {"limit", LimitText(result, result.answer.limited_by)},
      {"knee", KneeText(result)},
      {"breaking", BreakingText(result)},
      {"seed", std::to_string(result.seed)}};  // beyond 2^53 a script's would be another
  return HtmlPage({.title = result.name + ": capacity - Muster",
                   .plain = CapacityTerminal(result, TextOptions{false, kPlainWidth, true}),
                   .json = data.dump(-1, ' ', /*ensure_ascii=*/false,
                                     nlohmann::ordered_json::error_handler_t::replace),
                   .script = kCapacityScript});
}

}  // namespace muster
