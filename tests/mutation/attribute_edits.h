// Edits of the attributes of a node: axes, sizes, flags and numbers.
#pragma once

#include "mutation/edits.h"

namespace nnc::mutation {

/// Those that the node has, by name.
NamedAttrs named_attributes(const Built& node);

/// An entry one larger or smaller, neighbours exchanged, an entry left out, a flag the other way, a
/// literal that is another number.
void add_attribute_edits(const Built& node, std::vector<Edit>& edits);

} // namespace nnc::mutation
