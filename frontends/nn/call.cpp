#include "frontends/nn/call.h"

#include "ir/messages.h"

#include <algorithm>

namespace nnc::nn {
namespace {

template <class T>
const T& read(const Call& call, std::string_view name) {
  const T* value = std::get_if<T>(&call.attr(name));
  if (!value)
    throw InternalError(call.function.name + ": attribute " + std::string(name) +
                        " is absent or of another kind");
  return *value;
}

} // namespace

const AttrValue& Call::attr(std::string_view name) const {
  const auto found = std::ranges::find(function.attrs, name, &AttrDecl::name);
  if (found == function.attrs.end())
    throw InternalError(function.name + ": no attribute " + std::string(name));
  return attrs_[static_cast<std::size_t>(found - function.attrs.begin())];
}

std::int64_t Call::integer(std::string_view name) const { return read<std::int64_t>(*this, name); }
double Call::real(std::string_view name) const { return read<double>(*this, name); }
bool Call::boolean(std::string_view name) const { return read<bool>(*this, name); }
DType Call::dtype(std::string_view name) const { return read<DType>(*this, name); }
const std::string& Call::string(std::string_view name) const {
  return read<std::string>(*this, name);
}
const std::vector<std::int64_t>& Call::integers(std::string_view name) const {
  return read<std::vector<std::int64_t>>(*this, name);
}

int Call::axis(std::string_view name, int rank) const {
  const std::int64_t axis = integer(name), resolved = axis < 0 ? axis + rank : axis;
  if (resolved >= 0 && resolved < rank) return static_cast<int>(resolved);
  attr_error("'" + std::string(name) + "' is " + std::to_string(axis) +
             ", outside an operand of rank " + std::to_string(rank));
  return 0;
}

Axes Call::axes(std::string_view name, int rank) const {
  if (!has(name)) return all_axes(rank);
  Axes axes = integers(name);
  for (std::int64_t& axis : axes) {
    const std::int64_t resolved = axis < 0 ? axis + rank : axis;
    if (resolved < 0 || resolved >= rank) {
      attr_error("axis " + std::to_string(axis) + " is outside an operand of rank " +
                 std::to_string(rank));
      return {};
    }
    axis = resolved;
  }
  std::ranges::sort(axes);
  if (std::ranges::adjacent_find(axes) != axes.end())
    attr_error("'" + std::string(name) + "' names an axis twice");
  return axes;
}

std::vector<Value> Call::operand_error(std::string message, std::string help) const {
  scope.fail({.code = "E0203",
              .message = function.name + ": " + std::move(message),
              .help = std::move(help)});
  return {};
}

std::vector<Value> Call::attr_error(std::string message, std::string help) const {
  scope.fail({.code = "E0204",
              .message = function.name + ": " + std::move(message),
              .help = std::move(help)});
  return {};
}

std::string Call::describe(int operand) const {
  return scope.describe(operands_[static_cast<std::size_t>(operand)], operand);
}

bool require_float(const Call& call, int operand) {
  if (is_float(call.in(operand).dtype())) return true;
  call.operand_error(call.describe(operand) + ", not floats", "write cast(x, to=\"f32\")");
  return false;
}

} // namespace nnc::nn
