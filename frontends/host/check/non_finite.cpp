#include "frontends/host/check/non_finite.h"

#include "ir/interpret/interpreter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace nnc {
namespace {

using interpreter::NodeElements;
using interpreter::TracedElement;

constexpr int most_elements = 4096; ///< of one value, that are asked where they come from

bool is_nan(double number) { return std::isnan(number); }
bool not_finite(double number) { return !std::isfinite(number); }

class Search {
public:
  explicit Search(const Graph& graph) : graph_(graph), uses_(graph.use_counts()) {}

  void see(Value value, const Literal& literal) {
    literals_[value.id] = literal;
    ++result_.values;
    if (is_float(literal.type.dtype)) examine(value, literal);
    const Node& node = graph_.producer(value);
    if (graph_.result_index(value) + 1 < node.result_count) return;
    for (const Value operand : graph_.operands(node))
      if (--uses_[operand.id] == 0) literals_.erase(operand.id);
  }

  NonFiniteSearch finish() {
    for (const Output& output : graph_.outputs)
      if (has_non_finite(output.value)) result_.results.push_back(output.name);
    for (const Update& update : graph_.updates)
      if (has_non_finite(update.value)) result_.results.push_back(update.target);
    // Nothing made it, yet it is there: the model writes it.
    if (result_.found.empty() && written_ && !result_.results.empty())
      result_.found.push_back(*written_);
    return std::move(result_);
  }

private:
  bool has_non_finite(Value value) const {
    const Literal& literal = literals_.at(value.id);
    if (!is_float(literal.type.dtype)) return false;
    for (std::int64_t i = 0; i < literal.type.elements(); ++i)
      if (not_finite(literal_real(literal, i))) return true;
    return false;
  }

  /// Whether the derivatives, or the function, have nothing left to find.
  bool done(bool derivative) const { return nan_[derivative]; }

  bool wanted(bool derivative, double number) const {
    return !any_[derivative] || (is_nan(number) && !nan_[derivative]);
  }

  void examine(Value value, const Literal& literal) {
    const Node& node = graph_.producer(value);
    const bool derivative = graph_.context().origins[node.origin].order > 0;
    if (done(derivative)) return;
    std::optional<NodeElements> elements;
    int asked = 0;
    for (std::int64_t i = 0; i < literal.type.elements() && asked < most_elements; ++i) {
      const double number = literal_real(literal, i);
      if (!not_finite(number) || !wanted(derivative, number)) continue;
      ++asked;
      NonFinite found{value, i, number, derivative, {}};
      if (node.row->literal || node.row->leaf) {
        if (!given(node)) {
          if (!written_) written_ = found;
          return;
        }
      } else if (!made_here(node, found, elements)) {
        continue;
      }
      any_[derivative] = true;
      nan_[derivative] = nan_[derivative] || is_nan(number);
      result_.found.push_back(std::move(found));
    }
  }

  /// Values from outside the model; others are as it was written.
  bool given(const Node& node) const {
    return node.row->leaf && graph_.role(node.first) != Role::constant;
  }

  /// Whether this element is the first of its kind on the way to it.
  bool made_here(const Node& node, NonFinite& found, std::optional<NodeElements>& elements) {
    const auto bad = is_nan(found.number) ? is_nan : not_finite;
    const NodeId id = graph_.node_of(found.value);
    std::vector<Literal> operands;
    for (const Value operand : graph_.operands(node)) operands.push_back(literals_.at(operand.id));
    if (!NodeElements::possible(graph_, id))
      return std::ranges::none_of(operands, [&](const Literal& operand) {
        if (!is_float(operand.type.dtype)) return false;
        for (std::int64_t i = 0; i < operand.type.elements(); ++i)
          if (bad(literal_real(operand, i))) return true;
        return false;
      });
    if (!elements) elements.emplace(graph_, id, operands, cache_);
    const TracedElement traced = elements->at(graph_.result_index(found.value), found.element);
    if (traced.reads.empty()) return false; // an attribute says so, as for padding
    for (const auto& read : traced.reads)
      if (bad(number_at(operands[static_cast<std::size_t>(read.operand)], read.element)))
        return false;
    found.operands = by_operand(graph_, id, traced.reads, operands, 6);
    return true;
  }

  const Graph& graph_;
  std::vector<std::uint32_t> uses_;
  std::map<std::uint32_t, Literal> literals_; ///< by value, as long as it is used
  interpreter::TapeCache cache_;
  std::array<bool, 2> any_{}, nan_{}; ///< found, of the function and of derivatives
  std::optional<NonFinite> written_;
  NonFiniteSearch result_;
};

} // namespace

Result<NonFiniteSearch> find_non_finite(const Graph& graph, std::span<const Literal> inputs) {
  Search search(graph);
  const auto ran = interpret(graph, inputs, {.watch = [&](Value value, const Literal& literal) {
                               search.see(value, literal);
                             }});
  if (!ran) return ran.error();
  return search.finish();
}

} // namespace nnc
