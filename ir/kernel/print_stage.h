// Prints the loops, expressions and stores of one kernel.
#pragma once

#include "ir/kernel/kernel.h"

#include <functional>
#include <set>
#include <unordered_set>

namespace nnc {

/// The name of a buffer or local in kernel text: in backquotes unless it is a word, dots inside
/// allowed, that means nothing else there.
std::string kernel_name(std::string_view name);
/// Words that mean something in kernel text.
bool reserved_in_kernels(std::string_view word);

class StagePrinter {
public:
  /// `buffer_name` gives the printed name of a buffer or local. Axes and shared expressions get
  /// names that are not in `taken`.
  StagePrinter(const Kernel& kernel, std::function<std::string(std::uint32_t)> buffer_name,
               std::set<std::string> taken)
      : kernel_(kernel), pool_(kernel.pool), buffer_name_(std::move(buffer_name)),
        taken_(std::move(taken)) {}

  /// All stages, each line indented by `indent` blanks.
  std::string print(std::size_t indent);

private:
  /// The text of an expression, how tightly it binds and how deep it is.
  struct Text {
    std::string text;
    int level = 0, depth = 0;
  };
  struct Uses {
    std::uint32_t count = 0;
    bool root = false;
  };

  void print_stage(const Stage& stage, const std::string& margin);
  std::vector<Expr> visit(const std::vector<Expr>& roots);
  void enter(Expr expr);
  bool named(Expr expr, const Text& text) const;
  void define(Expr expr, Text& text, const std::string& margin);
  std::string axis_name(Axis axis);
  std::string loops(std::span<const Axis> axes, const std::vector<bool>& serial);
  std::string fresh(const std::string& stem, int& next);

  Text render(Expr expr);
  Text infix(const ExprNode& node, std::string_view symbol, int level);
  Text call(const ExprNode& node, std::string_view function);
  Text constant(const ExprNode& node, bool bare) const;
  std::string operand(const ExprNode& node, int position, int level);
  bool bare_constant(const ExprNode& node, int position) const;
  std::string index(Index index);
  std::string atom(const Atom& atom);
  std::string place(std::span<const Index> at, Expr guard);

  const Kernel& kernel_;
  const ExprPool& pool_;
  std::function<std::string(std::uint32_t)> buffer_name_;
  std::set<std::string> taken_;
  std::string out_;
  std::unordered_map<std::uint32_t, std::pair<std::string, std::size_t>> axes_; ///< name, rank
  std::unordered_map<std::uint32_t, Text> texts_;                               ///< of this stage
  std::unordered_map<std::uint32_t, Uses> uses_;
  std::unordered_set<std::uint32_t> stage_axes_;
  int next_axis_ = 0, next_let_ = 0;
};

} // namespace nnc
