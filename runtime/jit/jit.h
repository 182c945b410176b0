// Loads relocatable objects made by the CPU target into this process. Their code resolves no symbol
// of the process, and no page is ever writable and executable at once.
#pragma once

#include "ir/types.h"

#include <memory>

namespace nnc {

class LoadedCode {
public:
  /// Objects may refer to each other. Error E0503 when one refers to anything else or is no object
  /// for this machine.
  static Result<LoadedCode> load(std::span<const std::vector<char>> objects);
  LoadedCode(LoadedCode&&) noexcept;
  LoadedCode& operator=(LoadedCode&&) noexcept;
  ~LoadedCode();

  /// The address of an exported function; it lives as long as this object.
  Result<void*> find(const std::string& symbol) const;

private:
  struct State;
  explicit LoadedCode(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace nnc
