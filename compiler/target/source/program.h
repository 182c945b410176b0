// A program as statements of the language that calls its kernels: index checks, kernels, loops and
// branches in order. What a kernel, a check or a number in memory looks like is the target's.
#pragma once

#include "compiler/target/source/text.h"
#include "ir/kernel/regions.h"

#include <map>

namespace nnc::source {

class ProgramPrinter {
public:
  /// New variables get names that are not in `taken`.
  ProgramPrinter(const KernelProgram& program, Lines& lines, aot::Names taken);
  virtual ~ProgramPrinter() = default;
  ProgramPrinter(const ProgramPrinter&) = delete;
  ProgramPrinter& operator=(const ProgramPrinter&) = delete;

  void print();

protected:
  virtual void call(std::uint32_t kernel) = 0;
  /// Checks that stand at one place, by their numbers.
  virtual void check(std::span<const std::size_t> numbers) = 0;
  /// An expression for the one element of a buffer, after the statements that it needs.
  virtual std::string read(std::uint32_t buffer) = 0;
  virtual void write(std::uint32_t buffer, const std::string& value) = 0;

  const KernelProgram& program_;
  Lines& lines_;

private:
  void print(const std::vector<Unit>& sequence, std::uint32_t region, std::uint32_t last,
             bool checks_at_end);
  void print_checks(std::uint32_t region, std::uint32_t before);
  void print_branch(std::uint32_t region);
  void print_loop(std::uint32_t region);
  std::string limit(const Region& region);

  /// Of indices that there are, by region and the kernel that they stand before.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::size_t>> checks_;
  aot::Names taken_;
};

} // namespace nnc::source
