// PWR of the STM32F4 and STM32F7: voltage scaling, over-drive, backup domain access, low-power
// modes. RM0090 (STM32F407), RM0390 (STM32F446), RM0385 (STM32F74x), chapter "Power controller
// (PWR)".
//
// Parameters: `scale_change_us`: VOSRDY after the PLL was switched on; `overdrive_us`: ODRDY after
// ODEN, and ODSWRDY after ODSWEN; `backup_regulator_us`: BRR after BRE.
// Lines: rcc_lines.hpp ("pwr.dbp", "rcc.pllon").
// Power states of its own unit: "scale1", "scale2", "scale3", and "overdrive" while ODSWRDY is set.
//
// VOS takes effect while the main PLL is on; without it the regulator is in scale 3 (RM0385,
// "Voltage regulator"; of the STM32F407, whose scale 3 does not exist, scale 2).
//
// Wire "cpu_sleep" is driven by whoever knows whether the core sleeps. SLEEPDEEP is then looked up
// in SCB_SCR.
//
// Not modelled: Stop and Standby. WFI and WFE with SLEEPDEEP sleep as in Sleep mode, with all
// clocks running; this is reported. PVD sees a supply that is always good. Under-drive and wake-up
// pins do nothing.
#include <fmt/format.h>

#include <array>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCr = 0x00;  // CR1 and CSR1 of the STM32F7
constexpr Address kCsr = 0x04;
constexpr Address kCr2 = 0x08;
constexpr Address kCsr2 = 0x0C;

constexpr Address kScbScr = 0xE000'ED10;  // DDI 0403, System Control Register

constexpr std::uint32_t kSleepdeep = 1u << 2;  // of SCB_SCR
constexpr std::uint32_t kPdds = 1u << 1;
constexpr std::uint32_t kDbp = 1u << 8;
constexpr unsigned kVosBit = 14;
constexpr std::uint32_t kVosMask = 3u << kVosBit;
constexpr std::uint32_t kOden = 1u << 16;
constexpr std::uint32_t kOdswen = 1u << 17;
constexpr std::uint32_t kCrReset = kVosMask;  // SVD of F446 and F746: scale 1
constexpr std::uint32_t kCrResetOfF407 = 1u << kVosBit;

constexpr std::uint32_t kBrr = 1u << 3;
constexpr std::uint32_t kBre = 1u << 9;
constexpr std::uint32_t kVosrdy = 1u << 14;
constexpr std::uint32_t kOdrdy = 1u << 16;
constexpr std::uint32_t kOdswrdy = 1u << 17;

constexpr std::uint64_t kMegahertz = 1'000'000;

// What one chip has. Highest HCLK by scale, without and with over-drive: RM0090, RM0390 and RM0385,
// PWR_CR.VOS; the LL drivers of STM32CubeF4 and STM32CubeF7 (UTILS_MAX_FREQUENCY_SCALEx) agree.
struct Variant {
  bool f7 = false;         // CR2, CSR2 and their names
  bool overdrive = false;  // and three scales instead of two
  std::array<std::uint64_t, 3> highest_hz{};
  std::array<std::uint64_t, 3> highest_overdrive_hz{};
};
constexpr Variant kF407{.highest_hz = {168, 144, 144}};
constexpr Variant kF446{
    .overdrive = true, .highest_hz = {168, 144, 120}, .highest_overdrive_hz = {180, 168, 120}};
constexpr Variant kF746{.f7 = true,
                        .overdrive = true,
                        .highest_hz = {180, 168, 144},
                        .highest_overdrive_hz = {216, 180, 144}};

