#include "ir/kernel/verify_kernel.h"

#include "ir/kernel/bounds.h"
#include "ir/kernel/expr_types.h"
#include "ir/kernel/regions.h"
#include "ir/kernel/runs.h"
#include "ir/messages.h"

#include <algorithm>
#include <array>

namespace nnc {
namespace {

bool contains(std::span<const Axis> list, Axis axis) {
  return std::ranges::find(list, axis) != list.end();
}

bool is_access(const ExprNode& node) {
  return node.op == ScalarOp::load || node.op == ScalarOp::element;
}

} // namespace

KernelVerifier::KernelVerifier(const KernelProgram& program, std::uint32_t kernel,
                               const ChecksOf& checks, const VerifyOptions& options,
                               std::vector<KernelFault>& faults)
    : program_(program), kernel_(program.kernels[kernel]), pool_(kernel_.pool),
      indices_(pool_.indices()), checks_(checks), options_(options), faults_(faults) {
  at_.kernel = kernel;
  for (std::uint32_t s = 0; s < kernel_.stages.size(); ++s)
    for (const Store& store : kernel_.stages[s].stores)
      stores_of_.emplace(store.buffer, std::pair(s, &store));
}

std::span<const KernelVerifier::Rule> KernelVerifier::rules() {
  static constexpr std::array<Rule, 6> list = {{{"ids", &KernelVerifier::ids},
                                                {"dtypes", &KernelVerifier::dtypes},
                                                {"axes", &KernelVerifier::axes},
                                                {"bounds", &KernelVerifier::bounds},
                                                {"overwritten", &KernelVerifier::overwritten},
                                                {"checked", &KernelVerifier::indices_checked}}};
  return list;
}

void KernelVerifier::check(const Rule& rule) {
  at_.rule = rule.name;
  (this->*rule.check)();
}

void KernelVerifier::fault(std::string message) {
  if (faults_.size() >= options_.limit) return;
  faults_.push_back(at_);
  faults_.back().message = std::move(message);
}

template <class Visit>
void KernelVerifier::each_store(Visit visit) {
  for (at_.stage = 0; at_.stage < kernel_.stages.size(); ++at_.stage) {
    const Stage& stage = kernel_.stages[at_.stage];
    for (at_.store = 0; at_.store < stage.stores.size(); ++at_.store)
      visit(stage, stage.stores[at_.store]);
  }
  at_.stage = at_.store = KernelFault::none;
}

template <class Visit>
void KernelVerifier::each_expr(Visit visit, bool executed) {
  std::vector<std::uint32_t> seen(pool_.size(), KernelFault::none); // the stage
  std::vector<Expr> pending;
  each_store([&](const Stage& stage, const Store& store) {
    pending = store_roots(pool_, store);
    while (!pending.empty()) {
      const Expr expr = pending.back();
      pending.pop_back();
      if (seen[expr.id] == at_.stage) continue;
      seen[expr.id] = at_.stage;
      visit(stage, expr);
      const ExprNode& node = pool_.node(expr);
      if (executed && node.op == ScalarOp::reduce && empty_axis(pool_.axis_list(node))) continue;
      pool_.children(expr, pending);
    }
  });
}

const Type* KernelVerifier::type_of(std::uint32_t buffer) const {
  if (buffer < program_.buffers.size()) return &program_.buffers[buffer].type;
  const std::uint32_t local = buffer - local_buffer;
  return buffer >= local_buffer && local < kernel_.locals.size() ? &kernel_.locals[local].type
                                                                 : nullptr;
}

std::string KernelVerifier::name_of(std::uint32_t buffer) const {
  return quote(buffer < local_buffer ? program_.buffers[buffer].name
                                     : kernel_.locals[buffer - local_buffer].name);
}

bool KernelVerifier::empty_axis(std::span<const Axis> axes) const {
  return std::ranges::any_of(axes, [&](Axis axis) { return indices_.axis(axis).extent == 0; });
}

bool KernelVerifier::runs(const Stage& stage) const {
  return !empty_axis(kernel_.axes) && !empty_axis(stage.axes);
}

// ---- ids: what is named is there ----

void KernelVerifier::ids() {
  const auto known = [&](Expr expr) { return expr.id < pool_.size(); };
  if (kernel_.stages.empty()) fault("the kernel does nothing");
  for (at_.stage = 0; at_.stage < kernel_.stages.size(); ++at_.stage)
    if (kernel_.stages[at_.stage].stores.empty()) fault("the stage stores nothing");
  bool found = true;
  each_store([&](const Stage&, const Store& store) {
    const bool roots =
        known(store.value) && (!store.guard.valid() || known(store.guard)) &&
        std::ranges::all_of(store.at, [&](Index index) { return index.id < indices_.size(); });
    found = found && roots;
    if (!roots) fault("the store has no value or no position");
    if (!type_of(store.buffer)) fault("the store goes to no buffer");
  });
  if (!found) return;
  each_expr([&](const Stage&, Expr expr) {
    const ExprNode& node = pool_.node(expr);
    if (node.op == ScalarOp::element) fault("an element that no buffer holds");
    if (node.op == ScalarOp::load && !type_of(node.source)) fault("the load is from no buffer");
  });
}

// ---- dtypes: of operands, of loads and of stores ----

void KernelVerifier::dtypes() {
  each_expr([&](const Stage&, Expr expr) {
    const ExprNode& node = pool_.node(expr);
    if (std::string wrong = dtype_fault(pool_, expr); !wrong.empty()) fault(std::move(wrong));
    if (is_access(node) && node.dtype != type_of(node.source)->dtype)
      fault(name_of(node.source) + " is " + to_string(*type_of(node.source)) + ", read as " +
            std::string(dtype_name(node.dtype)));
  });
  each_store([&](const Stage&, const Store& store) {
    const DType value = pool_.dtype(store.value), wanted = type_of(store.buffer)->dtype;
    if (value != wanted)
      fault("the value is " + std::string(dtype_name(value)) + ", " + name_of(store.buffer) +
            " is " + to_string(*type_of(store.buffer)));
    if (store.guard.valid() && pool_.dtype(store.guard) != DType::boolean)
      fault("the guard is no bool");
  });
}

// ---- axes: what an element depends on is a loop around it ----

void KernelVerifier::check_loops(const Stage& stage) {
  std::vector<Axis> loops = kernel_.axes;
  loops.insert(loops.end(), stage.axes.begin(), stage.axes.end());
  if (std::ranges::any_of(loops, [&](Axis axis) { return axis.id >= indices_.axis_count(); }))
    return fault("a loop has no axis");
  std::ranges::sort(loops);
  if (std::ranges::adjacent_find(loops) != loops.end()) fault("two loops have one axis");
  if (stage.serial.size() != stage.axes.size()) fault("some loops are neither serial nor parallel");
}

void KernelVerifier::axes() {
  const std::size_t before = faults_.size();
  for (at_.stage = 0; at_.stage < kernel_.stages.size(); ++at_.stage)
    check_loops(kernel_.stages[at_.stage]);
  if (faults_.size() > before) return;
  each_store([&](const Stage& stage, const Store& store) {
    const auto inside = [&](std::span<const Axis> used) {
      for (const Axis axis : used)
        if (!contains(kernel_.axes, axis) && !contains(stage.axes, axis))
          return fault("no loop runs over " + quote(indices_.axis(axis).name));
    };
    inside(pool_.free_axes(store.value));
    if (store.guard.valid()) inside(pool_.free_axes(store.guard));
    for (const Index index : store.at) {
      inside(indices_.axes_of(index));
      for (const std::uint32_t data : indices_.data_of(index)) inside(pool_.free_axes(Expr{data}));
    }
  });
  each_expr([&](const Stage& stage, Expr expr) {
    const ExprNode& node = pool_.node(expr);
    if (node.op != ScalarOp::reduce) return;
    for (const Axis axis : pool_.axis_list(node))
      if (contains(kernel_.axes, axis) || contains(stage.axes, axis))
        fault("a reduction runs over " + quote(indices_.axis(axis).name) + ", as a loop around it");
  });
}

// ---- bounds: every element that is touched is there ----

void KernelVerifier::check_position(std::uint32_t buffer, std::span<const Index> at, Expr guard) {
  const Type& type = *type_of(buffer);
  if (static_cast<int>(at.size()) != type.rank())
    return fault(std::to_string(at.size()) + " indices for " + name_of(buffer) + ", which is " +
                 to_string(type));
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Bounds bounds = bounds_of(pool_, at[i], guard, type.shape[i]);
    if (bounds == Bounds::inside || (bounds == Bounds::unknown && !options_.strict)) continue;
    const IndexRange range = guarded_range(pool_, at[i], guard);
    fault("index " + std::to_string(i) + " of " + name_of(buffer) + " is in " +
          std::to_string(range.low) + ".." + std::to_string(range.high) + ", the size is " +
          std::to_string(type.shape[i]));
  }
}

