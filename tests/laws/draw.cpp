#include "laws/draw.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace nnc {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr DType floats[] = {DType::f64};
constexpr DType mostly_floats[] = {DType::f64, DType::f64, DType::f64, DType::i32, DType::i64};
constexpr DType integers[] = {DType::i32, DType::i64};
constexpr DType bits[] = {DType::i32, DType::i64, DType::boolean};

Integers some_axes(Choices& c, int rank) {
  Integers axes;
  for (int i = 0; i < rank; ++i)
    if (!c.one_in(2)) axes.push_back(i);
  return axes;
}

Integers shuffled(Choices& c, int count) {
  Integers order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(c.below(static_cast<int>(i)))]);
  return order;
}

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// A value with at least one axis, of no size 0.
Value with_axes(Choices& c, Operands& from, std::span<const DType> dtypes) {
  for (int i = 0; i < 8; ++i)
    if (const Value x = from.any(c, dtypes); from.builder().rank(x) > 0) return x;
  return from.like(c, {dtypes[0], {c.between(2, 7)}});
}

/// Maps floats into the domain of a function.
Value into_domain(const std::string& op, Choices& c, Builder& b, Value x) {
  if (op == "acos" || op == "asin" || op == "atanh") return b.mul(b.op("tanh", {x}), 0.9);
  if (op == "log" || op == "sqrt" || op == "rsqrt" || op == "lgamma" || op == "polygamma" ||
      op == "pow")
    return b.add(b.op("softplus", {x}), c.real(0.1, 1));
  if (op == "log1p") return b.add(b.op("softplus", {x}), -0.9);
  if (op == "acosh") return b.add(b.mul(x, x), 1.2);
  const bool grows = op == "exp" || op == "expm1" || op == "sinh" || op == "cosh" || op == "tan";
  return grows && c.one_in(2) ? b.op("sin", {x}) : x;
}

Call elementwise(const OpRow& row, Choices& c, Operands& from) {
  const std::string& name = row.name;
  const bool logical = name == "and" || name == "or" || name == "xor" || name == "not";
  const bool shifts = name == "shift_left" || name == "shift_right";
  const auto dtypes = shifts    ? std::span<const DType>(integers)
                      : logical ? std::span<const DType>(bits)
                                : std::span<const DType>(mostly_floats);
  Call call;
  Value x = from.any(c, dtypes);
  Builder& b = from.builder();
  if (is_float(b.dtype(x))) x = into_domain(row.name, c, b, x);
  call.operands.push_back(x);
  while (static_cast<int>(call.operands.size()) < row.min_operands)
    call.operands.push_back(from.like(c, b.type(x)));
  if (row.name == "polygamma") call.attrs = {{"n", c.below(3)}};
  return call;
}

Call select(Choices& c, Operands& from) {
  constexpr DType booleans[] = {DType::boolean};
  Builder& b = from.builder();
  const Value condition = from.any(c, booleans);
  const Type type{c.one_in(5) ? DType::i32 : DType::f64, b.shape(condition)};
  const Value a = from.like(c, type);
  return {{condition, a, from.like(c, type)}, {}};
}

Call cast(Choices& c, Operands& from) {
  const Value x = from.any(c, mostly_floats);
  const std::vector<DType> to = {DType::i32, DType::i64, DType::boolean, DType::f64};
  return {{x}, {{"to", is_float(from.builder().dtype(x)) ? c.of(to) : DType::f64}}};
}

Call broadcast(Choices& c, Operands& from) {
  const Value x = from.any(c, mostly_floats);
  Builder& b = from.builder();
  Shape shape = b.shape(x);
  Integers axes(shape.size());
  std::iota(axes.begin(), axes.end(), 0);
  for (std::int64_t& size : shape)
    if (size == 1) size = c.between(1, 4);
  const std::int64_t place = c.between(0, b.rank(x));
  shape.insert(shape.begin() + place, c.between(1, 5));
  for (std::int64_t& axis : axes) axis += axis >= place;
  return {{x}, {{"shape", shape}, {"axes", axes}}};
}

