// A small problem: three clouds of points in four dimensions, and models that tell them apart.
#pragma once

#include "frontends/host/train/trainer.h"

#include <string>

namespace nnc::train_test {

/// A folder of its own that goes with the object.
class Folder {
public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file and gives its path.
  std::string write(const std::string& name, std::string_view text) const;

private:
  std::string path_;
};

/// Rows of four features and a class, 0 to 2.
std::string blobs_csv(int rows);
/// 4-8-3 with dropout; `optimizer` is JSON. Batches of N = 16.
std::string blobs_model(const std::string& optimizer, const std::string& more_functions = {});

struct Trained {
  TrainOutcome outcome;
  Session session;
};
/// Loads the model and the data in files and trains. `steps` >= 0 stops before that many + 1.
Result<Trained> train_files(const std::string& model, const std::string& data, TrainOptions options,
                            int threads = 1, std::int64_t steps = -1, bool normalized = false);

/// The values of params and state by name, as bytes.
std::map<std::string, std::string> values_of(Session& session);
std::string file_text(const std::string& path);
/// A log without its last column, the time.
std::string without_times(const std::string& log);

} // namespace nnc::train_test
