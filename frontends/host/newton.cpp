#include "frontends/host/newton.h"

#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nnc {
namespace {

using Vector = std::vector<double>;

constexpr double sufficient_decrease = 1e-4; ///< c1 of Armijo's condition
constexpr int most_halvings = 40;

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double norm(const Vector& a) { return std::sqrt(dot(a, a)); }

/// to += scale * by
void add(Vector& to, double scale, const Vector& by) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += scale * by[i];
}

Error misfit(std::string message) { return {.code = "E0620", .message = std::move(message)}; }

/// The functions of a problem; params, gradients and vectors as one vector each.
class Functions {
public:
  static Result<Functions> make(Session& session, const NewtonProblem& problem,
                                std::span<const NamedTensor> data) {
    Functions made;
    BuildOptions build;
    for (const NamedTensor& input : data)
      build.inputs.emplace_back(input.name, input.tensor.type());
    auto objective = session.compile(problem.objective, build);
    if (!objective) return objective.error();
    auto product = session.compile(problem.product, build);
    if (!product) return product.error();
    made.objective_ = *objective;
    made.product_ = *product;
    made.data_ = data;
    for (const std::string& name : problem.params)
      if (Status error = made.hold(session, name)) return *error;
    if (Status error = made.check()) return *error;
    return made;
  }

  Vector place() const {
    Vector all;
    for (const auto& param : params_) all.insert(all.end(), param.begin(), param.end());
    return all;
  }
  void move_to(const Vector& place) {
    auto from = place.begin();
    for (const auto& param : params_) {
      const auto end = from + static_cast<std::ptrdiff_t>(param.size());
      std::copy(from, end, param.begin());
      from = end;
    }
  }

  /// The loss where the params are, and its gradient.
  Result<double> objective(Vector& gradient) const {
    double loss = 0;
    const auto inputs = arguments(*objective_, {});
    std::vector<Out> outputs = {loss};
    for (const auto part : parts(gradient)) outputs.emplace_back(part);
    if (Status error = objective_->call(inputs, outputs)) return *error;
    return loss;
  }

  /// H v where the params are.
  Result<Vector> product(Vector& v) const {
    Vector result(v.size());
    const auto inputs = arguments(*product_, parts(v));
    std::vector<Out> outputs;
    for (const auto part : parts(result)) outputs.emplace_back(part);
    if (Status error = product_->call(inputs, outputs)) return *error;
    if (!std::isfinite(dot(result, result)))
      return Error{.code = "E0606",
                   .message = fmt::format("{}: a Hessian-vector product is not finite",
                                          quote(product_->name()))};
    return result;
  }

private:
  Status hold(Session& session, const std::string& name) {
    Tensor* param = session.find(name);
    if (!param) return misfit(fmt::format("the functions have no param {}", quote(name)));
    if (param->type().dtype != DType::f64)
      return misfit(fmt::format("{} is {}; Newton's method takes params of f64", quote(name),
                                to_string(param->type())));
    params_.push_back(param->as<double>());
    return std::nullopt;
  }

  const Tensor* datum(std::string_view name) const {
    const auto found = std::ranges::find(data_, name, &NamedTensor::name);
    return found == data_.end() ? nullptr : &found->tensor;
  }

  /// Which inputs and outputs there are; their types are looked at by the calls.
  Status check() const {
    const auto count = [this](const Function& function) {
      const auto leaves = std::span(function.signature().leaves);
      return static_cast<std::size_t>(
          std::ranges::count_if(leaves.first(function.signature().input_count()),
                                [this](const Leaf& leaf) { return !datum(leaf.name); }));
    };
    const std::size_t n = params_.size();
    if (count(*objective_) != 0 || objective_->signature().outputs.size() != n + 1)
      return misfit(fmt::format("{} has to take the data and give a loss and {} gradients",
                                quote(objective_->name()), n));
    if (count(*product_) != n || product_->signature().outputs.size() != n)
      return misfit(fmt::format("{} has to take the data and {} vectors and give {} products",
                                quote(product_->name()), n, n));
    return std::nullopt;
  }

  /// The pieces of one vector that belong to the params.
  std::vector<std::span<double>> parts(Vector& all) const {
    std::vector<std::span<double>> pieces;
    std::span<double> rest = all;
    for (const auto& param : params_) {
      pieces.push_back(rest.first(param.size()));
      rest = rest.subspan(param.size());
    }
    return pieces;
  }

