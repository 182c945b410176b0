#include "ir/kernel/index.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

namespace nnc {
namespace {

constexpr std::int64_t unbounded = std::int64_t{1} << 60;

std::size_t hash_form(const IndexForm& form) {
  std::size_t hash = static_cast<std::size_t>(form.constant) * 0x9e3779b97f4a7c15u;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
  };
  for (const IndexTerm& term : form.terms) {
    mix(static_cast<std::uint64_t>(term.coefficient));
    mix((static_cast<std::uint64_t>(term.atom.kind) << 32) | term.atom.id);
    mix(static_cast<std::uint64_t>(term.atom.by));
  }
  return hash;
}

std::int64_t clamp_product(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return (a < 0) == (b < 0) ? unbounded : -unbounded;
  return std::clamp(product, -unbounded, unbounded);
}

std::int64_t floor_divide(std::int64_t a, std::int64_t by) {
  const std::int64_t quotient = a / by;
  return quotient - (a % by < 0 ? 1 : 0);
}

/// Sorts terms by atom and merges like ones.
void normalize(IndexForm& form) {
  std::sort(form.terms.begin(), form.terms.end(),
            [](const IndexTerm& a, const IndexTerm& b) { return a.atom < b.atom; });
  std::vector<IndexTerm> merged;
  for (const IndexTerm& term : form.terms) {
    if (!merged.empty() && merged.back().atom == term.atom)
      merged.back().coefficient += term.coefficient;
    else
      merged.push_back(term);
  }
  std::erase_if(merged, [](const IndexTerm& term) { return term.coefficient == 0; });
  form.terms = std::move(merged);
}

Index of_term(IndexPool& pool, const IndexTerm& term) {
  const Atom& atom = term.atom;
  Index index;
  switch (atom.kind) {
  case AtomKind::axis:
    index = pool.of(Axis{atom.id});
    break;
  case AtomKind::floor_div:
    index = pool.floor_div(Index{atom.id}, atom.by);
    break;
  case AtomKind::mod:
    index = pool.mod(Index{atom.id}, atom.by);
    break;
  case AtomKind::data:
    index = pool.of_data(atom.id, atom.by);
    break;
  }
  return pool.mul(index, term.coefficient);
}

/// factor * whole + rest, with rest in 0..factor-1 and a factor of the divisor.
struct Split {
  std::int64_t factor;
  Index whole, rest;
};

/// 200*i + k with k < 200 goes by 200: a division by 5000 is one of i by 25.
std::optional<Split> split(IndexPool& pool, const IndexForm& form, std::int64_t by) {
  std::vector<std::int64_t> factors;
  for (const IndexTerm& term : form.terms) factors.push_back(std::gcd(term.coefficient, by));
  std::ranges::sort(factors, std::greater<>());
  factors.erase(std::unique(factors.begin(), factors.end()), factors.end());
  for (const std::int64_t factor : factors) {
    if (factor <= 1 || factor >= by) continue;
    const std::int64_t constant = floor_divide(form.constant, factor);
    Index whole = pool.constant(constant), rest = pool.constant(form.constant - constant * factor);
    for (const auto& [atom, coefficient] : form.terms)
      if (coefficient % factor == 0)
        whole = pool.add(whole, of_term(pool, {atom, coefficient / factor}));
      else
        rest = pool.add(rest, of_term(pool, {atom, coefficient}));
    const IndexRange range = pool.range(rest);
    if (range.low >= 0 && range.high < factor) return Split{factor, whole, rest};
  }
  return std::nullopt;
}

} // namespace

Axis IndexPool::new_axis(std::int64_t extent, std::string name) {
  axes_.push_back({std::move(name), extent});
  return Axis{static_cast<std::uint32_t>(axes_.size() - 1)};
}

