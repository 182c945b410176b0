// Slices of a tensor, as a loop takes them, in terms of what the tensor is made of.
//
// What rows do with elements is asked of their `element`: where the elements of a result are only
// those of an operand, moved, slices of the one are slices of the other, at places that the index
// tells. Segments and the rows that they are of, pieces and what they are put together to, batches
// and their transposes are such slices of each other.
#pragma once

#include "ir/builder.h"
#include "ir/kernel/expr.h"

#include <map>

namespace nnc {

/// One slice for each of the steps, all of the shape: the element at a place of slice s is the one
/// of the tensor at `at`, indices of a SlicePlaces over s and over the place.
struct Slices {
  Value of;
  std::int64_t steps = 0;
  Shape shape;
  std::vector<std::uint32_t> at; ///< ids of indices, by axis of the tensor

  auto operator<=>(const Slices&) const = default;
};

/// Slices as a loop can take them: rows along an axis of a piece of the tensor, one by one or
/// `length` at a time, with the axes of each in another order.
struct SliceView {
  Shape start, stop; ///< of the piece, by axis of the tensor
  bool whole = true; ///< the piece is all of it
  std::size_t axis = 0;
  std::int64_t length = 0;
  std::vector<std::int64_t> order; ///< of the axes of what is taken; those of extent 1 at the end

  bool row_by_row() const { return whole && axis == 0 && length == 0; }
};

/// Slices of what a value repeats; the axes that this has in those of the value.
struct RepeatedSlices {
  Slices of;
  std::vector<std::int64_t> axes;
  bool same_in_each = false; ///< no axis of the operand is that of the steps: it is taken whole
};

/// Places of a graph's slices. What was asked once is remembered, and the pool of indices grows by
/// it: to whoever asks, that is nothing that changes.
class SlicePlaces {
public:
  explicit SlicePlaces(const Graph& graph) : graph_(graph) {}

  /// What a loop over a value takes of it.
  Slices rows_of(Value value) const;
  /// The same of another value of the same shape.
  static Slices same_of(Slices slices, Value value);
  /// Slices of an operand whose elements those of a value are; nullopt where they are computed, or
  /// of several operands.
  std::optional<Slices> moved_from(const Slices& slices) const;
  /// For a value that repeats its operand.
  std::optional<RepeatedSlices> repeated_from(const Slices& slices) const;
  /// How a loop can take slices; nullopt where it cannot.
  std::optional<SliceView> view(const Slices& slices) const;

private:
  /// Where the element of a slice is.
  struct Source {
    Value operand;
    std::vector<Index> at;
  };

  Index step(std::int64_t steps) const;
  Index inner(std::size_t position, std::int64_t extent) const;
  std::optional<Source> source(const Slices& slices) const;
  std::optional<Source> find_source(const Slices& slices) const;
  std::optional<RepeatedSlices> find_repeated(const Slices& slices) const;
  std::optional<SliceView> find_view(const Slices& slices) const;
  Slices made(Value of, const Slices& like, std::span<const Index> at) const;
  std::optional<std::size_t> row_axis(const Slices& slices, std::size_t axis,
                                      SliceView& view) const;
  std::optional<std::size_t> place_of(const Slices& slices, std::size_t axis,
                                      SliceView& view) const;

  const Graph& graph_;
  mutable ExprPool pool_;
  mutable std::map<std::int64_t, Axis> steps_;
  mutable std::map<std::pair<std::size_t, std::int64_t>, Axis> inner_; ///< by position and extent
  // Answers.
  mutable std::map<Slices, std::optional<Source>> sources_;
  mutable std::map<Slices, std::optional<RepeatedSlices>> repeated_;
  mutable std::map<Slices, std::optional<SliceView>> views_;
};

/// A tensor that a loop goes over, for a view of `value`.
Value taken(Builder& b, Value value, const SliceView& view);
/// What is taken in the order and shape of the slices; `outside`: of all steps, with an axis for
/// them in front.
Value arranged(Builder& b, Value value, const SliceView& view, Shape shape, bool outside);

} // namespace nnc
