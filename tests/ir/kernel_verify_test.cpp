// Rules of ir/kernel/verify.h broken by programs that only a step could make, and what is shown.
#include "ir/kernel/verify.h"

#include "ir/kernel/old_values.h"
#include "ir/kernel/parse.h"
#include "ir/kernel_rules.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

struct Case {
  const char *rule, *name;
  void (*damage)(KernelProgram& program);
  const char* text;
};
void PrintTo(const Case& broken, std::ostream* out) { *out << broken.name; }

Store& store(KernelProgram& program, std::size_t kernel, std::size_t stage) {
  return program.kernels[kernel].stages[stage].stores[0];
}

const Case cases[] = {
    {"buffers", "value_of_an_input",
     [](KernelProgram& p) {
       p.buffers[2].data = splat_literal({DType::f32, {3}}, 1.0);
     },
     R"(
program @f (x, ids, w) -> (y) update (w) {
  input    x   : f32[4,3]
  input    ids : i32[4]
  param    w   : f32[3] = f32[3]([1.0, 1.0, 1.0])
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  error: buffers: 'w' has a value, but is no constant
  output   y   : f32[4,3]
  arena    t   : f32[4,3] at 0
  arena    u   : f32[3] at 64
  workspace 128 bytes
  check ids in 0..4 for picked before 1
}
)"},
    {"buffers", "buffer_of_no_size", [](KernelProgram& p) { p.buffers[4].type.shape[0] = -1; }, R"(
program @f (x, ids, w) -> (y) update (w) {
  input    x   : f32[4,3]
  input    ids : i32[4]
  param    w   : f32[3]
  output   y   : f32[4,3]
  arena    t   : f32[-1,3] at 0
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  error: buffers: 't': f32[-1,3]: size -1 is outside 0..2^40
  arena    u   : f32[3] at 64
  workspace 128 bytes
  check ids in 0..4 for picked before 1
}
)"},
    {"ids", "store_of_nothing", [](KernelProgram& p) { store(p, 1, 0).value = {}; }, R"(
error: ids: the store has no value or no position (kernel 1)
)"},
    {"ids", "store_to_no_buffer", [](KernelProgram& p) { store(p, 0, 1).buffer = 99; }, R"(
error: ids: the store goes to no buffer (kernel 0)
)"},
    {"ids", "element_that_nothing_replaced",
     [](KernelProgram& p) {
       Store& s = store(p, 2, 0);
       s.value = p.kernels[2].pool.element(7, DType::f32, s.at);
     },
     R"(
error: ids: an element that no buffer holds (kernel 2)
)"},
    {"ids", "kernel_that_does_nothing", [](KernelProgram& p) { p.kernels[2].stages.clear(); }, R"(
error: ids: the kernel does nothing (kernel 2)
)"},
    {"dtypes", "load_of_another_dtype",
     [](KernelProgram& p) { p.buffers[0].type.dtype = DType::f64; }, R"(
program @f (x, ids, w) -> (y) update (w) {
  input    x   : f64[4,3]
  input    ids : i32[4]
  param    w   : f32[3]
  output   y   : f32[4,3]
  arena    t   : f32[4,3] at 0
  arena    u   : f32[3] at 64
  workspace 128 bytes
  check ids in 0..4 for picked before 1
  kernel f_0 (x) -> (t): staged rows {  // 144 FLOP, 144 B
    local m : f32[]
    rows i in 0..4
      once
        m = max[j in 0..3](x[i,j])
        ^~~~~~~~~~~~~~~~~~~~~~~~~~
        error: dtypes: 'x' is f64[4,3], read as f32
      for k in 0..3
        t[i,k] = exp(x[i,k] - m)
        ^~~~~~~~~~~~~~~~~~~~~~~~
        error: dtypes: 'x' is f64[4,3], read as f32
  }
}
)"},
    {"dtypes", "store_of_another_dtype",
     [](KernelProgram& p) { p.buffers[3].type.dtype = DType::f16; }, R"(
program @f (x, ids, w) -> (y) update (w) {
  input    x   : f32[4,3]
  input    ids : i32[4]
  param    w   : f32[3]
  output   y   : f16[4,3]
  arena    t   : f32[4,3] at 0
  arena    u   : f32[3] at 64
  workspace 128 bytes
  check ids in 0..4 for picked before 1
  kernel f_1 (ids, t) -> (y): pointwise {  // 0 FLOP, 88 B
    for i in 0..4, j in 0..3
      y[i,j] = t[{ids[i] in 0..4},j]
      ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
      error: dtypes: the value is f32, 'y' is f16[4,3]
  }
}
)"},
    {"dtypes", "operation_that_does_not_take_integers",
     [](KernelProgram& p) {
       ExprPool& pool = p.kernels[1].pool;
       const Expr ids = pool.load(1, DType::i32, std::span(store(p, 1, 0).at).first(1));
       store(p, 1, 0).value = pool.cast(pool.unary(ScalarOp::exp, ids), DType::f32);
     },
     R"(
program @f (x, ids, w) -> (y) update (w) {
  input    x   : f32[4,3]
  input    ids : i32[4]
  param    w   : f32[3]
  output   y   : f32[4,3]
  arena    t   : f32[4,3] at 0
  arena    u   : f32[3] at 64
  workspace 128 bytes
  check ids in 0..4 for picked before 1
  kernel f_1 (ids) -> (y): pointwise {  // 44 FLOP, 64 B
    for i in 0..4, j in 0..3
      y[i,j] = f32(exp(ids[i]))
      ^~~~~~~~~~~~~~~~~~~~~~~~~
      error: dtypes: exp does not take i32
  }
}
)"},
    {"axes", "loop_that_is_neither_serial_nor_parallel",
     [](KernelProgram& p) { p.kernels[3].stages[0].serial.clear(); }, R"(
program @f (x, ids, w) -> (y) update (w) {
  input    x   : f32[4,3]
  input    ids : i32[4]
  param    w   : f32[3]
  output   y   : f32[4,3]
  arena    t   : f32[4,3] at 0
  arena    u   : f32[3] at 64
  workspace 128 bytes
  check ids in 0..4 for picked before 1
  kernel f_3 (w, u) -> (w): pointwise {  // 3 FLOP, 36 B
    for i in 0..3
    ^~~~~~~~~~~~~
    error: axes: some loops are neither serial nor parallel
      w[i] = w[i] - u[i]
  }
}
)"},
    {"bounds", "too_few_indices", [](KernelProgram& p) { store(p, 1, 0).at.pop_back(); }, R"(
program @f (x, ids, w) -> (y) update (w) {
  input    x   : f32[4,3]
  input    ids : i32[4]
  param    w   : f32[3]
  output   y   : f32[4,3]
  arena    t   : f32[4,3] at 0
  arena    u   : f32[3] at 64
  workspace 128 bytes
  check ids in 0..4 for picked before 1
  kernel f_1 (ids, t) -> (y): pointwise {  // 0 FLOP, 112 B
    for i in 0..4, j in 0..3
      y[i] = t[{ids[i] in 0..4},j]
      ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
      error: bounds: 1 indices for 'y', which is f32[4,3]
  }
}
)"},
    {"order", "kernels_in_another_order",
     [](KernelProgram& p) { std::swap(p.kernels[0], p.kernels[2]); }, R"(
program @f (x, ids, w) -> (y) update (w) {
  input    x   : f32[4,3]
  input    ids : i32[4]
  param    w   : f32[3]
  output   y   : f32[4,3]
  arena    t   : f32[4,3] at 0
  arena    u   : f32[3] at 64
  workspace 128 bytes
  check ids in 0..4 for picked before 1
  kernel f_2 (t) -> (u): column reduction {  // 12 FLOP, 60 B
    for i in 0..3
      u[i] = sum[j in 0..4](t[j,i])
      ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~
      error: order: 't' is read before it is written
  }
  kernel f_1 (ids, t) -> (y): pointwise {  // 0 FLOP, 112 B
    for i in 0..4, j in 0..3
      y[i,j] = t[{ids[i] in 0..4},j]
      ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
      error: order: 't' is read before it is written
  }
}
)"},
};

