// Products of matrices, diagonals and triangles. (einsum has a file of its own.)

#include "frontends/nn/call.h"
#include "frontends/nn/contraction.h"

#include <algorithm>

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;
using K = AttrKind;

Results matmul_entry(Call& call) {
  const Tensor a = call.in(0), b = call.in(1);
  if (a.rank() == 0 || b.rank() == 0)
    return call.operand_error(call.describe(a.rank() == 0 ? 0 : 1) + ", a scalar", "write a * b");
  const std::int64_t inner = b.rank() == 1 ? b.size(0) : b.size(-2);
  if (a.size(-1) != inner)
    return call.operand_error("inner sizes differ: " + call.describe(0) + ", " + call.describe(1),
                              inner_sizes_help(a, b));
  return {matmul(a, b)};
}

Results outer(Call& call) {
  const auto flat = [](const Tensor& x) { return reshape(x, {x.type().elements()}); };
  const Tensor a = flat(call.in(0)), b = flat(call.in(1));
  return {expand(a, 1) * expand(b, 0)};
}

/// Where a diagonal of an m x n matrix starts in the flat matrix, and how many elements it has;
/// from one to the next it is n + 1.
struct Diagonal {
  std::int64_t start = 0, count = 0;
};

Diagonal diagonal(std::int64_t m, std::int64_t n, std::int64_t k) {
  const std::int64_t count = k >= 0 ? std::min(m, n - k) : std::min(m + k, n);
  return count > 0 ? Diagonal{k >= 0 ? k : -k * n, count} : Diagonal{};
}

/// The diagonal of the last two axes.
Tensor take_diagonal(const Tensor& x, std::int64_t k) {
  const std::int64_t m = x.size(-2), n = x.size(-1);
  const auto [start, count] = diagonal(m, n, k);
  Shape flat(x.shape().begin(), x.shape().end() - 2);
  flat.push_back(m * n);
  const int axis = x.rank() - 2;
  const std::int64_t stop = count == 0 ? start : start + (count - 1) * (n + 1) + 1;
  return slice(reshape(x, std::move(flat)), axis, start, stop, count == 0 ? 1 : n + 1);
}

Tensor diagonal_matrix(const Tensor& x, std::int64_t k) {
  const std::int64_t count = x.size(0), n = count + std::abs(k);
  const std::int64_t start = diagonal(n, n, k).start;
  const std::int64_t used = count == 0 ? 0 : (count - 1) * (n + 1) + 1;
  const Value flat = x.builder().op("pad", {x},
                                    {{"low", std::vector{start}},
                                     {"high", std::vector{n * n - start - used}},
                                     {"interior", std::vector{n}}});
  return reshape({x.builder(), flat}, {n, n});
}

bool offset_fits(Call& call) {
  if (std::abs(call.integer("k")) <= max_size / 2) return true;
  call.attr_error("'k' is outside any matrix");
  return false;
}

Results diag(Call& call) {
  const Tensor x = call.in(0);
  if (x.rank() != 1 && x.rank() != 2)
    return call.operand_error(call.describe(0) + ", neither a vector nor a matrix");
  if (!offset_fits(call)) return {};
  const std::int64_t k = call.integer("k");
  if (x.rank() == 1 && x.size(0) + std::abs(k) > (std::int64_t{1} << 20))
    return call.operand_error("the matrix would have more than 2^40 elements");
  return {x.rank() == 1 ? diagonal_matrix(x, k) : take_diagonal(x, k)};
}

bool require_matrix(Call& call) {
  if (call.in(0).rank() >= 2) return true;
  call.operand_error(call.describe(0) + ", not a matrix");
  return false;
}

Results trace(Call& call) {
  const Tensor x = call.in(0);
  if (!require_matrix(call) || !offset_fits(call)) return {};
  return {sum(take_diagonal(x, call.integer("k")), {x.rank() - 2})};
}

/// Keeps what is on or below (`lower`) or on or above the diagonal k of the last two axes.
Results triangle(Call& call, bool lower) {
  const Tensor x = call.in(0);
  if (!require_matrix(call) || !offset_fits(call)) return {};
  const Shape matrix(x.shape().end() - 2, x.shape().end());
  const Tensor row = iota(call.scope, matrix, 0, DType::i64);
  const Tensor column = iota(call.scope, matrix, 1, DType::i64);
  const Tensor edge = binary("add", row, Number(call.integer("k")));
  const Tensor kept = binary(lower ? "le" : "ge", column, Value(edge));
  return {select(kept, Value(x), call.scope.zeros_like(x))};
}

