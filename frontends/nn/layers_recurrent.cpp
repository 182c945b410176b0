// Layers over sequences: a scan whose steps take what the inputs contribute, computed for all of
// them at once before, and add what the last step left behind.

#include "frontends/nn/contraction.h"
#include "ir/control.h"

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;

/// Operands x, w, u and b come first, in every layer.
enum Operands { x, w, u, b };

/// One step: the gates of x, then of h (with `bu` if there is one), and what is carried, h first;
/// gives the new values of what is carried.
using Step = std::vector<Tensor> (*)(const Tensor& of_x, const Tensor& of_h,
                                     std::span<const Tensor> carried);

struct Cell {
  std::int64_t gates;
  int carried;         ///< h alone, or h and more
  int initial;         ///< the operand that h begins with; the others follow
  int inner_bias = -1; ///< the operand that is added to what h contributes
  Step step;
};

Tensor gate(const Tensor& gates, std::int64_t number, std::int64_t count) {
  const std::int64_t size = gates.size(1) / count;
  return slice(gates, 1, number * size, (number + 1) * size);
}

std::vector<Tensor> rnn_step(const Tensor& of_x, const Tensor& of_h, std::span<const Tensor>) {
  return {tanh(of_x + of_h)};
}

std::vector<Tensor> lstm_step(const Tensor& of_x, const Tensor& of_h,
                              std::span<const Tensor> carried) {
  const Tensor all = of_x + of_h;
  const Tensor in = sigmoid(gate(all, 0, 4)), forget = sigmoid(gate(all, 1, 4));
  const Tensor candidate = tanh(gate(all, 2, 4)), out = sigmoid(gate(all, 3, 4));
  const Tensor c = forget * carried[1] + in * candidate;
  return {out * tanh(c), c};
}

std::vector<Tensor> gru_step(const Tensor& of_x, const Tensor& of_h,
                             std::span<const Tensor> carried) {
  const Tensor reset = sigmoid(gate(of_x, 0, 3) + gate(of_h, 0, 3));
  const Tensor keep = sigmoid(gate(of_x, 1, 3) + gate(of_h, 1, 3));
  const Tensor candidate = tanh(gate(of_x, 2, 3) + reset * gate(of_h, 2, 3));
  return {(1.0 - keep) * candidate + keep * carried[0]};
}

constexpr Cell rnn_cell{.gates = 1, .carried = 1, .initial = 4, .step = rnn_step};
constexpr Cell lstm_cell{.gates = 4, .carried = 2, .initial = 4, .step = lstm_step};
constexpr Cell gru_cell{.gates = 3, .carried = 1, .initial = 5, .inner_bias = 4, .step = gru_step};

/// E0203 unless operand `i`, where it is given, has this shape; `what` says what that is.
bool check_shape(Call& call, int i, const Shape& shape, const std::string& what) {
  if (!call.has(i) || call.in(i).shape() == shape) return true;
  call.operand_error(call.describe(i) + ", where " + what + " is " +
                     to_string(Type{call.in(x).dtype(), shape}));
  return false;
}

bool check(Call& call, const Cell& cell) {
  for (int i = 0; i < call.count(); ++i)
    if (call.has(i) && !require_float(call, i)) return false;
  if (call.in(x).rank() != 3) {
    call.operand_error(call.describe(x) + ", not [steps, batch, features]");
    return false;
  }
  if (call.in(u).rank() != 2 || call.in(u).size(1) != cell.gates * call.in(u).size(0)) {
    call.operand_error(call.describe(u) + ", not [H, " + std::to_string(cell.gates) + "*H]",
                       "a matrix for each gate, side by side");
    return false;
  }
  const Shape gates = {call.in(u).size(1)}, hidden = {call.in(x).size(1), call.in(u).size(0)};
  bool fine = check_shape(call, w, {call.in(x).size(2), gates[0]}, "the matrix for x") &&
              check_shape(call, b, gates, "the bias") &&
              (cell.inner_bias < 0 || check_shape(call, cell.inner_bias, gates, "the bias"));
  for (int i = 0; fine && i < cell.carried; ++i)
    fine = check_shape(call, cell.initial + i, hidden, "the state");
  return fine;
}

