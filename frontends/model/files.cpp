#include "frontends/model/files.h"

#include "frontends/model/sizes.h"
#include "ir/messages.h"
#include "runtime/files/npy.h"
#include "runtime/files/npz.h"
#include "runtime/files/safetensors.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

class FileReader {
public:
  FileReader(ModelDoc& doc, const ModelDir& dir, Errors& errors)
      : doc_(doc), dir_(dir), errors_(errors) {}

  LeafFiles run() {
    std::map<std::string, std::vector<LeafDoc*>> by_file;
    for (auto* group : {&doc_.params, &doc_.state, &doc_.constants})
      for (LeafDoc& leaf : *group)
        if (leaf.file && !leaf.file->file.text.empty())
          by_file[leaf.file->file.text].push_back(&leaf);
    for (const auto& [path, leaves] : by_file) file(path, leaves);
    return std::move(tensors_);
  }

private:
  void fail(const LeafDoc& leaf, Error error) {
    error.place = doc_.place(leaf.file->file.mark);
    errors_.push_back(std::move(error));
  }

  void file(const std::string& path, const std::vector<LeafDoc*>& leaves) {
    const bool npy = path.ends_with(".npy"), npz = path.ends_with(".npz");
    if (!npy && !npz && !path.ends_with(".safetensors"))
      return fail(*leaves[0], {.code = "E0107",
                               .message = quote(path) + " is none of .npy, .npz and .safetensors"});
    auto bytes = dir_.read(path);
    if (!bytes) return unreadable(path, leaves, bytes.error());
    if (npz) return archive(path, *bytes, leaves);
    if (!npy) return safetensors(path, *bytes, leaves);
    auto tensor = read_npy(*bytes, path);
    if (!tensor) return fail(*leaves[0], tensor.error());
    for (LeafDoc* leaf : leaves) {
      if (!leaf->file->tensor.empty())
        fail(*leaf, {.code = "E0107", .message = "a .npy file is one tensor, without a name"});
      else
        keep(*leaf, Tensor(*tensor));
    }
  }

  void unreadable(const std::string& path, const std::vector<LeafDoc*>& leaves, Error error) {
    if (error.help.empty()) error.help = did_you_mean(path, dir_.beside(path));
    for (const LeafDoc* leaf : leaves) fail(*leaf, error);
  }

  void archive(const std::string& path, const Bytes& bytes, const std::vector<LeafDoc*>& leaves) {
    const auto content = read_npz(bytes, path);
    if (!content) return fail(*leaves[0], content.error());
    std::vector<TensorView> views;
    for (const NamedTensor& one : *content) views.push_back(view_of(one.name, one.tensor));
    choose(path, views, leaves);
  }

  void safetensors(const std::string& path, const Bytes& bytes,
                   const std::vector<LeafDoc*>& leaves) {
    const auto content = read_safetensors(bytes, path);
    if (!content) return fail(*leaves[0], content.error());
    choose(path, content->tensors, leaves);
  }

  void choose(const std::string& path, std::span<const TensorView> tensors,
              const std::vector<LeafDoc*>& leaves) {
    for (LeafDoc* leaf : leaves) {
      std::string wanted = leaf->file->tensor;
      if (wanted.empty()) wanted = tensors.size() == 1 ? tensors[0].name : leaf->name.text;
      const auto found = std::ranges::find(tensors, wanted, &TensorView::name);
      if (found == tensors.end()) {
        std::vector<std::string_view> known;
        for (const TensorView& tensor : tensors) known.push_back(tensor.name);
        fail(*leaf, {.code = "E0704",
                     .message = fmt::format("{} holds no tensor {}", quote(path), quote(wanted)),
                     .help = did_you_mean(wanted, known)});
        continue;
      }
      auto tensor = Tensor::copy_of(found->type, found->bytes);
      if (!tensor)
        fail(*leaf, tensor.error());
      else
        keep(*leaf, std::move(*tensor));
    }
  }

  void keep(LeafDoc& leaf, Tensor tensor) {
    const Type& type = tensor.type();
    if (!leaf.type) {
      leaf.type = TypeDoc{.dtype = type.dtype, .mark = leaf.file->file.mark};
      for (const std::int64_t size : type.shape) leaf.type->shape.push_back({.value = size});
    }
    std::map<std::string, std::int64_t, std::less<>> sizes;
    const std::string what = std::string(role_name(leaf.role)) + " " + quote(leaf.name.text);
    if (Status error = bind_sizes(*leaf.type, type, what, sizes)) return fail(leaf, *error);
    tensors_.emplace(leaf.name.text, std::move(tensor));
  }

  ModelDoc& doc_;
  const ModelDir& dir_;
  Errors& errors_;
  LeafFiles tensors_;
};

} // namespace

LeafFiles read_files(ModelDoc& doc, const ModelDir& dir, Errors& errors) {
  return FileReader(doc, dir, errors).run();
}

} // namespace nnc
