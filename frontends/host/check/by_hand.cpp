#include "frontends/host/check/by_hand.h"

#include "compiler/pipeline.h"
#include "frontends/expr/parser.h"
#include "frontends/host/check/check_point.h"
#include "frontends/host/check/compare_derivative.h"
#include "frontends/host/check/operand_elements.h"
#include "frontends/host/extension.h"
#include "frontends/host/wide_model.h"
#include "ir/grad_node.h"
#include "ir/interpret/interpreter.h"
#include "ir/messages.h"
#include "ir/text/explanation.h"
#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

bool asks_for_derivative(const Expression& expression) {
  return std::ranges::any_of(expression.terms,
                             [](const Term& term) { return is_derivative(term.text); });
}

std::vector<std::string> value_names(const ModelDoc& doc) {
  std::vector<std::string> names;
  for (const LeafDoc* leaf : doc.leaves()) names.push_back(leaf->name.text);
  for (const NodeDoc& node : doc.nodes)
    for (const NameDoc& out : node.out) names.push_back(out.text);
  return names;
}

/// `line` is its place among the claims.
Result<ByHand> add_claim(Extension& extension, const std::string& text, int line) {
  auto parsed = parse_assignment(text, {.file = by_hand_option, .line = line});
  if (!parsed) return parsed.error();
  if (!asks_for_derivative(parsed->expression))
    return Error{.code = "E0309",
                 .message = quote(text) + " says of no value which derivative it is",
                 .place = {by_hand_option, line, 1, static_cast<int>(text.size())},
                 .help = "as in \"g = grad(loss, w)\""};
  ByHand claim;
  for (const NameDoc& out : parsed->out) claim.by_hand.push_back(out.text);
  const std::string right = text.substr(text.find('=') + 1);
  claim.is = right.substr(std::min(right.find_first_not_of(' '), right.size()));
  std::string names;
  for (const std::string& name : claim.by_hand) {
    claim.derivative.push_back(extension.fresh(name + ".derivative", ""));
    names += (names.empty() ? "" : ", ") + written_name(claim.derivative.back());
  }
  extension.define(names + " = " + right);
  return claim;
}

/// Of the elements that are finite.
double largest_of(std::span<const double> elements) {
  double most = 0;
  for (const double each : elements)
    if (std::isfinite(each)) most = std::max(most, std::abs(each));
  return most;
}

/// The number that the one is of the other, where that is the same for all elements.
std::optional<double> multiple(std::span<const double> by_hand, std::span<const double> right,
                               double tolerance) {
  std::size_t largest = 0;
  for (std::size_t i = 0; i < right.size(); ++i)
    if (std::abs(right[i]) > std::abs(right[largest])) largest = i;
  if (right.empty() || right[largest] == 0) return std::nullopt;
  const double factor = by_hand[largest] / right[largest];
  for (std::size_t i = 0; i < right.size(); ++i)
    if (!(std::abs(by_hand[i] - factor * right[i]) <= tolerance * std::abs(by_hand[largest])))
      return std::nullopt;
  return factor;
}

/// Outputs of the graph of all claims: what is differentiated, and its cotangent if it has one.
struct DifferentiatedOutputs {
  std::size_t of = 0;
  std::optional<std::size_t> seed = {};
};

/// Makes outputs of what the derivatives are of that `value` is made of. Those inside another
/// derivative do not count: what is differentiated there is a derivative.
std::vector<DifferentiatedOutputs> add_differentiated(Graph& graph, Value value) {
  std::vector<DifferentiatedOutputs> made;
  const auto add = [&](Value output) {
    graph.outputs.push_back({fmt::format("differentiated.{}", graph.outputs.size()), output});
    return graph.outputs.size() - 1;
  };
  std::vector<bool> needed(graph.node_count(), false);
  needed[graph.node_of(value).id] = true;
  for (std::uint32_t id = graph.node_count(); id-- > 0;) {
    if (!needed[id]) continue;
    if (is_grad(graph, graph.node(NodeId{id}))) {
      const GradOperands operands = grad_operands(graph, graph.node(NodeId{id}));
      made.push_back({.of = add(operands.of)});
      if (operands.seed.valid()) made.back().seed = add(operands.seed);
      continue;
    }
    for (const Value operand : graph.operands(NodeId{id})) needed[graph.node_of(operand).id] = true;
  }
  return made;
}

