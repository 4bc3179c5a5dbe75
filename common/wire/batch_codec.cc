#include "common/wire/batch_codec.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <functional>

#include "common/base/check.h"
#include "common/plan/plan.h"
#include "common/stats/histogram_codec.h"
#include "common/wire/field_check.h"
#include "muster/v1/results.pb.h"

namespace muster {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// --- to protobuf

template <size_t N>
void PutCounters(const std::array<uint64_t, N>& from,
                 google::protobuf::RepeatedField<uint64_t>* to) {
  size_t used = N;
  while (used > 0 && from[used - 1] == 0) --used;
  to->Assign(from.begin(), from.begin() + used);
}

void Put(const Counts& from, v1::Counts* to) {
  to->set_due(from.due);
  to->set_started(from.started);
  to->set_finished(from.finished);
  to->set_cut(from.cut);
  to->set_requests_started(from.requests_started);
  to->set_completed(from.completed);
  to->set_load_completed(from.load_completed);
  to->set_failed(from.failed);
  to->set_failed_after_send(from.failed_after_send);
  to->set_unexpected(from.unexpected);
  to->set_bytes_sent(from.bytes_sent);
  to->set_bytes_received(from.bytes_received);
  to->set_slow_connect(from.slow_connect);
  to->set_connects(from.connects);
  to->set_tls_handshakes(from.tls_handshakes);
  to->set_tls_resumed(from.tls_resumed);
  to->set_h2_goaways(from.h2_goaways);
  to->set_idle_closed(from.idle_closed);
  to->set_unanswered(from.unanswered);
  to->set_compressed(from.compressed);
  to->set_cached(from.cached);
  to->set_other_fields(from.other_fields);
  PutCounters(from.not_started, to->mutable_not_started());
  PutCounters(from.errors, to->mutable_errors());
}

void Put(const LatencySet& from, google::protobuf::RepeatedPtrField<v1::Histogram>* to) {
  for (size_t kind = 0; kind < kLatencyKinds; ++kind) {
    const Histogram& histogram = from[kind];
    if (histogram.count() == 0) continue;
    v1::Histogram* out = to->Add();
    out->set_kind(static_cast<uint32_t>(kind));
    AppendSparseCounts(histogram, out->mutable_counts());
    const auto sum = static_cast<Uint128>(histogram.sum());
    out->set_sum_low(static_cast<uint64_t>(sum));
    out->set_sum_high(static_cast<uint64_t>(sum >> 64));
    out->set_min(histogram.min());
    out->set_max(histogram.max());
    out->set_saturated(histogram.saturated());
  }
}

void Put(const CellKey& key, const Cell& from, v1::Cell* to) {
  to->set_interval(key.interval);
  to->set_stage(key.stage);
  to->set_name(key.name);
  if (from.counts != Counts{}) Put(from.counts, to->mutable_counts());
  for (const auto& [status, count] : from.statuses.entries()) {
    to->add_statuses(status);
    to->add_status_counts(count);
  }
  to->mutable_within()->Assign(from.within.begin(), from.within.end());
  to->mutable_within_onset()->Assign(from.within_onset.begin(), from.within_onset.end());
  Put(from.latency, to->mutable_latency());
  Put(from.latency_failed, to->mutable_latency_failed());
}

// Differences are taken modulo 2^64: any entries in any order come back as they were.
void Put(const std::vector<TraceEntry>& from, v1::Trace* to) {
  uint64_t k = 0, due = 0;
  for (const TraceEntry& entry : from) {
    const auto entry_due = static_cast<uint64_t>(entry.due.nanos());
    to->add_k(static_cast<int64_t>(entry.k - k));
    to->add_due_ns(static_cast<int64_t>(entry_due - due));
    to->add_started(entry.started);
    k = entry.k;
    due = entry_due;
  }
}

void Put(const GeneratorHealth& from, v1::Health* to) {
  to->set_handler_ns(from.handler_ns);
  to->set_span_ns(from.span_ns);
  to->set_cpu_ns(from.cpu_ns);
  to->set_run_queue_ns(from.run_queue_ns);
  to->set_throttled_ns(from.throttled_ns);
  to->set_steal_ns(from.steal_ns);
  to->set_host_ns(from.host_ns);
  to->set_listen_drops(from.listen_drops);
  to->set_memory_bytes(from.memory_bytes);
  to->set_memory_limit_bytes(from.memory_limit_bytes);
  to->set_descriptors(from.descriptors);
  to->set_descriptor_limit(from.descriptor_limit);
  to->set_time_wait(from.time_wait);
  to->set_local_ports(from.local_ports);
}

void Put(const DeltaBatch& from, v1::DeltaBatch* to) {
  to->set_histogram_config(Histogram::ConfigHash());
  to->set_sequence(from.sequence);
  to->set_accounted_through_ns(from.accounted_through.nanos());
  to->set_in_flight(from.in_flight);
  to->set_requests_in_flight(from.requests_in_flight);
  to->set_last(from.last);
  Put(from.health, to->mutable_health());
  for (const auto& [key, cell] : from.cells) Put(key, cell, to->add_cells());
  if (!from.trace.empty()) Put(from.trace, to->mutable_trace());
}

// --- upper bounds of sizes

constexpr size_t kVarint = 10;                   // of any number
constexpr size_t kField = kVarint + 2;           // a number with its tag
constexpr size_t kMessage = 6;                   // tag and length around a message or an array
constexpr size_t kHistogramFields = 8 * kField;  // beside its counts
constexpr size_t kSlotBytes = 12;                // of sparse counts: a gap and a count
constexpr size_t kCountsFields = 21 * kField + 2 * kMessage;  // beside its arrays

size_t MaxEncodedBytes(const LatencySet& set) {
  size_t bytes = 0;
  for (const Histogram& histogram : set) {
    if (histogram.count() == 0) continue;
    const uint64_t slots =
        std::min<uint64_t>(histogram.count(), histogram.octaves_used() * Histogram::kOctaveSlots);
    bytes += 2 * kMessage + kHistogramFields + slots * kSlotBytes;
  }
  return bytes;
}

// --- from protobuf

uint64_t Count(uint64_t value, const char* field, FieldCheck* check) {
  return check->Number<uint64_t>(value, 0, kMaxBatchCount, field);
}

template <size_t N>
void TakeCounters(const google::protobuf::RepeatedField<uint64_t>& from, const char* field,
                  std::array<uint64_t, N>* to, FieldCheck* check) {
  check->AtMost(static_cast<size_t>(from.size()), N, field);  // beyond: an unknown reason or class
  if (!check->ok()) return;
  for (int i = 0; i < from.size(); ++i) {
    (*to)[static_cast<size_t>(i)] = Count(from[i], field, check);
  }
}

Counts Take(const v1::Counts& from, FieldCheck* check) {
  Counts to;
  to.due = Count(from.due(), "due", check);
  to.started = Count(from.started(), "started", check);
  to.finished = Count(from.finished(), "finished", check);
  to.cut = Count(from.cut(), "cut", check);
  to.requests_started = Count(from.requests_started(), "requests_started", check);
  to.completed = Count(from.completed(), "completed", check);
  to.load_completed = Count(from.load_completed(), "load_completed", check);
  to.failed = Count(from.failed(), "failed", check);
  to.failed_after_send = Count(from.failed_after_send(), "failed_after_send", check);
  to.unexpected = Count(from.unexpected(), "unexpected", check);
  to.bytes_sent = Count(from.bytes_sent(), "bytes_sent", check);
  to.bytes_received = Count(from.bytes_received(), "bytes_received", check);
  to.slow_connect = Count(from.slow_connect(), "slow_connect", check);
  to.connects = Count(from.connects(), "connects", check);
  to.tls_handshakes = Count(from.tls_handshakes(), "tls_handshakes", check);
  to.tls_resumed = Count(from.tls_resumed(), "tls_resumed", check);
  to.h2_goaways = Count(from.h2_goaways(), "h2_goaways", check);
  to.idle_closed = Count(from.idle_closed(), "idle_closed", check);
  to.unanswered = Count(from.unanswered(), "unanswered", check);
  to.compressed = Count(from.compressed(), "compressed", check);
  to.cached = Count(from.cached(), "cached", check);
  to.other_fields = Count(from.other_fields(), "other_fields", check);
  TakeCounters(from.not_started(), "not_started", &to.not_started, check);
  TakeCounters(from.errors(), "errors", &to.errors, check);
  return to;
}

void TakeStatuses(const v1::Cell& from, StatusCounts* to, FieldCheck* check) {
  if (from.statuses_size() != from.status_counts_size()) {
    return check->Refuse("statuses", "and their counts differ in number");
  }
  uint32_t before = 99;
  for (int i = 0; i < from.statuses_size() && check->ok(); ++i) {
    const auto status = check->Number<uint16_t>(from.statuses(i), 100, 599, "status");
    const auto count =
        check->Number<uint64_t>(from.status_counts(i), 1, kMaxBatchCount, "status count");
    if (status <= before) check->Refuse("statuses", "do not ascend");
    if (check->ok()) to->Add(status, count);
    before = status;
  }
}

std::vector<uint64_t> TakeWithin(const google::protobuf::RepeatedField<uint64_t>& from,
                                 const char* field, FieldCheck* check) {
  std::vector<uint64_t> to;
  check->AtMost(static_cast<size_t>(from.size()), Plan::kMaxThresholds, field);
  if (!check->ok()) return to;
  for (const uint64_t count : from) to.push_back(Count(count, field, check));
  return to;
}

// Decodes cells within the batch's budget of memory.
class CellDecoder {
 public:
  explicit CellDecoder(FieldCheck* check) : check_(check) {}

