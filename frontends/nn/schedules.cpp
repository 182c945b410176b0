#include "frontends/nn/schedules.h"

#include "frontends/nn/tensor.h"

#include <numbers>

namespace nnc::nn {
namespace {

using K = AttrKind;

/// A recipe, and the rate at step t before warm-up.
struct Row {
  Recipe recipe;
  Tensor (*rate)(const Schedule&, const Tensor& t) = nullptr; ///< none: `lr` at every step
  bool host_driven = false;
};

Tensor staircase(const Schedule& s, const Tensor& t) {
  const Tensor stairs = unary("floor", t / static_cast<double>(s.integer("every")));
  return s.real("lr") * binary("pow", s.real("factor"), stairs);
}

Tensor exponential(const Schedule& s, const Tensor& t) {
  return s.real("lr") * binary("pow", s.real("rate"), t);
}

Tensor inverse_time(const Schedule& s, const Tensor& t) {
  return s.real("lr") / (1.0 + s.real("decay") * t);
}

Tensor cosine(const Schedule& s, const Tensor& t) {
  const auto total = static_cast<double>(s.integer("total"));
  const Tensor angle = std::numbers::pi * binary("minimum", t, total) / total;
  return s.real("lr") * (1.0 + unary("cos", angle)) / 2.0;
}

AttrDecl number(std::string name, std::string doc) {
  return {.name = std::move(name), .kinds = {K::real}, .required = true, .doc = std::move(doc)};
}

AttrDecl count(std::string name, std::string doc) {
  return {.name = std::move(name),
          .kinds = {K::integer},
          .required = true,
          .doc = std::move(doc),
          .interval = Interval::positive};
}

std::vector<Row> make_rows() {
  std::vector<Row> rows = {
      {{"constant",
        {},
        "the same at every step; a bare number means this",
        "lr",
        R"("lr": { "kind": "constant", "lr": 0.1, "warmup": 100 })"}},
      {{"step",
        {number("factor", "of one change"), count("every", "steps between two changes")},
        "a staircase: a factor every so many steps",
        "lr * factor^floor(t/every)",
        R"("lr": { "kind": "step", "lr": 0.1, "factor": 0.5, "every": 1000 })"},
       staircase},
      {{"exponential",
        {number("rate", "factor of one step")},
        "a factor at every step",
        "lr * rate^t",
        R"("lr": { "kind": "exponential", "lr": 0.1, "rate": 0.999 })"},
       exponential},
      {{"inverse_time",
        {number("decay", "1 / steps until half of lr")},
        "falls as 1/t in the end",
        "lr / (1 + decay*t)",
        R"("lr": { "kind": "inverse_time", "lr": 0.1, "decay": 0.01 })"},
       inverse_time},
      {{"cosine",
        {count("total", "steps until the rate is 0")},
        "half a cosine from lr to 0",
        "lr * (1 + cos(pi*min(t, total)/total)) / 2",
        R"("lr": { "kind": "cosine", "lr": 0.1, "total": 5000 })"},
       cosine},
      {{"halve_on_plateau",
        {count("patience", "epochs without progress")},
        "state opt.lr, halved by the host when the validation loss did not fall",
        "lr",
        R"("lr": { "kind": "halve_on_plateau", "lr": 0.1, "patience": 3 })"},
       nullptr,
       true}};
  for (Row& row : rows) {
    std::vector<AttrDecl>& attrs = row.recipe.attrs;
    attrs.insert(attrs.begin(), number("lr", "base rate"));
    attrs.push_back({.name = "warmup",
                     .kinds = {K::integer},
                     .fallback = std::int64_t{0},
                     .doc = "steps; multiplies by min(1, (t + 1)/warmup)",
                     .interval = Interval::not_negative});
  }
  return rows;
}

const std::vector<Row>& rows() {
  static const std::vector<Row> list = make_rows();
  return list;
}

const AttrValue& value(const Schedule& schedule, std::string_view name) {
  return row_of(rows(), schedule.kind).recipe.value(schedule.attrs, name);
}

} // namespace

double Schedule::real(std::string_view name) const { return std::get<double>(value(*this, name)); }
std::int64_t Schedule::integer(std::string_view name) const {
  return std::get<std::int64_t>(value(*this, name));
}

bool Schedule::counts_steps() const {
  return integer("warmup") > 0 || row_of(rows(), kind).rate != nullptr;
}
bool Schedule::host_driven() const { return row_of(rows(), kind).host_driven; }

const std::vector<Recipe>& schedule_recipes() {
  static const std::vector<Recipe> recipes = recipes_of(rows());
  return recipes;
}

Result<Schedule> make_schedule(std::string_view kind, const NamedAttrs& named) {
  const auto recipe = find_recipe("schedule", schedule_recipes(), kind);
  if (!recipe) return recipe.error();
  auto attrs = recipe_attrs(kind, **recipe, named);
  if (!attrs) return attrs.error();
  return Schedule{std::string(kind), std::move(*attrs)};
}

Schedule constant_schedule(double lr) {
  return {"constant", {AttrValue(lr), AttrValue(std::int64_t{0})}};
}

Value learning_rate(Builder& builder, const Schedule& schedule, Value steps) {
  if (!schedule.counts_steps()) return builder.scalar(DType::f64, schedule.real("lr"));
  const Tensor t(builder, steps);
  const Row& row = row_of(rows(), schedule.kind);
  const double lr = schedule.real("lr");
  const Tensor rate =
      row.rate ? row.rate(schedule, t) : Tensor(builder, builder.scalar(DType::f64, lr));
  const std::int64_t warmup = schedule.integer("warmup");
  if (warmup == 0) return rate;
  return rate * binary("minimum", (t + 1.0) / static_cast<double>(warmup), Number(1));
}

} // namespace nnc::nn
