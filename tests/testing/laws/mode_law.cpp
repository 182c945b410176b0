#include "compiler/pipeline.h"
#include "ir/interpret/interpreter.h"
#include "ir/modes.h"
#include "testing/checked.h"
#include "testing/laws/derived_sample.h"
#include "testing/laws/row_laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

constexpr std::int64_t most_elements = 24; ///< of an operand whose Jacobian is made

/// One node with f64 operands at a smooth point.
struct Subject {
  Subject(Context& context, const OpRow& row, const SampleCase& sample, std::uint64_t seed)
      : random(seed), graph(context, row.name), b(graph) {
    std::vector<Value> operands;
    for (const Literal& given : sample.in) {
      const bool real = is_float(given.type.dtype);
      const Type type{real ? DType::f64 : given.type.dtype, given.type.shape};
      operands.push_back(leaf("x", type, real ? point(row, given, type) : given));
      if (!real) continue;
      variables.push_back(operands.back());
      positions.push_back(operands.size() - 1);
    }
    const auto node = graph.add(row, operands, sample.attrs, {});
    if (!node) throw InternalError(node.error().message);
    for (int i = 0; i < graph.node(*node).result_count; ++i)
      if (is_float(graph.type(graph.result(*node, i)).dtype)) {
        results.push_back(graph.result(*node, i));
        result_positions.push_back(static_cast<std::size_t>(i));
      }
    for (int i = 0; i < graph.node(*node).result_count; ++i)
      graph.outputs.push_back({"y" + std::to_string(i), graph.result(*node, i)});
  }

  Literal point(const OpRow& row, const Literal& given, const Type& type) {
    std::vector<double> elements = random.direction(type);
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const double smooth = literal_real(given, static_cast<std::int64_t>(i));
      elements[i] = row.elementwise ? smooth * (1 + 0.003 * elements[i]) : 2 * elements[i];
    }
    return real_literal(type, elements);
  }

  Value leaf(const std::string& name, const Type& type, Literal value) {
    inputs.push_back(std::move(value));
    return graph.add_leaf(name + std::to_string(inputs.size()), Role::input, type, {});
  }

  /// An f64 input with random elements.
  Value random_leaf(const std::string& name, const Type& type) {
    return leaf(name, type, real_literal(type, random.direction(type)));
  }

  void output(const std::string& name, Value value) {
    graph.outputs.push_back({name + std::to_string(graph.outputs.size()), value});
  }

  /// What the outputs added since `first` are, after all steps on graphs.
  std::vector<Literal> values(std::size_t first) {
    if (b.error()) throw InternalError(b.error()->message);
    std::vector<Output> wanted(graph.outputs.begin() + static_cast<std::ptrdiff_t>(first),
                               graph.outputs.end());
    graph.outputs = std::move(wanted);
    auto simple = run_pipeline(std::move(graph), {.stop_after = "simplify.3"});
    if (!simple) throw InternalError(simple.error().message);
    return checked(interpret(simple->graph, inputs));
  }

  Random random;
  Graph graph;
  Builder b;
  std::vector<Literal> inputs;
  std::vector<Value> variables, results;
  std::vector<std::size_t> positions, result_positions;
};

/// Says what differs, and where.
void compare(ModeFindings& findings, const std::vector<double>& got,
             const std::vector<double>& wanted, double tolerance, const std::string& what) {
  if (got.size() != wanted.size()) throw InternalError(what + " has another size");
  double scale = 1e-3;
  for (const double element : wanted) scale = std::max(scale, std::fabs(element));
  for (std::size_t i = 0; i < got.size(); ++i)
    if (!(std::fabs(got[i] - wanted[i]) <= tolerance * scale))
      findings.wrong +=
          fmt::format("{}, element {}: {} instead of {}\n", what, i, got[i], wanted[i]);
}

/// Of the row's own f64 operands, from its function alone.
Graph function_of(Context& context, const OpRow& row, const SampleCase& sample,
                  const Subject& subject) {
  std::vector<Type> types;
  for (std::size_t i = 0; i < sample.in.size(); ++i) types.push_back(subject.inputs[i].type);
  auto function = sample_graph(context, row, sample.attrs, types);
  if (!function) throw InternalError(function.error().message);
  return std::move(*function);
}

