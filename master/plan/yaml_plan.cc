#include "master/plan/yaml_plan.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/base/nearest_key.h"
#include "common/plan/threshold.h"
#include "common/plan/units.h"
#include "master/plan/request_name.h"
#include "master/plan/tls_settings.h"
#include "master/plan/values.h"
#include "master/plan/yaml_load.h"
#include "master/plan/yaml_map.h"
#include "master/plan/yaml_tree.h"

namespace muster {
namespace {

constexpr std::string_view kPlanKeys[] = {"muster",
                                          "name",
                                          "target",
                                          "defaults",
                                          "load",
                                          "connections",
                                          "reuse_connections",
                                          "http",
                                          "streams",
                                          "connect_rate",
                                          "drain",
                                          "seed",
                                          "iterations",
                                          "resolve",
                                          "requests",
                                          "thresholds",
                                          "tls"};
constexpr std::string_view kTlsKeys[] = {"ca",     "cert",     "key",   "server_name",
                                         "verify", "versions", "resume"};
constexpr std::string_view kDefaultsKeys[] = {"method",          "headers", "timeout",
                                              "connect_timeout", "expect",  "tags"};
constexpr std::string_view kRequestKeys[] = {
    "name",   "get",  "post", "put",    "patch",   "delete", "head",    "options",
    "method", "path", "url",  "weight", "headers", "body",   "timeout", "connect_timeout",
    "expect", "tags"};
constexpr std::string_view kThresholdKeys[] = {"check", "abort", "after", "confidence"};
constexpr std::string_view kBodyKeys[] = {"file", "text"};
constexpr std::string_view kMethodKeys[] = {"get",    "post", "put",    "patch",
                                            "delete", "head", "options"};
constexpr KnownKeys kAllKeys[] = {{"plan", kPlanKeys, "at the top of the plan"},
                                  {"tls", kTlsKeys, "under 'tls'"},
                                  {"defaults", kDefaultsKeys, "under 'defaults'"},
                                  {"load", kLoadKeys, "under 'load'"},
                                  {"rate", kRateKeys, "under 'load.rate'"},
                                  {"users", kUsersKeys, "under 'load.users'"},
                                  {"stage", kStageKeys, "in a stage"},
                                  {"request", kRequestKeys, "in a request"},
                                  {"body", kBodyKeys, "in a body"},
                                  {"threshold", kThresholdKeys, "in a threshold"}};

constexpr std::string_view kDurationText = "a duration such as 5s";
constexpr std::string_view kStatusText = "a status such as 200, 2xx or 200-299, or a list of them";

std::string FolderOf(const std::string& file_name) {
  const size_t slash = file_name.rfind('/');
  return slash == std::string::npos ? "" : file_name.substr(0, slash + 1);
}

StatusOr<std::string> ParseConfidence(std::string_view text) {
  if (text != "95%") {
    return InvalidArgument("expected 95%, the one level that intervals are made for");
  }
  return std::string(" with 95% confidence");
}

// Reads a plan top down; one object per plan.
class PlanReader {
 public:
  PlanReader(const std::string& file_name, const FileReader& read_file)
      : folder_(FolderOf(file_name)), read_file_(read_file), errors_(file_name) {}

  StatusOr<PlanDraft> Read(std::string_view text) {
    const std::optional<YamlNode> root = ReadYamlTree(text, errors_);
    if (root && root->kind == YamlNode::Kind::kNull) {
      errors_.Add({}, "the plan is empty; it begins with 'muster: 1' (see docs/plan.md)");
    } else if (root) {
      ReadPlan(YamlMap(*root, "", "the plan", kPlanKeys, errors_, kAllKeys));
    }
    RETURN_IF_ERROR(errors_.ToStatus());
    return std::move(draft_);
  }

 private:
  void ReadPlan(const YamlMap& plan) {
    ReadVersion(plan);
    if (const auto name = plan.Text("name", "a name"); name) {
      Report(plan, "name", CheckName(*name));
      draft_.name = *name;
    }
    ReadTarget(plan);
    if (plan.has("tls")) ReadTls(plan);
    if (const YamlNode* node = plan.Find("defaults"); node != nullptr) {
      const YamlMap defaults(*node, "defaults", "defaults", kDefaultsKeys, errors_, kAllKeys);
      ReadShared(defaults, draft_.defaults);
      draft_.defaults.method =
          defaults.Value("method", "an HTTP method", ParseMethod).value_or("GET");
    }
    if (const YamlNode* node = plan.Find("load"); node != nullptr) {
      ReadYamlLoad(*node, errors_, draft_);
    }
    ReadLimits(plan);
    ReadRequests(plan);
    ReadThresholds(plan);
  }

