// Index expressions: which element of a tensor is meant, in terms of loop axes.
//
// An index is an affine form  c0 + sum of c_i * atom_i  over integers, where an atom is a loop
// axis, a floor division or a remainder of another index by a positive constant, or an integer
// computed from data (gather). Forms are canonical (atoms sorted, like terms merged, divisions
// simplified by the known ranges of the axes) and interned: equal indices have equal handles, so
// reshapes of reshapes, shifted windows and the like meet again in the same expression.
#pragma once

#include "ir/types.h"

#include <deque>
#include <string>
#include <unordered_map>

namespace nnc {

/// A loop variable running over 0..extent-1.
struct Axis {
  std::uint32_t id = UINT32_MAX;
  bool operator==(const Axis&) const = default;
  auto operator<=>(const Axis&) const = default;
};

struct Index {
  std::uint32_t id = UINT32_MAX;
  bool operator==(const Index&) const = default;
};

enum class AtomKind : std::uint8_t { axis, floor_div, mod, data };

/// `id` is an axis, an index (floor_div, mod) or an expression (data); `by` the divisor, or for
/// data the extent that the value is checked against.
struct Atom {
  AtomKind kind = AtomKind::axis;
  std::uint32_t id = 0;
  std::int64_t by = 0;
  bool operator==(const Atom&) const = default;
  auto operator<=>(const Atom&) const = default;
};

struct IndexTerm {
  Atom atom;
  std::int64_t coefficient = 1;
  bool operator==(const IndexTerm&) const = default;
};

struct IndexForm {
  std::int64_t constant = 0;
  std::vector<IndexTerm> terms; ///< sorted by atom, no zero coefficient
  bool operator==(const IndexForm&) const = default;
};

struct AxisInfo {
  std::string name;
  std::int64_t extent = 0;
};

struct IndexRange {
  std::int64_t low = 0, high = 0; ///< both inclusive
};

class IndexPool {
public:
  Axis new_axis(std::int64_t extent, std::string name);
  const AxisInfo& axis(Axis axis) const { return axes_[axis.id]; }
  std::size_t axis_count() const { return axes_.size(); }

  Index constant(std::int64_t value);
  Index of(Axis axis);
  Index of_data(std::uint32_t expression, std::int64_t extent);
  Index add(Index a, Index b);
  Index add(Index a, std::int64_t b) { return add(a, constant(b)); }
  Index sub(Index a, Index b) { return add(a, mul(b, -1)); }
  Index mul(Index a, std::int64_t factor);
  Index floor_div(Index a, std::int64_t by); ///< rounds towards minus infinity; by > 0
  Index mod(Index a, std::int64_t by);       ///< in 0..by-1; by > 0

  const IndexForm& form(Index index) const { return forms_[index.id]; }
  std::optional<std::int64_t> as_constant(Index index) const;
  IndexRange range(Index index) const { return ranges_[index.id]; }
  std::size_t size() const { return forms_.size(); }

  /// Axes an index depends on (those of data atoms not included), sorted.
  const std::vector<Axis>& axes_of(Index index) const { return free_axes_[index.id]; }
  /// Expressions whose values the index uses, directly or below a division.
  std::vector<std::uint32_t> data_of(Index index) const;

private:
  Index intern(IndexForm form);
  IndexRange atom_range(const Atom& atom) const;
  IndexRange form_range(const IndexForm& form) const;
  Index from_atom(Atom atom);
  Index recombine(IndexForm form);

  std::deque<AxisInfo> axes_;
  std::deque<IndexForm> forms_;
  std::vector<IndexRange> ranges_;
  std::deque<std::vector<Axis>> free_axes_;
  std::unordered_multimap<std::size_t, std::uint32_t> interned_;
};

/// The position in a row-major tensor of `shape` of the element at `at`.
Index linearize(IndexPool& pool, std::span<const Index> at, std::span<const std::int64_t> shape);
/// The inverse: the indices of the element at position `flat`.
std::vector<Index> delinearize(IndexPool& pool, Index flat, std::span<const std::int64_t> shape);

} // namespace nnc
