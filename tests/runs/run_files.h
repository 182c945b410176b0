// The run files: models with inputs and the outputs that they must give, computed outside nnc.
#pragma once

#include "frontends/model/build.h"
#include "ir/graph.h"

#include <nlohmann/json.hpp>

namespace nnc::test {

/// One run: a function of a model, its inputs, and what must come out.
class RunCase {
public:
  RunCase(std::string file, const std::string& model, nlohmann::json run);

  const std::string& name() const { return name_; } ///< "scans.json values"
  Context& context() { return *context_; }
  /// The function as the model has it, in the context.
  Graph build();
  /// For a graph with the leaves of the function.
  std::vector<Literal> inputs(const Graph& graph) const;
  /// Each output within the bounds that the file gives; integers to the bit.
  void expect_outputs(const Graph& graph, const Result<std::vector<Literal>>& values,
                      const std::string& what) const;

private:
  std::string name_;
  nlohmann::json run_;
  OpTable rows_;
  nn::FunctionTable functions_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<Model> model_;
};

/// The runs of every file of tests/runs.
std::vector<std::unique_ptr<RunCase>> all_runs();

} // namespace nnc::test
