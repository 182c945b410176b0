// Drawing the operands and attributes of one op of a random graph.
#pragma once

#include "ir/builder.h"

namespace nnc {

/// A stream of choices from one word.
class Choices {
public:
  explicit Choices(std::uint64_t word) : state_(word) {}
  std::uint64_t next(); ///< splitmix64
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(n));
  }
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
  bool one_in(std::int64_t n) { return below(n) == 0; }
  double real(double low, double high);
  template <class T>
  const T& of(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(below(static_cast<std::int64_t>(list.size())))];
  }

private:
  std::uint64_t state_;
};

struct Call {
  std::vector<Value> operands;
  NamedAttrs attrs;
};

/// What a draw may use: values that are there, and new inputs.
class Operands {
public:
  virtual ~Operands() = default;
  /// Any value of one of these dtypes, rarely a new input.
  virtual Value any(Choices& choices, std::span<const DType> dtypes) = 0;
  /// A value of this type.
  virtual Value like(Choices& choices, const Type& type) = 0;
  /// New integers in 0..extent-1.
  virtual Value indices(Choices& choices, DType dtype, const Shape& shape, std::int64_t extent) = 0;
  virtual Builder& builder() = 0;
};

/// Operands and attributes that suit `row`, most of the time.
Call draw_call(const OpRow& row, Choices& choices, Operands& operands);
Shape draw_shape(Choices& choices);

} // namespace nnc
