#include "ir/unit_tensors.h"

namespace nnc {
namespace {

/// i64[rows, elements] that counts along one axis.
Value count(Builder& b, std::int64_t rows, std::int64_t elements, std::int64_t axis) {
  return b.op("iota", {},
              {{"shape", Shape{rows, elements}}, {"axis", axis}, {"dtype", DType::i64}});
}

Value ones_where_equal(Builder& b, const Type& type, Value places, Value elements) {
  Shape shape = type.shape;
  shape.insert(shape.begin(), b.size(elements, 0));
  return b.reshape(b.cast(b.op("eq", {places, elements}), type.dtype), shape);
}

} // namespace

Value unit_tensors(Builder& b, const Type& type) {
  const std::int64_t n = type.elements();
  if (check_type({DType::i64, {n, n}})) {
    b.fail({.code = "E0202",
            .message = "the " + std::to_string(n) + " directions of " + to_string(type) +
                       " together have more than 2^62 bytes"});
    return {};
  }
  const Value places = count(b, n, n, 0), elements = count(b, n, n, 1);
  return ones_where_equal(b, type, places, elements);
}

Value unit_tensors(Builder& b, const Type& type, Value places) {
  const std::int64_t rows = b.size(places, 0), n = type.elements();
  const Value repeated = b.broadcast(places, {rows, n}, {0});
  return ones_where_equal(b, type, repeated, count(b, rows, n, 1));
}

} // namespace nnc
