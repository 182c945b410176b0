#include "ir/interpret/evaluate.h"

#include "ir/interpret/real_steps.h"
#include "ir/kernel/combiner.h"
#include "ir/kernel/integer_steps.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace nnc::interpreter {
namespace {

/// The largest (smallest) element seen in one lane and how many were equal to it: their
/// derivatives are averaged at the end.
template <class S>
struct Extreme {
  S best{};
  int ties = 0;

  void add(const S& x, bool largest) {
    const double value = primal(x), known = primal(best);
    if (ties == 0 || (std::isnan(value) && !std::isnan(known)) ||
        (largest ? value > known : value < known)) {
      best = x;
      ties = 1;
    } else if (value == known) {
      const double kept = largest ? maximum(known, value) : minimum(known, value);
      best = best + x;
      set_primal(best, kept);
      ++ties;
    }
  }

  S result() const {
    if (ties < 2) return best;
    S mean = best / S(static_cast<double>(ties));
    set_primal(mean, primal(best));
    return mean;
  }
};

} // namespace

template <class S>
void Evaluator<S>::run(const Tape& tape, std::span<Tensor<S>* const> buffers) {
  begin(tape, buffers);
  for (const TapeNest& nest : tape.nests) run_nest(nest);
}

template <class S>
S Evaluator<S>::point(const Tape& tape, std::span<Tensor<S>* const> buffers, const TapeNest& nest,
                      std::span<const std::int64_t> at, const LoadWatch& watch) {
  begin(tape, buffers);
  active_ = 1;
  watch_ = &watch;
  for (std::size_t i = 0; i < at.size(); ++i) integer(nest.position[i])[0] = at[i];
  run_block(nest.block);
  watch_ = nullptr;
  const Store& first = nest.stores.at(0);
  return is_float(first.dtype) ? *real(first.value) : S(static_cast<double>(*integer(first.value)));
}

template <class S>
void Evaluator<S>::begin(const Tape& tape, std::span<Tensor<S>* const> buffers) {
  tape_ = &tape;
  buffers_ = buffers;
  reals_.resize(std::max(reals_.size(), std::size_t{tape.reals} * lanes));
  integers_.resize(std::max(integers_.size(), std::size_t{tape.integers} * lanes));
  counters_.assign(tape.counters, 0);
  for (const TapeConstant& constant : tape.constants) {
    if (is_float(constant.dtype))
      std::fill_n(real(constant.slot), lanes, S(std::bit_cast<double>(constant.bits)));
    else
      std::fill_n(integer(constant.slot), lanes, static_cast<std::int64_t>(constant.bits));
  }
}

template <class S>
void Evaluator<S>::run_nest(const TapeNest& nest) {
  const std::int64_t points = element_count(nest.parallel);
  if (points == 0 || element_count(nest.serial) == 0) return;
  std::vector<std::int64_t> at(nest.serial.size(), 0);
  for (const std::uint32_t counter : nest.counter) counters_[counter] = 0;
  while (true) {
    run_lanes(nest, points);
    std::size_t axis = at.size();
    while (axis > 0 && ++at[axis - 1] == nest.serial[axis - 1]) at[--axis] = 0;
    if (axis == 0) return;
    for (std::size_t i = 0; i < at.size(); ++i) counters_[nest.counter[i]] = at[i];
  }
}

template <class S>
void Evaluator<S>::run_lanes(const TapeNest& nest, std::int64_t points) {
  std::vector<std::int64_t> at(nest.parallel.size(), 0);
  for (std::int64_t start = 0; start < points; start += lanes) {
    active_ = static_cast<int>(std::min<std::int64_t>(lanes, points - start));
    place_lanes(nest, at);
    run_block(nest.block);
    for (const Store& store_step : nest.stores) store(store_step);
  }
}

template <class S>
void Evaluator<S>::place_lanes(const TapeNest& nest, std::vector<std::int64_t>& at) {
  for (int lane = 0; lane < active_; ++lane) {
    for (std::size_t i = 0; i < at.size(); ++i) integer(nest.position[i])[lane] = at[i];
    for (std::size_t axis = at.size(); axis-- > 0;) {
      if (++at[axis] < nest.parallel[axis]) break;
      at[axis] = 0;
    }
  }
}

