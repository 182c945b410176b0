// The interpreter beyond what samples can say: errors, options, control, order and speed.

#include "ir/interpret/interpreter.h"
#include "ir/interpret/memory.h"

#include "ir/builder.h"
#include "ir/control.h"
#include "ir/interpret/dual.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>

namespace nnc {
namespace {

Literal reals(const Type& type, const std::vector<double>& elements) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::size_t i = 0; i < elements.size(); ++i)
    store_real(type.dtype, bytes->data(), static_cast<std::int64_t>(i), elements[i]);
  return {type, std::move(bytes)};
}

Literal integers(const Type& type, const std::vector<std::int64_t>& elements) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::size_t i = 0; i < elements.size(); ++i)
    store_integer(type.dtype, bytes->data(), static_cast<std::int64_t>(i), elements[i]);
  return {type, std::move(bytes)};
}

class Interpreter : public testing::Test {
protected:
  Value leaf(std::string_view name, const Type& type) {
    return graph.add_leaf(name, Role::input, type, {});
  }
  void output(Value value) {
    ASSERT_TRUE(value.valid()) << b.error()->message;
    graph.outputs.push_back({"y", value});
  }
  double real(std::initializer_list<Literal> inputs) {
    const auto values = interpret(graph, std::vector<Literal>(inputs));
    if (!values) ADD_FAILURE() << values.error().message;
    return values ? literal_real((*values)[0], 0) : 0;
  }

  OpTable table = standard_ops();
  Context context{table};
  Graph graph{context, "f"};
  Builder b{graph};
};

const Type f32{DType::f32, {}};
const Type f64{DType::f64, {}};

TEST_F(Interpreter, RoundsEveryResultToItsDtype) {
  const Value x = leaf("x", f32);
  output(b.sub(b.add(x, 1.0), x)); // 2^24 + 1 is no f32
  EXPECT_EQ(real({reals(f32, {0x1p24})}), 0.0);
}

TEST_F(Interpreter, SumsInF32FromTheFirstElement) {
  const Type type{DType::f32, {4}};
  output(b.sum(leaf("x", type), {0}));
  EXPECT_EQ(real({reals(type, {0x1p24, 1, 1, 1})}), 0x1p24);
  EXPECT_EQ(real({reals(type, {1, 1, 1, 0x1p24})}), 0x1p24 + 4); // 3 + 2^24, to even
}

TEST_F(Interpreter, FlushesDenormalsOfArithmeticAlone) {
  const double denormal = 0x1p-130;
  const Value x = leaf("x", f32);
  output(b.neg(x));
  graph.outputs.push_back({"sum", b.add(x, x)});
  graph.outputs.push_back({"half", b.mul(x, b.full(f32, 0x1p-20))});
  graph.outputs.push_back({"equal", b.op("eq", {x, b.full(f32, 0.0)})});
  const auto flushed = *interpret(graph, std::vector{reals(f32, {denormal})});
  EXPECT_EQ(literal_real(flushed[0], 0), -denormal);
  EXPECT_EQ(literal_real(flushed[1], 0), 0.0);
  EXPECT_EQ(literal_integer(flushed[3], 0), 1);
  const auto tiny = *interpret(graph, std::vector{reals(f32, {-0x1p-120})});
  EXPECT_EQ(literal_real(tiny[2], 0), 0.0);
  EXPECT_TRUE(std::signbit(literal_real(tiny[2], 0)));
  context.flush_denormals = false;
  const auto kept = *interpret(graph, std::vector{reals(f32, {denormal})});
  EXPECT_EQ(literal_real(kept[1], 0), 2 * denormal);
  EXPECT_EQ(literal_real(kept[2], 0), 0.0); // below the last denormal
  EXPECT_EQ(literal_integer(kept[3], 0), 0);
}

