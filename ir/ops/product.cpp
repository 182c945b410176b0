// prod, whose derivative is the product of all other elements. A division by the element would be
// wrong at zeros and a rule per pair quadratic, so the pullback goes up and down a tree of halves:
// each level of it multiplies only, and so do its derivatives of any order.

#include "ir/ops/reduce.h"
#include "ir/textbook.h"

#include <algorithm>

namespace nnc::ops {
namespace {

using Integers = std::vector<std::int64_t>;

/// Elements first..end-1 of the last axis.
Value piece(Builder& b, Value x, std::int64_t first, std::int64_t end) {
  Integers start(b.shape(x).size(), 0), stop = b.shape(x);
  start.back() = first;
  stop.back() = end;
  return b.op("slice", {x}, {{"start", start}, {"stop", stop}});
}

/// A 1 after the last element of the last axis, which leaves the product as it is.
Value with_one(Builder& b, Value x) {
  const Integers none(b.shape(x).size(), 0);
  Integers high = none;
  high.back() = 1;
  return b.op("pad", {x}, {{"low", none}, {"high", high}, {"value", 1.0}});
}

/// For x[..., n] and a cotangent [..., 1]: the cotangent times the product of the other elements.
Value times_others(Builder& b, Value x, Value cotangent) {
  struct Level {
    Value low, high; ///< the halves; their product is the level above
    std::int64_t size;
  };
  std::vector<Level> levels;
  Value products = x;
  for (std::int64_t size = b.shape(x).back(); size > 1;) {
    if (size % 2) products = with_one(b, products);
    const std::int64_t half = (size + 1) / 2;
    levels.push_back({piece(b, products, 0, half), piece(b, products, half, 2 * half), size});
    size = half;
    if (size > 1) products = b.mul(levels.back().low, levels.back().high);
  }
  const std::int64_t last_axis = b.rank(x) - 1;
  for (const Level& level : std::vector<Level>(levels.rbegin(), levels.rend())) {
    const Value low = b.mul(cotangent, level.high), high = b.mul(cotangent, level.low);
    cotangent = b.op("concat", {low, high}, {{"axis", last_axis}});
    if (level.size % 2) cotangent = piece(b, cotangent, 0, level.size);
  }
  return cotangent;
}

void prod_grad(Pullback& p) {
  const Type& x = p.in_type(0);
  if (x.elements() == 0) return;
  // The reduced axes become one, the last.
  const Integers axes = p.attrs().integers("axes");
  Integers perm = other_axes(x.rank(), axes);
  const std::size_t kept = perm.size();
  perm.insert(perm.end(), axes.begin(), axes.end());
  Shape moved, flat;
  for (const std::int64_t axis : perm) moved.push_back(x.shape[static_cast<std::size_t>(axis)]);
  flat.assign(moved.begin(), moved.begin() + static_cast<std::ptrdiff_t>(kept));
  flat.push_back(1);
  const Value cotangent = p.b.reshape(p.ct(), flat);
  for (std::size_t i = kept; i < moved.size(); ++i) flat.back() *= moved[i];
  const Value rows = p.b.reshape(p.b.transpose(p.in(0), perm), flat);
  const Value given = p.b.reshape(times_others(p.b, rows, cotangent), moved);
  Integers back(perm.size());
  for (std::size_t i = 0; i < perm.size(); ++i)
    back[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
  p.give(0, p.b.transpose(given, back));
}

/// The product over the element, which is short and wrong at zeros.
void prod_over_element(Pullback& p) {
  const Type& x = p.in_type(0);
  const Integers kept = other_axes(x.rank(), p.attrs().integers("axes"));
  Shape shape;
  for (const std::int64_t axis : kept) shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
  const auto along = [&](Value of) { return p.b.broadcast(p.b.reshape(of, shape), x.shape, kept); };
  p.give(0, p.b.div(p.b.mul(along(p.ct()), along(p.out())), p.in(0)));
}

} // namespace

void add_product_row(OpTable& table) {
  table.add({.name = "prod",
             .kind = "reduce",
             .attrs = reduce_attrs(),
             .doc = "product over axes, 1 if there is nothing; f16 and bf16 compute in f32",
             .derivative = "the product of the other elements, by a product tree: right at zeros "
                           "at every order",
             .formula = Notation::over_axes,
             .infer = infer_reduce,
             .element = reduce_element<Combiner::prod>,
             .grad = prod_grad,
             .batch = batch_rules::shift_axes,
             .cost = reduce_cost});
}

} // namespace nnc::ops

namespace nnc {

void use_textbook_rules(OpTable& table) {
  OpRow row = table.at("prod");
  row.grad = ops::prod_over_element;
  table.add(std::move(row));
}

} // namespace nnc
