#include "frontends/formula/write_term.h"

#include "frontends/formula/equations.h"
#include "frontends/formula/number.h"
#include "frontends/formula/triangle.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nnc::formula {
namespace {

enum class Level { condition, sum, product, matrix, power, atom };

struct Text {
  std::string text;
  Level level = Level::atom;
};

class Writer {
public:
  Writer(const Terms& terms, const Names& names, DType dtype)
      : terms_(terms), names_(names), dtype_(dtype) {}

  /// What a name stands for.
  Text open(Scaled x) const { return scaled(x, true); }
  Text shown(Scaled x) const { return scaled(x, false); }
  std::string definition(Scaled x) const {
    const Text text = open(x);
    return text.level == Level::condition ? "[" + text.text + "]" : text.text;
  }

private:
  std::string at_least(const Text& text, Level level) const {
    return text.level < level ? "(" + text.text + ")" : text.text;
  }
  Text whole(TermId id) const { return scaled({1, id}, false); }
  std::string whole(TermId id, Level level) const { return at_least(whole(id), level); }

  std::string number(double value) const { return number_text(value, dtype_); }

  Text scaled(Scaled x, bool open) const {
    if (x.term == one)
      return {number(x.factor == 0 ? 0 : x.factor), x.factor < 0 ? Level::sum : Level::atom};
    const auto name = names_.of.find(x.term);
    const Term& term = terms_[x.term];
    if (name != names_.of.end() && !open) return times(x.factor, {name->second, Level::atom});
    if (term.kind == Kind::named) return scaled({x.factor * term.numbers[0], term.args[0]}, open);
    if (term.kind == Kind::sum && (std::abs(x.factor) == 1 || term.args.size() == 1))
      return sum(term, x.factor);
    if (term.kind == Kind::product) return product(term, x.factor);
    if (x.factor < 0 && over_difference(term)) // -sum(a - b) = sum(b - a)
      return times(-x.factor, over(term, term.head, -1));
    if (const double count = mean_count(x.factor, x.term); count != 1 && !open)
      return times(x.factor * count, mean(x.term));
    return times(x.factor, plain(term));
  }

  bool over_difference(const Term& term) const {
    if (term.kind != Kind::over || term.head != "sum" || names_.of.contains(term.args[0]))
      return false;
    const Term& arg = terms_[term.args[0]];
    return arg.kind == Kind::sum &&
           std::ranges::any_of(arg.numbers, [](double number) { return number < 0; });
  }

  /// The n of a sum that is written as a mean, n being what is divided by besides; else 1. By
  /// itself it stays a sum over n, like other results that share the factor.
  double mean_count(double factor, TermId id) const {
    const Term& sum = terms_[terms_.unplaced(id)];
    if (sum.kind != Kind::over || sum.head != "sum" || sum.rank == 0 || names_.of.contains(id))
      return 1;
    const auto size = [&](double value) {
      const Fraction number = fraction(std::abs(value), dtype_);
      return (number.top == "1" ? 0 : number.top.size()) +
             (number.bottom == "1" ? 0 : number.bottom.size());
    };
    return size(factor * sum.numbers[0]) < size(factor) ? sum.numbers[0] : 1;
  }
  Text mean(TermId id) const {
    const Text text = over(terms_[terms_.unplaced(id)], "mean");
    return terms_[id].kind == Kind::placed ? placed(terms_[id], text) : text;
  }

  /// "-a", "2 a", "a / 32".
  Text times(double factor, const Text& text) const {
    if (factor == 1) return text;
    if (factor == -1) return {"-" + at_least(text, Level::product), Level::sum};
    return quotient(factor, at_least(text, Level::product), {});
  }

  /// factor * top / bottom, `bottom` being a list of factors.
  Text quotient(double factor, std::string top, std::vector<std::string> bottom) const {
    const Fraction number = bottom.empty() ? fraction(std::abs(factor), dtype_)
                                           : plain_fraction(std::abs(factor), dtype_);
    if (number.bottom != "1") bottom.insert(bottom.begin(), number.bottom);
    if (top.empty())
      top = number.top;
    else if (number.top != "1")
      top = number.top + " " + top;
    if (bottom.size() == 1)
      top += " / " + bottom[0];
    else if (!bottom.empty())
      top += fmt::format(" / ({})", fmt::join(bottom, " * "));
    return {(factor < 0 ? "-" : "") + top, factor < 0 ? Level::sum : Level::product};
  }

