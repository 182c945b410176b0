// What building promises: both spellings agree, sizes bind in order of strength, any value can be
// asked for, and long models stay linear.
#include "frontends/json/read_model.h"
#include "frontends/json/write_model.h"
#include "frontends/model/resolve.h"
#include "frontends/model/training.h"
#include "frontends/models.h"

#include <fmt/format.h>

#include <chrono>

namespace nnc {
namespace {

std::string model(const std::string& nodes, const std::string& more = "") {
  return R"({ "nnc": 1, "sizes": { "N": 4, "K": 2 },
  "inputs": { "x": "f32[N,6]", "y": "f32[N,6]", "m": "bool[N,6]", "i": "i32[N]", "t": "f64[]" },
  "params": { "w": { "type": "f32[6,3]", "init": 0 }, "b": { "type": "f32[3]", "init": 0 } },
  "nodes": [)" +
         nodes + "]" + more + "}";
}

Graph build(const Model& model, const std::string& function, Context& context,
            const BuildOptions& options = {}) {
  auto graph = build_function(model, function, options, context, test_functions());
  if (auto* errors = std::get_if<Errors>(&graph)) {
    ADD_FAILURE() << error_text(*errors);
    return Graph(context, "none");
  }
  return std::move(std::get<Graph>(graph));
}

Model loaded(const std::string& text) {
  auto result = load_model(text);
  if (auto* errors = std::get_if<std::string>(&result)) {
    ADD_FAILURE() << *errors;
    return {};
  }
  return std::move(std::get<Model>(result));
}

TEST(Spellings, ExpressionsAndObjectsBuildTheSameNodes) {
  const std::pair<const char*, const char*> pairs[] = {
      {R"m("r = tanh(x)")m", R"m({ "out": "r", "op": "tanh", "in": "x" })m"},
      {R"m("r = x + y")m", R"m({ "out": "r", "op": "add", "in": ["x", "y"] })m"},
      {R"m("r = 1 - x")m", R"m({ "out": "r", "op": "sub", "in": [1, "x"] })m"},
      {R"m("r = -x")m", R"m({ "out": "r", "op": "neg", "in": "x" })m"},
      {R"m("r = x ** -0.5")m", R"m({ "out": "r", "op": "pow", "in": ["x", -0.5] })m"},
      {R"m("r = x @ w")m", R"m({ "out": "r", "op": "matmul", "in": ["x", "w"] })m"},
      {R"m("r = ~m")m", R"m({ "out": "r", "op": "not", "in": ["m"] })m"},
      {R"m("r = x <= y")m", R"m({ "out": "r", "op": "le", "in": ["x", "y"] })m"},
      {R"m("r = m & m")m", R"m({ "out": "r", "op": "and", "in": ["m", "m"] })m"},
      {R"m("r = linear(x, w, none)")m",
       R"m({ "out": "r", "op": "linear", "in": ["x", "w", null] })m"},
      {R"m("r = linear(x, w, b)")m", R"m({ "out": "r", "op": "linear", "in": ["x", "w", "b"] })m"},
      {R"m("r = clip(x, 0, 1)")m",
       R"m({ "out": "r", "op": "clip", "in": "x", "low": 0, "high": 1.0 })m"},
      {R"m("r = sum(x, axes=[-1], keep=true)")m",
       R"m({ "out": "r", "op": "sum", "in": "x", "axes": [-1], "keep": true })m"},
      {R"m("r = sum(x, [1])")m", R"m({ "out": "r", "op": "sum", "in": "x", "axes": 1 })m"},
      {R"m("r = reshape(x, [N, K, 3])")m",
       R"m({ "out": "r", "op": "reshape", "in": "x", "shape": ["N", "K", 3] })m"},
      {R"m("r = cast(x, to=\"f64\")")m",
       R"m({ "out": "r", "op": "cast", "in": "x", "to": "f64" })m"},
      {R"m("r = concat(x, y, axis=1)")m",
       R"m({ "out": "r", "op": "concat", "in": ["x", "y"], "axis": 1 })m"},
      {R"m("r = einsum(\"ij,kj->ik\", x, y)")m",
       R"m({ "out": "r", "op": "einsum", "in": ["x", "y"], "spec": "ij,kj->ik" })m"},
      {R"m("r = softmax(x, 0)")m", R"m({ "out": "r", "op": "softmax", "in": "x", "axis": 0 })m"},
      {R"m("s = sum(x@w)", "r, q = grad(s, [w, x])")m",
       R"m("s = sum(x@w)", { "out": ["r", "q"], "op": "grad", "of": "s", "wrt": ["w", "x"] })m"},
      {R"m("s = x@w", "r = vjp(s, w, s)")m",
       R"m("s = x@w", { "out": "r", "op": "grad", "of": "s", "wrt": "w", "seed": "s" })m"},
      {R"m("s = sum(x@w)", "r = hvp(s, w, w)")m",
       R"m("s = sum(x@w)", { "out": "r", "op": "hvp", "of": "s", "wrt": "w", "vector": "w" })m"},
  };
  for (const auto& [expression, object] : pairs) {
    const std::string wanted = graph_text(model(object), "r");
    EXPECT_TRUE(wanted.starts_with("func")) << wanted;
    EXPECT_EQ(graph_text(model(expression), "r"), wanted);
  }
}

TEST(Spellings, OddNamesStandInBackquotes) {
  const std::string text = graph_text(
      model(R"({ "out": "a.b/c-d", "op": "neg", "in": "x" }, "r = `a.b/c-d` * 2")"), "r");
  EXPECT_NE(text.find("neg %x"), std::string::npos) << text;
  EXPECT_NE(text.find("%r"), std::string::npos) << text;
}

TEST(Spellings, PrecedenceIsThatOfPython) {
  const std::pair<const char*, const char*> pairs[] = {
      {"-x**2", "-(x**2)"},
      {"x**y**2", "x**(y**2)"},
      {"x - y - x", "(x - y) - x"},
      {"x + y * x", "x + (y * x)"},
      {"x / y * x", "(x / y) * x"},
      {"2**-x", "2**(-x)"},
      {"x < y | m", "x < y | m"},
      {"(x < y) | m & m", "(x < y) | (m & m)"},
      {"-x[0]", "-(x[0])"},
      {"x.T[0]", "(x.T)[0]"},
      {"- - x", "-(-x)"},
      {"+x * 2 * 3", "(x * 2) * 3"},
      {"1 + 2 * 3 ** 2 + x", "19 + x"},
      {"x * (1 / 3)", "x * 0.3333333333333333333"},
      {"t * 0.1 ** 2", "t * 0.010000000000000002"},
  };
  for (const auto& [plain, nested] : pairs)
    EXPECT_EQ(graph_text(model(fmt::format("\"r = {}\"", plain)), "r"),
              graph_text(model(fmt::format("\"r = {}\"", nested)), "r"));
  // `|` binds tighter than `<`, so this compares with a bool.
  EXPECT_NE(graph_text(model("\"r = x < y | m\""), "r").find("E0203"), std::string::npos);
}

TEST(Spellings, LargeIntegersStayExact) {
  const std::string text =
      graph_text(model(R"m("k = cast(i, to=\"i64\")", "r = k + 9007199254740993")m"), "r");
  EXPECT_NE(text.find("9007199254740993"), std::string::npos) << text;
}

TEST(Sizes, TheStrongerSourceWins) {
  const std::string text = R"({ "nnc": 1, "sizes": { "N": 1 }, "inputs": { "x": "f32[N]" },
    "nodes": ["y = 2 * x"],
    "functions": { "f": { "out": "y" }, "g": { "out": "y", "sizes": { "N": 2 } } } })";
  const Model model = loaded(text);
  Context context(test_rows());
  const auto size = [&](const std::string& function, const BuildOptions& options) {
    const Graph graph = build(model, function, context, options);
    return graph.type(graph.outputs.at(0).value).shape.at(0);
  };
  EXPECT_EQ(size("f", {}), 1);
  EXPECT_EQ(size("g", {}), 2);
  EXPECT_EQ(size("g", {.sizes = {{"N", 3}}}), 3);
  EXPECT_EQ(size("g", {.inputs = {{"x", Type{DType::f32, {4}}}}}), 4);
  EXPECT_EQ(size("g", {.sizes = {{"N", 0}}}), 0);
  const auto refused = [&](const BuildOptions& options) {
    auto graph = build_function(model, "f", options, context, test_functions());
    return std::holds_alternative<Errors>(graph) ? error_text(std::get<Errors>(graph)) : "";
  };
  EXPECT_EQ(refused({.sizes = {{"N", 3}}, .inputs = {{"x", Type{DType::f32, {4}}}}}),
            "m.json:1:51+8: E0306: input 'x' is f32[N], not f32[4] (N is 3)\n");
  EXPECT_EQ(refused({.inputs = {{"x", Type{DType::f64, {4}}}}}),
            "m.json:1:51+8: E0306: input 'x' is f32[N], not f64[4]\n");
  EXPECT_EQ(refused({.sizes = {{"M", 3}}}), "m.json: E0306: the model has no size 'M'\n"
                                            "  help: the sizes are N\n");
  EXPECT_EQ(refused({.sizes = {{"N", -1}}}), "m.json: E0109: -1 is not a size\n"
                                             "  help: a size is 0 to 2^40\n");
}

TEST(Functions, AnyValueCanBeAskedFor) {
  const Model model = loaded(source_file("examples/digits/digits_mlp.json"));
  Context context(test_rows());
  const Graph h = build(model, "h", context);
  EXPECT_EQ(h.inputs.size(), 3U); // x, w1, b1
  EXPECT_EQ(h.leaf_name(h.inputs[0]), "x");
  EXPECT_EQ(h.outputs.at(0).name, "h");
  const Graph leaf = build(model, "w1", context);
  EXPECT_EQ(leaf.outputs.at(0).value, leaf.inputs.at(0));
  auto wrong = build_function(model, "los", {}, context, test_functions());
  EXPECT_EQ(error_text(std::get<Errors>(wrong)),
            "m.json: E0312: there is no function and no value 'los'\n"
            "  help: did you mean 'loss'?\n");
}

/// What the damage may have taken away is not called missing as well.
TEST(Functions, OfADamagedModelOnlyTheDamageIsTold) {
  Errors found;
  auto doc = read_model(R"({ "nnc": 1, "nodes": ["= x"] })", "m.json", &found);
  auto resolved =
      resolve(std::get<ModelDoc>(std::move(doc)), test_functions(), test_rows(), &found);
  Context context(test_rows());
  auto graph = build_function(std::get<Model>(resolved), "y", {}, context, test_functions());
  EXPECT_FALSE(std::holds_alternative<Errors>(graph));
  EXPECT_EQ(error_text(found), "m.json:1:24+1: E0110: expected a name, found '='\n");
}

TEST(Functions, TrainingStepsHaveTheirStateAndItsFirstValues) {
  const Model model = loaded(source_file("tests/frontends/graphs/blocks.json"));
  Context context(test_rows());
  const Graph train = build(model, "train", context);
  std::string values;
  for (const Value leaf : train.inputs) {
    if (train.role(leaf) == Role::input) continue;
    const auto value = initial_value(model, train, leaf, 7);
    ASSERT_TRUE(value) << value.error().message;
    const bool real = is_float(value->type.dtype);
    values += fmt::format("{} {} {}\n", train.leaf_name(leaf), to_string(value->type),
                          real ? literal_real(*value, 0)
                               : static_cast<double>(literal_integer(*value, 0)));
  }
  values.erase(0, values.find('\n')); // the orthogonal w
  EXPECT_EQ(values, "\nb f32[3] 0\nmean f32[3] 0\nvar f32[3] 1\nrng u32[2] 7\nopt.step i64[] 0\n"
                    "opt.w.m f32[3,3] 0\nopt.w.v f32[3,3] 0\nopt.b.m f32[3] 0\nopt.b.v f32[3] 0\n");
  bool advances = false;
  for (const Update& update : train.updates) advances = advances || update.target == "rng";
  EXPECT_TRUE(advances);
}

TEST(Functions, InitialValuesAreChecked) {
  const auto first = [&](const std::string& leaf) {
    const Model model = loaded(R"({ "nnc": 1, "params": { "w": )" + leaf + " } }");
    Context context(test_rows());
    const Graph graph = build(model, "w", context);
    const auto value = initial_value(model, graph, graph.inputs.at(0), 1);
    return value ? fmt::format("{}", literal_real(*value, value->type.elements() - 1))
                 : error_text({value.error()});
  };
  EXPECT_EQ(first(R"({ "type": "f32[2]", "init": 0.5 })"), "0.5");
  EXPECT_EQ(first(R"({ "type": "f32[2]" })"), "0");
  EXPECT_EQ(first(R"({ "type": "f32[2,2]", "init": { "value": [[1, 2], [3, "-inf"]] } })"), "-inf");
  EXPECT_EQ(first(R"({ "type": "f32[2,2]", "init": { "value": [1, 2, 3] } })"),
            "m.json:1:71+1: E0107: 3 numbers for f32[2,2], which has 4 elements\n");
  EXPECT_EQ(first(R"({ "type": "f32[2]", "init": "glorot_unifrom" })"),
            "m.json:1:58+16: E0204: there is no initializer 'glorot_unifrom'\n"
            "  help: did you mean 'glorot_uniform'?\n");
  EXPECT_EQ(first(R"({ "type": "f32[2]", "init": { "kind": "normal", "sdt": 1 } })"),
            "m.json:1:78+5: E0204: normal: unknown attribute 'sdt'\n"
            "  help: did you mean 'std'? normal has mean, std\n");
  EXPECT_EQ(first(R"({ "type": "f32[2]", "init": { "kind": "normal", "value": 1 } })"),
            "m.json:1:78+7: E0204: normal: unknown attribute 'value'\n"
            "  help: normal has mean, std\n");
  EXPECT_EQ(first(R"({ "type": "f32[2]", "init": { "kind": "constant", "value": "inf" } })"),
            "inf");
}

/// Seconds to read, resolve and build a chain of `count` nodes in one function.
double chain_seconds(int count, bool expression) {
  std::string nodes;
  if (expression) {
    nodes = "\"v" + std::to_string(count) + " = x";
    for (int i = 0; i < count; ++i) nodes += i % 2 ? " - y" : " + x";
    nodes += "\"";
  } else {
    for (int i = count; i-- > 0;) // users before what they use
      nodes += fmt::format("{}{{\"out\": \"v{}\", \"op\": \"{}\", \"in\": {}}}",
                           nodes.empty() ? "" : ",\n", i + 1, i % 2 ? "mul" : "tanh",
                           i % 2 ? fmt::format("[\"v{}\", \"x\"]", i)
                                 : fmt::format("\"{}\"", i ? "v" + std::to_string(i) : "x"));
  }
  const auto start = std::chrono::steady_clock::now();
  const Model chain = loaded(model(nodes));
  Context context(test_rows());
  const Graph graph = build(chain, "v" + std::to_string(count), context);
  EXPECT_GE(graph.node_count(), static_cast<std::uint32_t>(count));
  const std::string written = write_model(*chain.doc);
  EXPECT_GT(written.size(), static_cast<std::size_t>(count));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TEST(Scale, ChainsTakeLinearTimeAndNoStack) {
  for (const bool expression : {false, true}) {
    chain_seconds(1000, expression);
    const double small = chain_seconds(25000, expression);
    const double large = chain_seconds(100000, expression);
    fmt::print("{}: 25,000 nodes {:.2f} s, 100,000 nodes {:.2f} s\n",
               expression ? "one expression" : "objects", small, large);
    EXPECT_LT(large, 4 * 2.3 * small + 0.1);
    EXPECT_LT(large, 20);
  }
}

} // namespace
} // namespace nnc
