#include "frontends/model/build.h"

#include "frontends/model/training.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace nnc {
namespace {

class FunctionBuilder {
public:
  FunctionBuilder(const Model& model, const std::string& name, const BuildOptions& options,
                  Context& context, const nn::FunctionTable& functions)
      : model_(model), doc_(*model.doc),
        options_(options), build_{.model = model, .context = context, .functions = functions},
        graph_(context, name) {}

  OrErrors<Graph> run() {
    context_flags();
    if (find_function() && bind()) build();
    if (!build_.errors.empty()) return in_order(std::move(build_.errors));
    return std::move(graph_);
  }

  OrErrors<Graph> run(const std::vector<std::string>& values) {
    for (const std::string& name : values) made_.out.push_back({name, {}});
    made_.name.text = "values";
    return run();
  }

private:
  void fail(std::string code, Mark mark, std::string message, std::string help = {}) {
    build_.report({.code = std::move(code),
                   .message = std::move(message),
                   .place = doc_.place(mark),
                   .help = std::move(help)});
  }

  void context_flags() {
    if (doc_.keep_denormals) build_.context.flush_denormals = false;
  }

  bool find_function() {
    if (!made_.out.empty()) return function_ = &made_, true;
    function_ = doc_.function(graph_.name);
    if (function_ && function_->local) {
      fail("E0312", function_->name.mark,
           quote(graph_.name) + " is called by nodes; it is no function to run");
      return false;
    }
    if (function_) {
      build_.training = function_->training.value_or(updates_params());
      return true;
    }
    if (model_.top.find(graph_.name)) {
      made_.out = {{graph_.name, {}}};
      function_ = &made_;
      return true;
    }
    if (model_.damaged) return false; // the name may be one that the damage has lost
    std::vector<std::string_view> known = model_.value_names();
    for (const FunctionDoc& function : doc_.functions)
      if (!function.local) known.insert(known.begin(), function.name.text);
    build_.report({.code = "E0312",
                   .message = "there is no function and no value " + quote(graph_.name),
                   .place = {doc_.file},
                   .help = graph_.name.find(',') == std::string::npos
                               ? did_you_mean(graph_.name, known)
                               : "each has a -f of its own: -f f -f g"});
    return false;
  }

  bool updates_params() const {
    if (function_->minimize) return !host_side_training(*function_, doc_.file);
    return std::ranges::any_of(function_->update, [&](const auto& update) {
      const Definition* target = model_.top.find(update.first.text);
      return target && target->leaf && target->leaf->role == Role::param;
    });
  }

  // --- sizes: of the model, of the function, of the command line, of the inputs given

  bool bind() {
    build_.open_sizes = options_.open_sizes || doc_.sizes_lost;
    for (const auto& [symbol, mark] : model_.symbols) build_.sizes.declare(symbol);
    for (const auto& [name, size] : doc_.sizes) build_.sizes.set(name.text, size.value);
    if (function_)
      for (const auto& [name, size] : function_->sizes) build_.sizes.set(name.text, size.value);
    std::map<std::string, std::int64_t, std::less<>> bound;
    for (const auto& [name, value] : options_.sizes) bind_option(name, value, bound);
    for (const auto& [name, type] : options_.inputs) {
      const auto input =
          std::ranges::find(doc_.inputs, name, [](const LeafDoc& leaf) { return leaf.name.text; });
      // The caller says which inputs are unknown, and an error told of a type that is none.
      if (input == doc_.inputs.end() || !input->type) continue;
      if (Status error = bind_sizes(*input->type, type, "input " + quote(name), bound)) {
        error->place = doc_.place(input->type->mark);
        build_.report(std::move(*error));
      }
    }
    for (const auto& [name, value] : bound) build_.sizes.set(name, value);
    return build_.errors.empty();
  }

  void bind_option(const std::string& name, std::int64_t value,
                   std::map<std::string, std::int64_t, std::less<>>& bound) {
    std::vector<std::string_view> symbols;
    for (const auto& [symbol, mark] : model_.symbols) symbols.push_back(symbol);
    Status error = check_size(symbols, name, value);
    if (!error) {
      bound.emplace(name, value);
      return;
    }
    error->place = {doc_.file};
    build_.report(std::move(*error));
  }

  // --- the graph

  void build() {
    Evaluator evaluator(build_, model_.top, graph_, build_.sizes, nullptr, "");
    const std::size_t before = build_.errors.size();
    if (function_->in)
      for (const NameDoc& name : *function_->in) add_input(evaluator, name);
    const bool listed = build_.errors.size() == before;
    std::vector<std::string_view> wanted;
    for (const NameDoc& name : function_->out) wanted.push_back(name.text);
    for (const auto& [target, next] : function_->update) wanted.push_back(next.text);
    if (function_->minimize) wanted.push_back(function_->minimize->text);
    evaluator.run(wanted);
    std::set<std::string_view> outputs;
    for (const NameDoc& name : function_->out) {
      if (!outputs.insert(name.text).second)
        fail("E0305", name.mark, quote(name.text) + " is an output already");
      const Value value = evaluator.value(name.text, name.mark);
      if (value.valid()) graph_.outputs.push_back({name.text, value});
      if (!value.valid() && build_.errors.empty() && !build_.open_sizes && !model_.damaged)
        throw InternalError("build: an output without a value and without an error");
    }
    for (const auto& [target, next] : function_->update) add_update(evaluator, target, next);
    if (function_->minimize)
      for (const Update& update : add_training_step(build_, evaluator, graph_, *function_))
        push_update(update.target, update.value, function_->minimize->mark);
    for (const auto& [state, next] : evaluator.new_state())
      push_update(graph_.leaf_name(state), next, function_->name.mark);
    if (build_.training && evaluator.random()) advance_rng(evaluator);
    order_leaves();
    if (listed) check_inputs_listed();
  }

