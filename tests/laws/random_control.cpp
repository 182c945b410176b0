#include "laws/random_control.h"

#include "ir/control.h"
#include "ir/grad_node.h"
#include "laws/draw.h"

#include <array>
#include <memory>

namespace nnc {
namespace {

constexpr std::int64_t slices = 3;
constexpr int deepest = 3;

const std::array types = {Type{DType::f64, {}}, Type{DType::f64, {2}},
                          Type{DType::f64, {slices, 2}}};
const Type counter{DType::i64, {}};

Type slice_of(Type type) {
  type.shape.erase(type.shape.begin());
  return type;
}

/// A graph that grows by random choices.
class Growing {
public:
  Growing(Context& context, std::string name, Choices& choices, int depth)
      : graph_(std::make_shared<Graph>(context, std::move(name))), b_(*graph_), c_(choices),
        depth_(depth) {}

  Value leaf(const std::string& name, const Type& type) {
    const Value value = add_input(*graph_, name, type);
    if (type != counter) values_.push_back(value);
    return value;
  }

  void grow(std::int64_t ops) {
    for (std::int64_t i = 0; i < ops; ++i) {
      const bool control = depth_ < deepest && c_.one_in(3);
      add(control ? control_node() : plain_node());
    }
  }

  /// A value of the type that was made rather than taken, kept within -1..1.
  void give(const std::string& name, const Type& type) {
    Value value = pick(type);
    if (graph_->is_leaf(value) || c_.one_in(2))
      value = b_.op(c_.one_in(2) ? "tanh" : "sin", {value});
    add_output(*graph_, name, value);
  }

  std::shared_ptr<Graph> finished() {
    if (b_.error()) throw InternalError(b_.error()->message);
    return graph_;
  }

  Builder& builder() { return b_; }

private:
  void add(const std::vector<Value>& made) {
    for (const Value value : made)
      for (const Type& type : types)
        if (b_.type(value) == type) values_.push_back(value);
  }

  /// The last ones are chosen most often, so that graphs are deep.
  Value pick(const Type& type) {
    std::vector<Value> fit;
    for (const Value value : values_)
      if (b_.type(value) == type) fit.push_back(value);
    if (fit.empty()) return convert(type);
    return c_.one_in(2) ? fit.back() : c_.of(fit);
  }

  Value convert(const Type& type) {
    const Value from = c_.of(values_);
    Value number = from;
    if (b_.rank(from) > 0) number = b_.sum(from, b_.rank(from) == 1 ? Axes{0} : Axes{0, 1});
    return type.scalar() ? number : b_.broadcast(number, type.shape, {});
  }

  std::vector<Value> plain_node() {
    static const std::vector<std::string> unary = {"sin", "tanh", "sigmoid", "softplus", "neg"};
    static const std::vector<std::string> binary = {"add", "sub", "mul"};
    const Type& type = types[static_cast<std::size_t>(c_.below(types.size()))];
    switch (c_.below(5)) {
    case 0:
    case 1:
      return {b_.op(c_.of(unary), {pick(type)})};
    case 2:
      return {convert(type)};
    case 3: {
      const Value x = pick(type), y = pick(type);
      return {b_.select(b_.op("gt", {x, b_.full(type, 0.1)}), b_.mul(x, y), b_.op("sin", {y}))};
    }
    default:
      return {b_.op(c_.of(binary), {pick(type), pick(type)})};
    }
  }

  std::vector<Value> control_node() {
    switch (c_.below(4)) {
    case 0:
      return branch();
    case 1:
      return conditional_loop();
    case 2:
      return descent();
    default:
      return scan();
    }
  }

  std::vector<Value> some(std::int64_t most, std::vector<Value> list = {}) {
    for (std::int64_t i = c_.below(most + 1); i > 0; --i)
      list.push_back(pick(types[static_cast<std::size_t>(c_.below(2))]));
    return list;
  }

  Growing inner(const std::string& name) { return {graph_->context(), name, c_, depth_ + 1}; }

