// Malformed graph texts: each with its code, place and message.

#include "ir/text/parse.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace nnc {
namespace {

std::string errors_of(const std::string& text) {
  const OpTable table = standard_ops();
  Context context(table);
  const auto result = parse_module(context, text, "bad.nnir");
  std::string list;
  if (const auto* errors = std::get_if<1>(&result))
    for (const Error& error : *errors) {
      EXPECT_EQ(error.place.file, "bad.nnir");
      list += fmt::format("{}:{}: {}: {}", error.place.line, error.place.column, error.code,
                          error.message);
      list += error.help.empty() ? "\n" : " | " + error.help + "\n";
    }
  return list;
}

struct Case {
  const char *name, *text, *errors;
};

void PrintTo(const Case& bad, std::ostream* out) { *out << bad.name; }

// Bodies are put between `func @f(%x: f32[2,3], %y: f32[3]) -> (%x) {` and `}`, from line 2 on.
constexpr Case bodies[] = {
    {"unknown_operation", "%a = sofplus %x : f32[2,3]",
     "2:6: E0303: there is no operation 'sofplus' | did you mean 'softplus'?\n"},
    {"leaf_in_the_body", "%a = input {name = \"b\"} : f32[]",
     "2:6: E0303: there is no operation 'input'\n"},
    {"unknown_value", "%a = neg %xx : f32[2,3]",
     "2:10: E0301: no value above this line is called 'xx' | did you mean 'x'?\n"},
    {"value_of_a_later_line", "%a = neg %b : f32[3]\n%b = neg %y : f32[3]",
     "2:10: E0301: no value above this line is called 'b'\n"},
    {"defined_twice", "%a = neg %x : f32[2,3]\n%a = abs %x : f32[2,3]",
     "3:1: E0305: 'a' is there twice\n"},
    {"operand_defined_twice", "%x = neg %x : f32[2,3]", "2:1: E0305: 'x' is there twice\n"},
    {"wrong_type", "%a = neg %x : f32[3,2]",
     "2:15: E0308: the type is written f32[3,2], but it is f32[2,3]\n"},
    {"missing_type", "%a = neg %x",
     "3:1: E0130: ':' and the type should come here, not '}' | it is f32[2,3]\n"},
    {"one_type_for_two", "%a, %b = grad %x, %x {wrt = 1} : f32[2,3]",
     "2:10: E0203: grad: 'of' is f32[2,3], not a scalar | sum it, or give a seed of its shape\n"},
    {"too_many_types", "%a = neg %x : f32[2,3], f32[2,3]",
     "2:13: E0309: there are more types than results\n"},
    {"too_many_results", "%a, %b = neg %x : f32[2,3], f32[2,3]",
     "2:1: E0309: the operation has 1 results, not 2\n"},
    {"no_type", "%a = neg %x : g32[2,3]",
     "2:15: E0201: 'g32[2,3]' is not a type: unknown dtype 'g32' | did you mean 'f32'?\n"},
    {"size_too_large", "%a = neg %x : f32[2,2000000000000]",
     "2:15: E0202: f32[2,2000000000000]: size 2000000000000 is outside 0..2^40\n"},
    {"nothing_is_broadcast", "%a = add %x, %y : f32[2,3]",
     "2:6: E0203: add: operands are f32[2,3] and f32[3]\n"},
    {"too_few_operands", "%a = add %x : f32[2,3]", "2:6: E0203: add: takes 2 operands, not 1\n"},
    {"no_operand", "%a = neg %x, : f32[2,3]",
     "2:14: E0130: an operand should come here, not ':'\n"},
    {"two_results_as_operand", "%a = neg grad(f32(1), f32(1), f32(1) {wrt = 2}) : f32[]",
     "2:10: E0309: an operand is one value, not 2\n"},
    {"number_without_dtype", "%a = mul %x, 0.5 : f32[2,3]",
     "2:14: E0130: an operand should come here, not '0.5'\n"},
    {"unknown_attribute", "%a = sum %x {axis = [0]} : f32[3]",
     "2:14: E0204: sum: unknown attribute 'axis' | did you mean 'axes'?\n"},
    {"attribute_twice", "%a = sum %x {axes = [0], axes = [1]} : f32[3]",
     "2:26: E0305: sum: attribute 'axes' is there twice\n"},
    {"attribute_of_another_kind", "%a = sum %x {axes = 0.5} : f32[3]",
     "2:21: E0130: '[' should come here, not '0.5'\n"},
    {"attribute_outside_its_range", "%a = sum %x {axes = [2]} : f32[3]",
     "2:6: E0204: sum: axis 2 is outside a tensor of rank 2 | its axes are 0 to 1, or -1 to -2 "
     "from the last\n"},
    {"attribute_missing", "%a = cast %x : f32[2,3]",
     "2:6: E0204: cast: attribute 'to' (dtype) is missing | `nnc ops cast` shows how it is "
     "given\n"},
    {"attributes_not_closed", "%a = sum %x {axes = [0] : f32[3]",
     "2:25: E0130: '}' should come here, not ':'\n"},
    {"list_not_closed", "%a = sum %x {axes = [0} : f32[3]",
     "2:23: E0130: ',' or ']' should come here, not '}'\n"},
    {"string_not_closed", "%a = cut %x {name = \"b} : f32[2,3]",
     "2:21: E0130: a string in double quotes should come here, not '\"'\n"},
    {"name_not_closed", "%`a = neg %x : f32[2,3]",
     "2:2: E0130: a name should come here, not '`'\n"},
    {"elements_missing", "%a = i32[3]([1, 2]) : i32[3]",
     "2:13: E0130: i32[3] has 3 elements, the list 2\n"},
    {"element_too_large", "%a = u8(256) : u8[]", "2:9: E0130: 256 does not fit u8\n"},
    {"element_of_another_kind", "%a = i32(0.5) : i32[]",
     "2:11: E0130: ')' should come here, not '.5'\n"},
    {"unknown_function", "%a = call %x {function = @g} : f32[2,3]",
     "2:26: E0312: no function above this line is called 'g'\n"},
    {"call_of_itself", "%a = call %x {function = @f} : f32[2,3]",
     "2:26: E0312: no function above this line is called 'f'\n"},
    {"no_statement", "neg %x : f32[2,3]", "2:1: E0130: '%' should come here, not 'neg'\n"},
    {"no_operation", "%a = %x : f32[2,3]", "2:6: E0130: an operation should come here, not '%'\n"},
    {"columns_count_characters", "%`\u03b1\u03b2` = neg %\u03b3 : f32[2,3]",
     "2:14: E0130: a name should come here, not '\u03b3'\n"},
    {"every_line_is_read",
     "%a = neg %q : f32[3]\n%b = abs %a : f32[3]\n%c = nge %y\n"
     "  : f32[3]\n%d = neg %y : f32[2]",
     "2:10: E0301: no value above this line is called 'q'\n"
     "4:6: E0303: there is no operation 'nge' | did you mean 'neg'?\n"
     "6:15: E0308: the type is written f32[2], but it is f32[3]\n"},
};

constexpr Case texts[] = {
    {"empty", "", "1:1: E0130: func should come here, not the end of the text\n"},
    {"json", "{ \"nnc\": 1 }", "1:1: E0130: func should come here, not '{'\n"},
    {"no_name", "func (%x: f32[]) -> (%x) {}", "1:6: E0130: '@' should come here, not '('\n"},
    {"not_closed", "func @f(%x: f32[]) -> (%x) {\n",
     "2:1: E0130: '}' should come here, not the "
     "end of the text\n"},
    {"more_after_it", "func @f() -> () {}\n}", "2:1: E0130: func should come here, not '}'\n"},
    {"role", "func @f(parm %x: f32[]) -> (%x) {}",
     "1:9: E0130: a role or '%' should come here, not 'parm'\n"},
    {"leaf_twice", "func @f(%x: f32[], %x: f32[]) -> (%x) {}", "1:20: E0305: 'x' is there twice\n"},
    {"function_twice", "func @f() -> () {}\nfunc @f() -> () {}",
     "2:6: E0305: function 'f' is there twice\n"},
    {"unknown_output", "func @f(%loss: f32[]) -> (y = %los) {}",
     "1:27: E0301: no value is called 'los' | did you mean 'loss'?\n"},
    {"output_twice", "func @f(%x: f32[]) -> (%x, %x) {}",
     "1:28: E0305: output 'x' is there twice\n"},
    {"update_of_an_input", "func @f(%x: f32[]) -> () update (x = %x) {}",
     "1:34: E0309: 'x' is no param or state, so it cannot be updated\n"},
    {"update_of_another_type", "func @f(%x: f32[], param %w: f32[2]) -> () update (w = %x) {}",
     "1:52: E0309: 'w' is f32[2], its new value 'x' f32[]\n"},
};

class BodyErrors : public testing::TestWithParam<Case> {};
TEST_P(BodyErrors, HaveMessageAndPlace) {
  const std::string head = "func @f(%x: f32[2,3], %y: f32[3]) -> (%x) {\n";
  EXPECT_EQ(errors_of(head + GetParam().text + "\n}\n"), GetParam().errors);
}
INSTANTIATE_TEST_SUITE_P(Text, BodyErrors, testing::ValuesIn(bodies),
                         [](const auto& each) { return each.param.name; });

class TextErrors : public testing::TestWithParam<Case> {};
TEST_P(TextErrors, HaveMessageAndPlace) {
  EXPECT_EQ(errors_of(GetParam().text), GetParam().errors);
}
INSTANTIATE_TEST_SUITE_P(Text, TextErrors, testing::ValuesIn(texts),
                         [](const auto& each) { return each.param.name; });

TEST(TextErrors, DepthIsLimited) {
  std::string text = "func @f(%x: f32[]) -> (%x) {\n%a = ";
  for (int i = 0; i < 100000; ++i) text += "neg(";
  EXPECT_EQ(errors_of(text + "\n}"),
            "2:266: E0103: operations inside operands deeper than 64 levels\n");
}

TEST(TextErrors, CallsThatMultiplyAreLimited) {
  std::string text = "func @f0(%x: f32[]) -> (%y) { %y = neg %x : f32[] }\n";
  for (int i = 1; i < 64; ++i)
    text += fmt::format("func @f{}(%x: f32[]) -> (%z) {{ %y = call %x {{function = @f{}}} : f32[]\n"
                        " %z = call %y {{function = @f{}}} : f32[] }}\n",
                        i, i - 1, i - 1);
  EXPECT_TRUE(errors_of(text).find("E0103: 'f22' has more than 10000000 nodes") < std::string::npos)
      << errors_of(text);
}

TEST(TextErrors, AtMostTwenty) {
  std::string text = "func @f(%x: f32[]) -> (%x) {\n";
  for (int i = 0; i < 1000; ++i) text += fmt::format("%a{} = neg %q : f32[]\n", i);
  const std::string errors = errors_of(text + "}\n");
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 20);
}

} // namespace
} // namespace nnc
