#include "master/plan/yaml_load.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/plan/units.h"
#include "master/plan/stage_builder.h"
#include "master/plan/values.h"
#include "master/plan/yaml_plan.h"

namespace muster {
namespace {

constexpr std::string_view kDurationText = "a duration such as 30s";
constexpr std::string_view kStageForms =
    "{to, over}, {at, for}, {from, to, over} or {step, every, times}";

// How the levels of the two models are written.
struct RateText : RateLevels {
  static constexpr std::string_view kExpected = "a rate such as 2000/s";
  static StatusOr<Rate> Parse(std::string_view text) { return ParseRate(text); }
};
struct UserText : UserLevels {
  static constexpr std::string_view kExpected = "a number of users such as 200";
  static StatusOr<uint32_t> Parse(std::string_view text) {
    if (text.find('/') != text.npos) {
      return InvalidArgument(Quote(text) + " is a rate; under users, write a number of users");
    }
    ASSIGN_OR_RETURN(const uint64_t users, ParseWhole(text, 0, UserProfile::kMaxUsers));
    return static_cast<uint32_t>(users);
  }
};

// Reads one stage into the builder. What is wrong is among the map's errors.
template <typename Levels>
class StageReader {
 public:
  StageReader(const YamlMap& map, StageBuilder<Levels>& builder) : map_(map), builder_(builder) {}

  void Read() {
    const auto name = map_.Text("name", "a name");
    if (name && name->empty()) map_.Fail(*map_.Find("name"), "name", "a name has 1 to 100 bytes");
    const Status begun = builder_.Begin(name.value_or(""), map_.Bool("measure").value_or(true));
    if (!begun.ok()) {
      if (name) {
        map_.Fail(*map_.Find("name"), "name", Message(begun));
      } else {
        map_.Fail(Message(begun));
      }
      return;
    }
    if (Has({"to", "over"})) return ReadRamp();
    if (Has({"from", "to", "over"})) return ReadRampFrom();
    if (Has({"at", "for"})) return ReadHold();
    if (Has({"step", "every", "times"})) return ReadSteps();
    map_.Fail("a stage is one of " + std::string(kStageForms) + Missing());
  }

 private:
  using Level = typename Levels::Level;

  // Exactly these of the keys that give a stage its form.
  bool Has(std::initializer_list<std::string_view> keys) const {
    for (const std::string_view key : kFormKeys) {
      const bool wanted = std::find(keys.begin(), keys.end(), key) != keys.end();
      if (map_.has(key) != wanted) return false;
    }
    return true;
  }

  // What would make the nearest form whole, for the commonest slips.
  std::string Missing() const {
    if (Has({"to"}) || Has({"from", "to"})) return "; 'over' is missing";
    if (Has({"at"})) return "; 'for' is missing";
    if (Has({"for"})) return "; 'at' is missing";
    if (Has({"over"})) return "; 'to' is missing";
    if (Has({"to", "for"})) return "; a ramp takes 'over', not 'for'";
    if (Has({"at", "over"})) return "; a hold takes 'for', not 'over'";
    if (Has({"step", "every"})) return "; 'times' is missing";
    if (Has({"step", "times"})) return "; 'every' is missing";
    return "";
  }

  std::optional<Level> ReadLevel(std::string_view key) const {
    return map_.Value(key, Levels::kExpected, Levels::Parse);
  }
  std::optional<Duration> ReadLength(std::string_view key) const {
    return map_.Value(key, kDurationText, ParseDuration);
  }
  void Report(std::string_view key, const Status& status) const {
    if (!status.ok()) map_.Fail(*map_.Find(key), key, Message(status));
  }

