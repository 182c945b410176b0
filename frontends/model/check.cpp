#include "frontends/model/check.h"

#include "frontends/model/training.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace nnc {
namespace {

class Checker {
public:
  Checker(const Model& model, const std::vector<std::string>& built, const OpTable& rows,
          const nn::FunctionTable& functions)
      : model_(model), doc_(*model.doc), built_(built), functions_(functions), context_(rows) {}

  Errors run(const BuildOptions& options) {
    leaves(options);
    for (const FunctionDoc& function : doc_.functions)
      if (!function.local && !function.damaged && !contains(built_, function.name.text))
        add(build_function(model_, function.name.text, {.open_sizes = true}, context_, functions_));
    const std::vector<std::string> rest = unneeded();
    if (!rest.empty()) add(build_values(model_, rest, {.open_sizes = true}, context_, functions_));
    return std::move(errors_);
  }

private:
  static bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  }

  void add(OrErrors<Graph> graph) {
    if (auto* errors = std::get_if<Errors>(&graph))
      std::ranges::move(*errors, std::back_inserter(errors_));
  }

  void leaves(const BuildOptions& options) {
    Sizes sizes;
    for (const auto& [name, size] : doc_.sizes) sizes.set(name.text, size.value);
    for (const auto& [name, size] : options.sizes) sizes.set(name, size);
    for (const LeafDoc* leaf : doc_.leaves()) check_initial_value(*leaf, sizes, doc_.file, errors_);
  }

  /// What a function takes from the nodes.
  static std::vector<std::string_view> results(const FunctionDoc& function) {
    std::vector<std::string_view> names;
    for (const NameDoc& out : function.out) names.push_back(out.text);
    for (const auto& [target, next] : function.update) names.push_back(next.text);
    if (function.minimize) names.push_back(function.minimize->text);
    return names;
  }

  /// Results of the nodes that nothing else needs and no error told of.
  std::vector<std::string> unneeded() const {
    const NodeGroup& top = model_.top;
    std::vector<bool> needed(top.nodes->size(), false);
    const auto need = [&](std::string_view name) {
      const Definition* definition = top.find(name);
      if (definition && definition->node >= 0)
        needed[static_cast<std::size_t>(definition->node)] = true;
    };
    for (const FunctionDoc& function : doc_.functions)
      if (!function.local && !function.damaged)
        for (const std::string_view name : results(function)) need(name);
    for (const std::string& name : built_)
      if (!doc_.function(name)) need(name);
    for (std::size_t i = top.order.size(); i-- > 0;) {
      const auto node = static_cast<std::size_t>(top.order[i]);
      if (!needed[node]) continue;
      for (const Reference& reference : references((*top.nodes)[node])) need(reference.name);
    }
    std::set<std::string> rest; // each once, though it may be defined twice
    for (std::size_t i = 0; i < needed.size(); ++i)
      if (!needed[i])
        for (const NameDoc& out : (*top.nodes)[i].out) rest.insert(out.text);
    return {rest.begin(), rest.end()};
  }

  const Model& model_;
  const ModelDoc& doc_;
  const std::vector<std::string>& built_;
  const nn::FunctionTable& functions_;
  Context context_; ///< graphs are only looked at
  Errors errors_;
};

} // namespace

Errors check_rest(const Model& model, const std::vector<std::string>& built,
                  const BuildOptions& options, const OpTable& rows,
                  const nn::FunctionTable& functions) {
  return Checker(model, built, rows, functions).run(options);
}

} // namespace nnc
