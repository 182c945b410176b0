#include "frontends/host/train/hyper_parameters.h"

#include "frontends/model/sizes.h"
#include "frontends/model/training.h"
#include "frontends/nn/optimizers.h"
#include "ir/messages.h"
#include "runtime/number_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

const std::string batch_name = "batch", schedule_prefix = "lr.";

/// The symbol of the first axis of the inputs; empty: they have none.
std::string row_symbol(const ModelDoc& doc, const FunctionDoc& function) {
  for (const LeafDoc& leaf : doc.inputs) {
    const bool listed = !function.in || std::ranges::find(*function.in, leaf.name.text,
                                                          &NameDoc::text) != function.in->end();
    if (listed && leaf.type && !leaf.type->shape.empty()) return leaf.type->shape[0].symbol;
  }
  return {};
}

const nn::Recipe* recipe_of(const std::vector<nn::Recipe>& recipes, const AttrDoc& written) {
  const AttrDoc* kind = written.find("kind");
  const auto* name = kind ? kind->get<std::string>() : nullptr;
  const auto found = name ? std::ranges::find(recipes, *name, &nn::Recipe::name) : recipes.end();
  return found == recipes.end() ? nullptr : &*found;
}

void add_attributes(std::vector<HyperParameter>& to, const nn::Recipe* recipe,
                    const std::string& prefix) {
  if (!recipe) return;
  for (const nn::AttrDecl& attr : recipe->attrs)
    to.push_back({prefix + attr.name, attr.kinds.at(0) == AttrKind::integer});
}

/// As a model would hold it: a number, true or false, else a word.
AttrDoc attribute(const std::string& text, Mark mark) {
  if (text == "true" || text == "false") return {text == "true", mark};
  if (const auto real = parse_number<double>(text))
    return {NumberDoc{*real, parse_number<std::int64_t>(text)}, mark};
  return {text, mark};
}

void set(AttrDoc& object, const std::string& key, const std::string& text) {
  auto& entries = std::get<AttrObject>(object.value);
  const auto found = std::ranges::find(entries, key, [](const AttrEntry& e) { return e.key.text; });
  if (found != entries.end() && found->value.get<AttrObject>()) return set(found->value, key, text);
  if (found != entries.end())
    found->value = attribute(text, found->value.mark);
  else
    entries.push_back({{key, object.mark}, attribute(text, object.mark)});
}

AttrDoc* schedule_of(AttrDoc& optimizer) {
  for (AttrEntry& entry : std::get<AttrObject>(optimizer.value))
    if (entry.key.text == "lr" && entry.value.get<AttrObject>()) return &entry.value;
  return nullptr;
}

Error setting_error(std::string message, std::string help = {}) {
  return {.code = "E0625", .message = std::move(message), .help = std::move(help)};
}

class Configuration {
public:
  Configuration(const Source& source, const FunctionDoc& function)
      : made_{*source.model()->doc, 0}, known_(hyper_parameters(source, function)) {
    for (FunctionDoc& one : made_.doc.functions)
      if (one.name.text == function.name.text) function_ = &one;
  }

  Result<Configured> run(std::span<const Setting> settings) {
    std::string all;
    for (const Setting& setting : settings) {
      if (Status error = apply(setting)) return *error;
      all += fmt::format("{}{}={}", all.empty() ? "" : " ", setting.name, setting.value);
    }
    if (!function_->optimizer) return std::move(made_);
    const auto optimizer = read_optimizer(*function_->optimizer, made_.doc.file);
    if (optimizer) return std::move(made_);
    Error error = optimizer.error();
    error.message = all + ": " + error.message;
    return error;
  }

private:
  Status apply(const Setting& setting) {
    const auto& [name, value] = setting;
    const auto found = std::ranges::find(known_, name, &HyperParameter::name);
    if (found == known_.end()) return unknown(name);
    const auto whole = parse_number<std::int64_t>(value);
    if (found->whole && !whole)
      return setting_error(fmt::format("{} takes whole numbers, not {}", name, quote(value)));
    const bool of_schedule = name.starts_with(schedule_prefix);
    if (name == batch_name || !attributes(name)) {
      if (*whole < 1 || *whole > max_size)
        return setting_error(fmt::format("{} is a size, not {}", name, value));
      if (name == batch_name)
        made_.batch = *whole;
      else
        set_size(made_.doc, name, *whole);
      return std::nullopt;
    }
    AttrDoc& optimizer = *function_->optimizer;
    if (of_schedule)
      set(*schedule_of(optimizer), name.substr(schedule_prefix.size()), value);
    else
      set(optimizer, name, value);
    return std::nullopt;
  }

  /// Whether the optimiser has it; else it is a size.
  bool attributes(const std::string& name) const {
    if (name.starts_with(schedule_prefix)) return true;
    if (!function_->optimizer) return false;
    const nn::Recipe* recipe = recipe_of(nn::optimizer_recipes(), *function_->optimizer);
    return recipe &&
           std::ranges::find(recipe->attrs, name, &nn::AttrDecl::name) != recipe->attrs.end();
  }

  Error unknown(const std::string& name) const {
    std::vector<std::string> names;
    for (const HyperParameter& one : known_) names.push_back(one.name);
    const std::string nearest = did_you_mean(name, names);
    return setting_error(fmt::format("there is no setting {}", quote(name)),
                         fmt::format("{}{}settings are {}", nearest, nearest.empty() ? "" : " ",
                                     fmt::join(names, ", ")));
  }

  Configured made_;
  std::vector<HyperParameter> known_;
  FunctionDoc* function_ = nullptr;
};

} // namespace

std::vector<HyperParameter> hyper_parameters(const Source& source, const FunctionDoc& function) {
  std::vector<HyperParameter> all;
  bool batches = true;
  const ModelDoc& doc = *source.model()->doc;
  if (function.optimizer) {
    add_attributes(all, recipe_of(nn::optimizer_recipes(), *function.optimizer), "");
    if (const AttrDoc* lr = function.optimizer->find("lr"); lr && lr->get<AttrObject>())
      add_attributes(all, recipe_of(nn::schedule_recipes(), *lr), schedule_prefix);
    batches = !host_side_training(function, doc.file);
  }
  if (batches) all.push_back({batch_name, true});
  const std::string rows = row_symbol(doc, function);
  for (const auto& [symbol, mark] : source.model()->symbols)
    if (symbol != rows && std::ranges::find(all, symbol, &HyperParameter::name) == all.end())
      all.push_back({std::string(symbol), true});
  return all;
}

Result<Configured> configure(const Source& source, const FunctionDoc& function,
                             std::span<const Setting> settings) {
  return Configuration(source, function).run(settings);
}

} // namespace nnc
