// Loops and branches in an object file: no library, the bits of the JIT, the failing check named.
#include "ir/ops/rows.h"
#include "ir/text/parse.h"
#include "object/both_ways.h"

#include <gtest/gtest.h>

namespace nnc::object_test {
namespace {

constexpr const char* text = R"(
func @cell(%h: f32[16,32], %x: f32[16,32], %w: f32[32,32], %table: f32[5,32], %k: i64[]) -> (%n, %y) {
  %row = gather %table, %k {axes = [0]} : f32[32]
  %z = add(%x, dot(%h, %w {contract = [[1], [0]]})) : f32[16,32]
  %n = tanh(add(%z, broadcast(%row {shape = [16,32], axes = [1]}))) : f32[16,32]
  %y = sum %n {axes = [1]} : f32[16]
}
func @more(%x: f32[], %limit: f32[]) -> (%p) { %p = lt %x, %limit : bool[] }
func @grow(%x: f32[], %limit: f32[]) -> (%n, %y) {
  %n = mul(%x, f32(1.75)) : f32[]
  %y = exp(neg(%x)) : f32[]
}
func @yes(%h: f32[16,32], %s: f32[]) -> (%n) { %n = mul(%h, broadcast(%s {shape = [16,32]})) : f32[16,32] }
func @no(%h: f32[16,32], %s: f32[]) -> (n = %h) { }
func @loops(%h0: f32[16,32], %xs: f32[7,16,32], %w: f32[32,32], %table: f32[5,32], %k: i64[], %s: f32[]) -> (%h, %ys, %g, %grown, %each, %n, %last) {
  %h, %ys = scan %h0, %xs, %w, %table, %k {body = @cell, carries = 1, over = 1} : f32[16,32], f32[7,16]
  %g = grad sum(%ys), %w {wrt = 1} : f32[32,32]
  %grown, %each, %n = while %s, f32(9) {cond = @more, body = @grow, carries = 1, max_steps = 20} : f32[], f32[20], i64[]
  %last = cond gt(%grown, f32(10)), %h, %s {then = @yes, else = @no} : f32[16,32]
})";

Literal filled(const Type& type, double step) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::int64_t i = 0; i < type.elements(); ++i)
    if (is_float(type.dtype))
      store_real(type.dtype, bytes->data(), i, 0.5 + step * static_cast<double>(i % 11 - 5));
    else
      store_integer(type.dtype, bytes->data(), i, 3);
  return {type, bytes};
}

TEST(ObjectControl, NeedsNothingAndHasTheBitsOfTheJit) {
  const OpTable ops = standard_ops();
  Context context(ops);
  auto parsed = parse_graph(context, text, "loops.nnir");
  ASSERT_TRUE(std::holds_alternative<Graph>(parsed)) << std::get<1>(parsed).at(0).message;
  std::vector<Function> functions;
  functions.push_back({std::move(std::get<Graph>(parsed)), {}});
  for (const Value leaf : functions[0].graph.inputs)
    functions[0].inputs.push_back(filled(functions[0].graph.type(leaf), 0.0625));
  expect_object_like_jit(text, functions);
}

} // namespace
} // namespace nnc::object_test
