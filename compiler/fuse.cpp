#include "compiler/fuse.h"

#include "compiler/fuse/expand.h"
#include "compiler/fuse/merge.h"
#include "compiler/fuse/stored.h"
#include "compiler/lower.h"
#include "ir/text/names.h"

namespace nnc {
namespace {

BufferRole leaf_role(Role role) {
  switch (role) {
  case Role::input:
    return BufferRole::input;
  case Role::param:
    return BufferRole::param;
  case Role::state:
    return BufferRole::state;
  case Role::constant:
    return BufferRole::constant;
  }
  throw InternalError("leaf of unknown role");
}

class Fusion {
public:
  Fusion(const Graph& graph, Context& context)
      : graph_(graph), stored_(choose_stored(graph)), names_(printed_names(graph)),
        buffer_of_(graph.value_count(), UINT32_MAX) {
    program_.name = graph.name;
    program_.flush_denormals = context.flush_denormals;
  }

  KernelProgram run() {
    make_buffers();
    std::vector<Kernel> kernels = make_kernels();
    add_ports(kernels);
    std::vector<bool> kept(program_.buffers.size(), false);
    for (const ProgramPort& port : program_.outputs) kept[port.buffer] = true;
    for (const auto& update : program_.updates) kept[update.copy_from] = true;
    std::vector<bool> checked(program_.buffers.size(), false);
    for (const RangeCheck& check : program_.checks) checked[check.buffer] = true;
    for (std::size_t i = 0; i < checked.size(); ++i) kept[i] = kept[i] || checked[i];
    KernelGraph merging(std::move(kernels), std::move(kept), std::move(checked));
    merge_pointwise(merging);
    merge_rows(merging);
    drop_unread(merging);
    localize(merging, program_.buffers);
    program_.kernels = merging.take_sorted();
    for (std::size_t k = 0; k < program_.kernels.size(); ++k)
      program_.kernels[k].name = program_.name + "_" + std::to_string(k);
    place_checks();
    return std::move(program_);
  }

private:
  const std::string& buffer_name(Value value) const { return names_[value.id]; }

  std::uint32_t add_buffer(std::string name, const Type& type, BufferRole role, OriginId origin) {
    program_.buffers.push_back(
        {.name = std::move(name), .type = type, .role = role, .data = {}, .origin = origin});
    return static_cast<std::uint32_t>(program_.buffers.size() - 1);
  }

  void make_buffers() {
    for (const Value leaf : graph_.inputs)
      buffer_of_[leaf.id] = add_buffer(graph_.leaf_name(leaf), graph_.type(leaf),
                                       leaf_role(graph_.role(leaf)), graph_.producer(leaf).origin);
    const std::vector<bool> live = graph_.live_nodes();
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
      const Node& node = graph_.node(NodeId{id});
      if (!live[id]) continue;
      for (int i = 0; i < node.result_count; ++i) {
        const Value value = graph_.result(NodeId{id}, i);
        if (!stored_[value.id] || buffer_of_[value.id] != UINT32_MAX) continue;
        const bool literal = node.row->literal && !graph_.type(value).scalar();
        const std::uint32_t buffer =
            add_buffer(buffer_name(value), graph_.type(value),
                       literal ? BufferRole::constant : BufferRole::arena, node.origin);
        if (literal) program_.buffers[buffer].data = graph_.attrs(node).literal("value");
        buffer_of_[value.id] = buffer;
      }
    }
  }

  std::vector<Kernel> make_kernels() {
    std::vector<Kernel> kernels;
    const std::vector<bool> live = graph_.live_nodes();
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
      const Node& node = graph_.node(NodeId{id});
      if (!live[id]) continue;
      add_checks(node);
      const bool computed = node.row->element || node.row->body;
      if (!computed || !stored_[node.first.id] ||
          program_.buffers[buffer_of_[node.first.id]].role == BufferRole::constant)
        continue;
      std::vector<std::uint32_t> temporaries;
      for (const Type& type : temporaries_of(graph_, NodeId{id}))
        temporaries.push_back(
            add_buffer(buffer_name(node.first) + ".part" + std::to_string(temporaries.size()), type,
                       BufferRole::arena, node.origin));
      for (Kernel& kernel : expand_kernels(graph_, NodeId{id}, buffer_of_, temporaries))
        kernels.push_back(std::move(kernel));
    }
    return kernels;
  }

  void add_checks(const Node& node) {
    if (!node.row->checks) return;
    std::vector<Type> in, out;
    for (const Value v : graph_.operands(node)) in.push_back(graph_.type(v));
    for (std::uint32_t i = 0; i < node.result_count; ++i)
      out.push_back(graph_.type(Value{node.first.id + i}));
    for (const IndexCheck& check : node.row->checks({in, out, graph_.attrs(node)}))
      program_.checks.push_back({.buffer = buffer_of_[node.inputs[check.operand].id],
                                 .extent = check.extent,
                                 .node = buffer_name(node.first),
                                 .origin = node.origin});
  }

  void add_ports(std::vector<Kernel>& kernels) {
    for (const Value leaf : graph_.inputs)
      program_.inputs.push_back({graph_.leaf_name(leaf), buffer_of_[leaf.id]});
    for (const Output& output : graph_.outputs) {
      std::uint32_t buffer = buffer_of_[output.value.id];
      if (program_.buffers[buffer].role == BufferRole::arena) {
        program_.buffers[buffer].role = BufferRole::output;
        program_.buffers[buffer].name = output.name;
      } else { // a leaf, a literal, or a value that is an output already
        const Buffer source = program_.buffers[buffer];
        const std::uint32_t copy =
            add_buffer(output.name, source.type, BufferRole::output, source.origin);
        kernels.push_back(copy_kernel(program_.buffers, buffer, copy));
        buffer = copy;
      }
      program_.outputs.push_back({output.name, buffer});
    }
    for (const Update& update : graph_.updates)
      program_.updates.push_back({.name = update.target,
                                  .target = leaf_buffer(update.target),
                                  .copy_from = buffer_of_[update.value.id]});
  }

  std::uint32_t leaf_buffer(const std::string& name) const {
    for (const ProgramPort& port : program_.inputs)
      if (port.name == name) return port.buffer;
    throw InternalError("update of '" + name + "', which is no leaf of the function");
  }

  /// A check runs as soon as its indices are known.
  void place_checks() {
    for (RangeCheck& check : program_.checks)
      for (std::size_t k = 0; k < program_.kernels.size(); ++k)
        for (const std::uint32_t written : buffers_written(program_.kernels[k]))
          if (written == check.buffer) check.before_kernel = static_cast<std::uint32_t>(k + 1);
  }

  const Graph& graph_;
  std::vector<bool> stored_;
  std::vector<std::string> names_;
  BufferOf buffer_of_;
  KernelProgram program_;
};

} // namespace

KernelProgram fuse(const Graph& graph, Context& context) { return Fusion(graph, context).run(); }

} // namespace nnc
