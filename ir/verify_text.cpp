#include "ir/text/cursor.h"
#include "ir/verify.h"

#include <algorithm>
#include <set>

namespace nnc {
namespace {

constexpr std::uint32_t neighbours = 2; ///< lines shown before and after one at fault
constexpr std::size_t widest_mark = 72;

/// A graph as lines, whatever is wrong with it.
class FaultPrinter {
public:
  FaultPrinter(const Graph& graph, std::span<const GraphFault* const> faults)
      : graph_(graph), faults_(faults) {}

  std::string run() {
    std::string text = header() + marks(NodeId{}, 0, 0);
    std::set<std::uint32_t> shown;
    for (const GraphFault* fault : faults_)
      for (std::uint32_t id = fault->node.id - std::min(fault->node.id, neighbours);
           fault->node.valid() && id <= fault->node.id + neighbours && id < graph_.node_count();
           ++id)
        shown.insert(id);
    std::uint32_t next = 0;
    for (const std::uint32_t id : shown) {
      if (id != next) text += "  ...\n";
      next = id + 1;
      const std::string line = node(NodeId{id});
      text += "  " + line + "\n" + marks(NodeId{id}, 2, line.size());
    }
    if (next != graph_.node_count()) text += "  ...\n";
    return text + "}\n";
  }

private:
  std::string marks(NodeId id, std::size_t indent, std::size_t width) const {
    const std::string margin(indent, ' ');
    std::string text;
    for (const GraphFault* fault : faults_) {
      if (fault->node != id) continue;
      if (text.empty() && width > 0)
        text = margin + "^" + std::string(std::min(width, widest_mark) - 1, '~') + "\n";
      text += margin + "error: " + std::string(fault->rule) + ": " + fault->message + "\n";
    }
    return text;
  }

  std::string ref(Value value) const {
    if (value.id >= graph_.value_count()) return "%?";
    const std::string& name = graph_.value_name(value);
    return "%" + (name.empty() ? std::to_string(value.id) : quoted_name(name));
  }
  std::string type(Value value) const {
    return value.id < graph_.value_count() ? to_string(graph_.type(value)) : "?";
  }

  std::string header() const {
    std::string leaves, outputs, updates;
    for (const Value leaf : graph_.inputs)
      leaves += (leaves.empty() ? "" : ", ") + ref(leaf) + ": " + type(leaf);
    for (const Output& output : graph_.outputs)
      outputs +=
          (outputs.empty() ? "" : ", ") + quoted_name(output.name) + " = " + ref(output.value);
    for (const Update& update : graph_.updates)
      updates +=
          (updates.empty() ? "" : ", ") + quoted_name(update.target) + " = " + ref(update.value);
    return "func @" + quoted_name(graph_.name) + "(" + leaves + ") -> (" + outputs + ")" +
           (updates.empty() ? "" : " update (" + updates + ")") + " {\n";
  }

  std::string node(NodeId id) const {
    const Node& node = graph_.node(id);
    std::string results, types, operands;
    for (std::uint32_t i = 0; i < node.result_count; ++i) {
      results += (i ? ", " : "") + ref(Value{node.first.id + i});
      types += (i ? ", " : "") + type(Value{node.first.id + i});
    }
    for (std::size_t i = 0; i < node.input_count; ++i)
      operands += (i ? ", " : " ") + ref(node.inputs[i]);
    return results + " = " + node.row->name + operands + attributes(node) + " : " + types;
  }

  static bool has_its_bytes(const Literal& literal) {
    return literal.bytes && std::ssize(*literal.bytes) == literal.type.bytes();
  }

  std::string attributes(const Node& node) const {
    std::string text;
    const Attrs& attrs = graph_.context().attrs[node.attrs];
    for (std::size_t i = 0; i < attrs.size(); ++i) {
      if (absent(attrs[i])) continue;
      const Literal* literal = std::get_if<Literal>(&attrs[i]);
      const bool large = literal && (!has_its_bytes(*literal) || literal->type.elements() > 8);
      text += (text.empty() ? " {" : ", ") +
              (i < node.row->attrs.size() ? node.row->attrs[i].name : std::string("?")) + " = " +
              (large ? to_string(literal->type) + "(...)" : attr_text(attrs[i]));
    }
    return text.empty() ? text : text + "}";
  }

  const Graph& graph_;
  std::span<const GraphFault* const> faults_;
};

} // namespace

std::string fault_text(const Graph& graph, std::span<const GraphFault> faults) {
  std::vector<const Graph*> graphs;
  for (const GraphFault& fault : faults)
    if (const Graph* at = fault.body ? fault.body.get() : &graph;
        std::ranges::find(graphs, at) == graphs.end())
      graphs.push_back(at);
  std::string text;
  for (const Graph* each : graphs) {
    std::vector<const GraphFault*> own;
    for (const GraphFault& fault : faults)
      if ((fault.body ? fault.body.get() : &graph) == each) own.push_back(&fault);
    text += FaultPrinter(*each, own).run();
  }
  return text;
}

} // namespace nnc
