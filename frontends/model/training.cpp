#include "frontends/model/training.h"

#include "frontends/model/attributes.h"
#include "ir/grad_node.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

/// An object `{ "kind": ..., attributes }` taken apart.
struct Written {
  std::string kind;
  NamedAttrs attrs; ///< their names belong to the recipe
  std::optional<nn::Schedule> schedule;
};

class RecipeReader {
public:
  RecipeReader(std::string what, const std::vector<nn::Recipe>& recipes, const std::string& file)
      : what_(std::move(what)), recipes_(recipes), file_(file) {}

  Result<Written> read(const AttrDoc& object) const {
    const AttrDoc* kind = object.find("kind");
    if (!kind || !kind->get<std::string>())
      return placed(
          {.code = "E0106", .message = fmt::format("the {} needs \"kind\", a string", what_)},
          kind ? kind->mark : object.mark);
    Written result;
    result.kind = *kind->get<std::string>();
    auto recipe = nn::find_recipe(what_, recipes_, result.kind);
    if (!recipe) return placed(recipe.error(), kind->mark);
    for (const AttrEntry& entry : *object.get<AttrObject>()) {
      if (entry.key.text == "kind" || entry.key.text.starts_with("x-")) continue;
      if (Status error = attribute(**recipe, entry, result)) return *error;
    }
    return result;
  }

  Error placed(Error error, Mark mark) const {
    if (!error.place.line) error.place = {file_, mark.line, mark.column, mark.length};
    return error;
  }

private:
  Status attribute(const nn::Recipe& recipe, const AttrEntry& entry, Written& into) const {
    if (entry.key.text == "lr" && entry.value.get<AttrObject>() && what_ == "optimizer") {
      auto inner = RecipeReader("schedule", nn::schedule_recipes(), file_).read(entry.value);
      if (!inner) return inner.error();
      auto schedule = nn::make_schedule(inner->kind, inner->attrs);
      if (!schedule) return placed(schedule.error(), entry.value.mark);
      into.schedule = std::move(*schedule);
      return std::nullopt;
    }
    const auto decl = std::ranges::find(recipe.attrs, entry.key.text, &nn::AttrDecl::name);
    if (decl == recipe.attrs.end())
      return placed(nn::unknown_attribute(recipe, entry.key.text), entry.key.mark);
    auto value = attribute_value(recipe.name, *decl, entry.value, {});
    if (value) value = nn::attribute_of_kind(recipe.name, *decl, std::move(*value));
    if (!value) return placed(value.error(), entry.value.mark);
    into.attrs.push_back({decl->name, std::move(*value)});
    return std::nullopt;
  }

  std::string what_;
  const std::vector<nn::Recipe>& recipes_;
  const std::string& file_;
};

const LeafDoc* find_leaf(const ModelDoc& doc, std::string_view name) {
  for (const LeafDoc* leaf : doc.leaves())
    if (leaf->name.text == name) return leaf;
  return nullptr;
}

std::vector<std::pair<std::string, Type>> params_of(const Graph& graph) {
  std::vector<std::pair<std::string, Type>> params;
  for (const Value leaf : graph.inputs)
    if (graph.role(leaf) == Role::param && is_float(graph.type(leaf).dtype))
      params.emplace_back(graph.leaf_name(leaf), graph.type(leaf));
  return params;
}

/// Float params that `value` depends on, in the order of the model.
std::vector<Value> trained_params(const Graph& graph, Value value, const ModelDoc& doc) {
  std::vector<bool> live(graph.node_count(), false);
  live[graph.node_of(value).id] = true;
  for (std::uint32_t id = graph.node_count(); id-- > 0;)
    if (live[id])
      for (const Value operand : graph.operands(NodeId{id})) live[graph.node_of(operand).id] = true;
  std::map<std::string_view, Value> by_name;
  for (const Value leaf : graph.inputs)
    if (live[graph.node_of(leaf).id] && graph.role(leaf) == Role::param &&
        is_float(graph.type(leaf).dtype))
      by_name.emplace(graph.leaf_name(leaf), leaf);
  std::vector<Value> params;
  for (const LeafDoc& param : doc.params)
    if (const auto found = by_name.find(param.name.text); found != by_name.end())
      params.push_back(found->second);
  return params;
}

} // namespace

Result<nn::Optimizer> read_optimizer(const AttrDoc& written, const std::string& file) {
  const RecipeReader reader("optimizer", nn::optimizer_recipes(), file);
  auto parts = reader.read(written);
  if (!parts) return parts.error();
  auto made = nn::make_optimizer(parts->kind, parts->attrs, std::move(parts->schedule));
  if (!made) return reader.placed(made.error(), written.mark);
  return made;
}

