// Kernels: what is computed in which loops and stored where. `fuse` makes them from a graph,
// `schedule` gives each a form, `lower` and `plan` settle buffers; then a target emits them.
//
// A kernel is a nest of shared outer loops (its `axes`) around a list of stages that run in order
// for each point of those loops. A stage is a nest of its own axes around stores. A value that only
// later stages of the same kernel read lives in a local buffer, which has no outer axes: one row
// that stays in cache. Elements are scalar expressions over loads from buffers (ir/kernel/expr.h);
// a reduction inside an expression is a loop where it stands, hoisted to the outermost level at
// which its free axes are known.
//
//   kernel @softmax (x) -> (p)   staged rows
//     for i in 0..64
//       stage  m    = max[k in 0..10] x[i,k]
//       stage  e[j] = exp(x[i,j] - m)          j in 0..10
//       stage  s    = sum[k in 0..10] e[k]
//       stage  p[i,j] = e[j] / s               j in 0..10
#pragma once

#include "ir/attributes.h"
#include "ir/kernel/expr.h"
#include "ir/origin.h"

namespace nnc {

/// Who owns the memory of a buffer.
enum class BufferRole : std::uint8_t {
  input,    ///< the caller's, read only
  param,    ///< the caller's, read and written at the end of a call
  state,    ///< the same
  output,   ///< the caller's, written
  constant, ///< part of the program
  arena,    ///< inside the workspace at a fixed offset
};
std::string_view buffer_role_name(BufferRole role);

struct Buffer {
  std::string name; ///< the value's name in dumps
  Type type;
  BufferRole role = BufferRole::arena;
  std::int64_t offset = -1;    ///< bytes into the workspace (arena, after `plan`)
  std::optional<Literal> data; ///< constants
  OriginId origin = {};
};

/// A buffer local to a kernel: one per execution of the outer loops. In expressions and stores its
/// id is `local_buffer + position` in Kernel::locals.
inline constexpr std::uint32_t local_buffer = 1u << 31;
struct LocalBuffer {
  std::string name;
  Type type;
};

struct Store {
  std::uint32_t buffer = 0; ///< index into KernelProgram::buffers, or a local
  std::vector<Index> at = {};
  Expr value = {};
  bool accumulate = false; ///< buffer[at] += value, in the order of the loops
  Expr guard = {};         ///< skipped where false
};

struct Stage {
  std::vector<Axis> axes;   ///< outermost first
  std::vector<bool> serial; ///< per axis: iterations must run in order
  std::vector<Store> stores;
};

/// How a kernel is scheduled; decided from the shape of its loops and expressions alone.
enum class Form : std::uint8_t {
  pointwise,        ///< one stage, no reduction
  row_reduction,    ///< reduces along contiguous elements
  column_reduction, ///< reduces along an outer axis; the vector runs over results
  contraction,      ///< sum over a product of two accesses
  staged_rows,      ///< several stages over rows
  serial,           ///< has a serial axis: cumsum, scatter_add
};
std::string_view form_name(Form form);

struct Kernel {
  std::string name;
  ExprPool pool;
  std::vector<Axis> axes; ///< shared outer loops, iterations independent
  std::vector<LocalBuffer> locals;
  std::vector<Stage> stages;
  Form form = Form::pointwise;
  OriginId origin = {};
};

/// Kernels first..last-1 of a program, which run many times or not at all. Regions are nested
/// properly or apart from each other, and hold kernels; in KernelProgram::regions one comes after
/// those around it and those before it.
///
/// A loop counts its steps up to `length` and to what `count` holds at its beginning; where there
/// is a condition, kernels first..middle-1 compute it before each step and the loop ends where it
/// is false. The kernels of a step read in `counter` which slice of stacked tensors is theirs.
/// A branch runs kernels first..middle-1 where the condition is true, else middle..last-1.
struct Region {
  static constexpr std::uint32_t none = UINT32_MAX;
  enum class Kind : std::uint8_t { loop, branch };

  Kind kind = Kind::loop;
  std::uint32_t first = 0, middle = 0, last = 0; ///< middle: first in a loop without a condition
  std::uint32_t condition = none;                ///< bool[]
  // Loop.
  std::int64_t length = -1;     ///< most steps; -1: only the condition ends it
  bool reverse = false;         ///< the slice of step s is steps - 1 - s, else s
  std::uint32_t count = none;   ///< i64[]: steps, clamped to 0..length
  std::uint32_t counter = none; ///< i64[], written in each step: the slice
  std::uint32_t steps = none;   ///< i64[], written in the end: how many were done
  OriginId origin = {};
};

/// Every element of `buffer` must be in 0..extent-1 before kernels run that use it as an index.
struct RangeCheck {
  std::uint32_t buffer = 0;
  std::int64_t extent = 0;
  std::string node; ///< named when the check fails
  OriginId origin = {};
  std::uint32_t before_kernel =
      0; ///< runs before this kernel, and before a region that begins there
  std::uint32_t region = Region::none; ///< the innermost region that it is part of
};

struct ProgramPort {
  std::string name;
  std::uint32_t buffer = 0;
};

/// A whole function: kernels in order over buffers.
struct KernelProgram {
  std::string name;
  std::vector<Buffer> buffers;
  std::vector<Kernel> kernels;
  std::vector<Region> regions = {};
  std::vector<RangeCheck> checks;
  std::vector<ProgramPort> inputs;  ///< leaves in the order of the function's signature
  std::vector<ProgramPort> outputs; ///< in the order of the function's outputs
  /// `copy_from` is the buffer with the new value, equal to the target when updated in place.
  struct Update {
    std::string name;
    std::uint32_t target = 0, copy_from = 0;
  };
  std::vector<Update> updates;
  std::int64_t arena_bytes = 0; ///< after `plan`; a multiple of buffer_alignment
  bool flush_denormals = true;
};

/// Value, guard and data-dependent indices of a store: all that it evaluates; of all stores of a
/// stage, and of all stages.
std::vector<Expr> store_roots(const ExprPool& pool, const Store& store);
std::vector<Expr> stage_roots(const ExprPool& pool, const Stage& stage);
std::vector<Expr> kernel_roots(const Kernel& kernel);

/// Buffers (not locals) that a kernel reads and writes, each once, in order of first use.
std::vector<std::uint32_t> buffers_read(const Kernel& kernel);
std::vector<std::uint32_t> buffers_written(const Kernel& kernel);
/// Arithmetic operations of one execution, reductions counted in full.
double arithmetic(const Kernel& kernel);

} // namespace nnc
