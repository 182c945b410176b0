// examples/training: optimisers, rows that are held back, searches, initial values and
// regularisation, against a minimum that is known, counts made anew and what theory says.
#include "examples/chapters/checks.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

namespace nnc::examples_test {
namespace {

/// The words of each line that a command printed.
std::vector<std::vector<std::string>> words_of(const Readme& readme, std::size_t command) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream text(readme.commands().at(command).out);
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    lines.emplace_back();
    for (std::string word; words >> word;) lines.back().push_back(word);
  }
  return lines;
}

/// The number behind a name in what a command printed: "accuracy 0.9694"; NaN if there is none.
double said(const std::string& text, const std::string& name) {
  const std::size_t at = text.find(name + " ");
  return at == std::string::npos ? NAN : std::strtod(text.c_str() + at + name.size(), nullptr);
}

void optimizers(const Readme& readme, Checks& checks) {
  // Source: Newton's method in plain Python with exact sums, to a gradient of 1e-17.
  constexpr double least = 0.0680828231391191;
  const auto losses = [&](const std::string& name) { return readme.column(name + ".csv", "loss"); };
  for (const std::string name : {"conjugate_gradient", "newton", "lbfgs"}) {
    const Vector loss = losses(name);
    checks.near("the minimum by " + name, {last(loss)}, {least}, 1e-12);
    checks.holds(name + " ends by itself", loss.size() < 60);
    checks.holds(name + " never rises",
                 std::is_sorted(loss.rbegin(), loss.rend(),
                                [](double a, double b) { return a < b - 1e-15; }));
  }
  for (const std::string name : {"sgd", "adam"}) {
    checks.holds(name + " takes all epochs", losses(name).size() == 60);
    checks.holds(name + " is above the minimum", last(losses(name)) > least + 1e-3);
  }
  checks.holds("Newton takes the fewest steps", losses("newton").size() < 12);
  // The first tumour of the table has the label 0.
  checks.below("the first tumour", last(readme.column(1, "p")), 1e-3);
}

void held_back(const Readme& readme, Checks& checks) {
  const Vector training = readme.column("log.csv", "loss");
  const Vector validation = readme.column("log.csv", "valid_loss");
  const auto best = std::ranges::min_element(validation) - validation.begin();
  const auto lines = words_of(readme, 0);
  const std::string& out = readme.commands()[0].out;
  checks.holds("accuracy of the test rows",
               said(out.substr(out.find("test loss")), "accuracy") > 0.95);
  checks.holds("it ends 10 epochs after the best",
               static_cast<std::ptrdiff_t>(validation.size()) == best + 11);
  checks.holds("it learns by heart",
               last(training) < 0.5 * training.at(static_cast<std::size_t>(best)));
  // The table of predictions is where the metrics come from.
  double rows = 0, right = 0, recalls = 0;
  for (std::size_t k = 0; k < 10; ++k) {
    const auto& line = lines.at(4 + k);
    double labelled = 0;
    for (std::size_t i = 1; i <= 10; ++i) labelled += std::stod(line.at(i));
    rows += labelled;
    right += std::stod(line.at(k + 1));
    recalls += std::stod(line.at(k + 1)) / labelled / 10;
    checks.holds("rows of a digit", labelled == std::stod(line.at(11)));
  }
  checks.holds("a fifth of the rows", rows == 359);
  const std::string test = out.substr(out.find("test loss"));
  checks.near("accuracy", {said(test, "accuracy")}, {right / rows}, 5e-5);
  checks.near("recall", {said(test, "recall")}, {recalls}, 5e-5);
  checks.below("without --normalize", said(readme.commands()[2].out, "accuracy"), 0.9);
}

void search(const Readme& readme, Checks& checks) {
  const auto grid = words_of(readme, 0), drawn = words_of(readme, 1);
  Vector losses, rates;
  for (std::size_t i = 1; i <= 6; ++i) losses.push_back(std::stod(grid.at(i).at(4)));
  checks.below("the loss of the best", losses[0], 0.3);
  checks.holds("ranked", std::ranges::is_sorted(losses));
  checks.holds("a row for each and one for the test", grid.size() == 8);
  checks.holds("right about most flowers", said(readme.commands()[0].out, ", accuracy") > 0.9);
  for (std::size_t i = 1; i <= 8; ++i) rates.push_back(std::stod(drawn.at(i).at(1)));
  checks.holds("drawn rates are in their range",
               std::ranges::all_of(rates, [](double r) { return r >= 1e-4 && r <= 100; }));
  checks.holds("over orders of magnitude",
               *std::ranges::max_element(rates) > 1000 * *std::ranges::min_element(rates));
}