  std::vector<Value> branch() {
    std::vector<Value> operands = some(2, {pick(types[0])});
    const Value test = b_.op("gt", {operands[0], b_.scalar(DType::f64, 0.05)});
    const std::vector<Type> results(static_cast<std::size_t>(c_.between(1, 2)), types[1]);
    const auto side = [&](const std::string& name) {
      Growing body = inner(name);
      for (const Value operand : operands) body.leaf("x", b_.type(operand));
      body.grow(c_.between(1, 3));
      for (const Type& type : results) body.give("y", type);
      return body.finished();
    };
    const auto then = side("then"), otherwise = side("else");
    std::vector<Value> all{test};
    all.insert(all.end(), operands.begin(), operands.end());
    return build_branch(b_, all, then, otherwise);
  }

  std::vector<Value> scan() {
    LoopParts loop{.body = {},
                   .carries = some(1, {pick(types[1])}),
                   .with = some(2),
                   .length = slices,
                   .reverse = c_.one_in(2),
                   .checkpoint = false};
    for (std::int64_t i = c_.below(3); i > 0; --i) loop.over.push_back(pick(types[2]));
    if (loop.over.empty()) loop.length = c_.between(0, 5);
    loop.checkpoint = loop.length >= 4 && c_.one_in(2);
    if (c_.one_in(4))
      loop.count = b_.op("add", {b_.scalar(counter.dtype, 1), b_.scalar(counter.dtype, 1)});
    Growing body = inner("cell");
    for (const Value value : loop.carries) body.leaf("c", b_.type(value));
    for (const Value value : loop.over) body.leaf("x", slice_of(b_.type(value)));
    for (const Value value : loop.with) body.leaf("w", b_.type(value));
    body.grow(c_.between(2, 4));
    for (const Value value : loop.carries) body.give("c1", b_.type(value));
    if (loop.length == slices && !c_.one_in(3)) body.give("y", types[1]); // stacked as types[2]
    loop.body = body.finished();
    return build_loop(b_, loop);
  }

  std::vector<Value> conditional_loop() {
    LoopParts loop{
        .body = {}, .carries = some(1, {pick(types[1])}), .with = some(1), .length = slices};
    loop.carries.push_back(b_.scalar(counter.dtype, 0));
    Growing body = inner("step"), condition = inner("more");
    Value count;
    for (Growing* one : {&body, &condition}) {
      for (std::size_t i = 0; i + 1 < loop.carries.size(); ++i)
        one->leaf("c", b_.type(loop.carries[i]));
      count = one->leaf("k", counter);
      for (const Value value : loop.with) one->leaf("w", b_.type(value));
    }
    Builder& asks = condition.builder();
    add_output(
        *condition.graph_, "more",
        asks.op("lt", {count, asks.scalar(counter.dtype, static_cast<double>(c_.between(0, 4)))}));
    body.grow(c_.between(1, 3));
    for (std::size_t i = 0; i + 1 < loop.carries.size(); ++i)
      body.give("c1", b_.type(loop.carries[i]));
    const Value k = body.graph_->inputs[loop.carries.size() - 1];
    add_output(*body.graph_, "k1", body.builder().add(k, 1.0));
    if (c_.one_in(2)) body.give("y", types[1]);
    loop.body = body.finished();
    loop.condition = condition.finished();
    return build_loop(b_, loop);
  }

  /// A step along a gradient in each iteration.
  std::vector<Value> descent() {
    LoopParts loop{.body = {}, .carries = {pick(types[1])}, .with = some(1), .length = 2};
    Growing body = inner("descent");
    const Value w = body.leaf("w", types[1]);
    for (const Value value : loop.with) body.leaf("x", b_.type(value));
    body.grow(c_.between(1, 3));
    Builder& b = body.builder();
    const Value loss = b.sum(b.mul(body.pick(types[1]), b.op("sin", {w})), {0});
    const auto gradient = build_grad(b, {loss, {}, {&w, 1}});
    if (b.error()) throw InternalError(b.error()->message);
    add_output(*body.graph_, "w1", b.sub(w, b.mul(b.op("tanh", {gradient[0]}), 0.1)));
    loop.body = body.finished();
    return build_loop(b_, loop);
  }

  using Axes = std::vector<std::int64_t>;
  std::shared_ptr<Graph> graph_;
  Builder b_;
  Choices& c_;
  const int depth_;
  std::vector<Value> values_;
};

} // namespace

Graph random_control(Context& context, std::uint64_t word) {
  Choices choices(word);
  Growing function(context, "f", choices, 0);
  for (const Type& type : types) function.leaf("x", type);
  function.grow(choices.between(2, 5));
  for (const Type& type : types) function.give("y", type);
  return std::move(*function.finished());
}

} // namespace nnc
