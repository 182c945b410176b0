#include "ir/kernel/print_stage.h"

#include "ir/attributes.h"
#include "ir/text/cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nnc {
namespace {

constexpr std::size_t longest = 80; ///< an operand with more characters gets a line of its own
constexpr int deepest = 10;         ///< likewise with more levels
constexpr int unary_level = 7, atom_level = 8;

struct Infix {
  ScalarOp op;
  std::string_view symbol;
  int level;
};
// As in Python: comparisons bind least.
constexpr std::array infixes = {
    Infix{ScalarOp::eq, "==", 0},          Infix{ScalarOp::ne, "!=", 0},
    Infix{ScalarOp::lt, "<", 0},           Infix{ScalarOp::le, "<=", 0},
    Infix{ScalarOp::gt, ">", 0},           Infix{ScalarOp::ge, ">=", 0},
    Infix{ScalarOp::bit_or, "|", 1},       Infix{ScalarOp::bit_xor, "^", 2},
    Infix{ScalarOp::bit_and, "&", 3},      Infix{ScalarOp::shift_left, "<<", 4},
    Infix{ScalarOp::shift_right, ">>", 4}, Infix{ScalarOp::add, "+", 5},
    Infix{ScalarOp::sub, "-", 5},          Infix{ScalarOp::mul, "*", 6},
    Infix{ScalarOp::div, "/", 6},
};

constexpr std::array<std::string_view, 17> keywords = {
    "let",   "for", "rows", "once", "in",    "if",     "index",  "local",  "true",
    "false", "inf", "nan",  "at",   "check", "kernel", "serial", "bitcast"};

bool is_word(std::string_view name) {
  Cursor cursor(name, {});
  return cursor.word(true) == name && !name.empty();
}

} // namespace

bool reserved_in_kernels(std::string_view word) {
  if (scalar_op_from_name(word) || dtype_from_name(word) || word.starts_with("bitcast_"))
    return true;
  for (int i = 0; i <= static_cast<int>(Combiner::argmin); ++i)
    if (combiner_name(static_cast<Combiner>(i)) == word) return true;
  return std::ranges::find(keywords, word) != keywords.end();
}

std::string kernel_name(std::string_view name) {
  if (is_word(name) && !reserved_in_kernels(name)) return std::string(name);
  const std::string quoted = quoted_name(name);
  return quoted.starts_with('`') ? quoted : "`" + quoted + "`";
}

std::string StagePrinter::fresh(const std::string& stem, int& next) {
  for (;;)
    if (std::string name = stem + std::to_string(next++); taken_.insert(name).second) return name;
}

/// i, j, k, ... in the order of the text.
std::string StagePrinter::axis_name(Axis axis) {
  const auto [entry, is_new] = axes_.try_emplace(axis.id, std::string(), axes_.size());
  if (!is_new) return entry->second.first;
  constexpr std::string_view letters = "ijkmnpqrsuvw";
  std::string name;
  for (const char letter : letters)
    if (name.empty() && taken_.insert(std::string(1, letter)).second) name = letter;
  entry->second.first = name.empty() ? fresh("i", next_axis_) : name;
  return entry->second.first;
}

std::string StagePrinter::loops(std::span<const Axis> axes, const std::vector<bool>& serial) {
  std::string text;
  for (std::size_t i = 0; i < axes.size(); ++i)
    text += fmt::format("{}{} in 0..{}{}", i ? ", " : "", axis_name(axes[i]),
                        pool_.indices().axis(axes[i]).extent,
                        i < serial.size() && serial[i] ? " serial" : "");
  return text;
}

std::string StagePrinter::print(std::size_t indent) {
  std::string margin(indent, ' ');
  if (!kernel_.axes.empty()) {
    out_ += margin + "rows " + loops(kernel_.axes, {}) + "\n";
    margin += "  ";
  }
  for (const Axis axis : kernel_.axes) stage_axes_.insert(axis.id);
  for (const Stage& stage : kernel_.stages) print_stage(stage, margin);
  return std::move(out_);
}

void StagePrinter::print_stage(const Stage& stage, const std::string& margin) {
  const auto outer = stage_axes_;
  for (const Axis axis : stage.axes) stage_axes_.insert(axis.id);
  const std::string loop = loops(stage.axes, stage.serial);
  out_ += margin + (loop.empty() ? "once" : "for " + loop) + "\n";
  texts_.clear();
  uses_.clear();
  std::vector<Expr> roots;
  for (const Store& store : stage.stores) {
    for (const Index each : store.at)
      for (const std::uint32_t data : pool_.indices().data_of(each)) roots.push_back(Expr{data});
    if (store.guard.valid()) roots.push_back(store.guard);
    roots.push_back(store.value);
    uses_[store.value.id].root = true;
  }
  for (const Expr expr : visit(roots)) {
    Text text = render(expr);
    if (named(expr, text)) define(expr, text, margin + "  ");
    texts_[expr.id] = std::move(text);
  }
  for (const Store& store : stage.stores) {
    const ExprNode& value = pool_.node(store.value);
    out_ += fmt::format("{}  {}{} {} {}\n", margin, buffer_name_(store.buffer),
                        place(store.at, store.guard), store.accumulate ? "+=" : "=",
                        value.op == ScalarOp::constant ? constant(value, true).text
                                                       : texts_[store.value.id].text);
  }
  stage_axes_ = outer;
}

