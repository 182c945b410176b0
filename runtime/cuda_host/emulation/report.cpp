#include "report.h"

#include <algorithm>

namespace nnc::cuda_host {

namespace {

constexpr std::size_t most_reports = 100;

void add(GlobalTraffic& to, const GlobalTraffic& from) {
  to.requests += from.requests;
  to.bytes += from.bytes;
  to.sectors += from.sectors;
  to.wide += from.wide;
}

void add(SharedTraffic& to, const SharedTraffic& from) {
  to.requests += from.requests;
  to.bytes += from.bytes;
  to.wavefronts += from.wavefronts;
  to.conflicts += from.conflicts;
  to.wide += from.wide;
}

void add(Counters& to, const Counters& from) {
  to.launches += from.launches;
  to.blocks += from.blocks;
  to.threads += from.threads;
  to.barriers += from.barriers;
  to.exchanges += from.exchanges;
  to.products += from.products;
  to.atomics += from.atomics;
  add(to.global_loads, from.global_loads);
  add(to.global_stores, from.global_stores);
  add(to.shared_loads, from.shared_loads);
  add(to.shared_stores, from.shared_stores);
}

} // namespace

std::string hexadecimal(std::uintptr_t value) {
  std::ostringstream stream;
  stream << "0x" << std::hex << value;
  return stream.str();
}

std::string text_of(uint3 index) { return text('(', index.x, ',', index.y, ',', index.z, ')'); }

std::string text_of(Place place) {
  const std::string file = place.file;
  return text(file.substr(file.rfind('/') + 1), ':', place.line);
}

void Records::report(Fault fault, std::uintptr_t place, const std::string& line) {
  if (reports_.size() < most_reports && seen_.emplace(fault, place).second)
    reports_.push_back({fault, line});
}

cudaError_t Records::fail(cudaError_t error) {
  if (error_ == cudaSuccess) error_ = error;
  return error;
}

cudaError_t Records::take_error() { return std::exchange(error_, cudaSuccess); }

Counters Records::total(const char* kernel) const {
  Counters sum{};
  for (const auto& [name, counters] : counters_)
    if (!kernel || name == kernel) add(sum, counters);
  return sum;
}

Report Records::report_at(std::size_t index) const {
  const Kept& kept = reports_.at(index);
  return {kept.fault, kept.text.c_str()};
}

void Records::reset() { *this = Records(); }

Records& records() {
  static Records of_library;
  return of_library;
}

} // namespace nnc::cuda_host
