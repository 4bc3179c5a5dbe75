#include "master/plan/yaml_plan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/support/tls/certificates.h"

namespace muster {
namespace {

// Files by path; whatever else is asked for does not exist.
StatusOr<std::string> FakeFile(const std::string& path, size_t max_bytes) {
  std::string text;
  if (path == "plans/cart.json" || path == "/etc/body") text = "{\"from\":\"" + path + "\"}";
  if (path == "plans/big") text = std::string(Plan::kMaxBodyBytes + 1, 'x');
  if (text.empty()) return NotFound("cannot read '" + path + "': No such file or directory");
  if (text.size() > max_bytes) return InvalidArgument("cannot read '" + path + "': too large");
  return text;
}

StatusOr<PlanDraft> ReadPlan(const std::string& text) {
  return ReadYamlPlan(text, "plans/p.yaml", FakeFile);
}

std::string ErrorsOf(const std::string& text) { return Message(ReadPlan(text).status()); }

constexpr const char* kHead = "muster: 1\ntarget: http://h:8080/api\n";

TEST(YamlPlanTest, ThePlanOfTheManualIsRead) {
  const auto draft = ReadPlan(R"(muster: 1
name: shop
target: http://127.0.0.1:8080          # a comment
defaults: {timeout: 5s, expect: 2xx}
load:
  rate:
    arrivals: poisson
    max_in_flight: 4000
    stages:
      - {name: warm, to: 2000/s, over: 30s, measure: false}
      - {name: steady, at: 2000/s, for: 2m}
      - {name: steps, step: 500/s, every: 10s, times: 4}
      - {name: spike, at: 8000/s, for: 10s}
requests:
  - {name: home, get: /, weight: 9}
  - {name: buy, post: /cart?x=1, body: {file: cart.json}, headers: {content-type: application/json}}
thresholds:
  - within(250ms){stage=steady} >= 99%
  - p99(response){name=buy} < 400ms
  - error_rate < 1%
)");
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->name, "shop");
  EXPECT_EQ(draft->target->target.port, 8080);
  EXPECT_EQ(draft->stages.size(), 4U);
  EXPECT_EQ(std::get<OpenLoad>(draft->load).segments.size(), 7U);
  ASSERT_EQ(draft->requests.size(), 2U);
  const RequestSpec& home = draft->requests[0];
  EXPECT_EQ(home.method + " " + home.path, "GET /");
  EXPECT_EQ(home.weight, 9U);
  EXPECT_EQ(home.timeout, Duration::Seconds(5));
  const RequestSpec& buy = draft->requests[1];
  EXPECT_EQ(buy.method + " " + buy.path, "POST /cart?x=1");
  EXPECT_EQ(buy.body, "{\"from\":\"plans/cart.json\"}");
  EXPECT_EQ(buy.headers, (std::vector<Header>{{"content-type", "application/json"}}));
  EXPECT_EQ(buy.expect.ranges, (std::vector<std::pair<uint16_t, uint16_t>>{{200, 299}}));
  ASSERT_EQ(draft->thresholds->size(), 3U);
  EXPECT_EQ((*draft->thresholds)[1].where, "plans/p.yaml:19:5");
  EXPECT_EQ((*draft->thresholds)[1].threshold.name, "buy");
}

TEST(YamlPlanTest, EveryKeyOfThePlanIsKept) {
  const auto draft = ReadPlan(std::string(kHead) + R"(
connections: 7
reuse_connections: false
http: 2
streams: 20
connect_rate: 500/s
drain: 1m
seed: 18446744073709551615
iterations: 1000
resolve: ["h:8080:127.0.0.1"]
thresholds: []
)");
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->connections, 7U);
  EXPECT_EQ(draft->reuse_connections, false);
  EXPECT_EQ(draft->http, HttpVersion::k2);
  EXPECT_EQ(draft->streams, 20U);
  EXPECT_EQ(draft->connect_rate, Rate::PerSecond(500));
  EXPECT_EQ(draft->drain, Duration::Seconds(60));
  EXPECT_EQ(draft->seed, UINT64_MAX);
  EXPECT_EQ(draft->iterations, 1000U);
  EXPECT_EQ(draft->resolve, (std::vector<ResolveRule>{{"h", 8080, "127.0.0.1"}}));
  ASSERT_TRUE(draft->thresholds.has_value());
  EXPECT_TRUE(draft->thresholds->empty());
  EXPECT_TRUE(draft->requests.empty());
  EXPECT_EQ(draft->defaults.path, "/api");
}

