// Trajectories of optimisers, and initial values.

#include "frontends/nn/initializers.h"
#include "frontends/nn/optimizers.h"
#include "frontends/nn/orthogonal.h"
#include "ir/interpret/interpreter.h"
#include "nn/cases.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace nnc::nn {
namespace {

using nlohmann::json;
using Tensors = std::map<std::string, Literal>;

Tensors to_tensors(const json& object, DType dtype) {
  Tensors tensors;
  for (const auto& [name, value] : object.items())
    tensors.emplace(name, as_dtype(to_literal(value), dtype));
  return tensors;
}

Result<Optimizer> read_optimizer(const json& c) {
  const auto attrs = to_attrs(c.at("attrs"));
  if (!c.contains("schedule")) return make_optimizer(c.at("kind").get<std::string>(), named(attrs));
  auto keys = to_attrs(c["schedule"]);
  std::erase_if(keys, [](const auto& key) { return key.first == "kind"; });
  auto schedule = make_schedule(c["schedule"]["kind"].get<std::string>(), named(keys));
  if (!schedule) return schedule.error();
  return make_optimizer(c.at("kind").get<std::string>(), named(attrs), std::move(*schedule));
}

/// One step as a graph whose leaves are the parameters, their gradients `g.<name>` and the slots;
/// `state` gets the initial values of the slots.
Graph step_graph(Context& context, const Optimizer& optimizer, const Tensors& params,
                 Tensors& state) {
  Graph graph(context, "train");
  std::vector<Trained> trained;
  for (const auto& [name, value] : params)
    trained.push_back({name, graph.add_leaf(name, Role::param, value.type, {}),
                       graph.add_leaf("g." + name, Role::input, value.type, {})});
  Builder builder(graph);
  std::vector<Slot> made;
  graph.updates = optimizer_step(builder, optimizer, trained, [&](const Slot& slot) {
    made.push_back(slot);
    state.emplace(slot.name, is_float(slot.type.dtype) ? splat_literal(slot.type, slot.initial)
                                                       : splat_literal(slot.type, std::int64_t{0}));
    return graph.add_leaf(slot.name, Role::state, slot.type, {});
  });
  EXPECT_FALSE(builder.error()) << builder.error()->message;
  std::vector<std::pair<std::string, Type>> types;
  for (const auto& [name, value] : params) types.emplace_back(name, value.type);
  const std::vector<Slot> slots = optimizer_slots(optimizer, types);
  EXPECT_EQ(slots.size(), made.size());
  for (std::size_t i = 0; i < std::min(slots.size(), made.size()); ++i) {
    EXPECT_EQ(slots[i].name, made[i].name);
    EXPECT_EQ(slots[i].type, made[i].type);
  }
  return graph;
}

void run_trajectory(const json& c, DType dtype) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const auto optimizer = read_optimizer(c);
  ASSERT_TRUE(optimizer) << optimizer.error().message;
  Tensors values = to_tensors(c.at("params"), dtype);
  Tensors state;
  const Graph graph = step_graph(context, *optimizer, values, state);
  values.insert(state.begin(), state.end());
  for (std::size_t t = 0; t < c.at("gradients").size(); ++t) {
    SCOPED_TRACE("step " + std::to_string(t + 1));
    const Tensors gradients = to_tensors(c["gradients"][t], dtype);
    std::vector<Literal> fed;
    for (const Value leaf : graph.inputs) {
      const std::string& name = graph.leaf_name(leaf);
      fed.push_back(name.starts_with("g.") ? gradients.at(name.substr(2)) : values.at(name));
    }
    const auto got = interpret(graph, fed);
    ASSERT_TRUE(got) << got.error().message;
    const Tensors want = to_tensors(c.at("after")[t], DType::f64);
    ASSERT_EQ(got->size(), want.size());
    for (std::size_t i = 0; i < got->size(); ++i) {
      const std::string& name = graph.updates[i].target;
      SCOPED_TRACE(name);
      ASSERT_TRUE(want.count(name));
      expect_near((*got)[i], want.at(name), 128, false);
      values.at(name) = (*got)[i];
    }
  }
}

TEST(Optimizers, FiveSteps) {
  for (const json& c : read_expected("optimizers"))
    for (const DType dtype : {DType::f64, DType::f32}) {
      SCOPED_TRACE(c.at("kind").dump() + c.at("attrs").dump() + c.value("schedule", json()).dump());
      run_trajectory(c, dtype);
    }
}