  void Report(const YamlMap& map, std::string_view key, const Status& status) {
    if (!status.ok()) map.Fail(*map.Find(key), key, Message(status));
  }

  void ReadVersion(const YamlMap& plan) {
    if (!plan.has("muster")) {
      plan.Fail("'muster: 1' is missing: the version of the plan's format comes first");
      return;
    }
    const auto version = plan.Text("muster", "1, the version of the plan's format");
    if (version && *version != "1") {
      plan.Fail(*plan.Find("muster"), "muster",
                "this build reads version 1 of the format, found " + Quote(*version));
    }
  }

  void ReadTarget(const YamlMap& plan) {
    if (!plan.has("target")) {
      plan.Fail("'target' is missing: where the load goes, such as http://127.0.0.1:8080");
      return;
    }
    draft_.target = plan.Value("target", "a URL such as http://127.0.0.1:8080", ParseTargetUrl);
    if (!draft_.target) return;
    draft_.defaults.path = draft_.target->path;
    const bool query = draft_.target->path.find('?') != std::string::npos;
    if (query && plan.has("requests")) {
      plan.Fail(*plan.Find("target"), "target", "a query belongs to the requests' paths");
    }
  }

  void ReadTls(const YamlMap& plan) {
    const YamlMap map(*plan.Find("tls"), "tls", "tls", kTlsKeys, errors_, kAllKeys);
    if (draft_.target && !draft_.target->target.tls) {
      return map.Fail("the target is not https://, so nothing of this would be used");
    }
    TlsSettings& tls = draft_.tls;
    ReadPem(map, "ca", ReadCertificateFile, tls.ca_pem);
    ReadPem(map, "cert", ReadCertificateFile, tls.cert_pem);
    ReadPem(map, "key", ReadKeyFile, tls.key_pem);
    // A file that was refused is missing now: its own error is enough.
    if (errors_.empty()) {
      const char* at = map.has("key") ? "key" : "cert";
      if (map.has(at)) Report(map, at, CheckClientCertificate(tls));
    }
    tls.server_name = map.Value("server_name", "a host's name", ParseServerName).value_or("");
    tls.verify = map.Bool("verify").value_or(true);
    tls.resume = map.Bool("resume").value_or(true);
    if (map.has("versions")) ReadTlsVersions(map);
  }

  void ReadPem(const YamlMap& map, std::string_view key,
               StatusOr<std::string> (*read)(const std::string&, const FileReader&),
               std::string& to) {
    const auto file = map.Text(key, "the name of a file");
    if (!file) return;
    const std::optional<std::string> path = PathOf(map, key, *file);
    if (!path) return;
    auto text = read(*path, read_file_);
    Report(map, key, text.status());
    if (text.ok()) to = *std::move(text);
  }

  void ReadTlsVersions(const YamlMap& map) {
    const YamlNode& node = *map.Find("versions");
    std::string text = node.text;
    for (const YamlNode& item : node.items) text += (text.empty() ? "" : ",") + item.text;
    const auto versions = ParseTlsVersions(text);
    Report(map, "versions", versions.status());
    if (!versions.ok()) return;
    draft_.tls.min_version = versions->min;
    draft_.tls.max_version = versions->max;
  }

  // A file named in the plan, relative to it.
  std::optional<std::string> PathOf(const YamlMap& map, std::string_view key,
                                    const std::string& file) {
    if (file.empty() || file == "-" || file.find('\0') != std::string::npos) {
      map.Fail(*map.Find(key), key, "expected the name of a file");
      return std::nullopt;
    }
    return file.starts_with('/') ? file : folder_ + file;
  }