TEST(YamlPlanTest, VersionsOfHttpAreTakenAsText) {
  const auto version = [](const std::string& text) {
    const auto draft = ReadPlan("muster: 1\ntarget: http://h\nhttp: " + text + "\n");
    return draft.ok() ? draft->http : std::nullopt;
  };
  EXPECT_EQ(version("1.1"), HttpVersion::k11);
  EXPECT_EQ(version("\"1.1\""), HttpVersion::k11);
  EXPECT_EQ(version("2"), HttpVersion::k2);
  EXPECT_EQ(version("auto"), HttpVersion::kAuto);
}

TEST(YamlPlanTest, DefaultsReachEveryRequestWhereverTheyStand) {
  const auto draft = ReadPlan(R"(
requests:
  - {get: /a}
  - {path: /b, headers: {ACCEPT: [x, y]}, tags: {team: b}, expect: [2xx, 404], timeout: 1s}
  - {delete: /c}
defaults: {method: purge, headers: {accept: all, x: 1}, tags: {team: a, kind: k},
           connect_timeout: 2s, expect: 200-204}
target: http://h:8080/api
muster: 1
)");
  ASSERT_TRUE(draft.ok()) << draft.status();
  const auto& requests = draft->requests;
  EXPECT_EQ(requests[0].method, "GET");
  EXPECT_EQ(requests[1].method, "purge");
  EXPECT_EQ(requests[2].method, "DELETE");
  EXPECT_EQ(requests[0].headers, (std::vector<Header>{{"accept", "all"}, {"x", "1"}}));
  EXPECT_EQ(requests[1].headers,
            (std::vector<Header>{{"x", "1"}, {"ACCEPT", "x"}, {"ACCEPT", "y"}}));
  EXPECT_EQ(requests[1].tags[0].second + requests[1].tags[1].second, "kb");
  EXPECT_TRUE(requests[1].expect.Contains(404));
  EXPECT_FALSE(requests[0].expect.Contains(205));
  EXPECT_EQ(requests[2].connect_timeout, Duration::Seconds(2));
}

TEST(YamlPlanTest, PathsFollowTheTargetsBasePath) {
  const auto draft = ReadPlan(std::string(kHead) + R"(
requests:
  - {get: /x?q=1#top}
  - {get: "?q=2"}
  - {method: PUT, url: "http://h:8080/else?y"}
)");
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->requests[0].path, "/api/x?q=1");
  EXPECT_EQ(draft->requests[1].path, "/api?q=2");
  EXPECT_EQ(draft->requests[2].path, "/else?y");
  EXPECT_EQ(draft->requests[2].method, "PUT");
}

TEST(YamlPlanTest, RequestsThatDifferByQueryOrIdShareAName) {
  const auto draft = ReadPlan(std::string(kHead) + R"(
requests:
  - {get: /x?a}
  - {get: /x?b}
  - {get: /users/17}
  - {get: /users/18/orders}
  - {post: /x}
  - {name: "GET /users/{user}", get: /users/me}
  - {name: "GET /users/{user}", get: /users/you}
)");
  ASSERT_TRUE(draft.ok()) << draft.status();
  std::vector<std::string> names;
  for (const RequestSpec& request : draft->requests) names.push_back(request.name);
  EXPECT_EQ(names, (std::vector<std::string>{"GET /api/x", "GET /api/x", "GET /api/users/{id}",
                                             "GET /api/users/{id}/orders", "POST /api/x",
                                             "GET /users/{user}", "GET /users/{user}"}));
}