/// One value by hand: two outputs of the graph of all claims, and what is differentiated for it.
class Pair {
public:
  Pair(const Graph& graph, std::size_t position, std::vector<DifferentiatedOutputs> differentiated)
      : graph_(graph), position_(position), differentiated_(std::move(differentiated)) {}

  /// Are both of the same type, and floats?
  Status check_types(const ByHandRow& row) const {
    const Type &have = graph_.type(by_hand()), &wanted = graph_.type(derivative());
    Error wrong{.code = "E0309",
                .message = fmt::format("{} is {}, {} is {}", quote(row.name), to_string(have),
                                       row.is, to_string(wanted)),
                .place = graph_.context().origins[graph_.producer(by_hand()).origin].place};
    if (have != wanted) return wrong;
    if (is_float(have.dtype)) return std::nullopt;
    wrong.message += ": derivatives are floats";
    wrong.help =
        "compare the derivative before it is cast to " + std::string(dtype_name(have.dtype));
    return wrong;
  }

  /// Into the row, if it is worse than what was there.
  void compare(const std::vector<Literal>& values, std::uint32_t seed, double tolerance,
               ByHandRow& row) const {
    const auto have = elements(values[2 * position_]), wanted = elements(values[2 * position_ + 1]);
    const double scale = std::max(largest_of(wanted), size_of_differentiated(values));
    std::optional<std::size_t> worst;
    for (std::size_t i = 0; i < have.size(); ++i) {
      const double apart = relative_error(have[i], wanted[i], scale);
      if (apart <= row.apart && (worst || !row.where.empty())) continue;
      row.apart = apart;
      worst = i;
    }
    if (!worst) return;
    const Shape& shape = graph_.type(by_hand()).shape;
    row.where = row.name + to_string(index_of(shape, static_cast<std::int64_t>(*worst)));
    row.seed = seed;
    row.equal = row.apart <= tolerance;
    row.explanation = row.equal ? "" : explained(row, have, wanted, *worst, tolerance);
  }

private:
  Value by_hand() const { return graph_.outputs[2 * position_].value; }
  Value derivative() const { return graph_.outputs[2 * position_ + 1].value; }

  /// At least 1, as for check_derivatives: terms of that size cancel where a derivative vanishes,
  /// and what is left of them is rounding.
  double size_of_differentiated(const std::vector<Literal>& values) const {
    double most = 1;
    for (const DifferentiatedOutputs& each : differentiated_) {
      const double seed = each.seed ? largest_of(elements(values[*each.seed])) : 1;
      const double size = seed * largest_of(elements(values[each.of]));
      if (std::isfinite(size)) most = std::max(most, size);
    }
    return most;
  }

  std::string explained(const ByHandRow& row, std::span<const double> have,
                        std::span<const double> wanted, std::size_t i, double tolerance) const {
    std::string text = fmt::format("{} is {} by hand, {} is {} there (in f64)\n", row.where,
                                   number_text(have[i]), row.is, number_text(wanted[i]));
    if (const auto factor = multiple(have, wanted, tolerance))
      text +=
          fmt::format("all of {} is {} times what it should be\n", row.name, number_text(*factor));
    const Explanation explanation(graph_);
    return text + explanation.text(by_hand()) + "the derivative is\n" +
           explanation.text(derivative());
  }

  const Graph& graph_;
  std::size_t position_;
  std::vector<DifferentiatedOutputs> differentiated_;
};

std::uint32_t seed_of(const DerivativeCheckOptions& options, int point) {
  return options.seed + static_cast<std::uint32_t>(seeds_of_point * point);
}