TEST(Optimizers, NarrowParametersHaveWideSlots) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const auto optimizer = make_optimizer("adam", {{"lr", 0.5}});
  ASSERT_TRUE(optimizer);
  Tensors state;
  const Type type{DType::f16, {2}};
  const Graph graph = step_graph(context, *optimizer, {{"w", splat_literal(type, 1.0)}}, state);
  EXPECT_EQ(state.at("opt.w.v").type, (Type{DType::f32, {2}}));
  EXPECT_EQ(graph.type(graph.updates[0].value), type);
}

TEST(Optimizers, ALateHalvingOfTheRateCounts) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const auto schedule =
      make_schedule("halve_on_plateau", {{"lr", 0.5}, {"patience", std::int64_t{2}}});
  ASSERT_TRUE(schedule);
  const auto optimizer = make_optimizer("sgd", {}, *schedule);
  ASSERT_TRUE(optimizer);
  const Type type{DType::f64, {}};
  Tensors state;
  const Graph graph = step_graph(context, *optimizer, {{"w", splat_literal(type, 1.0)}}, state);
  EXPECT_EQ(literal_real(state.at("opt.lr"), 0), 0.5);
  for (const double rate : {0.5, 0.25}) {
    const std::vector<Literal> fed = {splat_literal(type, 1.0), splat_literal(type, 2.0),
                                      splat_literal(type, rate)};
    const auto got = interpret(graph, fed);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(literal_real((*got)[0], 0), 1 - 2 * rate);
  }
}

struct Refused {
  std::string kind;
  NamedAttrs attrs;
  std::string message, help;
};

TEST(Optimizers, WrongOnesAreRefused) {
  const std::vector<Refused> cases = {
      {"adma", {}, "there is no optimizer 'adma'", "did you mean 'adam'?"},
      {"sgd", {}, "sgd: attribute 'lr' is missing", ""},
      {"sgd", {{"lr", -1.0}}, "sgd: attribute 'lr' is -1.0, negative", ""},
      {"adam", {{"beta1", 1.0}}, "adam: attribute 'beta1' is 1.0, not in [0, 1)", ""},
      {"adam",
       {{"beta", 0.5}},
       "adam: unknown attribute 'beta'",
       "did you mean 'beta1'? adam has lr, beta1, beta2, eps, eps_inside, clip_value, clip_norm"},
      {"adagrad",
       {{"patience", 0.5}},
       "adagrad: unknown attribute 'patience'",
       "adagrad has lr, eps, eps_inside, clip_value, clip_norm"},
      {"adam", {{"clip_norm", 0.0}}, "adam: attribute 'clip_norm' is 0.0, not positive", ""},
      {"sgd", {{"lr", std::string("x")}}, "sgd: attribute 'lr' is number, not \"x\"", ""}};
  for (const Refused& c : cases) {
    const auto made = make_optimizer(c.kind, c.attrs);
    ASSERT_FALSE(made) << c.message;
    EXPECT_EQ(made.error().code, "E0204");
    EXPECT_EQ(made.error().message, c.message);
    EXPECT_EQ(made.error().help, c.help);
  }
}

