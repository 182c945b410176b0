// Forms that keep more digits than those that derivatives have by their rules, where a function is
// near its limit. Each splits at 0, which only a graph that is not differentiated any more may do.

#include "compiler/rewrite/refine.h"

#include "compiler/rewrite/addends.h"
#include "compiler/rewrite/lists.h"
#include "compiler/rewrite/magnitude.h"
#include "compiler/unchanged.h"

#include <algorithm>
#include <iterator>

namespace nnc {
namespace {

using namespace pattern;

/// Is it -|x|, of which a sigmoid is small?
bool is_minus_size(const Graph& g, Value value) {
  const auto size = negated(g, value);
  return size && is(g, *size, "abs");
}
Value minus_size(Builder& b, Value z) { return b.neg(b.op("abs", {z})); }
Value positive(Builder& b, Value z) { return b.op("gt", {z, b.zeros_like(z)}); }
/// 1 where z > 0, else 0.
Value step(Builder& b, Value z) {
  return b.select(positive(b, z), b.full(b.type(z), 1), b.zeros_like(z));
}

/// The z of sigmoid(z) - y, the slope of a cross-entropy.
std::optional<Value> slope_at(const Graph& g, Value sigmoid, Value y) {
  const auto z = argument_of(g, sigmoid, "sigmoid");
  if (!z || is_minus_size(g, *z) || splat(g, y) || is(g, y, "sigmoid")) return std::nullopt;
  return z;
}

/// sigmoid(z) - y: (1 - y) - sigmoid(-z) where z > 0, so that both vanish for y = 1 as they do for
/// y = 0.
Value sigmoid_minus(Builder& b, const Graph& g, NodeId node) {
  const Value left = g.operands(node)[0], right = g.operands(node)[1];
  for (const bool turned : {false, true}) {
    const Value y = turned ? left : right;
    const auto z = slope_at(g, turned ? right : left, y);
    if (!z) continue;
    const Value small = b.op("sigmoid", {minus_size(b, *z)});
    const Value rest = b.sub(b.full(b.type(y), 1), y);
    return turned ? b.select(positive(b, *z), b.sub(small, rest), b.sub(y, small))
                  : b.select(positive(b, *z), b.sub(rest, small), b.sub(small, y));
  }
  return {};
}

/// t*sigmoid(z) - t*y, as forward mode has it: t*(sigmoid(z) - y).
Value sigmoid_minus_in_products(Builder& b, const Graph& g, NodeId node) {
  const Value left = g.operands(node)[0], right = g.operands(node)[1];
  if (!is(g, left, "mul") || !is(g, right, "mul")) return {};
  for (const auto& [tangent, of_left] : both_orders(g, left))
    for (const auto& [other, of_right] : both_orders(g, right))
      if (tangent == other && (slope_at(g, of_left, of_right) || slope_at(g, of_right, of_left)))
        return b.mul(tangent, b.sub(of_left, of_right));
  return {};
}

/// A softplus and a product with its argument, or what is the opposite of that.
struct SoftplusBeside {
  Value z, weight;       ///< weight * z
  bool opposite = false; ///< softplus(-z)
};

std::optional<SoftplusBeside> softplus_beside(const Graph& g, Value function, Value product) {
  const auto x = argument_of(g, function, "softplus");
  if (!x || !is(g, product, "mul")) return std::nullopt;
  for (const auto& [z, weight] : both_orders(g, product)) {
    if (splat(g, z)) continue;
    if (z == *x) return SoftplusBeside{z, weight};
    if (opposite(g, z, *x)) return SoftplusBeside{z, weight, true};
  }
  return std::nullopt;
}

/// softplus(z) - y*z, a cross-entropy: ([z > 0] - y)*z + softplus(-|z|), as softplus(z) is z and
/// what is left of that where y = 1 is that softplus alone. Likewise of softplus(-z) + w*z.
Value softplus_and_product(Builder& b, const Graph& g, NodeId node) {
  const bool difference = is(g, g.result(node), "sub");
  const Value left = g.operands(node)[0], right = g.operands(node)[1];
  for (const bool turned : {false, true}) {
    const auto found = turned ? softplus_beside(g, right, left) : softplus_beside(g, left, right);
    if (!found) continue;
    const auto [z, weight, opposite] = *found;
    const Value rest = b.op("softplus", {minus_size(b, z)});
    const Value at = opposite ? b.sub(step(b, z), b.full(b.type(z), 1)) : step(b, z);
    if (!difference) return b.add(b.mul(z, b.add(at, weight)), rest);
    if (!turned) return b.add(b.mul(z, b.sub(at, weight)), rest);
    return b.sub(b.mul(z, b.sub(weight, at)), rest);
  }
  return {};
}

constexpr int nodes_followed = 12;

/// Is it made of leaves by a few operations on elements, and none that adds up many?
bool of_elements(const Graph& g, Value value) {
  std::vector<Value> pending{value};
  for (int seen = 0; !pending.empty(); ++seen) {
    const Node& node = g.producer(pending.back());
    pending.pop_back();
    if (seen == nodes_followed) return false;
    if (node.row->leaf || node.row->literal) continue;
    if (!node.row->elementwise && node.row->formula != Notation::operand) return false;
    for (const Value operand : g.operands(node)) pending.push_back(operand);
  }
  return true;
}

/// 1 - t^2 = (1 - |t|)(1 + |t|) of t = tanh(x), where 1 - |t| = 2*sigmoid(-2|x|); and its negative.
/// Where x is added up of many, as in layers, what is lost vanishes beside the slopes that it is
/// added to, and kernels are spared an exponential.
Value slope_of_tanh(Builder& b, const Graph& g, NodeId node) {
  const bool negative = is(g, g.result(node), "add");
  const Value square = g.operands(node)[negative ? 0 : 1];
  if (!is_splat(g, g.operands(node)[negative ? 1 : 0], negative ? -1 : 1)) return {};
  if (!is(g, square, "mul")) return {};
  const auto x = argument_of(g, operand(g, square), "tanh");
  if (!x || operand(g, square) != operand(g, square, 1) || !of_elements(g, *x)) return {};
  const Value rest = b.op("sigmoid", {b.mul(b.op("abs", {*x}), -2.0)});
  const Value other = b.add(b.op("abs", {operand(g, square)}), 1.0);
  return b.mul(b.mul(rest, negative ? -2.0 : 2.0), other);
}

constexpr int products_followed = 5; ///< within products

using FactorList = std::vector<std::pair<std::uint32_t, bool>>;

/// What a product is made of: a number, and factors in an order, each with whether it stands below
/// the line.
struct Product {
  Product(const Graph& g, Value product) {
    collect(g, product, false, products_followed);
    std::ranges::sort(list);
  }

