// How the core moves through time: events, sleep, limits; and its snapshot.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cores/cortex_m/core.hpp"
#include "cores/cortex_m/exception_numbers.hpp"
#include "cores/cortex_m/fast_path.hpp"

namespace tinyscope {

void CortexM::spend(StallCause cause, Cycles cycles) {
  totals_[cause] += cycles.count;
  cycles_ += cycles;
}

void CortexM::master_access(Address address, TimePoint when) {
  const auto ahead = static_cast<std::int64_t>(clock_.tick_at(when) - cycles_.count);
  timing_->master_access(address, ahead);
}

void CortexM::service_events() {
  scheduler_.advance_to(std::max(clock_.time_of(cycles_.count), scheduler_.now()));
  if (cycles_ >= limit_ && !limit_reached_) {
    limit_reached_ = true;
    request_stop({StopKind::kLimit, "cycle limit reached", 0});
  }
  refresh_deadline();
}

// The first cycle at which something is due.
void CortexM::refresh_deadline() {
  // Once reached, the limit is no deadline: what runs to its end may still meet events.
  deadline_ = limit_reached_ ? ~std::uint64_t{0} : limit_.count;
  if (const auto next = scheduler_.next()) {
    std::uint64_t cycle = clock_.tick_at(*next);
    if (clock_.time_of(cycle) < *next) ++cycle;
    deadline_ = std::min(deadline_, cycle);
  }
}

void CortexM::set_flash_busy(bool busy) {
  flash_busy_ = busy;
  attention_ = true;
}

bool CortexM::flash_busy_at(Address address) const {
  if (!flash_busy_) return false;
  const Bus::MemoryPlace place = bus_.memory_at(address);
  const FlashWritePolicy* const policy =
      place.memory != nullptr ? place.memory->write_policy() : nullptr;
  return policy != nullptr && policy->busy_at(place.offset);
}

// May the instruction at `pc` not begin, because of flash?
bool CortexM::must_wait_for_flash(Address pc) const {
  return flash_busy_ && (reads_busy_flash_ || flash_busy_at(pc));
}

// Until the next event: it may be the one that makes flash ready.
void CortexM::wait_for_flash(Address pc, StallCause cause) {
  if (!block_open_) open_block(pc);
  if (!scheduler_.next() && limit_.count == ~std::uint64_t{0}) {
    request_stop({StopKind::kIdle, "the core waits for flash, which never becomes ready", 0});
    return;
  }
  refresh_deadline();
  if (deadline_ <= cycles_.count) return;
  charge_beside(pc, cause, deadline_ - cycles_.count);
  cycles_.count = deadline_;
}

bool CortexM::should_wake() const {
  if (reset_request_ || stop_) return true;
  if (powered_off_) return false;
  if (nvic_.wakes(masks_)) return true;
  return sleep_until_event_ && event_register_;
}

void CortexM::sleep() {
  close_block(engine_->read(CoreRegister::kPc), Transfer::kNone);
  const Cycles before = cycles_;
  bool told = false;
  while (!should_wake()) {
    if (!told) power_.set("cpu", powered_off_ ? "off" : "sleep", now());
    told = true;
    const auto next = scheduler_.next();
    if (!next && limit_.count == ~std::uint64_t{0}) {
      request_stop(
          {StopKind::kIdle,
           powered_off_
               ? "the chip has switched itself off: nothing is scheduled that could reset it"
               : "the core sleeps for ever: nothing is scheduled that could wake it",
           0});
      break;
    }
    refresh_deadline();
    if (!next) deadline_ = limit_.count;
    if (deadline_ > cycles_.count) spend(StallCause::kSleep, {deadline_ - cycles_.count});
    service_events();
    if (poll_) {
      poll_();
      refresh_deadline();
    }
  }
  if (told) power_.set("cpu", "run", now());
  if (cycles_ > before) {
    for (SimListener* listener : listeners_) listener->on_sleep({before, cycles_ - before});
  }
  // After a stop the core goes on sleeping when run() is called again.
  if (stop_ && (powered_off_ || !nvic_.wakes(masks_))) return;
  sleeping_ = false;
  if (sleep_until_event_) event_register_ = false;
  attention_ = true;
}

std::string CortexM::describe_state() {
  std::string text =
      fmt::format("pc 0x{:08X} lr 0x{:08X} sp 0x{:08X} xpsr 0x{:08X}",
                  engine_->read(CoreRegister::kPc), engine_->read(CoreRegister::kLr),
                  engine_->read(CoreRegister::kSp), engine_->read(CoreRegister::kXpsr));
  if (exception_number_ != 0) text += fmt::format(", in exception {}", exception_number_);
  if (system_.cfsr != 0 || system_.hfsr != 0) {
    text += fmt::format(", CFSR 0x{:08X} HFSR 0x{:08X}", system_.cfsr, system_.hfsr);
  }
  return text;
}

void CortexM::snapshot(StateArchive& archive) {
  system_.snapshot(archive);
  nvic_.snapshot(archive);
  mpu_.snapshot(archive);
  cache_registers_.snapshot(archive);
  systick_.snapshot(archive);
  dwt_.snapshot(archive);
  itm_.snapshot(archive);
  clock_.snapshot(archive);
  semihosting_.snapshot(archive);
  std::uint32_t control = control_;
  unsigned number = exception_number_;
  archive(control, number);
  // The stack pointers and masks are reachable from handler mode only.
  if (archive.is_loading()) {
    set_mode(exception::kHardFault, control);
  } else {
    const std::uint32_t flags = engine_->read(CoreRegister::kXpsr);
    set_mode(exception::kHardFault, control);
    engine_->write(CoreRegister::kXpsr, flags);
  }
  const auto each = [&](CoreRegister which) {
    std::uint32_t value = engine_->read(which);
    archive(value);
    if (archive.is_loading()) engine_->write(which, value);
  };
  for (unsigned n = 0; n <= 12; ++n) each(core_register(n));
  for (const CoreRegister which :
       {CoreRegister::kLr, CoreRegister::kPc, CoreRegister::kXpsr, CoreRegister::kMsp,
        CoreRegister::kPsp, CoreRegister::kPrimask, CoreRegister::kBasepri,
        CoreRegister::kFaultmask, CoreRegister::kFpscr}) {
    each(which);
  }
  for (unsigned n = 0; n < 32; ++n) each(float_register(n));
  set_mode(number, control);
  archive(cycles_, totals_, instructions_, sp_, masks_, exclusive_open_, event_register_, sleeping_,
          powered_off_, sleep_until_event_, transfer_cycles_, by_hand_, fault_, imprecise_fault_,
          reset_request_, early_, continues_at_, flash_busy_, reads_busy_flash_, faults_);
  mpu_active_ = mpu_.enabled();
  if (archive.is_loading()) {
    tell_caches();
    tell_attributes();
  }
  timing_->snapshot(archive);
  memory_->snapshot(archive);
  attention_ = true;
  if (archive.is_loading()) {
    // The engine's own monitor cannot be set from outside.
    exclusive_by_hand_ = exclusive_open_;
    // A store to flash opens it again if the controller still allows that.
    if (writable_flash_ != nullptr) set_writable(*std::exchange(writable_flash_, nullptr), false);
    current_ = nullptr;
    reference_left_ = 0;
  }
  refresh_deadline();
}

}  // namespace tinyscope
