#include "master/suite/suite_report.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "master/report/markdown_text.h"
#include "master/report/xml_text.h"
#include "master/suite/suite_columns.h"

namespace muster {
namespace {

using Columns = std::vector<const SuiteColumn*>;
using RowList = std::vector<const SuiteRow*>;

constexpr std::string_view kStyleSheet =
    ":root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2em}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25em .7em;text-align:left;border-bottom:1px solid #8884;vertical-align:top}"
    "th{position:sticky;top:0;background:Canvas}.n{text-align:right;white-space:nowrap}"
    ".passed{color:#17803d}.failed,.not_measured,.incomplete,.internal_error{color:#c0262d}"
    ".generator_limited,.needs_missing,.interrupted{color:#a15c00}"
    "@media(prefers-color-scheme:dark){.passed{color:#5ecf86}.failed,.not_measured,.incomplete,"
    ".internal_error{color:#ff8087}.generator_limited,.needs_missing,.interrupted{color:#f0b35e}}";

bool IsNothing(const std::string& text) { return text.empty() || text == "-"; }

// Those with a value in some row, and none of `hidden`.
Columns ColumnsOf(const RowList& rows, std::initializer_list<std::string_view> hidden) {
  Columns columns;
  for (const SuiteColumn& column : SuiteColumns()) {
    if (column.head == nullptr) continue;
    if (std::find(hidden.begin(), hidden.end(), column.key) != hidden.end()) continue;
    const bool used = std::any_of(rows.begin(), rows.end(), [&](const SuiteRow* row) {
      return !IsNothing(column.text(*row));
    });
    if (used) columns.push_back(&column);
  }
  return columns;
}

RowList AllRows(const SuiteResult& result) {
  RowList rows;
  for (const SuiteRow& row : result.rows) rows.push_back(&row);
  return rows;
}

RowList RowsOf(const SuiteResult& result, const std::string& plan) {
  RowList rows;
  for (const SuiteRow& row : result.rows) {
    if (row.plan == plan) rows.push_back(&row);
  }
  return rows;
}

// Where, how and when, one line.
std::string AboutSuite(const SuiteResult& result, const std::string& dot) {
  std::string text = "target on core " + result.target_cores + dot + "generator on core " +
                     result.generator_cores + dot + "seed " + std::to_string(result.seed);
  if (!result.cpu.empty()) {
    text += dot + result.cpu + ", " + std::to_string(result.cores) + " cores";
  }
  if (!result.kernel.empty()) text += dot + result.kernel;
  return text;
}

std::string HeadlineOf(const SuiteResult& result) {
  const auto measured = std::count_if(result.rows.begin(), result.rows.end(), [](const auto& row) {
    return row.repeats_measured == row.repeats_wanted;
  });
  return std::to_string(measured) + " of " + std::to_string(result.rows.size()) + " rows measured" +
         (result.quick ? " (quick)" : "") + (result.interrupted ? ", interrupted" : "");
}

// --- Terminal

Style MoodOfVerdict(const std::string& verdict) {
  if (verdict == "passed") return Style::kGood;
  if (verdict == "generator_limited" || verdict == "needs_missing" || verdict == "interrupted") {
    return Style::kWarn;
  }
  return Style::kBad;
}

std::string TerminalTable(const TextStyle& style, const RowList& rows, const Columns& columns) {
  std::vector<size_t> widths;
  std::vector<std::vector<std::string>> cells;
  for (const SuiteColumn* column : columns) {
    widths.push_back(TextWidth(column->head));
    for (const SuiteRow* row : rows) {
      widths.back() = std::max(widths.back(), TextWidth(style.Clean(column->text(*row))));
    }
  }
  std::string text;
  for (size_t r = 0; r <= rows.size(); ++r) {
    std::string line;
    for (size_t c = 0; c < columns.size(); ++c) {
      const std::string cell =
          r == 0 ? columns[c]->head : style.Clean(columns[c]->text(*rows[r - 1]));
      const std::string padded =
          columns[c]->number ? PadLeft(cell, widths[c]) : PadRight(cell, widths[c]);
      const bool verdict = r > 0 && std::string_view(columns[c]->key) == "verdict";
      const Style mood = r == 0    ? Style::kBold
                         : verdict ? MoodOfVerdict(rows[r - 1]->verdict)
                                   : Style::kPlain;
      line += (c == 0 ? "  " : "  ") + style.Paint(mood, c + 1 == columns.size() ? cell : padded);
    }
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string TerminalPlan(const TextStyle& style, const SuiteResult& result,
                         const SuitePlanNote& plan) {
  const RowList rows = RowsOf(result, plan.plan);
  std::string text = "\n" + style.Paint(Style::kBold, style.Clean(plan.plan));
  if (!rows.empty() && !rows[0]->load.empty()) text += style.dot() + style.Clean(rows[0]->load);
  if (plan.rank_by != "none") text += style.dot() + "ranked by " + plan.rank_by;
  text += "\n" +
          TerminalTable(style, rows, ColumnsOf(rows, {"plan", "load", "reason", "not_enforced"}));
  for (const SuiteRow* row : rows) {
    if (row->reason.empty()) continue;
    text += "  " +
            style.Paint(MoodOfVerdict(row->verdict),
                        "! " + style.Clean(row->target + ": " + row->reason)) +
            "\n";
  }
  if (!plan.text.empty()) text += "  " + style.Paint(Style::kDim, style.Clean(plan.text)) + "\n";
  return text;
}

// Each once, with whose it is.
std::vector<std::string> NotEnforcedLines(const SuiteResult& result) {
  std::vector<std::string> lines;
  for (const SuiteRow& row : result.rows) {
    for (const std::string& what : row.not_enforced) {
      const std::string line = row.target + ": not enforced: " + what;
      if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
    }
  }
  return lines;
}

std::vector<std::string> NotesOf(const SuiteResult& result) {
  std::vector<std::string> notes = NotEnforcedLines(result);
  for (const SuiteRow& row : result.rows) {
    if (row.disturbed.empty()) continue;
    notes.push_back(row.plan + ", " + row.target + ": disturbed: " + row.disturbed);
  }
  notes.insert(notes.end(), result.notes.begin(), result.notes.end());
  return notes;
}

// --- CSV and HTML

std::string CsvField(const std::string& field) {
  if (field.find_first_of("\",\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string HtmlTable(const RowList& rows) {
  const Columns columns = ColumnsOf(rows, {});
  std::string text = "<table>\n<thead><tr>";
  for (const SuiteColumn* column : columns) {
    text += std::string("<th") + (column->number ? " class=\"n\"" : "") + ">" +
            XmlText(column->head) + "</th>";
  }
  text += "</tr></thead>\n<tbody>\n";
  for (const SuiteRow* row : rows) {
    text += "<tr>";
    for (const SuiteColumn* column : columns) {
      const bool verdict = std::string_view(column->key) == "verdict";
      const std::string kind = verdict ? row->verdict : column->number ? "n" : "";
      text += (kind.empty() ? "<td>" : "<td class=\"" + XmlText(kind) + "\">") +
              XmlText(column->text(*row)) + "</td>";
    }
    text += "</tr>\n";
  }
  return text + "</tbody>\n</table>\n";
}

}  // namespace

std::string SuiteTerminal(const SuiteResult& result, const TextOptions& options) {
  const TextStyle style(options);
  const Style mood = result.exit_code == 0 ? Style::kGood
                     : result.interrupted  ? Style::kWarn
                                           : Style::kBad;
  std::string text = style.Paint(Style::kBold, style.Clean(result.name)) + style.dot() +
                     style.Paint(mood, HeadlineOf(result)) + style.dot() + "exit " +
                     std::to_string(result.exit_code) + "\n" +
                     style.Clean(AboutSuite(result, style.dot())) + "\n";
  for (const SuitePlanNote& plan : result.plans) text += TerminalPlan(style, result, plan);
  const std::vector<std::string> notes = NotesOf(result);
  if (!notes.empty()) text += "\n";
  for (const std::string& note : notes) {
    text += style.Paint(Style::kWarn, "! " + style.Clean(note)) + "\n";
  }
  return text;
}

std::string SuiteMarkdown(const SuiteResult& result) {
  std::string text = "## " + MarkdownText(result.name) + "\n\n" +
                     MarkdownText(HeadlineOf(result) + ". " + AboutSuite(result, ", ")) + "\n\n|";
  const RowList rows = AllRows(result);
  const Columns columns = ColumnsOf(rows, {"not_enforced"});
  for (const SuiteColumn* column : columns) text += " " + MarkdownText(column->head) + " |";
  text += "\n|";
  for (const SuiteColumn* column : columns) text += column->number ? "--:|" : "---|";
  text += "\n";
  for (const SuiteRow* row : rows) {
    text += "|";
    for (const SuiteColumn* column : columns) {
      text += " " + MarkdownText(column->text(*row)) + " |";
    }
    text += "\n";
  }
  std::string list;
  for (const SuitePlanNote& plan : result.plans) {
    if (!plan.text.empty()) list += "- " + MarkdownText(plan.plan + ": " + plan.text) + "\n";
  }
  for (const std::string& note : NotesOf(result)) list += "- " + MarkdownText(note) + "\n";
  return list.empty() ? text : text + "\n" + list;
}

std::string SuiteCsv(const SuiteResult& result) {
  std::string text;
  for (const SuiteColumn& column : SuiteColumns()) {
    text += std::string(text.empty() ? "" : ",") + column.key;
  }
  text += "\r\n";
  for (const SuiteRow& row : result.rows) {
    std::string line;
    for (const SuiteColumn& column : SuiteColumns()) {
      line += (&column == SuiteColumns().data() ? "" : ",") + CsvField(column.raw(row));
    }
    text += line + "\r\n";
  }
  return text;
}

std::string SuiteHtml(const SuiteResult& result) {
  const std::string title = XmlText(result.name);
  std::string text =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"generator\" content=\"Muster\">\n<link rel=\"icon\" href=\"data:,\">\n<title>" +
      title + "</title>\n<style>" + std::string(kStyleSheet) + "</style>\n</head>\n<body>\n<h1>" +
      title + "</h1>\n<p>" + XmlText(HeadlineOf(result) + " · " + result.started_at) + "<br>" +
      XmlText(AboutSuite(result, " · ")) + "</p>\n" + HtmlTable(AllRows(result));
  std::string list;
  for (const SuitePlanNote& plan : result.plans) {
    if (!plan.text.empty()) list += "<li>" + XmlText(plan.plan + ": " + plan.text) + "</li>\n";
  }
  for (const std::string& note : NotesOf(result)) list += "<li>" + XmlText(note) + "</li>\n";
  if (!list.empty()) text += "<ul>\n" + list + "</ul>\n";
  return text + "</body>\n</html>\n";
}

}  // namespace muster
