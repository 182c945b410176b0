#include "frontends/model/evaluate.h"

#include "frontends/model/derivative_forms.h"
#include "frontends/nn/counted.h"
#include "ir/messages.h"
#include "ir/text/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nnc {

void Build::report(Error error) {
  if (open_sizes && error.code == "E0307") return;
  const bool known = std::ranges::any_of(errors, [&](const Error& other) {
    return other.place == error.place && other.message == error.message;
  });
  if (!known) errors.push_back(std::move(error));
}

Evaluator::Evaluator(Build& build, const NodeGroup& group, Graph& graph, Sizes sizes,
                     const FunctionDoc* local, std::string site, int loops)
    : build_(build), group_(group), graph_(graph), sizes_(std::move(sizes)), local_(local),
      site_(std::move(site)), loops_(loops), scope_(graph, build.functions, surroundings()) {
  scope_.training = build.training;
}

nn::Surroundings Evaluator::surroundings() {
  return {.rng =
              [this] {
                random_ = true;
                return graph_.add_leaf("rng", Role::state, Type{DType::u32, {2}}, {});
              },
          .iterations =
              [this] {
                std::vector<Value> counters;
                for (int loop = 1; loop <= loops_; ++loop)
                  counters.push_back(
                      graph_.add_leaf(counter_name(loop), Role::input, Type{DType::u32, {}}, {}));
                return counters;
              },
          .set_state = [this](Value state, Value next, const std::string& what) -> Status {
            if (!graph_.is_leaf(state) || graph_.role(state) != Role::state)
              return Error{.code = "E0302",
                           .message = what + "; only state takes a new value",
                           .help = "list it under \"state\", or say \"training\": false in the "
                                   "function"};
            for (const auto& [known, value] : new_state_)
              if (known == state)
                return Error{.code = "E0302",
                             .message =
                                 "state " + quote(graph_.leaf_name(state)) + " is set twice"};
            new_state_.emplace_back(state, next);
            return std::nullopt;
          }};
}

void Evaluator::fail(std::string code, Mark mark, std::string message, std::string help) {
  build_.report({.code = std::move(code),
                 .message = std::move(message),
                 .place = build_.model.doc->place(mark),
                 .help = std::move(help)});
}

void Evaluator::fail(Error error, Mark mark) {
  error.place = build_.model.doc->place(mark);
  build_.report(std::move(error));
}

bool Evaluator::failed() {
  auto error = scope_.take_error();
  if (!error) return false;
  build_.report(std::move(*error));
  return true;
}

OriginId Evaluator::origin(Mark mark, const std::string& scope, const std::string& pointer,
                           const std::string& source) {
  return build_.context.origins.add({.place = build_.model.doc->place(mark),
                                     .source = source,
                                     .pointer = pointer,
                                     .scope = scope});
}

std::string Evaluator::pointer(int node) const {
  const std::string nodes = local_ ? "/functions/" + local_->name.text + "/nodes/" : "/nodes/";
  return nodes + std::to_string(node);
}

Value Evaluator::leaf(const LeafDoc& leaf) {
  const std::string what = std::string(role_name(leaf.role)) + " " + quote(leaf.name.text);
  if (!leaf.type) return {}; // what is wrong with it, or with its file, was said
  // The model's leaves have the sizes of the function, not those of a local one.
  auto type = build_.sizes.resolve(*leaf.type, what);
  if (!type) {
    fail(type.error(), leaf.type->mark);
    return {};
  }
  return graph_.add_leaf(leaf.name.text, leaf.role, *type, origin(leaf.name.mark));
}

nn::Operand Evaluator::lookup(std::string_view name, Mark mark) {
  if (const auto known = values_.find(name); known != values_.end()) return known->second;
  const Definition* definition = group_.find(name);
  if (!definition && local_) {
    definition = build_.model.top.find(name);
    if (definition && (!definition->leaf || definition->leaf->role == Role::input))
      definition = nullptr;
  }
  if (definition && (definition->doubtful || definition->node >= 0)) return {};
  if (definition && definition->leaf) {
    const Value value = leaf(*definition->leaf);
    const nn::Operand operand = value.valid() ? nn::Operand(value) : nn::Operand();
    values_.emplace(definition->leaf->name.text, operand);
    return operand;
  }
  if (const auto size = sizes_.find(name)) return nn::Number(*size);
  if (build_.model.symbols.contains(std::string(name))) {
    fail(size_without_value(name), mark);
    return {};
  }
  if (!build_.model.damaged) throw InternalError("a name that was not resolved");
  return {};
}

Value Evaluator::value(std::string_view name, Mark mark, DType dtype) {
  const nn::Operand operand = lookup(name, mark);
  if (const auto* value = std::get_if<Value>(&operand)) return *value;
  const auto* number = std::get_if<nn::Number>(&operand);
  if (!number) return {};
  scope_.origin = origin(mark);
  const Value value = scope_.number(name, dtype, *number);
  return failed() ? Value{} : value;
}

void Evaluator::run(const std::vector<std::string_view>& names) {
  std::vector<bool> needed(group_.nodes->size(), false);
  const auto need = [&](std::string_view name) {
    const Definition* definition = group_.find(name);
    if (definition && definition->node >= 0)
      needed[static_cast<std::size_t>(definition->node)] = true;
  };
  for (const std::string_view name : names) need(name);
  for (std::size_t i = group_.order.size(); i-- > 0;) {
    const auto node = static_cast<std::size_t>(group_.order[i]);
    if (!needed[node]) continue;
    for (const Reference& reference : references((*group_.nodes)[node])) {
      need(reference.name);
      if (reference.wrt) wrt_.insert(reference.name);
    }
  }
  for (const int node : group_.order)
    if (needed[static_cast<std::size_t>(node)] && build_.errors.size() < error_limit)
      evaluate(node);
}

