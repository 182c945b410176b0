#include "frontends/host/train/descent.h"

#include "frontends/host/extension.h"
#include "frontends/model/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nnc {
namespace {

using Make = std::unique_ptr<Minimizer> (*)(const nn::Optimizer&, std::size_t size);

/// How each optimiser of the host is carried out.
struct Method {
  std::string_view kind;
  Make make;
  bool (*uses_products)(const nn::Optimizer&);
};

bool by_newton(const nn::Optimizer& o) { return o.text("method") == "newton"; }

constexpr std::array methods = {
    Method{"conjugate_gradient",
           [](const nn::Optimizer& o, std::size_t size) {
             if (by_newton(o)) return make_newton_cg();
             return make_conjugate_gradient(size, o.text("beta") == "fletcher_reeves"
                                                      ? ConjugateBeta::fletcher_reeves
                                                      : ConjugateBeta::polak_ribiere);
           },
           by_newton},
    Method{"lbfgs",
           [](const nn::Optimizer& o, std::size_t size) {
             return make_lbfgs(size, static_cast<int>(std::min<std::int64_t>(o.integer("memory"),
                                                                             std::int64_t{1000})));
           },
           [](const nn::Optimizer&) { return false; }}};

const Method& method_of(const nn::Optimizer& optimizer) {
  for (const Method& method : methods)
    if (method.kind == optimizer.kind) return method;
  throw InternalError("nobody carries out " + optimizer.kind);
}

} // namespace

Result<std::optional<Descent>>
Descent::make(Session& session, const FunctionDoc& function, const std::string& loss,
              const Dataset& data, std::span<const std::int64_t> rows,
              std::vector<std::pair<std::string, std::int64_t>> sizes) {
  const ModelDoc& doc = *session.source().model()->doc;
  if (!host_side_training(function, doc.file)) return std::optional<Descent>();
  const auto optimizer = read_optimizer(*function.optimizer, doc.file);
  const Method& method = method_of(*optimizer);
  bind_rows(data, static_cast<std::int64_t>(rows.size()), sizes);
  const auto names =
      add_derivative_functions(session, function, loss, sizes, method.uses_products(*optimizer));
  if (!names) return names.error();
  Descent made;
  auto chosen = chosen_rows(data, rows);
  if (!chosen) return chosen.error();
  made.rows_ = std::make_unique<std::vector<NamedTensor>>(std::move(*chosen));
  auto objective = Objective::make(
      session, {.objective = names->objective, .product = names->product, .params = names->params},
      *made.rows_, sizes);
  if (!objective) return objective.error();
  made.objective_ = std::make_unique<Objective>(std::move(*objective));
  made.minimizer_ = method.make(*optimizer, made.objective_->size());
  made.gradient_norm_ = optimizer->real("gradient_norm");
  made.memory_ = made.minimizer_->memory();
  return std::optional(std::move(made));
}

Status Descent::begin() {
  auto here = evaluate(*objective_);
  if (!here) return here.error();
  at_ = std::move(*here);
  return std::nullopt;
}

Status Descent::step() {
  const auto done = minimizer_->step(*objective_, at_);
  if (!done) return done.error();
  stuck_ = done->length == 0;
  return std::nullopt;
}

std::string Descent::ended() const {
  const double length = norm(at_.gradient);
  if (length <= gradient_norm_) return fmt::format("the gradient is {:.3g}", length);
  if (!stuck_) return {};
  return fmt::format("no step lowers the loss any more; the gradient is {:.3g}", length);
}

Slot Descent::memory_slot() {
  return {"optimizer:memory",
          {DType::f64, {static_cast<std::int64_t>(memory_.size())}},
          std::as_writable_bytes(std::span(memory_))};
}

// In place: slots point there.
void Descent::save_memory() { std::ranges::copy(minimizer_->memory(), memory_.begin()); }
void Descent::restore_memory() { minimizer_->restore(memory_); }

} // namespace nnc
