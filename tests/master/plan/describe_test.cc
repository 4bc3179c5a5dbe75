#include "master/plan/describe.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

constexpr HostLimits kHost = {.descriptors = 20'000, .local_ports = 28'232};

StatusOr<LoadedPlan> Load(const std::string& text) {
  const FileReader reader = [&](const std::string&, size_t) -> StatusOr<std::string> {
    return text;
  };
  PlanFlags flags;
  flags.source = "p.yaml";
  return LoadPlan(flags, reader, 42);
}

TEST(DescribeTest, TlsIsSaidForATargetOverTlsAlone) {
  const std::string head = "muster: 1\ntarget: ";
  const std::string text = DescribePlan(*Load(head + "https://shop.test\n"), kHost);
  EXPECT_NE(text.find("\ntarget      https://shop.test\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\ntls         1.2 or 1.3, the target verified as shop.test"),
            std::string::npos)
      << text;
  EXPECT_EQ(DescribePlan(*Load(head + "http://shop.test\n"), kHost).find("\ntls"),
            std::string::npos);
}

TEST(DescribeTest, AnOpenPlanShowsStagesWithWhatTheyExpect) {
  const auto loaded = Load(R"(muster: 1
name: shop
target: http://127.0.0.1:8080
load:
  rate:
    arrivals: poisson
    max_in_flight: 4000
    stages:
      - {name: warm, to: 2000/s, over: 30s, measure: false}
      - {name: steady, at: 2000/s, for: 2m}
      - {name: steps, step: 500/s, every: 10s, times: 6}
requests:
  - {name: home, get: /, weight: 9}
  - {name: buy, post: /cart?x=1, body: hello, expect: 2xx, timeout: 5s}
thresholds: [error_rate < 1%]
)");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(DescribePlan(*loaded, kHost),
            R"(plan        shop
target      http://127.0.0.1:8080
protocol    HTTP/1.1
load        open, Poisson arrivals, 3m30s + drain of at most 10s
stages
  warm    0/s to 2000/s over 30s  30,000 iterations  (not measured)
  steady  2000/s for 2m  240,000 iterations
  steps   2500/s for 10s, 3000/s for 10s, ..., 5000/s for 10s  225,000 iterations
iterations  495,000 expected
peak        5000/s; a stall of 0.8s at the peak fills max_in_flight
requests
  home  90.0 %   GET /  timeout 10s  expect 200-399
  buy   10.0 %   POST /cart?x=1  body 5 bytes  timeout 5s  expect 200-299
limits      4,000 in flight, 4,000 connections, max lateness 1s
thresholds
  error_rate < 1%
seed        drawn at the start of a run
this host   20,000 descriptors and 28,232 local ports suffice
)");
}

TEST(DescribeTest, AClosedPlanLeavesTheCountToTheTarget) {
  const auto loaded = Load(
      "muster: 1\ntarget: http+unix:///run/a.sock\nseed: 7\niterations: 1000\n"
      "load: {users: {think: 1s..3s, stages: [{to: 1, over: 1m}]}}\n");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(DescribePlan(*loaded, kHost),
            R"(plan        p
target      http+unix:///run/a.sock
protocol    HTTP/1.1
load        closed, think time 1s..3s, 1m + drain of at most 10s
stages
  stage-1  0 users to 1 user over 1m
iterations  at most 1,000: as many as the target's responses allow
peak        1 user
requests
  GET /  100.0 %  GET /  timeout 10s  expect 200-399
limits      1 connection
thresholds
  error_rate < 1%  (default)
seed        7
this host   20,000 descriptors and 28,232 local ports suffice
)");
}

TEST(DescribeTest, NamesTheVersionOfHttp) {
  const auto protocol = [](const std::string& keys) {
    const auto loaded = Load("muster: 1\ntarget: http://h\n" + keys);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    const std::string text = DescribePlan(*loaded, kHost);
    const size_t at = text.find("protocol    ") + 12;
    return text.substr(at, text.find('\n', at) - at);
  };
  EXPECT_EQ(protocol(""), "HTTP/1.1");
  EXPECT_EQ(protocol("http: auto\n"), "HTTP/1.1");
  EXPECT_EQ(protocol("http: 2\n"),
            "HTTP/2 by prior knowledge, as many streams as the target allows on a connection");
  EXPECT_EQ(protocol("http: 2\nstreams: 10\n"),
            "HTTP/2 by prior knowledge, at most 10 streams on a connection");
}

TEST(DescribeTest, StagesOfAnOpenPlanAddUpToTheTotalAndTheLimitCutsTheLast) {
  const auto loaded = Load(
      "muster: 1\ntarget: http://h\niterations: 25\n"
      "load: {rate: {stages: [{at: 1/s, for: 10s}, {at: 3/m, for: 50s}, {at: 2/s, for: 30s}]}}\n");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const std::string text = DescribePlan(*loaded, kHost);
  EXPECT_NE(text.find("1/s for 10s  10 iterations\n"), std::string::npos) << text;
  EXPECT_NE(text.find("iterations  25 expected\n"), std::string::npos) << text;
}

TEST(DescribeTest, WarnsExactlyWhereTheHostIsTooSmall) {
  const auto loaded = Load(
      "muster: 1\ntarget: http://h\nconnections: 1000\n"
      "load: {rate: {stages: [{at: 10/s, for: 1s}]}}\n");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(HostWarnings(loaded->plan, {.descriptors = 1064, .local_ports = 1000}).empty());
  EXPECT_EQ(HostWarnings(loaded->plan, {.descriptors = 1063, .local_ports = 999}),
            (std::vector<std::string>{
                "descriptors: 1,000 connections need about 1,064; this process may open 1,063 "
                "(ulimit -Hn)",
                "ports: 1,000 connections to one address need as many local ports; this host has "
                "999"}));
}

TEST(DescribeTest, WarnsOfPortsThatNewConnectionsLeaveInTimeWait) {
  const auto loaded = Load(
      "muster: 1\ntarget: http://h\nreuse_connections: false\n"
      "load: {rate: {stages: [{at: 1000/s, for: 1s}]}}\n");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const auto warnings = HostWarnings(loaded->plan, kHost);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(
      warnings[0],
      "ports: a new connection per request at 1000/s may hold 60,000 ports in TIME_WAIT; this "
      "host has 28,232");
}

TEST(DescribeTest, ThresholdsThatEndTheRunAndThoseThatChanceBreaksAreSaid) {
  const auto loaded = Load(R"(muster: 1
target: http://127.0.0.1:8080
load: {rate: {stages: [{at: 2000/s, for: 1m}]}}
thresholds:
  - {check: error_rate < 50%, abort: true, after: 20s}
  - p99(response) < 400ms over 10s
)");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const std::string text = DescribePlan(*loaded, kHost);
  EXPECT_NE(text.find("\n  error_rate < 50%  (ends the run, from 20s on)\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("\nwarning     'p99(response) < 400ms over 10s': a single window is"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace muster
