// Sorting along an axis, by merging: runs of 1, 2, 4, ... sorted elements are merged in pairs.
//
// Every element of a merged run finds for itself where it comes from: element d of the run made of
// A and B is A[a] or B[d - a], where a, the number of elements of A among the first d, is found by
// bisection (the "merge path" of Green, McColl and Bader 2012). So a pass is a loop of independent
// elements, which any target can run in any order, and equal elements keep their order.

#include "ir/ops/rows.h"

namespace nnc::ops {
namespace {

Result<std::vector<Type>> infer_sort(InferArgs& args) {
  auto axis = resolve_axis(args, args.view().integer("axis"), args.in[0].rank());
  if (!axis) return axis.error();
  args.set("axis", *axis);
  for (const Type& payload : args.in)
    if (payload.shape != args.in[0].shape)
      return args.operand_error("what is sorted is " + to_string(args.in[0]) + ", a payload is " +
                                to_string(payload) + "; the shapes must be equal");
  return args.in;
}

/// Sorted runs: their elements, and the positions that these come from.
struct Runs {
  int keys, positions;
};

/// Memory of its own for each pass, so that every value is stored once; `plan` lets them share.
Runs new_runs(BodyBuilder& b) {
  return {b.temporary(b.out()), b.temporary({DType::i64, b.out().shape})};
}

/// Positions are right by construction; said again where a reader of the kernel can see it.
Index clamped_index(BodyBuilder& b, Expr position, std::int64_t size) {
  const Expr low = b.pool.constant_int(DType::i64, 0);
  const Expr high = b.pool.constant_int(DType::i64, size - 1);
  return b.data_index(
      b.pool.binary(ScalarOp::maximum, b.pool.binary(ScalarOp::minimum, position, high), low),
      size);
}

/// Reads and compares the keys of one pass.
class Merge {
public:
  Merge(BodyBuilder& b, Runs runs, std::vector<Index> at, std::size_t axis)
      : b_(b), runs_(runs), at_(std::move(at)), axis_(axis), size_(b.out().shape[axis]),
        descending_(b.attrs().boolean("descending")) {}

  /// Stores the pass that makes runs of 2 * `width` from runs of `width`.
  void store_to(Runs merged, std::int64_t width) {
    const Index within = b_.index.mod(at_[axis_], 2 * width);
    const Index first = b_.index.sub(at_[axis_], within);
    const Expr d = number(within), base = number(first);
    const Expr middle = minimum(add(base, width), number(size_));
    const Expr end = minimum(add(base, 2 * width), number(size_));
    const Expr a_count = sub(middle, base), b_count = sub(end, middle);
    const Expr a = split(d, base, middle, a_count, b_count, width);
    const Expr b = sub(d, a);
    const Expr a_left = less(a, a_count), b_left = less(b, b_count);
    const Expr b_first = before(key(add(middle, b), b_left), key(add(base, a), a_left));
    const Expr from_b = b_.pool.both(
        b_left, b_.pool.select(a_left, b_first, b_.pool.constant_int(DType::boolean, 1)));
    const Expr from = b_.pool.select(from_b, add(middle, b), add(base, a));
    b_.store(merged.keys, at_, key(from, {}));
    b_.store(merged.positions, at_, b_.own(runs_.positions, place(from)));
  }

private:
  /// How many of the first d elements come from A: the least a at which B's element d - a - 1 does
  /// not have to wait for A's element a.
  Expr split(Expr d, Expr base, Expr middle, Expr a_count, Expr b_count, std::int64_t width) {
    Expr low = maximum(sub(d, b_count), number(std::int64_t{0})), high = minimum(d, a_count);
    for (std::int64_t left = width; left > 0; left /= 2) {
      const Expr open = less(low, high);
      const Expr half = b_.pool.binary(ScalarOp::shift_right, add(low, high), number(1));
      const Expr waits =
          before(key(sub(add(middle, d), add(half, 1)), open), key(add(base, half), open));
      const Expr take_a = b_.pool.both(open, b_.pool.unary(ScalarOp::bit_not, waits));
      high = b_.pool.select(b_.pool.both(open, waits), half, high);
      low = b_.pool.select(take_a, add(half, number(1)), low);
    }
    return low;
  }

  /// Does x have to stand before y? NaN stands last in both directions.
  Expr before(Expr x, Expr y) {
    const ScalarOp op = descending_ ? ScalarOp::gt : ScalarOp::lt;
    const Expr ordered = b_.pool.compare(op, x, y);
    if (!is_float(b_.out().dtype)) return ordered;
    const Expr number_first = b_.pool.unary(ScalarOp::bit_not, b_.pool.unary(ScalarOp::is_nan, x));
    return b_.pool.select(b_.pool.unary(ScalarOp::is_nan, y), number_first, ordered);
  }