  void ReadRamp() {
    const auto to = ReadLevel("to");
    const auto over = ReadLength("over");
    if (to && over) Report("over", builder_.Ramp(*to, *over));
  }
  void ReadRampFrom() {
    const auto from = ReadLevel("from");
    const auto to = ReadLevel("to");
    const auto over = ReadLength("over");
    if (from && to && over) Report("over", builder_.RampFrom(*from, *to, *over));
  }
  void ReadHold() {
    const auto at = ReadLevel("at");
    const auto length = ReadLength("for");
    if (at && length) Report("for", builder_.Hold(*at, *length));
  }
  void ReadSteps() {
    bool down = false;
    const auto step = map_.Value("step", Levels::kExpected, [&](std::string_view text) {
      down = text.starts_with('-');
      return Levels::Parse(text.substr(down ? 1 : 0));
    });
    const auto every = ReadLength("every");
    const auto times = map_.Value("times", "a number of steps", [](std::string_view text) {
      return ParseWhole(text, 1, StageBuilder<Levels>::kMaxSteps);
    });
    if (step && every && times) Report("step", builder_.Steps(*step, down, *every, *times));
  }

  static constexpr std::string_view kFormKeys[] = {"from", "to",   "over",  "at",
                                                   "for",  "step", "every", "times"};
  const YamlMap& map_;
  StageBuilder<Levels>& builder_;
};

template <typename Levels>
StageBuilder<Levels> ReadStages(const YamlMap& parent) {
  StageBuilder<Levels> builder;
  const std::string expected = "a list of stages, each " + std::string(kStageForms);
  const auto items = parent.List("stages", expected);
  if (!parent.has("stages")) {
    parent.Fail("'stages' is missing: " + expected);
  } else if (items.empty() && parent.Find("stages")->kind == YamlNode::Kind::kSequence) {
    parent.Fail(*parent.Find("stages"), "stages", "at least one stage is needed");
  }
  for (size_t i = 0; i < items.size(); ++i) {
    const YamlMap stage(items[i], parent.PathOf("stages") + "[" + std::to_string(i) + "]",
                        "a stage", kStageKeys, parent.errors(), AllKnownKeys());
    if (items[i].kind == YamlNode::Kind::kMap) StageReader<Levels>(stage, builder).Read();
  }
  return builder;
}

void ReadRate(const YamlMap& map, PlanDraft& draft) {
  OpenLoad load;
  load.arrivals =
      map.Value("arrivals", "even or poisson", ParseArrivals).value_or(ArrivalKind::kEven);
  const auto in_flight = map.Value("max_in_flight", "a whole number", [](std::string_view text) {
    return ParseWhole(text, 1, Plan::kMaxInFlight);
  });
  draft.max_in_flight_given = in_flight.has_value();
  if (in_flight) load.max_in_flight = static_cast<uint32_t>(*in_flight);
  load.max_lateness =
      map.Value("max_lateness", kDurationText, ParseTimeout).value_or(load.max_lateness);
  auto stages = ReadStages<RateText>(map);
  load.segments = stages.TakeSegments();
  draft.stages = stages.TakeStages();
  draft.load = std::move(load);
}

void ReadUsers(const YamlMap& map, PlanDraft& draft) {
  ClosedLoad load;
  const auto think = map.Value("think", "a duration such as 2s, or 1s..3s", ParseThink);
  if (think) std::tie(load.think_min, load.think_max) = *think;
  load.own_connections = map.Bool("own_connections").value_or(false);
  auto stages = ReadStages<UserText>(map);
  load.segments = stages.TakeSegments();
  draft.stages = stages.TakeStages();
  draft.load = std::move(load);
}

}  // namespace

void ReadYamlLoad(const YamlNode& node, SourceErrors& errors, PlanDraft& draft) {
  const YamlMap map(node, "load", "load", kLoadKeys, errors, AllKnownKeys());
  if (node.kind != YamlNode::Kind::kMap) return;
  if (map.has("rate") == map.has("users")) {
    map.Fail(
        "expected one of 'rate' (arrivals by the clock) and 'users' (each waiting for its "
        "response)");
    return;
  }
  if (const YamlNode* rate = map.Find("rate"); rate != nullptr) {
    ReadRate(YamlMap(*rate, "load.rate", "load.rate", kRateKeys, errors, AllKnownKeys()), draft);
  } else {
    ReadUsers(
        YamlMap(*map.Find("users"), "load.users", "load.users", kUsersKeys, errors, AllKnownKeys()),
        draft);
  }
}

}  // namespace muster