TEST(YamlPlanTest, AThresholdMayBeAMapping) {
  const auto draft = ReadPlan(std::string(kHead) + R"(
thresholds:
  - {check: "error_rate < 50%", abort: true, after: 20s}
  - {check: rate > 1/s, abort: true}
  - check: within(1s) >= 99%
    confidence: 95%
  - {check: rate > 2/s, abort: false}
)");
  ASSERT_TRUE(draft.ok()) << draft.status();
  ASSERT_EQ(draft->thresholds->size(), 4U);
  const auto& first = (*draft->thresholds)[0];
  EXPECT_EQ(first.where, "plans/p.yaml:5:13");
  EXPECT_EQ(first.threshold.expression, "error_rate < 50%");
  EXPECT_TRUE(first.threshold.abort);
  EXPECT_EQ(first.threshold.abort_after, Duration::Seconds(20));
  EXPECT_EQ((*draft->thresholds)[1].threshold.abort_after, kDefaultAbortAfter);
  const Threshold& confident = (*draft->thresholds)[2].threshold;
  EXPECT_TRUE(confident.confident);
  EXPECT_EQ(confident.expression, "within(1s) >= 99% with 95% confidence");
  EXPECT_FALSE((*draft->thresholds)[3].threshold.abort);
}

TEST(YamlPlanTest, ErrorsInAThresholdHaveTheirPlace) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"{abort: true}", "3:14: thresholds[0]: 'check' is missing: what must hold"},
      {"{chek: rate > 1/s}", "3:15: unknown key 'chek' in a threshold; did you mean 'check'?"},
      {"{check: rat > 1/s}", "3:22: thresholds[0].check: column 1: unknown metric \"rat\""},
      {"{check: [a]}", "3:22: thresholds[0].check: expected a threshold such as"},
      {"{check: rate > 1/s, abort: perhaps}", "3:41: thresholds[0].abort: expected true or false"},
      {"{check: rate > 1/s, abort: true, after: 5}", "3:54: thresholds[0].after: \"5\" is not"},
      {"{check: rate > 1/s, after: 5s}",
       "3:41: thresholds[0].after: of no effect without 'abort: true'"},
      {"{check: rate > 1/s, confidence: 99%}",
       "3:46: thresholds[0].confidence: expected 95%, the one level"},
      {"{check: count(failed) < 1, confidence: 95%}",
       "3:53: thresholds[0].confidence: no interval is known for this metric"},
      {"{check: rate > 1/s over 1s, confidence: 95%}",
       "3:54: thresholds[0].confidence: expected the end of the threshold"},
      {"[a]", "3:14: thresholds[0]: expected a threshold such as error_rate < 1%"},
  };
  for (const auto& [threshold, error] : rows) {
    const std::string errors =
        ErrorsOf("muster: 1\ntarget: http://h\nthresholds: [" + threshold + "]\n");
    EXPECT_NE(errors.find(error), std::string::npos) << threshold << "\n" << errors;
  }
}

TEST(YamlPlanTest, BodiesAreTextOrFilesBesideThePlan) {
  const auto draft = ReadPlan(std::string(kHead) + R"(
requests:
  - {post: /a, body: plain}
  - {post: /b, body: {text: inside}}
  - {post: /c, body: {file: /etc/body}}
  - post: /d
    body: |
      two
      lines
)");
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->requests[0].body, "plain");
  EXPECT_EQ(draft->requests[1].body, "inside");
  EXPECT_EQ(draft->requests[2].body, "{\"from\":\"/etc/body\"}");
  EXPECT_EQ(draft->requests[3].body, "two\nlines\n");
}

TEST(YamlPlanTest, TlsIsReadWithItsFilesFromThePlansFolder) {
  const TestIdentity identity = SelfSigned();
  const FileReader files = [&](const std::string& path, size_t) -> StatusOr<std::string> {
    if (path == "plans/c.pem" || path == "/etc/ca.pem") return identity.cert;
    if (path == "plans/k.pem") return identity.key;
    return NotFound("cannot read '" + path + "'");
  };
  const auto draft = ReadYamlPlan(R"(muster: 1
target: https://h
tls: {ca: /etc/ca.pem, cert: c.pem, key: k.pem, server_name: n, verify: false, versions: 1.3,
      resume: false}
)",
                                  "plans/p.yaml", files);
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->tls, (TlsSettings{.verify = false,
                                     .ca_pem = identity.cert,
                                     .cert_pem = identity.cert,
                                     .key_pem = identity.key,
                                     .server_name = "n",
                                     .min_version = TlsVersion::k13,
                                     .resume = false}));
  const std::string other =
      ReadYamlPlan("muster: 1\ntarget: https://h\ntls: {cert: c.pem}\n", "plans/p.yaml", files)
          .status()
          .ToString();
  EXPECT_NE(other.find("p.yaml:3:13: tls.cert: a client certificate needs its key"),
            std::string::npos)
      << other;
}

