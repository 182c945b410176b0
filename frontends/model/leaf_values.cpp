#include "frontends/model/leaf_values.h"

#include "frontends/model/attributes.h"
#include "frontends/model/training.h"
#include "ir/messages.h"
#include "runtime/files/npy.h"
#include "runtime/files/npz.h"
#include "runtime/files/safetensors.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

Result<Tensor> from_tensors(std::span<const TensorView> tensors, const FileDoc& file) {
  std::vector<std::string> names;
  for (const TensorView& view : tensors) {
    if (view.name == file.tensor || (file.tensor.empty() && tensors.size() == 1))
      return Tensor::copy_of(view.type, view.bytes);
    names.push_back(view.name);
  }
  return Error{.code = "E0704",
               .message = file.tensor.empty()
                              ? fmt::format("{} holds {} tensors; \"tensor\" says which",
                                            quote(file.file.text), tensors.size())
                              : fmt::format("{} has no tensor {}", quote(file.file.text),
                                            quote(file.tensor)),
               .help = did_you_mean(file.tensor, names)};
}

Result<Tensor> from_file(const FileDoc& file, const ModelDir& folder) {
  const std::string& path = file.file.text;
  auto bytes = folder.read(path);
  if (!bytes) return bytes.error();
  if (path.ends_with(".npy")) return read_npy(*bytes, path);
  if (path.ends_with(".npz")) {
    const auto tensors = read_npz(*bytes, path);
    if (!tensors) return tensors.error();
    std::vector<TensorView> views;
    for (const NamedTensor& one : *tensors) views.push_back(view_of(one.name, one.tensor));
    return from_tensors(views, file);
  }
  const auto tensors = read_safetensors(*bytes, path);
  if (!tensors) return tensors.error();
  return from_tensors(tensors->tensors, file);
}

Result<Tensor> written_value(const ModelDoc& doc, const LeafDoc& leaf, const Type& type,
                             std::uint32_t seed, const ModelDir* folder) {
  if (leaf.file) {
    if (!folder) throw InternalError("leaf_value: a file of a model without a folder");
    auto tensor = from_file(*leaf.file, *folder);
    if (!tensor) return tensor;
    if (auto error =
            require_type(tensor->type(), type, quote(leaf.name.text), leaf.file->file.text))
      return *error;
    return tensor;
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
                          std::uint32_t seed, const ModelDir* folder) {
  const Definition* definition = model.top.find(name);
  const LeafDoc* leaf = definition ? definition->leaf : nullptr;
  if (leaf) {
    auto value = written_value(*model.doc, *leaf, type, seed, folder);
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
