#include "mutation/attribute_edits.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace nnc::mutation {
namespace {

using Integers = std::vector<std::int64_t>;
using Lists = std::vector<Integers>;

struct Change {
  std::string name;
  AttrValue value;
};

std::string_view kind_of_edit(std::string_view attribute, AttrKind kind) {
  for (const std::string_view axes : {"axes", "axis", "perm", "batch", "contract"})
    if (attribute == axes) return "wrong axis";
  return kind == AttrKind::literal || kind == AttrKind::real ? "wrong constant" : "wrong attribute";
}

std::vector<std::pair<std::string, Integers>> changed_lists(const Integers& list) {
  std::vector<std::pair<std::string, Integers>> changes;
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (const std::int64_t by : {1, -1}) {
      Integers other = list;
      other[i] += by;
      if (other[i] >= 0) changes.emplace_back(fmt::format("[{}] {:+}", i, by), other);
    }
    if (i + 1 < list.size() && list[i] != list[i + 1]) {
      Integers other = list;
      std::swap(other[i], other[i + 1]);
      changes.emplace_back(fmt::format("[{}] and [{}] exchanged", i, i + 1), other);
    }
    Integers shorter = list;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    changes.emplace_back(fmt::format("without [{}]", i), shorter);
  }
  return changes;
}

/// 1 in the place of 0, and half as much again of any other number.
double other_number(double value) { return value == 0 ? 1 : 1.5 * value; }

Literal other_literal(const Literal& literal) {
  auto bytes = std::make_shared<std::vector<std::byte>>(*literal.bytes);
  const DType dtype = literal.type.dtype;
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    if (is_float(dtype))
      store_real(dtype, bytes->data(), i, other_number(literal_real(literal, i)));
    else if (dtype == DType::boolean)
      store_integer(dtype, bytes->data(), i, !literal_integer(literal, i));
    else
      store_integer(dtype, bytes->data(), i, literal_integer(literal, i) + 1);
  return {literal.type, std::move(bytes)};
}

/// Dtypes, types and texts are left alone: the type rules check them.
struct Changes {
  std::vector<Change> operator()(std::int64_t value) const {
    std::vector<Change> changes{{"+1", value + 1}};
    if (value > 0) changes.push_back({"-1", value - 1});
    return changes;
  }
  std::vector<Change> operator()(double value) const {
    return {{"another number", other_number(value)}};
  }
  std::vector<Change> operator()(bool value) const { return {{"the other way", !value}}; }
  std::vector<Change> operator()(const Integers& list) const {
    std::vector<Change> changes;
    for (auto& [name, value] : changed_lists(list)) changes.push_back({name, std::move(value)});
    return changes;
  }
  std::vector<Change> operator()(const Lists& lists) const {
    std::vector<Change> changes;
    for (std::size_t side = 0; side < lists.size(); ++side)
      for (auto& [name, value] : changed_lists(lists[side])) {
        Lists other = lists;
        other[side] = std::move(value);
        changes.push_back({fmt::format("[{}]{}", side, name), other});
      }
    return changes;
  }
  std::vector<Change> operator()(const Literal& literal) const {
    return {{"another number", other_literal(literal)}};
  }
  template <class Other>
  std::vector<Change> operator()(const Other&) const {
    return {};
  }
};

} // namespace

NamedAttrs named_attributes(const Built& node) {
  NamedAttrs named;
  for (std::size_t i = 0; i < node.attrs.size(); ++i)
    if (!absent(node.attrs[i])) named.push_back({node.row.attrs[i].name, node.attrs[i]});
  return named;
}

void add_attribute_edits(const Built& node, std::vector<Edit>& edits) {
  for (std::size_t i = 0; i < node.attrs.size(); ++i) {
    const AttrSpec& spec = node.row.attrs[i];
    for (const Change& change : std::visit(Changes{}, node.attrs[i]))
      edits.push_back({std::string(kind_of_edit(spec.name, spec.kind)),
                       fmt::format("{} {}", spec.name, change.name),
                       [i, value = change.value](Builder& b, Built n) {
                         n.attrs[i] = value;
                         return build_node(b, n);
                       }});
  }
}

} // namespace nnc::mutation