/// A column of out/<begin>.csv where its layer is `layer`, epoch by epoch.
Vector layer(const Readme& readme, const std::string& begin, const std::string& layer,
             std::size_t field) {
  Vector values;
  std::istringstream lines(readme.file(begin + ".csv"));
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> fields(1);
    for (const char c : line)
      if (c == ',')
        fields.emplace_back();
      else
        fields.back() += c;
    if (fields.at(1) == layer + "_" + begin) values.push_back(std::stod(fields.at(field)));
  }
  return values;
}

void saturation(const Readme& readme, Checks& checks) {
  constexpr std::size_t gradient = 2, saturated = 3;
  // Source: at 0 each gradient of a weight has a factor that is 0, a weight or a hidden unit.
  for (const std::string name : {"w1", "w2", "w3"})
    checks.near("zeros stay: " + name, layer(readme, "zero", name, gradient), Vector(20, 0), 0);
  const std::string& zero = readme.commands()[2].out;
  checks.holds("a guess", std::abs(said(zero, "loss") - std::log(3)) < 0.02);
  checks.holds("and that is said", zero.find("no gradient reaches w1_zero, ") != std::string::npos);
  checks.holds("Glorot's learn by heart",
               readme.commands()[0].out.find("exit code 0\n") != std::string::npos);
  const std::string& large = readme.commands()[1].out;
  checks.holds("large ones do not", large.find("exit code 3\n") != std::string::npos &&
                                        large.find("saturated units let") != std::string::npos);
  checks.holds("large ones saturate", layer(readme, "large", "h1", saturated).at(0) > 0.5);
  checks.below("Glorot's do not", layer(readme, "glorot", "h1", saturated).at(0), 0.1);
  // Three layers, each 0.001 of what is usual: a millionth where a weight has both others before
  // it.
  checks.below("small ones have small gradients", layer(readme, "small", "w1", gradient).at(0),
               1e-3 * layer(readme, "glorot", "w1", gradient).at(0));
}

void regularization(const Readme& readme, Checks& checks) {
  // Source: both add 2 lambda w to the gradient.
  checks.near("penalty and decay", readme.numbers(3, "v"), readme.numbers(4, "v"), 1e-12);
  std::map<std::string, std::string> ways;
  std::istringstream lines(readme.commands()[0].out);
  for (std::string line; std::getline(lines, line);)
    ways[line.substr(0, line.find(','))] = line.substr(line.find(',') + 1);
  const auto error = [&](const std::string& way) { return said(ways[way], ", error_rate"); };
  checks.holds("all ways", ways.size() == 12);
  checks.below("errors of the plain net", error("plain"), 0.06);
  for (const auto& [way, line] : ways) checks.below("errors of " + way, error(way), 0.08);
  for (const std::string way : {"moved", "input_noise"})
    checks.below(way + " helps", error(way), error("plain"));
  checks.holds("L1 makes weights small", said(ways["l1"], "zero_weights") > 0.5);
  checks.below("but none 0", said(ways["l1"], "exact_zeros"), 0.01);
  // Source: the proximal step of |w| is sign(w) max(|w| - rate lambda, 0), which is 0 around 0.
  checks.holds("a proximal step does", said(ways["l1_proximal"], "exact_zeros") > 0.3);
  checks.below("L2 does not", said(ways["l2"], "zero_weights"), 0.05);
  const Vector validation = readme.column("log.csv", "valid_loss");
  const auto best = std::ranges::min_element(validation) - validation.begin();
  checks.holds("it ends 5 epochs after the best",
               static_cast<std::ptrdiff_t>(validation.size()) == best + 6);
  checks.below("errors with early stopping", last(readme.said(1, "error_rate")), 0.06);
}

