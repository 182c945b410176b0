// Searches over settings: what may be named, which trials there are, and that their ranking depends
// on nothing but settings and seed.
#include "frontends/host/train/search.h"
#include "frontends/host/train/search_space.h"
#include "train/blobs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace nnc::train_test {
namespace {

constexpr const char* momentum = R"({ "kind": "sgd", "lr": 0.1, "momentum": 0.9 })";
constexpr const char* staircase =
    R"({ "kind": "adam", "lr": { "kind": "step", "lr": 0.1, "factor": 0.5, "every": 10 } })";

struct Problem {
  Folder folder;
  std::optional<Source> source;
  const FunctionDoc* function = nullptr;

  explicit Problem(const std::string& optimizer) {
    Sources sources;
    auto loaded = Source::load(folder.write("model.json", blobs_model(optimizer)), sources);
    source = std::move(std::get<Source>(loaded));
    function = *training_function(*source, "");
  }

  Result<Configured> configure(std::vector<Setting> settings) const {
    return nnc::configure(*source, *function, settings);
  }
};

std::vector<std::string> names_of(const Problem& p) {
  std::vector<std::string> names;
  for (const HyperParameter& one : hyper_parameters(*p.source, *p.function))
    names.push_back(one.name);
  return names;
}

TEST(HyperParameters, AreTheOptimizersTheSizesAndTheBatch) {
  EXPECT_EQ(names_of(Problem(momentum)),
            (std::vector<std::string>{"lr", "momentum", "nesterov", "weight_decay", "clip_value",
                                      "clip_norm", "batch", "hidden"}));
  const auto names = names_of(Problem(staircase));
  for (const std::string name : {"lr", "beta1", "lr.lr", "lr.factor", "lr.every", "lr.warmup"})
    EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
  const auto host = names_of(Problem(R"({ "kind": "lbfgs" })"));
  EXPECT_EQ(host, (std::vector<std::string>{"memory", "gradient_norm", "hidden"}));
}

double attribute(const Configured& configured, std::string_view name, std::string_view inner = {}) {
  for (const FunctionDoc& function : configured.doc.functions)
    if (function.optimizer) {
      const AttrDoc* found = function.optimizer->find(name);
      if (!inner.empty()) found = found->find(inner);
      return found->get<NumberDoc>()->real;
    }
  return -1;
}

TEST(HyperParameters, GoWhereTheyBelong) {
  const Problem plain(momentum), stairs(staircase);
  const auto made = plain.configure(
      {{"lr", "0.25"}, {"hidden", "5"}, {"batch", "7"}, {"nesterov", "true"}, {"clip_norm", "2"}});
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(attribute(*made, "lr"), 0.25);
  EXPECT_EQ(attribute(*made, "clip_norm"), 2);
  EXPECT_EQ(made->batch, 7);
  std::map<std::string, std::int64_t> sizes;
  for (const auto& [symbol, size] : made->doc.sizes) sizes[symbol.text] = size.value;
  EXPECT_EQ(sizes, (std::map<std::string, std::int64_t>{{"N", 16}, {"hidden", 5}}));
  const auto scheduled = stairs.configure({{"lr", "0.5"}, {"lr.every", "20"}});
  ASSERT_TRUE(scheduled.ok()) << scheduled.error().message;
  EXPECT_EQ(attribute(*scheduled, "lr", "lr"), 0.5);
  EXPECT_EQ(attribute(*scheduled, "lr", "every"), 20);
}

TEST(HyperParameters, ThatThereAreNotOrThatAreWrong) {
  const Problem p(momentum);
  const auto message = [&](const std::string& name, const std::string& value) {
    const auto made = p.configure({{name, value}});
    return made ? std::string() : made.error().message + " | " + made.error().help;
  };
  EXPECT_EQ(message("hiden", "3"),
            "there is no setting 'hiden' | did you mean 'hidden'? settings are lr, momentum, "
            "nesterov, weight_decay, clip_value, clip_norm, batch, hidden");
  EXPECT_TRUE(message("N", "3").starts_with("there is no setting 'N' | settings are lr,"))
      << "it counts the rows: " << message("N", "3");
  EXPECT_TRUE(message("hidden", "3.5").starts_with("hidden takes whole numbers, not '3.5'"));
  EXPECT_TRUE(message("hidden", "0").starts_with("hidden is a size, not 0"));
  EXPECT_TRUE(message("lr", "-1").starts_with("lr=-1: sgd: ")) << message("lr", "-1");
  EXPECT_TRUE(message("lr", "fast").starts_with("lr=fast: sgd: ")) << message("lr", "fast");
}

std::vector<std::string> texts(const std::vector<std::vector<Setting>>& trials) {
  std::vector<std::string> all;
  for (const auto& settings : trials) {
    std::string text;
    for (const Setting& setting : settings) text += setting.name + "=" + setting.value + " ";
    all.push_back(text);
  }
  return all;
}

const HyperParameter known[] = {{"lr", false}, {"hidden", true}};

TEST(SearchSpace, AGridIsEveryCombination) {
  const SearchSpace space{.grid = {*parse_axis("lr=0.1,0.01"), *parse_axis("hidden=32,64")}};
  EXPECT_EQ(texts(*trials_of(space, known, 1)),
            (std::vector<std::string>{"lr=0.1 hidden=32 ", "lr=0.1 hidden=64 ",
                                      "lr=0.01 hidden=32 ", "lr=0.01 hidden=64 "}));
}

TEST(SearchSpace, DrawsAreInTheirRangesAndGoByNameAndNumber) {
  SearchSpace space{.random = {*parse_axis("lr=loguniform(1e-4,1)")}, .draws = 200};
  const auto alone = *trials_of(space, known, 5);
  int below = 0;
  std::set<std::string> different;
  for (const auto& settings : alone) {
    const double value = std::stod(settings[0].value);
    EXPECT_TRUE(value >= 1e-4 && value <= 1) << value;
    below += value < 1e-2;
    different.insert(settings[0].value);
  }
  EXPECT_NEAR(below, 100, 30) << "half of the orders of magnitude";
  EXPECT_GT(different.size(), 190u);

  space.random.push_back(*parse_axis("hidden=uniform(3,6)"));
  space.draws = 300;
  const auto more = *trials_of(space, known, 5);
  std::set<std::string> sizes;
  for (std::size_t i = 0; i < more.size(); ++i) {
    if (i < alone.size()) {
      EXPECT_EQ(more[i][0].value, alone[i][0].value);
    }
    sizes.insert(more[i][1].value);
  }
  EXPECT_EQ(sizes, (std::set<std::string>{"3", "4", "5", "6"}));
  EXPECT_NE(texts(*trials_of(space, known, 6)), texts(more));

  space.grid = {*parse_axis("batch=8,16")};
  space.draws = 2;
  const auto both = *trials_of(space, known, 5);
  ASSERT_EQ(both.size(), 4u);
  EXPECT_EQ(both[0][0].value, "8");
  EXPECT_EQ(both[1][0].value, "16");
  EXPECT_EQ(both[0][1].value, both[1][1].value);
}

TEST(SearchSpace, WhatIsNone) {
  const auto help = [](const std::string& text) {
    const auto axis = parse_axis(text);
    return axis ? "fine" : axis.error().help;
  };
  EXPECT_EQ(help("lr"), "lr=0.1,0.01");
  EXPECT_EQ(help("=1"), "lr=0.1,0.01");
  EXPECT_EQ(help("lr=loguniforn(1,2)"), "did you mean 'loguniform'?");
  EXPECT_EQ(help("lr=normal(1,2)"), "there are uniform(a,b), loguniform(a,b)");
  for (const std::string text : {"lr=loguniform(0,1)", "lr=loguniform(2,1)", "lr=loguniform(1)",
                                 "lr=loguniform(a,1)", "lr=loguniform(1,2"})
    EXPECT_NE(help(text), "fine") << text;
  EXPECT_FALSE(parse_axis("lr=0.1,,2").ok());
  const SearchSpace twice{.grid = {*parse_axis("lr=1"), *parse_axis("lr=2")}};
  EXPECT_FALSE(trials_of(twice, known, 1).ok());
  const SearchSpace drawn{.grid = {*parse_axis("lr=uniform(0,1)")}};
  EXPECT_FALSE(trials_of(drawn, known, 1).ok());
}

/// The ranking as text, and the weights of the first.
std::pair<std::vector<std::string>, std::map<std::string, std::string>> ranked(const Problem& p,
                                                                               int workers) {
  auto data =
      load_dataset(*p.source, *p.function, {.files = {p.folder.write("data.csv", blobs_csv(120))}});
  const SearchSpace space{.grid = {*parse_axis("lr=1e-6,0.1,1e300"), *parse_axis("hidden=4,9"),
                                   *parse_axis("batch=16,30")}};
  const auto trials = *trials_of(space, hyper_parameters(*p.source, *p.function), 3);
  int told = 0;
  auto outcome = search(
      *p.source, *p.function, *data, trials,
      {.session = {.seed = 3},
       .train = {.epochs = 4, .validation = 0.25, .seed = 3, .keep = Keep::best},
       .workers = workers},
      [] { return false; }, [&](const TrialResult&) { ++told; });
  if (!outcome) throw std::runtime_error(outcome.error().message);
  EXPECT_EQ(told, 12);
  std::vector<std::string> rows;
  for (const TrialResult& trial : outcome->ranked)
    rows.push_back(texts({trial.settings})[0] + std::to_string(trial.rank()) + " " +
                   std::to_string(trial.report ? trial.report->epoch : 0));
  return {rows, values_of(*outcome->session)};
}

TEST(Search, RanksByTheValidationLossForAnyNumberOfWorkers) {
  const Problem p(momentum);
  const auto [rows, weights] = ranked(p, 1);
  ASSERT_EQ(rows.size(), 12u);
  EXPECT_TRUE(rows[0].starts_with("lr=0.1 ")) << rows[0];
  for (std::size_t i = 8; i < 12; ++i)
    EXPECT_TRUE(rows[i].starts_with("lr=1e300 ") && rows[i].ends_with(" inf 0")) << rows[i];
  const auto [again, same] = ranked(p, 3);
  EXPECT_EQ(again, rows);
  EXPECT_EQ(same, weights);
}

TEST(Search, ATrialIsThatRun) {
  const Problem p(momentum);
  auto data =
      load_dataset(*p.source, *p.function, {.files = {p.folder.write("data.csv", blobs_csv(80))}});
  auto outcome = search(
      *p.source, *p.function, *data, {{{"lr", "0.3"}, {"hidden", "5"}}},
      {.session = {.seed = 2}, .train = {.epochs = 3, .seed = 2}}, [] { return false; },
      [](const TrialResult&) {});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  std::string text = blobs_model(R"({ "kind": "sgd", "lr": 0.3, "momentum": 0.9 })");
  text.replace(text.find("\"hidden\": 8"), 11, "\"hidden\": 5");
  auto alone = train_files(p.folder.write("other.json", text), p.folder / "data.csv",
                           {.epochs = 3, .seed = 2});
  ASSERT_TRUE(alone.ok()) << alone.error().message;
  EXPECT_EQ(values_of(*outcome->session), values_of(alone->session));
}

} // namespace
} // namespace nnc::train_test
