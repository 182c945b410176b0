// Every rewrite fires on some expression here, and gives the value of what it replaces wherever
// that is finite: at random points, at zero, at ties and at large arguments.
#include "compiler/rewrite/rewrite.h"
#include "ir/interpret/interpreter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

namespace nnc {
namespace {

using Make = std::function<Value(Builder&, Value x, Value y)>;

Value one_plus_exp(Builder& b, Value x) { return b.add(b.op("exp", {x}), 1.0); }
Value minus_from_one(Builder& b, Value x) { return b.sub(b.full(b.type(x), 1), x); }
Value sigmoid(Builder& b, Value x) { return b.op("sigmoid", {x}); }
Value row(Builder& b, Value x) { return b.broadcast(b.sum(x, {1}), b.shape(x), {0}); }

/// Spellings over x and y, f64[3,4]; each is rebuilt with all rewrites.
std::vector<Make> signs_and_constants() {
  return {
      [](Builder& b, Value x, Value) { return b.neg(b.neg(x)); },
      [](Builder& b, Value x, Value y) { return b.neg(b.sub(x, y)); },
      [](Builder& b, Value x, Value) { return b.neg(b.mul(x, 3.0)); },
      [](Builder& b, Value x, Value y) { return b.mul(b.neg(x), b.neg(y)); },
      [](Builder& b, Value x, Value y) { return b.mul(b.neg(x), y); },
      [](Builder& b, Value x, Value) { return b.mul(b.neg(x), 2.5); },
      [](Builder& b, Value x, Value y) { return b.add(x, b.neg(y)); },
      [](Builder& b, Value x, Value y) { return b.sub(x, b.neg(y)); },
      [](Builder& b, Value x, Value y) { return b.sub(b.neg(x), y); },
      [](Builder& b, Value x, Value) { return b.add(b.full(b.type(x), 2), x); },
      [](Builder& b, Value x, Value) { return b.mul(b.full(b.type(x), 2), x); },
      [](Builder& b, Value x, Value) { return b.add(x, 0.0); },
      [](Builder& b, Value x, Value) { return b.mul(x, 0.0); },
      [](Builder& b, Value x, Value) { return b.mul(x, 1.0); },
      [](Builder& b, Value x, Value) { return b.mul(x, -1.0); },
      [](Builder& b, Value x, Value) { return b.add(b.add(x, 1.5), 2.0); },
      [](Builder& b, Value x, Value) { return b.mul(b.mul(x, 1.5), 2.0); },
      [](Builder& b, Value x, Value y) { return b.mul(b.div(x, y), y); },
      [](Builder& b, Value x, Value y) { return b.div(b.mul(y, x), y); },
      [](Builder& b, Value x, Value) { return b.add(b.mul(x, 3.0), x); },
      [](Builder& b, Value x, Value y) { return b.add(b.add(y, x), x); },
      [](Builder& b, Value x, Value y) { return b.sub(b.sub(y, x), x); },
      [](Builder& b, Value x, Value y) { return b.sub(b.mul(x, 3.0), b.mul(y, 3.0)); },
      [](Builder& b, Value x, Value y) { return b.add(b.mul(x, -3.0), b.mul(y, 3.0)); },
  };
}

std::vector<Make> quotients_and_selects() {
  return {
      [](Builder& b, Value x, Value) { return b.sub(x, x); },
      [](Builder& b, Value x, Value) { return b.sub(b.full(b.type(x), 0), x); },
      [](Builder& b, Value x, Value) { return b.sub(x, b.full(b.type(x), 4)); },
      [](Builder& b, Value x, Value y) { return b.sub(b.add(x, y), x); },
      [](Builder& b, Value x, Value) { return b.div(x, b.full(b.type(x), 8)); },
      [](Builder& b, Value x, Value) { return b.div(x, x); },
      [](Builder& b, Value x, Value y) { return b.div(b.neg(x), y); },
      [](Builder& b, Value x, Value) {
        return b.op("pow", {x, b.full(b.type(x), 2)});
      },
      [](Builder& b, Value x, Value) {
        return b.op("pow", {x, b.full(b.type(x), -1)});
      },
      [](Builder& b, Value x, Value y) {
        const Value c = b.op("lt", {x, y});
        return b.select(b.op("not", {b.op("not", {c})}), b.select(c, x, y), y);
      },
      [](Builder& b, Value x, Value y) {
        return b.select(b.op("not", {b.op("lt", {x, y})}), x, y);
      },
      [](Builder& b, Value x, Value y) {
        const Value c = b.op("lt", {x, y});
        return b.select(b.op("and", {c, c}), x, b.select(b.op("or", {c, c}), y, x));
      },
      [](Builder& b, Value x, Value) { return b.op("log", {b.op("exp", {x})}); },
      [](Builder& b, Value x, Value) {
        return b.cast(b.cast(b.cast(x, DType::f32), DType::f64), DType::f32);
      },
      [](Builder& b, Value x, Value) { return b.op("sqrt", {b.mul(x, x)}); },
  };
}

std::vector<Make> layouts() {
  return {
      [](Builder& b, Value x, Value) {
        return b.broadcast(b.broadcast(b.sum(x, {0}), {2, 4}, {1}), {3, 2, 4}, {1, 2});
      },
      [](Builder& b, Value x, Value) {
        return b.reshape(b.reshape(x, {12}), {4, 3});
      },
      [](Builder& b, Value x, Value) {
        return b.op("transpose", {b.transpose(x, {1, 0})},
                    {{"perm", std::vector<std::int64_t>{1, 0}}});
      },
      [](Builder& b, Value x, Value y) {
        return b.transpose(b.dot(x, y, {{}, {}}, {{1}, {1}}), {1, 0});
      },
      [](Builder& b, Value x, Value y) {
        return b.dot(b.transpose(x, {1, 0}), y, {{}, {}}, {{1}, {0}});
      },
      [](Builder& b, Value x, Value y) {
        return b.sum(b.dot(x, y, {{1}, {1}}, {{0}, {0}}), {0});
      },
      [](Builder& b, Value x, Value y) { // the identity on either side
        const auto count = [&](std::int64_t size, std::int64_t axis) {
          return b.op("iota", {}, {{"shape", Shape{size, size}}, {"axis", axis}});
        };
        const auto unit = [&](std::int64_t n) {
          return b.cast(b.op("eq", {count(n, 1), count(n, 0)}), DType::f64);
        };
        const Value left = b.dot(unit(4), x, {{}, {}}, {{0}, {1}});
        return b.add(b.transpose(left, {1, 0}), b.dot(y, unit(4), {{}, {}}, {{1}, {0}}));
      },
  };
}

std::vector<Make> whole_layouts_and_sums() {
  return {
      [](Builder& b, Value x, Value) {
        const NamedAttrs axes{{"axes", std::vector<std::int64_t>{1}}};
        return b.op("reverse", {b.op("reverse", {x}, axes)}, axes);
      },
      [](Builder& b, Value x, Value) {
        const Value three = b.full({b.dtype(x), {90, 80}}, 3); // too large to be folded
        return b.op("reverse", {three}, {{"axes", std::vector<std::int64_t>{1}}});
      },
      [](Builder& b, Value x, Value) {
        return b.op("slice", {b.full({b.dtype(x), {90, 80}}, 3)},
                    {{"start", std::vector<std::int64_t>{0, 1}},
                     {"stop", std::vector<std::int64_t>{88, 73}}});
      },
      [](Builder& b, Value x, Value) {
        return b.op("slice", {x},
                    {{"start", std::vector<std::int64_t>{0, 0}},
                     {"stop", std::vector<std::int64_t>{3, 4}}});
      },
      [](Builder& b, Value x, Value) {
        return b.op("concat", {x}, {{"axis", std::int64_t{0}}});
      },
      [](Builder& b, Value x, Value) {
        return b.sum(b.broadcast(b.sum(x, {1}), {3, 5}, {0}), {0, 1});
      },
      [](Builder& b, Value x, Value) { return b.sum(b.sum(x, {0}), {0}); },
      [](Builder& b, Value x, Value) { return b.sum(b.mul(x, 0.25), {1}); },
      [](Builder& b, Value x, Value) { return b.op("tanh", {row(b, x)}); },
      [](Builder& b, Value x, Value y) {
        return b.sub(b.reshape(x, {2, 6}), b.reshape(y, {2, 6}));
      },
      [](Builder& b, Value x, Value) { return b.op("log", {b.sum(x, {1}, true)}); },
      [](Builder& b, Value x, Value y) { // softmax with kept axes, and its logarithm
        const Value e = b.op("exp", {x});
        const Value p = b.div(e, b.broadcast_to(b.sum(e, {1}, true), b.shape(e)));
        return b.mul(b.op("log", {p}), y);
      },
  };
}

std::vector<Make> stable_forms() {
  return {
      [](Builder& b, Value x, Value) {
        return b.div(b.full(b.type(x), 1), one_plus_exp(b, b.neg(x)));
      },
      [](Builder& b, Value x, Value) { return b.div(b.op("exp", {x}), one_plus_exp(b, x)); },
      [](Builder& b, Value x, Value) { return minus_from_one(b, sigmoid(b, x)); },
      [](Builder& b, Value x, Value) { return b.op("log", {sigmoid(b, x)}); },
      [](Builder& b, Value x, Value) { return b.op("log", {one_plus_exp(b, x)}); },
      [](Builder& b, Value x, Value) { return b.op("log1p", {b.op("exp", {x})}); },
      [](Builder& b, Value x, Value) { return b.op("log1p", {b.neg(sigmoid(b, x))}); },
      [](Builder& b, Value x, Value y) { return b.op("log", {b.div(b.op("exp", {x}), y)}); },
      [](Builder& b, Value x, Value) { return b.op("log", {b.sum(b.op("exp", {x}), {1})}); },
      [](Builder& b, Value x, Value) {
        const Value e = b.op("exp", {x});
        return b.div(e, row(b, e));
      },
      [](Builder& b, Value x, Value y) { // the probability of the classes that y picks
        const Value e = b.op("exp", {x});
        return b.op("log", {b.sum(b.mul(b.div(e, row(b, e)), b.op("abs", {y})), {1})});
      },
      [](Builder& b, Value x, Value) { return b.mul(b.op("exp", {x}), sigmoid(b, b.neg(x))); },
      [](Builder& b, Value x, Value y) {
        const Value p = sigmoid(b, x);
        return b.sub(b.mul(b.neg(y), b.op("log", {p})),
                     b.mul(minus_from_one(b, y), b.op("log", {minus_from_one(b, p)})));
      },
  };
}

std::vector<Make> hyperbolic_forms() {
  const auto exp = [](Builder& b, Value x) { return b.op("exp", {x}); };
  return {
      [=](Builder& b, Value x, Value y) {
        return b.div(b.sub(exp(b, x), exp(b, y)), b.add(exp(b, y), exp(b, x)));
      },
      [=](Builder& b, Value x, Value) {
        return b.div(b.sub(b.full(b.type(x), 1), exp(b, x)), one_plus_exp(b, x));
      },
      [=](Builder& b, Value x, Value) { return b.div(b.op("expm1", {x}), one_plus_exp(b, x)); },
      [](Builder& b, Value x, Value) { return b.div(b.op("sinh", {x}), b.op("cosh", {x})); },
      [](Builder& b, Value x, Value) { return b.add(b.mul(sigmoid(b, x), 2.0), -1.0); },
      [](Builder& b, Value x, Value) { return minus_from_one(b, b.mul(sigmoid(b, x), 2.0)); },
  };
}

std::vector<Make> roots_and_parts() {
  return {
      [](Builder& b, Value x, Value) { return b.op("sqrt", {b.sum(b.mul(x, x), {1})}); },
      [](Builder& b, Value x, Value) {
        const Value sum = b.mul(b.sum(b.mul(x, x), {0}), 0.25);
        return b.op("pow", {sum, b.full(b.type(sum), 0.5)});
      },
      [](Builder& b, Value x, Value) {
        return b.op("sqrt", {b.dot(x, x, {{0}, {0}}, {{1}, {1}})});
      },
      [](Builder& b, Value x, Value) {
        return b.op("pow", {b.mul(x, x), b.full(b.type(x), 0.5)});
      },
      [](Builder& b, Value x, Value y) {
        const NamedAttrs part{{"start", std::vector<std::int64_t>{1, 0}},
                              {"stop", std::vector<std::int64_t>{2, 4}}};
        return b.op("log", {b.op("slice", {b.div(b.op("exp", {x}), b.op("abs", {y}))}, part)});
      },
  };
}

std::vector<Make> expressions() {
  std::vector<Make> all;
  for (const auto& part :
       {signs_and_constants(), quotients_and_selects(), layouts(), whole_layouts_and_sums(),
        stable_forms(), hyperbolic_forms(), roots_and_parts()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

Literal points(std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  const double special[] = {0, 1, -1, 6, -6, 2};
  auto bytes = std::make_shared<std::vector<std::byte>>(12 * 8);
  for (std::int64_t i = 0; i < 12; ++i)
    store_real(DType::f64, bytes->data(), i,
               engine() % 3 == 0 ? special[engine() % 6] : normal(engine));
  return {{DType::f64, {3, 4}}, bytes};
}

void expect_equal_where_finite(const Literal& before, const Literal& after, std::string_view name) {
  ASSERT_EQ(before.type, after.type) << name;
  for (std::int64_t i = 0; i < before.type.elements(); ++i) {
    if (!is_float(before.type.dtype)) {
      EXPECT_EQ(literal_integer(before, i), literal_integer(after, i)) << name;
      continue;
    }
    const double old = literal_real(before, i), fresh = literal_real(after, i);
    if (!std::isfinite(old)) continue;
    // 1 - sigmoid(6) has lost three digits before the rewrite finds them again.
    EXPECT_NEAR(old, fresh, 1e-12 * std::max(1.0, std::abs(old)) + 1e-14) << name;
  }
}

TEST(RewriteLaw, EveryRewriteFiresAndKeepsTheValue) {
  const OpTable ops = standard_ops();
  std::set<std::string> fired;
  for (const Make& make : expressions()) {
    Context context(ops);
    Graph g(context, "law");
    Builder b(g);
    const Type type{DType::f64, {3, 4}};
    const Value x = g.add_leaf("x", Role::input, type, {}),
                y = g.add_leaf("y", Role::input, type, {});
    g.outputs = {{"f", make(b, x, y)}};
    ASSERT_FALSE(b.error()) << b.error()->message;
    const std::vector<Literal> at{points(fired.size()), points(fired.size() + 1000)};
    const auto compare = [&](const Rewrite& rewrite, const Graph& graph, Value before,
                             Value after) {
      fired.emplace(rewrite.name);
      const auto values = interpret_values(graph, at, std::vector{before, after});
      ASSERT_TRUE(values) << rewrite.name;
      expect_equal_where_finite((*values)[0], (*values)[1], rewrite.name);
    };
    const Graph rewritten = rewrite_graph(
        g, context, {stabilizing_rewrites(), simplifying_rewrites()}, {.on_fired = compare});
    const auto before = interpret(g, at), after = interpret(rewritten, at);
    ASSERT_TRUE(before && after);
    expect_equal_where_finite((*before)[0], (*after)[0], "whole expression");
  }
  for (const auto list : {stabilizing_rewrites(), simplifying_rewrites()})
    for (const Rewrite& rewrite : list)
      EXPECT_TRUE(fired.contains(std::string(rewrite.name))) << rewrite.name << " never fired";
}

} // namespace
} // namespace nnc