  std::vector<Index> place(Expr position) {
    std::vector<Index> at = at_;
    at[axis_] = clamped_index(b_, position, size_);
    return at;
  }
  Expr key(Expr position, Expr guard) { return b_.own(runs_.keys, place(position), guard); }

  Expr number(std::int64_t value) { return b_.pool.constant_int(DType::i64, value); }
  Expr number(Index index) { return b_.pool.index_value(index, DType::i64); }
  Expr add(Expr x, Expr y) { return b_.pool.add(x, y); }
  Expr add(Expr x, std::int64_t y) { return b_.pool.add(x, number(y)); }
  Expr sub(Expr x, Expr y) { return b_.pool.sub(x, y); }
  Expr less(Expr x, Expr y) { return b_.pool.compare(ScalarOp::lt, x, y); }
  Expr minimum(Expr x, Expr y) { return b_.pool.binary(ScalarOp::minimum, x, y); }
  Expr maximum(Expr x, Expr y) { return b_.pool.binary(ScalarOp::maximum, x, y); }

  BodyBuilder& b_;
  Runs runs_;
  std::vector<Index> at_;
  std::size_t axis_;
  std::int64_t size_;
  bool descending_;
};

void sort_body(BodyBuilder& b) {
  const auto axis = static_cast<std::size_t>(b.attrs().integer("axis"));
  const Shape& shape = b.out().shape;
  const std::vector<bool> independent(shape.size(), false);
  Runs runs = new_runs(b);
  const std::vector<Index> start = b.nest(shape, independent);
  b.store(runs.keys, start, b.input(0, start));
  b.store(runs.positions, start, b.pool.index_value(start[axis], DType::i64));
  for (std::int64_t width = 1; width < shape[axis]; width *= 2) {
    const Runs merged = new_runs(b);
    Merge(b, runs, b.nest(shape, independent), axis).store_to(merged, width);
    runs = merged;
  }
  const std::vector<Index> at = b.nest(shape, independent);
  b.store(0, at, b.own(runs.keys, at));
  std::vector<Index> from = at;
  if (b.input_count() > 1 && shape[axis] > 0)
    from[axis] = clamped_index(b, b.own(runs.positions, at), shape[axis]);
  for (int payload = 1; payload < b.input_count(); ++payload)
    b.store(payload, at, b.input(payload, from));
}

/// Sorting by the positions that elements came from puts cotangents back.
void sort_grad(Pullback& p) {
  const std::int64_t axis = p.attrs().integer("axis");
  const Value count =
      p.b.op("iota", {}, {{"shape", p.in_type(0).shape}, {"axis", axis}, {"dtype", DType::i64}});
  const std::vector<Value> sorted =
      p.b.ops("sort", std::vector{p.in(0), count},
              {{"axis", axis}, {"descending", p.attrs().boolean("descending")}});
  if (sorted.empty()) return;
  std::vector<Value> back{sorted[1]};
  std::vector<int> operands;
  for (int i = 0; i < p.input_count(); ++i)
    if (p.has_ct(i) && p.needs(i)) {
      back.push_back(p.ct(i));
      operands.push_back(i);
    }
  const std::vector<Value> moved = p.b.ops("sort", back, {{"axis", axis}});
  for (std::size_t i = 0; i + 1 < moved.size(); ++i) p.give(operands[i], moved[i + 1]);
}

/// A comparison for each level of merging.
double sort_cost(const CostArgs& args) {
  const auto axis = static_cast<std::size_t>(args.attrs.integer("axis"));
  int levels = 0;
  for (std::int64_t width = 1; width < args.in[0].shape[axis]; width *= 2) ++levels;
  return static_cast<double>(args.in[0].elements()) * levels;
}

} // namespace

void add_sort_row(OpTable& table) {
  table.add({.name = "sort",
             .kind = "order",
             .max_operands = -1,
             .results = -1,
             .attrs = {{.name = "axis", .kind = AttrKind::integer, .fallback = std::int64_t{-1}},
                       {.name = "descending",
                        .kind = AttrKind::boolean,
                        .fallback = false,
                        .doc = "largest first"}},
             .doc = "elements of the first operand in order along an axis, and the others moved "
                    "as they are; stable both ways, NaN last both ways",
             .derivative = "the cotangents, put back to where the elements came from",
             .infer = infer_sort,
             .body = sort_body,
             .grad = sort_grad,
             .batch = batch_rules::shift_axis,
             .cost = sort_cost});
}

} // namespace nnc::ops
