// Many calls in a row, which an object file holds as a table: no library and the bits of the JIT.
#include "ir/ops/rows.h"
#include "ir/text/parse.h"
#include "object/both_ways.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace nnc::object_test {
namespace {

constexpr int steps = 40;

/// A recurrent net over the slices of %x, with indices to check before it and constants that are
/// read at two places, and its gradient.
std::string unrolled() {
  std::string text =
      fmt::format("func @unrolled(%x: f32[{},6,40], %w: f32[40,40], %ids: i32[6]) -> (%y, %g) {{\n"
                  "  %table = f32[12]([0.5, 1.5, -1, 2, 0.25, 1, -0.5, 1, 3, 0, 1, -2]) : f32[12]\n"
                  "  %h0 = gather %w, %ids {{axes = [0]}} : f32[6,40]\n",
                  steps);
  for (int t = 0; t < steps; ++t)
    text +=
        fmt::format("  %s{0} = slice %x {{start = [{0},0,0], stop = [{1},6,40]}} : f32[1,6,40]\n"
                    "  %r{0} = reshape %s{0} {{shape = [6,40]}} : f32[6,40]\n"
                    "  %z{0} = add(%r{0}, dot(%h{0}, %w {{contract = [[1], [0]]}})) : f32[6,40]\n"
                    "  %h{1} = tanh %z{0} : f32[6,40]\n",
                    t, t + 1);
  for (int k = 0; k < 2; ++k)
    text += fmt::format("  %c{0} = slice %table {{start = [{1}], stop = [{2}]}} : f32[6]\n"
                        "  %k{0} = mul(%h{3}, broadcast(%c{0} {{shape = [6,40], axes = [0]}})) : "
                        "f32[6,40]\n",
                        k, 6 * k, 6 * k + 6, steps / 2 * (k + 1));
  return text + "  %y = sum(mul(%k0, %k1) {axes = [0,1]}) : f32[]\n"
                "  %g = grad %y, %w {wrt = 1} : f32[40,40]\n}\n";
}

Literal filled(const Type& type) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::int64_t i = 0; i < type.elements(); ++i)
    if (is_float(type.dtype))
      store_real(type.dtype, bytes->data(), i, 0.03125 * static_cast<double>(i % 13 - 6));
    else
      store_integer(type.dtype, bytes->data(), i, 7 * i % 40);
  return {type, bytes};
}

TEST(ObjectUnrolled, NeedsNothingAndHasTheBitsOfTheJit) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const std::string text = unrolled();
  auto parsed = parse_graph(context, text, "unrolled.nnir");
  ASSERT_TRUE(std::holds_alternative<Graph>(parsed)) << std::get<1>(parsed).at(0).message;
  std::vector<Function> functions;
  functions.push_back({std::move(std::get<Graph>(parsed)), {}});
  for (const Value leaf : functions[0].graph.inputs)
    functions[0].inputs.push_back(filled(functions[0].graph.type(leaf)));
  expect_object_like_jit(text, functions);
}

} // namespace
} // namespace nnc::object_test
