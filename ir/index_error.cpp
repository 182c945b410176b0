#include "ir/index_error.h"

#include "ir/messages.h"

namespace nnc {
namespace {

std::string help_for(const BadIndex& bad) {
  if (!bad.value) return "";
  if (*bad.value < 0) return "indices count from 0 and from the front";
  return bad.extent > 0 && *bad.value == bad.extent ? "indices count from 0" : "";
}

} // namespace

Error index_error(const BadIndex& bad) {
  std::string message =
      quote(bad.node) + ": " + (bad.value ? "index " + std::to_string(*bad.value) : "an index");
  if (!bad.at.empty()) message += " at " + to_string(bad.at);
  if (!bad.indices.empty()) message += " of " + quote(bad.indices);
  message += bad.extent > 0 ? " is outside 0.." + std::to_string(bad.extent - 1)
                            : " selects from an axis of size 0";
  return {
      .code = "E0621", .message = std::move(message), .place = bad.place, .help = help_for(bad)};
}

} // namespace nnc
