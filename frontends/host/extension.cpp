#include "frontends/host/extension.h"

#include "frontends/expr/parser.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

bool taken(const ModelDoc& doc, const std::string& name) {
  const auto leaves = doc.leaves();
  return doc.function(name) ||
         std::ranges::any_of(leaves,
                             [&](const LeafDoc* leaf) { return leaf->name.text == name; }) ||
         std::ranges::any_of(doc.nodes, [&](const NodeDoc& node) {
           return std::ranges::find(node.out, name, &NameDoc::text) != node.out.end();
         });
}

std::string list_of(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& name : names) all.push_back(written_name(name));
  return fmt::format("{}", fmt::join(all, ", "));
}

/// A new name for each, `prefix` in front.
std::vector<std::string> fresh_names(const Extension& extension, const std::string& prefix,
                                     const std::vector<std::string>& names) {
  std::vector<std::string> made;
  for (const std::string& name : names) made.push_back(extension.fresh(prefix + name));
  return made;
}

} // namespace

std::string Extension::fresh(const std::string& name, std::string_view prefix) const {
  std::string made = std::string(prefix) + name;
  while (taken(doc_, made)) made += "_";
  return made;
}

void Extension::define(const std::string& assignment) {
  auto parsed = parse_assignment(assignment, {.file = doc_.file});
  if (!parsed) throw InternalError("extension: " + parsed.error().message);
  doc_.nodes.push_back({.out = std::move(parsed->out),
                        .text = assignment,
                        .expression = std::move(parsed->expression)});
}

void Extension::define(const std::string& out, Expression expression) {
  doc_.nodes.push_back({.out = {{out}}, .expression = std::move(expression)});
}

void Extension::input(const std::string& name, const Type& type) {
  TypeDoc written{.dtype = type.dtype};
  for (const std::int64_t size : type.shape) written.shape.push_back({.value = size});
  doc_.inputs.push_back({.name = {name}, .role = Role::input, .type = std::move(written)});
}

void Extension::function(const std::string& name, const FunctionDoc& like,
                         std::vector<std::string> inputs, const std::vector<std::string>& outputs) {
  FunctionDoc made{.name = {name}, .sizes = like.sizes, .training = like.training.value_or(false)};
  if (like.in) {
    made.in = like.in;
    for (std::string& input : inputs) made.in->push_back({std::move(input)});
  }
  for (const std::string& output : outputs) made.out.push_back({output});
  doc_.functions.push_back(std::move(made));
}

Result<std::vector<Leaf>> float_params(const Graph& graph) {
  std::vector<Leaf> params = signature_of(graph).leaves;
  std::erase_if(params, [](const Leaf& leaf) {
    return leaf.role != Role::param || !is_float(leaf.type.dtype);
  });
  if (!params.empty()) return params;
  return Error{.code = "E0309",
               .message = quote(graph.name) + " depends on no params that could be trained"};
}

Result<DerivativeFunctions>
add_derivative_functions(Session& session, const FunctionDoc& function, const std::string& loss,
                         const std::vector<std::pair<std::string, std::int64_t>>& sizes,
                         bool product) {
  const auto graph = session.source().build(loss, {.sizes = sizes});
  if (auto* errors = std::get_if<Errors>(&graph)) return combine(*errors);
  const auto params = float_params(std::get<Graph>(graph));
  if (!params) return params.error();
  Extension extension(*session.source().model()->doc);
  DerivativeFunctions made{.objective = extension.fresh("objective"),
                           .product = product ? extension.fresh("product") : std::string(),
                           .params = {}};
  for (const Leaf& param : *params) made.params.push_back(param.name);
  const auto gradients = fresh_names(extension, "gradient.", made.params);
  extension.define(fmt::format("{} = grad({}, [{}])", list_of(gradients), written_name(loss),
                               list_of(made.params)));
  std::vector<std::string> outputs = {loss};
  outputs.insert(outputs.end(), gradients.begin(), gradients.end());
  extension.function(made.objective, function, {}, outputs);
  if (product) {
    const auto vectors = fresh_names(extension, "vector.", made.params);
    const auto products = fresh_names(extension, "product.", made.params);
    for (std::size_t i = 0; i < vectors.size(); ++i) extension.input(vectors[i], (*params)[i].type);
    extension.define(fmt::format("{} = hvp({}, [{}], [{}])", list_of(products), written_name(loss),
                                 list_of(made.params), list_of(vectors)));
    extension.function(made.product, function, vectors, products);
  }
  if (Status error = session.extend(extension.doc())) return *error;
  return made;
}

} // namespace nnc
