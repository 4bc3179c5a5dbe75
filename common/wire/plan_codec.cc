#include "common/wire/plan_codec.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/evp.h>

#include <array>
#include <cmath>

#include "absl/strings/str_format.h"
#include "common/base/check.h"
#include "common/base/names.h"
#include "common/plan/secret_headers.h"
#include "common/wire/field_check.h"
#include "common/wire/hold_codec.h"
#include "muster/v1/assignment.pb.h"

namespace muster {
namespace {

// An enumerator's number on the wire is its number here.
template <typename To, typename From>
constexpr To SameNumber(From value) {
  return static_cast<To>(static_cast<int>(value));
}
static_assert(SameNumber<int>(Target::Kind::kUnix) == v1::Target::KIND_UNIX);
static_assert(SameNumber<int>(ArrivalKind::kPoisson) == v1::OpenLoad::ARRIVALS_POISSON);
static_assert(SameNumber<int>(Threshold::Metric::kPercentile) == v1::Threshold::METRIC_PERCENTILE);
static_assert(SameNumber<int>(Threshold::Metric::kWithin) == v1::Threshold::METRIC_WITHIN);
static_assert(SameNumber<int>(Threshold::Metric::kErrorRate) == v1::Threshold::METRIC_ERROR_RATE);
static_assert(SameNumber<int>(Threshold::Metric::kCount) == v1::Threshold::METRIC_COUNT);
static_assert(SameNumber<int>(Threshold::Op::kGreaterEqual) == v1::Threshold::OP_GREATER_EQUAL);
constexpr size_t kTlsVersions = 2;
constexpr size_t kHttpVersions = 3;
static_assert(static_cast<size_t>(TlsVersion::k13) + 1 == kTlsVersions);
static_assert(static_cast<size_t>(HttpVersion::kAuto) + 1 == kHttpVersions);
constexpr size_t kTargetKinds = v1::Target::Kind_ARRAYSIZE;
constexpr size_t kArrivalKinds = v1::OpenLoad::Arrivals_ARRAYSIZE;
constexpr size_t kMetrics = v1::Threshold::Metric_ARRAYSIZE;
constexpr size_t kOps = v1::Threshold::Op_ARRAYSIZE;

// --- to protobuf

void Put(const Target& from, v1::Target* to) {
  to->set_kind(SameNumber<v1::Target::Kind>(from.kind));
  to->set_host(from.host);
  to->set_port(from.port);
  to->set_socket_path(from.socket_path);
  to->set_authority(from.authority);
  to->set_tls(from.tls);
}

void Put(const TlsSettings& from, v1::Tls* to) {
  to->set_verify(from.verify);
  to->set_ca_pem(from.ca_pem);
  to->set_cert_pem(from.cert_pem);
  to->set_key_pem(from.key_pem);
  to->set_server_name(from.server_name);
  to->set_min_version(static_cast<uint32_t>(from.min_version));
  to->set_max_version(static_cast<uint32_t>(from.max_version));
  to->set_resume(from.resume);
}

void Put(const OpenLoad& from, v1::OpenLoad* to) {
  to->set_arrivals(SameNumber<v1::OpenLoad::Arrivals>(from.arrivals));
  for (const RateSegment& segment : from.segments) {
    v1::RateSegment* out = to->add_segments();
    out->set_from(segment.from.micro_per_hour);
    out->set_to(segment.to.micro_per_hour);
    out->set_length_ns(segment.length.nanos());
    out->set_stage(segment.stage);
  }
  to->set_max_in_flight(from.max_in_flight);
  to->set_max_lateness_ns(from.max_lateness.nanos());
}

void Put(const ClosedLoad& from, v1::ClosedLoad* to) {
  for (const UserSegment& segment : from.segments) {
    v1::UserSegment* out = to->add_segments();
    out->set_from(segment.from);
    out->set_to(segment.to);
    out->set_length_ns(segment.length.nanos());
    out->set_stage(segment.stage);
  }
  to->set_think_min_ns(from.think_min.nanos());
  to->set_think_max_ns(from.think_max.nanos());
  to->set_own_connections(from.own_connections);
}

void Put(const std::pair<std::string, std::string>& from, v1::Pair* to) {
  to->set_name(from.first);
  to->set_value(from.second);
}

void Put(const RequestSpec& from, v1::Request* to) {
  to->set_name(from.name);
  to->set_method(from.method);
  to->set_path(from.path);
  for (const Header& header : from.headers) Put(header, to->add_headers());
  to->set_body(from.body);
  to->set_weight(from.weight);
  to->set_timeout_ns(from.timeout.nanos());
  to->set_connect_timeout_ns(from.connect_timeout.nanos());
  for (const auto& [low, high] : from.expect.ranges) {
    v1::StatusRange* range = to->add_expect();
    range->set_low(low);
    range->set_high(high);
  }
  for (const auto& tag : from.tags) Put(tag, to->add_tags());
}

void Put(const Threshold& from, v1::Threshold* to) {
  to->set_metric(SameNumber<v1::Threshold::Metric>(from.metric));
  to->set_latency(static_cast<uint32_t>(from.latency));
  to->set_percentile_millis(from.percentile_millis);
  to->set_ok_only(from.ok_only);
  to->set_within_ns(from.within.nanos());
  to->set_count(static_cast<uint32_t>(from.count));
  to->set_name(from.name);
  to->set_stage(from.stage);
  to->set_op(SameNumber<v1::Threshold::Op>(from.op));
  to->set_limit(from.limit);
  to->set_expression(from.expression);
  to->set_is_default(from.is_default);
  to->set_group(from.group);
  for (const Threshold::Tag& tag : from.tags) Put(tag, to->add_tags());
  to->set_window_ns(from.window.nanos());
  to->set_window_for_ns(from.window_for.nanos());
  to->set_confident(from.confident);
  to->set_abort(from.abort);
  to->set_abort_after_ns(from.abort_after.nanos());
}

void Put(const PlanSpec& from, v1::Plan* to) {
  to->set_name(from.name);
  Put(from.target, to->mutable_target());
  Put(from.tls, to->mutable_tls());
  to->set_http(static_cast<uint32_t>(from.http));
  to->set_streams(from.streams);
  if (from.connect_rate.has_value()) to->set_connect_rate(from.connect_rate->micro_per_hour);
  for (const ResolveRule& rule : from.resolve) {
    v1::ResolveRule* out = to->add_resolve();
    out->set_host(rule.host);
    out->set_port(rule.port);
    out->set_address(rule.address);
  }
  for (const Stage& stage : from.stages) {
    v1::Stage* out = to->add_stages();
    out->set_name(stage.name);
    out->set_measure(stage.measure);
  }
  if (const auto* open = std::get_if<OpenLoad>(&from.load)) {
    Put(*open, to->mutable_open());
  } else {
    Put(std::get<ClosedLoad>(from.load), to->mutable_closed());
  }
  if (from.iterations.has_value()) to->set_iterations(*from.iterations);
  to->set_connections(from.connections);
  to->set_reuse_connections(from.reuse_connections);
  for (const RequestSpec& request : from.requests) Put(request, to->add_requests());
  for (const Threshold& threshold : from.thresholds) Put(threshold, to->add_thresholds());
  to->set_drain_ns(from.drain.nanos());
  to->set_seed(from.seed);
  PutHolds(from.holds, to);
}

// --- from protobuf

uint16_t StageIndex(uint32_t stage, FieldCheck* check) {
  return check->Number<uint16_t>(stage, 0, Plan::kMaxStages - 1, "stage index");
}

Target Take(const v1::Target& from, FieldCheck* check) {
  Target to;
  to.kind =
      check->Enumerator<Target::Kind>(static_cast<int>(from.kind()), kTargetKinds, "target.kind");
  to.host = from.host();
  to.port = check->Number<uint16_t>(from.port(), 0, UINT16_MAX, "target.port");
  to.socket_path = from.socket_path();
  to.authority = from.authority();
  to.tls = from.tls();
  return to;
}

TlsSettings Take(const v1::Tls& from, FieldCheck* check) {
  for (const std::string* pem : {&from.ca_pem(), &from.cert_pem(), &from.key_pem()}) {
    check->AtMost(pem->size(), Plan::kMaxPemBytes, "tls file");
  }
  TlsSettings to;
  if (!check->ok()) return to;
  to.verify = from.verify();
  to.ca_pem = from.ca_pem();
  to.cert_pem = from.cert_pem();
  to.key_pem = from.key_pem();
  to.server_name = from.server_name();
  to.min_version =
      check->Enumerator<TlsVersion>(from.min_version(), kTlsVersions, "tls.min_version");
  to.max_version =
      check->Enumerator<TlsVersion>(from.max_version(), kTlsVersions, "tls.max_version");
  to.resume = from.resume();
  return to;
}

OpenLoad Take(const v1::OpenLoad& from, FieldCheck* check) {
  OpenLoad to;
  to.arrivals = check->Enumerator<ArrivalKind>(static_cast<int>(from.arrivals()), kArrivalKinds,
                                               "load.arrivals");
  check->AtMost(static_cast<size_t>(from.segments_size()), kMaxPlanSegments, "load.segments");
  if (!check->ok()) return to;
  for (const v1::RateSegment& segment : from.segments()) {
    to.segments.push_back({{check->Number<int64_t>(segment.from(), 0, Rate::kMax, "rate")},
                           {check->Number<int64_t>(segment.to(), 0, Rate::kMax, "rate")},
                           check->Span(segment.length_ns(), "segment length"),
                           StageIndex(segment.stage(), check)});
  }
  to.max_in_flight = from.max_in_flight();
  to.max_lateness = check->Span(from.max_lateness_ns(), "max_lateness");
  return to;
}

ClosedLoad Take(const v1::ClosedLoad& from, FieldCheck* check) {
  ClosedLoad to;
  check->AtMost(static_cast<size_t>(from.segments_size()), kMaxPlanSegments, "load.segments");
  if (!check->ok()) return to;
  for (const v1::UserSegment& segment : from.segments()) {
    to.segments.push_back(
        {check->Number<uint32_t>(segment.from(), 0, UserProfile::kMaxUsers, "users"),
         check->Number<uint32_t>(segment.to(), 0, UserProfile::kMaxUsers, "users"),
         check->Span(segment.length_ns(), "segment length"), StageIndex(segment.stage(), check)});
  }
  to.think_min = check->Span(from.think_min_ns(), "think_min");
  to.think_max = check->Span(from.think_max_ns(), "think_max");
  to.own_connections = from.own_connections();
  return to;
}

RequestSpec Take(const v1::Request& from, FieldCheck* check) {
  RequestSpec to;
  to.name = from.name();
  to.method = from.method();
  to.path = from.path();
  for (const v1::Pair& header : from.headers()) {
    to.headers.emplace_back(header.name(), header.value());
  }
  check->AtMost(from.body().size(), Plan::kMaxBodyBytes, "request body");
  to.body = from.body();
  to.weight = check->Number<uint32_t>(from.weight(), 1, UINT32_MAX, "request weight");
  to.timeout = check->Span(from.timeout_ns(), "timeout");
  to.connect_timeout = check->Span(from.connect_timeout_ns(), "connect_timeout");
  to.expect.ranges.clear();
  for (const v1::StatusRange& range : from.expect()) {
    const auto low = check->Number<uint16_t>(range.low(), 100, 599, "expected status");
    to.expect.ranges.emplace_back(
        low, check->Number<uint16_t>(range.high(), low, 599, "expected status"));
  }
  for (const v1::Pair& tag : from.tags()) to.tags.emplace_back(tag.name(), tag.value());
  return to;
}

Threshold Take(const v1::Threshold& from, FieldCheck* check) {
  Threshold to;
  to.metric = check->Enumerator<Threshold::Metric>(static_cast<int>(from.metric()), kMetrics,
                                                   "threshold.metric");
  to.latency = check->Enumerator<LatencyKind>(from.latency(), kLatencyKinds, "threshold.latency");
  to.percentile_millis =
      check->Number<uint32_t>(from.percentile_millis(), 0, 100'000, "threshold.percentile");
  to.ok_only = from.ok_only();
  to.within = check->Span(from.within_ns(), "threshold.within");
  to.count = check->Enumerator<CountKind>(from.count(), kCountNames.size(), "threshold.count");
  to.name = from.name();
  to.stage = from.stage();
  to.op = check->Enumerator<Threshold::Op>(static_cast<int>(from.op()), kOps, "threshold.op");
  if (!std::isfinite(from.limit())) check->Refuse("threshold.limit", "is not a number");
  to.limit = from.limit();
  to.expression = from.expression();
  to.is_default = from.is_default();
  to.group = from.group();
  for (const v1::Pair& tag : from.tags()) to.tags.emplace_back(tag.name(), tag.value());
  to.window = check->Span(from.window_ns(), "threshold.window");
  to.window_for = check->Span(from.window_for_ns(), "threshold.window_for");
  to.confident = from.confident();
  to.abort = from.abort();
  to.abort_after = check->Span(from.abort_after_ns(), "threshold.abort_after");
  return to;
}

void CheckSizes(const v1::Plan& from, FieldCheck* check) {
  check->AtMost(static_cast<size_t>(from.stages_size()), Plan::kMaxStages, "stages");
  check->AtMost(static_cast<size_t>(from.requests_size()), Plan::kMaxRequests, "requests");
  check->AtMost(static_cast<size_t>(from.thresholds_size()), Plan::kMaxThresholds, "thresholds");
  check->AtMost(static_cast<size_t>(from.resolve_size()), 1000, "resolve");
}

PlanSpec Take(const v1::Plan& from, FieldCheck* check) {
  PlanSpec to;
  to.name = from.name();
  to.target = Take(from.target(), check);
  to.tls = Take(from.tls(), check);
  to.http = check->Enumerator<HttpVersion>(from.http(), kHttpVersions, "http");
  to.streams = check->Number<uint32_t>(from.streams(), 0, Plan::kMaxStreams, "streams");
  for (const v1::ResolveRule& rule : from.resolve()) {
    to.resolve.push_back({rule.host(),
                          check->Number<uint16_t>(rule.port(), 0, UINT16_MAX, "resolve.port"),
                          rule.address()});
  }
  for (const v1::Stage& stage : from.stages()) to.stages.push_back({stage.name(), stage.measure()});
  if (from.has_open()) {
    to.load = Take(from.open(), check);
  } else if (from.has_closed()) {
    to.load = Take(from.closed(), check);
  } else {
    check->Refuse("load", "is missing");
  }
  if (from.has_iterations()) to.iterations = from.iterations();
  to.connections = from.connections();
  to.reuse_connections = from.reuse_connections();
  if (from.connect_rate() != 0) {
    to.connect_rate = {check->Number<int64_t>(from.connect_rate(), 1, Rate::kMax, "connect_rate")};
  }
  for (const v1::Request& request : from.requests()) to.requests.push_back(Take(request, check));
  for (const v1::Threshold& threshold : from.thresholds()) {
    to.thresholds.push_back(Take(threshold, check));
  }
  to.drain = check->Span(from.drain_ns(), "drain");
  to.seed = from.seed();
  to.holds = TakeHolds(from, check);
  return to;
}

}  // namespace

std::string EncodePlan(const PlanSpec& spec) {
  v1::Plan plan;
  Put(spec, &plan);
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  CHECK(plan.SerializeToCodedStream(&coded));
  coded.Trim();
  return bytes;
}

Status CheckPlanSize(size_t bytes) {
  if (bytes <= kMaxPlanBytes) return absl::OkStatus();
  return InvalidArgument(absl::StrFormat(
      "the plan takes %d bytes to send to a worker, at most %d are allowed: make the bodies or "
      "headers of its requests smaller",
      bytes, kMaxPlanBytes));
}

Status CheckPlanSize(const PlanSpec& spec) { return CheckPlanSize(EncodePlan(spec).size()); }

StatusOr<PlanSpec> DecodePlan(std::string_view bytes) {
  FieldCheck check("plan");
  check.AtMost(bytes.size(), kMaxPlanBytes, "bytes");
  RETURN_IF_ERROR(check.status());
  v1::Plan plan;
  if (!plan.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return InvalidArgument("plan: not a muster.v1.Plan");
  }
  CheckSizes(plan, &check);
  RETURN_IF_ERROR(check.status());
  PlanSpec spec = Take(plan, &check);
  RETURN_IF_ERROR(check.status());
  return spec;
}

std::string HashPlan(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  CHECK_EQ(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr), 1);
  CHECK_EQ(size, digest.size());
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

std::string HashLoad(PlanSpec spec) {
  spec.seed = 0;
  spec.name.clear();
  spec.target = Target{.tls = spec.target.tls};
  spec.tls = TlsSettings{.min_version = spec.tls.min_version,
                         .max_version = spec.tls.max_version,
                         .resume = spec.tls.resume};
  spec.resolve.clear();
  spec.thresholds.clear();
  for (RequestSpec& request : spec.requests) {
    for (auto& [name, value] : request.headers) {
      if (IsSecretHeader(name)) value.clear();
    }
  }
  return HashPlan(EncodePlan(spec));
}

}  // namespace muster
