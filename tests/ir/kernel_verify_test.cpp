// Each rule of ir/kernel/verify.h: a program that breaks it and nothing before it, as the error of
// a text where a text can say it, and what is shown of programs that only a step could make.
#include "ir/kernel/verify.h"

#include "ir/kernel/old_values.h"
#include "ir/kernel/parse.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

namespace nnc {
namespace {

constexpr std::string_view good = R"(program @f (x, ids, w) -> (y) update (w) {
  input  x   : f32[4,3]
  input  ids : i32[4]
  param  w   : f32[3]
  output y   : f32[4,3]
  arena  t   : f32[4,3] at 0
  arena  u   : f32[3] at 64
  workspace 128 bytes
  check ids in 0..4 for picked before 1

  kernel f_0 (x) -> (t): staged rows {
    local m : f32[]
    rows i in 0..4
      once
        m = max[j in 0..3](x[i,j])
      for k in 0..3
        t[i,k] = exp(x[i,k] - m)
  }
  kernel f_1 (ids, t) -> (y): pointwise {
    for i in 0..4, j in 0..3
      y[i,j] = t[{ids[i] in 0..4},j]
  }
  kernel f_2 (t) -> (u): column reduction {
    for j in 0..3
      u[j] = sum[i in 0..4](t[i,j])
  }
  kernel f_3 (u, w) -> (w): pointwise {
    for i in 0..3
      w[i] = w[i] - u[i]
  }
}
)";

struct TextCase {
  const char *rule, *name;
  std::vector<std::pair<std::string, std::string>> changes; ///< what stands there, what instead
  const char* error;
};
void PrintTo(const TextCase& broken, std::ostream* out) { *out << broken.name; }

const TextCase texts[] = {
    {"ports",
     "output_in_the_workspace",
     {{"-> (y) update", "-> (t) update"}},
     "1:1: output 't' is no output buffer"},
    {"ports",
     "input_twice",
     {{"(x, ids, w)", "(x, ids, ids, w)"}},
     "1:1: input 'ids' is there twice"},
    {"ports",
     "update_of_an_input",
     {{"update (w)", "update (x)"}},
     "1:1: update 'x' is of no param or state"},
    {"ports",
     "update_of_another_type",
     {{"update (w)", "update (w = x)"}},
     "1:1: update 'w' changes the type"},
    {"ports",
     "check_of_no_indices",
     {{"check ids", "check x"}},
     "1:1: a check for 'picked' is of no indices"},
    {"ports",
     "check_after_all_kernels",
     {{"before 1", "before 5"}},
     "1:1: a check for 'picked' stands before a kernel that is not there"},
    {"axes",
     "axis_of_another_stage",
     {{"exp(x[i,k]", "exp(x[i,j]"}},
     "17:9: no loop runs over 'j'"},
    {"axes",
     "reduction_over_a_loop",
     {{"sum[i in 0..4](t[i,j])", "sum[j in 0..3](t[0,j])"}},
     "25:7: a reduction runs over 'j', as a loop around it"},
    {"axes",
     "loops_over_one_axis",
     {{"for i in 0..4, j in 0..3", "for j in 0..3, j in 0..3"},
      {"y[i,j] = t[{ids[i]", "y[j,j] = t[{ids[j]"}},
     "20:5: two loops have one axis"},
    {"bounds",
     "load_past_the_end",
     {{"exp(x[i,k]", "exp(x[i,k + 1]"}},
     "17:9: index 1 of 'x' is in 1..3, the size is 3"},
    {"bounds",
     "load_before_the_start",
     {{"exp(x[i,k]", "exp(x[i - 1,k]"}},
     "17:9: index 0 of 'x' is in -1..2, the size is 4"},
    {"bounds",
     "guard_that_is_not_enough",
     {{"exp(x[i,k]", "exp(x[i,k - 2 if index(k) >= 1]"}},
     "17:9: index 1 of 'x' is in -1..0, the size is 3"},
    {"bounds",
     "store_past_the_end",
     {{"u[j] =", "u[j*2] ="}},
     "25:7: index 0 of 'u' is in 0..4, the size is 3"},
    {"bounds",
     "data_past_the_end",
     {{"{ids[i] in 0..4}", "{ids[i] in 0..5}"}},
     "21:7: index 0 of 't' is in 0..4, the size is 4"},
    {"overwritten",
     "element_of_another_iteration",
     {{"w[i] = w[i]", "w[i] = w[2 - i]"}},
     "29:7: an element of 'w' is read that another iteration writes"},
    {"overwritten",
     "element_of_another_row",
     {{"exp(x[i,k] - m)", "x[i,k] - m\n      for n in 0..3\n        t[i,n] = t[3 - i,n]"},
      {"kernel f_0 (x)", "kernel f_0 (t, x)"}},
     "19:9: an element of 't' is read that another iteration writes"},
    {"overwritten",
     "one_element_for_all_iterations",
     {{"u[j] = sum[i in 0..4](t[i,j])", "u[0] = t[0,j]"}},
     "25:7: several iterations write one element of 'u'"},
    {"overwritten",
     "sum_in_a_parallel_loop",
     {{"u[j] = sum[i in 0..4](t[i,j])",
       "u[j] = 0\n    for i in 0..4, k in 0..3\n      u[k] += t[i,k]"},
      {"kernel f_2 (t)", "kernel f_2 (t, u)"}},
     "27:7: several iterations write one element of 'u'"},
    {"checked",
     "index_without_a_check",
     {{"  check ids in 0..4 for picked before 1\n", ""}},
     "20:7: nothing checks that an index from data is in 0..4"},
    {"checked",
     "check_of_a_wider_range",
     {{"check ids in 0..4", "check ids in 0..5"}},
     "21:7: nothing checks that an index from data is in 0..4"},
    {"checked",
     "check_that_comes_too_late",
     {{"before 1", "before 2"}},
     "21:7: nothing checks that an index from data is in 0..4"},
    {"checked",
     "index_that_is_computed",
     {{"{ids[i] in", "{ids[i] + 1 in"}},
     "21:7: nothing checks that an index from data is in 0..4"},
    {"order",
     "read_before_it_is_written",
     {{"in 0..4},j]", "in 0..4},j] + u[j]"}, {"f_1 (ids, t)", "f_1 (ids, t, u)"}},
     "21:7: 'u' is read before it is written"},
    {"order",
     "local_read_before_it_is_written",
     {{"m = max[j in 0..3](x[i,j])", "m = m + max[j in 0..3](x[i,j])"}},
     "15:9: 'm' is read before it is written"},
    {"order",
     "added_to_before_it_is_written",
     {{"u[j] = sum", "u[j] += sum"}, {"f_2 (t)", "f_2 (t, u)"}},
     "25:7: 'u' is added to before it is written"},
    {"order",
     "leaf_that_nothing_updates",
     {{" update (w) {", " {"}},
     "29:7: 'w' is written, but nothing updates it"},
    {"order",
     "output_that_is_never_written",
     {{"output y   : f32[4,3]", "output y   : f32[4,3]\n  output z : f32[]"},
      {"-> (y) update", "-> (y, z) update"}},
     "6:10: 'z' is never written"},
    {"plan",
     "offset_between_lines_of_cache",
     {{"at 64", "at 32"}},
     "7:10: 'u' is at 32, no multiple of 64"},
    {"plan", "buffers_that_share_memory", {{"at 64", "at 0"}}, "7:10: 'u' overlaps 't'"},
    {"plan",
     "buffer_outside_the_workspace",
     {{"workspace 128", "workspace 64"}},
     "7:10: 'u' is outside the workspace of 64 bytes"},
    {"plan", "buffer_without_a_place", {{" at 64", ""}}, "7:10: 'u' has no place"},
};

