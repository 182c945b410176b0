// The value of a term by its definition, for tests: every axis of every tensor has `extent`
// elements, so that no term needs to know its sizes, and loops that read slices take as many steps.
#pragma once

#include "frontends/formula/term.h"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace nnc::formula {

constexpr std::int64_t extent = 3;

using Place = std::vector<std::int64_t>;
using Leaves = std::map<std::string, std::vector<double>>; ///< row-major elements, by name

class Evaluation {
public:
  Evaluation(const Terms& terms, const Leaves& leaves) : terms_(terms), leaves_(leaves) {}
  /// The element at `at`, which has one entry for each axis of the term's space.
  double operator()(Scaled x, const Place& at) { return x.factor * value(x.term, at); }

private:
  double value(TermId term, const Place& at);
  double computed(const Term& term, const Place& at);
  double product(const Term& term, const Place& at);
  double call(const Term& term, const Place& at);
  double index(const Term& term, const Place& at);
  double sorted(const Term& term, const Place& at);
  double running(const Term& term, const Place& at);
  double diagonal(const Term& term, const Place& at);
  double element(const Term& term, const Place& at);
  double condition(const Term& term, const Place& at);
  double einsum(const Term& term, const Place& at);
  double over(const Term& term, const Place& at);
  double matrix(const Term& term, const Place& at);
  double compare(const Term& term, const Place& at);
  double of_loop(const Term& term, const Place& at);
  double state(const Term& term, const Place& at);
  double series(const Term& term, const Place& at);
  double slice(const Term& term, const Place& at);
  double in_step(const Loop& loop, std::int64_t step, Scaled x, const Place& at);
  double around(const Loop& loop, Scaled x, const Place& at);
  std::int64_t steps(const Loop& loop);

  const Terms& terms_;
  const Leaves& leaves_;
  std::vector<std::int64_t> steps_; ///< in which loops are, the outermost first
  std::map<std::tuple<TermId, Place, std::vector<std::int64_t>>, double> known_;
};

} // namespace nnc::formula
