// The C++ side of cross_check.js. Writes histograms in HdrHistogram's encodings beside what they
// hold, and prints what it reads from those of others:
//
//   write            lines of: name, summary, base64 of plain V2, base64 of compressed V2
//   write-hlog FILE  an .hlog; prints lines of: tag, start and end in ms since the epoch, count,
//   max read FILE        for each line of base64: summary read-hlog FILE   for each interval: tag,
//   start and end in seconds, count, max
//   write-hgrm       of each histogram a line "=== name", its compressed V2, its percentile table
//
// A summary is count, max and p50 p90 p99 p99.9 p100, values as the highest of their bucket, which
// is what HdrHistogram prints.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "common/stats/histogram_codec.h"
#include "common/stats/hlog.h"
#include "master/report/hgrm_report.h"

namespace muster {
namespace {

using Named = std::pair<std::string, Histogram>;

std::vector<Named> Histograms() {
  std::vector<Named> all;
  all.emplace_back("empty", Histogram());
  for (const int64_t value : {int64_t{0}, int64_t{1}, int64_t{2047}, int64_t{2048},
                              int64_t{123'456'789}, Histogram::kHighest}) {
    all.emplace_back("single-" + std::to_string(value), Histogram());
    all.back().second.Record(value);
  }
  for (const uint64_t n : {2u, 1000u, 20'011u}) {
    Histogram uniform, wide, gaps;
    for (uint64_t i = 0; i < n; ++i) {
      const uint64_t bits = RandomBits(n, RandomStream::kThinkTime, i);
      uniform.Record(static_cast<int64_t>(RandomBelow(50'000'000, bits)));
      wide.Record(static_cast<int64_t>((bits >> 24) % Histogram::kHighest) >> (i % 40));
      gaps.RecordMany(static_cast<int64_t>(2 * (i % 300)), 1 + (bits & 0xfffff));
    }
    all.emplace_back("uniform-" + std::to_string(n), std::move(uniform));
    all.emplace_back("wide-" + std::to_string(n), std::move(wide));
    all.emplace_back("gaps-" + std::to_string(n), std::move(gaps));
  }
  return all;
}

int64_t HighestEquivalent(int64_t value) {
  return Histogram::HighestInSlot(Histogram::SlotOf(value));
}

std::string Summary(const Histogram& h) {
  std::string text = std::to_string(h.count()) + " " + std::to_string(HighestEquivalent(h.max()));
  for (const uint32_t p : {50'000u, 90'000u, 99'000u, 99'900u, 100'000u}) {
    text += " " + std::to_string(HighestEquivalent(h.ValueAtPercentile(p)));
  }
  return text;
}

int Write() {
  for (const auto& [name, h] : Histograms()) {
    std::cout << name << ' ' << Summary(h) << ' ' << Base64(EncodeV2(h)) << ' '
              << Base64(EncodeV2Compressed(h)) << '\n';
  }
  return 0;
}

int WriteLog(const char* file) {
  constexpr int64_t kBaseMs = 1'700'000'000'125;
  std::vector<HlogInterval> intervals;
  for (const auto& [name, h] : Histograms()) {
    const auto i = static_cast<int64_t>(intervals.size());
    intervals.push_back(
        {i % 3 == 0 ? "" : name, RunTime::FromNanos(i * 100'000'000), Duration::Millis(100), h});
    std::cout << (i % 3 == 0 ? "-" : name) << ' ' << kBaseMs + i * 100 << ' '
              << kBaseMs + (i + 1) * 100 << ' ' << h.count() << ' '
              << (h.count() == 0 ? 0 : HighestEquivalent(h.max())) << '\n';
  }
  std::ofstream out(file);
  WriteHlog(WallTime::FromNanos(kBaseMs * 1'000'000), intervals, out);
  return out.good() ? 0 : 1;
}

int WriteTables() {
  for (const auto& [name, h] : Histograms()) {
    LatencyTable latency;
    latency.response_all = latency.by_kind[0] = Summarize(h);
    std::cout << "=== " << name << '\n'
              << Base64(EncodeV2Compressed(h)) << '\n'
              << HgrmReport(latency);
  }
  return 0;
}

int Read(const char* file) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const StatusOr<std::string> bytes = FromBase64(line);
    const StatusOr<Histogram> h = bytes.ok() ? DecodeV2(*bytes) : bytes.status();
    if (!h.ok()) {
      std::cerr << h.status() << '\n';
      return 1;
    }
    std::cout << Summary(*h) << '\n';
  }
  return 0;
}

int ReadLog(const char* file) {
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto intervals = ReadHlog(text);
  if (!intervals.ok()) {
    std::cerr << intervals.status() << '\n';
    return 1;
  }
  for (const HlogInterval& i : *intervals) {
    std::cout << i.tag << ' ' << static_cast<double>(i.start.nanos()) / 1e9 << ' '
              << static_cast<double>((i.start + i.length).nanos()) / 1e9 << ' '
              << i.histogram.count() << ' ' << HighestEquivalent(i.histogram.max()) << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "write" && argc == 2) return muster::Write();
  if (mode == "write-hgrm" && argc == 2) return muster::WriteTables();
  if (mode == "write-hlog" && argc == 3) return muster::WriteLog(argv[2]);
  if (mode == "read" && argc == 3) return muster::Read(argv[2]);
  if (mode == "read-hlog" && argc == 3) return muster::ReadLog(argv[2]);
  std::cerr << "usage: hdr_histogram_tool write | write-hlog FILE | write-hgrm | read FILE | "
               "read-hlog FILE\n";
  return 2;
}
