// WDT: resets the chip unless it is reloaded in time.
// nRF52840 PS, chapter "WDT — Watchdog timer".
//
// Wire "reset" pulses when the chip is to be reset; the watchdog itself runs on over a soft reset.
// It needs no LFCLKSTART, since it starts LFCLK by itself. Pausing while the CPU sleeps
// (CONFIG.SLEEP = 0) is not modelled and reported.
#include <algorithm>

#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStart = 0x000;
constexpr Address kTimeout = 0x100;
constexpr Address kRunStatus = 0x400;
constexpr Address kReqStatus = 0x404;
constexpr Address kCrv = 0x504;
constexpr Address kRren = 0x508;
constexpr Address kConfig = 0x50C;
constexpr Address kRr = 0x600;

constexpr unsigned kReloadRegisters = 8;
constexpr std::uint32_t kReload = 0x6E52'4635;
constexpr std::uint32_t kLowestCrv = 0xF;
constexpr std::uint32_t kConfigRunInSleep = 1u << 0;
constexpr std::uint32_t kConfigMask = 0x9;
constexpr std::uint64_t kLfclkHz = 32'768;
constexpr std::uint64_t kCyclesUntilReset = 2;

class Wdt final : public NordicBlock {
 public:
  explicit Wdt(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kSetClear),
        reset_request_(add_wire("reset")),
        timeout_(context.scheduler, [this] { on_timeout(); }),
        bite_(context.scheduler, [this] { reset_request_.pulse(); }) {
    add_task(kStart, "TASKS_START", [this] { start(); });
    add_event(kTimeout, "EVENTS_TIMEOUT");
    registers_.add(kRunStatus, "RUNSTATUS").read_only().on_read([this] {
      return running_ ? 1u : 0u;
    });
    registers_.add(kReqStatus, "REQSTATUS").reset(1).read_only().on_read([this] {
      return rren_ & ~requested_;
    });
    define_locked(kCrv, "CRV", crv_, 0xFFFF'FFFF);
    define_locked(kRren, "RREN", rren_, 0xFF);
    define_locked(kConfig, "CONFIG", config_, kConfigMask);
    for (unsigned i = 0; i < kReloadRegisters; ++i) {
      registers_.add(kRr + 4 * i, fmt::format("RR[{}]", i))
          .write_only()
          .on_write([this, i](std::uint32_t value) {
            if (value == kReload) request(1u << i);
          });
    }
  }

  // PS, "Reset behavior": soft reset and lockup leave the watchdog alone.
  void reset(ResetKind kind) override {
    if (running_ && (kind == ResetKind::kSoftware || kind == ResetKind::kLockup)) return;
    NordicBlock::reset(kind);
  }

 private:
  // PS: CRV, RREN and CONFIG are locked from START on.
  void define_locked(Address offset, std::string_view name, std::uint32_t& bits,
                     std::uint32_t valid) {
    registers_.add(offset, name)
        .on_read([&bits] { return bits; })
        .on_write([this, &bits, valid](std::uint32_t value) {
          if (!running_) bits = value & valid;
        });
  }

  void start() {
    if (running_) return;
    if ((config_ & kConfigRunInSleep) == 0) {
      notes_.unmodelled(name_, "CONFIG.SLEEP: pause while the CPU sleeps", kConfig, true, config_);
    }
    running_ = true;
    draw(true);
    reload();
  }

  static Duration lfclk_cycles(std::uint64_t cycles) {
    return ClockDomain(kLfclkHz).time_of(cycles) - TimePoint{};
  }

  // PS: timeout = (CRV + 1) / 32768 s.
  void reload() {
    requested_ = 0;
    timeout_.after(lfclk_cycles(std::uint64_t{std::max(crv_, kLowestCrv)} + 1));
  }

  // The counter is reloaded once each enabled register has asked for it.
  void request(std::uint32_t bit) {
    if (!running_ || bite_.scheduled()) return;
    requested_ |= bit & rren_;
    if (requested_ == rren_ && rren_ != 0) reload();
  }

  // PS: with the interrupt enabled, the reset waits two more cycles of 32.768 kHz.
  void on_timeout() {
    raise(kTimeout);
    if (interrupt_enabled(kTimeout)) {
      bite_.after(lfclk_cycles(kCyclesUntilReset));
    } else {
      reset_request_.pulse();
    }
  }

  void reset_state(ResetKind) override {
    running_ = false;
    requested_ = 0;
    crv_ = 0xFFFF'FFFF;
    rren_ = 1;
    config_ = 1;
    timeout_.cancel();
    bite_.cancel();
    draw(false);
  }

  void snapshot_state(StateArchive& archive) override {
    archive(running_, requested_, crv_, rren_, config_);
    timeout_.snapshot(archive);
    bite_.snapshot(archive);
  }

  Wire& reset_request_;
  bool running_ = false;
  std::uint32_t requested_ = 0;  // reload registers written since the last reload
  std::uint32_t crv_ = 0xFFFF'FFFF;
  std::uint32_t rren_ = 1;
  std::uint32_t config_ = 1;
  Event timeout_;
  Event bite_;
};

const PeripheralType kType("nordic.wdt", [](PeripheralContext& context) {
  return std::make_unique<Wdt>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
