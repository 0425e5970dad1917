// PWR of the STM32H7A3: supply of the core (LDO, SMPS, both, none), voltage scaling, backup domain
// access, low-power modes. RM0455, chapter "Power control (PWR)"; bits as in CMSIS stm32h7a3xxq.h.
//
// Parameters: `vos_change_us` (default 20): ACTVOSRDY after a change of supply or to a higher
// voltage; `smps` (default true): the chip has the SMPS (suffix Q).
// Lines: rcc_lines.hpp ("pwr.dbp", "pwr.actvos0", "pwr.actvos1"). Wire "cpu_sleep" is driven by
// whoever knows whether the core sleeps.
//
// Power states of its own unit: "vos0-smps", "vos3-ldo" and so on: the voltage scale in force and
// what feeds the core, "ldo", "smps", "smps-ldo" (the SMPS feeds the LDO; also the state after
// power-on) or "bypass".
//
// CR3 chooses the supply once after power-on; only then VOS takes effect ("Run* mode" until then).
//
// Not modelled: Stop and Standby. WFI with SLEEPDEEP sleeps as in Sleep mode, with all clocks
// running; this is reported. Supply supervision sees a supply that is always good. RAM shut-off
// bits, wake-up pins and VBAT charging do nothing.
#include <fmt/format.h>

#include <array>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCr1 = 0x00;
constexpr Address kCsr1 = 0x04;
constexpr Address kCr2 = 0x08;
constexpr Address kCr3 = 0x0C;
constexpr Address kCpucr = 0x10;
constexpr Address kSrdcr = 0x18;
constexpr Address kWkupcr = 0x20;
constexpr Address kWkupfr = 0x24;
constexpr Address kWkupepr = 0x28;
constexpr Address kScbScr = 0xE000'ED10;  // DDI 0489, System Control Register

constexpr std::uint32_t kSleepdeep = 1u << 2;  // of SCB_SCR
constexpr std::uint32_t kDbp = 1u << 8;
constexpr std::uint32_t kVosrdy = 1u << 13;  // ACTVOSRDY in CSR1, VOSRDY in SRDCR
constexpr unsigned kVosBit = 14;             // ACTVOS in CSR1, VOS in SRDCR
constexpr std::uint32_t kBren = 1u << 0;
constexpr std::uint32_t kBrrdy = 1u << 16;
constexpr std::uint32_t kBypass = 1u << 0;
constexpr std::uint32_t kLdoen = 1u << 1;
constexpr std::uint32_t kSmpsen = 1u << 2;
constexpr std::uint32_t kSmpslevel = 3u << 4;
constexpr std::uint32_t kSupplyMask = 0x3F;
constexpr std::uint32_t kSmpsextrdy = 1u << 16;
constexpr std::uint32_t kUsb33den = 1u << 24;
constexpr std::uint32_t kUsb33rdy = 1u << 26;
constexpr std::uint32_t kPdds = 1u << 2;
constexpr std::uint32_t kCssf = 1u << 9;

constexpr std::uint32_t kCr1Reset = 3u << 14;  // SVOS: RM0455, from memory

// HAL of the STM32H7 (6f5e35e3), stm32h7xx_ll_utils.c: UTILS_MAX_FREQUENCY_SCALE0 to 3, here by the
// value of VOS: 3 is scale 0.
constexpr std::array<std::uint64_t, 4> kHighestHz = {88'000'000, 160'000'000, 225'000'000,
                                                     280'000'000};

class PwrH7 final : public WiredBlock {
 public:
  explicit PwrH7(PeripheralContext& context)
      : WiredBlock(context),
        has_smps_(context.params.boolean("smps").value_or(true)),
        backup_writable_(context.events.line(kBackupWritableLine)),
        actvos_{&context.events.line(kActvos0Line), &context.events.line(kActvos1Line)},
        cpuclk_(context.clocks.signal("cpuclk")),
        settled_(context.scheduler, [this] { settle(); }) {
    change_time_ = Duration::from_us(
        assumed_parameter(context, "vos_change_us", 20, "change of the core's voltage, us"));
    cpuclk_.on_change([this](std::uint64_t) { check_clock(); });
    add_wire("cpu_sleep").connect([this](bool asleep) {
      if (asleep) report_deep_sleep();
    });
    define_registers();
  }

