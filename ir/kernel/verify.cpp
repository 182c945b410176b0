#include "ir/kernel/verify.h"

#include "ir/kernel/regions.h"
#include "ir/kernel/runs.h"
#include "ir/kernel/taken_slices.h"
#include "ir/kernel/verify_kernel.h"
#include "ir/kernel/verify_memory.h"
#include "ir/messages.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>

namespace nnc {
namespace {

bool is_leaf(BufferRole role) { return role != BufferRole::output && role != BufferRole::arena; }

/// The rules over buffers, ports and the order of kernels.
class ProgramVerifier {
public:
  ProgramVerifier(const KernelProgram& program, const VerifyOptions& options)
      : program_(program), options_(options) {}

  struct Rule {
    std::string_view name;
    void (ProgramVerifier::*check)();
  };
  static const std::array<Rule, 3> before_kernels;
  static const std::array<Rule, 2> after_kernels;

  std::vector<KernelFault> run() {
    for (const Rule& rule : before_kernels)
      if (faults_.empty()) check(rule);
    if (faults_.empty()) kernels();
    for (const Rule& rule : after_kernels)
      if (faults_.empty()) check(rule);
    return std::move(faults_);
  }

private:
  /// Of each kernel the first rule that does not hold.
  void kernels() {
    ChecksOf checks;
    for (const RangeCheck& check : program_.checks) checks.emplace(check.buffer, &check);
    std::deque<RangeCheck> counters; // a loop writes no other slice than there are
    for (std::uint32_t r = 0; r < program_.regions.size(); ++r)
      if (const Region& region = program_.regions[r]; region.counter != Region::none)
        checks.emplace(region.counter,
                       &counters.emplace_back(RangeCheck{.buffer = region.counter,
                                                         .extent = region.length,
                                                         .node = {},
                                                         .before_kernel = region.first,
                                                         .region = r}));
    for (std::uint32_t k = 0; k < program_.kernels.size() && faults_.size() < options_.limit; ++k) {
      KernelVerifier kernel(program_, k, checks, options_, faults_);
      const std::size_t before = faults_.size();
      for (const auto& rule : KernelVerifier::rules())
        if (faults_.size() == before) kernel.check(rule);
    }
  }

  void check(const Rule& rule) {
    rule_ = rule.name;
    (this->*rule.check)();
  }

  void fault(std::string message, KernelFault at = {}) {
    if (faults_.size() >= options_.limit) return;
    at.rule = rule_;
    at.message = std::move(message);
    faults_.push_back(std::move(at));
  }
  void fault_in_buffer(std::uint32_t buffer, const std::string& message) {
    fault(quote(program_.buffers[buffer].name) + message, {.buffer = buffer});
  }
  bool known(std::uint32_t buffer) const { return buffer < program_.buffers.size(); }
  BufferRole role(std::uint32_t buffer) const { return program_.buffers[buffer].role; }

  void buffers() {
    for (std::uint32_t b = 0; b < program_.buffers.size(); ++b) {
      const Buffer& buffer = program_.buffers[b];
      if (const auto error = check_type(buffer.type)) fault_in_buffer(b, ": " + error->message);
      if (buffer.data && buffer.role != BufferRole::constant)
        fault_in_buffer(b, " has a value, but is no constant");
      if (buffer.data && (buffer.data->type != buffer.type || !buffer.data->bytes ||
                          std::ssize(*buffer.data->bytes) != buffer.type.bytes()))
        fault_in_buffer(b, " has a value that is not " + to_string(buffer.type));
    }
  }

