#include "compiler/target/source/expression_printer.h"

#include "compiler/target/source/ranges.h"
#include "ir/kernel/combiner.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace nnc::source {
namespace {

constexpr std::size_t longest = 80; ///< an operand with more characters is a variable
constexpr int deepest = 10;         ///< likewise with more levels
constexpr std::size_t longest_load = 24;

} // namespace

ExpressionPrinter::ExpressionPrinter(const ExprPool& expressions, Library& library, Lines& to,
                                     aot::Names taken)
    : pool(expressions), lines(to), library_(library), taken_(std::move(taken)) {
  scopes_.emplace_back();
  blocks_.emplace_back();
}

void ExpressionPrinter::name_buffer(std::uint32_t buffer, std::string name, bool single) {
  taken_.insert(name);
  buffers_[buffer] = {std::move(name), single};
}

std::string ExpressionPrinter::fresh(const std::string& stem) {
  std::string name = fresh_name(taken_, stem);
  blocks_.back().push_back(name);
  return name;
}

std::string ExpressionPrinter::axis_name() {
  constexpr std::string_view letters = "ijkmnpqrsuvw";
  for (const char letter : letters)
    if (!taken_.contains(std::string(1, letter))) return fresh(std::string(1, letter));
  return fresh("i");
}

void ExpressionPrinter::open(const std::string& line) {
  lines.open(line);
  blocks_.emplace_back();
}

void ExpressionPrinter::close() {
  for (const std::string& name : blocks_.back()) taken_.erase(name);
  blocks_.pop_back();
  lines.close();
}

void ExpressionPrinter::open_loop(Axis axis) {
  blocks_.emplace_back();
  const std::string name = axis_name();
  lines.open(fmt::format("for (int64_t {0} = 0; {0} < {1}; ++{0}) {{", name,
                         pool.indices().axis(axis).extent));
  bind(axis, name);
}

void ExpressionPrinter::close_loop(Axis axis) {
  close();
  unbind(axis);
}

void ExpressionPrinter::expect(std::span<const Expr> order, std::span<const Expr> roots) {
  std::vector<Expr> below;
  for (const Expr expr : order) {
    below.clear();
    pool.children(expr, below);
    for (const Expr child : below) users_[child.id].push_back(expr);
  }
  for (const Expr root : roots) ++root_uses_[root.id];
}

void ExpressionPrinter::emit(std::span<const Expr> order, const std::vector<bool>* excluded) {
  excluded_ = excluded;
  for (const Expr expr : order) {
    if (values_.contains(expr.id) || !known(expr)) continue;
    if (excluded && (*excluded)[expr.id]) continue;
    define(expr);
    excluded_ = excluded; // a reduction has loops of its own
  }
  excluded_ = nullptr;
}

void ExpressionPrinter::set_value(Expr expr, Text text) {
  if (values_.emplace(expr.id, std::move(text)).second) scopes_.back().push_back(expr.id);
}

const Text& ExpressionPrinter::value(Expr expr) const {
  const auto found = values_.find(expr.id);
  if (found == values_.end())
    throw InternalError("source: expression " + std::to_string(expr.id) + " (" +
                        std::string(scalar_op_name(pool.node(expr).op)) + ") is not there yet");
  return found->second;
}

void ExpressionPrinter::leave() {
  for (const std::uint32_t id : scopes_.back()) values_.erase(id);
  scopes_.pop_back();
}

bool ExpressionPrinter::known(Expr expr) const {
  return std::ranges::all_of(pool.free_axes(expr), [&](Axis axis) {
    return axes_.contains(axis.id) || pool.indices().axis(axis).extent <= 1;
  });
}

void ExpressionPrinter::define(Expr expr) {
  const ExprNode& node = pool.node(expr);
  if (node.op == ScalarOp::reduce) return set_value(expr, reduce(expr));
  Text text = render(expr);
  if (named(expr, text)) {
    std::string name = "t" + std::to_string(next_variable_++);
    while (taken_.contains(name)) name = "t" + std::to_string(next_variable_++);
    lines.add(fmt::format("const {} {} = {};", value_type(node.dtype), name, text.text));
    text = {name};
  }
  set_value(expr, std::move(text));
}

/// In a loop that is not open yet, or in one of a reduction.
bool ExpressionPrinter::used_deeper(Expr expr) const {
  const auto users = users_.find(expr.id);
  if (users == users_.end()) return false;
  return std::ranges::any_of(users->second, [&](Expr user) {
    if (!known(user) || (excluded_ && (*excluded_)[user.id])) return true;
    const ExprNode& node = pool.node(user);
    return node.op == ScalarOp::reduce && std::ranges::any_of(pool.axis_list(node), [&](Axis axis) {
             return !axes_.contains(axis.id) && pool.indices().axis(axis).extent > 1;
           });
  });
}

bool ExpressionPrinter::fused(const ExprNode& reduction) const {
  const ExprNode& term = pool.node(reduction.operand[0]);
  return library_.language().fuses_products && reduction.op == ScalarOp::reduce &&
         reduction.combiner == Combiner::sum && term.op == ScalarOp::mul &&
         (term.dtype == DType::f32 || term.dtype == DType::f64);
}

