// Kinds of schedules, optimisers and initialisers: what a model names by `"kind"`. Each of the
// three has one table of rows; a row is a recipe and the functions that carry it out, so a new kind
// is a new row.
#pragma once

#include "frontends/nn/functions.h"

namespace nnc::nn {

/// What a kind is called, takes and does, for checks and documentation.
struct Recipe {
  std::string name;
  std::vector<AttrDecl> attrs;
  std::string doc; ///< one line
  std::string formula;
  std::string example; ///< as a model has it: `"init": "ones"`

  /// Of `attrs`, which are in the order of the recipe's; InternalError for a name that it lacks.
  const AttrValue& value(const Attrs& attrs, std::string_view name) const;
};

/// The recipe `kind`, or an E0204 with the nearest name; `what` ("optimizer") stands in messages.
Result<const Recipe*> find_recipe(std::string_view what, const std::vector<Recipe>& recipes,
                                  std::string_view kind);
/// Attributes of a recipe in order, from named ones; `user` stands in messages. E0204 for unknown,
/// missing and wrong ones.
Result<Attrs> recipe_attrs(std::string_view user, const Recipe& recipe, const NamedAttrs& named);
/// E0204: with the attributes that there are, and the nearest of them.
Error unknown_attribute(const Recipe& recipe, std::string_view name);

/// The row of a kind that was found by find_recipe.
template <class Row>
const Row& row_of(const std::vector<Row>& rows, std::string_view kind) {
  for (const Row& row : rows)
    if (row.recipe.name == kind) return row;
  throw InternalError("no row is called " + std::string(kind));
}

template <class Row>
std::vector<Recipe> recipes_of(const std::vector<Row>& rows) {
  std::vector<Recipe> recipes;
  for (const Row& row : rows) recipes.push_back(row.recipe);
  return recipes;
}

} // namespace nnc::nn
