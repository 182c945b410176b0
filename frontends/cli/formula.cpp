#include "frontends/cli/formula.h"

#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace nnc::cli {
namespace {

enum class Level { sum, product, power, atom };

/// factor * text, where `level` is the loosest operator in the text.
struct Part {
  double factor = 1;
  std::string text;
  Level level = Level::atom;
};

/// Characters above which a shared part gets a line: with a name of the user's, without one.
constexpr std::size_t short_part = 8, long_part = 48;

std::string number(double value) { return fmt::format("{}", value); }

/// With its factor: "-a", "2 a", "a / 32".
Part whole(const Part& part) {
  if (part.factor == 1) return part;
  if (part.text == "1") return {1, number(part.factor), part.factor < 0 ? Level::sum : Level::atom};
  const std::string inside = part.level < Level::product ? "(" + part.text + ")" : part.text;
  if (part.factor == -1) return {1, "-" + inside, Level::sum};
  const double inverse = 1 / part.factor;
  if (std::abs(inverse) > 1 && inverse == std::round(inverse)) {
    const std::string quotient = fmt::format("{} / {}", inside, number(std::abs(inverse)));
    return {1, (inverse < 0 ? "-" : "") + quotient, inverse < 0 ? Level::sum : Level::product};
  }
  return {1, number(part.factor) + " " + inside, part.factor < 0 ? Level::sum : Level::product};
}

std::string at_least(const Part& part, Level level) {
  const Part made = whole(part);
  return made.level < level ? "(" + made.text + ")" : made.text;
}

class Formulas {
public:
  explicit Formulas(const Graph& graph)
      : graph_(graph), names_(printed_names(graph)), uses_(graph.use_counts()),
        parts_(graph.node_count()) {}

  std::string print() {
    const auto live = graph_.live_nodes();
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id)
      if (live[id]) parts_[id] = keep(NodeId{id}, part(NodeId{id}));
    for (const Output& output : graph_.outputs) {
      const std::uint32_t id = graph_.node_of(output.value).id;
      const auto kept = bodies_.find(id);
      line(output.name, kept != bodies_.end() ? kept->second : whole(parts_[id]).text);
    }
    for (const Update& update : graph_.updates)
      line(update.target + "'", whole(parts_[graph_.node_of(update.value).id]).text);
    return text_;
  }

private:
  void line(const std::string& name, const std::string& formula) {
    text_ += name + " = " + formula + "\n";
  }

  bool output(NodeId id) const {
    return std::ranges::any_of(
        graph_.outputs, [&](const Output& output) { return graph_.node_of(output.value) == id; });
  }

  /// What is used again and has a name of the user's, or is long, goes by its name from here on.
  Part keep(NodeId id, Part part) {
    const Value value = graph_.result(id);
    const std::string text = whole(part).text;
    const bool again = uses_[value.id] > (output(id) ? 2u : 1u);
    const bool named = !graph_.value_name(value).empty() &&
                       graph_.name_kind(value) == NameKind::user && !graph_.is_leaf(value);
    if (!again || text.size() <= (named ? short_part : long_part)) return part;
    if (output(id))
      bodies_[id.id] = text;
    else
      line(names_[value.id], text);
    return {1, names_[value.id], Level::atom};
  }

  const Part& operand(const Node& node, std::size_t i) const {
    return parts_[graph_.node_of(node.inputs[i]).id];
  }

  std::optional<double> constant(const Part& part) const {
    if (part.text != "1") return std::nullopt;
    return part.factor;
  }

  Part part(NodeId id) {
    const Node& node = graph_.node(id);
    const Value value = graph_.result(id);
    if (graph_.is_leaf(value)) return {1, graph_.leaf_name(value), Level::atom};
    if (node.row->literal) return literal(value);
    switch (node.row->formula) {
    case Notation::call:
      return call(node);
    case Notation::operand:
      return operand(node, 0);
    case Notation::negative:
      return negated(node);
    case Notation::sum:
    case Notation::difference:
      return added(node);
    case Notation::product:
      return product(node);
    case Notation::quotient:
      return quotient(node);
    case Notation::power:
      return power(node);
    case Notation::matrix_product:
      return dot(node);
    case Notation::transposed:
      return turned(node);
    case Notation::over_axes:
    case Notation::linear_over_axes:
      return over_axes(node);
    }
    throw InternalError("a notation of no kind");
  }

