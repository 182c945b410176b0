// A kernel or buffer of a program as people ask for it: who reads and stores what, and which nodes
// of the graph that is, each followed to where it came from.
//
// A program keeps no links to its graph. Buffers have the name and origin of what is stored in
// them, which find it again; a kernel in a loop belongs to the body that the loop runs.
#pragma once

#include "ir/kernel/kernel.h"
#include "ir/text/explanation.h"

namespace nnc {

class ProgramExplanation {
public:
  /// `function` is the graph that the program was made of; null where only its text is there.
  explicit ProgramExplanation(const KernelProgram& program, const Explanation* function = nullptr);

  /// Of a kernel, a buffer, or a local buffer of a kernel, by its name in dumps; "step_2/m" is the
  /// local `m` of the kernel `step_2`. Empty where there is none.
  std::string text(const std::string& name) const;
  /// All names that `text` knows.
  std::vector<std::string> known() const;

private:
  /// Name and origin of a buffer.
  using Key = std::pair<std::string, std::uint32_t>;
  /// A graph that kernels compute, and its values by the buffers that they may be stored in.
  struct Level {
    const Graph* graph = nullptr; ///< null where it was not found
    std::map<Key, Value> values = {};
  };

  Key key(std::uint32_t buffer) const;
  Level outermost() const;
  Level inside(const Level& around, const Region& region, std::uint32_t kernel) const;
  const Node* runner(const Level& around, const Region& region) const;
  Level level_of(std::uint32_t kernel) const;
  std::optional<Value> stored(const Level& level, const Kernel& kernel, std::uint32_t buffer) const;
  std::vector<Value> computed(const Level& level, const Kernel& kernel) const;

  std::string kernel_text(std::uint32_t kernel) const;
  std::string nodes_text(const Level& level, const Kernel& kernel) const;
  std::string buffer_text(std::uint32_t buffer) const;
  std::string local_text(std::uint32_t kernel, std::uint32_t local) const;
  std::string use_in_regions(std::uint32_t buffer) const;
  std::string kernels_that(std::string_view verb, std::uint32_t buffer,
                           std::vector<std::uint32_t> (*which)(const Kernel&)) const;
  std::string list(std::vector<std::uint32_t> buffers) const;
  std::string walk(const Level& level, const Kernel& kernel, std::uint32_t buffer) const;

  const KernelProgram& program_;
  const Explanation* function_;
  std::vector<std::string> names_;               ///< by buffer
  std::vector<std::vector<std::string>> locals_; ///< by kernel
};

} // namespace nnc
