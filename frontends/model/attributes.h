// Attributes and constants as written, in the kinds that rows and functions take.
#pragma once

#include "frontends/model/sizes.h"
#include "frontends/nn/functions.h"

namespace nnc {

/// `value` for the attribute `attr` of `user`: size symbols become numbers, null is absent. E0204
/// without a place.
Result<AttrValue> attribute_value(std::string_view user, const nn::AttrDecl& attr,
                                  const AttrDoc& value, const Sizes& sizes);

/// A tensor of `type` from a number (every element), or a list of numbers: nested as the shape, or
/// flat. "nan", "inf" and "-inf" stand for what JSON cannot write. E0107 with the place. A list may
/// have `max_inline_elements`.
Result<Literal> literal_value(const AttrDoc& value, const Type& type, const std::string& file);

inline constexpr std::int64_t max_inline_elements = 4096;

} // namespace nnc