class PwrF4 final : public WiredBlock {
 public:
  PwrF4(PeripheralContext& context, const Variant& variant)
      : WiredBlock(context),
        variant_(variant),
        backup_writable_(context.events.line(kBackupWritableLine)),
        pll_on_(context.events.line(kPllOnLine)),
        hclk_(context.clocks.signal("hclk")),
        scaled_(context.scheduler, [this] { show(kVosrdy); }),
        overdrive_ready_(context.scheduler, [this] { show(kOdrdy); }),
        overdrive_switched_(context.scheduler, [this] { show(kOdswrdy); }),
        backup_regulator_ready_(context.scheduler, [this] { show(kBrr); }) {
    constexpr auto kSource = "DS10916 and DS10693, operating conditions, from memory: estimate";
    const auto us = [&](std::string_view key, std::uint64_t value, std::string_view what) {
      return Duration::from_us(assumed_parameter(context, key, value, what, kSource));
    };
    scale_time_ = us("scale_change_us", 40, "change of voltage scale, us");
    if (variant_.overdrive) {
      overdrive_time_ = us("overdrive_us", 45, "over-drive on, and switched to, each, us");
    }
    backup_regulator_time_ = us("backup_regulator_us", 40, "backup regulator on, us");
    hclk_.on_change([this](std::uint64_t) { check_clock(); });
    pll_on_.connect([this](bool on) { pll_switched(on); });
    add_wire("cpu_sleep").connect([this](bool asleep) {
      if (asleep) report_deep_sleep();
    });
    define_registers();
  }

 private:
  using Register = RegisterFile::Register;

  void define_registers() {
    const bool f7 = variant_.f7;
    cr_ = &registers_.add(kCr, f7 ? "CR1" : "CR")
               .reset(variant_.overdrive ? kCrReset : kCrResetOfF407)
               .flag(0, "LPDS")
               .flag(1, "PDDS")
               .flag(3, "CSBF")
               .unimplemented(4, 1, "PVDE")
               .field(5, 3, "PLS")
               .flag(8, "DBP")
               .flag(9, "FPDS")
               .on_write([this](std::uint32_t) { write_cr(); });
    csr_ = &registers_.add(kCsr, f7 ? "CSR1" : "CSR")
                .unimplemented(8, 1, f7 ? "EIWUP" : "EWUP")
                .flag(9, "BRE")
                .on_write([this](std::uint32_t) { write_csr(); });
    if (!f7) cr_->flag(2, "CWUF");
    if (!variant_.overdrive) {
      cr_->flag(kVosBit, "VOS");
      return;
    }
    cr_->field(10, 2, f7 ? "LPUDS, MRUDS" : "LPLVDS, MRLVDS")
        .flag(13, "ADCDC1")
        .field(kVosBit, 2, "VOS")
        .flag(16, "ODEN")
        .flag(17, "ODSWEN")
        .unimplemented(18, 2, "UDEN");
    if (!f7) {
      cr_->field(20, 2, "FMSSR, FISSR");
      csr_->unimplemented(7, 1, "EWUP2");
      return;
    }
    registers_.add(kCr2, "CR2").field(0, 6, "CWUPF").field(8, 6, "WUPP");
    registers_.add(kCsr2, "CSR2").unimplemented(8, 6, "EWUP");
  }

  // RM0385, PWR_CR1: VOS can be written while the PLL is off only, ODSWEN needs ODEN. CWUF and CSBF
  // read 0.
  void write_cr() {
    std::uint32_t value = cr_->value() & ~0xCu;
    if (pll_on_.level()) value = (value & ~kVosMask) | (old_cr_ & kVosMask);
    if ((value & kVosMask) == 0 && variant_.overdrive) value |= old_cr_ & kVosMask;
    if ((value & kOden) == 0) value &= ~kOdswen;
    cr_->set(value);
    const std::uint32_t changed = value ^ old_cr_;
    old_cr_ = value;
    backup_writable_.set((value & kDbp) != 0);
    if ((changed & kOden) != 0) {
      follow((value & kOden) != 0, overdrive_ready_, kOdrdy, overdrive_time_);
    }
    if ((changed & kOdswen) != 0) {
      follow((value & kOdswen) != 0, overdrive_switched_, kOdswrdy, overdrive_time_);
    }
    report_scale();
  }

  // RM0385, PWR_CSR1.BRE: only with write access to the backup domain, which also keeps it over
  // resets.
  void write_csr() {
    const std::uint32_t kept = csr_->value() & ~kBre;
    if (!backup_writable_.level()) csr_->set(kept | (backup_regulator_ ? kBre : 0));
    const bool on = (csr_->value() & kBre) != 0;
    if (on != backup_regulator_) follow(on, backup_regulator_ready_, kBrr, backup_regulator_time_);
    backup_regulator_ = on;
  }

  // Readiness comes after its time and goes at once.
  void follow(bool on, Event& event, std::uint32_t ready, Duration time) {
    event.cancel();
    if (on) {
      event.after(time);
    } else {
      csr_->set(csr_->value() & ~ready);
    }
  }
  void show(std::uint32_t ready) {
    csr_->set(csr_->value() | ready);
    report_scale();
  }

