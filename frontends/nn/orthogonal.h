// Orthonormal columns from any full-rank matrix.
#pragma once

#include <cstddef>
#include <span>

namespace nnc::nn {

/// Overwrites the `count` vectors of `length` elements, stored one after the other, by the Q of the
/// QR decomposition whose R has a positive diagonal: orthonormal, with the same leading spans.
/// `count` <= `length`. A vector that depends on those before it is replaced by a unit vector that
/// does not.
void orthonormalize(std::span<double> vectors, std::size_t count, std::size_t length);

} // namespace nnc::nn
