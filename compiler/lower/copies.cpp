#include "compiler/lower/copies.h"

#include "ir/kernel/copies.h"
#include "ir/kernel/kernel_list.h"
#include "ir/kernel/relocate.h"
#include "ir/kernel/reshaped.h"

#include <algorithm>

namespace nnc {
namespace {

class Copies {
public:
  explicit Copies(KernelProgram program)
      : program_(std::move(program)), users_(program_.buffers.size()),
        writers_(program_.buffers.size(), 0), fixed_(program_.buffers.size(), false),
        dropped_(program_.kernels.size(), false) {
    for (std::uint32_t k = 0; k < program_.kernels.size(); ++k) {
      for (const std::uint32_t buffer : buffers_read(program_.kernels[k]))
        users_[buffer].push_back(k);
      for (const std::uint32_t buffer : buffers_written(program_.kernels[k])) {
        users_[buffer].push_back(k);
        ++writers_[buffer];
      }
    }
    for (const auto& update : program_.updates)
      fixed_[update.target] = fixed_[update.copy_from] = true;
    for (const RangeCheck& check : program_.checks) fixed_[check.buffer] = true;
    for (Region& region : program_.regions)
      relocate(region, [&](std::uint32_t buffer) {
        fixed_[buffer] = true;
        return buffer;
      });
  }

  KernelProgram run() {
    for (const Unit& unit : units(program_)) {
      if (unit.region != Region::none) continue; // what a step writes has no shape but its own
      Kernel& kernel = program_.kernels[unit.first];
      if (kernel.stages.size() != 1) continue;
      std::vector<Store>& stores = kernel.stages[0].stores;
      for (std::size_t i = stores.size(); i-- > 0;)
        if (make_needless(copied_pieces(kernel, stores[i], program_.buffers)))
          stores.erase(stores.begin() + static_cast<std::ptrdiff_t>(i));
      dropped_[unit.first] = stores.empty();
    }
    remove_kernels(program_, dropped_);
    return std::move(program_);
  }

private:
  /// Lets what is copied and the copy be one; says whether it could.
  bool make_needless(const std::vector<Piece>& pieces) {
    if (pieces.size() == 1 && can_be_read_there(pieces[0]))
      read_there(pieces[0]);
    else if (!pieces.empty() && can_be_made_there(pieces))
      make_there(pieces);
    else
      return false;
    return true;
  }

  const Buffer& buffer(std::uint32_t id) const { return program_.buffers[id]; }

  /// Is the copy of something that nobody writes, for the time being?
  bool can_be_read_there(const Piece& piece) const {
    const BufferRole from = buffer(piece.from).role;
    return from != BufferRole::arena && from != BufferRole::output && writers_[piece.from] == 0 &&
           buffer(piece.to).role == BufferRole::arena && !fixed_[piece.to] &&
           writers_[piece.to] == 1;
  }

  void read_there(const Piece& piece) {
    move_users(piece.to, {.to = piece.from, .first = piece.first});
    users_[piece.from].insert(users_[piece.from].end(), users_[piece.to].begin(),
                              users_[piece.to].end());
    users_[piece.to].clear();
  }

  bool can_be_made_there(const std::vector<Piece>& pieces) const {
    const std::uint32_t to = pieces[0].to;
    const BufferRole role = buffer(to).role;
    const auto fits = [&](const Piece& piece) {
      return buffer(piece.from).role == BufferRole::arena && !fixed_[piece.from] &&
             writers_[piece.from] > 0 && piece.first == 0 &&
             buffer(piece.from).type.elements() <= buffer(to).type.elements() &&
             std::ranges::count(pieces, piece.from, &Piece::from) == 1;
    };
    return (role == BufferRole::arena || role == BufferRole::output) && !fixed_[to] &&
           writers_[to] == 1 && std::ranges::all_of(pieces, fits);
  }

  void make_there(const std::vector<Piece>& pieces) {
    const std::uint32_t to = pieces[0].to;
    writers_[to] = 0;
    for (const Piece& piece : pieces) {
      move_users(piece.from, {.to = to, .first = piece.first_to});
      users_[to].insert(users_[to].end(), users_[piece.from].begin(), users_[piece.from].end());
      writers_[to] += writers_[piece.from];
      users_[piece.from].clear();
    }
  }

  /// Elements `first`.. of `to`.
  struct Place {
    std::uint32_t to = 0;
    std::int64_t first = 0;
  };

  /// Those who use `old` find it at `place`.
  void move_users(std::uint32_t old, const Place& place) {
    const Shape &from = buffer(old).type.shape, &to = buffer(place.to).type.shape;
    const auto move = [&](ExprPool& pool, const Access& access) {
      if (access.buffer != old) return access;
      if (buffer(old).type.elements() == buffer(place.to).type.elements())
        return Access{place.to, reshaped(pool.indices(), access.at, from, to)};
      const Index flat = linearize(pool.indices(), access.at, from);
      return Access{place.to,
                    delinearize(pool.indices(), pool.indices().add(flat, place.first), to)};
    };
    for (const std::uint32_t k : users_[old])
      if (!dropped_[k]) relocate(program_.kernels[k], move);
  }

  KernelProgram program_;
  std::vector<std::vector<std::uint32_t>> users_; ///< kernels, by buffer
  std::vector<int> writers_;                      ///< kernels that write it, by buffer
  std::vector<bool> fixed_;                       ///< by buffer: others speak of it too
  std::vector<bool> dropped_;                     ///< by kernel
};

} // namespace

KernelProgram drop_copies(KernelProgram program) { return Copies(std::move(program)).run(); }

} // namespace nnc
