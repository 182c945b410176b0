#include "testing/laws/rewrite_law.h"

namespace nnc {
namespace {

Value one_plus_exp(Builder& b, Value x) { return b.add(b.op("exp", {x}), 1.0); }
Value minus_from_one(Builder& b, Value x) { return b.sub(b.full(b.type(x), 1), x); }
Value sigmoid(Builder& b, Value x) { return b.op("sigmoid", {x}); }
Value row(Builder& b, Value x) { return b.broadcast(b.sum(x, {1}), b.shape(x), {0}); }

/// Spellings over x and y, f64[3,4]; each is rebuilt with all rewrites.
std::vector<Spelling> signs_and_constants() {
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

std::vector<Spelling> quotients_and_selects() {
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
      [](Builder& b, Value x, Value y) {
        const Value zero = b.full(b.type(x), 0);
        const Value some = b.op("ne", {x, zero});
        const Value rest = b.op("not", {b.op("eq", {minus_from_one(b, x), zero})});
        return b.select(b.op("or", {some, rest}), y, x);
      },
      [](Builder& b, Value x, Value) { return b.op("log", {b.op("exp", {x})}); },
      [](Builder& b, Value x, Value) {
        return b.cast(b.cast(b.cast(x, DType::f32), DType::f64), DType::f32);
      },
      [](Builder& b, Value x, Value) { return b.op("sqrt", {b.mul(x, x)}); },
  };
}

std::vector<Spelling> layouts() {
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

std::vector<Spelling> whole_layouts_and_sums() {
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
      [](Builder& b, Value x, Value y) {
        const std::vector<std::int64_t> none{0, 0}, by{3, 0};
        return b.add(b.op("pad", {y}, {{"low", by}, {"high", none}}),
                     b.op("pad", {x}, {{"low", none}, {"high", by}}));
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

std::vector<Spelling> stable_forms() {
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
      [](Builder& b, Value x, Value) { // that of the class that an index picks in each row
        const auto iota = [&](Shape shape, std::int64_t axis) {
          return b.op("iota", {}, {{"shape", shape}, {"axis", axis}, {"dtype", DType::i32}});
        };
        const Value classes =
            b.op("gather", {iota({4}, 0), iota({3}, 0)}, {{"axes", std::vector<std::int64_t>{0}}});
        const Value asked = b.op("eq", {iota({3, 4}, 1), b.broadcast(classes, {3, 4}, {0})});
        const Value e = b.op("exp", {x}), p = b.div(e, row(b, e));
        return b.op("log", {b.sum(b.select(asked, p, b.zeros_like(p)), {1})});
      },
      [](Builder& b, Value x, Value) { return b.mul(b.op("exp", {x}), sigmoid(b, b.neg(x))); },
      [](Builder& b, Value x, Value y) {
        const Value p = sigmoid(b, x);
        return b.sub(b.mul(b.neg(y), b.op("log", {p})),
                     b.mul(minus_from_one(b, y), b.op("log", {minus_from_one(b, p)})));
      },
  };
}

std::vector<Spelling> hyperbolic_forms() {
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
      [](Builder& b, Value x, Value) { return b.sub(sigmoid(b, x), sigmoid(b, b.neg(x))); },
      [](Builder& b, Value x, Value y) {
        return b.sub(b.mul(sigmoid(b, b.neg(x)), y), b.mul(y, sigmoid(b, x)));
      },
  };
}

std::vector<Spelling> roots_and_parts() {
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
      [](Builder& b, Value x, Value) {
        const Value length = b.op("sqrt", {b.sum(b.mul(x, x), {1})});
        return b.mul(length, length);
      },
      [](Builder& b, Value x, Value y) {
        const NamedAttrs part{{"start", std::vector<std::int64_t>{1, 0}},
                              {"stop", std::vector<std::int64_t>{2, 4}}};
        return b.op("log", {b.op("slice", {b.div(b.op("exp", {x}), b.op("abs", {y}))}, part)});
      },
  };
}

/// Ops of elements that have moved, one spelling for each: they are done before the move.
std::vector<Spelling> moved_operands() {
  std::vector<Spelling> all;
  for (const char* op :
       {"neg", "exp", "log", "log1p", "sqrt", "rsqrt", "tanh", "abs", "sigmoid", "softplus"}) {
    all.push_back([op](Builder& b, Value x, Value) { return b.op(op, {row(b, x)}); });
    all.push_back([op](Builder& b, Value x, Value) { return b.op(op, {b.reshape(x, {2, 6})}); });
  }
  for (const char* op : {"add", "sub", "mul", "div", "maximum", "minimum", "pow"}) {
    all.push_back([op](Builder& b, Value x, Value y) { return b.op(op, {row(b, x), row(b, y)}); });
    all.push_back([op](Builder& b, Value x, Value y) {
      return b.op(op, {b.reshape(x, {2, 6}), b.reshape(y, {2, 6})});
    });
    all.push_back([op](Builder& b, Value x, Value) { // beside a constant
      return b.op(op, {b.reshape(x, {2, 6}), b.full({b.dtype(x), {2, 6}}, 3)});
    });
  }
  all.push_back([](Builder& b, Value x, Value) { return b.cast(row(b, x), DType::f32); });
  all.push_back([](Builder& b, Value x, Value) {
    return b.cast(b.reshape(x, {6, 2}), DType::f32);
  });
  for (const char* op : {"sum", "prod", "max", "min"})
    all.push_back([op](Builder& b, Value x, Value) {
      return b.op(op, {x}, {{"axes", std::vector<std::int64_t>{1}}, {"keep", true}});
    });
  return all;
}

} // namespace

std::vector<Spelling> rewritten_spellings() {
  std::vector<Spelling> all;
  for (const auto& part :
       {signs_and_constants(), quotients_and_selects(), layouts(), whole_layouts_and_sums(),
        stable_forms(), hyperbolic_forms(), roots_and_parts(), moved_operands(),
        exponential_spellings(), sum_spellings()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

} // namespace nnc
