// Prints what a kernel computes: expressions where their axes are known, each at the outermost such
// loop if an inner one would compute it again, loops of reductions, and stores.
//
// An expression that is used once stands where it is used; one that is shared, long, or computed
// outside of the loop that uses it, is a variable. Values live in scopes, as the loops do.
#pragma once

#include "compiler/target/source/scalar.h"
#include "ir/kernel/prepare.h"

#include <functional>
#include <unordered_map>

namespace nnc::source {

class ExpressionPrinter {
public:
  /// New variables get names that are not in `taken`.
  ExpressionPrinter(const ExprPool& pool, Library& library, Lines& lines, aot::Names taken);

  const ExprPool& pool;
  Lines& lines;

  /// A scope of values; ends with the object.
  class Scope {
  public:
    explicit Scope(ExpressionPrinter& owner) : owner_(owner) { owner_.scopes_.emplace_back(); }
    ~Scope() { owner_.leave(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

  private:
    ExpressionPrinter& owner_;
  };

  /// `single`: a variable rather than an array.
  void name_buffer(std::uint32_t buffer, std::string name, bool single = false);
  std::string fresh(const std::string& stem);
  std::string axis_name(); ///< i, j, k, ...
  void bind(Axis axis, std::string name) { axes_[axis.id] = std::move(name); }
  void unbind(Axis axis) { axes_.erase(axis.id); }
  bool bound(Axis axis) const { return axes_.contains(axis.id); }
  /// A block; names of variables inside are free again after it.
  void open(const std::string& line);
  void open_block() { blocks_.emplace_back(); } ///< of a line that is opened later
  void close();
  /// `for (int64_t i = 0; i < extent; ++i) {`
  void open_loop(Axis axis);
  void close_loop(Axis axis);

  /// What there is to print, and how often each of it is used: once before anything is.
  void expect(std::span<const Expr> order, std::span<const Expr> roots);
  /// Loads from these buffers are computed before anything is stored at a point.
  void load_first(std::set<std::uint32_t> buffers) { load_first_ = std::move(buffers); }
  /// All of `order` (operands first) whose axes are known and which is not there yet, but what
  /// `excluded` (by expression, may be null) holds back.
  void emit(std::span<const Expr> order, const std::vector<bool>* excluded = nullptr);
  void set_value(Expr expr, Text text);
  const Text& value(Expr expr) const;
  Text index(Index index);
  void store(const Store& store, DType dtype);

  /// How a reduction is computed; by default in loops around an accumulator.
  std::function<std::optional<Text>(Expr reduction)> other_reduction = {};
  /// Declares what a reduction is joined in, with the value that it has of nothing.
  struct Total {
    std::string value, at; ///< `at` is the position, empty where the reduction gives none
  };
  Total open_total(const ExprNode& reduction);
  /// The value at a point joins the total: statements.
  void accumulate(const Total& total, const ExprNode& reduction);

private:
  bool known(Expr expr) const;
  void define(Expr expr);
  bool named(Expr expr, const Text& text) const;
  bool used_deeper(Expr expr) const;
  bool fused(const ExprNode& reduction) const; ///< with the product that it sums up
  bool only_fused(Expr expr) const;
  Text render(Expr expr);
  std::string place(std::uint32_t buffer, Index at);
  Text load(const ExprNode& node);
  Text atom(const Atom& atom);
  Text reduce(Expr expr);
  void keep_better(const Total& total, const ExprNode& reduction);
  void leave();

  Library& library_;
  aot::Names taken_;
  struct BufferName {
    std::string name;
    bool single = false;
  };
  std::unordered_map<std::uint32_t, BufferName> buffers_;
  std::unordered_map<std::uint32_t, std::string> axes_;
  std::vector<std::vector<std::string>> blocks_; ///< names by block
  std::unordered_map<std::uint32_t, Text> values_;
  std::vector<std::vector<std::uint32_t>> scopes_;
  std::unordered_map<std::uint32_t, std::vector<Expr>> users_;
  std::unordered_map<std::uint32_t, int> root_uses_;
  std::unordered_map<std::uint32_t, IndexRange> ranges_;
  std::set<std::uint32_t> load_first_;
  const std::vector<bool>* excluded_ = nullptr;
  int next_variable_ = 0;
};

} // namespace nnc::source