  void ReadLimits(const YamlMap& plan) {
    const auto connections = plan.Value("connections", "a whole number", [](std::string_view text) {
      return ParseWhole(text, 1, Plan::kMaxInFlight);
    });
    if (connections) draft_.connections = static_cast<uint32_t>(*connections);
    draft_.reuse_connections = plan.Bool("reuse_connections");
    draft_.http = plan.Value("http", "1.1, 2 or auto", ParseHttpVersion);
    const auto streams = plan.Value("streams", "a whole number", [](std::string_view text) {
      return ParseWhole(text, 1, Plan::kMaxStreams);
    });
    if (streams) draft_.streams = static_cast<uint32_t>(*streams);
    draft_.connect_rate = plan.Value("connect_rate", "a rate such as 1000/s", ParseRate);
    draft_.drain = plan.Value("drain", kDurationText, ParsePause);
    draft_.seed = plan.Value("seed", "a whole number",
                             [](std::string_view text) { return ParseWhole(text, 0, UINT64_MAX); });
    draft_.iterations = plan.Value("iterations", "a whole number", [](std::string_view text) {
      return ParseWhole(text, 1, Plan::kMaxIterations);
    });
    const auto rules = plan.List("resolve", "a list of HOST:PORT:ADDRESS");
    for (size_t i = 0; i < rules.size(); ++i) {
      const std::string key = "resolve[" + std::to_string(i) + "]";
      const auto rule = ParseResolve(rules[i].text);
      if (rule.ok()) {
        draft_.resolve.push_back(*rule);
      } else {
        plan.Fail(rules[i], key, Message(rule.status()));
      }
    }
  }

  // What requests and their defaults have in common.
  void ReadShared(const YamlMap& map, RequestSpec& request) {
    request.timeout = map.Value("timeout", kDurationText, ParseTimeout).value_or(request.timeout);
    request.connect_timeout =
        map.Value("connect_timeout", kDurationText, ParseTimeout).value_or(request.connect_timeout);
    if (map.has("expect")) ReadExpect(map, request);
    if (map.has("headers")) ReadHeaders(map, request);
    if (map.has("tags")) ReadTags(map, request);
  }

  void ReadExpect(const YamlMap& map, RequestSpec& request) {
    const YamlNode& node = *map.Find("expect");
    std::string text = node.text;
    if (node.kind == YamlNode::Kind::kSequence) {
      for (const YamlNode& item : node.items) text += (text.empty() ? "" : ",") + item.text;
    } else if (node.kind != YamlNode::Kind::kScalar) {
      return map.Fail(node, "expect",
                      "expected " + std::string(kStatusText) + ", found " + Describe(node));
    }
    const auto expect = ParseExpect(text);
    if (expect.ok()) request.expect = *expect;
    Report(map, "expect", expect.status());
  }

  void ReadHeaders(const YamlMap& map, RequestSpec& request) {
    const YamlNode& node = *map.Find("headers");
    if (node.kind != YamlNode::Kind::kMap) {
      return map.Fail(node, "headers",
                      "expected a mapping of names to values, found " + Describe(node));
    }
    std::vector<Header> own;
    for (const YamlEntry& entry : node.entries) {
      if (entry.value.kind == YamlNode::Kind::kSequence) {
        for (const YamlNode& item : entry.value.items) AddHeader(map, entry, item, own);
      } else {
        AddHeader(map, entry, entry.value, own);
      }
    }
    request.headers = OverrideHeaders(std::move(request.headers), own);
    if (request.headers.size() > kMaxHeaders) map.Fail(node, "headers", "more than 100 headers");
  }

  void AddHeader(const YamlMap& map, const YamlEntry& entry, const YamlNode& value,
                 std::vector<Header>& headers) {
    const bool text = value.kind == YamlNode::Kind::kScalar;
    Header header{entry.key, value.text};
    const Status status =
        text ? CheckHeader(header)
             : InvalidArgument("expected a text (in quotes if empty), found " + Describe(value));
    if (!status.ok()) {
      const std::string path = map.PathOf("headers") + "." + entry.key + ": ";
      errors_.Add(text ? entry.at : value.at, path + Message(status));
      return;
    }
    headers.push_back(std::move(header));
  }

