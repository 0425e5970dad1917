#include "peripherals/st/rcc_f4.hpp"

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/rcc_lines.hpp"

namespace tinyscope::st {

using namespace rcc_f4;

namespace {

constexpr std::uint32_t kCrReset = kHsion | kHsirdy | 16u << 3;  // SVD: 0x83, HSITRIM = 16
constexpr std::uint32_t kCsrReset = 0;                           // without flags
// M = 16, N = 192, Q = 4, R = 2: SVD and manuals for PLLCFGR, whose bit 29 is reserved and set
// where there is no R. The SVD of the F746 has no Q and that of the F446 no M in some of the
// others, where RM0385 and RM0390 have them: from memory.
constexpr std::uint32_t kPllReset = 0x2400'3000;
constexpr std::uint32_t kPllResetWithM = 0x2400'3010;
constexpr std::uint32_t kPlli2sResetOfF407 = 0x2000'3000;

constexpr std::uint32_t pll_on(std::size_t pll) {
  return bit(static_cast<unsigned>(kPllonBit + 2 * pll));
}
constexpr std::uint32_t pll_ready(std::size_t pll) { return pll_on(pll) << 1; }

}  // namespace

RccF4::RccF4(PeripheralContext& context, Chip chip)
    : WiredBlock(context),
      chip_(chip),
      irq_(add_wire("irq")),
      watchdog_needs_lsi_(context.events.line(kWatchdogNeedsLsiLine)),
      pll_on_(context.events.line(kPllOnLine)),
      sources_(context, [this](std::size_t source) { source_started(source); }) {
  define_control();
  define_plls();
  define_dedicated_clocks();
  define_backup(context);
  define_gates(context);
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

void RccF4::define_control() {
  cr_ = &registers_.add(kCr, "CR")
             .reset(kCrReset)
             .flag(0, "HSION")
             .field(3, 5, "HSITRIM")
             .flag(16, "HSEON")
             .flag(18, "HSEBYP")
             .flag(19, "CSSON")
             .flag(24, "PLLON")
             .flag(26, "PLLI2SON")
             .on_write([this](std::uint32_t) { write_cr(); });
  if (chip_ != Chip::kF407) cr_->flag(28, "PLLSAION");
  cfgr_ = &registers_.add(kCfgr, "CFGR")
               .field(0, 2, "SW")
               .field(kHpre, 4, "HPRE")
               .field(kPpre1, 3, "PPRE1")
               .field(kPpre2, 3, "PPRE2")
               .field(kRtcpre, 5, "RTCPRE")
               .field(kMco1, 2, "MCO1")
               .field(kMco1pre, 3, "MCO1PRE")
               .field(kMco2pre, 3, "MCO2PRE")
               .field(kMco2, 2, "MCO2")
               .on_write([this](std::uint32_t) {
                 switch_system_clock();
                 publish();
               });
  if (chip_ != Chip::kF446) cfgr_->flag(kI2ssrc, "I2SSRC");
  cir_ = &registers_.add(kCir, "CIR").on_write([this](std::uint32_t bits) { write_cir(bits); });
  registers_.add(kSscgr, "SSCGR")
      .field(0, 28, "MODPER, INCSTEP")
      .flag(30, "SPREADSEL")
      .unimplemented(31, 1, "SSCGEN");
}

// Which dividers each PLL has: RM0090, RM0390 and RM0385, RCC_PLLCFGR, RCC_PLLI2SCFGR and
// RCC_PLLSAICFGR.
void RccF4::define_plls() {
  const bool f407 = chip_ == Chip::kF407;
  const bool f446 = chip_ == Chip::kF446;
  const auto add = [this](std::size_t pll, Address offset, const char* name, std::uint32_t reset,
                          std::initializer_list<std::pair<unsigned, unsigned>> dividers) {
    Register& added = registers_.add(offset, name);
    for (const auto& [low, width] : dividers) added.field(low, width, name);
    added.reset(reset).on_write([this, pll](std::uint32_t) { write_pllcfgr(pll); });
    pllcfgr_[pll] = &added;
  };
  constexpr std::pair<unsigned, unsigned> kM{kPllm, 6}, kN{kPlln, 9}, kP{kPllp, 2}, kSource{22, 1},
      kQ{kPllq, 4}, kR{kPllr, 3};
  if (f446) {
    add(0, kPllcfgr, "PLLCFGR", kPllResetWithM, {kM, kN, kP, kSource, kQ, kR});
    add(1, kPlli2scfgr, "PLLI2SCFGR", kPllResetWithM, {kM, kN, kP, kQ, kR});
    add(2, kPllsaicfgr, "PLLSAICFGR", kPllResetWithM, {kM, kN, kP, kQ});
  } else if (f407) {
    add(0, kPllcfgr, "PLLCFGR", kPllResetWithM, {kM, kN, kP, kSource, kQ});
    add(1, kPlli2scfgr, "PLLI2SCFGR", kPlli2sResetOfF407, {kN, kR});
  } else {
    add(0, kPllcfgr, "PLLCFGR", kPllResetWithM, {kM, kN, kP, kSource, kQ});
    add(1, kPlli2scfgr, "PLLI2SCFGR", kPllReset, {kN, kP, kQ, kR});
    add(2, kPllsaicfgr, "PLLSAICFGR", kPllReset, {kN, kP, kQ, kR});
  }
}

void RccF4::define_dedicated_clocks() {
  if (chip_ == Chip::kF407) return;
  const auto changed = [this](std::uint32_t) { publish(); };
  const bool f746 = chip_ == Chip::kF746;
  dckcfgr_ = &registers_.add(kDckcfgr, f746 ? "DCKCFGR1" : "DCKCFGR")
                  .field(kPlli2sdivq, 5, "PLLI2SDIVQ")
                  .field(kPllsaidivq, 5, "PLLSAIDIVQ")
                  .field(kSai1sel, 2, "SAI1SEL")
                  .field(kSai2sel, 2, "SAI2SEL")
                  .flag(kTimpre, "TIMPRE")
                  .on_write(changed);
  dckcfgr2_ = &registers_.add(f746 ? kDckcfgr2OfF7 : kDckcfgr2OfF446, "DCKCFGR2").on_write(changed);
  dckcfgr2_->flag(26, "CECSEL").flag(27, "CK48MSEL");
  if (!f746) {
    dckcfgr_->field(kI2s1src, 2, "I2S1SRC").field(kI2s2src, 2, "I2S2SRC");
    registers_.add(kCkgatenr, "CKGATENR").field(0, 7, "CKEN");
    dckcfgr2_->field(22, 2, "FMPI2C1SEL").flag(28, "SDIOSEL").flag(29, "SPDIFRXSEL");
    return;
  }
  dckcfgr_->field(kPllsaidivr, 2, "PLLSAIDIVR");
  const char* const selects[] = {"USART1SEL", "USART2SEL", "USART3SEL", "UART4SEL", "UART5SEL",
                                 "USART6SEL", "UART7SEL",  "UART8SEL",  "I2C1SEL",  "I2C2SEL",
                                 "I2C3SEL",   "I2C4SEL",   "LPTIM1SEL"};
  for (unsigned i = 0; i < std::size(selects); ++i) dckcfgr2_->field(2 * i, 2, selects[i]);
  dckcfgr2_->flag(28, "SDMMC1SEL");
}

void RccF4::define_backup(PeripheralContext& context) {
  bdcr_ = &registers_.add(kBdcr, "BDCR")
               .flag(0, "LSEON")
               .flag(2, "LSEBYP")
               .field(kRtcsel, 2, "RTCSEL")
               .flag(15, "RTCEN")
               .flag(16, "BDRST");
  if (chip_ == Chip::kF446) bdcr_->flag(3, "LSEMOD");
  if (chip_ == Chip::kF746) bdcr_->field(3, 2, "LSEDRV");
  backup_ = std::make_unique<RccBackup>(context, *bdcr_, [this] { drive_sources(); });
  csr_ = &registers_.add(kCsr, "CSR")
              .reset(kCsrReset)
              .flag(0, "LSION")
              .flag(24, "RMVF")
              .on_write([this](std::uint32_t) { write_csr(csr_->value()); });
}

void RccF4::define_sources(PeripheralContext& context) {
  constexpr auto kSource = "data sheets DS8626, DS10693, DS10916, typical, from memory: estimate";
  hse_hz_ = static_cast<std::uint64_t>(context.params.integer("hse_hz").value_or(0));
  lse_hz_ = static_cast<std::uint64_t>(context.params.integer("lse_hz").value_or(32'768));
  const auto assumed = [&](std::string_view key, std::uint64_t value, std::string_view what) {
    return assumed_parameter(context, key, value, what, kSource);
  };
  const auto fixed = [](Duration time) { return [time] { return time; }; };
  const auto external = [](Register*& control, std::uint32_t bypass, Duration bypassed,
                           Duration crystal) {
    return [&control, bypass, bypassed, crystal] {
      return (control->value() & bypass) != 0 ? bypassed : crystal;
    };
  };
  const Duration hsi = Duration::from_ns(assumed("hsi_start_ns", 2'200, "start of HSI, ns"));
  const Duration hse =
      Duration::from_us(assumed("hse_start_us", 2'000, "start of HSE crystal, us"));
  const Duration bypassed =
      Duration::from_us(assumed("hse_bypass_start_us", 1, "HSE from an external clock, us"));
  const Duration lse = Duration::from_ms(assumed("lse_start_ms", 2'000, "start of LSE, ms"));
  const Duration lsi = Duration::from_us(assumed("lsi_start_us", 15, "start of LSI, us"));
  const Duration pll = Duration::from_us(assumed("pll_lock_us", 100, "lock of a PLL, us"));

  sources_.add({csr_, kLsion, kLsirdy, bit(kLsi), fixed(lsi), nullptr,
                [this] { return watchdog_needs_lsi_.level(); }});
  sources_.add({bdcr_, kLseon, kLserdy, bit(kLse), external(bdcr_, kLsebyp, bypassed, lse),
                [this] { return lse_hz_ != 0; }, nullptr, "LSEON", kBdcr});
  sources_.add({cr_, kHsion, kHsirdy, bit(kHsi), fixed(hsi)});
  sources_.add({cr_, kHseon, kHserdy, bit(kHse), external(cr_, kHsebyp, bypassed, hse),
                [this] { return hse_hz_ != 0; }, nullptr, "HSEON", kCr});
  for (std::size_t i = 0; i < kPlls && pllcfgr_[i] != nullptr; ++i) {
    sources_.add({cr_, pll_on(i), pll_ready(i), bit(static_cast<unsigned>(kPll + i)), fixed(pll),
                  [this] { return sources_.ready(pll_input()); }});
  }
}

// RM0385, RCC_CR: HSEBYP can be written while HSE is off only, and what the system clock comes from
// cannot be switched off.
void RccF4::write_cr() {
  std::uint32_t value = cr_->value();
  if ((old_cr_ & kHseon) != 0) value = (value & ~kHsebyp) | (old_cr_ & kHsebyp);
  for (const Source source : {kHsi, kHse, kPll}) {
    if (in_use(source)) value |= sources_[source].on;
  }
  cr_->set(value);
  drive_sources();
}

// RM0385, RCC_PLLCFGR: can be written while the PLL is off only; PLLSRC, which all PLLs share,
// while all are.
void RccF4::write_pllcfgr(std::size_t pll) {
  bool all_off = true;
  for (std::size_t i = 0; i < kPlls && pllcfgr_[i] != nullptr; ++i) {
    all_off = all_off && !sources_.wanted(kPll + i);
  }
  const bool own_off = !sources_.wanted(kPll + pll);
  const std::uint32_t writable = (own_off ? ~kPllsrcHse : 0) | (all_off ? kPllsrcHse : 0);
  Register& config = *pllcfgr_[pll];
  config.set((config.value() & writable) | (old_pllcfgr_[pll] & ~writable));
  old_pllcfgr_[pll] = config.value();
  drive_sources();
}

// RM0385, RCC_CIR: flags are cleared by bits 16 positions above, enables stand 8 above.
void RccF4::write_cir(std::uint32_t written) {
  const std::uint32_t flags = old_cir_ & 0xFF & ~(written >> 16);
  cir_->set(flags | (written & kReadyFlags << 8));
  update_interrupt();
}

void RccF4::write_csr(std::uint32_t written) {
  if ((written & kRmvf) != 0) written &= ~(kRmvf | kResetFlags);
  csr_->set(written);
  drive_sources();
}

bool RccF4::in_use(Source source) const {
  switch (sysclk_source_) {
    case kSwHsi: return source == kHsi;
    case kSwHse: return source == kHse;
    case kSwPllP:
    case kSwPllR: return source == kPll || source == pll_input();
  }
  return false;
}

RccF4::Source RccF4::pll_input() const {
  return (pllcfgr_[0]->value() & kPllsrcHse) != 0 ? kHse : kHsi;
}

void RccF4::drive_sources() {
  sources_.drive();
  old_cr_ = cr_->value();
  backup_->keep();
  old_csr_ = csr_->value();
  pll_on_.set(sources_.wanted(kPll));
  switch_system_clock();
  publish();
}

// RM0385, RCC_CIR: the flag follows readiness only while its interrupt is enabled.
void RccF4::source_started(std::size_t source) {
  if (source >= kPll) check_pll(static_cast<Source>(source));
  const std::uint32_t flag = sources_[source].interrupt;
  if ((cir_->value() & flag << 8) != 0) {
    cir_->set(cir_->value() | flag);
    update_interrupt();
  }
  drive_sources();
}

// A source that is not ready is switched to when it gets ready; until then the clock goes on as it
// is. PLLR as the system clock: RM0390 (STM32F446) only.
void RccF4::switch_system_clock() {
  const auto chosen = static_cast<SystemClock>(bits(cfgr_->value(), 0, 2));
  const bool possible = (chosen == kSwHsi && sources_.ready(kHsi)) ||
                        (chosen == kSwHse && sources_.ready(kHse)) ||
                        (chosen == kSwPllP && sources_.ready(kPll)) ||
                        (chosen == kSwPllR && chip_ == Chip::kF446 && sources_.ready(kPll));
  if (possible) sysclk_source_ = chosen;
  cfgr_->set((cfgr_->value() & ~(3u << 2)) | static_cast<std::uint32_t>(sysclk_source_) << 2);
}

// CSSF goes to the NMI, which no failure ever raises here.
void RccF4::update_interrupt() {
  old_cir_ = cir_->value();
  irq_.set((cir_->value() & kReadyFlags) != 0);
}

// RM0385, "Reset": the backup domain keeps its state but for power-on, and flags of CSR add up
// until RMVF. Resets from inside the chip pull NRST low too. CSR after power-on: SVD, 0x0E000000.
void RccF4::reset_state(ResetKind kind) {
  for (std::size_t i = 0; i < kPll + kPlls; ++i) {
    const bool exists = i < kPll || pllcfgr_[i - kPll] != nullptr;
    if (exists && (i != kLse || kind == ResetKind::kPowerOn)) sources_.cancel(i);
  }
  std::uint32_t flags = old_csr_ & kResetFlags;
  switch (kind) {
    case ResetKind::kPowerOn: flags = kPorrstf | kBorrstf; break;
    case ResetKind::kSoftware: flags |= kSftrstf; break;
    case ResetKind::kWatchdog: flags |= reset_cause_; break;
    case ResetKind::kPin:
    case ResetKind::kLockup: break;
  }
  reset_cause_ = 0;
  csr_->set(kCsrReset | flags | kPinrstf);
  backup_->reset(kind);
  for (std::size_t i = 0; i < kPlls && pllcfgr_[i] != nullptr; ++i) {
    old_pllcfgr_[i] = pllcfgr_[i]->value();
  }
  sysclk_source_ = kSwHsi;
  update_interrupt();
  blocks_->drive_reset_lines();
  drive_sources();
}

void RccF4::snapshot_state(StateArchive& archive) {
  archive(old_cr_, old_cir_, old_csr_, old_pllcfgr_, sysclk_source_, reset_cause_);
  sources_.snapshot(archive);
  backup_->snapshot(archive);
  pll_on_.snapshot(archive);
  blocks_->snapshot(archive);
  if (!archive.is_loading()) return;
  for (const Published& published : published_) published.signal->restore(published.hz());
}

namespace {

std::unique_ptr<Peripheral> make(PeripheralContext& context, RccF4::Chip chip) {
  return std::make_unique<RccF4>(context, chip);
}
const PeripheralType kF407("st.rcc_f407", [](PeripheralContext& context) {
  return make(context, RccF4::Chip::kF407);
});
const PeripheralType kF446("st.rcc_f446", [](PeripheralContext& context) {
  return make(context, RccF4::Chip::kF446);
});
const PeripheralType kF746("st.rcc_f746", [](PeripheralContext& context) {
  return make(context, RccF4::Chip::kF746);
});

}  // namespace
}  // namespace tinyscope::st
