// Modes of differentiation, all made of `grad` nodes: there is one rule for each row, the pullback.
//
// Forward mode is a pullback of a pullback: u -> grad(of, seed u) is linear in u, and its own
// pullback of a tangent is the derivative of `of` along the tangent. What the first sweep made for
// u alone is dead then. Jacobians and Hessians are sweeps with a batch of seeds, one for each row
// of the identity; so the number of nodes does not depend on the number of inputs or outputs.
//
// All give invalid values after an error (see Builder); shapes are of `of`, then of `wrt`.
#pragma once

#include "ir/grad_node.h"

namespace nnc {

/// The derivative of `of` along the tangents, one for each variable and of its type: of `of`'s
/// type.
Value build_jvp(Builder& b, Value of, std::span<const Value> wrt, std::span<const Value> tangents);

/// All first derivatives of `of` for one variable, by forward mode where there are fewer variables
/// than results, else by reverse mode.
Value build_jacobian(Builder& b, Value of, Value wrt);

/// For k variables, k * k blocks row by row: d2 of / d wrt[i] d wrt[j].
std::vector<Value> build_hessian(Builder& b, Value of, std::span<const Value> wrt);

/// Sums over j of (d2 of / d wrt[i] d wrt[j]) vector[j], for a scalar `of`. The Hessian is not
/// made.
std::vector<Value> build_hvp(Builder& b, Value of, std::span<const Value> wrt,
                             std::span<const Value> vector);

/// The sum over all elements j of `wrt` of d2 of / d wrt_j^2: of `of`'s type. The derivative along
/// one direction, taken twice, is summed up over all of them; the Hessian is not made, and how many
/// directions are taken at a time is decided later (compiler/seeds/choice.h).
Value build_laplacian(Builder& b, Value of, Value wrt);

} // namespace nnc
