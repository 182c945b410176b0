// Runs tapes over buffers, for one kind of float: double, Dual<double> or Dual<Dual<double>>.
#pragma once

#include "ir/interpret/dual.h"
#include "ir/interpret/tape.h"

#include <functional>

namespace nnc::interpreter {

/// A tensor: reals for float dtypes, integers for the others; the other list is empty.
template <class S>
struct Tensor {
  std::vector<S> reals;
  std::vector<std::int64_t> integers;
};

template <class S>
class Evaluator {
public:
  explicit Evaluator(bool flush) : flush_(flush) {}

  /// Operands first, then results, as the loads and stores of the tape count them.
  void run(const Tape& tape, std::span<Tensor<S>* const> buffers);

  /// The value at one point of a nest without serial axes, for the first of its stores, which is
  /// not carried out. `watch` hears of every element that is loaded for it.
  using LoadWatch = std::function<void(std::uint32_t buffer, std::int64_t position)>;
  S point(const Tape& tape, std::span<Tensor<S>* const> buffers, const TapeNest& nest,
          std::span<const std::int64_t> at, const LoadWatch& watch);

private:
  void begin(const Tape& tape, std::span<Tensor<S>* const> buffers);
  void run_nest(const TapeNest& nest);
  void run_lanes(const TapeNest& nest, std::int64_t points);
  void place_lanes(const TapeNest& nest, std::vector<std::int64_t>& at);
  void run_block(std::uint32_t block);
  void scalar(const Step& step);
  void cast(const Step& step);
  void bitcast(const Step& step);
  void load(const Step& step);
  void affine(const Step& step);
  void reduce(const Step& step);
  template <class Visit>
  void each_point(const Loop& loop, Visit visit);
  void reduce_reals(const Step& step, const Loop& loop);
  void reduce_integers(const Step& step, const Loop& loop);
  void find_extreme(const Step& step, const Loop& loop);
  void store(const Store& store);

  S* real(std::uint32_t slot) { return reals_.data() + std::size_t{slot} * lanes; }
  std::int64_t* integer(std::uint32_t slot) { return integers_.data() + std::size_t{slot} * lanes; }

  bool flush_;
  const Tape* tape_ = nullptr;
  std::span<Tensor<S>* const> buffers_;
  int active_ = 0; ///< lanes in use
  const LoadWatch* watch_ = nullptr;
  std::vector<S> reals_;
  std::vector<std::int64_t> integers_, counters_;
};

extern template class Evaluator<double>;
extern template class Evaluator<Dual<double>>;
extern template class Evaluator<Dual<Dual<double>>>;

} // namespace nnc::interpreter
