// Sliding windows as views: convolution and pooling are contractions and reductions over `window`.
// Window w of an axis holds the elements w * stride + k * dilation for k in 0..size-1; windows that
// would reach past the end are dropped.

#include "ir/ops/rows.h"

namespace nnc::ops {
namespace {

using Integers = std::vector<std::int64_t>;

struct Windows {
  Integers axes, size, stride, dilation;
};

/// Number of windows that fit in an axis of `extent` elements.
std::int64_t window_count(std::int64_t extent, std::int64_t size, std::int64_t stride,
                          std::int64_t dilation) {
  if (extent == 0 || size - 1 > (extent - 1) / dilation) return 0;
  return (extent - 1 - (size - 1) * dilation) / stride + 1;
}

Status check_positive(const InferArgs& args, std::string_view name, const Integers& entries) {
  for (const std::int64_t entry : entries)
    if (entry < 1 || entry > max_size)
      return args.attr_error(std::string(name) + " " + std::to_string(entry) +
                             " is outside 1..2^40");
  return std::nullopt;
}

/// Reads the attributes for a tensor of `rank` axes and puts them in full.
Result<Windows> resolve_windows(InferArgs& args, int rank) {
  auto axes = resolve_axis_list(args, "axes", rank);
  if (!axes) return axes.error();
  Windows windows{.axes = *axes, .size = {}, .stride = {}, .dilation = {}};
  if (args.view().integers("size").size() != axes->size())
    return args.attr_error("'size' is " + to_string(args.view().integers("size")) + ", 'axes' is " +
                           to_string(*axes));
  const auto read = [&](std::string_view name, Integers& to) -> Status {
    auto entries = resolve_entries(args, name, windows.axes.size(), 1);
    if (!entries) return entries.error();
    to = *entries;
    return check_positive(args, name, to);
  };
  if (auto error = read("size", windows.size)) return *error;
  if (auto error = read("stride", windows.stride)) return *error;
  if (auto error = read("dilation", windows.dilation)) return *error;
  args.set("axes", windows.axes);
  args.set("stride", windows.stride);
  args.set("dilation", windows.dilation);
  return windows;
}

Windows windows_of(const AttrView& attrs) {
  return {.axes = attrs.integers("axes"),
          .size = attrs.integers("size"),
          .stride = attrs.integers("stride"),
          .dilation = attrs.integers("dilation")};
}

/// The windowed axes hold positions of windows; the new last axes, places in a window.
Shape windowed_shape(Shape shape, const Windows& windows) {
  for (std::size_t i = 0; i < windows.axes.size(); ++i) {
    std::int64_t& extent = shape[static_cast<std::size_t>(windows.axes[i])];
    extent = window_count(extent, windows.size[i], windows.stride[i], windows.dilation[i]);
  }
  shape.insert(shape.end(), windows.size.begin(), windows.size.end());
  return shape;
}

// --- window ---

Result<std::vector<Type>> infer_window(InferArgs& args) {
  auto windows = resolve_windows(args, args.in[0].rank());
  if (!windows) return windows.error();
  return std::vector<Type>{{args.in[0].dtype, windowed_shape(args.in[0].shape, *windows)}};
}

Expr window_element(ElementBuilder& e, int, std::span<const Index> at) {
  const Windows windows = windows_of(e.attrs());
  const auto rank = e.in(0).shape.size();
  std::vector<Index> from(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(rank));
  for (std::size_t i = 0; i < windows.axes.size(); ++i) {
    Index& index = from[static_cast<std::size_t>(windows.axes[i])];
    index = e.index.add(e.index.mul(index, windows.stride[i]),
                        e.index.mul(at[rank + i], windows.dilation[i]));
  }
  return e.input(0, from);
}

NamedAttrs same_windows(const AttrView& attrs) {
  return {{"axes", attrs.get("axes")},
          {"size", attrs.get("size")},
          {"stride", attrs.get("stride")},
          {"dilation", attrs.get("dilation")}};
}

void window_grad(Pullback& p) {
  NamedAttrs attrs = same_windows(p.attrs());
  attrs.push_back({"shape", p.in_type(0).shape});
  p.give(0, p.b.op("fold", {p.ct()}, attrs));
}

// --- fold ---

Result<std::vector<Type>> infer_fold(InferArgs& args) {
  if (auto error = require_number(args)) return *error;
  const Type result{args.in[0].dtype, args.view().integers("shape")};
  if (auto error = check_type(result)) return args.attr_error("the result " + error->message);
  auto windows = resolve_windows(args, result.rank());
  if (!windows) return windows.error();
  const Type wanted{result.dtype, windowed_shape(result.shape, *windows)};
  if (args.in[0] != wanted)
    return args.operand_error("the windows of " + to_string(result) + " are " + to_string(wanted) +
                              ", not " + to_string(args.in[0]));
  return std::vector<Type>{result};
}

/// Where a fold takes an element from: places in windows that may have it.
struct FoldSource {
  std::vector<Index> at;
  std::vector<Axis> loops = {}; ///< places that are tried
  Expr inside = {};             ///< where there is a window; invalid: always
};

/// Windows that do not meet: at most one has the element.
void take_from_the_window(ElementBuilder& e, const Windows& windows, std::size_t i,
                          FoldSource& from) {
  const auto axis = static_cast<std::size_t>(windows.axes[i]);
  const std::int64_t count = e.in(0).shape[axis], stride = windows.stride[i];
  const Index element = from.at[axis];
  const Index place = e.index.mod(element, stride);
  from.at[axis] = e.index.floor_div(element, stride);
  from.at.push_back(place);
  if (windows.size[i] < stride)
    from.inside = e.pool.both(from.inside, e.pool.in_range(place, 0, windows.size[i]));
  if (e.index.range(from.at[axis]).high >= count)
    from.inside = e.pool.both(from.inside, e.pool.in_range(from.at[axis], 0, count));
}

void take_from_all_places(ElementBuilder& e, const Windows& windows, std::size_t i,
                          FoldSource& from) {
  const auto axis = static_cast<std::size_t>(windows.axes[i]);
  const std::int64_t count = e.in(0).shape[axis], stride = windows.stride[i];
  from.loops.push_back(e.loop(windows.size[i], static_cast<int>(i)));
  const Index place = e.index.of(from.loops.back());
  const Index start = e.index.sub(from.at[axis], e.index.mul(place, windows.dilation[i]));
  const std::int64_t end = count == 0 ? 0 : (count - 1) * stride + 1;
  from.inside = e.pool.both(from.inside, e.pool.in_range(start, 0, end));
  from.inside = e.pool.both(from.inside, multiple_of(e, start, stride));
  from.at[axis] = e.index.floor_div(start, stride);
  from.at.push_back(place);
}

/// Sums, over the places in a window, the windows that have the element at that place.
Expr fold_element(ElementBuilder& e, int, std::span<const Index> at) {
  const Windows windows = windows_of(e.attrs());
  const DType wide = compute_dtype(e.out().dtype);
  FoldSource from{.at = {at.begin(), at.end()}};
  for (std::size_t i = 0; i < windows.axes.size(); ++i)
    if (windows.size[i] <= windows.stride[i] && windows.dilation[i] == 1)
      take_from_the_window(e, windows, i, from);
    else
      take_from_all_places(e, windows, i, from);
  Expr term = e.pool.cast(e.input(0, from.at, from.inside), wide);
  if (from.inside.valid()) term = e.pool.select(from.inside, term, e.pool.constant_int(wide, 0));
  if (!from.loops.empty()) term = e.pool.reduce(Combiner::sum, from.loops, term);
  return e.pool.cast(term, e.out().dtype);
}

void fold_grad(Pullback& p) { p.give(0, p.b.op("window", {p.ct()}, same_windows(p.attrs()))); }

void fold_batch(Batching& b) {
  using namespace batch_rules;
  b.give_again({{"shape", with_first(b.size, b.attrs().integers("shape"))},
                {"axes", shifted(b.attrs().integers("axes"))}});
}

double fold_cost(const CostArgs& args) { return static_cast<double>(args.in[0].elements()); }

std::vector<AttrSpec> window_attrs() {
  return {{.name = "axes", .kind = AttrKind::integers, .required = true},
          {.name = "size",
           .kind = AttrKind::integers,
           .required = true,
           .doc = "elements of a window, one entry for each of `axes`"},
          {.name = "stride", .kind = AttrKind::integers, .doc = "from window to window; default 1"},
          {.name = "dilation",
           .kind = AttrKind::integers,
           .doc = "between elements of a window; default 1"}};
}

} // namespace

void add_window_rows(OpTable& table) {
  table.add({.name = "window",
             .kind = "layout",
             .attrs = window_attrs(),
             .doc = "sliding windows over `axes`: these now count windows, and one axis each is "
                    "appended for the place in a window",
             .derivative = "fold",
             .infer = infer_window,
             .element = window_element,
             .grad = window_grad,
             .batch = batch_rules::shift_axes,
             .cost = no_cost});
  std::vector<AttrSpec> attrs = window_attrs();
  attrs.insert(
      attrs.begin(),
      {.name = "shape", .kind = AttrKind::integers, .required = true, .doc = "of the result"});
  table.add({.name = "fold",
             .kind = "layout",
             .attrs = std::move(attrs),
             .doc = "the transpose of window: each element is the sum of its copies in all windows",
             .derivative = "window",
             .infer = infer_fold,
             .element = fold_element,
             .grad = fold_grad,
             .batch = fold_batch,
             .cost = fold_cost,
             .moves_cotangent = true});
}

} // namespace nnc::ops
