// random_bits: Philox 4x32-10 (J. Salmon, M. Moraes, R. Dror, D. Shaw: Parallel random numbers: as
// easy as 1, 2, 3; SC 2011), a counter-based generator: each word is a function of key and
// position.

#include "ir/ops/rows.h"

#include <array>

namespace nnc::ops {
namespace {

constexpr int rounds = 10;
constexpr std::array<std::int64_t, 2> multipliers = {0xD2511F53, 0xCD9E8D57};
constexpr std::array<std::int64_t, 2> key_steps = {0x9E3779B9, 0xBB67AE85};

struct Product {
  Expr high, low;
};

/// The two words of a 64-bit product. i64 arithmetic has the right bits: the cast wraps, so it
/// does not matter that the product may be negative and the shift then copies its sign.
Product multiply(ExprPool& pool, std::int64_t multiplier, Expr word) {
  const Expr product =
      pool.mul(pool.cast(word, DType::i64), pool.constant_int(DType::i64, multiplier));
  const Expr high = pool.binary(ScalarOp::shift_right, product, pool.constant_int(DType::i64, 32));
  return {pool.cast(high, DType::u32), pool.cast(product, DType::u32)};
}

std::array<Expr, 4> philox(ExprPool& pool, std::array<Expr, 2> key, std::array<Expr, 4> counter) {
  const auto mix = [&](Expr a, Expr b, Expr c) {
    return pool.binary(ScalarOp::bit_xor, pool.binary(ScalarOp::bit_xor, a, b), c);
  };
  for (int round = 0; round < rounds; ++round) {
    const Product even = multiply(pool, multipliers[0], counter[0]);
    const Product odd = multiply(pool, multipliers[1], counter[2]);
    counter = {mix(odd.high, counter[1], key[0]), odd.low, mix(even.high, counter[3], key[1]),
               even.low};
    for (std::size_t i = 0; i < 2; ++i)
      key[i] = pool.add(key[i], pool.constant_int(DType::u32, key_steps[i]));
  }
  return counter;
}

Expr random_bits_element(ElementBuilder& e, int, std::span<const Index> at) {
  ExprPool& pool = e.pool;
  const Shape& shape = e.attrs().integers("shape");
  const std::size_t keys = at.size() - shape.size(); // axes that count keys
  const Index flat = linearize(e.index, at.subspan(keys), shape);
  const Expr block = pool.add(pool.index_value(e.index.floor_div(flat, 4)),
                              pool.constant_int(DType::i64, e.attrs().integer("start")));
  const Expr lane = pool.index_value(e.index.mod(flat, 4));
  const Expr high = pool.binary(ScalarOp::shift_right, block, pool.constant_int(DType::i64, 32));
  const Expr zero = pool.constant_int(DType::u32, 0);
  const std::span<const Index> which = at.first(keys);
  const auto key = [&](std::int64_t i) {
    std::vector<Index> position(which.begin(), which.end());
    position.push_back(e.index.constant(i));
    return e.input(0, position);
  };
  const Expr iteration = e.input_count() > 1 ? e.input(1, which) : zero;
  const std::array<Expr, 4> words =
      philox(pool, {key(0), key(1)},
             {pool.cast(block, DType::u32), pool.cast(high, DType::u32), iteration, zero});
  Expr word = words[3];
  for (std::int64_t i = 3; i-- > 0;)
    word = pool.select(pool.binary(ScalarOp::eq, lane, pool.constant_int(DType::i64, i)),
                       words[static_cast<std::size_t>(i)], word);
  return word;
}

Result<std::vector<Type>> infer_random_bits(InferArgs& args) {
  const Type& key = args.in[0];
  if (key.dtype != DType::u32 || key.scalar() || key.shape.back() != 2)
    return args.operand_error("the key is " + to_string(key) + ", not u32[2]");
  Type result{DType::u32, {key.shape.begin(), key.shape.end() - 1}};
  if (args.in.size() > 1 && args.in[1] != result)
    return args.operand_error("the iteration is " + to_string(args.in[1]) + ", not " +
                              to_string(result) + ", one for each key");
  const Shape& draw = args.view().integers("shape");
  result.shape.insert(result.shape.end(), draw.begin(), draw.end());
  return std::vector<Type>{result};
}

/// Two multiplications, two shifts, four casts and six additions or exclusive-ors a round.
double random_bits_cost(const CostArgs& args) {
  return 14.0 * rounds * static_cast<double>(args.out[0].elements());
}

} // namespace

void add_random_rows(OpTable& table) {
  table.add(
      {.name = "random_bits",
       .kind = "random",
       .max_operands = 2,
       .attrs = {{.name = "shape", .kind = AttrKind::integers, .required = true},
                 {.name = "start",
                  .kind = AttrKind::integer,
                  .fallback = std::int64_t{0},
                  .doc = "first block of four words; read as unsigned"}},
       .doc = "u32 words of the stream of a key: element i is word i mod 4 of Philox "
              "4x32-10 with counter (low, high of start + floor(i/4), iteration, 0); the second "
              "operand, a u32[], is the iteration, else 0; a u32[n,2] is n keys with a stream each",
       .derivative = "none: not floats",
       .infer = infer_random_bits,
       .element = random_bits_element,
       .batch = batch_rules::same_place,
       .cost = random_bits_cost});
}

} // namespace nnc::ops
