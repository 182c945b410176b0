#include "frontends/host/constants.h"

#include "frontends/model/leaf_values.h"
#include "ir/builder.h"

namespace nnc {

Result<Graph> embed_constants(const Graph& from, const Source& source) {
  Graph to(from.context(), from.name);
  to.part_counts = from.part_counts;
  Builder builder(to);
  std::vector<Value> map(from.value_count());
  for (const Value leaf : from.inputs) {
    const Type& type = from.type(leaf);
    const OriginId origin = from.producer(leaf).origin;
    if (from.role(leaf) != Role::constant) {
      map[leaf.id] = to.add_leaf(from.leaf_name(leaf), from.role(leaf), type, origin);
      continue;
    }
    const auto value = source.leaf_value(from.leaf_name(leaf), type, 0);
    if (!value) return value.error();
    builder.origin = origin;
    map[leaf.id] = builder.op("constant", {}, {{"type", type}, {"value", to_literal(*value)}});
    if (builder.error()) return *builder.error();
    to.carry_value_name(from, leaf, map[leaf.id]);
  }
  for (std::uint32_t id = 0; id < from.node_count(); ++id)
    if (!from.is_leaf(from.result(NodeId{id}))) copy_node(from, NodeId{id}, to, map);
  finish_copy(from, to, map);
  return to;
}

} // namespace nnc
