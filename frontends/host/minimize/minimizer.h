// A method of minimisation, one iteration at a time, so that a run can be watched, stopped and
// resumed between iterations: what later iterations depend on, beside the place, is its memory.
#pragma once

#include "frontends/host/minimize/line_search.h"
#include "frontends/host/minimize/minimize.h"

#include <memory>

namespace nnc {

class Minimizer {
public:
  virtual ~Minimizer() = default;
  /// Moves the params and `at` to a lower loss. Its length is 0 where none was found: then nothing
  /// moved, and nothing will.
  virtual Result<MinimizeStep> step(Objective& objective, Iterate& at) = 0;
  /// As many numbers in every iteration.
  virtual Vector memory() const { return {}; }
  virtual void restore(const Vector&) {}
};

std::unique_ptr<Minimizer> make_newton_cg();
/// `size`: elements of a place.
std::unique_ptr<Minimizer> make_lbfgs(std::size_t size, int memory);
std::unique_ptr<Minimizer> make_conjugate_gradient(std::size_t size, ConjugateBeta beta);

} // namespace nnc
