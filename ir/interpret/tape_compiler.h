// The compiler of tapes: tape.cpp turns loop nests and expressions into steps, tape_index.cpp the
// indices inside them.
#pragma once

#include "ir/interpret/tape.h"

#include <map>

namespace nnc::interpreter {

class TapeCompiler {
public:
  TapeCompiler(const Graph& graph, NodeId id, bool flush)
      : graph_(graph), id_(id), node_(graph.node(id)), flush_(flush) {
    tape_.operands = node_.input_count;
  }

  Tape run();

private:
  /// One loop over the axes of what is computed; level 0 is the nest itself.
  struct Scope {
    std::vector<Axis> axes;
    std::uint32_t block;
  };

  BodyNest element(int result);
  void compile_nest(const BodyNest& nest);
  const Type& result_type(const BodyStore& store) const;
  const Type& type_of(std::uint32_t value) const;
  Store compile_store(const BodyStore& store, Index offset);
  std::uint32_t open_scope(std::span<const Axis> axes);
  std::uint32_t counter(Axis axis);
  std::vector<Step>& steps() { return tape_.blocks[scopes_.back().block]; }
  bool bound(Axis axis) const;
  bool empty_loop(const ExprNode& node) const;
  /// Expressions below the roots, operands first; the bodies of empty reductions left out.
  std::vector<Expr> order(std::span<const Expr> roots) const;
  void mark_flushed(std::span<const Expr> roots);
  /// Emits everything below the roots whose axes are all bound. What does not depend on the
  /// innermost loop was emitted before that loop was opened.
  void compile(std::span<const Expr> roots);
  std::uint32_t new_slot(DType dtype) { return is_float(dtype) ? tape_.reals++ : tape_.integers++; }
  void emit_flush(Expr expr);
  /// The slot of an operand of arithmetic.
  std::uint32_t operand(Expr expr) const;
  std::uint32_t emit(Expr expr);
  std::uint32_t emit_constant(DType dtype, std::uint64_t bits);
  std::uint32_t buffer_of(std::uint32_t value) const;
  std::uint32_t emit_load(const ExprNode& node);
  std::uint32_t emit_reduce(const ExprNode& node);

  // Indices.
  /// Level of the innermost scope that an atom depends on.
  std::size_t level_of(const Atom& atom) const;
  std::size_t level_of_axes(std::span<const Axis> axes) const;
  std::size_t level_of_index(Index index) const;
  /// The integer slot of an index. Terms are added from the outermost loop inwards, so that an
  /// inner loop only adds what changes in it.
  std::uint32_t index_slot(Index index);
  std::uint32_t partial_index(std::size_t level, std::uint32_t base, const IndexForm& add,
                              const IndexForm& whole);
  std::uint32_t emit_affine(std::size_t level, Affine affine);
  std::uint32_t atom_slot(std::size_t level, const Atom& atom);

  const Graph& graph_;
  NodeId id_;
  const Node& node_;
  bool flush_;
  ExprPool pool_;
  AxisKeys keys_;
  Tape tape_;
  std::vector<Scope> scopes_;
  std::map<std::uint32_t, std::uint32_t> slots_, flushed_;      ///< by expression
  std::map<std::uint32_t, std::uint32_t> lane_axes_, counters_; ///< by axis
  std::map<std::vector<std::int64_t>, std::uint32_t> index_slots_;
  std::vector<bool> needs_flush_;
};

} // namespace nnc::interpreter
