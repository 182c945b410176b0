// Initial values of parameters and state, made by the host: value i of a parameter depends on
// (seed, name of the parameter, i) alone, so that adding a parameter changes no other
// (language.md 4.7 and 4.10). Draws are those of `random_bits`, bit for bit.
#pragma once

#include "frontends/nn/recipe.h"

#include <array>

namespace nnc::nn {

/// What a model writes as `"init"`: a number (kind "constant"), a name, an object with `kind` and
/// attributes, or literal values.
struct Initializer {
  std::string kind = "zeros";
  Attrs attrs;                    ///< in the order of the recipe
  std::optional<Literal> literal; ///< kind "value"
};

const std::vector<Recipe>& initializer_recipes();

/// E0204 for unknown kinds and attributes.
Result<Initializer> make_initializer(std::string_view kind, const NamedAttrs& attrs = {});
Initializer constant_initializer(double value);
Initializer literal_initializer(Literal value);

/// Whether the kind is one for `rank` axes of a dtype; `type` stands in messages. See below.
Status check_initializer(const Initializer& initializer, DType dtype, std::size_t rank,
                         std::string_view name, const std::string& type);

/// The initial value. E0203 where the kind does not fit the type: random values need floats,
/// `orthogonal` at least two axes, a literal the type itself, a number one that the dtype holds.
Result<Literal> initial_value(const Initializer& initializer, const Type& type, std::uint32_t seed,
                              std::string_view name);

/// Inputs and outputs of one unit: the last two axes, [in, out], times the product of the others;
/// "OIHW" (kernels of channels-first convolutions) has them in front, [out, in]. Of a vector its
/// size both.
std::array<double, 2> fans(const Shape& shape, bool channels_first);

/// Philox 4x32-10 (Salmon et al. 2011): one block of four words.
std::array<std::uint32_t, 4> philox_block(std::array<std::uint32_t, 2> key,
                                          std::array<std::uint32_t, 4> counter);
/// The key of a random site: of `rng` = (seed, calls) and the site's path.
std::array<std::uint32_t, 2> philox_site_key(std::array<std::uint32_t, 2> rng,
                                             std::string_view path);

} // namespace nnc::nn