class KernelRule : public testing::TestWithParam<Case> {};

TEST_P(KernelRule, IsToldApart) {
  auto program = parse_program(good_kernels, "good.kernels");
  ASSERT_TRUE(program);
  EXPECT_EQ(fault_text(*program, verify(*program, {.planned = true})).find("error:"),
            std::string::npos);
  GetParam().damage(*program);
  const auto faults = verify(*program, {.planned = true});
  ASSERT_FALSE(faults.empty());
  for (const KernelFault& fault : faults) EXPECT_EQ(fault.rule, GetParam().rule);
  EXPECT_EQ("\n" + fault_text(*program, faults), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Verify, KernelRule, testing::ValuesIn(cases),
                         [](const auto& each) { return each.param.name; });

TEST(Verify, EveryRuleOfKernelsHasACase) {
  std::set<std::string_view> tried = rules_broken_by_texts();
  for (const Case& each : cases) tried.insert(each.rule);
  for (const std::string_view rule : kernel_rules()) EXPECT_TRUE(tried.contains(rule)) << rule;
}

/// Two kernels read the param w; the first of three makes its new value.
constexpr std::string_view updated = R"(program @f (w) -> (y, z) update (w = v) {
  param  w : f32[3]
  output y : f32[3]
  output z : f32[3]
  arena  v : f32[3]
  kernel f_0 (w) -> (v): pointwise {
    for i in 0..3
      v[i] = w[i] - 1
  }
  kernel f_1 (w) -> (y): pointwise {
    for i in 0..3
      y[i] = exp(w[i])
  }
  kernel f_2 (v) -> (z): pointwise {
    for i in 0..3
      z[i] = sqrt(v[i])
  }
}
)";

