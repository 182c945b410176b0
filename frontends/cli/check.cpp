// nnc check: every derivative of a model against dual numbers and differences.

#include "frontends/cli/command.h"
#include "frontends/cli/console.h"
#include "frontends/cli/source.h"
#include "frontends/host/derivative_check.h"
#include "frontends/json/read_model.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cli {
namespace {

struct Settings {
  std::string model;
  std::vector<std::string> functions, sizes;
  std::int64_t seed = 0;
};

int table(const std::vector<DerivativeRow>& rows, const DerivativeCheckOptions& options) {
  if (rows.empty()) {
    say("the model asks for no derivatives");
    return exit_ok;
  }
  std::size_t width = 10;
  for (const DerivativeRow& row : rows) width = std::max(width, row.name.size());
  print(fmt::format("{:{}}  order  dual numbers  differences  worst at\n", "derivative", width));
  std::size_t wrong = 0;
  for (const DerivativeRow& row : rows) {
    print(fmt::format("{:{}}  {:5}  {:12.1e}  {:11.1e}  {}{}\n", row.name, width, row.order,
                      row.duals, row.differences, row.where, row.equal ? "" : "  DIFFERS"));
    wrong += !row.equal;
  }
  print(wrong ? fmt::format("{} of {} derivatives differ", wrong, rows.size())
              : fmt::format("{} derivatives agree", rows.size()));
  print(fmt::format(" (relative errors in f64; dual numbers {:.0e}, differences {:.0e})\n",
                    options.dual_tolerance, options.difference_tolerance));
  return wrong ? exit_different : exit_ok;
}

int check(const Settings& s) {
  if (s.seed < 0 || s.seed > UINT32_MAX - 8) return usage_error("check: --seed is 0 to 4294967287");
  Sources sources;
  const auto text = read_text(s.model);
  if (!text) return report(text.error());
  const std::string shown = s.model == "-" ? "<stdin>" : s.model;
  sources[shown] = *text;
  auto doc = read_model(*text, shown);
  if (auto* errors = std::get_if<Errors>(&doc)) return report(*errors, sources);
  auto sizes = parse_sizes(s.sizes);
  if (!sizes) return report(sizes.error());
  const DerivativeCheckOptions options{.functions = s.functions,
                                       .sizes = std::move(*sizes),
                                       .seed = static_cast<std::uint32_t>(s.seed)};
  const auto rows = check_derivatives(std::move(std::get<ModelDoc>(doc)), options);
  if (const auto* errors = std::get_if<Errors>(&rows)) return report(*errors, sources);
  return table(std::get<std::vector<DerivativeRow>>(rows), options);
}

} // namespace

Command check_command() {
  auto s = std::make_shared<Settings>();
  return {.name = "check",
          .summary = "compare derivatives with dual numbers and differences",
          .examples = {"nnc check model.json", "nnc check model.json -f train --size N=4"},
          .options = {{"MODEL", "", "model file (.json), - for standard input", &s->model, true},
                      {"-f,--function", "NAME", "a function or value; again for more (all)",
                       &s->functions},
                      {"--size", "N=4", "value of a size symbol", &s->sizes},
                      {"--seed", "N", "of the point (0)", &s->seed}},
          .run = [s] { return check(*s); }};
}

} // namespace nnc::cli
