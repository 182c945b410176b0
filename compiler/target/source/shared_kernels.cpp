#include "compiler/target/source/shared_kernels.h"

#include "compiler/target/source/text.h"
#include "ir/kernel/names.h"
#include "ir/kernel/work.h"
#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace nnc::source {
namespace {

constexpr std::size_t most_others = 4; ///< named in a comment

/// A pointer that begins outside of its tensor is none in C: such operands begin with the tensor.
void begin_inside(KernelKey& key, std::span<const Buffer> buffers) {
  for (KernelOperand& operand : key.operands) {
    const std::int64_t elements = buffers[operand.buffer].type.elements();
    if (operand.first >= 0 && operand.first < std::max<std::int64_t>(elements, 1)) continue;
    key.text += fmt::format("|{}", operand.first);
    operand.first = 0;
  }
}

} // namespace

SharedKernels share_kernels(const aot::Module& module, const aot::Names& taken) {
  SharedKernels shared;
  std::unordered_map<std::string, std::size_t> known;
  std::vector<std::string> names;
  for (const aot::Function& function : module.functions) {
    std::vector<KernelCall>& calls = shared.calls.emplace_back();
    for (const Kernel& kernel : function.program->kernels) {
      KernelKey key = kernel_key(kernel, function.program->buffers);
      begin_inside(key, function.program->buffers);
      const auto [found, fresh] = known.emplace(std::move(key.text), shared.functions.size());
      if (fresh) {
        shared.functions.push_back({{}, &kernel, function.program, key.operands, {}});
        names.push_back(kernel.name);
      } else {
        shared.functions[found->second].others.push_back(kernel.name);
      }
      calls.push_back({found->second, std::move(key.operands)});
    }
  }
  const std::vector<std::string> identifiers = aot::c_names(names, aot::Names::inside(taken));
  for (std::size_t i = 0; i < names.size(); ++i) shared.functions[i].name = identifiers[i];
  return shared;
}

std::string kernel_comment(const SharedKernel& function, const Context* context,
                           std::string_view file) {
  const Kernel& kernel = *function.kernel;
  const std::vector<Buffer>& buffers = function.program->buffers;
  const KernelWork work = work_of(kernel, buffers);
  std::string text = fmt::format("/* {}: {}, {:.3g} operations, {:.3g} bytes.", kernel.name,
                                 form_name(kernel.form), work.flop, work.bytes);
  if (!function.others.empty()) {
    const std::size_t shown = std::min(function.others.size(), most_others);
    text += fmt::format(" Also {}", fmt::join(std::span(function.others).first(shown), ", "));
    if (shown < function.others.size())
      text += fmt::format(" and {} others", function.others.size() - shown);
    text += ".";
  }
  std::vector<std::pair<std::string, std::string>> rows;
  std::size_t width = 0;
  for (const std::uint32_t written : buffers_written(kernel)) {
    const Buffer& buffer = buffers[written];
    rows.emplace_back(fmt::format("{} {}", buffer.name, to_string(buffer.type)),
                      context ? origin_text(*context, buffer.origin, file) : std::string());
    width = std::max(width, std::min<std::size_t>(rows.back().first.size(), 32));
  }
  std::string result = comment(text);
  result.replace(0, 2, "/*");
  for (const auto& [what, from] : rows) {
    std::string line = fmt::format("{:<{}}  {}", what, width, from);
    line.erase(line.find_last_not_of(' ') + 1);
    result += "\n   " + comment(line);
  }
  return result + " */\n";
}

} // namespace nnc::source