/// A product that stands nowhere, as sums take its factors.
bool ExpressionPrinter::only_fused(Expr expr) const {
  const auto users = users_.find(expr.id);
  if (users == users_.end() || root_uses_.contains(expr.id)) return false;
  return std::ranges::all_of(users->second, [&](Expr user) {
    return pool.node(user).op == ScalarOp::reduce && fused(pool.node(user));
  });
}

bool ExpressionPrinter::named(Expr expr, const Text& text) const {
  const ExprNode& node = pool.node(expr);
  const auto users = users_.find(expr.id);
  const std::size_t operand_uses = users == users_.end() ? 0 : users->second.size();
  const auto roots = root_uses_.find(expr.id);
  const std::size_t uses =
      operand_uses + (roots == root_uses_.end() ? 0 : static_cast<std::size_t>(roots->second));
  if (node.op == ScalarOp::constant) return false;
  if (node.op == ScalarOp::index) return uses > 1 && text.text.size() > longest_load / 2;
  if (node.op == ScalarOp::load) {
    if (pool.index_list(node).empty()) return false; // an operand of a function
    if (load_first_.contains(node.source)) return true;
    if (!node.guard.valid()) return uses > 1 && text.text.size() > longest_load;
  }
  if (only_fused(expr)) return false;
  if (uses > 1 || used_deeper(expr)) return true;
  return operand_uses > 0 && (text.text.size() > longest || text.depth > deepest);
}

Text ExpressionPrinter::render(Expr expr) {
  const ExprNode& node = pool.node(expr);
  const bool exact = fits_dtype(pool, expr, ranges_);
  switch (node.op) {
  case ScalarOp::constant:
    return constant_text(library_, node.dtype, node.bits);
  case ScalarOp::load:
    return load(node);
  case ScalarOp::index:
    return index(Index{node.source});
  case ScalarOp::element:
    throw InternalError("source: an element that is neither computed nor stored");
  default:
    break;
  }
  std::vector<Text> operands;
  std::vector<DType> dtypes;
  int depth = 0;
  for (int i = 0; i < node.arity; ++i) {
    operands.push_back(value(node.operand[i]));
    dtypes.push_back(pool.dtype(node.operand[i]));
    depth = std::max(depth, operands.back().depth + 1);
  }
  Text text = operation(library_, node, dtypes, operands, exact);
  text.depth = depth;
  return text;
}

std::string ExpressionPrinter::place(std::uint32_t buffer, Index at) {
  const BufferName& to = buffers_.at(buffer);
  return to.single ? to.name : fmt::format("{}[{}]", to.name, index(at).text);
}

Text ExpressionPrinter::load(const ExprNode& node) {
  const std::span<const Index> at = pool.index_list(node);
  if (at.empty()) return {buffers_.at(node.source).name};
  Text text{place(node.source, at[0])};
  if (node.dtype == DType::boolean) text = convert(library_, text, DType::u8, DType::boolean);
  if (!node.guard.valid()) return text;
  const Text& guard = value(node.guard);
  if (node.dtype == DType::boolean)
    return {fmt::format("{} && {}",
                        guard.level == Level::either ? "(" + guard.text + ")"
                                                     : at_least(guard, Level::both),
                        text.text),
            Level::both, guard.depth + 1};
  return {fmt::format("{} ? {} : {}", at_least(guard, Level::either), text.text,
                      constant_text(library_, node.dtype, 0).text),
          Level::choice, guard.depth + 1};
}

Text ExpressionPrinter::atom(const Atom& atom) {
  if (atom.kind == AtomKind::axis) return {axes_.at(atom.id)};
  if (atom.kind == AtomKind::data) {
    const Expr data{atom.id};
    return convert(library_, value(data), pool.dtype(data), DType::i64);
  }
  const Index inner{atom.id};
  const std::int64_t lift = lift_of(pool.indices().range(inner), atom.by);
  Text text = index(inner);
  if (lift) text = {fmt::format("{} + {}", text.text, lift), Level::sum};
  const bool quotient = atom.kind == AtomKind::floor_div;
  text = {fmt::format("{} {} {}", at_least(text, Level::product), quotient ? "/" : "%", atom.by),
          Level::product};
  if (lift && quotient) text = {fmt::format("{} - {}", text.text, lift / atom.by), Level::sum};
  return text;
}

Text ExpressionPrinter::index(Index index) {
  const IndexForm& form = pool.indices().form(index);
  std::vector<IndexTerm> terms = form.terms;
  std::ranges::stable_sort(terms, [](const IndexTerm& a, const IndexTerm& b) {
    return std::abs(a.coefficient) > std::abs(b.coefficient);
  });
  std::stable_partition(terms.begin(), terms.end(),
                        [](const IndexTerm& term) { return term.coefficient > 0; });
  std::string text;
  Level level = Level::atom;
  for (const IndexTerm& term : terms) {
    const bool minus = term.coefficient < 0;
    const std::int64_t size = std::abs(term.coefficient);
    const Text part = atom(term.atom);
    std::string written = size == 1 ? at_least(part, Level::product)
                                    : fmt::format("{} * {}", at_least(part, Level::product), size);
    level = !text.empty()         ? Level::sum
            : size == 1 && !minus ? part.level
                                  : (minus ? Level::sum : Level::product);
    if (text.empty() && size == 1 && !minus) written = part.text;
    text += text.empty() ? (minus ? "-" : "") : (minus ? " - " : " + ");
    text += written;
  }
  if (text.empty())
    return constant_text(library_, DType::i64, static_cast<std::uint64_t>(form.constant));
  if (form.constant == 0) return {text, level};
  return {fmt::format("{} {} {}", text, form.constant < 0 ? "-" : "+", std::abs(form.constant)),
          Level::sum};
}

