#include "frontends/nn/schedules.h"

#include "frontends/nn/tensor.h"
#include "ir/messages.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nnc::nn {
namespace {

using K = AttrKind;

AttrDecl positive(std::string name, std::string doc) {
  return {.name = std::move(name), .kinds = {K::integer}, .required = true, .doc = std::move(doc)};
}

Recipe recipe(std::string name, std::vector<AttrDecl> attrs, std::string doc, std::string formula) {
  attrs.insert(attrs.begin(),
               {.name = "lr", .kinds = {K::real}, .required = true, .doc = "base rate"});
  attrs.push_back({.name = "warmup",
                   .kinds = {K::integer},
                   .fallback = std::int64_t{0},
                   .doc = "multiplies by min(1, (t + 1)/warmup)"});
  return {std::move(name), std::move(attrs), std::move(doc), std::move(formula)};
}

std::vector<Recipe> make_recipes() {
  return {
      recipe("constant", {}, "the same at every step", "lr"),
      recipe("step",
             {{.name = "factor", .kinds = {K::real}, .required = true},
              positive("every", "steps between two changes")},
             "a staircase", "lr * factor^floor(t/every)"),
      recipe("exponential", {{.name = "rate", .kinds = {K::real}, .required = true}},
             "multiplied at every step", "lr * rate^t"),
      recipe("inverse_time", {{.name = "decay", .kinds = {K::real}, .required = true}},
             "hyperbolic", "lr / (1 + decay*t)"),
      recipe("cosine", {positive("total", "steps until the rate is 0")},
             "half a cosine from lr to 0", "lr * (1 + cos(pi*min(t, total)/total)) / 2"),
      recipe("halve_on_plateau", {positive("patience", "epochs without progress")},
             "state opt.lr, halved by the host when the validation loss did not fall", "lr"),
  };
}

Tensor base_rate(const Schedule& schedule, const Tensor& t) {
  const double lr = schedule.real("lr");
  if (schedule.kind == "step") {
    const Tensor stairs = unary("floor", t / static_cast<double>(schedule.integer("every")));
    return lr * binary("pow", schedule.real("factor"), stairs);
  }
  if (schedule.kind == "exponential") return lr * binary("pow", schedule.real("rate"), t);
  if (schedule.kind == "inverse_time") return lr / (1.0 + schedule.real("decay") * t);
  if (schedule.kind == "cosine") {
    const auto total = static_cast<double>(schedule.integer("total"));
    const Tensor angle = std::numbers::pi * binary("minimum", t, total) / total;
    return lr * (1.0 + unary("cos", angle)) / 2.0;
  }
  return {t.builder(), t.builder().scalar(DType::f64, lr)};
}

} // namespace

double Schedule::real(std::string_view name) const {
  const Recipe* recipe = *find_recipe("schedule", schedule_recipes(), kind);
  const auto at = std::ranges::find(recipe->attrs, name, &AttrDecl::name) - recipe->attrs.begin();
  return std::get<double>(attrs.at(static_cast<std::size_t>(at)));
}

std::int64_t Schedule::integer(std::string_view name) const {
  const Recipe* recipe = *find_recipe("schedule", schedule_recipes(), kind);
  const auto at = std::ranges::find(recipe->attrs, name, &AttrDecl::name) - recipe->attrs.begin();
  return std::get<std::int64_t>(attrs.at(static_cast<std::size_t>(at)));
}

bool Schedule::counts_steps() const {
  return integer("warmup") > 0 || (kind != "constant" && !host_driven());
}

const std::vector<Recipe>& schedule_recipes() {
  static const std::vector<Recipe> recipes = make_recipes();
  return recipes;
}

Result<const Recipe*> find_recipe(std::string_view what, const std::vector<Recipe>& recipes,
                                  std::string_view kind) {
  const auto found = std::ranges::find(recipes, kind, &Recipe::name);
  if (found != recipes.end()) return &*found;
  std::vector<std::string> known;
  std::string list;
  for (const Recipe& recipe : recipes) {
    known.push_back(recipe.name);
    list += (list.empty() ? "" : ", ") + recipe.name;
  }
  std::string help = did_you_mean(kind, known);
  return Error{.code = "E0204",
               .message = "there is no " + std::string(what) + " " + quote(kind),
               .help = help.empty() ? "there are " + list : help};
}

Result<Attrs> recipe_attrs(std::string_view user, const Recipe& recipe, const NamedAttrs& named) {
  Attrs attrs(recipe.attrs.size());
  std::vector<std::string> known;
  for (const AttrDecl& attr : recipe.attrs) known.push_back(attr.name);
  for (const NamedAttr& given : named) {
    const auto at = std::ranges::find(known, given.name) - known.begin();
    const auto i = static_cast<std::size_t>(at);
    if (i == known.size())
      return Error{.code = "E0204",
                   .message = std::string(user) + ": unknown attribute " + quote(given.name),
                   .help = did_you_mean(given.name, known)};
    auto value = attribute_of_kind(user, recipe.attrs[i], given.value);
    if (!value) return value.error();
    attrs[i] = std::move(*value);
  }
  for (std::size_t i = 0; i < attrs.size(); ++i) {
    if (!absent(attrs[i])) continue;
    if (recipe.attrs[i].required)
      return Error{.code = "E0204",
                   .message =
                       std::string(user) + ": attribute '" + recipe.attrs[i].name + "' is missing"};
    attrs[i] = recipe.attrs[i].fallback;
  }
  return attrs;
}

Result<Schedule> make_schedule(std::string_view kind, const NamedAttrs& named) {
  const auto recipe = find_recipe("schedule", schedule_recipes(), kind);
  if (!recipe) return recipe.error();
  auto attrs = recipe_attrs(kind, **recipe, named);
  if (!attrs) return attrs.error();
  for (std::size_t i = 0; i < attrs->size(); ++i) {
    const AttrDecl& decl = (*recipe)->attrs[i];
    const auto* whole = std::get_if<std::int64_t>(&(*attrs)[i]);
    if (whole && *whole < (decl.required ? 1 : 0))
      return Error{.code = "E0204",
                   .message = std::string(kind) + ": attribute '" + decl.name + "' is " +
                              std::to_string(*whole) + ", not a number of steps"};
  }
  return Schedule{std::string(kind), std::move(*attrs)};
}

Schedule constant_schedule(double lr) {
  return {"constant", {AttrValue(lr), AttrValue(std::int64_t{0})}};
}

Value learning_rate(Builder& builder, const Schedule& schedule, Value steps) {
  if (!schedule.counts_steps()) return builder.scalar(DType::f64, schedule.real("lr"));
  const Tensor t(builder, steps);
  const Tensor rate = base_rate(schedule, t);
  const std::int64_t warmup = schedule.integer("warmup");
  if (warmup == 0) return rate;
  return rate * binary("minimum", (t + 1.0) / static_cast<double>(warmup), Number(1));
}

} // namespace nnc::nn
