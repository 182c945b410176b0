#include "mutation/suite.h"

#include "testing/laws/derived_sample.h"
#include "testing/laws/row_laws.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <utility>

namespace nnc::mutation {
namespace {

OpTable table_with(Injection& injection, const std::string& name) {
  OpTable table = standard_ops();
  table.add(injection.row(table.at(name)));
  return table;
}

struct Law {
  const char* name;
  std::string (*wrong)(const OpTable& table, const OpRow& row, Samples samples);
};
constexpr Law gradient_laws[] = {
    {"gradient law",
     [](const OpTable& t, const OpRow& r, Samples s) { return gradient_law(t, r, s).wrong; }},
    {"kink law",
     [](const OpTable& t, const OpRow& r, Samples s) { return kink_law(t, r, s).wrong; }},
    {"mode law",
     [](const OpTable& t, const OpRow& r, Samples s) { return mode_law(t, r, s).wrong; }}};
constexpr Law batch_laws[] = {{"batch law", [](const OpTable& t, const OpRow& r, Samples s) {
                                 return batch_law(t, r, s).wrong;
                               }}};

std::span<const Law> laws_of(const std::string& rule) {
  return rule == "gradient" ? std::span<const Law>(gradient_laws) : batch_laws;
}

/// Runs a part of a law. True when the mutant is killed.
struct Trial {
  Verdict verdict = {};
  bool refused = false; ///< in some part
  bool passed = false;  ///< in the last part

  bool kills(const char* law, const std::function<std::string()>& part) {
    passed = false;
    try {
      const std::string wrong = part();
      passed = true;
      if (!wrong.empty()) verdict = {Fate::killed, fmt::format("{}: {}", law, wrong)};
    } catch (const Refused&) {
      refused = true;
    } catch (const Endless& error) {
      verdict = {Fate::killed, error.what()};
    } catch (const InternalError& error) {
      verdict = {Fate::killed, fmt::format("{}: {}", law, error.what())};
    }
    return verdict.fate == Fate::killed;
  }

  /// When no part killed it. Types that break for some operands only are found by the law that
  /// takes these operands.
  Verdict end(bool reached) const {
    if (!refused && !reached) return {Fate::stillborn, "changes nothing"};
    if (!refused) return {};
    return {reached_whole ? Fate::killed : Fate::stillborn, "breaks types"};
  }
  bool reached_whole = false; ///< was the edit made somewhere without breaking types?
};

} // namespace

Suite::Suite() {
  for (const OpRow* row : table_.rows()) {
    if (!has_samples(row->name)) continue;
    samples_[row->name] = load_samples(*row);
    if (row->grad) subjects_.push_back({"gradient", row->name});
    if ((row->batch || row->elementwise) && row->max_operands != 0 && computes(*row))
      subjects_.push_back({"batch", row->name});
  }
  for (const RewriteSet& set : rewrite_sets()) add_rewrites(set);
}

/// A rewrite of several sets is judged in the first of them.
void Suite::add_rewrites(const RewriteSet& set) {
  const std::size_t number = rewrites_.size();
  rewrites_.push_back({set, spellings_for(set)});
  for (const RewriteList& list : {set.first, set.simplifying})
    for (const Rewrite& rewrite : list) // one that never fires fails the test of rewrites
      if (firings_.try_emplace(rewrite_key(rewrite), Firing{number, {}}).second)
        subjects_.push_back({"rewrite", rewrite_key(rewrite)});
  const auto& spellings = rewrites_.back().spellings;
  for (std::size_t i = 0; i < spellings.size(); ++i)
    for (const std::string& key : rewrite_law(table_, set, spellings[i]).fired)
      if (Firing& firing = firings_.at(key); firing.set == number) firing.spellings.push_back(i);
}

std::vector<Mutant> Suite::mutants(const Subject& subject) const {
  const std::set<Mutant> all = subject.rule == "rewrite" ? of_rewrite(subject) : of_row(subject);
  return {all.begin(), all.end()};
}

std::set<Mutant> Suite::of_row(const Subject& subject) const {
  Injection injection(subject.rule, subject.name);
  const OpTable table = table_with(injection, subject.name);
  for (const SampleCase& sample : samples_.at(subject.name)) {
    Context context(table);
    const OpRow& row = table.at(subject.name);
    if (subject.rule == "gradient") {
      if (has_smooth_points(row, sample)) derive_sample(context, row, sample, 1);
    } else {
      batch_law(table, row, {&sample, 1});
    }
  }
  return injection.seen();
}

Verdict Suite::judge_row(const Mutant& mutant) const {
  Trial trial;
  Injection injection(mutant.rule, mutant.subject, mutant);
  const OpTable table = table_with(injection, mutant.subject);
  const OpRow& row = table.at(mutant.subject);
  for (const Law& law : laws_of(mutant.rule))
    for (const SampleCase& sample : samples_.at(mutant.subject)) {
      const int before = injection.reached();
      const auto part = [&] { return law.wrong(table, row, {&sample, 1}); };
      if (trial.kills(law.name, part)) return trial.verdict;
      trial.reached_whole |= injection.reached() > before && trial.passed;
    }
  return trial.end(injection.reached() > 0);
}

void Suite::with_injection(
    const std::string& key, Injection& injection,
    const std::function<bool(const std::function<std::string()>&)>& told) const {
  const Firing& firing = firings_.at(key);
  const auto& [right, spellings] = rewrites_[firing.set];
  std::array<std::vector<Rewrite>, 2> broken;
  RewriteSet set = right;
  for (const auto& [list, rewrites] :
       {std::pair(&set.first, &broken[0]), std::pair(&set.simplifying, &broken[1])}) {
    for (const Rewrite& rewrite : *list)
      rewrites->push_back(rewrite_key(rewrite) == key ? injection.rewrite(rewrite) : rewrite);
    list->rewrites = *rewrites;
  }
  for (const std::size_t i : firing.spellings)
    if (!told([&] { return rewrite_law(table_, set, spellings[i]).wrong; })) return;
}

std::set<Mutant> Suite::of_rewrite(const Subject& subject) const {
  Injection injection(subject.rule, subject.name);
  with_injection(subject.name, injection, [](const auto& law) { return law(), true; });
  std::set<Mutant> all = injection.seen();
  if (!rewrites_[firings_.at(subject.name).set].set.differentiable) // there is no next order
    std::erase_if(all, [](const Mutant& mutant) { return mutant.kind == held_constant; });
  return all;
}

Verdict Suite::judge_rewrite(const Mutant& mutant) const {
  Trial trial;
  Injection injection(mutant.rule, mutant.subject, mutant);
  bool killed = false;
  with_injection(mutant.subject, injection, [&](const auto& law) {
    const int before = injection.reached();
    killed = trial.kills("rewrite law", law);
    trial.reached_whole |= injection.reached() > before && trial.passed;
    return !killed;
  });
  return killed ? trial.verdict : trial.end(injection.reached() > 0);
}

Verdict Suite::judge(const Mutant& mutant) const {
  return mutant.rule == "rewrite" ? judge_rewrite(mutant) : judge_row(mutant);
}

} // namespace nnc::mutation
