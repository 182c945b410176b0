// nnc ops: the operations and functions that models may use, from their own rows.

#include "frontends/cli/command.h"
#include "frontends/cli/console.h"
#include "frontends/nn/functions.h"
#include "ir/messages.h"
#include "runtime/files/safetensors_json.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cli {
namespace {

struct Settings {
  MakeOps ops = nullptr;
  std::string name;
  bool json = false, markdown = false;
};

/// What is known of an op or function, for all three forms of output.
struct Entry {
  std::string name, kind, usage, doc, derivative;
  std::vector<nn::AttrDecl> attrs;
  bool primitive = false;
};

std::string kind_text(const nn::AttrDecl& attr) {
  std::string text;
  for (const AttrKind kind : attr.kinds)
    text += (text.empty() ? "" : " or ") + std::string(attr_kind_name(kind));
  if (!attr.choices.empty()) text += fmt::format(": {}", fmt::join(attr.choices, ", "));
  return text;
}

std::string usage_text(const nn::Signature& signature) {
  std::vector<std::string> parts;
  for (const nn::OperandSpec& operand : signature.operands)
    parts.push_back(operand.name + (operand.open ? ", ..." : operand.optional ? "?" : ""));
  std::vector<std::string> attrs;
  for (const nn::AttrDecl& attr : signature.attrs)
    attrs.push_back(attr.required || absent(attr.fallback)
                        ? attr.name
                        : attr.name + "=" + attr_text(attr.fallback));
  const auto at = signature.attrs_first ? parts.begin() : parts.end();
  parts.insert(at, attrs.begin(), attrs.end());
  return fmt::format("{}({})", signature.name, fmt::join(parts, ", "));
}

std::vector<Entry> entries(const OpTable& rows, const nn::FunctionTable& functions) {
  std::vector<Entry> all;
  for (const OpRow* row : rows.rows()) {
    const auto signature = nn::find_signature({}, rows, row->name);
    if (!signature) continue; // stands for something until a pass dissolves it
    all.push_back({row->name, row->kind, usage_text(*signature), row->doc, row->derivative,
                   signature->attrs, true});
  }
  for (const nn::Function& function : functions.all()) {
    const auto signature = nn::find_signature(functions, rows, function.name);
    if (!signature) continue;
    all.push_back({function.name, function.family, usage_text(*signature), function.doc,
                   function.formula, signature->attrs, false});
  }
  return all;
}

std::string quoted(const std::string& text) { return json_string(text).value_or("\"\""); }

std::string json_text(std::span<const Entry> all) {
  std::string text = "[\n";
  for (const Entry& entry : all) {
    std::string attrs;
    for (const nn::AttrDecl& attr : entry.attrs)
      attrs += fmt::format(
          "{}{{\"name\": {}, \"kind\": {}, \"required\": {}{}}}", attrs.empty() ? "" : ", ",
          quoted(attr.name), quoted(kind_text(attr)), attr.required,
          absent(attr.fallback) ? "" : ", \"default\": " + quoted(attr_text(attr.fallback)));
    text += fmt::format("{}  {{\"name\": {}, \"kind\": {}, \"primitive\": {}, \"usage\": {}, "
                        "\"attributes\": [{}], \"doc\": {}, \"{}\": {}}}",
                        text.size() > 2 ? ",\n" : "", quoted(entry.name), quoted(entry.kind),
                        entry.primitive, quoted(entry.usage), attrs, quoted(entry.doc),
                        entry.primitive ? "derivative" : "formula", quoted(entry.derivative));
  }
  return text + "\n]\n";
}

/// Bars end cells of a table.
std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2))
    text.insert(at, "\\");
  return text;
}

std::string markdown_text(std::span<const Entry> all) {
  std::string text = "# Operations\n\nMade by `nnc ops --markdown` from the rows; `nnc ops NAME` "
                     "says more about each.\n";
  std::string last;
  for (const Entry& entry : all) {
    const std::string title = (entry.primitive ? "Primitive: " : "Function: ") + entry.kind;
    if (title != last)
      text += fmt::format("\n## {}\n\n| usage | what | {} |\n|---|---|---|\n", title,
                          entry.primitive ? "derivative" : "formula");
    last = title;
    text += fmt::format("| `{}` | {} | {} |\n", cell(entry.usage), cell(entry.doc),
                        entry.derivative.empty() ? "" : "`" + cell(entry.derivative) + "`");
  }
  return text;
}

std::string list_text(std::span<const Entry> all) {
  std::string text, last;
  for (const Entry& entry : all) {
    if (entry.kind != last) text += fmt::format("{}{}\n", text.empty() ? "" : "\n", entry.kind);
    last = entry.kind;
    text += fmt::format("  {:<24} {}\n", entry.name, entry.doc);
  }
  return text;
}

std::string page_text(const Entry& entry) {
  std::string text = fmt::format("{}\n  {}, {}\n  {}\n", entry.usage,
                                 entry.primitive ? "primitive" : "function", entry.kind, entry.doc);
  if (!entry.derivative.empty())
    text += fmt::format("  {}: {}\n", entry.primitive ? "derivative" : "formula", entry.derivative);
  for (const nn::AttrDecl& attr : entry.attrs)
    text += fmt::format("  {:<14} {}{}{}\n", attr.name, kind_text(attr),
                        attr.required           ? ", required"
                        : absent(attr.fallback) ? ""
                                                : ", default " + attr_text(attr.fallback),
                        attr.doc.empty() ? "" : ": " + attr.doc);
  return text;
}

int ops(const Settings& settings) {
  const OpTable rows = settings.ops();
  const nn::FunctionTable functions = nn::standard_functions();
  std::vector<Entry> all = entries(rows, functions);
  if (!settings.name.empty()) {
    std::erase_if(all, [&](const Entry& entry) { return entry.name != settings.name; });
    if (all.empty()) return report(nn::unknown_function(functions, rows, settings.name));
  }
  if (settings.json)
    print(json_text(all));
  else if (settings.markdown)
    print(markdown_text(all));
  else if (!settings.name.empty())
    for (const Entry& entry : all) print(page_text(entry));
  else
    print(list_text(all));
  return exit_ok;
}

} // namespace

Command ops_command(MakeOps rows) {
  auto s = std::make_shared<Settings>();
  s->ops = rows;
  return {.name = "ops",
          .summary = "list operations and functions",
          .examples = {"nnc ops             # all of them, by kind", "nnc ops conv        # one"},
          .options = {{"NAME", "", "an operation or function", &s->name},
                      {"--json", "", "as JSON", &s->json},
                      {"--markdown", "", "as docs/ops.md", &s->markdown}},
          .run = [s] { return ops(*s); }};
}

} // namespace nnc::cli
