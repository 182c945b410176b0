// Reads the value of an attribute, a type or a literal at a cursor.
//
// On failure the error says what should have come, at its place, and the cursor may be anywhere.
#pragma once

#include "ir/graph.h"
#include "ir/text/cursor.h"

namespace nnc {

/// E0130: "`wanted` should come here, not 'x'".
Error unexpected(Cursor& cursor, std::string_view wanted);

/// `f32[2,3]`
Result<Type> read_type(Cursor& cursor);

/// The elements of a constant: one that stands for all of `type`, or a list.
struct LiteralText {
  Type type;
  bool splat = false;
  Literal literal; ///< a scalar for a splat
};
/// `f32(0.5)`, `f32[2,3](0.5)`, `i32[2]([1, 2])`
Result<LiteralText> read_literal(Cursor& cursor);
/// Whether the word `word`, just read, begins a literal: a dtype before a bracket.
bool begins_literal(std::string_view word, Cursor& cursor);

/// A value of `kind`; bodies are not read here.
Result<AttrValue> read_attribute(Cursor& cursor, AttrKind kind);

} // namespace nnc
