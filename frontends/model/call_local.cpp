// Calls of local functions: a `call` node that holds the function's graph for the types of these
// operands. What the body uses of the model becomes operands behind its own inputs, and state that
// the body sets comes back as results behind its own outputs.
#include "frontends/model/evaluate.h"
#include "frontends/nn/counted.h"
#include "ir/control.h"
#include "ir/messages.h"
#include "ir/suggestion.h"
#include "ir/text/parse.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

namespace {

std::string input_names(const FunctionDoc& function) {
  std::string names;
  for (const LeafDoc& input : function.inputs)
    names += (names.empty() ? "" : ", ") + input.name.text;
  return names;
}

} // namespace

bool Evaluator::call_operands(const Term& term, const FunctionDoc& function, std::size_t first,
                              std::vector<nn::Operand>& operands) {
  for (std::size_t i = first; i < term.arguments.size(); ++i) {
    const Argument& argument = term.arguments[i];
    if (!argument.name.empty() || argument.term < 0) {
      fail("E0309", argument.mark,
           argument.name.empty() ? "a function takes values as operands"
                                 : fmt::format("function {} takes operands only, by position",
                                               quote(function.name.text)));
      return false;
    }
    operands.push_back(term_value(argument.term));
  }
  if (operands.size() == function.inputs.size()) return true;
  fail("E0309", term.mark,
       fmt::format("function {} takes {}, not {}", quote(function.name.text),
                   counted(std::ssize(function.inputs), "operand"), operands.size()),
       fmt::format("it is written {}({})", function.name.text, input_names(function)));
  return false;
}

/// The local function that an argument names; null after an error, which may be an earlier one.
const FunctionDoc* Evaluator::named_function(const NodeDoc& node, const Term& call,
                                             const Argument& argument) {
  const AttrDoc* given = argument.literal < 0 ? nullptr : &literal(node, argument);
  const std::string* name = given ? given->get<std::string>() : nullptr;
  if (!name) {
    fail("E0204", argument.mark,
         fmt::format("{}: '{}' is the name of a function, in double quotes", call.text,
                     argument.name));
    return nullptr;
  }
  const FunctionDoc* function = build_.model.doc->function(*name);
  if (!function && build_.model.doc->functions_lost) return nullptr;
  if (function && function->local) return usable(*function) ? function : nullptr;
  std::vector<std::string_view> known;
  for (const auto& [local, group] : build_.model.locals) known.push_back(local);
  fail("E0312", argument.mark,
       function ? fmt::format("function {} has no inputs and nodes of its own", quote(*name))
                : "there is no function " + quote(*name),
       function ? "only such a function can be called with operands"
                : nearest_or_all(*name, known, "functions that can be called"));
  return nullptr;
}

/// Was nothing said about what it is?
bool Evaluator::usable(const FunctionDoc& function) const {
  return !function.damaged && !build_.model.locals.at(function.name.text).doubtful;
}

/// The function that the argument `function` names, which is taken out of the call.
const FunctionDoc* Evaluator::take_function(const NodeDoc& node, Term& call) {
  const auto named = std::ranges::find(call.arguments, "function", &Argument::name);
  if (named == call.arguments.end()) {
    fail("E0204", call.mark, call.text + ": 'function' names the function to call");
    return nullptr;
  }
  const FunctionDoc* function = named_function(node, call, *named);
  if (function) call.arguments.erase(named);
  return function;
}

/// The argument `axes` of vmap, which is taken out of the call: for each operand an axis, or
/// `null` for what is the same for all examples.
bool Evaluator::take_axes(const NodeDoc& node, Term& call, BatchAxes& axes) {
  const auto named = std::ranges::find(call.arguments, "axes", &Argument::name);
  if (named == call.arguments.end()) {
    axes.assign(call.arguments.size(), {0});
    return true;
  }
  const AttrList* list = named->literal < 0 ? nullptr : literal(node, *named).get<AttrList>();
  bool fine = list != nullptr;
  for (std::size_t i = 0; fine && i < list->size(); ++i) {
    const AttrDoc& entry = (*list)[i];
    const auto* number = entry.get<NumberDoc>();
    fine = entry.null() || (number && number->integer);
    axes.push_back(fine && number ? std::vector{*number->integer} : std::vector<std::int64_t>{});
  }
  if (!fine)
    fail("E0204", named->mark,
         "vmap: 'axes' holds for each operand an axis, or null (`none` in expressions)");
  call.arguments.erase(named);
  return fine;
}

