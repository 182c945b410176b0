#include "frontends/formula/read.h"

#include "frontends/formula/equations.h"
#include "frontends/formula/layout.h"
#include "frontends/formula/loops.h"
#include "frontends/formula/number.h"
#include "frontends/formula/tensor_products.h"
#include "ir/text/names.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

namespace nnc::formula {
namespace {

constexpr std::size_t short_name = 8, long_term = 2000; ///< characters

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

/// round((a - rem(a, b)) / b) is a / b without its fraction.
Scaled round(const At& at) {
  const Scaled x = at.in(0);
  for (const auto& [base, exponent] : at.terms.factors(x.term)) {
    const Term& sum = at.terms[base];
    if (exponent != 1 || sum.kind != Kind::sum || sum.args.size() != 2) continue;
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      const TermId rest = at.terms.unnamed(sum.args[i]);
      if (!at.terms.is_call(rest, "rem") || sum.numbers[i] != -sum.numbers[1 - i]) continue;
      const Scaled a = at.terms.unwrapped(at.terms[rest].args[0]);
      const Scaled b = at.terms.unwrapped(at.terms[rest].args[1]);
      const Scaled difference = at.terms.add(a, minus({1, sum.args[i]}));
      if (at.terms.divide(difference, b) == x)
        return at.terms.function("trunc", {at.terms.divide(a, b)});
    }
  }
  return at.terms.function("round", {x});
}

Scaled polygamma(const At& at) {
  const std::int64_t order = at.attrs().integer("n");
  if (order == 0) return at.terms.function("digamma", at.all());
  return at.terms.function("polygamma", at.all(), fmt::format("n={}", order));
}

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
  const bool asked = std::ranges::any_of(
      at.graph.outputs, [&](const Output& output) { return output.value == at.node.first; });
  if (asked || at.terms[at.in(0).term].infinite) return at.terms.function("is_finite", at.all());
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

// --- reductions and products --------------------------------------------------------------------

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
  std::vector<std::string> notes;
  const Attrs& attrs = at.graph.context().attrs[at.node.attrs];
  for (std::size_t i = 0; i < attrs.size(); ++i)
    if (!absent(attrs[i]) &&
        !(!absent(row.attrs[i].fallback) && same_attr(attrs[i], row.attrs[i].fallback)))
      notes.push_back(row.attrs[i].name + "=" + attr_text(attrs[i]));
  std::string note = fmt::format("{}", fmt::join(notes, ", "));
  if (row.elementwise) return at.terms.function(row.name, at.all(), std::move(note));
  return at.terms.call(row.name, at.all(), std::move(note), at.out().rank());
}

/// Rows whose formula depends on their attributes, or meets others in the normal form.
constexpr Reading readings[] = {
    {"rsqrt", rsqrt}, {"log1p", log1p}, {"expm1", expm1},   {"polygamma", polygamma},
    {"round", round}, {"eq", eq},       {"ne", ne},         {"lt", lt},
    {"le", le},       {"gt", gt},       {"ge", ge},         {"and", logic},
    {"or", logic},    {"not", logic},   {"select", select}, {"is_finite", is_finite},
    {"cast", cast},
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
    return transposed(at);
  case Notation::over_axes:
  case Notation::linear_over_axes:
    return over(at);
  }
  throw InternalError("a notation of no kind");
}

/// What a graph is read with, when a node of another runs it.
struct Surroundings {
  std::vector<Scaled> inputs = {};
  std::map<std::uint32_t, std::string> named = {}; ///< values that have these names
};

class Reader {
public:
  Reader(const Graph& graph, Terms& terms, LoopNames& loop_names, Surroundings around = {})
      : graph_(graph), terms_(terms), loop_names_(loop_names), around_(std::move(around)),
        names_(printed_names(graph)), uses_(graph.use_counts()), values_(graph.value_count()) {
    for (const std::span<const Reading> list :
         {std::span<const Reading>(readings), layout_readings()})
      for (const Reading& each : list)
        if (const OpRow* row = graph.context().ops.find(each.op)) readings_[row] = each.read;
    for (std::size_t i = 0; i < around_.inputs.size(); ++i)
      values_[graph.inputs[i].id] = around_.inputs[i];
  }

  std::vector<Scaled> read() {
    const std::vector<bool> live = graph_.live_nodes();
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
      const Node& node = graph_.node(NodeId{id});
      if (!live[id] || (graph_.is_leaf(node.first) && !around_.inputs.empty())) continue;
      const std::vector<Scaled> results = read(node);
      for (int i = 0; i < node.result_count; ++i) {
        const Value value = graph_.result(NodeId{id}, i);
        values_[value.id] =
            kept(value, results[static_cast<std::size_t>(i)], graph_.type(value).rank());
      }
    }
    return std::move(values_);
  }