bool fits(const OpRow& row, const SampleCase& sample) {
  if (row.elementwise && !sample.name.starts_with("basic")) return false;
  bool any = false;
  for (const Literal& literal : sample.in) {
    const DType dtype = literal.type.dtype;
    if (dtype == DType::f16 || dtype == DType::bf16) return false;
    any |= is_float(dtype) && literal.type.elements() > 0;
  }
  return any;
}

/// Is some result narrower than f64, as that of `cast`?
bool rounds(const Subject& subject) {
  return std::ranges::any_of(subject.results,
                             [&](Value v) { return subject.graph.type(v).dtype != DType::f64; });
}

void check_forward(const OpRow& row, const SampleCase& sample, Context& context,
                   ModeFindings& findings) {
  Subject subject(context, row, sample, 7);
  if (subject.results.empty()) return;
  const Graph function = function_of(context, row, sample, subject);
  std::vector<Direction> directions(subject.inputs.size());
  const std::vector<Literal> point = subject.inputs;
  std::vector<Value> tangents;
  for (std::size_t i = 0; i < subject.variables.size(); ++i) {
    tangents.push_back(subject.random_leaf("v", subject.graph.type(subject.variables[i])));
    directions[subject.positions[i]] = elements_of(subject.inputs.back());
  }
  const std::size_t first = subject.graph.outputs.size();
  for (const Value y : subject.results)
    subject.output("jvp", build_jvp(subject.b, y, subject.variables, tangents));
  const double tolerance = rounds(subject) ? 1e-6 : 1e-11;
  const auto results = subject.result_positions;
  const auto values = subject.values(first);
  const auto duals = checked(jvp_by_duals(function, point, directions));
  for (std::size_t i = 0; i < values.size(); ++i) {
    compare(findings, elements_of(values[i]), duals[results[i]], tolerance,
            row.name + " " + sample.name + ", jvp");
    ++findings.forward;
  }
}

/// J v by the Jacobian, and its sum with u, forwards and backwards.
void check_jacobian(const OpRow& row, const SampleCase& sample, Context& context,
                    ModeFindings& findings) {
  Subject subject(context, row, sample, 11);
  Builder& b = subject.b;
  const std::size_t first = subject.graph.outputs.size();
  for (const Value y : subject.results)
    for (const Value x : subject.variables) {
      if (b.type(x).elements() > most_elements || b.type(y).elements() > most_elements ||
          b.type(y).dtype != DType::f64)
        continue;
      const Value u = subject.random_leaf("u", b.type(y)), v = subject.random_leaf("v", b.type(x));
      const auto flat = [&](Value value) { return b.reshape(value, {b.type(value).elements()}); };
      const Value jacobian =
          b.reshape(build_jacobian(b, y, x), {b.type(y).elements(), b.type(x).elements()});
      const Value jv = b.dot(jacobian, flat(v), {{}, {}}, {{1}, {0}});
      const auto pulled = build_grad(b, {y, u, {&x, 1}});
      const auto inner = [&](Value p, Value q) {
        return b.dot(flat(p), flat(q), {{}, {}}, {{0}, {0}});
      };
      subject.output("J v", jv);
      subject.output("jvp", flat(build_jvp(b, y, {&x, 1}, {&v, 1})));
      subject.output("<u, J v>", inner(u, jv));
      subject.output("<J^T u, v>", inner(pulled[0], v));
    }
  const auto values = subject.values(first);
  for (std::size_t i = 0; i < values.size(); i += 2) {
    compare(findings, elements_of(values[i]), elements_of(values[i + 1]), 1e-11,
            row.name + " " + sample.name + ", jacobian");
    ++findings.jacobians;
  }
}

/// A scalar function of the row's operands: the sum of its first float result, weighted.
struct Weighted {
  Graph function;
  std::vector<Literal> point;
  std::vector<double> weights;
  std::size_t result;

  /// Its second derivatives for the elements of one operand, then of another, by duals.
  std::vector<double> block(std::size_t p, std::size_t q) const {
    std::vector<double> elements;
    const auto size = [&](std::size_t i) {
      return static_cast<std::size_t>(point[i].type.elements());
    };
    for (std::size_t i = 0; i < size(p); ++i)
      for (std::size_t k = 0; k < size(q); ++k) {
        std::vector<Direction> a(point.size()), c(point.size());
        a[p].assign(size(p), 0), c[q].assign(size(q), 0);
        a[p][i] = c[q][k] = 1;
        const auto duals = checked(second_by_duals(function, point, a, c));
        elements.push_back(inner(duals[result].mixed, weights));
      }
    return elements;
  }
};