Function entry(std::string name, std::vector<OperandSpec> operands, std::string formula,
               std::string doc, Results (*build)(Call&)) {
  return {.name = std::move(name),
          .family = "linear algebra",
          .operands = std::move(operands),
          .doc = std::move(doc),
          .formula = std::move(formula),
          .build = build};
}

void add_diagonals(FunctionTable& table) {
  const std::vector<AttrDecl> offset = {{.name = "k",
                                         .kinds = {K::integer},
                                         .fallback = std::int64_t{0},
                                         .doc = "diagonals above (k > 0) or below the main one"}};
  const auto add = [&](Function function) {
    function.attrs = offset;
    table.add(std::move(function));
  };
  add(entry("trace", {{.name = "x"}}, "sum_i x[i, i + k]", "sum of a diagonal of the last two axes",
            trace));
  add(entry("diag", {{.name = "x"}}, "y[i] = x[i, i + k], or y[i, i + k] = x[i]",
            "of a vector the matrix with it as diagonal, of a matrix its diagonal", diag));
  add(entry("tril", {{.name = "x"}}, "x[i, j] where j <= i + k, else 0",
            "lower triangle of the last two axes",
            [](Call& call) { return triangle(call, true); }));
  add(entry("triu", {{.name = "x"}}, "x[i, j] where j >= i + k, else 0",
            "upper triangle of the last two axes",
            [](Call& call) { return triangle(call, false); }));
}

} // namespace

std::string inner_sizes_help(const Tensor& a, const Tensor& b) {
  const Shape &left = a.shape(), &right = b.shape();
  if (right.size() == 2 && right[1] == left.back())
    return "transposed, the second operand fits: write .T behind it";
  if (left.size() == 2 && right.size() <= 2 && left[0] == right[0])
    return "transposed, the first operand fits: write .T behind it";
  if (left.size() == 2 && right.size() == 2 && right[1] == left[0])
    return "they fit the other way round";
  Type fitting = b.type();
  fitting.shape[right.size() == 1 ? 0 : right.size() - 2] = left.back();
  return "did you mean " + to_string(fitting) + "?";
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  Builder& builder = a.builder();
  const std::int64_t last = a.rank() - 1;
  if (b.rank() <= 2) // one matrix for all: no batch
    return {builder, builder.dot(a, b, {{}, {}}, {{last}, {0}})};
  if (a.rank() == 1) { // [k] @ [..., k, n]
    return reshape(matmul(expand(a, 0), b), [&] {
      Shape shape = b.shape();
      shape.erase(shape.end() - 2);
      return shape;
    }());
  }
  const Shape a_batch(a.shape().begin(), a.shape().end() - 2);
  const Shape b_batch(b.shape().begin(), b.shape().end() - 2);
  const auto batch = broadcast_shapes(a_batch, b_batch);
  if (!batch) {
    builder.fail({.code = "E0203",
                  .message = "matmul: batch sizes do not broadcast: " + builder.describe(a, 0) +
                             ", " + builder.describe(b, 1)});
    return a;
  }
  const auto stretched = [&](const Tensor& x) {
    Shape shape = *batch;
    shape.insert(shape.end(), x.shape().end() - 2, x.shape().end());
    return broadcast_to(x, shape);
  };
  const auto k = static_cast<std::int64_t>(batch->size());
  const Axes axes = all_axes(static_cast<int>(k));
  return {builder, builder.dot(stretched(a), stretched(b), {axes, axes}, {{k + 1}, {k}})};
}

void add_linear_algebra(FunctionTable& table) {
  table.add(entry("matmul", {{.name = "a"}, {.name = "b"}}, "y[i, j] = sum_k a[i, k] * b[k, j]",
                  "NumPy's: a vector is a row on the left and a column on the right; leading axes "
                  "are batches and broadcast",
                  matmul_entry));
  Function sums = entry("einsum", {{.name = "x", .open = true}}, "einsum(\"ij,jk->ik\", a, b)",
                        "NumPy's: a letter names an axis, \"...\" the axes between; letters that "
                        "the result lacks are summed over; without -> those that occur once, in "
                        "order, are the result's",
                        einsum);
  sums.attrs = {{.name = "spec", .kinds = {K::string}, .required = true}};
  sums.attrs_first = true;
  table.add(std::move(sums));
  table.add(entry("outer", {{.name = "a"}, {.name = "b"}}, "y[i, j] = a[i] * b[j]",
                  "every product; operands are flattened", outer));
  add_diagonals(table);
}

} // namespace nnc::nn
