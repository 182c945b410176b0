#include "gallery/example.h"

#include "frontends/cli/catalogue.h"
#include "frontends/models.h"
#include "ir/builder.h"
#include "ir/grad_node.h"
#include "places.h"
#include "testing/golden.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace nnc::gallery {
namespace {

/// Attributes of rows that stand alone and need some.
NamedAttrs attributes_of(const OpRow& row) {
  NamedAttrs attrs;
  for (const AttrSpec& spec : row.attrs)
    if (absent(spec.fallback)) attrs.push_back({spec.name, std::int64_t{0}});
  return attrs;
}

std::vector<std::string> operand_names(const OpRow& row) {
  return row.min_operands == 1 ? std::vector<std::string>{"x"} : std::vector<std::string>{"a", "b"};
}

/// The op by itself, before and after it was differentiated.
struct Alone {
  Graph graph;
  std::vector<Value> operands;
  Value result;
};

std::optional<Alone> alone(Context& context, const OpRow& row, const Type& type) {
  Alone made{Graph(context, row.name), {}, {}};
  Builder b(made.graph);
  for (const std::string& name : operand_names(row))
    made.operands.push_back(made.graph.add_leaf(name, Role::input, type, {}));
  made.result = b.op(row.name, made.operands, attributes_of(row));
  if (b.take_error()) return std::nullopt;
  return made;
}

/// With elements of the first dtype that the op takes.
Alone alone(Context& context, const OpRow& row) {
  for (const DType dtype : {DType::f32, DType::i32, DType::boolean})
    if (auto made = alone(context, row, {dtype, {8}})) return std::move(*made);
  throw InternalError(row.name + " takes no operands by itself");
}

/// The derivative of each element of `of` by those of `wrt`, one for each of these.
std::vector<Value> slopes(Graph& graph, Value of, const std::vector<Value>& wrt) {
  Builder b(graph);
  std::vector<Value> made = build_grad(b, {b.sum(of, {0}), {}, wrt});
  if (const auto error = b.take_error()) throw InternalError(error->message);
  return made;
}

Shown value_of(Context& context, const OpRow& row) {
  Alone made = alone(context, row);
  made.graph.outputs.push_back({"f", made.result});
  return {std::move(made.graph), {made.operands.size() == 1 ? "f(x)" : "f(a, b)"}};
}

/// f' or df/da, df/db.
Shown first_of(Context& context, const OpRow& row) {
  Alone made = alone(context, row);
  const std::vector<Value> by = slopes(made.graph, made.result, made.operands);
  Shown shown{std::move(made.graph), {}};
  const bool one = by.size() == 1;
  const std::vector<std::string> names = operand_names(row);
  for (std::size_t i = 0; i < by.size(); ++i) {
    shown.graph.outputs.push_back({one ? "df" : "df_d" + names[i], by[i]});
    shown.titles.push_back(one ? "f'(x)" : "df/d" + names[i]);
  }
  return shown;
}

/// f'' or d2f/da2, d2f/dadb, d2f/db2.
Shown second_of(Context& context, const OpRow& row) {
  Alone made = alone(context, row);
  const std::vector<Value> by = slopes(made.graph, made.result, made.operands);
  Shown shown{std::move(made.graph), {}};
  const std::vector<std::string> names = operand_names(row);
  for (std::size_t i = 0; i < by.size(); ++i) {
    const std::vector<Value> rest(made.operands.begin() + static_cast<std::ptrdiff_t>(i),
                                  made.operands.end());
    const std::vector<Value> twice = slopes(shown.graph, by[i], rest);
    for (std::size_t k = 0; k < twice.size(); ++k) {
      const std::string both = k == 0 ? names[i] + "2" : names[i] + "d" + names[i + k];
      shown.graph.outputs.push_back({"d2f_d" + both, twice[k]});
      shown.titles.push_back(by.size() == 1 ? "f''(x)" : "d2f/d" + both);
    }
  }
  return shown;
}

std::string model_path(const OpRow& row) {
  return NNC_SOURCE "/docs/gallery/models/" + row.name + ".json";
}

Example from_model(Context& context, const OpRow& row) {
  Example example{.model = golden_file(model_path(row))};
  const auto loaded = load_model(example.model, row.name + ".json");
  if (const auto* errors = std::get_if<std::string>(&loaded)) throw InternalError(*errors);
  const Model& model = std::get<Model>(loaded);
  for (const std::string name : {"formula", "first", "second"}) {
    const auto& declared = model.doc->functions;
    if (std::ranges::none_of(declared, [&](const auto& each) { return each.name.text == name; }))
      break;
    auto graph = build_function(model, name, {}, context, test_functions());
    if (const auto* errors = std::get_if<Errors>(&graph)) throw InternalError(error_text(*errors));
    Shown shown{std::move(std::get<Graph>(graph)), {}};
    for (const Output& output : shown.graph.outputs) shown.titles.push_back(output.name);
    example.by_order.push_back(std::move(shown));
  }
  return example;
}

} // namespace

std::vector<std::string> shown_rows() {
  std::vector<std::string> names;
  for (const cli::Entry& entry : cli::catalogue(test_rows(), test_functions()))
    if (test_rows().find(entry.name) && entry.form != cli::EntryForm::recipe &&
        std::ranges::find(names, entry.name) == names.end())
      names.push_back(entry.name);
  return names;
}

bool stands_alone(const OpRow& row) {
  const bool few = row.min_operands == row.max_operands && row.max_operands <= 2;
  if (!row.elementwise || row.kind != "element-wise" || !few) return false;
  return std::ranges::all_of(row.attrs, [](const AttrSpec& spec) {
    return !absent(spec.fallback) || spec.kind == AttrKind::integer;
  });
}

Example example_of(Context& context, const OpRow& row) {
  if (!stands_alone(row)) return from_model(context, row);
  Example example;
  example.by_order.push_back(value_of(context, row));
  if (!row.grad) return example;
  example.by_order.push_back(first_of(context, row));
  example.by_order.push_back(second_of(context, row));
  return example;
}

std::optional<Graph> function_to_draw(Context& context, const OpRow& row, int varied, double beside,
                                      std::int64_t count) {
  if (!stands_alone(row)) return std::nullopt;
  Graph graph(context, row.name);
  Builder b(graph);
  const Value x = graph.add_leaf("x", Role::input, {DType::f64, {count}}, {});
  std::vector<Value> operands(static_cast<std::size_t>(row.min_operands),
                              b.full(b.type(x), beside));
  operands[static_cast<std::size_t>(varied)] = x;
  const Value result = b.op(row.name, operands, attributes_of(row));
  if (b.take_error() || b.type(result) != b.type(x)) return std::nullopt;
  graph.outputs.push_back({"f", result});
  if (!row.grad) return graph;
  const Value slope = slopes(graph, result, {x})[0];
  graph.outputs.push_back({"df", slope});
  graph.outputs.push_back({"d2f", slopes(graph, slope, {x})[0]});
  return graph;
}

} // namespace nnc::gallery