double trace(const std::vector<double>& block, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += block[static_cast<std::size_t>(i * (n + 1))];
  return sum;
}

/// Blocks of the Hessian, and sums of its diagonal, against duals along every pair of axes.
void check_second_order(const OpRow& row, const SampleCase& sample, Context& context,
                        ModeFindings& findings) {
  Subject subject(context, row, sample, 13);
  Builder& b = subject.b;
  if (subject.results.empty() || rounds(subject)) return;
  const Value y = subject.results[0];
  const std::span variables =
      std::span(subject.variables).first(std::min<std::size_t>(subject.variables.size(), 2));
  for (const Value x : variables)
    if (b.type(x).elements() > 8) return;
  if (b.type(y).elements() > most_elements) return;
  Weighted wanted{
      function_of(context, row, sample, subject), subject.inputs, {}, subject.result_positions[0]};
  const Value u = subject.random_leaf("u", b.type(y));
  wanted.weights = elements_of(subject.inputs.back());
  std::vector<std::int64_t> axes, sizes;
  for (int i = 0; i < b.rank(y); ++i) axes.push_back(i);
  const Value s = b.sum(b.mul(y, u), axes);
  const std::size_t first = subject.graph.outputs.size();
  for (const Value block : build_hessian(b, s, variables)) subject.output("hessian", block);
  for (const Value x : variables) {
    subject.output("laplacian", build_laplacian(b, s, x));
    sizes.push_back(b.type(x).elements());
  }
  const auto positions = subject.positions;
  const auto values = subject.values(first);
  const std::size_t k = sizes.size();
  const std::string what = row.name + " " + sample.name;
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j) {
      const auto block = wanted.block(positions[i], positions[j]);
      compare(findings, elements_of(values[i * k + j]), block, 1e-10,
              fmt::format("{}, hessian {} {}", what, i, j));
      ++(i == j ? findings.hessians : findings.mixed);
      if (i == j)
        compare(findings, elements_of(values[k * k + i]), {trace(block, sizes[i])}, 1e-10,
                what + ", laplacian");
    }
}

/// The pullback is linear in the cotangent, so its own pullback does not read the cotangent: what
/// the backward sweep made for it alone is dead.
void check_leftovers(const OpRow& row, const SampleCase& sample, Context& context,
                     ModeFindings& findings) {
  Subject subject(context, row, sample, 17);
  if (subject.results.empty()) return;
  const Value y = subject.results[0];
  const Value u = subject.random_leaf("u", subject.graph.type(y));
  const auto pulled = build_grad(subject.b, {y, u, subject.variables});
  subject.graph.outputs.clear();
  for (std::size_t i = 0; i < pulled.size(); ++i) {
    const Value v = subject.random_leaf("v", subject.graph.type(pulled[i]));
    subject.output("jvp", build_grad(subject.b, {pulled[i], v, {&u, 1}})[0]);
  }
  if (subject.b.error()) throw InternalError(subject.b.error()->message);
  const auto simple = checked(run_pipeline(std::move(subject.graph), {.stop_after = "simplify.2"}));
  const Graph& graph = simple.graph;
  const auto live = graph.live_nodes();
  for (const Value leaf : graph.inputs) {
    if (!graph.leaf_name(leaf).starts_with("u")) continue;
    if (live[graph.node_of(leaf).id])
      findings.wrong += row.name + " " + sample.name + ": forward mode reads the cotangent\n";
    ++findings.leftovers;
  }
}

} // namespace

ModeFindings mode_law(const OpTable& table, const OpRow& row, Samples samples) {
  ModeFindings findings;
  for (const SampleCase& sample : samples) {
    if (!findings.wrong.empty() || !fits(row, sample)) continue;
    Context context(table);
    check_forward(row, sample, context, findings);
    check_jacobian(row, sample, context, findings);
    check_second_order(row, sample, context, findings);
    check_leftovers(row, sample, context, findings);
    findings.pairs |= std::ranges::count_if(sample.in, [](const Literal& literal) {
                        return is_float(literal.type.dtype);
                      }) > 1;
  }
  return findings;
}

} // namespace nnc
