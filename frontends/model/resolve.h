// Names of a model bound to what defines them, and its nodes put in order.
//
// Checked here, for the whole model whether a function needs it or not: no name is defined twice or
// missing (in nodes, and in what functions give, set and minimise), every op exists, no node
// depends on itself.
#pragma once

#include "frontends/model/doc.h"
#include "frontends/nn/functions.h"

#include <unordered_map>

namespace nnc {

/// What a name stands for: a leaf, or a result of a node of the same group.
struct Definition {
  const LeafDoc* leaf = nullptr;
  int node = -1;
  int result = 0;
  bool doubtful = false; ///< there are two
};

/// The nodes of the model, or of a local function, with the names that they define.
struct NodeGroup {
  const std::vector<NodeDoc>* nodes = nullptr;
  std::unordered_map<std::string_view, Definition> names = {};
  std::vector<int> order = {}; ///< operands before users
  bool doubtful = false;       ///< of a function whose name means something else as well

  const Definition* find(std::string_view name) const;
};

/// A use of a value's name in a node.
struct Reference {
  std::string_view name;
  Mark mark;
  bool wrt = false; ///< a derivative is taken with respect to it
};
std::vector<Reference> references(const NodeDoc& node);

/// Does a row take a function of the model, by name, as its attribute `function`?
bool takes_function(const OpRow& row);

/// `grad` and its kin, whose operands go by name: see derivative_forms.h.
bool is_derivative(std::string_view op);
/// The name of a derivative's argument: its own, or that of its position.
std::string_view derivative_argument(std::string_view op, const Argument& argument,
                                     std::size_t position);

struct Model {
  std::unique_ptr<const ModelDoc> doc;
  NodeGroup top;
  std::map<std::string, NodeGroup, std::less<>> locals; ///< by function
  std::map<std::string, Mark, std::less<>> symbols;     ///< size symbols, where they occur first
  /// Reading or resolving told of errors; what these spoil is silently left out of graphs.
  bool damaged = false;

  /// All names that `text` could have meant, for suggestions.
  std::vector<std::string_view> value_names() const;
};

/// Errors: E0301 unknown name, E0303 unknown op, E0304 cycle, E0305 defined twice. With `found`,
/// which may hold errors of reading, they are added there and the result is always a model.
OrErrors<Model> resolve(ModelDoc doc, const nn::FunctionTable& functions, const OpTable& rows,
                        Errors* found = nullptr);

} // namespace nnc
