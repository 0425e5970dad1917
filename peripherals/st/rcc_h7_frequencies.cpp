// The clock tree: what every signal runs at. RM0455, "Clock tree" and the registers CFGR, CDCFGR1,
// CDCFGR2, SRDCFGR, PLLxDIVR, PLLxFRACR; kernel clocks: HAL of the STM32H7 (6f5e35e3),
// stm32h7xx_hal_rcc_ex.h, RCC_…CLKSOURCE_….
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "peripherals/st/rcc_h7.hpp"
#include "peripherals/st/rcc_h7_registers.hpp"

namespace tinyscope::st {

using namespace rcc_h7;

namespace {

constexpr std::uint32_t kFractions = 8192;  // FRACN counts these of DIVN

// CDCPRE and HPRE: 0xxx not divided, then 2, 4, 8, 16, 64, 128, 256, 512.
std::uint64_t divided(std::uint64_t hz, std::uint32_t prescaler) {
  constexpr std::array<unsigned, 8> kShifts = {1, 2, 3, 4, 6, 7, 8, 9};
  return prescaler < 8 ? hz : hz >> kShifts[prescaler - 8];
}

}  // namespace

void RccH7::add_signal(ClockTree& clocks, std::string_view name,
                       std::function<std::uint64_t()> hz) {
  published_.push_back({&clocks.signal(name), std::move(hz)});
}

void RccH7::define_signals(ClockTree& clocks) {
  const auto add = [&](std::string_view name, std::function<std::uint64_t()> hz) {
    add_signal(clocks, name, std::move(hz));
  };
  constexpr std::array kOscillators = {"lsi", "lse", "hsi", "hse", "csi", "hsi48"};
  for (std::size_t i = 0; i < kOscillators.size(); ++i) {
    add(kOscillators[i], [this, i] { return source_hz(static_cast<Source>(i)); });
  }
  add("per", [this] { return per_hz(); });
  add("sysclk", [this] { return sysclk_hz(); });
  add("cpuclk", [this] { return cpu_hz(); });
  add("hclk", [this] { return hclk_hz(); });
  add("pclk1", [this] { return pclk_hz(*cdcfgr2_, kCdppre1); });
  add("pclk2", [this] { return pclk_hz(*cdcfgr2_, kCdppre2); });
  add("pclk3", [this] { return pclk_hz(*cdcfgr1_, kCdppre); });
  add("pclk4", [this] { return pclk_hz(*srdcfgr_, kSrdppre); });
  add("tim_pclk1", [this] { return timer_hz(kCdppre1); });
  add("tim_pclk2", [this] { return timer_hz(kCdppre2); });
  for (unsigned pll = 0; pll < kPlls; ++pll) {
    for (const Output output : {kP, kQ, kR}) {
      add(fmt::format("pll{}_{}", pll + 1, "pqr"[output]),
          [this, pll, output] { return pll_hz(pll, output); });
    }
  }
  define_kernel_signals(clocks);
}

void RccH7::define_kernel_signals(ClockTree& clocks) {
  using Hz = std::function<std::uint64_t()>;
  const auto signal = [&clocks](std::string_view name) -> Hz {
    return [from = &clocks.signal(name)] { return from->hz(); };
  };
  // Choices by the value of a field; those behind the last are no clock.
  const auto select = [&](std::initializer_list<std::string_view> names, Register* from,
                          unsigned low, unsigned width, std::initializer_list<Hz> choices) {
    for (const std::string_view name : names) {
      add_signal(clocks, fmt::format("{}_ker", name),
                 [from, low, width, list = std::vector<Hz>(choices)]() -> std::uint64_t {
                   const std::uint32_t choice = bits(from->value(), low, width);
                   return choice < list.size() ? list[choice]() : 0;
                 });
    }
  };
  const Hz none = [] { return std::uint64_t{0}; };  // a pin, or SPDIFRX
  const Hz hsi = signal("hsi"), csi = signal("csi"), hse = signal("hse"), lse = signal("lse");
  const Hz lsi = signal("lsi"), hsi48 = signal("hsi48"), per = signal("per");
  const Hz sysclk = signal("sysclk"), hclk = signal("hclk");
  const Hz pclk1 = signal("pclk1"), pclk2 = signal("pclk2"), pclk4 = signal("pclk4");
  const Hz pll1_q = signal("pll1_q"), pll2_p = signal("pll2_p"), pll2_q = signal("pll2_q");
  const Hz pll2_r = signal("pll2_r"), pll3_p = signal("pll3_p"), pll3_q = signal("pll3_q");
  const Hz pll3_r = signal("pll3_r");

  select({"fmc"}, cdccipr_, 0, 2, {hclk, pll1_q, pll2_r, per});
  select({"octospi"}, cdccipr_, 4, 2, {hclk, pll1_q, pll2_r, per});
  select({"sdmmc"}, cdccipr_, 16, 1, {pll1_q, pll2_r});
  select({"sai1"}, cdccip1r_, 0, 3, {pll1_q, pll2_p, pll3_p, none, per});
  select({"sai2a"}, cdccip1r_, 6, 3, {pll1_q, pll2_p, pll3_p, none, per, none});
  select({"sai2b"}, cdccip1r_, 9, 3, {pll1_q, pll2_p, pll3_p, none, per, none});
  select({"spi1", "spi2", "spi3"}, cdccip1r_, 12, 3, {pll1_q, pll2_p, pll3_p, none, per});
  select({"spi4", "spi5"}, cdccip1r_, 16, 3, {pclk2, pll2_q, pll3_q, hsi, csi, hse});
  select({"dfsdm1"}, cdccip1r_, 24, 1, {pclk2, sysclk});
  select({"fdcan"}, cdccip1r_, 28, 2, {hse, pll1_q, pll2_q});
  select({"usart2", "usart3", "uart4", "uart5", "uart7", "uart8"}, cdccip2r_, 0, 3,
         {pclk1, pll2_q, pll3_q, hsi, csi, lse});
  select({"usart1", "usart6", "uart9", "usart10"}, cdccip2r_, 3, 3,
         {pclk2, pll2_q, pll3_q, hsi, csi, lse});
  select({"rng"}, cdccip2r_, 8, 2, {hsi48, pll1_q, lse, lsi});
  select({"i2c1", "i2c2", "i2c3"}, cdccip2r_, 12, 2, {pclk1, pll3_r, hsi, csi});
  select({"usb"}, cdccip2r_, 20, 2, {none, pll1_q, pll3_q, hsi48});
  select({"lptim1"}, cdccip2r_, 28, 3, {pclk1, pll2_p, pll3_r, lse, lsi, per});
  select({"lpuart1"}, srdccipr_, 0, 3, {pclk4, pll2_q, pll3_q, hsi, csi, lse});
  select({"i2c4"}, srdccipr_, 8, 2, {pclk4, pll3_r, hsi, csi});
  select({"lptim2"}, srdccipr_, 10, 3, {pclk4, pll2_p, pll3_r, lse, lsi, per});
  select({"lptim3"}, srdccipr_, 13, 3, {pclk4, pll2_p, pll3_r, lse, lsi, per});
  select({"adc"}, srdccipr_, 16, 2, {pll2_p, pll3_r, per});
  select({"dfsdm2"}, srdccipr_, 27, 1, {pclk4, sysclk});
  select({"spi6"}, srdccipr_, 28, 3, {pclk4, pll2_q, pll3_q, hsi, csi, hse, none});
  add_signal(clocks, "ltdc_ker", pll3_r);
  add_signal(clocks, "rtc_ker", [this] { return rtc_hz(); });
}

// Sources before what is made of them: the order in which they were added.
void RccH7::publish() {
  for (const Published& published : published_) published.signal->set(published.hz());
}

std::uint64_t RccH7::source_hz(Source source) const {
  if (source == kNone || !ready(source)) return 0;
  switch (source) {
    case kLsi: return kLsiHz;
    case kLse: return lse_hz_;
    case kHsi: return kHsiHz >> bits(cr_->value(), kHsidiv, 2);
    case kHse: return hse_hz_;
    case kCsi: return kCsiHz;
    case kHsi48: return kHsi48Hz;
    default: return 0;
  }
}

// DIVMx = 0: the input is off.
std::uint64_t RccH7::pll_input_hz(unsigned pll) const {
  const std::uint32_t divm = bits(pllckselr_->value(), kDivm1 + kDivmStride * pll, 6);
  return divm == 0 ? 0 : source_hz(pll_source()) / divm;
}

// RM0455: f(VCO) = f(source) / DIVM * (DIVN + 1 + FRACN / 8192).
std::uint64_t RccH7::vco_hz(unsigned pll) const {
  const std::uint32_t divm = bits(pllckselr_->value(), kDivm1 + kDivmStride * pll, 6);
  if (divm == 0) return 0;
  const std::uint64_t multiplier =
      kFractions * (bits(plls_[pll].dividers->value(), 0, 9) + 1) + plls_[pll].latched_fraction;
  return source_hz(pll_source()) * multiplier / (std::uint64_t{kFractions} * divm);
}

std::uint64_t RccH7::pll_hz(unsigned pll, Output output) const {
  if (!ready(static_cast<Source>(kPll1 + pll))) return 0;
  if ((pllcfgr_->value() & bit(kDivp1en + 3 * pll + output)) == 0) return 0;
  constexpr std::array<unsigned, 3> kLow = {9, 16, 24};
  return vco_hz(pll) / (bits(plls_[pll].dividers->value(), kLow[output], 7) + 1);
}

std::uint64_t RccH7::sysclk_hz() const {
  return sysclk_source_ == kSwPll1 ? pll_hz(0, kP) : source_hz(system_source());
}

std::uint64_t RccH7::cpu_hz() const {
  return divided(sysclk_hz(), bits(cdcfgr1_->value(), kCdcpre, 4));
}

std::uint64_t RccH7::hclk_hz() const {
  return divided(cpu_hz(), bits(cdcfgr1_->value(), kHpre, 4));
}

// xxPPREx: 0xx not divided, then 2, 4, 8, 16.
std::uint64_t RccH7::pclk_hz(const Register& config, unsigned low) const {
  const std::uint32_t prescaler = bits(config.value(), low, 3);
  return prescaler < 4 ? hclk_hz() : hclk_hz() >> (prescaler - 3);
}

// RM0455, RCC_CFGR.TIMPRE: timers run at twice their PCLK, or four times, but never above HCLK.
std::uint64_t RccH7::timer_hz(unsigned low) const {
  const std::uint64_t factor = (cfgr_->value() & kTimpre) != 0 ? 4 : 2;
  return std::min(hclk_hz(), factor * pclk_hz(*cdcfgr2_, low));
}

std::uint64_t RccH7::per_hz() const {
  constexpr std::array kSelected = {kHsi, kCsi, kHse, kNone};
  return source_hz(kSelected[bits(cdccipr_->value(), 28, 2)]);
}

std::uint64_t RccH7::rtc_hz() const {
  if ((bdcr_->value() & kRtcen) == 0) return 0;
  const std::uint32_t rtcpre = bits(cfgr_->value(), kRtcpre, 6);
  switch (bits(bdcr_->value(), kRtcsel, 2)) {
    case 1: return source_hz(kLse);
    case 2: return source_hz(kLsi);
    case 3: return rtcpre < 2 ? 0 : source_hz(kHse) / rtcpre;
    default: return 0;
  }
}

}  // namespace tinyscope::st
