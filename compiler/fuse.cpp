#include "compiler/fuse.h"

#include "compiler/fuse/column_sums.h"
#include "compiler/fuse/control.h"
#include "compiler/fuse/expand.h"
#include "compiler/fuse/merge.h"
#include "compiler/fuse/merge_sums.h"
#include "compiler/fuse/stored.h"
#include "ir/kernel/kernel_list.h"
#include "ir/text/names.h"

#include <algorithm>

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
  /// The first `carries` outputs are updates of the first leaves.
  Fusion(const Graph& graph, Context& context, int carries = 0)
      : graph_(graph), context_(context), carries_(static_cast<std::size_t>(carries)),
        stored_(choose_stored(graph)), names_(printed_names(graph)),
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
    KernelGraph merging(std::move(kernels), std::move(kept), std::move(checked), stand_ins_);
    merge_sums(merging, program_.buffers);
    merge_pointwise(merging);
    merge_rows(merging);
    take_column_sums_along(merging, program_.buffers);
    drop_unread(merging);
    localize(merging, program_.buffers);
    std::vector<Kernel> sorted = merging.take_sorted();
    program_.kernels.reserve(sorted.size());
    for (Kernel& kernel : sorted)
      if (kernel.stages.empty())
        put_control(controls_.at(static_cast<std::size_t>(std::stoul(kernel.name))));
      else
        program_.kernels.push_back(std::move(kernel));
    name_kernels(program_);
    place_checks(program_);
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
    for (std::size_t i = 0; i < carries_; ++i)
      program_.buffers[buffer_of_[graph_.inputs[i].id]].role = BufferRole::state;
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
    const std::vector<bool> live = graph_.live_nodes();
    std::vector<Kernel> kernels;
    std::size_t expected = 0; // a vector that grows copies kernels
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id)
      expected += live[id] && stored_[graph_.node(NodeId{id}).first.id];
    kernels.reserve(expected + graph_.outputs.size());
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
      const Node& node = graph_.node(NodeId{id});
      if (!live[id]) continue;
      add_checks(node);
      if (node.row->control) kernels.push_back(stand_in(NodeId{id}, kernels.size()));
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

  /// A kernel without stages, whose name says which loop or branch it stands for.
  Kernel stand_in(NodeId id, std::size_t position) {
    const Node& node = graph_.node(id);
    ControlUnit unit{.control = node.row->control(graph_.attrs(node)),
                     .operands = {},
                     .results = {},
                     .origin = node.origin};
    for (const Value operand : graph_.operands(node))
      unit.operands.push_back(buffer_of_[operand.id]);
    for (int i = 0; i < node.result_count; ++i)
      unit.results.push_back(buffer_of_[graph_.result(id, i).id]);
    stand_ins_.push_back({.kernel = position, .reads = unit.operands, .writes = unit.results});
    Kernel kernel;
    kernel.name = std::to_string(controls_.size());
    controls_.push_back(std::move(unit));
    return kernel;
  }

  void put_control(const ControlUnit& unit) {
    const Control& control = unit.control;
    const Graph* other = control.condition ? control.condition.get() : control.otherwise.get();
    append_control(program_, unit, Fusion(*control.body, context_, control.carries).run(),
                   other ? Fusion(*other, context_).run() : KernelProgram{});
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
    for (std::size_t i = 0; i < carries_; ++i) {
      const std::uint32_t leaf = program_.inputs[i].buffer;
      const std::uint32_t next = buffer_of_[graph_.outputs[i].value.id];
      if (next != leaf) program_.updates.push_back({program_.inputs[i].name, leaf, next});
    }
    for (const Output& output : std::span(graph_.outputs).subspan(carries_)) {
      std::uint32_t buffer = buffer_of_[output.value.id];
      // What is carried on may be made where it is carried, so what is stacked of it is a copy,
      // which the same kernel writes.
      const bool carried =
          std::ranges::find(program_.updates, buffer, &KernelProgram::Update::copy_from) !=
          program_.updates.end();
      if (program_.buffers[buffer].role == BufferRole::arena && !carried) {
        program_.buffers[buffer].role = BufferRole::output;
        program_.buffers[buffer].name = output.name;
      } else { // a leaf, a literal, carried on, or an output already
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

  const Graph& graph_;
  Context& context_;
  const std::size_t carries_;
  std::vector<bool> stored_;
  std::vector<std::string> names_;
  BufferOf buffer_of_;
  std::vector<ControlUnit> controls_;
  std::vector<StandIn> stand_ins_;
  KernelProgram program_;
};

} // namespace

KernelProgram fuse(const Graph& graph, Context& context) { return Fusion(graph, context).run(); }

} // namespace nnc
