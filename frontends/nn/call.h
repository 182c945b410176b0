// One use of an nn function: its operands and attributes, checked against its entry.
#pragma once

#include "frontends/nn/functions.h"
#include "frontends/nn/tensor.h"

namespace nnc::nn {

/// Operands that the entry does not mark optional are there; attributes have one of their kinds,
/// defaults filled in. Asking for what the entry does not declare is an InternalError.
class Call {
public:
  Call(Scope& scope, const Function& function, std::vector<Value> operands, Attrs attrs)
      : scope(scope), function(function), operands_(std::move(operands)), attrs_(std::move(attrs)) {
  }

  Scope& scope;
  const Function& function;

  int count() const { return static_cast<int>(operands_.size()); }
  bool has(int operand) const {
    return operand < count() && operands_[static_cast<std::size_t>(operand)].valid();
  }
  Tensor in(int operand) const { return {scope, operands_[static_cast<std::size_t>(operand)]}; }

  const AttrValue& attr(std::string_view name) const;
  bool has(std::string_view name) const { return !absent(attr(name)); }
  std::int64_t integer(std::string_view name) const;
  double real(std::string_view name) const;
  bool boolean(std::string_view name) const;
  const std::string& string(std::string_view name) const;
  DType dtype(std::string_view name) const;
  const std::vector<std::int64_t>& integers(std::string_view name) const;

  /// Attribute `name` as an axis 0..rank-1; E0204 and 0 when it is outside.
  int axis(std::string_view name, int rank) const;
  /// Attribute `name` as sorted axes without duplicates; absent = all.
  Axes axes(std::string_view name, int rank) const;

  /// "name: message", E0203: an operand is wrong. Returns no results.
  std::vector<Value> operand_error(std::string message, std::string help = {}) const;
  /// "name: message", E0204: an attribute is wrong.
  std::vector<Value> attr_error(std::string message, std::string help = {}) const;
  /// "'x' is f32[2,3]".
  std::string describe(int operand) const;
  bool failed() const { return scope.error().has_value(); }

private:
  std::vector<Value> operands_;
  Attrs attrs_;
};

/// E0203 unless operand `i` has floats; true where it does.
bool require_float(const Call& call, int operand);

// One function per file of entries; standard_functions() calls them all.
void add_arithmetic(FunctionTable& table);
void add_arrangement(FunctionTable& table);
void add_linear_algebra(FunctionTable& table);
void add_activations(FunctionTable& table);
void add_dense_layers(FunctionTable& table);
void add_recurrent_layers(FunctionTable& table);
void add_convolutions(FunctionTable& table);
void add_pools(FunctionTable& table);
void add_normalization(FunctionTable& table);
void add_losses(FunctionTable& table);
void add_order(FunctionTable& table);
void add_random(FunctionTable& table);

} // namespace nnc::nn
