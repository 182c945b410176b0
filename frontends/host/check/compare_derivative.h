// One `grad` node of a graph in f64 at one point: its results against dual numbers and central
// differences of what it differentiates, cut out of the graph.
#pragma once

#include "frontends/host/check/derivative_check.h"
#include "frontends/host/check/differentiated.h"
#include "frontends/host/executor.h"
#include "ir/interpret/interpreter.h"

namespace nnc {

/// Elements of an f64 literal, and the literal of some.
std::span<const double> elements(const Literal& literal);
Literal f64_literal(const Type& type, std::span<const double> elements);
/// Uniform in [-1, 1), of (seed, path) alone.
std::vector<double> uniform(std::int64_t count, std::uint32_t seed, const std::string& path);

/// |a - b| relative to the larger, or to a thousandth of `scale`; 0 for two NaNs.
double relative_error(double a, double b, double scale);

/// A function along one direction: its derivative by dual numbers, and its values a step down and
/// up. The seeds of a batch differ only in what these are multiplied with.
struct Secant {
  std::size_t variable = 0;
  Direction direction, duals, low, high;
};

/// A derivative along one direction.
struct DerivativeSides {
  double rule = 0, duals = 0, differences = 0;
  double scale = 1;      ///< below a thousandth of it errors count as if it were that large
  bool defined = true;   ///< the function is finite there
  bool singular = false; ///< and has no derivative that secants come near to
};

/// Where a derivative differs: one element of it, or where its variable is large, the element that
/// halving the variable again and again led to.
struct WorstElement : DerivativeSides {
  std::size_t variable = 0; ///< of the node
  std::int64_t element = 0; ///< of the variable
  std::int64_t seed = 0;    ///< of the batch
};

/// The name of a result of a `grad` node, else "d of / d wrt".
std::string derivative_name(const Graph& graph, NodeId grad, std::size_t variable);
/// What a derivative is made of, as first derivatives for a Hessian, is told of as one row; so are
/// points. The worst of both stays.
void add_row(std::vector<DerivativeRow>& rows, const DerivativeRow& row,
             const DerivativeCheckOptions& options);

class DerivativeComparison {
public:
  /// Both stay with the caller; `grad` is a `grad` node.
  DerivativeComparison(const Graph& graph, NodeId grad, const DerivativeCheckOptions& options);

  /// A row for each variable; the point has values for the inputs of the graph, `seed` chooses
  /// directions.
  Result<std::vector<DerivativeRow>> at(std::span<const Literal> point, std::uint32_t seed);
  /// The worst element of a variable at the last point.
  Result<WorstElement> worst(std::size_t variable) const;

  /// "gw[3]"; of a batch the seed's number stands first.
  std::string element_name(const WorstElement& worst) const;
  bool duals_differ(const DerivativeSides& sides) const;
  double tolerance() const { return options_.dual_tolerance; }
  /// How often what is differentiated was computed so far.
  std::int64_t runs() const { return runs_; }

  /// What was differentiated, with the values of its inputs at the last point.
  const Graph& function() const { return *function_; }
  std::span<const Literal> inputs() const { return inputs_; }
  Value variable(std::size_t i) const { return function_->inputs[positions_[i]]; }
  /// The graph in which the derivative was computed; its outputs begin with those by variable.
  const Graph& derivative() const { return *derivative_; }

private:
  Result<Graph> expanded(Graph graph) const;
  Status prepare();
  Status evaluate(std::span<const Literal> point);
  Result<std::vector<Literal>> gradients(std::span<const Literal> point);
  Status compare(std::size_t variable, std::uint32_t seed, DerivativeRow& row) const;
  Result<Secant> secant(Direction direction, std::size_t variable) const;
  Result<Secant> secant_of_elements(std::size_t variable, std::int64_t from, std::int64_t to) const;
  Result<DerivativeSides> sides(const Secant& secant, std::int64_t batch) const;
  Result<bool> is_rough(const Secant& secant, const DerivativeSides& sides,
                        std::int64_t batch) const;
  Result<Direction> value_at(const Direction& direction, std::size_t variable, double step) const;
  Result<bool> is_singular(const Secant& secant, std::span<const double> seeds) const;
  Status take_worse(const Secant& secant, std::int64_t element, WorstElement& found,
                    double& most) const;
  Result<std::int64_t> by_halves(std::size_t variable, std::int64_t batch) const;
  double apart(const DerivativeSides& sides) const;
  std::int64_t batch_step() const;
  void note(DerivativeRow& row, const DerivativeSides& sides, const std::string& where) const;
  std::span<const double> part(std::size_t value, std::int64_t batch) const;

  const Graph& graph_;
  NodeId grad_;
  const DerivativeCheckOptions& options_;
  std::vector<Value> leaves_; ///< variables first
  std::size_t variables_ = 0;
  std::int64_t batch_ = 1;
  std::int64_t directions_ = 1;        ///< of a variable, that are looked along at most
  std::vector<std::size_t> positions_; ///< of the leaves in the function's inputs
  std::optional<Graph> function_, derivative_;
  std::unique_ptr<Executor> executor_; ///< of the derivative, if not the interpreter
  std::vector<Literal> inputs_;        ///< of the function
  std::vector<Literal> values_;        ///< by variable, of the leaves, the seed
  mutable std::int64_t runs_ = 0;      ///< of the function
};

} // namespace nnc
