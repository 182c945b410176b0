// `grad` and its kin: their operands are found by name and checked; ir/modes.h builds the nodes.
#include "frontends/model/derivative_forms.h"
#include "frontends/model/evaluate.h"
#include "frontends/model/unbounded_loops.h"
#include "frontends/nn/counted.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

/// Adds what an argument names: a name, a list of names, or one expression. Where `numbers` are
/// operands as well, they may be written out.
bool Evaluator::named_operands(const NodeDoc& node, const Argument& argument, bool numbers,
                               std::vector<nn::Operand>& into) {
  const auto add = [&](const nn::Operand& operand, Mark mark, const std::string& what) {
    const auto* number = std::get_if<nn::Number>(&operand);
    const bool named =
        argument.term < 0 ||
        node.expression.terms[static_cast<std::size_t>(argument.term)].kind == Term::Kind::name;
    if (number && !numbers)
      fail("E0203", mark, what,
           named ? std::string()
                 : fmt::format("0*x + {} is that number in the shape of x", number->real));
    if ((number && !numbers) || operand.index() == 0) return false;
    into.push_back(operand);
    return true;
  };
  if (argument.term >= 0)
    return add(term_value(argument.term), argument.mark,
               "a number stands where a tensor is needed");
  const auto one = [&](const AttrDoc& item) {
    const auto* text = item.get<std::string>();
    const auto* symbol = item.get<Symbol>();
    const auto* written = item.get<NumberDoc>();
    if (written && numbers) {
      nn::Number number(written->real);
      number.integer = written->integer;
      return add(number, item.mark, {});
    }
    if (!text && !symbol) {
      fail("E0107", item.mark, fmt::format("expected a name, found {}", kind_name(item)));
      return false;
    }
    const std::string& name = text ? *text : symbol->text;
    return add(lookup(name, item.mark), item.mark, quote(name) + " is a number, not a tensor");
  };
  const AttrDoc& literal = this->literal(node, argument);
  const auto* list = literal.get<AttrList>();
  if (!list) return one(literal);
  bool fine = true;
  for (const AttrDoc& item : *list) fine = one(item) && fine;
  return fine;
}

/// Adds the values that an argument names.
bool Evaluator::named_values(const NodeDoc& node, const Argument& argument,
                             std::vector<Value>& into) {
  std::vector<nn::Operand> operands;
  const bool fine = named_operands(node, argument, false, operands);
  for (const nn::Operand& operand : operands) into.push_back(std::get<Value>(operand));
  return fine;
}

/// The operands of a derivative by what they are for.
struct Evaluator::Derivative {
  std::vector<Value> of, wrt, directions;
};

bool Evaluator::derivative_operands(const NodeDoc& node, const Term& term,
                                    const DerivativeForm& form, Derivative& operands) {
  for (std::size_t i = 0; i < term.arguments.size(); ++i) {
    const Argument& argument = term.arguments[i];
    const std::string_view name = derivative_argument(term.text, argument, i);
    const auto* place = std::ranges::find(form.operands, name);
    if (place == form.operands.end() || name.empty()) {
      std::vector<std::string_view> known(form.operands.begin(), form.operands.end());
      std::erase(known, std::string_view{});
      fail("E0204", argument.mark,
           name.empty() ? fmt::format("{} takes {}", term.text, fmt::join(known, ", "))
                        : term.text + " has no attribute " + quote(name),
           did_you_mean(name, known));
      return false;
    }
    std::vector<Value>* into[] = {&operands.of, &operands.wrt, &operands.directions};
    const auto position = place - form.operands.begin();
    const AttrDoc* literal = argument.literal >= 0 ? &this->literal(node, argument) : nullptr;
    if (position == 2 && form.directions == Directions::optional && literal && literal->null())
      continue;
    const auto& terms = node.expression.terms;
    const bool named = argument.term < 0 ||
                       terms[static_cast<std::size_t>(argument.term)].kind == Term::Kind::name;
    if (position == 1 && !named) {
      fail("E0204", argument.mark, term.text + ": 'wrt' is a variable by its name",
           "define it in a line of its own (\"v = ...\"), use v in what is differentiated, and "
           "write v here");
      return false;
    }
    if (!named_values(node, argument, *into[position])) return false;
  }
  return true;
}