  void ReadTags(const YamlMap& map, RequestSpec& request) {
    const YamlNode& node = *map.Find("tags");
    if (node.kind != YamlNode::Kind::kMap) {
      return map.Fail(node, "tags",
                      "expected a mapping of names to values, found " + Describe(node));
    }
    for (const YamlEntry& entry : node.entries) {
      const Status status =
          entry.value.kind == YamlNode::Kind::kScalar
              ? CheckTag(entry.key, entry.value.text)
              : InvalidArgument("expected a text, found " + Describe(entry.value));
      if (!status.ok()) errors_.Add(entry.at, map.PathOf("tags") + ": " + Message(status));
      std::erase_if(request.tags, [&](const auto& tag) { return tag.first == entry.key; });
      request.tags.emplace_back(entry.key, entry.value.text);
    }
    if (request.tags.size() > kMaxTags) map.Fail(node, "tags", "more than 20 tags");
  }

  void ReadRequests(const YamlMap& plan) {
    const auto items = plan.List("requests", "a list of requests");
    if (items.empty() && plan.has("requests") &&
        plan.Find("requests")->kind == YamlNode::Kind::kSequence) {
      plan.Fail(*plan.Find("requests"), "requests", "at least one request is needed");
    }
    if (items.size() > Plan::kMaxRequests) {
      return plan.Fail(*plan.Find("requests"), "requests", "more than 200 requests");
    }
    for (size_t i = 0; i < items.size(); ++i) {
      const YamlMap map(items[i], "requests[" + std::to_string(i) + "]", "a request", kRequestKeys,
                        errors_, kAllKeys);
      if (items[i].kind == YamlNode::Kind::kMap) ReadRequest(map);
    }
  }

  void ReadRequest(const YamlMap& map) {
    RequestSpec request = draft_.defaults;
    ReadShared(map, request);
    const auto weight = map.Value("weight", "a whole number", [](std::string_view text) {
      return ParseWhole(text, 1, kMaxWeight);
    });
    if (weight) request.weight = static_cast<uint32_t>(*weight);
    ReadMethodAndPath(map, request);
    if (map.has("body")) ReadBody(map, request);
    ReadName(map, request);
    draft_.requests.push_back(std::move(request));
  }

  // `get: /path`, or `method:` with `path:` or `url:`.
  void ReadMethodAndPath(const YamlMap& map, RequestSpec& request) {
    std::string_view path_key;
    int paths = 0;
    for (const std::string_view key : {"path", "url"}) {
      if (map.has(key)) path_key = key, ++paths;
    }
    for (const std::string_view key : kMethodKeys) {
      if (!map.has(key)) continue;
      path_key = key, ++paths;
      request.method = *ParseMethod(key);
      if (map.has("method")) {
        map.Fail(*map.Find("method"), "method", "given twice: here and by " + Quote(key));
      }
    }
    if (paths != 1) {
      return map.Fail(
          "expected one path, as 'get: /path', 'post: /path', or 'method: PURGE' with "
          "'path: /path'");
    }
    if (map.has("method")) {
      request.method = map.Value("method", "an HTTP method", ParseMethod).value_or("GET");
    }
    const auto path = map.Text(path_key, "a path such as /cart?x=1");
    if (path) ReadPath(map, path_key, *path, request);
  }

  void ReadPath(const YamlMap& map, std::string_view key, const std::string& path,
                RequestSpec& request) {
    if (path.find("://") != std::string::npos && !path.starts_with('/')) {
      const auto url = ParseTargetUrl(path);
      if (!url.ok()) return Report(map, key, url.status());
      if (draft_.target && url->target != draft_.target->target) {
        map.Fail(*map.Find(key), key, "a plan has one target, and this URL names another");
      }
      request.path = url->path;
      return;
    }
    const std::string base = draft_.target ? draft_.target->path : "/";
    const std::string whole = path.starts_with('/') || path.starts_with('?')
                                  ? JoinPaths(base.substr(0, base.find('?')), path)
                                  : path;
    request.path = whole.substr(0, whole.find('#'));
    Report(map, key, CheckPath(request.path));
  }

