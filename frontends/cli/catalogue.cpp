#include "frontends/cli/catalogue.h"

#include "frontends/cli/layout.h"
#include "frontends/model/control_forms.h"
#include "frontends/model/derivative_forms.h"
#include "frontends/model/resolve.h"
#include "frontends/nn/initializers.h"
#include "frontends/nn/optimizers.h"
#include "runtime/files/safetensors_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace nnc::cli {
namespace {

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

/// The kinds of recipes, and where a model names one.
struct RecipeKind {
  std::string_view name, place;
  const std::vector<nn::Recipe>& (*recipes)();
};

constexpr std::array recipe_kinds = {
    RecipeKind{"optimizer", "the key \"optimizer\" of a function with \"minimize\"",
               nn::optimizer_recipes},
    RecipeKind{"schedule", "the key \"lr\" of an optimizer; t is the number of steps done",
               nn::schedule_recipes},
    RecipeKind{"initializer", "the key \"init\" of a param or of state", nn::initializer_recipes}};

std::string_view interval_text(nn::Interval interval) {
  switch (interval) {
  case nn::Interval::any:
    return "";
  case nn::Interval::not_negative:
    return " >= 0";
  case nn::Interval::positive:
    return " > 0";
  case nn::Interval::fraction:
    return " in [0, 1)";
  }
  return "";
}

/// "\"HWIO\" or \"OIHW\"", "list of integers or integer".
std::string kind_text(const nn::AttrDecl& attr) {
  std::vector<std::string> kinds;
  for (const AttrKind kind : attr.kinds) {
    if (kind == AttrKind::string && !attr.choices.empty())
      for (const std::string& choice : attr.choices) kinds.push_back("\"" + choice + "\"");
    else
      kinds.emplace_back(attr_kind_name(kind));
  }
  return fmt::format("{}", fmt::join(kinds, " or "));
}

/// "vmap(operands, function="f", axes)": rows that run a function of the model.
std::string function_usage(const OpRow& row) {
  std::string usage = row.name + "(operands, function=\"f\"";
  for (const AttrSpec& attr : row.attrs)
    if (attr.kind != AttrKind::body) usage += ", " + attr.name;
  return usage + ")";
}

/// A row that runs functions, by the names under which a model gives them and their operands.
Entry control_entry(const OpRow& row, const ControlForm& form, const nn::Signature& signature) {
  Entry entry{EntryForm::primitive, row.name, row.kind, std::string(form.usage), row.doc,
              row.derivative,       {}};
  const auto add = [&](std::string_view name) {
    const auto attr = std::ranges::find(signature.attrs, name, &nn::AttrDecl::name);
    if (attr != signature.attrs.end()) entry.attrs.push_back(*attr);
  };
  for (const std::string_view function : form.functions) add(function);
  for (std::size_t i = 0; i < form.values.size(); ++i)
    if (!form.values[i].empty())
      entry.attrs.push_back({.name = std::string(form.values[i]),
                             .kinds = {},
                             .doc = std::string(form.value_docs[i])});
  for (const std::string_view setting : form.settings) add(setting);
  return entry;
}

} // namespace

std::string attribute_text(const nn::AttrDecl& attr) {
  std::string text = kind_text(attr);
  if (attr.kinds.empty()) return attr.doc; // names of values
  text += interval_text(attr.interval);
  if (attr.required) text += ", required";
  if (!absent(attr.fallback)) text += ", default " + attr_text(attr.fallback);
  if (!attr.doc.empty()) text += ": " + attr.doc;
  return text;
}

std::string_view formula_title(const Entry& entry) {
  return entry.form == EntryForm::primitive ? "derivative" : "formula";
}

std::vector<std::string> formula_lines(const Entry& entry) {
  std::vector<std::string> lines;
  const std::string& all = entry.formula;
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end + 2) {
    end = entry.form == EntryForm::recipe ? all.find("; ", begin) : std::string::npos;
    end = std::min(end, all.size());
    lines.push_back(all.substr(begin, end - begin));
  }
  return lines;
}

std::string_view place_of(std::string_view kind) {
  const auto found = std::ranges::find(recipe_kinds, kind, &RecipeKind::name);
  return found == recipe_kinds.end() ? "" : found->place;
}

