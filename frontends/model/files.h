// The tensors that a model keeps in files beside it.
#pragma once

#include "frontends/model/doc.h"
#include "runtime/files/model_dir.h"
#include "runtime/tensor.h"

namespace nnc {

/// Tensors of leaves, by their names.
using LeafFiles = std::map<std::string, Tensor, std::less<>>;

/// Reads what the leaves' `file` and `tensor` name, each file once, through the one opener. Leaves
/// without a type get that of their tensor; others must agree with it.
///
/// A .npy file is one tensor; in a .npz or .safetensors file `tensor` says which (by default the
/// only one there is, else the one of the leaf's own name). Added to `errors`: E0107 for other
/// files, E0704 for a tensor that is not there, E0306 for one of another type, and the errors of
/// opening and reading (E0120 with the nearest name that there is), at the place of the file's name
/// in the model.
LeafFiles read_files(ModelDoc& doc, const ModelDir& dir, Errors& errors);

} // namespace nnc
