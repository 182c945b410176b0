#include "ir/kernel/print.h"

#include "ir/kernel/names.h"
#include "ir/kernel/print_stage.h"
#include "ir/kernel/work.h"
#include "ir/text/cursor.h"
#include "ir/text/header.h"
#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

constexpr std::size_t widest_name = 32, widest_place = 40;

/// "2.62 kFLOP", "1.5 KB"
std::string scaled(double count, double step, std::span<const std::string_view> units) {
  std::size_t unit = 0;
  for (; count >= step - 0.5 && unit + 1 < units.size(); ++unit) count /= step;
  return fmt::format("{:.{}g} {}", count, count < 1000 ? 3 : 4, units[unit]);
}

constexpr std::string_view operations[] = {"FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP"};
constexpr std::string_view sizes[] = {"B", "KB", "MB", "GB", "TB"};

class ProgramPrinter {
public:
  ProgramPrinter(const KernelProgram& program, const Context* context)
      : program_(program), context_(context), names_(printed_names(program)),
        taken_(names_.begin(), names_.end()) {}

  std::string run() {
    std::vector<HeaderList> lists{
        {"program @" + quoted_name(program_.name) + " ", ports(program_.inputs)},
        {"-> ", ports(program_.outputs)}};
    if (!program_.updates.empty()) lists.push_back({"update ", updates()});
    std::string text = header_text(lists) + " {\n";
    text += buffers();
    if (program_.arena_bytes > 0)
      text += fmt::format("  workspace {} bytes\n", program_.arena_bytes);
    if (!program_.flush_denormals) text += "  denormals kept\n";
    for (const RangeCheck& check : program_.checks)
      if (check.region == Region::none)
        text += "  " + print(check) + " before " + std::to_string(check.before_kernel) + "\n";
    return text + print(units(program_), Region::none, 0) + "}\n";
  }

private:
  std::string print(const RangeCheck& check) const {
    return fmt::format("check {} in 0..{} for {}", name(check.buffer), check.extent,
                       quoted_name(check.node));
  }

  /// `text` with every line `depth` levels further in.
  static std::string inside(std::size_t depth, const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\n' && (i == 0 || text[i - 1] == '\n')) result += std::string(2 * depth, ' ');
      result += text[i];
    }
    return result;
  }

  /// Kernels and regions, each after an empty line. Checks in a region stand where they run.
  std::string print(const std::vector<Unit>& sequence, std::uint32_t region, std::size_t depth) {
    std::string text;
    for (const Unit& unit : sequence) {
      text += checks(region, unit.first, depth) + "\n";
      if (unit.region == Region::none)
        text += inside(depth, print(program_.kernels[unit.first]));
      else
        text += print_region(unit.region, depth);
    }
    return text;
  }

  std::string checks(std::uint32_t region, std::uint32_t k, std::size_t depth) const {
    std::string text;
    for (const RangeCheck& check : program_.checks)
      if (region != Region::none && check.region == region && check.before_kernel == k)
        text += std::string(2 * depth + 2, ' ') + print(check) + "\n";
    return text;
  }

  std::string print_region(std::uint32_t r, std::size_t depth) {
    const Region& region = program_.regions[r];
    const std::string blanks(2 * depth + 2, ' ');
    const auto part = [&](std::uint32_t first, std::uint32_t last) {
      return "{" + ("\n" + print(units_of_part(program_, r, first, last), r, depth + 1));
    };
    if (region.kind == Region::Kind::branch)
      return blanks + "branch " + name(region.condition) + " " + part(region.first, region.middle) +
             blanks + "} else " + part(region.middle, region.last) + blanks + "}\n";
    std::string text = blanks + "loop";
    const auto add = [&](std::string_view word, std::uint32_t buffer) {
      if (buffer != Region::none) text += fmt::format(" {} {}", word, name(buffer));
    };
    add("slice", region.counter);
    if (region.length >= 0) text += fmt::format(" in 0..{}", region.length);
    if (region.reverse) text += " reverse";
    add("count", region.count);
    add("steps", region.steps);
    add("while", region.condition);
    if (region.condition != Region::none)
      text += " " + part(region.first, region.middle) + blanks + "} do";
    return text + " " + part(region.middle, region.last) + checks(r, region.last, depth + 1) +
           blanks + "}\n";
  }

  std::string name(std::uint32_t buffer) const { return kernel_name(names_[buffer]); }

  std::string port(const std::string& port, std::uint32_t buffer) const {
    return port == names_[buffer] ? name(buffer) : kernel_name(port) + " = " + name(buffer);
  }

  std::vector<std::string> ports(const std::vector<ProgramPort>& list) const {
    std::vector<std::string> texts;
    for (const ProgramPort& each : list) texts.push_back(port(each.name, each.buffer));
    return texts;
  }

  std::vector<std::string> updates() const {
    std::vector<std::string> texts;
    for (const auto& update : program_.updates)
      texts.push_back(name(update.target) +
                      (update.copy_from == update.target ? "" : " = " + name(update.copy_from)));
    return texts;
  }

  /// Where it came from; the file is named where it changes.
  std::string origin(OriginId id, std::string_view before) {
    if (!context_) return {};
    const std::string text = origin_text(*context_, id, file_);
    if (const std::string& file = context_->origins.file(id); !file.empty()) file_ = file;
    return text.empty() ? text : std::string(before) + text;
  }

  std::string buffers() {
    std::vector<std::uint32_t> shown;
    for (std::uint32_t i = 0; i < names_.size(); ++i)
      if (!names_[i].empty()) shown.push_back(i);
    std::size_t left = 0, right = 0;
    for (const std::uint32_t i : shown) {
      left = std::max(left, std::min(name(i).size(), widest_name));
      right = std::max(right, std::min(place(program_.buffers[i]).size(), widest_place));
    }
    std::string text;
    for (const std::uint32_t i : shown) {
      const Buffer& buffer = program_.buffers[i];
      std::string line = fmt::format("  {:<8} {:<{}} : {:<{}}", buffer_role_name(buffer.role),
                                     name(i), left, place(buffer), right) +
                         origin(buffer.origin, "  // ");
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
    return text;
  }

  static std::string place(const Buffer& buffer) {
    std::string text = to_string(buffer.type);
    if (buffer.offset >= 0) text += fmt::format(" at {}", buffer.offset);
    if (buffer.data) text += " = " + attr_text(AttrValue(*buffer.data));
    return text;
  }

  std::vector<std::string> list(std::vector<std::uint32_t> buffers) const {
    std::ranges::sort(buffers);
    std::vector<std::string> texts;
    for (const std::uint32_t buffer : buffers) texts.push_back(name(buffer));
    return texts;
  }

  std::string print(const Kernel& kernel) {
    const KernelWork work = work_of(kernel, program_.buffers);
    std::string text =
        header_text({{"  kernel " + kernel_name(kernel.name) + " ", list(buffers_read(kernel))},
                     {"-> ", list(buffers_written(kernel))}},
                    6) +
        fmt::format(": {} {{  // {}, {}\n", form_name(kernel.form),
                    scaled(work.flop, 1000, operations), scaled(work.bytes, 1024, sizes));
    std::set<std::string> taken = taken_;
    const std::vector<std::string> locals = local_names(kernel, taken);
    for (std::size_t i = 0; i < locals.size(); ++i)
      text +=
          "    local " + kernel_name(locals[i]) + " : " + to_string(kernel.locals[i].type) + "\n";
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
