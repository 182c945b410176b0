// The log of a training run: a CSV file with one row an epoch.
//
//   epoch,loss,valid_loss,valid_accuracy,ms
//   1,1.0423,0.6211,0.8492,3.1
//
// Between valid_loss and ms stands a column for each metric, and one for the accuracy where there
// are none. Numbers have the fewest digits that give them back; a value that there is none of is
// empty.
#pragma once

#include "frontends/host/train/trainer.h"

namespace nnc {

class TrainLog {
public:
  /// A new log, or an old one cut down to its first `keep` epochs. An empty path is no log.
  /// E0122 when it cannot be written, E0613 when what is there is no log with these columns.
  static Result<TrainLog> open(const std::string& path, std::int64_t keep,
                               const std::vector<std::string>& metrics);
  /// Adds a row; it is in the file when this returns.
  Status add(const EpochReport& report);
  /// The rows that were kept.
  const std::vector<EpochReport>& kept() const { return kept_; }

private:
  std::string path_;
  std::vector<std::string> metrics_; ///< columns
  std::vector<EpochReport> kept_;
};

/// Adds text to the end of a file, on the way to the disk when this returns. E0122.
Status append_to_file(const std::string& path, std::string_view text);

} // namespace nnc