  double number = 1;
  FactorList list;

private:
  void collect(const Graph& g, Value value, bool below, int levels) {
    const bool quotient = is(g, value, "div");
    if (const auto known = splat(g, value)) {
      number *= below ? 1 / *known : *known;
    } else if (levels > 0 && (quotient || is(g, value, "mul"))) {
      collect(g, operand(g, value), below, levels - 1);
      collect(g, operand(g, value, 1), below != quotient, levels - 1);
    } else {
      list.emplace_back(value.id, below);
    }
  }
};

bool is_shifted(const Graph& g, Value term) {
  return std::ranges::any_of(Factors(g, term, false), [&](const Factor& factor) {
    const auto exponent = argument_of(g, factor.value, "exp");
    return exponent && shifted_by_greatest(g, *exponent);
  });
}

/// Of product = other * e/S, where S = e + u + v + ... is what log-of-sum makes: (u + v + ...)/S.
Value rest_of_share(Builder& b, const Graph& g, const Product& all, const Product& less) {
  FactorList more;
  std::ranges::set_difference(all.list, less.list, std::back_inserter(more));
  if (all.list.size() != less.list.size() + more.size()) return {};
  const auto below = std::ranges::find(more, true, &FactorList::value_type::second);
  if (below == more.end()) return {};
  const Value sum{below->first};
  more.erase(below);
  const auto terms = terms_of(g, sum);
  if (!terms || terms->negative) return {};
  if (!std::ranges::all_of(terms->list, [&](Value term) { return is_shifted(g, term); })) return {};
  for (std::size_t i = 0; i < terms->list.size(); ++i)
    if (const Product term(g, terms->list[i]);
        term.list == more && less.number * term.number == all.number)
      return b.div(other_terms(b, *terms, i), sum);
  return {};
}

/// p - p*e/S = p*(u + v + ...)/S: the share of e in a sum that it is nearly all of.
Value share_minus(Builder& b, const Graph& g, Value first, Value second, bool difference) {
  Product product(g, second); // the minus may be one of its number
  if (!difference) product.number = -product.number;
  const Value rest = rest_of_share(b, g, product, Product(g, first));
  return rest.valid() ? b.mul(first, rest) : Value{};
}
constexpr Joining share{"", share_minus};

/// A rewrite and the function that it looks for: a graph without that is not changed by it.
struct Refining {
  std::string_view function;
  Rewrite rewrite;
};
constexpr std::array refining = {
    Refining{"sigmoid", Rewrite{"sigmoid-minus", "sub", sigmoid_minus}},
    Refining{"sigmoid", Rewrite{"sigmoid-minus-in-products", "sub", sigmoid_minus_in_products}},
    Refining{"softplus", Rewrite{"softplus-and-product", "sub", softplus_and_product}},
    Refining{"softplus", Rewrite{"softplus-and-product", "add", softplus_and_product}},
    // Which is asked of what exponents are shifted by.
    Refining{"is_finite", Rewrite{"share-minus", "sub", joined<share>}},
    Refining{"is_finite", Rewrite{"share-minus", "add", joined<share>}},
    Refining{"tanh", Rewrite{"slope-of-tanh", "sub", slope_of_tanh}},
    Refining{"tanh", Rewrite{"slope-of-tanh", "add", slope_of_tanh}},
};
constexpr auto rows = [] {
  std::array<Rewrite, refining.size()> all{};
  std::ranges::transform(refining, all.begin(), &Refining::rewrite);
  return all;
}();

} // namespace

RewriteList refining_rewrites() { return {"refine", rows}; }

bool has_refinable(const Graph& graph) {
  return any_node(graph, [](const Node& node) {
    return std::ranges::find(refining, node.row->name, &Refining::function) != refining.end();
  });
}

Graph refine(const Graph& from, Context& context, const RewriteOptions& options) {
  if (!has_refinable(from)) return copy_live(from);
  return rewrite_graph(from, context, {refining_rewrites(), simplifying_rewrites()}, options);
}
Graph refine(const Graph& from, Context& context) { return refine(from, context, {}); }

} // namespace nnc