  Text sum(const Term& term, double factor) const {
    if (term.args.size() == 1) return scaled({factor * term.numbers[0], term.args[0]}, false);
    std::vector<Scaled> parts;
    for (std::size_t i = 0; i < term.args.size(); ++i)
      parts.push_back({factor * term.numbers[i], term.args[i]});
    const auto first = std::ranges::find_if(parts, [](const Scaled& x) { return x.factor > 0; });
    if (first != parts.end() && parts.size() <= 3) std::rotate(parts.begin(), first, first + 1);
    std::string text = scaled(parts[0], false).text;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const bool minus = parts[i].factor < 0;
      text += minus ? " - " : " + ";
      text += at_least(scaled({std::abs(parts[i].factor), parts[i].term}, false), Level::product);
    }
    return {text, Level::sum};
  }

  std::string raised(TermId base, double exponent, Level level) const {
    if (exponent == 1) return whole(base, level);
    const std::string by = number_text(exponent, DType::f64);
    const bool plain = by.find_first_not_of("0123456789.") == std::string::npos;
    return whole(base, Level::atom) + "^" + (plain ? by : "(" + by + ")");
  }

  /// Where all factors are short, the shortest comes first: 2 x * tanh(x). Else variables do.
  Term in_order(Term term) const {
    constexpr std::size_t short_factor = 8;
    std::vector<std::size_t> order(term.args.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto size = [&](std::size_t i) { return terms_[term.args[i]].size; };
    const auto is_long = [&](std::size_t i) { return size(i) > short_factor; };
    if (std::ranges::any_of(order, is_long))
      std::stable_partition(order.begin(), order.end(), [&](std::size_t i) {
        return terms_[term.args[i]].kind == Kind::symbol;
      });
    else
      std::ranges::stable_sort(order, {}, size);
    Term sorted = term;
    for (std::size_t i = 0; i < order.size(); ++i) {
      sorted.args[i] = term.args[order[i]];
      sorted.numbers[i] = term.numbers[order[i]];
    }
    return sorted;
  }

  /// -(a - b) * x is (b - a) * x: the factor that takes the sign, else none of them.
  std::size_t sign_taker(const Term& term, double factor) const {
    const auto mixed = [&](std::size_t i) {
      const Term& arg = terms_[term.args[i]];
      return term.numbers[i] == 1 && arg.kind == Kind::sum && !names_.of.contains(term.args[i]) &&
             arg.numbers[0] > 0 && arg.numbers.back() < 0;
    };
    std::size_t i = 0;
    while (i < term.args.size() && !(factor == -1 && mixed(i))) ++i;
    return i;
  }

  /// A vector along axis 0 of a matrix, or along axis 1.
  bool vector_along(const Term& term, std::size_t i, std::int64_t axis) const {
    const Term& vector = terms_[term.args[i]];
    return term.numbers[i] == 1 && vector.kind == Kind::placed && vector.rank == 2 &&
           vector.axes == Axes{axis};
  }

  /// u[:, None] * v / n as (u v^T) / n, n being the same everywhere.
  std::optional<Text> outer(const Term& term, double factor) const {
    std::string left, right;
    std::vector<std::string> top, bottom;
    for (std::size_t i = 0; i < term.args.size(); ++i) {
      const auto vector = [&] { return whole(terms_[term.args[i]].args[0], Level::power); };
      if (left.empty() && vector_along(term, i, 0))
        left = vector();
      else if (right.empty() && vector_along(term, i, 1))
        right = whole(terms_[term.args[i]].args[0], Level::atom) + "^T";
      else if (terms_[term.args[i]].varies == 0)
        (term.numbers[i] < 0 ? bottom : top)
            .push_back(raised(term.args[i], std::abs(term.numbers[i]), Level::matrix));
      else
        return std::nullopt;
    }
    if (left.empty() || right.empty()) return std::nullopt;
    top.push_back(left + " " + right);
    return quotient(factor, fmt::format("{}", fmt::join(top, " * ")), std::move(bottom));
  }

  /// What the other factors are, under tril or triu.
  Text triangle(Term product, std::size_t mask, double factor) const {
    const Triangle shape = *triangle_of(terms_, product.args[mask]);
    product.args.erase(product.args.begin() + static_cast<std::ptrdiff_t>(mask));
    product.numbers.erase(product.numbers.begin() + static_cast<std::ptrdiff_t>(mask));
    const std::string inside = this->product(product, 1).text;
    const std::string k = shape.k == 0 ? "" : fmt::format(", k={}", shape.k);
    return quotient(factor, shape.head + "(" + inside + k + ")", {});
  }

  Text product(const Term& as_built, double factor) const {
    const Term term = in_order(as_built);
    if (const auto matrix = outer(term, factor)) return *matrix;
    if (const auto mask = triangle_in(terms_, term)) return triangle(term, *mask, factor);
    std::vector<std::string> top, bottom;
    const std::size_t turned = sign_taker(term, factor);
    if (turned < term.args.size()) factor = -factor;
    for (std::size_t i = 0; i < term.args.size(); ++i) {
      if (i == turned) {
        top.push_back(at_least(scaled({-1, term.args[i]}, false), Level::matrix));
        continue;
      }
      const double exponent = term.numbers[i];
      auto& side = exponent < 0 ? bottom : top;
      const double count = exponent == 1 ? mean_count(factor, term.args[i]) : 1;
      if (count != 1) top.push_back(mean(term.args[i]).text);
      factor *= count;
      if (count != 1) continue;
      side.push_back(raised(term.args[i], std::abs(exponent), Level::matrix));
    }
    if (factor == 1 && bottom.empty() && top.size() == 1) return {top[0], Level::power};
    if (bottom.size() == 1 && term.args.size() == 1 && bottom[0].find(' ') != std::string::npos)
      for (std::size_t i = 0; i < term.args.size(); ++i)
        bottom[0] = raised(term.args[i], -term.numbers[i], Level::power);
    return quotient(factor, fmt::format("{}", fmt::join(top, " * ")), std::move(bottom));
  }

  std::string list(std::span<const TermId> args) const {
    std::vector<std::string> texts;
    for (const TermId arg : args) texts.push_back(whole(arg).text);
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  Text call(const Term& term) const {
    if (term.head == "^")
      return {whole(term.args[0], Level::atom) + "^" + whole(term.args[1], Level::atom),
              Level::power};
    if (term.head == "einsum") return {"einsum(\"" + term.note + "\", " + list(term.args) + ")"};
    if (term.head == "slice") return {whole(term.args[0], Level::atom) + term.note};
    const std::string note = term.note.empty() || term.args.empty() ? term.note : ", " + term.note;
    return {term.head + "(" + list(term.args) + note + ")"};
  }

  /// The axes go without saying where they are all there are, for softmax where they are the last.
  Text over(const Term& term, const std::string& head, double factor = 1) const {
    const bool keeps = term.head.ends_with("softmax");
    const bool unsaid = keeps ? term.axes == Axes{term.rank - 1} : term.rank == 0;
    std::string axes;
    if (!unsaid)
      axes = term.axes.size() == 1 ? fmt::format("_{}", term.axes[0])
                                   : fmt::format("_{{{}}}", fmt::join(term.axes, ","));
    return {head + axes + "(" + scaled({factor, term.args[0]}, false).text + ")"};
  }

  Text matrix(const Term& term) const {
    const Text left = whole(term.args[0]);
    const bool bare = left.level == Level::matrix; // a b c: from left to right
    return {(bare ? left.text : at_least(left, Level::power)) + " " +
                whole(term.args[1], Level::power),
            Level::matrix};
  }

  /// Where the axes would stand by themselves: those that a reduction left, else the last.
  bool goes_without_saying(const Term& term) const {
    const Term& base = terms_[bare(term.args[0])];
    const auto inner = static_cast<std::int64_t>(term.axes.size());
    if (base.head == "max_pool") return leading(term);
    if (base.kind == Kind::over && base.rank + static_cast<int>(base.axes.size()) == term.rank)
      return term.axes == kept(base.axes, term.rank);
    for (std::int64_t i = 0; i < inner; ++i)
      if (term.axes[static_cast<std::size_t>(i)] != term.rank - inner + i) return false;
    return true;
  }
  static bool leading(const Term& term) {
    for (std::size_t i = 0; i < term.axes.size(); ++i)
      if (term.axes[i] != static_cast<std::int64_t>(i)) return false;
    return true;
  }
  TermId bare(TermId id) const {
    while (terms_[id].kind == Kind::named) id = terms_[id].args[0];
    return id;
  }

  Text placed(const Term& term, const Text& base) const {
    if (goes_without_saying(term)) return base;
    std::vector<std::string> at; // one subscript: 0 for axes that go, None for those that come
    std::int64_t next = 0;       // axis of the result
    const auto come = [&](std::int64_t until) {
      for (; next < until; ++next) at.emplace_back("None");
    };
    for (const std::int64_t axis : term.axes) {
      if (axis >= 0 && axis < next)
        return {fmt::format("broadcast({}, axes=[{}])", base.text, fmt::join(term.axes, ", "))};
      if (axis >= 0) come(axis);
      at.emplace_back(axis < 0 ? "0" : ":");
      if (axis >= 0) ++next;
    }
    come(term.rank);
    return {at_least(base, Level::atom) + fmt::format("[{}]", fmt::join(at, ", "))};
  }

  Text index(const Term& term) const {
    std::vector<std::string> at;
    for (std::size_t i = 0; i < term.axes.size(); ++i) {
      const auto axis = static_cast<std::size_t>(term.axes[i]);
      while (at.size() < axis) at.emplace_back(":");
      at.push_back(whole(term.args[i + 1]).text);
    }
    return {whole(term.args[0], Level::atom) + fmt::format("[{}]", fmt::join(at, ", "))};
  }

  Text onehot(const Term& term) const {
    const Axes rows = kept(term.axes, term.rank);
    const Term& at = terms_[term.args[0]];
    const bool last = term.axes[0] == term.rank - 1;
    const bool by_rows = at.kind == Kind::placed && at.axes == rows && at.rank == term.rank;
    if (last && (by_rows || term.rank == 1))
      return {"onehot(" + whole(by_rows ? at.args[0] : term.args[0]).text + ")"};
    if (at.kind == Kind::position && term.rank == 2) return {"I"};
    return {fmt::format("[iota_{} = {}]", term.axes[0], whole(term.args[0]).text)};
  }

  Text condition(const Term& term) const {
    if (term.head == "not") return {"not " + whole(term.args[0], Level::sum), Level::condition};
    std::vector<std::string> parts;
    for (const TermId arg : term.args) parts.push_back(whole(arg, Level::sum));
    return {fmt::format("{}", fmt::join(parts, " " + term.head + " ")), Level::condition};
  }

  std::string steps_text(const Loop& loop) const {
    if (!loop.count_name.empty()) return loop.count_name;
    return loop.count ? scaled(*loop.count, false).text : std::to_string(loop.length);
  }

  Text plain(const Term& term) const {
    switch (term.kind) {
    case Kind::symbol:
      return {term.head};
    case Kind::call:
      return call(term);
    case Kind::over:
      return over(term, term.head);
    case Kind::matrix:
      return matrix(term);
    case Kind::turned:
      return {whole(term.args[0], Level::atom) + "^T", Level::power};
    case Kind::placed:
      return placed(term, whole(term.args[0]));
    case Kind::index:
      return index(term);
    case Kind::position:
      return {fmt::format("iota_{}", term.axes[0])};
    case Kind::onehot:
      return onehot(term);
    case Kind::compare:
      return {whole(term.args[0], Level::sum) + " " + term.head + " " +
                  whole(term.args[1], Level::sum),
              Level::condition};
    case Kind::condition:
      return condition(term);
    case Kind::mask:
      return {"[" + whole(term.args[0]).text + "]"};
    case Kind::where:
      return {"where(" + list(term.args) + ")"};
    case Kind::state:
      return {state_text(terms_, term, steps_text(terms_.loop(term.axes[0])))};
    case Kind::series:
      return {term.note};
    case Kind::step:
      return {whole(term.args[0], Level::atom) + subscript(steps_of(terms_.loop(term.axes[0])))};
    default:
      return sum(term, 1);
    }
  }

  const Terms& terms_;
  const Names& names_;
  DType dtype_;
};

} // namespace

std::string definition(const Terms& terms, const Names& names, DType dtype, Scaled x) {
  return Writer(terms, names, dtype).definition(x);
}

std::string term_text(const Terms& terms, const Names& names, DType dtype, Scaled x) {
  return Writer(terms, names, dtype).shown(x).text;
}

std::string condition_text(const Terms& terms, const Names& names, DType dtype, Scaled x) {
  return Writer(terms, names, dtype).open(x).text;
}

} // namespace nnc::formula
