// Derivatives of a whole function, loops and all, as functions of their own.
#pragma once

#include "ir/builder.h"
#include "testing/laws/derived_sample.h"

namespace nnc {

/// The sum of a function's float results times inputs u, and derivatives of that. Inputs: those of
/// the function, then u, then directions v1, v2, ... as they are asked for.
class DerivedFunction {
public:
  DerivedFunction(Context& context, const Graph& function);

  Value leaf(const std::string& name, const Type& type);
  /// The derivative of `sum` along new inputs takes the place of `sum`.
  void derive();
  /// After all steps on graphs.
  Graph finished(const std::vector<Value>& results);

  Graph graph;
  Builder b;
  std::vector<Value> variables, of; ///< float inputs and results of the function
  Value sum;

private:
  Value weighted(Value value, const std::string& name);
  int order_ = 0;
};

/// What all steps on graphs make of a function; an error is an InternalError.
Graph expanded(Graph graph);

std::vector<Literal> random_inputs(const Graph& graph, Random& random);

/// A derivative along directions, by the rules and by dual numbers.
struct Compared {
  double by_rules = 0, by_duals = 0;
  double error() const;
};
/// The first and second derivatives of a function of floats along random directions at a random
/// point.
std::vector<Compared> compare_derivatives(Context& context, const Graph& function,
                                          std::uint64_t seed);

} // namespace nnc
