// The tensors that a model keeps in files beside it.
#pragma once

#include "frontends/model/doc.h"
#include "runtime/files/model_dir.h"
#include "runtime/tensor.h"

namespace nnc {

/// Reads what the leaves' `file` and `tensor` name, each file once, through the one opener. Leaves
/// without a type get that of their tensor; others must agree with it. By the name of the leaf.
///
/// A .npy file is one tensor; in a .safetensors file `tensor` says which (by default the leaf's own
/// name). E0107 for other files, E0704 for a tensor that is not there, E0306 for one of another
/// type, and the errors of opening and reading, at the place of the file's name in the model.
OrErrors<std::map<std::string, Tensor>> read_files(ModelDoc& doc, const ModelDir& dir);

} // namespace nnc
