#include "mutation/edits.h"

#include "mutation/attribute_edits.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace nnc::mutation {
namespace {

using Edits = std::vector<Edit>;

/// Ops of equal operands and results, one mistaken for the other. A comparison is mistaken for its
/// neighbour at ties and for its opposite.
const std::map<std::string, std::string, std::less<>> mistaken = {
    {"add", "sub"},         {"sub", "add"},         {"mul", "div"},     {"div", "mul"},
    {"exp", "expm1"},       {"expm1", "exp"},       {"log", "log1p"},   {"log1p", "log"},
    {"sin", "cos"},         {"cos", "sin"},         {"sinh", "cosh"},   {"cosh", "sinh"},
    {"ge", "gt"},           {"gt", "ge"},           {"le", "lt"},       {"lt", "le"},
    {"eq", "ne"},           {"ne", "eq"},           {"and", "or"},      {"or", "and"},
    {"maximum", "minimum"}, {"minimum", "maximum"}, {"max", "min"},     {"min", "max"},
    {"sqrt", "rsqrt"},      {"rsqrt", "sqrt"},      {"round", "floor"}, {"tanh", "sigmoid"},
    {"sigmoid", "tanh"},    {"sum", "max"},         {"prod", "sum"},
};

std::string mistaken_for(std::string_view op) {
  const auto found = mistaken.find(op);
  return found == mistaken.end() ? std::string() : found->second;
}

/// What is lost when one operand stands for the whole node.
std::string_view loss(std::string_view op) {
  if (op == "add" || op == "sub") return "dropped term";
  if (op == "mul" || op == "div" || op == "pow") return "dropped factor";
  return op == "select" || op == "and" || op == "or" ? "dropped mask" : "dropped op";
}

using Replace = std::function<Value(Builder&, const Built&)>;

/// An edit of one result; its name says which, unless it is the first.
Edit replaced(std::string kind, std::size_t result, const std::string& name, Replace replace) {
  return {std::move(kind), result == 0 ? name : fmt::format("result {}, {}", result, name),
          [result, replace = std::move(replace)](Builder& b, const Built& n) {
            std::vector<Value> results = n.results;
            results[result] = replace(b, n);
            return results;
          }};
}

void add_result_edits(const Graph& graph, const Built& node, std::size_t r, Edits& edits) {
  const auto apply = [&](std::string kind, const std::string& name, const char* op) {
    edits.push_back(replaced(std::move(kind), r, name, [op, r](Builder& b, const Built& n) {
      return b.op(op, {n.results[r]});
    }));
  };
  const Type& type = graph.type(node.results[r]);
  if (type.dtype == DType::boolean) apply("negated condition", "not", "not");
  if (is_float(type.dtype)) {
    if (!literal_behind(graph, node.results[r]).valid())
      apply(held_constant, "a constant to the next order", "stop_gradient");
    apply("sign", "negated", "neg");
  }
  for (std::size_t i = 0; i < node.operands.size(); ++i)
    if (graph.type(node.operands[i]) == type && node.operands[i] != node.results[r])
      edits.push_back(replaced(std::string(loss(node.row.name)), r,
                               fmt::format("operand {} alone", i),
                               [i](Builder&, const Built& n) { return n.operands[i]; }));
}

void add_op_edit(const Built& node, Edits& edits) {
  if (const std::string other = mistaken_for(node.row.name); !other.empty())
    edits.push_back({"wrong op", other, [other](Builder& b, const Built& n) {
                       return b.ops(other, n.operands, named_attributes(n));
                     }});
}

void add_operand_edits(const Graph& graph, const Built& node, std::span<const Known> known,
                       Edits& edits) {
  for (std::size_t i = 0; i + 1 < node.operands.size(); ++i) {
    const Value a = node.operands[i], b = node.operands[i + 1];
    if (node.row.commutative || a == b || graph.type(a) != graph.type(b)) continue;
    edits.push_back({"swapped operands", fmt::format("operands {} and {} exchanged", i, i + 1),
                     [i](Builder& to, Built n) {
                       std::swap(n.operands[i], n.operands[i + 1]);
                       return build_node(to, n);
                     }});
  }
  for (std::size_t i = 0; i < node.operands.size(); ++i)
    for (std::size_t from = 0; from < known.size(); ++from) {
      if (known[from].value != node.operands[i]) continue;
      for (const Known& other : known) {
        if (other.value == node.operands[i] ||
            graph.type(other.value) != graph.type(node.operands[i]))
          continue;
        const std::string name =
            fmt::format("operand {} is {}, not {}", i, other.name, known[from].name);
        edits.push_back({"wrong operand", name, [i, value = other.value](Builder& b, Built n) {
                           n.operands[i] = value;
                           return build_node(b, n);
                         }});
      }
      break; // one name for each value
    }
}

// --- missing reduction ---

/// The first element along `axes`, which keep the size 1.
Value first_along(Builder& b, Value x, const std::vector<std::int64_t>& axes) {
  std::vector<std::int64_t> start(b.shape(x).size(), 0), stop = b.shape(x);
  for (const std::int64_t axis : axes) stop[static_cast<std::size_t>(axis)] = 1;
  return b.op("slice", {x}, {{"start", start}, {"stop", stop}});
}

std::vector<Value> first_of_sum(Builder& b, const Built& node) {
  const AttrView attrs(node.row, node.attrs);
  const Value first = first_along(b, node.operands[0], attrs.integers("axes"));
  const Type& to = b.type(node.results[0]);
  return {b.reshape(b.cast(first, to.dtype), to.shape)};
}

std::vector<Value> first_of_dot(Builder& b, Built node) {
  const auto contract = AttrView(node.row, node.attrs).integer_lists("contract");
  for (std::size_t side = 0; side < 2; ++side)
    node.operands[side] = first_along(b, node.operands[side], contract[side]);
  return build_node(b, node);
}

void add_reduction_edits(const Graph& graph, const Built& node, Edits& edits) {
  const AttrView attrs(node.row, node.attrs);
  const auto add = [&](Value operand, const std::vector<std::int64_t>& axes, auto build) {
    std::int64_t count = 1; // of elements that are joined into one
    for (const std::int64_t axis : axes)
      count *= graph.type(operand).shape[static_cast<std::size_t>(axis)];
    if (count > 1) edits.push_back({"missing reduction", "the first element alone", build});
  };
  if (attrs.declares("axes") && attrs.declares("keep"))
    add(node.operands[0], attrs.integers("axes"), first_of_sum);
  if (attrs.declares("contract"))
    add(node.operands[0], attrs.integer_lists("contract")[0], first_of_dot);
}

} // namespace

std::vector<Value> build_node(Builder& b, const Built& node) {
  return b.ops(node.row.name, node.operands, named_attributes(node));
}

std::vector<Edit> edits_of(const Graph& graph, const Built& node, std::span<const Known> known) {
  Edits edits;
  for (std::size_t r = 0; r < node.results.size(); ++r) add_result_edits(graph, node, r, edits);
  add_op_edit(node, edits);
  add_operand_edits(graph, node, known, edits);
  add_reduction_edits(graph, node, edits);
  add_attribute_edits(node, edits);
  return edits;
}

} // namespace nnc::mutation
