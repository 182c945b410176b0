// A ModelDoc as a JSON model file: keys in a fixed order, one node a line, the shortest digits that
// read back to the same number. Writing what was read from its own output changes nothing.
//
// Comments and keys of the writer's own (`x-...`) are not kept. Expressions stay as they were
// written.
#pragma once

#include "frontends/model/doc.h"

namespace nnc {

std::string write_model(const ModelDoc& doc);

} // namespace nnc
