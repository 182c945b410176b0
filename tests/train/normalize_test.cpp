// Features by the mean and deviation of the training rows, and where these are kept.
#include "runtime/files/file.h"
#include "train/blobs.h"

#include <gtest/gtest.h>

namespace nnc::train_test {
namespace {

Tensor table(std::vector<double> values, std::int64_t columns) {
  const auto rows = static_cast<std::int64_t>(values.size()) / columns;
  Tensor tensor = *Tensor::zeros({DType::f32, {rows, columns}});
  for (std::size_t i = 0; i < values.size(); ++i)
    tensor.as<float>()[i] = static_cast<float>(values[i]);
  return tensor;
}

TEST(Normalize, MeansAndDeviationsAreOfTheRowsGiven) {
  Tensor x = table({1, 5, 3, 5, 100, 7}, 2);
  const std::vector<std::int64_t> rows = {0, 1};
  const auto made = normalization_of("x", x, rows);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->mean.type(), (Type{DType::f64, {2}}));
  EXPECT_EQ(made->mean.as<double>()[0], 2);
  EXPECT_EQ(made->mean.as<double>()[1], 5);
  EXPECT_EQ(made->deviation.as<double>()[0], 1) << "divided by n";
  EXPECT_EQ(made->deviation.as<double>()[1], 1) << "a constant is only moved";
  ASSERT_FALSE(made->apply(x));
  const std::vector<float> want = {-1, 0, 1, 0, 98, 2};
  EXPECT_TRUE(std::ranges::equal(x.as<float>(), want));
}

TEST(Normalize, AConstantThatFloatsCannotHoldIsNoDeviation) {
  const Tensor x = table({0.1, 0.1, 0.1}, 1);
  const std::vector<std::int64_t> rows = {0, 1, 2};
  const auto made = normalization_of("x", x, rows);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->deviation.as<double>()[0], 1);
}

TEST(Normalize, OtherRowsThanItsOwnAreAnError) {
  const Tensor x = table({1, 2, 3, 4}, 2);
  const std::vector<std::int64_t> rows = {0, 1};
  const auto made = normalization_of("x", x, rows);
  Tensor other = table({1, 2, 3}, 3);
  const Status error = made->apply(other);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "E0615");
}

TEST(Normalize, IsInTheCheckpointAndOfTheTrainingRowsAlone) {
  const Folder folder;
  const std::string model =
      folder.write("model.json", blobs_model(R"({ "kind": "sgd", "lr": 0.1 })"));
  const std::string data = folder.write("data.csv", blobs_csv(50));
  TrainOptions options{.epochs = 1,
                       .validation = 0.2,
                       .test = 0.2,
                       .seed = 3,
                       .checkpoint = folder / "c.safetensors"};
  ASSERT_TRUE(train_files(model, data, options, 1, -1, true).ok());
  const auto bytes = read_file(options.checkpoint);
  ASSERT_TRUE(bytes.ok());
  const auto stored = stored_normalization(*bytes, "c", "x");
  ASSERT_TRUE(stored.ok() && *stored);
  EXPECT_FALSE(stored_normalization(*bytes, "c", "y")->has_value());

  auto session = Session::load(model, {});
  const auto function = training_function(session->source(), "");
  auto rows = load_dataset(session->source(), **function, {.files = {data}});
  const RowOrder order = row_order(*rows, options);
  EXPECT_EQ(order.training().size(), 30u);
  EXPECT_EQ(order.test().size(), 10u);
  const auto want = normalization_of("x", rows->inputs[0].tensor, order.training());
  EXPECT_EQ((*stored)->mean, want->mean);
  EXPECT_EQ((*stored)->deviation, want->deviation);

  options.resume = true;
  options.epochs = 2;
  const auto without = train_files(model, data, options);
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.error().code, "E0707");
  EXPECT_EQ(without.error().message, "the checkpoint comes from a run with normalize 1, not 0");
}

TEST(Normalize, WithoutFloatsThereIsNothingTo) {
  Dataset data;
  const auto error = normalize(data, {});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "E0625");
}

} // namespace
} // namespace nnc::train_test
