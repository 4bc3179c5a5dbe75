#include "common/plan/plan_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace muster {
namespace {

using ::testing::HasSubstr;

Threshold Parsed(std::string_view text) { return ParseThreshold(text).value(); }

// An open plan of two stages and two requests with everything in order.
PlanSpec OpenSpec() {
  PlanSpec spec;
  spec.name = "shop";
  spec.target = {Target::Kind::kTcp, "localhost", 8080, "", "localhost:8080"};
  spec.stages = {{"warm", false}, {"steady", true}};
  const Rate rate = Rate::PerSecond(100);
  spec.load = OpenLoad{
      .segments = {{Rate{}, rate, Duration::Seconds(1), 0}, {rate, rate, Duration::Seconds(2), 1}}};
  spec.requests = {{.name = "home"}, {.name = "buy", .method = "POST", .body = "{}"}};
  spec.thresholds = {Parsed("p99(response){name=buy,stage=steady} < 400ms")};
  return spec;
}

PlanSpec ClosedSpec() {
  PlanSpec spec = OpenSpec();
  spec.load =
      ClosedLoad{.segments = {{0, 10, Duration::Seconds(1), 0}, {10, 10, Duration::Seconds(2), 1}}};
  return spec;
}

OpenLoad& Open(PlanSpec& spec) { return std::get<OpenLoad>(spec.load); }
ClosedLoad& Closed(PlanSpec& spec) { return std::get<ClosedLoad>(spec.load); }

struct Case {
  std::string part;  // of the message; empty: accepted
  std::function<void(PlanSpec&)> change;
};

void ExpectAll(PlanSpec (*make)(), const std::vector<Case>& cases) {
  for (size_t i = 0; i < cases.size(); ++i) {
    PlanSpec spec = make();
    cases[i].change(spec);
    const Status status = CheckPlanSpec(spec);
    EXPECT_EQ(status.ok(), cases[i].part.empty()) << i << ": " << cases[i].part << Message(status);
    EXPECT_THAT(Message(status), HasSubstr(cases[i].part)) << i;
  }
}

TEST(PlanCheckTest, NamesTargetAndResolve) {
  ExpectAll(OpenSpec,
            {{"", [](PlanSpec&) {}},
             {"the plan's name must not be empty", [](PlanSpec& s) { s.name = ""; }},
             {"control characters", [](PlanSpec& s) { s.name = "a\nb"; }},
             {"longer than 200 bytes", [](PlanSpec& s) { s.name = std::string(201, 'a'); }},
             {"the target has no host", [](PlanSpec& s) { s.target.host = ""; }},
             {"the target's host", [](PlanSpec& s) { s.target.host = "a b"; }},
             {"the target's port must be from 1 to 65535", [](PlanSpec& s) { s.target.port = 0; }},
             {"authority", [](PlanSpec& s) { s.target.authority = "a\r\nx: y"; }},
             {"authority", [](PlanSpec& s) { s.target.authority = ""; }},
             {"socket path",
              [](PlanSpec& s) {
                s.target = {Target::Kind::kUnix, "", 0, "", "localhost"};
              }},
             {"socket path",
              [](PlanSpec& s) {
                s.target = {Target::Kind::kUnix, "", 0, std::string(108, 'a'), "localhost"};
              }},
             {"",
              [](PlanSpec& s) {
                s.target = {Target::Kind::kUnix, "", 0, "/run/a.sock", "localhost"};
              }},
             {"",
              [](PlanSpec& s) {
                s.resolve = {{"shop", 80, "::1"}, {"shop", 81, "10.0.0.1"}};
              }},
             {"names \"shop2\", which is no IPv4 or IPv6 address",
              [](PlanSpec& s) {
                s.resolve = {{"shop", 80, "shop2"}};
              }},
             {"needs a host and a port",
              [](PlanSpec& s) {
                s.resolve = {{"shop", 0, "::1"}};
              }},
             {"at most 100 resolve rules", [](PlanSpec& s) {
                s.resolve.assign(101, {"shop", 80, "::1"});
              }}});
}

TEST(PlanCheckTest, StagesAndTheirSegments) {
  ExpectAll(
      OpenSpec,
      {{"no stages", [](PlanSpec& s) { s.stages.clear(); }},
       {"two stages are called \"warm\"", [](PlanSpec& s) { s.stages[1].name = "warm"; }},
       {"name of a stage must not be empty", [](PlanSpec& s) { s.stages[1].name = ""; }},
       {"every stage has measure: false", [](PlanSpec& s) { s.stages[1].measure = false; }},
       {"belongs to stage 2 of 2", [](PlanSpec& s) { Open(s).segments[1].stage = 2; }},
       {"\"steady\" has no length", [](PlanSpec& s) { Open(s).segments.pop_back(); }},
       {"follow the order", [](PlanSpec& s) { Open(s).segments[0].stage = 1; }},
       {"follow the order", [](PlanSpec& s) { Open(s).segments.push_back(Open(s).segments[0]); }},
       {"", [](PlanSpec& s) { Open(s).segments.push_back(Open(s).segments[1]); }},
       {"at most 200 stages", [](PlanSpec& s) { s.stages.resize(201); }}});
}

TEST(PlanCheckTest, LimitsOfTheOpenModel) {
  ExpectAll(OpenSpec,
            {{"max_in_flight must be from 1", [](PlanSpec& s) { Open(s).max_in_flight = 0; }},
             {"max_in_flight", [](PlanSpec& s) { Open(s).max_in_flight = 1'000'001; }},
             {"", [](PlanSpec& s) { Open(s).max_in_flight = 1'000'000; }},
             {"max_lateness", [](PlanSpec& s) { Open(s).max_lateness = Duration(); }},
             {"connections must be", [](PlanSpec& s) { s.connections = 1'000'001; }},
             {"", [](PlanSpec& s) { s.connections = 1; }},
             {"iterations must be", [](PlanSpec& s) { s.iterations = 0; }},
             {"", [](PlanSpec& s) { s.iterations = 1; }},
             {"drain", [](PlanSpec& s) { s.drain = Duration::Nanos(-1); }},
             {"drain", [](PlanSpec& s) { s.drain = Duration::Max(); }},
             {"", [](PlanSpec& s) { s.drain = Duration(); }}});
}

TEST(PlanCheckTest, LimitsOfTheClosedModel) {
  const auto think = [](Duration min, Duration max) {
    return [min, max](PlanSpec& s) {
      Closed(s).think_min = min;
      Closed(s).think_max = max;
    };
  };
  ExpectAll(ClosedSpec,
            {{"", think(Duration(), Duration())},
             {"", think(Duration::Seconds(1), Duration::Seconds(3))},
             {"above the longest", think(Duration::Seconds(3), Duration::Seconds(1))},
             {"least think time", think(Duration::Nanos(-1), Duration::Seconds(1))},
             {"longest think time", think(Duration::Seconds(1), Duration::Max())},
             {"follow the order", [](PlanSpec& s) { Closed(s).segments[0].stage = 1; }}});
}

TEST(PlanCheckTest, OwnConnectionsGoWithKeptOnesOfHttp11) {
  const auto own = [](auto change) {
    return [change](PlanSpec& s) {
      Closed(s).own_connections = true;
      change(s);
    };
  };
  ExpectAll(ClosedSpec, {{"", own([](PlanSpec&) {})},
                         {"", own([](PlanSpec& s) { s.connections = 10'000; })},
                         {"http: 1.1", own([](PlanSpec& s) { s.http = HttpVersion::k2; })},
                         {"http: 1.1", own([](PlanSpec& s) { s.http = HttpVersion::kAuto; })},
                         {"keeps none", own([](PlanSpec& s) { s.reuse_connections = false; })}});
}

TEST(PlanCheckTest, RequestsMethodsAndPaths) {
  ExpectAll(
      OpenSpec,
      {{"no requests", [](PlanSpec& s) { s.requests.clear(); }},
       {"at most 200 requests", [](PlanSpec& s) { s.requests.resize(201); }},
       {"the name of a request must not be empty", [](PlanSpec& s) { s.requests[1].name = ""; }},
       {"request \"home\": weight must be from 1", [](PlanSpec& s) { s.requests[0].weight = 0; }},
       {"request \"buy\": no HTTP method: \"GE T\"",
        [](PlanSpec& s) { s.requests[1].method = "GE T"; }},
       {"no HTTP method", [](PlanSpec& s) { s.requests[0].method = ""; }},
       {"no HTTP method", [](PlanSpec& s) { s.requests[0].method = "GET / HTTP/1.1\r\n"; }},
       {"CONNECT", [](PlanSpec& s) { s.requests[0].method = "CONNECT"; }},
       {"", [](PlanSpec& s) { s.requests[0].method = "PURGE"; }},
       {"must begin with \"/\"", [](PlanSpec& s) { s.requests[0].path = "index.html"; }},
       {"must begin with \"/\"", [](PlanSpec& s) { s.requests[0].path = ""; }},
       {"must not hold spaces", [](PlanSpec& s) { s.requests[0].path = "/a b"; }},
       {"must not hold spaces", [](PlanSpec& s) { s.requests[0].path = "/a\r\nb"; }},
       {"must not hold spaces", [](PlanSpec& s) { s.requests[0].path = "/a#b"; }},
       {"must not hold spaces", [](PlanSpec& s) { s.requests[0].path = "/\xc3\xa4"; }},
       {"path is longer", [](PlanSpec& s) { s.requests[0].path.append(16 << 10, 'a'); }},
       {"", [](PlanSpec& s) { s.requests[0].path = "/cart?x=1&y=%20"; }},
       {"timeout must be above 0", [](PlanSpec& s) { s.requests[0].timeout = Duration(); }},
       {"connect_timeout must be",
        [](PlanSpec& s) { s.requests[0].connect_timeout = Duration::Max(); }},
       {"", [](PlanSpec& s) { s.requests[0].body.assign(1 << 20, 'a'); }},
       {"at most 1 MiB", [](PlanSpec& s) { s.requests[0].body.assign((1 << 20) + 1, 'a'); }}});
}

TEST(PlanCheckTest, AllBodiesTogetherHaveALimit) {
  PlanSpec spec = OpenSpec();
  for (int i = 0; i < 17; ++i) {
    spec.requests.push_back({.name = std::to_string(i), .body = std::string(1 << 20, 'a')});
  }
  EXPECT_THAT(Message(CheckPlanSpec(spec)), HasSubstr("16 MiB together"));
}

TEST(PlanCheckTest, HeadersThatWouldChangeWhereTheRequestEnds) {
  const auto with = [](std::vector<Header> headers) {
    return [headers](PlanSpec& s) { s.requests[1].headers = headers; };  // its body has 2 bytes
  };
  ExpectAll(OpenSpec,
            {{"", with({{"content-type", "application/json"}, {"x-a", ""}, {"x-a", "two\tthree"}})},
             {"", with({{"Host", "shop"}, {"Content-Length", "2"}})},
             {"no header name: \"\"", with({{"", "x"}})},
             {"no header name: \"a b\"", with({{"a b", "x"}})},
             {"no header name: \"a:\"", with({{"a:", "x"}})},
             {"must not hold line breaks", with({{"a", "x\r\nb: y"}})},
             {"must not hold line breaks", with({{"a", "x\ny"}})},
             {"must not hold line breaks", with({{"a", std::string("x\0y", 3)}})},
             {"Muster frames the body itself", with({{"Transfer-Encoding", "chunked"}})},
             {"says \"3\" but the body has 2 bytes", with({{"content-length", "3"}})},
             {"says \"+2\"", with({{"content-length", "+2"}})},
             {"must not be given twice", with({{"Host", "a"}, {"HOST", "b"}})},
             {"must not be given twice", with({{"content-length", "2"}, {"Content-Length", "2"}})},
             {"at most 100 headers", with(std::vector<Header>(101, {"a", "b"}))},
             {"more than 65536 bytes", with({{"a", std::string(65536, 'b')}})}});
}

TEST(PlanCheckTest, VersionsOfHttpAndTheirStreams) {
  const auto with = [](HttpVersion http, const char* header) {
    return [http, header](PlanSpec& s) {
      s.http = http;
      s.requests[1].headers = {{header, "x"}};
    };
  };
  ExpectAll(OpenSpec,
            {{"streams are HTTP/2's: add http: 2", [](PlanSpec& s) { s.streams = 1; }},
             {"", [](PlanSpec& s) { s.http = HttpVersion::k2, s.streams = Plan::kMaxStreams; }},
             {"", [](PlanSpec& s) { s.http = HttpVersion::kAuto, s.streams = 1; }},
             {"streams",
              [](PlanSpec& s) { s.http = HttpVersion::k2, s.streams = Plan::kMaxStreams + 1; }},
             {"", [](PlanSpec& s) { s.http = HttpVersion::k2, s.reuse_connections = false; }},
             {"", with(HttpVersion::k11, "Proxy-Connection")},
             {"request \"buy\": HTTP/2 has no header Proxy-Connection",
              with(HttpVersion::k2, "Proxy-Connection")},
             {"HTTP/2 has no header http2-SETTINGS", with(HttpVersion::kAuto, "http2-SETTINGS")},
             {"", with(HttpVersion::k2, "X-Proxy-Connection")}});
}

TEST(PlanCheckTest, ExpectAndTags) {
  const auto expect = [](std::vector<std::pair<uint16_t, uint16_t>> ranges) {
    return [ranges](PlanSpec& s) { s.requests[0].expect.ranges = ranges; };
  };
  ExpectAll(OpenSpec, {{"", expect({{200, 200}, {404, 404}, {500, 599}})},
                       {"expect names no status", expect({})},
                       {"range 99 to 200", expect({{99, 200}})},
                       {"range 200 to 600", expect({{200, 600}})},
                       {"range 300 to 200", expect({{300, 200}})},
                       {"",
                        [](PlanSpec& s) {
                          s.requests[0].tags = {{"team", "a"}, {"tier", "b"}};
                        }},
                       {"\"team\" is given twice",
                        [](PlanSpec& s) {
                          s.requests[0].tags = {{"team", "a"}, {"team", "b"}};
                        }},
                       {"name of a tag must not be empty", [](PlanSpec& s) {
                          s.requests[0].tags = {{"", "a"}};
                        }}});
}

TEST(PlanCheckTest, ThresholdsNameWhatThePlanHas) {
  const auto threshold = [](std::string_view text) {
    return [text](PlanSpec& s) { s.thresholds = {Parsed(text)}; };
  };
  ExpectAll(
      OpenSpec,
      {{"", [](PlanSpec& s) { s.thresholds.clear(); }},
       {"threshold \"error_rate{name=bui} < 1%\": there is no request called \"bui\"; did you mean "
        "\"buy\"?",
        threshold("error_rate{name=bui} < 1%")},
       {"there is no stage called \"stedy\"; did you mean \"steady\"?",
        threshold("error_rate{stage=stedy} < 1%")},
       {"\"warm\" has measure: false", threshold("error_rate{stage=warm} < 1%")},
       {"percentile must be above 0", [](PlanSpec& s) { s.thresholds[0].percentile_millis = 0; }},
       {"limit must be at least 0", [](PlanSpec& s) { s.thresholds[0].limit = -1; }},
       {"at most 100 thresholds", [](PlanSpec& s) { s.thresholds.resize(101); }}});
}

Status CheckOf(const std::string& threshold, bool open = true, bool abort = false) {
  PlanSpec spec = open ? OpenSpec() : ClosedSpec();
  spec.requests[0].tags = {{"kind", "browse"}, {"team", "web"}};
  spec.requests[1].tags = {{"kind", "checkout"}};
  spec.thresholds = {Parsed(threshold)};
  spec.thresholds[0].abort = abort;
  return CheckPlanSpec(spec);
}

TEST(PlanCheckTest, FiltersByTagSelectSomething) {
  for (const char* fine :
       {"error_rate{kind=checkout} < 1%", "error_rate{kind=browse,team=web,name=home} < 1%",
        "error_rate{tag.kind=browse} < 1%", "error_rate{worker=eu} < 1%"}) {
    EXPECT_TRUE(CheckOf(fine).ok()) << fine << ": " << CheckOf(fine);
  }
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"error_rate{knd=checkout} < 1%",
       "no request has a tag called \"knd\"; did you mean \"kind\"?"},
      {"error_rate{nam=buy} < 1%", "no request has a tag called \"nam\"; did you mean \"name\"?"},
      {"error_rate{stge=steady} < 1%", "did you mean \"stage\"?"},
      {"error_rate{wrker=eu} < 1%", "did you mean \"worker\"?"},
      {"error_rate{kind=chekout} < 1%",
       "no request has the tag kind=chekout; did you mean \"checkout\"?"},
      {"error_rate{kind=checkout,team=web} < 1%", "no request has all that its filters ask for"},
      {"error_rate{name=home,kind=checkout} < 1%", "no request has all"},
  };
  for (const auto& [text, part] : refused) {
    EXPECT_THAT(Message(CheckOf(text)), HasSubstr(part)) << text;
  }
  PlanSpec spec = OpenSpec();
  spec.thresholds[0].group = std::string(129, 'a');
  EXPECT_THAT(Message(CheckPlanSpec(spec)), HasSubstr("at most 128 bytes"));
}

TEST(PlanCheckTest, WhatCantEndARunIsRefused) {
  for (const char* fine : {"p99(response) < 1s", "error_rate < 1%", "count(failed) < 10",
                           "count(completed) > 10 over 1s", "rate > 1/s"}) {
    EXPECT_TRUE(CheckOf(fine, true, true).ok()) << fine << ": " << CheckOf(fine, true, true);
  }
  for (const char* text : {"p99(service) < 1s", "max(connect) < 1s", "count(completed) > 10",
                           "error_rate < 1% with 95% confidence"}) {
    EXPECT_TRUE(CheckOf(text).ok()) << text;
    EXPECT_THAT(Message(CheckOf(text, true, true)), HasSubstr("can")) << text;
  }
}

TEST(PlanCheckTest, AnOpenRunsRateHasNoInterval) {
  EXPECT_TRUE(CheckOf("rate > 1/s with 95% confidence", false).ok());
  EXPECT_THAT(Message(CheckOf("rate > 1/s with 95% confidence", true)),
              HasSubstr("the schedule's and has no interval"));
}

TEST(PlanCheckTest, WindowsMadeByHandAreHeldToTheSameBounds) {
  const std::vector<std::pair<std::string, std::function<void(Threshold&)>>> cases = {
      {"a window", [](Threshold& t) { t.window = Duration::Seconds(-1); }},
      {"a window", [](Threshold& t) { t.window = Duration::Seconds(90'000); }},
      {"\"for\" needs a window", [](Threshold& t) { t.window_for = Duration::Seconds(1); }},
      {"\"for\"", [](Threshold& t) { t.window_for = Duration::Seconds(-1); }},
      {"at most 1000 windows on end",
       [](Threshold& t) {
         t.window = Duration::Millis(1);
         t.window_for = Duration::Millis(1001);
       }},
      {"no interval of confidence",
       [](Threshold& t) {
         t.window = Duration::Millis(1);
         t.confident = true;
       }},
      {"abort after", [](Threshold& t) { t.abort_after = Duration::Seconds(-1); }}};
  for (const auto& [part, change] : cases) {
    PlanSpec spec = OpenSpec();
    change(spec.thresholds[0]);
    EXPECT_THAT(Message(CheckPlanSpec(spec)), HasSubstr(part));
  }
}

TEST(PlanCheckTest, RequestsMayShareAName) {
  PlanSpec spec = OpenSpec();
  spec.requests[0].name = "buy";
  EXPECT_TRUE(CheckPlanSpec(spec).ok()) << CheckPlanSpec(spec);
}

}  // namespace
}  // namespace muster