void initialisation(const Readme& readme, Checks& checks) {
  const auto std_of = [&](const std::string& kind) { return readme.column(0, kind + "_std"); };
  const Vector small = std_of("small"), glorot = std_of("glorot"), large = std_of("large");
  checks.holds("five layers", small.size() == 5 && glorot.size() == 5 && large.size() == 5);
  // Source: a sum of 100 terms of variance 0.01^2 v has 0.1^2 v; tanh is the identity near 0.
  for (std::size_t i = 0; i < small.size(); ++i)
    checks.near("small weights", {small[i] * std::pow(10, static_cast<double>(i + 1))}, {1}, 0.05);
  for (const double one : large) checks.holds("large ones saturate", one > 0.9);
  for (const double one : glorot) checks.holds("Glorot's do neither", one > 0.3 && one < 0.7);
  checks.near("equal weights make equal units", readme.column(0, "equal_between"), Vector(5), 1e-6);
  const Vector layer = readme.column("histograms.csv", "layer"),
               centre = readme.column("histograms.csv", "centre");
  for (const std::string kind : {"glorot", "large", "small", "equal"}) {
    const Vector share = readme.column("histograms.csv", kind + "_share");
    Vector sums(5), squares(5);
    for (std::size_t i = 0; i < share.size() && i < layer.size(); ++i) {
      sums.at(static_cast<std::size_t>(layer[i]) - 1) += share[i];
      squares.at(static_cast<std::size_t>(layer[i]) - 1) += share[i] * centre[i] * centre[i];
    }
    checks.near("shares of " + kind, sums, Vector(5, 1), 1e-5);
    // A histogram of bins of 0.1 has the variance to within that of a bin.
    const Vector spread = std_of(kind);
    for (std::size_t i = 0; i < 5 && i < spread.size(); ++i)
      checks.near("histogram of " + kind, {std::sqrt(squares[i])}, {spread[i]}, 0.06);
  }
}

void debugging(const Readme& readme, Checks& checks) {
  // Source: the chain rule; a central difference.
  const std::string& found = readme.commands().at(2).out;
  for (const std::string name : {"w1", "b1", "w2"})
    checks.holds("right: " + name, found.find("hand_" + name + ": agrees") != std::string::npos);
  checks.holds("the slip is found",
               found.find("hand_b2: 1 of 1 elements differ") != std::string::npos);
  checks.holds("and said", found.starts_with("exit code 3\n"));
  checks.near("a difference", readme.numbers(3, "difference_b2"), readme.numbers(3, "g_b2"), 1e-9);
  checks.near("off by a sign", readme.numbers(3, "hand_b2"), {-readme.number(3, "g_b2")}, 1e-15);
  checks.below("the right sign", readme.number(5, "loss"), readme.number(4, "loss"));
}

const Example chapter[] = {{.folder = "training/optimizers",
                            .check = optimizers,
                            .wrong = {"1e-3 * l2(w)", "1.1e-3 * l2(w)"},
                            .found = "the minimum",
                            .of = "loss",
                            .wrt = "w,b"},
                           {.folder = "training/held_back",
                            .check = held_back,
                            .wrong = {"tanh(linear(x, w1, b1))", "tanh(0 * linear(x, w1, b1))"},
                            .found = "accuracy",
                            .of = "loss",
                            .wrt = "w1,b1,w2,b2"},
                           {.folder = "training/search",
                            .check = search,
                            .wrong = {"tanh(linear(x, w1, b1))", "tanh(0 * linear(x, w1, b1))"},
                            .found = "the loss of the best",
                            .of = "loss",
                            .wrt = "w1,b1,w2,b2"},
                           {.folder = "training/saturation",
                            .check = saturation,
                            .wrong = {"tanh(h1_zero @ w2_zero)", "tanh(h1_zero @ w2_zero + 0.1)"},
                            .found = "zeros stay",
                            .of = "loss_glorot",
                            .wrt = "w1_glorot,w2_glorot,w3_glorot,b_glorot"},
                           {.folder = "training/regularization",
                            .check = regularization,
                            .wrong = {R"("weight_decay": 0.1)", R"("weight_decay": 0.101)"},
                            .found = "penalty and decay",
                            .of = "loss",
                            .wrt = "w1,b1,w2,b2"},
                           {.folder = "training/initialisation",
                            .check = initialisation,
                            .wrong = {R"("std": 0.01 })", R"("std": 0.011 })"},
                            .found = "small weights",
                            .of = "probe",
                            .wrt = "glorot"},
                           {.folder = "training/debugging",
                            .check = debugging,
                            .wrong = {"hand_b1 = sum(delta_h", "hand_b1 = sum(1.01 * delta_h"},
                            .found = "right: b1",
                            .of = "loss",
                            .wrt = "w1,b1,w2,b2"}};

} // namespace

std::span<const Example> training() { return chapter; }

} // namespace nnc::examples_test
