// The catalogue as Markdown: docs/functions.md.

#include "frontends/cli/catalogue.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cli {
namespace {

using Section = std::span<const Entry>; ///< of one kind

std::vector<Section> sections_of(std::span<const Entry> entries) {
  std::vector<Section> sections;
  for (std::size_t begin = 0, end = 0; begin < entries.size(); begin = end) {
    while (end < entries.size() && entries[end].kind == entries[begin].kind) ++end;
    sections.push_back(entries.subspan(begin, end - begin));
  }
  return sections;
}

/// Bars end cells of a table.
std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2))
    text.insert(at, "\\");
  return text;
}

std::string code(const std::string& text) { return text.empty() ? "" : "`" + cell(text) + "`"; }

/// Attributes that the usage does not explain.
std::string notes_on(std::span<const nn::AttrDecl> attrs) {
  std::string text;
  for (const nn::AttrDecl& attr : attrs)
    if (!attr.doc.empty() || !attr.choices.empty())
      text += fmt::format("<br>`{}`: {}", attr.name, cell(attribute_text(attr)));
  return text;
}

std::string operations_table(Section section, EntryForm form) {
  std::string text;
  for (const Entry& entry : section) {
    if (entry.form != form) continue;
    if (text.empty())
      text = fmt::format("\n| {} | what | {} |\n|---|---|---|\n",
                         form == EntryForm::primitive ? "primitive" : "function",
                         formula_title(entry));
    text += fmt::format("| {} | {}{} | {} |\n", code(entry.usage), cell(entry.doc),
                        notes_on(entry.attrs), code(entry.formula));
  }
  return text;
}

std::string sentence(std::string text) {
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text + ".";
}

std::string recipe_text(const Entry& entry) {
  std::string text =
      fmt::format("\n### {}\n\n{}\n\n```text\n{}\n```\n\n```\n{}\n```\n", entry.name,
                  sentence(entry.doc), fmt::join(formula_lines(entry), "\n"), entry.usage);
  if (entry.attrs.empty()) return text;
  text += "\n| attribute | |\n|---|---|\n";
  for (const nn::AttrDecl& attr : entry.attrs)
    text += fmt::format("| `{}` | {} |\n", attr.name, cell(attribute_text(attr)));
  return text;
}

} // namespace

std::string markdown_text(std::span<const Entry> entries) {
  std::string text =
      "# Functions\n\nEverything that a model may call or name, as `nnc ops` lists it: functions, "
      "which are built of\nprimitives, then optimizers, schedules and initializers, then the "
      "primitives. Which of those run\nfor which dtype is in [ops.md](ops.md); `nnc ops NAME` "
      "shows one of them. Written by\n`nnc ops --markdown`.\n";
  std::vector<Section> sections = sections_of(entries);
  std::stable_partition(sections.begin(), sections.end(), [](Section section) {
    return std::ranges::any_of(
        section, [](const Entry& entry) { return entry.form != EntryForm::primitive; });
  });
  for (const Section section : sections) {
    const std::string_view place = place_of(section[0].kind);
    text += fmt::format("\n## {}\n", section[0].kind);
    if (!place.empty()) text += fmt::format("\nNamed by {}.\n", place);
    text += operations_table(section, EntryForm::primitive);
    text += operations_table(section, EntryForm::function);
    for (const Entry& entry : section)
      if (entry.form == EntryForm::recipe) text += recipe_text(entry);
  }
  return text;
}

} // namespace nnc::cli
