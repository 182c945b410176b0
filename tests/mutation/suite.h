// All rules of nnc that can be broken, and the laws that judge a broken one.
#pragma once

#include "mutation/injection.h"
#include "testing/laws/rewrite_law.h"
#include "testing/samples.h"

#include <functional>
#include <map>
#include <set>

namespace nnc::mutation {

/// One rule: a row's gradient or batch rule, or a rewrite.
struct Subject {
  std::string rule, name;
};

enum class Fate : std::uint8_t {
  killed,
  stillborn, ///< breaks types wherever it changes anything: no rule at all
  survived
};

struct Verdict {
  Fate fate = Fate::survived;
  std::string by = {}; ///< the law that killed it, and what the law says
};

class Suite {
public:
  Suite();
  const std::vector<Subject>& subjects() const { return subjects_; }
  /// Everything that can be wrong about a rule, in order.
  std::vector<Mutant> mutants(const Subject& subject) const;
  Verdict judge(const Mutant& mutant) const;

private:
  /// Rewrites that are used together, and what they are judged by.
  struct Rewrites {
    RewriteSet set;
    std::vector<Spelling> spellings;
  };
  /// Where a rewrite fires: in which spellings of which rewrites.
  struct Firing {
    std::size_t set = 0;
    std::vector<std::size_t> spellings = {};
  };

  std::set<Mutant> of_row(const Subject& subject) const;
  std::set<Mutant> of_rewrite(const Subject& subject) const;
  Verdict judge_row(const Mutant& mutant) const;
  Verdict judge_rewrite(const Mutant& mutant) const;
  void add_rewrites(const RewriteSet& set);
  /// The findings where a rewrite fires, told one by one, until one is enough.
  void with_injection(const std::string& key, Injection& injection,
                      const std::function<bool(const std::function<std::string()>&)>& told) const;

  OpTable table_ = standard_ops();
  std::vector<Subject> subjects_;
  std::map<std::string, std::vector<SampleCase>> samples_;
  std::vector<Rewrites> rewrites_;
  std::map<std::string, Firing> firings_; ///< by rewrite
};

} // namespace nnc::mutation