std::string changed(const TextCase& broken) {
  std::string text(good);
  for (const auto& [from, to] : broken.changes) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
  }
  return text;
}

class KernelTextRule : public testing::TestWithParam<TextCase> {};

TEST_P(KernelTextRule, IsAnErrorWithItsPlace) {
  ASSERT_TRUE(parse_program(good, "good.kernels"));
  const auto program = parse_program(changed(GetParam()), "bad.kernels");
  ASSERT_FALSE(program);
  const Error& error = program.error();
  EXPECT_EQ(error.code, "E0313");
  EXPECT_EQ(error.place.file, "bad.kernels");
  EXPECT_EQ(fmt::format("{}:{}: {}", error.place.line, error.place.column, error.message),
            GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(Verify, KernelTextRule, testing::ValuesIn(texts),
                         [](const auto& each) { return each.param.name; });

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
  kernel f_0 (x) -> (t): staged rows {  // 144 FLOP
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
  kernel f_1 (ids, t) -> (y): pointwise {  // 0 FLOP
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
  kernel f_1 (ids) -> (y): pointwise {  // 44 FLOP
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
  kernel f_3 (w, u) -> (w): pointwise {  // 3 FLOP
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
  kernel f_1 (ids, t) -> (y): pointwise {  // 0 FLOP
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
  kernel f_2 (t) -> (u): column reduction {  // 12 FLOP
    for i in 0..3
      u[i] = sum[j in 0..4](t[j,i])
      ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~
      error: order: 't' is read before it is written
  }
  kernel f_1 (ids, t) -> (y): pointwise {  // 0 FLOP
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
  auto program = parse_program(good, "good.kernels");
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
  std::set<std::string_view> tried;
  for (const TextCase& each : texts) tried.insert(each.rule);
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
  kernel f_0 (w) -> (w): pointwise {  // 3 FLOP
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  error: updates: 'w' is read by 2 kernels before the update, now by 1
    for i in 0..3
      w[i] = w[i] - 1.0
  }
}
)");
  EXPECT_NE(faults("120").find("now by 3"), std::string::npos);
}

TEST(Verify, GuardsNarrowTheRangesOfIndices) {
  const std::pair<const char*, bool> loads[] = {
      {"x[i,k - 1 if index(k) >= 1]", true},
      {"x[i,k + 1 if index(k + 1) < 3]", true},
      {"x[i,k*2 if index(k) < 2]", true},
      {"x[i,k*2 if index(k*2) <= 2]", true},
      {"x[i,2 - k*2 if index(-k) > -2]", true},
      {"x[i + k if index(i + k) < 4,k]", false}, // one guard for the whole position
      {"x[i + k,k if index(i + k) < 4]", true},
      {"x[(i + k)/2,k if index(i + k) < 4]", true},
      {"x[i/2 - k,k if (index(i - k*2) >= 0) & (index(i - k*2) < 1)]", true},
      {"x[k - i/2,k if (index(i - k*2) >= -1) & (index(i - k*2) < 1)]", true},
      {"x[i,(k + i)%4 if index((k + i)%4 + k) < 3]", true}, // point by point
      {"x[i,(k + i)%4 if index((k + i)%4 + k) < 4]", false},
      {"x[i + 9,k if index(i) > 5]", true}, // nowhere
      {"x[i,k + 1 if index(k) < 3]", false},
      {"x[i,k + 1 if (index(k) < 2) & (m > 0)]", true},
      {"x[i,k + 1 if (index(k) < 2) | (m > 0)]", false},
  };
  for (const auto& [load, inside] : loads) {
    std::string text(good);
    text.replace(text.find("x[i,k]"), 6, load);
    EXPECT_EQ(parse_program(text, "guards").ok(), inside) << load;
  }
}

} // namespace
} // namespace nnc
