#include "gallery/page.h"

#include "compiler/pipeline.h"
#include "frontends/cli/catalogue.h"
#include "frontends/formula/formula.h"
#include "frontends/models.h"
#include "ir/kernel/print.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace nnc::gallery {
namespace {

std::string formula_of(const Shown& shown) {
  auto made = run_pipeline(copy_live(shown.graph), {.stop_after = "simplify.3"});
  if (!made) throw InternalError(made.error().message);
  for (std::size_t i = 0; i < shown.titles.size(); ++i)
    made->graph.outputs[i].name = shown.titles[i];
  return formula_text(made->graph);
}

std::string kernels_of(const Shown& shown) {
  const auto made = run_pipeline(copy_live(shown.graph), {});
  if (!made) throw InternalError(made.error().message);
  return print_program(made->program.value());
}

const cli::Entry& entry_of(const OpRow& row) {
  static const std::vector<cli::Entry> all = cli::catalogue(test_rows(), test_functions());
  const auto found = std::ranges::find(all, row.name, &cli::Entry::name);
  if (found == all.end()) throw InternalError("nnc ops does not list " + row.name);
  return *found;
}

std::string sentence(std::string text) {
  if (text[0] >= 'a' && text[0] <= 'z' && text.size() > 1 && text[1] != ' ')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text + ".";
}

/// Bars end cells of a table, and in Markdown a new line is none.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text)
    if (c == '\n')
      result += "`<br>`";
    else
      result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string block(const std::string& language, const std::string& text) {
  return fmt::format("\n```{}\n{}```\n", language, text);
}

std::string attributes_text(const cli::Entry& entry) {
  if (entry.attrs.empty()) return {};
  std::string text = "\n| attribute | |\n|---|---|\n";
  for (const nn::AttrDecl& attr : entry.attrs)
    text += fmt::format("| `{}` | {} |\n", attr.name, cell(cli::attribute_text(attr)));
  return text;
}

} // namespace

std::vector<std::string> formulas_of(const Example& example) {
  std::vector<std::string> texts;
  for (const Shown& shown : example.by_order) texts.push_back(formula_of(shown));
  return texts;
}

std::string page_of(const OpRow& row, const Example& example,
                    const std::vector<std::string>& formulas,
                    const std::vector<std::string>& pictures) {
  const cli::Entry& entry = entry_of(row);
  std::string text = fmt::format("# `{}`\n\n{}\n\n`{}`, {}\n", row.name, sentence(row.doc),
                                 entry.usage, entry.kind);
  text += attributes_text(entry);
  if (!example.model.empty())
    text +=
        fmt::format("\n## [In a model](models/{}.json)\n", row.name) + block("json", example.model);
  text += "\n## Formula\n" + block("text", formulas[0]);
  const bool derived = formulas.size() > 1;
  text += "\n## Derivatives\n";
  if (!row.derivative.empty()) text += fmt::format("\nBy its rule: {}.\n", row.derivative);
  for (std::size_t order = 1; order < formulas.size(); ++order)
    text += block("text", formulas[order]);
  if (!pictures.empty()) text += "\n";
  for (const std::string& name : pictures)
    text += fmt::format("![f and its derivatives]({})\n", name);
  text += fmt::format("\n## Kernels of {}\n", derived ? "the first derivative" : "the function");
  return text + block("text", kernels_of(example.by_order[derived ? 1 : 0]));
}

std::string list_of(std::vector<Listed> pages) {
  std::string text =
      "# Gallery\n\nEvery operation: its formula, its first and its second derivatives as `nnc "
      "grad "
      "--emit=math` writes\nthem ([how to read them](../formulas.md)), and the kernels of the "
      "first "
      "derivative. Element-wise ops stand\nfor themselves, f'(x) being the derivative of each "
      "element. Of the others a model uses each: there `c`\nis a cotangent of the result, `g` the "
      "gradient for it, that of `sum(c * y)`, and `h` the derivative of\n`sum(u * g)` for a "
      "direction `u`. Written by `gallery_test` with `NNC_BLESS=1`.\n";
  std::string_view kind;
  std::map<std::string, std::size_t> order; // in which kinds appear
  for (const Listed& page : pages) order.emplace(page.row->kind, order.size());
  std::ranges::stable_sort(pages, {}, [&](const Listed& page) { return order.at(page.row->kind); });
  for (const Listed& page : pages) {
    if (page.row->kind != kind)
      text +=
          fmt::format("\n## {}\n\n| op | formula | derivative |\n|---|---|---|\n", page.row->kind);
    kind = page.row->kind;
    const auto code = [](std::string lines) {
      lines.pop_back(); // the last end of line
      return "`" + cell(lines) + "`";
    };
    const bool derived = page.formulas.size() > 1;
    text += fmt::format("| [{}]({}.md) | {} | {} |\n", page.row->name, page.row->name,
                        code(page.formulas[0]),
                        derived ? code(page.formulas[1]) : cell(page.row->derivative));
  }
  return text;
}

} // namespace nnc::gallery
