#include "frontends/host/check/non_finite.h"

#include "ir/interpret/interpreter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace nnc {
namespace {

using interpreter::NodeElements;
using interpreter::TracedElement;

constexpr int most_elements = 4096;           ///< of one value, that are asked where they come from
constexpr std::size_t most_reads = 1U << 20U; ///< by them together

bool is_nan(double number) { return std::isnan(number); }
bool not_finite(double number) { return !std::isfinite(number); }

constexpr int nobody = -1; ///< no culprit

/// What made an element that is not finite, or wrote it. The elements of a value that are NaN, and
/// those that are infinite, share theirs.
struct Culprit {
  NonFinite made;
  bool written = false;     ///< by the model
  int of_infinity = nobody; ///< a NaN: what made the infinity that it was made of
};

/// By element of one value; those that were not asked have that of the first.
struct CulpritsOf {
  std::map<std::int64_t, int> by_element;

  int at(std::int64_t element) const {
    const auto found = by_element.find(element);
    if (found != by_element.end()) return found->second;
    return by_element.empty() ? nobody : by_element.begin()->second;
  }
};

class Search {
public:
  explicit Search(const Graph& graph) : graph_(graph), uses_(graph.use_counts()) {}

  void see(Value value, const Literal& literal) {
    literals_[value.id] = literal;
    ++values_;
    if (is_float(literal.type.dtype)) examine(value, literal);
    const Node& node = graph_.producer(value);
    if (graph_.result_index(value) + 1 < node.result_count) return;
    for (const Value operand : graph_.operands(node))
      if (--uses_[operand.id] == 0) {
        literals_.erase(operand.id);
        culprits_of_.erase(operand.id);
      }
  }

  NonFiniteSearch finish() {
    NonFiniteSearch search{.values = values_};
    std::set<int> wanted;
    for (const Output& output : graph_.outputs)
      if (add_culprits(output.value, wanted)) search.results.push_back(output.name);
    for (const Update& update : graph_.updates)
      if (add_culprits(update.value, wanted)) search.results.push_back(update.target);
    if (search.results.empty()) // then what is thrown away on the way
      for (int i = 0; i < static_cast<int>(culprits_.size()); ++i) wanted.insert(i);
    for (const int index : std::set(wanted))
      if (culprits_[at(index)].of_infinity != nobody)
        wanted.insert(culprits_[at(index)].of_infinity);
    search.found = first_of_each_kind(wanted, false);
    // Nothing made it, yet it is there: the model writes it.
    if (search.found.empty() && !search.results.empty())
      search.found = first_of_each_kind(wanted, true);
    return search;
  }

private:
  static std::size_t at(int index) { return static_cast<std::size_t>(index); }

  /// Whether there are elements that are not finite; what made them joins `wanted`.
  bool add_culprits(Value value, std::set<int>& wanted) const {
    const Literal& literal = literals_.at(value.id);
    if (!is_float(literal.type.dtype)) return false;
    bool some = false;
    for (std::int64_t i = 0; i < literal.type.elements(); ++i) {
      if (!not_finite(literal_real(literal, i))) continue;
      some = true;
      if (const int culprit = culprit_at(value, i); culprit != nobody) wanted.insert(culprit);
    }
    return some;
  }

  int culprit_at(Value value, std::int64_t element) const {
    const auto found = culprits_of_.find(value.id);
    return found == culprits_of_.end() ? nobody : found->second.at(element);
  }

  /// The first; if it is an infinity, the first NaN as well; the same of the derivatives.
  std::vector<NonFinite> first_of_each_kind(const std::set<int>& wanted, bool written) const {
    std::vector<NonFinite> first;
    std::array<bool, 2> any{}, nan{};
    for (const int index : wanted) {
      const auto& [made, is_written, of_infinity] = culprits_[at(index)];
      if (is_written != written || nan[made.derivative]) continue;
      if (any[made.derivative] && !is_nan(made.number)) continue;
      any[made.derivative] = true;
      nan[made.derivative] = is_nan(made.number);
      first.push_back(made);
    }
    return first;
  }

