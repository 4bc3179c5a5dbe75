#include "common/wire/plan_codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "muster/v1/assignment.pb.h"
#include "tests/common/wire/hostile_bytes.h"

namespace muster {
namespace {

Threshold FullThreshold() {
  Threshold t;
  t.metric = Threshold::Metric::kCount;
  t.latency = LatencyKind::kFirstByte;
  t.percentile_millis = 99'900;
  t.ok_only = true;
  t.within = Duration::Millis(250);
  t.count = CountKind::kDue;
  t.name = "buy";
  t.stage = "steady";
  t.op = Threshold::Op::kGreaterEqual;
  t.limit = 0.1;
  t.expression = "count(due){name=buy} >= 1";
  t.is_default = true;
  t.group = "eu";
  t.tags = {{"kind", "checkout"}, {"team", "web"}};
  t.window = Duration::Seconds(10);
  t.window_for = Duration::Seconds(30);
  t.confident = true;
  t.abort = true;
  t.abort_after = Duration::Seconds(20);
  return t;
}

// Every field differs from its default, so that one left out of the codec shows.
PlanSpec FullSpec() {
  PlanSpec spec;
  spec.name = "shop";
  spec.target = {Target::Kind::kUnix, "host", 8080, "/run/app.sock", "[::1]:8080", true};
  spec.tls = {.verify = false,
              .ca_pem = "ca",
              .cert_pem = "cert",
              .key_pem = "key",
              .server_name = "shop.test",
              .min_version = TlsVersion::k13,
              .max_version = TlsVersion::k12,
              .resume = false};
  spec.http = HttpVersion::kAuto;
  spec.streams = 77;
  spec.resolve = {{"shop.test", 443, "::1"}, {"a", 1, "127.0.0.1"}};
  spec.stages = {{"warm", false}, {"steady", true}};
  OpenLoad load;
  load.arrivals = ArrivalKind::kPoisson;
  load.segments = {{Rate::PerSecond(0), Rate::PerSecond(2000), Duration::Seconds(30), 0},
                   {Rate{1}, Rate{Rate::kMax}, Duration::Nanos(1), 1}};
  load.max_in_flight = 4000;
  load.max_lateness = Duration::Millis(1500);
  spec.load = load;
  spec.iterations = 0;
  spec.connections = 77;
  spec.reuse_connections = false;
  spec.connect_rate = Rate::PerSecond(500);
  RequestSpec request;
  request.name = "buy";
  request.method = "POST";
  request.path = "/cart?x=1";
  request.headers = {{"content-type", "application/json"}, {"x", "\xff\xfe not UTF-8"}};
  request.body = std::string("\0{}\xff", 4);
  request.weight = 9;
  request.timeout = Duration::Seconds(3);
  request.connect_timeout = Duration::Seconds(2);
  request.expect.ranges = {{200, 204}, {599, 599}};
  request.tags = {{"team", "a"}};
  spec.requests = {request, RequestSpec{}};
  spec.requests[1].expect.ranges.clear();
  spec.thresholds = {FullThreshold(), Threshold{}};
  spec.drain = Duration::Seconds(7);
  spec.holds = {{RunTime() + Duration::Seconds(9), Duration::Seconds(3)}};
  spec.seed = std::numeric_limits<uint64_t>::max();
  return spec;
}

PlanSpec ClosedSpec() {
  PlanSpec spec = FullSpec();
  ClosedLoad load;
  load.segments = {{1, 200, Duration::Seconds(60), 1}};
  load.think_min = Duration::Seconds(1);
  load.think_max = Duration::Seconds(3);
  load.own_connections = true;
  spec.load = load;
  spec.iterations.reset();
  return spec;
}

TEST(PlanCodec, RoundTripsEveryField) {
  for (const PlanSpec& spec : {FullSpec(), ClosedSpec(), PlanSpec{}}) {
    const StatusOr<PlanSpec> back = DecodePlan(EncodePlan(spec));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_TRUE(*back == spec);
  }
}

TEST(PlanCodec, EqualSpecsGiveEqualBytesAndOthersDoNot) {
  EXPECT_EQ(EncodePlan(FullSpec()), EncodePlan(FullSpec()));
  EXPECT_EQ(EncodePlan(*DecodePlan(EncodePlan(FullSpec()))), EncodePlan(FullSpec()));
  PlanSpec other = FullSpec();
  other.seed = 1;
  EXPECT_NE(EncodePlan(other), EncodePlan(FullSpec()));
  EXPECT_NE(EncodePlan(ClosedSpec()), EncodePlan(FullSpec()));
}

TEST(HashPlan, IsSha256InLowerCaseHex) {
  EXPECT_EQ(HashPlan(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HashPlan("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HashLoad, ForgetsWhereALoadGoesAndWhoSendsIt) {
  PlanSpec spec = FullSpec();
  spec.requests[0].headers.emplace_back("Authorization", "Bearer a");
  const std::string hash = HashLoad(spec);
  spec.seed = 1;
  spec.name = "other";
  spec.target.host = "elsewhere";
  spec.target.port = 1;
  spec.tls.ca_pem = "other";
  spec.tls.server_name = "other";
  spec.resolve.clear();
  spec.thresholds.clear();
  spec.requests[0].headers.back().second = "Bearer b";
  EXPECT_EQ(HashLoad(spec), hash);
}

TEST(HashLoad, TellsLoadsApart) {
  const std::string hash = HashLoad(FullSpec());
  EXPECT_NE(HashLoad(ClosedSpec()), hash);
  PlanSpec spec = FullSpec();
  spec.requests[0].weight += 1;
  EXPECT_NE(HashLoad(spec), hash);
  spec = FullSpec();
  spec.requests[0].headers[0].second = "text/plain";
  EXPECT_NE(HashLoad(spec), hash);
  spec = FullSpec();
  spec.target.tls = false;
  EXPECT_NE(HashLoad(spec), hash);
  spec = FullSpec();
  spec.tls.resume = true;
  EXPECT_NE(HashLoad(spec), hash);
}

TEST(DecodePlan, RefusesValuesOutOfRangeByName) {
  struct Case {
    const char* field;
    void (*change)(v1::Plan*);
  };
  const Case cases[] = {
      {"target.kind",
       [](v1::Plan* p) { p->mutable_target()->set_kind(static_cast<v1::Target::Kind>(2)); }},
      {"target.port", [](v1::Plan* p) { p->mutable_target()->set_port(65536); }},
      {"resolve.port", [](v1::Plan* p) { p->mutable_resolve(0)->set_port(65536); }},
      {"load is missing", [](v1::Plan* p) { p->clear_load(); }},
      {"load.arrivals",
       [](v1::Plan* p) {
         p->mutable_open()->set_arrivals(static_cast<v1::OpenLoad::Arrivals>(-1));
       }},
      {"rate", [](v1::Plan* p) { p->mutable_open()->mutable_segments(0)->set_from(-1); }},
      {"rate", [](v1::Plan* p) { p->mutable_open()->mutable_segments(0)->set_to(INT64_MAX); }},
      {"segment length",
       [](v1::Plan* p) { p->mutable_open()->mutable_segments(0)->set_length_ns(-1); }},
      {"stage index", [](v1::Plan* p) { p->mutable_open()->mutable_segments(0)->set_stage(200); }},
      {"max_lateness", [](v1::Plan* p) { p->mutable_open()->set_max_lateness_ns(INT64_MAX); }},
      {"load.segments",
       [](v1::Plan* p) {
         for (size_t i = 0; i < kMaxPlanSegments; ++i) p->mutable_open()->add_segments();
       }},
      {"users", [](v1::Plan* p) { p->mutable_closed()->add_segments()->set_to(1'000'001); }},
      {"think_min", [](v1::Plan* p) { p->mutable_closed()->set_think_min_ns(-1); }},
      {"request weight", [](v1::Plan* p) { p->mutable_requests(0)->set_weight(0); }},
      {"request body",
       [](v1::Plan* p) {
         p->mutable_requests(0)->set_body(std::string(Plan::kMaxBodyBytes + 1, 'x'));
       }},
      {"timeout", [](v1::Plan* p) { p->mutable_requests(0)->set_timeout_ns(-1); }},
      {"expected status",
       [](v1::Plan* p) { p->mutable_requests(0)->mutable_expect(0)->set_low(99); }},
      {"expected status",
       [](v1::Plan* p) { p->mutable_requests(0)->mutable_expect(0)->set_high(600); }},
      {"expected status",
       [](v1::Plan* p) { p->mutable_requests(0)->mutable_expect(0)->set_low(205); }},
      {"threshold.metric",
       [](v1::Plan* p) {
         p->mutable_thresholds(0)->set_metric(static_cast<v1::Threshold::Metric>(9));
       }},
      {"threshold.latency",
       [](v1::Plan* p) { p->mutable_thresholds(0)->set_latency(kLatencyKinds); }},
      {"threshold.percentile",
       [](v1::Plan* p) { p->mutable_thresholds(0)->set_percentile_millis(100'001); }},
      {"threshold.window", [](v1::Plan* p) { p->mutable_thresholds(0)->set_window_ns(-1); }},
      {"threshold.window_for",
       [](v1::Plan* p) { p->mutable_thresholds(0)->set_window_for_ns(-1); }},
      {"threshold.abort_after",
       [](v1::Plan* p) { p->mutable_thresholds(0)->set_abort_after_ns(-1); }},
      {"threshold.count", [](v1::Plan* p) { p->mutable_thresholds(0)->set_count(6); }},
      {"threshold.op",
       [](v1::Plan* p) { p->mutable_thresholds(0)->set_op(static_cast<v1::Threshold::Op>(4)); }},
      {"threshold.limit",
       [](v1::Plan* p) {
         p->mutable_thresholds(0)->set_limit(std::numeric_limits<double>::quiet_NaN());
       }},
      {"drain", [](v1::Plan* p) { p->set_drain_ns(-1); }},
      {"stages",
       [](v1::Plan* p) {
         while (p->stages_size() <= 200) p->add_stages();
       }},
      {"requests",
       [](v1::Plan* p) {
         while (p->requests_size() <= 200) p->add_requests();
       }},
      {"thresholds",
       [](v1::Plan* p) {
         while (p->thresholds_size() <= 100) p->add_thresholds();
       }},
  };
  for (const Case& c : cases) {
    v1::Plan plan;
    ASSERT_TRUE(plan.ParseFromString(EncodePlan(FullSpec())));
    c.change(&plan);
    const StatusOr<PlanSpec> decoded = DecodePlan(plan.SerializeAsString());
    ASSERT_FALSE(decoded.ok()) << c.field;
    EXPECT_NE(Message(decoded.status()).find(std::string("plan: ") + c.field), std::string::npos)
        << decoded.status();
  }
}

TEST(DecodePlan, RefusesOversizeBytes) {
  EXPECT_FALSE(DecodePlan(std::string(kMaxPlanBytes + 1, '\0')).ok());
}

// Every part is within the plan's own limits, but not all of them together.
TEST(CheckPlanSize, RefusesWhatNoWorkerWouldDecode) {
  PlanSpec spec;
  spec.name = "large";
  spec.target.host = spec.target.authority = "10.0.0.1";
  spec.stages = {Stage{"steady"}};
  OpenLoad load;
  load.segments = {{Rate::PerSecond(10), Rate::PerSecond(10), Duration::Seconds(10), 0}};
  spec.load = load;
  spec.requests.resize(Plan::kMaxAllBodyBytes / Plan::kMaxBodyBytes);
  for (size_t i = 0; i < spec.requests.size(); ++i) {
    spec.requests[i].name = "r" + std::to_string(i);
    spec.requests[i].body.assign(Plan::kMaxBodyBytes, 'x');
  }
  const StatusOr<Plan> valid = Plan::Create(spec);
  ASSERT_TRUE(valid.ok()) << valid.status();
  const size_t bytes = EncodePlan(spec).size();
  const Status status = CheckPlanSize(spec);
  EXPECT_NE(Message(status).find("takes " + std::to_string(bytes) + " bytes"), std::string::npos);
  EXPECT_NE(Message(status).find("at most 16777216 are allowed"), std::string::npos) << status;

  spec.requests[0].body.resize(Plan::kMaxBodyBytes - (bytes - kMaxPlanBytes));
  EXPECT_EQ(EncodePlan(spec).size(), kMaxPlanBytes);
  EXPECT_TRUE(CheckPlanSize(spec).ok());
  EXPECT_TRUE(DecodePlan(EncodePlan(spec)).ok());
}

// What decodes encodes again: nothing out of range got through.
TEST(DecodePlan, HostileBytesDoNoHarm) {
  const auto decode = [](const std::string& bytes) {
    const StatusOr<PlanSpec> spec = DecodePlan(bytes);
    if (spec.ok()) {
      EXPECT_TRUE(*DecodePlan(EncodePlan(*spec)) == *spec);
    }
  };
  for (const PlanSpec& spec : {FullSpec(), ClosedSpec()}) {
    DecodeDamaged(EncodePlan(spec), decode);
    DecodeRandom(EncodePlan(spec), decode);
  }
}

}  // namespace
}  // namespace muster
