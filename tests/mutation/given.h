// Edits of what a rule begins with and of what it gives in the end.
#pragma once

#include "ir/batching.h"
#include "mutation/faulty_builder.h"

namespace nnc::mutation {

/// Of a gradient rule: cotangents of the results that get lost or are taken for each other.
void edit_cotangents(FaultyBuilder& b, std::vector<Value>& cotangents);
/// Cotangents of the operands and their masks: lost, negated, exchanged, doubled, constant.
void edit_given(FaultyBuilder& b, std::vector<Value>& given, std::vector<Value>& masks);

/// Of a batch rule: an operand that is taken to be the first example's for all.
void edit_operands(FaultyBuilder& b, std::vector<Batched>& operands, std::int64_t size);
/// Examples in another order, or one for all; results exchanged.
void edit_results(FaultyBuilder& b, std::vector<Value>& results);

/// Of a rewrite: its sign, a factor, another value at hand, a constant to derivatives.
void edit_replacement(FaultyBuilder& b, Value& after, std::span<const Known> known);

} // namespace nnc::mutation
