// Reads the loops, expressions and stores of one kernel.
//
// Numbers stand without a dtype where the operands beside them, or the buffer they are stored to,
// say which it is. Nothing is converted: operands of an operation have one dtype.
#pragma once

#include "ir/kernel/kernel.h"
#include "ir/text/cursor.h"

#include <functional>
#include <map>

namespace nnc {

/// What a name of a buffer or local stands for.
struct NamedBuffer {
  std::uint32_t id = 0;
  const Type* type = nullptr;
};

/// Where the lines of a kernel stand.
struct KernelPlaces {
  struct OfStage {
    Place line;
    std::vector<Place> stores = {};
  };
  Place line;
  std::vector<OfStage> stages = {};
};

class StageParser {
public:
  /// `find` gives the buffer or local of a name, or nullopt.
  StageParser(Cursor& cursor, Kernel& kernel,
              std::function<std::optional<NamedBuffer>(const std::string&)> find)
      : cursor_(cursor), kernel_(kernel), pool_(kernel.pool), indices_(kernel.pool.indices()),
        find_(std::move(find)) {}

  /// All stages up to the kernel's `}`, which is left. False when there is an error.
  bool run();
  const Error& error() const { return *error_; }
  std::vector<KernelPlaces::OfStage> take_places() { return std::move(places_); }

private:
  static constexpr int max_depth = 200; ///< parentheses and calls within each other

  /// An expression, or a number that waits for its dtype.
  struct Operand {
    Expr expr = {};
    std::string number = {}; ///< when not empty
    Cursor::Mark begin = {};
    Place place = {};
  };

  // Loops, named expressions and stores: parse_stage.cpp.
  bool fail(Error error);
  bool fail_at(Cursor::Mark begin, std::string message);
  bool expect(std::string_view symbol);

  bool stage();
  bool loops(std::vector<Axis>& axes, std::vector<bool>* serial);
  bool let_line();
  bool store_line(Stage& stage);
  bool position(const Type& type, std::vector<Index>& at, Expr& guard);
  bool condition(Expr& guard);

  // Expressions: parse_expression.cpp.
  bool expression(Operand& result, int level);
  bool unary(Operand& result);
  bool atom(Operand& result);
  bool number(Operand& result);
  bool call(std::string_view function, Operand& result);
  bool typed_constant(DType dtype, Operand& result);
  bool reduction(Combiner combiner, Operand& result);
  bool polygamma(Operand& result);
  bool operation(ScalarOp op, std::span<Operand> operands, Operand& result);
  bool buffer(Operand& result);
  /// Operands of one dtype: numbers take that of the others.
  bool unify(std::span<Operand> operands);
  bool settle(Operand& operand, DType dtype);
  bool settled(const Operand& operand);

  // Positions in buffers: parse_index.cpp.
  bool index(Index& result);
  bool index_term(Index& result);
  bool index_atom(Index& result);

  Cursor& cursor_;
  Kernel& kernel_;
  ExprPool& pool_;
  IndexPool& indices_;
  std::function<std::optional<NamedBuffer>(const std::string&)> find_;
  std::optional<Error> error_;
  std::vector<KernelPlaces::OfStage> places_;
  std::map<std::string, Axis, std::less<>> axes_;
  std::map<std::string, Expr, std::less<>> lets_;
  int depth_ = 0;
};

} // namespace nnc