/// Everything below the roots, operands before users, in the order of the text (which the numbers
/// of expressions are not), counting uses and naming axes where they are first met.
std::vector<Expr> StagePrinter::visit(const std::vector<Expr>& roots) {
  struct Visit {
    Expr expr;
    std::vector<Expr> below;
    std::size_t next = 0;
  };
  std::vector<Expr> order;
  std::vector<Visit> path;
  const auto meet = [&](Expr expr) {
    if (++uses_[expr.id].count > 1) return;
    enter(expr);
    path.push_back({expr, {}});
    pool_.children(expr, path.back().below);
  };
  for (const Expr root : roots) {
    meet(root);
    while (!path.empty()) {
      Visit& visit = path.back();
      if (visit.next < visit.below.size()) {
        meet(visit.below[visit.next++]);
      } else {
        order.push_back(visit.expr);
        path.pop_back();
      }
    }
  }
  return order;
}

void StagePrinter::enter(Expr expr) {
  const ExprNode& node = pool_.node(expr);
  if (node.op != ScalarOp::reduce) return;
  for (const Axis axis : pool_.axis_list(node)) axis_name(axis);
}

/// Shared and long expressions get a name of their own.
bool StagePrinter::named(Expr expr, const Text& text) const {
  const ExprNode& node = pool_.node(expr);
  const Uses& uses = uses_.at(expr.id);
  if (node.op == ScalarOp::constant || node.op == ScalarOp::index) return false;
  if (node.op == ScalarOp::load) return uses.count > 1 && node.guard.valid();
  if (uses.count > 1) return true;
  return !uses.root && (text.text.size() > longest || text.depth > deepest);
}

void StagePrinter::define(Expr expr, Text& text, const std::string& margin) {
  std::vector<Axis> bound; // by a reduction around it
  for (const Axis axis : pool_.free_axes(expr))
    if (!stage_axes_.contains(axis.id)) bound.push_back(axis);
  std::ranges::sort(bound, {}, [&](Axis axis) { return axes_.at(axis.id).second; });
  const std::string name = fresh("t", next_let_);
  const std::string over = bound.empty() ? "" : " (" + loops(bound, {}) + ")";
  out_ += fmt::format("{}let {}{} = {}\n", margin, name, over, text.text);
  text = {name, atom_level, 0};
}

StagePrinter::Text StagePrinter::constant(const ExprNode& node, bool bare) const {
  std::string text;
  if (node.dtype == DType::boolean) return {node.bits ? "true" : "false", atom_level, 0};
  if (is_float(node.dtype))
    text = real_text(std::bit_cast<double>(node.bits), node.dtype);
  else
    text = std::to_string(static_cast<std::int64_t>(node.bits));
  if (bare) return {text, text[0] == '-' ? unary_level : atom_level, 0};
  return {std::string(dtype_name(node.dtype)) + "(" + text + ")", atom_level, 0};
}

/// A constant takes the dtype of the operands beside it, so that one of these must have one.
bool StagePrinter::bare_constant(const ExprNode& node, int position) const {
  const int first = node.op == ScalarOp::select ? 1 : 0;
  if (node.arity < 2 || position < first || node.op == ScalarOp::polygamma) return false;
  for (int i = first; i < node.arity; ++i)
    if (pool_.node(node.operand[i]).op != ScalarOp::constant) return true;
  return false;
}

std::string StagePrinter::operand(const ExprNode& node, int position, int level) {
  const Expr expr = node.operand[position];
  const ExprNode& below = pool_.node(expr);
  const Text text = below.op == ScalarOp::constant ? constant(below, bare_constant(node, position))
                                                   : texts_.at(expr.id);
  return text.level < level ? "(" + text.text + ")" : text.text;
}

StagePrinter::Text StagePrinter::infix(const ExprNode& node, std::string_view symbol, int level) {
  const int left = level == 0 ? 1 : level;
  return {fmt::format("{} {} {}", operand(node, 0, left), symbol, operand(node, 1, level + 1)),
          level, 0};
}

