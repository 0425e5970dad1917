// PWR: voltage ranges, low-power run, low-power modes, pull-ups in Standby.
// RM0432 (STM32L4+), chapter "Power control (PWR)".
//
// Parameters: `range_change_us` (default 20): VOSF after a change to range 1. `low_power_exit_us`
// (default 5): REGLPF after LPR is cleared.
// Lines: rcc_lines.hpp ("pwr.dbp", "pwr.range2", "flash.lven").
// Power states of its own unit: "range1", "boost" (range 1 with R1MODE = 0), "range2", "smps"
// (range 2 while an external SMPS feeds the core), "lprun".
//
// Whether an external SMPS feeds the core (chips of suffix P) is seen by FLASH_CFGR.LVEN, which
// firmware sets together with the switch on its board (STM32CubeL4, BSP of the Nucleo-144 boards);
// the pins are not looked at. The voltage of range 2 is then no limit of the clock.
//
// Wire "cpu_sleep" is driven by whoever knows whether the core sleeps. SLEEPDEEP is then looked up
// in SCB_SCR.
//
// Not modelled: Stop, Standby and Shutdown. WFI and WFE with SLEEPDEEP sleep as in Sleep mode, with
// all clocks running, and wake up to the clocks that were set before; this is reported. Supply
// supervision (PVD, PVM) sees a supply that is always good. Wake-up pins, pulls in Standby and
// Shutdown (CR3.APC) and VBAT charging do nothing.
#include <fmt/format.h>

#include <array>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCr1 = 0x00;
constexpr Address kCr2 = 0x04;
constexpr Address kCr3 = 0x08;
constexpr Address kCr4 = 0x0C;
constexpr Address kSr1 = 0x10;
constexpr Address kSr2 = 0x14;
constexpr Address kScr = 0x18;
constexpr Address kPucra = 0x20;
constexpr Address kCr5 = 0x80;

constexpr Address kScbScr = 0xE000'ED10;  // DDI 0403, System Control Register

constexpr std::uint32_t kSleepdeep = 1u << 2;  // of SCB_SCR
constexpr std::uint32_t kLpms = 0x7;
constexpr std::uint32_t kDbp = 1u << 8;
constexpr std::uint32_t kVosMask = 3u << 9;
constexpr std::uint32_t kVosRange1 = 1u << 9;
constexpr std::uint32_t kVosRange2 = 2u << 9;
constexpr std::uint32_t kLpr = 1u << 14;
constexpr std::uint32_t kReglps = 1u << 8;
constexpr std::uint32_t kReglpf = 1u << 9;
constexpr std::uint32_t kVosf = 1u << 10;
constexpr std::uint32_t kR1mode = 1u << 8;
constexpr std::uint32_t kCr1Reset = kVosRange1;
constexpr std::uint32_t kCr3Reset = 0x8000;  // EIWUL: SVD
constexpr unsigned kPorts = 9;

// RM0432, "Dynamic voltage scaling management".
constexpr std::uint64_t kRange1NormalHz = 80'000'000;
constexpr std::uint64_t kRange1BoostHz = 120'000'000;
constexpr std::uint64_t kRange2Hz = 26'000'000;
constexpr std::uint64_t kLowPowerRunHz = 2'000'000;

class Pwr final : public WiredBlock {
 public:
  explicit Pwr(PeripheralContext& context)
      : WiredBlock(context),
        backup_writable_(context.events.line(kBackupWritableLine)),
        range2_(context.events.line(kVoltageRange2Line)),
        external_supply_(context.events.line(kExternalSupplyLine)),
        hclk_(context.clocks.signal("hclk")),
        range_changed_(context.scheduler, [this] { clear_sr2(kVosf); }),
        main_regulator_on_(context.scheduler, [this] { clear_sr2(kReglpf); }) {
    constexpr auto kSource = "DS12288 (STM32G474, same block) table 36, typical: estimate";
    range_change_time_ = Duration::from_us(assumed_parameter(
        context, "range_change_us", 20, "change from voltage range 2 to 1, us", kSource));
    low_power_exit_time_ = Duration::from_us(
        assumed_parameter(context, "low_power_exit_us", 5, "low-power run to run, us", kSource));
    hclk_.on_change([this](std::uint64_t) { check_clock(); });
    external_supply_.connect([this](bool) { report_range(); });
    add_wire("cpu_sleep").connect([this](bool asleep) {
      if (asleep) report_deep_sleep();
    });
    define_registers();
  }

 private:
  void define_registers() {
    cr1_ = &registers_.add(kCr1, "CR1")
                .reset(kCr1Reset)
                .field(0, 3, "LPMS")
                .flag(4, "RRSTP")
                .flag(8, "DBP")
                .field(9, 2, "VOS")
                .flag(14, "LPR")
                .on_write([this](std::uint32_t) { write_cr1(); });
    registers_.add(kCr2, "CR2")
        .unimplemented(0, 1, "PVDE")
        .field(1, 3, "PLS")
        .unimplemented(4, 4, "PVME")
        .flag(9, "IOSV")
        .flag(10, "USV");
    registers_.add(kCr3, "CR3")
        .reset(kCr3Reset)
        .unimplemented(0, 5, "EWUP")
        .flag(8, "RRS")
        .flag(10, "APC")
        .flag(11, "ENULP")
        .flag(15, "EIWUL");
    registers_.add(kCr4, "CR4").field(0, 5, "WP").unimplemented(8, 1, "VBE").flag(9, "VBRS");
    registers_.add(kSr1, "SR1").read_only();
    sr2_ = &registers_.add(kSr2, "SR2").reset(kReglps).read_only();
    registers_.add(kScr, "SCR").write_only().trigger();
    for (unsigned port = 0; port < kPorts; ++port) {
      const char letter = static_cast<char>('A' + port);
      registers_.add(kPucra + 8 * port, fmt::format("PUCR{}", letter)).field(0, 16, "PU");
      registers_.add(kPucra + 8 * port + 4, fmt::format("PDCR{}", letter)).field(0, 16, "PD");
    }
    cr5_ = &registers_.add(kCr5, "CR5")
                .reset(kR1mode)
                .flag(8, "R1MODE")
                .on_write([this](std::uint32_t) { report_range(); });
  }

