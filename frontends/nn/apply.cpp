// From a name, operands and attributes as written to nodes: the one way into functions and rows.

#include "frontends/nn/call.h"
#include "frontends/nn/counted.h"
#include "ir/messages.h"
#include "ir/suggestion.h"

#include <algorithm>
#include <cmath>

namespace nnc::nn {
namespace {

/// The words that there are, or the kind.
std::string kind_text(const AttrDecl& attr, AttrKind kind) {
  std::string text;
  if (kind == AttrKind::string)
    for (const std::string& choice : attr.choices) text += " \"" + choice + "\"";
  if (kind == AttrKind::dtype)
    for (int i = 0; i < dtype_count; ++i)
      text += " " + std::string(dtype_name(static_cast<DType>(i)));
  return text.empty() ? std::string(attr_kind_name(kind)) : "one of" + text;
}

std::string kinds_text(const AttrDecl& attr) {
  std::string text;
  for (const AttrKind kind : attr.kinds) {
    if (!text.empty()) text += " or ";
    text += kind_text(attr, kind);
  }
  return text;
}

/// The value in another spelling of `kind`, where there is one.
std::optional<AttrValue> as_kind(const AttrValue& value, AttrKind kind) {
  if (kind_of(value) == kind) return value;
  const auto* integer = std::get_if<std::int64_t>(&value);
  const auto* text = std::get_if<std::string>(&value);
  const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
  if (integer && kind == AttrKind::real) return static_cast<double>(*integer);
  if (integer && kind == AttrKind::integers) return std::vector{*integer};
  if (list && list->empty() && kind == AttrKind::integer_lists)
    return std::vector<std::vector<std::int64_t>>{};
  if (text && kind == AttrKind::dtype)
    if (const auto dtype = dtype_from_name(*text)) return *dtype;
  if (text && kind == AttrKind::type)
    if (auto type = parse_type(*text)) return *type;
  return std::nullopt;
}

/// Attributes in the order of the signature, in the kinds it wants; defaults are not filled in.
Result<Attrs> arrange(const Signature& signature, const NamedAttrs& named) {
  Attrs attrs(signature.attrs.size());
  for (const NamedAttr& given : named) {
    const auto decl = std::ranges::find(signature.attrs, given.name, &AttrDecl::name);
    if (decl == signature.attrs.end()) {
      std::vector<std::string> known;
      for (const AttrDecl& attr : signature.attrs) known.push_back(attr.name);
      return Error{.code = "E0204",
                   .message = signature.name + ": unknown attribute " + quote(given.name),
                   .help = did_you_mean(given.name, known)};
    }
    auto value = attribute_of_kind(signature.name, *decl, given.value);
    if (!value) return value.error();
    attrs[static_cast<std::size_t>(decl - signature.attrs.begin())] = std::move(*value);
  }
  return attrs;
}

Status fill_defaults(const Signature& signature, Attrs& attrs) {
  for (std::size_t i = 0; i < attrs.size(); ++i) {
    if (!absent(attrs[i])) continue;
    const AttrDecl& decl = signature.attrs[i];
    if (decl.required)
      return Error{.code = "E0204",
                   .message = signature.name + ": attribute '" + decl.name + "' is missing",
                   .help = "it is " + kinds_text(decl)};
    attrs[i] = decl.fallback;
  }
  return std::nullopt;
}

/// "it is written linear(x, w, bias)", optional operands left out.
std::string form_help(const Signature& signature) {
  std::string list;
  for (const OperandSpec& spec : signature.operands)
    if (!spec.optional) list += (list.empty() ? "" : ", ") + spec.name + (spec.open ? ", ..." : "");
  for (const AttrDecl& attr : signature.attrs)
    if (attr.required) list += (list.empty() ? "" : ", ") + attr.name + "=...";
  return "it is written " + signature.name + "(" + list + "); `nnc ops " + signature.name +
         "` says more";
}

Status check_operands(const Signature& signature, std::span<const Operand> operands) {
  const auto& specs = signature.operands;
  if (operands.size() > specs.size() && !signature.open())
    return Error{.code = "E0203",
                 .message = fmt::format("{}: takes {}, not {}", signature.name,
                                        counted(std::ssize(specs), "operand"), operands.size()),
                 .help = form_help(signature)};
  for (std::size_t i = 0; i < std::max(specs.size(), operands.size()); ++i) {
    const OperandSpec& spec = specs[std::min(i, specs.size() - 1)];
    const bool given = i < operands.size() && operands[i].index() != 0;
    const bool optional = spec.optional && i < specs.size() && !(spec.open && i < operands.size());
    if (!given && !optional)
      return Error{.code = "E0203",
                   .message = signature.name + ": operand '" + spec.name + "' is missing",
                   .help = form_help(signature)};
  }
  return std::nullopt;
}

/// A number for an operand that may be an attribute instead is the attribute, which needs no dtype:
/// bernoulli(0.3, [4]).
void numbers_to_attributes(const Signature& signature, std::span<Operand> operands,
                           NamedAttrs& attrs) {
  for (std::size_t i = 0; i < std::min(operands.size(), signature.operands.size()); ++i) {
    const auto* number = std::get_if<Number>(&operands[i]);
    const std::string& name = signature.operands[i].name;
    if (!number ||
        std::ranges::find(signature.attrs, name, &AttrDecl::name) == signature.attrs.end())
      continue;
    if (std::ranges::find(attrs, name, &NamedAttr::name) != attrs.end()) continue;
    if (number->integer)
      attrs.push_back({name, *number->integer});
    else
      attrs.push_back({name, number->real});
    operands[i] = {};
  }
}

/// Numbers by themselves are i64 or f64 where an attribute says the dtype of the result.
std::vector<Operand> with_own_dtypes(Scope& scope, std::span<const Operand> operands,
                                     const Attrs& attrs) {
  std::vector<Operand> result(operands.begin(), operands.end());
  const auto is_value = [](const Operand& o) { return std::holds_alternative<Value>(o); };
  const auto is_dtype = [](const AttrValue& a) { return std::holds_alternative<DType>(a); };
  if (std::ranges::any_of(operands, is_value) || std::ranges::none_of(attrs, is_dtype))
    return result;
  for (Operand& operand : result)
    if (const auto* number = std::get_if<Number>(&operand))
      operand = scope.number("number", number->integer ? DType::i64 : DType::f64, *number);
  return result;
}

std::vector<Value> build_function(Scope& scope, const Function& function,
                                  const Signature& signature, std::vector<Value> operands,
                                  Attrs attrs) {
  if (Status error = fill_defaults(signature, attrs))
    return scope.fail(*error), std::vector<Value>{};
  Call call(scope, function, std::move(operands), std::move(attrs));
  std::vector<Value> results = function.build(call);
  auto error = scope.take_error();
  if (!error) return results;
  // A row that complains inside the function is a detail of it.
  if (!error->message.starts_with(function.name + ":"))
    error->message = function.name + ": " + error->message;
  scope.fail(std::move(*error));
  return {};
}

std::vector<Value> build_row(Scope& scope, const OpRow& row, const Signature& signature,
                             std::span<const Operand> operands, Attrs attrs) {
  NamedAttrs named;
  for (std::size_t i = 0; i < attrs.size(); ++i)
    if (!absent(attrs[i])) named.push_back({signature.attrs[i].name, std::move(attrs[i])});
  if (row.elementwise && row.results == 1) {
    const Value result = scope.elementwise(row.name, operands, named);
    return result.valid() ? std::vector{result} : std::vector<Value>{};
  }
  return scope.ops(row.name, scope.values(row.name, operands), named);
}

} // namespace

namespace {

/// What is wrong with a number; null for what is inside. NaN is outside all of them.
const char* outside(Interval interval, const AttrValue& value) {
  const auto* whole = std::get_if<std::int64_t>(&value);
  const auto* real = std::get_if<double>(&value);
  if (interval == Interval::any || (!whole && !real)) return nullptr;
  const double number = whole ? static_cast<double>(*whole) : *real;
  switch (interval) {
  case Interval::any:
    return nullptr;
  case Interval::not_negative:
    return number >= 0 ? nullptr : "negative";
  case Interval::positive:
    return number > 0 ? nullptr : "not positive";
  case Interval::fraction:
    return number >= 0 && number < 1 ? nullptr : "not in [0, 1)";
  }
  return nullptr;
}

} // namespace

Result<AttrValue> attribute_of_kind(std::string_view user, const AttrDecl& attr, AttrValue value) {
  if (absent(value)) return value;
  for (const AttrKind kind : attr.kinds) {
    auto converted = as_kind(value, kind);
    if (!converted) continue;
    const auto* text = std::get_if<std::string>(&*converted);
    if (text && !attr.choices.empty() &&
        std::ranges::find(attr.choices, *text) == attr.choices.end())
      continue;
    if (const char* why = outside(attr.interval, *converted))
      return Error{.code = "E0204",
                   .message = std::string(user) + ": attribute '" + attr.name + "' is " +
                              attr_text(*converted) + ", " + why};
    return std::move(*converted);
  }
  std::string help;
  if (const auto* text = std::get_if<std::string>(&value)) {
    const bool dtype = std::ranges::find(attr.kinds, AttrKind::dtype) != attr.kinds.end();
    help = dtype ? dtype_help(*text) : did_you_mean(*text, attr.choices);
  }
  return Error{.code = "E0204",
               .message = std::string(user) + ": attribute '" + attr.name + "' is " +
                          kinds_text(attr) + ", not " + attr_text(value),
               .help = std::move(help)};
}

std::vector<Value> apply(Scope& scope, std::string_view name, std::span<const Operand> operands,
                         const NamedAttrs& attrs) {
  if (scope.error()) return {};
  const OpTable& rows = scope.graph().context().ops;
  const auto signature = find_signature(scope.functions(), rows, name);
  if (!signature)
    return scope.fail(unknown_function(scope.functions(), rows, name)), std::vector<Value>{};
  if (Status error = check_operands(*signature, operands))
    return scope.fail(*error), std::vector<Value>{};
  std::vector<Operand> given(operands.begin(), operands.end());
  NamedAttrs named = attrs;
  numbers_to_attributes(*signature, given, named);
  auto arranged = arrange(*signature, named);
  if (!arranged) return scope.fail(arranged.error()), std::vector<Value>{};
  const std::vector<Operand> typed = with_own_dtypes(scope, given, *arranged);
  const Function* function = scope.functions().find(name);
  if (!function) return build_row(scope, rows.at(name), *signature, typed, std::move(*arranged));
  std::vector<Value> values = scope.values(function->name, typed);
  if (scope.error()) return {};
  return build_function(scope, *function, *signature, std::move(values), std::move(*arranged));
}

} // namespace nnc::nn
