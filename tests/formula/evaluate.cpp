#include "formula/evaluate.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace nnc::formula {
namespace {

std::int64_t offset(const Place& at) {
  std::int64_t sum = 0;
  for (const std::int64_t i : at) sum = sum * extent + i;
  return sum;
}

/// Calls `f` with every place of `rank` axes.
template <class F>
void each_place(std::size_t rank, F f) {
  Place at(rank, 0);
  for (;;) {
    f(at);
    std::size_t axis = rank;
    while (axis > 0 && ++at[axis - 1] == extent) at[--axis] = 0;
    if (axis == 0) return;
  }
}

const std::map<std::string, double (*)(double)> functions = {
    {"exp", std::exp},
    {"log", std::log},
    {"sqrt", std::sqrt},
    {"tanh", std::tanh},
    {"sin", std::sin},
    {"cos", std::cos},
    {"abs", std::fabs},
    {"erf", std::erf},
    {"erfc", std::erfc},
    {"sinh", std::sinh},
    {"cosh", std::cosh},
    {"tan", std::tan},
    {"atan", std::atan},
    {"asin", std::asin},
    {"acos", std::acos},
    {"asinh", std::asinh},
    {"atanh", std::atanh},
    {"trunc", [](double x) { return std::trunc(x); }},
    {"sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"softplus", [](double x) { return std::log1p(std::exp(x)); }},
    {"relu", [](double x) { return x <= 0 ? 0.0 : x; }},
    {"sign", [](double x) { return x == 0 ? 0.0 : std::copysign(1.0, x); }}};

} // namespace

double Evaluation::value(TermId id, const Place& place) {
  const bool of_elements = terms_[id].rank > 0 || terms_[id].elementwise ||
                           terms_[id].varies != 0 || terms_[id].kind == Kind::one;
  const Place at = of_elements ? place : Place{}; // a scalar is the same everywhere
  const auto found = known_.find({id, at, steps_});
  if (found != known_.end()) return found->second;
  const double result = computed(terms_[id], at);
  known_[{id, at, steps_}] = result;
  return result;
}

double Evaluation::computed(const Term& term, const Place& at) {
  double sum = 0;
  const auto arg = [&](std::size_t i) { return value(term.args[i], at); };
  switch (term.kind) {
  case Kind::one:
    return 1;
  case Kind::symbol:
    return element(term, at);
  case Kind::named:
    return term.numbers[0] * arg(0);
  case Kind::sum:
    for (std::size_t i = 0; i < term.args.size(); ++i) sum += term.numbers[i] * arg(i);
    return sum;
  case Kind::product:
    return product(term, at);
  case Kind::call:
    return call(term, at);
  case Kind::over:
    return over(term, at);
  case Kind::matrix:
    return matrix(term, at);
  case Kind::turned:
    return value(term.args[0], at.size() < 2 ? at : Place{at[1], at[0]});
  case Kind::placed: {
    Place inner;
    for (const std::int64_t axis : term.axes)
      inner.push_back(axis < 0 ? 0 : at[static_cast<std::size_t>(axis)]);
    return value(term.args[0], inner);
  }
  case Kind::index:
    return index(term, at);
  case Kind::position:
    return static_cast<double>(at[static_cast<std::size_t>(term.axes[0])]);
  case Kind::onehot:
    return arg(0) == static_cast<double>(at[static_cast<std::size_t>(term.axes[0])]);
  case Kind::compare:
    return compare(term, at);
  case Kind::condition:
    return condition(term, at);
  case Kind::mask:
    return arg(0) != 0;
  case Kind::where:
    return arg(0) != 0 ? arg(1) : arg(2);
  case Kind::state:
  case Kind::series:
  case Kind::step:
    return of_loop(term, at);
  }
  throw std::logic_error("a term of no kind");
}

/// What is multiplied with 0 counts as 0 whatever it is.
double Evaluation::product(const Term& term, const Place& at) {
  double product = 1;
  for (std::size_t i = 0; i < term.args.size(); ++i)
    if (term.numbers[i] > 0 && value(term.args[i], at) == 0) return 0;
  for (std::size_t i = 0; i < term.args.size(); ++i)
    product *= std::pow(value(term.args[i], at), term.numbers[i]);
  return product;
}

/// Of a leaf.
double Evaluation::element(const Term& term, const Place& at) {
  const Place own(at.end() - term.rank, at.end());
  return leaves_.at(term.head).at(static_cast<std::size_t>(offset(own)));
}

double Evaluation::condition(const Term& term, const Place& at) {
  if (term.head == "not") return value(term.args[0], at) == 0;
  for (const auto arg : term.args)
    if ((value(arg, at) != 0) == (term.head == "or")) return term.head == "or";
  return term.head == "and";
}

/// Of rows, by a vector or a number.
double Evaluation::index(const Term& term, const Place& at) {
  const auto rows = at.begin() + (term.rank > 0 ? 1 : 0);
  Place inner{static_cast<std::int64_t>(value(term.args[1], Place(at.begin(), rows)))};
  inner.insert(inner.end(), rows, at.end());
  return value(term.args[0], inner);
}

/// "ab,bc->ac"
double Evaluation::einsum(const Term& term, const Place& at) {
  const std::size_t comma = term.note.find(','), arrow = term.note.find("->");
  const std::string a = term.note.substr(0, comma),
                    b = term.note.substr(comma + 1, arrow - comma - 1),
                    result = term.note.substr(arrow + 2);
  std::string letters = a + b;
  std::ranges::sort(letters);
  letters.erase(std::unique(letters.begin(), letters.end()), letters.end());
  double sum = 0;
  each_place(letters.size(), [&](const Place& all) {
    const auto of = [&](const std::string& axes) {
      Place place;
      for (const char axis : axes) place.push_back(all[letters.find(axis)]);
      return place;
    };
    if (of(result) == at) sum += value(term.args[0], of(a)) * value(term.args[1], of(b));
  });
  return sum;
}

/// Of a vector: its elements in order, or the positions that these come from.
double Evaluation::sorted(const Term& term, const Place& at) {
  std::vector<std::pair<double, std::int64_t>> all;
  for (std::int64_t i = 0; i < extent; ++i) all.emplace_back(value(term.args[0], {i}), i);
  std::ranges::stable_sort(all);
  const auto& [element, from] = all[static_cast<std::size_t>(at[0])];
  return term.head == "sort" ? element : static_cast<double>(from);
}

/// Along axis 0 of a vector: the elements up to one, or from it on.
double Evaluation::running(const Term& term, const Place& at) {
  const bool reverse = term.note.find("reverse") != std::string::npos;
  const bool exclusive = term.note.find("exclusive") != std::string::npos;
  const bool sums = term.head == "cumsum";
  double result = sums ? 0 : 1;
  for (std::int64_t i = 0; i < extent; ++i) {
    if ((reverse ? i < at[0] : i > at[0]) || (exclusive && i == at[0])) continue;
    const double x = value(term.args[0], {i});
    result = sums ? result + x : result * x;
  }
  return result;
}

double Evaluation::diagonal(const Term& term, const Place& at) {
  if (term.head == "diag" && at.size() == 2)
    return at[0] == at[1] ? value(term.args[0], {at[0]}) : 0;
  if (term.head == "diag") return value(term.args[0], {at[0], at[0]});
  double sum = 0;
  for (std::int64_t i = 0; i < extent; ++i) sum += value(term.args[0], {i, i});
  return sum;
}

double Evaluation::call(const Term& term, const Place& at) {
  if (term.head == "einsum") return einsum(term, at);
  if (term.head == "sort" || term.head == "argsort") return sorted(term, at);
  if (term.head == "cumsum" || term.head == "cumprod") return running(term, at);
  if (term.head == "diag" || term.head == "trace") return diagonal(term, at);
  std::vector<double> args;
  for (const TermId arg : term.args) args.push_back(value(arg, at));
  if (const auto f = functions.find(term.head); f != functions.end()) return f->second(args[0]);
  if (term.head == "^") return std::pow(args[0], args[1]);
  if (term.head == "maximum") return std::max(args[0], args[1]);
  if (term.head == "rem") return std::fmod(args[0], args[1]);
  if (term.head == "minimum") return std::min(args[0], args[1]);
  throw std::logic_error("no value of " + term.head);
}

double Evaluation::over(const Term& term, const Place& at) {
  const bool keeps = term.head.ends_with("softmax");
  const std::size_t rank = at.size() + (keeps ? 0 : term.axes.size());
  std::vector<double> all;
  each_place(term.axes.size(), [&](const Place& along) {
    Place inner(rank);
    std::size_t next = 0;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const auto i = std::ranges::find(term.axes, static_cast<std::int64_t>(axis));
      if (i != term.axes.end())
        inner[axis] = along[static_cast<std::size_t>(i - term.axes.begin())];
      else
        inner[axis] = at[keeps ? axis : next++];
    }
    all.push_back(value(term.args[0], inner));
  });
  double sum = 0, squares = 0, powers = 0, product = 1;
  for (const double x : all) sum += x, squares += x * x, powers += std::exp(x), product *= x;
  if (term.head == "sum") return sum;
  if (term.head == "prod") return product;
  if (term.head == "norm") return std::sqrt(squares);
  if (term.head == "logsumexp") return std::log(powers);
  if (term.head == "softmax") return std::exp(value(term.args[0], at)) / powers;
  if (term.head == "log_softmax") return value(term.args[0], at) - std::log(powers);
  if (term.head == "max") return *std::ranges::max_element(all);
  if (term.head == "min") return *std::ranges::min_element(all);
  throw std::logic_error("no value of " + term.head);
}

/// Of matrices and vectors: a vector is a row on the left of a matrix, a column on its right.
double Evaluation::matrix(const Term& term, const Place& at) {
  const auto rank = [&](TermId id) {
    while (terms_[id].kind == Kind::turned || terms_[id].kind == Kind::named)
      id = terms_[id].args[0];
    return std::popcount(terms_[id].varies);
  };
  const int left = rank(term.args[0]), right = rank(term.args[1]);
  if (left == 1 && right == 1 && at.size() == 2) // outer
    return value(term.args[0], {at[0]}) * value(term.args[1], {at[1]});
  double sum = 0;
  for (std::int64_t k = 0; k < extent; ++k)
    sum += value(term.args[0], left == 2 ? Place{at[0], k} : Place{k}) *
           value(term.args[1], right == 2 ? Place{k, at.back()} : Place{k});
  return sum;
}

double Evaluation::compare(const Term& term, const Place& at) {
  const double a = value(term.args[0], at), b = value(term.args[1], at);
  if (term.head == "=") return a == b;
  if (term.head == "!=") return a != b;
  if (term.head == "<") return a < b;
  if (term.head == "<=") return a <= b;
  return term.head == ">" ? a > b : a >= b;
}

} // namespace nnc::formula
