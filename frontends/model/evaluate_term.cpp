// One term of an expression: its arguments become operands and attributes of a row or function.
#include "frontends/model/attributes.h"
#include "frontends/model/control_forms.h"
#include "frontends/model/evaluate.h"
#include "ir/interpret/interpreter.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

std::vector<nn::Operand> operands_of(const std::vector<Value>& values) {
  return {values.begin(), values.end()};
}

} // namespace

std::vector<nn::Operand> Evaluator::evaluate(const NodeDoc& node, const Term& term) {
  if (term.kind == Term::Kind::call) return call(node, term);
  const Value value = term.kind == Term::Kind::swap ? swap(term) : index(node, term);
  return value.valid() ? std::vector<nn::Operand>{value} : std::vector<nn::Operand>{};
}

std::vector<nn::Operand> Evaluator::call(const NodeDoc& node, const Term& term) {
  if (term.infix)
    if (const auto number = fold(term)) return {*number};
  if (is_derivative(term.text)) return operands_of(derivative(node, term));
  if (find_control_form(term.text)) return operands_of(control(node, term));
  const OpTable& rows = build_.context.ops;
  const OpRow* row = rows.find(term.text);
  if (build_.model.locals.contains(term.text) || (row && takes_function(*row)))
    return operands_of(call_local(node, term));
  const auto signature = nn::find_signature(build_.functions, rows, term.text);
  if (!signature) {
    if (!row || row->kind != "structure" || row->leaf) return {}; // resolving told of it
    return operands_of(structure(node, term, *row));
  }
  Arguments arguments;
  if (!bind(node, term, *signature, arguments)) return {};
  return operands_of(nn::apply(scope_, term.text, arguments.operands, arguments.attrs));
}

/// Numbers combine with numbers in f64, as the row says; a whole result of whole numbers stays one.
/// What gives no number (a comparison, `@`) is left to tensors.
std::optional<nn::Number> Evaluator::fold(const Term& term) const {
  const OpRow* row = build_.context.ops.find(term.text);
  if (!row || !row->elementwise) return std::nullopt;
  Graph numbers(build_.context, "numbers");
  Builder builder(numbers);
  std::vector<Value> operands;
  bool whole = true;
  for (const Argument& argument : term.arguments) {
    const nn::Operand operand = term_value(argument.term);
    const auto* number = std::get_if<nn::Number>(&operand);
    if (!number) return std::nullopt;
    operands.push_back(builder.scalar(DType::f64, number->real));
    whole = whole && number->integer;
  }
  const Value result = builder.op(row->name, operands);
  if (builder.error() || builder.dtype(result) != DType::f64) return std::nullopt;
  numbers.outputs = {{"number", result}};
  const auto values = interpret(numbers, {});
  if (!values) return std::nullopt;
  nn::Number number(literal_real(values->front(), 0));
  if (whole && std::trunc(number.real) == number.real && std::abs(number.real) <= 0x1p53)
    number.integer = static_cast<std::int64_t>(number.real);
  return number;
}

/// Rows that other passes make (`constant`, `cut`), in graphs that were written out.
std::vector<Value> Evaluator::structure(const NodeDoc& node, const Term& term, const OpRow& row) {
  nn::Signature signature;
  signature.name = row.name;
  for (int i = 0; i < row.max_operands; ++i) signature.operands.push_back({.name = "x"});
  for (const AttrSpec& spec : row.attrs)
    if (spec.name != "type" && spec.kind != AttrKind::literal)
      signature.attrs.push_back({.name = spec.name, .kinds = {spec.kind}});
  const bool literal_row = attr_position(row, "value") >= 0;
  if (literal_row) signature.attrs.push_back({.name = "value", .kinds = {AttrKind::literal}});
  Arguments arguments;
  if (literal_row) {
    const Argument* given = term.arguments.empty() ? nullptr : &term.arguments[0];
    if (!node.type || !given || given->name != "value" || term.arguments.size() != 1) {
      fail("E0204", term.mark, row.name + ": takes 'type' and 'value'");
      return {};
    }
    auto type = sizes_.resolve(*node.type, "a constant");
    auto literal = type ? literal_value(this->literal(node, *given), *type, build_.model.doc->file)
                        : Result<Literal>(type.error());
    if (literal) return {scope_.literal(std::move(*literal))};
    scope_.fail(literal.error());
    return {};
  }
  if (!bind(node, term, signature, arguments)) return {};
  return scope_.ops(row.name, scope_.values(row.name, arguments.operands), arguments.attrs);
}

