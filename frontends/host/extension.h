// Values and functions that a host adds to a model for its own use: gradients, Hessian-vector
// products, slopes of activations. The session goes on with the same params and state.
#pragma once

#include "frontends/host/session.h"

namespace nnc {

/// A model on its way to become a larger one.
class Extension {
public:
  explicit Extension(const ModelDoc& doc) : doc_(doc) {}

  /// A name that nothing in the model has, beginning with `prefix`.
  std::string fresh(const std::string& name, std::string_view prefix = "train.") const;
  /// "out = expression" as models write it.
  void define(const std::string& assignment);
  void define(const std::string& out, Expression expression);
  void input(const std::string& name, const Type& type);
  /// `like` says which inputs it takes, if it says so, its sizes, and whether it is training.
  void function(const std::string& name, const FunctionDoc& like, std::vector<std::string> inputs,
                const std::vector<std::string>& outputs);

  const ModelDoc& doc() const { return doc_; }

private:
  ModelDoc doc_;
};

/// `objective` gives a loss and its gradient for each of `params`, `product` its Hessian times a
/// vector for each of them.
struct DerivativeFunctions {
  std::string objective, product;
  std::vector<std::string> params;
};

/// Adds them to the session; the product only if it is asked for. The params are those that the
/// loss depends on. E0309 when there are none, and errors of the model.
Result<DerivativeFunctions>
add_derivative_functions(Session& session, const FunctionDoc& function, const std::string& loss,
                         const std::vector<std::pair<std::string, std::int64_t>>& sizes,
                         bool product);

/// Float params that the value of a graph depends on, in the order of the model. E0309 when there
/// are none.
Result<std::vector<Leaf>> float_params(const Graph& graph);

} // namespace nnc
