#include "frontends/nn/initializers.h"

#include "frontends/nn/orthogonal.h"
#include "frontends/nn/range.h"
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

/// What an initial value is made from.
struct Site {
  const Initializer& init;
  const Type& type;
  std::uint32_t seed;
  std::string_view name;

  const AttrValue& attr(std::string_view which) const;
  double real(std::string_view which) const { return std::get<double>(attr(which)); }
};

template <class Element>
Literal filled(const Type& type, Element element) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::int64_t i = 0; i < type.elements(); ++i)
    store_real(type.dtype, bytes->data(), i, element(static_cast<std::uint64_t>(i)));
  return {type, std::move(bytes)};
}

Error unfit(std::string_view name, const std::string& type, const std::string& why) {
  return {.code = "E0203",
          .message = "the initial value of " + quote(name) + ", " + type + ": " + why};
}

Result<Literal> constant_value(const AttrValue& value, const Type& type, std::string_view name,
                               const std::string& shown) {
  const auto* whole = std::get_if<std::int64_t>(&value);
  const double wide = whole ? static_cast<double>(*whole) : std::get<double>(value);
  if (too_large(type.dtype, wide)) {
    Error error = unfit(name, shown, "cannot hold " + attr_text(value));
    error.help = largest_help(type.dtype);
    return error;
  }
  if (is_float(type.dtype)) return splat_literal(type, wide);
  const bool integral = whole || (std::trunc(wide) == wide && std::abs(wide) < 0x1p63);
  const std::int64_t integer = whole ? *whole : integral ? static_cast<std::int64_t>(wide) : 0;
  if (!integral || wrap_integer(type.dtype, integer) != integer)
    return unfit(name, shown, "cannot hold " + attr_text(value));
  return splat_literal(type, integer);
}

/// Every element the same: what `value` says.
template <AttrValue (*value)(const Site&)>
Result<Literal> same(const Site& s) {
  return constant_value(value(s), s.type, s.name, to_string(s.type));
}

AttrValue zero(const Site&) { return std::int64_t{0}; }
AttrValue one(const Site&) { return std::int64_t{1}; }
AttrValue given(const Site& s) { return s.attr("value"); }

template <Result<Literal> (*draw)(const Site&, Draws&)>
Result<Literal> random(const Site& s) {
  Draws draws(s.seed, s.name, s.type.dtype);
  return draw(s, draws);
}

Result<Literal> uniform(const Site& s, Draws& draws) {
  const double low = s.real("low"), high = s.real("high");
  return filled(s.type, [&](std::uint64_t i) { return low + (high - low) * draws.uniform(i); });
}

Result<Literal> normal(const Site& s, Draws& draws) {
  const double mean = s.real("mean"), spread = s.real("std");
  return filled(s.type, [&](std::uint64_t i) { return mean + spread * draws.normal(i); });
}

double fan_in(double in, double) { return in; }
double both_fans(double in, double out) { return in + out; }

/// sqrt(numerator / fan).
template <int numerator, double (*fan)(double in, double out)>
double spread_of(const Site& s) {
  const auto [in, out] = fans(s.type.shape, std::get<std::string>(s.attr("layout")) == "OIHW");
  return std::sqrt(numerator / fan(std::max(in, 1.0), std::max(out, 1.0)));
}

template <int numerator, double (*fan)(double in, double out)>
Result<Literal> scaled_uniform(const Site& s, Draws& draws) {
  const double spread = spread_of<numerator, fan>(s);
  return filled(s.type, [&](std::uint64_t i) { return spread * (2 * draws.uniform(i) - 1); });
}

template <int numerator, double (*fan)(double in, double out)>
Result<Literal> scaled_normal(const Site& s, Draws& draws) {
  const double spread = spread_of<numerator, fan>(s);
  return filled(s.type, [&](std::uint64_t i) { return spread * draws.normal(i); });
}

