// Model files in JSON (docs/model.md) as a ModelDoc. Every error has its place, names the nearest
// known key, and hides no independent one: up to 20 are reported, in the order of the file.
#pragma once

#include "frontends/model/doc.h"

namespace nnc {

/// `file` is what errors call the text.
OrErrors<ModelDoc> read_model(std::string_view text, const std::string& file);

} // namespace nnc
