#include "ir/pullback.h"

namespace nnc {

Pullback::Pullback(Builder& builder, NodeId node, std::vector<Value> cotangents,
                   std::vector<bool> needs)
    : b(builder), id_(node), node_(builder.graph().node(node)), cotangents_(std::move(cotangents)),
      needs_(std::move(needs)), given_(node_.input_count), masks_(node_.input_count) {}

Value Pullback::ct(int result) {
  Value& cotangent = cotangents_[static_cast<std::size_t>(result)];
  if (!cotangent.valid()) cotangent = b.full(out_type(result), 0.0);
  return cotangent;
}

void Pullback::give(int operand, Value cotangent) {
  if (!cotangent.valid()) return; // the builder holds the error
  // A layout rule is run a second time on the bool mask of the cotangent: shapes must fit, dtypes
  // are those of whatever travels.
  if (b.graph().type(cotangent).shape != in_type(operand).shape)
    throw InternalError("gradient of " + node_.row->name + " gives operand " +
                        std::to_string(operand) + " " + to_string(b.graph().type(cotangent)) +
                        " instead of " + to_string(in_type(operand)));
  given_[static_cast<std::size_t>(operand)] = cotangent;
}

void Pullback::give_where(int operand, Value mask, Value cotangent) {
  give(operand, cotangent);
  masks_[static_cast<std::size_t>(operand)] = mask;
}

} // namespace nnc
