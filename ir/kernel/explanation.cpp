#include "ir/kernel/explanation.h"

#include "ir/kernel/names.h"
#include "ir/text/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

ProgramExplanation::ProgramExplanation(const KernelProgram& program, const Explanation* function)
    : program_(program), function_(function), names_(printed_names(program)) {
  for (const Kernel& kernel : program.kernels) {
    std::set<std::string> taken(names_.begin(), names_.end());
    locals_.push_back(local_names(kernel, taken));
  }
}

std::vector<std::string> ProgramExplanation::known() const {
  std::vector<std::string> all = names_;
  for (const Kernel& kernel : program_.kernels) all.push_back(kernel.name);
  for (const auto& locals : locals_) all.insert(all.end(), locals.begin(), locals.end());
  return all;
}

std::string ProgramExplanation::text(const std::string& name) const {
  if (name.empty()) return {};
  const auto kernel = std::ranges::find(program_.kernels, name, &Kernel::name);
  if (kernel != program_.kernels.end())
    return kernel_text(static_cast<std::uint32_t>(kernel - program_.kernels.begin()));
  const auto buffer = std::ranges::find(names_, name);
  if (buffer != names_.end())
    return buffer_text(static_cast<std::uint32_t>(buffer - names_.begin()));
  for (std::uint32_t k = 0; k < locals_.size(); ++k)
    for (std::uint32_t i = 0; i < locals_[k].size(); ++i)
      if (locals_[k][i] == name || program_.kernels[k].name + "/" + locals_[k][i] == name)
        return local_text(k, i);
  return {};
}

std::string ProgramExplanation::list(std::vector<std::uint32_t> buffers) const {
  std::ranges::sort(buffers);
  std::vector<std::string> names;
  for (const std::uint32_t buffer : buffers) names.push_back(names_[buffer]);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string ProgramExplanation::kernel_text(std::uint32_t k) const {
  const Kernel& kernel = program_.kernels[k];
  std::string text = fmt::format("kernel {}  {}\n  in program {}\n", kernel.name,
                                 form_name(kernel.form), program_.name);
  if (const std::string read = list(buffers_read(kernel)); !read.empty())
    text += "  reads " + read + "\n";
  const std::vector<std::uint32_t> written = buffers_written(kernel);
  text += "  stores " + list(written) + "\n";
  if (!function_) return text;
  const Level level = level_of(k);
  text += nodes_text(level, kernel);
  for (const std::uint32_t buffer : written) text += walk(level, kernel, buffer);
  return text;
}

std::string ProgramExplanation::nodes_text(const Level& level, const Kernel& kernel) const {
  const std::vector<Value> nodes = computed(level, kernel);
  if (nodes.empty()) return "  computes no node: it copies or fills what others work on\n";
  std::string text = fmt::format("  computes in {}\n", function_->place(*level.graph));
  for (const Value node : nodes) text += "    " + function_->line({level.graph, node}) + "\n";
  return text;
}

/// The node that is stored in a buffer, after an empty line.
std::string ProgramExplanation::walk(const Level& level, const Kernel& kernel,
                                     std::uint32_t buffer) const {
  if (const auto value = stored(level, kernel, buffer))
    return "\n" + function_->text({level.graph, *value});
  if (buffer >= local_buffer) return {};
  const Buffer& own = program_.buffers[buffer];
  return fmt::format("\n{}  {}\n{}", names_[buffer], to_string(own.type),
                     provenance(function_->function().context(), own.origin));
}

std::string
ProgramExplanation::kernels_that(std::string_view verb, std::uint32_t buffer,
                                 std::vector<std::uint32_t> (*which)(const Kernel&)) const {
  std::vector<std::string> names;
  for (const Kernel& kernel : program_.kernels) {
    const std::vector<std::uint32_t> all = which(kernel);
    if (std::ranges::find(all, buffer) != all.end()) names.push_back(kernel.name);
  }
  return names.empty() ? "" : fmt::format("  {} {}\n", verb, fmt::join(names, ", "));
}

std::string ProgramExplanation::use_in_regions(std::uint32_t buffer) const {
  std::string text;
  for (const Region& region : program_.regions) {
    const std::string &first = program_.kernels[region.first].name,
                      &last = program_.kernels[region.last - 1].name;
    const std::string of =
        fmt::format(" the {} of {}\n", region.kind == Region::Kind::loop ? "loop" : "branch",
                    first == last ? first : first + " to " + last);
    if (region.counter == buffer) text += "  is the slice that is worked on in" + of;
    if (region.count == buffer) text += "  is the number of steps of" + of;
    if (region.steps == buffer) text += "  counts the steps taken of" + of;
    if (region.condition == buffer) text += "  is the condition of" + of;
  }
  return text;
}

std::string ProgramExplanation::buffer_text(std::uint32_t b) const {
  const Buffer& buffer = program_.buffers[b];
  std::string text =
      fmt::format("{}  {}  {}{}\n  in program {}\n", names_[b], to_string(buffer.type),
                  buffer_role_name(buffer.role),
                  buffer.offset >= 0 ? fmt::format(" at {}", buffer.offset) : "", program_.name);
  text += kernels_that("stored by", b, buffers_written);
  text += kernels_that("read by", b, buffers_read);
  text += use_in_regions(b);
  if (!function_) return text;
  std::vector<std::string> walks; // one carried buffer may hold several values, in turn
  for (std::uint32_t k = 0; k < program_.kernels.size(); ++k) {
    const std::vector<std::uint32_t> written = buffers_written(program_.kernels[k]);
    if (std::ranges::find(written, b) == written.end()) continue;
    std::string one = walk(level_of(k), program_.kernels[k], b);
    if (std::ranges::find(walks, one) == walks.end()) walks.push_back(std::move(one));
  }
  if (walks.empty()) walks.push_back(walk(outermost(), {}, b));
  return fmt::format("{}{}", text, fmt::join(walks, ""));
}

std::string ProgramExplanation::local_text(std::uint32_t k, std::uint32_t local) const {
  const Kernel& kernel = program_.kernels[k];
  const std::string text =
      fmt::format("{}  {}  local to kernel {}\n  in program {}\n", locals_[k][local],
                  to_string(kernel.locals[local].type), kernel.name, program_.name);
  return function_ ? text + walk(level_of(k), kernel, local_buffer + local) : text;
}

} // namespace nnc
