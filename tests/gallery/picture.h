// Curves as SVG: the same bytes for the same values, so that pictures are compared like texts.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace nnc::gallery {

/// Abscissae of every picture: from -reach to reach.
std::vector<double> abscissae();

struct Curve {
  std::string title;
  std::vector<double> values; ///< at abscissae(); not drawn where not finite
};

/// `title` is what an axis varies: "x", or "a, b = 2".
std::string picture(const std::string& title, std::span<const Curve> curves);

/// Are the pictures the same but for rounding of coordinates? Other CPUs may differ in last digits.
bool alike(const std::string& a, const std::string& b);

} // namespace nnc::gallery
