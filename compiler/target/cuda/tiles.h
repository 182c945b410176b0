// Contractions in tiles: a block computes 64 x 64 results. It goes over the reduced axes in steps
// of 16, for which it keeps both factors, with whatever is computed of them, in shared memory; each
// thread adds up 4 x 4 results in registers, in the order of the reduced axes.
#pragma once

#include "compiler/schedule/contraction.h"
#include "compiler/target/source/stage.h"

namespace nnc::cuda {

inline constexpr std::int64_t tile_threads = 256;

/// The form, where tiles are worth it: results and sums that fill them.
std::optional<Contraction> find_tiles(const Kernel& kernel);
/// How many tiles there are.
std::int64_t tile_count(const ExprPool& pool, const Contraction& form);
/// The body of the kernel's function.
void print_tiles(source::ExpressionPrinter& printer, source::Library& library, const Kernel& kernel,
                 const Contraction& form, const source::DTypeOf& dtype_of);

} // namespace nnc::cuda
