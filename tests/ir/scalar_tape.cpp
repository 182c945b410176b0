#include "ir/scalar_tape.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace nnc {
namespace {

constexpr std::size_t block = 256;

template <class T>
T get(std::uint64_t bits) {
  if constexpr (std::is_floating_point_v<T>)
    return from_register<T>(bits);
  else
    return static_cast<T>(bits);
}

template <class T>
std::uint64_t put(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return to_register(value);
  else if constexpr (std::is_same_v<T, bool>)
    return value ? 1 : 0;
  else if constexpr (sizeof(T) == 4)
    return static_cast<std::uint32_t>(value);
  else
    return static_cast<std::uint64_t>(value);
}

struct Columns {
  const std::uint64_t *a, *b, *c;
  std::uint64_t* out;
  std::size_t count;
};

template <class T, class F>
void each1(const Columns& at, F f) {
  for (std::size_t i = 0; i < at.count; ++i) at.out[i] = put(f(get<T>(at.a[i])));
}

template <class T, class F>
void each2(const Columns& at, F f) {
  for (std::size_t i = 0; i < at.count; ++i) at.out[i] = put(f(get<T>(at.a[i]), get<T>(at.b[i])));
}

template <class T>
bool compare(ScalarOp op, const Columns& at) {
  switch (op) {
  case ScalarOp::eq:
    each2<T>(at, [](T a, T b) { return a == b; });
    return true;
  case ScalarOp::ne:
    each2<T>(at, [](T a, T b) { return a != b; });
    return true;
  case ScalarOp::lt:
    each2<T>(at, [](T a, T b) { return a < b; });
    return true;
  case ScalarOp::le:
    each2<T>(at, [](T a, T b) { return a <= b; });
    return true;
  case ScalarOp::gt:
    each2<T>(at, [](T a, T b) { return a > b; });
    return true;
  case ScalarOp::ge:
    each2<T>(at, [](T a, T b) { return a >= b; });
    return true;
  default:
    return false;
  }
}

template <class T>
bool real(ScalarOp op, const Columns& at) {
  switch (op) {
  case ScalarOp::neg:
    each1<T>(at, [](T a) { return -a; });
    return true;
  case ScalarOp::abs:
    each1<T>(at, [](T a) { return std::fabs(a); });
    return true;
  case ScalarOp::add:
    each2<T>(at, [](T a, T b) { return a + b; });
    return true;
  case ScalarOp::sub:
    each2<T>(at, [](T a, T b) { return a - b; });
    return true;
  case ScalarOp::mul:
    each2<T>(at, [](T a, T b) { return a * b; });
    return true;
  case ScalarOp::div:
    each2<T>(at, [](T a, T b) { return a / b; });
    return true;
  case ScalarOp::fma:
    for (std::size_t i = 0; i < at.count; ++i)
      at.out[i] = put(std::fma(get<T>(at.a[i]), get<T>(at.b[i]), get<T>(at.c[i])));
    return true;
  case ScalarOp::sqrt:
    each1<T>(at, [](T a) { return std::sqrt(a); });
    return true;
  case ScalarOp::floor:
    each1<T>(at, [](T a) { return std::floor(a); });
    return true;
  case ScalarOp::round:
    each1<T>(at, [](T a) { return std::nearbyint(a); });
    return true;
  default:
    return compare<T>(op, at);
  }
}

template <class T>
bool integer(ScalarOp op, const Columns& at) {
  using U = std::make_unsigned_t<T>;
  constexpr T width = sizeof(T) * 8;
  switch (op) {
  case ScalarOp::add:
    each2<U>(at, [](U a, U b) { return static_cast<U>(a + b); });
    return true;
  case ScalarOp::sub:
    each2<U>(at, [](U a, U b) { return static_cast<U>(a - b); });
    return true;
  case ScalarOp::bit_and:
    each2<U>(at, [](U a, U b) { return static_cast<U>(a & b); });
    return true;
  case ScalarOp::bit_or:
    each2<U>(at, [](U a, U b) { return static_cast<U>(a | b); });
    return true;
  case ScalarOp::bit_xor:
    each2<U>(at, [](U a, U b) { return static_cast<U>(a ^ b); });
    return true;
  case ScalarOp::shift_left:
    each2<T>(at, [](T a, T b) {
      return b < 0 || b >= width ? T{0} : static_cast<T>(static_cast<U>(a) << b);
    });
    return true;
  case ScalarOp::shift_right:
    each2<T>(at,
             [](T a, T b) { return static_cast<T>(a >> (b < 0 || b >= width ? width - 1 : b)); });
    return true;
  default:
    return compare<T>(op, at);
  }
}

/// The casts that expansions use; integers come from floats only where they fit.
bool cast(DType from, DType to, const Columns& at) {
  if (from == DType::f32 && to == DType::f64)
    each1<float>(at, [](float a) { return double{a}; });
  else if (from == DType::f64 && to == DType::f32)
    each1<double>(at, [](double a) { return static_cast<float>(a); });
  else if (from == DType::i32 && to == DType::f32)
    each1<std::int32_t>(at, [](std::int32_t a) { return static_cast<float>(a); });
  else if (from == DType::i64 && to == DType::i32)
    each1<std::int64_t>(at, [](std::int64_t a) { return static_cast<std::int32_t>(a); });
  else
    return false;
  return true;
}

bool apply(const ExprNode& node, DType from, const Columns& at) {
  if (node.op == ScalarOp::select) {
    for (std::size_t i = 0; i < at.count; ++i) at.out[i] = at.a[i] ? at.b[i] : at.c[i];
    return true;
  }
  if (node.op == ScalarOp::bitcast) {
    std::copy_n(at.a, at.count, at.out);
    return true;
  }
  if (node.op == ScalarOp::cast) return cast(from, node.dtype, at);
  switch (from) {
  case DType::f32:
    return real<float>(node.op, at);
  case DType::f64:
    return real<double>(node.op, at);
  case DType::i32:
    return integer<std::int32_t>(node.op, at);
  case DType::i64:
  case DType::boolean:
    return integer<std::int64_t>(node.op, at);
  default:
    return false;
  }
}

std::uint64_t constant_register(const ExprNode& node) {
  if (node.dtype == DType::f32)
    return to_register(static_cast<float>(std::bit_cast<double>(node.bits)));
  if (dtype_size(node.dtype) == 4) return static_cast<std::uint32_t>(node.bits);
  return node.bits;
}

} // namespace

