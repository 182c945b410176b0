#include "compiler/rewrite/check.h"

#include "compiler/differentiate.h"
#include "compiler/rewrite/sides.h"
#include "ir/builder.h"
#include "ir/grad_node.h"
#include "ir/interpret/interpreter.h"
#include "ir/text/print.h"
#include "ir/unmade.h"
#include "runtime/tensor_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nnc {
namespace {

constexpr int depth = 12;      ///< more than any rewrite looks at
constexpr int points = 3;      ///< of each kind
constexpr int noise_draws = 4; ///< that show what rounding may do
constexpr double safety = 32;  ///< between the noise seen and the error allowed
constexpr std::int64_t shown_elements = 64;

/// Where two results differ, by more than rounding explains.
struct Difference {
  std::size_t pair = 0; ///< outputs 2*pair and 2*pair + 1
  std::int64_t element = 0;
};

double element(const Literal& literal, std::int64_t i) {
  return is_float(literal.type.dtype) ? literal_real(literal, i)
                                      : static_cast<double>(literal_integer(literal, i));
}

bool finite(const Literal& literal, std::int64_t i) {
  return !is_float(literal.type.dtype) || std::isfinite(literal_real(literal, i));
}

double epsilon(DType dtype) {
  if (dtype == DType::f64) return 0x1p-52;
  return dtype == DType::f32 ? 0x1p-23 : dtype == DType::f16 ? 0x1p-10 : 0x1p-7;
}

/// A graph whose outputs are pairs of equals, evaluated at one point.
class Pairs {
public:
  Pairs(const Graph& graph, std::vector<Literal> inputs)
      : graph_(graph), inputs_(std::move(inputs)) {}

  /// False where the point is none: an index out of range.
  bool evaluate() {
    auto values = interpret(graph_, inputs_);
    if (values) values_ = std::move(*values);
    return values.ok();
  }
  const std::vector<Literal>& values() const { return values_; }

  std::optional<Difference> difference(std::mt19937_64& random) const {
    const std::vector<Difference> suspects = find_suspects();
    if (suspects.empty()) return std::nullopt;
    std::vector<double> spread(suspects.size(), 0);
    const Graph noisy = with_noise(graph_);
    for (int draw = 0; draw < noise_draws; ++draw) {
      const auto moved = interpret(noisy, noisy_inputs(noisy, random));
      if (!moved) return std::nullopt;
      for (std::size_t i = 0; i < suspects.size(); ++i)
        for (const std::size_t side : {0u, 1u}) {
          const std::size_t at = 2 * suspects[i].pair + side;
          const double change = std::abs(element((*moved)[at], suspects[i].element) -
                                         element(values_[at], suspects[i].element));
          if (!(change <= spread[i])) spread[i] = change; // a NaN stays
        }
    }
    for (std::size_t i = 0; i < suspects.size(); ++i)
      if (apart(suspects[i]) > safety * spread[i] || std::isinf(apart(suspects[i])))
        return suspects[i];
    return std::nullopt;
  }

  double left(const Difference& d) const { return element(values_[2 * d.pair], d.element); }
  double right(const Difference& d) const { return element(values_[2 * d.pair + 1], d.element); }

private:
  /// Infinite when the right side is not finite.
  double apart(const Difference& d) const {
    const double distance = std::abs(left(d) - right(d));
    return std::isfinite(distance) ? distance : INFINITY;
  }

  std::vector<Difference> find_suspects() const {
    std::vector<Difference> suspects;
    for (std::size_t pair = 0; 2 * pair < values_.size(); ++pair) {
      const Literal& before = values_[2 * pair];
      const bool real = is_float(before.type.dtype);
      const double unit = real ? 256 * epsilon(before.type.dtype) : 0;
      for (std::int64_t i = 0; i < before.type.elements(); ++i) {
        const Difference at{pair, i};
        if (finite(before, i) && apart(at) > unit * std::max(1.0, std::abs(left(at))))
          suspects.push_back(at);
      }
    }
    return suspects;
  }

  std::vector<Literal> noisy_inputs(const Graph& noisy, std::mt19937_64& random) const {
    std::vector<Literal> all = inputs_;
    for (std::size_t i = inputs_.size(); i < noisy.inputs.size(); ++i) {
      const Type& type = noisy.type(noisy.inputs[i]);
      auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
      for (std::int64_t k = 0; k < type.elements(); ++k)
        store_real(type.dtype, bytes->data(), k, 1 + (random() % 2 ? 4 : -4) * epsilon(type.dtype));
      all.push_back({type, std::move(bytes)});
    }
    return all;
  }

