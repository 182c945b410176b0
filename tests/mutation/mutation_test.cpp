// The tests of the tests: a rule that is wrong in one place has to break a law.
//
// A run by ctest judges twenty mutants and one in 300 of all, the same ones as long as the rules
// are the same.
// `NNC_MUTANTS=i/n` judges every n-th one from the i-th on, `NNC_MUTANTS=i/n:batch` those of one
// kind of rule, `NNC_MUTANTS="i/n:rewrite softplus"` those of rules that begin so; each prints a
// line, which run.sh adds up.

#include "mutation/equivalents.h"
#include "mutation/suite.h"
#include "places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <regex>
#include <set>

namespace nnc::mutation {
namespace {

const Suite& suite() {
  static const Suite made;
  return made;
}

std::string_view name_of(Fate fate) {
  return fate == Fate::killed ? "killed" : fate == Fate::stillborn ? "stillborn" : "survived";
}

/// The fate of one mutant, which has to be what the list of equivalent ones says. What a rewrite
/// does for numbers beyond the range of a dtype no law sees, so that some of these survive.
std::string_view judge(const Mutant& mutant, const std::map<std::string, std::string>& equivalents,
                       std::string& by) {
  const Verdict verdict = suite().judge(mutant);
  const bool listed = equivalents.contains(mutant.id());
  by = verdict.by.substr(0, verdict.by.find('\n'));
  if (listed) {
    EXPECT_EQ(name_of(verdict.fate), "survived") << "is not equivalent: " << mutant.id();
    return verdict.fate == Fate::survived ? "equivalent" : "needless";
  }
  if (mutant.rule != "rewrite") {
    EXPECT_NE(name_of(verdict.fate), "survived") << mutant.id();
  }
  return name_of(verdict.fate);
}

/// Twenty that are no better than what they replace, by the list: all but few have to be killed.
TEST(Mutants, OfASeedAreKilled) {
  const auto equivalents = load_equivalents();
  const auto& subjects = suite().subjects();
  std::mt19937 random(1);
  int killed = 0, survived = 0;
  while (killed + survived < 20) {
    const Subject& subject = subjects[random() % subjects.size()];
    const std::vector<Mutant> mutants = suite().mutants(subject);
    if (mutants.empty()) continue;
    std::string by;
    const auto fate = judge(mutants[random() % mutants.size()], equivalents, by);
    killed += fate == "killed" ? 1 : 0;
    survived += fate == "survived" ? 1 : 0;
  }
  EXPECT_LE(survived, 2);
}

TEST(Mutants, ListedAsEquivalentExist) {
  auto equivalents = load_equivalents();
  std::set<std::string> subjects;
  for (const auto& [id, reason] : equivalents) subjects.insert(id.substr(0, id.find(',')));
  for (const Subject& subject : suite().subjects())
    if (subjects.contains(subject.rule + " " + subject.name))
      for (const Mutant& mutant : suite().mutants(subject)) equivalents.erase(mutant.id());
  for (const auto& [id, reason] : equivalents) ADD_FAILURE() << "no such mutant: " << id;
}

/// Every rewrite that stands in the compiler's sources, in whatever table, is broken here.
TEST(Mutants, KnowEveryRewriteOfTheSources) {
  std::set<std::string> known, names;
  for (const Subject& subject : suite().subjects())
    if (subject.rule == "rewrite") {
      known.insert(subject.name);
      names.insert(subject.name.substr(0, subject.name.rfind(' ')));
    }
  // Where there is no name of an op, a table is made for many.
  const std::regex row(R"re(Rewrite\{\s*"([^"]+)",\s*(?:"([^"]+)")?)re");
  std::set<std::string> written;
  const auto folder = std::filesystem::path(NNC_SOURCE) / "compiler";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream stream(entry.path());
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    for (std::sregex_iterator match(text.begin(), text.end(), row), end; match != end; ++match) {
      written.insert((*match)[1].str());
      if (!(*match)[2].matched) continue;
      const std::string key = (*match)[1].str() + " " + (*match)[2].str();
      EXPECT_TRUE(known.contains(key)) << key << " in " << entry.path();
    }
  }
  EXPECT_EQ(written, names);
}

/// Watching a rule does not change it: a rule that is right passes.
void expect_right(const Subject& subject) {
  const Verdict verdict = suite().judge({subject.rule, subject.name, "nowhere", "", ""});
  EXPECT_EQ(verdict.by, "changes nothing") << subject.rule << " " << subject.name;
}

TEST(Mutants, RightRulesBreakNoLaw) {
  expect_right({"gradient", "atan2"});
  expect_right({"batch", "gather"});
  expect_right({"rewrite", "like-terms add"});
  expect_right({"rewrite", "sigmoid-minus sub"});
}

/// NNC_MUTANTS=i/n judges that share of all, see run.sh; else it is a small one.
TEST(Mutants, AllOfAShare) {
  const char* share = std::getenv("NNC_MUTANTS");
  const std::string text = share ? share : "0/300";
  const std::size_t slash = text.find('/');
  const std::size_t first = std::stoul(text), step = std::stoul(text.substr(slash + 1));
  const std::size_t colon = text.find(':');
  const std::string rule = colon == std::string::npos ? "" : text.substr(colon + 1);
  const auto equivalents = load_equivalents();
  std::size_t number = 0;
  for (const Subject& subject : suite().subjects()) {
    if (!(subject.rule + " " + subject.name).starts_with(rule)) continue;
    if (number % step == first) expect_right(subject);
    for (const Mutant& mutant : suite().mutants(subject)) {
      if (number++ % step != first) continue;
      std::string by;
      const auto fate = judge(mutant, equivalents, by);
      fmt::print("mutant\t{}\t{}\t{}\t{}\t{}\n", mutant.rule, mutant.kind, fate, mutant.id(), by);
      std::fflush(stdout);
    }
  }
}

} // namespace
} // namespace nnc::mutation