template <class S>
void Evaluator<S>::run_block(std::uint32_t block) {
  for (const Step& step : tape_->blocks[block]) {
    switch (step.kind) {
    case StepKind::scalar:
      scalar(step);
      break;
    case StepKind::flush:
      flush_lanes(step.dtype, real(step.to), real(step.a), active_);
      break;
    case StepKind::load:
      load(step);
      break;
    case StepKind::affine:
      affine(step);
      break;
    case StepKind::divide:
    case StepKind::modulo: {
      const std::int64_t by = tape_->divisors[step.b];
      const std::int64_t* a = integer(step.a);
      std::int64_t* to = integer(step.to);
      for (int i = 0; i < active_; ++i) {
        const std::int64_t rest = ((a[i] % by) + by) % by;
        to[i] = step.kind == StepKind::modulo ? rest : (a[i] - rest) / by;
      }
      break;
    }
    case StepKind::reduce:
      reduce(step);
      break;
    }
  }
}

template <class S>
void Evaluator<S>::scalar(const Step& step) {
  const bool reals = is_float(step.operand);
  switch (step.op) {
  case ScalarOp::cast:
    return cast(step);
  case ScalarOp::bitcast:
    return bitcast(step);
  case ScalarOp::select: {
    const std::int64_t* condition = integer(step.a);
    const auto choose = [&](auto* to, const auto* a, const auto* b) {
      for (int i = 0; i < active_; ++i) to[i] = condition[i] ? a[i] : b[i];
    };
    if (reals) return choose(real(step.to), real(step.b), real(step.c));
    return choose(integer(step.to), integer(step.b), integer(step.c));
  }
  case ScalarOp::polygamma: {
    S* to = real(step.to);
    for (int i = 0; i < active_; ++i)
      to[i] = polygamma(static_cast<int>(integer(step.a)[i]), real(step.b)[i]);
    return round_lanes(step.dtype, to, active_, flush_);
  }
  default:
    break;
  }
  if (step.dtype == DType::boolean && step.op >= ScalarOp::eq && step.op <= ScalarOp::is_nan) {
    if (reals) return compare_step(step.op, integer(step.to), real(step.a), real(step.b), active_);
    return compare_integers(step.op, integer(step.to), integer(step.a), integer(step.b), active_);
  }
  if (!reals)
    return integer_step(step.op, step.dtype, integer(step.to), integer(step.a), integer(step.b),
                        active_);
  real_step(step.op, step.dtype, real(step.to), real(step.a), real(step.b), real(step.c), active_);
  if (step.op != ScalarOp::neg && step.op != ScalarOp::abs)
    round_lanes(step.dtype, real(step.to), active_, flush_);
}

template <class S>
void Evaluator<S>::load(const Step& step) {
  const Load& load = tape_->loads[step.a];
  const std::int64_t* offset = integer(load.offset);
  const std::int64_t* guard = load.guard == no_slot ? nullptr : integer(load.guard);
  const auto read = [&](auto* to, const auto& from) {
    const auto size = static_cast<std::int64_t>(from.size());
    using Element = std::decay_t<decltype(*to)>;
    for (int i = 0; i < active_; ++i) {
      if (guard && !guard[i]) {
        to[i] = Element(0);
        continue;
      }
      if (offset[i] < 0 || offset[i] >= size)
        throw InternalError("interpret: the element reads position " + std::to_string(offset[i]) +
                            " of an operand with " + std::to_string(size) + " elements");
      to[i] = from[static_cast<std::size_t>(offset[i])];
      if (watch_) (*watch_)(load.buffer, offset[i]);
    }
  };
  const Tensor<S>& from = *buffers_[load.buffer];
  if (is_float(step.dtype))
    read(real(step.to), from.reals);
  else
    read(integer(step.to), from.integers);
}

template <class S>
void Evaluator<S>::affine(const Step& step) {
  const Affine& form = tape_->affines[step.a];
  std::int64_t base = form.constant;
  for (const Affine::Term& term : form.counters) base += term.coefficient * counters_[term.of];
  std::int64_t* to = integer(step.to);
  if (form.slots.empty()) {
    std::fill_n(to, active_, base);
    return;
  }
  for (std::size_t t = 0; t < form.slots.size(); ++t) {
    const std::int64_t* slot = integer(form.slots[t].of);
    const std::int64_t factor = form.slots[t].coefficient;
    if (t == 0 && factor == 1) {
      for (int i = 0; i < active_; ++i) to[i] = base + slot[i];
    } else if (t == 0) {
      for (int i = 0; i < active_; ++i) to[i] = base + factor * slot[i];
    } else {
      for (int i = 0; i < active_; ++i) to[i] += factor * slot[i];
    }
  }
}

template <class S>
template <class Visit>
void Evaluator<S>::each_point(const Loop& loop, Visit visit) {
  if (element_count(loop.extents) == 0) return;
  for (const std::uint32_t counter : loop.counters) counters_[counter] = 0;
  while (true) {
    run_block(loop.block);
    visit();
    std::size_t axis = loop.extents.size();
    for (; axis > 0; --axis) {
      std::int64_t& counter = counters_[loop.counters[axis - 1]];
      if (++counter < loop.extents[axis - 1]) break;
      counter = 0;
    }
    if (axis == 0) return;
  }
}

