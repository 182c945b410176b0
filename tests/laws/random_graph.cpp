#include "laws/random_graph.h"

#include "ir/grad_node.h"
#include "ir/interpret/interpreter.h"
#include "laws/draw.h"
#include "testing/checked.h"
#include "testing/laws/derived_sample.h"

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

constexpr std::int64_t most_elements = 300;
constexpr double largest = 1e4, nudge = 1e-4, steepest = 100;

/// One node as a function of its operands' values.
class Single {
public:
  Single(Context& context, const OpRow& row, const Attrs& attrs, std::vector<Literal> operands)
      : operands_(std::move(operands)) {
    std::vector<Type> types;
    for (const Literal& literal : operands_) types.push_back(literal.type);
    graph_ = checked(sample_graph(context, row, attrs, types));
  }

  std::vector<Literal> results() const { return checked(interpret(*graph_, operands_)); }

  /// Neither the values nor the slopes jump between here and a point nearby.
  bool smooth(const std::vector<Literal>& here, Random& random) const {
    std::vector<Literal> nearby = operands_;
    std::vector<Direction> along;
    bool moves = false;
    for (Literal& literal : nearby) {
      along.emplace_back();
      if (!is_float(literal.type.dtype)) continue;
      moves |= literal.type.elements() > 0;
      along.back() = random.direction(literal.type);
      std::vector<double> elements = elements_of(literal);
      for (double& x : elements) x += nudge * (1 + std::fabs(x)) * random.uniform();
      literal = real_literal(literal.type, elements);
    }
    if (!moves) return true;
    const auto there = checked(interpret(*graph_, nearby));
    for (std::size_t i = 0; i < here.size(); ++i)
      if (jumps(here[i], there[i])) return false;
    const auto slope = checked(jvp_by_duals(*graph_, operands_, along));
    const auto slope_there = checked(jvp_by_duals(*graph_, nearby, along));
    for (std::size_t i = 0; i < slope.size(); ++i)
      for (std::size_t k = 0; k < slope[i].size(); ++k)
        if (!close(slope[i][k], slope_there[i][k])) return false;
    return true;
  }

private:
  static bool close(double a, double b) {
    return std::fabs(a - b) <= steepest * nudge * (1 + std::fabs(a));
  }
  static bool jumps(const Literal& a, const Literal& b) {
    if (!is_float(a.type.dtype)) return !(a == b);
    const auto x = elements_of(a), y = elements_of(b);
    for (std::size_t i = 0; i < x.size(); ++i)
      if (!close(x[i], y[i])) return true;
    return false;
  }

  std::vector<Literal> operands_;
  std::optional<Graph> graph_;
};

bool tame(const Literal& literal) {
  if (literal.type.elements() > most_elements) return false;
  if (!is_float(literal.type.dtype)) return true;
  const auto elements = elements_of(literal);
  return std::ranges::all_of(elements, [](double x) { return std::fabs(x) <= largest; });
}

Literal draw_literal(Choices& c, const Type& type, std::int64_t low, std::int64_t high) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::int64_t i = 0; i < type.elements(); ++i) {
    if (is_float(type.dtype)) // an f32 number, so that both widths start from the same
      store_real(type.dtype, bytes->data(), i, static_cast<float>(c.real(-2, 2)));
    else
      store_integer(type.dtype, bytes->data(), i, c.between(low, high));
  }
  return {type, bytes};
}

class Growing : public Operands {
public:
  explicit Growing(Context& context) : graph_(context, "f"), b_(graph_), random_(1) {}

  void grow(std::span<const OpRow* const> rows, Choices& c) {
    const OpRow& row = *rows[static_cast<std::size_t>(c.below(std::ssize(rows)))];
    for (int attempt = 0; attempt < 12; ++attempt) {
      const Call call = draw_call(row, c, *this);
      const std::vector<Value> results = b_.ops(row.name, call.operands, call.attrs);
      const bool typed = !b_.take_error().has_value();
      if (evaluate() && typed) {
        for (const Value value : results) usable_.push_back(value);
        return;
      }
    }
  }

