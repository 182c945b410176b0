#include "frontends/model/resolve.h"

#include "ir/messages.h"
#include "ir/suggestion.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace nnc {

const Definition* NodeGroup::find(std::string_view name) const {
  const auto found = names.find(name);
  return found == names.end() ? nullptr : &found->second;
}

std::vector<std::string_view> Model::value_names() const {
  std::vector<std::string_view> all;
  for (const LeafDoc* leaf : doc->leaves()) all.push_back(leaf->name.text);
  for (const NodeDoc& node : doc->nodes)
    for (const NameDoc& out : node.out) all.push_back(out.text);
  return all;
}

namespace {

class Resolver {
public:
  Resolver(ModelDoc doc, const nn::FunctionTable& functions, const OpTable& rows)
      : functions_(functions), rows_(rows) {
    model_.doc = std::make_unique<const ModelDoc>(std::move(doc));
  }

  OrErrors<Model> run(Errors* found) {
    const ModelDoc& doc = *model_.doc;
    collect_symbols();
    for (const LeafDoc* leaf : doc.leaves()) define(model_.top, leaf->name, {.leaf = leaf});
    define_nodes(model_.top, doc.nodes);
    for (const FunctionDoc& function : doc.functions) define_function(function);
    check_references(model_.top, nullptr);
    for (const FunctionDoc& function : doc.functions) {
      if (function.local)
        check_references(model_.locals.at(function.name.text), &function);
      else if (!function.damaged)
        check_results(function);
    }
    order(model_.top);
    for (auto& [name, group] : model_.locals) order(group);
    model_.damaged = !errors_.empty() || (found && !found->empty());
    if (!errors_.empty() && !found) return in_order(std::move(errors_));
    if (found) std::ranges::move(errors_, std::back_inserter(*found));
    return std::move(model_);
  }

private:
  void fail(std::string code, Mark mark, std::string message, std::string help = {}) {
    errors_.push_back({.code = std::move(code),
                       .message = std::move(message),
                       .place = model_.doc->place(mark),
                       .help = std::move(help)});
  }

  void collect_symbols() {
    for (const auto& [name, size] : model_.doc->sizes) model_.symbols.emplace(name.text, name.mark);
    for (const NameDoc& name : model_.doc->lost_sizes) model_.symbols.emplace(name.text, name.mark);
    const auto add = [&](const std::vector<LeafDoc>& leaves) {
      for (const LeafDoc& leaf : leaves)
        for (const SizeDoc& size : leaf.type ? leaf.type->shape : std::vector<SizeDoc>{})
          if (!size.symbol.empty()) model_.symbols.emplace(size.symbol, leaf.type->mark);
    };
    add(model_.doc->inputs);
    add(model_.doc->params);
    add(model_.doc->state);
    add(model_.doc->constants);
    for (const FunctionDoc& function : model_.doc->functions) {
      for (const auto& [name, size] : function.sizes) model_.symbols.emplace(name.text, name.mark);
      add(function.inputs);
    }
  }

  void define(NodeGroup& group, const NameDoc& name, Definition definition) {
    const auto [known, added] = group.names.try_emplace(name.text, definition);
    if (added) return;
    Definition& first = known->second;
    first.doubtful = true;
    const Mark mark = first.leaf ? first.leaf->name.mark
                                 : (*group.nodes)[static_cast<std::size_t>(first.node)]
                                       .out[static_cast<std::size_t>(first.result)]
                                       .mark;
    fail("E0305", name.mark, quote(name.text) + " is defined twice");
    errors_.back().notes.push_back({model_.doc->place(mark), "first defined here"});
  }

  void define_nodes(NodeGroup& group, const std::vector<NodeDoc>& nodes) {
    group.nodes = &nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      for (std::size_t k = 0; k < nodes[i].out.size(); ++k)
        define(group, nodes[i].out[k],
               {.node = static_cast<int>(i), .result = static_cast<int>(k)});
  }

  void define_function(const FunctionDoc& function) {
    if (!function.local) return;
    const std::string& name = function.name.text;
    const auto [group, added] = model_.locals.try_emplace(name);
    if (is_derivative(name) || nn::find_signature(functions_, rows_, name) || rows_.find(name)) {
      fail("E0305", function.name.mark, quote(name) + " is the name of an operation",
           "call the function something else");
      group->second.doubtful = true;
    }
    if (!added) {
      group->second.doubtful = true;
      return fail("E0305", function.name.mark, quote(name) + " is defined twice");
    }
    for (const LeafDoc& input : function.inputs)
      define(group->second, input.name, {.leaf = &input});
    define_nodes(group->second, function.nodes);
  }

  // --- references

  void check_references(const NodeGroup& group, const FunctionDoc* local) {
    for (const NodeDoc& node : *group.nodes) {
      for (const Reference& reference : references(node)) check(group, local, reference);
      for (const Term& term : node.expression.terms)
        if (term.kind == Term::Kind::call) check_op(node, term);
    }
    if (!local || local->damaged) return;
    for (const NameDoc& out : local->out) check(group, local, {out.text, out.mark});
  }

  /// The values of a function over the nodes of the model.
  void check_results(const FunctionDoc& function) {
    for (const NameDoc& out : function.out) check(model_.top, nullptr, {out.text, out.mark});
    for (const auto& [target, next] : function.update)
      check(model_.top, nullptr, {next.text, next.mark});
    if (function.minimize)
      check(model_.top, nullptr, {function.minimize->text, function.minimize->mark});
  }

