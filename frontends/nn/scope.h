// What an nn function builds with: primitive nodes with NumPy's broadcasting, numbers that take the
// dtype of the operand beside them, random sites, and new values of state.
#pragma once

#include "ir/builder.h"

#include <functional>

namespace nnc::nn {

class FunctionTable;

/// A number as a model writes it: it has no dtype of its own.
struct Number {
  Number(double value) : real(value) {}
  Number(std::int64_t value) : real(static_cast<double>(value)), integer(value) {}
  Number(int value) : Number(std::int64_t{value}) {}
  double real;
  std::optional<std::int64_t> integer; ///< exact, where it was written without point or exponent
  bool operator==(const Number&) const = default;
};

/// What may stand at an operand's place; nothing skips an optional operand.
using Operand = std::variant<std::monostate, Number, Value>;

/// A builder whose element-wise operands need not have equal shapes. Errors are kept as in the
/// base; a number that its dtype cannot hold (0.5 as i32, 300 as u8) is an E0203.
class Builder : public nnc::Builder {
public:
  using nnc::Builder::Builder;

  /// Any element-wise row.
  Value elementwise(std::string_view row, std::span<const Operand> operands,
                    const NamedAttrs& attrs = {});
  Value elementwise(std::string_view row, std::initializer_list<Operand> operands,
                    const NamedAttrs& attrs = {}) {
    return elementwise(row, std::span<const Operand>(operands.begin(), operands.size()), attrs);
  }
  /// A scalar of exactly this number; `user` names the op in the message.
  Value number(std::string_view user, DType dtype, const Number& number);
  /// Operands as values: a number gets the dtype of the first value beside it that is not bool.
  /// Skipped operands stay invalid.
  std::vector<Value> values(std::string_view user, std::span<const Operand> operands);
  /// "'w1' is f32[64,128]", or "operand 1 is ..." of a value without a name.
  std::string describe(Value value, int position = 0) const;
};

/// What only the module around a function knows. An empty callback makes what needs it an error.
struct Surroundings {
  /// The module's `rng` state leaf (u32[2]), made when it is first asked for.
  std::function<Value()> rng;
  /// Steps that each of the loops around has taken so far (u32[]), the outermost first.
  std::function<std::vector<Value>()> iterations = {};
  /// Gives state a new value at the end of the call; an error where `state` is none, which the
  /// message calls `what`.
  std::function<Status(Value state, Value next, const std::string& what)> set_state;
};

/// Surroundings of a graph that stands alone: `rng` becomes a leaf of it, new values of state
/// become its updates.
Surroundings standalone(Graph& graph);

class Scope : public Builder {
public:
  Scope(Graph& graph, const FunctionTable& functions, Surroundings around)
      : Builder(graph), functions_(functions), around_(std::move(around)) {}

  const FunctionTable& functions() const { return functions_; }
  bool training = false;
  /// Path of what is being built, for random sites (language.md 4.7): names of enclosing calls and
  /// of the output, joined by '/', with `#k` for the k-th unnamed sub-expression.
  std::string site;

  /// The key of the random site `site`: u32[2].
  Value site_key();
  /// `state` is operand `position` of what sets it.
  void set_state(Value state, Value next, int position);

private:
  const FunctionTable& functions_;
  Surroundings around_;
};

/// The FNV-1a hash that places a site in the stream of `rng`.
std::uint64_t site_hash(std::string_view path);
/// `rng` after one more training call: (seed, calls + 1).
Value advance_rng(nnc::Builder& builder, Value rng);

} // namespace nnc::nn