  void pll_switched(bool on) {
    csr_->set(csr_->value() & ~kVosrdy);
    scaled_.cancel();
    if (on) scaled_.after(scale_time_);
    report_scale();
  }

  // 1 to 3. VOS of the STM32F407: 1 is scale 1, 0 scale 2.
  unsigned scale() const {
    if (!pll_on_.level()) return variant_.overdrive ? 3 : 2;
    const std::uint32_t vos = (cr_->value() & kVosMask) >> kVosBit;
    return variant_.overdrive ? 4 - vos : 2 - vos;
  }
  bool overdriven() const { return (csr_->value() & kOdswrdy) != 0; }

  void report_scale() {
    constexpr std::array kScales = {"scale1", "scale2", "scale3"};
    power_.set(name_, overdriven() ? "overdrive" : kScales[scale() - 1], now());
    check_clock();
  }

  // On the chip the core may fail at a clock that the voltage does not allow; here it does not.
  void check_clock() {
    const auto& limits = overdriven() ? variant_.highest_overdrive_hz : variant_.highest_hz;
    const std::uint64_t highest = limits[scale() - 1] * kMegahertz;
    if (hclk_.hz() <= highest) return;
    notes_.unmodelled(name_,
                      fmt::format("failures of the chip at HCLK {} Hz, which exceeds the {} Hz of "
                                  "voltage scale {}{} (beyond the manual's limits)",
                                  hclk_.hz(), highest, scale(),
                                  overdriven()         ? " with over-drive"
                                  : variant_.overdrive ? " without over-drive"
                                                       : ""),
                      kCr, true, cr_->value());
  }

  // RM0385, PWR_CR1.PDDS: what WFI means while SLEEPDEEP is set.
  void report_deep_sleep() {
    const BusReply scr = bus_.read(kScbScr, AccessSize::kWord, now(), true);
    if (!scr.ok || (scr.value & kSleepdeep) == 0) return;
    notes_.unmodelled(name_,
                      fmt::format("{} mode: sleeps as in Sleep mode, all clocks on",
                                  (cr_->value() & kPdds) != 0 ? "Standby" : "Stop"),
                      kCr, true, cr_->value());
  }

  void reset_state(ResetKind kind) override {
    old_cr_ = cr_->value();
    for (Event* const event : {&scaled_, &overdrive_ready_, &overdrive_switched_}) event->cancel();
    backup_writable_.set(false);
    if (kind == ResetKind::kPowerOn) {
      backup_regulator_ = false;
      backup_regulator_ready_.cancel();
    } else if (backup_regulator_) {
      csr_->set(kBre | (backup_regulator_ready_.scheduled() ? 0 : kBrr));
    }
    // The clock falls back to 16 MHz in the same reset, so it is not judged here.
    power_.set(name_, variant_.overdrive ? "scale3" : "scale2", now());
  }

  void snapshot_state(StateArchive& archive) override {
    archive(old_cr_, backup_regulator_);
    scaled_.snapshot(archive);
    overdrive_ready_.snapshot(archive);
    overdrive_switched_.snapshot(archive);
    backup_regulator_ready_.snapshot(archive);
    backup_writable_.snapshot(archive);
  }

  const Variant& variant_;
  Wire& backup_writable_;
  Wire& pll_on_;  // driven by RCC
  ClockSignal& hclk_;
  Duration scale_time_{}, overdrive_time_{}, backup_regulator_time_{};
  Register* cr_ = nullptr;
  Register* csr_ = nullptr;
  std::uint32_t old_cr_ = 0;
  bool backup_regulator_ = false;  // BRE, which resets do not touch
  Event scaled_;
  Event overdrive_ready_;
  Event overdrive_switched_;
  Event backup_regulator_ready_;
};

const PeripheralType kF407Type("st.pwr_f407", [](PeripheralContext& context) {
  return std::make_unique<PwrF4>(context, kF407);
});
const PeripheralType kF446Type("st.pwr_f446", [](PeripheralContext& context) {
  return std::make_unique<PwrF4>(context, kF446);
});
const PeripheralType kF746Type("st.pwr_f746", [](PeripheralContext& context) {
  return std::make_unique<PwrF4>(context, kF746);
});

}  // namespace
}  // namespace tinyscope::st
