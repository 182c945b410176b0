#include "frontends/cli/check_text.h"

#include "frontends/nn/counted.h"
#include "ir/text/explanation.h"
#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nnc::cli {
namespace {

/// Of the derivative that is furthest off.
std::string worst_text(const std::vector<DerivativeRow>& rows,
                       const DerivativeCheckOptions& options) {
  const auto worst = std::ranges::max_element(rows, {}, [&](const DerivativeRow& row) {
    return row.explanation.empty() ? -1 : badness(row, options);
  });
  return fmt::format("\nthe worst is {} at the point of --seed {}\n{}", worst->name, worst->seed,
                     worst->explanation);
}

/// Where a node came from; the same for the copies of it that other functions hold.
std::string origin_of(const Graph& graph, Value value) {
  return origin_text(graph.context(), graph.producer(value).origin);
}

/// " from %a[1] = 0, %b[1] = -inf"; empty of leaves.
std::string from_text(const Graph& graph, std::span<const OperandElements> operands) {
  const std::string text = operands_text(graph, operands);
  return text.empty() ? text : " from " + text;
}

std::string_view kind_of(double number) { return std::isnan(number) ? "a NaN" : "an infinity"; }

std::string headline(const Graph& graph, const NonFinite& found) {
  const OpRow& row = *graph.producer(found.value).row;
  const std::string_view kind = kind_of(found.number);
  const std::string what = row.leaf      ? fmt::format("is given {}", kind)
                           : row.literal ? fmt::format("has {} written in it", kind)
                                         : fmt::format("makes {}", kind);
  return fmt::format("@{} {}{}: {} = {}{}\n", graph.name, what,
                     found.derivative ? " in its derivatives" : "",
                     element_name(printed_names(graph), graph, found.value, found.element),
                     number_text(found.number), from_text(graph, found.operands));
}

std::string results_text(const NonFiniteSearch& search) {
  if (search.results.empty()) return "all results are finite even so\n";
  return fmt::format("results that are not finite: {}\n", fmt::join(search.results, ", "));
}

std::string digits_table(const Graph& graph, const PrecisionReport& report,
                         const Explanation& explanation) {
  std::size_t width = 0;
  std::vector<std::string> nodes;
  for (const LostDigits& lost : report.nodes) {
    nodes.push_back(fmt::format("%{} = {}", explanation.names()[lost.value.id],
                                explanation.expression(lost.value)));
    width = std::max(width, std::min<std::size_t>(nodes.back().size(), 56));
  }
  std::string text = fmt::format("digits lost  right  in @{}\n", graph.name);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const LostDigits& lost = report.nodes[i];
    const std::string place = origin_of(graph, lost.value);
    std::string line = fmt::format("{:11.1f}  {:5.1f}  {:{}}", lost.lost, lost.right, nodes[i],
                                   place.empty() ? 0 : width);
    text += line + (place.empty() ? "\n" : "  // " + place + "\n");
  }
  return text;
}

} // namespace

std::string derivative_text(const std::vector<DerivativeRow>& rows,
                            const DerivativeCheckOptions& options) {
  const bool many = options.points > 1;
  std::size_t width = 10;
  for (const DerivativeRow& row : rows) width = std::max(width, row.name.size());
  std::string text =
      fmt::format("{:{}}  order  dual numbers  differences  worst at\n", "derivative", width);
  std::ptrdiff_t wrong = 0;
  for (const DerivativeRow& row : rows) {
    const std::string point = many ? fmt::format(", seed {}", row.seed) : "";
    text += fmt::format("{:{}}  {:5}  {:12.1e}  {:11.1e}  {}{}{}\n", row.name, width, row.order,
                        row.duals, row.differences, row.where, point,
                        !row.equal      ? "  DIFFERS"
                        : row.singular  ? "  NOT DIFFERENTIABLE THERE"
                        : row.undefined ? "  NOT FINITE THERE (--nan)"
                                        : "");
    wrong += !row.equal;
  }
  const auto open = std::ranges::count(rows, false, &DerivativeRow::compared);
  const std::string all = counted(std::ssize(rows), "derivative");
  text += wrong  ? fmt::format("{} of {} differ{}", wrong, all, wrong == 1 ? "s" : "")
          : open ? fmt::format("{} of {} could not be compared: give a point by --input", open, all)
                 : fmt::format("{} agree{}", all, rows.size() == 1 ? "s" : "");
  text += fmt::format(" ({}relative errors in f64; dual numbers {:.0e}, differences {:.0e})\n",
                      many ? fmt::format("worst of {} points; ", options.points) : "",
                      options.dual_tolerance, options.difference_tolerance);
  return wrong ? text + worst_text(rows, options) : text;
}

std::string by_hand_text(const std::vector<ByHandRow>& rows,
                         const DerivativeCheckOptions& options) {
  std::size_t width = 7, is = 2;
  for (const ByHandRow& row : rows) {
    width = std::max(width, row.name.size());
    is = std::max(is, row.is.size());
  }
  std::string text = fmt::format("\n{:{}}  {:{}}    apart  worst at\n", "by hand", width, "is", is);
  for (const ByHandRow& row : rows)
    text += fmt::format("{:{}}  {:{}}  {:7.1e}  {}{}{}\n", row.name, width, row.is, is, row.apart,
                        row.where, options.points > 1 ? fmt::format(", seed {}", row.seed) : "",
                        row.equal ? "" : "  DIFFERS");
  const auto wrong = std::ranges::find(rows, false, &ByHandRow::equal);
  return wrong == rows.end() ? text : text + "\n" + wrong->explanation;
}

std::string non_finite_text(const Graph& graph, const NonFiniteSearch& search,
                            std::set<std::string>& told) {
  std::string text;
  const Explanation explanation(graph);
  for (const NonFinite& found : search.found) {
    const std::string key = fmt::format("{} {} {}", graph.producer(found.value).row->name,
                                        kind_of(found.number), origin_of(graph, found.value));
    if (told.insert(key).second) text += headline(graph, found) + explanation.text(found.value);
  }
  return text.empty() ? text : text + results_text(search);
}

std::string precision_text(const Graph& graph, const PrecisionReport& report,
                           std::set<std::string>& told) {
  const LostDigits& first = report.nodes.at(report.first);
  const std::string key =
      fmt::format("{} {}", graph.producer(first.value).row->name, origin_of(graph, first.value));
  if (!told.insert(key).second) return {};
  const Explanation explanation(graph);
  std::string text = digits_table(graph, report, explanation);
  text += fmt::format("first lost by {} = {}, in f64 {}{}\n",
                      element_name(explanation.names(), graph, first.value, first.element),
                      number_text(first.narrow, 9), number_text(first.wide, 9),
                      from_text(graph, first.operands));
  text += explanation.text(first.value);
  std::vector<std::string> results;
  for (const ResultDigits& result : report.results)
    results.push_back(
        result.finite ? fmt::format("{} {:.1f} of {:.1f}", result.name, result.right, result.all)
                      : result.name + " is not finite (--nan)");
  return results.empty()
             ? text
             : text + fmt::format("digits right in the results: {}\n", fmt::join(results, ", "));
}

} // namespace nnc::cli
