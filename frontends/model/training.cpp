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

  /// Nothing after errors, which are added to `errors`.
  std::optional<Written> read(const AttrDoc& object, Errors& errors) const {
    const AttrDoc* kind = object.find("kind");
    if (!kind || !kind->get<std::string>()) {
      errors.push_back(placed(
          {.code = "E0106", .message = fmt::format("the {} needs \"kind\", a string", what_)},
          kind ? kind->mark : object.mark));
      return std::nullopt;
    }
    Written result;
    result.kind = *kind->get<std::string>();
    auto recipe = nn::find_recipe(what_, recipes_, result.kind);
    if (!recipe) return errors.push_back(placed(recipe.error(), kind->mark)), std::nullopt;
    const std::size_t before = errors.size();
    for (const AttrEntry& entry : *object.get<AttrObject>())
      if (entry.key.text != "kind" && !entry.key.text.starts_with("x-"))
        attribute(**recipe, entry, result, errors);
    if (errors.size() > before) return std::nullopt;
    return result;
  }

  Error placed(Error error, Mark mark) const {
    if (!error.place.line) error.place = {file_, mark.line, mark.column, mark.length};
    return error;
  }

private:
  void attribute(const nn::Recipe& recipe, const AttrEntry& entry, Written& into,
                 Errors& errors) const {
    if (entry.key.text == "lr" && entry.value.get<AttrObject>() && what_ == "optimizer") {
      const RecipeReader reader("schedule", nn::schedule_recipes(), file_);
      const auto inner = reader.read(entry.value, errors);
      if (!inner) return;
      auto schedule = nn::make_schedule(inner->kind, inner->attrs);
      if (!schedule) return errors.push_back(placed(schedule.error(), entry.value.mark));
      into.schedule = std::move(*schedule);
      return;
    }
    const auto decl = std::ranges::find(recipe.attrs, entry.key.text, &nn::AttrDecl::name);
    if (decl == recipe.attrs.end())
      return errors.push_back(
          placed(nn::unknown_attribute(recipe, entry.key.text), entry.key.mark));
    auto value = attribute_value(recipe.name, *decl, entry.value, {});
    if (value) value = nn::attribute_of_kind(recipe.name, *decl, std::move(*value));
    if (!value) return errors.push_back(placed(value.error(), entry.value.mark));
    into.attrs.push_back({decl->name, std::move(*value)});
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

std::optional<nn::Optimizer> read_optimizer(const AttrDoc& written, const std::string& file,
                                            Errors& errors) {
  const RecipeReader reader("optimizer", nn::optimizer_recipes(), file);
  auto parts = reader.read(written, errors);
  if (!parts) return std::nullopt;
  auto made = nn::make_optimizer(parts->kind, parts->attrs, std::move(parts->schedule));
  if (made) return std::move(*made);
  errors.push_back(reader.placed(made.error(), written.mark));
  return std::nullopt;
}

Result<nn::Optimizer> read_optimizer(const AttrDoc& written, const std::string& file) {
  Errors errors;
  auto read = read_optimizer(written, file, errors);
  if (!read) return errors.at(0);
  return std::move(*read);
}

bool host_side_training(const FunctionDoc& function, const std::string& file) {
  if (!function.optimizer) return false;
  const auto optimizer = read_optimizer(*function.optimizer, file);
  return optimizer.ok() && optimizer->host_side();
}

namespace {

std::optional<nn::Initializer> named_initializer(const AttrDoc& init, const std::string& file,
                                                 Errors& errors) {
  const RecipeReader reader("initializer", nn::initializer_recipes(), file);
  std::optional<Written> parts;
  if (const auto* kind = init.get<std::string>()) {
    parts = Written{.kind = *kind, .attrs = {}, .schedule = {}};
  } else if (init.get<AttrObject>()) {
    parts = reader.read(init, errors);
    if (!parts) return std::nullopt;
  } else {
    errors.push_back(
        reader.placed({.code = "E0107",
                       .message = fmt::format("'init' is a number, a name or an object, not {}",
                                              kind_name(init))},
                      init.mark));
    return std::nullopt;
  }
  auto made = nn::make_initializer(parts->kind, parts->attrs);
  if (made) return std::move(*made);
  errors.push_back(reader.placed(made.error(), init.mark));
  return std::nullopt;
}

/// The values themselves where they are written down: a number, true, a list, `{ "value": ... }`.
const AttrDoc* written_values(const LeafDoc& leaf) {
  if (leaf.value) return &*leaf.value;
  if (!leaf.init) return nullptr;
  if (const AttrDoc* value = leaf.init->find("value"); value && !leaf.init->find("kind"))
    return value;
  const bool plain =
      leaf.init->get<NumberDoc>() || leaf.init->get<bool>() || leaf.init->get<AttrList>();
  return plain ? &*leaf.init : nullptr;
}

} // namespace

namespace {

void only_value(const AttrObject& init, const std::string& file, Errors& errors) {
  for (const AttrEntry& entry : init) {
    const std::string& key = entry.key.text;
    if (key == "value" || key.starts_with("x-")) continue;
    const Mark mark = entry.key.mark;
    errors.push_back({.code = "E0204",
                      .message = "'init': unknown attribute " + quote(key) + " beside 'value'",
                      .place = {file, mark.line, mark.column, mark.length}});
  }
}

} // namespace

void check_initial_value(const LeafDoc& leaf, const Sizes& sizes, const std::string& file,
                         Errors& errors) {
  if (!leaf.type || leaf.file) return;
  if (const AttrDoc* values = written_values(leaf)) {
    if (const auto* object = leaf.init ? leaf.init->get<AttrObject>() : nullptr)
      only_value(*object, file, errors);
    // One value for all elements is checked for one: there may be very many.
    Type type{leaf.type->dtype, {}};
    if (values->get<AttrList>()) {
      auto resolved = sizes.resolve(*leaf.type, leaf.name.text);
      if (!resolved) return; // without sizes it cannot be told
      type = std::move(*resolved);
    }
    const auto literal = literal_value(*values, type, file);
    if (!literal) errors.push_back(literal.error());
  } else if (leaf.init) {
    const auto made = named_initializer(*leaf.init, file, errors);
    if (!made) return;
    Status error = nn::check_initializer(*made, leaf.type->dtype, leaf.type->shape.size(),
                                         leaf.name.text, to_string(*leaf.type));
    const Mark mark = leaf.init->mark;
    if (error) error->place = {file, mark.line, mark.column, mark.length};
    if (error) errors.push_back(std::move(*error));
  }
}

Result<nn::Initializer> read_initializer(const LeafDoc& leaf, const Type& type,
                                         const std::string& file) {
  if (!leaf.init) return nn::Initializer{};
  const AttrDoc& init = *leaf.init;
  if (const auto* number = init.get<NumberDoc>(); number && is_float(type.dtype))
    return nn::constant_initializer(number->real);
  if (const AttrDoc* values = written_values(leaf)) {
    auto literal = literal_value(*values, type, file);
    if (!literal) return literal.error();
    return nn::literal_initializer(std::move(*literal));
  }
  Errors errors;
  auto made = named_initializer(init, file, errors);
  if (!made) return errors.at(0);
  return std::move(*made);
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
  if (!function.optimizer) return {}; // reading told of it
  const NameDoc& minimize = *function.minimize;
  const Value loss = evaluator.value(minimize.text, minimize.mark);
  Errors wrong;
  auto optimizer = read_optimizer(*function.optimizer, doc.file, wrong);
  for (Error& error : wrong) build.report(std::move(error));
  if (!loss.valid() || !optimizer) return {};
  const std::vector<Value> params = trained_params(graph, loss, doc);
  if (params.empty()) {
    build.report({.code = "E0309",
                  .message = quote(minimize.text) + " depends on no params that could be trained",
                  .place = doc.place(minimize.mark)});
    return {};
  }
  if (!evaluator.check_bounds(minimize.mark, loss, params)) return {};
  if (optimizer->host_side()) {
    if (graph.outputs.empty()) graph.outputs.push_back({minimize.text, loss});
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