void KernelVerifier::bounds() {
  each_store([&](const Stage& stage, const Store& store) {
    if (runs(stage)) check_position(store.buffer, store.at, store.guard);
  });
  const auto check_load = [&](const Stage& stage, Expr expr) {
    const ExprNode& node = pool_.node(expr);
    if (is_access(node) && runs(stage))
      check_position(node.source, pool_.index_list(node), node.guard);
  };
  each_expr(check_load, true);
}

// ---- overwritten: iterations in any order give the same ----

/// What a kernel both writes and reads: every parallel iteration reads only what it writes itself.
void KernelVerifier::check_load(const Stage& stage, const ExprNode& load) {
  const auto at = pool_.index_list(load);
  const auto [first, last] = stores_of_.equal_range(load.source);
  for (auto it = first; it != last; ++it) {
    const auto& [stage_of_store, store] = it->second;
    const bool same_stage = stage_of_store == at_.stage;
    const auto parallel = [&](Axis axis) {
      if (load.source < local_buffer && contains(kernel_.axes, axis)) return true;
      const auto loop = std::ranges::find(stage.axes, axis);
      return same_stage && loop != stage.axes.end() &&
             !stage.serial[static_cast<std::size_t>(loop - stage.axes.begin())];
    };
    for (std::size_t i = 0; i < at.size(); ++i)
      if (at[i] != store->at[i] && std::ranges::any_of(indices_.axes_of(store->at[i]), parallel))
        return fault("an element of " + name_of(load.source) +
                     " is read that another iteration writes");
  }
}

