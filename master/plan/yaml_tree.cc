#include "master/plan/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <utility>

namespace muster {
namespace {

// Leaves yaml-cpp's parser once the reason is among the errors. Caught in ReadYamlTree.
struct StopReading {};

YamlMark FromYaml(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

// yaml-cpp ends a plain scalar in a flow collection at any '?', which YAML does not: a path like
// /cart?x=1 would be refused there. So every '?' that marks no key is hidden behind this byte,
// which a plan cannot hold itself, and put back into what the parser gives.
constexpr char kHiddenQuestion = '\x01';

std::string HideQuestions(std::string_view text) {
  std::string hidden(text);
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '?') continue;
    const char before = i == 0 ? '\n' : text[i - 1];
    const char after = i + 1 == text.size() ? '\n' : text[i + 1];
    const bool token_begins = blank(before) || before == '[' || before == '{' || before == ',';
    if (!token_begins || !blank(after)) hidden[i] = kHiddenQuestion;
  }
  return hidden;
}

std::string ShowQuestions(std::string text) {
  std::replace(text.begin(), text.end(), kHiddenQuestion, '?');
  return text;
}

YamlNode MakeNode(YamlNode::Kind kind, const YAML::Mark& mark) {
  YamlNode node;
  node.kind = kind;
  node.at = FromYaml(mark);
  return node;
}

// Builds the tree from the parser's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(SourceErrors& errors) : errors_(errors) {}

  // The flow mapping or list that was opened last and not closed.
  std::optional<YamlMark> open_flow() const {
    for (auto frame = open_.rbegin(); frame != open_.rend(); ++frame) {
      if (frame->flow) return frame->node.at;
    }
    return std::nullopt;
  }
  // Where the last quoted scalar or block of text begins.
  std::optional<YamlMark> last_quoted() const { return last_quoted_; }
  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      Stop(FromYaml(mark), "a second document begins here; a plan is one document");
    }
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    errors_.Add(FromYaml(mark),
                "anchor '&" + ShowQuestions(name) + "': anchors are not allowed in a plan");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    errors_.Add(FromYaml(mark), "aliases ('*name') are not allowed in a plan; write the value out");
    Leaf(MakeNode(YamlNode::Kind::kNull, mark));
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    Leaf(MakeNode(YamlNode::Kind::kNull, mark));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                const std::string& value) override {
    RefuseTag(mark, tag);
    YamlNode node = MakeNode(YamlNode::Kind::kScalar, mark);
    node.quoted = tag == "!";
    node.text = ShowQuestions(value);
    if (node.quoted) last_quoted_ = node.at;
    Leaf(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value style) override {
    RefuseTag(mark, tag);
    Open(MakeNode(YamlNode::Kind::kSequence, mark), style);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value style) override {
    RefuseTag(mark, tag);
    Open(MakeNode(YamlNode::Kind::kMap, mark), style);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapEnd() override { Close(); }

 private:
  struct Frame {
    YamlNode node;
    bool flow = false;
    bool key_next = true;  // of a mapping: the next event is a key
    YamlEntry entry;       // of a mapping: the key whose value comes next
  };

  [[noreturn]] void Stop(YamlMark at, const std::string& text) {
    errors_.Add(at, text);
    throw StopReading{};
  }

  void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    errors_.Add(FromYaml(mark), "tag '" + ShowQuestions(tag) + "': tags are not allowed in a plan");
  }

  void CountNode(YamlMark at) {
    if (++nodes_ > YamlLimits::kNodes) Stop(at, "the plan has more than 100,000 values");
  }

  void Open(YamlNode node, YAML::EmitterStyle::value style) {
    CountNode(node.at);
    if (InKeyPlace()) Stop(node.at, "a key must be a plain word");
    if (open_.size() == YamlLimits::kDepth) Stop(node.at, "nested deeper than 16 levels");
    Frame& frame = open_.emplace_back();
    frame.node = std::move(node);
    frame.flow = style == YAML::EmitterStyle::Flow;
  }

  void Close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Place(std::move(node));
  }

  void Leaf(YamlNode node) {
    CountNode(node.at);
    if (InKeyPlace()) {
      TakeKey(std::move(node));
    } else {
      Place(std::move(node));
    }
  }

  bool InKeyPlace() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::kMap &&
           open_.back().key_next;
  }

  void TakeKey(YamlNode node) {
    if (node.kind != YamlNode::Kind::kScalar) Stop(node.at, "a key must be a plain word");
    Frame& frame = open_.back();
    if (node.text == "<<" && !node.quoted) {
      errors_.Add(node.at, "merge keys ('<<') are not allowed in a plan; write the values out");
    }
    const auto& entries = frame.node.entries;
    const auto first = std::find_if(entries.begin(), entries.end(),
                                    [&](const YamlEntry& e) { return e.key == node.text; });
    if (first != entries.end()) {
      errors_.Add(node.at, "duplicate key '" + node.text + "', first at line " +
                               std::to_string(first->at.line));
    }
    if (entries.size() == YamlLimits::kKeys) Stop(node.at, "more than 1,000 keys in one mapping");
    frame.entry = {.key = std::move(node.text), .at = node.at, .value = {}};
    frame.key_next = false;
  }

  void Place(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = open_.back();
    if (frame.node.kind == YamlNode::Kind::kSequence) {
      frame.node.items.push_back(std::move(node));
      return;
    }
    frame.entry.value = std::move(node);
    frame.node.entries.push_back(std::move(frame.entry));
    frame.key_next = true;
  }

  SourceErrors& errors_;
  std::vector<Frame> open_;
  YamlNode root_;
  std::optional<YamlMark> last_quoted_;
  size_t nodes_ = 0;
  int documents_ = 0;
};

