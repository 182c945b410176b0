// What the rows on whole tensors accept, what they say about the rest, and which spellings of a
// node are one node.

#include "ir/type_rules.h"

#include <gtest/gtest.h>

#include <limits>

namespace nnc {
namespace {

using Integers = std::vector<std::int64_t>;
using Pairs = std::vector<Integers>;

TEST(LayoutOps, Broadcast) {
  Rows rows;
  const auto of = [&](const std::string& type, Integers shape, Integers axes) {
    return rows.of("broadcast", {type}, {{"shape", shape}, {"axes", axes}});
  };
  EXPECT_EQ(of("bool[3]", {2, 3}, {-1}), "bool[2,3]");
  EXPECT_EQ(of("f32[2,3]", {3, 0, 2}, {2, 0}), "f32[3,0,2]");
  EXPECT_EQ(of("f32[3]", {2, 4}, {1}),
            "E0203: broadcast: axis 0 of f32[3] does not fit axis 1 of f32[2,4]");
  EXPECT_EQ(of("f32[1,4]", {2, 4}, {0, 1}),
            "E0203: broadcast: axis 0 of f32[1,4] does not fit axis 0 of f32[2,4]; "
            "reshape the axis of size 1 away first");
  EXPECT_EQ(of("f32[3]", {2, 3}, {}), "E0204: broadcast: 'axes' has 0 entries, f32[3] has 1 axes");
  EXPECT_EQ(of("f32[3,3]", {2, 3}, {1, -1}), "E0204: broadcast: 'axes' names axis 1 twice");
  EXPECT_EQ(of("f32[3]", {2, 3}, {2}), "E0204: broadcast: axis 2 is outside a tensor of rank 2; "
                                       "its axes are 0 to 1, or -1 to -2 from the last");
  EXPECT_EQ(rows.of("broadcast", {"f32[2,3]"}, {{"shape", Integers{3}}}),
            "E0203: broadcast: f32[2,3] has more axes than the result, f32[3]");
  EXPECT_EQ(of("f32[]", {-1}, {}).substr(0, 5), "E0202");
}

TEST(LayoutOps, Reshape) {
  Rows rows;
  const auto of = [&](const std::string& type, Integers shape) {
    return rows.of("reshape", {type}, {{"shape", shape}});
  };
  EXPECT_EQ(of("u8[4,6]", {3, -1}), "u8[3,8]");
  EXPECT_EQ(of("f32[0,3]", {5, -1, 2}), "f32[5,0,2]");
  EXPECT_EQ(of("f32[2,3]", {7}), "E0203: reshape: f32[2,3] has 6 elements, [7] has 7; one size may "
                                 "be -1: what the others leave");
  EXPECT_EQ(of("f32[2,3]", {4, -1}), "E0203: reshape: no size fits the -1: f32[2,3] has 6 "
                                     "elements, the other sizes make 4");
  EXPECT_EQ(of("f32[0]", {0, -1}), "E0203: reshape: no size fits the -1: f32[0] has 0 elements, "
                                   "the other sizes make 0");
  EXPECT_EQ(of("f32[6]", {-1, -1}),
            "E0204: reshape: 'shape' has more than one -1 or a size that is too large");
  EXPECT_EQ(of("f32[6]", {-2, -3}), "E0203: reshape: f32[6] has 6 elements, [-2,-3] is not a "
                                    "shape; one size may be -1: what the others leave");
}

TEST(LayoutOps, TransposeAndReverse) {
  Rows rows;
  EXPECT_EQ(rows.of("transpose", {"i8[2,3,4]"}, {{"perm", Integers{-1, 0, 1}}}), "i8[4,2,3]");
  EXPECT_EQ(rows.of("transpose", {"i8[2,3,4]"}), "i8[4,3,2]");
  EXPECT_EQ(rows.of("transpose", {"i8[2,3,4]"}, {{"perm", Integers{0, 1}}}),
            "E0204: transpose: 'perm' is [0,1], i8[2,3,4] has 3 axes");
  EXPECT_EQ(rows.of("transpose", {"i8[2,3]"}, {{"perm", Integers{0, -2}}}),
            "E0204: transpose: 'perm' names axis 0 twice");
  EXPECT_EQ(rows.of("reverse", {"i8[2,3]"}, {{"axes", Integers{2}}}),
            "E0204: reverse: axis 2 is outside a tensor of rank 2; its axes are 0 to 1, or -1 to "
            "-2 from the last");
}

TEST(PieceOps, Slice) {
  Rows rows;
  const auto of = [&](const std::string& type, Integers start, Integers stop, Integers step) {
    return rows.of("slice", {type}, {{"start", start}, {"stop", stop}, {"step", step}});
  };
  EXPECT_EQ(of("f32[5,7]", {1, -6}, {-1, 7}, {1, 4}), "f32[3,2]");
  EXPECT_EQ(of("f32[5]", {4}, {2}, {1}), "f32[0]");
  EXPECT_EQ(of("f32[5]", {6}, {5}, {1}), "E0204: slice: start 6 is outside axis 0 of f32[5]");
  EXPECT_EQ(of("f32[5]", {0}, {6}, {1}), "E0204: slice: stop 6 is outside axis 0 of f32[5]");
  EXPECT_EQ(of("f32[2,5]", {0, -6}, {2, 5}, {1}),
            "E0204: slice: start -6 is outside axis 1 of f32[2,5]");
  EXPECT_EQ(of("f32[5]", {0}, {5}, {0}), "E0204: slice: step 0 is not positive");
  EXPECT_EQ(of("f32[5]", {0}, {5}, {-1}),
            "E0204: slice: step -1 is not positive; reverse the axis, then slice it");
  EXPECT_EQ(of("f32[2,5]", {0}, {2, 5}, {1}),
            "E0204: slice: 'start' is [0], but has one entry for each of 2 axes");
}

TEST(PieceOps, Pad) {
  Rows rows;
  const auto of = [&](const std::string& type, Integers low, Integers high, Integers interior,
                      double value = 0) {
    return rows.of("pad", {type},
                   {{"low", low}, {"high", high}, {"interior", interior}, {"value", value}});
  };
  EXPECT_EQ(of("f32[3,4]", {1, -1}, {-2, 0}, {2, 0}), "f32[6,3]");
  EXPECT_EQ(of("f32[3]", {-2}, {-2}, {0}),
            "E0204: pad: low -2 and high -2 leave no valid size for axis 0 of f32[3]");
  EXPECT_EQ(of("f32[3]", {0}, {0}, {-1}), "E0204: pad: interior -1 is negative");
  constexpr std::int64_t top = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(of("f32[3]", {top}, {top}, {0}).substr(0, 10), "E0204: pad");
  EXPECT_EQ(of("f32[3]", {-top - 1}, {top}, {top}).substr(0, 10), "E0204: pad");
  EXPECT_EQ(of("u8[3]", {1}, {1}, {0}, 255), "u8[5]");
  EXPECT_EQ(of("u8[3]", {1}, {1}, {0}, 256), "E0204: pad: value 256.0 is not a u8");
  EXPECT_EQ(of("i32[3]", {1}, {1}, {0}, 0.5), "E0204: pad: value 0.5 is not a i32");
  EXPECT_EQ(of("bool[3]", {1}, {1}, {0}, 2), "E0204: pad: value 2.0 is not a bool");
  EXPECT_EQ(of("i64[3]", {1}, {1}, {0}, -std::numeric_limits<double>::infinity()),
            "E0204: pad: value -inf is not a i64");
  EXPECT_EQ(rows.of("pad", {"f32[3]"}, {{"low", Integers{1}}}),
            "E0204: pad: attribute 'high' (list of integers) is missing; `nnc ops pad` shows how "
            "it is given");
}

TEST(PieceOps, Concat) {
  Rows rows;
  const auto of = [&](std::vector<std::string> types, std::int64_t axis) {
    return rows.of("concat", types, {{"axis", axis}});
  };
  EXPECT_EQ(of({"f32[2,3]", "f32[0,3]", "f32[5,3]"}, -2), "f32[7,3]");
  EXPECT_EQ(of({"f32[2,3]", "f32[2,4]"}, 0), "E0203: concat: operands are f32[2,3] and f32[2,4]; "
                                             "they may differ in axis 0 only");
  EXPECT_EQ(of({"f32[2,3]", "f32[2]"}, 0),
            "E0203: concat: operands are f32[2,3] and f32[2]; they may differ in axis 0 only");
  EXPECT_EQ(of({"f32[2]", "f64[2]"}, 0),
            "E0203: concat: operands are f32[2] and f64[2]; write cast(x, to=\"f32\")");
  EXPECT_EQ(of({"f32[]", "f32[]"}, 0),
            "E0204: concat: axis 0 is outside a tensor of rank 0; a scalar has no axes");
  EXPECT_EQ(of({}, 0), "E0203: concat: takes 1 or more operands, not 0");
}

TEST(WindowOps, Window) {
  Rows rows;
  const auto of = [&](const std::string& type, Integers axes, Integers size, Integers stride,
                      Integers dilation) {
    return rows.of("window", {type},
                   {{"axes", axes}, {"size", size}, {"stride", stride}, {"dilation", dilation}});
  };
  EXPECT_EQ(of("f32[2,11,7]", {-1, 1}, {2, 3}, {1, 3}, {2}), "f32[2,3,5,2,3]");
  EXPECT_EQ(of("f32[4]", {0}, {5}, {1}, {1}), "f32[0,5]");
  EXPECT_EQ(of("f32[4]", {0}, {std::int64_t{1} << 40}, {1}, {std::int64_t{1} << 40}),
            "f32[0,1099511627776]");
  EXPECT_EQ(of("f32[4]", {0}, {2, 2}, {1}, {1}), "E0204: window: 'size' is [2,2], 'axes' is [0]");
  EXPECT_EQ(of("f32[4]", {0}, {0}, {1}, {1}), "E0204: window: size 0 is outside 1..2^40");
  EXPECT_EQ(of("f32[4]", {0}, {1}, {-1}, {1}), "E0204: window: stride -1 is outside 1..2^40");
  EXPECT_EQ(of("f32[4,4]", {0, 1}, {1, 1}, {1, 2, 3}, {1}),
            "E0204: window: 'stride' is [1,2,3], but has one entry for each of 2 axes");
}

TEST(WindowOps, Fold) {
  Rows rows;
  const auto of = [&](const std::string& type, Integers shape) {
    return rows.of("fold", {type},
                   {{"shape", shape}, {"axes", Integers{0}}, {"size", Integers{2}}});
  };
  EXPECT_EQ(of("f32[3,2]", {4}), "f32[4]");
  EXPECT_EQ(of("f32[3,2]", {5}), "E0203: fold: the windows of f32[5] are f32[4,2], not f32[3,2]");
  EXPECT_EQ(of("bool[3,2]", {4}),
            "E0203: fold: needs numbers, not bool[3,2]; write cast(x, to=\"i32\")");
  EXPECT_EQ(of("f32[3,2]", {-4}).substr(0, 11), "E0204: fold");
}

TEST(IndexOps, Iota) {
  Rows rows;
  EXPECT_EQ(rows.of("iota", {}, {{"shape", Integers{2, 3}}, {"dtype", DType::f16}}), "f16[2,3]");
  EXPECT_EQ(rows.of("iota", {}, {{"shape", Integers{}}}),
            "E0204: iota: axis 0 is outside a tensor of rank 0; a scalar has no axes");
  EXPECT_EQ(rows.of("iota", {}, {{"shape", Integers{2}}, {"dtype", DType::boolean}}),
            "E0204: iota: counts in numbers, not in bool");
}

TEST(IndexOps, Gather) {
  Rows rows;
  const auto of = [&](std::vector<std::string> types, Integers axes) {
    return rows.of("gather", types, {{"axes", axes}});
  };
  EXPECT_EQ(of({"bool[4,5,6]", "i32[2,3]"}, {1}), "bool[2,3,4,6]");
  EXPECT_EQ(of({"f32[4,5,6]", "u32[]", "i64[]"}, {2, 0}), "f32[5]");
  EXPECT_EQ(of({"f32[4]", "f32[2]"}, {0}),
            "E0203: gather: indices are i32, i64 or u32, not f32[2]; write cast(i, to=\"i32\")");
  EXPECT_EQ(of({"f32[4,5]", "i32[2]", "i32[3]"}, {0, 1}),
            "E0203: gather: index shapes differ: i32[2] and i32[3]");
  EXPECT_EQ(of({"f32[4,5]", "i32[2]"}, {0, 1}),
            "E0204: gather: 'axes' is [0,1], but there are 1 index operands");
  EXPECT_EQ(rows.of("gather", {"f32[4]", "i32[2]", "i32[2]"}),
            "E0204: gather: axis 1 is outside a tensor of rank 1; its axes are 0 to 0, or -1 to -1 "
            "from the last");
}

TEST(IndexOps, ScatterAdd) {
  Rows rows;
  const auto of = [&](std::vector<std::string> types) {
    return rows.of("scatter_add", types, {{"axes", Integers{0}}});
  };
  EXPECT_EQ(of({"f32[4,5]", "i32[2]", "f32[2,5]"}), "f32[4,5]");
  EXPECT_EQ(of({"f32[4,5]", "i32[2]", "f32[5,2]"}),
            "E0203: scatter_add: updates are f32[5,2], f32[4,5] indexed by i32[2] takes f32[2,5]");
  EXPECT_EQ(of({"f32[4]", "i32[2]", "f64[2]"}),
            "E0203: scatter_add: updates are f64[2], f32[4] indexed by i32[2] takes f32[2]");
  EXPECT_EQ(of({"bool[4]", "i32[2]", "bool[2]"}),
            "E0203: scatter_add: needs numbers, not bool[4]; write cast(x, to=\"i32\")");
  EXPECT_EQ(of({"f32[4]", "f32[2]"}), "E0203: scatter_add: takes 3 or more operands, not 2");
}

TEST(ReduceOps, DtypesOfResults) {
  const auto of = [](const char* op, const std::string& dtype) {
    const bool running = std::string_view(op) == "cumsum";
    return Rows{}.of(op, {dtype + "[2,3]"},
                     running ? NamedAttrs{{"axis", std::int64_t{0}}} : NamedAttrs{});
  };
  for (const char* dtype : {"bool", "i8", "u8"}) {
    EXPECT_EQ(of("sum", dtype), "i32[]");
    EXPECT_EQ(of("cumsum", dtype), "i32[2,3]");
  }
  for (const std::string dtype : {"f64", "f32", "f16", "bf16", "i64", "i32", "u32"})
    for (const char* op : {"sum", "prod", "max", "min"}) EXPECT_EQ(of(op, dtype), dtype + "[]");
  for (const char* op : {"prod", "max", "min"}) {
    EXPECT_EQ(of(op, "u8"), "u8[]");
    EXPECT_EQ(of(op, "bool"), "E0203: " + std::string(op) +
                                  ": needs numbers, not bool[2,3]; write cast(x, to=\"i32\")");
  }
}

TEST(ReduceOps, Axes) {
  Rows rows;
  const auto of = [&](Integers axes, bool keep) {
    return rows.of("max", {"f32[2,3,4]"}, {{"axes", axes}, {"keep", keep}});
  };
  EXPECT_EQ(of({-1, 0}, false), "f32[3]");
  EXPECT_EQ(of({-1, 0}, true), "f32[1,3,1]");
  EXPECT_EQ(of({}, false), "f32[2,3,4]");
  EXPECT_EQ(of({3}, false), "E0204: max: axis 3 is outside a tensor of rank 3; its axes are 0 to "
                            "2, or -1 to -3 from the last");
  EXPECT_EQ(of({1, -2}, false), "E0204: max: 'axes' names axis 1 twice");
}

TEST(ReduceOps, Positions) {
  Rows rows;
  const auto of = [&](const std::string& type, std::int64_t axis, DType dtype) {
    return rows.of("argmax", {type}, {{"axis", axis}, {"dtype", dtype}});
  };
  EXPECT_EQ(of("f32[2,3]", -1, DType::i64), "i64[2]");
  EXPECT_EQ(of("f32[0,3]", 1, DType::i32), "i32[0]");
  EXPECT_EQ(of("f32[0,3]", 0, DType::i32),
            "E0203: argmax: axis 0 of f32[0,3] is empty, no position is right");
  EXPECT_EQ(of("f32[2]", 0, DType::f32), "E0204: argmax: dtype is i64 or i32, not f32");
  EXPECT_EQ(of("f32[]", 0, DType::i64),
            "E0204: argmax: axis 0 is outside a tensor of rank 0; a scalar has no axes");
}

TEST(ContractOps, Dot) {
  Rows rows;
  const auto of = [&](std::vector<std::string> types, Pairs batch, Pairs contract) {
    return rows.of("dot", types, {{"batch", batch}, {"contract", contract}});
  };
  EXPECT_EQ(of({"f32[5,2,3]", "f32[3,5,4]"}, {{0}, {1}}, {{-1}, {0}}), "f32[5,2,4]");
  EXPECT_EQ(rows.of("dot", {"u8[2]", "u8[3]"}), "i32[2,3]");
  EXPECT_EQ(of({"f32[2,128]", "f32[182,10]"}, {{}, {}}, {{1}, {0}}),
            "E0203: dot: sizes differ: axis 1 of f32[2,128] is paired with axis 0 of f32[182,10]");
  EXPECT_EQ(of({"f32[2]", "f64[2]"}, {{}, {}}, {{0}, {0}}),
            "E0203: dot: operands are f32[2] and f64[2]; write cast(x, to=\"f32\")");
  EXPECT_EQ(of({"bool[2]", "bool[2]"}, {{}, {}}, {{0}, {0}}),
            "E0203: dot: needs numbers, not bool[2]; write cast(x, to=\"i32\")");
  EXPECT_EQ(of({"f32[2,2]", "f32[2,2]"}, {{0}, {0}}, {{0}, {1}}),
            "E0204: dot: axis 0 of f32[2,2] is used twice");
  EXPECT_EQ(of({"f32[2]", "f32[2]"}, {{0}}, {{}, {}}),
            "E0204: dot: 'batch' takes two lists of equal length: axes of a, axes of b");
  EXPECT_EQ(of({"f32[2]", "f32[2]"}, {{}, {}}, {{0}, {}}),
            "E0204: dot: 'contract' takes two lists of equal length: axes of a, axes of b");
}

TEST(TensorOps, EqualNodesAreOneHoweverTheyAreSpelled) {
  Rows rows;
  Builder& b = rows.b;
  const Value x = rows.leaf("x", "f32[4,6]"), y = rows.leaf("y", "f32[6,4]");
  const auto op = [&](std::string_view name, Value a, const NamedAttrs& attrs) {
    return b.op(name, {a}, attrs);
  };
  EXPECT_EQ(op("sum", x, {}), op("sum", x, {{"axes", Integers{-1, 0}}}));
  EXPECT_EQ(op("sum", x, {{"axes", std::int64_t{1}}}), op("sum", x, {{"axes", Integers{-1}}}));
  EXPECT_EQ(op("reshape", x, {{"shape", Integers{3, -1}}}),
            op("reshape", x, {{"shape", Integers{3, 8}}}));
  EXPECT_EQ(op("transpose", x, {}), op("transpose", x, {{"perm", Integers{-1, 0}}}));
  EXPECT_EQ(op("slice", x,
               {{"start", Integers{0, 1}}, {"stop", Integers{4, 6}}, {"step", std::int64_t{3}}}),
            op("slice", x,
               {{"start", Integers{0, 1}}, {"stop", Integers{4, 5}}, {"step", std::int64_t{3}}}));
  EXPECT_EQ(op("window", x, {{"axes", std::int64_t{0}}, {"size", std::int64_t{2}}}),
            op("window", x,
               {{"axes", std::int64_t{-2}},
                {"size", std::int64_t{2}},
                {"stride", std::int64_t{1}},
                {"dilation", std::int64_t{1}}}));
  EXPECT_EQ(b.dot(x, y, {{}, {}}, {{1, 0}, {0, 1}}), b.dot(x, y, {{}, {}}, {{0, 1}, {1, 0}}));
  EXPECT_FALSE(b.error()) << b.error()->message;
}

} // namespace
} // namespace nnc
