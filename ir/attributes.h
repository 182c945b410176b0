// Attributes of nodes: small constants that select what an op does (axes, a dtype, a literal).
//
// A row declares its attributes in order (`AttrSpec`); a node holds one value per declared
// attribute, in that order, so that equal nodes have equal attribute lists and intern to one.
#pragma once

#include "ir/types.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <unordered_map>

namespace nnc {

class Graph;

/// Row-major bytes of a constant tensor. Compared by dtype, shape and bits: -0 is not +0.
struct Literal {
  Type type;
  std::shared_ptr<const std::vector<std::byte>> bytes;
  bool operator==(const Literal& other) const {
    return type == other.type && *bytes == *other.bytes;
  }
};

/// A literal of `type` with every element `value` (rounded or wrapped to the dtype).
Literal splat_literal(const Type& type, double value);
Literal splat_literal(const Type& type, std::int64_t value);
/// Element `i` of a literal, widened.
double literal_real(const Literal& literal, std::int64_t i);
std::int64_t literal_integer(const Literal& literal, std::int64_t i);
/// Writes a real (or integer) at element `i` of row-major `bytes` of `dtype`.
void store_real(DType dtype, std::byte* bytes, std::int64_t i, double value);
void store_integer(DType dtype, std::byte* bytes, std::int64_t i, std::int64_t value);
double load_real(DType dtype, const std::byte* bytes, std::int64_t i);
std::int64_t load_integer(DType dtype, const std::byte* bytes, std::int64_t i);

/// A closed sub-graph (of call, scan, ...). Bodies are compared by identity.
struct Body {
  std::shared_ptr<const Graph> graph;
  bool operator==(const Body&) const = default;
};

enum class AttrKind : std::uint8_t {
  integer,
  real,
  boolean,
  string,
  integers,
  integer_lists,
  dtype,
  type,
  literal,
  body
};
std::string_view attr_kind_name(AttrKind kind);

/// The alternatives after the first stand in the order of AttrKind; the first means "not given".
using AttrValue =
    std::variant<std::monostate, std::int64_t, double, bool, std::string, std::vector<std::int64_t>,
                 std::vector<std::vector<std::int64_t>>, DType, Type, Literal, Body>;
bool absent(const AttrValue& value);
/// The kind of a value that is not absent.
AttrKind kind_of(const AttrValue& value);
/// As the text form writes it: 3, 0.5, "s", [1,2], [[0],[1]], f32, f32[2]([1.0, 2.0]), ...
std::string attr_text(const AttrValue& value);
/// Equal by bits: 0.0 and -0.0 differ, a NaN equals itself.
bool same_attr(const AttrValue& a, const AttrValue& b);
/// The shortest text that reads back to the same value of `dtype`: 0.1, 1e-10, -inf, nan.
std::string real_text(double value, DType dtype = DType::f64);
/// Element `i` of a literal: 0.5, 3, true.
std::string element_text(const Literal& literal, std::int64_t i);

struct AttrSpec {
  std::string name;
  AttrKind kind = AttrKind::integer;
  bool required = false;
  AttrValue fallback = {}; ///< used when not given; absent lets the row's type rule choose
  std::string doc = {};
};

using Attrs = std::vector<AttrValue>; ///< one per AttrSpec of the row, same order

struct AttrsId {
  std::uint32_t id = 0;
  bool operator==(const AttrsId&) const = default;
};

class AttrPool {
public:
  AttrPool() { intern({}); }
  AttrsId intern(Attrs attrs);
  const Attrs& operator[](AttrsId id) const { return lists_[id.id]; }

private:
  std::deque<Attrs> lists_;
  std::unordered_multimap<std::size_t, std::uint32_t> interned_;
};

} // namespace nnc
