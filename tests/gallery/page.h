// Pages of the gallery as Markdown: one for each op, and one that lists them.
#pragma once

#include "gallery/example.h"

namespace nnc::gallery {

/// The functions of an example, made of textbook rules, as formulas: lines of a derivative apart
/// from those before it.
std::vector<std::string> formulas_of(const Example& example);

/// `formulas` are those of the example, `pictures` names of files beside the page.
std::string page_of(const OpRow& row, const Example& example,
                    const std::vector<std::string>& formulas,
                    const std::vector<std::string>& pictures);

/// The formulas of a page, for the list.
struct Listed {
  const OpRow* row;
  std::vector<std::string> formulas;
};
std::string list_of(std::vector<Listed> pages);

} // namespace nnc::gallery
