// A function of params as methods of minimisation see it: params, gradients and directions are one
// vector of doubles each, in the order of the problem's params.
#pragma once

#include "frontends/host/minimize/vectors.h"
#include "frontends/host/session.h"

namespace nnc {

/// Functions of a session whose loss is to be minimised over all of the data at once.
struct MinimizeProblem {
  std::string objective; ///< gives the loss, then its gradient for each of `params`
  /// Only for Newton's method. Takes the data and a vector for each of `params`, in any order of
  /// the two; gives the Hessian times these vectors for each of `params`.
  std::string product = {};
  std::vector<std::string> params; ///< float; they are moved in the session
};

class Objective {
public:
  /// `data` are the inputs of the functions by name and must live as long; sizes are bound by their
  /// types, others by `sizes`. E0620 when functions or params are not of that form, and errors of
  /// `compile`.
  static Result<Objective>
  make(Session& session, const MinimizeProblem& problem, std::span<const NamedTensor> data,
       const std::vector<std::pair<std::string, std::int64_t>>& sizes = {});

  std::size_t size() const { return size_; }
  /// How far the loss may be off by rounding, relative to it: some units in its last place.
  double rounding() const;
  /// The values of the params.
  Vector place() const;
  /// Sets the params, each element rounded to its dtype.
  void move_to(const Vector& place);
  /// The loss where the params are, and its gradient. They may be infinite or NaN.
  Result<double> value(Vector& gradient);
  /// H v where the params are. E0606 when it is not finite.
  Result<Vector> product(const Vector& v);

private:
  /// One of the functions with memory for what it takes and gives.
  struct Callee {
    Function* function = nullptr;
    std::vector<const Tensor*> data; ///< of each input, null for a vector
    std::vector<Tensor> vectors, outputs;

    Status call();
  };
  static Result<Callee> callee(Session& session, const std::string& name,
                               std::span<const NamedTensor> data, BuildOptions build);
  Status check_form() const;

  Callee objective_, product_;
  std::vector<Tensor*> params_;
  std::size_t size_ = 0;
};

} // namespace nnc