  Value any(Choices& c, std::span<const DType> dtypes) override {
    const DType wanted = dtypes[static_cast<std::size_t>(c.below(std::ssize(dtypes)))];
    std::vector<Value> fit;
    for (const Value value : usable_)
      if (b_.dtype(value) == wanted) fit.push_back(value);
    if (fit.empty() || c.one_in(5)) return input(c, {wanted, draw_shape(c)}, -5, 5);
    if (c.one_in(2))
      fit.erase(fit.begin(), fit.end() - std::min<std::ptrdiff_t>(4, std::ssize(fit)));
    return c.of(fit);
  }

  Value like(Choices& c, const Type& type) override {
    std::vector<Value> fit;
    for (const Value value : usable_)
      if (b_.type(value) == type) fit.push_back(value);
    if (!fit.empty() && !c.one_in(4)) return c.of(fit);
    for (const Value value : usable_)
      if (b_.dtype(value) == type.dtype &&
          broadcast_shapes(b_.shape(value), type.shape) == type.shape)
        fit.push_back(value);
    if (!fit.empty() && !c.one_in(3)) return b_.broadcast_to(c.of(fit), type.shape);
    return input(c, type, -5, 5);
  }

  Value indices(Choices& c, DType dtype, const Shape& shape, std::int64_t extent) override {
    return input(c, {dtype, shape}, 0, extent - 1);
  }

  Builder& builder() override { return b_; }

  RandomGraph finish(Choices& c);

private:
  Value input(Choices& c, const Type& type, std::int64_t low, std::int64_t high) {
    const std::int64_t lowest = is_signed(type.dtype) ? low : 0;
    const std::int64_t highest = type.dtype == DType::boolean ? 1 : high;
    const Value leaf =
        b_.graph().add_leaf("x" + std::to_string(graph_.inputs.size()), Role::input, type, {});
    data_.push_back(draw_literal(c, type, lowest, highest));
    again_.push_back(is_float(type.dtype) || low < 0 ? draw_literal(c, type, lowest, highest)
                                                     : data_.back());
    if (low < 0) usable_.push_back(leaf);
    return leaf;
  }

  /// The values of all new nodes; whether every one of them is fit for a test.
  bool evaluate() {
    bool fit = true;
    for (; evaluated_ < graph_.node_count(); ++evaluated_) {
      const Node& node = graph_.node(NodeId{evaluated_});
      values_.resize(graph_.value_count());
      if (graph_.is_leaf(node.first)) {
        const auto place = std::ranges::find(graph_.inputs, node.first) - graph_.inputs.begin();
        values_[node.first.id] = data_[static_cast<std::size_t>(place)];
        continue;
      }
      std::vector<Literal> operands;
      for (const Value operand : graph_.operands(node)) operands.push_back(values_[operand.id]);
      Single single(graph_.context(), *node.row, graph_.context().attrs[node.attrs], operands);
      const std::vector<Literal> results = single.results();
      std::ranges::copy(results, values_.begin() + node.first.id);
      fit &= std::ranges::all_of(results, tame) && single.smooth(results, random_);
    }
    return fit;
  }

  std::vector<bool> wanted_nodes() const;
  Graph pruned(std::vector<Literal>& data, std::vector<Literal>& again) const;

  Graph graph_;
  Builder b_;
  Random random_;
  std::uint32_t evaluated_ = 0;
  std::vector<Value> usable_;
  std::vector<Literal> values_, data_, again_;
};

/// What the usable values depend on.
std::vector<bool> Growing::wanted_nodes() const {
  std::vector<bool> wanted(graph_.node_count());
  for (const Value value : usable_) wanted[graph_.node_of(value).id] = true;
  for (std::uint32_t id = graph_.node_count(); id-- > 0;)
    if (wanted[id])
      for (const Value operand : graph_.operands(NodeId{id}))
        wanted[graph_.node_of(operand).id] = true;
  return wanted;
}

