#include "compiler/aot/messages.h"

#include "ir/index_error.h"
#include "ir/kernel/names.h"

#include <fmt/format.h>

namespace nnc::aot {
namespace {

constexpr std::int64_t mark_bytes = 8;

std::string check_message(const Function& function, const RangeCheck& check) {
  const Error bad = index_error({.node = check.node,
                                 .indices = declared_name(function.program->buffers[check.buffer]),
                                 .extent = check.extent});
  return fmt::format("{}: {}", function.name, bad.message);
}

} // namespace

Messages::Messages()
    : texts_{"ok", "args is NULL",
             "the workspace is NULL or smaller than its workspace_size function says",
             "this CPU lacks instructions that the code was compiled for"} {}

Codes Messages::add(const Function& function) {
  Codes codes;
  codes.missing = next();
  for (const Argument& one : function.arguments)
    texts_.push_back(fmt::format("{}: '{}' is NULL", function.name, one.name));
  codes.overlap = next();
  for (const Argument& one : function.arguments)
    texts_.push_back(fmt::format("{}: '{}', which is written, overlaps another argument",
                                 function.name, one.name));
  codes.index = next();
  for (const RangeCheck& check : function.program->checks)
    texts_.push_back(check_message(function, check));
  return codes;
}

std::int64_t workspace_for(std::int64_t arena) {
  return arena == 0 ? mark_bytes : arena + 2 * buffer_alignment;
}

} // namespace nnc::aot
