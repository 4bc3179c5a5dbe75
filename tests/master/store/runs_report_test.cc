#include "master/store/runs_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace muster {
namespace {

StoredRun SampleRun() {
  StoredRun run;
  run.id = "7f3a91c2";
  run.name = "shop";
  run.model = "open";
  run.asked = "2,000/s";
  run.target = "http://127.0.0.1:8080";
  run.started_at = WallTime::FromNanos(1'709'210'096'789'000'000);
  run.finished = run.pinned = true;
  run.bytes = 5'000;
  run.rate_per_s = 1'998.4;
  run.p50_ns = 12'100'000;
  run.error_rate = 0.0004;
  run.outcome = Outcome::kGeneratorLimited;
  run.exit_code = 4;
  return run;
}

StoredRun UnfinishedRun() {
  StoredRun run;
  run.id = "00000001";
  run.name = std::string("na\x1b[31mme that is much too long to be shown as a whole");
  run.model = "closed";
  run.asked = "50 users";
  return run;
}

const TextOptions kPlain{.color = false, .width = 200, .unicode = true};

TEST(RunsReportTest, OneLineARun) {
  EXPECT_EQ(
      RunsTable({{SampleRun(), UnfinishedRun()}, 2}, kPlain),
      "run        when (UTC)        name                              load             target      "
      "              rate     p50  p99  errors  verdict\n"
      "7f3a91c2*  2024-02-29 12:34  shop                              open 2,000/s     "
      "http://127.0.0.1:8080  1,998/s  12.1ms    -  0.04 %  generator-limited\n"
      "00000001   1970-01-01 00:00  na?[31mme that is much too long~  closed 50 users              "
      "                 -       -    -       -  unfinished\n");
}

TEST(RunsReportTest, WhatTheLimitLeftOutIsSaid) {
  EXPECT_NE(RunsTable({{SampleRun()}, 1'201}, kPlain).find("and 1,200 older ones; --limit"),
            std::string::npos);
  EXPECT_EQ(RunsTable({{}, 0}, kPlain), "no runs\n");
}

TEST(RunsReportTest, ColoursAreThereWhenAskedFor) {
  EXPECT_EQ(RunsTable({{SampleRun()}, 1}, kPlain).find('\x1b'), std::string::npos);
  EXPECT_NE(RunsTable({{SampleRun()}, 1}, {true, 200, true}).find("\x1b[33mgenerator-limited"),
            std::string::npos);
}

TEST(RunsReportTest, JsonHasNumbersAndNulls) {
  const auto json = nlohmann::json::parse(RunsJson({{SampleRun(), UnfinishedRun()}, 7}));
  EXPECT_EQ(json["schema"], "muster-runs/1");
  EXPECT_EQ(json["matching"], 7);
  const auto& run = json["runs"][0];
  EXPECT_EQ(run["started_at"], "2024-02-29T12:34:56.789Z");
  EXPECT_EQ(run["state"], "finished");
  EXPECT_EQ(run["pinned"], true);
  EXPECT_EQ(run["p50_ns"], 12'100'000);
  EXPECT_TRUE(run["p99_ns"].is_null());
  EXPECT_EQ(run["outcome"], "generator_limited");
  EXPECT_EQ(run["exit_code"], 4);
  const auto& other = json["runs"][1];
  EXPECT_EQ(other["state"], "unfinished");
  for (const char* key : {"load_rate_per_s", "p50_ns", "error_rate", "outcome", "exit_code"}) {
    EXPECT_TRUE(other[key].is_null()) << key;
  }
}

}  // namespace
}  // namespace muster