/// Without the remains of refused attempts. Outputs are the values that nothing uses.
Graph Growing::pruned(std::vector<Literal>& data, std::vector<Literal>& again) const {
  const std::vector<bool> wanted = wanted_nodes();
  Graph to(graph_.context(), "f");
  std::vector<Value> map(graph_.value_count());
  std::vector<bool> used(graph_.value_count());
  for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
    if (!wanted[id]) continue;
    const Node& node = graph_.node(NodeId{id});
    for (const Value operand : graph_.operands(node)) used[operand.id] = true;
    if (!graph_.is_leaf(node.first)) {
      copy_node(graph_, NodeId{id}, to, map);
      continue;
    }
    const auto place = std::ranges::find(graph_.inputs, node.first) - graph_.inputs.begin();
    map[node.first.id] =
        to.add_leaf(graph_.leaf_name(node.first), Role::input, graph_.type(node.first), {});
    data.push_back(data_[static_cast<std::size_t>(place)]);
    again.push_back(again_[static_cast<std::size_t>(place)]);
  }
  for (std::uint32_t id = 0; id < graph_.value_count(); ++id)
    if (const NodeId node = graph_.node_of(Value{id}); wanted[node.id] && !used[id])
      if (!graph_.is_leaf(Value{id}))
        to.outputs.push_back({"y" + std::to_string(to.outputs.size()), map[id]});
  return to;
}

/// Adds s = sum of <float output, c_i>, and its gradient.
void add_gradient(Graph& graph, std::vector<Literal>& inputs, Choices& c) {
  Builder b(graph);
  std::vector<Value> variables, terms;
  for (const Value leaf : graph.inputs)
    if (is_float(graph.type(leaf).dtype)) variables.push_back(leaf);
  const std::size_t count = graph.outputs.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Value y = graph.outputs[i].value;
    if (!is_float(graph.type(y).dtype)) continue;
    const Value ct = graph.add_leaf("c" + std::to_string(i), Role::input, graph.type(y), {});
    inputs.push_back(draw_literal(c, graph.type(y), 0, 0));
    const Value term = b.op("sum", {b.mul(y, ct)});
    terms.push_back(terms.empty() ? term : b.add(terms.back(), term));
  }
  if (variables.empty() || terms.empty()) return;
  const auto gradient = build_grad(b, {terms.back(), {}, variables});
  graph.outputs.push_back({"s", terms.back()});
  for (const Value g : gradient)
    graph.outputs.push_back({"g" + std::to_string(graph.outputs.size()), g});
  if (auto error = b.take_error()) throw InternalError(error->message);
}

RandomGraph Growing::finish(Choices& c) {
  RandomGraph random;
  std::vector<Literal> again;
  Graph graph = pruned(random.inputs, again);
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    const OpRow& row = *graph.node(NodeId{id}).row;
    ++random.rows[row.name];
    random.reduces |= row.kind == "reduce" || row.kind == "contract";
  }
  const auto here = interpret(graph, random.inputs), there = interpret(graph, again);
  random.dull = here && there && *here == *there;
  random.plain_outputs = graph.outputs.size();
  add_gradient(graph, random.inputs, c);
  random.function = std::move(graph);
  return random;
}

} // namespace

std::vector<const OpRow*> drawn_rows(const OpTable& table) {
  std::vector<const OpRow*> rows;
  for (const OpRow* row : table.rows())
    if (row->name == "stop_gradient" ||
        (row->kind != "structure" && (row->element != nullptr || row->body != nullptr)))
      rows.push_back(row);
  return rows;
}

RandomGraph random_graph(Context& context, const Recipe& recipe) {
  Growing growing(context);
  const auto rows = drawn_rows(context.ops);
  for (const std::uint64_t word : recipe) {
    Choices choices(word);
    growing.grow(rows, choices);
  }
  Choices choices(recipe.size());
  return growing.finish(choices);
}

} // namespace nnc
