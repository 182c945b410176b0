// Rules of ir/kernel/verify.h that a text can break: the error and its place.
#include "ir/kernel/parse.h"
#include "ir/kernel_rules.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace nnc {
namespace {

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
    {"regions",
     "loop_that_nothing_ends",
     {{"  kernel f_2", "  loop {\n  kernel f_2"}, {"  kernel f_3", "  }\n  kernel f_3"}},
     "24:10: nothing ends a loop"},
    {"regions",
     "condition_that_is_a_tensor",
     {{"  kernel f_2", "  branch ids {\n  kernel f_2"},
      {"  kernel f_3", "  } else {}\n  kernel f_3"}},
     "24:10: a condition is no bool[]"},
    {"regions",
     "loop_of_no_kernels",
     {{"  kernel f_2", "  loop in 0..4 {}\n  kernel f_2"}},
     "1:1: a region has no kernels"},
    {"ids",
     "stage_that_stores_nothing",
     {{"    for j in 0..3\n", "    once\n    for j in 0..3\n"}},
     "24:5: the stage stores nothing"},
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
    {"order",
     "made_in_a_loop_of_no_steps",
     {{"  kernel f_2", "  loop in 0..0 {\n  kernel f_2"}, {"  kernel f_3", "  }\n  kernel f_3"}},
     "31:7: 'u' is read before it is written"},
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
  std::string text(good_kernels);
  for (const auto& [from, to] : broken.changes) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
  }
  return text;
}

class KernelTextRule : public testing::TestWithParam<TextCase> {};

TEST_P(KernelTextRule, IsAnErrorWithItsPlace) {
  ASSERT_TRUE(parse_program(good_kernels, "good.kernels"));
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
    std::string text(good_kernels);
    text.replace(text.find("x[i,k]"), 6, load);
    EXPECT_EQ(parse_program(text, "guards").ok(), inside) << load;
  }
}

} // namespace

std::set<std::string_view> rules_broken_by_texts() {
  std::set<std::string_view> rules;
  for (const TextCase& each : texts) rules.insert(each.rule);
  return rules;
}

} // namespace nnc
