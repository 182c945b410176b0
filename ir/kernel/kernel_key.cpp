#include "ir/kernel/kernel_key.h"

#include <algorithm>
#include <unordered_map>

namespace nnc {
namespace {

/// Writes a kernel as numbers; expressions, axes and buffers are counted as they are met.
class KeyWriter {
public:
  KeyWriter(const Kernel& kernel, std::span<const Buffer> buffers)
      : kernel_(kernel), pool_(kernel.pool), buffers_(buffers) {}

  KernelKey run() {
    for (const LocalBuffer& local : kernel_.locals) write(local.type);
    write_axes(kernel_.axes);
    for (const Stage& stage : kernel_.stages) write(stage);
    return {std::move(text_), std::move(operands_)};
  }

private:
  void put(std::uint64_t number) {
    // Seven bits a byte: short numbers are short, and no text is the beginning of another.
    for (; number >= 128; number >>= 7) text_ += static_cast<char>(number & 127);
    text_ += static_cast<char>(number | 128);
  }
  void put_signed(std::int64_t number) {
    put((static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63));
  }

  void write(const Type& type) {
    put(static_cast<std::uint64_t>(type.dtype));
    put(type.shape.size());
    for (const std::int64_t size : type.shape) put_signed(size);
  }

  void write(Axis axis) {
    const auto [known, fresh] = axes_.emplace(axis.id, axes_.size());
    put(known->second);
    if (fresh) put_signed(pool_.indices().axis(axis).extent);
  }

  template <class Axes>
  void write_axes(const Axes& axes) {
    put(axes.size());
    for (const Axis axis : axes) write(axis);
  }

  // Recursion follows divisions within an index only.
  void write(const IndexTerm& term) {
    put_signed(term.coefficient);
    put(static_cast<std::uint64_t>(term.atom.kind));
    put_signed(term.atom.by);
    if (term.atom.kind == AtomKind::axis)
      write(Axis{term.atom.id});
    else if (term.atom.kind == AtomKind::data)
      put(exprs_.at(term.atom.id));
    else
      write(Index{term.atom.id});
  }

  void write(Index index) {
    const IndexForm& form = pool_.indices().form(index);
    put_signed(form.constant);
    put(form.terms.size());
    for (const IndexTerm& term : form.terms) write(term);
  }

  /// The operand that stands for a buffer; one met for the first time begins at `first`.
  std::size_t operand_of(std::uint32_t buffer, std::int64_t first) {
    const auto known = std::ranges::find(operands_, buffer, &KernelOperand::buffer);
    const auto position = static_cast<std::size_t>(known - operands_.begin());
    if (known == operands_.end()) operands_.push_back({buffer, first});
    return position;
  }

  /// One position in memory: shapes are in it as strides.
  void write_access(std::uint32_t buffer, std::span<const Index> at) {
    const bool local = buffer >= local_buffer;
    const Type& type = local ? kernel_.locals[buffer - local_buffer].type : buffers_[buffer].type;
    const std::vector<std::int64_t> strides = row_major_strides(type.shape);
    IndexForm linear;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const IndexForm& form = pool_.indices().form(at[i]);
      linear.constant += form.constant * strides[i];
      for (const IndexTerm& term : form.terms) add_term(linear, term, strides[i]);
    }
    if (local) {
      put(2 * std::uint64_t{buffer - local_buffer} + 1);
    } else {
      const std::size_t operand = operand_of(buffer, linear.constant);
      put(2 * std::uint64_t{operand});
      put(static_cast<std::uint64_t>(type.dtype));
      linear.constant -= operands_[operand].first;
    }
    put_signed(linear.constant);
    put(linear.terms.size());
    for (const IndexTerm& term : linear.terms) write(term);
  }

  static void add_term(IndexForm& linear, const IndexTerm& term, std::int64_t stride) {
    const auto known = std::ranges::find(linear.terms, term.atom, &IndexTerm::atom);
    if (known == linear.terms.end())
      linear.terms.push_back({term.atom, term.coefficient * stride});
    else
      known->coefficient += term.coefficient * stride;
  }

  void write(Expr expr) {
    const ExprNode& node = pool_.node(expr);
    exprs_.emplace(expr.id, exprs_.size());
    put(static_cast<std::uint64_t>(node.op));
    put(static_cast<std::uint64_t>(node.dtype));
    for (int i = 0; i < node.arity; ++i) put(exprs_.at(node.operand[i].id));
    put(node.guard.valid() ? exprs_.at(node.guard.id) + 1 : 0);
    switch (node.op) {
    case ScalarOp::constant:
      return put(node.bits);
    case ScalarOp::index:
      return write(Index{node.source});
    case ScalarOp::reduce:
      put(static_cast<std::uint64_t>(node.combiner));
      return write_axes(pool_.axis_list(node));
    case ScalarOp::load:
      return write_access(node.source, pool_.index_list(node));
    default:
      return;
    }
  }

  void write(const Stage& stage) {
    write_axes(stage.axes);
    for (const bool serial : stage.serial) put(serial);
    const std::vector<Expr> order = topological_order(pool_, stage_roots(pool_, stage));
    put(order.size());
    exprs_.clear();
    for (const Expr expr : order) write(expr);
    put(stage.stores.size());
    for (const Store& store : stage.stores) {
      write_access(store.buffer, store.at);
      put(exprs_.at(store.value.id));
      put(store.guard.valid() ? exprs_.at(store.guard.id) + 1 : 0);
      put(store.accumulate);
    }
  }

  const Kernel& kernel_;
  const ExprPool& pool_;
  std::span<const Buffer> buffers_;
  std::vector<KernelOperand> operands_;
  std::unordered_map<std::uint32_t, std::uint64_t> axes_, exprs_;
  std::string text_;
};

} // namespace

KernelKey kernel_key(const Kernel& kernel, std::span<const Buffer> buffers) {
  return KeyWriter(kernel, buffers).run();
}

} // namespace nnc
