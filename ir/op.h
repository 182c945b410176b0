// One op = one row: everything nnc knows about an operation stands in its `OpRow`, and every
// consumer (builder, text, JSON, verifier, interpreter, differentiation, fusion, code generation,
// documentation, law tests) works from the row alone. Rows are values in an `OpTable` that is
// handed to those who need it; tests add rows and break them.
#pragma once

#include "ir/attributes.h"

#include <functional>
#include <map>

namespace nnc {

struct OpRow;
class ElementBuilder; // ir/element.h
class BodyBuilder;    // ir/element.h
class Pullback;       // ir/pullback.h
class Batching;       // ir/batching.h
struct Control;       // ir/control.h
struct Expr;          // ir/kernel/expr.h
struct Index;         // ir/kernel/index.h

/// Reads a node's attributes by name. Asking for one the row does not declare is an InternalError.
class AttrView {
public:
  AttrView(const OpRow& row, const Attrs& attrs) : row_(&row), attrs_(&attrs) {}
  const AttrValue& get(std::string_view name) const;
  bool has(std::string_view name) const { return !absent(get(name)); }
  bool declares(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double real(std::string_view name) const;
  bool boolean(std::string_view name) const;
  const std::string& string(std::string_view name) const;
  const std::vector<std::int64_t>& integers(std::string_view name) const;
  const std::vector<std::vector<std::int64_t>>& integer_lists(std::string_view name) const;
  DType dtype(std::string_view name) const;
  const Type& type(std::string_view name) const;
  const Literal& literal(std::string_view name) const;
  const Body& body(std::string_view name) const;

private:
  const OpRow* row_;
  const Attrs* attrs_;
};

/// What a type rule sees. It may put attributes into canonical form (negative axes, defaults that
/// depend on shapes), so that equal nodes become one.
struct InferArgs {
  const OpRow& row;
  std::vector<Type> in;
  Attrs& attrs;

  AttrView view() const { return {row, attrs}; }
  void set(std::string_view name, AttrValue value);
  /// "name: message" with code E0203 (operands).
  Error operand_error(std::string message, std::string help = {}) const;
  /// "name: message" with code E0204 (attributes).
  Error attr_error(std::string message, std::string help = {}) const;
};

/// What an op's arithmetic costs, for tests of cost laws and for scheduling.
struct CostArgs {
  const std::vector<Type>& in;
  const std::vector<Type>& out;
  AttrView attrs;
};

/// Operand `operand` holds positions in 0..extent-1 that must be checked before they are used.
struct IndexCheck {
  int operand = 0;
  std::int64_t extent = 0;
};

/// How a formula writes an op whose operands are a, b.
enum class Notation : std::uint8_t {
  call,            ///< name(a, b)
  operand,         ///< a: moving elements about goes without saying
  negative,        ///< -a
  sum,             ///< a + b
  difference,      ///< a - b
  product,         ///< a * b
  quotient,        ///< a / b
  power,           ///< a^b
  matrix_product,  ///< a b, a^T b where axis 0 is contracted; by attributes batch and contract
  transposed,      ///< a^T
  over_axes,       ///< name_axes(a); by attribute axes
  linear_over_axes ///< the same, with factors in front of it
};

struct OpRow {
  std::string name;
  std::string kind; ///< "element-wise", "layout", "reduce", ...: the file of the row
  int min_operands = 1;
  int max_operands = 1; ///< -1: any number
  int results = 1;      ///< -1: by the type rule
  std::vector<AttrSpec> attrs = {};
  std::string doc = {};        ///< one line: what it computes, with conventions at corners
  std::string derivative = {}; ///< the gradient as a formula, or why there is none
  Notation formula = Notation::call;

  /// Result types, or why the operands do not fit.
  Result<std::vector<Type>> (*infer)(InferArgs& args) = nullptr;
  /// The element of a result at given output indices, in terms of elements of the inputs.
  Expr (*element)(ElementBuilder& e, int result, std::span<const Index> at) = nullptr;
  /// Instead of `element`, for the few ops whose elements are not independent of each other.
  void (*body)(BodyBuilder& b) = nullptr;
  /// Of a row that runs graphs, instead of both: which, how often and on what.
  Control (*control)(const AttrView& attrs) = nullptr;
  /// Builds cotangents of the inputs from those of the results; null: no gradient flows.
  void (*grad)(Pullback& p) = nullptr;
  /// Builds the node for many examples at once; null: element-wise rows need no rule, and nodes
  /// without operands are the same for every example.
  void (*batch)(Batching& b) = nullptr;
  /// Arithmetic operations of the whole node (a transcendental counts 10); null: elements of all
  /// results times 1.
  double (*cost)(const CostArgs& args) = nullptr;
  /// Which operands index which extents.
  std::vector<IndexCheck> (*checks)(const CostArgs& args) = nullptr;

  bool elementwise = false; ///< same-shape operands, result element i from operand elements i
  bool commutative = false;
  /// `grad` only moves elements, whatever their dtype (it neither adds nor multiplies them): the
  /// cotangent's mask travels through it as well.
  bool moves_cotangent = false;
  /// Interning and rewrites never see through it (cut, barrier, input).
  bool opaque = false;
  /// A leaf of a function: holds its name and role, and nothing computes it.
  bool leaf = false;
  /// Holds its value in the attribute `value`.
  bool literal = false;
  /// Repeats the elements of its operand: a literal below it is as good as a literal.
  bool repeats = false;
  /// The operand, which is a constant to every derivative.
  bool stops_gradient = false;
};

/// Rows by name; keeps references valid as rows are added.
class OpTable {
public:
  /// Adds a row; replaces one of the same name (tests break rows that way).
  const OpRow& add(OpRow row);
  const OpRow* find(std::string_view name) const;
  /// The row that must be there.
  const OpRow& at(std::string_view name) const;
  /// In the order in which they were added.
  std::vector<const OpRow*> rows() const;

private:
  std::deque<OpRow> rows_;
  std::map<std::string, OpRow*, std::less<>> by_name_;
};

/// Every op of nnc: ir/ops/*.cpp.
OpTable standard_ops();

/// Position of an attribute in the row, or -1.
int attr_position(const OpRow& row, std::string_view name);

} // namespace nnc