private:
  std::vector<Scaled> read(const Node& node) {
    if (node.row->control)
      return read_control({graph_, terms_, node, values_}, body_reader(), loop_names_);
    std::vector<Scaled> results;
    for (int i = 0; i < node.result_count; ++i) results.push_back(read(node, i));
    return results;
  }

  ReadBody body_reader() const {
    return [&](const Graph& body, std::vector<Scaled> inputs,
               const std::map<std::uint32_t, std::string>& named) {
      const std::vector<Scaled> values =
          Reader(body, terms_, loop_names_, {std::move(inputs), named}).read();
      std::vector<Scaled> outputs;
      for (const Output& output : body.outputs) outputs.push_back(values[output.value.id]);
      return outputs;
    };
  }

  Scaled read(const Node& node, int result) {
    if (graph_.is_leaf(node.first))
      return terms_.symbol(graph_.leaf_name(node.first), graph_.type(node.first).rank());
    if (node.row->literal) return literal(node.first);
    const auto found = readings_.find(node.row);
    const At at{graph_, terms_, node, values_, result};
    if (found != readings_.end()) return found->second(at);
    const Scaled all = by_notation(at);
    if (node.result_count == 1) return all;
    const Value value{node.first.id + static_cast<std::uint32_t>(result)};
    return terms_.call("part", {all}, std::to_string(result), graph_.type(value).rank());
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
      const Scaled position = terms_.position(0, 1, std::to_string(count));
      const Scaled place =
          terms_.mask(terms_.compare("=", position, {static_cast<double>(hot), one}, 1));
      return {meant(element(hot), literal.type.dtype), place.term};
    }
    if (!alike)
      if (const auto identity = multiple_of_identity(literal.type, element)) return *identity;
    if (!alike) return terms_.symbol(names_[value.id], rank);
    return {count > 0 ? meant(element(0), literal.type.dtype) : 0, one};
  }

  /// c I
  template <class Element>
  std::optional<Scaled> multiple_of_identity(const Type& type, Element element) {
    if (type.rank() != 2 || type.shape[0] != type.shape[1]) return std::nullopt;
    const std::int64_t size = type.shape[0];
    for (std::int64_t i = 0; i < size * size; ++i)
      if (element(i) != (i % (size + 1) == 0 ? element(0) : 0)) return std::nullopt;
    const auto place = [&](std::int64_t axis) {
      return terms_.position(axis, 2, std::to_string(size));
    };
    const Scaled identity = terms_.mask(terms_.compare("=", place(0), place(1), 2));
    return Scaled{meant(element(0), type.dtype), identity.term};
  }

  /// With a name, if it has one worth keeping or needs one.
  Scaled kept(Value value, Scaled x, int rank) {
    const Term& term = terms_[x.term];
    if (graph_.is_leaf(value) || brief(term.kind) || term.kind == Kind::compare) return x;
    if (const auto name = around_.named.find(value.id); name != around_.named.end())
      return terms_.named(name->second, x, rank);
    const bool open = term.kind == Kind::product; // may meet its like
    const bool user =
        !graph_.value_name(value).empty() && graph_.name_kind(value) == NameKind::user;
    const std::string& steps = loop_names_.around;
    if (user && !open && uses_[value.id] > 1 && term.size > short_name)
      return terms_.named(graph_.value_name(value) + (steps.empty() ? "" : subscript(steps)), x,
                          rank);
    if (term.size > long_term) return terms_.named("", x, rank);
    return x;
  }
  static bool brief(Kind kind) {
    constexpr std::array kinds = {Kind::one,   Kind::symbol, Kind::named,
                                  Kind::state, Kind::series, Kind::step};
    return std::ranges::find(kinds, kind) != kinds.end();
  }

  const Graph& graph_;
  Terms& terms_;
  LoopNames& loop_names_;
  const Surroundings around_;
  std::vector<std::string> names_;
  std::vector<std::uint32_t> uses_;
  std::vector<Scaled> values_; ///< by value
  std::unordered_map<const OpRow*, Scaled (*)(const At&)> readings_;
};

} // namespace

std::vector<Scaled> read(const Graph& graph, Terms& terms) {
  LoopNames names;
  for (std::uint32_t id = 0; id < graph.value_count(); ++id)
    names.taken.insert(graph.value_name(Value{id}));
  for (const Value leaf : graph.inputs) names.taken.insert(graph.leaf_name(leaf));
  for (const Output& output : graph.outputs) names.taken.insert(output.name);
  return Reader(graph, terms, names).read();
}

} // namespace nnc::formula