  void add_input(Evaluator& evaluator, const NameDoc& name) {
    const Definition* definition = model_.top.find(name.text);
    if (definition && definition->leaf && definition->leaf->role == Role::input) {
      evaluator.lookup(name.text, name.mark);
      return;
    }
    if (!definition && doc_.values_lost) return;
    std::vector<std::string_view> known;
    for (const LeafDoc& input : doc_.inputs) known.push_back(input.name.text);
    const std::string what =
        !definition        ? "there is no input " + quote(name.text)
        : definition->leaf ? quote(name.text) + " is a " +
                                 std::string(role_name(definition->leaf->role)) + ", not an input"
                           : quote(name.text) + " is computed by a node, it is no input";
    fail("E0301", name.mark, what, did_you_mean(name.text, known));
  }

  void add_update(Evaluator& evaluator, const NameDoc& target, const NameDoc& next) {
    const Definition* definition = model_.top.find(target.text);
    const LeafDoc* leaf = definition ? definition->leaf : nullptr;
    if (!definition && doc_.values_lost) return;
    if (!leaf || (leaf->role != Role::param && leaf->role != Role::state)) {
      std::vector<std::string_view> known;
      for (const auto* group : {&doc_.params, &doc_.state})
        for (const LeafDoc& one : *group) known.push_back(one.name.text);
      return fail("E0309", target.mark,
                  quote(target.text) + " is not a param or state, so it cannot be updated",
                  did_you_mean(target.text, known));
    }
    const Value old = evaluator.value(target.text, target.mark);
    if (!old.valid()) return;
    const Value value = evaluator.value(next.text, next.mark, graph_.type(old).dtype);
    if (!value.valid()) return;
    if (graph_.type(old) != graph_.type(value))
      return fail("E0309", next.mark,
                  fmt::format("{} is {}, but {} is {}", quote(next.text),
                              to_string(graph_.type(value)), quote(target.text),
                              to_string(graph_.type(old))));
    push_update(target.text, value, target.mark);
  }

  void push_update(const std::string& target, Value value, Mark mark) {
    if (std::ranges::find(graph_.updates, target, &Update::target) != graph_.updates.end())
      return fail("E0309", mark, quote(target) + " is given two new values");
    graph_.updates.push_back({target, value});
  }

  void advance_rng(Evaluator& evaluator) {
    nn::Scope& scope = evaluator.scope();
    const Value rng = graph_.add_leaf("rng", Role::state, Type{DType::u32, {2}}, {});
    scope.origin = evaluator.origin(function_->name.mark);
    const Value next = nn::advance_rng(scope, rng);
    graph_.set_value_name(next, "rng.next");
    if (!evaluator.failed()) push_update("rng", next, function_->name.mark);
  }

  /// Inputs as `in` lists them or the model does, then the other leaves as the model does; what
  /// the model does not list (rng) comes last.
  void order_leaves() {
    std::unordered_map<std::string_view, std::size_t> rank;
    if (function_->in)
      for (const NameDoc& name : *function_->in) rank.emplace(name.text, rank.size());
    for (const LeafDoc* leaf : doc_.leaves()) rank.emplace(leaf->name.text, rank.size());
    const auto key = [&](Value leaf) {
      const auto found = rank.find(graph_.leaf_name(leaf));
      return std::pair(graph_.role(leaf), found == rank.end() ? rank.size() : found->second);
    };
    std::ranges::stable_sort(graph_.inputs, {}, key);
  }

  void check_inputs_listed() {
    if (!function_->in) return;
    std::set<std::string_view> listed;
    for (const NameDoc& name : *function_->in) listed.insert(name.text);
    for (const Value leaf : graph_.inputs)
      if (graph_.role(leaf) == Role::input && !listed.contains(graph_.leaf_name(leaf)))
        fail("E0309", function_->name.mark,
             fmt::format("function {} needs the input {}, which its 'in' does not list",
                         quote(graph_.name), quote(graph_.leaf_name(leaf))));
  }

  const Model& model_;
  const ModelDoc& doc_;
  const BuildOptions& options_;
  Build build_;
  Graph graph_;
  const FunctionDoc* function_ = nullptr;
  FunctionDoc made_; ///< on the fly
};

} // namespace

OrErrors<Graph> build_function(const Model& model, const std::string& function,
                               const BuildOptions& options, Context& context,
                               const nn::FunctionTable& functions) {
  return FunctionBuilder(model, function, options, context, functions).run();
}

OrErrors<Graph> build_values(const Model& model, const std::vector<std::string>& values,
                             const BuildOptions& options, Context& context,
                             const nn::FunctionTable& functions) {
  return FunctionBuilder(model, "", options, context, functions).run(values);
}

} // namespace nnc
