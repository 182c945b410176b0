#include "gallery/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace nnc::gallery {
namespace {

constexpr int reach = 4, height = 3;  ///< units shown to each side of the origin
constexpr int parts = 20;             ///< points of a unit
constexpr int unit = 60, margin = 24; ///< pixels
constexpr int below = 30;             ///< pixels under the frame, for the legend
constexpr double steepest = 30;       ///< what rises faster jumps, and is not drawn
constexpr double rounding = 0.15;     ///< pixels that pictures alike may differ by
constexpr std::array colors = {"#1f5fa8", "#c4501b", "#3f8f4f"};
constexpr std::array dashes = {"", " stroke-dasharray=\"7 3\"", " stroke-dasharray=\"2 3\""};

double across(double x) { return margin + unit * (x + reach); }
double down(double y) { return margin + unit * (height - y); }

/// Far above or below the frame nothing is seen; lines to there leave the frame all the same.
double near_frame(double y) { return std::clamp(y, -2.0 * height, 2.0 * height); }

std::string line(double x0, double y0, double x1, double y1, const char* color) {
  return fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\"/>\n", x0, y0, x1,
                     y1, color);
}

std::string label(double x, double y, const std::string& text, const char* anchor) {
  return fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, text);
}

std::string grid(const std::string& title) {
  std::string text;
  for (int x = -reach; x <= reach; ++x) {
    text += line(across(x), down(height), across(x), down(-height), x == 0 ? "#888" : "#e4e4e4");
    text += label(across(x), down(-height) + 14, std::to_string(x), "middle");
  }
  for (int y = -height; y <= height; ++y) {
    text += line(across(-reach), down(y), across(reach), down(y), y == 0 ? "#888" : "#e4e4e4");
    text += label(across(-reach) - 5, down(y) + 4, std::to_string(y), "end");
  }
  return text + label(across(reach), down(-height) + 32, title, "end");
}

using Run = std::vector<std::pair<double, double>>; ///< points of one line

/// Points within straight parts are left out.
std::string polyline(const Run& run, std::size_t place) {
  if (run.empty()) return {};
  std::string points;
  for (std::size_t i = 0; i < run.size(); ++i) {
    const bool inner = i > 0 && i + 1 < run.size();
    if (inner && std::abs(run[i - 1].second - 2 * run[i].second + run[i + 1].second) < 1e-9)
      continue;
    points += fmt::format("{}{:.1f},{:.1f}", points.empty() ? "" : " ", across(run[i].first),
                          down(run[i].second));
  }
  return fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" "
                     "stroke-width=\"2\"{}/>\n",
                     points, colors[place], dashes[place]);
}

/// One line for each run of values that neither jumps nor leaves the numbers.
std::string polylines(const Curve& curve, std::size_t place) {
  const std::vector<double> at = abscissae();
  std::string text;
  Run run;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double y = near_frame(curve.values[i]);
    if (!run.empty() && !(std::abs(y - run.back().second) * parts <= steepest)) {
      text += polyline(run, place);
      run.clear();
    }
    if (std::isfinite(curve.values[i])) run.emplace_back(at[i], y);
  }
  return text + polyline(run, place);
}

std::string legend(std::span<const Curve> curves) {
  std::string text;
  const double y = down(-height) + 28;
  double x = across(-reach);
  for (std::size_t i = 0; i < curves.size(); ++i, x += 120) {
    text += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\" "
                        "stroke-width=\"2\"{}/>\n",
                        x, y, x + 28, y, colors[i], dashes[i]);
    text += label(x + 34, y + 4, curves[i].title, "start");
  }
  return text;
}

/// The number that begins at `at`, if one does, and where it ends.
bool take_number(const std::string& text, std::size_t& at, double& number) {
  if (!std::isdigit(static_cast<unsigned char>(text[at])) && text[at] != '-') return false;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  at = static_cast<std::size_t>(end - text.data());
  return true;
}

} // namespace

std::vector<double> abscissae() {
  std::vector<double> all;
  for (int i = -reach * parts; i <= reach * parts; ++i)
    all.push_back(static_cast<double>(i) / parts);
  return all;
}

std::string picture(const std::string& title, std::span<const Curve> curves) {
  const int wide = 2 * (margin + unit * reach), high = 2 * (margin + unit * height) + below;
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{}\" height=\"{}\" "
      "fill=\"#fff\"/>\n",
      wide, high, wide, high, wide, high);
  text += grid(title);
  text += fmt::format("<clipPath id=\"frame\"><rect x=\"{}\" y=\"{}\" width=\"{}\" "
                      "height=\"{}\"/></clipPath>\n<g clip-path=\"url(#frame)\">\n",
                      margin, margin, 2 * unit * reach, 2 * unit * height);
  for (std::size_t i = curves.size(); i-- > 0;) text += polylines(curves[i], i); // f above the rest
  return text + "</g>\n" + legend(curves) + "</svg>\n";
}

bool alike(const std::string& a, const std::string& b) {
  std::size_t i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    double x = 0, y = 0;
    const bool in_a = take_number(a, i, x), in_b = take_number(b, k, y);
    if (in_a != in_b || std::abs(x - y) > rounding) return false;
    if (in_a) continue;
    if (a[i++] != b[k++]) return false;
  }
  return i == a.size() && k == b.size();
}

} // namespace nnc::gallery
