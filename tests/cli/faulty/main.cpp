// The command with a row that is wrong on purpose, to see that it is found out:
//   nnc_faulty FAULT COMMAND...
// Nothing else differs from nnc.

#include "frontends/cli/program.h"
#include "ir/element.h"
#include "ir/pullback.h"

#include <array>
#include <cstdio>
#include <string_view>

namespace {

using namespace nnc;

OpTable with(OpRow row) {
  OpTable table = standard_ops();
  table.add(std::move(row));
  return table;
}

/// tanh'(x) is said to be 1.25.
OpTable wrong_gradient() {
  OpRow row = standard_ops().at("tanh");
  row.grad = [](Pullback& p) { p.give(0, p.b.mul(p.ct(), 1.25)); };
  return with(std::move(row));
}

/// dot hands its second operand half of that operand.
OpTable wrong_dot() {
  OpRow row = standard_ops().at("dot");
  row.grad = [](Pullback& p) {
    if (p.needs(1)) p.give(1, p.b.mul(p.in(1), 0.5));
  };
  return with(std::move(row));
}

/// softplus, which rewrites put in the place of log(1 + exp(x)), is x + 1.
OpTable wrong_value() {
  OpRow row = standard_ops().at("softplus");
  row.element = [](ElementBuilder& e, int, std::span<const Index> at) {
    const Expr x = e.input(0, at);
    return e.pool.add(x, e.pool.constant(e.in(0).dtype, 1));
  };
  return with(std::move(row));
}

/// softplus is right, but its gradient is not.
OpTable wrong_slope() {
  OpRow row = standard_ops().at("softplus");
  row.grad = [](Pullback& p) { p.give(0, p.b.mul(p.ct(), 0.25)); };
  return with(std::move(row));
}

/// The type rule of tanh breaks an invariant.
OpTable broken_invariant() {
  OpRow row = standard_ops().at("tanh");
  row.infer = [](InferArgs&) -> Result<std::vector<Type>> {
    throw InternalError("tanh: made to fail");
  };
  return with(std::move(row));
}

/// tanh reads the element after its own, which the last one does not have.
OpTable outside() {
  OpRow row = standard_ops().at("tanh");
  row.element = [](ElementBuilder& e, int, std::span<const Index> at) {
    std::vector<Index> next(at.begin(), at.end());
    next.back() = e.index.add(next.back(), 1);
    return e.pool.unary(ScalarOp::tanh, e.input(0, next));
  };
  return with(std::move(row));
}

struct Fault {
  std::string_view name;
  MakeOps ops;
};
constexpr std::array faults = {
    Fault{"wrong-gradient", wrong_gradient},     Fault{"wrong-dot", wrong_dot},
    Fault{"wrong-value", wrong_value},           Fault{"wrong-slope", wrong_slope},
    Fault{"broken-invariant", broken_invariant}, Fault{"outside", outside}};

} // namespace

int main(int argc, char** argv) {
  for (const Fault& fault : faults)
    if (argc > 1 && fault.name == argv[1])
      return cli::run_program(argc - 1, argv + 1, cli::all_commands(fault.ops));
  std::fputs("nnc_faulty FAULT COMMAND...\n", stderr);
  return cli::exit_usage;
}