  const Graph& graph_;
  std::vector<Literal> inputs_;
  std::vector<Literal> values_;
};

/// Around zero, positive, or large; with zeros, ones and so ties among them. Few digits, for
/// people.
double draw(std::mt19937_64& random, int kind) {
  constexpr std::array special = {0.0, 1.0, -1.0, 2.0, 0.5, 6.0, -6.0};
  const double value = std::round(64 * std::normal_distribution<double>()(random)) / 64;
  if (kind == 1) return std::abs(value) + 0.125;
  if (random() % 3 == 0) return special[random() % special.size()];
  return kind == 2 ? 4 * value : value;
}

std::vector<Literal> draw_inputs(const Graph& graph, std::mt19937_64& random, int kind,
                                 bool zero_integers) {
  std::vector<Literal> inputs;
  for (const Value leaf : graph.inputs) {
    const Type& type = graph.type(leaf);
    auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
    for (std::int64_t i = 0; i < type.elements(); ++i)
      if (is_float(type.dtype))
        store_real(type.dtype, bytes->data(), i, draw(random, kind));
      else
        store_integer(type.dtype, bytes->data(), i,
                      zero_integers ? 0 : static_cast<std::int64_t>(random() % 2));
    inputs.push_back({type, std::move(bytes)});
  }
  return inputs;
}

/// Gradients of both outputs with respect to every float leaf, in pairs; the seed is the last leaf.
struct Gradients {
  std::optional<Graph> graph = {};
  std::vector<std::string> leaves = {}; ///< by pair
};

Gradients gradients_of(const Graph& sides) {
  Graph to = copy_live(sides);
  std::vector<Value> wrt;
  Gradients result;
  for (const Value leaf : to.inputs)
    if (is_float(to.type(leaf).dtype)) {
      wrt.push_back(leaf);
      result.leaves.push_back(to.leaf_name(leaf));
    }
  const Value outputs[] = {to.outputs[0].value, to.outputs[1].value};
  if (wrt.empty() || !is_float(to.type(outputs[0]).dtype)) return result;
  to.outputs.clear();
  Builder b(to);
  const Value seed = to.add_leaf("seed", Role::input, to.type(outputs[0]), {});
  std::vector<std::vector<Value>> both;
  for (const Value of : outputs) both.push_back(build_grad(b, {of, seed, wrt}));
  if (b.error()) unmade(*b.error(), "checking rewrites");
  for (std::size_t i = 0; i < wrt.size(); ++i)
    for (const auto& side : both)
      to.outputs.push_back({"d" + std::to_string(to.outputs.size()), side[i]});
  result.graph = differentiate(to, to.context());
  return result;
}

/// 1, 1.25, ... where the left side is finite, else 0: what is not finite has no gradient.
Literal seed_for(const Literal& before) {
  auto bytes = std::make_shared<std::vector<std::byte>>(before.bytes->size());
  for (std::int64_t i = 0; i < before.type.elements(); ++i)
    store_real(before.type.dtype, bytes->data(), i,
               finite(before, i) ? 1 + 0.25 * static_cast<double>(i % 4) : 0);
  return {before.type, std::move(bytes)};
}

std::string one_side(const Graph& sides, std::size_t output) {
  Graph to = copy_live(sides);
  to.name = sides.outputs[output].name;
  to.outputs = {to.outputs[output]};
  return print_graph(to);
}

std::string point_text(const Graph& graph, std::span<const Literal> inputs) {
  std::string text;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto tensor = Tensor::copy_of(inputs[i].type, *inputs[i].bytes);
    if (tensor)
      text += fmt::format("  {}={}\n", graph.leaf_name(graph.inputs[i]),
                          to_text(*tensor, shown_elements));
  }
  return text;
}

/// All that is known of one rewrite and where it fired, for the report.
struct Fired {
  std::string_view rewrite;
  std::string node;
  const Graph& sides; ///< in the model's dtypes
};

[[noreturn]] void report(const Fired& fired, const std::string& what, const Pairs& pairs,
                         const Difference& at, const std::string& point) {
  const Shape index = index_of(pairs.values()[2 * at.pair].type.shape, at.element);
  throw InternalError(fmt::format(
      "rewrite '{}' changes {} of {}\n  element {} is {:.9g}, after the rewrite {:.9g}\n"
      "// the point\n{}// before\n{}// after\n{}",
      fired.rewrite, what, fired.node, to_string(index), pairs.left(at), pairs.right(at), point,
      one_side(fired.sides, 0), one_side(fired.sides, 1)));
}

} // namespace

void RewriteCheck::compare(std::string_view rewrite, const Graph& graph, Value before, Value after,
                           bool gradients) {
  const Graph sides = cut_sides(graph, before, after, depth);
  const std::optional<Graph> wide = widened_sides(sides);
  const Graph& values = wide ? *wide : sides;
  const Gradients slopes = gradients ? gradients_of(values) : Gradients();
  const std::string place = origin_text(graph.context(), graph.producer(before).origin);
  const Fired fired{rewrite,
                    fmt::format("`{}`{}", graph.producer(before).row->name,
                                place.empty() ? "" : " (" + place + ")"),
                    sides};
  const bool indices = std::ranges::any_of(
      values.inputs, [&](Value leaf) { return !is_float(values.type(leaf).dtype); });
  for (int kind = 0; kind < points; ++kind)
    for (const bool zero_integers : {false, true}) {
      if (zero_integers && !indices) continue;
      std::vector<Literal> inputs = draw_inputs(values, random_, kind, zero_integers);
      Pairs pairs(values, inputs);
      if (!pairs.evaluate()) continue;
      const std::string point = point_text(values, inputs);
      if (const auto at = pairs.difference(random_)) report(fired, "the value", pairs, *at, point);
      if (!slopes.graph) continue;
      inputs.push_back(seed_for(pairs.values()[0]));
      Pairs derivatives(*slopes.graph, std::move(inputs));
      if (!derivatives.evaluate()) continue;
      if (const auto at = derivatives.difference(random_))
        report(fired, "the gradient by " + slopes.leaves[at->pair], derivatives, *at, point);
    }
  ++compared_;
}

} // namespace nnc
