#include "frontends/host/wide_model.h"

#include "frontends/nn/functions.h"

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

/// Of a function that gives f32 unless it is told a dtype: tells it.
void name_dtypes(Term& call, std::vector<AttrDoc>& literals) {
  static const nn::FunctionTable functions = nn::standard_functions();
  const nn::Function* function = functions.find(call.text);
  if (call.kind != Term::Kind::call || !function) return;
  const auto by_position =
      static_cast<std::size_t>(std::ranges::count(call.arguments, std::string(), &Argument::name));
  for (std::size_t i = 0; i < function->attrs.size(); ++i) {
    const nn::AttrDecl& attr = function->attrs[i];
    const auto* dtype = std::get_if<DType>(&attr.fallback);
    if (!dtype || !is_float(*dtype) || by_position > function->operands.size() + i ||
        std::ranges::count(call.arguments, attr.name, &Argument::name) > 0)
      continue;
    call.arguments.push_back({.name = attr.name, .literal = static_cast<int>(literals.size())});
    literals.push_back({std::string("f64")});
  }
}

void make_wide(std::vector<NodeDoc>& nodes) {
  for (NodeDoc& node : nodes) {
    if (node.type) make_wide(*node.type);
    std::ranges::for_each(node.expression.literals, [](AttrDoc& value) { make_wide(value); });
    for (Term& term : node.expression.terms) name_dtypes(term, node.expression.literals);
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