  void Decode(const v1::Cell& from, CellMap* cells) {
    const CellKey key = {from.interval(),
                         check_->Number<uint16_t>(from.stage(), 0, Plan::kMaxStages - 1, "stage"),
                         check_->Number<uint16_t>(from.name(), 0, Plan::kMaxRequests - 1, "name")};
    if (!cells->empty() && key <= cells->rbegin()->first) check_->Refuse("cells", "do not ascend");
    if (!check_->ok()) return;
    Cell& cell = cells->try_emplace(cells->end(), key)->second;
    cell.counts = Take(from.counts(), check_);
    TakeStatuses(from, &cell.statuses, check_);
    cell.within = TakeWithin(from.within(), "within", check_);
    cell.within_onset = TakeWithin(from.within_onset(), "within_onset", check_);
    DecodeSet(from.latency(), "latency", &cell.latency);
    DecodeSet(from.latency_failed(), "latency_failed", &cell.latency_failed);
  }

 private:
  void DecodeSet(const google::protobuf::RepeatedPtrField<v1::Histogram>& from, const char* field,
                 LatencySet* to) {
    size_t next = 0;  // the least kind that may follow
    for (const v1::Histogram& histogram : from) {
      const auto kind = check_->Number<size_t>(histogram.kind(), next, kLatencyKinds - 1, field);
      if (!check_->ok()) return;
      next = kind + 1;
      const Status status = DecodeHistogram(histogram, &(*to)[kind]);
      if (!status.ok()) return check_->Refuse(field, Message(status));
    }
  }

