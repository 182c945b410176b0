// examples/deep: deep networks, against what is asked of them on rows that they never saw,
// principal components, closed forms and bounds of theory, and convolutions by hand.
#include "examples/chapters/checks.h"
#include "places.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace nnc::examples_test {
namespace {

/// Of the test rows of each seed; the validation stands in other lines.
Vector test_accuracy(const Readme& readme, std::size_t command) {
  Vector all = readme.said(command, "accuracy"), test;
  for (std::size_t i = 1; i < all.size(); i += 2) test.push_back(all[i]);
  return test;
}

/// examples/data/digits.csv, of which there is a copy beside every example.
std::vector<Vector> digits() {
  std::vector<Vector> rows;
  std::istringstream lines(cli_test::file_text(NNC_SOURCE "/examples/data/digits.csv"));
  std::string line;
  for (std::getline(lines, line); std::getline(lines, line);) {
    rows.emplace_back();
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');)
      rows.back().push_back(std::strtod(field.c_str(), nullptr));
    rows.back().pop_back();
  }
  return rows;
}

void digits_mlp(const Readme& readme, Checks& checks) {
  // Source: softmax - one_hot, in the model.
  checks.below("the gradient at the outputs", readme.said(1, "difference").at(0), 1e-6);
  const Vector accuracy = test_accuracy(readme, 0);
  checks.holds("three seeds", accuracy.size() == 3);
  checks.at_least("accuracy on digits that it never saw", mean(accuracy), 0.97);
  checks.near("seed 1", readme.said(2, "test loss"), {readme.said(0, "test loss").at(0)}, 0);
}

void digits_cnn(const Readme& readme, Checks& checks) {
  // Source: a correlation by its definition, zeros around the image.
  const Vector filter = readme.column("filters.csv", "weight"),
               bias = readme.column("filters.csv", "bias"),
               response = readme.column("seen.csv", "response");
  checks.holds("24 filters", filter.size() == 216 && bias.size() == 216 && response.size() == 1536);
  if (!checks.failed().empty()) return;
  const Vector image = digits().at(0);
  Vector by_hand;
  for (int row = 0; row < 8; ++row)
    for (int column = 0; column < 8; ++column)
      for (std::size_t f = 0; f < 24; ++f) {
        double sum = bias[9 * f];
        for (int k = 0; k < 9; ++k) {
          const int r = row + k / 3 - 1, c = column + k % 3 - 1;
          if (r >= 0 && r < 8 && c >= 0 && c < 8)
            sum += filter[9 * f + static_cast<std::size_t>(k)] *
                   image[static_cast<std::size_t>(8 * r + c)] / 16;
        }
        by_hand.push_back(std::max(sum, 0.0));
      }
  checks.near("the first layer by hand", response, by_hand, 1e-5);
  checks.holds("six epochs", readme.said(0, "accuracy").at(0) > 0.95);
  const Vector accuracy = test_accuracy(readme, 4);
  checks.holds("three seeds", accuracy.size() == 3);
  checks.at_least("accuracy on digits that it never saw", mean(accuracy), 0.985);
}

/// Source: Jacobi's rotations on the covariance of the images. What the principal components from
/// the `first` on have of the variance, a pixel.
double variance_after(const std::vector<Vector>& images, std::size_t first) {
  constexpr std::size_t n = 64;
  std::vector<Vector> a(n, Vector(n));
  Vector centre(n);
  const double rows = static_cast<double>(images.size());
  for (const Vector& image : images)
    for (std::size_t i = 0; i < n; ++i) centre[i] += image[i] / 16 / rows;
  for (const Vector& image : images)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t k = 0; k < n; ++k)
        a[i][k] += (image[i] / 16 - centre[i]) * (image[k] / 16 - centre[k]) / rows;
  for (int sweep = 0; sweep < 12; ++sweep)
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) {
        if (a[p][q] == 0) continue;
        const double angle = std::atan(2 * a[p][q] / (a[q][q] - a[p][p])) / 2;
        const double c = std::cos(angle), s = std::sin(angle);
        for (std::size_t k = 0; k < n; ++k) {
          const double x = a[p][k], y = a[q][k];
          a[p][k] = c * x - s * y;
          a[q][k] = s * x + c * y;
        }
        for (std::size_t k = 0; k < n; ++k) {
          const double x = a[k][p], y = a[k][q];
          a[k][p] = c * x - s * y;
          a[k][q] = s * x + c * y;
        }
      }
  Vector eigenvalues;
  for (std::size_t i = 0; i < n; ++i) eigenvalues.push_back(a[i][i]);
  std::ranges::sort(eigenvalues, std::greater());
  double rest = 0;
  for (std::size_t i = first; i < n; ++i) rest += eigenvalues[i];
  return rest / n;
}

