// A sequence that only grows and whose elements never move: references stay valid while more are
// appended. Blocks double in size, so that small sequences are small and a million elements are
// a handful of allocations.
#pragma once

#include <bit>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace nnc {

template <class T>
class Blocks {
public:
  Blocks() = default;
  Blocks(Blocks&& other) noexcept
      : blocks_(std::move(other.blocks_)), size_(std::exchange(other.size_, 0)) {}
  Blocks& operator=(Blocks&& other) noexcept {
    std::swap(blocks_, other.blocks_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Blocks() {
    for (std::size_t i = 0; i < size_; ++i) std::destroy_at(&(*this)[i]);
    for (std::size_t k = 0; k < blocks_.size(); ++k)
      std::allocator<T>().deallocate(blocks_[k], first_size << k);
  }

  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return *at(i); }
  const T& operator[](std::size_t i) const { return *at(i); }

  T& push_back(T value) {
    if (size_ + first_size == first_size << blocks_.size())
      blocks_.push_back(std::allocator<T>().allocate(first_size << blocks_.size()));
    return *std::construct_at(at(size_++), std::move(value));
  }

private:
  /// Block k holds `first_size` << k elements, those before it `first_size` less.
  static constexpr std::size_t first_size = 32;

  T* at(std::size_t i) const {
    const std::size_t shifted = i + first_size;
    const auto block = static_cast<std::size_t>(std::bit_width(shifted / first_size) - 1);
    return blocks_[block] + (shifted - (first_size << block));
  }

  std::vector<T*> blocks_;
  std::size_t size_ = 0;
};

} // namespace nnc
