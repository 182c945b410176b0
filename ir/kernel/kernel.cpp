#include "ir/kernel/kernel.h"

#include <algorithm>
#include <array>

namespace nnc {
namespace {

constexpr std::array<std::string_view, 6> role_names = {"input",  "param",    "state",
                                                        "output", "constant", "arena"};
constexpr std::array<std::string_view, 6> form_names = {
    "pointwise", "row reduction", "column reduction", "contraction", "staged rows", "serial"};

void add_once(std::vector<std::uint32_t>& list, std::uint32_t buffer) {
  if (buffer >= local_buffer) return;
  if (std::find(list.begin(), list.end(), buffer) == list.end()) list.push_back(buffer);
}

double extent_product(const ExprPool& pool, std::span<const Axis> axes) {
  double product = 1;
  for (const Axis axis : axes) product *= static_cast<double>(pool.indices().axis(axis).extent);
  return product;
}

} // namespace

std::string_view buffer_role_name(BufferRole role) {
  return role_names[static_cast<std::size_t>(role)];
}

std::string_view form_name(Form form) { return form_names[static_cast<std::size_t>(form)]; }

std::vector<Expr> store_roots(const ExprPool& pool, const Store& store) {
  std::vector<Expr> roots{store.value};
  if (store.guard.valid()) roots.push_back(store.guard);
  for (const Index index : store.at)
    for (const std::uint32_t data : pool.indices().data_of(index)) roots.push_back(Expr{data});
  return roots;
}

std::vector<Expr> stage_roots(const ExprPool& pool, const Stage& stage) {
  std::vector<Expr> roots;
  for (const Store& store : stage.stores)
    for (const Expr root : store_roots(pool, store)) roots.push_back(root);
  return roots;
}

std::vector<Expr> kernel_roots(const Kernel& kernel) {
  std::vector<Expr> roots;
  for (const Stage& stage : kernel.stages)
    for (const Expr root : stage_roots(kernel.pool, stage)) roots.push_back(root);
  return roots;
}

std::vector<std::uint32_t> buffers_read(const Kernel& kernel) {
  std::vector<std::uint32_t> read;
  for (const Stage& stage : kernel.stages)
    for (const Store& store : stage.stores)
      if (store.accumulate) add_once(read, store.buffer);
  for (const Expr expr : topological_order(kernel.pool, kernel_roots(kernel)))
    if (const ExprNode& node = kernel.pool.node(expr); node.op == ScalarOp::load)
      add_once(read, node.source);
  return read;
}

std::vector<std::uint32_t> buffers_written(const Kernel& kernel) {
  std::vector<std::uint32_t> written;
  for (const Stage& stage : kernel.stages)
    for (const Store& store : stage.stores) add_once(written, store.buffer);
  return written;
}

double arithmetic(const Kernel& kernel) {
  double total = 0;
  const double outer = extent_product(kernel.pool, kernel.axes);
  for (const Stage& stage : kernel.stages) {
    std::vector<Expr> roots;
    for (const Store& store : stage.stores) roots.push_back(store.value);
    for (const Expr expr : topological_order(kernel.pool, roots)) {
      // A node runs once per point of its free axes; those of a reduction body include its own.
      double points = extent_product(kernel.pool, kernel.pool.free_axes(expr));
      if (kernel.pool.free_axes(expr).empty()) points = std::min(points, outer);
      const ExprNode& node = kernel.pool.node(expr);
      if (node.op == ScalarOp::reduce)
        points *= extent_product(kernel.pool, kernel.pool.axis_list(node));
      total += points * scalar_op_cost(node.op);
    }
  }
  return total;
}

} // namespace nnc
