#include "frontends/model/leaf_values.h"

#include "frontends/model/attributes.h"
#include "frontends/model/training.h"
#include "ir/messages.h"
#include "runtime/files/npy.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

Result<Tensor> written_value(const ModelDoc& doc, const LeafDoc& leaf, const Type& type,
                             std::uint32_t seed, const LeafFiles& files) {
  if (leaf.file) {
    const auto found = files.find(leaf.name.text);
    if (found == files.end()) throw InternalError("leaf_value: a file that was not read");
    const Tensor& tensor = found->second;
    if (auto error = require_type(tensor.type(), type, quote(leaf.name.text), leaf.file->file.text))
      return *error;
    return Tensor(tensor);
  }
  if (leaf.value) {
    const auto literal = literal_value(*leaf.value, type, doc.file);
    return literal ? to_tensor(*literal) : Result<Tensor>(literal.error());
  }
  const auto init = read_initializer(leaf, type, doc.file);
  if (!init) return init.error();
  const auto literal = nn::initial_value(*init, type, seed, leaf.name.text);
  return literal ? to_tensor(*literal) : Result<Tensor>(literal.error());
}

/// `rng` is (seed, 0); what optimisers keep begins as they say.
Result<Tensor> unlisted_value(const ModelDoc& doc, std::string_view name, const Type& type,
                              std::uint32_t seed) {
  auto value = Tensor::zeros(type);
  if (!value) return value;
  if (name == "rng" && type == Type{DType::u32, {2}}) value->as<std::uint32_t>()[0] = seed;
  for (const FunctionDoc& function : doc.functions) {
    if (!function.optimizer) continue;
    const auto optimizer = read_optimizer(*function.optimizer, doc.file);
    if (!optimizer) return optimizer.error();
    // Slots of params begin at zero; others are the same whatever the params.
    for (const nn::Slot& slot : nn::optimizer_slots(*optimizer, {}))
      if (slot.name == name && slot.type == type && type.dtype == DType::f64)
        value->as<double>()[0] = slot.initial;
  }
  return value;
}

} // namespace

Result<Tensor> leaf_value(const Model& model, std::string_view name, const Type& type,
                          std::uint32_t seed, const LeafFiles& files) {
  const Definition* definition = model.top.find(name);
  const LeafDoc* leaf = definition ? definition->leaf : nullptr;
  if (leaf) {
    auto value = written_value(*model.doc, *leaf, type, seed, files);
    if (value) return value;
    Error error = value.error();
    const Mark mark = leaf->init    ? leaf->init->mark
                      : leaf->value ? leaf->value->mark
                      : leaf->file  ? leaf->file->file.mark
                                    : leaf->name.mark;
    if (error.place.line == 0) error.place = model.doc->place(mark);
    return error;
  }
  return unlisted_value(*model.doc, name, type, seed);
}

Result<Tensor> to_tensor(const Literal& literal) {
  return Tensor::copy_of(literal.type, *literal.bytes);
}

Literal to_literal(const Tensor& tensor) {
  return {tensor.type(), std::make_shared<const std::vector<std::byte>>(tensor.bytes().begin(),
                                                                        tensor.bytes().end())};
}

} // namespace nnc