Call reshape(Choices& c, Operands& from) {
  const Value x = from.any(c, mostly_floats);
  const Type& type = from.builder().type(x);
  const std::int64_t count = type.elements();
  Integers divisors;
  for (std::int64_t d = 1; d <= count; ++d)
    if (count % d == 0) divisors.push_back(d);
  const std::int64_t first = c.of(divisors);
  return {{x}, {{"shape", c.one_in(3) ? Integers{count} : Integers{first, count / first}}}};
}

Call slice(Choices& c, Operands& from) {
  const Value x = with_axes(c, from, mostly_floats);
  Integers start, stop, step;
  for (const std::int64_t size : from.builder().shape(x)) {
    start.push_back(c.below(size));
    stop.push_back(c.between(start.back() + 1, size));
    step.push_back(c.between(1, 2));
  }
  return {{x}, {{"start", start}, {"stop", stop}, {"step", step}}};
}

Call pad(Choices& c, Operands& from) {
  const Value x = with_axes(c, from, mostly_floats);
  Integers low, high, interior;
  for (const std::int64_t size : from.builder().shape(x)) {
    low.push_back(c.between(size > 1 ? -1 : 0, 2));
    high.push_back(c.between(0, 2));
    interior.push_back(c.one_in(3) ? 1 : 0);
  }
  return {{x}, {{"low", low}, {"high", high}, {"interior", interior}, {"value", 0.0}}};
}

Call concat(Choices& c, Operands& from) {
  const Value x = with_axes(c, from, mostly_floats);
  Type type = from.builder().type(x);
  const std::int64_t axis = c.below(type.rank());
  Call call{{x}, {{"axis", axis}}};
  for (std::int64_t more = c.between(0, 2); more >= 0; --more) {
    call.operands.push_back(from.like(c, type));
    type.shape[at(axis)] = c.between(1, 4);
  }
  return call;
}

Call window(Choices& c, Operands& from) {
  const Value x = with_axes(c, from, floats);
  const Shape shape = from.builder().shape(x);
  const std::int64_t axis = c.below(static_cast<std::int64_t>(shape.size()));
  const std::int64_t size = c.between(1, std::min<std::int64_t>(3, shape[at(axis)]));
  const std::int64_t dilation = (size - 1) * 2 < shape[at(axis)] ? c.between(1, 2) : 1;
  return {{x},
          {{"axes", Integers{axis}},
           {"size", Integers{size}},
           {"stride", Integers{c.between(1, 2)}},
           {"dilation", Integers{dilation}}}};
}

/// A fold is drawn as the fold of a window, which fits by construction.
Call fold(Choices& c, Operands& from) {
  const Call windows = window(c, from);
  Builder& b = from.builder();
  const Value y = b.op("window", windows.operands, windows.attrs);
  Call call{{from.like(c, b.type(y))}, windows.attrs};
  call.attrs.push_back({"shape", b.shape(windows.operands[0])});
  return call;
}

Call gather(Choices& c, Operands& from) {
  const Value x = with_axes(c, from, mostly_floats);
  const Shape shape = from.builder().shape(x);
  const std::int64_t axis = c.below(static_cast<std::int64_t>(shape.size()));
  const Value i =
      from.indices(c, c.one_in(2) ? DType::i32 : DType::i64, {c.between(1, 5)}, shape[at(axis)]);
  return {{x, i}, {{"axes", Integers{axis}}}};
}

Call scatter_add(Choices& c, Operands& from) {
  const Call places = gather(c, from);
  Builder& b = from.builder();
  const Value y = b.op("gather", places.operands, places.attrs);
  return {{places.operands[0], places.operands[1], from.like(c, b.type(y))}, places.attrs};
}

Call reduce(Choices& c, Operands& from) {
  const Value x = with_axes(c, from, mostly_floats);
  return {{x}, {{"axes", some_axes(c, from.builder().rank(x))}, {"keep", c.one_in(3)}}};
}

