#include "frontends/formula/read.h"

#include "frontends/formula/number.h"
#include "frontends/formula/tensor_products.h"
#include "ir/text/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace nnc::formula {
namespace {

constexpr std::size_t short_name = 8, long_term = 2000; ///< characters

struct At {
  const Graph& graph;
  Terms& terms;
  const Node& node;
  const std::vector<Scaled>& values;

  Scaled in(std::size_t i) const { return values[node.inputs[i].id]; }
  const Type& type(std::size_t i) const { return graph.type(node.inputs[i]); }
  const Type& out() const { return graph.type(node.first); }
  AttrView attrs() const { return graph.attrs(node); }
  Axes axes(std::string_view name) const { return attrs().integers(name); }
  std::vector<Scaled> all() const {
    std::vector<Scaled> operands;
    for (std::size_t i = 0; i < node.input_count; ++i) operands.push_back(in(i));
    return operands;
  }
};

Scaled minus(Scaled x) { return {-x.factor, x.term}; }
Scaled times(double factor, Scaled x) { return {factor * x.factor, x.term}; }
std::string list_text(const Axes& list) { return fmt::format("[{}]", fmt::join(list, ", ")); }

// --- arithmetic ---------------------------------------------------------------------------------

Scaled operand(const At& at) { return at.in(0); }
Scaled neg(const At& at) { return minus(at.in(0)); }
Scaled add(const At& at) { return at.terms.add(at.in(0), at.in(1)); }
Scaled sub(const At& at) { return at.terms.add(at.in(0), minus(at.in(1))); }
Scaled mul(const At& at) { return at.terms.multiply(at.in(0), at.in(1)); }

Scaled div(const At& at) {
  if (!is_float(at.out().dtype) || at.in(1).factor == 0) return at.terms.function("div", at.all());
  return at.terms.divide(at.in(0), at.in(1));
}

Scaled pow(const At& at) {
  const Scaled exponent = at.in(1);
  if (exponent.term != one) return at.terms.function("^", at.all());
  return at.terms.power(at.in(0), exponent.factor);
}

Scaled rsqrt(const At& at) { return at.terms.power(at.terms.function("sqrt", {at.in(0)}), -1); }
Scaled log1p(const At& at) { return at.terms.function("log", {at.terms.add({1, one}, at.in(0))}); }
Scaled expm1(const At& at) { return at.terms.add(at.terms.function("exp", {at.in(0)}), {-1, one}); }

// --- conditions ---------------------------------------------------------------------------------

Scaled compared(const At& at, const char* op) {
  return at.terms.compare(op, at.in(0), at.in(1), at.out().rank());
}
Scaled eq(const At& at) { return compared(at, "="); }
Scaled ne(const At& at) { return compared(at, "!="); }
Scaled lt(const At& at) { return compared(at, "<"); }
Scaled le(const At& at) { return compared(at, "<="); }
Scaled gt(const At& at) { return compared(at, ">"); }
Scaled ge(const At& at) { return compared(at, ">="); }

/// Of bool; of integers it is about bits.
Scaled logic(const At& at) {
  if (at.out().dtype != DType::boolean) return at.terms.function(at.node.row->name, at.all());
  return at.terms.condition(at.node.row->name, at.all());
}

Scaled select(const At& at) { return at.terms.where(at.in(0), at.in(1), at.in(2)); }

Scaled is_finite(const At& at) {
  if (at.terms[at.in(0).term].infinite) return at.terms.function("is_finite", at.all());
  return {1, one};
}

/// Between numbers a cast is none of the formula's business, except where it loses a part.
Scaled cast(const At& at) {
  if (at.out().dtype == at.type(0).dtype) return at.in(0);
  if (at.type(0).dtype == DType::boolean) return at.terms.mask(at.in(0));
  if (at.out().dtype == DType::boolean)
    return at.terms.compare("!=", at.in(0), {0, one}, at.out().rank());
  if (is_float(at.out().dtype) || !is_float(at.type(0).dtype)) return at.in(0);
  return at.terms.function(std::string(dtype_name(at.out().dtype)), at.all());
}

// --- layout and positions -----------------------------------------------------------------------

Scaled broadcast(const At& at) {
  return at.terms.place(at.in(0), at.axes("axes"), at.out().rank());
}

/// Axes of size 1 come and go without saying; other reshapes are written.
Scaled reshape(const At& at) {
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

Scaled transpose(const At& at) {
  const Axes perm = at.axes("perm");
  const Scaled x = at.in(0);
  const Term& term = at.terms[x.term];
  if (x.term == one) return x;
  if (const auto turned = transposed_product(at.terms, x, perm)) return *turned;
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

Scaled iota(const At& at) { return at.terms.position(at.attrs().integer("axis"), at.out().rank()); }

Scaled gather(const At& at) {
  std::vector<Scaled> indices = at.all();
  indices.erase(indices.begin());
  return at.terms.index(at.in(0), std::move(indices), at.axes("axes"), at.out().rank());
}

/// Rows added to rows of zeros: onehot(i)^T u.
Scaled scatter_add(const At& at) {
  const bool rows = at.in(0).factor == 0 && at.node.input_count == 3 && at.out().rank() == 2 &&
                    at.type(1).rank() == 1 && at.axes("axes") == Axes{0};
  if (!rows) {
    const Axes axes = at.axes("axes");
    const std::string note = axes == Axes{0} ? "" : fmt::format("axes=[{}]", fmt::join(axes, ", "));
    return at.terms.call("scatter_add", at.all(), note, at.out().rank());
  }
  const Scaled ids = at.terms.place(at.in(1), {0}, 2);
  const Scaled hot = at.terms.mask(at.terms.compare("=", at.terms.position(1, 2), ids, 2));
  return at.terms.matrix(at.terms.turned(hot), at.in(2), 2);
}

// --- reductions and products --------------------------------------------------------------------

/// Windows of the axes between the first and the last need no axes.
std::string window_note(const AttrView& attrs, int rank, const Axes& usual_stride) {
  const Axes axes = attrs.integers("axes"), size = attrs.integers("size");
  Axes middle = kept({0, rank - 1}, rank);
  std::string note = "size=" + list_text(size);
  if (axes != middle) note = "axes=" + list_text(axes) + ", " + note;
  if (attrs.integers("stride") != usual_stride)
    note += ", stride=" + list_text(attrs.integers("stride"));
  if (attrs.integers("dilation") != Axes(size.size(), 1))
    note += ", dilation=" + list_text(attrs.integers("dilation"));
  return note;
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

/// The largest of each window.
std::optional<Scaled> pooled(const At& at) {
  const Node& view = at.graph.producer(at.node.inputs[0]);
  if (view.row->name != "window" || at.node.row->name != "max") return std::nullopt;
  const Scaled x = at.values[view.inputs[0].id];
  const int rank = at.graph.type(view.inputs[0]).rank();
  const AttrView attrs = at.graph.attrs(view);
  const Axes places = kept(kept({}, rank), at.type(0).rank());
  if (at.axes("axes") != places || !(x.factor > 0)) return std::nullopt;
  const Scaled made = at.terms.call("max_pool", {{1, x.term}},
                                    window_note(attrs, rank, attrs.integers("size")), rank);
  return Scaled{x.factor, made.term};
}

Scaled over(const At& at) {
  if (const auto pool = pooled(at)) return *pool;
  const int rank = at.type(0).rank();
  const bool holds = at.type(0).dtype == DType::boolean;
  const Scaled x = holds ? at.terms.mask(at.in(0)) : at.in(0);
  const double count = static_cast<double>(at.type(0).elements()) /
                       static_cast<double>(std::max<std::int64_t>(at.out().elements(), 1));
  const Scaled made = at.terms.over(at.node.row->name, at.axes("axes"), x, rank, count);
  if (!at.attrs().boolean("keep")) return made;
  return at.terms.place(made, kept(at.axes("axes"), rank), rank);
}

Scaled dot(const At& at) {
  const auto value = [&](Value v) { return at.values[v.id]; };
  return tensor_product(at.terms, at.graph, at.node, value);
}

// --- all others ---------------------------------------------------------------------------------

/// name(a, b, attribute=...), as in expressions of a model.
Scaled other(const At& at) {
  const OpRow& row = *at.node.row;
  if (row.elementwise) return at.terms.function(row.name, at.all());
  std::vector<std::string> notes;
  const Attrs& attrs = at.graph.context().attrs[at.node.attrs];
  for (std::size_t i = 0; i < attrs.size(); ++i)
    if (!absent(attrs[i]) &&
        !(!absent(row.attrs[i].fallback) && same_attr(attrs[i], row.attrs[i].fallback)))
      notes.push_back(row.attrs[i].name + "=" + attr_text(attrs[i]));
  return at.terms.call(row.name, at.all(), fmt::format("{}", fmt::join(notes, ", ")),
                       at.out().rank());
}

struct Reading {
  const char* op;
  Scaled (*read)(const At& at);
};

/// Rows whose formula depends on their attributes, or meets others in the normal form.
constexpr Reading readings[] = {
    {"rsqrt", rsqrt},
    {"log1p", log1p},
    {"expm1", expm1},
    {"eq", eq},
    {"ne", ne},
    {"lt", lt},
    {"le", le},
    {"gt", gt},
    {"ge", ge},
    {"and", logic},
    {"or", logic},
    {"not", logic},
    {"select", select},
    {"is_finite", is_finite},
    {"cast", cast},
    {"broadcast", broadcast},
    {"reshape", reshape},
    {"iota", iota},
    {"gather", gather},
    {"scatter_add", scatter_add},
    {"window", window},
    {"fold", fold},
    {"stop_gradient", operand},
};

/// All others, as their rows say.
Scaled by_notation(const At& at) {
  switch (at.node.row->formula) {
  case Notation::call:
    return other(at);
  case Notation::operand:
    return operand(at);
  case Notation::negative:
    return neg(at);
  case Notation::sum:
    return add(at);
  case Notation::difference:
    return sub(at);
  case Notation::product:
    return mul(at);
  case Notation::quotient:
    return div(at);
  case Notation::power:
    return pow(at);
  case Notation::matrix_product:
    return dot(at);
  case Notation::transposed:
    return transpose(at);
  case Notation::over_axes:
  case Notation::linear_over_axes:
    return over(at);
  }
  throw InternalError("a notation of no kind");
}

class Reader {
public:
  Reader(const Graph& graph, Terms& terms)
      : graph_(graph), terms_(terms), names_(printed_names(graph)), uses_(graph.use_counts()),
        values_(graph.value_count()) {
    for (const Reading& each : readings)
      if (const OpRow* row = graph.context().ops.find(each.op)) readings_[row] = each.read;
  }

  std::vector<Scaled> read() {
    const std::vector<bool> live = graph_.live_nodes();
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
      if (!live[id]) continue;
      const Node& node = graph_.node(NodeId{id});
      const Scaled first = read(node);
      for (int i = 0; i < node.result_count; ++i) {
        const Value value = graph_.result(NodeId{id}, i);
        const int rank = graph_.type(value).rank();
        Scaled result = first;
        if (node.result_count > 1) result = terms_.call("part", {first}, std::to_string(i), rank);
        values_[value.id] = kept(value, result, rank);
      }
    }
    return std::move(values_);
  }

private:
  Scaled read(const Node& node) {
    if (graph_.is_leaf(node.first))
      return terms_.symbol(graph_.leaf_name(node.first), graph_.type(node.first).rank());
    if (node.row->literal) return literal(node.first);
    const auto found = readings_.find(node.row);
    const At at{graph_, terms_, node, values_};
    return found == readings_.end() ? by_notation(at) : found->second(at);
  }

  Scaled literal(Value value) {
    const Literal& literal = graph_.attrs(value).literal("value");
    const std::int64_t count = literal.type.elements();
    const auto element = [&](std::int64_t i) {
      return is_float(literal.type.dtype) ? literal_real(literal, i)
                                          : static_cast<double>(literal_integer(literal, i));
    };
    std::int64_t others = 0, hot = -1; // elements that are not 0
    bool alike = true;
    for (std::int64_t i = 0; i < count; ++i) {
      alike &= element(i) == element(0);
      if (element(i) != 0) ++others, hot = i;
    }
    const int rank = graph_.type(value).rank();
    if (!alike && others == 1 && rank == 1) {
      const Scaled place = terms_.mask(
          terms_.compare("=", terms_.position(0, 1), {static_cast<double>(hot), one}, 1));
      return {meant(element(hot), literal.type.dtype), place.term};
    }
    if (!alike) return terms_.symbol(names_[value.id], rank);
    return {count > 0 ? meant(element(0), literal.type.dtype) : 0, one};
  }

  /// With a name, if it has one worth keeping or needs one.
  Scaled kept(Value value, Scaled x, int rank) {
    const Term& term = terms_[x.term];
    if (graph_.is_leaf(value) || term.kind == Kind::named || term.kind == Kind::compare) return x;
    const bool open = term.kind == Kind::product; // may meet its like
    const bool user =
        !graph_.value_name(value).empty() && graph_.name_kind(value) == NameKind::user;
    if (user && !open && uses_[value.id] > 1 && term.size > short_name)
      return terms_.named(graph_.value_name(value), x, rank);
    if (term.size > long_term) return terms_.named("", x, rank);
    return x;
  }

  const Graph& graph_;
  Terms& terms_;
  std::vector<std::string> names_;
  std::vector<std::uint32_t> uses_;
  std::vector<Scaled> values_; ///< by value
  std::unordered_map<const OpRow*, Scaled (*)(const At&)> readings_;
};

} // namespace

std::vector<Scaled> read(const Graph& graph, Terms& terms) { return Reader(graph, terms).read(); }

} // namespace nnc::formula