void KernelVerifier::overwritten() {
  const std::int64_t run = run_length(kernel_);
  each_store([&](const Stage& stage, const Store& store) {
    const auto missing = [&](Axis axis) {
      return indices_.axis(axis).extent > 1 && std::ranges::none_of(store.at, [&](Index index) {
               return contains(indices_.axes_of(index), axis);
             });
    };
    const auto beyond_runs = [&](Axis axis) {
      const auto sharing = sharing_a_place(indices_, store.at, axis);
      return missing(axis) || (sharing && run % *sharing != 0);
    };
    bool several = store.buffer < local_buffer && std::ranges::any_of(kernel_.axes, beyond_runs);
    for (std::size_t i = 0; i < stage.axes.size(); ++i)
      several |= !stage.serial[i] && missing(stage.axes[i]);
    if (several && runs(stage))
      fault("several iterations write one element of " + name_of(store.buffer));
  });
  each_expr([&](const Stage& stage, Expr expr) {
    if (const ExprNode& node = pool_.node(expr); node.op == ScalarOp::load) check_load(stage, node);
  });
}

// ---- checked: indices that come from data ----

/// max(min(x, high), low) with constants inside 0..extent-1 needs no check.
bool clamped(const ExprPool& pool, const ExprNode& node, std::int64_t extent) {
  if (node.op != ScalarOp::maximum) return false;
  const ExprNode& inner = pool.node(node.operand[0]);
  const auto low = pool.as_integer(node.operand[1]);
  if (!low || *low < 0 || *low >= extent || inner.op != ScalarOp::minimum) return false;
  const auto high = pool.as_integer(inner.operand[1]);
  return high && *high >= 0 && *high < extent;
}

/// Has a check run whenever the kernel does?
bool KernelVerifier::has_run(const RangeCheck& check) const {
  if (check.before_kernel > at_.kernel) return false;
  if (check.region == Region::none) return true;
  const Region& region = program_.regions[check.region];
  if (!holds(region, at_.kernel)) return false;
  return region.kind == Region::Kind::loop ||
         (check.before_kernel < region.middle) == (at_.kernel < region.middle);
}

void KernelVerifier::check_data(Index index) {
  for (const IndexTerm& term : indices_.form(index).terms) {
    if (term.atom.kind == AtomKind::floor_div || term.atom.kind == AtomKind::mod)
      check_data(Index{term.atom.id}); // recursion follows divisions within one index
    if (term.atom.kind != AtomKind::data) continue;
    const ExprNode* node = &pool_.node(Expr{term.atom.id});
    while (node->op == ScalarOp::cast) node = &pool_.node(node->operand[0]);
    const auto [first, last] = checks_.equal_range(node->source);
    const auto checked = [&](const auto& entry) {
      return entry.second->extent <= term.atom.by && has_run(*entry.second);
    };
    if (clamped(pool_, *node, term.atom.by)) continue;
    if (node->op != ScalarOp::load || std::none_of(first, last, checked))
      fault("nothing checks that an index from data is in 0.." + std::to_string(term.atom.by));
  }
}

void KernelVerifier::indices_checked() {
  each_store([&](const Stage&, const Store& store) {
    for (const Index index : store.at) check_data(index);
  });
  each_expr([&](const Stage&, Expr expr) {
    const ExprNode& node = pool_.node(expr);
    if (node.op == ScalarOp::index) check_data(Index{node.source});
    if (node.op == ScalarOp::load)
      for (const Index index : pool_.index_list(node)) check_data(index);
  });
}

} // namespace nnc
