#include "ir/suggestion.h"

#include "ir/messages.h"
#include "ir/types.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace nnc {
namespace {

constexpr std::size_t few = 12;

/// Names of NumPy, of frameworks and of C.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20> dtypes_of_others = {
    {{"float64", "f64"}, {"double", "f64"}, {"float32", "f32"}, {"float", "f32"},
     {"single", "f32"},  {"real", "f32"},   {"float16", "f16"}, {"half", "f16"},
     {"fp64", "f64"},    {"fp32", "f32"},   {"fp16", "f16"},    {"bfloat16", "bf16"},
     {"int64", "i64"},   {"long", "i64"},   {"int32", "i32"},   {"int", "i32"},
     {"uint32", "u32"},  {"int8", "i8"},    {"uint8", "u8"},    {"boolean", "bool"}}};

std::vector<std::string_view> dtype_names() {
  std::vector<std::string_view> names;
  for (int i = 0; i < dtype_count; ++i) names.push_back(dtype_name(static_cast<DType>(i)));
  return names;
}

} // namespace

std::string nearest_or_all(std::string_view name, std::span<const std::string_view> known,
                           std::string_view what) {
  std::string help = did_you_mean(name, known);
  if (!help.empty() || known.empty() || known.size() > few) return help;
  help = "the " + std::string(what) + " are";
  for (const std::string_view one : known) help += " " + std::string(one);
  return help;
}

std::string nearest_or_all(std::string_view name, std::span<const std::string> known,
                           std::string_view what) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  return nearest_or_all(name, views, what);
}

std::string_view dtype_called(std::string_view name) {
  const auto found = std::ranges::find(dtypes_of_others, name,
                                       &std::pair<std::string_view, std::string_view>::first);
  return found == dtypes_of_others.end() ? std::string_view() : found->second;
}

std::string dtype_help(std::string_view name) {
  if (const std::string_view dtype = dtype_called(name); !dtype.empty())
    return "did you mean " + quote(dtype) + "?";
  return did_you_mean(name, dtype_names());
}

} // namespace nnc
