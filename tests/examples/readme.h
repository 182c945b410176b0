// The commands of an example's README, run as its reader would run them, beside what the README
// says that they print.
//
// A command is a line "$ ..." in a fenced block, continued after a backslash; the lines up to the
// next one are its output. All run one after the other in one copy of the example's folder, with
// nnc on the PATH.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nnc::examples_test {

struct Command {
  std::string line, out, err;
  int code = -1;
};

/// A text that is put in the place of another in the model, to see whether a check notices.
using Change = std::pair<std::string, std::string>;

class Readme {
public:
  /// Runs the README of examples/`folder`; the model is the .json file called like the folder. A
  /// change whose text is not in the model exactly once is a failed expectation.
  static Readme run(const std::string& folder, const Change& change = {});

  const std::vector<Command>& commands() const { return commands_; }
  /// The README with what was printed now. What says the same on another machine stays as it was:
  /// sizes, milliseconds, the CPU, and digits of numbers behind the third may differ.
  const std::string& text() const { return text_; }

  /// The numbers in the last line "name=..." that a command printed; none if there is no such line.
  std::vector<double> numbers(std::size_t command, const std::string& name) const;
  /// The only one, else NaN.
  double number(std::size_t command, const std::string& name) const;

private:
  std::vector<Command> commands_;
  std::string text_;
};

} // namespace nnc::examples_test
