#include "frontends/host/wide_model.h"

#include <algorithm>

namespace nnc {
namespace {

void make_wide(AttrDoc& value) {
  if (auto* text = std::get_if<std::string>(&value.value)) {
    const auto dtype = dtype_from_name(*text);
    if (dtype && is_float(*dtype)) *text = "f64";
  }
  if (auto* list = std::get_if<AttrList>(&value.value)) std::ranges::for_each(*list, make_wide);
}

void make_wide(TypeDoc& type) {
  if (is_float(type.dtype)) type.dtype = DType::f64;
}

void make_wide(std::vector<NodeDoc>& nodes) {
  for (NodeDoc& node : nodes) {
    if (node.type) make_wide(*node.type);
    std::ranges::for_each(node.expression.literals, [](AttrDoc& value) { make_wide(value); });
  }
}

} // namespace

ModelDoc in_f64(ModelDoc doc) {
  for (auto* leaves : {&doc.inputs, &doc.params, &doc.state, &doc.constants})
    for (LeafDoc& leaf : *leaves)
      if (leaf.type) make_wide(*leaf.type);
  make_wide(doc.nodes);
  for (FunctionDoc& function : doc.functions) {
    for (LeafDoc& leaf : function.inputs)
      if (leaf.type) make_wide(*leaf.type);
    make_wide(function.nodes);
  }
  return doc;
}

} // namespace nnc