 private:
  using Register = RegisterFile::Register;

  void define_registers() {
    cr1_ = &registers_.add(kCr1, "CR1")
                .reset(kCr1Reset)
                .flag(0, "LPDS")
                .unimplemented(4, 1, "PVDE")
                .field(5, 3, "PLS")
                .flag(8, "DBP")
                .flag(9, "FLPS")
                .flag(12, "BOOSTE")
                .flag(13, "AVD_READY")
                .field(14, 2, "SVOS")
                .unimplemented(16, 1, "AVDEN")
                .field(17, 2, "ALS")
                .field(19, 9, "AXIRAM1SO … SRDRAMSO")
                .on_write(
                    [this](std::uint32_t) { backup_writable_.set((cr1_->value() & kDbp) != 0); });
    csr1_ = &registers_.add(kCsr1, "CSR1").read_only();
    cr2_ = &registers_.add(kCr2, "CR2")
                .flag(0, "BREN")
                .unimplemented(4, 1, "MONEN")
                .on_write([this](std::uint32_t) {
                  const bool on = (cr2_->value() & kBren) != 0;
                  cr2_->set((cr2_->value() & ~kBrrdy) | (on ? kBrrdy : 0));
                });
    cr3_ = &registers_.add(kCr3, "CR3")
                .reset(supply_after_power_on())
                .field(0, 2, "BYPASS, LDOEN")
                .flag(2, has_smps_ ? "SMPSEN" : "SCUEN")
                .field(8, 2, "VBE, VBRS")
                .field(24, 2, "USB33DEN, USBREGEN")
                .on_write([this](std::uint32_t) { write_cr3(); });
    if (has_smps_) cr3_->flag(3, "SMPSEXTHP").field(4, 2, "SMPSLEVEL");
    cpucr_ = &registers_.add(kCpucr, "CPUCR")
                  .flag(0, "RETDS_CD")
                  .flag(2, "PDDS_SRD")
                  .flag(9, "CSSF")
                  .flag(11, "RUN_SRD")
                  .on_write([this](std::uint32_t) {  // STOPF and SBF are never set here
                    cpucr_->set(cpucr_->value() & ~kCssf);
                  });
    srdcr_ =
        &registers_.add(kSrdcr, "SRDCR").field(kVosBit, 2, "VOS").on_write([this](std::uint32_t) {
          write_vos();
        });
    registers_.add(kWkupcr, "WKUPCR").trigger();
    registers_.add(kWkupfr, "WKUPFR").read_only();
    registers_.add(kWkupepr, "WKUPEPR")
        .unimplemented(0, 6, "WKUPEN")
        .field(8, 6, "WKUPP")
        .field(16, 12, "WKUPPUPD");
  }

  // HAL_PWREx_ConfigSupply() takes this value as "not chosen yet".
  std::uint32_t supply_after_power_on() const { return kLdoen | kSmpsen; }

  // RM0455, PWR_CR3: the supply is chosen once, until the next power-on.
  void write_cr3() {
    std::uint32_t value = cr3_->value();
    if (chosen_) {
      value = (value & ~kSupplyMask) | supply_;
    } else {
      chosen_ = true;
      supply_ = value & kSupplyMask;
      settled_.after(change_time_);
    }
    value &= ~(kSmpsextrdy | kUsb33rdy);
    if ((supply_ & kSmpsen) != 0 && (supply_ & kSmpslevel) != 0) value |= kSmpsextrdy;
    if ((value & kUsb33den) != 0) value |= kUsb33rdy;
    cr3_->set(value);
    report_state();
  }

  // A lower voltage is in force at once; ACTVOSRDY waits for a higher one.
  void write_vos() {
    const std::uint32_t wanted = bits_of_vos(srdcr_->value());
    if (!chosen_ || wanted == actvos()) return;
    show(csr1_, wanted < actvos() ? wanted : actvos(), false);
    show(srdcr_, wanted, false);
    if (wanted < actvos()) drive_actvos();
    settled_.after(change_time_);
    report_state();
  }

