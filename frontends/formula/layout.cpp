// Ops that move elements: where textbooks have a subscript, an index or nothing at all.

#include "frontends/formula/layout.h"

#include "frontends/formula/tensor_products.h"

#include <algorithm>
#include <array>

namespace nnc::formula {
namespace {

Scaled broadcast(const At& at) {
  return at.terms.place(at.in(0), at.axes("axes"), at.out().rank());
}

/// A vector with zeros between its elements, as a square: it is the diagonal.
std::optional<Scaled> diagonal_matrix(const At& at) {
  const Node& spread = at.graph.producer(at.node.inputs[0]);
  const Shape& to = at.out().shape;
  if (spread.row->name != "pad" || to.size() != 2 || to[0] != to[1] || at.type(0).rank() != 1)
    return std::nullopt;
  const AttrView attrs = at.graph.attrs(spread);
  if (attrs.integers("interior") != Axes{to[0]} || attrs.integers("low") != Axes{0} ||
      attrs.integers("high") != Axes{0} || attrs.real("value") != 0)
    return std::nullopt;
  const Scaled x = at.values[spread.inputs[0].id];
  if (at.terms[x.term].varies != 0) return at.terms.call("diag", {x}, "", 2);
  const Scaled row = at.terms.position(0, 2, size_text(to, 0));
  const Scaled column = at.terms.position(1, 2, size_text(to, 1));
  return at.terms.multiply(x, at.terms.mask(at.terms.compare("=", row, column, 2)));
}

/// Axes of size 1 come and go without saying; other reshapes are written.
Scaled reshape(const At& at) {
  if (const auto diagonal = diagonal_matrix(at)) return *diagonal;
  const Shape &from = at.type(0).shape, &to = at.out().shape;
  Axes axes(from.size(), -1);
  std::size_t next = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] == 1) continue;
    while (next < to.size() && to[next] == 1) ++next;
    if (next == to.size() || to[next] != from[i])
      return times(at.in(0).factor,
                   at.terms.call("reshape", {{1, at.in(0).term}}, list_text(to), at.out().rank()));
    axes[i] = static_cast<std::int64_t>(next++);
  }
  return at.terms.place(at.in(0), axes, at.out().rank());
}

/// Every n + 1st element of n rows one after another.
std::optional<Scaled> diagonal_of(const At& at) {
  const Node& flat = at.graph.producer(at.node.inputs[0]);
  if (flat.row->name != "reshape" || at.type(0).rank() != 1) return std::nullopt;
  const Type& from = at.graph.type(flat.inputs[0]);
  const bool square = from.rank() == 2 && from.shape[0] == from.shape[1];
  if (!square || at.axes("step") != Axes{from.shape[0] + 1} || at.axes("start") != Axes{0} ||
      at.out().shape[0] != from.shape[0])
    return std::nullopt;
  const Scaled x = at.values[flat.inputs[0].id];
  return times(x.factor, at.terms.call("diag", {{1, x.term}}, "", 1));
}

/// As a subscript: [:, 1:7:2].
Scaled part(const At& at, const Axes& start, const Axes& stop, const Axes& step) {
  const Shape& shape = at.type(0).shape;
  std::vector<std::string> parts;
  std::size_t written = 0; // up to the last axis of which not all is taken
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::string part = start[i] == 0 ? ":" : fmt::format("{}:", start[i]);
    if (stop[i] != shape[i]) part += std::to_string(stop[i]);
    if (step[i] != 1) part += fmt::format(":{}", step[i]);
    if (part != ":") written = i + 1;
    parts.push_back(std::move(part));
  }
  parts.resize(written);
  const Scaled x = at.in(0);
  const Scaled made = at.terms.call("slice", {{1, x.term}},
                                    fmt::format("[{}]", fmt::join(parts, ", ")), at.out().rank());
  return {x.factor, made.term};
}

Scaled slice(const At& at) {
  if (const auto diagonal = diagonal_of(at)) return *diagonal;
  return part(at, at.axes("start"), at.axes("stop"), at.axes("step"));
}

Scaled concat(const At& at) {
  const std::int64_t axis = at.attrs().integer("axis");
  const std::string note = at.out().rank() == 1 ? "" : fmt::format("axis={}", axis);
  return at.terms.call("concat", at.all(), note, at.out().rank());
}

/// Less than nothing around it is a subscript.
Scaled pad(const At& at) {
  const Axes low = at.axes("low"), high = at.axes("high"), interior = at.axes("interior");
  const auto none = [](std::int64_t count) { return count == 0; };
  const auto cropped = [](std::int64_t count) { return count <= 0; };
  const Shape& shape = at.type(0).shape;
  if (std::ranges::all_of(interior, none) && std::ranges::all_of(low, cropped) &&
      std::ranges::all_of(high, cropped)) {
    Axes start, stop;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      start.push_back(-low[i]);
      stop.push_back(shape[i] + high[i]);
    }
    return part(at, start, stop, Axes(shape.size(), 1));
  }
  std::string note = "low=" + list_text(low) + ", high=" + list_text(high);
  if (!std::ranges::all_of(interior, none)) note += ", interior=" + list_text(interior);
  const double value = at.attrs().real("value");
  if (value != 0) note += fmt::format(", value={}", value);
  const Scaled x = at.in(0);
  if (value != 0) return at.terms.call("pad", {x}, note, at.out().rank());
  return times(x.factor, at.terms.call("pad", {{1, x.term}}, note, at.out().rank()));
}

Scaled reverse(const At& at) {
  const bool all = at.axes("axes") == kept({}, at.out().rank());
  const std::string note = all ? "" : "axes=" + list_text(at.axes("axes"));
  const Scaled x = at.in(0);
  return times(x.factor, at.terms.call("reverse", {{1, x.term}}, note, at.out().rank()));
}

