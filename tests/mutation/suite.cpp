#include "mutation/suite.h"

#include "testing/laws/derived_sample.h"
#include "testing/laws/row_laws.h"

#include <fmt/format.h>

#include <functional>

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
  const std::array lists = {stabilizing_rewrites(), simplifying_rewrites()};
  for (std::size_t i = 0; i < lists.size(); ++i)
    for (const Rewrite& rewrite : lists[i]) {
      lists_[i].push_back(rewrite);
      fires_[rewrite_key(rewrite)] = {}; // a rewrite that never fires fails the test of rewrites
      subjects_.push_back({"rewrite", rewrite_key(rewrite)});
    }
  for (std::size_t i = 0; i < spellings_.size(); ++i)
    for (const std::string& key : rewrite_law(table_, lists[0], lists[1], spellings_[i]).fired)
      fires_[key].push_back(i);
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

Suite::Lists Suite::lists_with(const std::string& key, Injection& injection) const {
  Lists lists = lists_;
  for (auto& list : lists)
    for (Rewrite& rewrite : list)
      if (rewrite_key(rewrite) == key) rewrite = injection.rewrite(rewrite);
  return lists;
}

std::set<Mutant> Suite::of_rewrite(const Subject& subject) const {
  Injection injection(subject.rule, subject.name);
  const Lists lists = lists_with(subject.name, injection);
  for (const std::size_t i : fires_.at(subject.name))
    rewrite_law(table_, {"stabilize", lists[0]}, {"simplify", lists[1]}, spellings_[i]);
  return injection.seen();
}

Verdict Suite::judge_rewrite(const Mutant& mutant) const {
  Trial trial;
  Injection injection(mutant.rule, mutant.subject, mutant);
  const Lists lists = lists_with(mutant.subject, injection);
  for (const std::size_t i : fires_.at(mutant.subject)) {
    const int before = injection.reached();
    const auto part = [&] {
      return rewrite_law(table_, {"stabilize", lists[0]}, {"simplify", lists[1]}, spellings_[i])
          .wrong;
    };
    if (trial.kills("rewrite law", part)) return trial.verdict;
    trial.reached_whole |= injection.reached() > before && trial.passed;
  }
  return trial.end(injection.reached() > 0);
}

Verdict Suite::judge(const Mutant& mutant) const {
  return mutant.rule == "rewrite" ? judge_rewrite(mutant) : judge_row(mutant);
}

} // namespace nnc::mutation
