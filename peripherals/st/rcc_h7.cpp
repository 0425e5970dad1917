#include "peripherals/st/rcc_h7.hpp"

#include <fmt/format.h>

#include "peripherals/st/rcc_h7_blocks.hpp"
#include "peripherals/st/rcc_h7_registers.hpp"
#include "peripherals/st/rcc_lines.hpp"

namespace tinyscope::st {

using namespace rcc_h7;

namespace {

// Reset values: RM0455, from memory, for CR, HSICFGR and CSICFGR; for the PLLs those to which
// SystemInit() of cmsis_device_h7 and HAL_RCC_DeInit() go back.
constexpr std::uint32_t kCrReset = kHsion | kHsirdy | kHsidivf | kCpuckrdy | kCdckrdy;
constexpr std::uint32_t kHsicfgrReset = 0x40u << 24;
constexpr std::uint32_t kCsicfgrReset = 0x20u << 24;
constexpr std::uint32_t kPllckselrReset = 0x0202'0200;
constexpr std::uint32_t kPllcfgrReset = 0x01FF'0000;
constexpr std::uint32_t kDivrReset = 0x0101'0280;

constexpr std::uint32_t kInterrupts = 0x3FF;  // of CIER: all sources, LSECSS
constexpr std::uint32_t kHsecssf = bit(10);

}  // namespace

RccH7::RccH7(PeripheralContext& context)
    : WiredBlock(context),
      irq_(add_wire("irq")),
      watchdog_needs_lsi_(context.events.line(kWatchdogNeedsLsiLine)),
      sources_(context, [this](std::size_t source) { source_started(source); }),
      blocks_(context, registers_, h7a3_block_groups(), "LPEN") {
  define_control();
  define_configuration();
  define_plls();
  define_kernel_clocks();
  define_interrupts();
  define_backup(context);
  define_rest();
  define_sources(context);
  define_signals(context.clocks);
  const auto remember_cause = [&](const char* line, std::uint32_t flag) {
    context.events.line(line).connect([this, flag](bool level) {
      if (level) reset_cause_ = flag;
    });
  };
  remember_cause(kIwdgResetLine, kIwdgrstf);
  remember_cause(kWwdgResetLine, kWwdgrstf);
  watchdog_needs_lsi_.connect([this](bool) { drive_sources(); });
  publish();
}

void RccH7::define_control() {
  cr_ = &registers_.add(kCr, "CR")
             .reset(kCrReset)
             .flag(0, "HSION")
             .flag(1, "HSIKERON")
             .field(kHsidiv, 2, "HSIDIV")
             .flag(7, "CSION")
             .flag(9, "CSIKERON")
             .flag(12, "HSI48ON")
             .flag(16, "HSEON")
             .flag(18, "HSEBYP")
             .flag(19, "HSECSSON")
             .flag(20, "HSEEXT")
             .flag(24, "PLL1ON")
             .flag(26, "PLL2ON")
             .flag(28, "PLL3ON")
             .on_write([this](std::uint32_t) { write_cr(); });
  registers_.add(kHsicfgr, "HSICFGR").reset(kHsicfgrReset).field(24, 7, "HSITRIM");
  registers_.add(kCrrcr, "CRRCR").read_only();
  registers_.add(kCsicfgr, "CSICFGR").reset(kCsicfgrReset).field(24, 6, "CSITRIM");
}

void RccH7::define_configuration() {
  cfgr_ = &registers_.add(kCfgr, "CFGR")
               .field(0, 3, "SW")
               .flag(6, "STOPWUCK")
               .flag(7, "STOPKERWUCK")
               .field(kRtcpre, 6, "RTCPRE")
               .flag(15, "TIMPRE")
               .field(18, 4, "MCO1PRE")
               .field(22, 3, "MCO1")
               .field(25, 4, "MCO2PRE")
               .field(29, 3, "MCO2")
               .on_write([this](std::uint32_t) {
                 switch_system_clock();
                 publish();
               });
  const auto prescalers = [this](Address offset, std::string_view name) -> Register& {
    return registers_.add(offset, name).on_write([this](std::uint32_t) { publish(); });
  };
  cdcfgr1_ = &prescalers(kCdcfgr1, "CDCFGR1")
                  .field(kHpre, 4, "HPRE")
                  .field(kCdppre, 3, "CDPPRE")
                  .field(kCdcpre, 4, "CDCPRE");
  cdcfgr2_ =
      &prescalers(kCdcfgr2, "CDCFGR2").field(kCdppre1, 3, "CDPPRE1").field(kCdppre2, 3, "CDPPRE2");
  srdcfgr_ = &prescalers(kSrdcfgr, "SRDCFGR").field(kSrdppre, 3, "SRDPPRE");
}

void RccH7::define_plls() {
  pllckselr_ = &registers_.add(kPllckselr, "PLLCKSELR")
                    .reset(kPllckselrReset)
                    .field(0, 2, "PLLSRC")
                    .field(4, 6, "DIVM1")
                    .field(12, 6, "DIVM2")
                    .field(20, 6, "DIVM3")
                    .on_write([this](std::uint32_t) { write_pllckselr(); });
  pllcfgr_ = &registers_.add(kPllcfgr, "PLLCFGR")
                  .reset(kPllcfgrReset)
                  .field(0, 4, "PLL1FRACEN, PLL1VCOSEL, PLL1RGE")
                  .field(4, 4, "PLL2FRACEN, PLL2VCOSEL, PLL2RGE")
                  .field(8, 4, "PLL3FRACEN, PLL3VCOSEL, PLL3RGE")
                  .field(kDivp1en, 9, "DIVP1EN … DIVR3EN")
                  .on_write([this](std::uint32_t) { write_pllcfgr(); });
  for (unsigned i = 0; i < kPlls; ++i) {
    plls_[i].dividers = &registers_.add(kPll1divr + 8 * i, fmt::format("PLL{}DIVR", i + 1))
                             .reset(kDivrReset)
                             .field(0, 9, "DIVN")
                             .field(9, 7, "DIVP")
                             .field(16, 7, "DIVQ")
                             .field(24, 7, "DIVR")
                             .on_write([this, i](std::uint32_t) { write_divr(i); });
    plls_[i].fraction =
        &registers_.add(kPll1fracr + 8 * i, fmt::format("PLL{}FRACR", i + 1)).field(3, 13, "FRACN");
  }
}

void RccH7::define_kernel_clocks() {
  const auto selects = [this](Address offset, std::string_view name) -> Register& {
    return registers_.add(offset, name).on_write([this](std::uint32_t) { publish(); });
  };
  cdccipr_ = &selects(kCdccipr, "CDCCIPR")
                  .field(0, 2, "FMCSEL")
                  .field(4, 2, "OCTOSPISEL")
                  .flag(16, "SDMMCSEL")
                  .field(28, 2, "CKPERSEL");
  cdccip1r_ = &selects(kCdccip1r, "CDCCIP1R")
                   .field(0, 3, "SAI1SEL")
                   .field(6, 3, "SAI2ASEL")
                   .field(9, 3, "SAI2BSEL")
                   .field(12, 3, "SPI123SEL")
                   .field(16, 3, "SPI45SEL")
                   .field(20, 2, "SPDIFSEL")
                   .flag(24, "DFSDM1SEL")
                   .field(28, 2, "FDCANSEL")
                   .flag(31, "SWPSEL");
  cdccip2r_ = &selects(kCdccip2r, "CDCCIP2R")
                   .field(0, 3, "USART234578SEL")
                   .field(3, 3, "USART16910SEL")
                   .field(8, 2, "RNGSEL")
                   .field(12, 2, "I2C123SEL")
                   .field(20, 2, "USBSEL")
                   .field(22, 2, "CECSEL")
                   .field(28, 3, "LPTIM1SEL");
  srdccipr_ = &selects(kSrdccipr, "SRDCCIPR")
                   .field(0, 3, "LPUART1SEL")
                   .field(8, 2, "I2C4SEL")
                   .field(10, 3, "LPTIM2SEL")
                   .field(13, 3, "LPTIM3SEL")
                   .field(16, 2, "ADCSEL")
                   .flag(27, "DFSDM2SEL")
                   .field(28, 3, "SPI6SEL");
}

void RccH7::define_interrupts() {
  cier_ = &registers_.add(kCier, "CIER")
               .field(0, 10, "LSIRDYIE … LSECSSIE")
               .on_write([this](std::uint32_t) { update_interrupt(); });
  cifr_ = &registers_.add(kCifr, "CIFR").read_only();
  registers_.add(kCicr, "CICR").write_only().trigger().on_write([this](std::uint32_t clear) {
    cifr_->set(cifr_->value() & ~clear);
    update_interrupt();
  });
}

void RccH7::define_backup(PeripheralContext& context) {
  bdcr_ = &registers_.add(kBdcr, "BDCR")
               .flag(0, "LSEON")
               .flag(2, "LSEBYP")
               .field(3, 2, "LSEDRV")
               .flag(5, "LSECSSON")
               .flag(7, "LSEEXT")
               .field(kRtcsel, 2, "RTCSEL")
               .flag(15, "RTCEN")
               .flag(16, "VSWRST");
  backup_ = std::make_unique<RccBackup>(context, *bdcr_, [this] { drive_sources(); });
  csr_ = &registers_.add(kCsr, "CSR").flag(0, "LSION").on_write([this](std::uint32_t) {
    drive_sources();
  });
  rsr_ = &registers_.add(kRsr, "RSR").flag(16, "RMVF").on_write([this](std::uint32_t) {
    if ((rsr_->value() & kRmvf) != 0) reset_flags_ = 0;
    rsr_->set(reset_flags_);
  });
}

// Both only save current: clocks of the SRD domain in its autonomous mode, clocks of the bus matrix
// that nobody uses.
void RccH7::define_rest() {
  registers_.add(kSrdamr, "SRDAMR");
  registers_.add(kCkgaenr, "CKGAENR");
}

// RM0455, RCC_CR: bits that refuse what is asked of them.
void RccH7::write_cr() {
  std::uint32_t value = cr_->value();
  value |= old_cr_ & kHsecsson;  // only a reset clears it
  if ((old_cr_ & kHseon) != 0) value = (value & ~kHsebyp) | (old_cr_ & kHsebyp);
  if (feeds_a_pll(kHsi)) value = (value & ~kHsidivMask) | (old_cr_ & kHsidivMask);
  for (const Source source : {kHsi, kCsi, kHse, kPll1}) {
    if (in_use(source)) value |= sources_[source].on;
  }
  cr_->set(value);
  drive_sources();
}

// RM0455, RCC_PLLCKSELR: PLLSRC while all PLLs are off, DIVMx while that PLL is.
void RccH7::write_pllckselr() {
  std::uint32_t writable = kPllsrcMask;
  for (unsigned i = 0; i < kPlls; ++i) {
    if (sources_.wanted(kPll1 + i)) {
      writable &= ~kPllsrcMask;
    } else {
      writable |= 0x3Fu << (kDivm1 + kDivmStride * i);
    }
  }
  pllckselr_->set((pllckselr_->value() & writable) | (old_pllckselr_ & ~writable));
  drive_sources();
}

// RM0455, RCC_PLLCFGR: the ranges while that PLL is off. FRACN is taken over when FRACEN rises.
void RccH7::write_pllcfgr() {
  std::uint32_t writable = ~std::uint32_t{0};
  for (unsigned i = 0; i < kPlls; ++i) {
    if (sources_.wanted(kPll1 + i)) writable &= ~(0xEu << kPllStride * i);
  }
  const std::uint32_t value = (pllcfgr_->value() & writable) | (old_pllcfgr_ & ~writable);
  for (unsigned i = 0; i < kPlls; ++i) {
    const std::uint32_t fracen = kPll1fracen << kPllStride * i;
    if ((value & ~old_pllcfgr_ & fracen) == 0) continue;
    plls_[i].latched_fraction = bits(plls_[i].fraction->value(), 3, 13);
  }
  pllcfgr_->set(value);
  old_pllcfgr_ = value;
  drive_sources();
}

// RM0455, RCC_PLLxDIVR: while that PLL is off.
void RccH7::write_divr(unsigned i) {
  Pll& pll = plls_[i];
  if (sources_.wanted(kPll1 + i)) pll.dividers->set(pll.old_dividers);
  pll.old_dividers = pll.dividers->value();
  publish();
}

// HSECSSF goes to the NMI, which no failure ever raises here.
void RccH7::update_interrupt() {
  irq_.set((cifr_->value() & cier_->value() & kInterrupts & ~kHsecssf) != 0);
}

// RM0455, "Reset": flags of RSR add up until RMVF. A reset from inside the chip pulls NRST low too.
void RccH7::reset_state(ResetKind kind) {
  for (std::size_t i = 0; i < kNone; ++i) {
    if (i != kLse || kind == ResetKind::kPowerOn) sources_.cancel(i);
  }
  switch (kind) {
    case ResetKind::kPowerOn: reset_flags_ = kPorrstf | kBorrstf | kCdrstf; break;
    case ResetKind::kSoftware: reset_flags_ |= kSftrstf; break;
    case ResetKind::kWatchdog: reset_flags_ |= reset_cause_; break;
    case ResetKind::kPin:
    case ResetKind::kLockup: break;
  }
  reset_cause_ = 0;
  reset_flags_ |= kPinrstf;
  rsr_->set(reset_flags_);
  backup_->reset(kind);
  for (Pll& pll : plls_) {
    pll.old_dividers = pll.dividers->value();
    pll.latched_fraction = 0;
  }
  old_cr_ = cr_->value();
  old_pllckselr_ = pllckselr_->value();
  old_pllcfgr_ = pllcfgr_->value();
  sysclk_source_ = kSwHsi;
  update_interrupt();
  blocks_.drive_reset_lines();
  drive_sources();
}

void RccH7::snapshot_state(StateArchive& archive) {
  archive(old_cr_, old_pllckselr_, old_pllcfgr_, sysclk_source_, reset_flags_, reset_cause_);
  for (Pll& pll : plls_) archive(pll.old_dividers, pll.latched_fraction);
  sources_.snapshot(archive);
  backup_->snapshot(archive);
  blocks_.snapshot(archive);
  if (!archive.is_loading()) return;
  for (const Published& published : published_) published.signal->restore(published.hz());
}

const PeripheralType kRccH7Type("st.rcc_h7", [](PeripheralContext& context) {
  return std::make_unique<RccH7>(context);
});

}  // namespace tinyscope::st