  void ports() {
    std::set<std::string_view> names;
    for (const ProgramPort& port : program_.inputs)
      if (!known(port.buffer) || !is_leaf(role(port.buffer)))
        fault("input " + quote(port.name) + " is no leaf");
      else if (!names.insert(port.name).second)
        fault("input " + quote(port.name) + " is there twice");
    names.clear();
    for (const ProgramPort& port : program_.outputs)
      if (!known(port.buffer) || role(port.buffer) != BufferRole::output)
        fault("output " + quote(port.name) + " is no output buffer");
      else if (!names.insert(port.name).second)
        fault("output " + quote(port.name) + " is there twice");
    std::set<std::uint32_t> targets;
    for (const auto& update : program_.updates)
      if (!known(update.target) || !known(update.copy_from) ||
          (role(update.target) != BufferRole::param && role(update.target) != BufferRole::state))
        fault("update " + quote(update.name) + " is of no param or state");
      else if (program_.buffers[update.target].type != program_.buffers[update.copy_from].type)
        fault("update " + quote(update.name) + " changes the type");
      else if (!targets.insert(update.target).second)
        fault("update " + quote(update.name) + " is there twice");
    for (const RangeCheck& check : program_.checks)
      if (!known(check.buffer) || is_float(program_.buffers[check.buffer].type.dtype))
        fault("a check for " + quote(check.node) + " is of no indices");
      else if (check.before_kernel > program_.kernels.size())
        fault("a check for " + quote(check.node) + " stands before a kernel that is not there");
      else if (check.region != Region::none && !stands_in_region(check))
        fault("a check for " + quote(check.node) + " is not in its region");
  }

  bool stands_in_region(const RangeCheck& check) const {
    if (check.region >= program_.regions.size()) return false;
    const Region& region = program_.regions[check.region];
    return region.first <= check.before_kernel && check.before_kernel <= region.last;
  }

  // ---- regions: nested, and their buffers hold what they are for ----

  void regions() {
    std::vector<const Region*> around;
    for (const Region& region : program_.regions) {
      while (!around.empty() && around.back()->last <= region.first) around.pop_back();
      if (region.first > region.middle || region.middle > region.last ||
          region.first >= region.last || region.last > program_.kernels.size())
        return fault("a region has no kernels");
      if (!around.empty() && !nests(*around.back(), region))
        return fault("a region begins in another and ends outside", {.kernel = region.first});
      const std::size_t before = faults_.size();
      region_buffers(region);
      if (faults_.size() > before) return;
      around.push_back(&region);
    }
    for (std::size_t r = 1; r < program_.regions.size(); ++r)
      if (program_.regions[r].first < program_.regions[r - 1].first)
        fault("regions are not in the order of their kernels");
  }

  /// Is one region inside a part of another, and not all of that?
  static bool nests(const Region& outer, const Region& inner) {
    const auto in = [&](std::uint32_t first, std::uint32_t last) {
      return first <= inner.first && inner.last <= last;
    };
    return in(outer.first, outer.middle) || in(outer.middle, outer.last);
  }

  void region_buffers(const Region& region) {
    const KernelFault at{.kernel = region.first};
    const bool loop = region.kind == Region::Kind::loop;
    const auto holds = [&](std::uint32_t buffer, DType dtype) {
      return known(buffer) && program_.buffers[buffer].type == Type{dtype, {}};
    };
    if (region.condition != Region::none && !holds(region.condition, DType::boolean))
      fault("a condition is no bool[]", at);
    for (const std::uint32_t buffer : {region.count, region.counter, region.steps})
      if (buffer != Region::none && !holds(buffer, DType::i64))
        fault("the number of a loop's steps or slices is no i64[]", at);
    for (const std::uint32_t buffer : {region.counter, region.steps})
      if (buffer != Region::none && known(buffer) && is_leaf(role(buffer)))
        fault_in_buffer(buffer, " is written by a loop");
    if (region.condition == Region::none && (!loop || region.length < 0))
      fault(loop ? "nothing ends a loop" : "a branch has no condition", at);
    if (loop && region.condition == Region::none && region.middle != region.first)
      fault("a loop without a condition computes one", at);
    if (loop && region.length < 0 && (region.counter != Region::none || region.reverse))
      fault("a loop without a limit has slices", at);
  }

  // ---- order: what is read was written ----

  static std::vector<std::uint32_t> loads_of(const Kernel& kernel, const Store& store,
                                             std::vector<bool>& seen) {
    std::vector<std::uint32_t> found;
    std::vector<Expr> pending = store_roots(kernel.pool, store);
    while (!pending.empty()) {
      const Expr expr = pending.back();
      pending.pop_back();
      if (seen[expr.id]) continue;
      seen[expr.id] = true;
      if (kernel.pool.node(expr).op == ScalarOp::load)
        found.push_back(kernel.pool.node(expr).source);
      kernel.pool.children(expr, pending);
    }
    return found;
  }