/// The argument `checkpoint` of a call, which is taken out of it: are its insides computed again
/// by derivatives?
bool Evaluator::take_checkpoint(const NodeDoc& node, Term& call, NamedAttrs& attrs) {
  const auto named = std::ranges::find(call.arguments, "checkpoint", &Argument::name);
  if (named == call.arguments.end()) return true;
  const nn::AttrDecl attr{.name = "checkpoint", .kinds = {AttrKind::boolean}};
  Arguments read;
  if (!bind_attribute(node, call, attr, *named, read)) return false;
  if (!absent(read.attrs[0].value)) attrs.push_back({"checkpoint", std::move(read.attrs[0].value)});
  call.arguments.erase(named);
  return true;
}

/// The types of one example.
bool Evaluator::example_types(const Term& term, const BatchAxes& axes, std::vector<Type>& types) {
  if (axes.size() != types.size()) {
    fail("E0204", term.mark,
         fmt::format("vmap: 'axes' holds {} for {}", axes.size(),
                     counted(std::ssize(types), "operand")));
    return false;
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (axes[i].empty()) continue;
    const std::int64_t rank = types[i].rank();
    const std::int64_t axis = axes[i][0] < 0 ? axes[i][0] + rank : axes[i][0];
    if (axis < 0 || axis >= rank) {
      fail("E0204", term.mark,
           fmt::format("vmap: {} has no axis {}", to_string(types[i]), axes[i][0]));
      return false;
    }
    types[i].shape.erase(types[i].shape.begin() + axis);
  }
  return true;
}

std::vector<Value> Evaluator::call_values(const FunctionDoc& function,
                                          const std::vector<nn::Operand>& written) {
  std::vector<Value> operands;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (const auto* number = std::get_if<nn::Number>(&written[i]))
      operands.push_back(
          scope_.number(function.name.text, function.inputs[i].type->dtype, *number));
    else
      operands.push_back(std::get<Value>(written[i]));
  }
  return operands;
}

/// Counts the nodes of one more call.
bool Evaluator::within_limit(const Term& term, const BuiltBody& built) {
  called_ += built.nodes;
  random_ = random_ || built.random;
  if (called_ <= max_expanded_nodes) return true;
  fail("E0103", term.mark,
       fmt::format("more than {} nodes with this call expanded", max_expanded_nodes));
  return false;
}

std::vector<Value> Evaluator::call_local(const NodeDoc& node, const Term& term) {
  const FunctionDoc* function = build_.model.doc->function(term.text);
  Term call = term;
  BatchAxes axes;
  const bool mapped = !function && term.text == "vmap";
  if (!function && !(function = take_function(node, call))) return {};
  NamedAttrs attrs;
  if (mapped ? !take_axes(node, call, axes) : !take_checkpoint(node, call, attrs)) return {};
  if (!usable(*function)) return {};
  std::vector<nn::Operand> written;
  if (!call_operands(call, *function, 0, written)) return {};
  std::vector<Value> operands = call_values(*function, written);
  if (scope_.error()) return {};
  const OriginId here = scope_.origin;
  std::vector<Type> types;
  for (const Value operand : operands) types.push_back(scope_.type(operand));
  if (mapped && !example_types(term, axes, types)) return {};
  std::vector<Passed> passed;
  for (std::size_t i = 0; i < operands.size(); ++i)
    passed.push_back({types[i], this->passed(operands[i]).state});
  const BuiltBody* built = body(*function, passed, loops_);
  if (!built) return {};
  scope_.origin = here;
  if (!within_limit(term, *built)) return {};
  const Graph& graph = *built->graph;
  for (std::size_t i = operands.size(); i < graph.inputs.size(); ++i)
    operands.push_back(capture(built->input_names[i], graph.inputs[i], graph));
  attrs.push_back({"function", Body{built->graph}});
  axes.resize(operands.size()); // what the body uses of the model is the same for all examples
  if (mapped) attrs.push_back({"axes", axes});
  if (mapped && !built->updated_inputs.empty()) {
    fail("E0312", term.mark, "vmap of a function that sets state: one value would be set by many");
    return {};
  }
  std::vector<Value> results = scope_.ops(mapped ? "vmap" : "call", operands, attrs);
  for (std::size_t i = 0; i < built->updated_inputs.size() && !scope_.error(); ++i)
    scope_.set_state(operands[built->updated_inputs[i]], results[built->results + i],
                     static_cast<int>(built->updated_inputs[i]));
  if (scope_.error()) return {};
  results.resize(built->results);
  return results;
}

