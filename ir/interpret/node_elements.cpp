#include "ir/interpret/node_elements.h"

#include "ir/interpret/graph_run.h"

namespace nnc::interpreter {

bool NodeElements::possible(const Graph& graph, NodeId id) {
  const OpRow& row = *graph.node(id).row;
  return row.element && !row.leaf && !row.literal;
}

NodeElements::NodeElements(const Graph& graph, NodeId id, std::span<const Literal> operands,
                           TapeCache& cache)
    : tape_(cache.tape(graph, id)), evaluator_(graph.context().flush_denormals) {
  for (const Literal& operand : operands) operands_.push_back(to_tensor<double>(operand));
}

TracedElement NodeElements::at(int result, std::int64_t element) {
  const TapeNest& nest = tape_.nests.at(static_cast<std::size_t>(result));
  std::vector<Tensor<double>*> buffers;
  for (Tensor<double>& operand : operands_) buffers.push_back(&operand);
  std::vector<std::int64_t> at(nest.parallel.size());
  for (std::size_t axis = at.size(); axis-- > 0; element /= nest.parallel[axis])
    at[axis] = element % nest.parallel[axis];
  TracedElement traced;
  traced.value =
      evaluator_.point(tape_, buffers, nest, at, [&](std::uint32_t buffer, std::int64_t position) {
        traced.reads.push_back({static_cast<int>(buffer), position});
      });
  return traced;
}

void NodeElements::replace(int operand, const Literal& value) {
  operands_.at(static_cast<std::size_t>(operand)) = to_tensor<double>(value);
}

} // namespace nnc::interpreter