bool Evaluator::bind(const NodeDoc& node, const Term& term, const nn::Signature& signature,
                     Arguments& arguments) {
  std::size_t position = 0, attribute = 0;
  bool fine = true;
  for (const Argument& argument : term.arguments) {
    const AttrDoc* literal = argument.literal >= 0 ? &this->literal(node, argument) : nullptr;
    if (!argument.name.empty()) {
      const auto attr = std::ranges::find(signature.attrs, argument.name, &nn::AttrDecl::name);
      if (attr == signature.attrs.end()) {
        std::vector<std::string_view> known;
        for (const nn::AttrDecl& one : signature.attrs) known.push_back(one.name);
        std::string help = did_you_mean(argument.name, known);
        if (help.empty() && !known.empty())
          help = fmt::format("its attributes are {}", fmt::join(known, " "));
        fail("E0204", argument.mark,
             fmt::format("{} has no attribute {}", signature.name, quote(argument.name)),
             std::move(help));
        fine = false;
        continue;
      }
      fine = bind_attribute(node, term, *attr, argument, arguments) && fine;
      continue;
    }
    const bool value = literal && !literal->null();
    const bool room = signature.open() || position < signature.operands.size();
    const bool first = signature.attrs_first && value && attribute < signature.attrs.size();
    if (first || (!room && !signature.open() && attribute < signature.attrs.size())) {
      fine = bind_attribute(node, term, signature.attrs[attribute++], argument, arguments) && fine;
      continue;
    }
    if (value) {
      fail("E0203", argument.mark,
           fmt::format("{}: operand {} is {}", signature.name, position + 1, kind_name(*literal)),
           signature.attrs.empty() ? "" : "write attributes with their names, as in axes=[0]");
      fine = false;
    }
    arguments.operands.push_back(literal ? nn::Operand() : term_value(argument.term));
    ++position;
  }
  return fine;
}

bool Evaluator::bind_attribute(const NodeDoc& node, const Term& term, const nn::AttrDecl& attr,
                               const Argument& argument, Arguments& arguments) {
  const auto given = [&](const NamedAttr& one) { return one.name == attr.name; };
  if (std::ranges::any_of(arguments.attrs, given)) {
    fail("E0204", argument.mark, fmt::format("{}: '{}' is given twice", term.text, attr.name));
    return false;
  }
  AttrDoc written;
  if (argument.literal >= 0) {
    written = literal(node, argument);
  } else {
    const nn::Operand operand = term_value(argument.term);
    const auto* number = std::get_if<nn::Number>(&operand);
    if (!number) {
      fail("E0204", argument.mark,
           fmt::format("{}: attribute '{}' is a number, not a tensor", term.text, attr.name));
      return false;
    }
    written.value = NumberDoc{number->real, number->integer};
  }
  auto value = attribute_value(term.text, attr, written, sizes_);
  if (value) value = nn::attribute_of_kind(term.text, attr, std::move(*value));
  if (!value) {
    fail(value.error(), argument.mark);
    return false;
  }
  arguments.attrs.push_back({attr.name, std::move(*value)});
  return true;
}

Value Evaluator::swap(const Term& term) {
  const nn::Operand operand = term_value(term.arguments[0].term);
  const auto* x = std::get_if<Value>(&operand);
  const int rank = x ? scope_.rank(*x) : 0;
  if (rank < 2) {
    fail("E0203", term.mark, ".T swaps the last two axes; here there are not two",
         x ? scope_.describe(*x) : "");
    return {};
  }
  std::vector<std::int64_t> perm;
  for (int i = 0; i < rank; ++i) perm.push_back(i);
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return scope_.transpose(*x, std::move(perm));
}

} // namespace nnc
