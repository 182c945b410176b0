// A formula has the value of the graph that it is written for: the law of every normal form.
#include "compiler/pipeline.h"
#include "formula/evaluate.h"
#include "frontends/formula/read.h"
#include "frontends/models.h"
#include "frontends/nn/textbook.h"
#include "ir/interpret/interpreter.h"
#include "ir/textbook.h"

#include <random>

namespace nnc::formula {
namespace {

/// Expressions over a scalar s, vectors u, v, matrices x, w and class ids i; "loss" is a scalar.
const std::vector<std::string> losses = {
    "s**5 - 3*s**3 + 2*s*s*s*s",
    "tanh(s)*exp(-s*s)",
    "(s + 2)*(s - 3)/(s*s + 1)",
    "sum(softmax(x)*x)",
    "sum(softmax(x, axis=0)*w)",
    "sum(log_softmax(x)*w)",
    "sum(logsumexp(x, axes=[1])*u)",
    "logsumexp(x) + log(sum(exp(w)))",
    "sum(log(exp(x)/sum(exp(x), axes=[1], keep=true))*w)",
    "softmax_cross_entropy(tanh(x@w + u), i)",
    "softmax_cross_entropy(x@w, i, label_smoothing=0.1)",
    "softmax_cross_entropy(x, softmax(w))",
    "binary_cross_entropy(sigmoid(u), sigmoid(v))",
    "binary_cross_entropy_logits(u, v)",
    "mse(relu(x@u)*v, u)",
    "sum(layer_norm(x, u, v)*w)",
    "sum(rms_norm(x, u)*w)",
    "norm(x@u - v)",
    "sum(norm(x, axes=[0])*u + norm(w, axes=[1]))",
    "sum(attention(x, w, x)*w)",
    "sum(attention(x, w, x, causal=true)*w)",
    "sum((embedding(x, i) - w)*w*u)",
    "sum(outer(u, v)*x)",
    "sum(x*x.T) + sum(x*u)*sum(v)",
    "sum(x*(u*v)) + sum(x.T*v - x*v)",
    "huber(u*v, sin(v)) + mae(u, v*v)",
    "sum(maximum(u, v)*minimum(u*u, v)) + max(x) - sum(min(x, axes=[0]))",
    "mean(variance(x, axes=[0])) + std(x)",
    "sum(exp(u)/sum(exp(u))*exp(v - max(v)))",
    "sum(clip(x, -0.5, 0.5)*w + where(x < w, x, w*u))",
    "sum(gelu(u) + silu(v) + softplus(u*v) + log1p(u*u) + expm1(v))",
    "sum(rsqrt(x*x + 1)*rsqrt(x*x + 1)*w/sqrt(w*w + 2))",
    "sum(abs(u)**1.5 + (u*u + 1)**v)",
    "dot(u, v, contract=[[0],[0]])*sum(x@u)*s + sum(v@w)",
    "sum(tril(norm(reshape(x, shape=[3,1,3]) - reshape(x, shape=[1,3,3]), axes=[2]), k=-1)**3*w)",
    "sum(tril((norm(reshape(x, shape=[3,1,3]) - reshape(w, shape=[1,3,3]), axes=[2]) - 1)**2))",
    "sum(where((u > 0) & (v > 0), u*v, 0)*where(u > 0, v, 0)) + sum(where(u > 0, 1, s*0)**3*v)",
    "sum(where((u != 0) & (v < 1), where(u != 0, sin(u), v)*u, u*u)*v)",
    "sum(sigmoid(u)*sigmoid(-u)*v) + sum(tanh(v/2)*sigmoid(v)) + sum(sigmoid(x@u)*sigmoid(-(x@u)))",
    "sum(atanh(tanh(u)/2)*v + asin(sin(v)/2)) + (1 - s)*(1 + s)*sqrt(3 - s)/(3 + s*s)",
    "sum(u/(v*v + 1) + v/(v*v + 1)**2) + 1/(s*s + 1) - 1/(s*s + 2)",
    "sum(erf(-u)*erfc(-v) + cos(-u)*sinh(-v))",
    "prod(v)*sum(u) + sum(sort(v)*u)",
    "sum(diag(w)*u) + trace(w)**2*s + sum(tril(x, k=-1)*w)",
    "logsumexp(u)*s + sum(softmax(v)*u) + sum(logsumexp(x, axes=[1])*v)",
    "sum(elu(u)*v) + sum(minimum(u, v)**2) + sum(abs(v)**3*sign(u*v)*abs(u)) + trace(w@w)",
    "std(x@u)*s + norm(u - mean(u)) + sum(rem(u, v*v + 1))",
    "sum(x*u)*s + sum(sum(w*w*u, axes=[1])*v) + sum(tanh(sum(x*v, axes=[1])))",
    "scan(body=\\\"cell\\\", init=[s], over=[u], with=[v])",
    "sum(scan(body=\\\"dense\\\", init=[u], over=[x], with=[w])*v)",
    "sum(scan(body=\\\"cell\\\", init=[s], over=[u], with=[v], reverse=true)*u)",
    "sum(scan(body=\\\"rows\\\", init=[s], over=[x], with=[u]))",
    "while(cond=\\\"small\\\", body=\\\"grows\\\", init=[s], with=[u], max_steps=3)*s",
    "sum(cond(s > 0, u, v, then=\\\"waves\\\", else=\\\"mixes\\\")*u)",
    "sum(checkpoint(sin(x))*w) + s",
    "sum(cumprod(u, axis=0)*v) + sum(cumprod(v, axis=0, reverse=true, exclusive=true)*u)",
    "prod(x)*s + sum(prod(w, axes=[1])*u) + sum(prod(x*w, axes=[0])*v)",
    "sum(cond(s < 0, u, v, then=\\\"waves\\\", else=\\\"mixes\\\")*v)",
};

/// What the loops and branches of these run.
const std::string functions = R"json(
    "cell": { "inputs": { "h": "f64[]", "e": "f64[]", "v": "f64[3]" },
              "nodes": [ "g = tanh(e*h + sum(v)*e) + h*sin(e)" ], "out": ["g"] },
    "dense": { "inputs": { "h": "f64[3]", "e": "f64[3]", "w": "f64[3,3]" },
               "nodes": [ "z = e@w + h@w", "g = tanh(z)*sigmoid(z)" ], "out": ["g"] },
    "rows": { "inputs": { "a": "f64[]", "row": "f64[3]", "u": "f64[3]" },
               "nodes": [ "b = scan(body=\"inner\", init=[a], over=[row, u])" ], "out": ["b"] },
    "inner": { "inputs": { "a": "f64[]", "e": "f64[]", "f": "f64[]" },
               "nodes": [ "b = sin(a*e) + f" ], "out": ["b"] },
    "small": { "inputs": { "r": "f64[]", "u": "f64[3]" },
               "nodes": [ "p = r < 2" ], "out": ["p"] },
    "grows": { "inputs": { "r": "f64[]", "u": "f64[3]" },
               "nodes": [ "q = r*r + 1 + sum(u*u)*r" ], "out": ["q"] },
    "waves": { "inputs": { "a": "f64[3]", "b": "f64[3]" },
               "nodes": [ "c = sin(a)*b" ], "out": ["c"] },
    "mixes": { "inputs": { "a": "f64[3]", "b": "f64[3]" },
               "nodes": [ "c = exp(a) + b*b" ], "out": ["c"] },)json";

std::string model_of(const std::string& loss) {
  return R"json({ "nnc": 1, "name": "m",
  "inputs": { "s": "f64[]", "u": "f64[3]", "v": "f64[3]", "x": "f64[3,3]", "w": "f64[3,3]",
              "i": "i32[3]" },
  "nodes": [ "loss = )json" +
         loss + R"json( + 0*(s + sum(u) + sum(v) + sum(x) + sum(w))",
             "gs, gu, gv, gx, gw = grad(loss, [s, u, v, x, w])",
             "part = sum(gu*v) + sum(gx*w) + gs*s",
             "hs, hu, hx = grad(part, [s, u, x])" ],
  "functions": {)json" +
         functions + R"json(
                 "f": { "in": ["s", "u", "v", "x", "w", "i"],
                        "out": ["loss", "gs", "gu", "gv", "gx", "gw", "hs", "hu", "hx"] } }
  })json";
}