TEST_F(Interpreter, NamesTheNodeOfAnIndexOutsideItsAxis) {
  const Type table_type{DType::f32, {3, 2}}, index_type{DType::i32, {2, 2}};
  const Value x = leaf("x", table_type), i = leaf("i", index_type);
  b.origin = context.origins.add({.place = {.file = "m.json", .line = 7, .column = 3}});
  const Value y = b.op("gather", {x, i}, {{"axes", std::vector<std::int64_t>{0}}});
  graph.set_value_name(y, "rows");
  output(y);
  const Literal data = reals(table_type, {1, 2, 3, 4, 5, 6});
  const auto fine = interpret(graph, std::vector{data, integers(index_type, {0, 2, 1, 2})});
  ASSERT_TRUE(fine);
  EXPECT_EQ(literal_real((*fine)[0], 2), 5.0);
  for (const std::int64_t bad : {std::int64_t{3}, std::int64_t{-1}}) {
    const auto result = interpret(graph, std::vector{data, integers(index_type, {0, 2, bad, 2})});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, "E0621");
    EXPECT_EQ(result.error().message,
              "'rows': index " + std::to_string(bad) + " at [1,0] of 'i' is outside 0..2");
    EXPECT_EQ(result.error().place.line, 7);
  }
}

TEST_F(Interpreter, RefusesInputsThatDoNotFit) {
  output(b.neg(leaf("x", f32)));
  const auto none = interpret(graph, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "'f' takes 1 inputs, not 0");
  const auto wide = interpret(graph, std::vector{reals(f64, {1})});
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().code, "E0620");
  EXPECT_EQ(wide.error().message, "'x' is f32[], not f64[]");
}

TEST_F(Interpreter, RefusesWhatDoesNotFitIntoMemory) {
  output(b.full({DType::f32, {std::int64_t{1} << 40}}, 1.0));
  const auto result = interpret(graph, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "E0622");
  EXPECT_NE(result.error().message.find("f32[1099511627776]"), std::string::npos);
}

TEST_F(Interpreter, AsksForDifferentiateFirst) {
  const Value x = leaf("x", f32);
  output(b.op("grad", {b.mul(x, x), x}, {{"wrt", std::int64_t{1}}}));
  const auto result = interpret(graph, std::vector{reals(f32, {1})});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "E0401");
}

TEST_F(Interpreter, RunsCalledFunctions) {
  auto body = std::make_shared<Graph>(context, "square");
  Builder inside(*body);
  const Value p = body->add_leaf("p", Role::input, f64, {});
  body->outputs.push_back({"q", inside.mul(p, p)});
  Value y = leaf("x", f64);
  for (int i = 0; i < 3; ++i) y = b.op("call", {y}, {{"function", Body{body}}});
  output(y);
  EXPECT_EQ(real({reals(f64, {2})}), 256.0);
  const auto slope = jvp_by_duals(graph, std::vector{reals(f64, {2})}, std::vector<Direction>{{1}});
  ASSERT_TRUE(slope);
  EXPECT_EQ((*slope)[0][0], 8 * 128.0); // 8 x^7
}

/// What is foretold is what it takes, inside of the function too.
TEST_F(Interpreter, FunctionsThatAreCalledTakeMemory) {
  auto body = std::make_shared<Graph>(context, "spread");
  Builder inside(*body);
  const Value p = body->add_leaf("p", Role::input, f64, {});
  const Value wide = inside.full({DType::f64, {100}}, 2.0);
  body->outputs.push_back({"q", inside.mul(p, inside.sum(wide, {0}))});
  output(b.op("call", {leaf("x", f64)}, {{"function", Body{body}}}));
  const std::int64_t bytes = bytes_of_run(graph);
  EXPECT_GE(bytes, 100 * 8);
  const std::vector<Literal> inputs = {reals(f64, {2})};
  EXPECT_TRUE(interpret(graph, inputs, {.max_bytes = bytes}));
  const auto less = interpret(graph, inputs, {.max_bytes = 100 * 8});
  ASSERT_FALSE(less);
  EXPECT_EQ(less.error().code, "E0622");
}

TEST_F(Interpreter, StopsCallsThatNestTooDeeply) {
  std::shared_ptr<const Graph> inner;
  for (int depth = 0; depth < 102; ++depth) {
    auto body = std::make_shared<Graph>(context, "f" + std::to_string(depth));
    Builder inside(*body);
    const Value p = body->add_leaf("p", Role::input, f64, {});
    body->outputs.push_back(
        {"q", inner ? inside.op("call", {p}, {{"function", Body{inner}}}) : inside.neg(p)});
    inner = body;
  }
  const auto result = interpret(*inner, std::vector{reals(f64, {1})});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "E0310");
}

