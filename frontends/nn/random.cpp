// Draws (language.md 4.7) and the layers that need them.

#include "frontends/nn/call.h"

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;
using K = AttrKind;

/// `count` uniform numbers in [0, 1) for each element of `shape`, as a last axis; of the dtype in
/// which `dtype` computes. They are the next ones of the stream, row by row.
Tensor uniforms(Scope& scope, Shape shape, std::int64_t count, DType dtype) {
  const Value key = scope.site_key();
  shape.push_back(count);
  const int last = static_cast<int>(shape.size()) - 1;
  const auto words = [&](Shape of) {
    return Tensor(scope, scope.op("random_bits", {key}, {{"shape", std::move(of)}}));
  };
  if (dtype != DType::f64) {
    const Tensor bits = binary("shift_right", words(shape), Number(8));
    return cast(bits, DType::f32) * 0x1p-24;
  }
  // ((w[2i+1] * 2^32 + w[2i]) >> 11), without leaving the 63 bits that i64 has.
  shape.push_back(2);
  const Tensor pairs = cast(words(shape), DType::i64);
  shape.pop_back();
  const Tensor low = reshape(slice(pairs, last + 1, 0, 1), shape);
  const Tensor high = reshape(slice(pairs, last + 1, 1, 2), shape);
  const Tensor bits = high * 0x1p21 + binary("shift_right", low, Number(11));
  return cast(bits, DType::f64) * 0x1p-53;
}

Tensor uniform(Scope& scope, const Shape& shape, DType dtype) {
  return reshape(uniforms(scope, shape, 1, dtype), shape);
}

/// Box and Muller's normal numbers.
Tensor normal(Scope& scope, const Shape& shape, DType dtype) {
  const Tensor pairs = uniforms(scope, shape, 2, dtype);
  const int last = static_cast<int>(shape.size());
  const Tensor u = reshape(slice(pairs, last, 0, 1), shape);
  const Tensor v = reshape(slice(pairs, last, 1, 2), shape);
  constexpr double two_pi = 6.283185307179586;
  return sqrt(-2.0 * log(1.0 - u)) * unary("cos", two_pi * v);
}

bool drawable(Call& call, const Type& type) {
  if (Status error = check_type(type)) {
    call.attr_error(error->message);
    return false;
  }
  if (is_float(type.dtype)) return true;
  call.attr_error("'dtype' is " + std::string(dtype_name(type.dtype)) + ", not floats");
  return false;
}

Results random_uniform(Call& call) {
  const Type type{call.dtype("dtype"), call.integers("shape")};
  if (!drawable(call, type)) return {};
  const double low = call.real("low"), high = call.real("high");
  const Tensor u = uniform(call.scope, type.shape, type.dtype);
  return {cast(low + (high - low) * u, type.dtype)};
}

Results random_normal(Call& call) {
  const Type type{call.dtype("dtype"), call.integers("shape")};
  if (!drawable(call, type)) return {};
  const Tensor z = normal(call.scope, type.shape, type.dtype);
  return {cast(call.real("mean") + call.real("std") * z, type.dtype)};
}

/// Is the attribute a probability?
bool require_probability(const Call& call, std::string_view name) {
  const double given = call.real(name);
  if (given >= 0 && given <= 1) return true;
  call.attr_error("'" + std::string(name) + "' is " + attr_text(given) + ", not between 0 and 1");
  return false;
}

Results bernoulli(Call& call) {
  const Type type{DType::f32, call.integers("shape")};
  if (!drawable(call, type)) return {};
  if (call.has(0) == call.has("p"))
    return call.operand_error("'p' is an operand or an attribute, one of the two");
  if (call.has("p") && !require_probability(call, "p")) return {};
  const Tensor u = uniform(call.scope, type.shape, DType::f32);
  if (call.has("p")) return {binary("lt", u, call.real("p"))};
  if (!require_float(call, 0)) return {};
  // A wider p is not rounded to f32: 1 - 2^-30 would become certain.
  const DType wide = call.in(0).dtype() == DType::f64 ? DType::f64 : DType::f32;
  const Tensor drawn = binary("lt", cast(u, wide), Value(cast(call.in(0), wide)));
  if (!call.failed() && drawn.shape() != type.shape)
    return call.operand_error(call.describe(0) + ", which does not broadcast to " +
                              to_string(type.shape));
  return {drawn};
}

Results dropout(Call& call) {
  const Tensor x = call.in(0);
  const double rate = call.real("rate");
  const bool inverted = call.string("mode") == "inverted";
  if (!require_float(call, 0)) return {};
  if (!require_probability(call, "rate")) return {};
  if (!call.scope.training) return {inverted ? x : x * (1 - rate)};
  const Tensor u = uniform(call.scope, x.shape(), DType::f32);
  const Tensor kept = binary("ge", u, rate);
  return {select(kept, Value(inverted && rate < 1 ? x / (1 - rate) : x), call.scope.zeros_like(x))};
}

Results gaussian_noise(Call& call) {
  const Tensor x = call.in(0);
  if (!require_float(call, 0)) return {};
  if (!call.scope.training) return {x};
  return {x + cast(call.real("std") * normal(call.scope, x.shape(), x.dtype()), x.dtype())};
}

Function draw(std::string name, std::vector<AttrDecl> attrs, std::string formula, std::string doc,
              Results (*build)(Call&)) {
  attrs.insert(attrs.begin(), {.name = "shape", .kinds = {K::integers}, .required = true});
  return {.name = std::move(name),
          .family = "random",
          .attrs = std::move(attrs),
          .doc = std::move(doc),
          .formula = std::move(formula),
          .build = build};
}

AttrDecl number(std::string name, double fallback) {
  return {.name = std::move(name), .kinds = {K::real}, .fallback = fallback};
}

} // namespace

void add_random(FunctionTable& table) {
  const AttrDecl dtype = {.name = "dtype", .kinds = {K::dtype}, .fallback = DType::f32};
  table.add(draw("random_uniform", {number("low", 0), number("high", 1), dtype},
                 "low + (high - low)*u", "u uniform in [0, 1)", random_uniform));
  table.add(draw("random_normal", {number("mean", 0), number("std", 1), dtype}, "mean + std*z",
                 "z = sqrt(-2*log(1 - u))*cos(2*pi*v), u and v uniform in [0, 1)", random_normal));
  Function coin = draw("bernoulli", {{.name = "p", .kinds = {K::real}}}, "u < p",
                       "bool, true with probability p, which broadcasts to the shape", bernoulli);
  coin.operands = {{.name = "p", .optional = true}};
  table.add(std::move(coin));
  table.add({.name = "dropout",
             .family = "layer",
             .operands = {{.name = "x"}},
             .attrs = {{.name = "rate", .kinds = {K::real}, .required = true},
                       {.name = "mode",
                        .kinds = {K::string},
                        .fallback = std::string("inverted"),
                        .doc = "\"inverted\" scales by 1/(1 - rate) in training; \"standard\" by "
                               "1 - rate elsewhere",
                        .choices = {"inverted", "standard"}}},
             .doc = "in training, 0 with probability rate; f32 draws whatever the dtype",
             .formula = "select(u >= rate, x/(1 - rate), 0)",
             .build = dropout});
  table.add({.name = "gaussian_noise",
             .family = "layer",
             .operands = {{.name = "x"}},
             .attrs = {{.name = "std", .kinds = {K::real}, .required = true}},
             .doc = "in training, x with normal noise; x elsewhere",
             .formula = "x + std*z",
             .build = gaussian_noise});
}

} // namespace nnc::nn