Literal random_literal(const Type& type, std::mt19937_64& engine) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  std::normal_distribution<double> normal;
  for (std::int64_t k = 0; k < type.elements(); ++k)
    if (is_float(type.dtype))
      store_real(type.dtype, bytes->data(), k, normal(engine));
    else
      store_integer(type.dtype, bytes->data(), k, static_cast<std::int64_t>(engine() % 3));
  return {type, bytes};
}

/// Expects every element of every output to be what its term says, the term of the graph that is
/// made for formulas.
void expect_values(const Graph& graph, const Graph& written, const std::string& loss) {
  std::mt19937_64 engine(1);
  std::vector<Literal> inputs;
  Leaves leaves;
  for (const Value leaf : graph.inputs) {
    const Literal& literal = inputs.emplace_back(random_literal(graph.type(leaf), engine));
    for (std::int64_t k = 0; k < literal.type.elements(); ++k)
      leaves[graph.leaf_name(leaf)].push_back(
          is_float(literal.type.dtype) ? literal_real(literal, k)
                                       : static_cast<double>(literal_integer(literal, k)));
  }
  const auto wanted = interpret(graph, inputs);
  ASSERT_TRUE(wanted) << loss;
  Terms terms;
  const std::vector<Scaled> values = read(written, terms);
  Evaluation evaluate(terms, leaves);
  for (std::size_t o = 0; o < graph.outputs.size(); ++o) {
    const Literal& expected = (*wanted)[o];
    for (std::int64_t k = 0; k < expected.type.elements(); ++k) {
      Place at;
      for (std::int64_t rest = k, axis = 0; axis < expected.type.rank(); ++axis, rest /= extent)
        at.insert(at.begin(), rest % extent);
      const double got = evaluate(values[written.outputs[o].value.id], at);
      EXPECT_NEAR(got, literal_real(expected, k), 1e-9 * std::max(1.0, std::abs(got)))
          << graph.outputs[o].name << " of " << loss;
    }
  }
}

Graph derived(const Model& model, Context& context, const nn::FunctionTable& functions) {
  auto graph = build_function(model, "f", {}, context, functions);
  if (const auto* errors = std::get_if<Errors>(&graph)) throw InternalError(error_text(*errors));
  auto made = run_pipeline(std::move(std::get<Graph>(graph)), {.stop_after = "simplify.3"});
  if (!made) throw InternalError(made.error().message);
  return std::move(made->graph);
}

TEST(FormulaLaw, TermsHaveTheValueOfTheirGraph) {
  OpTable rows = standard_ops();
  use_textbook_rules(rows);
  nn::FunctionTable functions = nn::standard_functions();
  nn::use_textbook_forms(functions);
  for (const std::string& loss : losses) {
    auto loaded = load_model(model_of(loss));
    ASSERT_TRUE(std::holds_alternative<Model>(loaded)) << std::get<std::string>(loaded);
    const Model& model = std::get<Model>(loaded);
    Context context(test_rows()), textbook(rows);
    expect_values(derived(model, context, test_functions()), derived(model, textbook, functions),
                  loss);
  }
}

} // namespace
} // namespace nnc::formula