IndexRange IndexPool::atom_range(const Atom& atom) const {
  switch (atom.kind) {
  case AtomKind::axis:
    return {0, std::max<std::int64_t>(axes_[atom.id].extent - 1, 0)};
  case AtomKind::mod:
    return {0, atom.by - 1};
  case AtomKind::data:
    return {0, std::max<std::int64_t>(atom.by - 1, 0)};
  case AtomKind::floor_div: {
    const IndexRange inner = ranges_[atom.id];
    return {floor_divide(inner.low, atom.by), floor_divide(inner.high, atom.by)};
  }
  }
  throw InternalError("index atom of unknown kind");
}

IndexRange IndexPool::form_range(const IndexForm& form) const {
  IndexRange range{form.constant, form.constant};
  for (const IndexTerm& term : form.terms) {
    const IndexRange atom = atom_range(term.atom);
    const std::int64_t a = clamp_product(atom.low, term.coefficient);
    const std::int64_t b = clamp_product(atom.high, term.coefficient);
    range.low = std::clamp(range.low + std::min(a, b), -unbounded, unbounded);
    range.high = std::clamp(range.high + std::max(a, b), -unbounded, unbounded);
  }
  return range;
}

Index IndexPool::intern(IndexForm form) {
  const std::size_t hash = hash_form(form);
  for (auto [it, end] = interned_.equal_range(hash); it != end; ++it)
    if (forms_[it->second] == form) return Index{it->second};
  const auto id = static_cast<std::uint32_t>(forms_.size());
  ranges_.push_back(form_range(form));
  std::vector<Axis> axes;
  for (const IndexTerm& term : form.terms) {
    if (term.atom.kind == AtomKind::axis) axes.push_back(Axis{term.atom.id});
    if (term.atom.kind == AtomKind::floor_div || term.atom.kind == AtomKind::mod)
      axes.insert(axes.end(), free_axes_[term.atom.id].begin(), free_axes_[term.atom.id].end());
  }
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  free_axes_.push_back(std::move(axes));
  forms_.push_back(std::move(form));
  interned_.emplace(hash, id);
  return Index{id};
}

Index IndexPool::constant(std::int64_t value) { return intern({value, {}}); }
Index IndexPool::from_atom(Atom atom) { return intern({0, {{atom, 1}}}); }

Index IndexPool::of(Axis axis) {
  if (axes_[axis.id].extent <= 1) return constant(0);
  return from_atom({AtomKind::axis, axis.id, 0});
}

Index IndexPool::of_data(std::uint32_t expression, std::int64_t extent) {
  return from_atom({AtomKind::data, expression, extent});
}

std::optional<std::int64_t> IndexPool::as_constant(Index index) const {
  const IndexForm& form = forms_[index.id];
  if (form.terms.empty()) return form.constant;
  return std::nullopt;
}

Index IndexPool::add(Index a, Index b) {
  IndexForm sum = forms_[a.id];
  sum.constant += forms_[b.id].constant;
  sum.terms.insert(sum.terms.end(), forms_[b.id].terms.begin(), forms_[b.id].terms.end());
  normalize(sum);
  return recombine(std::move(sum));
}

// c*m*(x div m) + c*(x mod m) = c*x: what splits an index and joins it again leaves no trace.
Index IndexPool::recombine(IndexForm form) {
  for (std::size_t i = 0; i < form.terms.size(); ++i) {
    const IndexTerm rest = form.terms[i];
    if (rest.atom.kind != AtomKind::mod) continue;
    for (std::size_t j = 0; j < form.terms.size(); ++j) {
      const IndexTerm whole = form.terms[j];
      if (whole.atom.kind != AtomKind::floor_div || whole.atom.id != rest.atom.id ||
          whole.atom.by != rest.atom.by ||
          whole.coefficient != clamp_product(rest.coefficient, rest.atom.by))
        continue;
      const Index joined = mul(Index{rest.atom.id}, rest.coefficient);
      form.terms.erase(form.terms.begin() + static_cast<std::ptrdiff_t>(std::max(i, j)));
      form.terms.erase(form.terms.begin() + static_cast<std::ptrdiff_t>(std::min(i, j)));
      return add(intern(std::move(form)), joined);
    }
  }
  return intern(std::move(form));
}

