#include "ir/kernel/copies.h"

namespace nnc {
namespace {

/// Is it a load, or a choice between loads, of a plain kernel? Most stores are neither.
bool may_copy(const Kernel& kernel, const Store& store) {
  const ScalarOp op = kernel.pool.node(store.value).op;
  return (op == ScalarOp::load || op == ScalarOp::select) && kernel.stages.size() == 1 &&
         kernel.axes.empty() && kernel.locals.empty() && store.buffer < local_buffer &&
         !store.guard.valid() && !store.accumulate;
}

class Reader {
public:
  Reader(const Kernel& kernel, const Store& store, std::span<const Buffer> buffers)
      : pool_(kernel.pool), stage_(kernel.stages[0]), store_(store), buffers_(buffers),
        to_(buffers[store.buffer].type), written_(linearize(pool_.indices(), store.at, to_.shape)) {
  }

  std::vector<Piece> pieces() {
    if (!goes_over_all()) return {};
    if (pool_.node(store_.value).op == ScalarOp::load) {
      const auto piece = loaded(store_.value, Expr{});
      if (!piece || piece->first < 0 || piece->first + to_.elements() > elements(*piece)) return {};
      return {*piece};
    }
    return in_a_row();
  }

private:
  /// Each element of the result once.
  bool goes_over_all() {
    std::int64_t points = 1;
    for (const Axis axis : stage_.axes) points *= pool_.indices().axis(axis).extent;
    if (points != to_.elements() || points == 0) return false;
    std::vector<Index> own;
    Shape shape;
    for (const Axis axis : stage_.axes) {
      own.push_back(pool_.indices().of(axis));
      shape.push_back(pool_.indices().axis(axis).extent);
    }
    return linearize(pool_.indices(), own, shape) == written_;
  }

  std::int64_t elements(const Piece& piece) const { return buffers_[piece.from].type.elements(); }

  /// A load of what lies as far from its place in the result for all elements.
  std::optional<Piece> loaded(Expr value, Expr guard) {
    const ExprNode node = pool_.node(value);
    if (node.op != ScalarOp::load || node.source >= local_buffer || node.guard != guard ||
        buffers_[node.source].type.dtype != to_.dtype)
      return std::nullopt;
    const std::vector<Index> at(pool_.index_list(node).begin(), pool_.index_list(node).end());
    const Index read = linearize(pool_.indices(), at, buffers_[node.source].type.shape);
    const auto apart = pool_.indices().as_constant(pool_.indices().sub(read, written_));
    if (!apart) return std::nullopt;
    return Piece{.from = node.source, .to = store_.buffer, .first = *apart};
  }

  /// Whole buffers one after the other along the first axis: each is chosen up to its end.
  std::vector<Piece> in_a_row() {
    if (store_.at.empty()) return {};
    const std::int64_t row = to_.elements() / to_.shape[0];
    std::vector<Piece> pieces;
    std::int64_t begin = 0; // of a piece, in rows
    for (Expr rest = store_.value; begin < to_.shape[0];) {
      const ExprNode node = pool_.node(rest);
      const bool last = node.op != ScalarOp::select;
      const Expr value = last ? rest : node.operand[1];
      const ExprNode load = pool_.node(value);
      if (load.op != ScalarOp::load || load.source >= local_buffer) return {};
      const std::int64_t end = begin + buffers_[load.source].type.elements() / row;
      const Index at = store_.at[0];
      const auto piece = loaded(value, pool_.in_range(at, begin, end));
      if (!piece || piece->first != -begin * row || elements(*piece) != (end - begin) * row ||
          (last ? end != to_.shape[0] : node.operand[0] != pool_.in_range(at, 0, end)))
        return {};
      pieces.push_back({piece->from, piece->to, 0, begin * row});
      begin = end;
      if (last) break;
      rest = node.operand[2];
    }
    return begin == to_.shape[0] ? pieces : std::vector<Piece>{};
  }

  ExprPool pool_; ///< a copy: what is compared is built in it
  const Stage& stage_;
  const Store& store_;
  std::span<const Buffer> buffers_;
  const Type& to_;
  Index written_;
};

} // namespace

std::vector<Piece> copied_pieces(const Kernel& kernel, const Store& store,
                                 std::span<const Buffer> buffers) {
  if (!may_copy(kernel, store)) return {};
  return Reader(kernel, store, buffers).pieces();
}

} // namespace nnc
