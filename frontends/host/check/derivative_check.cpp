#include "frontends/host/check/derivative_check.h"

#include "compiler/pipeline.h"
#include "frontends/host/check/check_point.h"
#include "frontends/host/check/compare_derivative.h"
#include "frontends/host/check/explain_derivative.h"
#include "frontends/host/wide_model.h"
#include "ir/grad_node.h"

#include <algorithm>
#include <set>

namespace nnc {
namespace {

/// The checks of one function.
class Checker {
public:
  Checker(const Source& source, Graph graph, const DerivativeCheckOptions& options)
      : source_(source), graph_(std::move(graph)), options_(options) {}

  Result<std::vector<DerivativeRow>> run(std::set<std::string>& seen) {
    std::vector<DerivativeRow> rows;
    std::set<std::string> own;
    const auto live = graph_.live_nodes();
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
      if (!live[id] || !is_grad(graph_, graph_.node(NodeId{id}))) continue;
      const std::string name = derivative_name(graph_, NodeId{id}, 0);
      if (seen.contains(name)) continue; // with another function
      own.insert(name);
      DerivativeComparison comparison(graph_, NodeId{id}, options_);
      for (int point = 0; point < options_.points; ++point)
        if (Status error = check_at(point, comparison, rows)) return *error;
    }
    seen.merge(own);
    return rows;
  }

private:
  Status check_at(int point, DerivativeComparison& comparison, std::vector<DerivativeRow>& rows) {
    std::vector<DerivativeRow> here, asked; // there, and at the first try
    for (int attempt = 0; attempt < seeds_of_point; ++attempt) {
      auto compared = compare(point, attempt, comparison);
      if (!compared) return compared.error();
      here = std::move(*compared);
      if (attempt == 0) asked = here;
      const bool kink = std::ranges::any_of(here, [&](const DerivativeRow& row) {
        return row.undefined || row.singular ||
               (!row.equal && row.duals <= options_.dual_tolerance);
      });
      if (!kink) break;
    }
    if (!options_.given.empty()) // it is that point which is asked for
      for (std::size_t i = 0; i < here.size(); ++i)
        if (asked[i].singular) here[i].singular = true, here[i].where = asked[i].where;
    for (std::size_t i = 0; i < here.size(); ++i) {
      if (!here[i].equal && badness(here[i], options_) > explained_) {
        explained_ = badness(here[i], options_);
        auto text = explain_difference(comparison, i);
        if (!text) return text.error();
        here[i].explanation = std::move(*text);
      }
      add_row(rows, here[i], options_);
    }
    return std::nullopt;
  }

  Result<std::vector<DerivativeRow>> compare(int point, int attempt,
                                             DerivativeComparison& comparison) {
    const auto seed = options_.seed + static_cast<std::uint32_t>(seeds_of_point * point + attempt);
    while (true) {
      auto values = check_point(graph_, source_, options_.given,
                                {seed, point + attempt == 0, zero_integers_});
      if (!values) return values.error();
      auto rows = comparison.at(*values, seed);
      // Integers are 0 or 1, and 1 may be outside an axis.
      if (rows || rows.error().code != "E0621" || zero_integers_) return rows;
      zero_integers_ = true;
    }
  }

  const Source& source_;
  Graph graph_;
  const DerivativeCheckOptions& options_;
  bool zero_integers_ = false;
  double explained_ = 0; ///< the badness of the worst so far, which alone is explained
};

} // namespace

std::vector<std::string> functions_with_derivatives(const Source& source) {
  std::vector<std::string> names = source.functions();
  if (!source.model()) return names;
  const ModelDoc& doc = *source.model()->doc;
  const auto given = [&](const std::string& name) {
    return std::ranges::any_of(doc.functions, [&](const FunctionDoc& function) {
      return !function.local &&
             std::ranges::find(function.out, name, &NameDoc::text) != function.out.end();
    });
  };
  for (const NodeDoc& node : doc.nodes)
    if (std::ranges::any_of(node.expression.terms,
                            [](const Term& term) { return is_derivative(term.text); }))
      for (const NameDoc& out : node.out)
        if (!given(out.text)) names.push_back(out.text);
  return names;
}

OrErrors<std::vector<DerivativeRow>> check_derivatives(ModelDoc doc,
                                                       const DerivativeCheckOptions& asked) {
  DerivativeCheckOptions options = asked;
  if (Status error = widen(options.given)) return Errors{*error};
  auto made = Source::of(in_f64(std::move(doc)), options.ops);
  if (auto* errors = std::get_if<Errors>(&made)) return std::move(*errors);
  Source& source = std::get<Source>(made);
  const BuildOptions build = build_options(source, options.given, options.sizes);
  std::vector<DerivativeRow> rows;
  std::set<std::string> seen;
  for (const std::string& name :
       options.functions.empty() ? functions_with_derivatives(source) : options.functions) {
    auto graph = source.build(name, build);
    if (auto* errors = std::get_if<Errors>(&graph)) return std::move(*errors);
    auto inlined = run_pipeline(std::move(std::get<Graph>(graph)), {.stop_after = "inline"});
    if (!inlined) return Errors{inlined.error()};
    auto some = Checker(source, std::move(inlined->graph), options).run(seen);
    if (!some) return Errors{some.error()};
    rows.insert(rows.end(), some->begin(), some->end());
  }
  return rows;
}

} // namespace nnc
