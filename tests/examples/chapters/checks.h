// What is held against the numbers of an example, and the examples of each chapter: a folder below
// examples/ is an example when it has a row here.
#pragma once

#include "examples/chapters/readme.h"

#include <span>

namespace nnc::examples_test {

using Vector = std::vector<double>;

double mean(const Vector& x);
double last(const Vector& x); ///< NaN of none

/// What does not hold. NaN is never right, nor are no numbers at all.
class Checks {
public:
  void holds(const std::string& what, bool right);
  void below(const std::string& what, double value, double limit);
  void at_least(const std::string& what, double value, double limit); ///< a score: the result
  void near(const std::string& what, const Vector& a, const Vector& b, double tolerance);
  /// The C program, whose command is `c`, printed the numbers that command `by` printed.
  void same(const Readme& readme, std::size_t by, std::size_t c, const std::string& name);
  /// Command `c` lists the undefined symbols of the object file: none.
  void no_symbols(const Readme& readme, std::size_t c);

  const std::vector<std::string>& failed() const { return failed_; }
  std::size_t count() const { return count_; }
  /// The last score, else the first of them that says numbers, "XOR 0.001 0.999 0.999 0.001".
  const std::string& result() const { return result_; }

private:
  void judge(bool right, const std::string& what, const std::string& result);

  std::size_t count_ = 0;
  std::string result_;
  std::vector<std::string> failed_;
};

struct Example {
  std::string folder; ///< below examples/, as in "graphs/deltas"
  void (*check)(const Readme&, Checks&);
  Change wrong;      ///< one constant of the model
  std::string found; ///< how the first check that fails then begins
  std::string of;    ///< the value whose gradient is compiled as well
  std::string wrt;   ///< with respect to these
};
inline void PrintTo(const Example& example, std::ostream* out) { *out << example.folder; }

/// All of them, chapter by chapter.
std::vector<Example> all_examples();

/// The chapters, each in the file of its name.
std::span<const Example> deep();
std::span<const Example> deep_sequences();
std::span<const Example> derivatives();
std::span<const Example> graphs();
std::span<const Example> networks();
std::span<const Example> programs();
std::span<const Example> training();

} // namespace nnc::examples_test