Result<nn::Initializer> read_initializer(const LeafDoc& leaf, const Type& type,
                                         const std::string& file) {
  if (!leaf.init) return nn::Initializer{};
  const AttrDoc& init = *leaf.init;
  const RecipeReader reader("initializer", nn::initializer_recipes(), file);
  const AttrDoc* value = init.find("kind") ? nullptr : init.find("value");
  if (const auto* number = init.get<NumberDoc>(); number && is_float(type.dtype))
    return nn::constant_initializer(number->real);
  if (value || init.get<NumberDoc>() || init.get<bool>() || init.get<AttrList>()) {
    auto literal = literal_value(value ? *value : init, type, file);
    if (!literal) return literal.error();
    return nn::literal_initializer(std::move(*literal));
  }
  Written parts;
  if (const auto* kind = init.get<std::string>()) {
    parts.kind = *kind;
  } else if (init.get<AttrObject>()) {
    auto read = reader.read(init);
    if (!read) return read.error();
    parts = std::move(*read);
  } else {
    return reader.placed({.code = "E0107",
                          .message = fmt::format("'init' is a number, a name or an object, not {}",
                                                 kind_name(init))},
                         init.mark);
  }
  auto made = nn::make_initializer(parts.kind, parts.attrs);
  if (!made) return reader.placed(made.error(), init.mark);
  return made;
}

namespace {

Result<Literal> unlisted_value(const Model& model, const Graph& graph, const std::string& name,
                               const Type& type, std::uint32_t seed) {
  if (name == "rng" && type == Type{DType::u32, {2}}) {
    Literal literal = splat_literal(type, std::int64_t{0});
    auto bytes = std::make_shared<std::vector<std::byte>>(*literal.bytes);
    store_integer(DType::u32, bytes->data(), 0, seed);
    return Literal{type, std::move(bytes)};
  }
  for (const FunctionDoc& function : model.doc->functions) {
    if (!function.optimizer) continue;
    auto optimizer = read_optimizer(*function.optimizer, model.doc->file);
    if (!optimizer) return optimizer.error();
    for (const nn::Slot& slot : nn::optimizer_slots(*optimizer, params_of(graph)))
      if (slot.name == name)
        return nn::initial_value(nn::constant_initializer(slot.initial), type, seed, name);
  }
  return Error{.code = "E0704",
               .message = "nothing says what the initial value of " + quote(name) + " is"};
}

} // namespace

Result<Literal> initial_value(const Model& model, const Graph& graph, Value leaf,
                              std::uint32_t seed) {
  const std::string& name = graph.leaf_name(leaf);
  const Type& type = graph.type(leaf);
  const LeafDoc* written = find_leaf(*model.doc, name);
  if (!written || name == "rng") return unlisted_value(model, graph, name, type, seed);
  if (written->file)
    return Error{.code = "E0704", .message = "the value of " + quote(name) + " is in a file"};
  if (written->value) return literal_value(*written->value, type, model.doc->file);
  auto initializer = read_initializer(*written, type, model.doc->file);
  if (!initializer) return initializer.error();
  auto value = nn::initial_value(*initializer, type, seed, name);
  if (value) return value;
  Error error = value.error();
  if (!error.place.line)
    error.place = model.doc->place(written->init ? written->init->mark : written->name.mark);
  return error;
}

std::vector<Update> add_training_step(Build& build, Evaluator& evaluator, Graph& graph,
                                      const FunctionDoc& function) {
  const ModelDoc& doc = *build.model.doc;
  const NameDoc& minimize = *function.minimize;
  const Value loss = evaluator.value(minimize.text, minimize.mark);
  auto optimizer = read_optimizer(*function.optimizer, doc.file);
  if (!optimizer) build.report(optimizer.error());
  if (!loss.valid() || !optimizer) return {};
  const std::vector<Value> params = trained_params(graph, loss, doc);
  if (params.empty()) {
    build.report({.code = "E0309",
                  .message = quote(minimize.text) + " depends on no params that could be trained",
                  .place = doc.place(minimize.mark)});
    return {};
  }
  nn::Scope& scope = evaluator.scope();
  const std::string pointer = "/functions/" + function.name.text;
  scope.origin = evaluator.origin(minimize.mark, "train/", pointer, "minimize " + minimize.text);
  const std::vector<Value> gradients = build_grad(scope, {loss, {}, params});
  std::vector<nn::Trained> trained;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const std::string& name = graph.leaf_name(params[i]);
    graph.set_value_name(gradients[i], "grad." + minimize.text + "." + name);
    trained.push_back({name, params[i], gradients[i]});
  }
  if (evaluator.failed()) return {};
  scope.origin = evaluator.origin(function.optimizer->mark, "train/", pointer, optimizer->kind);
  const auto slot = [&](const nn::Slot& slot) {
    return graph.add_leaf(slot.name, Role::state, slot.type, scope.origin);
  };
  std::vector<Update> updates = nn::optimizer_step(scope, *optimizer, trained, slot);
  if (evaluator.failed()) return {};
  for (const Update& update : updates) graph.set_value_name(update.value, update.target + ".next");
  return updates;
}

} // namespace nnc
