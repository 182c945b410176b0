// The commands of an example's README or of another page, run as its reader would run them, beside
// what the page says that they print.
//
// A command is a line "$ ..." in a fenced block, continued after a backslash; the lines up to the
// next one are its output. All run one after the other in one copy of the example's folder, with
// nnc on the PATH. Those in a block "```console full" take long: without NNC_FULL=1 they are not
// run, and what the README says is taken for what they print.
#pragma once

#include "testing/process.h"

#include <map>
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

/// A copy of a folder of the source tree, "examples/networks/xor", that finds the data and the
/// other examples where they are there. The model is the .json file called like the folder; a
/// change whose text is not in it exactly once is a failed expectation.
class FolderCopy {
public:
  explicit FolderCopy(const std::string& folder, const Change& change = {});

  const std::string& path() const { return path_; }
  /// Becomes the folder `place`, instead of going with the object.
  void keep(const std::string& place) const;
  /// In that folder, with nnc on the PATH.
  Command run(const std::string& line) const;

private:
  cli_test::Folder scratch_;
  std::string path_;
};

class Readme {
public:
  /// Runs the README of a folder of the source tree.
  static Readme run(const std::string& folder, const Change& change = {});
  /// And leaves that folder, with what the commands wrote, at `place`.
  static Readme run_and_keep(const std::string& folder, const std::string& place);
  /// Runs the commands of a page, "docs/tour.md", in a folder.
  static Readme run_page(const std::string& page, const std::string& folder,
                         const Change& change = {});

  const std::vector<Command>& commands() const { return commands_; }
  /// The README with what was printed now. What says the same on another machine stays as it was:
  /// sizes, milliseconds, the CPU, and digits of numbers behind the third may differ.
  const std::string& text() const { return text_; }
  /// Is that the README as it stands?
  bool as_shown() const { return as_shown_; }

  /// The numbers in the last line "name=..." that a command printed; none if there is no such line.
  std::vector<double> numbers(std::size_t command, const std::string& name) const;
  /// The only one, else NaN.
  double number(std::size_t command, const std::string& name) const;

  /// The numbers that stand behind a name and a blank, "accuracy 0.9694", one a line at most.
  std::vector<double> said(std::size_t command, const std::string& name) const;

  /// A text in out/ (.csv or .dot), or a picture (.svg) beside it, as the commands left it; a
  /// failed expectation if there is none.
  std::string file(const std::string& name) const;
  /// A column of a table there, by the name in the table's first line; empty if there is none.
  std::vector<double> column(const std::string& table, const std::string& name) const;
  /// A column of the table that a command printed.
  std::vector<double> column(std::size_t command, const std::string& name) const;

private:
  void run_commands(const std::string& page, const FolderCopy& place);

  std::vector<Command> commands_;
  std::string text_;
  bool as_shown_ = true;
  std::map<std::string, std::string> files_;
};

} // namespace nnc::examples_test
