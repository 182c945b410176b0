// Reports and counters of all launches since the last reset, and the last error.
#pragma once

#include "../cuda_runtime_api.h"
#include "../warp_functions.h"
#include "interface.h"

#include <cstdint>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace nnc::cuda_host {

/// The arguments as one text.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream stream;
  (stream << ... << parts);
  return stream.str();
}
/// "0x1f"
std::string hexadecimal(std::uintptr_t value);
/// "(1,2,3)"
std::string text_of(uint3 index);
/// "step.cu:12"
std::string text_of(Place place);

class Records {
public:
  /// Adds a report, once for each `place` of code and fault, a hundred at the most.
  void report(Fault fault, std::uintptr_t place, const std::string& line);
  /// Keeps an error until it is asked for; the first one stays.
  cudaError_t fail(cudaError_t error);
  cudaError_t take_error();
  cudaError_t error() const { return error_; }
  Counters& counters(const std::string& kernel) { return counters_[kernel]; }
  Counters total(const char* kernel) const;
  std::size_t report_count() const { return reports_.size(); }
  Report report_at(std::size_t index) const;
  void reset();

private:
  struct Kept {
    Fault fault;
    std::string text;
  };
  std::vector<Kept> reports_;
  std::set<std::pair<Fault, std::uintptr_t>> seen_;
  std::map<std::string, Counters> counters_;
  cudaError_t error_ = cudaSuccess;
};

/// Of this library.
Records& records();

} // namespace nnc::cuda_host
