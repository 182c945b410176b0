// Recipes of random graphs for rapidcheck: words that shrink by being left out.
#pragma once

#include "laws/random_graph.h"

#include <rapidcheck.h>

namespace nnc {

inline rc::Gen<std::vector<Recipe>> recipes(std::size_t count) {
  const auto word =
      rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
  const auto recipe = rc::gen::suchThat(rc::gen::resize(20, rc::gen::container<Recipe>(word)),
                                        [](const Recipe& words) { return words.size() >= 2; });
  return rc::gen::container<std::vector<Recipe>>(count, recipe);
}

} // namespace nnc
