#include "master/compare/compare_report.h"

#include <gtest/gtest.h>

#include "tests/master/compare/sample_runs.h"
#include "tests/master/report/golden.h"

namespace muster {
namespace {

const TextOptions kNoColor{.color = false, .width = 100, .unicode = true};

// Two requests, one of which got slower; errors that came up; a name that would be markup.
Comparison SampleComparison() {
  auto base = BaseRuns({10, 11, 10.5, 10.2, 10.3}), changed = NewRuns({10, 11, 10.6, 10.2, 10.4});
  for (auto* side : {&base, &changed}) {
    for (RunFigures& run : *side) {
      const bool is_new = side == &changed;
      const double ms = *run.all.of(CompareMetric::kP99) / 1e6;
      run.by_name = {{"home", FiguresWith(ms)}, {"b|uy*", FiguresWith(is_new ? ms * 2 : ms)}};
      if (is_new) run.all = FiguresWith(ms, 30);
    }
  }
  return *CompareSides(std::move(base), std::move(changed), CompareOptions{});
}

TEST(CompareReportTest, MatchesItsGoldenFiles) {
  ExpectGolden("compare.txt", CompareTerminal(SampleComparison(), kNoColor));
  ExpectGolden("compare.md", CompareMarkdown(SampleComparison()));
  const Comparison single = *CompareSides(BaseRuns({10}), NewRuns({30}), CompareOptions{});
  ExpectGolden("compare_single.txt", CompareTerminal(single, kNoColor));
}

TEST(CompareReportTest, ColoursMarkWhatIsWorse) {
  const std::string text = CompareTerminal(SampleComparison(), {true, 100, true});
  EXPECT_NE(text.find("\x1b[1;31mREGRESSION\x1b[0m"), std::string::npos);
  EXPECT_NE(text.find("\x1b[1;31mworse"), std::string::npos);
  EXPECT_EQ(CompareTerminal(SampleComparison(), kNoColor).find('\x1b'), std::string::npos);
}

TEST(CompareReportTest, ForcedDifferencesStandOut) {
  auto changed = NewRuns({10});
  changed[0].outcome = "incomplete";
  const Comparison c = *CompareSides(BaseRuns({10}), changed, {.force = true});
  EXPECT_NE(CompareTerminal(c, kNoColor).find("! unlike: verdicts: c0.json is incomplete"),
            std::string::npos);
  EXPECT_NE(CompareMarkdown(c).find("**unlike**"), std::string::npos);
}

TEST(CompareReportTest, APercentileAmongTheFailedReadsFailed) {
  auto changed = NewRuns({10, 10, 10, 10});
  for (RunFigures& run : changed) run.all.values[2] = std::nullopt;
  const std::string text = CompareTerminal(
      *CompareSides(BaseRuns({10, 10, 10, 10}), changed, CompareOptions{}), kNoColor);
  EXPECT_NE(text.find("response p99   10.0ms  failed"), std::string::npos) << text;
}

TEST(CompareReportTest, NoRegressionSaysWhatIsNotExcluded) {
  const auto text = [](const std::vector<double>& base, const std::vector<double>& changed) {
    const Comparison c = *CompareSides(BaseRuns(base), NewRuns(changed), CompareOptions{});
    EXPECT_FALSE(c.regression());
    return CompareTerminal(c, kNoColor);
  };
  const std::string noisy = text({10, 14, 9, 12}, {11, 13, 9.5, 12.5});
  EXPECT_NE(noisy.find("not excluded by these runs: response p50 +"), std::string::npos) << noisy;
  EXPECT_NE(noisy.find("none by more than 5 %"), std::string::npos);
  const std::string quiet = text({10, 10.1, 10.05, 10.02}, {10.03, 10.1, 10, 10.04});
  EXPECT_EQ(quiet.find("not excluded"), std::string::npos) << quiet;
}

TEST(CompareReportTest, NoBaselineIsSaid) {
  EXPECT_EQ(NoBaselineMarkdown("no baseline: there is no file a_b.json"),
            "## NO BASELINE\n\nno baseline: there is no file a\\_b.json\n");
}

}  // namespace
}  // namespace muster
