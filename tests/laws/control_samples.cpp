#include "laws/control_samples.h"

namespace nnc {

namespace {

const std::vector<ControlSample> samples = {
    {"scan", R"(
func @cell(%c: f64[2], %x: f64[2], %w: f64[]) -> (%c1, %y) {
  %wb = broadcast %w {shape = [2], axes = []} : f64[2]
  %c1 = add sin(mul(%c, %wb)), %x : f64[2]
  %y = mul %c1, %c : f64[2]
}
func @f(%c0: f64[2], %xs: f64[5,2], %w: f64[]) -> (%c, %ys) {
  %c, %ys = scan %c0, %xs, %w {body = @cell, carries = 1, over = 1} : f64[2], f64[5,2]
})"},
    {"in_reverse", R"(
func @cell(%c: f64[2], %x: f64[2]) -> (%c1, %y) {
  %c1 = tanh add(mul(%c, %x), %x) : f64[2]
  %y = exp mul(%c, %x) : f64[2]
}
func @f(%c0: f64[2], %xs: f64[4,2]) -> (%c, %ys) {
  %c, %ys = scan %c0, %xs {body = @cell, carries = 1, over = 1, reverse = true} : f64[2], f64[4,2]
})"},
    {"counted", R"(
func @cell(%c: f64[2], %x: f64[2]) -> (%c1, %y) {
  %c1 = sin add(%c, %x) : f64[2]
  %y = mul %c1, %c1 : f64[2]
}
func @f(%c0: f64[2], %xs: f64[5,2]) -> (%c, %ys, %cr, %yr) {
  %n = add i64(1), i64(2) : i64[]
  %c, %ys = scan %c0, %xs, %n {body = @cell, carries = 1, over = 1, counted = true} : f64[2], f64[5,2]
  %cr, %yr = scan %c0, %xs, %n {body = @cell, carries = 1, over = 1, counted = true, reverse = true} : f64[2], f64[5,2]
})"},
    {"by_length_alone", R"(
func @cell(%c: f64[3], %k: i32[], %a: f64[3]) -> (%c1, %k1) {
  %kf = broadcast cast(%k {to = f64}) {shape = [3], axes = []} : f64[3]
  %c1 = sub %c, mul(%a, cos(mul(%c, %kf))) : f64[3]
  %k1 = add %k, i32(1) : i32[]
}
func @f(%c0: f64[3], %a: f64[3]) -> (%c, %k) {
  %c, %k = scan %c0, i32(1), %a {body = @cell, carries = 2, length = 4} : f64[3], i32[]
})"},
    {"no_steps", R"(
func @cell(%c: f64[2], %x: f64[2]) -> (%c1, %y) {
  %c1 = mul %c, %x : f64[2]
  %y = exp %c1 : f64[2]
}
func @f(%c0: f64[2], %xs: f64[0,2], %b: f64[]) -> (%c, %ys, %k) {
  %c, %ys = scan %c0, %xs {body = @cell, carries = 1, over = 1} : f64[2], f64[0,2]
  %k = mul %b, sum(%c) : f64[]
})"},
    {"carries_that_swap", R"(
func @cell(%a: f64[2], %b: f64[2], %fixed: f64[2], %x: f64[2]) -> (%b, %c, %fixed, %y) {
  %c = mul sin(%a), %fixed : f64[2]
  %y = add %a, mul(%x, %fixed) : f64[2]
}
func @f(%a0: f64[2], %b0: f64[2], %k: f64[2], %xs: f64[5,2]) -> (%a, %b, %k1, %ys) {
  %a, %b, %k1, %ys = scan %a0, %b0, %k, %xs {body = @cell, carries = 3, over = 1} : f64[2], f64[2], f64[2], f64[5,2]
})"},
    {"recurrent_layer", R"(
func @cell(%h: f64[2,3], %x: f64[2,4], %w: f64[4,3], %u: f64[3,3]) -> (%h1, y = %h1) {
  %z = add dot(%h, %u {contract = [[1],[0]]}), dot(%x, %w {contract = [[1],[0]]}) : f64[2,3]
  %h1 = tanh %z : f64[2,3]
}
func @f(%h0: f64[2,3], %xs: f64[5,2,4], %w: f64[4,3], %u: f64[3,3]) -> (%h, %ys) {
  %h, %ys = scan %h0, %xs, %w, %u {body = @cell, carries = 1, over = 1} : f64[2,3], f64[5,2,3]
})"},
    {"sums_of_products", R"(
func @cell(%s: f64[3,3], %t: f64[3], %c: f64[3], %x: f64[3]) -> (%s1, %t1, %c1) {
  %c1 = sin add(%c, %x) : f64[3]
  %s1 = add dot(%c1, %x), %s : f64[3,3]
  %t1 = add %t, %x : f64[3]
}
func @f(%s0: f64[3,3], %c0: f64[3], %xs: f64[4,3]) -> (%s, %t, %c) {
  %s, %t, %c = scan %s0, %c0, %c0, %xs {body = @cell, carries = 3, over = 1} : f64[3,3], f64[3], f64[3]
})"},
    {"while_with_a_product", R"(
func @more(%h: f64[2,3], %u: f64[3,3]) -> (%m) {
  %m = lt sum(mul(%h, %h) {axes = [0,1]}), f64(40) : bool[]
}
func @cell(%h: f64[2,3], %u: f64[3,3]) -> (%h1, y = %t) {
  %t = tanh dot(%h, %u {contract = [[1],[0]]}) : f64[2,3]
  %h1 = add mul(%h, f64[2,3](1.5)), %t : f64[2,3]
}
func @f(%h0: f64[2,3], %u: f64[3,3]) -> (%h, %ys) {
  %h, %ys, %steps = while %h0, %u {body = @cell, cond = @more, carries = 1, max_steps = 7} : f64[2,3], f64[7,2,3], i64[]
})"},
    {"scan_of_a_scan", R"(
func @inner(%c: f64[2], %x: f64[2], %w: f64[2]) -> (%c1, y = %c1) {
  %c1 = add tanh(mul(%c, %w)), %x : f64[2]
}
func @outer(%c: f64[2], %row: f64[3,2], %w: f64[2]) -> (%c1, %s) {
  %c1, %ys = scan %c, %row, %w {body = @inner, carries = 1, over = 1} : f64[2], f64[3,2]
  %s = sum mul(%ys, %ys) {axes = [0]} : f64[2]
}
func @f(%c0: f64[2], %xs: f64[4,3,2], %w: f64[2]) -> (%c, %ss) {
  %c, %ss = scan %c0, %xs, %w {body = @outer, carries = 1, over = 1} : f64[2], f64[4,2]
})"},
    {"nothing_carried", R"(
func @cell(%x: f64[2], %w: f64[2]) -> (%y) { %y = sin mul(%x, %w) : f64[2] }
func @f(%xs: f64[9,2], %w: f64[2]) -> (%s) {
  %ys = scan %xs, %w {body = @cell, carries = 0, over = 1, checkpoint = true} : f64[9,2]
  %s = sum mul(%ys, %ys) {axes = [0]} : f64[2]
})"},
    {"one_scan_after_another", R"(
func @one(%c: f64[2], %x: f64[2]) -> (%c1, %y) {
  %c1 = sin add(%c, %x) : f64[2]
  %y = mul %c1, %x : f64[2]
}
func @f(%c0: f64[2], %xs: f64[4,2]) -> (%d, %zs) {
  %c, %ys = scan %c0, %xs {body = @one, carries = 1, over = 1} : f64[2], f64[4,2]
  %d, %zs = scan %c, %ys {body = @one, carries = 1, over = 1} : f64[2], f64[4,2]
})"},
    {"cond_in_a_scan", R"(
func @up(%c: f64[], %x: f64[]) -> (%y) { %y = mul exp(%x), %c : f64[] }
func @down(%c: f64[], %x: f64[]) -> (%y) { %y = sub log(neg(%x)), %c : f64[] }
func @cell(%c: f64[], %x: f64[]) -> (%c1, %y) {
  %p = gt %x, f64(0.0) : bool[]
  %y = cond %p, %c, %x {then = @up, else = @down} : f64[]
  %c1 = sin %y : f64[]
}
func @f(%c0: f64[], %xs: f64[6]) -> (%c, %ys) {
  %c, %ys = scan %c0, %xs {body = @cell, carries = 1, over = 1} : f64[], f64[6]
})"},
    {"scan_in_a_cond", R"(
func @cell(%c: f64[2], %x: f64[2]) -> (%c1) { %c1 = sin add(%c, %x) : f64[2] }
func @long(%c: f64[2], %xs: f64[3,2]) -> (%y, %s) {
  %y = scan %c, %xs {body = @cell, carries = 1, over = 1} : f64[2]
  %s = sum %y : f64[]
}
func @short(%c: f64[2], %xs: f64[3,2]) -> (%y, %s) {
  %y = mul %c, %c : f64[2]
  %s = prod %y : f64[]
}
func @f(%c: f64[2], %xs: f64[3,2], %q: f64[]) -> (%y, %s, %z, %t) {
  %p = lt %q, f64(10.0) : bool[]
  %y, %s = cond %p, %c, %xs {then = @long, else = @short} : f64[2], f64[]
  %z, %t = cond not(%p), %c, %xs {then = @long, else = @short} : f64[2], f64[]
})"},
    {"while_newton", R"(
func @more(%x: f64[], %a: f64[]) -> (%p) {
  %d = sub mul(%x, %x), %a : f64[]
  %p = gt abs(%d), f64(1e-3) : bool[]
}
func @step(%x: f64[], %a: f64[]) -> (%y) {
  %y = mul add(%x, div(%a, %x)), f64(0.5) : f64[]
}
func @f(%x: f64[], %b: f64[]) -> (%y, %n) {
  %a = add mul(%b, %b), f64(2.0) : f64[]
  %x0 = add mul(%x, %x), f64(3.0) : f64[]
  %y, %n = while %x0, %a {cond = @more, body = @step, carries = 1, max_steps = 30} : f64[], i64[]
})"},
    {"while_that_stacks", R"(
func @more(%x: f64[2], %k: i64[]) -> (%p) { %p = lt %k, i64(4) : bool[] }
func @step(%x: f64[2], %k: i64[]) -> (%x1, %k1, %y) {
  %x1 = sin mul(%x, %x) : f64[2]
  %k1 = add %k, i64(1) : i64[]
  %y = exp %x1 : f64[2]
}
func @f(%x0: f64[2]) -> (%x, %k, %ys, %n) {
  %x, %k, %ys, %n = while %x0, i64(0) {cond = @more, body = @step, carries = 2, max_steps = 7} : f64[2], i64[], f64[7,2], i64[]
})"},
    {"scan_in_a_while", R"(
func @cell(%c: f64[2], %x: f64[2]) -> (%c1) { %c1 = tanh add(%c, %x) : f64[2] }
func @more(%c: f64[2], %k: i64[], %xs: f64[3,2]) -> (%p) { %p = lt %k, i64(2) : bool[] }
func @step(%c: f64[2], %k: i64[], %xs: f64[3,2]) -> (%c1, %k1) {
  %c1 = scan %c, %xs {body = @cell, carries = 1, over = 1} : f64[2]
  %k1 = add %k, i64(1) : i64[]
}
func @f(%c0: f64[2], %xs: f64[3,2]) -> (%c) {
  %c, %k, %n = while %c0, i64(0), %xs {cond = @more, body = @step, carries = 2, max_steps = 5} : f64[2], i64[], i64[]
})"},
    {"descent_in_a_scan", R"(
func @cell(%w: f64[2], %x: f64[2], %rate: f64[]) -> (%w1, %loss) {
  %loss = sum sin(mul(%w, %x)) : f64[]
  %g = grad %loss, %w {wrt = 1} : f64[2]
  %r = broadcast %rate {shape = [2], axes = []} : f64[2]
  %w1 = sub %w, mul(%r, %g) : f64[2]
}
func @f(%w0: f64[2], %xs: f64[3,2], %rate: f64[]) -> (%w, %losses) {
  %w, %losses = scan %w0, %xs, %rate {body = @cell, carries = 1, over = 1} : f64[2], f64[3]
})"},
    {"in_segments", R"(
func @cell(%c: f64[2], %x: f64[2], %w: f64[2]) -> (%c1, %y) {
  %c1 = sin add(mul(%c, %w), %x) : f64[2]
  %y = mul %c1, %w : f64[2]
}
func @f(%c0: f64[2], %xs: f64[11,2], %w: f64[2]) -> (%c, %ys) {
  %c, %ys = scan %c0, %xs, %w {body = @cell, carries = 1, over = 1, reverse = true, checkpoint = true} : f64[2], f64[11,2]
})"},
    // The body is one loop, but no segment of another one.
    {"in_segments_with_another_start", R"(
func @inner(%c: f64[2], %w: f64[2]) -> (%c1) { %c1 = sin mul(%c, %w) : f64[2] }
func @again(%c: f64[2], %w: f64[2]) -> (%c1) {
  %c1 = scan %w, %w {body = @inner, carries = 1, length = 2} : f64[2]
}
func @itself(%c: f64[2]) -> (%c1) {
  %c1 = scan %c, %c {body = @inner, carries = 1, length = 2} : f64[2]
}
func @f(%c0: f64[2], %w: f64[2]) -> (%a, %b) {
  %a = scan %c0, %w {body = @again, carries = 1, length = 5, checkpoint = true} : f64[2]
  %b = scan %c0 {body = @itself, carries = 1, length = 5, reverse = true, checkpoint = true} : f64[2]
})"},
    {"in_segments_over_a_carry", R"(
func @inner(%c: f64[2], %x: f64[2]) -> (%c1, %y) {
  %c1 = sin add(%c, %x) : f64[2]
  %y = mul %c1, %x : f64[2]
}
func @cell(%c: f64[2], %d: f64[3,2]) -> (%c1, %d1) {
  %c1, %d1 = scan %c, %d {body = @inner, carries = 1, over = 1} : f64[2], f64[3,2]
}
func @fixed(%c: f64[2], %x: f64[3,2]) -> (%c1, %ys) {
  %c1, %ys = scan %c, %x {body = @inner, carries = 1, over = 1} : f64[2], f64[3,2]
}
func @f(%c0: f64[2], %d0: f64[3,2]) -> (%c, %d, %e, %ys) {
  %c, %d = scan %c0, %d0 {body = @cell, carries = 2, length = 5, checkpoint = true} : f64[2], f64[3,2]
  %e, %ys = scan %c0, %d0 {body = @fixed, carries = 1, length = 4, checkpoint = true} : f64[2], f64[4,3,2]
})"},
    {"in_segments_as_written", R"(
func @inner(%c: f64[2], %x: f64[2], %w: f64[2]) -> (%c1, %y) {
  %c1 = sin add(mul(%c, %w), %x) : f64[2]
  %y = mul %c1, %w : f64[2]
}
func @segment(%c: f64[2], %x: f64[3,2], %n: i64[], %w: f64[2]) -> (%c1, %ys) {
  %c1, %ys = scan %c, %x, %w, %n {body = @inner, carries = 1, over = 1, counted = true} : f64[2], f64[3,2]
}
func @f(%c0: f64[2], %xs: f64[4,3,2], %w: f64[2]) -> (%c, %ys) {
  %ns = add iota({shape = [4], axis = 0, dtype = i64}), i64[4](0) : i64[4]
  %c, %ys = scan %c0, %xs, %ns, %w {body = @segment, carries = 1, over = 2, checkpoint = true} : f64[2], f64[4,3,2]
})"},
    {"call_run_again", R"(
func @block(%x: f64[2], %w: f64[2]) -> (%y, %s) {
  %y = tanh mul(%x, %w) : f64[2]
  %s = sum exp(%y) : f64[]
}
func @f(%x: f64[2], %w: f64[2]) -> (%b, %s, %t) {
  %a, %s = call %x, %w {function = @block, checkpoint = true} : f64[2], f64[]
  %c = checkpoint mul(sin(%a), %w) : f64[2]
  %b, %t = call %c, %w {function = @block, checkpoint = true} : f64[2], f64[]
})"},
    {"matrices", R"(
func @cell(%h: f64[2,3], %x: f64[2,3], %u: f64[3,3], %b: f64[3]) -> (%h1, y = %h1) {
  %a = dot %h, %u {contract = [[1], [0]]} : f64[2,3]
  %h1 = tanh add(add(%a, %x), broadcast(%b {shape = [2,3], axes = [1]})) : f64[2,3]
}
func @f(%h0: f64[2,3], %xs: f64[4,2,3], %u: f64[3,3], %b: f64[3]) -> (%h, %hs) {
  %h, %hs = scan %h0, %xs, %u, %b {body = @cell, carries = 1, over = 1} : f64[2,3], f64[4,2,3]
})"},
    {"vmap_of_a_product", R"(
func @one(%x: f64[3], %w: f64[3]) -> (%y, %s) {
  %y = tanh mul(%x, %w) : f64[3]
  %s = sum exp(%y) : f64[]
}
func @f(%xs: f64[4,3], %w: f64[3]) -> (%ys, %ss) {
  %ys, %ss = vmap %xs, %w {function = @one, axes = [[0], []]} : f64[4,3], f64[4]
})"},
    {"vmap_of_a_while", R"(
func @more(%x: f64[2], %steps: f64[]) -> (%m) { %m = lt sum(mul(%x, %x)), f64(4) : bool[] }
func @grow(%x: f64[2], %steps: f64[]) -> (%x1) {
  %s = broadcast %steps {shape = [2], axes = []} : f64[2]
  %x1 = add mul(%x, f64[2](1.25)), sin(%s) : f64[2]
}
func @one(%x: f64[2], %steps: f64[]) -> (%y) {
  %y, %n = while %x, %steps {cond = @more, body = @grow, carries = 1, max_steps = 6} : f64[2], i64[]
}
func @f(%xs: f64[3,2], %steps: f64[]) -> (%ys) {
  %ys = vmap %xs, %steps {function = @one, axes = [[0], []]} : f64[3,2]
})"},
};

} // namespace

std::vector<ControlSample> control_samples() { return samples; }

} // namespace nnc
