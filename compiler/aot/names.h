// Names in C: what a name of the model is called there, and which ones are in use.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace nnc::aot {

/// The names in use in a scope: its own and those of the scope around it, which are looked up
/// there. So a scope inside of a large one costs what it adds.
class Names {
public:
  Names() = default;
  Names(std::initializer_list<std::string> own) : own_(own) {}
  /// A scope in `outer`, which has to outlive it.
  static Names inside(const Names& outer) {
    Names names;
    names.outer_ = &outer;
    return names;
  }

  /// False if the name is in use already.
  bool insert(const std::string& name);
  void insert(std::span<const std::string> names) { own_.insert(names.begin(), names.end()); }
  /// A name of this scope is free again.
  void erase(const std::string& name) { own_.erase(name); }
  bool contains(const std::string& name) const;

private:
  const Names* outer_ = nullptr;
  std::unordered_set<std::string> own_;
};

/// Identifiers for `names`, all different, none reserved in C or C++ nor in `taken`.
std::vector<std::string> c_names(std::span<const std::string> names, Names taken = {});

} // namespace nnc::aot
