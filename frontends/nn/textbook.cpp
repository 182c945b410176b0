#include "frontends/nn/textbook.h"

#include "frontends/nn/call.h"
#include "ir/messages.h"

namespace nnc::nn {
namespace {

/// Element i is the product over j of x[j] where j <= i (j >= i, j < i, j > i), 1 elsewhere.
std::vector<Value> cumprod(Call& call) {
  const Tensor x = call.in(0);
  const int axis = call.axis("axis", x.rank());
  if (call.failed()) return {};
  Shape places = x.shape(); // i along `axis`, j along the next one
  places.insert(places.begin() + axis, x.size(axis));
  Builder& b = call.scope;
  const Tensor i = iota(b, places, axis, DType::i32), j = iota(b, places, axis + 1, DType::i32);
  const bool reverse = call.boolean("reverse"), exclusive = call.boolean("exclusive");
  const char* taken = reverse ? exclusive ? "gt" : "ge" : exclusive ? "lt" : "le";
  const Tensor factors = broadcast_to(expand(x, axis), places);
  return {
      reduce("prod", select(binary(taken, j, Value(i)), Value(factors), Number(1)), {axis + 1})};
}

} // namespace

void use_textbook_forms(FunctionTable& table) {
  Function function = *table.find("cumprod");
  function.build = cumprod;
  table.add(std::move(function));
}

} // namespace nnc::nn
