#include "ir/ops/rows.h"

#include <algorithm>

namespace nnc {

OpTable standard_ops() {
  OpTable table;
  ops::add_structure_rows(table);
  ops::add_control_rows(table);
  ops::add_loop_rows(table);
  ops::add_elementwise_rows(table);
  ops::add_layout_rows(table);
  ops::add_piece_rows(table);
  ops::add_window_rows(table);
  ops::add_index_rows(table);
  ops::add_reduce_rows(table);
  ops::add_contract_rows(table);
  ops::add_sort_row(table);
  ops::add_random_rows(table);
  return table;
}

namespace ops {

namespace {

std::string axes_help(int rank) {
  if (rank == 0) return "a scalar has no axes";
  return "its axes are 0 to " + std::to_string(rank - 1) + ", or -1 to -" + std::to_string(rank) +
         " from the last";
}

} // namespace

Result<std::int64_t> resolve_axis(const InferArgs& args, std::int64_t axis, int rank) {
  const std::int64_t resolved = axis < 0 ? axis + rank : axis;
  if (resolved >= 0 && resolved < rank) return resolved;
  return args.attr_error("axis " + std::to_string(axis) + " is outside a tensor of rank " +
                             std::to_string(rank),
                         axes_help(rank));
}

Result<std::vector<std::int64_t>> resolve_axis_list(const InferArgs& args,
                                                    std::string_view attribute, int rank) {
  std::vector<std::int64_t> axes;
  for (const std::int64_t axis : args.view().integers(attribute)) {
    auto resolved = resolve_axis(args, axis, rank);
    if (!resolved) return resolved.error();
    if (std::ranges::find(axes, *resolved) != axes.end())
      return args.attr_error("'" + std::string(attribute) + "' names axis " +
                             std::to_string(*resolved) + " twice");
    axes.push_back(*resolved);
  }
  return axes;
}

Result<std::vector<std::int64_t>> resolve_axes(const InferArgs& args, std::string_view attribute,
                                               int rank) {
  if (!args.view().has(attribute)) return other_axes(rank, {});
  auto axes = resolve_axis_list(args, attribute, rank);
  if (axes) std::sort(axes->begin(), axes->end());
  return axes;
}

Result<std::vector<std::int64_t>> resolve_entries(const InferArgs& args, std::string_view attribute,
                                                  std::size_t count,
                                                  std::optional<std::int64_t> fallback) {
  std::vector<std::int64_t> entries;
  if (args.view().has(attribute))
    entries = args.view().integers(attribute);
  else if (fallback)
    entries.assign(count, *fallback);
  if (fallback && entries.size() == 1) entries.assign(count, entries[0]);
  if (entries.size() == count) return entries;
  return args.attr_error("'" + std::string(attribute) + "' is " + to_string(entries) +
                         ", but has one entry for each of " + std::to_string(count) + " axes");
}

std::vector<std::int64_t> other_axes(int rank, std::span<const std::int64_t> axes) {
  std::vector<std::int64_t> others;
  for (int axis = 0; axis < rank; ++axis)
    if (std::ranges::find(axes, axis) == axes.end()) others.push_back(axis);
  return others;
}

std::string axis_of(std::int64_t axis, const Type& type) {
  return "axis " + std::to_string(axis) + " of " + to_string(type);
}

double no_cost(const CostArgs&) { return 0; }

Expr multiple_of(ElementBuilder& e, Index index, std::int64_t by) {
  const Expr rest = e.pool.index_value(e.index.mod(index, by));
  if (const auto known = e.pool.as_integer(rest))
    return e.pool.constant_int(DType::boolean, *known == 0);
  return e.pool.binary(ScalarOp::eq, rest, e.pool.constant_int(DType::i64, 0));
}

Status require_equal_types(const InferArgs& args) {
  for (std::size_t i = 1; i < args.in.size(); ++i) {
    if (args.in[i].dtype != args.in[0].dtype)
      return args.operand_error(
          "operands are " + to_string(args.in[0]) + " and " + to_string(args.in[i]),
          "write cast(x, to=\"" + std::string(dtype_name(args.in[0].dtype)) + "\")");
    if (args.in[i] != args.in[0])
      return args.operand_error("operands are " + to_string(args.in[0]) + " and " +
                                to_string(args.in[i]));
  }
  return std::nullopt;
}

Status require_float(const InferArgs& args) {
  if (is_float(args.in[0].dtype)) return std::nullopt;
  return args.operand_error("needs floats, not " + to_string(args.in[0]),
                            "write cast(x, to=\"f32\")");
}

Status require_number(const InferArgs& args) {
  if (args.in[0].dtype != DType::boolean) return std::nullopt;
  return args.operand_error("needs numbers, not " + to_string(args.in[0]),
                            "write cast(x, to=\"i32\")");
}

Result<std::vector<Type>> infer_same(InferArgs& args) { return std::vector<Type>{args.in[0]}; }

} // namespace ops
} // namespace nnc