namespace {

/// The sizes that the operands give to the symbols of the function's inputs.
Status bind_operands(const FunctionDoc& function, std::span<const Type> types, Sizes& sizes) {
  std::map<std::string, std::int64_t, std::less<>> bound;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const LeafDoc& input = function.inputs[i];
    const std::string what =
        fmt::format("{}: {}", function.name.text, "operand " + quote(input.name.text));
    if (Status error = bind_sizes(*input.type, types[i], what, bound)) return error;
  }
  for (const auto& [name, size] : function.sizes) sizes.set(name.text, size.value);
  for (const auto& [name, value] : bound) sizes.set(name, value);
  return std::nullopt;
}

} // namespace

/// The leaf of the model that a body uses. A function may have an input of the same name: then the
/// leaf has another here, which no name of a model is.
Value Evaluator::capture(const std::string& name, Value inside, const Graph& body) {
  const bool hidden = local_ && std::ranges::any_of(local_->inputs, [&](const LeafDoc& input) {
                        return input.name.text == name;
                      });
  const Value leaf = graph_.add_leaf(hidden ? name + "@model" : name, body.role(inside),
                                     body.type(inside), body.producer(inside).origin);
  if (hidden) captured_as_[leaf.id] = name;
  return leaf;
}

/// New values of state become outputs behind the function's own.
BuiltBody Evaluator::finish_body(std::shared_ptr<Graph> graph, const Evaluator& inside) {
  BuiltBody built;
  built.results = graph->outputs.size();
  for (const auto& [state, next] : inside.new_state()) {
    const auto input = std::ranges::find(graph->inputs, state);
    built.updated_inputs.push_back(static_cast<std::size_t>(input - graph->inputs.begin()));
    graph->outputs.push_back({"next." + graph->leaf_name(state), next});
  }
  for (const Value input : graph->inputs) {
    const auto other = inside.captured_as_.find(input.id);
    built.input_names.push_back(other == inside.captured_as_.end() ? graph->leaf_name(input)
                                                                   : other->second);
  }
  built.graph = std::move(graph);
  built.nodes = built.graph->node_count() + inside.called_;
  built.random = inside.random();
  return built;
}

/// May one more body be built, of this function?
bool Evaluator::can_enter(const FunctionDoc& function) {
  if (std::ranges::find(build_.stack, &function) != build_.stack.end() ||
      build_.stack.size() >= max_call_depth) {
    std::string path;
    for (const FunctionDoc* caller : build_.stack) path += caller->name.text + " -> ";
    fail("E0311", function.name.mark,
         "functions that call themselves: " + path + function.name.text);
    return false;
  }
  if (build_.bodies.size() < max_bodies) return true;
  fail("E0103", function.name.mark,
       fmt::format("more than {} bodies of functions in one", max_bodies));
  return false;
}

Evaluator::Passed Evaluator::passed(Value operand) const {
  return {graph_.type(operand), graph_.is_leaf(operand) && graph_.role(operand) == Role::state};
}

const BuiltBody* Evaluator::body(const FunctionDoc& function, const std::vector<Passed>& operands,
                                 int loops) {
  std::string key = function.name.text;
  std::vector<Type> types;
  for (const Passed& operand : operands) {
    key += (operand.state ? " state " : " ") + to_string(operand.type);
    types.push_back(operand.type);
  }
  if (const auto known = build_.bodies.find(key); known != build_.bodies.end())
    return &known->second;
  if (!can_enter(function)) return nullptr;
  Sizes sizes = build_.sizes;
  if (Status error = bind_operands(function, types, sizes)) return scope_.fail(*error), nullptr;
  build_.stack.push_back(&function);
  const std::size_t before = build_.errors.size();
  auto graph = std::make_shared<Graph>(build_.context, function.name.text);
  // Only a random site depends on the path, so other bodies are shared.
  Evaluator inside(build_, build_.model.locals.at(function.name.text), *graph, std::move(sizes),
                   &function, scope_.site + "/", loops);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const NameDoc& name = function.inputs[i].name;
    inside.define(name.text,
                  graph->add_leaf(name.text, operands[i].state ? Role::state : Role::input,
                                  types[i], origin(name.mark)));
  }
  std::vector<std::string_view> names;
  for (const NameDoc& out : function.out) names.push_back(out.text);
  inside.run(names);
  for (const NameDoc& out : function.out) {
    const Value value = inside.value(out.text, out.mark);
    if (value.valid()) add_output(*graph, out.text, value);
  }
  build_.stack.pop_back();
  if (build_.errors.size() > before || graph->outputs.size() != function.out.size()) return nullptr;
  BuiltBody built = finish_body(std::move(graph), inside);
  if (built.random) key += " at " + scope_.site;
  return &build_.bodies.insert_or_assign(key, std::move(built)).first->second;
}

} // namespace nnc
