#include "compiler/target/cuda/tiles.h"

#include "compiler/target/cuda/points.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cuda {
namespace {

using namespace source;

constexpr std::int64_t tile = 64, depth = 16; ///< results along each side, terms of a step
constexpr std::int64_t side = 16;             ///< threads along each side
constexpr std::int64_t worth_tiles = 16, worth_steps = 8;

std::int64_t tiles_along(const ExprPool& pool, std::span<const Axis> axes) {
  return (points_of(pool, axes) + tile - 1) / tile;
}

bool lies_along(const ExprPool& pool, Expr factor, std::span<const Axis> axes) {
  for (const Expr expr : topological_order(pool, std::span(&factor, 1)))
    if (const ExprNode& node = pool.node(expr); node.op == ScalarOp::load && !axes.empty())
      if (stride_of(pool, pool.index_list(node)[0], axes.back()) == 1) return true;
  return false;
}

class TilePrinter {
public:
  TilePrinter(ExpressionPrinter& printer, Library& library, const Kernel& kernel,
              const Contraction& form)
      : printer_(printer), library_(library), lines_(printer.lines), pool_(printer.pool),
        kernel_(kernel), form_(form), dtype_(pool_.dtype(form.reduction)),
        order_(topological_order(pool_, stage_roots(pool_, kernel.stages[0]))),
        written_(loads_of_written(pool_, order_, kernel.stages)) {}

  void print(const DTypeOf& dtype_of) {
    for (std::string* name : {&a_, &b_}) *name = printer_.fresh(name == &a_ ? "tile_a" : "tile_b");
    for (const std::string& name : {a_, b_})
      lines_.add(
          fmt::format("__shared__ {} {}[{}][{}];", value_type(dtype_), name, depth, tile + 1));
    const ExpressionPrinter::Scope scope(printer_);
    printer_.emit(order_, &written_);
    open_tiles();
    {
      const ExpressionPrinter::Scope inside(printer_);
      printer_.emit(order_, &written_);
      sum_ = printer_.fresh("sum");
      lines_.add(
          fmt::format("{} {}[{}][{}] = {{}};", value_type(dtype_), sum_, tile / side, tile / side));
      steps();
      results(dtype_of);
    }
    printer_.close();
    unbind(printer_, form_.batch);
  }

private:
  /// A tile of results a turn: its batch, its first row and column.
  void open_tiles() {
    const std::int64_t along_m = tiles_along(pool_, form_.m), along_n = tiles_along(pool_, form_.n);
    printer_.open_block();
    const std::string number = printer_.fresh("tile");
    lines_.open(fmt::format("for (int64_t {0} = blockIdx.x; {0} < {1}; {0} += gridDim.x) {{",
                            number, tile_count(pool_, form_)));
    row_ = printer_.fresh("row");
    column_ = printer_.fresh("column");
    lines_.add(
        fmt::format("const int64_t {} = {} / {} % {} * {};", row_, number, along_n, along_m, tile));
    lines_.add(fmt::format("const int64_t {} = {} % {} * {};", column_, number, along_n, tile));
    std::string batch = "0";
    if (points_of(pool_, form_.batch) > 1) {
      batch = printer_.fresh("batch");
      lines_.add(fmt::format("const int64_t {} = {} / {};", batch, number, along_n * along_m));
    }
    bind_point(printer_, form_.batch, batch);
  }

  void steps() {
    const std::int64_t terms = points_of(pool_, form_.k);
    step_ = printer_.fresh("step");
    printer_.open(
        fmt::format("for (int64_t {0} = 0; {0} < {1}; {0} += {2}) {{", step_, terms, depth));
    fill(a_, form_.a, form_.m, row_);
    fill(b_, form_.b, form_.n, column_);
    lines_.add("__syncthreads();");
    lines_.open(fmt::format("for (int k = 0; k < {}; ++k) {{", depth));
    lines_.open(fmt::format("for (int r = 0; r < {}; ++r) {{", tile / side));
    lines_.open(fmt::format("for (int c = 0; c < {}; ++c) {{", tile / side));
    const Text operands[] = {{fmt::format("{}[k][threadIdx.x / {} + {} * r]", a_, side, side)},
                             {fmt::format("{}[k][threadIdx.x % {} + {} * c]", b_, side, side)},
                             {sum_ + "[r][c]"}};
    const std::string fma = library_.need(fmt::format("fma_{}", dtype_name(dtype_)));
    lines_.add(fmt::format("{}[r][c] = {};", sum_, source::call(fma, operands).text));
    for (int i = 0; i < 3; ++i) lines_.close();
    lines_.add("__syncthreads();");
    printer_.close();
  }