ExpressionPrinter::Total ExpressionPrinter::open_total(const ExprNode& node) {
  constexpr std::string_view stems[] = {"sum", "product", "largest", "least", "largest", "least"};
  const DType dtype = pool.dtype(node.operand[0]);
  Total total{fresh(std::string(stems[static_cast<std::size_t>(node.combiner)])), {}};
  lines.add(fmt::format("{} {} = {};", value_type(dtype), total.value,
                        identity(library_, node.combiner, dtype).text));
  if (gives_position(node.combiner)) {
    total.at = fresh("at");
    lines.add(fmt::format("int64_t {} = 0;", total.at));
  }
  return total;
}

Text ExpressionPrinter::reduce(Expr expr) {
  if (other_reduction)
    if (const auto text = other_reduction(expr)) return *text;
  const ExprNode& node = pool.node(expr);
  const Total total = open_total(node);
  std::vector<Axis> opened;
  const std::vector<Expr> order = topological_order(pool, std::span(node.operand, 1));
  std::vector<std::unique_ptr<Scope>> scopes;
  for (const Axis axis : pool.axis_list(node)) {
    open_loop(axis);
    opened.push_back(axis);
    scopes.push_back(std::make_unique<Scope>(*this));
    emit(order);
  }
  accumulate(total, node);
  while (!opened.empty()) {
    scopes.pop_back();
    close_loop(opened.back());
    opened.pop_back();
  }
  return {total.at.empty() ? total.value : total.at};
}

void ExpressionPrinter::keep_better(const Total& total, const ExprNode& node) {
  Text x = value(node.operand[0]);
  if (is_float(pool.dtype(node.operand[0]))) { // it stands in the line more than once
    const std::string name = fresh("x");
    lines.add(
        fmt::format("const {} {} = {};", value_type(pool.dtype(node.operand[0])), name, x.text));
    x = {name};
  }
  const std::string symbol = is_largest(node.combiner) ? ">" : "<";
  const DType dtype = pool.dtype(node.operand[0]), wide = compute_dtype(dtype);
  const auto real = [&](const Text& text) {
    return at_least(convert(library_, text, dtype, wide), Level::sum);
  };
  const Text best{total.value};
  std::string better = fmt::format("{} {} {}", real(x), symbol, real(best));
  if (is_float(dtype)) // the first NaN stays
    better += fmt::format(" || ({0} != {0} && {1} == {1})", real(x), real(best));
  lines.open(fmt::format("if ({}) {{", better));
  lines.add(fmt::format("{} = {};", total.value, x.text));
  lines.add(fmt::format("{} = {};", total.at, axes_.at(pool.axis_list(node)[0].id)));
  lines.close();
}

void ExpressionPrinter::accumulate(const Total& joined, const ExprNode& node) {
  if (!joined.at.empty()) return keep_better(joined, node);
  const std::string& total = joined.value;
  const Expr body = node.operand[0];
  const DType dtype = pool.dtype(body);
  const ExprNode& term = pool.node(body);
  const bool real = dtype == DType::f32 || dtype == DType::f64;
  if (fused(node)) {
    const Text operands[] = {value(term.operand[0]), value(term.operand[1]), {total}};
    const std::string fma = library_.need(fmt::format("fma_{}", dtype_name(dtype)));
    return lines.add(fmt::format("{} = {};", total, call(fma, operands).text));
  }
  const Text& x = value(body);
  if (node.combiner == Combiner::sum && (real || dtype == DType::u32))
    return lines.add(fmt::format("{} += {};", total, x.text));
  lines.add(
      fmt::format("{} = {};", total, combine(library_, node.combiner, dtype, {total}, x).text));
}

void ExpressionPrinter::store(const Store& store, DType dtype) {
  const std::string place = this->place(store.buffer, store.at[0]);
  const Text& x = value(store.value);
  std::string line = fmt::format("{} = {};", place, x.text);
  if (store.accumulate) {
    const bool real = dtype == DType::f32 || dtype == DType::f64 || dtype == DType::u32;
    line = real ? fmt::format("{} += {};", place, x.text)
                : fmt::format("{} = {};", place,
                              combine(library_, Combiner::sum, dtype, {place}, x).text);
  }
  if (!store.guard.valid()) return lines.add(line);
  lines.open(fmt::format("if ({}) {{", value(store.guard).text));
  lines.add(line);
  lines.close();
}

} // namespace nnc::source
