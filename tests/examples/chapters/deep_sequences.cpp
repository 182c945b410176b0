// examples/deep: recurrent nets, loops and attention, against closed forms, bounds of theory,
// entropies of the text that is read, and the same nets written out step by step.
#include "examples/chapters/checks.h"
#include "places.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

namespace nnc::examples_test {
namespace {

void adding(const Readme& readme, Checks& checks) {
  // Source: two numbers from [0, 1] have a variance of 1/6 together; 2,000 were drawn.
  checks.near("a guess", readme.numbers(0, "guess_error"), {1.0 / 6}, 0.01);
  checks.near("the plain net guesses", readme.numbers(0, "rnn_loss"), {1.0 / 6}, 0.02);
  for (const std::string net : {"gru", "lstm"}) {
    checks.below(net + " adds", readme.number(0, net + "_loss"), 0.005);
    const Vector back = readme.column("after_" + net + ".csv", net + "_back");
    checks.holds("50 steps", back.size() == 50);
    checks.holds(net + " feels the first step", back.front() > 0.05 * back.back());
  }
  // Source: delta_t = U^T (1 - h^2) delta_(t+1) is no longer than sigma delta_(t+1).
  const Vector back = readme.column("before_rnn.csv", "rnn_back");
  const double sigma = readme.number(2, "sigma");
  checks.holds("50 steps of the plain net", back.size() == 50);
  for (std::size_t t = 0; t + 1 < back.size(); ++t)
    checks.below("the bound of the singular value", back[t], 1.0001 * sigma * back[t + 1]);
  checks.below("it vanishes", back.front(), 1e-6 * back.back());
  for (const std::string net : {"gru", "lstm"})
    checks.below("100 steps, " + net, readme.number(6, net + "_loss"), 0.005);
}

/// Source: Shannon 1948. The entropy of the characters of a text in nats, each given the `before`
/// ones before it.
double entropy(const std::string& text, std::size_t before) {
  std::map<std::string, double> whole, begin;
  for (std::size_t i = before; i < text.size(); ++i) {
    ++whole[text.substr(i - before, before + 1)];
    ++begin[text.substr(i - before, before)];
  }
  double nats = 0;
  const double all = static_cast<double>(text.size() - before);
  for (const auto& [characters, count] : whole)
    nats -= count / all * std::log(count / begin[characters.substr(0, before)]);
  return nats;
}

void characters(const Readme& readme, Checks& checks) {
  const std::string text = cli_test::file_text(NNC_SOURCE "/examples/deep/characters/text.txt");
  const double loss = last(readme.said(1, "validation loss"));
  // Source: readers who guess English letter by letter need 0.6 bits or more (Shannon 1951).
  checks.holds("nobody can know more", loss > 0.6 * std::log(2));
  checks.below("better than by single characters", loss, entropy(text, 0) - 0.5);
  const double long_loss = last(readme.said(5, "validation loss"));
  checks.below("20 epochs are better than pairs", long_loss, entropy(text, 1));
  checks.below("and better than 3", long_loss, loss);
  const Vector sample = readme.column("sample.csv", "text");
  checks.holds("400 characters", sample.size() == 400);
  double known = 0;
  for (const double one : sample)
    known += text.find(static_cast<char>(one)) != std::string::npos ? 1.0 / 400 : 0;
  checks.holds("of the text", known > 0.98);
  const std::string readme_text = readme.text();
  for (const std::size_t before : {0u, 1u}) {
    const std::string nats = std::to_string(entropy(text, before)).substr(0, 4);
    checks.holds("entropies of the text: " + nats, readme_text.find(nats) != std::string::npos);
  }
}

void unrolled(const Readme& readme, Checks& checks) {
  // Source: the same net, step by step.
  for (const std::string net : {"rnn", "lstm", "gru"}) {
    checks.near(net + ", the loop and its steps", readme.numbers(0, net + "_scan"),
                readme.numbers(0, net + "_steps"), 1e-14);
    for (const std::string kind : {"_input", "_weights"})
      checks.below(net + kind, readme.number(1, net + kind), 1e-12);
    checks.holds("there is a gradient", readme.number(1, net + "_length") > 0.01);
  }
  const bool agree = readme.commands().at(2).out.find("derivatives agree") != std::string::npos;
  checks.holds("dual numbers agree", agree);
}

void stacked(const Readme& readme, Checks& checks) {
  // Source: the same blocks, called one by one.
  checks.below("outputs", readme.number(0, "output_difference"), 1e-12);
  checks.below("gradients", readme.number(0, "gradient_difference"), 1e-12);
  const Vector back = readme.column("layers.csv", "gradient_of_layer");
  checks.holds("fifty layers", back.size() == 50);
  for (const double one : back)
    checks.holds("every layer learns", one > 0.3 * back.back() && one < 3 * back.back());
  checks.below("both learn", readme.number(3, "loss"), 0.01 * readme.number(0, "loss"));
  checks.near("and alike", readme.numbers(4, "loss_loop"), readme.numbers(3, "loss"), 1e-9);
}

void attention(const Readme& readme, Checks& checks) {
  // Source: what reversing is; softmax(q k^T / sqrt(D)) v in the model.
  const Vector symbol = readme.numbers(2, "symbol"), answer = readme.numbers(2, "answer");
  checks.holds("two sequences", symbol.size() == 20 && answer.size() == 20);
  Vector reversed;
  for (const std::size_t begin : {0u, 10u})
    for (std::size_t i = 0; i < 10 && symbol.size() == 20; ++i)
      reversed.push_back(symbol[begin + 9 - i]);
  checks.near("reversed", answer, reversed, 0);
  checks.near("all of 500", readme.numbers(1, "accuracy"), {1}, 0.001);
  checks.below("attention by hand", readme.number(1, "difference"), 1e-5);
  const Vector at = readme.column("map.csv", "at"), other = readme.column("map.csv", "looks_at"),
               look = readme.column("map.csv", "look");
  checks.holds("a map of 10x10", at.size() == 100 && other.size() == 100 && look.size() == 100);
  for (std::size_t i = 0; i < look.size(); ++i)
    if (at[i] + other[i] == 9) checks.holds("it looks at the place opposite", look[i] > 0.5);
}

const Example rows[] = {{.folder = "deep/adding",
                         .check = adding,
                         .wrong = {"mean((answer - 1)**2)", "mean((answer - 0.8)**2)"},
                         .found = "a guess",
                         .of = "lstm_loss",
                         .wrt = "lw,lu,lb"},
                        {.folder = "deep/characters",
                         .check = characters,
                         .wrong = {"bytes[1:]", "bytes[:50]"},
                         .found = "nobody can know more",
                         .of = "loss",
                         .wrt = "w,u,b,v,c"},
                        {.folder = "deep/unrolled",
                         .check = unrolled,
                         .wrong = {"sigmoid(z[:, 4:8]) * c", "sigmoid(z[:, 4:8]) * 0.999 * c"},
                         .found = "lstm, the loop",
                         .of = "gru_scan",
                         .wrt = "gw,gu,gb,gbu"},
                        {.folder = "deep/stacked",
                         .check = stacked,
                         .wrong = {"block(y49, w[49], b[49])", "block(y49, w[48], b[49])"},
                         .found = "outputs",
                         .of = "loss_loop",
                         .wrt = "w,b"},
                        {.folder = "deep/attention",
                         .check = attention,
                         .wrong = {"flip(symbol, axes=[1])", "flip(symbol, axes=[0])"},
                         .found = "reversed",
                         .of = "loss",
                         .wrt = "table,places,wq,wk,wv,wo"}};

} // namespace

std::span<const Example> deep_sequences() { return rows; }

} // namespace nnc::examples_test
