// Which data feed which inputs (docs/training.md), and what does not fit.
#include "frontends/host/train/dataset.h"
#include "runtime/files/npy.h"
#include "runtime/files/npz.h"
#include "train/blobs.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nnc::train_test {
namespace {

constexpr const char* model = R"json({ "nnc": 1, "sizes": { "N": 8 },
  "inputs": { "y": "i32[N]", "x": "f32[N,2,2]" },
  "params": { "w": { "type": "f32[2,2]", "init": 1 } },
  "nodes": [ "loss = mean(sum(x * w, axes=[1, 2]) - cast(y, to=\"f32\"))", "one = sum(w*w)" ],
  "functions": { "train": { "in": ["y", "x"], "out": ["loss"], "minimize": "loss",
                            "optimizer": { "kind": "sgd", "lr": 0.1 } } } })json";

Result<Dataset> load(const Folder& folder, DataOptions options) {
  Sources sources;
  const auto source = Source::load(folder.write("model.json", model), sources);
  const Source& loaded = std::get<Source>(source);
  return load_dataset(loaded, **training_function(loaded, ""), options);
}

Tensor counting(Type type, float first) {
  Tensor tensor = *Tensor::zeros(type);
  for (float& value : tensor.as<float>()) value = first++;
  return tensor;
}

void expect_rows(const Result<Dataset>& data) {
  ASSERT_TRUE(data.ok()) << data.error().message;
  EXPECT_EQ(data->rows, 3);
  EXPECT_EQ(data->batch_symbol, "N");
  EXPECT_EQ(data->batch, 8);
  ASSERT_EQ(data->inputs.size(), 2u);
  EXPECT_EQ(data->inputs[0].name, "y");
  EXPECT_EQ(data->inputs[1].tensor.type(), (Type{DType::f32, {3, 2, 2}}));
  const std::vector<std::int32_t> labels = {4, 9, 14};
  EXPECT_TRUE(std::ranges::equal(data->inputs[0].tensor.as<std::int32_t>(), labels));
  const std::vector<float> features = {0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13};
  EXPECT_TRUE(std::ranges::equal(data->inputs[1].tensor.as<float>(), features));
}

TEST(Dataset, ATableInTextAndInNumPyIsTheSame) {
  const Folder folder;
  const std::string csv = folder.write("d.csv", "0,1,2,3,4\n5,6,7,8,9\n10,11,12,13,14\n");
  expect_rows(load(folder, {.files = {csv}}));
  const std::string npy = folder / "d.npy";
  ASSERT_FALSE(save_npy(npy, counting({DType::f32, {3, 5}}, 0)));
  expect_rows(load(folder, {.files = {npy}}));
  const std::string first = folder.write("f.csv", "4,0,1,2,3\n9,5,6,7,8\n14,10,11,12,13\n");
  expect_rows(load(folder, {.files = {first}, .label_column = 0}));
}

TEST(Dataset, TwoFilesAndArchivesGoByRoleAndByName) {
  const Folder folder;
  Tensor y = *Tensor::zeros({DType::i32, {3}});
  const std::vector<std::int32_t> labels = {4, 9, 14};
  std::ranges::copy(labels, y.as<std::int32_t>().begin());
  Tensor x = *Tensor::zeros({DType::f32, {3, 4}});
  const std::vector<float> features = {0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13};
  std::ranges::copy(features, x.as<float>().begin());
  ASSERT_FALSE(save_npy(folder / "x.npy", x));
  ASSERT_FALSE(save_npy(folder / "y.npy", y));
  expect_rows(load(folder, {.files = {folder / "x.npy", folder / "y.npy"}}));
  const std::vector<NamedTensor> named = {{"x", x}, {"y", y}};
  ASSERT_FALSE(save_npz(folder / "d.npz", named));
  expect_rows(load(folder, {.files = {folder / "d.npz"}}));
}

TEST(Dataset, WhatDoesNotFitIsSaidWithItsPlace) {
  const Folder folder;
  const std::string narrow = folder.write("n.csv", "1,2,3\n4,5,6\n");
  const auto wrong = load(folder, {.files = {narrow}});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, "E0615");
  const std::string half = folder.write("h.csv", "0,1,2,3,4\n5,6,7,8,9.5\n");
  const auto label = load(folder, {.files = {half}});
  ASSERT_FALSE(label.ok());
  EXPECT_EQ(label.error().code, "E0613");
  EXPECT_EQ(label.error().place.line, 2);
  EXPECT_EQ(label.error().place.column, 9);
  const std::vector<NamedTensor> other = {{"z", counting({DType::f32, {3, 4}}, 0)}};
  ASSERT_FALSE(save_npz(folder / "z.npz", other));
  const auto names = load(folder, {.files = {folder / "z.npz"}});
  ASSERT_FALSE(names.ok());
  EXPECT_EQ(names.error().code, "E0625");
  EXPECT_EQ(names.error().help, "the file has z");
}

} // namespace
} // namespace nnc::train_test
