#include "frontends/nn/initializers.h"

#include "frontends/nn/orthogonal.h"
#include "ir/messages.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nnc::nn {
namespace {

using K = AttrKind;
using Words = std::array<std::uint32_t, 4>;

/// The draws of one parameter: uniform numbers in [0, 1), in order or by index.
class Draws {
public:
  Draws(std::uint32_t seed, std::string_view name, DType dtype)
      : key_(philox_site_key({seed, 0}, name)), wide_(dtype == DType::f64) {}

  double uniform(std::uint64_t i) {
    if (!wide_) return static_cast<double>(word(i) >> 8) * 0x1p-24;
    const std::uint64_t high = word(2 * i + 1), low = word(2 * i);
    return static_cast<double>((high << 32 | low) >> 11) * 0x1p-53;
  }

  double normal(std::uint64_t i) {
    return std::sqrt(-2 * std::log(1 - uniform(2 * i))) *
           std::cos(2 * std::numbers::pi * uniform(2 * i + 1));
  }

private:
  std::uint32_t word(std::uint64_t i) {
    const std::uint64_t block = i / 4;
    if (block != known_)
      words_ = philox_block(
          key_, {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0, 0});
    known_ = block;
    return words_[i % 4];
  }

  std::array<std::uint32_t, 2> key_;
  bool wide_;
  std::uint64_t known_ = UINT64_MAX;
  Words words_{};
};

AttrDecl number(std::string name, double fallback, std::string doc = {}) {
  return {.name = std::move(name), .kinds = {K::real}, .fallback = fallback, .doc = std::move(doc)};
}

/// What a kind draws, given the fans: a spread s, for uniform in [-s, s) or normal with std s.
struct Scaled {
  std::string_view kind;
  bool uniform;
  double (*spread)(double in, double out);
};

constexpr std::array scaled_kinds = {
    Scaled{"glorot_uniform", true, [](double in, double out) { return std::sqrt(6 / (in + out)); }},
    Scaled{"glorot_normal", false, [](double in, double out) { return std::sqrt(2 / (in + out)); }},
    Scaled{"he_uniform", true, [](double in, double) { return std::sqrt(6 / in); }},
    Scaled{"he_normal", false, [](double in, double) { return std::sqrt(2 / in); }},
    Scaled{"lecun_normal", false, [](double in, double) { return std::sqrt(1 / in); }}};

std::vector<Recipe> make_recipes() {
  const AttrDecl layout = {.name = "layout",
                           .kinds = {K::string},
                           .fallback = std::string("HWIO"),
                           .doc = "where the fans are: last ([..., in, out]) or first (OIHW)",
                           .choices = {"HWIO", "OIHW"}};
  return {{"zeros", {}, "every element 0", "0"},
          {"ones", {}, "every element 1", "1"},
          {"constant",
           {{.name = "value", .kinds = {K::real, K::integer}, .required = true}},
           "every element the same; a bare number means this",
           "value"},
          {"uniform",
           {number("low", -1), number("high", 1)},
           "uniform in [low, high)",
           "low + (high - low)*u"},
          {"normal", {number("mean", 0), number("std", 1)}, "normal", "mean + std*z"},
          {"glorot_uniform",
           {layout},
           "X. Glorot and Y. Bengio 2010",
           "uniform in +-sqrt(6/(fan_in + fan_out))"},
          {"glorot_normal",
           {layout},
           "X. Glorot and Y. Bengio 2010",
           "normal, std sqrt(2/(fan_in + fan_out))"},
          {"he_uniform", {layout}, "K. He et al. 2015", "uniform in +-sqrt(6/fan_in)"},
          {"he_normal", {layout}, "K. He et al. 2015", "normal, std sqrt(2/fan_in)"},
          {"lecun_normal", {layout}, "Y. LeCun et al. 1998", "normal, std sqrt(1/fan_in)"},
          {"orthogonal",
           {number("gain", 1)},
           "orthonormal columns (or rows) of the matrix [all axes but the last, last]; A. Saxe et "
           "al. 2013",
           "gain * Q of the QR decomposition of normal numbers, R with positive diagonal"}};
}

const AttrValue& attr(const Initializer& init, std::string_view name) {
  const Recipe* recipe = *find_recipe("initializer", initializer_recipes(), init.kind);
  const auto found = std::ranges::find(recipe->attrs, name, &AttrDecl::name);
  if (found == recipe->attrs.end()) throw InternalError(init.kind + ": no such attribute");
  return init.attrs[static_cast<std::size_t>(found - recipe->attrs.begin())];
}

double real(const Initializer& init, std::string_view name) {
  return std::get<double>(attr(init, name));
}

template <class Element>
Literal filled(const Type& type, Element element) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::int64_t i = 0; i < type.elements(); ++i)
    store_real(type.dtype, bytes->data(), i, element(static_cast<std::uint64_t>(i)));
  return {type, std::move(bytes)};
}

