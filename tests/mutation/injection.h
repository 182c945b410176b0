// Rules that are wrong in one place. Rules are plain functions, so what they are to do wrong stands
// in an `Injection`, of which one is in force at a time in a thread.
//
// Without a mutant an injection watches: it lists what could be wrong about everything that the
// rule builds and gives.
#pragma once

#include "compiler/rewrite/rewrite.h"
#include "mutation/edits.h"

#include <optional>
#include <set>
#include <stdexcept>

namespace nnc::mutation {

/// One wrong rule.
struct Mutant {
  std::string rule;    ///< "gradient", "batch" or "rewrite"
  std::string subject; ///< the row, or the rewrite and its row
  std::string where;   ///< "node 2 mul", what is "given" at the end, or what comes in
  std::string kind;    ///< a line of the summary
  std::string edit;    ///< says the rest

  /// Told from all others by everything but the kind, which follows.
  std::string id() const;
  auto operator<=>(const Mutant&) const = default;
};

/// The rule breaks types where it is wrong, which no test is needed to see.
class Refused : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A broken rewrite that brings about itself, again and again.
class Endless : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

class Injection {
public:
  Injection(std::string rule, std::string subject, std::optional<Mutant> mutant = {});
  ~Injection();
  Injection(const Injection&) = delete;
  Injection& operator=(const Injection&) = delete;

  /// The row with its gradient or batch rule, whichever the injection is for, as it breaks it.
  OpRow row(OpRow right);
  Rewrite rewrite(const Rewrite& right);

  const std::set<Mutant>& seen() const { return seen_; }
  int reached() const { return reached_; } ///< how often the edit was made

  /// Is the edit the one to make? Watching, lists it.
  bool chosen(std::string_view where, std::string_view kind, std::string_view edit);
  /// The edit that was made changes nothing: equal nodes are one.
  void unchanged() { --reached_; }
  /// Could anything be chosen there?
  bool concerns(std::string_view where) const { return !mutant_ || mutant_->where == where; }

private:
  static void pull_back(Pullback& p);
  static void batch(Batching& b);
  static Value apply(Builder& b, const Graph& graph, NodeId node);

  std::string rule_, subject_;
  std::optional<Mutant> mutant_;
  std::set<Mutant> seen_;
  int reached_ = 0, depth_ = 0;
  void (*grad_)(Pullback&) = nullptr;
  void (*batch_)(Batching&) = nullptr;
  Value (*rewrite_)(Builder&, const Graph&, NodeId) = nullptr;
};

} // namespace nnc::mutation
