#include "frontends/nn/scope.h"

#include "frontends/nn/range.h"
#include "ir/messages.h"

#include <algorithm>
#include <cmath>

namespace nnc::nn {
namespace {

/// The literal, or nothing where the dtype cannot hold the number.
std::optional<Literal> exact_literal(DType dtype, const Number& number) {
  const Type type{dtype, {}};
  if (too_large(dtype, number.real)) return std::nullopt;
  if (is_float(dtype)) return splat_literal(type, number.real);
  if (dtype == DType::boolean) return std::nullopt;
  std::optional<std::int64_t> whole = number.integer;
  if (!whole && std::trunc(number.real) == number.real && std::abs(number.real) < 0x1p63)
    whole = static_cast<std::int64_t>(number.real);
  if (!whole || wrap_integer(dtype, *whole) != *whole) return std::nullopt;
  return splat_literal(type, *whole);
}

std::string number_text(const Number& number) {
  return attr_text(number.integer ? AttrValue(*number.integer) : AttrValue(number.real));
}

} // namespace

Value Builder::number(std::string_view user, DType dtype, const Number& number) {
  if (error()) return {};
  if (auto value = exact_literal(dtype, number)) return literal(std::move(*value));
  const std::string name(dtype_name(dtype));
  fail({.code = "E0203",
        .message = std::string(user) + ": " + name + " cannot hold " + number_text(number),
        .help = is_float(dtype)     ? largest_help(dtype)
                : is_integer(dtype) ? "cast the " + name + " operand, for example to \"f32\""
                : dtype == DType::boolean
                    ? "numbers take the dtype of a tensor beside them, and here is none but of bool"
                    : ""});
  return {};
}

std::vector<Value> Builder::values(std::string_view user, std::span<const Operand> operands) {
  std::optional<DType> beside;
  for (const Operand& operand : operands)
    if (const auto* value = std::get_if<Value>(&operand); value && value->valid()) {
      if (!beside || *beside == DType::boolean) beside = dtype(*value);
    }
  std::vector<Value> values;
  for (const Operand& operand : operands) {
    if (const auto* value = std::get_if<Value>(&operand)) {
      values.push_back(*value);
    } else if (const auto* literal = std::get_if<Number>(&operand)) {
      if (!beside)
        fail({.code = "E0203",
              .message = std::string(user) + ": the number " + number_text(*literal) +
                         " has no dtype, there is no tensor beside it"});
      values.push_back(number(user, beside.value_or(DType::f32), *literal));
    } else {
      values.emplace_back();
    }
  }
  return values;
}

std::string Builder::describe(Value value, int position) const {
  std::string name = value.valid() ? graph().value_name(value) : "";
  if (name.empty() && value.valid() && graph().is_leaf(value)) name = graph().leaf_name(value);
  return (name.empty() ? "operand " + std::to_string(position + 1) : quote(name)) + " is " +
         to_string(type(value));
}

namespace {

/// What would make `x` broadcast with `shape`, where a slip is likely.
std::string broadcast_help(const Shape& shape, const Type& x) {
  constexpr std::string_view rule = "sizes are matched from the last axis; only 1 stretches";
  Shape other = x.shape;
  if (other.size() == 2 && shape.size() == 2 && other[0] == shape[1] && other[1] == shape[0])
    return "transposed, the last one fits: write .T behind it";
  if (other.size() == 1 && shape.size() > 1)
    for (std::size_t axis = shape.size() - 1; axis-- > 0;)
      if (shape[axis] == other[0]) {
        other.resize(shape.size() - axis, 1);
        return std::string(rule) + "; reshaped to " + to_string(other) + ", the last one fits";
      }
  return std::string(rule);
}

} // namespace

Value Builder::elementwise(std::string_view row, std::span<const Operand> operands,
                           const NamedAttrs& attrs) {
  std::vector<Value> values = this->values(row, operands);
  if (error() || std::ranges::any_of(values, [](Value v) { return !v.valid(); })) return {};
  Shape shape;
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto common = broadcast_shapes(shape, this->shape(values[i]));
    if (!common) {
      std::string message = std::string(row) + ": shapes do not broadcast:";
      for (std::size_t k = 0; k <= i; ++k)
        message += (k ? ", " : " ") + describe(values[k], static_cast<int>(k));
      fail({.code = "E0203",
            .message = std::move(message),
            .help = broadcast_help(shape, type(values[i]))});
      return {};
    }
    shape = std::move(*common);
  }
  for (Value& value : values) value = broadcast_to(value, shape);
  return op(row, values, attrs);
}

Surroundings standalone(Graph& graph) {
  return {.rng =
              [&graph] {
                return graph.add_leaf("rng", Role::state, Type{DType::u32, {2}}, OriginId{});
              },
          .set_state = [&graph](Value state, Value next, const std::string& what) -> Status {
            if (!graph.is_leaf(state) || graph.role(state) != Role::state)
              return Error{.code = "E0302", .message = what + "; only state takes a new value"};
            const std::string& name = graph.leaf_name(state);
            for (const Update& update : graph.updates)
              if (update.target == name)
                return Error{.code = "E0302", .message = "state " + quote(name) + " is set twice"};
            graph.updates.push_back({name, next});
            return std::nullopt;
          }};
}

std::uint64_t site_hash(std::string_view path) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : path) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

Value Scope::site_key() {
  if (error()) return {};
  if (!around_.rng) {
    fail({.code = "E0302", .message = "there is no 'rng' state to draw from here"});
    return {};
  }
  const NamedAttrs place = {{"shape", std::vector<std::int64_t>{2}},
                            {"start", static_cast<std::int64_t>(site_hash(site))}};
  Value key = around_.rng();
  const std::vector<Value> loops = around_.iterations ? around_.iterations() : std::vector<Value>{};
  if (loops.empty()) return op("random_bits", {key}, place);
  for (const Value iteration : loops) key = op("random_bits", {key, iteration}, place);
  return key;
}

void Scope::set_state(Value state, Value next, int position) {
  if (error() || !next.valid()) return;
  if (!around_.set_state) return fail({.code = "E0302", .message = "state cannot be set here"});
  if (type(state) != type(next))
    return fail({.code = "E0203",
                 .message = "the new value of state is " + to_string(type(next)) + ", but " +
                            describe(state, position)});
  if (Status error = around_.set_state(state, next, describe(state, position)))
    fail(std::move(*error));
}

Value advance_rng(nnc::Builder& builder, Value rng) {
  const Value step = builder.op(
      "iota", {},
      {{"shape", std::vector<std::int64_t>{2}}, {"axis", std::int64_t{0}}, {"dtype", DType::u32}});
  return builder.add(rng, step); // (seed, calls) + (0, 1)
}

} // namespace nnc::nn
