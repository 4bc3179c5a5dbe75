#include "master/plan/plan_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "master/plan/file_reader.h"

namespace muster {
namespace {

constexpr const char* kPlan =
    "muster: 1\n"
    "target: http://h\n"
    "seed: 5\n"
    "load: {rate: {stages: [{name: steady, at: 50/s, for: 10s}]}}\n"
    "requests: [{name: a, get: /a, headers: {x: 1}}, {name: b, get: /b}]\n";

StatusOr<LoadedPlan> Load(PlanFlags flags, const std::string& text = kPlan) {
  if (flags.source.empty()) flags.source = "plans/shop.v2.yaml";
  const FileReader reader = [&](const std::string& path, size_t) -> StatusOr<std::string> {
    if (path == "body.txt") return std::string("from a file");
    if (path == "plans/shop.v2.yaml" || path == "-") return text;
    return InvalidArgument("cannot read '" + path + "': No such file or directory");
  };
  return LoadPlan(flags, reader, 99);
}

std::string ErrorOf(const PlanFlags& flags, const std::string& text = kPlan) {
  return Message(Load(flags, text).status());
}

PlanFlags Url(const char* url) {
  PlanFlags flags;
  flags.source = url;
  return flags;
}

std::vector<std::string> Expressions(const LoadedPlan& loaded) {
  std::vector<std::string> expressions;
  for (const Threshold& t : loaded.plan.spec().thresholds) {
    expressions.push_back(t.expression + (t.is_default ? " (default)" : ""));
  }
  return expressions;
}

TEST(PlanLoaderTest, FlagsOfTlsNeedATargetOverTls) {
  PlanFlags flags = Url("http://h/");
  flags.tls.insecure_target = true;
  EXPECT_EQ(ErrorOf(flags), "--insecure-target: the target is not https://");
  flags.source = "https://h/";
  const auto loaded = Load(flags);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(loaded->plan.insecure_target());
  EXPECT_EQ(loaded->notes.back(), "the target's certificate is not verified (--insecure-target)");
  EXPECT_FALSE(Load(Url("https://h/"))->plan.insecure_target());
}

TEST(PlanLoaderTest, ATargetOfAFlagTakesThePlacesOfThePlansAndThePathsStay) {
  PlanFlags flags;
  flags.target = Target{.host = "other", .port = 8080, .authority = "other:8080"};
  const auto loaded = Load(flags);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->plan.spec().target, *flags.target);
  EXPECT_EQ(loaded->plan.spec().requests[1].path, "/b");
  flags.source = "http://h/";
  EXPECT_EQ(ErrorOf(flags),
            "--target: goes over a plan's target, and 'http://h/' is a URL: write that one alone");
}

TEST(PlanLoaderTest, ATargetOfAFlagKeepsSettingsOfTlsInUse) {
  const std::string text = "muster: 1\ntarget: https://h\ntls: {verify: false}\n";
  PlanFlags flags;
  flags.target = Target{.host = "other", .port = 443, .authority = "other", .tls = true};
  EXPECT_TRUE(Load(flags, text).ok());
  flags.target->tls = false;
  EXPECT_EQ(ErrorOf(flags, text),
            "--target: the plan has settings under tls, which a target of http:// would not use");
}

TEST(PlanLoaderTest, AUrlIsAPlanOfOneGet) {
  const auto loaded = Load(Url("http://h:8080/x?y"));
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const PlanSpec& spec = loaded->plan.spec();
  EXPECT_EQ(spec.name, "h:8080/x");
  ASSERT_EQ(spec.requests.size(), 1U);
  EXPECT_EQ(spec.requests[0].name, "GET /x");
  EXPECT_EQ(spec.requests[0].path, "/x?y");
  EXPECT_EQ(spec.seed, 99U);
  EXPECT_FALSE(loaded->seed_given);
  EXPECT_EQ(loaded->plan.users().peak(), 10U);
  EXPECT_EQ(loaded->notes.size(), 1U);
}

TEST(PlanLoaderTest, ThePlansSeedGoesOverTheDrawnAndAFlagsOverBoth) {
  EXPECT_EQ(Load({})->plan.spec().seed, 5U);
  EXPECT_TRUE(Load({})->seed_given);
  PlanFlags flags;
  flags.seed = 6;
  EXPECT_EQ(Load(flags)->plan.spec().seed, 6U);
}

TEST(PlanLoaderTest, NamesComeFromFlagPlanOrFile) {
  EXPECT_EQ(Load({})->plan.spec().name, "shop.v2");
  EXPECT_EQ(Load({}, std::string(kPlan) + "name: in plan\n")->plan.spec().name, "in plan");
  PlanFlags flags;
  flags.name = "flag";
  EXPECT_EQ(Load(flags, std::string(kPlan) + "name: in plan\n")->plan.spec().name, "flag");
  EXPECT_EQ(Load(Url("-"))->plan.spec().name, "h");
}

TEST(PlanLoaderTest, DefaultThresholdsOnlyWhereNoneAreGiven) {
  using List = std::vector<std::string>;
  const List open = {"error_rate < 1% (default)", "not_started_rate < 0.1% (default)"};
  EXPECT_EQ(Expressions(*Load({})), open);
  EXPECT_EQ(Expressions(*Load(Url("http://h"))), List{"error_rate < 1% (default)"});
  EXPECT_EQ(Expressions(*Load({}, std::string(kPlan) + "thresholds: []\n")), List{});
  const std::string own = std::string(kPlan) + "thresholds: [max(response) < 1s]\n";
  EXPECT_EQ(Expressions(*Load({}, own)), List{"max(response) < 1s"});
  PlanFlags flags;
  flags.thresholds = {*ParseThreshold("error_rate < 5%")};
  EXPECT_EQ(Expressions(*Load(flags)), List{"error_rate < 5%"});
  EXPECT_EQ(Expressions(*Load(flags, own)), (List{"max(response) < 1s", "error_rate < 5%"}));
  flags.no_thresholds = true;
  EXPECT_EQ(Expressions(*Load(flags, own)), List{"error_rate < 5%"});
  flags.thresholds.clear();
  EXPECT_EQ(Expressions(*Load(flags, own)), List{});
}

TEST(PlanLoaderTest, EachThresholdKnowsWhereItStands) {
  PlanFlags flags;
  flags.thresholds = {*ParseThreshold("error_rate < 5%")};
  const auto loaded = Load(flags, std::string(kPlan) + "thresholds:\n  - max(response) < 1s\n");
  EXPECT_EQ(loaded->threshold_places,
            (std::vector<std::string>{"plans/shop.v2.yaml:7:5", "--threshold"}));
  EXPECT_EQ(Load({})->threshold_places, (std::vector<std::string>{"", ""}))
      << "defaults stand nowhere";
}

TEST(PlanLoaderTest, ThresholdsNameWhatExists) {
  EXPECT_EQ(ErrorOf({}, std::string(kPlan) + "thresholds:\n  - p99(response){stage=stedy} < 1s\n"),
            "plans/shop.v2.yaml:7:5: 'p99(response){stage=stedy} < 1s': no stage is named 'stedy'; "
            "did you mean 'steady'?");
  PlanFlags flags;
  flags.thresholds = {*ParseThreshold("p99(response){name=zzz} < 1s")};
  EXPECT_EQ(ErrorOf(flags),
            "--threshold: 'p99(response){name=zzz} < 1s': no request is named 'zzz'");
}

TEST(PlanLoaderTest, EveryThresholdThatDoesNotFitIsToldAtItsPlace) {
  const std::string text = std::string(kPlan) +
                           "thresholds:\n"
                           "  - p99(response){stage=stedy} < 1s\n"
                           "  - error_rate < 1%\n"
                           "  - check: error_rate{knd=a} < 1%\n"
                           "    abort: true\n"
                           "  - rate > 1/s over 50ms\n";
  PlanFlags flags;
  flags.thresholds = {*ParseThreshold("error_rate{name=c} < 1%")};
  EXPECT_EQ(
      ErrorOf(flags, text),
      "plans/shop.v2.yaml:7:5: 'p99(response){stage=stedy} < 1s': no stage is named 'stedy'; "
      "did you mean 'steady'?\n"
      "plans/shop.v2.yaml:9:12: threshold \"error_rate{knd=a} < 1%\": no request has a tag "
      "called \"knd\"\n"
      "plans/shop.v2.yaml:11:5: threshold \"rate > 1/s over 50ms\": a window of this run is a "
      "multiple of 100ms\n"
      "--threshold: 'error_rate{name=c} < 1%': no request is named 'c'");
}

TEST(PlanLoaderTest, AtMostTenThresholdsAreTold) {
  std::string text = std::string(kPlan) + "thresholds:\n";
  for (int i = 0; i < 10; ++i) text += "  - error_rate{name=c} < 1%\n";
  const std::string ten = ErrorOf({}, text);
  EXPECT_EQ(std::count(ten.begin(), ten.end(), '\n'), 9);
  EXPECT_THAT(ten, testing::HasSubstr("shop.v2.yaml:16:5: "));
  EXPECT_EQ(ErrorOf({}, text + "  - error_rate{name=c} < 1%\n"), ten + "\nand 1 more threshold");
  EXPECT_EQ(ErrorOf({}, text + "  - error_rate{name=c} < 1%\n  - error_rate{name=d} < 1%\n"),
            ten + "\nand 2 more thresholds");
}

TEST(PlanLoaderTest, AThresholdOnAReplacedStageIsRefusedWithTheRemedy) {
  const std::string text =
      std::string(kPlan) + "thresholds: ['p99(response){stage=steady} < 1s']\n";
  PlanFlags flags;
  flags.rate = Rate::PerSecond(5);
  EXPECT_NE(ErrorOf(flags, text).find("--no-thresholds drops its thresholds"), std::string::npos);
  flags.no_thresholds = true;
  EXPECT_TRUE(Load(flags, text).ok());
}

TEST(PlanLoaderTest, RequestFlagsReachEveryRequest) {
  PlanFlags flags;
  flags.headers = {{"X", "2"}};
  flags.timeout = Duration::Seconds(2);
  flags.connect_timeout = Duration::Seconds(1);
  flags.expect = ExpectedStatuses{{{404, 404}}};
  flags.tags = {{"a", "b"}};
  const auto loaded = Load(flags);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  for (const RequestSpec& request : loaded->plan.spec().requests) {
    EXPECT_EQ(request.headers, (std::vector<Header>{{"X", "2"}}));
    EXPECT_EQ(request.timeout, Duration::Seconds(2));
    EXPECT_EQ(request.connect_timeout, Duration::Seconds(1));
    EXPECT_TRUE(request.expect.Contains(404));
    EXPECT_EQ(request.tags.size(), 1U);
  }
}

TEST(PlanLoaderTest, ABodyIsForOneRequestAndSentByPost) {
  PlanFlags flags = Url("http://h/x");
  flags.body = "hello";
  EXPECT_EQ(Load(flags)->plan.spec().requests[0].method, "POST");
  EXPECT_EQ(Load(flags)->plan.spec().requests[0].name, "POST /x");
  flags.method = "PUT";
  EXPECT_EQ(Load(flags)->plan.spec().requests[0].method, "PUT");
  flags.body.reset();
  flags.body_file = "body.txt";
  EXPECT_EQ(Load(flags)->plan.spec().requests[0].body, "from a file");
  flags.source = "";
  EXPECT_EQ(ErrorOf(flags), "--method: the plan has 2 requests; change it there");
}

TEST(PlanLoaderTest, ConnectionFlagsGoOverThePlan) {
  const std::string text = std::string(kPlan) +
                           "connections: 3\nreuse_connections: true\nconnect_rate: 5/s\ndrain: 1s\n"
                           "http: 2\nstreams: 5\n"
                           "resolve: ['h:80:127.0.0.1', 'g:80:127.0.0.1']\n";
  EXPECT_EQ(Load({}, text)->plan.connections(), 3U);
  EXPECT_EQ(Load({}, text)->plan.spec().drain, Duration::Seconds(1));
  EXPECT_EQ(Load({}, text)->plan.connect_rate(), Rate::PerSecond(5));
  EXPECT_EQ(Load({}, text)->plan.spec().http, HttpVersion::k2);
  EXPECT_EQ(Load({}, text)->plan.spec().streams, 5U);
  PlanFlags flags;
  flags.http = HttpVersion::kAuto;
  flags.streams = 6;
  flags.connections = 4;
  flags.connect_rate = Rate::PerSecond(6);
  flags.no_reuse = true;
  flags.drain = Duration::Seconds(2);
  flags.resolve = {{"h", 80, "::1"}};
  const auto loaded = Load(flags, text);
  EXPECT_EQ(loaded->plan.connections(), 4U);
  EXPECT_FALSE(loaded->plan.spec().reuse_connections);
  EXPECT_EQ(loaded->plan.spec().http, HttpVersion::kAuto);
  EXPECT_EQ(loaded->plan.spec().streams, 6U);
  EXPECT_EQ(loaded->plan.connect_rate(), Rate::PerSecond(6));
  EXPECT_EQ(loaded->plan.spec().drain, Duration::Seconds(2));
  EXPECT_EQ(loaded->plan.spec().resolve,
            (std::vector<ResolveRule>{{"g", 80, "127.0.0.1"}, {"h", 80, "::1"}}));
}

TEST(PlanLoaderTest, WhatMayBeAUrlIsToldAsOne) {
  EXPECT_TRUE(ErrorOf(Url("localhost")).ends_with("if it is a URL, write http://localhost"));
  EXPECT_TRUE(ErrorOf(Url("http:/h:8080/x")).ends_with("if it is a URL, write http://h:8080/x"));
  EXPECT_TRUE(ErrorOf(Url("https:h/x")).ends_with("if it is a URL, write https://h/x"));
}

TEST(PlanLoaderTest, WhatCannotBeReadOrRunIsToldWithItsSource) {
  EXPECT_EQ(ErrorOf(Url("none.yaml")), "cannot read 'none.yaml': No such file or directory");
  EXPECT_EQ(ErrorOf(Url("localhost:8080")),
            "cannot read 'localhost:8080': No such file or directory; if it is a URL, write "
            "http://localhost:8080");
  EXPECT_EQ(ErrorOf(Url("-"), "x: 1\nmuster: 1\ntarget: http://h\n").substr(0, 11), "<stdin>:1:1");
  const std::string unmeasured =
      "muster: 1\ntarget: http://h\n"
      "load: {rate: {stages: [{at: 5/s, for: 1s, measure: false}]}}\n";
  EXPECT_EQ(ErrorOf({}, unmeasured).substr(0, 20), "plans/shop.v2.yaml: ");
}

TEST(PlanLoaderTest, EveryExampleIsAValidPlan) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(MUSTER_SOURCE_DIR "/deploy/examples")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto loaded = LoadPlan(Url(entry.path().c_str()), ReadWholeFile, 1);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    ++count;
  }
  EXPECT_GE(count, 4);
}

