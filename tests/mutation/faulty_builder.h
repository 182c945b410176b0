// A builder that builds one node otherwise than it is asked to.
#pragma once

#include "mutation/injection.h"

namespace nnc::mutation {

class FaultyBuilder : public Builder {
public:
  /// Builds with `right`; `known` are the values that a rule begins with.
  FaultyBuilder(Builder& right, Injection& injection, std::vector<Known> known);

  /// Throws Refused when an edit broke the types.
  void check();
  /// Makes the edit where it is the chosen one.
  template <class Change>
  void edit(std::string_view where, std::string_view kind, std::string_view name, Change change) {
    if (injection_.chosen(where, kind, name)) change();
  }
  Builder& right() { return right_; }

protected:
  Result<std::vector<Value>> insert(const OpRow& row, std::span<const Value> operands,
                                    Attrs attrs) override;

private:
  Builder& right_;
  Injection& injection_;
  std::vector<Known> known_;
  int count_ = 0;
};

} // namespace nnc::mutation