/// Rows or columns, whichever are fewer, of the matrix become orthonormal.
Result<Literal> orthogonal(const Site& s, Draws& draws) {
  const Type& type = s.type;
  const double gain = s.real("gain");
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

/// A recipe and what carries it out.
struct Row {
  Recipe recipe;
  Result<Literal> (*make)(const Site&);
  AttrValue (*value)(const Site&) = nullptr; ///< of every element; null: drawn, and so floats
  std::size_t least_axes = 0;
};

AttrDecl number(std::string name, double fallback, std::string doc) {
  return {.name = std::move(name), .kinds = {K::real}, .fallback = fallback, .doc = std::move(doc)};
}

/// For kinds that depend on the fans alone.
Row scaled(std::string name, std::string doc, std::string formula,
           Result<Literal> (*make)(const Site&)) {
  const AttrDecl layout = {.name = "layout",
                           .kinds = {K::string},
                           .fallback = std::string("HWIO"),
                           .doc = "where the fans are: last ([..., in, out]) or first (OIHW)",
                           .choices = {"HWIO", "OIHW"}};
  std::string example = "\"init\": \"" + name + "\"";
  return {{std::move(name), {layout}, std::move(doc), std::move(formula), std::move(example)},
          make};
}

std::vector<Row> make_rows() {
  return {
      {{"zeros", {}, "every element 0", "0", R"("init": "zeros")"}, same<zero>, zero},
      {{"ones", {}, "every element 1", "1", R"("init": "ones")"}, same<one>, one},
      {{"constant",
        {{.name = "value", .kinds = {K::real, K::integer}, .required = true, .doc = "the number"}},
        "every element the same; a bare number means this",
        "value",
        R"("init": { "kind": "constant", "value": 0.5 })"},
       same<given>,
       given},
      {{"uniform",
        {number("low", -1, "inclusive"), number("high", 1, "exclusive")},
        "uniform numbers in [low, high)",
        "low + (high - low)*u, u uniform in [0, 1)",
        R"("init": { "kind": "uniform", "low": -0.1, "high": 0.1 })"},
       random<uniform>},
      {{"normal",
        {number("mean", 0, "expected value"), number("std", 1, "standard deviation")},
        "normal numbers",
        "mean + std*z, z standard normal",
        R"("init": { "kind": "normal", "std": 0.02 })"},
       random<normal>},
      scaled("glorot_uniform", "for tanh and the like; X. Glorot and Y. Bengio 2010",
             "uniform in +-sqrt(6/(fan_in + fan_out))", random<scaled_uniform<6, both_fans>>),
      scaled("glorot_normal", "for tanh and the like; X. Glorot and Y. Bengio 2010",
             "normal, std sqrt(2/(fan_in + fan_out))", random<scaled_normal<2, both_fans>>),
      scaled("he_uniform", "for rectifiers; K. He et al. 2015", "uniform in +-sqrt(6/fan_in)",
             random<scaled_uniform<6, fan_in>>),
      scaled("he_normal", "for rectifiers; K. He et al. 2015", "normal, std sqrt(2/fan_in)",
             random<scaled_normal<2, fan_in>>),
      scaled("lecun_normal", "for selu and sums as they are; Y. LeCun et al. 1998",
             "normal, std sqrt(1/fan_in)", random<scaled_normal<1, fan_in>>),
      {{"orthogonal",
        {number("gain", 1, "length of each column")},
        "orthonormal columns (or rows) of the matrix [all axes but the last, last]; A. Saxe et al. "
        "2013",
        "gain * Q of the QR decomposition of normal numbers, R with positive diagonal",
        R"("init": { "kind": "orthogonal", "gain": 1.4 })"},
       random<orthogonal>,
       nullptr,
       2}};
}

const std::vector<Row>& rows() {
  static const std::vector<Row> list = make_rows();
  return list;
}

const AttrValue& Site::attr(std::string_view which) const {
  return row_of(rows(), init.kind).recipe.value(init.attrs, which);
}

} // namespace

const std::vector<Recipe>& initializer_recipes() {
  static const std::vector<Recipe> recipes = recipes_of(rows());
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

Status check_initializer(const Initializer& init, DType dtype, std::size_t rank,
                         std::string_view name, const std::string& type) {
  const Row& row = row_of(rows(), init.kind);
  if (row.value) {
    const Type scalar{dtype, {}};
    const auto one = constant_value(row.value({init, scalar, 0, name}), scalar, name, type);
    return one ? Status() : Status(one.error());
  }
  if (!is_float(dtype)) return unfit(name, type, init.kind + " needs floats");
  if (rank >= row.least_axes) return std::nullopt;
  return unfit(name, type, init.kind + " needs two axes or more");
}

Result<Literal> initial_value(const Initializer& init, const Type& type, std::uint32_t seed,
                              std::string_view name) {
  if (init.literal) {
    if (init.literal->type != type)
      return unfit(name, to_string(type), "the values given are " + to_string(init.literal->type));
    return *init.literal;
  }
  const auto rank = static_cast<std::size_t>(type.rank());
  if (Status error = check_initializer(init, type.dtype, rank, name, to_string(type)))
    return *error;
  return row_of(rows(), init.kind).make({init, type, seed, name});
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
