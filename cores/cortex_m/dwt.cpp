#include "cores/cortex_m/dwt.hpp"

#include <array>
#include <utility>

namespace tinyscope {
namespace {

constexpr std::uint32_t kCyccntena = 1u << 0;
constexpr std::uint32_t kTrcena = 1u << 24;
constexpr std::uint32_t kNumcomp4 = 4u << 28;
constexpr Address kCyccnt = 0x004;
constexpr Address kLar = 0xFB0;
constexpr std::uint32_t kUnlock = 0xC5AC'CE55u;
// Event enable bits of CTRL, which also switch the 8-bit counters on.
constexpr std::array<std::uint32_t, 6> kEnableBit = {kCyccntena, 1u << 17, 1u << 18,
                                                     1u << 19,   1u << 20, 1u << 21};

}  // namespace

Dwt::Dwt(const SystemRegisters& state, RunNotes& notes, std::function<CoreCounts()> counts,
         std::function<Address()> pc, bool counts_in_sleep, bool has_lock)
    : state_(state),
      counts_(std::move(counts)),
      pc_(std::move(pc)),
      counts_in_sleep_(counts_in_sleep),
      has_lock_(has_lock),
      locked_(has_lock),
      registers_("DWT", 0x1000, notes) {
  registers_.add(0x000, "CTRL")
      .on_read([this] { return control_ | kNumcomp4; })
      .on_write([this](std::uint32_t value) {
        const std::uint32_t set = value & ~std::exchange(control_, value & 0x0FFFFFFFu);
        switch_counters();
        // Enabling its event clears a profiling counter (DDI 0403E, C1.8.8 to C1.8.12).
        for (unsigned i = kCpi; i < kCounterCount; ++i) {
          if ((set & kEnableBit[i]) != 0) set_value(static_cast<Which>(i), 0);
        }
      });
  constexpr std::array<std::pair<Address, std::string_view>, 6> kRegisters = {{{kCyccnt, "CYCCNT"},
                                                                               {0x008, "CPICNT"},
                                                                               {0x00C, "EXCCNT"},
                                                                               {0x010, "SLEEPCNT"},
                                                                               {0x014, "LSUCNT"},
                                                                               {0x018, "FOLDCNT"}}};
  for (unsigned i = 0; i < kRegisters.size(); ++i) {
    const auto which = static_cast<Which>(i);
    registers_.add(kRegisters[i].first, kRegisters[i].second)
        .on_read([this, which] { return value(which); })
        .on_write([this, which](std::uint32_t written) { set_value(which, written); });
  }
  registers_.add(0x01C, "PCSR").read_only().on_read(pc_);
  registers_.array(0x020, 4, 0x10, "COMP", [](RegisterFile::Register&, unsigned) {});
  registers_.array(0x024, 4, 0x10, "MASK", [](RegisterFile::Register&, unsigned) {});
  registers_.array(0x028, 4, 0x10, "FUNCTION", [](RegisterFile::Register& function, unsigned) {
    function.unimplemented(0, 4, "FUNCTION").field(4, 28, "OPTIONS");
  });
  registers_.add(kLar, "LAR").write_only().on_write([this](std::uint32_t key) {
    locked_ = has_lock_ && key != kUnlock;
  });
  registers_.add(0xFB4, "LSR").read_only().on_read([this] {
    return (has_lock_ ? 1u : 0u) | (locked_ ? 2u : 0u);
  });
}

std::uint32_t Dwt::read(const BusAccess& access) {
  if (cycle_read_ && access.offset == kCyccnt && !access.debug) cycle_read_(pc_());
  return registers_.read(access);
}

void Dwt::write(const BusAccess& access, std::uint32_t value) {
  if (locked_ && access.offset != kLar) return;
  registers_.write(access, value);
}

void Dwt::reset() {
  control_ = 0;
  locked_ = has_lock_;
  registers_.reset();
  for (Counter& counter : counters_) counter = Counter{};
}

std::uint64_t Dwt::total(Which which) const {
  const CoreCounts now = counts_();
  const StallCycles& cycles = now.cycles;
  switch (which) {
    case kCycle: return cycles.total() - (counts_in_sleep_ ? 0 : cycles[StallCause::kSleep]);
    // Cycles beyond the first of multi-cycle instructions, and instruction fetch stalls.
    case kCpi:
      return cycles[StallCause::kMultiCycle] - now.transfer_cycles + cycles[StallCause::kBranch] +
             cycles[StallCause::kFetch] + cycles[StallCause::kFpu] + cycles[StallCause::kDivide];
    case kException: return cycles[StallCause::kInterrupt];
    // Stands still in sleep where CYCCNT does, so that the sum of the counters stays true.
    case kSleep: return counts_in_sleep_ ? cycles[StallCause::kSleep] : 0;
    case kLoadStore:
      return now.transfer_cycles + cycles[StallCause::kLoadUse] + cycles[StallCause::kData] +
             cycles[StallCause::kContention];
    // Instructions that took no cycle: folded IT.
    case kFold: return now.instructions - cycles[StallCause::kIssue];
    case kCounterCount: break;
  }
  return 0;
}

std::uint32_t Dwt::value(Which which) const {
  const Counter& counter = counters_[which];
  const auto count =
      counter.on ? static_cast<std::uint32_t>(total(which) - counter.base) : counter.held;
  return which == kCycle ? count : count & 0xFFu;
}

void Dwt::set_value(Which which, std::uint32_t written) {
  Counter& counter = counters_[which];
  counter.held = written;
  counter.base = total(which) - written;
}

void Dwt::switch_counters() {
  for (unsigned i = 0; i < kCounterCount; ++i) {
    const auto which = static_cast<Which>(i);
    Counter& counter = counters_[i];
    const bool on = (state_.demcr & kTrcena) != 0 && (control_ & kEnableBit[i]) != 0;
    if (on == counter.on) continue;
    const std::uint32_t now = value(which);
    counter.on = on;
    set_value(which, now);
  }
}

void Dwt::configuration_changed() { switch_counters(); }

void Dwt::snapshot(StateArchive& archive) {
  archive(control_, counters_, locked_);
  registers_.snapshot(archive);
}

}  // namespace tinyscope
