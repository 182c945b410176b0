// Asynchronous copies, loads of matrices and products of fragments.
#include "../tensor_core.h"

#include "../small_floats.h"
#include "access.h"
#include "execution.h"

#include <cstring>

namespace nnc::cuda_host {

namespace {

struct Product {
  Factor factor;
  int depth;
  float* d;
  const unsigned *a, *b;
  const float* c;
};

/// Element `half` of a register of two, or the one element of a register of tf32.
double factor_value(Factor factor, unsigned bits, int half) {
  const auto part = static_cast<std::uint16_t>(bits >> (16 * half));
  switch (factor) {
  case Factor::tf32:
    return static_cast<double>(bits_as<float>(bits & 0xffffe000U));
  case Factor::f16:
    return static_cast<double>(from_f16(part));
  case Factor::bf16:
    break;
  }
  return static_cast<double>(from_bf16(part));
}

struct Operands {
  double a[16][16], b[16][8];
};

/// Puts the registers of one lane where they belong, as tensor_core.h lays them out.
void place_registers(unsigned lane, const Product& product, Operands& operands) {
  const unsigned group = lane / 4, index = lane % 4;
  const bool halves = product.factor != Factor::tf32;
  const int columns = halves ? 8 : 4; // of the matrix, that a pair of registers covers
  for (int pair = 0; pair < product.depth / columns; ++pair) {
    for (int half = 0; half < (halves ? 2 : 1); ++half) {
      const int inner =
          pair * columns + (halves ? 2 * static_cast<int>(index) + half : static_cast<int>(index));
      for (int row = 0; row < 2; ++row)
        operands.a[group + 8U * static_cast<unsigned>(row)][inner] =
            factor_value(product.factor, product.a[2 * pair + row], half);
      operands.b[inner][group] = factor_value(product.factor, product.b[pair], half);
    }
  }
}

void multiply_together(const std::array<void*, 32>& payloads) {
  Operands operands;
  for (unsigned lane = 0; lane < 32; ++lane)
    place_registers(lane, *static_cast<const Product*>(payloads[lane]), operands);
  for (unsigned lane = 0; lane < 32; ++lane) {
    const auto& product = *static_cast<const Product*>(payloads[lane]);
    for (unsigned i = 0; i < 4; ++i) {
      const unsigned row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
      double sum = static_cast<double>(product.c[i]);
      for (int k = 0; k < product.depth; ++k) sum += operands.a[row][k] * operands.b[k][column];
      product.d[i] = static_cast<float>(sum);
    }
  }
}

/// All lanes take part, or the product is none.
void require_whole_warp(Execution& execution, const char* what, Place place) {
  const unsigned lanes = execution.live_lanes(execution.moment().thread / 32);
  if (lanes == 0xffffffffU) return;
  execution.report(Fault::mask, static_cast<std::uintptr_t>(place.line),
                   text(what, " (", text_of(place), ") in a warp without all of its lanes"));
  execution.abandon(cudaErrorLaunchFailure);
}

struct MatrixRow {
  const unsigned char* row;
  int count;
  bool transposed;
  unsigned* registers;
};

void load_together(const std::array<void*, 32>& payloads) {
  for (unsigned lane = 0; lane < 32; ++lane) {
    const auto& mine = *static_cast<const MatrixRow*>(payloads[lane]);
    for (int i = 0; i < mine.count; ++i) {
      std::uint16_t halves[2];
      for (unsigned half = 0; half < 2; ++half) {
        const unsigned across = 2 * (lane % 4) + half, along = lane / 4;
        const unsigned row = mine.transposed ? across : along;
        const unsigned column = mine.transposed ? along : across;
        const auto& other =
            *static_cast<const MatrixRow*>(payloads[8 * static_cast<unsigned>(i) + row]);
        std::memcpy(&halves[half], other.row + 2 * column, 2);
      }
      mine.registers[i] = static_cast<unsigned>(halves[1]) << 16 | halves[0];
    }
  }
}

} // namespace

void multiply_fragments(Factor factor, int depth, float* d, const unsigned* a, const unsigned* b,
                        const float* c, Place place) {
  Execution& execution = *running();
  require_whole_warp(execution, "mma", place);
  // Copies, so that d may be c.
  float sum[4] = {c[0], c[1], c[2], c[3]}, result[4];
  Product product{factor, depth, result, a, b, sum};
  if (execution.lane() == 0) ++execution.counters().products;
  execution.exchange(0xffffffffU, "mma", multiply_together, &product, place);
  std::memcpy(d, result, sizeof result);
}

void load_matrices(unsigned* registers, const void* row, int count, bool transposed, Place place) {
  Execution& execution = *running();
  require_whole_warp(execution, "ldmatrix", place);
  if (execution.lane() < 8U * static_cast<unsigned>(count))
    watch(row, 16, Shadow::Access::read, static_cast<std::uintptr_t>(place.line));
  MatrixRow mine{static_cast<const unsigned char*>(row), count, transposed, registers};
  execution.exchange(0xffffffffU, "ldmatrix", load_together, &mine, place);
}

void copy_async(void* to, const void* from, int bytes, bool valid) {
  Thread& thread = running()->current();
  const auto size = static_cast<std::size_t>(bytes);
  const auto code = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  PendingCopy copy{to, {}, static_cast<std::uint8_t>(bytes)};
  if (valid) {
    watch(from, size, Shadow::Access::read, code);
    std::memcpy(copy.bytes.data(), from, size);
  }
  watch(to, size, Shadow::Access::announced_write, code);
  thread.open_copies.push_back(copy);
}

void copy_async_commit() {
  Thread& thread = running()->current();
  thread.copy_groups.push_back(std::move(thread.open_copies));
  thread.open_copies.clear();
}

void copy_async_wait(int groups_left) {
  Thread& thread = running()->current();
  const auto left = static_cast<std::size_t>(groups_left);
  if (thread.copy_groups.size() <= left) return;
  const auto end = thread.copy_groups.end() - groups_left;
  const auto code = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  for (auto group = thread.copy_groups.begin(); group != end; ++group)
    for (const PendingCopy& copy : *group) {
      watch(copy.to, copy.size, Shadow::Access::write, code, Watch::order);
      std::memcpy(copy.to, copy.bytes.data(), copy.size);
    }
  thread.copy_groups.erase(thread.copy_groups.begin(), end);
}

} // namespace nnc::cuda_host