ScalarTape::ScalarTape(const ExprPool& pool, Expr root) {
  std::unordered_map<std::uint32_t, std::uint32_t> places;
  for (const Expr expr : topological_order(pool, std::span(&root, 1))) {
    Instruction instruction{.node = pool.node(expr)};
    for (int i = 0; i < instruction.node.arity; ++i)
      instruction.operand[i] = places.at(instruction.node.operand[i].id);
    if (instruction.node.arity > 0) instruction.from = pool.dtype(instruction.node.operand[0]);
    places[expr.id] = static_cast<std::uint32_t>(code_.size());
    code_.push_back(instruction);
  }
}

ScalarTape::Column ScalarTape::run(std::span<const Column> inputs) const {
  Column out(inputs[0].size());
  std::vector<std::uint64_t> registers(code_.size() * block);
  for (std::size_t k = 0; k < code_.size(); ++k)
    if (code_[k].node.op == ScalarOp::constant)
      std::fill_n(registers.begin() + static_cast<std::ptrdiff_t>(k * block), block,
                  constant_register(code_[k].node));
  for (std::size_t first = 0; first < out.size(); first += block)
    run_block(inputs, first, std::min(block, out.size() - first), registers, out);
  return out;
}

void ScalarTape::run_block(std::span<const Column> inputs, std::size_t first, std::size_t count,
                           std::vector<std::uint64_t>& registers, Column& out) const {
  const auto column = [&](std::size_t k) { return registers.data() + k * block; };
  for (std::size_t k = 0; k < code_.size(); ++k) {
    const Instruction& now = code_[k];
    if (now.node.op == ScalarOp::constant) continue;
    if (now.node.op == ScalarOp::element) {
      std::copy_n(inputs[now.node.source].data() + first, count, column(k));
      continue;
    }
    const Columns at{column(now.operand[0]), column(now.operand[1]), column(now.operand[2]),
                     column(k), count};
    if (!apply(now.node, now.from, at))
      throw InternalError("not a basic operation: " + std::string(scalar_op_name(now.node.op)));
  }
  std::copy_n(column(code_.size() - 1), count, out.data() + first);
}

int ScalarTape::operations() const {
  return static_cast<int>(std::ranges::count_if(code_, [](const Instruction& instruction) {
    const ScalarOp op = instruction.node.op;
    return op != ScalarOp::constant && op != ScalarOp::element && op != ScalarOp::bitcast;
  }));
}

} // namespace nnc
