// Emits scalar expressions of a prepared kernel where their axes are known.
//
// Loops are opened by whoever emits stages; they bind an axis to its index and ask for all
// expressions that are computable now, so that each is computed at the outermost loop at which it
// can be. One axis may be bound as a vector: expressions that vary with it become vectors of
// `lanes` elements, all others stay single until they meet one. Values live in scopes: what was
// emitted inside a loop is forgotten when the loop ends.
#pragma once

#include "compiler/target/cpu/loop.h"
#include "ir/kernel/prepare.h"

#include <functional>
#include <unordered_map>

namespace nnc::cpu {

class ExprEmitter {
public:
  /// `pointer` gives the address of a buffer or local.
  ExprEmitter(IR& ir, const ExprPool& pool, std::function<llvm::Value*(std::uint32_t)> pointer);

  IR& ir;
  const ExprPool& pool;

  /// A scope of values; ends with the object.
  class Scope {
  public:
    explicit Scope(ExprEmitter& owner) : owner_(owner) { owner_.scopes_.emplace_back(); }
    ~Scope() { owner_.leave(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

  private:
    ExprEmitter& owner_;
  };

  void bind(Axis axis, llvm::Value* index);
  /// Lane i stands for index `first` + i; lanes where `mask` (may be null) is false are not there.
  void bind_vector(Axis axis, llvm::Value* first, unsigned lanes, llvm::Value* mask);
  void unbind(Axis axis);
  void set_value(Expr expr, llvm::Value* value);

  /// Emits what is not yet there and can be: all of `order` (operands first) with known axes, but
  /// what `excluded` (by expression id, may be null) holds back.
  void emit(std::span<const Expr> order, const std::vector<bool>* excluded = nullptr);
  /// An emitted value: a vector if it varies with the vector axis.
  llvm::Value* value(Expr expr) const;
  llvm::Value* vector_value(Expr expr) { return splat(ir, value(expr), lanes_); }

  /// buffer[index] = value, or += with `accumulate`. An invalid guard means always.
  void store(const Store& store, DType dtype, llvm::Value* value);
  llvm::Value* index(Index index); ///< i64, at lane 0 of the vector axis
  unsigned lanes() const { return lanes_; }
  /// Whole vectors stored to `buffer` go past the caches where `aligned` (i1, known before any
  /// loop) says that it begins at a multiple of `bytes`.
  void stream(std::uint32_t buffer, llvm::Value* aligned, std::int64_t bytes) {
    streams_[buffer] = {aligned, bytes};
  }
  /// Behind the `elements` of `buffer`, which is a local, is room: a last vector along all of them
  /// is stored whole. What is masked cannot be forwarded to a load, so that the row after would
  /// wait until the store has left.
  void pad(std::uint32_t buffer, std::int64_t elements) { padded_[buffer] = elements; }
  /// Reductions over axes of up to `extent` are written out, one index after the other.
  void unroll_up_to(std::int64_t extent) { unrolled_extent_ = extent; }

private:
  struct Reach; ///< how an index varies with the lanes
  bool known(Expr expr) const;
  bool varies(Expr expr) const; ///< with the vector axis
  /// `waiting`: what is to be computed beside it, in any order that operands allow.
  llvm::Value* compute(Expr expr, std::span<const Expr> waiting);
  llvm::Value* operation(const ExprNode& node);
  std::optional<llvm::Value*> narrow_compare(const ExprNode& node);

  // index_emitter.cpp
  bool index_varies(Index index) const;
  std::vector<std::int64_t> lane_offsets(Index index) const; ///< empty where not constant
  std::optional<std::int64_t> constant_index(Index index, unsigned lane) const;
  bool fits_32_bits(Index index) const;
  llvm::Value* atom(const Atom& atom);
  llvm::Value* vector_index(Index index, unsigned width);
  llvm::Value* vector_atom(const Atom& atom, unsigned width);
  llvm::Value* vector_index_value(Index index); ///< <lanes x i32> if it fits, else i64

  // access_emitter.cpp
  llvm::Value* load(const ExprNode& node);
  llvm::Value* load_single(const ExprNode& node, llvm::Type* type, llvm::Value* address);
  llvm::Value* load_vector(const ExprNode& node, llvm::Type* type);
  llvm::Value* load_near(llvm::Value* first, std::span<const std::int64_t> offsets,
                         llvm::Type* type);
  llvm::Value* guarded_address(llvm::Value* guard, llvm::Value* address);
  llvm::Value* lane_mask_of(Expr guard); ///< of lanes to touch; null = all
  void store_vector(const Store& store, DType dtype, llvm::Value* value);
  void store_whole(const Store& store, DType dtype, llvm::Value* value, llvm::Value* address);
  bool steps_by(Index index, std::int64_t elements) const;
  bool ends_in_padding(const Store& store, DType dtype) const;
  llvm::Value* lane_addresses(std::uint32_t buffer, Index index, llvm::Type* type);

  // reduce_emitter.cpp
  using Accumulators = std::vector<llvm::Value*>;
  struct Reduction;
  Reduction reduction_of(Expr expr) const;
  std::vector<Expr> reductions_beside(Expr expr, std::span<const Expr> waiting) const;
  llvm::Value* reduce(Expr expr, std::span<const Expr> waiting);
  Accumulators reduce_loops(const Reduction& reduction, std::size_t depth, Accumulators start);
  Accumulators reduce_step(const Reduction& reduction, std::size_t depth, llvm::Value* index,
                           Accumulators before);
  Accumulators reduce_vector_axis(const Reduction& reduction, Accumulators start);
  Accumulators accumulate(const Reduction& reduction, const Accumulators& before,
                          llvm::Value* mask);
  Accumulators accumulate_all(const Reduction& reduction, const Accumulators& before);
  std::optional<Axis> reduced_vector_axis(const ExprNode& node, unsigned& lanes) const;

  void leave();

  std::function<llvm::Value*(std::uint32_t)> pointer_;
  std::unordered_map<std::uint32_t, llvm::Value*> values_, axes_;
  std::vector<std::vector<std::uint32_t>> scopes_;
  std::optional<Axis> vector_axis_;
  unsigned lanes_ = 1;
  llvm::Value* mask_ = nullptr;
  std::int64_t unrolled_extent_ = 0;
  struct Stream {
    llvm::Value* aligned;
    std::int64_t bytes;
  };
  std::unordered_map<std::uint32_t, Stream> streams_;      ///< by buffer
  std::unordered_map<std::uint32_t, std::int64_t> padded_; ///< elements, by buffer
};

/// Lanes for values of these dtypes: 16, or 8 where some element has 8 bytes.
unsigned full_lanes(const ExprPool& pool, std::span<const Expr> order);
/// Lanes for an axis of `extent` elements; 1 when a vector is not worth it.
unsigned lanes_for(std::int64_t extent, unsigned full);

} // namespace nnc::cpu
