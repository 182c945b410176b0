// The rules that look at one kernel at a time; ir/kernel/verify.h has the others.
#pragma once

#include "ir/kernel/verify.h"

namespace nnc {

/// Checks of indices by the buffers that hold them.
using ChecksOf = std::unordered_multimap<std::uint32_t, const RangeCheck*>;

class KernelVerifier {
public:
  /// Collects into `faults`; up to the limit.
  KernelVerifier(const KernelProgram& program, std::uint32_t kernel, const ChecksOf& checks,
                 const VerifyOptions& options, std::vector<KernelFault>& faults);

  struct Rule {
    std::string_view name;
    void (KernelVerifier::*check)();
  };
  static std::span<const Rule> rules();
  void check(const Rule& rule);

private:
  void fault(std::string message);
  /// Calls `visit(stage, store)` with the place of faults set to it.
  template <class Visit>
  void each_store(Visit visit);
  /// Every expression below a store's value, guard and data indices; each once in a stage. With
  /// `executed` not those inside a reduction over nothing.
  template <class Visit>
  void each_expr(Visit visit, bool executed = false);

  const Type* type_of(std::uint32_t buffer) const;
  std::string name_of(std::uint32_t buffer) const;
  bool runs(const Stage& stage) const;
  bool empty_axis(std::span<const Axis> axes) const;

  void ids();
  void dtypes();
  void axes();
  void check_loops(const Stage& stage);
  void bounds();
  void check_position(std::uint32_t buffer, std::span<const Index> at, Expr guard);
  void overwritten();
  void check_load(const Stage& stage, const ExprNode& load);
  void indices_checked();
  void check_data(Index index);
  bool has_run(const RangeCheck& check) const;

  const KernelProgram& program_;
  const Kernel& kernel_;
  const ExprPool& pool_;
  const IndexPool& indices_;
  const ChecksOf& checks_;
  const VerifyOptions& options_;
  std::vector<KernelFault>& faults_;
  KernelFault at_;
  std::unordered_multimap<std::uint32_t, std::pair<std::uint32_t, const Store*>> stores_of_;
};

} // namespace nnc
