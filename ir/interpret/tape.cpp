#include "ir/interpret/tape_compiler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace nnc::interpreter {
namespace {

/// Ops that hand bits on; everything else is arithmetic, to which denormals count as zero.
bool moves_bits(ScalarOp op) {
  switch (op) {
  case ScalarOp::constant:
  case ScalarOp::element:
  case ScalarOp::neg:
  case ScalarOp::abs:
  case ScalarOp::select:
  case ScalarOp::bitcast:
  case ScalarOp::is_finite:
  case ScalarOp::is_nan:
    return true;
  default:
    return false;
  }
}

} // namespace

Tape TapeCompiler::run() {
  if (node_.row->body) {
    BodyBuilder builder(graph_, id_, pool_, keys_);
    node_.row->body(builder);
    tape_.temporaries = builder.temporaries();
    for (const BodyNest& nest : builder.take()) compile_nest(nest);
  } else {
    for (int result = 0; result < node_.result_count; ++result) compile_nest(element(result));
  }
  return std::move(tape_);
}

BodyNest TapeCompiler::element(int result) {
  BodyNest nest;
  std::vector<Index> at;
  for (const std::int64_t extent : graph_.type(graph_.result(id_, result)).shape) {
    nest.axes.push_back(pool_.indices().new_axis(extent, "i" + std::to_string(at.size())));
    at.push_back(pool_.indices().of(nest.axes.back()));
  }
  nest.serial.assign(nest.axes.size(), false);
  ElementBuilder builder(graph_, id_, pool_, keys_);
  const Expr value = node_.row->element(builder, result, at);
  nest.stores.push_back({.result = result, .at = at, .value = value});
  return nest;
}

void TapeCompiler::compile_nest(const BodyNest& nest) {
  TapeNest made;
  made.block = open_scope(nest.axes);
  for (std::size_t i = 0; i < nest.axes.size(); ++i) {
    const std::int64_t extent = pool_.indices().axis(nest.axes[i]).extent;
    if (nest.serial[i]) {
      made.serial.push_back(extent);
      made.counter.push_back(counter(nest.axes[i]));
    } else {
      made.parallel.push_back(extent);
      made.position.push_back(tape_.integers++);
      lane_axes_[nest.axes[i].id] = made.position.back();
    }
  }
  std::vector<Expr> roots;
  std::vector<Index> offsets;
  for (const BodyStore& store : nest.stores) {
    offsets.push_back(linearize(pool_.indices(), store.at, result_type(store).shape));
    roots.push_back(store.value);
    if (store.guard.valid()) roots.push_back(store.guard);
    for (const std::uint32_t data : pool_.indices().data_of(offsets.back()))
      roots.push_back(Expr{data});
  }
  mark_flushed(roots);
  for (const BodyStore& store : nest.stores)
    if (store.accumulate) needs_flush_[store.value.id] = flush_;
  compile(roots);
  for (std::size_t i = 0; i < nest.stores.size(); ++i)
    made.stores.push_back(compile_store(nest.stores[i], offsets[i]));
  tape_.nests.push_back(std::move(made));
  scopes_.clear();
  slots_.clear();
  flushed_.clear();
  lane_axes_.clear();
  index_slots_.clear();
}

const Type& TapeCompiler::result_type(const BodyStore& store) const {
  if (store.result < node_.result_count) return graph_.type(graph_.result(id_, store.result));
  return tape_.temporaries[static_cast<std::size_t>(store.result - node_.result_count)];
}

const Type& TapeCompiler::type_of(std::uint32_t value) const {
  const std::uint32_t count = graph_.value_count();
  return value < count ? graph_.type(Value{value}) : tape_.temporaries[value - count];
}

Store TapeCompiler::compile_store(const BodyStore& store, Index offset) {
  const DType dtype = result_type(store).dtype;
  if (pool_.dtype(store.value) != dtype)
    throw InternalError(node_.row->name + ": the element is " +
                        std::string(dtype_name(pool_.dtype(store.value))) + ", the result " +
                        std::string(dtype_name(dtype)));
  Store made{.result = static_cast<std::uint32_t>(store.result), .dtype = dtype};
  made.offset = index_slot(offset);
  made.value = store.accumulate ? operand(store.value) : slots_.at(store.value.id);
  if (store.guard.valid()) made.guard = slots_.at(store.guard.id);
  made.accumulate = store.accumulate;
  return made;
}

std::uint32_t TapeCompiler::open_scope(std::span<const Axis> axes) {
  const auto block = static_cast<std::uint32_t>(tape_.blocks.size());
  tape_.blocks.emplace_back();
  scopes_.push_back({{axes.begin(), axes.end()}, block});
  return block;
}

std::uint32_t TapeCompiler::counter(Axis axis) {
  const auto [found, fresh] = counters_.try_emplace(axis.id, tape_.counters);
  if (fresh) ++tape_.counters;
  return found->second;
}

bool TapeCompiler::bound(Axis axis) const {
  return std::ranges::any_of(scopes_, [&](const Scope& scope) {
    return std::ranges::find(scope.axes, axis) != scope.axes.end();
  });
}

bool TapeCompiler::empty_loop(const ExprNode& node) const {
  return std::ranges::any_of(pool_.axis_list(node),
                             [&](Axis axis) { return pool_.indices().axis(axis).extent == 0; });
}

std::vector<Expr> TapeCompiler::order(std::span<const Expr> roots) const {
  std::vector<bool> seen(pool_.size(), false);
  std::vector<Expr> pending(roots.begin(), roots.end()), found;
  while (!pending.empty()) {
    const Expr next = pending.back();
    pending.pop_back();
    if (seen[next.id]) continue;
    seen[next.id] = true;
    found.push_back(next);
    const ExprNode& node = pool_.node(next);
    if (node.op == ScalarOp::reduce && empty_loop(node)) continue;
    pool_.children(next, pending);
  }
  std::ranges::sort(found, {}, &Expr::id);
  return found;
}

