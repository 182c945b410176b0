// Limits of the reader, and models whose tensors are in files.
#include "frontends/json/parse.h"
#include "frontends/model/check.h"
#include "frontends/model/files.h"
#include "frontends/models.h"
#include "runtime/files/npy.h"
#include "runtime/files/safetensors.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include <unistd.h>

namespace nnc {
namespace {

std::string first_error(const std::string& text) {
  auto doc = read_model(text, "m.json");
  return std::holds_alternative<Errors>(doc) ? error_text({std::get<Errors>(doc)[0]}) : "";
}

TEST(Reader, CommentsAndForeignKeysAreSkipped) {
  EXPECT_EQ(first_error("\xef\xbb\xbf// a\n{ /* b\n */ \"nnc\": 1, // c\n \"x-mine\": [{}], "
                        "\"$schema\": \"s\" }"),
            "");
}

TEST(Reader, DepthEndsAtSixtyFour) {
  const auto nested = [](std::size_t depth) {
    return "{\"nnc\": 1, \"x-a\": " + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(first_error(nested(63)), "");
  EXPECT_NE(first_error(nested(64)).find("E0103"), std::string::npos);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_NE(first_error(std::string(10'000'000, '[')).find("E0103"), std::string::npos);
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
  EXPECT_NE(first_error(objects).find("E0103"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(Reader, SizesEndAtTwoToTheForty) {
  const auto input = [](const std::string& size) {
    return first_error("{\"nnc\": 1, \"inputs\": {\"x\": \"i8[" + size + "]\"}}");
  };
  EXPECT_EQ(input("0"), "");
  EXPECT_EQ(input("1099511627776"), "");
  for (const char* size : {"1099511627777", "9223372036854775808", "18446744073709551616",
                           "00000000000001", "0x10", "1e3", "+1", "1_000"})
    EXPECT_NE(input(size).find("E0109"), std::string::npos) << size;
}

/// Of a damaged model the rest is checked all the same.
std::size_t all_errors(const std::string& text) {
  Errors found;
  auto doc = read_model(text, "m.json", &found);
  if (auto* errors = std::get_if<Errors>(&doc)) return errors->size();
  const auto model =
      resolve(std::get<ModelDoc>(std::move(doc)), test_functions(), test_rows(), &found);
  return found.size() +
         check_rest(std::get<Model>(model), {}, {}, test_rows(), test_functions()).size();
}

/// Whatever it says, it must come back.
TEST(Reader, EveryPrefixAndEveryChangedByteIsReadOrRefused) {
  const std::string text = source_file("tests/frontends/graphs/blocks.json");
  std::size_t refused = 0, differ = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    refused += !first_error(text.substr(0, i)).empty();
    for (const char c : {'"', '{', ']', '\0', '\xff', '9', '-'}) {
      std::string changed = text;
      changed[i] = c;
      refused += std::holds_alternative<std::string>(load_model(changed));
      for (const char* function : {"predict", "train"}) graph_text(changed, function);
      if (first_error(changed).empty() != (all_errors(changed) == 0)) ++differ;
    }
  }
  EXPECT_GT(refused, text.size());
  EXPECT_GT(differ, 0U); // errors that reading alone does not find
}

TEST(Files, GiveTypesAndValues) {
  const auto folder = std::filesystem::temp_directory_path() /
                      fmt::format("nnc_model_files_{}", static_cast<int>(::getpid()));
  std::filesystem::create_directory(folder);
  Tensor tensor = *Tensor::zeros({DType::f32, {2, 3}});
  tensor.as<float>()[5] = 1.5F;
  ASSERT_FALSE(save_npy(folder / "c.npy", tensor));
  const TensorView views[] = {view_of("w", tensor), view_of("layer.weight", tensor)};
  ASSERT_FALSE(save_safetensors(folder / "w.safetensors", views, {}));
  const auto read = [&](const std::string& params) {
    auto doc = read_model("{ \"nnc\": 1, \"params\": {" + params + "} }", "m.json");
    auto& model = std::get<ModelDoc>(doc);
    auto dir = ModelDir::of_model((folder / "m.json").string());
    Errors errors;
    const LeafFiles tensors = read_files(model, *dir, errors);
    if (!errors.empty()) return error_text(errors);
    std::string found;
    for (const LeafDoc& leaf : model.params)
      found += fmt::format("{} {} {}\n", leaf.name.text, to_string(*leaf.type),
                           tensors.at(leaf.name.text).as<float>()[5]);
    return found;
  };
  EXPECT_EQ(read(R"("a": { "file": "c.npy" }, "w": { "file": "w.safetensors" },
                    "v": { "file": "w.safetensors", "tensor": "layer.weight",
                           "type": "f32[N,3]" })"),
            "a f32[2,3] 1.5\nw f32[2,3] 1.5\nv f32[N,3] 1.5\n");
  EXPECT_EQ(read(R"("a": { "file": "w.safetensors", "tensor": "layer.wieght" })"),
            "m.json:1:39+15: E0704: 'w.safetensors' holds no tensor 'layer.wieght'\n"
            "  help: did you mean 'layer.weight'?\n");
  EXPECT_EQ(read(R"("a": { "file": "c.npy", "type": "f32[3,2]" })"),
            "m.json:1:39+7: E0306: param 'a' is f32[3,2], not f32[2,3]\n");
  EXPECT_EQ(read(R"("a": { "file": "c.txt" })"),
            "m.json:1:39+7: E0107: 'c.txt' is none of .npy, .npz and .safetensors\n");
  for (const char* path : {"../c.npy", "/etc/c.npy", "no.npy"})
    EXPECT_NE(read(fmt::format("\"a\": {{ \"file\": \"{}\" }}", path)).find("m.json:1:39"),
              std::string::npos);
  std::filesystem::remove_all(folder);
}

} // namespace
} // namespace nnc
