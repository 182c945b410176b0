// What the gallery shows of an op: a function that uses it, its first derivatives and its second
// ones.
//
// Element-wise ops of one or two operands stand for themselves: f(x) or f(a, b), and the
// derivatives of each element. Every other op has a model, docs/gallery/models/<op>.json, with the
// functions `formula`, `first` and `second`, the latter two where there are derivatives.
#pragma once

#include "ir/graph.h"

#include <string>
#include <vector>

namespace nnc::gallery {

/// A function of the example, and how a textbook calls each of its outputs.
struct Shown {
  Graph graph;
  std::vector<std::string> titles;
};

struct Example {
  std::string model = {};        ///< text of the model; empty: the op by itself
  std::vector<Shown> by_order{}; ///< the function, first derivatives, second ones
};

/// Names of the rows that `nnc ops` lists, in its order.
std::vector<std::string> shown_rows();

/// Is the op shown by itself, on plain operands?
bool stands_alone(const OpRow& row);

Example example_of(Context& context, const OpRow& row);

/// For a picture: f of a row that stands alone and has float results, with its derivatives by the
/// operand `varied`, all of elements f64[count]; the other operand is `beside` everywhere.
/// Nothing for rows without such results.
std::optional<Graph> function_to_draw(Context& context, const OpRow& row, int varied, double beside,
                                      std::int64_t count);

} // namespace nnc::gallery
