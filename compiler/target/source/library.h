// The functions that a file brings along: what a language lacks or leaves open (integers that wrap,
// conversions that saturate, 16-bit floats), and exp, log, sin, ... from ir/math. Only those that
// are used are written, each after those that it uses itself.
#pragma once

#include "ir/kernel/expr.h"

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace nnc::source {

/// A function that is written by hand. `$` stands for Language::function.
struct Primitive {
  std::string_view name;
  std::string_view needs; ///< other primitives, separated by blanks
  std::string_view text;
};

/// What a language does its own way.
struct Language {
  std::string_view name;     ///< "CUDA"
  std::string_view function; ///< how an inline function begins: "static inline "
  std::span<const Primitive> primitives;
  /// The compiler may make one operation of a * b + c: then products of floats are calls, and so is
  /// the fma of sums.
  bool fuses_products = false;
};

class Library {
public:
  explicit Library(const Language& language) : language_(language) {}
  const Language& language() const { return language_; }

  /// The primitive `name`, which the file then has. Integer operations are known for every dtype.
  std::string need(const std::string& name);
  /// A function that ir/math expands, of f32 or f64; `order` is that of a polygamma.
  std::string function(ScalarOp op, DType dtype, int order = 0);
  /// "add_i32": of the integer dtypes, as language.md section 4 has them.
  std::string integer(ScalarOp op, DType dtype);
  /// "f32_to_i8": truncates, saturates, NaN gives 0.
  std::string to_integer(DType from, DType to);

  /// A function that is made when it is first needed; `text` may need others.
  std::string define(const std::string& name, const std::function<std::string()>& text);

  std::string take() { return std::move(text_); }

private:
  bool once(const std::string& name) { return used_.insert(name).second; }
  void add(std::string_view text);

  const Language& language_;
  std::set<std::string> used_;
  std::string text_;
};

/// What a file may define or find defined, so that nothing of the model may be called so.
std::vector<std::string> reserved_names(const Language& language);

} // namespace nnc::source