// Length of the well-formed UTF-8 sequence at `text[i]`, 0 when there is none.
size_t Utf8Length(std::string_view text, size_t i) {
  const auto byte = [&](size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  const auto follows = [&](size_t at) { return (byte(at) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(i);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(i + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (lead == 0xE0 && byte(i + 1) < 0xA0) return 0;
    if (lead == 0xED && byte(i + 1) >= 0xA0) return 0;
    return follows(i + 1) && follows(i + 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (lead == 0xF0 && byte(i + 1) < 0x90) return 0;
    if (lead == 0xF4 && byte(i + 1) >= 0x90) return 0;
    return follows(i + 1) && follows(i + 2) && follows(i + 3) ? 4 : 0;
  }
  return 0;
}

// Refuses what yaml-cpp would replace, skip or misread: bytes that are not UTF-8, control
// characters, and lines that begin with a tab.
bool CheckText(std::string_view text, SourceErrors& errors) {
  YamlMark at;
  for (size_t i = 0; i < text.size();) {
    const size_t length = Utf8Length(text, i);
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0) {
      errors.Add(at, "not UTF-8 text");
      return false;
    }
    if (byte == 0x7F || (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t')) {
      errors.Add(at, "control character; a plan is plain text");
      return false;
    }
    if (byte == '\t' && at.column == 1) {
      errors.Add(at, "the line begins with a tab; indent with spaces");
      return false;
    }
    i += length;
    at.column += static_cast<int>(length);
    if (byte == '\n') at = {at.line + 1, 1};
  }
  return true;
}

// The text from the line's start on.
std::string_view FromLine(std::string_view text, int line) {
  for (; line > 1; --line) {
    const size_t end = text.find('\n');
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  return text;
}

// Whether `text` begins with a quote that has no end. yaml-cpp accepts that in the file's last
// line.
bool QuoteNeverEnds(std::string_view text) {
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return false;
  const char quote = text[0];
  for (size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 == text.size() || text[i + 1] != quote) return false;
      ++i;  // '' within single quotes
    }
  }
  return true;
}

// Only the last quoted scalar can lack its end: it reaches to the end of the file.
void CheckLastQuote(std::string_view text, std::optional<YamlMark> at, SourceErrors& errors) {
  if (!at) return;
  const std::string_view line = FromLine(text, at->line);
  const size_t begin = std::min(static_cast<size_t>(at->column - 1), line.size());
  if (QuoteNeverEnds(line.substr(begin))) errors.Add(*at, "this quote is never closed");
}

bool TabInIndent(std::string_view line) {
  line = line.substr(0, line.find('\n'));
  const size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
  return line.substr(0, indent).find('\t') != line.npos;
}

// Places yaml-cpp's own error. It reports an unterminated flow at 1:1; the bracket is known here.
void AddSyntaxError(const YAML::Exception& e, std::string_view text, const TreeBuilder& builder,
                    SourceErrors& errors) {
  const bool flow_end = e.msg.find("flow") != e.msg.npos && e.msg.find("end of") != e.msg.npos;
  if (flow_end && builder.open_flow().has_value()) {
    errors.Add(*builder.open_flow(),
               "this bracket is never closed, or a comma is missing after it");
    return;
  }
  const YamlMark at = FromYaml(e.mark);
  const bool tab = TabInIndent(FromLine(text, at.line));
  errors.Add(at, "not valid YAML: " + e.msg + (tab ? " (the line is indented with a tab)" : ""));
}

}  // namespace

void SourceErrors::Add(YamlMark at, std::string text) { errors_.push_back({at, std::move(text)}); }

std::string SourceErrors::Place(YamlMark at) const {
  return file_name_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

Status SourceErrors::ToStatus() const {
  if (errors_.empty()) return absl::OkStatus();
  std::vector<Error> sorted = errors_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Error& a, const Error& b) { return a.at < b.at; });
  std::string text;
  for (size_t i = 0; i < std::min(sorted.size(), kShown); ++i) {
    if (i > 0) text += '\n';
    text += Place(sorted[i].at) + ": " + sorted[i].text;
  }
  if (sorted.size() > kShown) {
    text += "\n" + file_name_ + ": and " + std::to_string(sorted.size() - kShown) + " more";
  }
  return InvalidArgument(text);
}

std::optional<YamlNode> ReadYamlTree(std::string_view text, SourceErrors& errors) {
  if (text.size() > YamlLimits::kTextBytes) {
    errors.Add({}, "the plan is larger than 1 MiB");
    return std::nullopt;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!CheckText(text, errors)) return std::nullopt;
  TreeBuilder builder(errors);
  try {
    std::istringstream in(HideQuestions(text));
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const StopReading&) {
    return std::nullopt;
  } catch (const YAML::Exception& e) {
    AddSyntaxError(e, text, builder, errors);
    return std::nullopt;
  }
  CheckLastQuote(text, builder.last_quoted(), errors);
  return builder.TakeRoot();
}

}  // namespace muster