TEST(PlanLoaderTest, WhatThePlanAsAWholeRefusesOfAThresholdHasItsPlace) {
  EXPECT_EQ(ErrorOf({}, std::string(kPlan) + "thresholds:\n  - error_rate{knd=a} < 1%\n"),
            "plans/shop.v2.yaml:7:5: threshold \"error_rate{knd=a} < 1%\": no request has a tag "
            "called \"knd\"");
  EXPECT_THAT(
      ErrorOf({}, std::string(kPlan) + "thresholds:\n  - {check: max(tls) < 1s, abort: true}\n"),
      testing::HasSubstr("plans/shop.v2.yaml:7:13: threshold \"max(tls) < 1s\": only a "
                         "latency of the response can end a run"));
  PlanFlags flags;
  flags.thresholds = {*ParseThreshold("rate > 1/s over 50ms")};
  EXPECT_THAT(ErrorOf(flags),
              testing::StartsWith("--threshold: threshold \"rate > 1/s over 50ms\": "
                                  "a window of this run is a multiple of"));
}

TEST(PlanLoaderTest, AbortAfterIsOfTheFlagsThatAbort) {
  PlanFlags flags;
  flags.thresholds = {*ParseThreshold("rate > 1/s"), *ParseThreshold("rate > 2/s")};
  flags.thresholds[1].abort = true;
  flags.thresholds[1].abort_after = kDefaultAbortAfter;
  flags.abort_after = Duration::Seconds(3);
  const auto loaded = Load(flags);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_FALSE(loaded->plan.spec().thresholds[0].abort);
  EXPECT_EQ(loaded->plan.spec().thresholds[0].abort_after, Duration());
  EXPECT_EQ(loaded->plan.spec().thresholds[1].abort_after, Duration::Seconds(3));
  flags.abort_after.reset();
  EXPECT_EQ(Load(flags)->plan.spec().thresholds[1].abort_after, kDefaultAbortAfter);
}

TEST(PlanLoaderTest, ATagThatAFlagNamesExists) {
  PlanFlags flags;
  flags.tags = {{"kind", "a"}};
  const Plan plan = Load(flags)->plan;
  EXPECT_TRUE(CheckTagExists(plan, "kind").ok());
  EXPECT_EQ(Message(CheckTagExists(plan, "kimd")),
            "no request has a tag called 'kimd'; did you mean 'kind'?");
}

}  // namespace
}  // namespace muster