namespace {

/// A seed has the type of `of`; an axis in front makes it several.
bool seed_fits(const Type& of, Type seed) {
  if (seed.rank() > of.rank()) seed.shape.erase(seed.shape.begin());
  return seed == of;
}

} // namespace

bool Evaluator::check_derivative(const Term& term, const DerivativeForm& form,
                                 const Derivative& operands) {
  const auto& [of, wrt, directions] = operands;
  const std::size_t given = directions.size();
  const std::size_t wanted = form.directions == Directions::none           ? 0
                             : form.directions == Directions::per_variable ? wrt.size()
                             : form.directions == Directions::of_result
                                 ? 1
                                 : std::min<std::size_t>(given, 1);
  if (of.size() != 1 || wrt.empty() || given != wanted) {
    fail("E0204", term.mark,
         of.size() != 1 ? term.text + ": 'of' is one value"
         : wrt.empty()  ? term.text + ": 'wrt' names at least one variable"
                        : fmt::format("{}: '{}' is {}, not {}", term.text, form.operands[2],
                                      counted(static_cast<std::int64_t>(wanted), "value"), given));
    return false;
  }
  for (std::size_t i = 0; i < wrt.size(); ++i) {
    const Type& variable = scope_.type(wrt[i]);
    if (!is_float(variable.dtype)) {
      fail("E0203", term.mark,
           fmt::format("{}: cannot differentiate with respect to {}", term.text,
                       to_string(variable)),
           "only floats have derivatives");
      return false;
    }
    if (form.directions != Directions::per_variable || scope_.type(directions[i]) == variable)
      continue;
    fail("E0203", term.mark,
         fmt::format("{}: the {} is {}, the variable {}", term.text, form.operands[2],
                     to_string(scope_.type(directions[i])), to_string(variable)));
    return false;
  }
  const bool seeded = given == 1 && (form.directions == Directions::of_result ||
                                     form.directions == Directions::optional);
  if (seeded && !seed_fits(scope_.type(of[0]), scope_.type(directions[0]))) {
    fail("E0203", term.mark,
         fmt::format("{}: the {} is {}, 'of' is {}", term.text, form.operands[2],
                     to_string(scope_.type(directions[0])), to_string(scope_.type(of[0]))));
    return false;
  }
  if (is_float(scope_.dtype(of[0]))) return true;
  fail("E0203", term.mark,
       fmt::format("{}: only floats have derivatives, 'of' is {}", term.text,
                   to_string(scope_.type(of[0]))));
  return false;
}

/// E0402 where a loop without a bound stands between: a derivative needs room for each step.
bool Evaluator::check_bounds(Mark mark, Value of, std::span<const Value> wrt) {
  if (!build_.unbounded) return true;
  const auto loop = unbounded_loop(graph_, of, wrt);
  if (!loop) return true;
  build_.report({.code = "E0402",
                 .message = "this derivative goes through a while without 'max_steps'",
                 .place = build_.model.doc->place(mark),
                 .help = "say how many steps there can be: \"max_steps\": 100",
                 .notes = {{build_.context.origins[*loop].place, "the while is here"}}});
  return false;
}

std::vector<Value> Evaluator::derivative(const NodeDoc& node, const Term& term) {
  const DerivativeForm& form = *find_derivative_form(term.text);
  Derivative operands;
  if (!derivative_operands(node, term, form, operands)) return {};
  if (!check_derivative(term, form, operands)) return {};
  if (!check_bounds(term.mark, operands.of[0], operands.wrt)) return {};
  std::vector<Value> results =
      form.build(scope_, operands.of[0], operands.wrt, operands.directions);
  return scope_.error() ? std::vector<Value>{} : results;
}

} // namespace nnc