std::vector<Entry> catalogue(const OpTable& rows, const nn::FunctionTable& functions) {
  std::vector<Entry> all;
  for (const OpRow* row : rows.rows()) {
    const auto signature = nn::find_signature({}, rows, row->name);
    if (!signature) continue; // stands for something until a pass dissolves it
    if (const ControlForm* form = find_control_form(row->name)) {
      all.push_back(control_entry(*row, *form, *signature));
      continue;
    }
    all.push_back({EntryForm::primitive, row->name, row->kind, usage_text(*signature), row->doc,
                   row->derivative, signature->attrs});
  }
  for (const nn::Function& function : functions.all()) {
    const auto signature = nn::find_signature(functions, rows, function.name);
    if (!signature) continue;
    all.push_back({EntryForm::function, function.name, function.family, usage_text(*signature),
                   function.doc, function.formula, signature->attrs});
  }
  for (const DerivativeForm& form : derivative_forms()) {
    std::string usage = fmt::format("{}({}, {}", form.name, form.operands[0], form.operands[1]);
    if (!form.operands[2].empty()) usage += fmt::format(", {}", form.operands[2]);
    if (form.directions == Directions::optional) usage += "?";
    all.push_back({EntryForm::function,
                   std::string(form.name),
                   "derivative",
                   usage + ")",
                   std::string(form.doc),
                   std::string(form.formula),
                   {}});
  }
  for (const OpRow* row : rows.rows())
    if (takes_function(*row))
      all.push_back(
          {EntryForm::function, row->name, "control", function_usage(*row), row->doc, "", {}});
  for (const RecipeKind& kind : recipe_kinds)
    for (const nn::Recipe& recipe : kind.recipes())
      all.push_back({EntryForm::recipe, recipe.name, std::string(kind.name), recipe.example,
                     recipe.doc, recipe.formula, recipe.attrs});
  std::map<std::string, std::size_t> order; // in which kinds appear
  for (const Entry& entry : all) order.emplace(entry.kind, order.size());
  std::ranges::stable_sort(all, {}, [&](const Entry& entry) { return order.at(entry.kind); });
  return all;
}

std::string list_text(std::span<const Entry> entries, std::size_t columns) {
  std::size_t width = 0;
  for (const Entry& entry : entries) width = std::max(width, entry.name.size());
  std::string text = hanging("* is a primitive; functions are built of primitives. `nnc ops NAME` "
                             "shows one of them.",
                             0, columns) +
                     "\n";
  std::string last;
  for (const Entry& entry : entries) {
    if (entry.kind != last) {
      const std::string_view place = place_of(entry.kind);
      text += fmt::format("\n{}{}\n", entry.kind, place.empty() ? "" : fmt::format(" ({})", place));
    }
    last = entry.kind;
    const std::string line =
        fmt::format("{} {:{}} {}", entry.form == EntryForm::primitive ? "*" : " ", entry.name,
                    width, entry.doc);
    text += hanging(line, width + 3, columns) + "\n";
  }
  return text;
}

std::string page_text(const Entry& entry, std::size_t columns) {
  const bool recipe = entry.form == EntryForm::recipe;
  std::string text = hanging(recipe ? entry.name : entry.usage, 4, columns) + "\n";
  const auto add = [&](const std::string& line, std::size_t indent) {
    text += hanging("  " + line, indent + 2, columns) + "\n";
  };
  if (recipe)
    add(fmt::format("{}, named by {}", entry.kind, place_of(entry.kind)), 2);
  else
    add((entry.form == EntryForm::primitive ? "primitive, " : "function, ") + entry.kind, 2);
  add(entry.doc, 0);
  std::string title = fmt::format("{}: ", formula_title(entry));
  for (const std::string& line : formula_lines(entry)) {
    add(title + line, title.size());
    title.assign(title.size(), ' ');
  }
  if (recipe) add("example: " + entry.usage, 9);
  for (const nn::AttrDecl& attr : entry.attrs)
    add(fmt::format("{:<14} {}", attr.name, attribute_text(attr)), 15);
  return text;
}

namespace {

std::string quoted(const std::string& text) { return json_string(text).value_or("\"\""); }

} // namespace

std::string json_text(std::span<const Entry> entries) {
  std::string text = "[\n";
  for (const Entry& entry : entries) {
    std::string attrs;
    for (const nn::AttrDecl& attr : entry.attrs)
      attrs += fmt::format(
          "{}{{\"name\": {}, \"kind\": {}, \"required\": {}{}}}", attrs.empty() ? "" : ", ",
          quoted(attr.name), quoted(kind_text(attr)), attr.required,
          absent(attr.fallback) ? "" : ", \"default\": " + quoted(attr_text(attr.fallback)));
    text += fmt::format("{}  {{\"name\": {}, \"kind\": {}, \"primitive\": {}, \"{}\": {}, "
                        "\"attributes\": [{}], \"doc\": {}, \"{}\": {}}}",
                        text.size() > 2 ? ",\n" : "", quoted(entry.name), quoted(entry.kind),
                        entry.form == EntryForm::primitive,
                        entry.form == EntryForm::recipe ? "example" : "usage", quoted(entry.usage),
                        attrs, quoted(entry.doc), formula_title(entry), quoted(entry.formula));
  }
  return text + "\n]\n";
}

} // namespace nnc::cli
