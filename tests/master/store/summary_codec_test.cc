#include "master/store/summary_codec.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "master/report/csv_report.h"
#include "master/report/hgrm_report.h"
#include "master/report/hlog_report.h"
#include "master/report/html_report.h"
#include "master/report/json_report.h"
#include "master/report/junit_report.h"
#include "master/report/markdown_report.h"
#include "master/report/openmetrics_report.h"
#include "master/report/terminal_report.h"
#include "master/results/summary_builder.h"
#include "tests/master/report/sample_summary.h"
#include "tests/master/results/fixture.h"
#include "tests/master/store/full_summary.h"

namespace muster {
namespace {

using Json = nlohmann::json;

constexpr size_t kHead = 13;

std::string Encoded(const RunSummary& summary) {
  auto bytes = EncodeSummary(summary);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return *std::move(bytes);
}

RunSummary Decoded(const std::string& bytes) {
  auto summary = DecodeSummary(bytes);
  EXPECT_TRUE(summary.ok()) << summary.status();
  return summary.ok() ? *std::move(summary) : RunSummary{};
}

// Every output's text.
std::vector<std::string> Outputs(const RunSummary& s) {
  const CsvReport csv = MakeCsvReport(s);
  return {JsonReport(s),
          JunitReport(s),
          MarkdownReport(s),
          HtmlReport(s),
          csv.stats + csv.history + csv.failures,
          HlogReport(s),
          HgrmReport(s.latency),
          OpenMetricsReport(s),
          TerminalReport(s, {true, 120, true}),
          TerminalReport(s, {false, 60, false})};
}

// The CBOR within, and bytes around other CBOR.
std::string Raw(const std::string& bytes) {
  std::string raw(10 << 20, '\0');
  uLongf size = raw.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(raw.data()), &size,
                       reinterpret_cast<const Bytef*>(bytes.data() + kHead), bytes.size() - kHead),
            Z_OK);
  raw.resize(size);
  return raw;
}

std::string Packed(const std::string& raw) {
  uLongf size = compressBound(raw.size());
  std::string bytes = "MUSM\x01" + std::string(8 + size, '\0');
  for (size_t i = 0; i < 8; ++i) {
    bytes[5 + i] = static_cast<char>(uint64_t{raw.size()} >> (56 - 8 * i));
  }
  EXPECT_EQ(compress(reinterpret_cast<Bytef*>(bytes.data() + kHead), &size,
                     reinterpret_cast<const Bytef*>(raw.data()), raw.size()),
            Z_OK);
  return bytes.substr(0, kHead + size);
}

std::string PackedJson(const Json& json) {
  const std::vector<uint8_t> cbor = Json::to_cbor(json);
  return Packed(std::string(cbor.begin(), cbor.end()));
}

