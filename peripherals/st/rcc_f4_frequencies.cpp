// The clock tree of the STM32F4 and STM32F7: what every signal runs at. RM0090, RM0390, RM0385,
// figure "Clock tree" and the registers CFGR, PLLxCFGR, DCKCFGR.
#include <fmt/format.h>

#include <array>

#include "peripherals/st/rcc_f4.hpp"

namespace tinyscope::st {

using namespace rcc_f4;

namespace {

// RM0385, RCC_PLLCFGR: 1 to 2 MHz into the phase detector, of which data sheets allow 0.95 to 2.1;
// VCO.
constexpr std::uint64_t kLowestPllInput = 950'000;
constexpr std::uint64_t kHighestPllInput = 2'100'000;
constexpr std::uint64_t kLowestVco = 100'000'000;
constexpr std::uint64_t kHighestVco = 432'000'000;

std::uint64_t divided(std::uint64_t hz, std::uint64_t by) { return by == 0 ? 0 : hz / by; }

}  // namespace

void RccF4::define_signals(ClockTree& clocks) {
  const auto add = [&](std::string_view name, std::function<std::uint64_t()> hz) {
    published_.push_back({&clocks.signal(name), std::move(hz)});
  };
  add("hsi", [this] { return oscillator_hz(kHsi); });
  add("hse", [this] { return oscillator_hz(kHse); });
  add("lse", [this] { return oscillator_hz(kLse); });
  add("lsi", [this] { return oscillator_hz(kLsi); });
  add("sysclk", [this] { return sysclk_hz(); });
  add("hclk", [this] { return hclk_hz(); });
  add("pclk1", [this] { return pclk_hz(kPpre1); });
  add("pclk2", [this] { return pclk_hz(kPpre2); });
  add("tim_pclk1", [this] { return timer_hz(kPpre1); });
  add("tim_pclk2", [this] { return timer_hz(kPpre2); });
  add("rtc_ker", [this] { return rtc_hz(); });
  add("mco1", [this] { return mco1_hz(); });
  add("mco2", [this] { return mco2_hz(); });
  add("clk48", [this] { return clk48_hz(); });
  // I2SSRC = 1 is the pin I2S_CKIN, which no board drives.
  if (chip_ != Chip::kF446) {
    add("i2s_ker",
        [this] { return bits(cfgr_->value(), kI2ssrc, 1) != 0 ? 0 : pll_outputs(kPllI2s).r; });
  }
  if (chip_ == Chip::kF446) define_f446_signals(clocks);
  if (chip_ == Chip::kF746) define_f746_signals(clocks);
}

void RccF4::define_f446_signals(ClockTree& clocks) {
  const auto add = [&](std::string_view name, std::function<std::uint64_t()> hz) {
    published_.push_back({&clocks.signal(name), std::move(hz)});
  };
  const auto select = [this](unsigned low) { return bits(dckcfgr2_->value(), low, 1) != 0; };
  add("i2s_ker", [this] { return i2s_hz(kI2s1src); });
  add("i2s1_ker", [this] { return i2s_hz(kI2s1src); });
  add("i2s2_ker", [this] { return i2s_hz(kI2s2src); });
  add("sai1_ker", [this] { return sai_of_f446_hz(kSai1sel, 0); });
  add("sai2_ker", [this] { return sai_of_f446_hz(kSai2sel, oscillator_hz(pll_input())); });
  add("fmpi2c1_ker", [this]() -> std::uint64_t {
    switch (bits(dckcfgr2_->value(), 22, 2)) {
      case 0: return pclk_hz(kPpre1);
      case 1: return sysclk_hz();
      case 2: return oscillator_hz(kHsi);
      default: return 0;
    }
  });
  add("sdio_ker", [this, select] { return select(28) ? sysclk_hz() : clk48_hz(); });
  add("spdifrx_ker",
      [this, select] { return select(29) ? pll_outputs(kPllI2s).p : pll_outputs(kPll).r; });
  add("cec_ker",
      [this, select] { return select(26) ? oscillator_hz(kHsi) / 488 : oscillator_hz(kLse); });
}

void RccF4::define_f746_signals(ClockTree& clocks) {
  const auto add = [&](std::string_view name, std::function<std::uint64_t()> hz) {
    published_.push_back({&clocks.signal(name), std::move(hz)});
  };
  constexpr std::array kUarts = {"usart1_ker", "usart2_ker", "usart3_ker", "uart4_ker",
                                 "uart5_ker",  "usart6_ker", "uart7_ker",  "uart8_ker"};
  for (unsigned i = 0; i < kUarts.size(); ++i) {
    const unsigned bus = i == 0 || i == 5 ? kPpre2 : kPpre1;
    add(kUarts[i], [this, i, bus] { return uart_hz(2 * i, pclk_hz(bus)); });
  }
  constexpr std::array kI2cs = {"i2c1_ker", "i2c2_ker", "i2c3_ker", "i2c4_ker"};
  for (unsigned i = 0; i < kI2cs.size(); ++i) {
    add(kI2cs[i], [this, i] { return i2c_hz(16 + 2 * i); });
  }
  add("lptim1_ker", [this] { return lptim_hz(); });
  add("sai1_ker", [this] { return sai_of_f746_hz(kSai1sel); });
  add("sai2_ker", [this] { return sai_of_f746_hz(kSai2sel); });
  add("ltdc_ker",
      [this] { return pll_outputs(kPllSai).r >> (1 + bits(dckcfgr_->value(), kPllsaidivr, 2)); });
  add("sdmmc1_ker",
      [this] { return bits(dckcfgr2_->value(), 28, 1) != 0 ? sysclk_hz() : clk48_hz(); });
  add("spdifrx_ker", [this] { return pll_outputs(kPllI2s).p; });
  add("cec_ker", [this] {
    return bits(dckcfgr2_->value(), 26, 1) != 0 ? oscillator_hz(kHsi) / 488 : oscillator_hz(kLse);
  });
}

void RccF4::publish() {
  for (const Published& published : published_) published.signal->set(published.hz());
}

std::uint64_t RccF4::oscillator_hz(Source source) const {
  if (!sources_.ready(source)) return 0;
  switch (source) {
    case kLsi: return kLsiHz;
    case kLse: return lse_hz_;
    case kHsi: return kHsiHz;
    case kHse: return hse_hz_;
    default: return 0;
  }
}

// RM0390 (STM32F446): each PLL has a divider M of its own; elsewhere all share that of PLLCFGR.
std::uint64_t RccF4::pll_input_hz(Source pll) const {
  const std::size_t own = chip_ == Chip::kF446 ? pll - kPll : 0;
  return divided(oscillator_hz(pll_input()), bits(pllcfgr_[own]->value(), kPllm, 6));
}

// The product before the division, so that no fraction of a hertz is lost.
std::uint64_t RccF4::vco_hz(Source pll) const {
  const std::size_t own = chip_ == Chip::kF446 ? pll - kPll : 0;
  return divided(oscillator_hz(pll_input()) * bits(pllcfgr_[pll - kPll]->value(), kPlln, 9),
                 bits(pllcfgr_[own]->value(), kPllm, 6));
}

// Outputs P = VCO / (2, 4, 6, 8), Q = VCO / PLLQ, R = VCO / PLLR.
RccF4::PllOutputs RccF4::pll_outputs(Source pll) const {
  if (pllcfgr_[pll - kPll] == nullptr || !sources_.ready(pll)) return {};
  const std::uint32_t config = pllcfgr_[pll - kPll]->value();
  const std::uint64_t vco = vco_hz(pll);
  return {.p = vco / (2 * (bits(config, kPllp, 2) + 1)),
          .q = divided(vco, bits(config, kPllq, 4)),
          .r = divided(vco, bits(config, kPllr, 3))};
}

std::uint64_t RccF4::sysclk_hz() const {
  switch (sysclk_source_) {
    case kSwHsi: return oscillator_hz(kHsi);
    case kSwHse: return oscillator_hz(kHse);
    case kSwPllP: return pll_outputs(kPll).p;
    case kSwPllR: return pll_outputs(kPll).r;
  }
  return 0;
}

// HPRE: 0xxx not divided, then 2, 4, 8, 16, 64, 128, 256, 512.
std::uint64_t RccF4::hclk_hz() const {
  constexpr std::array<unsigned, 8> kShifts = {1, 2, 3, 4, 6, 7, 8, 9};
  const std::uint32_t hpre = bits(cfgr_->value(), kHpre, 4);
  return hpre < 8 ? sysclk_hz() : sysclk_hz() >> kShifts[hpre - 8];
}

// PPREx: 0xx not divided, then 2, 4, 8, 16.
std::uint64_t RccF4::pclk_hz(unsigned low) const {
  const std::uint32_t ppre = bits(cfgr_->value(), low, 3);
  return ppre < 4 ? hclk_hz() : hclk_hz() >> (ppre - 3);
}

// RM0385, RCC_DCKCFGR1.TIMPRE: timers run at PCLK, or at twice that where PCLK is divided; with
// TIMPRE at HCLK, or at four times PCLK where PCLK is divided by more than 4.
std::uint64_t RccF4::timer_hz(unsigned low) const {
  const std::uint32_t ppre = bits(cfgr_->value(), low, 3);
  const bool timpre = dckcfgr_ != nullptr && bits(dckcfgr_->value(), kTimpre, 1) != 0;
  if (timpre) return ppre <= 5 ? hclk_hz() : 4 * pclk_hz(low);
  return ppre < 4 ? pclk_hz(low) : 2 * pclk_hz(low);
}

// MCOxPRE: 0xx not divided, then 2, 3, 4, 5.
std::uint64_t RccF4::mco_hz(unsigned prescaler, std::uint64_t hz) const {
  const std::uint32_t pre = bits(cfgr_->value(), prescaler, 3);
  return pre < 4 ? hz : hz / (pre - 2);
}

std::uint64_t RccF4::mco1_hz() const {
  switch (bits(cfgr_->value(), kMco1, 2)) {
    case 0: return mco_hz(kMco1pre, oscillator_hz(kHsi));
    case 1: return mco_hz(kMco1pre, oscillator_hz(kLse));
    case 2: return mco_hz(kMco1pre, oscillator_hz(kHse));
    default: return mco_hz(kMco1pre, pll_outputs(kPll).p);
  }
}

std::uint64_t RccF4::mco2_hz() const {
  switch (bits(cfgr_->value(), kMco2, 2)) {
    case 0: return mco_hz(kMco2pre, sysclk_hz());
    case 1: return mco_hz(kMco2pre, pll_outputs(kPllI2s).r);
    case 2: return mco_hz(kMco2pre, oscillator_hz(kHse));
    default: return mco_hz(kMco2pre, pll_outputs(kPll).p);
  }
}

// RTCPRE: HSE / 2 … 31; 0 and 1: no clock.
std::uint64_t RccF4::rtc_hz() const {
  if ((bdcr_->value() & kRtcen) == 0) return 0;
  const std::uint32_t rtcpre = bits(cfgr_->value(), kRtcpre, 5);
  switch (bits(bdcr_->value(), kRtcsel, 2)) {
    case 1: return oscillator_hz(kLse);
    case 2: return oscillator_hz(kLsi);
    case 3: return rtcpre < 2 ? 0 : oscillator_hz(kHse) / rtcpre;
    default: return 0;
  }
}

// CK48MSEL: PLLQ or PLLSAIP; the STM32F407 has no choice.
std::uint64_t RccF4::clk48_hz() const {
  const bool from_sai = dckcfgr2_ != nullptr && bits(dckcfgr2_->value(), 27, 1) != 0;
  return from_sai ? pll_outputs(kPllSai).p : pll_outputs(kPll).q;
}

// Output Q behind PLLxDIVQ, which holds the divider less one.
std::uint64_t RccF4::sai_pll_hz(Source pll) const {
  const unsigned low = pll == kPllI2s ? kPlli2sdivq : kPllsaidivq;
  return pll_outputs(pll).q / (bits(dckcfgr_->value(), low, 5) + 1);
}

// RM0390, RCC_DCKCFGR.I2SxSRC. 1 is the pin I2S_CKIN.
std::uint64_t RccF4::i2s_hz(unsigned low) const {
  switch (bits(dckcfgr_->value(), low, 2)) {
    case 0: return pll_outputs(kPllI2s).r;
    case 2: return pll_outputs(kPll).r;
    case 3: return oscillator_hz(pll_input());
    default: return 0;
  }
}

// RM0390, RCC_DCKCFGR.SAIxSRC: 3 is I2S_CKIN for SAI1, the input of the PLLs for SAI2.
std::uint64_t RccF4::sai_of_f446_hz(unsigned low, std::uint64_t fourth) const {
  switch (bits(dckcfgr_->value(), low, 2)) {
    case 0: return sai_pll_hz(kPllSai);
    case 1: return sai_pll_hz(kPllI2s);
    case 2: return pll_outputs(kPll).r;
    default: return fourth;
  }
}

// RM0385, RCC_DCKCFGR1.SAIxSEL: 2 is the pin I2S_CKIN.
std::uint64_t RccF4::sai_of_f746_hz(unsigned low) const {
  switch (bits(dckcfgr_->value(), low, 2)) {
    case 0: return sai_pll_hz(kPllSai);
    case 1: return sai_pll_hz(kPllI2s);
    default: return 0;
  }
}

std::uint64_t RccF4::uart_hz(unsigned low, std::uint64_t pclk) const {
  switch (bits(dckcfgr2_->value(), low, 2)) {
    case 0: return pclk;
    case 1: return sysclk_hz();
    case 2: return oscillator_hz(kHsi);
    default: return oscillator_hz(kLse);
  }
}

std::uint64_t RccF4::i2c_hz(unsigned low) const {
  switch (bits(dckcfgr2_->value(), low, 2)) {
    case 0: return pclk_hz(kPpre1);
    case 1: return sysclk_hz();
    case 2: return oscillator_hz(kHsi);
    default: return 0;
  }
}

std::uint64_t RccF4::lptim_hz() const {
  switch (bits(dckcfgr2_->value(), 24, 2)) {
    case 0: return pclk_hz(kPpre1);
    case 1: return oscillator_hz(kLsi);
    case 2: return oscillator_hz(kHsi);
    default: return oscillator_hz(kLse);
  }
}

void RccF4::check_pll(Source pll) {
  const std::uint64_t input = pll_input_hz(pll);
  const std::uint64_t vco = vco_hz(pll);
  if (input >= kLowestPllInput && input <= kHighestPllInput && vco >= kLowestVco &&
      vco <= kHighestVco) {
    return;
  }
  notes_.unmodelled(name_,
                    fmt::format("{}: input {} Hz (0.95 to 2.1 MHz allowed) and VCO {} Hz (100 to "
                                "432 MHz allowed): the chip may not lock",
                                pllcfgr_[pll - kPll]->name(), input, vco),
                    kPllcfgr, true, pllcfgr_[pll - kPll]->value());
}

}  // namespace tinyscope::st
