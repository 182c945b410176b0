#include "testing/samples.h"
#include "places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <limits>

namespace nnc {
namespace {

using nlohmann::json;

double to_real(const json& value) {
  if (!value.is_string()) return value.get<double>();
  const auto text = value.get<std::string>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "-0") return -0.0;
  const double infinity = std::numeric_limits<double>::infinity();
  if (text == "inf") return infinity;
  if (text == "-inf") return -infinity;
  throw std::invalid_argument("'" + text + "' is no element");
}

Literal to_literal(const json& tensor) {
  const auto type = parse_type(tensor.at("type").get<std::string>());
  if (!type) throw std::invalid_argument(type.error().message);
  const json& data = tensor.at("data");
  const auto count = static_cast<std::size_t>(type->elements());
  if (data.size() != count) throw std::invalid_argument("wrong number of elements");
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type->bytes()));
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::int64_t>(i);
    if (is_float(type->dtype))
      store_real(type->dtype, bytes->data(), at, to_real(data[i]));
    else if (data[i].is_boolean())
      store_integer(type->dtype, bytes->data(), at, data[i].get<bool>());
    else
      store_integer(type->dtype, bytes->data(), at, data[i].get<std::int64_t>());
  }
  return {*type, std::move(bytes)};
}

AttrValue to_attr(const json& value, AttrKind kind) {
  switch (kind) {
  case AttrKind::integer:
    return value.get<std::int64_t>();
  case AttrKind::real:
    return to_real(value);
  case AttrKind::boolean:
    return value.get<bool>();
  case AttrKind::string:
    return value.get<std::string>();
  case AttrKind::integers:
    return value.get<std::vector<std::int64_t>>();
  case AttrKind::integer_lists:
    return value.get<std::vector<std::vector<std::int64_t>>>();
  case AttrKind::dtype:
    return dtype_from_name(value.get<std::string>()).value();
  case AttrKind::type: {
    auto type = parse_type(value.get<std::string>());
    if (!type) throw std::invalid_argument(type.error().message);
    return *type;
  }
  case AttrKind::literal:
    return to_literal(value);
  case AttrKind::body:
    break;
  }
  throw std::invalid_argument("a body cannot stand in a sample");
}

SampleCase to_case(const OpRow& row, const json& value) {
  SampleCase sample{.op = row.name, .name = value.at("name").get<std::string>()};
  sample.attrs.resize(row.attrs.size());
  for (const auto& [key, attr] : value.at("attrs").items()) {
    const int position = attr_position(row, key);
    if (position < 0) throw std::invalid_argument("no attribute '" + key + "'");
    const auto at = static_cast<std::size_t>(position);
    sample.attrs[at] = to_attr(attr, row.attrs[at].kind);
  }
  for (const json& tensor : value.at("in")) sample.in.push_back(to_literal(tensor));
  for (const json& tensor : value.at("out")) sample.out.push_back(to_literal(tensor));
  if (value.contains("tolerance")) sample.tolerance = value["tolerance"].get<double>();
  return sample;
}

std::filesystem::path sample_file(const std::string& op) {
  return std::filesystem::path(NNC_TESTS) / "samples" / (op + ".json");
}

} // namespace

bool has_samples(const std::string& op) { return std::filesystem::exists(sample_file(op)); }

std::vector<SampleCase> load_samples(const OpRow& row) {
  std::vector<SampleCase> samples;
  try {
    std::ifstream stream(sample_file(row.name));
    const json file = json::parse(stream);
    EXPECT_EQ(file.at("op"), row.name);
    for (const json& value : file.at("cases")) samples.push_back(to_case(row, value));
  } catch (const std::exception& fault) {
    ADD_FAILURE() << row.name << ": " << fault.what();
  }
  return samples;
}

bool computes(const OpRow& row) {
  return row.kind != "structure" && (row.element != nullptr || row.body != nullptr);
}

Result<Graph> sample_graph(Context& context, const OpRow& row, const Attrs& attrs,
                           std::span<const Type> in) {
  Graph graph(context, row.name);
  std::vector<Value> operands;
  for (const Type& type : in)
    operands.push_back(
        graph.add_leaf("x" + std::to_string(operands.size()), Role::input, type, {}));
  const auto node = graph.add(row, operands, attrs, {});
  if (!node) return node.error();
  for (int i = 0; i < graph.node(*node).result_count; ++i)
    graph.outputs.push_back({"y" + std::to_string(i), graph.result(*node, i)});
  return graph;
}

SampleBatch sample_batch(Context& context, const OpRow& row) {
  SampleBatch batch;
  batch.cases = load_samples(row);
  Graph graph(context, row.name);
  for (std::size_t i = 0; i < batch.cases.size(); ++i) {
    const SampleCase& sample = batch.cases[i];
    batch.first_output.push_back(graph.outputs.size());
    std::vector<Value> operands;
    for (const Literal& literal : sample.in) {
      const std::string name = fmt::format("x{}_{}", i, operands.size());
      operands.push_back(graph.add_leaf(name, Role::input, literal.type, {}));
      batch.inputs.push_back(literal);
    }
    const auto node = graph.add(row, operands, sample.attrs, {});
    if (!node) throw InternalError(node.error().message);
    for (int k = 0; k < graph.node(*node).result_count; ++k)
      graph.outputs.push_back({fmt::format("y{}_{}", i, k), graph.result(*node, k)});
  }
  batch.graph = std::move(graph);
  return batch;
}

std::vector<std::string> computing_rows() {
  std::vector<std::string> names;
  const OpTable table = standard_ops();
  for (const OpRow* row : table.rows())
    if (computes(*row)) names.push_back(row->name);
  return names;
}

} // namespace nnc
