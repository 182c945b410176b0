// Element-wise functions and statistics.

#include "frontends/nn/call.h"

#include <cmath>

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;
using K = AttrKind;

const std::vector<AttrDecl> axes_and_keep = {
    {.name = "axes", .kinds = {K::integers}, .doc = "axes to reduce; all by default"},
    {.name = "keep", .kinds = {K::boolean}, .fallback = false, .doc = "keep them as size 1"}};

template <Tensor (*f)(const Tensor&)>
Results pointwise(Call& call) {
  return {f(call.in(0))};
}

Tensor square(const Tensor& x) { return x * x; }
Tensor reciprocal(const Tensor& x) { return 1.0 / x; }
Tensor log_sigmoid(const Tensor& x) { return -softplus(-x); }

Results where(Call& call) { return {select(call.in(0), Value(call.in(1)), Value(call.in(2)))}; }

Results clip(Call& call) {
  Tensor y = call.in(0);
  if (!call.has("low") && !call.has("high"))
    return call.attr_error("neither 'low' nor 'high' is given");
  if (call.has("high")) y = select(binary("gt", y, call.real("high")), call.real("high"), y);
  // Where low > high, low wins: it is compared with the operand itself.
  if (call.has("low")) y = select(binary("lt", call.in(0), call.real("low")), call.real("low"), y);
  return {y};
}

Results mean(Call& call) {
  const Tensor x = call.in(0);
  const Axes axes = call.axes("axes", x.rank());
  if (call.failed() || !require_float(call, 0)) return {};
  return {mean(x, axes, call.boolean("keep"))};
}

/// Two passes: the mean is subtracted before squaring. Divides by n - ddof.
Tensor variance_of(Call& call, bool keep) {
  const Tensor x = call.in(0);
  const Axes axes = call.axes("axes", x.rank());
  if (call.failed() || !require_float(call, 0)) return x;
  const Tensor centred = x - mean(x, axes, true);
  if (call.integer("ddof") == 0) return mean(centred * centred, axes, keep);
  double count = -static_cast<double>(call.integer("ddof")), elements = 1;
  for (const std::int64_t axis : axes)
    elements *= static_cast<double>(x.size(static_cast<int>(axis)));
  return sum(centred * centred, axes, keep) / (elements + count);
}

Results variance(Call& call) { return {variance_of(call, call.boolean("keep"))}; }

/// A root whose derivatives at 0 are 0: the branch that is not taken has a finite one.
template <class Root>
Tensor root_or_zero(const Tensor& s, Root root) {
  const Tensor zero = binary("eq", s, Number(0));
  return select(zero, Number(0), root(select(zero, Number(1), s)));
}

Results standard_deviation(Call& call) {
  const Tensor variance = variance_of(call, call.boolean("keep"));
  if (call.failed()) return {};
  return {root_or_zero(variance, [](const Tensor& s) { return sqrt(s); })};
}

Results norm(Call& call) {
  const Tensor x = call.in(0);
  const Axes axes = call.axes("axes", x.rank());
  const bool keep = call.boolean("keep");
  if (call.failed() || !require_float(call, 0)) return {};
  const double* given = std::get_if<double>(&call.attr("ord"));
  const double ord = given ? *given : HUGE_VAL; // the only string is "inf"
  if (!(ord > 0)) return call.attr_error("'ord' is " + attr_text(ord) + ", not a positive number");
  if (std::isinf(ord)) return {reduce("max", abs(x), axes, keep)};
  if (ord == 1) return {sum(abs(x), axes, keep)};
  if (ord == 2)
    return {root_or_zero(sum(x * x, axes, keep), [](const Tensor& s) { return sqrt(s); })};
  const Tensor powers = sum(binary("pow", abs(x), ord), axes, keep);
  return {root_or_zero(powers, [&](const Tensor& s) { return binary("pow", s, 1 / ord); })};
}

Results digamma(Call& call) {
  if (!require_float(call, 0)) return {};
  return {call.scope.op("polygamma", {call.in(0)}, {{"n", std::int64_t{0}}})};
}

Results logsumexp(Call& call) {
  const Tensor x = call.in(0);
  const Axes axes = call.axes("axes", x.rank());
  if (call.failed() || !require_float(call, 0)) return {};
  // A maximum of -inf (no terms) or inf is not subtracted: inf - inf is no number.
  const Tensor largest = stop_gradient(reduce("max", x, axes, true));
  const Tensor shift = select(unary("is_finite", largest), Value(largest), Number(0));
  const Tensor total = log(sum(exp(x - shift), axes, true)) + shift;
  if (call.boolean("keep")) return {total};
  return {reshape(total, sum(x, axes).shape())};
}

/// Bool as u8, whose largest and smallest values answer; those of no elements are 0 and 255.
Results any_or_all(Call& call, std::string_view row) {
  const Tensor x = call.in(0);
  const Axes axes = call.axes("axes", x.rank());
  if (call.failed()) return {};
  const Tensor bits = cast(cast(x, DType::boolean), DType::u8);
  return {cast(reduce(row, bits, axes, call.boolean("keep")), DType::boolean)};
}

