#include "frontends/nn/optimizers.h"

#include "frontends/nn/host_optimizers.h"
#include "frontends/nn/tensor.h"

#include <algorithm>

namespace nnc::nn {
namespace {

using K = AttrKind;

/// What the update of one parameter works with. Scalars are of the dtype it computes in.
struct Step {
  Builder& builder;
  const Optimizer& optimizer;
  const SlotLeaf& leaf;
  std::vector<Update>& slots;
  std::string name; ///< of the parameter
  Tensor w, g;
  Tensor lr;
  std::optional<Tensor> c1, c2; ///< Adam's corrections

  double real(std::string_view attr) const { return optimizer.real(attr); }
  /// `opt.<parameter>.<slot>`, as it was before this step.
  Tensor slot(std::string_view slot) const {
    return {builder, leaf({"opt." + name + "." + std::string(slot), w.type()})};
  }
  void set(std::string_view slot, const Tensor& next) const {
    slots.push_back({"opt." + name + "." + std::string(slot), next});
  }
  /// sqrt(s) + eps, or sqrt(s + eps).
  Tensor root(const Tensor& s) const {
    return optimizer.boolean("eps_inside") ? sqrt(s + real("eps")) : sqrt(s) + real("eps");
  }
};

Tensor sgd(const Step& s) {
  Tensor g = s.g;
  if (s.real("weight_decay") != 0) g = g + s.real("weight_decay") * s.w;
  const double momentum = s.real("momentum");
  if (momentum == 0) return s.w - s.lr * g;
  const Tensor v = momentum * s.slot("momentum") + g;
  s.set("momentum", v);
  return s.w - s.lr * (s.optimizer.boolean("nesterov") ? g + momentum * v : v);
}

Tensor adagrad(const Step& s) {
  const Tensor sum = s.slot("s") + s.g * s.g;
  s.set("s", sum);
  return s.w - s.lr * s.g / s.root(sum);
}

Tensor rmsprop(const Step& s) {
  const double decay = s.real("decay"), momentum = s.real("momentum");
  const Tensor mean = decay * s.slot("s") + (1 - decay) * (s.g * s.g);
  s.set("s", mean);
  const Tensor u = s.g / s.root(mean);
  if (momentum == 0) return s.w - s.lr * u;
  const Tensor v = momentum * s.slot("momentum") + u;
  s.set("momentum", v);
  return s.w - s.lr * v;
}

Tensor adam(const Step& s) {
  const double beta1 = s.real("beta1"), beta2 = s.real("beta2");
  const Tensor m = beta1 * s.slot("m") + (1 - beta1) * s.g;
  const Tensor v = beta2 * s.slot("v") + (1 - beta2) * (s.g * s.g);
  s.set("m", m);
  s.set("v", v);
  return s.w - s.lr * (*s.c1 * m) / s.root(*s.c2 * v);
}

Tensor adamw(const Step& s) {
  Step decayed = s;
  decayed.w = s.w - s.lr * s.real("weight_decay") * s.w;
  return adam(decayed);
}

using Names = std::vector<std::string>;

Names momentum_slot(const Optimizer& o) {
  return o.real("momentum") == 0 ? Names{} : Names{"momentum"};
}
Names sum_slot(const Optimizer&) { return {"s"}; }
Names rmsprop_slots(const Optimizer& o) {
  return o.real("momentum") == 0 ? Names{"s"} : Names{"s", "momentum"};
}
Names adam_slots(const Optimizer&) { return {"m", "v"}; }

Names no_slots(const Optimizer&) { return {}; }

/// A recipe and what carries it out.
struct Row {
  Recipe recipe;
  Tensor (*update)(const Step&);    ///< none: the host does the steps
  Names (*slots)(const Optimizer&); ///< state of each parameter
  bool corrects = false;            ///< uses Step::c1 and c2, which depend on the number of steps
};

AttrDecl number(std::string name, double fallback, std::string doc,
                Interval interval = Interval::not_negative) {
  return {.name = std::move(name),
          .kinds = {K::real},
          .fallback = fallback,
          .doc = std::move(doc),
          .interval = interval};
}

AttrDecl flag(std::string name, std::string doc) {
  return {.name = std::move(name), .kinds = {K::boolean}, .fallback = false, .doc = std::move(doc)};
}

AttrDecl limit(std::string name, std::string doc) {
  return {.name = std::move(name),
          .kinds = {K::real},
          .doc = std::move(doc),
          .interval = Interval::positive};
}

const char* const rate_doc = "a number or a schedule";

AttrDecl required_rate() {
  return {.name = "lr",
          .kinds = {K::real},
          .required = true,
          .doc = rate_doc,
          .interval = Interval::not_negative};
}

AttrDecl epsilon(double fallback) { return number("eps", fallback, "keeps the quotient finite"); }
AttrDecl eps_inside() { return flag("eps_inside", "eps stands under the root"); }
AttrDecl momentum() { return number("momentum", 0, "share of the last step that is taken again"); }

std::vector<AttrDecl> adam_attrs() {
  return {number("lr", 0.001, rate_doc),
          number("beta1", 0.9, "what m keeps of itself in a step", Interval::fraction),
          number("beta2", 0.999, "what v keeps of itself in a step", Interval::fraction),
          epsilon(1e-8), eps_inside()};
}

std::vector<AttrDecl> adamw_attrs() {
  std::vector<AttrDecl> attrs = adam_attrs();
  attrs.push_back(number("weight_decay", 0.01, "share of lr*w that is taken off"));
  return attrs;
}

std::vector<Row> make_rows() {
  std::vector<Row> rows = {
      {{"sgd",
        {required_rate(), momentum(), flag("nesterov", "looks one step ahead"),
         number("weight_decay", 0, "adds weight_decay*w to g")},
        "stochastic gradient descent",
        "g += weight_decay*w; v = momentum*v + g; w -= lr*(nesterov ? g + momentum*v : v)",
        R"("optimizer": { "kind": "sgd", "lr": 0.1, "momentum": 0.9 })"},
       sgd,
       momentum_slot},
      {{"adagrad",
        {required_rate(), epsilon(1e-10), eps_inside()},
        "steps that shrink with the sum of all squared gradients; J. Duchi et al. 2011",
        "s += g*g; w -= lr*g/(sqrt(s) + eps)",
        R"("optimizer": { "kind": "adagrad", "lr": 0.01 })"},
       adagrad,
       sum_slot},
      {{"rmsprop",
        {required_rate(),
         number("decay", 0.9, "what s keeps of itself in a step", Interval::fraction),
         epsilon(1e-8), momentum(), eps_inside()},
        "gradients over their root mean square; T. Tieleman and G. Hinton 2012",
        "s = decay*s + (1 - decay)*g*g; u = g/(sqrt(s) + eps); v = momentum*v + u; w -= lr*v",
        R"("optimizer": { "kind": "rmsprop", "lr": 0.001, "momentum": 0.9 })"},
       rmsprop,
       rmsprop_slots},
      {{"adam", adam_attrs(), "means of g and g*g, without their bias; D. Kingma and J. Ba 2014",
        "m = beta1*m + (1 - beta1)*g; v = beta2*v + (1 - beta2)*g*g; c1 = 1/(1 - beta1^t); "
        "c2 = 1/(1 - beta2^t); w -= lr*(c1*m)/(sqrt(c2*v) + eps); t counts from 1",
        R"("optimizer": { "kind": "adam", "lr": 0.002 })"},
       adam,
       adam_slots,
       true},
      {{"adamw", adamw_attrs(),
        "adam, with weights that decay apart from the gradient; I. Loshchilov and F. Hutter 2017",
        "w -= lr*weight_decay*w, then as adam",
        R"("optimizer": { "kind": "adamw", "weight_decay": 0.05 })"},
       adamw,
       adam_slots,
       true}};
  for (Row& row : rows) {
    row.recipe.formula += "; g is the gradient after clipping";
    row.recipe.attrs.push_back(
        limit("clip_value", "clamps every gradient element to [-c, c], before clip_norm"));
    row.recipe.attrs.push_back(
        limit("clip_norm", "scales all gradients by min(1, c / their global norm)"));
  }
  for (const Recipe& recipe : host_optimizers()) rows.push_back({recipe, nullptr, no_slots});
  return rows;
}

const std::vector<Row>& rows() {
  static const std::vector<Row> list = make_rows();
  return list;
}

const Row& row_for(const Optimizer& optimizer) { return row_of(rows(), optimizer.kind); }

const AttrValue& attr(const Optimizer& optimizer, std::string_view name) {
  return row_for(optimizer).recipe.value(optimizer.attrs, name);
}

bool counts_steps(const Optimizer& optimizer) {
  return row_for(optimizer).corrects || optimizer.lr.counts_steps();
}

Slot step_slot() { return {"opt.step", {DType::i64, {}}}; }
Slot rate_slot(const Optimizer& optimizer) {
  return {"opt.lr", {DType::f64, {}}, optimizer.lr.real("lr")};
}

/// Gradients in the dtype that their parameter computes in, clipped.
std::vector<Tensor> clipped(Builder& builder, const Optimizer& optimizer,
                            std::span<const Trained> params) {
  std::vector<Tensor> gradients;
  for (const Trained& param : params) {
    Tensor g = cast({builder, param.gradient}, compute_dtype(builder.dtype(param.value)));
    if (optimizer.has("clip_value")) {
      const double c = optimizer.real("clip_value");
      g = binary("minimum", binary("maximum", g, Number(-c)), Number(c));
    }
    gradients.push_back(g);
  }
  if (!optimizer.has("clip_norm") || gradients.empty()) return gradients;
  // One norm of all; in f64 as soon as one of them is.
  const bool wide =
      std::ranges::any_of(gradients, [](const Tensor& g) { return g.dtype() == DType::f64; });
  std::optional<Tensor> total;
  for (const Tensor& g : gradients) {
    const Tensor squares = cast(sum(g * g, all_axes(g.rank())), wide ? DType::f64 : DType::f32);
    total = total ? *total + squares : squares;
  }
  const Tensor scale = binary("minimum", optimizer.real("clip_norm") / sqrt(*total), Number(1));
  for (Tensor& g : gradients) g = g * cast(scale, g.dtype());
  return gradients;
}

/// Scalars of one step, in f64: rates and corrections lose nothing in narrow dtypes.
struct Scalars {
  Value lr;
  std::optional<Tensor> c1, c2;
};

Scalars scalars(Builder& builder, const Optimizer& optimizer, const SlotLeaf& leaf,
                std::vector<Update>& slots) {
  Value done;
  if (counts_steps(optimizer)) {
    const Tensor before(builder, leaf(step_slot()));
    slots.push_back({"opt.step", binary("add", before, Number(1))});
    done = cast(before, DType::f64);
  }
  Scalars result{optimizer.lr.host_driven() ? leaf(rate_slot(optimizer))
                                            : learning_rate(builder, optimizer.lr, done),
                 {},
                 {}};
  if (optimizer.lr.host_driven() && optimizer.lr.integer("warmup") > 0) {
    const Tensor ramp =
        (Tensor(builder, done) + 1.0) / static_cast<double>(optimizer.lr.integer("warmup"));
    result.lr = Tensor(builder, result.lr) * binary("minimum", ramp, Number(1));
  }
  if (!row_for(optimizer).corrects) return result;
  const Tensor t = Tensor(builder, done) + 1.0;
  result.c1 = 1.0 / (1.0 - binary("pow", optimizer.real("beta1"), t));
  result.c2 = 1.0 / (1.0 - binary("pow", optimizer.real("beta2"), t));
  return result;
}

} // namespace

bool Optimizer::has(std::string_view name) const { return !absent(attr(*this, name)); }
double Optimizer::real(std::string_view name) const { return std::get<double>(attr(*this, name)); }
bool Optimizer::boolean(std::string_view name) const { return std::get<bool>(attr(*this, name)); }
std::int64_t Optimizer::integer(std::string_view name) const {
  return std::get<std::int64_t>(attr(*this, name));
}
const std::string& Optimizer::text(std::string_view name) const {
  return std::get<std::string>(attr(*this, name));
}
bool Optimizer::host_side() const { return row_for(*this).update == nullptr; }

const std::vector<Recipe>& optimizer_recipes() {
  static const std::vector<Recipe> recipes = recipes_of(rows());
  return recipes;
}

Result<Optimizer> make_optimizer(std::string_view kind, const NamedAttrs& named,
                                 std::optional<Schedule> schedule) {
  const auto recipe = find_recipe("optimizer", optimizer_recipes(), kind);
  if (!recipe) return recipe.error();
  NamedAttrs given = named;
  if (schedule) {
    if (std::ranges::find(given, "lr", &NamedAttr::name) != given.end())
      return Error{.code = "E0204", .message = std::string(kind) + ": 'lr' is given twice"};
    given.push_back({"lr", schedule->real("lr")});
  }
  auto attrs = recipe_attrs(kind, **recipe, given);
  if (!attrs) return attrs.error();
  Optimizer optimizer{std::string(kind), std::move(*attrs), {}};
  const bool has_rate =
      std::ranges::find((*recipe)->attrs, "lr", &AttrDecl::name) != (*recipe)->attrs.end();
  optimizer.lr = schedule   ? std::move(*schedule)
                 : has_rate ? constant_schedule(optimizer.real("lr"))
                            : constant_schedule(0);
  return optimizer;
}

std::vector<Slot> optimizer_slots(const Optimizer& optimizer,
                                  std::span<const std::pair<std::string, Type>> params) {
  std::vector<Slot> slots;
  if (counts_steps(optimizer)) slots.push_back(step_slot());
  if (optimizer.lr.host_driven()) slots.push_back(rate_slot(optimizer));
  for (const auto& [name, type] : params)
    for (const std::string& slot : row_for(optimizer).slots(optimizer))
      slots.push_back({"opt." + name + "." + slot, {compute_dtype(type.dtype), type.shape}});
  return slots;
}

namespace {

/// What every parameter's step uses is nobody's part.
Tensor named(const Tensor& x, const std::string& name) {
  if (x.valid() && !x.builder().graph().is_leaf(x))
    x.builder().graph().set_value_name(x, name, NameKind::role);
  return x;
}

} // namespace

std::vector<Update> optimizer_step(Builder& builder, const Optimizer& optimizer,
                                   std::span<const Trained> params, const SlotLeaf& leaf) {
  std::vector<Update> updates, slots;
  const Scalars common = scalars(builder, optimizer, leaf, slots);
  const std::vector<Tensor> gradients = clipped(builder, optimizer, params);
  for (std::size_t i = 0; i < params.size(); ++i) {
    const DType dtype = builder.dtype(params[i].value), wide = compute_dtype(dtype);
    const auto narrowed = [&](const Tensor& x, const std::string& name) {
      return named(cast(named(x, name), wide), name + "." + std::string(dtype_name(wide)));
    };
    const auto correction = [&](const std::optional<Tensor>& x, const std::string& name) {
      return x ? std::optional(narrowed(*x, name)) : std::nullopt;
    };
    const Step step{builder,
                    optimizer,
                    leaf,
                    slots,
                    params[i].name,
                    cast({builder, params[i].value}, wide),
                    gradients[i],
                    narrowed({builder, common.lr}, "opt.lr"),
                    correction(common.c1, "opt.c1"),
                    correction(common.c2, "opt.c2")};
    updates.push_back({params[i].name, cast(row_for(optimizer).update(step), dtype)});
  }
  updates.insert(updates.end(), slots.begin(), slots.end());
  if (builder.error()) return {};
  return updates;
}

} // namespace nnc::nn