TEST(YamlPlanTest, RefusalsOfThePlanNamePlaceKeyAndRemedy) {
  const struct {
    const char *text, *error;
  } rows[] = {
      {"", "plans/p.yaml:1:1: the plan is empty"},
      {"[1]", "plans/p.yaml:1:1: expected a mapping"},
      {"target: http://h\n", "plans/p.yaml:1:1: 'muster: 1' is missing"},
      {"muster: 2\ntarget: http://h\n", "plans/p.yaml:1:9: muster: this build reads version 1"},
      {"muster: 1\n", "plans/p.yaml:1:1: 'target' is missing"},
      {"muster: 1\ntarget: http://h\ntls: {verify: false}\n",
       "plans/p.yaml:3:6: tls: the target is not https://"},
      {"muster: 1\ntarget: https://h\ntls: {verfy: false}\n",
       "plans/p.yaml:3:7: unknown key 'verfy' in tls; did you mean 'verify'?"},
      {"muster: 1\ntarget: https://h\ntls: {versions: [1.1, 1.2]}\n",
       "plans/p.yaml:3:17: tls.versions: '1.1,1.2' is no version of TLS"},
      {"muster: 1\ntarget: https://h\ntls: {ca: none.pem}\n",
       "plans/p.yaml:3:11: tls.ca: cannot read 'plans/none.pem'"},
      {"muster: 1\ntarget: https://h\ntls: {ca: cart.json}\n",
       "plans/p.yaml:3:11: tls.ca: 'plans/cart.json' holds no certificate"},
      {"muster: 1\ntarget: https://h\ntls: {key: /etc/body}\n",
       "plans/p.yaml:3:12: tls.key: '/etc/body' holds no private key"},
      {"muster: 1\ntarget: https://h\ntls: {server_name: a b}\n",
       "plans/p.yaml:3:20: tls.server_name: 'a b' is no server name"},
      {"muster: 1\ntarget: [x]\n", "plans/p.yaml:2:9: target: expected a URL such as"},
      {"muster: 1\ntarget: http://h\ntresholds: []\n",
       "plans/p.yaml:3:1: unknown key 'tresholds' in the plan; did you mean 'thresholds'?"},
      {"muster: 1\ntarget: http://h?x\nrequests: [{get: /}]\n",
       "plans/p.yaml:2:9: target: a query belongs to the requests' paths"},
      {"muster: 1\ntarget: http://h\nname: a,b\n", "plans/p.yaml:3:7: name: 'a_b' would do"},
      {"muster: 1\ntarget: http://h\ndrain: 10\n", "plans/p.yaml:3:8: drain: \"10\" is not"},
      {"muster: 1\ntarget: http://h\nseed: -1\n", "plans/p.yaml:3:7: seed: '-1' is not a whole"},
      {"muster: 1\ntarget: http://h\nconnections: 0\n", "plans/p.yaml:3:14: connections: '0'"},
      {"muster: 1\ntarget: http://h\nhttp: 3\n",
       "plans/p.yaml:3:7: http: '3' is no version of HTTP; write 1.1, 2 or auto"},
      {"muster: 1\ntarget: http://h\nstreams: 0\n", "plans/p.yaml:3:10: streams: '0'"},
      {"muster: 1\ntarget: http://h\niterations: 1e6\n", "plans/p.yaml:3:13: iterations: '1e6'"},
      {"muster: 1\ntarget: http://h\nreuse_connections: off\n",
       "plans/p.yaml:3:20: reuse_connections: expected true or false, found 'off'"},
      {"muster: 1\ntarget: http://h\nresolve: [h]\n",
       "plans/p.yaml:3:11: resolve[0]: 'h' is no rule"},
      {"muster: 1\ntarget: http://h\nresolve: h\n", "plans/p.yaml:3:10: resolve: expected a list"},
      {"muster: 1\ntarget: http://h\ndefaults: {timout: 1s}\n",
       "plans/p.yaml:3:12: unknown key 'timout' in defaults; did you mean 'timeout'?"},
      {"muster: 1\ntarget: http://h\nthresholds: [p99 < 1s]\n",
       "plans/p.yaml:3:14: thresholds[0]: "},
      {"muster: 1\ntarget: http://h\nthresholds: [{a: b}]\n",
       "plans/p.yaml:3:15: unknown key 'a' in a threshold"},
  };
  for (const auto& row : rows) {
    const std::string errors = ErrorsOf(row.text);
    EXPECT_NE(errors.find(row.error), std::string::npos) << row.text << "\n" << errors;
  }
}

