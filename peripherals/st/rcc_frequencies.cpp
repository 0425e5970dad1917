// The clock tree: what every signal runs at. RM0432, "Clock tree" and the registers CFGR, PLLxCFGR,
// CCIPR, CCIPR2.
#include <fmt/format.h>

#include <array>

#include "peripherals/st/rcc.hpp"

namespace tinyscope::st {

using namespace rcc;

namespace {

constexpr unsigned kPpre1 = 8;
constexpr unsigned kPpre2 = 11;
constexpr unsigned kHseToRtc = 32;

// RM0432, RCC_PLLCFGR: input of the phase detector and VCO.
constexpr std::uint64_t kLowestPllInput = 2'660'000;
constexpr std::uint64_t kHighestPllInput = 16'000'000;
constexpr std::uint64_t kLowestVco = 64'000'000;
constexpr std::uint64_t kHighestVco = 344'000'000;

std::uint64_t pll_input_hz(std::uint64_t source_hz, std::uint32_t config) {
  return source_hz / (bits(config, 4, 4) + 1);
}

std::uint64_t vco_hz(std::uint64_t source_hz, std::uint32_t config) {
  return source_hz * bits(config, 8, 7) / (bits(config, 4, 4) + 1);
}

}  // namespace

void Rcc::define_signals(ClockTree& clocks) {
  const auto add = [&](std::string_view name, std::function<std::uint64_t()> hz) {
    published_.push_back({&clocks.signal(name), std::move(hz)});
  };
  add("msi", [this] { return oscillator_hz(kMsi); });
  add("hsi16", [this] { return oscillator_hz(kHsi16); });
  add("hse", [this] { return oscillator_hz(kHse); });
  add("lse", [this] { return oscillator_hz(kLse); });
  add("lsi", [this] { return oscillator_hz(kLsi); });
  add("hsi48", [this] { return oscillator_hz(kHsi48); });
  add("sysclk", [this] { return sysclk_hz(); });
  add("hclk", [this] { return hclk_hz(); });
  add("pclk1", [this] { return pclk_hz(kPpre1); });
  add("pclk2", [this] { return pclk_hz(kPpre2); });
  add("tim_pclk1", [this] { return timer_hz(kPpre1); });
  add("tim_pclk2", [this] { return timer_hz(kPpre2); });
  add("usart1_ker", [this] { return uart_hz(0, pclk_hz(kPpre2)); });
  constexpr std::array kUarts = {"usart2_ker", "usart3_ker", "uart4_ker", "uart5_ker",
                                 "lpuart1_ker"};
  for (unsigned i = 0; i < kUarts.size(); ++i) {
    add(kUarts[i], [this, i] { return uart_hz(2 + 2 * i, pclk_hz(kPpre1)); });
  }
  constexpr std::array kI2cs = {"i2c1_ker", "i2c2_ker", "i2c3_ker"};
  for (unsigned i = 0; i < kI2cs.size(); ++i) {
    add(kI2cs[i], [this, i] { return i2c_hz(bits(ccipr_->value(), 12 + 2 * i, 2)); });
  }
  add("i2c4_ker", [this] { return i2c_hz(bits(ccipr2_->value(), 0, 2)); });
  add("lptim1_ker", [this] { return lptim_hz(bits(ccipr_->value(), 18, 2)); });
  add("lptim2_ker", [this] { return lptim_hz(bits(ccipr_->value(), 20, 2)); });
  add("adc_ker", [this]() -> std::uint64_t {
    switch (bits(ccipr_->value(), 28, 2)) {
      case 1: return pll_outputs(kPllSai1).r;
      case 3: return sysclk_hz();
      default: return 0;
    }
  });
  add("clk48", [this] { return clk48_hz(); });
  add("sdmmc1_ker",
      [this] { return bits(ccipr2_->value(), 14, 1) != 0 ? pll_outputs(kPll).p : clk48_hz(); });
  add("sai1_ker", [this] { return sai_hz(bits(ccipr2_->value(), 5, 3)); });
  add("sai2_ker", [this] { return sai_hz(bits(ccipr2_->value(), 8, 3)); });
  add("dfsdm1_ker",
      [this] { return bits(ccipr2_->value(), 2, 1) != 0 ? sysclk_hz() : pclk_hz(kPpre2); });
  add("octospi_ker", [this]() -> std::uint64_t {
    switch (bits(ccipr2_->value(), 20, 2)) {
      case 0: return sysclk_hz();
      case 1: return oscillator_hz(kMsi);
      case 2: return pll_outputs(kPll).q;
      default: return 0;
    }
  });
  add("rtc_ker", [this] { return rtc_hz(); });
}

void Rcc::publish() {
  for (const Published& published : published_) published.signal->set(published.hz());
}

std::uint64_t Rcc::msi_hz() const {
  const std::uint32_t cr = cr_->value();
  const std::uint32_t range =
      (cr & kMsirgsel) != 0 ? bits(cr, kMsirange, 4) : bits(csr_->value(), kMsisrange, 4);
  return (cr & kMsipllen) != 0 ? kMsiLseCycles[range] * lse_hz_ : kMsiHz[range];
}

std::uint64_t Rcc::oscillator_hz(Source source) const {
  if (!ready(source)) return 0;
  switch (source) {
    case kLsi: return kLsiHz;
    case kLse: return lse_hz_;
    case kMsi: return msi_hz();
    case kHsi16: return kHsi16Hz;
    case kHse: return hse_hz_;
    case kHsi48: return kHsi48Hz;
    default: return 0;
  }
}

// RM0432: f(VCO) = f(source) / M * N; outputs P = VCO / PDIV (or 7 or 17 by bit PLLP while PDIV is
// 0), Q = VCO / (2, 4, 6, 8), R = VCO / (2, 4, 6, 8).
Rcc::PllOutputs Rcc::pll_outputs(Source pll) const {
  if (!ready(pll) || pll_input() == kSources) return {};
  const std::uint32_t config = pllcfgr_[pll - kPll]->value();
  const std::uint64_t vco = vco_hz(oscillator_hz(pll_input()), config);
  const std::uint32_t pdiv = bits(config, 27, 5);
  const std::uint32_t p = pdiv != 0 ? pdiv : bits(config, 17, 1) != 0 ? 17u : 7u;
  PllOutputs outputs;
  if ((config & kPllpen) != 0) outputs.p = vco / p;
  if ((config & kPllqen) != 0) outputs.q = vco / (2 * (bits(config, 21, 2) + 1));
  if ((config & kPllren) != 0) outputs.r = vco / (2 * (bits(config, 25, 2) + 1));
  return outputs;
}

std::uint64_t Rcc::sysclk_hz() const {
  switch (sysclk_source_) {
    case kSwMsi: return oscillator_hz(kMsi);
    case kSwHsi16: return oscillator_hz(kHsi16);
    case kSwHse: return oscillator_hz(kHse);
    case kSwPll: return pll_outputs(kPll).r;
  }
  return 0;
}

// HPRE: 0xxx not divided, then 2, 4, 8, 16, 64, 128, 256, 512.
std::uint64_t Rcc::hclk_hz() const {
  constexpr std::array<unsigned, 8> kShifts = {1, 2, 3, 4, 6, 7, 8, 9};
  const std::uint32_t hpre = bits(cfgr_->value(), 4, 4);
  return hpre < 8 ? sysclk_hz() : sysclk_hz() >> kShifts[hpre - 8];
}

// PPREx: 0xx not divided, then 2, 4, 8, 16.
std::uint64_t Rcc::pclk_hz(unsigned low) const {
  const std::uint32_t ppre = bits(cfgr_->value(), low, 3);
  return ppre < 4 ? hclk_hz() : hclk_hz() >> (ppre - 3);
}

// Timers run at PCLK, or at twice that where PCLK is divided.
std::uint64_t Rcc::timer_hz(unsigned low) const {
  return bits(cfgr_->value(), low, 3) < 4 ? pclk_hz(low) : 2 * pclk_hz(low);
}

std::uint64_t Rcc::uart_hz(unsigned low, std::uint64_t pclk) const {
  switch (bits(ccipr_->value(), low, 2)) {
    case 0: return pclk;
    case 1: return sysclk_hz();
    case 2: return oscillator_hz(kHsi16);
    default: return oscillator_hz(kLse);
  }
}

std::uint64_t Rcc::i2c_hz(std::uint32_t select) const {
  switch (select) {
    case 0: return pclk_hz(kPpre1);
    case 1: return sysclk_hz();
    case 2: return oscillator_hz(kHsi16);
    default: return 0;
  }
}

std::uint64_t Rcc::lptim_hz(std::uint32_t select) const {
  switch (select) {
    case 0: return pclk_hz(kPpre1);
    case 1: return oscillator_hz(kLsi);
    case 2: return oscillator_hz(kHsi16);
    default: return oscillator_hz(kLse);
  }
}

// 3 is a clock from outside the chip, which no board drives.
std::uint64_t Rcc::sai_hz(std::uint32_t select) const {
  switch (select) {
    case 0: return pll_outputs(kPllSai1).p;
    case 1: return pll_outputs(kPllSai2).p;
    case 2: return pll_outputs(kPll).p;
    case 4: return oscillator_hz(kHsi16);
    default: return 0;
  }
}

std::uint64_t Rcc::clk48_hz() const {
  switch (bits(ccipr_->value(), 26, 2)) {
    case 0: return oscillator_hz(kHsi48);
    case 1: return pll_outputs(kPllSai1).q;
    case 2: return pll_outputs(kPll).q;
    default: return oscillator_hz(kMsi);
  }
}

std::uint64_t Rcc::rtc_hz() const {
  if ((bdcr_->value() & kRtcen) == 0) return 0;
  switch (bits(bdcr_->value(), kRtcsel, 2)) {
    case 1: return oscillator_hz(kLse);
    case 2: return oscillator_hz(kLsi);
    case 3: return oscillator_hz(kHse) / kHseToRtc;
    default: return 0;
  }
}

void Rcc::check_pll(Source pll) {
  const std::size_t index = pll - kPll;
  const std::uint32_t config = pllcfgr_[index]->value();
  const std::uint64_t source = oscillator_hz(pll_input());
  const std::uint64_t input = pll_input_hz(source, config);
  const std::uint64_t vco = vco_hz(source, config);
  if (input >= kLowestPllInput && input <= kHighestPllInput && vco >= kLowestVco &&
      vco <= kHighestVco) {
    return;
  }
  notes_.unmodelled(name_,
                    fmt::format("{}: input {} Hz (2.66 to 16 MHz allowed) and VCO {} Hz (64 to 344 "
                                "MHz allowed): the chip may not lock",
                                pllcfgr_[index]->name(), input, vco),
                    kPllCfgr + 4 * static_cast<Address>(index), true, config);
}

const PeripheralType kRccType("st.rcc_l4", [](PeripheralContext& context) {
  return std::make_unique<Rcc>(context);
});

}  // namespace tinyscope::st
