#include "ir/kernel/verify.h"

#include "ir/kernel/verify_kernel.h"
#include "ir/messages.h"

#include <algorithm>
#include <array>
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
  static const std::array<Rule, 2> before_kernels;
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
    for (std::uint32_t k = 0; k < program_.kernels.size(); ++k) {
      for (const RangeCheck& check : program_.checks)
        if (check.before_kernel == k && !written[check.buffer])
          fault_in_buffer(check.buffer, " is checked before it is written");
      kernel_order(k, written);
    }
    for (const ProgramPort& port : program_.outputs)
      if (!written[port.buffer]) fault_in_buffer(port.buffer, " is never written");
    for (const auto& update : program_.updates)
      if (!written[update.copy_from]) fault_in_buffer(update.copy_from, " is never written");
  }

  void kernel_order(std::uint32_t k, std::vector<bool>& written) {
    const Kernel& kernel = program_.kernels[k];
    std::vector<bool> locals(kernel.locals.size(), false);
    const auto is_written = [&](std::uint32_t buffer) -> std::vector<bool>::reference {
      return buffer < local_buffer ? written[buffer] : locals[buffer - local_buffer];
    };
    for (std::uint32_t s = 0; s < kernel.stages.size(); ++s) {
      const Stage& stage = kernel.stages[s];
      // In a serial loop an element may be made from one that an earlier iteration wrote.
      const bool serial = std::ranges::count(stage.serial, true) > 0;
      std::vector<bool> seen(kernel.pool.size(), false);
      for (std::uint32_t t = 0; t < stage.stores.size(); ++t) {
        const Store& store = stage.stores[t];
        const KernelFault at{.kernel = k, .stage = s, .store = t};
        for (const std::uint32_t buffer : loads_of(kernel, store, seen))
          if (!is_written(buffer) && !(serial && buffer == store.buffer))
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
    struct Life {
      std::size_t first = SIZE_MAX, last = 0;
    };
    std::map<std::uint32_t, Life> lives;
    const auto use = [&](std::uint32_t buffer, std::size_t at) {
      if (role(buffer) != BufferRole::arena) return;
      Life& life = lives[buffer];
      life = {std::min(life.first, at), std::max(life.last, at)};
    };
    for (std::size_t k = 0; k < program_.kernels.size(); ++k)
      for (const auto& list :
           {buffers_read(program_.kernels[k]), buffers_written(program_.kernels[k])})
        for (const std::uint32_t buffer : list) use(buffer, k);
    for (const RangeCheck& check : program_.checks)
      use(check.buffer, check.before_kernel ? check.before_kernel - 1 : 0);
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
  const VerifyOptions& options_;
  std::string_view rule_;
  std::vector<KernelFault> faults_;
};

constexpr std::array<ProgramVerifier::Rule, 2> ProgramVerifier::before_kernels = {
    {{"buffers", &ProgramVerifier::buffers}, {"ports", &ProgramVerifier::ports}}};
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