/// log2(n) products of everything up to 1, 2, 4, ... elements back.
Results cumprod(Call& call) {
  const Tensor x = call.in(0);
  const int axis = call.axis("axis", x.rank());
  if (call.failed()) return {};
  const std::int64_t n = x.size(axis);
  const bool reverse = call.boolean("reverse");
  const auto shifted = [&](const Tensor& y, std::int64_t by) {
    return reverse ? pad(slice(y, axis, by, n), axis, 0, by, 1)
                   : pad(slice(y, axis, 0, n - by), axis, by, 0, 1);
  };
  Tensor y = call.boolean("exclusive") && n > 0 ? shifted(x, 1) : x;
  for (std::int64_t by = 1; by < n; by *= 2) y = y * shifted(y, by);
  return {y};
}

Function entry(std::string name, std::string formula, std::string doc, Results (*build)(Call&)) {
  return {.name = std::move(name),
          .family = "arithmetic",
          .operands = {{.name = "x"}},
          .doc = std::move(doc),
          .formula = std::move(formula),
          .build = build};
}

Function reduction(std::string name, std::string formula, std::string doc,
                   Results (*build)(Call&)) {
  Function function = entry(std::move(name), std::move(formula), std::move(doc), build);
  function.family = "statistics";
  function.attrs = axes_and_keep;
  return function;
}

void add_statistics(FunctionTable& table) {
  const AttrDecl ddof = {.name = "ddof",
                         .kinds = {K::integer},
                         .fallback = std::int64_t{0},
                         .doc = "the sum is divided by n - ddof"};
  table.add(reduction("mean", "sum(x) / n", "arithmetic mean of floats; of no elements NaN", mean));
  Function squares =
      reduction("variance", "mean((x - mean(x))^2)",
                "mean square of what differs from the mean, in two passes", variance);
  squares.attrs.push_back(ddof);
  table.add(std::move(squares));
  Function deviation =
      reduction("std", "sqrt(variance(x))", "standard deviation; derivative 0 where it is 0",
                standard_deviation);
  deviation.attrs.push_back(ddof);
  table.add(std::move(deviation));
  Function length = reduction(
      "norm", "sum(|x|^ord)^(1/ord)",
      "length of a vector: all axes by default, as if they were one; derivatives at 0 are 0", norm);
  length.attrs.insert(length.attrs.begin() + 1,
                      {.name = "ord",
                       .kinds = {K::real, K::string},
                       .fallback = 2.0,
                       .doc = "a positive number, or \"inf\" for the largest |x|",
                       .choices = {"inf"}});
  table.add(std::move(length));
  table.add(reduction("logsumexp", "log(sum(exp(x)))",
                      "log(sum(exp(x))), finite for any finite x; of none -inf", logsumexp));
  table.add(reduction("any", "some x != 0",
                      "whether one of them is not 0; bool, of no elements false",
                      [](Call& call) { return any_or_all(call, "max"); }));
  table.add(reduction("all", "every x != 0", "whether none of them is 0; bool, of no elements true",
                      [](Call& call) { return any_or_all(call, "min"); }));
}

} // namespace

void add_arithmetic(FunctionTable& table) {
  table.add(entry("square", "x * x", "x times itself", pointwise<square>));
  table.add(entry("reciprocal", "1 / x", "1 / x", pointwise<reciprocal>));
  table.add(entry("log_sigmoid", "-softplus(-x)", "log(sigmoid(x)), finite for any finite x",
                  pointwise<log_sigmoid>));
  table.add(entry("digamma", "polygamma(x, n=0)", "the derivative of lgamma", digamma));
  Function limits = entry(
      "clip", "select(x < low, low, select(x > high, high, x))",
      "x kept in [low, high]; derivative 1 at the limits; NaN stays; one may be left out", clip);
  limits.attrs = {{.name = "low", .kinds = {K::real}}, {.name = "high", .kinds = {K::real}}};
  table.add(std::move(limits));
  Function choice = entry("where", "select(condition, a, b)", "another name of select", where);
  choice.operands = {{.name = "condition"}, {.name = "a"}, {.name = "b"}};
  table.add(std::move(choice));
  Function products = entry("cumprod", "y[i] = x[0] * ... * x[i]",
                            "products along an axis, right at zeros at every order", cumprod);
  products.attrs = {
      {.name = "axis", .kinds = {K::integer}, .required = true},
      {.name = "reverse", .kinds = {K::boolean}, .fallback = false, .doc = "from the far end"},
      {.name = "exclusive", .kinds = {K::boolean}, .fallback = false, .doc = "without x[i]"}};
  table.add(std::move(products));
  add_statistics(table);
}

} // namespace nnc::nn
