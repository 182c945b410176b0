#include "ir/broken_graphs.h"

#include "ir/builder.h"

namespace nnc::test {

const std::string_view good_graph = R"(
func @f(%x: f32[2,3], param %w: f32[3]) -> (%y) update (w = %w2) {
  %a  = mul %x, %x        : f32[2,3]
  %s  = sum %a {axes = [0]} : f32[3]
  %y  = exp %s            : f32[3]
  %w2 = sub %w, %y        : f32[3]
})";

namespace {

Node& node(Graph& graph, std::uint32_t id) { return const_cast<Node&>(graph.node(NodeId{id})); }

void set_attrs(Graph& graph, std::uint32_t id, Attrs attrs) {
  node(graph, id).attrs = graph.context().attrs.intern(std::move(attrs));
}

void call(Graph& graph, std::shared_ptr<const Graph> body) {
  const Type* type = &graph.type(Value{w});
  const Value operand{w};
  graph.add_checked(graph.context().ops.at("call"), {&operand, 1},
                    graph.context().attrs.intern({Body{std::move(body)}, false}), {}, {&type, 1});
}

/// A function of one f32[3], in a context that outlives the tests.
std::shared_ptr<Graph> negation(Context& context) {
  auto graph = std::make_shared<Graph>(context, "negation");
  Builder b(*graph);
  const Value v = graph->add_leaf("v", Role::input, {DType::f32, {3}}, {});
  graph->outputs = {{"n", b.op("neg", {v})}};
  return graph;
}

} // namespace

void set_operands(Graph& graph, std::uint32_t id, std::vector<Value> operands) {
  static std::deque<std::vector<Value>> kept;
  kept.push_back(std::move(operands));
  node(graph, id).inputs = kept.back().data();
  node(graph, id).input_count = static_cast<std::uint16_t>(kept.back().size());
}

