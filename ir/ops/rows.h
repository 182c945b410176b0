// The files of op rows and what they share: type rules and element functions of common forms.
#pragma once

#include "ir/batching.h"
#include "ir/element.h"
#include "ir/pullback.h"

namespace nnc::ops {

// One function per file of rows; standard_ops() calls them all.
void add_structure_rows(OpTable& table);   // input constant cut checkpoint stop_gradient
void add_control_rows(OpTable& table);     // call vmap grad
void add_loop_rows(OpTable& table);        // scan while cond
void add_elementwise_rows(OpTable& table); // all of ir/ops/elementwise.h
void add_layout_rows(OpTable& table);      // broadcast reshape transpose reverse
void add_piece_rows(OpTable& table);       // slice pad concat
void add_window_rows(OpTable& table);      // window fold
void add_index_rows(OpTable& table);       // iota gather scatter_add
void add_reduce_rows(OpTable& table);      // sum prod max min argmax argmin cumsum
void add_contract_rows(OpTable& table);    // dot
void add_sort_row(OpTable& table);         // sort
void add_random_rows(OpTable& table);      // random_bits

/// Axis in 0..rank-1 from one that may count from the end, or an E0204.
Result<std::int64_t> resolve_axis(const InferArgs& args, std::int64_t axis, int rank);
/// Axes likewise: in range, no duplicates, sorted; absent = all.
Result<std::vector<std::int64_t>> resolve_axes(const InferArgs& args, std::string_view attribute,
                                               int rank);

/// Axes in range and without duplicates, in the order given.
Result<std::vector<std::int64_t>> resolve_axis_list(const InferArgs& args,
                                                    std::string_view attribute, int rank);

/// A list attribute with one entry for each of `count` axes. With a `fallback` it may be absent,
/// and one entry stands for all.
Result<std::vector<std::int64_t>> resolve_entries(const InferArgs& args, std::string_view attribute,
                                                  std::size_t count,
                                                  std::optional<std::int64_t> fallback = {});

/// E0203 unless all operands have one type.
Status require_equal_types(const InferArgs& args);
/// E0203 unless the dtype of operand 0 is among those of a class.
Status require_float(const InferArgs& args);
Status require_number(const InferArgs& args); ///< float or integer, not bool

/// The axes of 0..rank-1 that are not in `axes`, ascending.
std::vector<std::int64_t> other_axes(int rank, std::span<const std::int64_t> axes);
/// Is the index a multiple of `by`? Often known from what it is composed of: never, or always.
Expr multiple_of(ElementBuilder& e, Index index, std::int64_t by);

/// "axis 1 of f32[2,3]", for messages.
std::string axis_of(std::int64_t axis, const Type& type);
/// The row moves elements and computes nothing.
double no_cost(const CostArgs& args);

/// Type rule of an op whose result has the type of operand 0.
Result<std::vector<Type>> infer_same(InferArgs& args);

} // namespace nnc::ops