void autoencoder(const Readme& readme, Checks& checks) {
  auto learned = digits();
  learned.resize(1437);
  const double components = variance_after(learned, 8);
  checks.near("principal components", readme.said(2, "loss"), {components}, 1e-5);
  // Source: Baldi and Hornik 1989: no linear net is better, and the best one is as good.
  const double linear = readme.said(4, "loss").at(0);
  checks.holds("no linear net is better", linear >= components - 1e-5);
  checks.below("nor much worse", linear, 1.01 * components);
  const double unseen = readme.numbers(3, "pca_unseen").at(0);
  checks.near("both alike on what they have not seen", readme.said(4, "linear_error"), {unseen},
              0.01 * unseen);
  checks.below("a deep one is better", readme.said(5, "deep_error").at(0), 0.7 * unseen);
  double squares = 0;
  const Vector original = readme.column("deep.csv", "original"),
               image = readme.column("deep.csv", "deep_image");
  checks.holds("ten digits", original.size() == 640 && image.size() == 640);
  for (std::size_t i = 0; i < original.size() && i < image.size(); ++i)
    squares += (original[i] - image[i]) * (original[i] - image[i]) / 640;
  checks.below("ten digits as well", squares, unseen);
  checks.below("units are active with a decay alone", readme.said(7, "decayed_idle").at(0), 0.1);
  checks.holds("and seldom with the penalty", readme.said(7, "sparse_idle").at(0) > 0.7);
  for (const std::string net : {"decayed", "sparse"}) {
    const Vector weights = readme.column(net + "_weights.csv", net + "_weight");
    double zeros = 0;
    for (const double weight : weights) zeros += std::abs(weight) < 0.1 ? 1 : 0;
    checks.near("weights near zero, " + net, readme.said(7, net + "_zeros"), {zeros / 2304}, 5e-5);
  }
}

void googlenet(const Readme& readme, Checks& checks) {
  // Source: a filter of 1x1 is a matrix product at every place, in the model.
  checks.below("1x1 filters", last(readme.said(0, "difference")), 1e-5);
  checks.at_least("accuracy after five epochs", last(readme.said(0, "accuracy")), 0.9);
}

void residual(const Readme& readme, Checks& checks) {
  // Source: Ioffe and Szegedy 2015, in the model.
  checks.below("batch normalisation", readme.number(1, "difference"), 1e-5);
  checks.at_least("accuracy after five epochs", last(readme.said(0, "accuracy")), 0.9);
}

void nets_in_nets(const Readme& readme, Checks& checks) {
  // Source: the net that the weights are from.
  checks.near("the encoder inside", readme.numbers(6, "h"), readme.numbers(4, "h"), 0);
  checks.near("its size", readme.numbers(6, "size"), readme.numbers(4, "size"), 0);
  checks.holds("the file is its training's", readme.commands().at(5).code == 0);
  const auto right = [&](const std::string& way) { return last(readme.said(7, "right_" + way)); };
  checks.holds("a net that read digits helps", right("frozen") > right("fresh"));
  checks.holds("so it does when it goes on learning", right("tuned") > right("fresh"));
  checks.holds("of both", right("tuned") > 0.8 && right("frozen") > 0.8);
  const Vector moved = readme.said(7, "moved");
  checks.holds("three ways", moved.size() == 3);
  checks.near("frozen weights are those of the file", {moved.at(0)}, {0}, 0);
  checks.holds("tuned ones moved", moved.at(1) > 0.1);
}

const Example rows[] = {{.folder = "deep/digits_mlp",
                         .check = digits_mlp,
                         .wrong = {"one_hot(y, 10)) / N", "one_hot(y, 10)) / 31"},
                         .found = "the gradient at the outputs",
                         .of = "loss",
                         .wrt = "w1,b1,w2,b2,w3,b3"},
                        {.folder = "deep/digits_cnn",
                         .check = digits_cnn,
                         .wrong = {"images = reshape(x / 16", "images = reshape(x / 15"},
                         .found = "the first layer by hand",
                         .of = "loss",
                         .wrt = "k1,k2,k3,c1,c2,c3,w,b"},
                        {.folder = "deep/autoencoder",
                         .check = autoencoder,
                         .wrong = {"pixels = x / 16", "pixels = x / 15.9"},
                         .found = "principal components",
                         .of = "deep_error",
                         .wrt = "w1,w2,w3,w4"},
                        {.folder = "deep/googlenet",
                         .check = googlenet,
                         .wrong = {"relu(h0 @ a1[0, 0] + ac1)", "relu(1.01 * h0 @ a1[0, 0] + ac1)"},
                         .found = "1x1 filters",
                         .of = "loss",
                         .wrt = "k,a1,a3,a5,a6,d3,d5,w,b"},
                        {.folder = "deep/residual",
                         .check = residual,
                         .wrong = {"sqrt(spread + 1e-5)", "sqrt(spread + 1e-2)"},
                         .found = "batch normalisation",
                         .of = "loss",
                         .wrt = "k0,k1,k2,k3,w,b"},
                        {.folder = "deep/nets_in_nets",
                         .check = nets_in_nets,
                         .wrong = {"tanh(linear(x / 16, w, b))", "tanh(linear(x / 16.1, w, b))"},
                         .found = "the encoder inside",
                         .of = "loss_tuned",
                         .wrt = "w_tuned,b_tuned,v_tuned,c_tuned"}};

} // namespace

std::span<const Example> deep() { return rows; }

} // namespace nnc::examples_test