// A summary as a run makes it, with buckets, stages, thresholds and a worker.
RunSummary SummaryOfARun() {
  RunMerger merger(MakePlan(OpenSpec({"p99(response) < 1ms", "error_rate < 1%"})), 1);
  CellMap cells;
  for (uint32_t second = 0; second < 10; ++second) {
    const auto stage = static_cast<uint16_t>(second < 2 ? 0 : second < 6 ? 1 : 2);
    Cell& cell = cells[CellKey{second * 10, stage, static_cast<uint16_t>(second % 2)}];
    for (int64_t i = 0; i < 100; ++i) AddCompleted(&cell, 1'000'000 + i * 40'000 * second);
  }
  EXPECT_TRUE(merger.Accept(0, MakeBatch(1, std::move(cells), 10'000, /*last=*/true)).ok());
  SessionFacts facts;
  facts.run_id = "12ab34cd";
  facts.started_at = WallTime::FromNanos(1'709'210'096'789'000'000);
  facts.load_end = RunTime::FromNanos(10'000'000'000);
  facts.ended = RunTime::FromNanos(10'100'000'000);
  facts.workers = {WorkerFacts{"embedded", "finished", {}, {}, "eu"}};
  return BuildSummary(merger, facts);
}

TEST(SummaryCodecTest, EveryOutputIsTheSameByteForByte) {
  RunSummary closed = SampleSummary();
  closed.model = "closed";
  for (const RunSummary& summary :
       {SampleSummary(), SummaryOfARun(), FullSummary(), closed, RunSummary{}}) {
    EXPECT_EQ(Outputs(Decoded(Encoded(summary))), Outputs(summary));
  }
}

TEST(SummaryCodecTest, NothingIsLost) {
  for (const RunSummary& summary : {FullSummary(), SummaryOfARun(), RunSummary{}}) {
    const std::string bytes = Encoded(summary);
    EXPECT_EQ(Encoded(Decoded(bytes)), bytes);
  }
}

// So that the test above tests every member: none of them stands at its default in FullSummary.
void ExpectFilled(const Json& json, const std::string& path) {
  if (json.is_object() || json.is_array()) {
    EXPECT_FALSE(json.empty()) << path;
    for (const auto& [key, value] : json.items()) ExpectFilled(value, path + "." + key);
    return;
  }
  EXPECT_FALSE(json.is_null() || json == 0 || json == false) << path;
  EXPECT_FALSE(json.is_binary() && json.get_binary().empty()) << path;
}

TEST(SummaryCodecTest, TheFullSummaryIsFull) {
  Json json = Json::from_cbor(Raw(Encoded(FullSummary())));
  // The upper half of a sum of nanoseconds that fits 64 bits is 0.
  const std::function<void(Json&)> drop_sums = [&](Json& value) {
    if (value.is_object()) value.erase("sum_ns");
    for (auto& child : value) {
      if (child.is_structured()) drop_sums(child);
    }
  };
  drop_sums(json);
  ExpectFilled(json, "summary");
}

TEST(SummaryCodecTest, MembersStandUnderTheirOwnNames) {
  const Json json = Json::from_cbor(Raw(Encoded(FullSummary())));
  const Counts counts = FullCounts();
  EXPECT_EQ(json["counts"]["due"], counts.due);
  EXPECT_EQ(json["counts"]["cut"], counts.cut);
  EXPECT_EQ(json["counts"]["failed_after_send"], counts.failed_after_send);
  EXPECT_EQ(json["counts"]["bytes_received"], counts.bytes_received);
  EXPECT_EQ(json["counts"]["h2_goaways"], counts.h2_goaways);
  EXPECT_EQ(json["latency"]["response_all"]["p99_ns"], *FullSummary().latency.response_all.p99_ns);
  EXPECT_EQ(json["seed"], UINT64_MAX);
  EXPECT_EQ(json["requests_lost"], 14);
  EXPECT_EQ(json["workers"][0]["clock_offset"], -6);
  EXPECT_EQ(json["losses"][0]["last"], 7);
  EXPECT_EQ(json["verdict"]["outcome"], 70);
}

TEST(SummaryCodecTest, HistogramsComeBackWhole) {
  const RunSummary before = SummaryOfARun();
  const RunSummary after = Decoded(Encoded(before));
  EXPECT_EQ(HistogramOf(after.latency.response_all), HistogramOf(before.latency.response_all));
  ASSERT_EQ(after.timeline.size(), before.timeline.size());
  EXPECT_EQ(after.timeline[50].response, before.timeline[50].response);
}

TEST(SummaryCodecTest, WhatAnOlderMusterDidNotKnowKeepsItsDefault) {
  const RunSummary summary = Decoded(PackedJson({{"exit_code", 1}, {"counts", {{"due", 5}}}}));
  EXPECT_EQ(summary.exit_code, 1);
  EXPECT_EQ(summary.counts.due, 5U);
  EXPECT_EQ(summary.counts.started, 0U);
  EXPECT_TRUE(summary.environment.command.empty());
}

TEST(SummaryCodecTest, FewerErrorClassesThanTodayAreTakenByNumber) {
  const RunSummary summary = Decoded(PackedJson({{"counts", {{"errors", {7, 8}}}}}));
  EXPECT_EQ(summary.counts.errors[1], 8U);
  EXPECT_EQ(summary.counts.errors[2], 0U);
}

TEST(SummaryCodecTest, WhatOnlyANewerMusterKnowsIsPassedOver) {
  const RunSummary summary =
      Decoded(PackedJson({{"brand_new", {{"a", {1, nullptr, 2.5, "x"}}}}, {"exit_code", 4}}));
  EXPECT_EQ(summary.exit_code, 4);
}

TEST(SummaryCodecTest, ANewerFormatIsNamed) {
  std::string bytes = Encoded(RunSummary{});
  bytes[4] = 2;
  const Status status = DecodeSummary(bytes).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_NE(Message(status).find("newer Muster"), std::string::npos);
}

TEST(SummaryCodecTest, ValuesThatNoSummaryHasAreRefused) {
  const int64_t far = INT64_MAX;
  const auto buckets = [](std::vector<uint8_t> bytes) { return Json::binary(std::move(bytes)); };
  for (const auto& [json, error] : std::vector<std::pair<Json, std::string>>{
           {Json::array(), "no map"},
           {{{"verdict", {{"outcome", 9}}}}, "doesn't know"},
           {{{"findings", {{{"severity", 3}}}}}, "doesn't know"},
           {{{"thresholds", {{{"threshold", {{"metric", 200}}}}}}}, "doesn't know"},
           {{{"thresholds", {{{"threshold", {{"latency", kLatencyKinds}}}}}}}, "doesn't know"},
           {{{"thresholds", {{{"observed", -1.1}}}}}, "below 0"},
           {{{"thresholds", {{{"worst_window", {{"observed", -1.1}}}}}}}, "below 0"},
           {{{"thresholds", {{{"threshold", {{"limit", -1.1}}}}}}}, "below 0"},
           {{{"thresholds", {{{"certainty", {{"interval", {{"low", -1.1}}}}}}}}}, "below 0"},
           {{{"statuses", {{99, 1}}}}, "no status"},
           {{{"statuses", {{70000, 1}}}}, "too large"},
           {{{"duration", far}}, "no time"},
           {{{"exit_code", far}}, "too large"},
           {{{"seed", -1}}, "no count"},
           {{{"poisson", 1}}, "no truth value"},
           {{{"name", 5}}, "no bytes"},
           {{{"rate_per_s", 1e300}}, "no number"},
           {{{"rate_per_s", "fast"}}, "no double"},
           {{{"latency", {{"response_all", {{"p50_ns", -1}}}}}}, "below 0"},
           {{{"latency", {{"response_all", {{"buckets", buckets({0xff})}}}}}}, "buckets"},
           {{{"latency", {{"response_all", {{"buckets", buckets({2})}, {"min_ns", 5}}}}}},
            "buckets"},
           {{{"counts", {{"not_started", std::vector<int>(12, 1)}}}}, "more kinds"}}) {
    const Status status = DecodeSummary(PackedJson(json)).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << json;
    EXPECT_NE(Message(status).find(error), std::string::npos) << json << status;
  }
}

TEST(SummaryCodecTest, CutAndChangedBytesAreRefused) {
  const std::string bytes = Encoded(SampleSummary());
  for (size_t size = 0; size < bytes.size(); size += 1 + size / 50) {
    EXPECT_FALSE(DecodeSummary(bytes.substr(0, size)).ok()) << size;
  }
  for (size_t at = 0; at < bytes.size(); at += 1 + at / 20) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    EXPECT_FALSE(DecodeSummary(changed).ok()) << at;
  }
  EXPECT_FALSE(DecodeSummary(Packed(Raw(bytes) + "x")).ok());
}

// Bytes that zlib takes, whose CBOR is cut or changed anywhere: refused, or a summary that every
// output can be made of.
TEST(SummaryCodecTest, ChangedContentDoesNoHarm) {
  const std::string raw = Raw(Encoded(FullSummary()));
  uint64_t seed = 1;
  for (int i = 0; i < 2'000; ++i) {
    std::string changed = raw;
    for (int flips = 0; flips < 3; ++flips) {
      seed = seed * 6364136223846793005U + 1442695040888963407U;
      changed[(seed >> 33) % changed.size()] = static_cast<char>(seed >> 25);
    }
    if (i % 3 == 0) changed.resize((seed >> 20) % changed.size());
    const auto summary = DecodeSummary(Packed(changed));
    if (summary.ok()) {
      EXPECT_FALSE(Outputs(*summary)[0].empty());
    }
  }
}

TEST(SummaryCodecTest, ASummaryBeyondTheLimitIsNotEncoded) {
  RunSummary summary;
  summary.environment.plan_text = std::string(kMaxSummaryBytes, 'x');
  EXPECT_FALSE(EncodeSummary(summary).ok());
}

}  // namespace
}  // namespace muster