TEST_F(Interpreter, ShowsEveryValueInOrder) {
  const Value x = leaf("x", f64);
  const Value root = b.op("sqrt", {x});
  output(b.mul(root, root));
  std::vector<std::uint32_t> seen;
  std::optional<std::uint32_t> first_nan;
  const InterpretOptions options{.watch = [&](Value value, const Literal& literal) {
    seen.push_back(value.id);
    if (!first_nan && std::isnan(literal_real(literal, 0))) first_nan = value.id;
  }};
  ASSERT_TRUE(interpret(graph, std::vector{reals(f64, {-1})}, options));
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(first_nan, root.id);
}

TEST_F(Interpreter, UpdatesComeAfterOutputsAndReadOldValues) {
  const Value a = leaf("a", f64), c = leaf("c", f64);
  output(b.add(a, c));
  graph.updates = {{"a", c}, {"c", a}};
  const auto values = *interpret(graph, std::vector{reals(f64, {1}), reals(f64, {2})});
  ASSERT_EQ(values.size(), 3u);
  EXPECT_EQ(literal_real(values[0], 0), 3.0);
  EXPECT_EQ(literal_real(values[1], 0), 2.0);
  EXPECT_EQ(literal_real(values[2], 0), 1.0);
}

TEST_F(Interpreter, SecondOrderOfDuals) {
  const Value x = leaf("x", f64), y = leaf("y", f64);
  output(b.mul(b.mul(x, x), y)); // x^2 y
  const auto result =
      second_by_duals(graph, std::vector{reals(f64, {3}), reals(f64, {5})},
                      std::vector<Direction>{{1}, {}}, std::vector<Direction>{{}, {1}});
  ASSERT_TRUE(result);
  const SecondOrder& f = (*result)[0];
  EXPECT_EQ(f.value[0], 45.0);
  EXPECT_EQ(f.first[0], 30.0);
  EXPECT_EQ(f.second[0], 9.0);
  EXPECT_EQ(f.mixed[0], 6.0);
}

/// cosh(400)^2 has no float; tanh'(400), which is its reciprocal, is too small for one.
TEST(DualNumbers, TanhIsFlatFarOut) {
  using interpreter::Dual;
  using Second = Dual<Dual<double>>;
  for (const double x : {-1e300, -720.0, -400.0, 360.0, 711.0, 1e300}) {
    const Second y = tanh(Second({x, 1.0}, {1.0, 0.0}));
    EXPECT_EQ(y.v.v, x < 0 ? -1 : 1) << x;
    for (const double zero : {y.v.d, y.d.v, y.d.d}) EXPECT_LT(std::fabs(zero), 1e-300) << x;
  }
  for (const double x : {-170.0, -20.0, 20.0, 170.0}) {
    const double slope = 4 * std::exp(-2 * std::fabs(x)); // up to a factor 1 - exp(-40)
    const Second y = tanh(Second({x, 1.0}, {1.0, 0.0}));
    EXPECT_NEAR(y.d.v / slope, 1, 1e-13) << x;
    EXPECT_NEAR(y.d.d / slope, x < 0 ? 2 : -2, 1e-13) << x;
  }
}