  Status DecodeHistogram(const v1::Histogram& from, Histogram* to) {
    RETURN_IF_ERROR(AddSparseCounts(from.counts(), to));
    if (to->count() == 0) return InvalidArgument("is sent without records");
    if (to->count() > kMaxBatchCount) return InvalidArgument("has too many records");
    const Uint128 sum = static_cast<Uint128>(from.sum_high()) << 64 | from.sum_low();
    RETURN_IF_ERROR(
        to->SetExact(static_cast<Int128>(sum), from.min(), from.max(), from.saturated()));
    octaves_ += to->octaves_used();
    if (octaves_ > kMaxBatchOctaves) return InvalidArgument("needs too much memory");
    return absl::OkStatus();
  }

  FieldCheck* check_;
  size_t octaves_ = 0;
};

void Take(const v1::Trace& from, std::vector<TraceEntry>* to, FieldCheck* check) {
  if (from.due_ns_size() != from.k_size() || from.started_size() != from.k_size()) {
    return check->Refuse("trace", "has arrays of unlike lengths");
  }
  check->AtMost(static_cast<size_t>(from.k_size()), kMaxBatchTrace, "trace");
  if (!check->ok()) return;
  to->reserve(static_cast<size_t>(from.k_size()));
  uint64_t k = 0, due = 0;
  for (int i = 0; i < from.k_size(); ++i) {
    k += static_cast<uint64_t>(from.k(i));
    due += static_cast<uint64_t>(from.due_ns(i));
    to->push_back({k, RunTime::FromNanos(static_cast<int64_t>(due)), from.started(i)});
  }
}

GeneratorHealth Take(const v1::Health& from, FieldCheck* check) {
  const auto span = [check](uint64_t nanos, const char* field) {
    return check->Number<uint64_t>(nanos, 0, FieldCheck::kMaxDurationNs, field);
  };
  GeneratorHealth to;
  to.handler_ns = span(from.handler_ns(), "health.handler_ns");
  to.span_ns = span(from.span_ns(), "health.span_ns");
  to.cpu_ns = span(from.cpu_ns(), "health.cpu_ns");
  to.run_queue_ns = span(from.run_queue_ns(), "health.run_queue_ns");
  to.throttled_ns = span(from.throttled_ns(), "health.throttled_ns");
  to.steal_ns = span(from.steal_ns(), "health.steal_ns");
  to.host_ns = span(from.host_ns(), "health.host_ns");
  to.listen_drops = Count(from.listen_drops(), "health.listen_drops", check);
  to.memory_bytes = Count(from.memory_bytes(), "health.memory_bytes", check);
  to.memory_limit_bytes = Count(from.memory_limit_bytes(), "health.memory_limit_bytes", check);
  to.descriptors = Count(from.descriptors(), "health.descriptors", check);
  to.descriptor_limit = Count(from.descriptor_limit(), "health.descriptor_limit", check);
  to.time_wait = Count(from.time_wait(), "health.time_wait", check);
  to.local_ports = Count(from.local_ports(), "health.local_ports", check);
  return to;
}

// --- before parsing

// Calls `fn` with each length-delimited field `number` of a message. False when the bytes are no
// message or `fn` says so.
bool ForEachField(std::string_view bytes, int number,
                  const std::function<bool(std::string_view)>& fn) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  while (const uint32_t tag = in.ReadTag()) {
    if (tag != WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED)) {
      if (!WireFormatLite::SkipField(&in, tag)) return false;
      continue;
    }
    uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return false;
    const auto at = static_cast<size_t>(in.CurrentPosition());
    if (size > bytes.size() - at || !fn(bytes.substr(at, size))) return false;
    if (!in.Skip(static_cast<int>(size))) return false;
  }
  return in.ConsumedEntireMessage();
}

