// Errors as values. Wrong input of any kind (a model, a data file, a command line) becomes an
// `Error` with a place, a cause and, where there is one, a suggestion; nothing a user can write
// reaches an assert or an uncaught exception. A broken invariant of nnc itself is an
// `InternalError`, which only the command's outermost frame catches (exit code 70).
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace nnc {

/// A position in a source text; lines and columns count from 1, 0 means "unknown".
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  int length = 1; ///< columns to underline
  bool operator==(const Place&) const = default;
};

struct Note {
  Place place;
  std::string message;
};

/// `code` is one of ir/error_codes.h ("E0203"); `help` may be empty.
struct Error {
  std::string code;
  std::string message;
  Place place = {};
  std::string help = {};
  std::vector<Note> notes = {};
};

/// Something nnc promised itself did not hold.
class InternalError : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

/// A value or the reason why there is none. Reading the wrong side is an InternalError.
template <class T>
class [[nodiscard]] Result {
public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  bool ok() const { return state_.index() == 0; }

  T& value() & {
    require(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    require(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    require(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    require(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    require(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

private:
  static void require(bool holds) {
    if (!holds) throw InternalError("Result: the other side was read");
  }
  std::variant<T, Error> state_;
};

/// The outcome of something that yields no value.
using Status = std::optional<Error>; // nullopt = fine

} // namespace nnc
