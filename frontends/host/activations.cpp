#include "frontends/host/activations.h"

#include "frontends/host/extension.h"

#include <algorithm>
#include <map>

namespace nnc {
namespace {

constexpr std::int64_t far = 30;                           ///< where every activation has settled
constexpr double settled = 0.01, steep = 0.1, bounded = 2; ///< slopes

/// A call whose only operand is `x`.
Expression with_operand(const Expression& expression, std::size_t term, const std::string& x) {
  Expression made = part_of(expression, term);
  Term call = std::move(made.terms.back());
  made.terms = {{.kind = Term::Kind::name, .text = x}};
  call.arguments[0].term = 0;
  made.terms.push_back(std::move(call));
  return made;
}

/// Slopes of `call` at -far, ..., far; empty when it is not of one element each.
std::vector<double> slopes(const Expression& expression, std::size_t term) {
  const Type type{DType::f64, {2 * far + 1}};
  Extension extension(ModelDoc{});
  extension.input("x", type);
  extension.define("y", with_operand(expression, term, "x"));
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

/// A call of one operand; numbers and names of other things are no operands.
bool unary(const Term& term) {
  if (term.kind != Term::Kind::call || term.arguments.empty()) return false;
  const auto operands =
      std::ranges::count_if(term.arguments, [](const Argument& a) { return a.term >= 0; });
  return operands == 1 && term.arguments[0].term >= 0;
}

/// How a call is written but for its operand: what its slopes depend on.
std::string spelling(const Expression& expression, const Term& call) {
  std::string text = call.text;
  for (const Argument& argument : call.arguments) {
    if (argument.literal < 0) continue;
    const AttrDoc& value = expression.literals[static_cast<std::size_t>(argument.literal)];
    text += "," + argument.name + "=";
    if (const auto* number = value.get<NumberDoc>()) text += std::to_string(number->real);
    if (const auto* word = value.get<std::string>()) text += *word;
    if (const auto* flag = value.get<bool>()) text += *flag ? "true" : "false";
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

std::vector<Activation> activations_of(const ModelDoc& doc) {
  std::vector<Activation> found;
  std::map<std::string, bool> known;
  for (std::size_t n = 0; n < doc.nodes.size(); ++n) {
    const NodeDoc& node = doc.nodes[n];
    const std::vector<Term>& terms = node.expression.terms;
    for (std::size_t t = 0; t < terms.size() && node.out.size() == 1; ++t) {
      if (!unary(terms[t])) continue;
      const auto [entry, is_new] = known.emplace(spelling(node.expression, terms[t]), false);
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
