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

constexpr const char* option = "--by-hand";

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

Result<ByHand> add_claim(Extension& extension, const std::string& text) {
  auto parsed = parse_assignment(text, {.file = option});
  if (!parsed) return parsed.error();
  if (!asks_for_derivative(parsed->expression))
    return Error{.code = "E0309",
                 .message = quote(text) + " says of no value which derivative it is",
                 .place = {option},
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

/// Both of one claim, with the graph that makes them.
class Pair {
public:
  Pair(const Graph& graph, std::size_t position) : graph_(graph), position_(position) {}

  Status same_type(const ByHandRow& row) const {
    const Type &have = graph_.type(by_hand()), &wanted = graph_.type(derivative());
    if (have == wanted) return std::nullopt;
    return Error{.code = "E0309",
                 .message = fmt::format("{} is {}, {} is {}", quote(row.name), to_string(have),
                                        row.is, to_string(wanted)),
                 .place = graph_.context().origins[graph_.producer(by_hand()).origin].place};
  }

  /// Into the row, if it is worse than what was there.
  void compare(const std::vector<Literal>& values, std::uint32_t seed, double tolerance,
               ByHandRow& row) const {
    const auto have = elements(values[2 * position_]), wanted = elements(values[2 * position_ + 1]);
    double largest = 0;
    for (const double each : wanted)
      if (std::isfinite(each)) largest = std::max(largest, std::abs(each));
    for (std::size_t i = 0; i < have.size(); ++i) {
      const double apart = relative_error(have[i], wanted[i], largest);
      if (!row.where.empty() && apart <= row.apart) continue;
      const Shape index = index_of(graph_.type(by_hand()).shape, static_cast<std::int64_t>(i));
      row.where = row.name + to_string(index);
      row.apart = apart;
      row.seed = seed;
      row.equal = apart <= tolerance;
      row.explanation = row.equal ? "" : explained(row, have, wanted, i, tolerance);
    }
  }

private:
  Value by_hand() const { return graph_.outputs[2 * position_].value; }
  Value derivative() const { return graph_.outputs[2 * position_ + 1].value; }

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
};

/// The values of a claim and of its derivative at one point.
Result<std::vector<Literal>> values_of(const Graph& graph, const Source& source,
                                       const DerivativeCheckOptions& options, int point) {
  const auto seed = options.seed + static_cast<std::uint32_t>(seeds_of_point * point);
  for (const bool zeros : {false, true}) {
    const auto inputs = check_point(graph, source, options.given, {seed, point == 0, zeros});
    if (!inputs) return inputs.error();
    auto values = interpret(graph, *inputs);
    if (zeros || values || values.error().code != "E0621") return values;
  }
  throw InternalError("a point of neither kind");
}

} // namespace

OrErrors<std::vector<ByHand>> add_by_hand(ModelDoc& doc, const std::vector<std::string>& claims) {
  Extension extension(doc);
  const std::vector<std::string> known = value_names(doc);
  std::vector<ByHand> made;
  for (const std::string& text : claims) {
    auto claim = add_claim(extension, text);
    if (!claim) return Errors{claim.error()};
    for (const std::string& name : claim->by_hand) {
      if (std::ranges::find(known, name) != known.end()) continue;
      return Errors{{.code = "E0312",
                     .message = fmt::format("{}: the model has no value {}", option, quote(name)),
                     .place = {doc.file},
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
  auto expanded = run_pipeline(std::move(std::get<Graph>(graph)), {.stop_after = "differentiate"});
  if (!expanded) return Errors{expanded.error()};
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (Status error = Pair(expanded->graph, i).same_type(rows[i])) return Errors{*error};
  for (int point = 0; point < options.points; ++point) {
    const auto values = values_of(expanded->graph, source, options, point);
    if (!values) return Errors{values.error()};
    const auto seed = options.seed + static_cast<std::uint32_t>(seeds_of_point * point);
    for (std::size_t i = 0; i < rows.size(); ++i)
      Pair(expanded->graph, i).compare(*values, seed, options.dual_tolerance, rows[i]);
  }
  return rows;
}

} // namespace nnc
