// The examples that `nnc ops` and docs/functions.md show of optimisers, schedules and initialisers
// are read as they stand.
#include "frontends/model/training.h"
#include "frontends/models.h"
#include "frontends/nn/initializers.h"
#include "frontends/nn/optimizers.h"

namespace nnc {
namespace {

std::string training(const std::string& optimizer, const std::string& init) {
  return "{ \"nnc\": 1, \"params\": { \"w\": { \"type\": \"f32[4,3]\", " + init +
         " } }, \"nodes\": [\"loss = sum(w * w)\"], \"functions\": { \"train\": "
         "{ \"out\": \"loss\", \"minimize\": \"loss\", " +
         optimizer + " } } }";
}

void expect_read(const std::string& model) {
  const std::string text = graph_text(model, "train");
  EXPECT_TRUE(text.starts_with("func @train(")) << model << "\n" << text;
}

TEST(Recipes, ExamplesAreRead) {
  const std::string sgd = R"("optimizer": { "kind": "sgd", "lr": 0.1 })", zero = R"("init": 0)";
  for (const nn::Recipe& one : nn::optimizer_recipes()) expect_read(training(one.example, zero));
  for (const nn::Recipe& one : nn::schedule_recipes())
    expect_read(training(R"("optimizer": { "kind": "sgd", )" + one.example + " }", zero));
  for (const nn::Recipe& one : nn::initializer_recipes()) {
    const std::string model = training(sgd, one.example);
    expect_read(model);
    auto loaded = load_model(model);
    ASSERT_TRUE(std::holds_alternative<Model>(loaded)) << std::get<std::string>(loaded);
    const LeafDoc& leaf = std::get<Model>(loaded).doc->params.at(0);
    const auto read = read_initializer(leaf, {DType::f32, {4, 3}}, "m.json");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->kind, one.name);
  }
}

} // namespace
} // namespace nnc
