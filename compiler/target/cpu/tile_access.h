// Factors of a contraction that are read where they are.
#pragma once

#include "compiler/target/cpu/tile_packing.h"

namespace nnc::cpu {

/// The part of a level that a panel goes over: the others are outside of the tensor.
struct Places {
  llvm::Value *first, *count; ///< count may be 0 or less: none
};
/// For the panel whose axes are bound.
std::vector<Places> places_of_levels(KernelBody& body, const TilePlan& plan);

/// Where a factor starts for the axes bound now: at `first` of `axis`, the first position, and the
/// first of `places` of the levels.
llvm::Value* start_of(KernelBody& body, const TilePlan& plan, Expr factor, Axis axis,
                      llvm::Value* first, const Block& positions,
                      std::span<const Places> places = {});

} // namespace nnc::cpu
