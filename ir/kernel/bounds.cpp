#include "ir/kernel/bounds.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr std::int64_t unbounded = std::int64_t{1} << 60;
constexpr std::int64_t most_points = 1 << 16;

std::int64_t floor_divide(std::int64_t a, std::int64_t by) { return a / by - (a % by < 0 ? 1 : 0); }

IndexRange intersection(IndexRange a, IndexRange b) {
  return {std::max(a.low, b.low), std::min(a.high, b.high)};
}

/// What one comparison says, if it is one of an index with a number.
std::optional<IndexCondition> condition_of(const ExprPool& pool, const ExprNode& node) {
  if (node.arity != 2) return std::nullopt;
  const ExprNode& left = pool.node(node.operand[0]);
  const auto right = pool.as_integer(node.operand[1]);
  if (left.op != ScalarOp::index || !right) return std::nullopt;
  IndexRange range{-unbounded, unbounded};
  if (node.op == ScalarOp::ge)
    range.low = *right;
  else if (node.op == ScalarOp::gt)
    range.low = *right + 1;
  else if (node.op == ScalarOp::le)
    range.high = *right;
  else if (node.op == ScalarOp::lt)
    range.high = *right - 1;
  else if (node.op == ScalarOp::eq)
    range = {*right, *right};
  else
    return std::nullopt;
  return IndexCondition{Index{left.source}, range};
}

class Narrowing {
public:
  Narrowing(const ExprPool& pool, Expr guard)
      : indices_(pool.indices()), known_(conditions_of(pool, guard)) {}

  // Recursion follows divisions within one index.
  IndexRange range(Index index) const {
    const IndexForm& form = indices_.form(index);
    IndexRange range{form.constant, form.constant};
    for (const IndexTerm& term : form.terms) {
      const IndexRange atom = atom_range(term.atom);
      const std::int64_t a = product(atom.low, term.coefficient);
      const std::int64_t b = product(atom.high, term.coefficient);
      range.low = std::clamp(range.low + std::min(a, b), -unbounded, unbounded);
      range.high = std::clamp(range.high + std::max(a, b), -unbounded, unbounded);
    }
    range = intersection(range, indices_.range(index));
    range = intersection(range, known_range(form));
    return intersection(range, quotient_range(form));
  }

  const std::vector<IndexCondition>& known() const { return known_; }

private:
  /// Of forms that differ by a constant from one that the guard names.
  IndexRange known_range(const IndexForm& form) const {
    IndexRange range{-unbounded, unbounded};
    for (const IndexCondition& known : known_)
      if (const IndexForm& other = indices_.form(known.index); other.terms == form.terms) {
        const std::int64_t apart = form.constant - other.constant;
        range = intersection(range, {known.range.low + apart, known.range.high + apart});
      }
    return range;
  }

  /// x/c - k is (x - c*k)/c, which the guard may know: forms keep what divides outside.
  IndexRange quotient_range(const IndexForm& form) const {
    IndexRange range{-unbounded, unbounded};
    for (const IndexTerm& term : form.terms) {
      if (term.atom.kind != AtomKind::floor_div || std::abs(term.coefficient) != 1) continue;
      IndexForm whole = indices_.form(Index{term.atom.id});
      const std::int64_t by = product(term.atom.by, term.coefficient);
      whole.constant += product(form.constant, by);
      for (const IndexTerm& other : form.terms)
        if (other != term) whole.terms.push_back({other.atom, product(other.coefficient, by)});
      std::ranges::sort(whole.terms, {}, &IndexTerm::atom);
      const IndexRange inner = known_range(whole);
      const IndexRange quotient{floor_divide(inner.low, term.atom.by),
                                floor_divide(inner.high, term.atom.by)};
      range = intersection(range, term.coefficient > 0 ? quotient
                                                       : IndexRange{-quotient.high, -quotient.low});
    }
    return range;
  }

  IndexRange atom_range(const Atom& atom) const {
    IndexRange range{-unbounded, unbounded};
    if (atom.kind == AtomKind::axis)
      range = {0, std::max<std::int64_t>(indices_.axis(Axis{atom.id}).extent - 1, 0)};
    if (atom.kind == AtomKind::data) range = {0, std::max<std::int64_t>(atom.by - 1, 0)};
    if (atom.kind == AtomKind::mod || atom.kind == AtomKind::floor_div) {
      const IndexRange inner = this->range(Index{atom.id});
      if (atom.kind == AtomKind::floor_div)
        range = {floor_divide(inner.low, atom.by), floor_divide(inner.high, atom.by)};
      else
        range = inner.low >= 0 && inner.high < atom.by ? inner : IndexRange{0, atom.by - 1};
    }
    // c*atom + constant in low..high, where nothing else is in the index
    for (const IndexCondition& known : known_) {
      const IndexForm& form = indices_.form(known.index);
      if (form.terms.size() != 1 || form.terms[0].atom != atom) continue;
      const std::int64_t by = form.terms[0].coefficient;
      const std::int64_t low = known.range.low - form.constant;
      const std::int64_t high = known.range.high - form.constant;
      range = intersection(range,
                           by > 0 ? IndexRange{-floor_divide(-low, by), floor_divide(high, by)}
                                  : IndexRange{-floor_divide(high, -by), floor_divide(-low, -by)});
    }
    return range;
  }

