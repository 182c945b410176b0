#include "frontends/nn/functions.h"

#include "frontends/nn/call.h"
#include "ir/messages.h"

namespace nnc::nn {
namespace {

constexpr std::string_view operand_names = "xyzabcdefgh";

/// Rows do not name their operands; a, b, ... are enough to count them.
std::vector<OperandSpec> row_operands(const OpRow& row) {
  std::vector<OperandSpec> specs;
  const int count = row.max_operands < 0 ? row.min_operands + 1 : row.max_operands;
  for (int i = 0; i < count; ++i)
    specs.push_back(
        {.name = std::string(1, operand_names[static_cast<std::size_t>(i) % operand_names.size()]),
         .optional = i >= row.min_operands});
  if (row.max_operands < 0) specs.back().open = true;
  return specs;
}

} // namespace

void FunctionTable::add(Function function) {
  if (const auto known = by_name_.find(function.name); known != by_name_.end()) {
    *known->second = std::move(function);
    return;
  }
  functions_.push_back(std::move(function));
  by_name_.emplace(functions_.back().name, &functions_.back());
}

const Function* FunctionTable::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

FunctionTable standard_functions() {
  FunctionTable table;
  add_arithmetic(table);
  add_arrangement(table);
  add_linear_algebra(table);
  add_activations(table);
  add_dense_layers(table);
  add_recurrent_layers(table);
  add_convolutions(table);
  add_pools(table);
  add_normalization(table);
  add_losses(table);
  add_order(table);
  add_random(table);
  return table;
}

std::optional<Signature> find_signature(const FunctionTable& functions, const OpTable& rows,
                                        std::string_view name) {
  if (const Function* function = functions.find(name))
    return Signature{function->name, function->operands, function->attrs, function->attrs_first};
  const OpRow* row = rows.find(name);
  // The opaque ones that are not element-wise hold bodies or variables: a model has forms for them.
  if (!row || row->kind == "structure" || (row->opaque && !row->elementwise)) return std::nullopt;
  Signature signature{row->name, row_operands(*row), {}};
  for (const AttrSpec& spec : row->attrs)
    signature.attrs.push_back({.name = spec.name,
                               .kinds = {spec.kind},
                               .required = spec.required,
                               .fallback = spec.fallback,
                               .doc = spec.doc});
  return signature;
}

Error unknown_function(const FunctionTable& functions, const OpTable& rows, std::string_view name) {
  std::vector<std::string> known;
  for (const Function& function : functions.all()) known.push_back(function.name);
  for (const OpRow* row : rows.rows())
    if (find_signature(functions, rows, row->name)) known.push_back(row->name);
  return {.code = "E0303",
          .message = "there is no operation " + quote(name),
          .help = did_you_mean(name, known)};
}

} // namespace nnc::nn
