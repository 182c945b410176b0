#include "nn/cases.h"
#include "places.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

namespace nnc::nn {
namespace {

using nlohmann::json;

double to_real(const json& value) {
  if (!value.is_string()) return value.get<double>();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto text = value.get<std::string>();
  return text == "nan"   ? std::numeric_limits<double>::quiet_NaN()
         : text == "inf" ? infinity
                         : -infinity;
}

std::vector<std::optional<Literal>> to_optional_literals(const json& list) {
  std::vector<std::optional<Literal>> result;
  for (const json& value : list)
    result.push_back(value.is_null() ? std::nullopt : std::optional(to_literal(value)));
  return result;
}

Case to_case(const json& value) {
  Case c{.function = value.at("function"), .name = value.at("name")};
  for (const json& operand : value.at("in")) {
    if (operand.is_null())
      c.in.emplace_back();
    else if (operand.is_number_integer())
      c.in.emplace_back(Number(operand.get<std::int64_t>()));
    else if (operand.is_number())
      c.in.emplace_back(Number(operand.get<double>()));
    else
      c.in.emplace_back(to_literal(operand));
  }
  c.attrs = to_attrs(value.at("attrs"));
  for (const json& tensor : value.at("out")) c.out.push_back(to_literal(tensor));
  c.tangents = to_optional_literals(value.value("tangents", json::array()));
  c.derivatives = to_optional_literals(value.value("derivatives", json::array()));
  const json state = value.value("state", json::object());
  for (const auto& [key, name] : state.items()) c.state[std::stoi(key)] = name;
  const json updates = value.value("updates", json::object());
  for (const auto& [key, tensor] : updates.items()) c.updates.emplace(key, to_literal(tensor));
  c.rng = value.value("rng", std::vector<std::int64_t>{});
  c.site = value.value("site", "");
  c.training = value.value("training", false);
  c.relative = value.value("relative", false);
  if (value.contains("dtypes")) c.dtypes.clear();
  const json dtypes = value.value("dtypes", json::array());
  for (const json& dtype : dtypes)
    c.dtypes.push_back(dtype_from_name(dtype.get<std::string>()).value());
  return c;
}

/// Half a unit in the last place of 1.
double half_unit(DType dtype) {
  if (!is_float(dtype)) return 0;
  if (dtype == DType::f64) return 0x1p-53;
  if (dtype == DType::f32) return 0x1p-24;
  return dtype == DType::f16 ? 0x1p-11 : 0x1p-8;
}

} // namespace

NamedAttrs named(const std::vector<std::pair<std::string, AttrValue>>& attrs) {
  NamedAttrs result;
  for (const auto& [name, value] : attrs) result.push_back({name, value});
  return result;
}

NamedAttrs Case::named() const { return nn::named(attrs); }

json read_expected(const std::string& family) {
  std::ifstream stream(std::filesystem::path(NNC_TESTS) / "nn" / "expected" / (family + ".json"));
  return json::parse(stream);
}

std::vector<Case> load_cases(const std::string& family) {
  std::vector<Case> cases;
  for (const json& value : read_expected(family)) cases.push_back(to_case(value));
  return cases;
}

std::vector<std::string> families() {
  return {"activations",  "arithmetic",    "arrangement", "linear_algebra",
          "convolutions", "normalization", "dense",       "losses",
          "random",       "order",         "recurrent"};
}

Literal to_literal(const json& tensor) {
  const Type type = *parse_type(tensor.at("type").get<std::string>());
  const json& data = tensor.at("data");
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  if (static_cast<std::int64_t>(data.size()) != type.elements())
    throw std::invalid_argument("wrong number of elements");
  for (std::int64_t i = 0; i < type.elements(); ++i) {
    const json& element = data[static_cast<std::size_t>(i)];
    if (is_float(type.dtype))
      store_real(type.dtype, bytes->data(), i, to_real(element));
    else
      store_integer(type.dtype, bytes->data(), i,
                    element.is_boolean() ? element.get<bool>() : element.get<std::int64_t>());
  }
  return {type, std::move(bytes)};
}

AttrValue to_attr(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  if (!value.empty() && value[0].is_array())
    return value.get<std::vector<std::vector<std::int64_t>>>();
  return value.get<std::vector<std::int64_t>>();
}

std::vector<std::pair<std::string, AttrValue>> to_attrs(const json& object) {
  std::vector<std::pair<std::string, AttrValue>> attrs;
  for (const auto& [key, value] : object.items()) attrs.emplace_back(key, to_attr(value));
  return attrs;
}

std::vector<double> reals(const Literal& literal) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    values.push_back(is_float(literal.type.dtype)
                         ? literal_real(literal, i)
                         : static_cast<double>(literal_integer(literal, i)));
  return values;
}

Literal as_dtype(const Literal& literal, DType dtype) {
  if (literal.type.dtype != DType::f64 || dtype == DType::f64) return literal;
  const Type type{dtype, literal.type.shape};
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::int64_t i = 0; i < type.elements(); ++i)
    store_real(dtype, bytes->data(), i, literal_real(literal, i));
  return {type, std::move(bytes)};
}

void expect_near(const Literal& got, const Literal& want, double slack, bool relative) {
  ASSERT_EQ(to_string(got.type), to_string(as_dtype(want, got.type.dtype).type));
  const std::vector<double> a = reals(got), b = reals(want);
  double largest = 0;
  for (const double x : b)
    if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
  const double rounding = half_unit(got.type.dtype);
  const double least = got.type.dtype == DType::f16 ? 0x1p-24 : 0; // what f16 can tell from 0
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(b[i]) || !std::isfinite(a[i])) {
      EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])))
          << "element " << i << " is " << a[i] << ", not " << b[i];
      continue;
    }
    const double scale = relative ? std::abs(b[i]) : std::max(largest, 1.0);
    EXPECT_LE(std::abs(a[i] - b[i]), slack * rounding * scale + least)
        << "element " << i << " is " << a[i] << ", not " << b[i];
  }
}

} // namespace nnc::nn