TEST(Schedules, WrongOnesAreRefused) {
  const auto unknown = make_schedule("cosin", {{"lr", 0.1}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().help, "did you mean 'cosine'?");
  const auto zero = make_schedule("cosine", {{"lr", 0.1}, {"total", std::int64_t{0}}});
  ASSERT_FALSE(zero);
  EXPECT_EQ(zero.error().message, "cosine: attribute 'total' is 0, not positive");
}

TEST(Initializers, KnownAnswers) {
  for (const json& c : read_expected("initializers")) {
    SCOPED_TRACE(c.at("kind").dump() + c.at("attrs").dump() + c.at("value").at("type").dump());
    const auto attrs = to_attrs(c.at("attrs"));
    const auto init = make_initializer(c.at("kind").get<std::string>(), named(attrs));
    ASSERT_TRUE(init) << init.error().message;
    const Literal want = to_literal(c.at("value"));
    const auto got = initial_value(*init, want.type, c.at("seed").get<std::uint32_t>(),
                                   c.at("name").get<std::string>());
    ASSERT_TRUE(got) << got.error().message;
    expect_near(*got, want, c.at("kind") == "orthogonal" ? 64 : 4, false);
  }
}

TEST(Initializers, PhiloxKnownAnswers) { // of the authors' Random123 library
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox_block({0, 0}, {0, 0, 0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox_block({~0u, ~0u}, {~0u, ~0u, ~0u, ~0u}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(
      philox_block({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
      (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Initializers, DependentVectorsAreReplaced) {
  std::vector<double> v = {1, 2, 2, /**/ 2, 4, 4, /**/ 0, 0, 0};
  orthonormalize(v, 3, 3);
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b) {
      double product = 0;
      for (std::size_t i = 0; i < 3; ++i) product += v[a * 3 + i] * v[b * 3 + i];
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-15);
    }
}

TEST(Initializers, WrongOnesAreRefused) {
  const auto refused = [](const Initializer& init, const Type& type) {
    const auto value = initial_value(init, type, 1, "w");
    return value ? std::string("accepted") : value.error().message;
  };
  EXPECT_EQ(refused(*make_initializer("normal"), {DType::i32, {2}}),
            "the initial value of 'w', i32[2]: normal needs floats");
  EXPECT_EQ(refused(*make_initializer("orthogonal"), {DType::f32, {2}}),
            "the initial value of 'w', f32[2]: orthogonal needs two axes or more");
  EXPECT_EQ(refused(constant_initializer(0.5), {DType::i32, {2}}),
            "the initial value of 'w', i32[2]: cannot hold 0.5");
  EXPECT_EQ(refused(literal_initializer(splat_literal({DType::f32, {3}}, 1.0)), {DType::f32, {2}}),
            "the initial value of 'w', f32[2]: the values given are f32[3]");
  const auto unknown = make_initializer("gloro_uniform");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().help, "did you mean 'glorot_uniform'?");
  const auto attribute = make_initializer("normal", {{"sdt", 0.5}});
  ASSERT_FALSE(attribute);
  EXPECT_EQ(attribute.error().help, "did you mean 'std'? normal has mean, std");
  const auto none = make_initializer("zeros", {{"std", 0.5}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().help, "zeros has no attributes");
}

/// Rows of all three tables, with what a model calls them.
struct Kinds {
  std::string what;
  const std::vector<Recipe>& recipes;
};
std::vector<Kinds> all_kinds() {
  return {{"optimizer", optimizer_recipes()},
          {"lr", schedule_recipes()},
          {"init", initializer_recipes()}};
}

TEST(Recipes, EveryOneIsDescribed) {
  for (const Kinds& kinds : all_kinds())
    for (const Recipe& recipe : kinds.recipes) {
      SCOPED_TRACE(recipe.name);
      EXPECT_FALSE(recipe.doc.empty());
      EXPECT_FALSE(recipe.formula.empty());
      EXPECT_TRUE(recipe.example.starts_with("\"" + kinds.what + "\": ")) << recipe.example;
      EXPECT_NE(recipe.example.find("\"" + recipe.name + "\""), std::string::npos);
      for (const AttrDecl& attr : recipe.attrs) {
        EXPECT_FALSE(attr.doc.empty()) << attr.name;
        EXPECT_TRUE(absent(attr.fallback) || attribute_of_kind("", attr, attr.fallback))
            << attr.name << ": the default is outside the interval";
      }
    }
}

TEST(Recipes, EveryOneHasACase) {
  std::map<std::string, std::set<std::string>> tested;
  for (const json& c : read_expected("optimizers")) {
    tested["optimizer"].insert(c.at("kind"));
    const json schedule = c.value("schedule", json());
    tested["lr"].insert(schedule.is_object() ? schedule.value("kind", "constant") : "constant");
  }
  for (const json& c : read_expected("initializers")) tested["init"].insert(c.at("kind"));
  tested["lr"].insert("halve_on_plateau");         // ALateHalvingOfTheRateCounts
  for (const Recipe& recipe : optimizer_recipes()) // tests/train/minimize_test.cpp
    if (const auto made = make_optimizer(recipe.name, {}); made && made->host_side())
      tested["optimizer"].insert(recipe.name);
  for (const Kinds& kinds : all_kinds())
    for (const Recipe& recipe : kinds.recipes)
      EXPECT_TRUE(tested[kinds.what].contains(recipe.name)) << recipe.name;
}

} // namespace
} // namespace nnc::nn
