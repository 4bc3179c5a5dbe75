#include "master/suite/suite_targets.h"

#include <algorithm>
#include <utility>

#include "common/plan/units.h"
#include "master/plan/target.h"
#include "master/plan/values.h"
#include "master/suite/placeholders.h"
#include "master/suite/suite_yaml.h"

namespace muster {
namespace {

constexpr std::string_view kSignals[] = {"TERM", "INT", "QUIT", "HUP", "KILL"};
constexpr std::string_view kCommandExample = "[\"{python}\", app.py]";

StatusOr<uint16_t> ParsePort(std::string_view text) {
  if (text == "auto") return uint16_t{0};
  const auto port = ParseWhole(text, 1, 65'535);
  if (port.ok()) return static_cast<uint16_t>(*port);
  return InvalidArgument("expected a port (1 to 65535) or auto, found " + Quote(text));
}

StatusOr<std::string> ParseSignal(std::string_view text) {
  const std::string_view bare = text.starts_with("SIG") ? text.substr(3) : text;
  if (std::find(std::begin(kSignals), std::end(kSignals), bare) != std::end(kSignals)) {
    return std::string(bare);
  }
  return InvalidArgument("expected TERM, INT, QUIT, HUP or KILL, found " + Quote(text));
}

// Reads the keys of one mapping over what is there.
class TargetReader {
 public:
  TargetReader(const YamlMap& map, const std::string& folder, TargetSpec* target)
      : map_(map), folder_(folder), target_(*target) {}

  void Read() {
    if (const auto folder = map_.Text("folder", "a folder"); folder) {
      target_.folder = InSuiteFolder(folder_, *folder);
    }
    ReadSuiteCommand(map_, "start", kCommandExample, &target_.start);
    ReadSuiteCommand(map_, "version", "[nginx, -v]", &target_.version);
    ReadPython();
    if (map_.has("env")) ReadEnvironment();
    if (map_.has("needs")) ReadNeeds();
    if (const auto port = map_.Value("port", "a port or auto", ParsePort); port) {
      target_.port = *port;
    }
    if (map_.has("ready")) ReadReady();
    if (map_.has("stop")) ReadStop();
    if (map_.has("limits")) ReadLimits();
    ReadSuiteText(map_, "url", "a URL such as http://127.0.0.1:{port}", &target_.url);
    if (!map_.has("name")) return;  // the rest is known of a whole target alone
    CheckUrl();
    CheckPythonPath();
  }

 private:
  template <size_t keys>
  YamlMap Inner(std::string_view key, const std::string_view (&known)[keys]) const {
    return YamlMap(*map_.Find(key), map_.PathOf(key), key, known, map_.errors());
  }

  void ReadPython() {
    if (const auto python = map_.Text("python", "an interpreter"); python) {
      const bool path = python->find('/') != std::string::npos;
      target_.python = path ? InSuiteFolder(folder_, *python) : *python;
      if (python->empty()) map_.Fail(*map_.Find("python"), "python", "expected an interpreter");
    }
    const auto path = map_.Text("pythonpath", "folders with ':' between");
    if (!path) return;
    target_.pythonpath.clear();
    for (size_t at = 0; at <= path->size();) {
      const size_t end = std::min(path->find(':', at), path->size());
      if (at > 0) target_.pythonpath += ":";
      target_.pythonpath += InSuiteFolder(folder_, path->substr(at, end - at));
      at = end + 1;
    }
  }

  void ReadEnvironment() {
    const YamlNode& node = *map_.Find("env");
    if (node.kind != YamlNode::Kind::kMap) {
      return map_.Fail(node, "env",
                       "expected a mapping of names to values, found " + Describe(node));
    }
    for (const YamlEntry& entry : node.entries) {
      const std::string path = "env." + entry.key;
      if (entry.value.kind != YamlNode::Kind::kScalar) {
        map_.Fail(entry.value, path,
                  "expected a text (in quotes if empty), found " + Describe(entry.value));
        continue;
      }
      const Status status = CheckPlaceholders(entry.value.text);
      if (!status.ok()) map_.Fail(entry.value, path, Message(status));
      std::erase_if(target_.env, [&](const auto& old) { return old.first == entry.key; });
      target_.env.emplace_back(entry.key, entry.value.text);
    }
  }

  void ReadNeeds() {
    const YamlMap needs = Inner("needs", kNeedsKeys);
    ReadSuiteWords(needs, "modules", "[flask, ujson]", &target_.needs.modules);
    for (const std::string& module : target_.needs.modules) {
      const auto part = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '.';
      };
      if (!module.empty() && std::all_of(module.begin(), module.end(), part)) continue;
      needs.Fail(*needs.Find("modules"), "modules", Quote(module) + " is no name of a module");
      break;
    }
    ReadSuiteCommand(needs, "command", "[test, -x, /usr/sbin/nginx]", &target_.needs.command);
    if (const auto install = needs.Text("install", "what to install"); install) {
      target_.needs.install = *install;
    }
  }

  void ReadReady() {
    const YamlMap ready = Inner("ready", kReadyKeys);
    ReadyCheck& check = target_.ready;
    if (const auto path = ready.Text("path", "a path such as /health"); path) {
      const Status status = CheckPath(*path);
      if (!status.ok()) ready.Fail(*ready.Find("path"), "path", Message(status));
      check.path = *path;
    }
    const auto status = ready.Value("status", "a status such as 200", [](std::string_view text) {
      return ParseWhole(text, 100, 599);
    });
    if (status) check.status = static_cast<int>(*status);
    check.body = ready.Text("body", "a text that the answer contains").value_or(check.body);
    check.within =
        ready.Value("within", "a duration such as 20s", ParseTimeout).value_or(check.within);
  }

  void ReadStop() {
    const YamlMap stop = Inner("stop", kStopKeys);
    StopRule& rule = target_.stop;
    rule.signal =
        stop.Value("signal", "TERM, INT, QUIT, HUP or KILL", ParseSignal).value_or(rule.signal);
    rule.grace = stop.Value("grace", "a duration such as 5s", ParsePause).value_or(rule.grace);
  }

  void ReadLimits() {
    const YamlMap map = Inner("limits", kLimitKeys);
    TargetLimits& limits = target_.limits;
    const auto cores = map.Value("cores", "a number of cores",
                                 [](std::string_view text) { return ParseWhole(text, 1, 4'096); });
    if (cores) limits.cores = static_cast<uint32_t>(*cores);
    const auto memory = map.Value("memory", "a size such as 512MiB", ParseMemory);
    if (memory) limits.memory_bytes = *memory;
    const auto files = map.Value("open_files", "a number of files", [](std::string_view text) {
      return ParseWhole(text, 16, 1'000'000'000);
    });
    if (files) limits.open_files = *files;
  }

  void CheckUrl() {
    const bool own_port = target_.url.find("{port}") != std::string::npos;
    const std::string text = Filled(target_.url, {.python = "", .port = "8080", .suite = ""});
    const auto fail = [&](const std::string& why) {
      if (map_.has("url")) return map_.Fail(*map_.Find("url"), "url", why);
      map_.Fail("url: " + why);
    };
    const auto url = ParseTargetUrl(text);
    if (!url.ok()) return fail(Message(url.status()));
    if (url->path != "/") return fail("has a path; the plans have the paths, so leave it out");
    if (url->target.kind != Target::Kind::kTcp) {
      return fail("expected http:// or https://, as the suite has to see when the target is ready");
    }
    const ReadyCheck usual;
    const ReadyCheck& ready = target_.ready;
    if (url->target.tls &&
        (ready.path != usual.path || ready.status != usual.status || !ready.body.empty())) {
      return fail("over https:// only 'within' of ready is looked at: until it takes connections");
    }
    if (own_port) return;
    if (target_.port != 0 && target_.port != url->target.port) {
      return fail("names another port than 'port'; write {port} there");
    }
    target_.port = url->target.port;
  }

  void CheckPythonPath() {
    const bool twice = std::any_of(target_.env.begin(), target_.env.end(),
                                   [](const auto& entry) { return entry.first == "PYTHONPATH"; });
    if (twice && !target_.pythonpath.empty()) {
      map_.Fail("PYTHONPATH is given twice: by 'pythonpath' and by 'env'");
    }
  }

  const YamlMap& map_;
  const std::string& folder_;
  TargetSpec& target_;
};

}  // namespace

std::vector<TargetSpec> ReadSuiteTargets(const YamlMap& suite, const std::string& folder) {
  TargetSpec usual;
  usual.folder = folder;
  if (const YamlNode* node = suite.Find("defaults"); node != nullptr) {
    const YamlMap map(*node, "defaults", "defaults", kTargetDefaultsKeys, suite.errors());
    if (node->kind == YamlNode::Kind::kMap) TargetReader(map, folder, &usual).Read();
  }
  std::vector<TargetSpec> targets;
  std::vector<std::string> names;
  const auto items = suite.List("targets", "a list of targets");
  if (items.empty()) suite.Fail("'targets' is missing: at least one target is needed");
  if (items.size() > SuiteLimits::kTargets) suite.Fail("more than 100 targets");
  for (size_t i = 0; i < std::min(items.size(), SuiteLimits::kTargets); ++i) {
    const YamlMap map(items[i], "targets[" + std::to_string(i) + "]", "a target", kTargetKeys,
                      suite.errors());
    if (items[i].kind != YamlNode::Kind::kMap) continue;
    TargetSpec target = usual;
    target.name = ReadSuiteName(map, names);
    names.push_back(target.name);
    TargetReader(map, folder, &target).Read();
    if (!map.has("start")) map.Fail("'start' is missing: the command that starts the target");
    targets.push_back(std::move(target));
  }
  return targets;
}

}  // namespace muster
