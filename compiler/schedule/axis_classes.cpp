#include "compiler/schedule/axis_classes.h"

namespace nnc {

std::optional<Axis> plain_axis(const IndexPool& indices, Index index) {
  const IndexForm& form = indices.form(index);
  if (form.constant != 0 || form.terms.size() != 1) return std::nullopt;
  const IndexTerm& term = form.terms[0];
  if (term.atom.kind != AtomKind::axis || term.coefficient != 1) return std::nullopt;
  return Axis{term.atom.id};
}

AxisClasses::AxisClasses(const KernelProgram& program) {
  std::uint32_t count = 0;
  for (const Buffer& buffer : program.buffers) {
    first_of_buffer_.push_back(count);
    count += static_cast<std::uint32_t>(buffer.type.rank());
  }
  for (const Kernel& kernel : program.kernels) {
    first_of_kernel_.push_back(count);
    count += static_cast<std::uint32_t>(kernel.pool.indices().axis_count());
  }
  for (std::uint32_t id = 0; id < count; ++id) parent_.push_back(id);
  for (std::uint32_t k = 0; k < program.kernels.size(); ++k) {
    const Kernel& kernel = program.kernels[k];
    for (const Expr expr : topological_order(kernel.pool, kernel_roots(kernel)))
      if (const ExprNode& node = kernel.pool.node(expr); node.op == ScalarOp::load)
        follow(k, kernel.pool, node.source, kernel.pool.index_list(node));
    for (const Stage& stage : kernel.stages)
      for (const Store& store : stage.stores) follow(k, kernel.pool, store.buffer, store.at);
  }
}

void AxisClasses::follow(std::uint32_t kernel, const ExprPool& pool, std::uint32_t buffer,
                         std::span<const Index> at) {
  if (buffer >= local_buffer) return;
  for (std::size_t i = 0; i < at.size(); ++i)
    if (const auto axis = plain_axis(pool.indices(), at[i]))
      unite(first_of_buffer_[buffer] + static_cast<std::uint32_t>(i),
            first_of_kernel_[kernel] + axis->id);
}

std::uint32_t AxisClasses::find(std::uint32_t id) const {
  while (parent_[id] != id) id = parent_[id] = parent_[parent_[id]];
  return id;
}

} // namespace nnc
