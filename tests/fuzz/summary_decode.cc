// Any bytes as the CBOR of a stored summary: refused, or a summary that every output can be made of
// and that is encoded to bytes which decode to it. (zlib stands around them; its checksum would
// keep nearly every change from the decoder.)
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/check.h"
#include "master/report/csv_report.h"
#include "master/report/hgrm_report.h"
#include "master/report/hlog_report.h"
#include "master/report/html_report.h"
#include "master/report/json_report.h"
#include "master/report/junit_report.h"
#include "master/report/markdown_report.h"
#include "master/report/openmetrics_report.h"
#include "master/report/terminal_report.h"
#include "master/store/summary_codec.h"

namespace {

std::string Packed(const uint8_t* data, size_t size) {
  uLongf length = compressBound(size);
  std::string bytes = "MUSM\x01" + std::string(8 + length, '\0');
  for (size_t i = 0; i < 8; ++i) bytes[5 + i] = static_cast<char>(uint64_t{size} >> (56 - 8 * i));
  CHECK_EQ(compress2(reinterpret_cast<Bytef*>(bytes.data() + 13), &length, data, size, 1), Z_OK);
  bytes.resize(13 + length);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto summary = muster::DecodeSummary(Packed(data, size));
  if (!summary.ok()) return 0;
  CHECK(!muster::JsonReport(*summary).empty());
  CHECK(!muster::JunitReport(*summary).empty());
  CHECK(!muster::MarkdownReport(*summary).empty());
  CHECK(!muster::HtmlReport(*summary).empty());
  CHECK(!muster::MakeCsvReport(*summary).stats.empty());
  CHECK(!muster::HlogReport(*summary).empty());
  CHECK(!muster::HgrmReport(summary->latency).empty());
  CHECK(!muster::OpenMetricsReport(*summary).empty());
  CHECK(!muster::TerminalReport(*summary, {true, 80, true}).empty());
  const auto encoded = muster::EncodeSummary(*summary);
  CHECK(encoded.ok()) << encoded.status().ToString();
  const auto again = muster::DecodeSummary(*encoded);
  CHECK(again.ok()) << again.status().ToString();
  CHECK(*muster::EncodeSummary(*again) == *encoded);
  return 0;
}