namespace {

using Integers = std::vector<std::int64_t>;

const BrokenGraph cases[] = {
    {"row", "row_of_another_table",
     [](Graph& g) {
       static const OpTable other = standard_ops();
       node(g, y).row = &other.at("exp");
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %a = mul %x, %x : f32[2,3]
  %s = sum %a {axes = [0], keep = false} : f32[3]
  %y = exp %s : f32[3]
  ^~~~~~~~~~~~~~~~~~~~
  error: row: the row is not in the table of ops
  %w2 = sub %w, %y : f32[3]
}
)"},
    {"results", "results_of_another_node", [](Graph& g) { node(g, y).first = Value{s}; }, R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %a = mul %x, %x : f32[2,3]
  %s = sum %a {axes = [0], keep = false} : f32[3]
  %s = exp %s : f32[3]
  ^~~~~~~~~~~~~~~~~~~~
  error: results: its results are not those after the last node's
  %w2 = sub %w, %y : f32[3]
}
)"},
    {"operands", "operand_of_a_later_line",
     [](Graph& g) {
       set_operands(g, a, {Value{x}, Value{y}});
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  %x = input {name = "x", role = "input", type = f32[2,3]} : f32[2,3]
  %w = input {name = "w", role = "param", type = f32[3]} : f32[3]
  %a = mul %x, %y : f32[2,3]
  ^~~~~~~~~~~~~~~~~~~~~~~~~~
  error: operands: operand 1 is not computed before it
  %s = sum %a {axes = [0], keep = false} : f32[3]
  %y = exp %s : f32[3]
  ...
}
)"},
    {"operands", "operand_that_is_no_value", [](Graph& g) { set_operands(g, y, {Value{}}); }, R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %a = mul %x, %x : f32[2,3]
  %s = sum %a {axes = [0], keep = false} : f32[3]
  %y = exp %? : f32[3]
  ^~~~~~~~~~~~~~~~~~~~
  error: operands: operand 0 is no value
  %w2 = sub %w, %y : f32[3]
}
)"},
    {"operands", "too_few_operands", [](Graph& g) { set_operands(g, w2, {Value{w}}); }, R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %s = sum %a {axes = [0], keep = false} : f32[3]
  %y = exp %s : f32[3]
  %w2 = sub %w : f32[3]
  ^~~~~~~~~~~~~~~~~~~~~
  error: operands: sub does not take 1 operands
}
)"},
    {"attributes", "attributes_of_another_row", [](Graph& g) { set_attrs(g, s, {}); }, R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %w = input {name = "w", role = "param", type = f32[3]} : f32[3]
  %a = mul %x, %x : f32[2,3]
  %s = sum %a : f32[3]
  ^~~~~~~~~~~~~~~~~~~~
  error: attributes: 0 attributes, sum has 2
  %y = exp %s : f32[3]
  %w2 = sub %w, %y : f32[3]
}
)"},
    {"attributes", "attribute_of_another_kind",
     [](Graph& g) {
       set_attrs(g, s, {std::int64_t{0}, false});
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %w = input {name = "w", role = "param", type = f32[3]} : f32[3]
  %a = mul %x, %x : f32[2,3]
  %s = sum %a {axes = 0, keep = false} : f32[3]
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  error: attributes: attribute 'axes' is a integer, not a list of integers
  %y = exp %s : f32[3]
  %w2 = sub %w, %y : f32[3]
}
)"},
    {"attributes", "bytes_that_are_missing",
     [](Graph& g) {
       const Type type{DType::f32, {3}};
       const Literal literal{type, std::make_shared<std::vector<std::byte>>(8)};
       const Type* pointer = &type;
       g.add_checked(g.context().ops.at("constant"), {}, g.context().attrs.intern({type, literal}),
                     {}, {&pointer, 1});
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %y = exp %s : f32[3]
  %w2 = sub %w, %y : f32[3]
  %6 = constant {type = f32[3], value = f32[3](...)} : f32[3]
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  error: attributes: the bytes of 'value' are not a f32[3]
}
)"},
    {"bodies", "function_of_another_context",
     [](Graph& g) {
       static const OpTable table = standard_ops();
       static Context context(table);
       call(g, negation(context));
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %y = exp %s : f32[3]
  %w2 = sub %w, %y : f32[3]
  %6 = call %w {function = body, checkpoint = false} : f32[3]
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  error: bodies: the function it calls is of another context
}
)"},
    {"types", "type_that_the_row_does_not_give",
     [](Graph& g) {
       set_attrs(g, s, {Integers{1}, false});
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %w = input {name = "w", role = "param", type = f32[3]} : f32[3]
  %a = mul %x, %x : f32[2,3]
  %s = sum %a {axes = [1], keep = false} : f32[3]
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  error: types: sum gives f32[2], not f32[3]
  %y = exp %s : f32[3]
  %w2 = sub %w, %y : f32[3]
}
)"},
    {"types", "operands_that_do_not_fit",
     [](Graph& g) {
       set_operands(g, w2, {Value{x}, Value{y}});
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %s = sum %a {axes = [0], keep = false} : f32[3]
  %y = exp %s : f32[3]
  %w2 = sub %x, %y : f32[3]
  ^~~~~~~~~~~~~~~~~~~~~~~~~
  error: types: sub: operands are f32[2,3] and f32[3]
}
)"},
    {"types", "attributes_that_are_not_in_their_form",
     [](Graph& g) {
       set_attrs(g, s, {Integers{-2}, false});
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %w = input {name = "w", role = "param", type = f32[3]} : f32[3]
  %a = mul %x, %x : f32[2,3]
  %s = sum %a {axes = [-2], keep = false} : f32[3]
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  error: types: attribute 'axes' should be [0], not [-2]
  %y = exp %s : f32[3]
  %w2 = sub %w, %y : f32[3]
}
)"},
    {"interned", "node_that_is_there_twice",
     [](Graph& g) {
       node(g, w2).row = g.node(NodeId{y}).row;
       node(g, w2).attrs = g.node(NodeId{y}).attrs;
       set_operands(g, w2, {Value{s}});
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
  ...
  %s = sum %a {axes = [0], keep = false} : f32[3]
  %y = exp %s : f32[3]
  %w2 = exp %s : f32[3]
  ^~~~~~~~~~~~~~~~~~~~~
  error: interned: it is there already
}
)"},
    {"leaves", "input_that_is_no_leaf", [](Graph& g) { g.inputs.push_back(Value{y}); }, R"(
func @f(%x: f32[2,3], %w: f32[3], %y: f32[3]) -> (y = %y) update (w = %w2) {
error: leaves: an input is no leaf
  ...
}
)"},
    {"leaves", "leaf_that_is_no_input", [](Graph& g) { g.inputs.pop_back(); }, R"(
func @f(%x: f32[2,3]) -> (y = %y) update (w = %w2) {
error: leaves: 2 leaves, 1 inputs
  ...
}
)"},
    {"leaves", "input_that_is_there_twice", [](Graph& g) { g.inputs.push_back(Value{x}); }, R"(
func @f(%x: f32[2,3], %w: f32[3], %x: f32[2,3]) -> (y = %y) update (w = %w2) {
error: leaves: 'x' is there twice
  ...
}
)"},
    {"leaves", "leaf_of_no_role",
     [](Graph& g) {
       set_attrs(g, x, {std::string("x"), std::string("weight"), Type{DType::f32, {2, 3}}});
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2) {
error: leaves: 'x' is a 'weight'
  ...
}
)"},
    {"outputs", "output_that_is_no_value",
     [](Graph& g) {
       g.outputs.push_back({"z", {}});
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y, z = %?) update (w = %w2) {
error: outputs: 'z' is no value
  ...
}
)"},
    {"outputs", "output_that_is_there_twice",
     [](Graph& g) {
       g.outputs.push_back({"y", Value{a}});
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y, y = %a) update (w = %w2) {
error: outputs: 'y' is there twice
  ...
}
)"},
    {"updates", "update_of_an_input", [](Graph& g) { g.updates[0].target = "x"; }, R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (x = %w2) {
error: updates: 'x' is no param or state
  ...
}
)"},
    {"updates", "update_of_another_type", [](Graph& g) { g.updates[0].value = Value{x}; }, R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %x) {
error: updates: 'w' is f32[3], its new value f32[2,3]
  ...
}
)"},
    {"updates", "update_to_no_value", [](Graph& g) { g.updates[0].value = Value{9}; }, R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %?) {
error: updates: the new value of 'w' is no value
  ...
}
)"},
    {"updates", "update_that_is_there_twice",
     [](Graph& g) {
       g.updates.push_back({"w", Value{y}});
     },
     R"(
func @f(%x: f32[2,3], %w: f32[3]) -> (y = %y) update (w = %w2, w = %y) {
error: updates: 'w' is updated twice
  ...
}
)"},
    {"calls", "function_that_calls_itself",
     [](Graph& g) {
       const auto body = negation(g.context());
       const Type* type = &body->type(Value{0});
       const Value v{0};
       body->add_checked(g.context().ops.at("call"), {&v, 1},
                         g.context().attrs.intern({Body{body}, false}), {}, {&type, 1});
       call(g, body);
     },
     R"(
func @negation(%v: f32[3]) -> (n = %1) {
  %v = input {name = "v", role = "input", type = f32[3]} : f32[3]
  %1 = neg %v : f32[3]
  %2 = call %v {function = body, checkpoint = false} : f32[3]
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  error: calls: 'negation' is called from within itself
}
)"},
};

} // namespace

std::span<const BrokenGraph> broken_graphs() { return cases; }

} // namespace nnc::test
