// Spellings of sums: softplus beside its argument and of its parts, lengths of two and more
// numbers, expm1 and what else is a difference that need not be one.

#include "testing/laws/rewrite_law.h"

namespace nnc {
namespace {

Value exp(Builder& b, Value x) { return b.op("exp", {x}); }
Value log(Builder& b, Value x) { return b.op("log", {x}); }
Value abs(Builder& b, Value x) { return b.op("abs", {x}); }
Value expm1(Builder& b, Value x) { return b.op("expm1", {x}); }
Value sigmoid(Builder& b, Value x) { return b.op("sigmoid", {x}); }
Value softplus(Builder& b, Value x) { return b.op("softplus", {x}); }
Value full(Builder& b, Value x, double value) { return b.full(b.type(x), value); }
Value positive(Builder& b, Value x) { return b.op("maximum", {x, full(b, x, 0)}); }
Value negative(Builder& b, Value x) { return b.op("minimum", {full(b, x, 0), x}); }
Value square(Builder& b, Value x) { return b.mul(x, x); }
/// log(1 + exp(-|x|))
Value tail(Builder& b, Value x) { return log(b, b.add(exp(b, b.neg(abs(b, x))), 1.0)); }

/// exp(z - max(x, y)), by 0 instead where that is infinite.
Value shifted(Builder& b, Value z, Value x, Value y) {
  const Value top = b.op("maximum", {x, y});
  return exp(b, b.sub(z, b.select(b.op("is_finite", {top}), top, full(b, top, 0))));
}

std::vector<Spelling> softplus_of_parts() {
  return {
      [](Builder& b, Value x, Value) { return b.add(positive(b, x), tail(b, x)); },
      [](Builder& b, Value x, Value y) { // the cross-entropy that does not overflow
        return b.add(b.sub(positive(b, x), b.mul(x, y)), tail(b, x));
      },
      [](Builder& b, Value x, Value y) {
        return b.sub(b.add(b.op("log1p", {exp(b, b.neg(abs(b, x)))}), b.mul(x, y)),
                     b.neg(positive(b, b.neg(x))));
      },
      [](Builder& b, Value x, Value y) {
        return b.add(b.sub(tail(b, x), negative(b, x)), b.mul(b.sub(full(b, y, 1), y), x));
      },
      [](Builder& b, Value x, Value y) {
        return b.sub(b.sub(y, b.mul(x, y)), b.add(softplus(b, b.neg(abs(b, x))), positive(b, x)));
      },
      [](Builder& b, Value x, Value y) {
        const Value ramp = b.mul(b.add(abs(b, x), x), 0.5);
        return b.sub(b.add(y, softplus(b, b.neg(abs(b, x)))), b.sub(b.mul(x, y), ramp));
      },
      [](Builder& b, Value x, Value y) { // shifted by hand
        const Value m = positive(b, b.neg(x));
        const Value both = b.add(exp(b, b.neg(m)), exp(b, b.sub(b.neg(x), m)));
        return b.add(b.add(b.sub(x, b.mul(x, y)), m), log(b, both));
      },
      [](Builder& b, Value x, Value y) { // of two, by the larger
        const Value m = b.op("maximum", {x, y});
        return b.sub(log(b, b.add(exp(b, b.sub(x, m)), exp(b, b.sub(y, m)))), b.neg(m));
      },
      [](Builder& b, Value x, Value y) {
        const Value m = positive(b, b.neg(y));
        return b.sub(b.add(x, m), b.sub(m, b.mul(x, y)));
      },
      // The larger of other numbers is no part of a softplus.
      [](Builder& b, Value x, Value y) { return b.add(positive(b, y), tail(b, x)); },
      [](Builder& b, Value x, Value) { return b.sub(positive(b, x), tail(b, x)); },
  };
}

/// Parts of a part, and parts that are spelled without a maximum.
std::vector<Spelling> softplus_of_bends() {
  return {
      [](Builder& b, Value x, Value) { // (|x| - x)/2
        return b.add(b.mul(b.sub(abs(b, x), x), 0.5), tail(b, x));
      },
      [](Builder& b, Value x, Value y) { // apart
        const Value half = b.add(b.mul(abs(b, x), 0.5), b.mul(y, y));
        return b.sub(half, b.sub(b.mul(x, 0.5), tail(b, x)));
      },
      [](Builder& b, Value x, Value) { // without a half of x
        return b.sub(b.div(abs(b, x), full(b, x, 2)), b.neg(tail(b, x)));
      },
      [](Builder& b, Value x, Value) {
        const Value weighted = b.add(b.mul(positive(b, x), 0.75), b.mul(negative(b, x), -0.25));
        return b.add(weighted, tail(b, x));
      },
      [](Builder& b, Value x, Value) { // a penalty that is none of its parts
        return b.add(b.add(positive(b, x), b.mul(abs(b, x), 0.125)), tail(b, x));
      },
      [](Builder& b, Value x, Value) { // |x| as the larger of both
        const Value size = b.op("maximum", {x, b.neg(x)});
        return b.sub(softplus(b, b.mul(size, -3.0)), b.mul(negative(b, x), 3.0));
      },
      [](Builder& b, Value x, Value) { // selects whose slopes at 0 fit
        const Value above = b.op("gt", {x, full(b, x, 0)});
        const Value size = b.select(above, b.neg(x), x);
        return b.add(b.select(above, x, full(b, x, 0)), softplus(b, size));
      },
      [](Builder& b, Value x, Value) { // and one whose slope does not
        const Value ramp = b.select(b.op("le", {x, full(b, x, 0)}), full(b, x, 0), x);
        return b.add(ramp, tail(b, x));
      },
      [](Builder& b, Value x, Value) { // large, and taken back
        return b.sub(softplus(b, abs(b, x)), positive(b, x));
      },
      [](Builder& b, Value x, Value) { // several multiples of x
        return b.sub(b.sub(softplus(b, x), b.mul(x, 0.25)), b.mul(x, 0.5));
      },
      [](Builder& b, Value x, Value) { // of more than all of it
        return b.sub(b.add(tail(b, x), negative(b, x)), b.mul(x, 3.0));
      },
      [](Builder& b, Value x, Value y) { // more than enough
        return b.add(b.sub(b.sub(y, x), b.mul(x, 2.0)), softplus(b, b.neg(b.neg(x))));
      },
      [](Builder& b, Value x, Value) { return b.sub(softplus(b, b.neg(x)), b.neg(x)); },
      [](Builder& b, Value x, Value) { // nothing is left
        return b.sub(b.sub(softplus(b, x), softplus(b, b.neg(x))), x);
      },
  };
}

/// log(exp(x) + exp(y)) by the larger of both.
std::vector<Spelling> larger_and_tail() {
  const auto larger = [](Builder& b, Value x, Value y) { return b.op("maximum", {x, y}); };
  const auto smaller = [](Builder& b, Value x, Value y) { return b.op("minimum", {x, y}); };
  return {
      [=](Builder& b, Value x, Value y) { return b.add(larger(b, x, y), tail(b, b.sub(x, y))); },
      [=](Builder& b, Value x, Value y) {
        return b.add(b.sub(tail(b, b.sub(x, y)), x), b.sub(larger(b, y, x), y));
      },
      [=](Builder& b, Value x, Value y) { return b.sub(smaller(b, x, y), tail(b, b.sub(y, x))); },
      [=](Builder& b, Value x, Value y) {
        const Value minus_distance = b.sub(smaller(b, x, y), larger(b, y, x));
        return b.add(larger(b, x, y), softplus(b, minus_distance));
      },
      [=](Builder& b, Value x, Value) { // of a number
        return b.add(tail(b, b.add(x, -1.0)), larger(b, full(b, x, 1), x));
      },
      [=](Builder& b, Value x, Value) { // that is large
        return b.add(tail(b, b.sub(full(b, x, 4), x)), larger(b, x, full(b, x, 4)));
      },
      [=](Builder& b, Value x, Value y) { // of other numbers
        return b.add(larger(b, x, y), tail(b, b.add(x, y)));
      },
  };
}

std::vector<Spelling> softplus_beside_argument() {
  return {
      [](Builder& b, Value x, Value) { return b.sub(x, log(b, b.add(exp(b, x), 1.0))); },
      [](Builder& b, Value x, Value) { return b.sub(softplus(b, x), x); },
      [](Builder& b, Value x, Value) { return b.add(softplus(b, b.neg(x)), x); },
      [](Builder& b, Value x, Value y) { return b.sub(b.add(x, y), softplus(b, x)); },
      [](Builder& b, Value x, Value y) { return b.add(b.sub(y, softplus(b, x)), b.add(x, y)); },
      [](Builder& b, Value x, Value y) {
        return b.sub(b.sub(softplus(b, x), y), b.sub(x, b.mul(y, y)));
      },
      [](Builder& b, Value x, Value) { return b.sub(softplus(b, b.mul(x, 2.0)), b.mul(x, 2.0)); },
      [](Builder& b, Value x, Value y) { // the difference of both
        return b.sub(b.add(softplus(b, x), y), softplus(b, b.neg(x)));
      },
      [](Builder& b, Value x, Value y) {
        return b.add(b.sub(y, softplus(b, b.neg(x))), b.add(softplus(b, x), y));
      },
      [](Builder& b, Value x, Value y) { return b.sub(softplus(b, x), y); }, // stays
  };
}

std::vector<Spelling> differences_that_cancel() {
  return {
      [](Builder& b, Value x, Value) { return b.add(sigmoid(b, x), -1.0); },
      [](Builder& b, Value x, Value) { return b.sub(sigmoid(b, b.neg(x)), full(b, x, 1)); },
      [](Builder& b, Value x, Value) { return b.div(expm1(b, x), b.add(expm1(b, x), 2.0)); },
      [](Builder& b, Value x, Value) {
        const Value e = expm1(b, b.mul(x, 2.0));
        return b.mul(e, b.div(full(b, x, 1), b.add(full(b, x, 2), e)));
      },
      [](Builder& b, Value x, Value) {
        const Value e = expm1(b, b.mul(x, -2.0));
        return b.div(b.neg(e), b.add(e, 2.0));
      },
      [](Builder& b, Value x, Value) {
        return b.sub(full(b, x, 1), b.div(full(b, x, 2), b.add(expm1(b, b.mul(x, 2.0)), 2.0)));
      },
      [](Builder& b, Value x, Value) {
        const Value e = expm1(b, b.neg(x));
        return b.neg(b.div(e, b.sub(e, full(b, x, -2))));
      },
      [](Builder& b, Value x, Value y) { // a quotient that is a product already
        return b.mul(b.mul(sigmoid(b, b.neg(x)), y), expm1(b, x));
      },
      [](Builder& b, Value x, Value y) {
        const Value above = b.mul(expm1(b, b.neg(x)), y);
        return b.mul(above, b.div(sigmoid(b, x), b.add(b.mul(y, y), 2.0)));
      },
      [](Builder& b, Value x, Value y) {
        const Value below = b.add(b.mul(y, y), 2.0);
        return b.div(expm1(b, x), b.div(below, sigmoid(b, b.neg(x))));
      },
      [](Builder& b, Value x, Value) { return b.add(expm1(b, x), 1.0); },
      [](Builder& b, Value x, Value) { return b.add(expm1(b, x), 0.5); }, // stays
      [](Builder& b, Value x, Value y) { // mixed derivatives of a power
        const Value u = b.add(square(b, x), 1.0);
        return b.div(b.op("pow", {u, y}), u);
      },
      [](Builder& b, Value x, Value y) {
        const Value u = b.add(square(b, x), 1.0);
        return b.mul(b.div(y, u), b.op("pow", {u, y}));
      },
  };
}

std::vector<Spelling> lengths_of_few() {
  return {
      [](Builder& b, Value x, Value y) {
        return b.op("sqrt", {b.add(square(b, x), square(b, y))});
      },
      [](Builder& b, Value x, Value y) {
        const Value z = b.sub(x, b.op("reverse", {y}, {{"axes", std::vector<std::int64_t>{0}}}));
        return b.op("sqrt", {b.add(square(b, x), b.add(square(b, y), square(b, z)))});
      },
      [](Builder& b, Value x, Value y) {
        const Value two = full(b, x, 2);
        return b.op("pow", {b.add(b.op("pow", {x, two}), b.op("pow", {y, two})), full(b, x, 0.5)});
      },
      [](Builder& b, Value x, Value y) {
        return b.op("sqrt", {b.mul(b.add(square(b, x), b.mul(square(b, y), 3.0)), 0.25)});
      },
      [](Builder& b, Value x, Value y) {
        return b.op("sqrt", {b.add(b.sum(square(b, x), {1}), b.sum(square(b, y), {1}))});
      },
      [](Builder& b, Value x, Value y) { // no sum of squares
        return b.op("sqrt", {b.add(square(b, x), abs(b, y))});
      },
  };
}

} // namespace

std::vector<Spelling> sum_spellings() {
  std::vector<Spelling> all;
  for (const auto& part : {softplus_of_parts(), softplus_of_bends(), larger_and_tail(),
                           softplus_beside_argument(), differences_that_cancel(), lengths_of_few()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<Spelling> refined_spellings() {
  return {
      [](Builder& b, Value x, Value y) { return b.sub(sigmoid(b, x), y); },
      [](Builder& b, Value x, Value y) { return b.sub(y, sigmoid(b, x)); },
      [](Builder& b, Value x, Value y) { return b.sub(b.mul(x, y), b.mul(sigmoid(b, x), x)); },
      [](Builder& b, Value x, Value y) { return b.sub(b.mul(sigmoid(b, x), y), b.mul(y, x)); },
      [](Builder& b, Value x, Value y) { return b.sub(softplus(b, x), b.mul(y, x)); },
      [](Builder& b, Value x, Value y) { return b.sub(b.mul(x, y), softplus(b, x)); },
      [](Builder& b, Value x, Value y) { return b.add(b.mul(x, y), softplus(b, b.neg(x))); },
      [](Builder& b, Value x, Value y) { return b.add(softplus(b, x), b.mul(y, x)); },
      [](Builder& b, Value x, Value y) { return b.sub(softplus(b, b.neg(x)), b.mul(y, x)); },
      [](Builder& b, Value x, Value y) { return b.sub(b.mul(y, x), softplus(b, b.neg(x))); },
      [](Builder& b, Value x, Value y) {
        const Value t = b.op("tanh", {b.mul(x, y)});
        return b.sub(full(b, x, 1), b.mul(t, t));
      },
      [](Builder& b, Value x, Value) {
        const Value t = b.op("tanh", {x});
        return b.add(b.mul(t, t), -1.0);
      },
      [](Builder& b, Value x, Value y) {
        const Value e = shifted(b, x, x, y), sum = b.add(e, shifted(b, y, x, y));
        return b.sub(x, b.div(b.mul(e, x), sum));
      },
      [](Builder& b, Value x, Value y) { // of a term with a weight, the other way about
        const Value u = b.mul(shifted(b, x, x, y), 2.0), sum = b.add(u, shifted(b, y, x, y));
        return b.sub(b.mul(b.div(u, sum), b.div(y, sum)), b.div(y, sum));
      },
      [](Builder& b, Value x, Value y) {
        const Value e = shifted(b, y, x, y), share = b.div(e, b.add(shifted(b, x, x, y), e));
        return b.add(b.sub(x, b.mul(share, y)), y);
      },
      [](Builder& b, Value x, Value y) { // the minus within a number
        const Value e = shifted(b, x, x, y), sum = b.add(e, b.mul(shifted(b, y, x, y), 3.0));
        return b.add(b.mul(y, 2.0), b.mul(b.div(b.mul(e, y), sum), -2.0));
      },
      [](Builder& b, Value x, Value y) { // no share: of another sum
        const Value e = shifted(b, x, x, y), sum = b.add(shifted(b, y, x, y), 1.0);
        return b.sub(x, b.div(b.mul(e, x), sum));
      },
      [](Builder& b, Value x, Value y) { // of what is added up of many
        const Value t = b.op("tanh", {b.dot(x, y, {{}, {}}, {{1}, {1}})});
        return b.sub(full(b, t, 1), b.mul(t, t));
      },
  };
}

} // namespace nnc