  void order() {
    std::vector<bool> written(program_.buffers.size(), false);
    for (std::size_t b = 0; b < written.size(); ++b) written[b] = is_leaf(program_.buffers[b].role);
    order_of(units(program_), Region::none, written);
    for (const ProgramPort& port : program_.outputs)
      if (!written[port.buffer]) fault_in_buffer(port.buffer, " is never written");
    for (const auto& update : program_.updates)
      if (!written[update.copy_from]) fault_in_buffer(update.copy_from, " is never written");
  }

  void order_of(const std::vector<Unit>& sequence, std::uint32_t region,
                std::vector<bool>& written) {
    for (const Unit& unit : sequence) {
      for (const RangeCheck& check : program_.checks)
        if (check.before_kernel == unit.first && check.region == region && !written[check.buffer])
          fault_in_buffer(check.buffer, " is checked before it is written");
      if (unit.region == Region::none)
        kernel_order(unit.first, written);
      else
        region_order(unit.region, written);
    }
  }

  /// Recursion follows nested regions.
  void region_order(std::uint32_t r, std::vector<bool>& written) {
    const Region& region = program_.regions[r];
    const bool loop = region.kind == Region::Kind::loop;
    const auto wants = [&](std::uint32_t buffer, const std::vector<bool>& known) {
      if (buffer != Region::none && !known[buffer])
        fault(quote(program_.buffers[buffer].name) + " decides before it is written",
              {.kernel = region.first});
    };
    wants(region.count, written);
    if (!loop) wants(region.condition, written);
    std::vector<bool> first = written, second = written;
    order_of(units_of_part(program_, r, region.first, region.middle), r, first);
    if (loop) {
      wants(region.condition, first);
      second = first;
      if (region.counter != Region::none) second[region.counter] = true;
    }
    order_of(units_of_part(program_, r, region.middle, region.last), r, second);
    // A loop may take no step; of a branch only what both sides write is there.
    const bool runs = loop && region.condition == Region::none && region.count == Region::none &&
                      region.length > 0;
    for (std::uint32_t b = 0; b < written.size(); ++b)
      written[b] = written[b] ||
                   (loop ? second[b] && (runs || slices_are_written(b)) : first[b] && second[b]);
    if (region.steps != Region::none) written[region.steps] = true;
  }

  /// Of what a loop stacks that may take few steps: does nobody read slices of other steps?
  bool slices_are_written(std::uint32_t buffer) {
    if (!taken_slices_) taken_slices_.emplace(program_);
    return taken_slices_->cover(buffer);
  }

  void kernel_order(std::uint32_t k, std::vector<bool>& written) {
    const Kernel& kernel = program_.kernels[k];
    std::vector<bool> locals(kernel.locals.size(), false);
    const auto is_written = [&](std::uint32_t buffer) -> std::vector<bool>::reference {
      return buffer < local_buffer ? written[buffer] : locals[buffer - local_buffer];
    };
    for (std::uint32_t s = 0; s < kernel.stages.size(); ++s) {
      const Stage& stage = kernel.stages[s];
      // In a serial loop an element may be made from one that an earlier iteration wrote, as may
      // one that a run adds up.
      const bool serial = std::ranges::count(stage.serial, true) > 0;
      std::vector<bool> seen(kernel.pool.size(), false);
      for (std::uint32_t t = 0; t < stage.stores.size(); ++t) {
        const Store& store = stage.stores[t];
        const KernelFault at{.kernel = k, .stage = s, .store = t};
        const bool in_order = serial || begins_with_each_run(kernel, store);
        for (const std::uint32_t buffer : loads_of(kernel, store, seen))
          if (!is_written(buffer) && !(in_order && buffer == store.buffer))
            fault(name(kernel, buffer) + " is read before it is written", at);
        if (store.accumulate && !is_written(store.buffer))
          fault(name(kernel, store.buffer) + " is added to before it is written", at);
        if (store.buffer < local_buffer && !may_write(store.buffer))
          fault(name(kernel, store.buffer) + " is written, but nothing updates it", at);
      }
      for (const Store& store : stage.stores) is_written(store.buffer) = true;
    }
  }

