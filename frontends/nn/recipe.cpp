#include "frontends/nn/recipe.h"

#include "ir/messages.h"

#include <algorithm>

namespace nnc::nn {
namespace {

std::string list_of(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

} // namespace

const AttrValue& Recipe::value(const Attrs& values, std::string_view attr) const {
  const auto found = std::ranges::find(attrs, attr, &AttrDecl::name);
  if (found == attrs.end()) throw InternalError(name + ": no attribute " + std::string(attr));
  return values.at(static_cast<std::size_t>(found - attrs.begin()));
}

Result<const Recipe*> find_recipe(std::string_view what, const std::vector<Recipe>& recipes,
                                  std::string_view kind) {
  const auto found = std::ranges::find(recipes, kind, &Recipe::name);
  if (found != recipes.end()) return &*found;
  std::vector<std::string> known;
  for (const Recipe& recipe : recipes) known.push_back(recipe.name);
  std::string help = did_you_mean(kind, known);
  return Error{.code = "E0204",
               .message = "there is no " + std::string(what) + " " + quote(kind),
               .help = help.empty() ? "there are " + list_of(known) : help};
}

Error unknown_attribute(const Recipe& recipe, std::string_view name) {
  std::vector<std::string> known;
  for (const AttrDecl& attr : recipe.attrs) known.push_back(attr.name);
  const std::string nearest = did_you_mean(name, known);
  return {.code = "E0204",
          .message = recipe.name + ": unknown attribute " + quote(name),
          .help = (nearest.empty() ? "" : nearest + " ") + recipe.name + " has " +
                  (known.empty() ? "no attributes" : list_of(known))};
}

Result<Attrs> recipe_attrs(std::string_view user, const Recipe& recipe, const NamedAttrs& named) {
  Attrs attrs(recipe.attrs.size());
  for (const NamedAttr& given : named) {
    const auto decl = std::ranges::find(recipe.attrs, given.name, &AttrDecl::name);
    if (decl == recipe.attrs.end()) return unknown_attribute(recipe, given.name);
    auto value = attribute_of_kind(user, *decl, given.value);
    if (!value) return value.error();
    attrs[static_cast<std::size_t>(decl - recipe.attrs.begin())] = std::move(*value);
  }
  for (std::size_t i = 0; i < attrs.size(); ++i) {
    if (!absent(attrs[i])) continue;
    if (recipe.attrs[i].required)
      return Error{.code = "E0204",
                   .message =
                       std::string(user) + ": attribute '" + recipe.attrs[i].name + "' is missing"};
    attrs[i] = recipe.attrs[i].fallback;
  }
  return attrs;
}

} // namespace nnc::nn