void Evaluator::evaluate(int index) {
  const NodeDoc& node = (*group_.nodes)[static_cast<std::size_t>(index)];
  const std::uint32_t first_node = graph_.node_count();
  const std::vector<Term>& terms = node.expression.terms;
  terms_.assign(terms.size(), {});
  std::vector<nn::Operand> results;
  const std::string path = site_ + (node.out.empty() ? "" : node.out[0].text);
  if (node.damaged || terms.empty()) return poison(node);
  int part = 0;
  bool whole = true;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const Term& term = terms[i];
    const bool last = i + 1 == terms.size();
    if (term.kind == Term::Kind::number) {
      nn::Number number(term.number.real);
      number.integer = term.number.integer;
      results = {number};
    } else if (term.kind == Term::Kind::name) {
      // A bare name at the place of a derivative's variables or a size is looked up all the same.
      results = {lookup(term.text, term.mark)};
    } else if (poisoned_operand(term)) {
      results.clear();
    } else {
      scope_.site = last ? path : path + "#" + std::to_string(part++);
      scope_.origin = origin(term.mark, node.scope, pointer(index),
                             term.source.empty() ? term.text : term.source);
      results = evaluate(node, term);
      if (failed()) results.clear();
    }
    if (!results.empty() && !last && results.size() > 1) {
      fail("E0309", term.mark,
           fmt::format("{} gives {} results here, where one is needed", term.text, results.size()),
           "give each a name in a node of its own: \"a, b = ...\"");
      results.clear();
    }
    whole = whole && !results.empty() && results[0].index() != 0;
    if (!results.empty()) terms_[i] = results[0];
  }
  if (!whole) return poison(node);
  finish(node, std::move(results), first_node);
}

/// An error was reported about the node, or about what it needs.
void Evaluator::poison(const NodeDoc& node) {
  for (const NameDoc& out : node.out) values_[out.text] = {};
}

/// A term of which a part could not be computed says nothing about itself.
bool Evaluator::poisoned_operand(const Term& term) const {
  return std::ranges::any_of(term.arguments, [&](const Argument& argument) {
    return argument.term >= 0 && term_value(argument.term).index() == 0;
  });
}

void Evaluator::finish(const NodeDoc& node, std::vector<nn::Operand> results,
                       std::uint32_t first_node) {
  const DerivativeForm* form = find_derivative_form(node.expression.terms.back().text);
  if (node.out.size() > results.size() || (form && node.out.size() != results.size())) {
    fail("E0309", node.out.back().mark,
         counted(std::ssize(node.out), "name") + " for " + counted(std::ssize(results), "result"),
         form ? fmt::format("{}: {}", form->name, form->doc) : std::string());
    return poison(node);
  }
  for (std::size_t i = 0; i < node.out.size(); ++i) {
    const std::string& name = node.out[i].text;
    nn::Operand& result = results[i];
    const auto* number = std::get_if<nn::Number>(&result);
    if (number && i == 0 && node.type) {
      scope_.origin = origin(node.mark, node.scope);
      result = scope_.number(name, node.type->dtype, *number);
      if (failed()) result = {};
    }
    if (auto* value = std::get_if<Value>(&result)) {
      if (i == 0 && node.type && !check_type_assertion(node, *value)) {
        result = {};
      } else if (wrt_.contains(name) && node.expression.terms.back().text != "cut") {
        const std::string inside = local_ ? local_->name.text + "." + name : name;
        result = scope_.op("cut", {*value}, {{"name", inside}});
        graph_.set_value_name(std::get<Value>(result), name);
      } else if (!stands_inline(graph_, *value)) {
        graph_.set_value_name(*value, name);
      }
    }
    const Definition* definition = build_.model.damaged ? group_.find(name) : nullptr;
    values_[name] = definition && definition->doubtful ? nn::Operand() : result;
  }
  name_parts(node, first_node);
}

bool Evaluator::check_type_assertion(const NodeDoc& node, Value value) {
  const std::string what = quote(node.out[0].text);
  auto wanted = sizes_.resolve(*node.type, what);
  const Type& type = graph_.type(value);
  if (wanted && *wanted == type) return true;
  if (!wanted) {
    fail(wanted.error(), node.type->mark);
  } else {
    fail("E0308", node.type->mark,
         fmt::format("{} is {}, not {}", what, to_string(type), to_string(*wanted)));
  }
  return false;
}

/// New nodes without a name are parts of this one.
void Evaluator::name_parts(const NodeDoc& node, std::uint32_t first_node) {
  int part = 0;
  for (std::uint32_t id = first_node; id < graph_.node_count(); ++id) {
    const Node& made = graph_.node(NodeId{id});
    if (stands_inline(graph_, made.first)) continue;
    for (int i = 0; i < made.result_count; ++i) {
      const Value value = graph_.result(NodeId{id}, i);
      if (!graph_.value_name(value).empty()) continue;
      std::string name;
      do name = node.out[0].text + "." + std::to_string(part++);
      while (group_.find(name) || build_.model.top.find(name));
      graph_.set_value_name(value, name, NameKind::part);
    }
  }
  if (part > 0) graph_.part_counts[build_.context.texts.intern(node.out[0].text)] = part;
}

} // namespace nnc
