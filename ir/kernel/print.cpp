#include "ir/kernel/print.h"

#include "ir/kernel/print_stage.h"
#include "ir/text/cursor.h"
#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

std::string operations(double count) {
  if (count < 1000) return fmt::format("{:.0f} FLOP", count);
  constexpr std::string_view units[] = {"kFLOP", "MFLOP", "GFLOP", "TFLOP"};
  std::size_t unit = 0;
  for (count /= 1000; count >= 1000 && unit + 1 < std::size(units); ++unit) count /= 1000;
  return fmt::format("{:.3g} {}", count, units[unit]);
}

/// `name`, or a numbered name when it is taken.
std::string unique(std::set<std::string>& taken, const std::string& name) {
  std::string result = name;
  for (int i = 1; !taken.insert(result).second; ++i) result = name + "." + std::to_string(i);
  return result;
}

class ProgramPrinter {
public:
  ProgramPrinter(const KernelProgram& program, const Context* context)
      : program_(program), context_(context) {
    const std::vector<bool> used = used_buffers();
    for (std::size_t i = 0; i < used.size(); ++i)
      names_.push_back(used[i] ? unique(taken_, program.buffers[i].name) : std::string());
  }

  std::string run() {
    std::string text = "program @" + quoted_name(program_.name) + " (" + ports(program_.inputs) +
                       ") -> (" + ports(program_.outputs) + ")" + updates() + " {\n";
    text += buffers();
    if (program_.arena_bytes > 0)
      text += fmt::format("  workspace {} bytes\n", program_.arena_bytes);
    if (!program_.flush_denormals) text += "  denormals kept\n";
    for (const RangeCheck& check : program_.checks)
      text += fmt::format("  check {} in 0..{} for {} before {}\n", name(check.buffer),
                          check.extent, quoted_name(check.node), check.before_kernel);
    for (const Kernel& kernel : program_.kernels) text += "\n" + print(kernel);
    return text + "}\n";
  }

private:
  /// Fusion leaves buffers behind that nothing is stored in any more; they are not shown.
  std::vector<bool> used_buffers() const {
    std::vector<bool> used(program_.buffers.size(), false);
    for (std::size_t i = 0; i < used.size(); ++i)
      used[i] = program_.buffers[i].role != BufferRole::arena;
    for (const auto& update : program_.updates) used[update.copy_from] = true;
    for (const RangeCheck& check : program_.checks) used[check.buffer] = true;
    for (const Kernel& kernel : program_.kernels)
      for (const auto& list : {buffers_read(kernel), buffers_written(kernel)})
        for (const std::uint32_t buffer : list) used[buffer] = true;
    return used;
  }

  std::string name(std::uint32_t buffer) const { return kernel_name(names_[buffer]); }

  std::string port(const std::string& port, std::uint32_t buffer) const {
    return port == names_[buffer] ? name(buffer) : kernel_name(port) + " = " + name(buffer);
  }

  std::string ports(const std::vector<ProgramPort>& list) const {
    std::string text;
    for (const ProgramPort& each : list)
      text += (text.empty() ? "" : ", ") + port(each.name, each.buffer);
    return text;
  }

  std::string updates() const {
    std::string text;
    for (const auto& update : program_.updates)
      text += (text.empty() ? "" : ", ") + name(update.target) +
              (update.copy_from == update.target ? "" : " = " + name(update.copy_from));
    return text.empty() ? text : " update (" + text + ")";
  }

  /// Where it came from; the file is named where it changes.
  std::string origin(OriginId id, std::string_view before) {
    if (!context_) return {};
    const std::string text = origin_text(*context_, id, file_);
    if (const std::string& file = context_->origins[id].place.file; !file.empty()) file_ = file;
    return text.empty() ? text : std::string(before) + text;
  }

  std::string buffers() {
    std::size_t width = 0;
    for (std::uint32_t i = 0; i < names_.size(); ++i)
      if (!names_[i].empty()) width = std::max(width, name(i).size());
    std::string text;
    for (std::uint32_t i = 0; i < names_.size(); ++i) {
      if (names_[i].empty()) continue;
      const Buffer& buffer = program_.buffers[i];
      std::string line = fmt::format("  {:<8} {:<{}} : {}", buffer_role_name(buffer.role), name(i),
                                     std::min<std::size_t>(width, 32), to_string(buffer.type));
      if (buffer.offset >= 0) line += fmt::format(" at {}", buffer.offset);
      if (buffer.data) line += " = " + attr_text(AttrValue(*buffer.data));
      text += line + origin(buffer.origin, "  // ") + "\n";
    }
    return text;
  }

  std::string list(std::vector<std::uint32_t> buffers) const {
    std::ranges::sort(buffers);
    std::string text;
    for (const std::uint32_t buffer : buffers) text += (text.empty() ? "" : ", ") + name(buffer);
    return text;
  }

  std::string print(const Kernel& kernel) {
    std::string text = fmt::format("  kernel {} ({}) -> ({}): {} {{  // {}{}\n",
                                   kernel_name(kernel.name), list(buffers_read(kernel)),
                                   list(buffers_written(kernel)), form_name(kernel.form),
                                   operations(arithmetic(kernel)), origin(kernel.origin, ", "));
    std::set<std::string> taken = taken_;
    std::vector<std::string> locals;
    for (const LocalBuffer& local : kernel.locals) {
      locals.push_back(unique(taken, local.name));
      text += "    local " + kernel_name(locals.back()) + " : " + to_string(local.type) + "\n";
    }
    const auto buffer_name = [&](std::uint32_t buffer) {
      return buffer < local_buffer ? name(buffer) : kernel_name(locals[buffer - local_buffer]);
    };
    return text + StagePrinter(kernel, buffer_name, std::move(taken)).print(4) + "  }\n";
  }

  const KernelProgram& program_;
  const Context* context_;
  std::vector<std::string> names_;
  std::set<std::string> taken_;
  std::string file_;
};

} // namespace

std::string print_program(const KernelProgram& program, const Context* context) {
  return ProgramPrinter(program, context).run();
}

} // namespace nnc
