// Indices of a tape: an integer slot for each, in the outermost loop where it is known.

#include "ir/interpret/tape_compiler.h"

#include <algorithm>

namespace nnc::interpreter {

std::size_t TapeCompiler::level_of(const Atom& atom) const {
  std::span<const Axis> axes;
  const Axis self{atom.id};
  if (atom.kind == AtomKind::axis) axes = {&self, 1};
  if (atom.kind == AtomKind::floor_div || atom.kind == AtomKind::mod)
    return level_of_index(Index{atom.id});
  if (atom.kind == AtomKind::data) axes = pool_.free_axes(Expr{atom.id});
  return level_of_axes(axes);
}

std::size_t TapeCompiler::level_of_axes(std::span<const Axis> axes) const {
  std::size_t level = 0;
  for (std::size_t i = 0; i < scopes_.size(); ++i)
    for (const Axis axis : axes)
      if (std::ranges::find(scopes_[i].axes, axis) != scopes_[i].axes.end()) level = i;
  return level;
}

std::size_t TapeCompiler::level_of_index(Index index) const {
  std::size_t level = level_of_axes(pool_.indices().axes_of(index));
  for (const std::uint32_t data : pool_.indices().data_of(index))
    level = std::max(level, level_of_axes(pool_.free_axes(Expr{data})));
  return level;
}

std::uint32_t TapeCompiler::index_slot(Index index) {
  const IndexForm form = pool_.indices().form(index);
  std::uint32_t slot = no_slot;
  IndexForm part{.constant = form.constant, .terms = {}};
  for (std::size_t level = 0; level < scopes_.size(); ++level) {
    IndexForm here{.constant = level == 0 ? form.constant : 0, .terms = {}};
    for (const IndexTerm& term : form.terms)
      if (level_of(term.atom) == level) here.terms.push_back(term);
    if (level > 0 && here.terms.empty()) continue;
    part.terms.insert(part.terms.end(), here.terms.begin(), here.terms.end());
    slot = partial_index(level, slot, here, part);
  }
  return slot;
}

std::uint32_t TapeCompiler::partial_index(std::size_t level, std::uint32_t base,
                                          const IndexForm& add, const IndexForm& whole) {
  std::vector<std::int64_t> key{whole.constant};
  for (const IndexTerm& term : whole.terms)
    key.insert(key.end(), {static_cast<std::int64_t>(term.atom.kind), term.atom.id, term.atom.by,
                           term.coefficient});
  if (const auto known = index_slots_.find(key); known != index_slots_.end()) return known->second;
  Affine affine{.constant = add.constant, .counters = {}, .slots = {}};
  if (base != no_slot) affine.slots.push_back({1, base});
  for (const IndexTerm& term : add.terms) {
    const auto found = counters_.find(term.atom.id);
    const bool counted = term.atom.kind == AtomKind::axis && !lane_axes_.contains(term.atom.id);
    if (counted && found == counters_.end()) throw InternalError("interpret: unbound axis");
    if (counted)
      affine.counters.push_back({term.coefficient, found->second});
    else
      affine.slots.push_back({term.coefficient, atom_slot(level, term.atom)});
  }
  const bool plain = affine.constant == 0 && affine.counters.empty() && affine.slots.size() == 1 &&
                     affine.slots[0].coefficient == 1;
  const std::uint32_t slot = plain ? affine.slots[0].of : emit_affine(level, std::move(affine));
  return index_slots_[key] = slot;
}

std::uint32_t TapeCompiler::emit_affine(std::size_t level, Affine affine) {
  Step step{.kind = StepKind::affine, .dtype = DType::i64, .to = tape_.integers++};
  step.a = static_cast<std::uint32_t>(tape_.affines.size());
  tape_.affines.push_back(std::move(affine));
  tape_.blocks[scopes_[level].block].push_back(step);
  return step.to;
}

std::uint32_t TapeCompiler::atom_slot(std::size_t level, const Atom& atom) {
  if (atom.kind == AtomKind::axis) return lane_axes_.at(atom.id);
  if (atom.kind == AtomKind::data) return slots_.at(atom.id);
  Step step{.kind = atom.kind == AtomKind::mod ? StepKind::modulo : StepKind::divide,
            .dtype = DType::i64};
  step.a = index_slot(Index{atom.id});
  step.b = static_cast<std::uint32_t>(tape_.divisors.size());
  tape_.divisors.push_back(atom.by);
  step.to = tape_.integers++;
  tape_.blocks[scopes_[level].block].push_back(step);
  return step.to;
}

} // namespace nnc::interpreter
