// A program that keeps every rule of ir/kernel/verify.h, to be broken by tests.
#pragma once

#include <set>
#include <string_view>

namespace nnc {

inline constexpr std::string_view good_kernels = R"(program @f (x, ids, w) -> (y) update (w) {
  input  x   : f32[4,3]
  input  ids : i32[4]
  param  w   : f32[3]
  output y   : f32[4,3]
  arena  t   : f32[4,3] at 0
  arena  u   : f32[3] at 64
  workspace 128 bytes
  check ids in 0..4 for picked before 1

  kernel f_0 (x) -> (t): staged rows {
    local m : f32[]
    rows i in 0..4
      once
        m = max[j in 0..3](x[i,j])
      for k in 0..3
        t[i,k] = exp(x[i,k] - m)
  }
  kernel f_1 (ids, t) -> (y): pointwise {
    for i in 0..4, j in 0..3
      y[i,j] = t[{ids[i] in 0..4},j]
  }
  kernel f_2 (t) -> (u): column reduction {
    for j in 0..3
      u[j] = sum[i in 0..4](t[i,j])
  }
  kernel f_3 (u, w) -> (w): pointwise {
    for i in 0..3
      w[i] = w[i] - u[i]
  }
}
)";

/// Rules that tests/ir/kernel_text_rules_test.cpp breaks.
std::set<std::string_view> rules_broken_by_texts();

} // namespace nnc
