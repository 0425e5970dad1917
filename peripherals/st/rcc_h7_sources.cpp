// Oscillators and PLLs: when they run, when they are ready, who may stop them.
#include <fmt/format.h>

#include <array>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/rcc_h7.hpp"
#include "peripherals/st/rcc_h7_registers.hpp"

namespace tinyscope::st {

using namespace rcc_h7;

namespace {

struct Range {
  std::uint64_t lowest;
  std::uint64_t highest;
  bool contains(std::uint64_t hz) const { return hz >= lowest && hz <= highest; }
};

// HAL of the STM32H7 (6f5e35e3), stm32h7xx_ll_utils.c: by PLLxRGE and PLLxVCOSEL.
constexpr std::array<Range, 4> kInputs = {{{1'000'000, 2'000'000},
                                           {2'000'000, 4'000'000},
                                           {4'000'000, 8'000'000},
                                           {8'000'000, 16'000'000}}};
constexpr Range kWideVco = {128'000'000, 560'000'000};
constexpr Range kMediumVco = {150'000'000, 420'000'000};

}  // namespace

void RccH7::define_sources(PeripheralContext& context) {
  constexpr auto kTypical = "DS13195 (STM32H7A3), typical, from memory: estimate";
  hse_hz_ = static_cast<std::uint64_t>(context.params.integer("hse_hz").value_or(0));
  lse_hz_ = static_cast<std::uint64_t>(context.params.integer("lse_hz").value_or(32'768));
  const auto ns = [&](std::string_view key, std::uint64_t value, std::string_view what) {
    return Duration::from_ns(assumed_parameter(context, key, value, what, kTypical));
  };
  const auto us = [&](std::string_view key, std::uint64_t value, std::string_view what) {
    return Duration::from_us(assumed_parameter(context, key, value, what, kTypical));
  };
  hsi_start_ = ns("hsi_start_ns", 1'400, "start of HSI, ns");
  csi_start_ = ns("csi_start_ns", 1'000, "start of CSI, ns");
  hsi48_start_ = ns("hsi48_start_ns", 2'100, "start of HSI48, ns");
  hse_start_ = us("hse_start_us", 2'000, "start of an HSE crystal, us");
  hse_bypass_start_ = us("hse_bypass_start_us", 1, "HSE from an external clock, us");
  lse_start_ = Duration::from_ms(
      assumed_parameter(context, "lse_start_ms", 2'000, "start of the LSE crystal, ms", kTypical));
  lsi_start_ = us("lsi_start_us", 130, "start and stabilisation of LSI, us");
  pll_lock_ = us("pll_lock_us", 50, "lock of a PLL, us");

  const auto fixed = [](const Duration& time) { return [&time] { return time; }; };
  // In the order of Source.
  sources_.add({csr_, kLsion, kLsirdy, bit(kLsi), fixed(lsi_start_), nullptr,
                [this] { return watchdog_needs_lsi_.level(); }});
  sources_.add({bdcr_, kLseon, kLserdy, bit(kLse),
                [this] { return (bdcr_->value() & kLsebyp) != 0 ? hse_bypass_start_ : lse_start_; },
                [this] { return lse_hz_ != 0; }, nullptr, "LSEON", kBdcr});
  sources_.add({cr_, kHsion, kHsirdy, bit(kHsi), fixed(hsi_start_)});
  sources_.add({cr_, kHseon, kHserdy, bit(kHse),
                [this] { return (cr_->value() & kHsebyp) != 0 ? hse_bypass_start_ : hse_start_; },
                [this] { return hse_hz_ != 0; }, nullptr, "HSEON", kCr});
  sources_.add({cr_, kCsion, kCsirdy, bit(kCsi), fixed(csi_start_)});
  sources_.add({cr_, kHsi48on, kHsi48rdy, bit(kHsi48), fixed(hsi48_start_)});
  for (unsigned i = 0; i < kPlls; ++i) {
    sources_.add({cr_, kPll1on << 2 * i, kPll1rdy << 2 * i, bit(kPll1 + i), fixed(pll_lock_),
                  [this, i] { return pll_input_hz(i) != 0; }});
  }
}

// What PLLSRC selects, for all PLLs.
RccH7::Source RccH7::pll_source() const {
  constexpr std::array kSelected = {kHsi, kCsi, kHse, kNone};
  return kSelected[pllckselr_->value() & kPllsrcMask];
}

RccH7::Source RccH7::system_source() const {
  constexpr std::array kSelected = {kHsi, kCsi, kHse, kPll1};
  return kSelected[sysclk_source_];
}

bool RccH7::feeds_a_pll(Source source) const {
  if (source != pll_source()) return false;
  return sources_.wanted(kPll1) || sources_.wanted(kPll2) || sources_.wanted(kPll3);
}

// Does the system clock come from it, directly or through PLL1? Then it cannot be switched off.
bool RccH7::in_use(Source source) const {
  return source == system_source() || (system_source() == kPll1 && source == pll_source());
}

void RccH7::drive_sources() {
  sources_.drive();
  old_cr_ = cr_->value();
  old_pllckselr_ = pllckselr_->value();
  backup_->keep();
  switch_system_clock();
  publish();
}

// RM0455, RCC_CIFR: the flag follows readiness only while its interrupt is enabled.
void RccH7::source_started(std::size_t source) {
  if (source >= kPll1) check_pll(static_cast<unsigned>(source - kPll1));
  const std::uint32_t interrupt = sources_[source].interrupt;
  if ((cier_->value() & interrupt) != 0) {
    cifr_->set(cifr_->value() | interrupt);
    update_interrupt();
  }
  drive_sources();
}

// RM0455, "System clock selection": a source that is not ready is switched to when it gets ready;
// until then the clock goes on as it is.
void RccH7::switch_system_clock() {
  const std::uint32_t chosen = bits(cfgr_->value(), 0, 3);
  constexpr std::array kSelected = {kHsi, kCsi, kHse, kPll1};
  if (chosen < kSelected.size() && ready(kSelected[chosen])) {
    const bool pll_output = (pllcfgr_->value() & bit(kDivp1en)) != 0;
    if (chosen != kSwPll1 || pll_output) sysclk_source_ = chosen;
  }
  cfgr_->set((cfgr_->value() & ~(7u << kSws)) | sysclk_source_ << kSws);
}

// On the chip a PLL outside its limits may not lock; here it does.
void RccH7::check_pll(unsigned i) {
  const std::uint32_t config = pllcfgr_->value() >> kPllStride * i;
  const Range input = kInputs[bits(config, kPll1rge, 2)];
  const Range vco = (config & kPll1vcosel) != 0 ? kMediumVco : kWideVco;
  if (input.contains(pll_input_hz(i)) && vco.contains(vco_hz(i))) return;
  notes_.unmodelled(
      name_,
      fmt::format("PLL{}: input {} Hz ({} to {} allowed by PLLCFGR) and VCO {} Hz ({} to {} "
                  "allowed): the chip may not lock",
                  i + 1, pll_input_hz(i), input.lowest, input.highest, vco_hz(i), vco.lowest,
                  vco.highest),
      kPllcfgr, true, pllcfgr_->value());
}

}  // namespace tinyscope::st
