#include "execution.h"

#include "memory.h"

#include <algorithm>
#include <cstring>

namespace nnc::cuda_host {

// What kernels see as constants.
uint3 thread_index asm("threadIdx");
uint3 block_index asm("blockIdx");
dim3 block_size asm("blockDim");
dim3 grid_size asm("gridDim");

} // namespace nnc::cuda_host

extern "C" {
alignas(1024) thread_local unsigned char dynamic_shared[nnc::cuda_host::most_shared];
}

namespace nnc::cuda_host {

Execution* watched_execution = nullptr;

namespace {
Execution* running_execution = nullptr;
} // namespace

Execution* running() { return running_execution; }

Checks& checks() {
  static Checks of_library;
  return of_library;
}

std::uint32_t Random::below(std::uint32_t end) {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t bits = state_;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  bits ^= bits >> 31;
  return static_cast<std::uint32_t>(((bits >> 32) * end) >> 32);
}

Execution::Execution() {
  // A thread has the storage from when it first writes there.
  static_cast<volatile unsigned char*>(dynamic_shared)[0] = 0;
  dynamic_.begin = reinterpret_cast<std::uintptr_t>(dynamic_shared);
  shared_ = thread_storage();
}

cudaError_t Execution::run(const Launch& launch, std::uint64_t seed) {
  launch_ = &launch;
  kernel_ = Symbols::of_library().function(launch.kernel);
  counters_ = &records().counters(kernel_);
  find_static_arrays();
  random_ = Random(seed);
  error_ = cudaSuccess;
  thread_count_ = launch.block.x * launch.block.y * launch.block.z;
  dynamic_.end = dynamic_.begin + launch.shared;
  block_size = launch.block;
  grid_size = launch.grid;
  watched_ = checks().instrumented && checks().on;
  if (!watched_) device_memory().assume_written();
  launch_begin_ = last_interval_ + 1;
  blocks_.clear();
  ++counters_->launches;
  running_execution = this;
  const auto [x, y, z] = std::array{launch.grid.x, launch.grid.y, launch.grid.z};
  std::vector<std::uint32_t> order(std::size_t{x} * y * z);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint32_t at = random_.below(static_cast<std::uint32_t>(i + 1));
    order[i] = order[at];
    order[at] = static_cast<std::uint32_t>(i);
  }
  for (const std::uint32_t i : order)
    if (run_block({i % x, i / x % y, i / x / y}) != cudaSuccess) break;
  running_execution = nullptr;
  return error_;
}

cudaError_t Execution::run_block(uint3 block) {
  begin_block(block);
  start_threads();
  watched_execution = watched_ ? this : nullptr;
  while (returned_ < thread_count_ && error_ == cudaSuccess) {
    if (ready_.empty()) {
      report_stuck();
      break;
    }
    const std::uint32_t pick = random_.below(static_cast<std::uint32_t>(ready_.size()));
    Thread& thread = threads_[ready_[pick]];
    ready_[pick] = ready_.back();
    ready_.pop_back();
    resume(thread);
  }
  watched_execution = nullptr;
  count_traffic();
  return error_;
}

void Execution::begin_block(uint3 block) {
  block_ = block_index = block;
  block_begin_ = ++last_interval_;
  if (watched_) blocks_.emplace_back(block_begin_, block);
  ++counters_->blocks;
  counters_->threads += thread_count_;
  poison_shared();
}

// A device leaves what the last block left there. Arrays of other kernels are out of reach; those
// of functions that are no kernels may be called by this one.
void Execution::find_static_arrays() {
  const Symbols& symbols = Symbols::of_library();
  const std::string kernel = symbols.mangled(launch_->kernel);
  kernels_.insert(kernel);
  static_arrays_.clear();
  for (const Symbols::Array& array : symbols.shared_arrays()) {
    const bool of_other = array.function != kernel && kernels_.count(array.function) != 0;
    if (!array.function.empty() && !of_other)
      static_arrays_.push_back(
          {shared_.begin + array.begin, shared_.begin + array.begin + array.size});
  }
}

