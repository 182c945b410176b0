#include "ir/interpret/tape_cache.h"

namespace nnc::interpreter {
namespace {

template <class T>
void append(std::string& key, T value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void make_key(std::string& key, const Graph& graph, const Node& node) {
  key.clear();
  append(key, &graph.context()); // attributes are interned there
  append(key, node.row);
  append(key, node.attrs.id);
  const auto operands = graph.operands(node);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    // x * x reads one buffer, x * y two
    std::size_t first = 0;
    while (operands[first] != operands[i]) ++first;
    append(key, static_cast<std::uint16_t>(first));
    const Type& type = graph.type(operands[i]);
    append(key, type.dtype);
    append(key, static_cast<std::uint8_t>(type.rank()));
    for (const std::int64_t size : type.shape) append(key, size);
  }
}

} // namespace

const Tape& TapeCache::tape(const Graph& graph, NodeId id) {
  make_key(key_, graph, graph.node(id));
  const auto [found, fresh] = tapes_.try_emplace(key_);
  if (fresh)
    found->second =
        std::make_unique<Tape>(compile_tape(graph, id, graph.context().flush_denormals));
  return *found->second;
}

} // namespace nnc::interpreter
