// Spellings of functions by exponentials: quotients and products of them, their logarithms and
// roots, and what looks alike and is something else.

#include "testing/laws/rewrite_law.h"

#include <algorithm>

namespace nnc {
namespace {

Value exp(Builder& b, Value x) { return b.op("exp", {x}); }
Value log(Builder& b, Value x) { return b.op("log", {x}); }
Value tanh(Builder& b, Value x) { return b.op("tanh", {x}); }
Value cosh(Builder& b, Value x) { return b.op("cosh", {x}); }
Value sigmoid(Builder& b, Value x) { return b.op("sigmoid", {x}); }
Value full(Builder& b, Value x, double value) { return b.full(b.type(x), value); }
Value from_one(Builder& b, Value x) { return b.sub(full(b, x, 1), x); }
Value row(Builder& b, Value x) { return b.broadcast(b.sum(x, {1}), b.shape(x), {0}); }
/// exp(x) + exp(y)
Value both(Builder& b, Value x, Value y) { return b.add(exp(b, x), exp(b, y)); }
/// Positive, and with no logarithm that is known.
Value positive(Builder& b, Value y) { return b.add(b.mul(y, y), 1.0); }

std::vector<Spelling> equal_factors_and_roots() {
  return {
      [](Builder& b, Value x, Value y) {
        return b.mul(b.div(y, tanh(b, x)), b.mul(tanh(b, x), x));
      },
      [](Builder& b, Value x, Value y) {
        return b.div(b.mul(tanh(b, x), x), b.mul(y, tanh(b, x)));
      },
      [](Builder& b, Value x, Value y) { // what is left stands below the line
        return b.div(tanh(b, x), b.mul(b.mul(positive(b, y), tanh(b, x)), x));
      },
      [](Builder& b, Value x, Value y) {
        const Value u = positive(b, y);
        return b.mul(b.div(x, b.op("sqrt", {u})), u);
      },
      [](Builder& b, Value x, Value y) {
        const Value u = positive(b, y);
        return b.div(b.mul(u, x), b.op("sqrt", {u}));
      },
      [](Builder& b, Value x, Value) { return b.op("sqrt", {exp(b, x)}); },
      [](Builder& b, Value x, Value y) {
        return b.op("sqrt", {b.mul(sigmoid(b, x), sigmoid(b, y))});
      },
      [](Builder& b, Value x, Value y) {
        return b.op("pow", {exp(b, x), y});
      },
      [](Builder& b, Value x, Value) {
        return b.op("pow", {sigmoid(b, x), full(b, x, 0.25)});
      },
  };
}

/// More exponentials than two, and such with weights.
std::vector<Spelling> many_exponentials() {
  return {
      [](Builder& b, Value x, Value y) {
        return b.div(exp(b, x), b.add(both(b, y, b.mul(x, y)), exp(b, x)));
      },
      [](Builder& b, Value x, Value y) { return b.div(exp(b, y), b.add(both(b, x, y), 1.0)); },
      [](Builder& b, Value x, Value y) {
        const Value u = b.mul(exp(b, x), 2.0);
        return b.div(u, b.add(exp(b, y), u));
      },
      [](Builder& b, Value x, Value y) { return log(b, b.add(both(b, x, b.neg(x)), exp(b, y))); },
      [](Builder& b, Value x, Value y) {
        return log(b, b.add(b.add(b.mul(exp(b, x), 0.25), 1.0), both(b, b.mul(x, y), y)));
      },
      [](Builder& b, Value x, Value y) { return log(b, b.add(exp(b, x), b.mul(exp(b, y), 2.0))); },
      [](Builder& b, Value x, Value y) { // of equal weights, and of one that is no weight
        return log(b, b.add(b.mul(exp(b, x), 2.0), b.mul(exp(b, y), 2.0)));
      },
      [](Builder& b, Value x, Value y) {
        return log(b, b.add(both(b, x, y), b.mul(exp(b, b.neg(y)), 1e6)));
      },
      [](Builder& b, Value x, Value y) { // both have it, and it is not taken back
        return log(b, b.add(exp(b, b.sub(x, y)), exp(b, b.sub(b.mul(x, x), y))));
      },
  };
}

std::vector<Spelling> shares() {
  return {
      [](Builder& b, Value x, Value y) { return b.div(exp(b, x), both(b, x, y)); },
      [](Builder& b, Value x, Value y) {
        return b.div(b.mul(exp(b, x), y), b.add(exp(b, y), b.mul(exp(b, x), 3.0)));
      },
      [](Builder& b, Value x, Value y) { return b.mul(b.div(y, both(b, x, y)), exp(b, x)); },
      [](Builder& b, Value x, Value) { // of either sign, with a number
        return b.div(exp(b, x), b.sub(full(b, x, -2), exp(b, x)));
      },
      [](Builder& b, Value x, Value y) { // of three
        const Value three = b.add(both(b, x, y), exp(b, b.sub(x, y)));
        return b.div(exp(b, y), three);
      },
      [](Builder& b, Value x, Value y) { // squared below the line
        return b.div(exp(b, x), b.mul(both(b, x, y), both(b, x, y)));
      },
      [](Builder& b, Value x, Value y) { return b.div(exp(b, x), both(b, b.mul(y, 2.0), y)); },
      [](Builder& b, Value x, Value y) { return b.mul(b.div(y, exp(b, y)), exp(b, x)); },
      [](Builder& b, Value x, Value y) {
        return b.mul(b.add(b.div(x, both(b, x, y)), b.div(y, cosh(b, y))), exp(b, x));
      },
      [](Builder& b, Value x, Value y) { // sums of which no part is a term of the other
        return b.div(b.add(cosh(b, x), 1.0), both(b, b.mul(x, 2.0), y));
      },
      [](Builder& b, Value x, Value y) {
        return b.div(b.sub(b.mul(exp(b, x), y), b.mul(exp(b, y), x)), both(b, x, y));
      },
      [](Builder& b, Value x, Value y) {
        return b.div(b.add(b.mul(exp(b, x), y), b.mul(cosh(b, y), x)), both(b, x, y));
      },
      [](Builder& b, Value x, Value y) {
        const Value below = both(b, x, y);
        const Value terms = b.sub(b.add(b.div(x, below), b.div(y, below)), b.div(y, cosh(b, y)));
        return b.mul(b.mul(terms, y), b.op("sinh", {y}));
      },
  };
}

std::vector<Spelling> inverses() {
  return {
      [](Builder& b, Value x, Value y) { return b.div(y, b.add(exp(b, x), 1.0)); },
      [](Builder& b, Value x, Value y) { return b.div(y, b.add(exp(b, x), 3.0)); },
      [](Builder& b, Value x, Value y) { return b.div(y, b.sub(full(b, x, -2), exp(b, x))); },
      [](Builder& b, Value x, Value y) { // beside another factor
        return b.div(x, b.mul(b.add(exp(b, x), 1.0), positive(b, y)));
      },
      [](Builder& b, Value x, Value y) { return b.div(full(b, x, 5), b.add(both(b, x, y), 2.0)); },
      [](Builder& b, Value x, Value y) { // what overflows above as well stays
        return b.div(b.add(b.op("sinh", {y}), 1.0), b.add(exp(b, x), 1.0));
      },
      [](Builder& b, Value x, Value) { return b.div(full(b, x, 3), exp(b, x)); },
      [](Builder& b, Value x, Value) { return b.div(full(b, x, 3), sigmoid(b, x)); },
      [](Builder& b, Value x, Value) {
        const Value p = sigmoid(b, x);
        return b.sub(p, b.mul(p, p));
      },
  };
}

std::vector<Spelling> products() {
  return {
      [](Builder& b, Value x, Value y) {
        return b.mul(b.div(y, sigmoid(b, b.neg(x))), sigmoid(b, x));
      },
      [](Builder& b, Value x, Value) { return b.div(sigmoid(b, x), from_one(b, sigmoid(b, x))); },
      [](Builder& b, Value x, Value y) { return b.div(exp(b, x), b.div(y, sigmoid(b, b.neg(x)))); },
      [](Builder& b, Value x, Value y) { return b.mul(b.mul(exp(b, b.neg(x)), y), exp(b, x)); },
      [](Builder& b, Value x, Value) { return b.mul(exp(b, x), exp(b, x)); },
      [](Builder& b, Value x, Value y) {
        return b.div(exp(b, b.sub(x, y)), b.div(y, exp(b, b.sub(y, x))));
      },
      [](Builder& b, Value x, Value y) {
        return b.mul(exp(b, b.mul(x, 3.0)), b.mul(exp(b, b.mul(x, -3.0)), y));
      },
      [](Builder& b, Value x, Value y) {
        return b.mul(b.div(y, both(b, x, y)), b.sub(exp(b, x), exp(b, y)));
      },
      [](Builder& b, Value x, Value y) {
        return b.mul(b.div(y, cosh(b, x)), b.mul(b.op("sinh", {x}), y));
      },
      [](Builder& b, Value x, Value y) { return b.mul(b.div(y, row(b, exp(b, x))), exp(b, x)); },
      [](Builder& b, Value x, Value) { // sums of rows stand beside columns: no softmax
        const NamedAttrs part{{"start", std::vector<std::int64_t>{0, 0}},
                              {"stop", std::vector<std::int64_t>{3, 3}}};
        const Value e = exp(b, b.op("slice", {x}, part));
        return b.div(e, b.broadcast(b.sum(e, {1}), b.shape(e), {1}));
      },
  };
}

std::vector<Spelling> logarithms() {
  return {
      [](Builder& b, Value x, Value) { return log(b, cosh(b, x)); },
      [](Builder& b, Value x, Value) { return log(b, from_one(b, b.mul(tanh(b, x), tanh(b, x)))); },
      [](Builder& b, Value x, Value) { return log(b, from_one(b, tanh(b, x))); },
      [](Builder& b, Value x, Value) { return log(b, b.add(tanh(b, x), 1.0)); },
      [](Builder& b, Value x, Value y) { return log(b, both(b, x, y)); },
      [](Builder& b, Value x, Value) { return log(b, both(b, x, x)); },
      [](Builder& b, Value x, Value) { return log(b, both(b, b.neg(x), x)); },
      [](Builder& b, Value x, Value) {
        return log(b, both(b, b.div(x, full(b, x, 3)), b.div(x, full(b, x, -3))));
      },
      [](Builder& b, Value x, Value) { return log(b, b.add(exp(b, x), 2.0)); },
      [](Builder& b, Value x, Value) { return log(b, b.add(exp(b, x), 0.01)); },
      [](Builder& b, Value x, Value) { return log(b, b.mul(exp(b, x), 3.0)); },
      [](Builder& b, Value x, Value y) { return log(b, b.mul(positive(b, y), cosh(b, x))); },
      [](Builder& b, Value x, Value y) { return log(b, b.div(sigmoid(b, x), positive(b, y))); },
      [](Builder& b, Value x, Value y) { return log(b, b.div(positive(b, y), cosh(b, x))); },
      [](Builder& b, Value x, Value) { return log(b, b.div(full(b, x, 3), cosh(b, x))); },
      [](Builder& b, Value x, Value) { return log(b, b.op("sqrt", {b.add(cosh(b, x), 1.0)})); },
      [](Builder& b, Value x, Value y) {
        return log(b, b.op("pow", {cosh(b, x), full(b, y, 3)}));
      },
      [](Builder& b, Value x, Value) { return b.op("log1p", {b.mul(exp(b, x), 2.0)}); },
      [](Builder& b, Value x, Value) {
        return b.sub(b.op("softplus", {x}), b.op("softplus", {b.neg(x)}));
      },
  };
}

std::vector<Spelling> weighted_rows() {
  return {
      [](Builder& b, Value x, Value y) {
        return log(b, b.sum(b.mul(exp(b, x), b.op("abs", {y})), {1}));
      },
      [](Builder& b, Value x, Value y) {
        return log(b, b.dot(exp(b, x), b.op("abs", {y}), {{1}, {1}}, {{0}, {0}}));
      },
      [](Builder& b, Value x, Value y) {
        return b.div(b.sum(b.mul(y, exp(b, x)), {1}), b.sum(exp(b, x), {1}));
      },
      [](Builder& b, Value x, Value) {
        const NamedAttrs part{{"start", std::vector<std::int64_t>{1, 0}},
                              {"stop", std::vector<std::int64_t>{2, 4}}};
        return log(b, b.op("slice", {sigmoid(b, x)}, part));
      },
  };
}

/// (sum of squares, sum) of a function's rows.
using Moments = Value (*)(Builder& b, Value squares, Value sum);

Spelling of_moments(std::vector<std::int64_t> axes, bool keep, Moments moments) {
  return [=](Builder& b, Value x, Value) {
    return moments(b, b.sum(b.mul(x, x), axes, keep), b.sum(x, axes, keep));
  };
}

std::vector<Spelling> variances() {
  return {
      of_moments({1}, false,
                 [](Builder& b, Value squares, Value sum) {
                   const Value mean = b.mul(sum, 0.25);
                   return b.sub(b.mul(squares, 0.25), b.mul(mean, mean));
                 }),
      of_moments({0}, true,
                 [](Builder& b, Value squares, Value sum) {
                   return b.sub(squares, b.div(b.mul(sum, sum), full(b, sum, 3)));
                 }),
      of_moments({0, 1}, false,
                 [](Builder& b, Value squares, Value sum) {
                   const Value count = full(b, sum, 12), mean = b.div(sum, count);
                   return b.sub(b.div(squares, count), b.mul(mean, mean));
                 }),
      // No variance, for the numbers or the elements are others.
      of_moments({1}, false,
                 [](Builder& b, Value squares, Value sum) {
                   const Value mean = b.mul(sum, 0.25);
                   return b.sub(b.mul(squares, 0.5), b.mul(mean, mean));
                 }),
      [](Builder& b, Value x, Value y) {
        const Value mean = b.mul(b.sum(y, {1}), 0.25);
        return b.sub(b.mul(b.sum(b.mul(x, x), {1}), 0.25), b.mul(mean, mean));
      },
  };
}

} // namespace

std::vector<Spelling> exponential_spellings() {
  std::vector<Spelling> all;
  for (const auto& part : {equal_factors_and_roots(), many_exponentials(), shares(), inverses(),
                           products(), logarithms(), weighted_rows(), variances()})
    std::ranges::copy(part, std::back_inserter(all));
  return all;
}

} // namespace nnc