  void ReadBody(const YamlMap& map, RequestSpec& request) {
    const YamlNode& node = *map.Find("body");
    if (node.kind == YamlNode::Kind::kScalar) {
      request.body = node.text;
    } else if (node.kind == YamlNode::Kind::kMap) {
      const YamlMap body(node, map.PathOf("body"), "a body", kBodyKeys, errors_, kAllKeys);
      if (body.has("file") == body.has("text")) {
        return body.Fail("expected one of 'file' and 'text'");
      }
      request.body = body.Text("text", "a text").value_or("");
      if (const auto file = body.Text("file", "the name of a file"); file) {
        ReadBodyFile(body, *file, request);
      }
    } else {
      return map.Fail(node, "body",
                      "expected a text, {file: NAME} or {text: TEXT}, found " + Describe(node));
    }
    if (request.body.size() > Plan::kMaxBodyBytes) map.Fail(node, "body", "larger than 1 MiB");
  }

  void ReadBodyFile(const YamlMap& body, const std::string& file, RequestSpec& request) {
    const std::optional<std::string> path = PathOf(body, "file", file);
    if (!path) return;
    auto text = read_file_(*path, Plan::kMaxBodyBytes);
    Report(body, "file", text.status());
    if (text.ok()) request.body = *std::move(text);
  }

  // The name given, or METHOD and path with its ids collapsed. Requests may share one.
  void ReadName(const YamlMap& map, RequestSpec& request) {
    if (const auto name = map.Text("name", "a name"); name) {
      request.name = *name;
      Report(map, "name", CheckRequestName(*name));
    } else {
      request.name = DefaultRequestName(request);
    }
  }

  void ReadThresholds(const YamlMap& plan) {
    if (!plan.has("thresholds")) return;
    const auto items = plan.List("thresholds", "a list such as [error_rate < 1%]");
    draft_.thresholds.emplace();
    if (items.size() > Plan::kMaxThresholds) {
      return plan.Fail(*plan.Find("thresholds"), "thresholds", "more than 100 thresholds");
    }
    for (size_t i = 0; i < items.size(); ++i) {
      const std::string key = "thresholds[" + std::to_string(i) + "]";
      if (items[i].kind == YamlNode::Kind::kMap) {
        ReadThresholdMap(YamlMap(items[i], key, "a threshold", kThresholdKeys, errors_, kAllKeys));
      } else if (items[i].kind == YamlNode::Kind::kScalar) {
        auto threshold = ParseThreshold(items[i].text);
        if (threshold.ok()) {
          draft_.thresholds->push_back({*std::move(threshold), errors_.Place(items[i].at)});
        } else {
          plan.Fail(items[i], key, Message(threshold.status()));
        }
      } else {
        plan.Fail(items[i], key,
                  "expected a threshold such as error_rate < 1%, found " + Describe(items[i]));
      }
    }
  }

  // {check: EXPRESSION, abort: true, after: 20s, confidence: 95%}
  void ReadThresholdMap(const YamlMap& map) {
    if (!map.has("check")) {
      return map.Fail("'check' is missing: what must hold, such as error_rate < 1%");
    }
    const auto check = map.Text("check", "a threshold such as error_rate < 1%");
    if (!check) return;
    const auto confidence = map.Value("confidence", "95%", ParseConfidence);
    auto threshold = ParseThreshold(*check);
    if (!threshold.ok()) return Report(map, "check", threshold.status());
    if (confidence) {
      // The key says what the words say; a column in words that nobody wrote would mislead.
      auto confident = ParseThreshold(*check + *confidence);
      const std::string wrong = Message(confident.status());
      if (!confident.ok()) {
        return map.Fail(*map.Find("confidence"), "confidence", wrong.substr(wrong.find(": ") + 2));
      }
      threshold = std::move(confident);
    }
    threshold->abort = map.Bool("abort").value_or(false);
    const auto after = map.Value("after", kDurationText, ParsePause);
    if (map.has("after") && !threshold->abort) {
      return map.Fail(*map.Find("after"), "after", "of no effect without 'abort: true'");
    }
    if (threshold->abort) threshold->abort_after = after.value_or(kDefaultAbortAfter);
    draft_.thresholds->push_back({*std::move(threshold), errors_.Place(map.Find("check")->at)});
  }

  const std::string folder_;
  const FileReader& read_file_;
  SourceErrors errors_;
  PlanDraft draft_;
};

}  // namespace

std::span<const KnownKeys> AllKnownKeys() { return kAllKeys; }

StatusOr<PlanDraft> ReadYamlPlan(std::string_view text, const std::string& file_name,
                                 const FileReader& read_file) {
  return PlanReader(file_name, read_file).Read(text);
}

}  // namespace muster
