// Evaluates expressions of basic operations in exactly the arithmetic that targets must use, many
// points at a time: an expression becomes a list of instructions over columns of values.
#pragma once

#include "ir/kernel/expr.h"

#include <bit>

namespace nnc {

class ScalarTape {
public:
  /// Inputs are the `element` nodes, by their source: source k reads column k.
  ScalarTape(const ExprPool& pool, Expr root);

  /// One value per point; each value is the 64 bits of a register (narrow ones zero-extended).
  using Column = std::vector<std::uint64_t>;
  Column run(std::span<const Column> inputs) const;

  /// Operations other than leaves and bitcasts.
  int operations() const;

private:
  struct Instruction {
    ExprNode node;
    DType from = DType::f32; ///< dtype of the first operand
    std::uint32_t operand[3] = {};
  };
  void run_block(std::span<const Column> inputs, std::size_t first, std::size_t count,
                 std::vector<std::uint64_t>& registers, Column& out) const;

  std::vector<Instruction> code_;
};

inline std::uint64_t to_register(float value) { return std::bit_cast<std::uint32_t>(value); }
inline std::uint64_t to_register(double value) { return std::bit_cast<std::uint64_t>(value); }
template <class Real>
Real from_register(std::uint64_t bits) {
  if constexpr (sizeof(Real) == 4)
    return std::bit_cast<Real>(static_cast<std::uint32_t>(bits));
  else
    return std::bit_cast<Real>(bits);
}

} // namespace nnc