void Execution::poison_shared() const {
  std::memset(reinterpret_cast<void*>(dynamic_.begin), 0xff, launch_->shared);
  for (const Range& array : static_arrays_)
    std::memset(reinterpret_cast<void*>(array.begin), 0xff, array.end - array.begin);
}

void Execution::start_threads() {
  if (threads_.size() < thread_count_) threads_.resize(thread_count_);
  traffic_.resize((thread_count_ + 31) / 32);
  ready_.clear();
  waiting_ = returned_ = 0;
  free_stacks_.clear();
  for (const auto& stack : stacks_) free_stacks_.push_back(stack.get());
  const dim3 sizes = launch_->block;
  for (unsigned i = 0; i < thread_count_; ++i) {
    Thread& thread = threads_[i];
    thread.index = {i % sizes.x, i / sizes.x % sizes.y, i / sizes.x / sizes.y};
    thread.number = i;
    thread.stack = nullptr;
    thread.copy_groups.clear();
    thread.open_copies.clear();
    make_ready(thread);
  }
  clocks_moved_ = true;
  forget_clocks();
}

void Execution::make_ready(Thread& thread) {
  thread.state = State::ready;
  ready_.push_back(thread.number);
}

void Execution::resume(Thread& thread) {
  if (!thread.stack) {
    if (free_stacks_.empty()) {
      stacks_.push_back(std::make_unique<Stack>());
      free_stacks_.push_back(stacks_.back().get());
    }
    thread.stack = free_stacks_.back();
    free_stacks_.pop_back();
    thread.context = thread.stack->prepare(run_thread);
  }
  current_ = &thread;
  thread_index = thread.index;
  nnc_cuda_host_switch(&scheduler_, thread.context);
  if (thread.state != State::returned) return;
  ++returned_;
  free_stacks_.push_back(thread.stack);
  after_return(thread);
}

// The arguments lie on the thread's own stack, as memory that only it sees.
void Execution::run_thread() {
  Execution& execution = *running();
  const Launch& launch = *execution.launch_;
  auto* bytes =
      static_cast<unsigned char*>(__builtin_alloca_with_align(launch.bytes.size() + 1, 64 * 8));
  auto** arguments =
      static_cast<void**>(__builtin_alloca((launch.arguments.size() + 1) * sizeof(void*)));
  if (!launch.bytes.empty()) std::memcpy(bytes, launch.bytes.data(), launch.bytes.size());
  for (std::size_t i = 0; i < launch.arguments.size(); ++i)
    arguments[i] = bytes + launch.arguments[i];
  launch.call(launch.kernel, arguments);
  execution.current_->state = State::returned;
  execution.leave();
  __builtin_trap(); // a thread that has returned is not resumed
}

void Execution::leave() { nnc_cuda_host_switch(&current_->context, scheduler_); }

void Execution::abandon(cudaError_t error) {
  error_ = error;
  leave();
  __builtin_trap();
}

void Execution::count_traffic() {
  for (WarpTraffic& warp : traffic_) warp.count(*counters_);
}

Shadow& Execution::shared_shadow() {
  if (!shared_shadow_) shared_shadow_ = std::make_unique<Shadow>(shared_.end - shared_.begin);
  return *shared_shadow_;
}

bool Execution::in_shared(std::uintptr_t address, std::size_t bytes) const {
  if (address >= dynamic_.begin && address + bytes <= dynamic_.end) return true;
  if (address - dynamic_.begin < most_shared) return false;
  const Symbols& symbols = Symbols::of_library();
  if (symbols.shared_arrays().empty()) return true; // no table of symbols: anywhere in between
  const std::uintptr_t offset = address - shared_.begin;
  const Symbols::Array* array = symbols.shared_array(offset);
  return array && offset + bytes <= array->begin + array->size;
}

bool Execution::on_other_stack(std::uintptr_t address) const {
  return std::any_of(stacks_.begin(), stacks_.end(),
                     [address](const auto& stack) { return stack->holds(address); });
}

Moment Execution::moment() const {
  return {launch_begin_,    block_begin_,    last_interval_,
          current_->number, current_->clock, &current_->known};
}

} // namespace nnc::cuda_host
