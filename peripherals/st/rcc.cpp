#include "peripherals/st/rcc.hpp"

#include "peripherals/st/rcc_lines.hpp"

namespace tinyscope::st {

using namespace rcc;

namespace {

constexpr std::uint32_t kCrReset = kMsion | kMsirdy | 6u << kMsirange;  // SVD
constexpr std::uint32_t kCsrReset = 6u << kMsisrange;                   // SVD, without flags
constexpr std::uint32_t kIcscrReset = 0x40u << 24;  // HSITRIM 64: HAL, RCC_HSICALIBRATION_DEFAULT
constexpr std::uint32_t kPllcfgrReset = 0x1000;     // PLLN = 16: SVD

constexpr std::uint32_t kCssf = bit(8);
constexpr std::uint32_t kInterrupts = 0x6FF;  // of CIER: all sources, LSECSS
constexpr std::uint32_t kMsirangeMask = 0xFu << kMsirange;
constexpr std::uint32_t kMsisrangeMask = 0xFu << kMsisrange;

}  // namespace

Rcc::Rcc(PeripheralContext& context)
    : WiredBlock(context),
      irq_(add_wire("irq")),
      watchdog_needs_lsi_(context.events.line(kWatchdogNeedsLsiLine)),
      sources_(context, [this](std::size_t source) { oscillator_started(source); }) {
  define_control();
  define_configuration();
  define_interrupts();
  define_backup(context);
  define_gates(context);
  define_oscillators(context);
  define_signals(context.clocks);
  const auto remember_cause = [&](const char* line, std::uint32_t flag) {
    context.events.line(line).connect([this, flag](bool level) {
      if (level) reset_cause_ = flag;
    });
  };
  remember_cause(kIwdgResetLine, kIwdgrstf);
  remember_cause(kWwdgResetLine, kWwdgrstf);
  remember_cause(kOptionLoadLine, kOblrstf);
  watchdog_needs_lsi_.connect([this](bool) { drive_oscillators(); });
  publish();
}

void Rcc::define_control() {
  cr_ = &registers_.add(kCr, "CR")
             .reset(kCrReset)
             .flag(0, "MSION")
             .flag(2, "MSIPLLEN")
             .flag(3, "MSIRGSEL")
             .field(kMsirange, 4, "MSIRANGE")
             .flag(8, "HSION")
             .flag(9, "HSIKERON")
             .flag(11, "HSIASFS")
             .flag(16, "HSEON")
             .flag(18, "HSEBYP")
             .flag(19, "CSSON")
             .flag(24, "PLLON")
             .flag(26, "PLLSAI1ON")
             .flag(28, "PLLSAI2ON")
             .on_write([this](std::uint32_t) { write_cr(); });
  registers_.add(kIcscr, "ICSCR").reset(kIcscrReset).field(8, 8, "MSITRIM").field(24, 7, "HSITRIM");
  crrcr_ = &registers_.add(kCrrcr, "CRRCR").flag(0, "HSI48ON").on_write([this](std::uint32_t) {
    drive_oscillators();
  });
}

void Rcc::define_configuration() {
  cfgr_ = &registers_.add(kCfgr, "CFGR")
               .field(0, 2, "SW")
               .field(4, 4, "HPRE")
               .field(8, 3, "PPRE1")
               .field(11, 3, "PPRE2")
               .flag(15, "STOPWUCK")
               .unimplemented(24, 4, "MCOSEL")
               .field(28, 3, "MCOPRE")
               .on_write([this](std::uint32_t) { write_cfgr(); });
  const char* const names[] = {"PLLCFGR", "PLLSAI1CFGR", "PLLSAI2CFGR"};
  for (unsigned i = 0; i < 3; ++i) {
    pllcfgr_[i] =
        &registers_.add(kPllCfgr + 4 * i, names[i])
             .reset(kPllcfgrReset)
             .field(4, 4, "PLLM")
             .field(8, 7, "PLLN")
             .flag(16, "PLLPEN")
             .flag(17, "PLLP")
             .flag(20, "PLLQEN")
             .field(21, 2, "PLLQ")
             .flag(24, "PLLREN")
             .field(25, 2, "PLLR")
             .field(27, 5, "PLLPDIV")
             .on_write([this, i](std::uint32_t) { write_pllcfgr(static_cast<Source>(kPll + i)); });
  }
  pllcfgr_[0]->field(0, 2, "PLLSRC");
  ccipr_ = &registers_.add(kCcipr, "CCIPR").on_write([this](std::uint32_t) { publish(); });
  const char* const selects[] = {"USART1SEL", "USART2SEL",  "USART3SEL", "UART4SEL",
                                 "UART5SEL",  "LPUART1SEL", "I2C1SEL",   "I2C2SEL",
                                 "I2C3SEL",   "LPTIM1SEL",  "LPTIM2SEL"};
  for (unsigned i = 0; i < std::size(selects); ++i) ccipr_->field(2 * i, 2, selects[i]);
  ccipr_->field(26, 2, "CLK48SEL").field(28, 2, "ADCSEL");
  ccipr2_ = &registers_.add(kCcipr2, "CCIPR2")
                 .field(0, 2, "I2C4SEL")
                 .flag(2, "DFSDM1SEL")
                 .field(3, 2, "ADFSDM1SEL")
                 .field(5, 3, "SAI1SEL")
                 .field(8, 3, "SAI2SEL")
                 .flag(14, "SDMMCSEL")
                 .field(16, 2, "PLLSAI2DIVR")
                 .field(20, 2, "OSPISEL")
                 .on_write([this](std::uint32_t) { publish(); });
  registers_.add(kDlycfgr, "DLYCFGR").field(0, 4, "OCTOSPI1_DLY").field(4, 4, "OCTOSPI2_DLY");
}

void Rcc::define_interrupts() {
  cier_ = &registers_.add(kCier, "CIER").on_write([this](std::uint32_t) {
    cier_->set(cier_->value() & kInterrupts);
    update_interrupt();
  });
  cifr_ = &registers_.add(kCifr, "CIFR").read_only();
  registers_.add(kCicr, "CICR").write_only().trigger().on_write([this](std::uint32_t clear) {
    cifr_->set(cifr_->value() & ~clear);
    update_interrupt();
  });
}

void Rcc::define_backup(PeripheralContext& context) {
  bdcr_ = &registers_.add(kBdcr, "BDCR")
               .flag(0, "LSEON")
               .flag(2, "LSEBYP")
               .field(3, 2, "LSEDRV")
               .flag(5, "LSECSSON")
               .field(kRtcsel, 2, "RTCSEL")
               .flag(15, "RTCEN")
               .flag(16, "BDRST")
               .unimplemented(24, 1, "LSCOEN")
               .flag(25, "LSCOSEL");
  backup_ = std::make_unique<RccBackup>(context, *bdcr_, [this] { drive_oscillators(); });
  csr_ = &registers_.add(kCsr, "CSR")
              .reset(kCsrReset)
              .flag(0, "LSION")
              .field(kMsisrange, 4, "MSISRANGE")
              .flag(23, "RMVF")
              .on_write([this](std::uint32_t) { write_csr(csr_->value()); });
}

// RM0432, RCC_CR: bits that refuse what is asked of them.
void Rcc::write_cr() {
  std::uint32_t value = cr_->value();
  value |= old_cr_ & (kMsirgsel | kCsson);  // only a reset clears them
  if (bits(value, kMsirange, 4) >= kMsiRanges) {
    value = (value & ~kMsirangeMask) | (old_cr_ & kMsirangeMask);
  }
  if (!ready(kLse)) value &= ~kMsipllen;
  if ((old_cr_ & kHseon) != 0) value = (value & ~kHsebyp) | (old_cr_ & kHsebyp);
  for (const Source source : {kMsi, kHsi16, kHse, kPll}) {
    if (in_use(source)) value |= sources_[source].on;
  }
  cr_->set(value);
  old_cr_ = value;
  drive_oscillators();
}

// RM0432, RCC_PLLCFGR: factors and source can be written while the PLL is off only, PLLSRC while
// all are; the output that is the system clock cannot be switched off.
void Rcc::write_pllcfgr(Source pll) {
  const std::size_t index = pll - kPll;
  std::uint32_t writable = kPllEnables;
  if (!wanted(pll)) writable = ~kPllsrcMask;
  if (!wanted(kPll) && !wanted(kPllSai1) && !wanted(kPllSai2)) writable |= kPllsrcMask;
  if (pll == kPll && sysclk_source_ == kSwPll) writable &= ~kPllren;
  Register& config = *pllcfgr_[index];
  config.set((config.value() & writable) | (old_pllcfgr_[index] & ~writable));
  old_pllcfgr_[index] = config.value();
  drive_oscillators();
}

void Rcc::write_cfgr() {
  switch_system_clock();
  publish();
}

// RM0432, RCC_CSR: MSISRANGE is 4 to 7, and can be written while MSIRGSEL is set.
void Rcc::write_csr(std::uint32_t written) {
  if ((written & kRmvf) != 0) written &= ~(kRmvf | kResetFlags);
  const std::uint32_t range = bits(written, kMsisrange, 4);
  if ((cr_->value() & kMsirgsel) == 0 || range < 4 || range > 7) {
    written = (written & ~kMsisrangeMask) | (old_csr_ & kMsisrangeMask);
  }
  csr_->set(written);
  old_csr_ = written;
  drive_oscillators();
}

// CSSF goes to the NMI, which no failure ever raises here.
void Rcc::update_interrupt() { irq_.set((cifr_->value() & ~kCssf) != 0); }

// RM0432, "Reset": the backup domain keeps its state but for power-on, and flags of CSR add up
// until RMVF. Resets from inside the chip pull NRST low too.
void Rcc::reset_state(ResetKind kind) {
  for (std::size_t i = 0; i < kSources; ++i) {
    if (i != kLse || kind == ResetKind::kPowerOn) sources_.cancel(i);
  }
  std::uint32_t flags = old_csr_ & kResetFlags;
  switch (kind) {
    case ResetKind::kPowerOn: flags = kBorrstf; break;
    case ResetKind::kSoftware: flags |= kSftrstf; break;
    case ResetKind::kWatchdog: flags |= reset_cause_; break;
    case ResetKind::kPin:
    case ResetKind::kLockup: break;
  }
  reset_cause_ = 0;
  csr_->set(kCsrReset | flags | kPinrstf);
  backup_->reset(kind);
  old_cr_ = cr_->value();
  old_csr_ = csr_->value();
  for (std::size_t i = 0; i < pllcfgr_.size(); ++i) old_pllcfgr_[i] = pllcfgr_[i]->value();
  sysclk_source_ = kSwMsi;
  update_interrupt();
  blocks_->drive_reset_lines();
  drive_oscillators();
}

void Rcc::snapshot_state(StateArchive& archive) {
  archive(old_cr_, old_csr_, old_pllcfgr_, sysclk_source_, reset_cause_);
  sources_.snapshot(archive);
  backup_->snapshot(archive);
  blocks_->snapshot(archive);
  if (!archive.is_loading()) return;
  for (const Published& published : published_) published.signal->restore(published.hz());
}

}  // namespace tinyscope::st
