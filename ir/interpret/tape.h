// Tapes: the scalar expressions of one node as flat lists of steps.
//
// A tape computes a block of `lanes` loop points at a time: every slot is an array with one entry
// per lane, reals and integers apart. Reductions are steps with a block of their own that is
// repeated for each point of their axes, in order; what does not depend on those axes is computed
// before the loop.
#pragma once

#include "ir/element.h"

namespace nnc::interpreter {

inline constexpr int lanes = 128;

enum class StepKind : std::uint8_t { scalar, flush, load, affine, divide, modulo, reduce };

/// `a`, `b`, `c` are slots (real or integer by the dtypes of the op); for load and affine `a` is
/// the entry in the tape's table of that name; for divide and modulo `b` the divisor's entry in
/// `divisors`; for reduce `a` is the entry in `loops` and `b` the slot of the body.
struct Step {
  StepKind kind = StepKind::scalar;
  ScalarOp op = ScalarOp::constant;
  DType dtype = DType::f32;   ///< of the result
  DType operand = DType::f32; ///< of the operands (of `a` for cast, of `b` for select)
  std::uint32_t to = 0, a = 0, b = 0, c = 0;
};

inline constexpr std::uint32_t no_slot = UINT32_MAX;

/// An element of a buffer: of the operands, the results, or the temporaries, counted in this order.
struct Load {
  std::uint32_t buffer = 0;
  std::uint32_t offset = 0;      ///< integer slot
  std::uint32_t guard = no_slot; ///< integer slot; where it is 0 the element reads as 0
};

/// constant + sum of coefficients times loop counters (equal in all lanes) and integer slots.
struct Affine {
  struct Term {
    std::int64_t coefficient = 1;
    std::uint32_t of = 0;
  };
  std::int64_t constant = 0;
  std::vector<Term> counters, slots;
};

struct Loop {
  Combiner combiner = Combiner::sum;
  std::vector<std::int64_t> extents;   ///< outermost first
  std::vector<std::uint32_t> counters; ///< one per axis
  std::uint32_t block = 0;
};

struct Store {
  std::uint32_t result = 0;
  DType dtype = DType::f32;
  std::uint32_t offset = 0, value = 0; ///< slots
  std::uint32_t guard = no_slot;
  bool accumulate = false;
};

/// A loop nest: serial loops in order outside, the points of the parallel axes in lanes inside.
struct TapeNest {
  std::vector<std::int64_t> serial;    ///< extents
  std::vector<std::uint32_t> counter;  ///< one per serial axis
  std::vector<std::int64_t> parallel;  ///< extents
  std::vector<std::uint32_t> position; ///< integer slot of each parallel axis
  std::uint32_t block = 0;
  std::vector<Store> stores; ///< after all values of the point are computed
};

struct TapeConstant {
  std::uint32_t slot = 0;
  DType dtype = DType::f32;
  std::uint64_t bits = 0; ///< as ExprNode::bits
};

struct Tape {
  std::uint32_t reals = 0, integers = 0, counters = 0; ///< how many
  std::uint32_t operands = 0;                          ///< buffers before the results
  std::vector<std::vector<Step>> blocks;
  std::vector<Load> loads;
  std::vector<Affine> affines;
  std::vector<std::int64_t> divisors;
  std::vector<Loop> loops;
  std::vector<TapeConstant> constants;
  std::vector<TapeNest> nests;
  std::vector<Type> temporaries; ///< buffers behind the results
};

/// The tape of a node whose row has `element` or `body`. Operands that are the same value share
/// the first one's buffer. With `flush`, denormal operands of f32 and f64 arithmetic become zero.
Tape compile_tape(const Graph& graph, NodeId node, bool flush);

} // namespace nnc::interpreter