  Part literal(Value value) const {
    const Literal& literal = graph_.attrs(value).literal("value");
    const std::int64_t count = literal.type.elements();
    for (std::int64_t i = 1; i < count; ++i)
      if (literal_real(literal, i) != literal_real(literal, 0))
        return {1, names_[value.id], Level::atom};
    return {count > 0 ? literal_real(literal, 0) : 0, "1", Level::atom};
  }

  Part negated(const Node& node) {
    Part part = operand(node, 0);
    part.factor = -part.factor;
    return part;
  }

  Part added(const Node& node) {
    const bool minus = node.row->formula == Notation::difference;
    const Part left = whole(operand(node, 0));
    Part right = operand(node, 1);
    // a + -b is a - b.
    const bool flip = right.factor < 0;
    if (flip) right.factor = -right.factor;
    return {1, left.text + (minus != flip ? " - " : " + ") + at_least(right, Level::product),
            Level::sum};
  }

  Part product(const Node& node) {
    Part left = operand(node, 0), right = operand(node, 1);
    const double factor = left.factor * right.factor;
    left.factor = right.factor = 1;
    if (constant(left)) return {factor, right.text, right.level};
    if (constant(right)) return {factor, left.text, left.level};
    if (left.text == right.text) return {factor, at_least(left, Level::atom) + "^2", Level::power};
    return {factor, at_least(left, Level::product) + " * " + at_least(right, Level::power),
            Level::product};
  }

  Part quotient(const Node& node) {
    Part left = operand(node, 0), right = operand(node, 1);
    const double factor = left.factor / right.factor;
    left.factor = right.factor = 1;
    if (constant(right)) return {factor, left.text, left.level};
    return {factor, at_least(left, Level::product) + " / " + at_least(right, Level::power),
            Level::product};
  }

  Part power(const Node& node) {
    return {1,
            at_least(operand(node, 0), Level::atom) + "^" + at_least(operand(node, 1), Level::atom),
            Level::power};
  }

  /// Products of matrices and vectors; others are calls.
  Part dot(const Node& node) {
    const AttrView attrs = graph_.attrs(node);
    const auto& contract = attrs.integer_lists("contract");
    const auto& batch = attrs.integer_lists("batch");
    const bool simple =
        (batch.empty() || batch[0].empty()) && contract.size() == 2 && contract[0].size() == 1;
    const int a = graph_.type(node.inputs[0]).rank(), b = graph_.type(node.inputs[1]).rank();
    if (!simple || a > 2 || b > 2) return call(node);
    Part left = operand(node, 0), right = operand(node, 1);
    const double factor = left.factor * right.factor;
    left.factor = right.factor = 1;
    const bool turn_left = contract[0][0] == 0, turn_right = b == 2 && contract[1][0] == 1;
    return {factor,
            (turn_left ? at_least(left, Level::atom) + "^T" : at_least(left, Level::product)) +
                " " + at_least(right, turn_right ? Level::atom : Level::power) +
                (turn_right ? "^T" : ""),
            Level::product};
  }

  /// The axes go without saying where they are all there are.
  Part over_axes(const Node& node) {
    Part of = operand(node, 0);
    double factor = 1;
    if (node.row->formula == Notation::linear_over_axes) std::swap(factor, of.factor);
    const auto& axes = graph_.attrs(node).integers("axes");
    const bool all = static_cast<int>(axes.size()) == graph_.type(node.inputs[0]).rank();
    const std::string over = all ? "" : fmt::format("_{}", fmt::join(axes, ""));
    return {factor, fmt::format("{}{}({})", node.row->name, over, whole(of).text), Level::atom};
  }

  Part turned(const Node& node) {
    if (graph_.type(node.inputs[0]).rank() != 2) return call(node);
    Part part = operand(node, 0);
    return {part.factor, at_least({1, part.text, part.level}, Level::atom) + "^T", Level::power};
  }

  Part call(const Node& node) {
    std::vector<std::string> operands;
    for (std::size_t i = 0; i < node.input_count; ++i)
      operands.push_back(whole(operand(node, i)).text);
    return {1, fmt::format("{}({})", node.row->name, fmt::join(operands, ", ")), Level::atom};
  }

  const Graph& graph_;
  std::vector<std::string> names_;
  std::vector<std::uint32_t> uses_;
  std::vector<Part> parts_;                     ///< by node
  std::map<std::uint32_t, std::string> bodies_; ///< of outputs that are used by name
  std::string text_;
};

} // namespace

std::string formula_text(const Graph& graph) { return Formulas(graph).print(); }

} // namespace nnc::cli
