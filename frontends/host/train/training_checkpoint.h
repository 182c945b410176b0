// The file that a training run writes after every epoch and goes on from.
//
// With `keep` = last it holds params and state under their names. With `keep` = best the names hold
// the values of the best epoch so far, and those that the run goes on with stand beside them as
// `last:NAME`. Normalisation and the memory of an optimiser of the host are more tensors; the place
// in the run is metadata (`nnc.*`).
#pragma once

#include "frontends/host/session.h"

namespace nnc {

/// Which weights are left in the end: those of the last epoch, or of the one with the least
/// validation loss.
enum class Keep { last, best };

class TrainingCheckpoint {
public:
  /// An empty path: nothing is written, but the best values are kept all the same.
  TrainingCheckpoint(Session& session, std::string path, Keep keep)
      : session_(session), path_(std::move(path)), keep_(keep) {}

  /// What has to be the same for a run to go on.
  void set_identity(std::vector<std::pair<std::string, std::int64_t>> identity);
  /// More that is saved and, if it is `required`, read.
  void add(std::vector<Slot> slots);

  /// E0122 when the file cannot be written.
  Status save(Metadata metadata);
  /// Nothing when there is no file. E0707 for another run, E0706 and E0704 for what is no
  /// checkpoint of a run, all before anything is changed.
  Result<std::optional<Metadata>> load();

  /// The values of the session are the best so far.
  void note_best();
  /// Puts the best values into the session, if `keep` says so and there are any.
  void restore_best();

private:
  bool splits() const { return keep_ == Keep::best && !best_.empty(); }
  std::vector<Slot> running_slots() const;
  std::vector<Slot> best_slots();
  Status check_identity(const Metadata& metadata) const;

  Session& session_;
  std::string path_;
  Keep keep_;
  std::vector<std::pair<std::string, std::int64_t>> identity_;
  std::vector<Slot> added_;
  std::vector<NamedTensor> best_; ///< with the names of params and state
};

} // namespace nnc