/// Rows or columns, whichever are fewer, of the matrix become orthonormal.
Literal orthogonal(const Type& type, double gain, Draws& draws) {
  const auto columns = static_cast<std::size_t>(type.shape.back());
  const auto elements = static_cast<std::size_t>(type.elements());
  const std::size_t rows = columns == 0 ? 0 : elements / columns;
  const bool tall = rows >= columns;
  const std::size_t count = tall ? columns : rows, length = tall ? rows : columns;
  const auto at = [&](std::size_t row, std::size_t column) { // in `vectors`
    return tall ? column * length + row : row * length + column;
  };
  std::vector<double> vectors(elements);
  for (std::size_t i = 0; i < elements; ++i)
    vectors[at(i / columns, i % columns)] = draws.normal(i);
  orthonormalize(vectors, count, length);
  return filled(type,
                [&](std::uint64_t i) { return gain * vectors[at(i / columns, i % columns)]; });
}

Error unfit(std::string_view name, const Type& type, const std::string& why) {
  return {.code = "E0203",
          .message = "the initial value of " + quote(name) + ", " + to_string(type) + ": " + why};
}

Result<Literal> constant_value(const AttrValue& value, const Type& type, std::string_view name) {
  const auto* whole = std::get_if<std::int64_t>(&value);
  const double wide = whole ? static_cast<double>(*whole) : std::get<double>(value);
  if (is_float(type.dtype)) return splat_literal(type, wide);
  const bool integral = whole || (std::trunc(wide) == wide && std::abs(wide) < 0x1p63);
  const std::int64_t integer = whole ? *whole : integral ? static_cast<std::int64_t>(wide) : 0;
  if (!integral || wrap_integer(type.dtype, integer) != integer)
    return unfit(name, type, "cannot hold " + attr_text(value));
  return splat_literal(type, integer);
}

Result<Literal> random_value(const Initializer& init, const Type& type, std::uint32_t seed,
                             std::string_view name) {
  if (!is_float(type.dtype)) return unfit(name, type, init.kind + " needs floats");
  Draws draws(seed, name, type.dtype);
  if (init.kind == "uniform") {
    const double low = real(init, "low"), high = real(init, "high");
    return filled(type, [&](std::uint64_t i) { return low + (high - low) * draws.uniform(i); });
  }
  if (init.kind == "normal") {
    const double mean = real(init, "mean"), spread = real(init, "std");
    return filled(type, [&](std::uint64_t i) { return mean + spread * draws.normal(i); });
  }
  if (init.kind == "orthogonal") {
    if (type.rank() < 2) return unfit(name, type, "orthogonal needs two axes or more");
    return orthogonal(type, real(init, "gain"), draws);
  }
  for (const Scaled& scaled : scaled_kinds) {
    if (scaled.kind != init.kind) continue;
    const bool first = std::get<std::string>(attr(init, "layout")) == "OIHW";
    const auto [in, out] = fans(type.shape, first);
    const double spread = scaled.spread(std::max(in, 1.0), std::max(out, 1.0));
    if (scaled.uniform)
      return filled(type, [&](std::uint64_t i) { return spread * (2 * draws.uniform(i) - 1); });
    return filled(type, [&](std::uint64_t i) { return spread * draws.normal(i); });
  }
  throw InternalError("an initializer that make_initializer did not make: " + init.kind);
}

} // namespace

const std::vector<Recipe>& initializer_recipes() {
  static const std::vector<Recipe> recipes = make_recipes();
  return recipes;
}

Result<Initializer> make_initializer(std::string_view kind, const NamedAttrs& named) {
  const auto recipe = find_recipe("initializer", initializer_recipes(), kind);
  if (!recipe) return recipe.error();
  auto attrs = recipe_attrs(kind, **recipe, named);
  if (!attrs) return attrs.error();
  return Initializer{std::string(kind), std::move(*attrs), {}};
}

Initializer constant_initializer(double value) { return {"constant", {AttrValue(value)}, {}}; }
Initializer literal_initializer(Literal value) { return {"value", {}, std::move(value)}; }

Result<Literal> initial_value(const Initializer& init, const Type& type, std::uint32_t seed,
                              std::string_view name) {
  if (init.literal) {
    if (init.literal->type != type)
      return unfit(name, type, "the values given are " + to_string(init.literal->type));
    return *init.literal;
  }
  if (init.kind == "constant") return constant_value(attr(init, "value"), type, name);
  if (init.kind == "zeros" || init.kind == "ones")
    return constant_value(std::int64_t{init.kind == "ones"}, type, name);
  return random_value(init, type, seed, name);
}

std::array<double, 2> fans(const Shape& shape, bool channels_first) {
  if (shape.empty()) return {1, 1};
  if (shape.size() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  const std::size_t in = channels_first ? 1 : shape.size() - 2;
  const std::size_t out = channels_first ? 0 : shape.size() - 1;
  double others = 1;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (i != in && i != out) others *= static_cast<double>(shape[i]);
  return {others * static_cast<double>(shape[in]), others * static_cast<double>(shape[out])};
}

Words philox_block(std::array<std::uint32_t, 2> key, Words counter) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t even = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t odd = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(odd >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(odd),
               static_cast<std::uint32_t>(even >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(even)};
    key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
  }
  return counter;
}

std::array<std::uint32_t, 2> philox_site_key(std::array<std::uint32_t, 2> rng,
                                             std::string_view path) {
  const std::uint64_t hash = site_hash(path);
  const Words words = philox_block(
      rng, {static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(hash >> 32), 0, 0});
  return {words[0], words[1]};
}

} // namespace nnc::nn
