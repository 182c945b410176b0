#include "frontends/formula/tensor_products.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::formula {
namespace {

struct Contraction {
  Terms& terms;
  const Graph& graph;
  const Node& node;
  std::vector<Axes> batch, contract;
  Scaled a, b;
  int rank_a, rank_b, rank;
};

bool leading(const Axes& axes) {
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (axes[i] != static_cast<std::int64_t>(i)) return false;
  return true;
}

/// With an operand that is one number everywhere: that number times a sum of the other.
std::optional<Scaled> product_with_number(const Contraction& c) {
  if (!c.batch[0].empty()) return std::nullopt;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const Scaled number = side == 0 ? c.a : c.b, other = side == 0 ? c.b : c.a;
    if (c.terms[number.term].varies != 0) continue;
    const Axes& summed = c.contract[1 - side];
    const int rank = side == 0 ? c.rank_b : c.rank_a;
    const Shape& shape = c.graph.type(c.node.inputs[1 - side]).shape;
    double count = 1;
    for (const std::int64_t axis : summed)
      count *= static_cast<double>(shape[static_cast<std::size_t>(axis)]);
    if (c.terms[other.term].varies == 0) // n equal products
      return c.terms.multiply({count, one}, c.terms.multiply(number, other));
    const auto left = rank - static_cast<int>(summed.size());
    Axes places;
    for (std::int64_t i = 0; i < left; ++i) places.push_back(side == 0 ? c.rank - left + i : i);
    const Scaled sum = c.terms.over("sum", summed, other, rank, count);
    return c.terms.multiply(number, c.terms.place(sum, places, c.rank));
  }
  return std::nullopt;
}

/// Of matrices and vectors; leading axes that both have are carried along.
std::optional<Scaled> matrix_product(const Contraction& c) {
  const auto carried = static_cast<int>(c.batch[0].size());
  if (!leading(c.batch[0]) || !leading(c.batch[1])) return std::nullopt;
  const int a = c.rank_a - carried, b = c.rank_b - carried;
  if (c.contract[0].empty() && carried == 0 && a == 1 && b == 1)
    return c.terms.matrix(c.a, c.terms.turned(c.b), c.rank);
  if (c.contract[0].size() != 1 || a > 2 || b > 2) return std::nullopt;
  const bool turn_a = c.contract[0][0] == carried, turn_b = b == 2 && c.contract[1][0] > carried;
  return c.terms.matrix(turn_a ? c.terms.turned(c.a) : c.a, turn_b ? c.terms.turned(c.b) : c.b,
                        c.rank);
}

/// Windows of x [n, ..., c] with a kernel [..., c, out].
std::optional<Scaled> convolution(const Contraction& c, const std::function<Scaled(Value)>& value) {
  const Node& view = c.graph.producer(c.node.inputs[0]);
  if (view.row->name != "window" || !c.batch[0].empty()) return std::nullopt;
  const AttrView attrs = c.graph.attrs(view);
  const int rank = c.graph.type(view.inputs[0]).rank();
  const Axes axes = attrs.integers("axes");
  if (axes != kept({0, rank - 1}, rank) || c.rank_b != rank) return std::nullopt;
  for (std::size_t i = 0; i < c.contract[0].size(); ++i) {
    const std::int64_t in_kernel = c.contract[1][i];
    const bool channel = in_kernel == rank - 2;
    if (c.contract[0][i] != (channel ? rank - 1 : rank + in_kernel)) return std::nullopt;
  }
  if (c.contract[0].size() != static_cast<std::size_t>(rank - 1)) return std::nullopt;
  const Axes steps(axes.size(), 1);
  std::vector<std::string> notes;
  for (const char* name : {"stride", "dilation"})
    if (attrs.integers(name) != steps)
      notes.push_back(fmt::format("{}=[{}]", name, fmt::join(attrs.integers(name), ", ")));
  const Scaled x = value(view.inputs[0]);
  const Scaled made = c.terms.call("conv", {{1, x.term}, {1, c.b.term}},
                                   fmt::format("{}", fmt::join(notes, ", ")), c.rank);
  return Scaled{x.factor * c.b.factor, made.term};
}

/// Letters for the axes of both operands and of the result: "abc,cd->abd".
std::string subscripts(const Contraction& c) {
  char next = 'a';
  std::string a(static_cast<std::size_t>(c.rank_a), ' '),
      b(static_cast<std::size_t>(c.rank_b), ' ');
  for (char& letter : a) letter = next++;
  for (const auto* lists : {&c.batch, &c.contract})
    for (std::size_t i = 0; i < (*lists)[0].size(); ++i)
      b[static_cast<std::size_t>((*lists)[1][i])] = a[static_cast<std::size_t>((*lists)[0][i])];
  for (char& letter : b)
    if (letter == ' ') letter = next++;
  std::string result;
  for (const std::int64_t axis : c.batch[0]) result += a[static_cast<std::size_t>(axis)];
  for (const char letter : a)
    if (b.find(letter) == std::string::npos) result += letter;
  for (const char letter : b)
    if (a.find(letter) == std::string::npos) result += letter;
  return a + "," + b + "->" + result;
}

} // namespace

Scaled tensor_product(Terms& terms, const Graph& graph, const Node& node,
                      const std::function<Scaled(Value)>& value) {
  const AttrView attrs = graph.attrs(node);
  Contraction c{terms,
                graph,
                node,
                attrs.integer_lists("batch"),
                attrs.integer_lists("contract"),
                value(node.inputs[0]),
                value(node.inputs[1]),
                graph.type(node.inputs[0]).rank(),
                graph.type(node.inputs[1]).rank(),
                graph.type(node.first).rank()};
  c.batch.resize(2);
  c.contract.resize(2);
  if (c.a.factor == 0 || c.b.factor == 0) return {0, one};
  if (const auto made = product_with_number(c)) return *made;
  if (const auto made = matrix_product(c)) return *made;
  if (const auto made = convolution(c, value)) return *made;
  const Scaled made = terms.call("einsum", {{1, c.a.term}, {1, c.b.term}}, subscripts(c), c.rank);
  return {c.a.factor * c.b.factor, made.term};
}

std::optional<Scaled> transposed_product(Terms& terms, Scaled product, const Axes& perm) {
  const Term term = terms[product.term];
  if (!terms.is_call(product.term, "einsum")) return std::nullopt;
  const std::size_t result = term.note.find("->") + 2;
  std::string note = term.note.substr(0, result);
  for (const std::int64_t axis : perm) note += term.note[result + static_cast<std::size_t>(axis)];
  const Scaled made = terms.call("einsum", {{1, term.args[0]}, {1, term.args[1]}}, note, term.rank);
  return Scaled{product.factor, made.term};
}

} // namespace nnc::formula
