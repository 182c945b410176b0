// Size symbols bound to numbers, and types with symbols made plain.
#pragma once

#include "frontends/model/doc.h"

#include <set>
#include <span>

namespace nnc {

class Sizes {
public:
  void set(std::string_view symbol, std::int64_t value) {
    values_.insert_or_assign(std::string(symbol), value);
  }
  std::optional<std::int64_t> find(std::string_view symbol) const;
  /// Says that there is such a symbol, with a value or without.
  void declare(std::string_view symbol) { declared_.emplace(symbol); }
  /// It was declared, but has no value.
  bool open(std::string_view symbol) const {
    return declared_.contains(symbol) && !values_.contains(symbol);
  }

  /// Plain sizes; E0307 names the first symbol without a value, E0202 a tensor that is too large.
  Result<Type> resolve(const TypeDoc& type, const std::string& what) const;

private:
  std::map<std::string, std::int64_t, std::less<>> values_;
  std::set<std::string, std::less<>> declared_;
};

/// E0307; `of` says whose size it is, or is empty.
Error size_without_value(std::string_view symbol, const std::string& of = {});

/// Which symbols a tensor of type `given` binds where `type` is written. E0306 when it does not
/// fit, or `bound` has another value already.
Status bind_sizes(const TypeDoc& type, const Type& given, const std::string& what,
                  std::map<std::string, std::int64_t, std::less<>>& bound);

/// What is wrong with a value that a user gives a size: E0306 when it is none of `symbols`, E0109
/// for a number that no size can be.
Status check_size(std::span<const std::string_view> symbols, const std::string& symbol,
                  std::int64_t value);

/// Gives a size this value, in place of what the model and its functions say.
void set_size(ModelDoc& doc, const std::string& symbol, std::int64_t value);

} // namespace nnc