  bool may_write(std::uint32_t buffer) const {
    return !is_leaf(role(buffer)) || std::ranges::any_of(program_.updates, [&](const auto& update) {
      return update.target == buffer;
    });
  }

  std::string name(const Kernel& kernel, std::uint32_t buffer) const {
    return quote(buffer < local_buffer ? program_.buffers[buffer].name
                                       : kernel.locals[buffer - local_buffer].name);
  }

  // ---- plan: buffers alive together have memory of their own ----

  void plan() {
    if (!options_.planned) return;
    std::map<std::uint32_t, Life> lives;
    const std::vector<Life> all = buffer_lives(program_);
    for (std::uint32_t b = 0; b < all.size(); ++b)
      if (role(b) == BufferRole::arena && !all[b].none()) lives[b] = all[b];
    std::vector<std::vector<std::uint32_t>> born(program_.kernels.size() + 1), dead(born.size());
    for (const auto& [buffer, life] : lives) {
      if (!placed(buffer)) continue;
      born[life.first].push_back(buffer);
      dead[life.last].push_back(buffer);
    }
    std::map<std::int64_t, std::uint32_t> alive; // by offset
    for (std::size_t k = 0; k < born.size(); ++k) {
      for (const std::uint32_t buffer : born[k]) enter(alive, buffer);
      for (const std::uint32_t buffer : dead[k]) alive.erase(program_.buffers[buffer].offset);
    }
    if (!faults_.empty()) return;
    for (const KernelFault& each : memory_faults(program_, options_.limit))
      fault(each.message, each);
  }

  bool placed(std::uint32_t b) {
    const Buffer& buffer = program_.buffers[b];
    if (buffer.offset < 0)
      fault_in_buffer(b, " has no place");
    else if (buffer.offset % buffer_alignment != 0)
      fault_in_buffer(b, " is at " + std::to_string(buffer.offset) + ", no multiple of 64");
    else if (buffer.offset + buffer.type.bytes() > program_.arena_bytes)
      fault_in_buffer(b, " is outside the workspace of " + std::to_string(program_.arena_bytes) +
                             " bytes");
    else
      return true;
    return false;
  }

  void enter(std::map<std::int64_t, std::uint32_t>& alive, std::uint32_t buffer) {
    const auto end = [&](std::uint32_t b) {
      return program_.buffers[b].offset +
             std::max<std::int64_t>(program_.buffers[b].type.bytes(), 1);
    };
    const auto [entry, fresh] = alive.emplace(program_.buffers[buffer].offset, buffer);
    std::optional<std::uint32_t> other;
    if (!fresh) other = entry->second;
    if (const auto next = std::next(entry); next != alive.end() && next->first < end(buffer))
      other = next->second;
    if (entry != alive.begin() && end(std::prev(entry)->second) > entry->first)
      other = std::prev(entry)->second;
    if (other) fault_in_buffer(buffer, " overlaps " + quote(program_.buffers[*other].name));
  }

  const KernelProgram& program_;
  std::optional<TakenSlices> taken_slices_; ///< once asked for
  const VerifyOptions& options_;
  std::string_view rule_;
  std::vector<KernelFault> faults_;
};

constexpr std::array<ProgramVerifier::Rule, 3> ProgramVerifier::before_kernels = {
    {{"buffers", &ProgramVerifier::buffers},
     {"ports", &ProgramVerifier::ports},
     {"regions", &ProgramVerifier::regions}}};
constexpr std::array<ProgramVerifier::Rule, 2> ProgramVerifier::after_kernels = {
    {{"order", &ProgramVerifier::order}, {"plan", &ProgramVerifier::plan}}};

} // namespace

std::vector<std::string_view> kernel_rules() {
  std::vector<std::string_view> names;
  for (const auto& rule : ProgramVerifier::before_kernels) names.push_back(rule.name);
  for (const auto& rule : KernelVerifier::rules()) names.push_back(rule.name);
  for (const auto& rule : ProgramVerifier::after_kernels) names.push_back(rule.name);
  return names;
}

std::vector<KernelFault> verify(const KernelProgram& program, const VerifyOptions& options) {
  return ProgramVerifier(program, options).run();
}

} // namespace nnc