  void check(const NodeGroup& group, const FunctionDoc* local, const Reference& reference) {
    if (group.find(reference.name) || model_.symbols.contains(std::string(reference.name))) return;
    if (model_.doc->values_lost || reference.name.empty()) return;
    std::vector<std::string_view> known;
    if (local) {
      const Definition* outer = model_.top.find(reference.name);
      if (outer && outer->leaf && outer->leaf->role != Role::input) return;
      if (outer)
        return fail("E0301", reference.mark,
                    fmt::format("function {} does not see {}", quote(local->name.text),
                                quote(reference.name)),
                    "it sees its own inputs and the model's params, state and constants: "
                    "make this an input of it");
      for (const auto& [name, definition] : group.names) known.push_back(name);
    }
    if (model_.locals.contains(reference.name))
      return fail("E0301", reference.mark,
                  quote(reference.name) + " is a function, where a value is needed",
                  fmt::format("call it, or name it in an attribute: vmap(x, function=\"{}\")",
                              reference.name));
    for (const std::string_view name : model_.value_names()) known.push_back(name);
    std::ranges::sort(known);
    const std::string_view dtype = dtype_called(reference.name);
    fail("E0301", reference.mark, "nothing is called " + quote(reference.name),
         dtype.empty() ? nearest_or_all(reference.name, known, "values")
                       : fmt::format("a dtype stands in double quotes: \"{}\"", dtype));
  }

  void check_op(const NodeDoc& node, const Term& term) {
    if (is_derivative(term.text) || model_.locals.contains(term.text) ||
        nn::find_signature(functions_, rows_, term.text))
      return;
    const OpRow* row = rows_.find(term.text);
    if (row && ((row->kind == "structure" && !row->leaf) || takes_function(*row))) return;
    if (model_.doc->functions_lost) return;
    if (node.damaged && term.text.empty()) return;
    Error error = nn::unknown_function(functions_, rows_, term.text);
    error.place = model_.doc->place(term.mark);
    if (model_.doc->function(term.text)) {
      error.message += "; the function of this name has no inputs and nodes of its own";
    } else if (error.help.empty()) {
      std::vector<std::string_view> known;
      for (const auto& [name, group] : model_.locals) known.push_back(name);
      error.help = did_you_mean(term.text, known);
    }
    if (node.text.empty()) error.place.length = term.mark.length;
    errors_.push_back(std::move(error));
  }

  // --- order

  struct Visit {
    int node;
    std::vector<int> needs;
    std::size_t next = 0;
  };

  std::vector<int> needs(const NodeGroup& group, int node) const {
    std::vector<int> result;
    for (const Reference& reference : references((*group.nodes)[static_cast<std::size_t>(node)]))
      if (const Definition* definition = group.find(reference.name);
          definition && definition->node >= 0)
        result.push_back(definition->node);
    return result;
  }

  /// Depth first with a stack of its own; what is on the stack is grey, and meeting it is a cycle.
  void order(NodeGroup& group) {
    enum class Color : std::uint8_t { white, grey, black };
    std::vector<Color> color(group.nodes->size(), Color::white);
    std::vector<Visit> stack;
    for (std::size_t root = 0; root < group.nodes->size(); ++root) {
      if (color[root] != Color::white) continue;
      color[root] = Color::grey;
      stack.push_back({static_cast<int>(root), needs(group, static_cast<int>(root))});
      while (!stack.empty()) {
        Visit& top = stack.back();
        if (top.next == top.needs.size()) {
          color[static_cast<std::size_t>(top.node)] = Color::black;
          group.order.push_back(top.node);
          stack.pop_back();
          continue;
        }
        const int need = top.needs[top.next++];
        Color& state = color[static_cast<std::size_t>(need)];
        if (state == Color::grey) report_cycle(group, stack, need);
        if (state != Color::white) continue;
        state = Color::grey;
        stack.push_back({need, needs(group, need)});
      }
    }
  }

  void report_cycle(const NodeGroup& group, const std::vector<Visit>& stack, int start) {
    const auto doc = [&](int node) -> const NodeDoc& {
      return (*group.nodes)[static_cast<std::size_t>(node)];
    };
    const auto name = [&](int node) {
      return doc(node).out.empty() ? std::string("?") : doc(node).out[0].text;
    };
    const auto first = std::ranges::find(stack, start, &Visit::node);
    std::string path = name(start);
    const auto length = stack.end() - first;
    for (auto it = first + 1; it != stack.end(); ++it) {
      const auto position = it - first;
      if (position == 6 && length > 12) path += " <- ...";
      if (position < 6 || position >= length - 6 || length <= 12) path += " <- " + name(it->node);
    }
    fail("E0304", doc(start).mark,
         fmt::format("{} depends on itself: {} <- {}", quote(name(start)), path, name(start)));
    for (auto it = first + 1; it != stack.end() && it - first < 6; ++it)
      errors_.back().notes.push_back(
          {model_.doc->place(doc(it->node).mark), quote(name(it->node)) + " is computed here"});
  }

  const nn::FunctionTable& functions_;
  const OpTable& rows_;
  Model model_;
  Errors errors_;
};

} // namespace

OrErrors<Model> resolve(ModelDoc doc, const nn::FunctionTable& functions, const OpTable& rows,
                        Errors* found) {
  return Resolver(std::move(doc), functions, rows).run(found);
}

} // namespace nnc
