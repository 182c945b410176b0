// Kernels while they are being merged: who writes and reads which buffer.
#pragma once

#include "ir/kernel/kernel.h"

#include <set>

namespace nnc {

// Limits of what is tried and made, for compile time.
inline constexpr std::size_t near_tried = 8;         ///< readers of the same tensor, nearest first
inline constexpr std::size_t expression_limit = 240; ///< nodes of a merged kernel

/// What merging asks of a kernel again and again.
struct KernelFacts {
  bool plain = false;     ///< one stage, no outer or serial axes, no guarded or adding stores
  bool reduces = false;   ///< contains a reduction
  bool contracts = false; ///< a sum over products of two accesses, worth tiles
  bool serial = false;
  std::size_t nodes = 0; ///< of its expressions
};

/// What stands for a loop or branch: kernel number `kernel`, which has no stages, reads and writes
/// these. It is never merged, and goes as a whole when nobody reads what it writes.
struct StandIn {
  std::size_t kernel = 0;
  std::vector<std::uint32_t> reads = {}, writes = {};
};

class KernelGraph {
public:
  /// `kept[b]`: buffer b must be written whatever reads it (outputs, updates, indices).
  /// `checked[b]`: it holds indices, which are checked before another kernel uses them.
  KernelGraph(std::vector<Kernel> kernels, std::vector<bool> kept, std::vector<bool> checked,
              std::span<const StandIn> stand_ins = {});

  std::size_t count() const { return kernels_.size(); }
  bool alive(std::size_t k) const { return alive_[k]; }
  Kernel& kernel(std::size_t k) { return kernels_[k]; }
  const Kernel& kernel(std::size_t k) const { return kernels_[k]; }
  const std::vector<std::uint32_t>& reads(std::size_t k) const { return reads_[k]; }
  const std::vector<std::uint32_t>& writes(std::size_t k) const { return writes_[k]; }
  const KernelFacts& facts(std::size_t k) const { return facts_[k]; }
  bool kept(std::uint32_t buffer) const { return kept_[buffer]; }
  /// Living kernels that read a buffer that `k` writes, ascending.
  std::vector<std::size_t> users(std::size_t k) const;
  /// Living kernels other than `k` that read `buffer`.
  std::vector<std::size_t> readers(std::uint32_t buffer, std::size_t k) const;
  /// The first `count` of those behind `k`; does not go over all of them.
  std::vector<std::size_t> next_readers(std::uint32_t buffer, std::size_t k,
                                        std::size_t count) const;
  /// Living kernels other than `k` that write `buffer`, and of its readers the first `count` before
  /// `k` and behind it.
  std::vector<std::size_t> neighbours(std::uint32_t buffer, std::size_t k, std::size_t count) const;
  /// Does `reader` need indices of `writer` that are checked in between?
  bool checked_between(std::size_t writer, std::size_t reader) const;
  /// Is a result of `k` completed by another kernel (a further nest of the same body)? Then `k`
  /// must keep its place before it.
  bool completed_elsewhere(std::size_t k) const;
  /// Does a path lead from `a` to `b` through a third kernel? Says yes when the search is long.
  /// Only kernels ranked between the two are looked at.
  bool path_around(std::size_t a, std::size_t b) const;
  /// `merged` takes the place of `into`; `gone` dies.
  void replace(std::size_t into, std::size_t gone, Kernel merged);
  /// `changed` takes the place of `k`; it may read and write other buffers.
  void change(std::size_t k, Kernel changed);
  /// The number of a new buffer that nothing reads or writes yet.
  std::uint32_t add_buffer();
  /// A kernel that nobody needs.
  void remove(std::size_t k);
  /// Is there anything of `k` that somebody needs?
  bool needed(std::size_t k) const;
  /// Recomputes what `k` reads and writes after its stores changed.
  void refresh(std::size_t k);
  /// The living kernels in an order that respects dependences, earlier ones first where free.
  std::vector<Kernel> take_sorted();

private:
  /// Ranks `k` anew, at one of these places if they are right for it, else all with it.
  void rank(std::size_t k, std::initializer_list<std::size_t> places);
  void link(std::size_t k);
  void unlink(std::size_t k);
  /// Kernels that must run before `k`.
  std::set<std::size_t> before(std::size_t k) const;
  std::vector<std::size_t> sorted() const;
  void rank_all();

  std::vector<Kernel> kernels_;
  std::vector<KernelFacts> facts_;
  std::vector<std::size_t> rank_; ///< ascending along every dependence
  std::vector<bool> alive_, kept_, checked_, stands_in_;
  std::vector<std::vector<std::uint32_t>> reads_, writes_;
  std::vector<std::set<std::size_t>> readers_, writers_; ///< by buffer
};

KernelFacts facts_of(const Kernel& kernel);

} // namespace nnc