  void settle() {
    const std::uint32_t wanted = bits_of_vos(srdcr_->value());
    show(csr1_, wanted, true);
    show(srdcr_, wanted, true);
    drive_actvos();
    report_state();
  }

  static std::uint32_t bits_of_vos(std::uint32_t value) { return value >> kVosBit & 3u; }
  std::uint32_t actvos() const { return bits_of_vos(csr1_->value()); }
  static void show(Register* where, std::uint32_t vos, bool ready) {
    where->set(vos << kVosBit | (ready ? kVosrdy : 0));
  }
  void drive_actvos() {
    for (unsigned i = 0; i < actvos_.size(); ++i) actvos_[i]->set((actvos() >> i & 1u) != 0);
  }

  std::string state() const {
    const bool smps = has_smps_ && (supply_ & kSmpsen) != 0;
    const bool ldo = !smps || (supply_ & kLdoen) != 0;
    const char* const fed = (supply_ & kBypass) != 0 ? "bypass"
                            : smps && ldo            ? "smps-ldo"
                            : smps                   ? "smps"
                                                     : "ldo";
    return fmt::format("vos{}-{}", 3 - actvos(), fed);
  }
  void report_state() {
    power_.set(name_, state(), now());
    check_clock();
  }

  // On the chip the core may fail at a clock that the voltage does not allow; here it does not.
  void check_clock() {
    const std::uint64_t highest = kHighestHz[actvos()];
    if (cpuclk_.hz() <= highest) return;
    notes_.unmodelled(name_,
                      fmt::format("failures of the chip at a CPU clock of {} Hz, which exceeds the "
                                  "{} Hz of VOS{} (beyond the manual's limits)",
                                  cpuclk_.hz(), highest, 3 - actvos()),
                      kSrdcr, true, srdcr_->value());
  }

  // RM0455, "Low-power modes": what WFI means while SLEEPDEEP is set.
  void report_deep_sleep() {
    const BusReply scr = bus_.read(kScbScr, AccessSize::kWord, now(), true);
    if (!scr.ok || (scr.value & kSleepdeep) == 0) return;
    const char* const mode = (cpucr_->value() & kPdds) != 0 ? "Standby" : "Stop";
    notes_.unmodelled(name_,
                      fmt::format("{} mode: sleeps as in Sleep mode, with all clocks on", mode),
                      kCpucr, true, cpucr_->value());
  }

  void reset_state(ResetKind kind) override {
    if (kind == ResetKind::kPowerOn) {
      chosen_ = false;
      supply_ = supply_after_power_on();
    }
    cr3_->set(supply_);
    settled_.cancel();
    show(csr1_, 0, chosen_);
    show(srdcr_, 0, chosen_);
    backup_writable_.set(false);
    drive_actvos();
    // The clock falls back to HSI in the same reset, so it is not judged here.
    power_.set(name_, state(), now());
  }

  void snapshot_state(StateArchive& archive) override {
    archive(chosen_, supply_);
    settled_.snapshot(archive);
    backup_writable_.snapshot(archive);
    for (Wire* const line : actvos_) line->snapshot(archive);
  }

  const bool has_smps_;
  Wire& backup_writable_;
  std::array<Wire*, 2> actvos_;
  ClockSignal& cpuclk_;
  Duration change_time_{};
  Register* cr1_ = nullptr;
  Register* csr1_ = nullptr;
  Register* cr2_ = nullptr;
  Register* cr3_ = nullptr;
  Register* cpucr_ = nullptr;
  Register* srdcr_ = nullptr;
  bool chosen_ = false;
  std::uint32_t supply_ = 0;  // of CR3, in force
  Event settled_;
};

const PeripheralType kType("st.pwr_h7", [](PeripheralContext& context) {
  return std::make_unique<PwrH7>(context);
});

}  // namespace
}  // namespace tinyscope::st
