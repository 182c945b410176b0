#include "frontends/host/minimize/objective.h"

#include "ir/messages.h"
#include "runtime/cast.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace nnc {
namespace {

Error misfit(std::string message) { return {.code = "E0620", .message = std::move(message)}; }

Tensor converted(const Tensor& tensor, DType dtype) {
  auto made = cast(tensor, dtype);
  if (!made) throw InternalError("a param without memory");
  return std::move(*made);
}

/// Appends the elements as doubles.
void append(Vector& to, const Tensor& tensor) {
  const Tensor wide = converted(tensor, DType::f64);
  const auto elements = wide.as<double>();
  to.insert(to.end(), elements.begin(), elements.end());
}

/// Sets the elements from the next doubles of a vector.
void take(Tensor& tensor, std::span<const double>& from) {
  const auto count = static_cast<std::size_t>(tensor.type().elements());
  auto wide = Tensor::copy_of({DType::f64, tensor.type().shape}, std::as_bytes(from.first(count)));
  if (!wide) throw InternalError("a param without memory");
  std::ranges::copy(converted(*wide, tensor.type().dtype).bytes(), tensor.bytes().begin());
  from = from.subspan(count);
}

} // namespace

Status Objective::Callee::call() {
  std::vector<In> inputs;
  std::size_t next = 0;
  for (const Tensor* given : data) inputs.emplace_back(given ? *given : vectors[next++]);
  const std::vector<Out> results(outputs.begin(), outputs.end());
  return function->call(inputs, results);
}

Result<Objective> Objective::make(Session& session, const MinimizeProblem& problem,
                                  std::span<const NamedTensor> data,
                                  const std::vector<std::pair<std::string, std::int64_t>>& sizes) {
  Objective made;
  BuildOptions build{.sizes = sizes};
  for (const NamedTensor& input : data) build.inputs.emplace_back(input.name, input.tensor.type());
  auto objective = callee(session, problem.objective, data, build);
  if (!objective) return objective.error();
  made.objective_ = std::move(*objective);
  if (!problem.product.empty()) {
    auto product = callee(session, problem.product, data, build);
    if (!product) return product.error();
    made.product_ = std::move(*product);
  }
  for (const std::string& name : problem.params) {
    Tensor* param = session.find(name);
    if (!param) return misfit(fmt::format("the functions have no param {}", quote(name)));
    if (!is_float(param->type().dtype))
      return misfit(fmt::format("{} is {}; only floats can be minimised over", quote(name),
                                to_string(param->type())));
    made.params_.push_back(param);
    made.size_ += static_cast<std::size_t>(param->type().elements());
  }
  if (Status error = made.check_form()) return *error;
  return made;
}

Result<Objective::Callee> Objective::callee(Session& session, const std::string& name,
                                            std::span<const NamedTensor> data, BuildOptions build) {
  auto compiled = session.compile(name, build);
  if (!compiled) return compiled.error();
  Callee made{.function = *compiled, .data = {}, .vectors = {}, .outputs = {}};
  const Signature& signature = (*compiled)->signature();
  for (const Leaf& leaf : std::span(signature.leaves).first(signature.input_count())) {
    const auto found = std::ranges::find(data, leaf.name, &NamedTensor::name);
    made.data.push_back(found == data.end() ? nullptr : &found->tensor);
    if (found != data.end()) continue;
    auto vector = Tensor::zeros(leaf.type);
    if (!vector) return vector.error();
    made.vectors.push_back(std::move(*vector));
  }
  auto outputs = (*compiled)->make_outputs();
  if (!outputs) return outputs.error();
  made.outputs = std::move(*outputs);
  return made;
}

/// Which inputs and outputs there are, and how many elements they have.
Status Objective::check_form() const {
  const auto like_params = [this](std::span<const Tensor> tensors) {
    return std::ranges::equal(tensors, params_, [](const Tensor& tensor, const Tensor* param) {
      return is_float(tensor.type().dtype) && tensor.type().shape == param->type().shape;
    });
  };
  const std::span<const Tensor> outputs = objective_.outputs;
  const std::string n = std::to_string(params_.size());
  if (!objective_.vectors.empty() || outputs.empty() || !outputs[0].type().scalar() ||
      !is_float(outputs[0].type().dtype) || !like_params(outputs.subspan(1)))
    return misfit(fmt::format("{} has to take the data and give a loss and {} gradients",
                              quote(objective_.function->name()), n));
  if (product_.function && (!like_params(product_.vectors) || !like_params(product_.outputs)))
    return misfit(fmt::format("{} has to take the data and {} vectors and give {} products",
                              quote(product_.function->name()), n, n));
  return std::nullopt;
}

double Objective::rounding() const {
  const DType dtype = objective_.outputs[0].type().dtype;
  const double epsilon = dtype == DType::f64   ? std::numeric_limits<double>::epsilon()
                         : dtype == DType::f32 ? std::numeric_limits<float>::epsilon()
                         : dtype == DType::f16 ? 0x1p-10
                                               : 0x1p-7;
  return 10 * epsilon;
}

Vector Objective::place() const {
  Vector all;
  for (const Tensor* param : params_) append(all, *param);
  return all;
}

void Objective::move_to(const Vector& place) {
  std::span<const double> rest = place;
  for (Tensor* param : params_) take(*param, rest);
}

Result<double> Objective::value(Vector& gradient) {
  if (Status error = objective_.call()) return *error;
  gradient.clear();
  for (std::size_t i = 1; i < objective_.outputs.size(); ++i)
    append(gradient, objective_.outputs[i]);
  Vector loss;
  append(loss, objective_.outputs[0]);
  return loss.at(0);
}

Result<Vector> Objective::product(const Vector& v) {
  std::span<const double> rest = v;
  for (Tensor& vector : product_.vectors) take(vector, rest);
  if (Status error = product_.call()) return *error;
  Vector result;
  for (const Tensor& output : product_.outputs) append(result, output);
  if (std::isfinite(dot(result, result))) return result;
  return Error{.code = "E0606",
               .message = fmt::format("{}: a Hessian-vector product is not finite",
                                      quote(product_.function->name()))};
}

} // namespace nnc