/// Of a vector the axis goes without saying.
std::string axis_note(const At& at, std::int64_t usual) {
  const std::int64_t axis = at.attrs().integer("axis");
  return at.out().rank() == 1 || axis == usual ? "" : fmt::format("axis={}", axis);
}

Scaled cumsum(const At& at) {
  std::string note = axis_note(at, -1);
  for (const char* name : {"reverse", "exclusive"})
    if (at.attrs().boolean(name)) note += fmt::format("{}{}=true", note.empty() ? "" : ", ", name);
  const Scaled x = at.in(0);
  return times(x.factor, at.terms.call("cumsum", {{1, x.term}}, note, at.out().rank()));
}

/// What is moved with the sorted elements: v[argsort(x)], of positions argsort(x) itself.
Scaled sort(const At& at) {
  const int rank = at.out().rank();
  std::string note = axis_note(at, rank - 1);
  if (at.attrs().boolean("descending"))
    note += (note.empty() ? "" : ", ") + std::string("descending=true");
  if (at.result == 0) return at.terms.call("sort", {at.in(0)}, note, rank);
  const Scaled order = at.terms.call("argsort", {at.in(0)}, note, rank);
  const Scaled moved = at.in(static_cast<std::size_t>(at.result));
  const Term& positions = at.terms[moved.term];
  if (positions.kind == Kind::position && positions.axes == Axes{at.attrs().integer("axis")})
    return order;
  if (rank == 1) return at.terms.index(moved, {order}, {0}, 1);
  return at.terms.call("take_along", {moved, order}, axis_note(at, rank - 1), rank);
}

Scaled iota(const At& at) {
  const std::int64_t axis = at.attrs().integer("axis");
  return at.terms.position(axis, at.out().rank(), size_text(at.out().shape, axis));
}

Scaled gather(const At& at) {
  std::vector<Scaled> indices = at.all();
  indices.erase(indices.begin());
  return at.terms.index(at.in(0), std::move(indices), at.axes("axes"), at.out().rank());
}

/// Rows added to rows: a + onehot(i)^T u.
Scaled scatter_add(const At& at) {
  const bool rows = at.node.input_count == 3 && at.out().rank() == 2 && at.type(1).rank() == 1 &&
                    at.axes("axes") == Axes{0};
  if (!rows) {
    const Axes axes = at.axes("axes");
    const std::string note = axes == Axes{0} ? "" : fmt::format("axes=[{}]", fmt::join(axes, ", "));
    return at.terms.call("scatter_add", at.all(), note, at.out().rank());
  }
  const Scaled ids = at.terms.place(at.in(1), {0}, 2);
  const Scaled place = at.terms.position(1, 2, size_text(at.out().shape, 0));
  const Scaled hot = at.terms.mask(at.terms.compare("=", place, ids, 2));
  return at.terms.add(at.in(0), at.terms.matrix(at.terms.turned(hot), at.in(2), 2));
}

Scaled window(const At& at) {
  const int rank = static_cast<int>(at.type(0).rank());
  const Scaled x = at.in(0);
  const Axes steps(at.axes("size").size(), 1);
  const Scaled made =
      at.terms.call("window", {{1, x.term}}, window_note(at.attrs(), rank, steps), at.out().rank());
  return {x.factor, made.term};
}

Scaled fold(const At& at) {
  const Scaled x = at.in(0);
  const Axes steps(at.axes("size").size(), 1);
  const Scaled made = at.terms.call(
      "fold", {{1, x.term}}, window_note(at.attrs(), at.out().rank(), steps), at.out().rank());
  return {x.factor, made.term};
}

constexpr std::array readings = {Reading{"broadcast", broadcast},
                                 Reading{"reshape", reshape},
                                 Reading{"reverse", reverse},
                                 Reading{"slice", slice},
                                 Reading{"pad", pad},
                                 Reading{"concat", concat},
                                 Reading{"window", window},
                                 Reading{"fold", fold},
                                 Reading{"iota", iota},
                                 Reading{"gather", gather},
                                 Reading{"scatter_add", scatter_add},
                                 Reading{"cumsum", cumsum},
                                 Reading{"sort", sort}};

} // namespace

std::string size_text(const Shape& shape, std::int64_t axis) {
  return std::to_string(shape[static_cast<std::size_t>(axis)]);
}

Scaled transposed(const At& at) {
  const Axes perm = at.axes("perm");
  const Scaled x = at.in(0);
  const Term& term = at.terms[x.term];
  if (x.term == one) return x;
  if (const auto product = transposed_product(at.terms, x, perm)) return *product;
  if (perm.size() == 2) return at.terms.turned(x);
  if (term.kind == Kind::placed) {
    Axes to(perm.size());
    for (std::size_t i = 0; i < perm.size(); ++i)
      to[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
    return at.terms.place(x, to, at.out().rank());
  }
  return times(x.factor,
               at.terms.call("transpose", {{1, x.term}}, list_text(perm), at.out().rank()));
}

std::span<const Reading> layout_readings() { return readings; }

/// Windows of the axes between the first and the last need no axes.
std::string window_note(const AttrView& attrs, int rank, const Axes& usual_stride) {
  const Axes axes = attrs.integers("axes"), size = attrs.integers("size");
  const Axes middle = rank == 1 ? Axes{0} : kept({0, rank - 1}, rank);
  std::string note = "size=" + list_text(size);
  if (axes != middle) note = "axes=" + list_text(axes) + ", " + note;
  if (attrs.integers("stride") != usual_stride)
    note += ", stride=" + list_text(attrs.integers("stride"));
  if (attrs.integers("dilation") != Axes(size.size(), 1))
    note += ", dilation=" + list_text(attrs.integers("dilation"));
  return note;
}

} // namespace nnc::formula