/// The same with w written in place: by the kernel at `order` == 0.
std::string in_place(std::string_view order) {
  std::string text = "program @f (w) -> (y, z) update (w) {\n  param w : f32[3]\n"
                     "  output y : f32[3]\n  output z : f32[3]\n";
  for (const char kernel : order) {
    if (kernel == '0')
      text += "  kernel f_0 (w) -> (w): pointwise { for i in 0..3 w[i] = w[i] - 1 }\n";
    if (kernel == '1')
      text += "  kernel f_1 (w) -> (y): pointwise { for i in 0..3 y[i] = exp(w[i]) }\n";
    if (kernel == '2')
      text += "  kernel f_2 (w) -> (z): pointwise { for i in 0..3 z[i] = sqrt(w[i]) }\n";
  }
  return text + "}\n";
}

TEST(Verify, AnUpdateInPlaceKeepsTheOldValueForItsReaders) {
  const auto before = parse_program(updated, "before");
  ASSERT_TRUE(before) << before.error().message;
  const OldValues old(*before);
  EXPECT_TRUE(old.check(*before).empty());
  const auto faults = [&](std::string_view order) {
    const auto after = parse_program(in_place(order), "after");
    EXPECT_TRUE(after) << after.error().message;
    return fault_text(*after, old.check(*after));
  };
  EXPECT_EQ(faults("102").find("error"), std::string::npos);
  EXPECT_EQ(faults("012"), R"(program @f (w) -> (y, z) update (w) {
  param    w : f32[3]
  output   y : f32[3]
  output   z : f32[3]
  kernel f_0 (w) -> (w): pointwise {  // 3 FLOP, 24 B
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  error: updates: 'w' is read by 2 stages before the update, now by 1
    for i in 0..3
      w[i] = w[i] - 1.0
  }
}
)");
  EXPECT_NE(faults("120").find("now by 3"), std::string::npos);
}

} // namespace
} // namespace nnc
