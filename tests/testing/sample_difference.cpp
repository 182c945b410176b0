#include "testing/sample_difference.h"

#include "ir/interpret/interpreter.h"
#include "testing/checked.h"
#include "testing/compare.h"

#include <fmt/format.h>

namespace nnc {
namespace {

/// The same op on magnitudes: what bounds the rounding of a sum.
std::vector<Literal> magnitudes(Context& context, const OpRow& row, const SampleCase& sample) {
  std::vector<Literal> inputs;
  std::vector<Type> types;
  for (const Literal& literal : sample.in) {
    types.push_back(literal.type);
    inputs.push_back(is_float(literal.type.dtype) ? magnitude(literal) : literal);
  }
  const auto graph = sample_graph(context, row, sample.attrs, types);
  return checked(interpret(*graph, inputs));
}

bool sums(const OpRow& row) {
  return row.name == "sum" || row.name == "prod" || row.name == "dot" || row.name == "fold" ||
         row.name == "cumsum";
}

} // namespace

std::string sample_difference(Context& context, const OpRow& row, const SampleCase& sample,
                              std::span<const Literal> got, std::span<const Literal> want) {
  std::string wrong;
  std::vector<Literal> scale;
  if (sums(row) && is_float(sample.in[0].type.dtype)) scale = magnitudes(context, row, sample);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const Allowed allowed =
        scale.empty() ? allowed_units(row) : allowed_sum(sample.in[0].type.elements(), scale[i]);
    wrong += difference(got[i], want[i], allowed);
  }
  if (!wrong.empty()) wrong = fmt::format("{} '{}': {}\n", row.name, sample.name, wrong);
  return wrong;
}

} // namespace nnc
