// nnc check: every derivative of a model against dual numbers and differences.

#include "frontends/cli/command.h"
#include "frontends/cli/console.h"
#include "frontends/cli/dumps.h"
#include "frontends/cli/numbers.h"
#include "frontends/cli/source.h"
#include "frontends/host/derivative_check.h"
#include "frontends/model/from_graph.h"
#include "frontends/nn/counted.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cli {
namespace {

struct Settings {
  MakeOps ops = nullptr;
  std::string model;
  std::vector<std::string> functions, sizes;
  std::int64_t seed = 0;
  bool check_rewrites = false;
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
  const std::string all = counted(std::ssize(rows), "derivative");
  print(wrong ? fmt::format("{} of {} differ{}", wrong, all, wrong == 1 ? "s" : "")
              : fmt::format("{} agree{}", all, rows.size() == 1 ? "s" : ""));
  print(fmt::format(" (relative errors in f64; dual numbers {:.0e}, differences {:.0e})\n",
                    options.dual_tolerance, options.difference_tolerance));
  return wrong ? exit_different : exit_ok;
}

/// The model of a file, or a model for each function of a graph as text.
OrErrors<std::vector<ModelDoc>> models_of(const Settings& s, const BuildOptions& options,
                                          Sources& sources) {
  auto loaded = Source::load(s.model, sources, s.ops);
  if (auto* errors = std::get_if<Errors>(&loaded)) return std::move(*errors);
  Source& source = std::get<Source>(loaded);
  // As it was written: in f64, as it is checked, some of its errors would not be there.
  if (Errors errors = source.check(s.functions, options); !errors.empty()) return errors;
  if (const Model* model = source.model()) return std::vector<ModelDoc>{*model->doc};
  std::vector<ModelDoc> docs;
  for (const std::string& name : s.functions.empty() ? source.functions() : s.functions) {
    auto graph = source.build(name, {});
    if (auto* errors = std::get_if<Errors>(&graph)) return std::move(*errors);
    auto doc = model_of(std::get<Graph>(graph), nullptr);
    if (!doc) return Errors{doc.error()};
    docs.push_back(std::move(*doc));
  }
  return docs;
}

int check(const Settings& s) {
  Sources sources;
  auto sizes = parse_sizes(s.sizes);
  if (!sizes) return report(sizes.error());
  auto docs = models_of(s, {.sizes = *sizes}, sources);
  if (auto* errors = std::get_if<Errors>(&docs)) return report(*errors, sources);
  RewriteCheck rewrites;
  const DerivativeCheckOptions options{.functions = s.functions,
                                       .sizes = std::move(*sizes),
                                       .seed = static_cast<std::uint32_t>(s.seed),
                                       .ops = s.ops,
                                       .check_rewrites = s.check_rewrites ? &rewrites : nullptr};
  std::vector<DerivativeRow> rows;
  for (ModelDoc& doc : std::get<0>(docs)) {
    const auto some = check_derivatives(std::move(doc), options);
    if (const auto* errors = std::get_if<Errors>(&some)) return report(*errors, sources);
    const auto& good = std::get<0>(some);
    rows.insert(rows.end(), good.begin(), good.end());
  }
  if (s.check_rewrites) say_checked(rewrites);
  return table(rows, options);
}

} // namespace

Command check_command(MakeOps ops) {
  auto s = std::make_shared<Settings>();
  s->ops = ops;
  return {.name = "check",
          .summary = "compare derivatives with dual numbers and differences",
          .examples = {"nnc check model.json", "nnc check model.json -f train --size N=4"},
          .options = {{"MODEL", "", "model file (.json or .nnir), - for standard input", &s->model,
                       true},
                      {"-f,--function", "NAME", "a function or value; again for more (all)",
                       &s->functions},
                      {"--size", "N=4", "value of a size symbol", &s->sizes},
                      within(0, UINT32_MAX - 8, {"--seed", "N", "of the point (0)", &s->seed}),
                      check_rewrites_option(s->check_rewrites)},
          .run = [s] { return check(*s); }};
}

} // namespace nnc::cli
