#include "compiler/target/source/program.h"

#include <fmt/format.h>

namespace nnc::source {

ProgramPrinter::ProgramPrinter(const KernelProgram& program, Lines& lines, aot::Names taken)
    : program_(program), lines_(lines), taken_(std::move(taken)) {
  for (std::size_t i = 0; i < program.checks.size(); ++i)
    if (const RangeCheck& one = program.checks[i]; program.buffers[one.buffer].type.elements() > 0)
      checks_[{one.region, one.before_kernel}].push_back(i);
}

void ProgramPrinter::print() {
  print(units(program_), Region::none, static_cast<std::uint32_t>(program_.kernels.size()), true);
}

/// Checks between the parts of a region are of the second one.
void ProgramPrinter::print(const std::vector<Unit>& sequence, std::uint32_t region,
                           std::uint32_t last, bool checks_at_end) {
  for (const Unit& unit : sequence) {
    print_checks(region, unit.first);
    if (unit.region == Region::none)
      call(unit.first);
    else if (program_.regions[unit.region].kind == Region::Kind::loop)
      print_loop(unit.region);
    else
      print_branch(unit.region);
  }
  if (checks_at_end) print_checks(region, last);
}

void ProgramPrinter::print_checks(std::uint32_t region, std::uint32_t before) {
  if (const auto here = checks_.find({region, before}); here != checks_.end()) check(here->second);
}

void ProgramPrinter::print_branch(std::uint32_t r) {
  const Region& region = program_.regions[r];
  lines_.open(fmt::format("if ({}) {{", read(region.condition)));
  print(units_of_part(program_, r, region.first, region.middle), r, region.middle, false);
  lines_.close("} else {");
  lines_.indent();
  print(units_of_part(program_, r, region.middle, region.last), r, region.last, true);
  lines_.close();
}

/// How many steps there are at most, as an expression; empty where there is no limit.
std::string ProgramPrinter::limit(const Region& region) {
  if (region.length < 0) return {};
  if (region.count == Region::none) return std::to_string(region.length);
  std::string name = fresh_name(taken_, "limit");
  lines_.add(fmt::format("int64_t {} = {};", name, read(region.count)));
  lines_.add(fmt::format("if ({0} < 0) {0} = 0;", name));
  lines_.add(fmt::format("if ({0} > {1}) {0} = {1};", name, region.length));
  return name;
}

void ProgramPrinter::print_loop(std::uint32_t r) {
  const Region& region = program_.regions[r];
  const std::string most = limit(region), step = fresh_name(taken_, "step");
  const bool counted = region.steps != Region::none;
  if (counted) lines_.add(fmt::format("int64_t {} = 0;", step));
  lines_.open(fmt::format("for ({}; {}; ++{}) {{", counted ? "" : "int64_t " + step + " = 0",
                          most.empty() ? "" : fmt::format("{} < {}", step, most), step));
  if (region.condition != Region::none) {
    print(units_of_part(program_, r, region.first, region.middle), r, region.middle, false);
    lines_.add(fmt::format("if (!({})) break;", read(region.condition)));
  }
  if (region.counter != Region::none)
    write(region.counter, region.reverse ? fmt::format("{} - 1 - {}", most, step) : step);
  print(units_of_part(program_, r, region.middle, region.last), r, region.last, true);
  lines_.close();
  if (counted) write(region.steps, step);
}

} // namespace nnc::source