  /// Neighbours in memory are read by neighbouring threads.
  void fill(const std::string& name, Expr factor, const std::vector<Axis>& results,
            const std::string& first) {
    const bool along_terms = lies_along(pool_, factor, form_.k);
    printer_.open_block();
    const std::string e = printer_.fresh("e"), result = printer_.fresh("result"),
                      term = printer_.fresh("term"), value = printer_.fresh("value");
    lines_.open(fmt::format("for (int {0} = threadIdx.x; {0} < {1}; {0} += blockDim.x) {{", e,
                            tile * depth));
    const std::int64_t fast = along_terms ? depth : tile;
    lines_.add(fmt::format("const int64_t {} = {} + {} {} {};", result, first, e,
                           along_terms ? "/" : "%", fast));
    lines_.add(fmt::format("const int64_t {} = {} + {} {} {};", term, step_, e,
                           along_terms ? "%" : "/", fast));
    lines_.add(fmt::format("{} {} = 0;", value_type(dtype_), value));
    printer_.open(fmt::format("if ({} < {} && {} < {}) {{", result, points_of(pool_, results), term,
                              points_of(pool_, form_.k)));
    {
      const ExpressionPrinter::Scope scope(printer_);
      bind_point(printer_, results, result);
      bind_point(printer_, form_.k, term);
      printer_.emit(topological_order(pool_, std::span(&factor, 1)));
      lines_.add(fmt::format("{} = {};", value, printer_.value(factor).text));
      unbind(printer_, results);
      unbind(printer_, form_.k);
    }
    printer_.close();
    lines_.add(fmt::format("{}[{} - {}][{} - {}] = {};", name, term, step_, result, first, value));
    printer_.close();
  }

  void results(const DTypeOf& dtype_of) {
    printer_.open_block();
    lines_.open(fmt::format("for (int r = 0; r < {}; ++r) {{", tile / side));
    printer_.open_block();
    lines_.open(fmt::format("for (int c = 0; c < {}; ++c) {{", tile / side));
    const std::string m = printer_.fresh("m"), n = printer_.fresh("n");
    lines_.add(
        fmt::format("const int64_t {} = {} + threadIdx.x / {} + {} * r;", m, row_, side, side));
    lines_.add(
        fmt::format("const int64_t {} = {} + threadIdx.x % {} + {} * c;", n, column_, side, side));
    printer_.open(fmt::format("if ({} < {} && {} < {}) {{", m, points_of(pool_, form_.m), n,
                              points_of(pool_, form_.n)));
    {
      const ExpressionPrinter::Scope scope(printer_);
      bind_point(printer_, form_.m, m);
      bind_point(printer_, form_.n, n);
      printer_.set_value(form_.reduction, {sum_ + "[r][c]"});
      print_stage(printer_, kernel_.stages[0], dtype_of);
      unbind(printer_, form_.m);
      unbind(printer_, form_.n);
    }
    for (int i = 0; i < 3; ++i) printer_.close();
  }

  ExpressionPrinter& printer_;
  Library& library_;
  Lines& lines_;
  const ExprPool& pool_;
  const Kernel& kernel_;
  const Contraction& form_;
  DType dtype_;
  std::vector<Expr> order_;
  std::vector<bool> written_;
  std::string a_, b_, sum_, row_, column_, step_;
};

} // namespace

std::optional<Contraction> find_tiles(const Kernel& kernel) {
  auto form = find_contraction(kernel);
  if (!form) return std::nullopt;
  const ExprPool& pool = kernel.pool;
  const DType dtype = pool.dtype(form->reduction);
  const Stage& stage = kernel.stages[0];
  const bool serial = std::ranges::find(stage.serial, true) != stage.serial.end();
  const bool full = points_of(pool, form->m) >= worth_tiles &&
                    points_of(pool, form->n) >= worth_tiles &&
                    points_of(pool, form->k) >= worth_steps;
  if (serial || !full || compute_dtype(dtype) != dtype) return std::nullopt;
  return form;
}

std::int64_t tile_count(const ExprPool& pool, const Contraction& form) {
  return points_of(pool, form.batch) * tiles_along(pool, form.m) * tiles_along(pool, form.n);
}

void print_tiles(ExpressionPrinter& printer, Library& library, const Kernel& kernel,
                 const Contraction& form, const DTypeOf& dtype_of) {
  TilePrinter(printer, library, kernel, form).print(dtype_of);
}

} // namespace nnc::cuda
