// Samples: literal operands and results of one op, computed outside nnc (tests/samples).
//
// A file is {"op": name, "cases": [{"name", "attrs", "in", "out", "tolerance"?}]}; a tensor is
// {"type": "f32[2,3]", "data": [flat row-major elements]}, where "nan", "inf", "-inf" and "-0"
// stand for what JSON cannot write. "tolerance" counts units in the last place.
#pragma once

#include "ir/graph.h"

namespace nnc {

struct SampleCase {
  std::string op, name = {};
  Attrs attrs = {}; ///< in row order
  std::vector<Literal> in = {}, out = {};
  std::optional<double> tolerance = {};
};

/// Whether tests/samples/<op>.json exists.
bool has_samples(const std::string& op);
/// Its cases. A file that cannot be read is a failure of the test, with no cases.
std::vector<SampleCase> load_samples(const OpRow& row);

/// Do elements of the row come from computing? Not those of a row that a pass dissolves.
bool computes(const OpRow& row);

/// A function of one node: inputs "x0", "x1", ... and one output per result.
Result<Graph> sample_graph(Context& context, const OpRow& row, const Attrs& attrs,
                           std::span<const Type> in);

/// All cases of a row as one function, so that its kernels are compiled at once.
struct SampleBatch {
  std::vector<SampleCase> cases;
  std::vector<Literal> inputs;
  std::vector<std::size_t> first_output; ///< of each case
  std::optional<Graph> graph;
};
SampleBatch sample_batch(Context& context, const OpRow& row);

/// Names of the rows that compute something.
std::vector<std::string> computing_rows();

} // namespace nnc
