// Oscillators and PLLs: when they run, when they are ready, who may stop them.
#include <fmt/format.h>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/rcc.hpp"

namespace tinyscope::st {

using namespace rcc;

void Rcc::define_oscillators(PeripheralContext& context) {
  constexpr auto kSource = "DS12023, typical, from memory: estimate";
  hse_hz_ = static_cast<std::uint64_t>(context.params.integer("hse_hz").value_or(0));
  lse_hz_ = static_cast<std::uint64_t>(context.params.integer("lse_hz").value_or(32'768));
  const auto ns = [&](std::string_view key, std::uint64_t value, std::string_view what) {
    return Duration::from_ns(assumed_parameter(context, key, value, what, kSource));
  };
  const auto us = [&](std::string_view key, std::uint64_t value, std::string_view what) {
    return Duration::from_us(assumed_parameter(context, key, value, what, kSource));
  };
  msi_start_ = ns("msi_start_ns", 3'000, "start of MSI, ns");
  hsi16_start_ = ns("hsi16_start_ns", 3'000, "start and stabilisation of HSI16, ns");
  hsi48_start_ = ns("hsi48_start_ns", 2'500, "start of HSI48, ns");
  hse_start_ = us("hse_start_us", 2'000, "start of an HSE crystal, us");
  hse_bypass_start_ = us("hse_bypass_start_us", 1, "HSE from an external clock, us");
  lse_start_ = Duration::from_ms(
      assumed_parameter(context, "lse_start_ms", 2'000, "start of the LSE crystal, ms", kSource));
  lsi_start_ = us("lsi_start_us", 125, "start and stabilisation of LSI, us");
  pll_lock_ = us("pll_lock_us", 15, "lock of a PLL, us");

  add_oscillator(context, kLsi, *csr_, kLsion, kLsirdy, bit(0));
  add_oscillator(context, kLse, *bdcr_, kLseon, kLserdy, bit(1));
  add_oscillator(context, kMsi, *cr_, kMsion, kMsirdy, bit(2));
  add_oscillator(context, kHsi16, *cr_, kHsion, kHsirdy, bit(3));
  add_oscillator(context, kHse, *cr_, kHseon, kHserdy, bit(4));
  add_oscillator(context, kPll, *cr_, kPllon, kPllrdy, bit(5));
  add_oscillator(context, kPllSai1, *cr_, kPllSai1on, kPllSai1rdy, bit(6));
  add_oscillator(context, kPllSai2, *cr_, kPllSai2on, kPllSai2rdy, bit(7));
  add_oscillator(context, kHsi48, *crrcr_, kHsi48on, kHsi48rdy, bit(10));
}

void Rcc::add_oscillator(PeripheralContext& context, Source source, Register& control,
                         std::uint32_t on, std::uint32_t ready, std::uint32_t interrupt) {
  oscillators_[source] = {
      &control, on, ready, interrupt,
      std::make_unique<Event>(context.scheduler, [this, source] { oscillator_started(source); })};
}

Duration Rcc::start_time(Source source) const {
  switch (source) {
    case kLsi: return lsi_start_;
    case kLse: return (bdcr_->value() & kLsebyp) != 0 ? hse_bypass_start_ : lse_start_;
    case kMsi: return msi_start_;
    case kHsi16: return hsi16_start_;
    case kHse: return (cr_->value() & kHsebyp) != 0 ? hse_bypass_start_ : hse_start_;
    case kHsi48: return hsi48_start_;
    default: return pll_lock_;
  }
}

bool Rcc::wanted(Source source) const {
  const Oscillator& oscillator = oscillators_[source];
  if (source == kLsi && watchdog_needs_lsi_.level()) return true;
  return (oscillator.control->value() & oscillator.on) != 0;
}

bool Rcc::ready(Source source) const {
  const Oscillator& oscillator = oscillators_[source];
  return (oscillator.control->value() & oscillator.ready) != 0;
}

// What PLLSRC selects; kSources: nothing.
Rcc::Source Rcc::pll_input() const {
  switch (pllcfgr_[0]->value() & kPllsrcMask) {
    case kPllFromMsi: return kMsi;
    case kPllFromHsi16: return kHsi16;
    case kPllFromHse: return kHse;
    default: return kSources;
  }
}

// An external clock must be on the board, a PLL needs an input.
bool Rcc::can_start(Source source) const {
  switch (source) {
    case kHse: return hse_hz_ != 0;
    case kLse: return lse_hz_ != 0;
    case kPll:
    case kPllSai1:
    case kPllSai2: return pll_input() != kSources && ready(pll_input());
    default: return true;
  }
}

// Does the system clock come from it, directly or through the PLL? Then it cannot be switched off.
bool Rcc::in_use(Source source) const {
  switch (sysclk_source_) {
    case kSwMsi: return source == kMsi;
    case kSwHsi16: return source == kHsi16;
    case kSwHse: return source == kHse;
    case kSwPll: return source == kPll || source == pll_input();
  }
  return false;
}

void Rcc::drive_oscillator(Source source) {
  Oscillator& oscillator = oscillators_[source];
  if (wanted(source) && can_start(source)) {
    if (!ready(source) && !oscillator.started->scheduled()) {
      oscillator.started->after(start_time(source));
    }
    return;
  }
  oscillator.started->cancel();
  oscillator.control->set(oscillator.control->value() & ~oscillator.ready);
  if (source == kLse) cr_->set(cr_->value() & ~kMsipllen);  // RM0432: cleared with LSE
  if (wanted(source) && (source == kHse || source == kLse)) {
    notes_.unmodelled(name_,
                      fmt::format("{}ON: the board has no such clock, it never gets ready",
                                  source == kHse ? "HSE" : "LSE"),
                      source == kHse ? kCr : kBdcr, true, oscillator.on);
  }
}

// Sources before the PLLs that they feed: the order of Source.
void Rcc::drive_oscillators() {
  for (std::size_t i = 0; i < kSources; ++i) drive_oscillator(static_cast<Source>(i));
  old_cr_ = cr_->value();
  old_bdcr_ = bdcr_->value();
  old_csr_ = csr_->value();
  switch_system_clock();
  publish();
}

// RM0432, RCC_CIFR: the flag follows readiness only while its interrupt is enabled.
void Rcc::oscillator_started(Source source) {
  Oscillator& oscillator = oscillators_[source];
  oscillator.control->set(oscillator.control->value() | oscillator.ready);
  if (source >= kPll && source <= kPllSai2) check_pll(source);
  if ((cier_->value() & oscillator.interrupt) != 0) {
    cifr_->set(cifr_->value() | oscillator.interrupt);
    update_interrupt();
  }
  drive_oscillators();
}

// RM0432, "System clock (SYSCLK) selection": a source that is not ready is switched to when it gets
// ready; until then the clock goes on as it is.
void Rcc::switch_system_clock() {
  const auto chosen = static_cast<SystemClock>(bits(cfgr_->value(), 0, 2));
  const bool pll_output = (pllcfgr_[0]->value() & kPllren) != 0;
  const bool possible =
      (chosen == kSwMsi && ready(kMsi)) || (chosen == kSwHsi16 && ready(kHsi16)) ||
      (chosen == kSwHse && ready(kHse)) || (chosen == kSwPll && ready(kPll) && pll_output);
  if (possible) sysclk_source_ = chosen;
  cfgr_->set((cfgr_->value() & ~(3u << 2)) | static_cast<std::uint32_t>(sysclk_source_) << 2);
}

}  // namespace tinyscope::st
