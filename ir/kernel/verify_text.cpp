#include "ir/kernel/print.h"
#include "ir/kernel/verify.h"
#include "ir/text/cursor.h"

#include <algorithm>

namespace nnc {
namespace {

/// Where a line of kernel text stands in the program that it describes. Lines are told apart by
/// their first word: names that could be taken for one stand in backquotes. The end of a block
/// counts as a store after the last one, about which nothing is wrong.
class Reader {
public:
  KernelFault next(std::string_view line) {
    Cursor cursor(line, {});
    const std::string_view word = cursor.word();
    KernelFault at;
    if (word == "kernel") {
      kernel_ = kernel_ == KernelFault::none ? 0 : kernel_ + 1;
      stage_ = KernelFault::none;
    } else if (word == "for" || word == "once") {
      stage_ = stage_ == KernelFault::none ? 0 : stage_ + 1;
      store_ = 0;
    } else if (stage_ != KernelFault::none && word != "let" && line.size() > 4 && line[3] == ' ') {
      at.store = store_++;
    } else {
      return {};
    }
    at.kernel = kernel_;
    at.stage = stage_;
    return at;
  }

private:
  std::uint32_t kernel_ = KernelFault::none, stage_ = KernelFault::none, store_ = 0;
};

std::string mark(std::string_view line, const KernelFault& fault) {
  constexpr std::size_t widest = 72;
  const std::string margin(std::min(line.find_first_not_of(' '), line.size()), ' ');
  const std::size_t width = std::min(line.find("  //"), line.size()) - margin.size();
  return margin + "^" + std::string(std::clamp<std::size_t>(width, 1, widest) - 1, '~') + "\n" +
         margin + "error: " + std::string(fault.rule) + ": " + fault.message + "\n";
}

/// Whether a line above the kernels is that of a buffer.
bool declares(std::string_view line, const Buffer& buffer) {
  Cursor cursor(line, {});
  if (cursor.word() != buffer_role_name(buffer.role)) return false;
  const auto quoted = cursor.backquoted();
  return (quoted ? *quoted : cursor.word(true)) == buffer.name;
}

bool same_place(const KernelFault& a, const KernelFault& b) {
  return a.kernel == b.kernel && a.stage == b.stage && a.store == b.store;
}

/// The header and the kernels at fault, line by line; `shown` are the faults that have a line.
std::string marked_lines(const KernelProgram& program, std::span<const KernelFault> faults,
                         std::vector<bool>& shown) {
  const std::string all = print_program(program);
  std::string text;
  Reader reader;
  bool wanted = true;
  for (std::size_t from = 0; from < all.size();) {
    const std::size_t end = all.find('\n', from);
    const std::string line = all.substr(from, end - from);
    from = end + 1;
    const KernelFault at = reader.next(line);
    if (line == "}" || line.empty()) wanted = line == "}";
    if (at.kernel != KernelFault::none && at.stage == KernelFault::none)
      wanted = std::ranges::count(faults, at.kernel, &KernelFault::kernel) > 0;
    if (!wanted) continue;
    text += line + "\n";
    for (std::size_t i = 0; i < faults.size(); ++i) {
      const KernelFault& fault = faults[i];
      const bool here = fault.buffer != KernelFault::none
                            ? declares(line, program.buffers[fault.buffer])
                            : fault.kernel != KernelFault::none && same_place(fault, at);
      if (!here || shown[i]) continue;
      text += mark(line, fault);
      shown[i] = true;
    }
  }
  return text;
}

} // namespace

std::string fault_text(const KernelProgram& program, std::span<const KernelFault> faults) {
  std::vector<bool> shown(faults.size(), false);
  const bool printable = std::ranges::none_of(faults, [](const KernelFault& fault) {
    return fault.rule == "ids" || fault.rule == "ports";
  });
  std::string text = printable ? marked_lines(program, faults, shown) : std::string();
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (shown[i]) continue;
    const std::string kernel = faults[i].kernel == KernelFault::none
                                   ? ""
                                   : " (kernel " + std::to_string(faults[i].kernel) + ")";
    text += "error: " + std::string(faults[i].rule) + ": " + faults[i].message + kernel + "\n";
  }
  return text;
}

} // namespace nnc
