// How functions and rows are found, what becomes of numbers and skipped operands, and what wrong
// calls say.

#include "ir/interpret/interpreter.h"
#include "nn/cases.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nnc::nn {
namespace {

/// A graph with leaves named by their types, in which one call after the other is tried.
class Calls : public testing::Test {
protected:
  Operand leaf(std::string name, std::string_view type, Role role = Role::input) {
    return graph.add_leaf(name, role, *parse_type(type), {});
  }
  /// The types of the results, or the error as "code message (help)".
  std::string call(std::string_view name, std::vector<Operand> operands,
                   const NamedAttrs& attrs = {}) {
    Scope scope(graph, functions, standalone(graph));
    scope.training = training;
    const std::vector<Value> results = apply(scope, name, operands, attrs);
    if (const auto& error = scope.error())
      return error->code + " " + error->message +
             (error->help.empty() ? "" : " (" + error->help + ")");
    std::string types;
    for (const Value value : results)
      types += (types.empty() ? "" : " ") + to_string(graph.type(value));
    return types;
  }

  OpTable ops = standard_ops();
  FunctionTable functions = standard_functions();
  Context context{ops};
  Graph graph{context, "calls"};
  bool training = false;
  Operand a = leaf("a", "f32[2,3]"), b = leaf("b", "f32[3]"), w = leaf("w", "f32[3,4]"),
          wide = leaf("wide", "f64[2,3]"), i = leaf("i", "i32[2]"), bits = leaf("bits", "bool[3]");
  Operand none = {};
};

TEST_F(Calls, RowsBroadcastAndTakeNumbers) {
  EXPECT_EQ(call("add", {a, b}), "f32[2,3]");
  EXPECT_EQ(call("add", {Number(0.5), b}), "f32[3]");
  EXPECT_EQ(call("select", {bits, a, Number(0)}), "f32[2,3]");
  EXPECT_EQ(call("add", {i, Number(2.0)}), "i32[2]");
  EXPECT_EQ(call("sum", {a}, {{"axes", std::int64_t{-1}}}), "f32[2]");
  EXPECT_EQ(call("cast", {a}, {{"to", std::string("i64")}}), "i64[2,3]");
  EXPECT_EQ(call("cast", {Number(3)}, {{"to", std::string("u8")}}), "u8[]");
}

TEST_F(Calls, WrongRowsSayWhy) {
  EXPECT_EQ(call("add", {a, i}),
            "E0203 add: shapes do not broadcast: 'a' is f32[2,3], 'i' is i32[2] (sizes are matched "
            "from the last axis; only 1 stretches; reshaped to [2,1], the last one fits)");
  EXPECT_EQ(call("add", {a, wide}).substr(0, 5), "E0203");
  EXPECT_EQ(call("add", {i, Number(0.5)}),
            "E0203 add: i32 cannot hold 0.5 (cast the i32 operand, for example to \"f32\")");
  EXPECT_EQ(call("sqrt", {Number(2)}),
            "E0203 sqrt: the number 2 has no dtype, there is no tensor beside it");
  EXPECT_EQ(call("add", {a}),
            "E0203 add: operand 'y' is missing (it is written add(x, y); `nnc ops add` says more)");
  EXPECT_EQ(call("neg", {a, b}),
            "E0203 neg: takes 1 operand, not 2 (it is written neg(x); `nnc ops neg` says more)");
  EXPECT_EQ(call("sum", {a}, {{"axis", std::int64_t{0}}}),
            "E0204 sum: unknown attribute 'axis' (did you mean 'axes'?)");
  EXPECT_EQ(call("sum", {a}, {{"keep", 0.5}}),
            "E0204 sum: attribute 'keep' is true or false, not 0.5");
}

TEST_F(Calls, UnknownNames) {
  EXPECT_EQ(call("sofmax", {a}), "E0303 there is no operation 'sofmax' (did you mean 'softmax'?)");
  EXPECT_EQ(call("tanhh", {a}), "E0303 there is no operation 'tanhh' (did you mean 'tanh'?)");
  EXPECT_EQ(call("grad", {a}).substr(0, 5), "E0303"); // readers build it themselves
  EXPECT_EQ(call("constant", {}).substr(0, 5), "E0303");
}

TEST_F(Calls, WrongOperandsAreNamed) {
  EXPECT_EQ(call("linear", {a, a}),
            "E0203 linear: inner sizes differ: 'a' is f32[2,3], 'a' is f32[2,3] (transposed, the "
            "second operand fits: write .T behind it)");
  EXPECT_EQ(call("linear", {a, w, b}), "E0203 linear: the bias 'b' is f32[3], but 'w' is f32[3,4]");
  EXPECT_EQ(call("linear", {a, none}), "E0203 linear: operand 'w' is missing (it is written "
                                       "linear(x, w); `nnc ops linear` says more)");
  EXPECT_EQ(call("linear", {a, w, none}), "f32[2,4]");
  EXPECT_EQ(call("mse", {a, b}),
            "E0203 mse: 'a' is f32[2,3], 'b' is f32[3]: prediction and target need one type "
            "(losses do not broadcast; reshape one of the two)");
  EXPECT_EQ(call("mse", {leaf("z", "f32[2,1]"), leaf("y", "f32[2]")}).substr(0, 5), "E0203");
  EXPECT_EQ(call("mse", {a, wide}),
            "E0203 mse: 'a' is f32[2,3], 'wide' is f64[2,3]: prediction and target need one type "
            "(write cast(y, to=\"f32\"))");
  EXPECT_EQ(call("softmax_cross_entropy", {a, b}),
            "E0203 softmax_cross_entropy: 'a' is f32[2,3], 'b' is f32[3]: the target needs class "
            "ids i32[2] or a distribution f32[2,3]");
  EXPECT_EQ(call("softmax_cross_entropy", {a, i}), "f32[]");
  EXPECT_EQ(call("mean", {i}), "E0203 mean: 'i' is i32[2], not floats (write cast(x, to=\"f32\"))");
  EXPECT_EQ(call("elu", {i}).substr(0, 10), "E0203 elu:"); // a row inside complains
  EXPECT_EQ(call("matmul", {a, w}), "f32[2,4]");
}

TEST_F(Calls, NumbersForAnOperandThatMayBeAnAttributeAreTheAttribute) {
  const NamedAttrs shape = {{"shape", std::vector<std::int64_t>{4}}};
  EXPECT_EQ(call("bernoulli", {Number(0.25)}, shape), "bool[4]");
  EXPECT_EQ(call("bernoulli", {Number(1)}, shape), "bool[4]");
  EXPECT_EQ(call("bernoulli", {}, shape),
            "E0203 bernoulli: 'p' is an operand or an attribute, one of the two");
  NamedAttrs both = shape;
  both.push_back({"p", 0.5});
  EXPECT_EQ(call("bernoulli", {Number(0.25)}, both).substr(0, 16), "E0203 bernoulli:");
}

TEST_F(Calls, MarksAreRowsLikeOthers) {
  EXPECT_EQ(call("checkpoint", {a}), "f32[2,3]");
  EXPECT_EQ(call("stop_gradient", {i}), "i32[2]");
  EXPECT_EQ(call("cut", {a}).substr(0, 5), "E0303");
  EXPECT_EQ(call("call", {a}).substr(0, 5), "E0303");
}

TEST_F(Calls, WrongAttributesAreNamed) {
  EXPECT_EQ(call("softmax", {a}, {{"axis", std::int64_t{2}}}),
            "E0204 softmax: 'axis' is 2, outside an operand of rank 2");
  EXPECT_EQ(call("mse", {a, a}, {{"reduction", std::string("men")}}),
            "E0204 mse: attribute 'reduction' is one of \"mean\" \"sum\" \"none\", not \"men\" "
            "(did you mean 'mean'?)");
  EXPECT_EQ(call("one_hot", {i}), "E0204 one_hot: attribute 'depth' is missing (it is integer)");
  EXPECT_EQ(call("split", {a}, {{"parts", std::int64_t{2}}, {"axis", std::int64_t{1}}}),
            "E0204 split: axis 1 of size 3 has no 2 equal parts");
  EXPECT_EQ(call("dropout", {a}, {{"rate", 1.5}}),
            "E0204 dropout: 'rate' is 1.5, not between 0 and 1");
  EXPECT_EQ(call("clip", {a}), "E0204 clip: neither 'low' nor 'high' is given");
  EXPECT_EQ(call("einsum", {a, w}, {{"spec", std::string("ij,jk->il")}}),
            "E0204 einsum: the result of 'ij,jk->il' repeats a letter or has one that no operand "
            "has");
  EXPECT_EQ(call("einsum", {a, a}, {{"spec", std::string("ij,jk")}}),
            "E0203 einsum: a letter of 'ij,jk' has two sizes");
  EXPECT_EQ(call("einsum", {a}, {{"spec", std::string("i1")}}),
            "E0204 einsum: 'spec' is 'i1' (write it like \"ij,jk->ik\")");
}

TEST_F(Calls, ConvolutionsSayWhatDoesNotFit) {
  const Operand x = leaf("x", "f32[1,8,8,2]"), k = leaf("k", "f32[3,3,2,4]");
  EXPECT_EQ(call("conv", {x, k}), "f32[1,6,6,4]");
  EXPECT_EQ(call("conv", {x, leaf("k3", "f32[3,3,3,4]")}),
            "E0203 conv: channels differ: 'x' is f32[1,8,8,2], 'k3' is f32[3,3,3,4], groups 1");
  EXPECT_EQ(call("conv", {x, leaf("k9", "f32[9,9,2,4]")}),
            "E0203 conv: 'x' is f32[1,8,8,2]: axis 1 has 8 elements with padding, fewer than a "
            "window");
  EXPECT_EQ(call("conv", {x, k}, {{"padding", std::string("full")}}),
            "E0204 conv: attribute 'padding' is one of \"valid\" \"same\" or list of integer lists "
            "or integer, not \"full\"");
  EXPECT_EQ(call("conv", {x, k}, {{"padding", std::vector<std::vector<std::int64_t>>{{1, 1}}}}),
            "E0204 conv: 'padding' is [[1,1]], not 2 pairs [low, high] of sizes");
  EXPECT_EQ(call("conv", {x, k}, {{"stride", std::int64_t{0}}}),
            "E0204 conv: 'stride' is [0,0], not 2 positive sizes");
  EXPECT_EQ(call("conv", {a, k}).substr(0, 12), "E0203 conv: ");
  EXPECT_EQ(call("conv", {x, k}, {{"dilation", max_size}}).substr(0, 12), "E0203 conv: ");
}

TEST_F(Calls, OnlyStateIsSet) {
  training = true;
  const Operand mean = leaf("m", "f32[3]", Role::state), var = leaf("v", "f32[3]", Role::state);
  EXPECT_EQ(call("batch_norm", {a, b, b, mean, b}),
            "E0302 batch_norm: 'b' is f32[3]; only state takes a new value");
  graph.updates.clear();
  EXPECT_EQ(call("batch_norm", {a, b, b, mean, var}), "f32[2,3]");
  EXPECT_EQ(graph.updates.size(), 2u);
  EXPECT_EQ(call("batch_norm", {a, b, b, mean, var}), "E0302 batch_norm: state 'm' is set twice");
}

TEST_F(Calls, SitesDrawDifferently) {
  Scope scope(graph, functions, standalone(graph));
  std::vector<Value> keys;
  for (const char* site : {"a", "b", "block/a"}) {
    scope.site = site;
    keys.push_back(scope.site_key());
  }
  EXPECT_NE(keys[0], keys[1]);
  EXPECT_NE(keys[0], keys[2]);
  const auto rng = graph.inputs.back();
  EXPECT_EQ(graph.leaf_name(rng), "rng");
  Scope alone(graph, functions, {});
  EXPECT_FALSE(alone.site_key().valid());
  EXPECT_EQ(alone.error()->code, "E0302");
}

TEST_F(Calls, IdsOutsideTheClassesFail) {
  Graph own(context, "loss");
  const Value z = own.add_leaf("z", Role::input, {DType::f32, {2, 3}}, {});
  const Value y = own.add_leaf("y", Role::input, {DType::i32, {2}}, {});
  Scope scope(own, functions, standalone(own));
  const std::vector<Operand> operands = {z, y};
  own.outputs = {{"loss", apply(scope, "softmax_cross_entropy", operands).at(0)}};
  for (const std::int64_t id : {-1, 3}) {
    const auto got = interpret(own, std::vector{splat_literal({DType::f32, {2, 3}}, 0.5),
                                                splat_literal({DType::i32, {2}}, id)});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, "E0621");
  }
}

TEST_F(Calls, NumbersAlone) {
  const auto of = [&](std::string_view name, std::vector<Number> numbers) {
    return apply_to_numbers(functions, ops, name, numbers);
  };
  EXPECT_EQ(of("div", {1, 3}), Number(1.0 / 3));
  EXPECT_EQ(of("add", {1, 2}), Number(3));
  EXPECT_EQ(of("mul", {0.5, 2}), Number(1.0));
  EXPECT_NEAR(of("sqrt", {2})->real, std::sqrt(2.0), 1e-15);
  EXPECT_NEAR(of("silu", {1.0})->real, 1 / (1 + std::exp(-1.0)), 1e-15);
  EXPECT_FALSE(of("lt", {1, 2}));
  EXPECT_FALSE(of("nothing", {1}));
}

} // namespace
} // namespace nnc::nn
