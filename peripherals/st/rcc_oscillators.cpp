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

  const auto fixed = [](const Duration& time) { return [&time] { return time; }; };
  const auto pll_feeds = [this] { return pll_input() != kSources && ready(pll_input()); };
  const auto add_pll = [&](std::uint32_t on, std::uint32_t ready, unsigned interrupt) {
    sources_.add({cr_, on, ready, bit(interrupt), fixed(pll_lock_), pll_feeds});
  };
  // In the order of Source. An external clock must be on the board, a PLL needs an input.
  sources_.add({csr_, kLsion, kLsirdy, bit(0), fixed(lsi_start_), nullptr,
                [this] { return watchdog_needs_lsi_.level(); }});
  sources_.add({bdcr_, kLseon, kLserdy, bit(1),
                [this] { return (bdcr_->value() & kLsebyp) != 0 ? hse_bypass_start_ : lse_start_; },
                [this] { return lse_hz_ != 0; }, nullptr, "LSEON", kBdcr});
  sources_.add({cr_, kMsion, kMsirdy, bit(2), fixed(msi_start_)});
  sources_.add({cr_, kHsion, kHsirdy, bit(3), fixed(hsi16_start_)});
  sources_.add({cr_, kHseon, kHserdy, bit(4),
                [this] { return (cr_->value() & kHsebyp) != 0 ? hse_bypass_start_ : hse_start_; },
                [this] { return hse_hz_ != 0; }, nullptr, "HSEON", kCr});
  add_pll(kPllon, kPllrdy, 5);
  add_pll(kPllSai1on, kPllSai1rdy, 6);
  add_pll(kPllSai2on, kPllSai2rdy, 7);
  sources_.add({crrcr_, kHsi48on, kHsi48rdy, bit(10), fixed(hsi48_start_)});
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

void Rcc::drive_oscillators() {
  sources_.drive();
  if (!ready(kLse)) cr_->set(cr_->value() & ~kMsipllen);  // RM0432: cleared with LSE
  old_cr_ = cr_->value();
  backup_->keep();
  old_csr_ = csr_->value();
  switch_system_clock();
  publish();
}

// RM0432, RCC_CIFR: the flag follows readiness only while its interrupt is enabled.
void Rcc::oscillator_started(std::size_t source) {
  if (source >= kPll && source <= kPllSai2) check_pll(static_cast<Source>(source));
  const std::uint32_t interrupt = sources_[source].interrupt;
  if ((cier_->value() & interrupt) != 0) {
    cifr_->set(cifr_->value() | interrupt);
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