// Parsing makes an object of a few hundred bytes for every message of two bytes, so messages are
// counted before it.
Status CheckMessageCounts(std::string_view bytes) {
  size_t cells = 0, most_histograms = 0;
  const bool whole =
      ForEachField(bytes, v1::DeltaBatch::kCellsFieldNumber, [&](std::string_view cell) {
        size_t histograms = 0;
        const auto count = [&](std::string_view) { return ++histograms <= 2 * kLatencyKinds; };
        const bool few = ForEachField(cell, v1::Cell::kLatencyFieldNumber, count) &&
                         ForEachField(cell, v1::Cell::kLatencyFailedFieldNumber, count);
        most_histograms = std::max(most_histograms, histograms);
        return few && ++cells <= kMaxBatchCells;
      });
  FieldCheck check("batch");
  check.AtMost(cells, kMaxBatchCells, "cells");
  check.AtMost(most_histograms, 2 * kLatencyKinds, "a cell's histograms");
  RETURN_IF_ERROR(check.status());
  return whole ? absl::OkStatus() : InvalidArgument("batch: not a muster.v1.DeltaBatch");
}

}  // namespace

size_t MaxEncodedBytes(const Cell& cell) {
  const size_t key = kMessage + 3 * kField;
  const size_t counts = kMessage + kCountsFields + (kNotStartedReasons + kErrorClasses) * kVarint;
  const size_t arrays = 4 * kMessage + (2 * cell.statuses.entries().size() + cell.within.size() +
                                        cell.within_onset.size()) *
                                           kVarint;
  return key + counts + arrays + MaxEncodedBytes(cell.latency) +
         MaxEncodedBytes(cell.latency_failed);
}

std::string EncodeBatch(const DeltaBatch& batch) {
  v1::DeltaBatch message;
  Put(batch, &message);
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  CHECK(message.SerializeToCodedStream(&coded));
  coded.Trim();
  return bytes;
}

StatusOr<DeltaBatch> DecodeBatch(std::string_view bytes) {
  FieldCheck check("batch");
  check.AtMost(bytes.size(), kMaxBatchBytes, "bytes");
  RETURN_IF_ERROR(check.status());
  RETURN_IF_ERROR(CheckMessageCounts(bytes));
  google::protobuf::Arena arena;  // some hundred small messages that go together
  v1::DeltaBatch& message = *google::protobuf::Arena::CreateMessage<v1::DeltaBatch>(&arena);
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return InvalidArgument("batch: not a muster.v1.DeltaBatch");
  }
  if (message.histogram_config() != Histogram::ConfigHash()) {
    check.Refuse("histogram_config", "is another layout's");
  }
  DeltaBatch batch;
  batch.sequence = check.Number<uint64_t>(message.sequence(), 1, UINT64_MAX, "sequence");
  batch.accounted_through = RunTime::FromNanos(message.accounted_through_ns());
  batch.in_flight = Count(message.in_flight(), "in_flight", &check);
  batch.requests_in_flight = Count(message.requests_in_flight(), "requests_in_flight", &check);
  batch.last = message.last();
  batch.health = Take(message.health(), &check);
  CellDecoder decoder(&check);
  for (int i = 0; i < message.cells_size() && check.ok(); ++i) {
    decoder.Decode(message.cells(i), &batch.cells);
  }
  if (check.ok()) Take(message.trace(), &batch.trace, &check);
  RETURN_IF_ERROR(check.status());
  return batch;
}

}  // namespace muster