/// The values of all outputs at one point.
Result<std::vector<Literal>> values_of(const Graph& graph, const Source& source,
                                       const DerivativeCheckOptions& options, int point) {
  for (const bool zeros : {false, true}) {
    const auto inputs =
        check_point(graph, source, options.given, {seed_of(options, point), point == 0, zeros});
    if (!inputs) return inputs.error();
    auto values = interpret(graph, *inputs);
    if (zeros || values || values.error().code != "E0621") return values;
  }
  throw InternalError("a point of neither kind");
}

/// The rows are those of pairs of outputs of `graph`, a value by hand and its derivative each.
Status compare_pairs(Graph graph, const Source& source, const DerivativeCheckOptions& options,
                     std::vector<ByHandRow>& rows) {
  auto inlined = run_pipeline(std::move(graph), {.stop_after = "inline"});
  if (!inlined) return inlined.error();
  std::vector<std::vector<DifferentiatedOutputs>> differentiated;
  for (std::size_t i = 0; i < rows.size(); ++i)
    differentiated.push_back(
        add_differentiated(inlined->graph, inlined->graph.outputs[2 * i + 1].value));
  const auto expanded = run_pipeline(std::move(inlined->graph), {.stop_after = "differentiate"});
  if (!expanded) return expanded.error();
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    pairs.emplace_back(expanded->graph, i, std::move(differentiated[i]));
    if (Status error = pairs.back().check_types(rows[i])) return error;
  }
  for (int point = 0; point < options.points; ++point) {
    const auto values = values_of(expanded->graph, source, options, point);
    if (!values) return values.error();
    for (std::size_t i = 0; i < rows.size(); ++i)
      pairs[i].compare(*values, seed_of(options, point), options.dual_tolerance, rows[i]);
  }
  return std::nullopt;
}

} // namespace

OrErrors<std::vector<ByHand>> add_by_hand(ModelDoc& doc, const std::vector<std::string>& claims) {
  Extension extension(doc);
  const std::vector<std::string> known = value_names(doc);
  std::vector<ByHand> made;
  for (const std::string& text : claims) {
    const int line = static_cast<int>(made.size()) + 1;
    auto claim = add_claim(extension, text, line);
    if (!claim) return Errors{claim.error()};
    for (const std::string& name : claim->by_hand) {
      if (std::ranges::find(known, name) != known.end()) continue;
      return Errors{{.code = "E0312",
                     .message = "the model has no value " + quote(name),
                     .place = {by_hand_option, line, 1, static_cast<int>(name.size())},
                     .help = did_you_mean(name, std::span<const std::string>(known))}};
    }
    made.push_back(std::move(*claim));
  }
  doc = extension.doc();
  return made;
}

OrErrors<std::vector<ByHandRow>> check_by_hand(const ModelDoc& doc,
                                               const std::vector<ByHand>& claims,
                                               const DerivativeCheckOptions& asked) {
  DerivativeCheckOptions options = asked;
  if (Status error = widen(options.given)) return Errors{*error};
  Extension extension(doc);
  const std::string function = extension.fresh("check", "");
  std::vector<std::string> outputs;
  std::vector<ByHandRow> rows;
  for (const ByHand& claim : claims)
    for (std::size_t i = 0; i < claim.by_hand.size(); ++i) {
      outputs.insert(outputs.end(), {claim.by_hand[i], claim.derivative[i]});
      rows.push_back({.name = claim.by_hand[i], .is = claim.is, .where = {}});
    }
  extension.function(function, {}, {}, outputs);
  auto made = Source::of(in_f64(extension.doc()), options.ops);
  if (auto* errors = std::get_if<Errors>(&made)) return std::move(*errors);
  Source& source = std::get<Source>(made);
  auto graph = source.build(function, build_options(source, options.given, options.sizes));
  if (auto* errors = std::get_if<Errors>(&graph)) return std::move(*errors);
  if (Status error = compare_pairs(std::move(std::get<Graph>(graph)), source, options, rows))
    return Errors{*error};
  return rows;
}

} // namespace nnc