  static std::int64_t product(std::int64_t a, std::int64_t b) {
    std::int64_t result = 0;
    if (__builtin_mul_overflow(a, b, &result)) return (a < 0) == (b < 0) ? unbounded : -unbounded;
    return std::clamp(result, -unbounded, unbounded);
  }

  const IndexPool& indices_;
  std::vector<IndexCondition> known_;
};

/// All points of the axes and data that an index and what is known about it depend on.
class Points {
public:
  Points(const IndexPool& indices, Index index, const std::vector<IndexCondition>& known)
      : indices_(indices), index_(index), known_(known) {
    find(index);
    for (const IndexCondition& each : known) find(each.index);
  }

  Bounds try_all(std::int64_t size) {
    std::int64_t points = 1;
    for (const Variable& variable : variables_) {
      if (variable.extent == 0) return Bounds::inside;
      if (variable.extent > most_points / points) return Bounds::unknown;
      points *= variable.extent;
    }
    for (std::int64_t point = 0; point < points; ++point) {
      std::int64_t rest = point;
      for (Variable& variable : variables_) {
        variable.value = rest % variable.extent;
        rest /= variable.extent;
      }
      const bool holds = std::ranges::all_of(known_, [&](const IndexCondition& each) {
        const std::int64_t value = this->value(each.index);
        return each.range.low <= value && value <= each.range.high;
      });
      const std::int64_t at = holds ? value(index_) : 0;
      if (holds && (at < 0 || at >= size)) return Bounds::outside;
    }
    return Bounds::inside;
  }

private:
  struct Variable {
    Atom atom;
    std::int64_t extent = 0, value = 0;
  };

  // Recursion here and below follows divisions within one index.
  void find(Index index) {
    for (const IndexTerm& term : indices_.form(index).terms) {
      const Atom& atom = term.atom;
      if (atom.kind == AtomKind::floor_div || atom.kind == AtomKind::mod)
        find(Index{atom.id});
      else if (std::ranges::find(variables_, atom, &Variable::atom) == variables_.end())
        variables_.push_back(
            {atom, atom.kind == AtomKind::axis ? indices_.axis(Axis{atom.id}).extent : atom.by});
    }
  }

  std::int64_t value(Index index) const {
    const IndexForm& form = indices_.form(index);
    std::int64_t sum = form.constant;
    for (const IndexTerm& term : form.terms) sum += term.coefficient * value(term.atom);
    return sum;
  }

  std::int64_t value(const Atom& atom) const {
    if (atom.kind != AtomKind::floor_div && atom.kind != AtomKind::mod)
      return std::ranges::find(variables_, atom, &Variable::atom)->value;
    const std::int64_t inner = value(Index{atom.id});
    const std::int64_t quotient = floor_divide(inner, atom.by);
    return atom.kind == AtomKind::floor_div ? quotient : inner - quotient * atom.by;
  }

  const IndexPool& indices_;
  Index index_;
  const std::vector<IndexCondition>& known_;
  std::vector<Variable> variables_;
};

bool inside(IndexRange range, std::int64_t size) {
  return range.low > range.high || (range.low >= 0 && range.high < size);
}

} // namespace

std::vector<IndexCondition> conditions_of(const ExprPool& pool, Expr guard, bool* whole) {
  std::vector<IndexCondition> found;
  bool all = true;
  std::vector<Expr> pending;
  if (guard.valid()) pending.push_back(guard);
  while (!pending.empty()) {
    const ExprNode& node = pool.node(pending.back());
    pending.pop_back();
    if (node.op == ScalarOp::bit_and)
      pending.insert(pending.end(), {node.operand[0], node.operand[1]});
    else if (const auto condition = condition_of(pool, node))
      found.push_back(*condition);
    else
      all = false;
  }
  if (whole) *whole = all;
  return found;
}

IndexRange guarded_range(const ExprPool& pool, Index index, Expr guard) {
  return guard.valid() ? Narrowing(pool, guard).range(index) : pool.indices().range(index);
}

Bounds bounds_of(const ExprPool& pool, Index index, Expr guard, std::int64_t size) {
  const IndexPool& indices = pool.indices();
  if (inside(indices.range(index), size)) return Bounds::inside;
  const Narrowing narrowing(pool, guard);
  if (inside(narrowing.range(index), size)) return Bounds::inside;
  return Points(indices, index, narrowing.known()).try_all(size);
}

} // namespace nnc