TEST(YamlPlanTest, RefusalsOfRequestsNamePlaceKeyAndRemedy) {
  const struct {
    const char *request, *error;
  } rows[] = {
      {"{}", "3:12: requests[0]: expected one path"},
      {"{get: /, post: /}", "3:12: requests[0]: expected one path"},
      {"{get: /, path: /}", "3:12: requests[0]: expected one path"},
      {"{get: /, method: PUT}", "3:29: requests[0].method: given twice: here and by 'get'"},
      {"{get: x}", "3:18: requests[0].get: the path must begin with '/'"},
      {"{get: '/a b'}", "3:18: requests[0].get: a space in a path is written %20"},
      {"{get: 'http://other:8080/'}", "3:18: requests[0].get: a plan has one target"},
      {"{get: 'https://h:8080/'}", "3:18: requests[0].get: a plan has one target"},
      {"{gte: /}", "3:13: unknown key 'gte' in a request; did you mean 'get'?"},
      {"{get: /, weight: 0}", "3:29: requests[0].weight: '0' is not a whole number from 1"},
      {"{get: /, weight: heavy}", "3:29: requests[0].weight: 'heavy' is not a whole number"},
      {"{get: /, timeout: 5}", "3:30: requests[0].timeout: \"5\" is not a duration"},
      {"{get: /, timeout: 0s}", "3:30: requests[0].timeout: '0s': it must be longer than 0s"},
      {"{get: /, expect: 2yy}", "3:29: requests[0].expect: '2yy' is no status"},
      {"{get: /, expect: {a: 1}}", "3:29: requests[0].expect: expected a status such as"},
      {"{get: /, headers: [a]}", "3:30: requests[0].headers: expected a mapping"},
      {"{get: /, headers: {a b: c}}", "3:31: requests[0].headers.a b: 'a b' is no header name"},
      {"{get: /, headers: {a: ~}}", "3:34: requests[0].headers.a: expected a text"},
      {"{get: /, headers: {Connection: close}}", "frames the message and is Muster's to write"},
      {"{get: /, tags: {a b: c}}", "3:28: requests[0].tags: 'a b' is no tag name"},
      {"{get: /, method: 'A B', path: /}", "expected one path"},
      {"{method: 'A B', path: /}", "3:21: requests[0].method: 'A B' is no HTTP method"},
      {"{get: /, name: ''}", "3:27: requests[0].name: a name has 1 to 100 bytes"},
      {"{get: /, body: [1]}", "3:27: requests[0].body: expected a text, {file: NAME}"},
      {"{get: /, body: {}}", "3:27: requests[0].body: expected one of 'file' and 'text'"},
      {"{get: /, body: {fiel: x}}", "3:28: unknown key 'fiel' in a body; did you mean 'file'?"},
      {"{get: /, body: {file: none}}",
       "3:34: requests[0].body.file: cannot read 'plans/none': No such file"},
      {"{get: /, body: {file: big}}", "3:34: requests[0].body.file: cannot read 'plans/big'"},
      {"5", "3:12: requests[0]: expected a mapping"},
      {"{name: 'a{b', get: /}", "3:19: requests[0].name: 'a_b' would do: braces come in pairs"},
      {"{name: 'a,b', get: /}", "3:19: requests[0].name: 'a_b' would do: a name has no"},
  };
  for (const auto& row : rows) {
    const std::string errors = ErrorsOf(std::string(kHead) + "requests: [" + row.request + "]\n");
    EXPECT_NE(errors.find(row.error), std::string::npos) << row.request << "\n" << errors;
  }
}

