// Everything that a model may call or name, for `nnc ops`: rows and functions of the graph, and the
// kinds of optimisers, schedules and initialisers; as a list, a page each, Markdown or JSON.
#pragma once

#include "frontends/nn/functions.h"

#include <span>

namespace nnc::cli {

enum class EntryForm {
  primitive, ///< a row
  function,  ///< built of primitives
  recipe     ///< named by "kind" in a model, not called
};

struct Entry {
  EntryForm form;
  std::string name;
  std::string kind;  ///< its heading: "element-wise", "loss", "optimizer", ...
  std::string usage; ///< of a recipe an example, as it stands in a model
  std::string doc;
  std::string formula; ///< of a primitive the derivative
  std::vector<nn::AttrDecl> attrs;
};

/// By kind, each kind once: primitives before functions, recipes last.
std::vector<Entry> catalogue(const OpTable& rows, const nn::FunctionTable& functions);

/// "number in [0, 1), default 0.9: what m keeps of itself".
std::string attribute_text(const nn::AttrDecl& attr);
/// What Entry::formula is.
std::string_view formula_title(const Entry& entry);
/// It, the statements of a recipe one by one.
std::vector<std::string> formula_lines(const Entry& entry);
/// Where a model names a recipe of this kind; empty for kinds of operations.
std::string_view place_of(std::string_view kind);

/// One line each under headings; broken to `columns` (0: not at all).
std::string list_text(std::span<const Entry> entries, std::size_t columns);
/// All about one.
std::string page_text(const Entry& entry, std::size_t columns);
std::string json_text(std::span<const Entry> entries);
/// docs/functions.md.
std::string markdown_text(std::span<const Entry> entries);

} // namespace nnc::cli
