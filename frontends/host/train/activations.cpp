#include "frontends/host/train/activations.h"

#include "frontends/host/extension.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace nnc {
namespace {

constexpr std::int64_t far = 30;                           ///< where every activation has settled
constexpr double settled = 0.01, steep = 0.1, bounded = 2; ///< slopes

/// Slopes of a call at -far, ..., far; empty when it is not of one element each.
std::vector<double> slopes(const Expression& expression, std::size_t term) {
  const Type type{DType::f64, {2 * far + 1}};
  Extension extension(ModelDoc{});
  extension.input("x", type);
  extension.define("y", call_with_operand(expression, term, "x"));
  extension.define("s = grad(sum(y), x)");
  auto source = Source::of(extension.doc());
  if (!std::holds_alternative<Source>(source)) return {};
  auto session = Session::make(std::move(std::get<Source>(source)), {.backend = "interpreter"});
  auto x = Tensor::zeros(type);
  if (!session || !x) return {};
  for (std::int64_t i = -far; i <= far; ++i)
    x->as<double>()[static_cast<std::size_t>(i + far)] = static_cast<double>(i);
  const std::vector<NamedTensor> given = {{"x", std::move(*x)}};
  const auto value = session->run("y", given);
  if (!value || value->at(0).tensor.type() != type) return {};
  const auto slope = session->run("s", given);
  if (!slope) return {};
  const auto all = slope->at(0).tensor.as<double>();
  return {all.begin(), all.end()};
}

bool saturates(const std::vector<double>& slopes) {
  if (slopes.empty() || !std::ranges::all_of(slopes, [](double s) { return std::isfinite(s); }))
    return false;
  double most = 0;
  for (const double s : slopes) most = std::max(most, std::abs(s));
  const bool flat = std::abs(slopes.front()) < settled || std::abs(slopes.back()) < settled;
  return flat && most >= steep && most <= bounded;
}

/// Whether an argument is the same wherever the call stands: a literal, or a number.
bool fixed(const Expression& expression, const Argument& argument) {
  if (argument.literal >= 0) return true;
  const Expression part = part_of(expression, static_cast<std::size_t>(argument.term));
  return std::ranges::none_of(part.terms,
                              [](const Term& term) { return term.kind == Term::Kind::name; });
}

/// A call of one operand; all else that it takes is fixed.
bool unary(const Expression& expression, std::size_t term) {
  const Term& call = expression.terms[term];
  return call.kind == Term::Kind::call && !call.infix && !call.arguments.empty() &&
         !fixed(expression, call.arguments[0]) &&
         std::ranges::all_of(call.arguments.begin() + 1, call.arguments.end(),
                             [&](const Argument& a) { return fixed(expression, a); });
}

std::string spelling(const AttrDoc& value) {
  if (const auto* number = value.get<NumberDoc>()) return fmt::format("{}", number->real);
  if (const auto* word = value.get<std::string>()) return *word;
  if (const auto* flag = value.get<bool>()) return *flag ? "true" : "false";
  std::string text(kind_name(value));
  if (const auto* list = value.get<AttrList>())
    for (const AttrDoc& one : *list) text += "," + spelling(one);
  return text;
}

/// How a call is written but for its operand: what its slopes depend on.
std::string spelling(const Expression& expression, std::size_t term) {
  const Expression call = call_with_operand(expression, term, "x");
  std::string text;
  for (const Term& one : call.terms) {
    text += fmt::format("{}:{}{}(", static_cast<int>(one.kind), one.text, one.number.real);
    for (const Argument& argument : one.arguments)
      text += argument.name + "=" +
              (argument.literal < 0
                   ? fmt::format("#{}", argument.term)
                   : spelling(call.literals[static_cast<std::size_t>(argument.literal)])) +
              ",";
    text += ")";
  }
  return text;
}

} // namespace

Expression part_of(const Expression& expression, std::size_t term) {
  std::vector<bool> needed(term + 1, false);
  needed[term] = true;
  for (std::size_t i = term + 1; i-- > 0;)
    if (needed[i])
      for (const Argument& argument : expression.terms[i].arguments)
        if (argument.term >= 0) needed[static_cast<std::size_t>(argument.term)] = true;
  Expression part{.terms = {}, .literals = expression.literals};
  std::vector<int> place(term + 1, -1);
  for (std::size_t i = 0; i <= term; ++i) {
    if (!needed[i]) continue;
    Term copy = expression.terms[i];
    for (Argument& argument : copy.arguments)
      if (argument.term >= 0) argument.term = place[static_cast<std::size_t>(argument.term)];
    place[i] = static_cast<int>(part.terms.size());
    part.terms.push_back(std::move(copy));
  }
  return part;
}

Expression call_with_operand(const Expression& expression, std::size_t term, const std::string& x) {
  Expression made = expression;
  const int operand = made.terms[term].arguments[0].term;
  made.terms[static_cast<std::size_t>(operand)] = {.kind = Term::Kind::name, .text = x};
  return part_of(made, term);
}

std::vector<Activation> activations_of(const ModelDoc& doc) {
  std::vector<Activation> found;
  std::map<std::string, bool> known;
  for (std::size_t n = 0; n < doc.nodes.size(); ++n) {
    const NodeDoc& node = doc.nodes[n];
    const std::vector<Term>& terms = node.expression.terms;
    for (std::size_t t = 0; t < terms.size() && node.out.size() == 1; ++t) {
      if (!unary(node.expression, t)) continue;
      const auto [entry, is_new] = known.emplace(spelling(node.expression, t), false);
      if (is_new) entry->second = saturates(slopes(node.expression, t));
      if (!entry->second) continue;
      const std::string& out = node.out[0].text;
      const bool whole = t + 1 == terms.size();
      Activation made{whole ? out : out + "/" + terms[t].text, whole ? out : "", n, t};
      const std::string plain = made.name;
      for (int k = 2; std::ranges::find(found, made.name, &Activation::name) != found.end(); ++k)
        made.name = plain + "." + std::to_string(k);
      found.push_back(std::move(made));
    }
  }
  return found;
}

} // namespace nnc