void TapeCompiler::mark_flushed(std::span<const Expr> roots) {
  needs_flush_.resize(pool_.size() + 1, false);
  if (!flush_) return;
  for (const Expr expr : order(roots)) {
    const ExprNode& node = pool_.node(expr);
    if (moves_bits(node.op)) continue;
    for (int i = 0; i < node.arity; ++i) needs_flush_[node.operand[i].id] = true;
  }
}

void TapeCompiler::compile(std::span<const Expr> roots) {
  for (const Expr expr : order(roots)) {
    if (slots_.contains(expr.id)) continue;
    if (!std::ranges::all_of(pool_.free_axes(expr), [&](Axis axis) { return bound(axis); }))
      continue;
    slots_[expr.id] = emit(expr);
    emit_flush(expr);
  }
}

void TapeCompiler::emit_flush(Expr expr) {
  const ExprNode& node = pool_.node(expr);
  const bool wide = node.dtype == DType::f32 || node.dtype == DType::f64;
  if (!wide || !needs_flush_[expr.id] || !moves_bits(node.op)) return;
  Step step{.kind = StepKind::flush, .dtype = node.dtype, .a = slots_.at(expr.id)};
  step.to = flushed_[expr.id] = new_slot(node.dtype);
  steps().push_back(step);
}

std::uint32_t TapeCompiler::operand(Expr expr) const {
  const auto found = flushed_.find(expr.id);
  return found != flushed_.end() ? found->second : slots_.at(expr.id);
}

std::uint32_t TapeCompiler::emit(Expr expr) {
  const ExprNode node = pool_.node(expr);
  switch (node.op) {
  case ScalarOp::constant:
    return emit_constant(node.dtype, node.bits);
  case ScalarOp::index:
    return index_slot(Index{node.source});
  case ScalarOp::element:
    return emit_load(node);
  case ScalarOp::load:
    throw InternalError("interpret: a load before fusion");
  case ScalarOp::reduce:
    return emit_reduce(node);
  default:
    break;
  }
  Step step{.op = node.op, .dtype = node.dtype};
  step.operand = pool_.dtype(node.operand[node.op == ScalarOp::select ? 1 : 0]);
  if (node.op == ScalarOp::polygamma) step.operand = node.dtype;
  const bool raw = moves_bits(node.op);
  std::uint32_t* const to[] = {&step.a, &step.b, &step.c};
  for (int i = 0; i < node.arity; ++i)
    *to[i] = raw ? slots_.at(node.operand[i].id) : operand(node.operand[i]);
  step.to = new_slot(node.dtype);
  steps().push_back(step);
  return step.to;
}

std::uint32_t TapeCompiler::emit_constant(DType dtype, std::uint64_t bits) {
  tape_.constants.push_back({new_slot(dtype), dtype, bits});
  return tape_.constants.back().slot;
}

std::uint32_t TapeCompiler::buffer_of(std::uint32_t value) const {
  for (std::uint32_t i = 0; i < node_.input_count; ++i)
    if (node_.inputs[i].id == value) return i;
  if (value >= graph_.value_count())
    return node_.input_count + node_.result_count + (value - graph_.value_count());
  const std::uint32_t result = value - node_.first.id;
  if (result >= node_.result_count)
    throw InternalError(node_.row->name + ": the element reads a value that is not an operand");
  return node_.input_count + result;
}

std::uint32_t TapeCompiler::emit_load(const ExprNode& node) {
  const auto span = pool_.index_list(node);
  const std::vector<Index> at(span.begin(), span.end());
  Load load{.buffer = buffer_of(node.source)};
  load.offset = index_slot(linearize(pool_.indices(), at, type_of(node.source).shape));
  if (node.guard.valid()) load.guard = slots_.at(node.guard.id);
  Step step{.kind = StepKind::load, .dtype = node.dtype, .to = new_slot(node.dtype)};
  step.a = static_cast<std::uint32_t>(tape_.loads.size());
  tape_.loads.push_back(load);
  steps().push_back(step);
  return step.to;
}

std::uint32_t TapeCompiler::emit_reduce(const ExprNode& node) {
  Loop loop{.combiner = node.combiner, .extents = {}, .counters = {}};
  const Expr body = node.operand[0];
  const auto span = pool_.axis_list(node);
  const std::vector<Axis> axes(span.begin(), span.end());
  for (const Axis axis : axes) {
    loop.extents.push_back(pool_.indices().axis(axis).extent);
    loop.counters.push_back(counter(axis));
  }
  Step step{.kind = StepKind::reduce, .dtype = node.dtype, .operand = pool_.dtype(body)};
  step.to = new_slot(node.dtype);
  const auto outer_slots = slots_, outer_flushed = flushed_;
  const auto outer_index = index_slots_;
  loop.block = open_scope(axes);
  if (!empty_loop(node)) {
    compile({&body, 1});
    step.b = operand(body);
  }
  scopes_.pop_back();
  // What the loop computed is not there after it: another reduction may share its axes.
  slots_ = outer_slots;
  flushed_ = outer_flushed;
  index_slots_ = outer_index;
  step.a = static_cast<std::uint32_t>(tape_.loops.size());
  tape_.loops.push_back(std::move(loop));
  steps().push_back(step);
  return step.to;
}

Tape compile_tape(const Graph& graph, NodeId node, bool flush) {
  return TapeCompiler(graph, node, flush).run();
}

} // namespace nnc::interpreter