StagePrinter::Text StagePrinter::call(const ExprNode& node, std::string_view function) {
  std::string text = std::string(function) + "(";
  for (int i = 0; i < node.arity; ++i) text += (i ? ", " : "") + operand(node, i, 0);
  return {text + ")", atom_level, 0};
}

StagePrinter::Text StagePrinter::render(Expr expr) {
  const ExprNode& node = pool_.node(expr);
  Text text;
  const auto* found = std::ranges::find(infixes, node.op, &Infix::op);
  if (found != infixes.end()) {
    text = infix(node, found->symbol, found->level);
  } else if (node.op == ScalarOp::constant) {
    text = constant(node, false);
  } else if (node.op == ScalarOp::load) {
    text = {buffer_name_(node.source) + place(pool_.index_list(node), node.guard), atom_level, 0};
  } else if (node.op == ScalarOp::index) {
    text = {"index(" + index(Index{node.source}) + ")", atom_level, 0};
  } else if (node.op == ScalarOp::neg) {
    text = {"-" + operand(node, 0, unary_level), unary_level, 0};
  } else if (node.op == ScalarOp::bit_not) {
    text = {"~" + operand(node, 0, unary_level), unary_level, 0};
  } else if (node.op == ScalarOp::cast) {
    text = call(node, dtype_name(node.dtype));
  } else if (node.op == ScalarOp::bitcast) {
    text = call(node, "bitcast_" + std::string(dtype_name(node.dtype)));
  } else if (node.op == ScalarOp::polygamma) {
    text = {
        fmt::format("polygamma({}, {})", *pool_.as_integer(node.operand[0]), operand(node, 1, 0)),
        atom_level, 0};
  } else if (node.op == ScalarOp::reduce) {
    text = {fmt::format("{}[{}]({})", combiner_name(node.combiner),
                        loops(pool_.axis_list(node), {}), operand(node, 0, 0)),
            atom_level, 0};
  } else if (node.op == ScalarOp::element) {
    throw InternalError("kernel text: an element that no buffer holds");
  } else {
    text = call(node, scalar_op_name(node.op));
  }
  for (int i = 0; i < node.arity; ++i)
    text.depth = std::max(text.depth, texts_.at(node.operand[i].id).depth + 1);
  return text;
}

std::string StagePrinter::place(std::span<const Index> at, Expr guard) {
  std::string text;
  for (const Index each : at) text += (text.empty() ? "" : ",") + index(each);
  if (guard.valid()) text += (text.empty() ? "if " : " if ") + texts_.at(guard.id).text;
  return text.empty() ? text : "[" + text + "]";
}

std::string StagePrinter::atom(const Atom& atom) {
  if (atom.kind == AtomKind::axis) return axis_name(Axis{atom.id});
  if (atom.kind == AtomKind::data)
    return fmt::format("{{{} in 0..{}}}", texts_.at(atom.id).text, atom.by);
  const IndexForm& form = pool_.indices().form(Index{atom.id});
  const bool plain = form.constant == 0 && form.terms.size() == 1 &&
                     form.terms[0].coefficient == 1 && form.terms[0].atom.kind == AtomKind::axis;
  const std::string inner = index(Index{atom.id});
  return fmt::format("{}{}{}", plain ? inner : "(" + inner + ")",
                     atom.kind == AtomKind::floor_div ? "/" : "%", atom.by);
}

// Recursion follows divisions within one index, which simplify as they nest.
std::string StagePrinter::index(Index which) {
  const IndexForm& form = pool_.indices().form(which);
  struct Term {
    bool axis;
    std::size_t rank;
    std::string text;
    std::int64_t coefficient;
  };
  std::vector<Term> terms;
  for (const IndexTerm& term : form.terms) {
    const bool axis = term.atom.kind == AtomKind::axis;
    std::string text = atom(term.atom);
    terms.push_back(
        {!axis, axis ? axes_.at(term.atom.id).second : 0, std::move(text), term.coefficient});
  }
  std::ranges::sort(terms, [](const Term& a, const Term& b) {
    return std::tie(a.axis, a.rank, a.text) < std::tie(b.axis, b.rank, b.text);
  });
  std::string text;
  for (const Term& term : terms) {
    const bool minus = term.coefficient < 0;
    const std::int64_t size = minus ? -term.coefficient : term.coefficient;
    text += text.empty() ? (minus ? "-" : "") : (minus ? " - " : " + ");
    text += size == 1 ? term.text : term.text + "*" + std::to_string(size);
  }
  if (form.constant == 0 && !text.empty()) return text;
  if (text.empty()) return std::to_string(form.constant);
  return text + (form.constant < 0 ? " - " : " + ") + std::to_string(std::abs(form.constant));
}

} // namespace nnc
