// Nodes, their handles, and the table by which equal nodes are found.
#pragma once

#include "ir/op.h"
#include "ir/origin.h"

#include <algorithm>

namespace nnc {

/// One result of one node.
struct Value {
  std::uint32_t id = UINT32_MAX;
  bool valid() const { return id != UINT32_MAX; }
  bool operator==(const Value&) const = default;
  auto operator<=>(const Value&) const = default;
};

struct NodeId {
  std::uint32_t id = UINT32_MAX;
  bool valid() const { return id != UINT32_MAX; }
  bool operator==(const NodeId&) const = default;
};

struct Node {
  const OpRow* row = nullptr;
  const Value* inputs = nullptr;
  AttrsId attrs;
  OriginId origin;
  Value first; ///< results are first, first + 1, ...
  std::uint16_t input_count = 0;
  std::uint16_t result_count = 1;
};
static_assert(sizeof(Node) <= 48);

/// What makes nodes equal.
struct NodeKey {
  const OpRow& row;
  std::span<const Value> operands;
  AttrsId attrs;

  static NodeKey of(const Node& node) {
    return {*node.row, {node.inputs, node.input_count}, node.attrs};
  }
  bool operator==(const NodeKey& other) const {
    return &row == &other.row && attrs == other.attrs &&
           std::ranges::equal(operands, other.operands);
  }
};

/// Finds nodes by their keys. A node is put near its last operand, so that passes, which build in
/// order of operands, go through the table in order too; only where many nodes share that operand
/// do they spread over the whole table.
class NodeTable {
public:
  /// The slot of the node with this key, else the free one where it belongs: node id + 1, 0 = free.
  /// Every slot looked at is counted. `nodes[i]` is node i of those that are in the table.
  template <class Nodes>
  std::uint32_t* find(const Nodes& nodes, const NodeKey& key, std::uint64_t& looked) {
    if (nodes.size() * spare >= slots_.size()) resize(nodes, slots_.size() * 2);
    return slot_of(nodes, key, looked);
  }
  template <class Nodes>
  void reserve(const Nodes& nodes, std::size_t count) {
    std::size_t size = slots_.size();
    while (size <= count * spare) size *= 2;
    if (size > slots_.size()) resize(nodes, size);
  }

private:
  static constexpr std::size_t spare = 4; ///< slots for each node
  static constexpr std::size_t near = 16; ///< slots tried at the operand

  template <class Nodes>
  std::uint32_t* slot_of(const Nodes& nodes, const NodeKey& key, std::uint64_t& looked) {
    const std::size_t mask = slots_.size() - 1;
    const auto fits = [&](std::uint32_t entry) {
      ++looked;
      return !entry || NodeKey::of(nodes[entry - 1]) == key;
    };
    std::uint32_t last = 0;
    for (const Value operand : key.operands) last = std::max(last, operand.id);
    std::size_t slot = last * spare & mask;
    for (std::size_t i = 0; !key.operands.empty() && i < near; ++i, slot = (slot + 1) & mask)
      if (fits(slots_[slot])) return &slots_[slot];
    for (slot = hash(key) & mask; !fits(slots_[slot]);) slot = (slot + 1) & mask;
    return &slots_[slot];
  }
  template <class Nodes>
  void resize(const Nodes& nodes, std::size_t size) {
    slots_.assign(size, 0);
    std::uint64_t looked = 0;
    for (std::size_t id = 0; id < nodes.size(); ++id)
      *slot_of(nodes, NodeKey::of(nodes[id]), looked) = static_cast<std::uint32_t>(id) + 1;
  }
  static std::size_t hash(const NodeKey& key);

  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(1024);
};

} // namespace nnc
