// The counter of a timer in simulated time: what has happened since it was last looked at, and when
// something outside has to hear of it next.
#include <algorithm>

#include "peripherals/st/tim.hpp"

namespace tinyscope::st {

using namespace tim;

bool Tim::clocked_by_kernel() const {
  if (smcr_ == nullptr) return true;
  return slave() != Slave::kClock && (smcr_->value() & smcr::kEce) == 0;
}

bool Tim::counting() const {
  if (!cr1(cr1::kCen)) return false;
  return smcr_ == nullptr || slave() != Slave::kGated || trigger_level_;
}

void Tim::catch_up() {
  if (!was_counting_) return;
  const std::uint64_t tick = clock_.tick_at(now());
  if (tick <= counted_until_) return;
  const std::uint64_t elapsed = tick - counted_until_;
  counted_until_ = tick;
  advance(elapsed);
}

void Tim::advance(std::uint64_t input_ticks) {
  for (std::uint64_t overflows = 0; !counter_.blocked();) {
    const std::uint64_t to_overflow = counter_.counts_to_overflow();
    std::uint64_t nearest = to_overflow;
    for (unsigned i = 0; i < channels_; ++i) nearest = std::min(nearest, counts_to_match(i));
    const std::uint64_t needed = counter_.ticks(nearest);
    if (input_ticks < needed) {
      const std::uint64_t total = counter_.prescale + input_ticks;
      const std::uint64_t divisor = std::uint64_t{counter_.psc} + 1;
      counter_.advance(total / divisor);
      counter_.prescale = static_cast<std::uint32_t>(total % divisor);
      return;
    }
    input_ticks -= needed;
    std::uint32_t matches = 0;
    for (unsigned i = 0; i < channels_; ++i) {
      if (counts_to_match(i) == nearest) matches |= 1u << i;
    }
    counter_.advance(nearest);
    counter_.prescale = 0;
    const bool overflow = nearest == to_overflow;
    if (overflow) overflowed();
    for (unsigned i = 0; i < channels_; ++i) {
      if ((matches >> i & 1u) != 0) matched(i);
    }
    update_outputs();
    update_trgo();
    if (!cr1(cr1::kCen)) return;  // one-pulse mode has ended
    if (overflow && ++overflows >= 6) {
      input_ticks -= skip_periods(input_ticks);
      overflows = 0;
    }
  }
}

// Nobody waits for any of the periods that follow, or an event would have stopped at each of them:
// what they leave behind is known after a few, and toggling outputs are the same after two. Returns
// the input ticks of those that were skipped.
std::uint64_t Tim::skip_periods(std::uint64_t input_ticks) {
  if (counter_.blocked()) return 0;  // the update has just loaded ARR = 0
  const std::uint64_t period = counter_.period() * (std::uint64_t{counter_.psc} + 1);
  const std::uint64_t per_period = counter_.mode == TimCounter::Mode::kCentre ? 2 : 1;
  std::uint64_t periods = input_ticks / period;
  const bool updates = !cr1(cr1::kUdis);
  // The next update event may change everything.
  if (updates && (cr1(cr1::kOpm) || shadows_wait())) {
    periods = std::min<std::uint64_t>(periods, repetition_ / per_period);
  }
  periods &= ~std::uint64_t{1};
  const std::uint64_t overflows = periods * per_period;
  if (overflows <= repetition_) {
    repetition_ -= static_cast<std::uint32_t>(overflows);
  } else if (!updates) {
    repetition_ = 0;
  } else {
    raise(flag::kUpdate);
    const std::uint64_t cycle = std::uint64_t{rcr_ == nullptr ? 0 : rcr_->value()} + 1;
    const std::uint64_t since_update = (overflows - repetition_ - 1) % cycle;
    repetition_ = static_cast<std::uint32_t>(cycle - 1 - since_update);
  }
  return periods * period;
}

bool Tim::shadows_wait() const {
  if (counter_.psc != psc_->value() || counter_.arr != arr_->value()) return true;
  for (unsigned i = 0; i < channels_; ++i) {
    if (is_output(i) && channel_[i].compare != channel_[i].ccr->value()) return true;
  }
  return false;
}

// RM0432, "Repetition counter": an update event comes with the overflow that finds it at zero.
void Tim::overflowed() {
  if (repetition_ != 0) {
    --repetition_;
    return;
  }
  if (cr1(cr1::kUdis)) return;
  update_event();
  raise(flag::kUpdate);
  if (cr1(cr1::kOpm)) stop();
}

void Tim::load_shadows() {
  counter_.psc = psc_->value();
  counter_.arr = arr_->value();
  repetition_ = rcr_ == nullptr ? 0 : rcr_->value();
  for (unsigned i = 0; i < channels_; ++i) {
    if (is_output(i)) channel_[i].compare = channel_[i].ccr->value();
  }
}

// What every update event does, wherever it comes from.
void Tim::update_event() {
  load_shadows();
  if (bdtr_ != nullptr && (bdtr_->value() & bdtr::kAoe) != 0) {
    bdtr_->set(bdtr_->value() | bdtr::kMoe);
  }
  if (dier(dier::kUde)) request_dma(dma_update_);
  if (cr2_ != nullptr && (cr2_->value() & cr2::kCcds) != 0) {
    for (unsigned i = 0; i < std::min(channels_, kInputs); ++i) {
      if (dier(1u << (dier::kCc1DeBit + i))) request_dma(channel_[i].dma);
    }
  }
  if (trgo_ != nullptr && master() == Master::kUpdate) trgo_->pulse();
}

// RM0432, EGR.UG and the slave reset mode: counter and prescaler start anew; with UDIS the shadow
// registers keep their content.
void Tim::restart_counter(bool set_flag) {
  if (!cr1(cr1::kUdis)) {
    if (counter_.mode == TimCounter::Mode::kDown) counter_.arr = arr_->value();
    update_event();
    if (set_flag && !cr1(cr1::kUrs)) raise(flag::kUpdate);
  }
  counter_.restart();
  if (trgo_ != nullptr && master() == Master::kReset) trgo_->pulse();
  update_outputs();
}

// RM0432, CR1.CEN: the counter starts counting one clock cycle after CEN was set.
void Tim::count_from_now() {
  const bool counts = counting() && clocked_by_kernel();
  if (counts && !was_counting_) counted_until_ = clock_.tick_at(now()) + 1;
  was_counting_ = counts;
}

void Tim::stop() {
  cr1_->set(cr1_->value() & ~cr1::kCen);
  was_counting_ = false;
  draw(false);
}

void Tim::schedule_next() {
  next_.cancel();
  if (!was_counting_ || counter_.blocked() || clock_.hz() == 0) return;
  std::optional<std::uint64_t> nearest;
  const auto consider = [&](std::uint64_t counts) {
    nearest = nearest ? std::min(*nearest, counts) : counts;
  };
  bool update_is_seen = (dier(flag::kUpdate) && (flags_ & flag::kUpdate) == 0) ||
                        dier(dier::kUde) || (trgo_is_seen() && master() == Master::kUpdate) ||
                        (trgo_is_seen() && master() == Master::kEnable && cr1(cr1::kOpm)) ||
                        (cr2_ != nullptr && (cr2_->value() & cr2::kCcds) != 0);
  for (unsigned i = 0; i < channels_; ++i) {
    if (!match_is_seen(i)) continue;
    update_is_seen = true;  // levels change there too
    if (counts_to_match(i) <= counter_.counts_to_overflow()) consider(counts_to_match(i));
  }
  if (update_is_seen) consider(counter_.counts_to_overflow());
  if (nearest) next_.at(clock_.time_of(counted_until_ + counter_.ticks(*nearest)));
}

void Tim::clock_changed(std::uint64_t hz) {
  catch_up();
  clock_.set_hz(hz, now());
  schedule_next();
}

void Tim::raise(std::uint32_t flags) {
  flags_ |= flags;
  update_interrupts();
}

// A pulse: DMA keeps the request until it has served it.
void Tim::request_dma(Wire* wire) {
  if (wire == nullptr) return;
  if (dcr_ != nullptr) burst_index_ = 0;
  burst_request_ = wire;
  wire->pulse();
}

}  // namespace tinyscope::st