Call along(const OpRow& row, Choices& c, Operands& from) {
  const Value x = with_axes(c, from, mostly_floats);
  Call call{{x}, {{"axis", c.below(from.builder().rank(x))}}};
  if (row.name == "cumsum") {
    call.attrs.push_back({"reverse", c.one_in(2)});
    call.attrs.push_back({"exclusive", c.one_in(2)});
  }
  return call;
}

Call dot(Choices& c, Operands& from) {
  const Value a = with_axes(c, from, mostly_floats);
  const Type type = from.builder().type(a);
  const Integers axes = shuffled(c, type.rank());
  const std::int64_t shared = c.between(0, 1);
  const bool batched = type.rank() > 1 && c.one_in(2);
  Integers batch_a, contract_a, batch_b, contract_b;
  Shape shape;
  const auto take = [&](std::size_t i, Integers& left, Integers& right) {
    left.push_back(axes[i]);
    right.push_back(static_cast<std::int64_t>(shape.size()));
    shape.push_back(type.shape[at(axes[i])]);
  };
  if (batched) take(0, batch_a, batch_b);
  if (shared) shape.push_back(c.between(1, 9));
  take(batched ? 1 : 0, contract_a, contract_b);
  const Value b = from.like(c, {type.dtype, shape});
  return {{a, b},
          {{"batch", std::vector<Integers>{batch_a, batch_b}},
           {"contract", std::vector<Integers>{contract_a, contract_b}}}};
}

Call transpose(Choices& c, Operands& from) {
  const Value x = with_axes(c, from, mostly_floats);
  return {{x}, {{"perm", shuffled(c, from.builder().rank(x))}}};
}

Call reverse(Choices& c, Operands& from) {
  const Value x = with_axes(c, from, mostly_floats);
  return {{x}, {{"axes", some_axes(c, from.builder().rank(x))}}};
}

Call iota(Choices& c) {
  const Shape shape{c.between(1, 4), c.between(1, 9)};
  const DType dtype = c.one_in(2) ? DType::f64 : DType::i64;
  return {{}, {{"shape", shape}, {"axis", c.below(2)}, {"dtype", dtype}}};
}

Call random_bits(Choices& c, Operands& from) {
  const Value key = from.indices(c, DType::u32, {2}, 1000);
  return {{key}, {{"shape", draw_shape(c)}, {"start", c.below(10)}}};
}

const std::map<std::string, Call (*)(Choices&, Operands&), std::less<>>& drawers() {
  static const std::map<std::string, Call (*)(Choices&, Operands&), std::less<>> table = {
      {"select", select},
      {"cast", cast},
      {"broadcast", broadcast},
      {"reshape", reshape},
      {"transpose", transpose},
      {"reverse", reverse},
      {"slice", slice},
      {"pad", pad},
      {"concat", concat},
      {"window", window},
      {"fold", fold},
      {"gather", gather},
      {"dot", dot},
      {"scatter_add", scatter_add},
      {"sum", reduce},
      {"prod", reduce},
      {"max", reduce},
      {"min", reduce},
      {"iota", [](Choices& c, Operands&) { return iota(c); }},
      {"random_bits", random_bits},
  };
  return table;
}

} // namespace

std::uint64_t Choices::next() {
  std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

double Choices::real(double low, double high) {
  return low + static_cast<double>(next() >> 11) * 0x1p-53 * (high - low);
}

Shape draw_shape(Choices& c) {
  static const Integers sizes = {1, 2, 3, 4, 5, 7, 9, 17};
  Shape shape;
  for (std::int64_t rank = c.one_in(6) ? 0 : c.between(1, 3); rank > 0; --rank)
    shape.push_back(rank > 2 ? c.between(1, 3) : c.of(sizes));
  return shape;
}

Call draw_call(const OpRow& row, Choices& choices, Operands& operands) {
  if (const auto found = drawers().find(row.name); found != drawers().end())
    return found->second(choices, operands);
  if (row.elementwise || row.kind == "structure") return elementwise(row, choices, operands);
  return along(row, choices, operands);
}

} // namespace nnc
