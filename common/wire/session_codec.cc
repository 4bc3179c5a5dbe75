#include "common/wire/session_codec.h"

#include <algorithm>

#include "common/wire/field_check.h"
#include "common/wire/hold_codec.h"
#include "common/wire/plan_codec.h"
#include "muster/v1/session.pb.h"

namespace muster {
namespace {

static_assert(kMaxPlanBytes <= kMaxBatchBytes, "kMaxSessionMessageBytes holds either");
constexpr uint32_t kMaxWeight = 1'000'000;
constexpr uint32_t kMaxThreads = 4096;
constexpr uint32_t kMaxWeightSum = 1000;  // ReduceWeights

// --- to protobuf

std::string Cut(const std::string& text) { return text.substr(0, kMaxReasonBytes); }

void Put(const Hello& from, v1::WorkerToMaster* message) {
  v1::Hello* to = message->mutable_hello();
  to->set_protocol(from.protocol);
  to->set_build(from.build);
  to->set_instance(from.instance);
  to->set_name(from.name);
  to->set_weight(from.weight);
  to->set_threads(from.threads);
  to->set_lease_ns(from.lease.nanos());
  to->set_run_id(from.run_id);
  to->set_group(from.group);
}

void Put(const Ping& from, v1::WorkerToMaster* message) {
  message->mutable_ping()->set_id(from.id);
  message->mutable_ping()->set_sent_ns(from.sent.nanos());
}

void Put(const Ready& from, v1::WorkerToMaster* message) {
  v1::Ready* to = message->mutable_ready();
  to->set_run_id(from.run_id);
  to->set_plan_hash(from.plan_hash);
  to->set_error(Cut(from.error));
  to->set_threads(from.threads);
  to->set_clock_offset_ns(from.clock_offset.nanos());
  to->set_clock_error_ns(from.clock_error.nanos());
}

void Put(const Batch& from, v1::WorkerToMaster* message) {
  v1::Batch* to = message->mutable_batch();
  to->set_run_id(from.run_id);
  to->set_sequence(from.sequence);
  to->set_batch(from.bytes);
}

void Put(const Bye& from, v1::WorkerToMaster* message) {
  message->mutable_bye()->set_reason(Cut(from.reason));
}

void Put(const Amended& from, v1::WorkerToMaster* message) {
  v1::Amended* to = message->mutable_amended();
  to->set_run_id(from.run_id);
  to->set_holds(from.holds);
  to->set_error(Cut(from.error));
}

void Put(const Welcome& from, v1::MasterToWorker* message) {
  message->mutable_welcome()->set_refused(Cut(from.refused));
  message->mutable_welcome()->set_final(from.final);
}

void Put(const Pong& from, v1::MasterToWorker* message) {
  v1::Pong* to = message->mutable_pong();
  to->set_id(from.id);
  to->set_ping_sent_ns(from.ping_sent.nanos());
  to->set_received_ns(from.received.nanos());
  to->set_replied_ns(from.replied.nanos());
}

void Put(const Prepare& from, v1::MasterToWorker* message) {
  v1::Prepare* to = message->mutable_prepare();
  to->set_run_id(from.run_id);
  to->set_plan(from.plan);
  to->set_plan_hash(from.plan_hash);
  to->mutable_assignment()->set_worker(from.assignment.worker);
  for (const uint32_t weight : from.assignment.weights) {
    to->mutable_assignment()->add_weights(weight);
  }
  to->set_trace(from.trace);
}

void Put(const StartRun& from, v1::MasterToWorker* message) {
  message->mutable_start()->set_run_id(from.run_id);
  message->mutable_start()->set_t0_ns(from.t0.nanos());
}

void Put(const Ack& from, v1::MasterToWorker* message) {
  message->mutable_ack()->set_run_id(from.run_id);
  message->mutable_ack()->set_through(from.through);
}

void Put(const StopRun& from, v1::MasterToWorker* message) {
  message->mutable_stop()->set_run_id(from.run_id);
  message->mutable_stop()->set_now(from.now);
}

void Put(const FinishRun& from, v1::MasterToWorker* message) {
  message->mutable_finish()->set_run_id(from.run_id);
  message->mutable_finish()->set_reason(Cut(from.reason));
}

void Put(const AmendPlan& from, v1::MasterToWorker* message) {
  v1::AmendPlan* to = message->mutable_amend();
  to->set_run_id(from.run_id);
  PutHolds(from.holds, to);
  to->set_plan_hash(from.plan_hash);
}

// --- from protobuf

MonoTime Instant(int64_t nanos, const char* field, FieldCheck* check) {
  return MonoTime::FromNanos(check->Instant(nanos, field));
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }

std::string Identifier(const std::string& text, const char* field, FieldCheck* check) {
  if (text.size() > kMaxIdentifierBytes) {
    check->Refuse(field, absl::StrCat("is longer than ", kMaxIdentifierBytes, " bytes"));
  } else if (std::any_of(text.begin(), text.end(), IsControl)) {
    check->Refuse(field, "holds a control character");
  }
  return check->ok() ? text : std::string();
}

std::string Reason(std::string text, const char* field, FieldCheck* check) {
  check->AtMost(text.size(), kMaxReasonBytes, field);
  std::replace_if(text.begin(), text.end(), IsControl, ' ');
  return text;
}

Hello Take(const v1::Hello& from, FieldCheck* check) {
  Hello to;
  to.protocol = from.protocol();
  to.build = Identifier(from.build(), "build", check);
  to.instance = from.instance();
  to.name = Identifier(from.name(), "name", check);
  if (to.name.empty()) check->Refuse("name", "is empty");
  to.weight = check->Number<uint32_t>(from.weight(), 1, kMaxWeight, "weight");
  to.threads = check->Number<uint32_t>(from.threads(), 0, kMaxThreads, "threads");
  to.lease = check->Span(from.lease_ns(), "lease");
  to.run_id = Identifier(from.run_id(), "run_id", check);
  to.group = Identifier(from.group(), "group", check);
  return to;
}

Ping Take(const v1::Ping& from, FieldCheck* check) {
  return {from.id(), Instant(from.sent_ns(), "sent", check)};
}

Ready Take(const v1::Ready& from, FieldCheck* check) {
  Ready to;
  to.run_id = Identifier(from.run_id(), "run_id", check);
  to.plan_hash = Identifier(from.plan_hash(), "plan_hash", check);
  to.error = Reason(from.error(), "error", check);
  to.threads = check->Number<uint32_t>(from.threads(), 0, kMaxThreads, "threads");
  to.clock_offset = Duration::Nanos(check->Instant(from.clock_offset_ns(), "clock_offset"));
  to.clock_error = check->Span(from.clock_error_ns(), "clock_error");
  return to;
}

Batch Take(const v1::Batch& from, FieldCheck* check) {
  Batch to;
  to.run_id = Identifier(from.run_id(), "run_id", check);
  to.sequence = check->Number<uint64_t>(from.sequence(), 1, UINT64_MAX, "sequence");
  check->AtMost(from.batch().size(), kMaxBatchBytes, "batch");
  if (check->ok()) to.bytes = from.batch();
  return to;
}

Bye Take(const v1::Bye& from, FieldCheck* check) {
  return {Reason(from.reason(), "reason", check)};
}

Amended Take(const v1::Amended& from, FieldCheck* check) {
  return {Identifier(from.run_id(), "run_id", check),
          check->Number<uint32_t>(from.holds(), 0, kMaxHandHolds, "holds"),
          Reason(from.error(), "error", check)};
}

Welcome Take(const v1::Welcome& from, FieldCheck* check) {
  return {Reason(from.refused(), "refused", check), from.final()};
}

Pong Take(const v1::Pong& from, FieldCheck* check) {
  return {from.id(), Instant(from.ping_sent_ns(), "ping_sent", check),
          Instant(from.received_ns(), "received", check),
          Instant(from.replied_ns(), "replied", check)};
}

Assignment Take(const v1::Assignment& from, FieldCheck* check) {
  Assignment to;
  const auto workers =
      check->Number<uint32_t>(from.weights_size(), 1, kMaxWeightSum, "assignment.weights");
  if (!check->ok()) return to;
  uint32_t sum = 0;
  for (const uint32_t weight : from.weights()) {
    to.weights.push_back(check->Number<uint32_t>(weight, 1, kMaxWeightSum, "assignment.weight"));
    sum += to.weights.back();
  }
  check->Number<uint32_t>(sum, 1, kMaxWeightSum, "the sum of assignment.weights");
  to.worker = check->Number<uint32_t>(from.worker(), 0, workers - 1, "assignment.worker");
  return to;
}

Prepare Take(const v1::Prepare& from, FieldCheck* check) {
  Prepare to;
  to.run_id = Identifier(from.run_id(), "run_id", check);
  check->AtMost(from.plan().size(), kMaxPlanBytes, "plan");
  if (check->ok()) to.plan = from.plan();
  to.plan_hash = Identifier(from.plan_hash(), "plan_hash", check);
  to.assignment = Take(from.assignment(), check);
  to.trace = from.trace();
  return to;
}

StartRun Take(const v1::StartRun& from, FieldCheck* check) {
  return {Identifier(from.run_id(), "run_id", check), Instant(from.t0_ns(), "t0", check)};
}

Ack Take(const v1::Ack& from, FieldCheck* check) {
  return {Identifier(from.run_id(), "run_id", check), from.through()};
}

StopRun Take(const v1::StopRun& from, FieldCheck* check) {
  return {Identifier(from.run_id(), "run_id", check), from.now()};
}

FinishRun Take(const v1::FinishRun& from, FieldCheck* check) {
  return {Identifier(from.run_id(), "run_id", check), Reason(from.reason(), "reason", check)};
}

AmendPlan Take(const v1::AmendPlan& from, FieldCheck* check) {
  AmendPlan to;
  to.run_id = Identifier(from.run_id(), "run_id", check);
  to.holds = TakeHolds(from, check);
  to.plan_hash = Identifier(from.plan_hash(), "plan_hash", check);
  return to;
}

template <typename Message, typename Wire>
StatusOr<Message> Checked(const Wire& from, const char* name) {
  FieldCheck check(name);
  Message message = Take(from, &check);
  RETURN_IF_ERROR(check.status());
  return message;
}

}  // namespace

void ToProto(const WorkerMessage& message, v1::WorkerToMaster* out) {
  out->Clear();
  std::visit([out](const auto& value) { Put(value, out); }, message);
}

void ToProto(const MasterMessage& message, v1::MasterToWorker* out) {
  out->Clear();
  std::visit([out](const auto& value) { Put(value, out); }, message);
}

StatusOr<WorkerMessage> FromProto(const v1::WorkerToMaster& in) {
  switch (in.message_case()) {
    case v1::WorkerToMaster::kHello:
      return Checked<Hello>(in.hello(), "hello");
    case v1::WorkerToMaster::kPing:
      return Checked<Ping>(in.ping(), "ping");
    case v1::WorkerToMaster::kReady:
      return Checked<Ready>(in.ready(), "ready");
    case v1::WorkerToMaster::kBatch:
      return Checked<Batch>(in.batch(), "batch");
    case v1::WorkerToMaster::kBye:
      return Checked<Bye>(in.bye(), "bye");
    case v1::WorkerToMaster::kAmended:
      return Checked<Amended>(in.amended(), "amended");
    case v1::WorkerToMaster::MESSAGE_NOT_SET:
      break;
  }
  return InvalidArgument("a worker's message of no known kind");
}

StatusOr<MasterMessage> FromProto(const v1::MasterToWorker& in) {
  switch (in.message_case()) {
    case v1::MasterToWorker::kWelcome:
      return Checked<Welcome>(in.welcome(), "welcome");
    case v1::MasterToWorker::kPong:
      return Checked<Pong>(in.pong(), "pong");
    case v1::MasterToWorker::kPrepare:
      return Checked<Prepare>(in.prepare(), "prepare");
    case v1::MasterToWorker::kStart:
      return Checked<StartRun>(in.start(), "start");
    case v1::MasterToWorker::kAck:
      return Checked<Ack>(in.ack(), "ack");
    case v1::MasterToWorker::kStop:
      return Checked<StopRun>(in.stop(), "stop");
    case v1::MasterToWorker::kFinish:
      return Checked<FinishRun>(in.finish(), "finish");
    case v1::MasterToWorker::kAmend:
      return Checked<AmendPlan>(in.amend(), "amend");
    case v1::MasterToWorker::MESSAGE_NOT_SET:
      break;
  }
  return InvalidArgument("a master's message of no known kind");
}

}  // namespace muster
