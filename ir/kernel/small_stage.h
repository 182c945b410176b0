// Stages of so few points, with sums of so few terms, that all of it is one vector without loops.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

inline constexpr std::int64_t small_stage_points = 16, small_sum_terms = 8;

bool is_small_sum(const ExprPool& pool, const ExprNode& reduction);
/// Points are those of the stage's loops and of the `outer` ones.
bool is_small_stage(const ExprPool& pool, const Stage& stage, std::span<const Axis> outer = {});

} // namespace nnc
