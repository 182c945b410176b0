// Runs the command as its users do, and compares what it says with files.
#pragma once

#include "testing/golden.h"

#include <string>
#include <vector>

namespace nnc::cli_test {

struct Outcome {
  int code = -1; ///< of exit, or 128 + the number of a signal
  std::string out, err;
};

/// Runs a program with these words, found as a shell would; `input` is its standard input.
Outcome run_program(const std::vector<std::string>& words, const std::string& input = {},
                    const std::string& folder = {});
/// Is there a program of this name?
bool has_program(const std::string& name);
/// build/nnc in the folder of test models.
Outcome nnc(std::vector<std::string> words, const std::string& input = {});
/// build/nnc beside churn.json, the example.
Outcome nnc_on_churn(std::vector<std::string> words);

/// A folder of its own that goes with the object.
class Folder {
public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

std::string file_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);
int line_count(const std::string& text);

} // namespace nnc::cli_test