template <class S>
void Evaluator<S>::reduce(const Step& step) {
  const Loop& loop = tape_->loops[step.a];
  if (gives_position(loop.combiner))
    find_extreme(step, loop);
  else if (is_float(step.dtype))
    reduce_reals(step, loop);
  else
    reduce_integers(step, loop);
}

template <class S>
void Evaluator<S>::reduce_reals(const Step& step, const Loop& loop) {
  S* to = real(step.to);
  const int n = active_;
  if (loop.combiner == Combiner::sum || loop.combiner == Combiner::prod) {
    const bool sum = loop.combiner == Combiner::sum;
    std::fill_n(to, n, S(sum ? 0.0 : 1.0));
    return each_point(loop, [&] {
      const S* x = real(step.b);
      real_step(sum ? ScalarOp::add : ScalarOp::mul, step.dtype, to, to, x, x, n);
      round_lanes(step.dtype, to, n, flush_);
    });
  }
  const bool largest = loop.combiner == Combiner::max;
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<Extreme<S>> extremes(static_cast<std::size_t>(n));
  each_point(loop, [&] {
    const S* x = real(step.b);
    for (int i = 0; i < n; ++i) extremes[static_cast<std::size_t>(i)].add(x[i], largest);
  });
  for (int i = 0; i < n; ++i) {
    const Extreme<S>& found = extremes[static_cast<std::size_t>(i)];
    to[i] = found.ties ? found.result() : S(largest ? -infinity : infinity);
  }
}

template <class S>
void Evaluator<S>::reduce_integers(const Step& step, const Loop& loop) {
  constexpr ScalarOp ops[] = {ScalarOp::add, ScalarOp::mul, ScalarOp::maximum, ScalarOp::minimum};
  std::int64_t* to = integer(step.to);
  std::fill_n(to, active_, integer_identity(loop.combiner, step.dtype));
  each_point(loop, [&] {
    integer_step(ops[static_cast<std::size_t>(loop.combiner)], step.dtype, to, to, integer(step.b),
                 active_);
  });
}

/// argmax and argmin: the first NaN, else the first extreme.
template <class S>
void Evaluator<S>::find_extreme(const Step& step, const Loop& loop) {
  const bool largest = loop.combiner == Combiner::argmax;
  std::int64_t* to = integer(step.to);
  std::fill_n(to, active_, std::int64_t{0});
  const auto search = [&](auto* best, auto value, auto better) {
    each_point(loop, [&] {
      const std::int64_t position = counters_[loop.counters[0]];
      for (int i = 0; i < active_; ++i) {
        if (position > 0 && !better(value(i), best[i])) continue;
        best[i] = value(i);
        to[i] = position;
      }
    });
  };
  if (is_float(step.operand)) {
    double best[lanes];
    search(
        best, [&](int i) { return primal(real(step.b)[i]); },
        [&](double x, double known) {
          if (std::isnan(x)) return !std::isnan(known);
          return largest ? x > known : x < known;
        });
  } else {
    std::int64_t best[lanes];
    search(
        best, [&](int i) { return integer(step.b)[i]; },
        [&](std::int64_t x, std::int64_t known) { return largest ? x > known : x < known; });
  }
}

template <class S>
void Evaluator<S>::store(const Store& store) {
  Tensor<S>& result = *buffers_[tape_->operands + store.result];
  const std::int64_t* offset = integer(store.offset);
  const std::int64_t* guard = store.guard == no_slot ? nullptr : integer(store.guard);
  const auto write = [&](auto& to, const auto* value, auto add) {
    const auto size = static_cast<std::int64_t>(to.size());
    for (int i = 0; i < active_; ++i) {
      if (guard && !guard[i]) continue;
      if (offset[i] < 0 || offset[i] >= size)
        throw InternalError("interpret: a store outside the result");
      auto& element = to[static_cast<std::size_t>(offset[i])];
      element = store.accumulate ? add(element, value[i]) : value[i];
    }
  };
  if (is_float(store.dtype))
    write(result.reals, real(store.value), [&](const S& a, const S& b) {
      S sum = a;
      if (flush_) flush_lanes(store.dtype, &sum, &sum, 1);
      sum = sum + b;
      round_lanes(store.dtype, &sum, 1, flush_);
      return sum;
    });
  else
    write(result.integers, integer(store.value), [&](std::int64_t a, std::int64_t b) {
      integer_step(ScalarOp::add, store.dtype, &a, &a, &b, 1);
      return a;
    });
}

template class Evaluator<double>;
template class Evaluator<Dual<double>>;
template class Evaluator<Dual<Dual<double>>>;

} // namespace nnc::interpreter
