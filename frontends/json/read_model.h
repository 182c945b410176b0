// Model files in JSON (docs/model.md) as a ModelDoc. Every error has its place, names the nearest
// known key, and hides no independent one: up to 20 are reported, in the order of the file.
#pragma once

#include "frontends/model/doc.h"

namespace nnc {

/// `file` is what errors call the text. With `found`, errors that leave a model to go on with are
/// added there, and the model is what could be read of it, with its damage marked: other errors can
/// then be looked for at once. Else any error is the result.
OrErrors<ModelDoc> read_model(std::string_view text, const std::string& file,
                              Errors* found = nullptr);

} // namespace nnc