TEST(YamlPlanTest, SeveralErrorsAreToldAtOnceInTheFilesOrder) {
  EXPECT_EQ(ErrorsOf("muster: 1\ntarget: http://h\nlaod: {}\nseed: x\n"),
            "plans/p.yaml:3:1: unknown key 'laod' in the plan; did you mean 'load'?\n"
            "plans/p.yaml:4:7: seed: 'x' is not a whole number from 0 to 18446744073709551615");
}

TEST(YamlPlanTest, APlanOnStandardInputLooksForBodiesInTheCurrentFolder) {
  std::string asked;
  const FileReader reader = [&](const std::string& path, size_t) -> StatusOr<std::string> {
    asked = path;
    return std::string("x");
  };
  const std::string text = std::string(kHead) + "requests: [{post: /, body: {file: b}}]";
  EXPECT_TRUE(ReadYamlPlan(text, "<stdin>", reader).ok());
  EXPECT_EQ(asked, "b");
}

std::set<std::string> Names(const nlohmann::json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

// The schema for editors cannot drift from what is read.
TEST(YamlPlanTest, AKeyOfAnotherLevelSaysWhereItBelongs) {
  const std::string head = "muster: 1\ntarget: http://h\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"timeout: 5s", "3:1: 'timeout' belongs under 'defaults' or in a request, not in the plan"},
      {"rate: 5/s", "3:1: 'rate' belongs under 'load', not in the plan"},
      {"defaults: {rate: 5/s}", "3:12: 'rate' belongs under 'load', not in defaults"},
      {"stages: []",
       "3:1: 'stages' belongs under 'load.rate' or under 'load.users', not in the plan"},
      {"requests: [{get: /, connections: 5}]",
       "3:21: 'connections' belongs at the top of the plan, not in a request"},
      {"defaults: {name: x}",
       "3:12: 'name' belongs at the top of the plan, in a stage or in a request, not in defaults"},
      {"load: {think: 1s, users: {stages: [{at: 5, for: 1s}]}}",
       "3:8: 'think' belongs under 'load.users', not in load"},
      {"load: {rate: {think: 1s, stages: [{at: 5/s, for: 1s}]}}",
       "3:15: 'think' belongs under 'load.users', not in load.rate"},
      {"load: {rate: {stages: [{at: 5/s, for: 1s, arrivals: even}]}}",
       "3:43: 'arrivals' belongs under 'load.rate', not in a stage"},
      {"thresholds: [{check: rate > 1/s, weight: 1}]",
       "3:34: 'weight' belongs in a request, not in a threshold"},
  };
  for (const auto& [text, error] : cases) {
    EXPECT_EQ(ErrorsOf(head + text + "\n"), "plans/p.yaml:" + error) << text;
  }
}

TEST(YamlPlanTest, EveryKindOfMappingSaysWhereItStands) {
  for (const KnownKeys& known : AllKnownKeys()) EXPECT_NE(known.place, "") << known.name;
}

TEST(YamlPlanTest, TheSchemaHasExactlyTheKnownKeys) {
  std::ifstream file(MUSTER_SOURCE_DIR "/docs/plan.schema.json");
  const auto schema = nlohmann::json::parse(file);
  for (const KnownKeys& known : AllKnownKeys()) {
    const std::string name(known.name);
    const auto& part = name == "plan" ? schema : schema["definitions"][name];
    const std::set<std::string> keys(known.keys.begin(), known.keys.end());
    EXPECT_EQ(Names(part["properties"]), keys) << name;
  }
}

TEST(YamlPlanTest, ThePageNamesEveryKey) {
  std::ifstream file(MUSTER_SOURCE_DIR "/docs/plan.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (const KnownKeys& known : AllKnownKeys()) {
    for (const std::string_view key : known.keys) {
      const std::string word(key);
      const bool named = page.find("`" + word + "`") != std::string::npos ||
                         page.find("{" + word + ":") != std::string::npos ||
                         page.find(" " + word + ":") != std::string::npos;
      EXPECT_TRUE(named) << known.name << "." << word;
    }
  }
}

}  // namespace
}  // namespace muster
