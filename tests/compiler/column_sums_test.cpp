// Sums down columns go along with the pass over the rows (compiler/fuse/column_sums.h), and give
// the same bits for any number of threads.
#include "compiler/fuse.h"
#include "ir/kernel/runs.h"
#include "testing/compiled_run.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

using Axes = std::vector<std::int64_t>;
using test::Program;

struct Case {
  const char* name;
  void (*build)(Program& p);
  std::size_t with_runs, kernels; ///< after `fuse`
};
void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

Value rows_times(Builder& b, Value x, Value w) { return b.dot(x, w, {{}, {}}, {{1}, {0}}); }
Value times_rows(Builder& b, Value r, Value x) { return b.dot(r, x, {{}, {}}, {{0}, {0}}); }

/// One result for each row, and the sum of the rows weighted by them.
void weighted_rows(Program& p, const std::string& type) {
  const Value x = p.input("x", type);
  const Value w = p.input("w", "f32[" + std::to_string(p.b.shape(x)[1]) + "]");
  const Value r = p.b.op("tanh", {p.b.mul(rows_times(p.b, x, w), 0.01)});
  p.output("g", p.b.mul(times_rows(p.b, r, x), 0.5));
  p.output("r", r);
}

/// Rows from which their mean is taken; their own sums and those of products with them.
void centred_rows(Program& p, const std::string& type) {
  const Value x = p.input("x", type), c = p.input("c", type);
  const Shape shape = p.b.shape(x);
  const Value mean = p.b.mul(p.b.sum(x, {1}), 1.0 / static_cast<double>(shape[1]));
  const Value y = p.b.sub(x, p.b.broadcast(mean, shape, {0}));
  const Value scaled = p.b.mul(y, p.b.broadcast(p.b.sum(p.b.mul(y, y), {1}), shape, {0}));
  p.output("z", p.b.mul(scaled, c));
  p.output("gs", p.b.sum(p.b.mul(y, c), {0}));
  p.output("gt", p.b.sum(c, {0}));
}

const Case cases[] = {
    {"strips", [](Program& p) { weighted_rows(p, "f32[400,200]"); }, 1, 2},
    {"rows_that_are_no_strips", [](Program& p) { weighted_rows(p, "f32[403,205]"); }, 1, 2},
    {"last_run_is_shorter", [](Program& p) { weighted_rows(p, "f32[404,200]"); }, 1, 2},
    {"two_sums", [](Program& p) { centred_rows(p, "f32[309,255]"); }, 1, 2},
    {"many_rows", [](Program& p) { centred_rows(p, "f32[5000,20]"); }, 1, 2},
    {"small_enough_for_near_caches", [](Program& p) { weighted_rows(p, "f32[64,200]"); }, 0, 2},
    {"few_rows", [](Program& p) { weighted_rows(p, "f32[30,4000]"); }, 0, 2},
    {"few_columns", [](Program& p) { weighted_rows(p, "f32[40000,4]"); }, 0, 2},
    {"sums_that_the_rows_need",
     [](Program& p) {
       const Value x = p.input("x", "f32[400,200]");
       const Value mean = p.b.mul(p.b.sum(x, {0}), 1.0 / 400);
       const Value y = p.b.sub(x, p.b.broadcast(mean, {400, 200}, {1}));
       p.output("y", p.b.sum(p.b.mul(y, y), {1}));
     },
     0, 2},
};

class ColumnSums : public testing::TestWithParam<Case> {};

TEST_P(ColumnSums, GoAlongWhereTheySpareAPass) {
  Program p;
  GetParam().build(p);
  ASSERT_FALSE(p.b.error()) << p.b.error()->message;
  const KernelProgram program = fuse(p.graph, p.context);
  EXPECT_EQ(program.kernels.size(), GetParam().kernels);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count_if(
                program.kernels, [](const Kernel& each) { return run_length(each) > 1; })),
            GetParam().with_runs);
  test::expect_same(p, 64, 256);
}

TEST_P(ColumnSums, HaveTheSameBitsForAnyNumberOfThreads) {
  Program p;
  GetParam().build(p);
  const auto inputs = test::random_inputs(p.graph, 3);
  const auto one = test::run_compiled(p.graph, inputs);
  ASSERT_TRUE(one) << one.error().message;
  for (const int threads : {2, 3, 8}) {
    const auto more = test::run_compiled(p.graph, inputs, {.threads = threads});
    ASSERT_TRUE(more) << more.error().message;
    for (std::size_t i = 0; i < one->size(); ++i) EXPECT_EQ((*one)[i], (*more)[i]) << threads;
  }
}

INSTANTIATE_TEST_SUITE_P(Fuse, ColumnSums, testing::ValuesIn(cases),
                         [](const auto& each) { return each.param.name; });

} // namespace
} // namespace nnc