  // RM0432, PWR_CR1: VOS = 00 and 11 cannot be written. Flags: VOSF while the regulator changes.
  void write_cr1() {
    std::uint32_t value = cr1_->value();
    if ((value & kVosMask) != kVosRange1 && (value & kVosMask) != kVosRange2) {
      value = (value & ~kVosMask) | (old_cr1_ & kVosMask);
      cr1_->set(value);
    }
    const std::uint32_t changed = value ^ old_cr1_;
    old_cr1_ = value;
    backup_writable_.set((value & kDbp) != 0);
    if ((changed & kVosMask) != 0 && (value & kVosMask) == kVosRange1) {
      sr2_->set(sr2_->value() | kVosf);
      range_changed_.after(range_change_time_);
    }
    if ((changed & kLpr) != 0) {
      sr2_->set(sr2_->value() | kReglpf);
      main_regulator_on_.cancel();
      if ((value & kLpr) == 0) main_regulator_on_.after(low_power_exit_time_);
    }
    report_range();
  }

  // RM0432, PWR_CR1.LPMS: what WFI means while SLEEPDEEP is set.
  void report_deep_sleep() {
    const BusReply scr = bus_.read(kScbScr, AccessSize::kWord, now(), true);
    if (!scr.ok || (scr.value & kSleepdeep) == 0) return;
    constexpr std::array kModes = {"Stop 0", "Stop 1", "Stop 2", "Standby"};
    const std::uint32_t lpms = cr1_->value() & kLpms;
    notes_.unmodelled(name_,
                      fmt::format("{} mode (CR1.LPMS = {}): sleeps as in Sleep mode, all clocks on",
                                  lpms < kModes.size() ? kModes[lpms] : "Shutdown", lpms),
                      kCr1, true, cr1_->value());
  }

  void clear_sr2(std::uint32_t bits) { sr2_->set(sr2_->value() & ~bits); }

  bool in_range2() const { return (cr1_->value() & kVosMask) == kVosRange2; }
  bool boosted() const { return (cr5_->value() & kR1mode) == 0; }

  void report_range() {
    range2_.set(in_range2());
    const bool low_power = (cr1_->value() & kLpr) != 0;
    power_.set(name_,
               low_power            ? "lprun"
               : fed_from_outside() ? "smps"
               : in_range2()        ? "range2"
               : boosted()          ? "boost"
                                    : "range1",
               now());
    check_clock();
  }

  // HAL of the STM32L4, HAL_FLASHEx_ConfigLVEPin(): range 2 with 1.08 V or more from the SMPS. That
  // the highest clock of the chip is then allowed: data sheet, operating conditions of VDD12, from
  // memory.
  bool fed_from_outside() const { return in_range2() && external_supply_.level(); }

  // On the chip the core may fail at a clock that the voltage does not allow; here it does not.
  void check_clock() {
    const bool low_power = (cr1_->value() & kLpr) != 0;
    const std::uint64_t highest = low_power            ? kLowPowerRunHz
                                  : fed_from_outside() ? kRange1BoostHz
                                  : in_range2()        ? kRange2Hz
                                  : boosted()          ? kRange1BoostHz
                                                       : kRange1NormalHz;
    if (hclk_.hz() <= highest) return;
    const char* const mode = low_power            ? "low-power run"
                             : fed_from_outside() ? "an external SMPS"
                             : in_range2()        ? "voltage range 2"
                             : boosted()          ? "voltage range 1 boost"
                                         : "voltage range 1 without boost (CR5.R1MODE = 1)";
    notes_.unmodelled(name_,
                      fmt::format("failures of the chip at HCLK {} Hz, which exceeds the {} Hz of "
                                  "{} (beyond the manual's limits)",
                                  hclk_.hz(), highest, mode),
                      kCr1, true, cr1_->value());
  }

  void reset_state(ResetKind) override {
    old_cr1_ = cr1_->value();
    range_changed_.cancel();
    main_regulator_on_.cancel();
    backup_writable_.set(false);
    // The clock falls back to 4 MHz in the same reset, so it is not judged here.
    range2_.set(false);
    power_.set(name_, "range1", now());
  }

  void snapshot_state(StateArchive& archive) override {
    archive(old_cr1_);
    range_changed_.snapshot(archive);
    main_regulator_on_.snapshot(archive);
    backup_writable_.snapshot(archive);
    range2_.snapshot(archive);
  }

  Wire& backup_writable_;
  Wire& range2_;
  Wire& external_supply_;  // driven by FLASH
  ClockSignal& hclk_;
  Duration range_change_time_{};
  Duration low_power_exit_time_{};
  RegisterFile::Register* cr1_ = nullptr;
  RegisterFile::Register* cr5_ = nullptr;
  RegisterFile::Register* sr2_ = nullptr;
  std::uint32_t old_cr1_ = kCr1Reset;
  Event range_changed_;
  Event main_regulator_on_;
};

const PeripheralType kType("st.pwr_l4", [](PeripheralContext& context) {
  return std::make_unique<Pwr>(context);
});

}  // namespace
}  // namespace tinyscope::st