  std::vector<In> arguments(const Function& function,
                            const std::vector<std::span<double>>& vectors) const {
    std::vector<In> inputs;
    std::size_t next = 0;
    for (const Leaf& leaf :
         std::span(function.signature().leaves).first(function.signature().input_count()))
      if (const Tensor* given = datum(leaf.name))
        inputs.emplace_back(*given);
      else
        inputs.emplace_back(vectors[next++]);
    return inputs;
  }

  Function* objective_ = nullptr;
  Function* product_ = nullptr;
  std::span<const NamedTensor> data_;
  std::vector<std::span<double>> params_;
};

struct Direction {
  Vector p;
  int products = 0;
};

/// Conjugate gradients for H p = -g from p = 0, until the residual is a fraction of g that goes to
/// 0 with g: then Newton's steps converge faster than linearly.
Result<Direction> direction(const Functions& functions, const Vector& g) {
  const double length = norm(g), enough = std::min(0.5, std::sqrt(length)) * length;
  Direction found{Vector(g.size(), 0.0)};
  Vector residual = g, d = g;
  for (double& element : d) element = -element;
  double square = dot(residual, residual);
  // In exact arithmetic as many products as elements are enough.
  for (std::size_t i = 0; i < 2 * g.size() + 10 && std::sqrt(square) > enough; ++i) {
    const auto hd = functions.product(d);
    if (!hd) return hd.error();
    ++found.products;
    const double curvature = dot(d, *hd);
    if (!(curvature > 0)) {
      if (i == 0) found.p = d;
      break;
    }
    const double alpha = square / curvature;
    add(found.p, alpha, d);
    add(residual, alpha, *hd);
    const double next = dot(residual, residual);
    for (std::size_t k = 0; k < d.size(); ++k) d[k] = next / square * d[k] - residual[k];
    square = next;
  }
  return found;
}

/// Goes along p as far as the loss falls enough; false when it does so nowhere, and the params are
/// where they were. What rounding may add to the loss is no rise.
Result<bool> advance(Functions& functions, NewtonStep& step, Vector& g, const Vector& p) {
  const Vector start = functions.place();
  const double slope = dot(g, p);
  const double rounding = 10 * std::numeric_limits<double>::epsilon() * std::abs(step.loss);
  Vector gradient(g.size());
  double length = 1;
  for (int halvings = 0; halvings <= most_halvings; ++halvings, length /= 2) {
    Vector place = start;
    add(place, length, p);
    functions.move_to(place);
    const auto loss = functions.objective(gradient);
    if (!loss) return loss.error();
    if (*loss <= step.loss + sufficient_decrease * length * slope + rounding &&
        std::isfinite(norm(gradient))) {
      g = gradient;
      step = {*loss, norm(g), step.products, length};
      return true;
    }
  }
  functions.move_to(start);
  return false;
}

Result<NewtonOutcome> minimize(Functions& functions, const NewtonOptions& options) {
  NewtonOutcome outcome;
  Vector g(functions.place().size());
  const auto loss = functions.objective(g);
  if (!loss) return loss.error();
  if (!std::isfinite(*loss) || !std::isfinite(norm(g)))
    return Error{.code = "E0606", .message = "the loss or its gradient is not finite"};
  NewtonStep step{*loss, norm(g)};
  outcome.steps.push_back(step);
  while (step.gradient_norm > options.gradient_norm &&
         outcome.steps.size() <= static_cast<std::size_t>(std::max(options.max_steps, 0))) {
    const auto found = direction(functions, g);
    if (!found) return found.error();
    step.products = found->products;
    const auto moved = advance(functions, step, g, found->p);
    if (!moved) return moved.error();
    if (!*moved) break;
    outcome.steps.push_back(step);
  }
  outcome.converged = step.gradient_norm <= options.gradient_norm;
  return outcome;
}

} // namespace

Result<NewtonOutcome> newton_cg(Session& session, const NewtonProblem& problem,
                                std::span<const NamedTensor> data, const NewtonOptions& options) {
  auto functions = Functions::make(session, problem, data);
  if (!functions) return functions.error();
  const Vector start = functions->place();
  auto outcome = minimize(*functions, options);
  if (!outcome) functions->move_to(start);
  return outcome;
}

} // namespace nnc