  void examine(Value value, const Literal& literal) {
    const Node& node = graph_.producer(value);
    own_ = {nobody, nobody};
    reads_ = 0;
    elements_.reset();
    operands_.clear();
    CulpritsOf found;
    for (std::int64_t i = 0; i < literal.type.elements(); ++i) {
      const double number = literal_real(literal, i);
      if (!not_finite(number)) continue;
      found.by_element[i] = culprit_of(node, value, i, number);
      if (found.by_element.size() == most_elements || reads_ > most_reads) break;
    }
    if (!found.by_element.empty()) culprits_of_[value.id] = std::move(found);
  }

  /// Its own value, or what one of the elements that it is made of has.
  int culprit_of(const Node& node, Value value, std::int64_t element, double number) {
    const NonFinite made{.value = value,
                         .element = element,
                         .number = number,
                         .derivative = graph_.context().origins[node.origin].order > 0};
    if (node.row->literal || node.row->leaf) return own_culprit(made, !given(node));
    const NodeId id = graph_.node_of(value);
    if (operands_.empty())
      for (const Value operand : graph_.operands(node))
        operands_.push_back(literals_.at(operand.id));
    if (!NodeElements::possible(graph_, id)) return culprit_among_all(node, made);
    if (!elements_) elements_.emplace(graph_, id, operands_, cache_);
    const TracedElement traced = elements_->at(graph_.result_index(value), element);
    reads_ += traced.reads.size();
    if (traced.reads.empty()) return nobody; // an attribute says so, as for padding
    int infinity = nobody;
    for (const auto& read : traced.reads) {
      const auto& operand = operands_[static_cast<std::size_t>(read.operand)];
      const double of = number_at(operand, read.element);
      if (!not_finite(of)) continue;
      const int culprit = culprit_at(graph_.operands(node)[at(read.operand)], read.element);
      if (is_nan(of) || !is_nan(number)) return culprit;
      if (infinity == nobody) infinity = culprit;
    }
    const int own = own_culprit(made, false);
    Culprit& culprit = culprits_[at(own)];
    if (culprit.made.element != element) return own;
    culprit.of_infinity = infinity;
    culprit.made.operands = by_operand(graph_, id, traced.reads, operands_, 6);
    return own;
  }

  int own_culprit(const NonFinite& made, bool written) {
    int& own = own_[is_nan(made.number)];
    if (own != nobody) return own;
    own = static_cast<int>(culprits_.size());
    culprits_.push_back({made, written});
    return own;
  }

  /// For a node of whose results nobody can tell what they are made of.
  int culprit_among_all(const Node& node, const NonFinite& made) {
    const auto bad = is_nan(made.number) ? is_nan : not_finite;
    const std::span<const Value> operands = graph_.operands(node);
    for (std::size_t o = 0; o < operands_.size(); ++o) {
      if (!is_float(operands_[o].type.dtype)) continue;
      for (std::int64_t i = 0; i < operands_[o].type.elements(); ++i)
        if (bad(literal_real(operands_[o], i))) return culprit_at(operands[o], i);
    }
    return own_culprit(made, false);
  }

  /// Values from outside the model; others are as it was written.
  bool given(const Node& node) const {
    return node.row->leaf && graph_.role(node.first) != Role::constant;
  }

  const Graph& graph_;
  std::vector<std::uint32_t> uses_;
  std::int64_t values_ = 0;
  std::map<std::uint32_t, Literal> literals_;       ///< by value, as long as it is used
  std::map<std::uint32_t, CulpritsOf> culprits_of_; ///< likewise
  std::vector<Culprit> culprits_;                   ///< in the order of the nodes
  interpreter::TapeCache cache_;
  // Of the value that is being examined:
  std::array<int, 2> own_{}; ///< the culprits of its infinities and NaNs that it made
  std::size_t reads_ = 0;
  std::vector<Literal> operands_;
  std::optional<NodeElements> elements_;
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