Index IndexPool::mul(Index a, std::int64_t factor) {
  if (factor == 0) return constant(0);
  IndexForm product = forms_[a.id];
  product.constant *= factor;
  for (IndexTerm& term : product.terms) term.coefficient *= factor;
  return intern(std::move(product));
}

Index IndexPool::floor_div(Index a, std::int64_t by) {
  if (by <= 0) throw InternalError("index division by a non-positive constant");
  if (by == 1) return a;
  IndexForm outside, inside;
  for (const IndexTerm& term : forms_[a.id].terms) {
    if (term.coefficient % by == 0)
      outside.terms.push_back({term.atom, term.coefficient / by});
    else
      inside.terms.push_back(term);
  }
  const std::int64_t constant_part = forms_[a.id].constant;
  outside.constant = floor_divide(constant_part, by);
  inside.constant = constant_part - outside.constant * by;
  const IndexRange range = form_range(inside);
  if (range.low >= 0 && range.high < by) return recombine(std::move(outside));
  Index quotient;
  const IndexTerm* only = inside.terms.size() == 1 ? &inside.terms[0] : nullptr;
  if (only && inside.constant == 0 && only->coefficient == 1 &&
      only->atom.kind == AtomKind::floor_div)
    quotient = floor_div(Index{only->atom.id}, clamp_product(only->atom.by, by));
  else if (const auto parts = split(*this, inside, by))
    quotient = floor_div(parts->whole, by / parts->factor);
  else
    quotient = from_atom({AtomKind::floor_div, intern(std::move(inside)).id, by});
  return add(intern(std::move(outside)), quotient);
}

Index IndexPool::mod(Index a, std::int64_t by) {
  if (by <= 0) throw InternalError("index remainder by a non-positive constant");
  if (by == 1) return constant(0);
  IndexForm inside;
  for (const IndexTerm& term : forms_[a.id].terms)
    if (term.coefficient % by != 0) inside.terms.push_back(term);
  inside.constant = forms_[a.id].constant - floor_divide(forms_[a.id].constant, by) * by;
  const IndexRange range = form_range(inside);
  const bool fits = range.low >= 0 && range.high < by;
  if (!fits)
    if (const auto parts = split(*this, inside, by))
      return add(mul(mod(parts->whole, by / parts->factor), parts->factor), parts->rest);
  const Index reduced = intern(std::move(inside));
  if (fits) return reduced;
  return from_atom({AtomKind::mod, reduced.id, by});
}

std::vector<std::uint32_t> IndexPool::data_of(Index index) const {
  std::vector<std::uint32_t> found;
  std::vector<Index> pending{index};
  while (!pending.empty()) {
    const Index next = pending.back();
    pending.pop_back();
    for (const IndexTerm& term : forms_[next.id].terms) {
      if (term.atom.kind == AtomKind::data) found.push_back(term.atom.id);
      if (term.atom.kind == AtomKind::floor_div || term.atom.kind == AtomKind::mod)
        pending.push_back(Index{term.atom.id});
    }
  }
  return found;
}

Index linearize(IndexPool& pool, std::span<const Index> at, std::span<const std::int64_t> shape) {
  const auto strides = row_major_strides(shape);
  Index flat = pool.constant(0);
  for (std::size_t i = 0; i < at.size(); ++i) flat = pool.add(flat, pool.mul(at[i], strides[i]));
  return flat;
}

std::vector<Index> delinearize(IndexPool& pool, Index flat, std::span<const std::int64_t> shape) {
  const auto strides = row_major_strides(shape);
  std::vector<Index> at;
  bool first = true;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] <= 1) { // an empty tensor has no element to name; any index will do
      at.push_back(pool.constant(0));
      continue;
    }
    Index index = pool.floor_div(flat, std::max<std::int64_t>(strides[i], 1));
    // The first index needs no remainder, since `flat` is inside the tensor where it is used: a
    // guard may say so of what its range does not.
    if (!first && (pool.range(index).low < 0 || pool.range(index).high >= shape[i]))
      index = pool.mod(index, shape[i]);
    at.push_back(index);
    first = false;
  }
  return at;
}

} // namespace nnc
