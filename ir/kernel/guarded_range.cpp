#include "ir/kernel/guarded_range.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr std::int64_t unbounded = std::int64_t{1} << 60;

std::int64_t floor_divide(std::int64_t a, std::int64_t by) { return a / by - (a % by < 0 ? 1 : 0); }

IndexRange intersection(IndexRange a, IndexRange b) {
  return {std::max(a.low, b.low), std::min(a.high, b.high)};
}

/// What a guard says of one index.
struct Known {
  Index index;
  IndexRange range;
};

class Narrowing {
public:
  Narrowing(const ExprPool& pool, Expr guard) : pool_(pool), indices_(pool.indices()) {
    if (!guard.valid()) return;
    std::vector<Expr> pending{guard};
    while (!pending.empty()) {
      const ExprNode& node = pool.node(pending.back());
      pending.pop_back();
      if (node.op == ScalarOp::bit_and)
        pending.insert(pending.end(), {node.operand[0], node.operand[1]});
      else
        learn(node);
    }
  }

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
    for (const Known& known : known_)
      if (const IndexForm& other = indices_.form(known.index); other.terms == form.terms) {
        const std::int64_t apart = form.constant - other.constant;
        range = intersection(range, {known.range.low + apart, known.range.high + apart});
      }
    return range;
  }

private:
  void learn(const ExprNode& node) {
    if (node.arity != 2) return;
    const ExprNode& left = pool_.node(node.operand[0]);
    const auto right = pool_.as_integer(node.operand[1]);
    if (left.op != ScalarOp::index || !right) return;
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
      return;
    known_.push_back({Index{left.source}, range});
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
    for (const Known& known : known_) {
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

  const ExprPool& pool_;
  const IndexPool& indices_;
  std::vector<Known> known_;
};

} // namespace

IndexRange guarded_range(const ExprPool& pool, Index index, Expr guard) {
  return guard.valid() ? Narrowing(pool, guard).range(index) : pool.indices().range(index);
}

} // namespace nnc
