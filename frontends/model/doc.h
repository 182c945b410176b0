// A model as it was written: the one data model that JSON files, text and C++ builders share.
//
// Names are not resolved and sizes may be symbols. frontends/json reads and writes it;
// frontends/model/build.h makes graphs of it.
#pragma once

#include "frontends/model/written.h"
#include "ir/graph.h"

#include <map>

namespace nnc {

/// A size as written: digits, or the name of a size symbol.
struct SizeDoc {
  std::int64_t value = 0;
  std::string symbol = {}; ///< empty: `value` counts
  bool operator==(const SizeDoc&) const = default;
};

struct TypeDoc {
  DType dtype = DType::f32;
  std::vector<SizeDoc> shape = {};
  Mark mark = {};
};
std::string to_string(const TypeDoc& type); ///< "f32[N,64]"
/// Reads `f32[N,64]`; E0201 or E0109 with the place inside the text.
Result<TypeDoc> parse_type_doc(std::string_view text, Mark mark, const std::string& file);

struct FileDoc {
  NameDoc file;
  std::string tensor = {}; ///< empty: the file holds one
};

/// An input, parameter, state or constant.
struct LeafDoc {
  NameDoc name;
  Role role = Role::input;
  std::optional<TypeDoc> type = {};  ///< absent only where a file gives it
  std::optional<AttrDoc> init = {};  ///< params and state; how is frontends/nn's business
  std::optional<AttrDoc> value = {}; ///< constants
  std::optional<FileDoc> file = {};
};

struct NodeDoc {
  std::vector<NameDoc> out;
  std::string text = {}; ///< the expression as written; empty: written as an object
  /// What it computes. A node written as an object is one call of its op.
  Expression expression = {};
  std::string scope = {};
  std::optional<TypeDoc> type = {}; ///< an assertion about the (first) result
  Mark mark = {};
  bool damaged = false; ///< an error told of it; what it computes is not known
};

struct FunctionDoc {
  NameDoc name;
  /// Operands by name; absent: found by walking back from the outputs.
  std::optional<std::vector<NameDoc>> in = {};
  std::vector<NameDoc> out = {};
  std::vector<std::pair<NameDoc, NameDoc>> update = {}; ///< target, new value
  std::optional<NameDoc> minimize = {};
  std::optional<AttrDoc> optimizer = {};
  std::vector<std::pair<NameDoc, SizeDoc>> sizes = {};
  std::optional<bool> training = {};
  // Of local functions:
  bool local = false;
  std::vector<LeafDoc> inputs = {};
  std::vector<NodeDoc> nodes = {};
  Mark mark = {};
  bool damaged = false; ///< an error told of it
};

struct ModelDoc {
  std::string file = {}; ///< as errors name it
  std::string name = {};
  bool keep_denormals = false;
  std::vector<std::pair<NameDoc, SizeDoc>> sizes = {};
  std::vector<LeafDoc> inputs = {};
  std::vector<LeafDoc> params = {};
  std::vector<LeafDoc> state = {};
  std::vector<LeafDoc> constants = {};
  std::vector<NodeDoc> nodes = {};
  std::vector<FunctionDoc> functions = {};
  /// Definitions could not be read, so that names that nothing seems to define may be theirs.
  bool values_lost = false, functions_lost = false;
  bool sizes_lost = false;              ///< so that a size without a value may have one
  std::vector<NameDoc> lost_sizes = {}; ///< those of which the names are known

  Place place(Mark mark) const { return {file, mark.line, mark.column, mark.length}; }
  const FunctionDoc* function(std::string_view function_name) const;
  /// Inputs, params, state, constants: in this order.
  std::vector<const LeafDoc*> leaves() const;
};

/// Errors that do not hide each other, in the order of their places; at most `error_limit`.
using Errors = std::vector<Error>;
inline constexpr std::size_t error_limit = 20;
/// Each once, in the order of their places, the first `error_limit` of them.
Errors in_order(Errors errors);
template <class T>
using OrErrors = std::variant<T, Errors>;

/// A name as models write it: letters, digits and `_ . / -`, no digit or `-` first.
bool is_name(std::string_view text);
/// A name that may stand bare in expressions: letters, digits and `_`, no digit first.
bool is_bare_name(std::string_view text);
/// The name as expressions write it: in backquotes unless it may stand bare.
std::string written_name(std::string_view name);

} // namespace nnc
