// Laplacians of what people write: small memory whatever the number of variables, as many nodes for
// many as for few, and the same numbers however many directions are taken at a time.
#include "compiler/plan.h"
#include "compiler/seeds/limits.h"
#include "compiler/target/cpu/cpu_target.h"
#include "frontends/host/source.h"
#include "frontends/json/read_model.h"
#include "testing/checked.h"
#include "testing/compiled_run.h"

#include <fmt/format.h>

#include <cmath>

namespace nnc::test {
namespace {

struct Written {
  const char* name;
  const char* nodes;                ///< in single quotes; the last is `u`, of x
  const char* inputs;               ///< besides x and w : f64[N]
  std::uint32_t nodes_of_level = 0; ///< of the tree that a product is, one more for twice as many
};
void PrintTo(const Written& written, std::ostream* out) { *out << written.name; }

constexpr Written all[] = {
    {"gaussian", "'u = exp(-sum(x*x))'", ""},
    {"mlp", "'u = sum(tanh(tanh(x@w1 + b1)@w2 + b2)*v)'",
     ", 'w1': 'f64[N,20]', 'b1': 'f64[20]', 'w2': 'f64[20,20]', 'b2': 'f64[20]', 'v': 'f64[20]'"},
    {"logsumexp", "'u = logsumexp(x)'", ""},
    {"softmax", "'u = sum(softmax(x)*w)'", ""},
    {"product_of_sums", "'u = sum(tanh(x*w))*sum(x*x*sin(w))'", ""},
    {"neighbours", "'u = sum(sin(x[:-1])*exp(0.1*x[1:]))'", ""},
    {"product", "'u = prod(1 + 0.01*x)'", "", 24},
    {"sorted", "'s = sort(x)', 'u = sum(s*s*s*w)'", ""},
    {"sum_of_two", "'u = exp(-(x@w)) + sum(x**4)'", ""},
    {"vector_of_three", "'u = tanh(0.1*x@v3)*sum(x*x)'", ", 'v3': 'f64[N,3]'"},
};

class Laplacians : public testing::TestWithParam<Written> {};

template <class T>
T loaded(OrErrors<T> result) {
  if (auto* errors = std::get_if<Errors>(&result)) throw InternalError((*errors)[0].message);
  return std::get<T>(std::move(result));
}

/// l = laplacian(u, x) for n variables.
struct Model {
  Model(const Written& written, std::int64_t n)
      : source(loaded(Source::of(loaded(read_model(text(written, n), "m.json"))))),
        graph(loaded(source.build(std::string("f"), {}))) {}

  static std::string text(const Written& written, std::int64_t n) {
    std::string text = fmt::format("{{ 'nnc': 1, 'name': 'm', 'sizes': {{ 'N': {} }}, "
                                   "'inputs': {{ 'x': 'f64[N]', 'w': 'f64[N]'{} }}, "
                                   "'nodes': [{}, 'l = laplacian(u, x)'], "
                                   "'functions': {{ 'f': {{ 'out': ['l'] }} }} }}",
                                   n, written.inputs, written.nodes);
    std::ranges::replace(text, '\'', '"');
    return text;
  }

  Source source;
  Graph graph;
};

const ScratchOf scratch = scratch_on("x86-64-v3");

TEST_P(Laplacians, OfTwoThousandVariablesNeedLessThanAMegabyte) {
  Model model(GetParam(), 2000);
  const auto made = checked(run_pipeline(std::move(model.graph), {.scratch = scratch}));
  EXPECT_LT(made.program->arena_bytes + scratch(*made.program).bytes, 1'000'000);
}

TEST_P(Laplacians, HaveAsManyNodesForManyVariablesAsForFew) {
  const auto nodes = [](std::int64_t n) {
    Model model(GetParam(), n);
    auto made = checked(run_pipeline(std::move(model.graph), {.stop_after = "simplify.3"}));
    return copy_live(made.graph).node_count();
  };
  const std::uint32_t many = nodes(2048), few = nodes(256);
  EXPECT_GE(many, few);
  EXPECT_LE(many, few + 3 * GetParam().nodes_of_level);
}

std::vector<Literal> at_once_interpreted(const Graph& graph, const std::vector<Literal>& inputs) {
  const auto made = checked(run_pipeline(copy_live(graph), {.stop_after = "differentiate"}));
  return checked(interpret(made.graph, inputs));
}

/// Chunks that do not come out even, and one direction at a time; on two threads.
TEST_P(Laplacians, AreTheSameInChunks) {
  Model model(GetParam(), 23);
  const std::vector<Literal> inputs = random_inputs(model.graph, 5);
  const auto wanted = at_once_interpreted(model.graph, inputs);
  for (const std::int64_t chunk : {8, 1}) {
    const Graph limited = limit_seeds(model.graph, chunk);
    EXPECT_EQ(most_seeds(limited), chunk);
    const auto got = checked(run_compiled(limited, inputs, {.threads = 2}));
    expect_near(got[0], wanted[0], 4096, 1, fmt::format("{} at a time", chunk));
  }
}

INSTANTIATE_TEST_SUITE_P(Laws, Laplacians, testing::ValuesIn(all),
                         [](const auto& written) { return std::string(written.param.name); });

/// Whatever is taken at a time where nobody says it.
TEST(Laplacian, OfManyVariablesIsTheClosedForm) {
  constexpr std::int64_t n = 2000;
  Model model({"", "'y = 0.01*x', 'u = exp(-sum(y*y))*sum(sin(x)*w)'", ""}, n);
  const std::vector<Literal> inputs = random_inputs(model.graph, 9);
  double square = 0, sines = 0, along = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double x = literal_real(inputs[0], i), w = literal_real(inputs[1], i);
    square += 1e-4 * x * x;
    sines += std::sin(x) * w;
    along += x * std::cos(x) * w;
  }
  // (f g)'' = f'' g + 2 f' g' + f g'', summed up.
  const double f = std::exp(-square);
  const double wanted = f * ((4e-4 * square - 2e-4 * n) * sines - 4e-4 * along - sines);
  const auto got = checked(run_compiled(model.graph, inputs));
  EXPECT_NEAR(literal_real(got[0], 0), wanted, 1e-9 * std::fabs(wanted));
}

/// Losses of physics have a Laplacian in them; its loop is differentiated like any other.
TEST(Laplacian, ThatRunsInChunksIsDifferentiated) {
  Model model({"",
               "'h = tanh(x@w1)', 'p = sum(h*sin(h))', 'q = laplacian(p, x)', "
               "'u = q*q + sum(x*w)'",
               ", 'w1': 'f64[N,6]'"},
              19);
  const std::vector<Literal> inputs = random_inputs(model.graph, 3);
  const auto wanted = at_once_interpreted(model.graph, inputs);
  const auto got = checked(run_compiled(limit_seeds(model.graph, 4), inputs));
  expect_near(got[0], wanted[0], 1 << 14, 1, "the Laplacian of a loss");
}

} // namespace
} // namespace nnc::test