std::shared_ptr<const Graph> body(Call& call, const Cell& cell, const Type& of_x,
                                  std::span<const Value> carried) {
  auto graph = std::make_shared<Graph>(call.scope.graph().context(), call.function.name + "_step");
  Builder inside(*graph);
  inside.origin = call.scope.origin;
  const auto leaf = [&](const std::string& name, const Type& type) {
    return Tensor(inside, graph->add_leaf(name, Role::input, type, inside.origin));
  };
  std::vector<Tensor> before;
  for (std::size_t i = 0; i < carried.size(); ++i)
    before.push_back(leaf(i == 0 ? "h" : "c", call.scope.type(carried[i])));
  const Tensor gates = leaf("x", of_x);
  Tensor of_h = matmul(before[0], leaf("u", call.in(u).type()));
  if (cell.inner_bias >= 0 && call.has(cell.inner_bias))
    of_h = of_h + leaf("bu", call.in(cell.inner_bias).type());
  const std::vector<Tensor> after = cell.step(gates, of_h, before);
  for (std::size_t i = 0; i < after.size(); ++i) {
    const std::string name = i == 0 ? "h_next" : "c_next";
    graph->outputs.push_back({name, after[i]});
    if (!inside.error()) graph->set_value_name(after[i], name);
  }
  graph->outputs.push_back({"hs", after[0]});
  if (inside.error()) call.scope.fail(*inside.error());
  return graph;
}

Results run(Call& call, const Cell& cell) {
  if (!check(call, cell)) return {};
  Tensor of_x = matmul(call.in(x), call.in(w));
  if (call.has(b)) of_x = of_x + call.in(b);
  const Type hidden{of_x.dtype(), {of_x.size(1), call.in(u).size(0)}};
  LoopParts loop{.body = {}, .over = {of_x}, .with = {call.in(u)}, .length = of_x.size(0)};
  for (int i = 0; i < cell.carried; ++i)
    loop.carries.push_back(call.has(cell.initial + i) ? Value(call.in(cell.initial + i))
                                                      : call.scope.full(hidden, 0));
  if (cell.inner_bias >= 0 && call.has(cell.inner_bias))
    loop.with.push_back(call.in(cell.inner_bias));
  if (call.failed()) return {};
  loop.body = body(call, cell, {of_x.dtype(), {of_x.size(1), of_x.size(2)}}, loop.carries);
  Results results = build_loop(call.scope, loop);
  if (call.failed()) return {};
  results.insert(results.begin(), results.back()); // all h, then what is left at the end
  results.pop_back();
  return results;
}

Function layer(std::string name, std::vector<std::string> more, std::vector<std::string> results,
               std::string doc, std::string formula, Results (*build)(Call&)) {
  Function function{.name = std::move(name),
                    .family = "layer",
                    .operands = {{"x"}, {"w"}, {"u"}, {"b", true}},
                    .results = std::move(results),
                    .doc = std::move(doc),
                    .formula = std::move(formula),
                    .build = build};
  for (std::string& operand : more) function.operands.push_back({std::move(operand), true});
  return function;
}

} // namespace

void add_recurrent_layers(FunctionTable& table) {
  table.add(layer("rnn", {"h0"}, {"hs", "h"},
                  "x [T,B,D], w [D,H], u [H,H], b [H]; h is 0 at first unless given",
                  "h = tanh(x[t] @ w + b + h @ u)",
                  [](Call& call) { return run(call, rnn_cell); }));
  table.add(layer("lstm", {"h0", "c0"}, {"hs", "h", "c"},
                  "x [T,B,D], w [D,4H], u [H,4H], b [4H], gates in the order i f g o",
                  "c = sigmoid(f)*c + sigmoid(i)*tanh(g); h = sigmoid(o)*tanh(c), "
                  "[i f g o] = x[t] @ w + b + h @ u",
                  [](Call& call) { return run(call, lstm_cell); }));
  table.add(layer("gru", {"bu", "h0"}, {"hs", "h"},
                  "x [T,B,D], w [D,3H], u [H,3H], b and bu [3H], gates in the order r z n",
                  "h = (1 - sigmoid(z))*tanh(n) + sigmoid(z)*h, r and z of x[t] @ w + b + h @ u + "
                  "bu, n = x[t] @ w_n + b_n + sigmoid(r)*(h @ u_n + bu_n)",
                  [](Call& call) { return run(call, gru_cell); }));
}

} // namespace nnc::nn