TEST(ScalarFunctions, RoundOnceAndSaturate) {
  using namespace interpreter;
  EXPECT_EQ(round_to(DType::f16, 65519.99), 65504.0);
  EXPECT_EQ(round_to(DType::f16, 65520.0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(round_to(DType::f16, 0x1p-25), 0.0);
  EXPECT_EQ(round_to(DType::f16, 0x1.8p-25), 0x1p-24);
  for (int bits = 0; bits < 65536; ++bits) { // all f16 and bf16 numbers stay what they are
    const auto pattern = static_cast<std::uint16_t>(bits);
    const double half = f16_to_float(pattern), brain = bf16_to_float(pattern);
    if (!std::isnan(half)) {
      ASSERT_EQ(round_to(DType::f16, half), half);
    }
    if (!std::isnan(brain)) {
      ASSERT_EQ(round_to(DType::bf16, brain), brain);
    }
  }
  EXPECT_EQ(integer_to_real(DType::bf16, (std::int64_t{1} << 62) + (std::int64_t{1} << 54) + 1),
            0x1.02p62);
  EXPECT_EQ(real_to_integer(DType::i64, 0x1p63), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(real_to_integer(DType::i64, -0x1p63), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(real_to_integer(DType::u32, -3.5), 0);
  EXPECT_EQ(real_to_integer(DType::i8, -128.9), -128);
}

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The products of one training step of a 64-128-10 network for 64 images: 50 ms on one core of
/// 2020; the limit leaves room for slow machines and sanitizers.
TEST_F(Interpreter, TrainingStepOfTheDigitsIsFast) {
  const Type x_type{DType::f32, {64, 64}}, w_type{DType::f32, {64, 128}},
      v_type{DType::f32, {128, 10}};
  const Value x = leaf("x", x_type), w = leaf("w", w_type), v = leaf("v", v_type);
  const std::vector<std::vector<std::int64_t>> none{{}, {}};
  const Value h = b.op("tanh", {b.dot(x, w, none, {{1}, {0}})});
  const Value z = b.dot(h, v, none, {{1}, {0}});
  output(b.dot(h, z, none, {{0}, {0}}));            // gradient of v
  const Value dh = b.dot(z, v, none, {{1}, {1}});   // cotangent of h
  output(b.dot(x, b.mul(dh, h), none, {{0}, {0}})); // gradient of w
  const std::vector<Literal> inputs{splat_literal(x_type, 0.5), splat_literal(w_type, 0.01),
                                    splat_literal(v_type, 0.02)};
  const double time = seconds([&] { ASSERT_TRUE(interpret(graph, inputs)); });
  RecordProperty("milliseconds", static_cast<int>(time * 1000));
  EXPECT_LT(time, 1.0);
}

TEST_F(Interpreter, EqualNodesCompileOnce) {
  const Type type{DType::f32, {4, 4}};
  Value y = leaf("x", type);
  const Value w = leaf("w", type);
  for (int i = 0; i < 20000; ++i) y = b.dot(y, w, {{}, {}}, {{1}, {0}});
  output(y);
  std::vector<double> identity(16, 0.0);
  for (std::size_t i = 0; i < 4; ++i) identity[5 * i] = 1;
  const std::vector<Literal> inputs{splat_literal(type, 3.0), reals(type, identity)};
  double result = 0;
  const double time = seconds([&] { result = literal_real((*interpret(graph, inputs))[0], 5); });
  EXPECT_EQ(result, 3.0);
  EXPECT_LT(time, 2.0);
}

/// What a body needs is found out once, however many steps run it, in whatever steps of loops
/// around it: a scan whose steps branch, and go through a while on one side.
TEST_F(Interpreter, BodiesArePlannedOnce) {
  const auto body = [&](const std::string& name, auto make) {
    auto made = std::make_shared<Graph>(context, name);
    Builder inside(*made);
    const Value x = made->add_leaf("x", Role::input, f64, {});
    made->outputs.push_back({"y", make(inside, x)});
    return made;
  };
  const auto more = body("more", [&](Builder& in, Value x) {
    return in.op("lt", {x, in.scalar(DType::f64, 4)});
  });
  const auto grow = body("grow", [&](Builder& in, Value x) { return in.add(x, 1.0); });
  const auto rise = body("rise", [&](Builder& in, Value x) {
    return build_loop(in, {.body = grow, .condition = more, .carries = {x}, .length = 9})[0];
  });
  const auto halve = body("halve", [&](Builder& in, Value x) { return in.mul(x, 0.25); });
  const auto cell = body("cell", [&](Builder& in, Value x) {
    const Value low = in.op("lt", {x, in.scalar(DType::f64, 2)});
    return build_branch(in, std::vector{low, x}, rise, halve)[0];
  });
  const Value x = leaf("x", f64);
  for (const std::int64_t steps : {4, 400}) {
    graph.outputs.clear();
    output(build_loop(b, {.body = cell, .carries = {x}, .length = steps})[0]);
    InterpretWork work;
    const auto values = interpret(graph, std::vector{reals(f64, {1})}, {.work = &work});
    ASSERT_TRUE(values) << values.error().message;
    EXPECT_EQ(literal_real((*values)[0], 0), 1.0) << steps; // up to 4, down to 1, and so on
    EXPECT_EQ(work.plans, 6) << steps;
  }
}

} // namespace
} // namespace nnc
