// How threads wait for one another: barriers, exchanges, and what is said when they wait in vain.
#include "execution.h"

#include <algorithm>
#include <cstring>

namespace nnc::cuda_host {

namespace {

bool same_place(Place a, Place b) {
  return a.line == b.line && (a.file == b.file || std::strcmp(a.file, b.file) == 0);
}

} // namespace

int Execution::barrier(Count count, bool holds, Place place) {
  Thread& me = *current_;
  me.state = State::at_barrier;
  me.place = place;
  me.holds = holds;
  if (++waiting_ == thread_count_) release_barrier();
  leave();
  // What all brought is there until a thread comes to the next barrier, which none does before all
  // have been resumed from this one; so the result is made at the release.
  return count == Count::none  ? 0
         : count == Count::sum ? barrier_sum_
         : count == Count::any ? barrier_sum_ != 0
                               : barrier_sum_ == static_cast<int>(thread_count_);
}

void Execution::release_barrier() {
  const Place place = current_->place;
  for (unsigned i = 0; i < thread_count_; ++i)
    if (!same_place(threads_[i].place, place)) {
      report(Fault::divergence, static_cast<std::uintptr_t>(place.line),
             text("waits at __syncthreads (", text_of(place), "), thread ",
                  text_of(threads_[i].index), " at another (", text_of(threads_[i].place), ')'));
      abandon(cudaErrorLaunchFailure);
    }
  ++counters_->barriers;
  ++last_interval_;
  waiting_ = 0;
  barrier_sum_ = 0;
  for (unsigned i = 0; i < thread_count_; ++i) {
    if (threads_[i].holds) ++barrier_sum_;
    make_ready(threads_[i]);
  }
  forget_clocks();
  count_traffic();
}

void Execution::forget_clocks() {
  if (!std::exchange(clocks_moved_, false)) return;
  for (unsigned i = 0; i < thread_count_; ++i) {
    threads_[i].clock = 1;
    threads_[i].known.fill(0);
  }
}

unsigned Execution::live_lanes(unsigned warp) const {
  unsigned lanes = 0;
  for (unsigned i = warp * 32; i < std::min(thread_count_, warp * 32 + 32); ++i)
    if (threads_[i].state != State::returned) lanes |= 1U << (i % 32);
  return lanes;
}

void Execution::exchange(unsigned mask, const char* what, Together together, void* payload,
                         Place place) {
  Thread& me = *current_;
  if (!(mask >> lane() & 1U)) {
    report(Fault::mask, static_cast<std::uintptr_t>(place.line),
           text(what, " (", text_of(place), "): lane ", lane(), " is not in its mask ",
                hexadecimal(mask)));
    abandon(cudaErrorLaunchFailure);
  }
  me.state = State::in_exchange;
  me.place = place;
  me.mask = mask;
  me.what = what;
  me.together = together;
  me.payload = payload;
  if (!complete_exchange(me)) leave();
}

bool Execution::complete_exchange(const Thread& of) {
  const unsigned warp = of.number / 32, lanes = of.mask & live_lanes(warp);
  std::array<void*, 32> payloads{};
  for (unsigned lane = 0; lane < 32; ++lane) {
    if (!(lanes >> lane & 1U)) continue;
    const Thread& thread = threads_[warp * 32 + lane];
    if (thread.state != State::in_exchange || thread.mask != of.mask ||
        thread.together != of.together || thread.what != of.what)
      return false;
    payloads[lane] = thread.payload;
  }
  ++counters_->exchanges;
  if (of.together)
    of.together(payloads);
  else
    join_clocks(warp, lanes);
  for (unsigned lane = 0; lane < 32; ++lane) {
    if (!payloads[lane]) continue;
    Thread& thread = threads_[warp * 32 + lane];
    if (&thread == current_)
      thread.state = State::ready; // it runs, and goes on at once
    else
      make_ready(thread);
  }
  return true;
}

void Execution::after_return(const Thread& thread) {
  // Lanes that only waited for this one are complete now.
  const unsigned warp = thread.number / 32;
  for (unsigned i = warp * 32; i < std::min(thread_count_, warp * 32 + 32); ++i)
    if (threads_[i].state == State::in_exchange) complete_exchange(threads_[i]);
}

void Execution::warp_barrier(unsigned mask, Place place) {
  exchange(mask, "__syncwarp", nullptr, current_, place);
}

void Execution::join_clocks(unsigned warp, unsigned mask) {
  clocks_moved_ = true;
  std::array<std::uint32_t, 32> known{};
  std::uint32_t latest = 0;
  for (unsigned lane = 0; lane < 32; ++lane) {
    if (!(mask >> lane & 1U)) continue;
    const Thread& thread = threads_[warp * 32 + lane];
    latest = std::max(latest, thread.clock);
    for (unsigned i = 0; i < 32; ++i) known[i] = std::max(known[i], thread.known[i]);
    known[lane] = std::max(known[lane], thread.clock);
  }
  for (unsigned lane = 0; lane < 32; ++lane) {
    if (!(mask >> lane & 1U)) continue;
    threads_[warp * 32 + lane].known = known;
    threads_[warp * 32 + lane].clock = latest + 1;
  }
}

std::string Execution::waiting_text(const Thread& thread) const {
  if (thread.state == State::returned) return "has returned";
  if (thread.state == State::at_barrier)
    return text("waits at __syncthreads (", text_of(thread.place), ')');
  return text("waits at ", thread.what, " (", text_of(thread.place), ") with mask ",
              hexadecimal(thread.mask));
}

void Execution::report_stuck() {
  // One that waits, and one that it waits for: of its mask, or of the block.
  const auto end = threads_.begin() + thread_count_;
  const auto waits = [](const Thread& thread) { return thread.state != State::returned; };
  auto first = std::find_if(threads_.begin(), end, [](const Thread& thread) {
    return thread.state == State::in_exchange;
  });
  if (first == end) first = std::find_if(threads_.begin(), end, waits);
  const auto missed = std::find_if(threads_.begin(), end, [&](const Thread& thread) {
    if (first->state == State::at_barrier) return thread.state != State::at_barrier;
    return waits(thread) && thread.number / 32 == first->number / 32 &&
           (first->mask >> (thread.number % 32) & 1U) &&
           (thread.state != State::in_exchange || thread.mask != first->mask ||
            thread.what != first->what || thread.together != first->together);
  });
  current_ = &*first;
  report(Fault::divergence, static_cast<std::uintptr_t>(first->place.line),
         text(waiting_text(*first), " for thread ", text_of(missed->index), ", which ",
              waiting_text(*missed)));
  error_ = cudaErrorLaunchFailure;
}

void Execution::report(Fault fault, std::uintptr_t place, const std::string& line) const {
  records().report(fault, place ^ reinterpret_cast<std::uintptr_t>(launch_->kernel),
                   text(kernel_, ": block ", text_of(block_), ", thread ", text_of(current_->index),
                        ": ", line));
}

std::string Execution::thread_text(unsigned number) const {
  return text("thread ", text_of(threads_[number].index));
}

std::string Execution::block_of(Interval interval) const {
  for (auto at = blocks_.rbegin(); at != blocks_.rend(); ++at)
    if (at->first <= interval) return text("block ", text_of(at->second));
  return "another block";
}

int block_barrier(Count count, bool holds, Place place) {
  return running()->barrier(count, holds, place);
}

void warp_barrier(unsigned mask, Place place) { running()->warp_barrier(mask, place); }

unsigned active_mask() {
  const Execution& execution = *running();
  return execution.live_lanes(execution.moment().thread / 32);
}

} // namespace nnc::cuda_host
