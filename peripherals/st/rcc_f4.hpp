// RCC of the STM32F4 and STM32F7: oscillators, PLLs, system and kernel clocks, block resets and
// enables, reset flags. RM0090 (STM32F407), RM0390 (STM32F446), RM0385 (STM32F74x), chapter "Reset
// and clock control (RCC)".
//
// Clock signals that it drives, by their name in the chip's ClockTree:
//   hsi hse lse lsi                   oscillators
//   sysclk hclk pclk1 pclk2 tim_pclk1 tim_pclk2 clk48 rtc_ker i2s_ker mco1 mco2
//   F446: sai1_ker sai2_ker i2s1_ker i2s2_ker fmpi2c1_ker sdio_ker spdifrx_ker cec_ker
//   F74x: sai1_ker sai2_ker ltdc_ker usart1_ker … uart8_ker i2c1_ker … i2c4_ker lptim1_ker
//         sdmmc1_ker spdifrx_ker cec_ker
// USART, I2C and the like of an F4 run from pclk1 or pclk2.
//
// Parameters: `hse_hz` (default 0: the board has no HSE), `lse_hz` (default 32768; 0: none), and
// the start-up times `hsi_start_ns`, `hse_start_us`, `hse_bypass_start_us`, `lse_start_ms`,
// `lsi_start_us`, `pll_lock_us`.
// Wires: "irq". Lines: rcc_lines.hpp.
//
// Not modelled: a block whose xxxEN is 0 answers all the same; LPEN bits; clock failures, so that
// CSS never acts; spread spectrum; trimming; clock gating of CKGATENR; clocks from the pin
// I2S_CKIN.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "peripherals/st/rcc_backup.hpp"
#include "peripherals/st/rcc_blocks.hpp"
#include "peripherals/st/rcc_f4_registers.hpp"
#include "peripherals/st/rcc_sources.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {

class RccF4 final : public WiredBlock {
 public:
  enum class Chip { kF407, kF446, kF746 };
  RccF4(PeripheralContext& context, Chip chip);

 private:
  using Register = RegisterFile::Register;
  // In the order of the bits of CIR.
  enum Source : std::size_t { kLsi, kLse, kHsi, kHse, kPll, kPllI2s, kPllSai, kSources };
  static constexpr std::size_t kPlls = 3;
  struct PllOutputs {
    std::uint64_t p = 0, q = 0, r = 0;  // Hz; 0: stopped
  };
  struct Published {
    ClockSignal* signal;
    std::function<std::uint64_t()> hz;
  };

  // rcc_f4.cpp
  void define_control();
  void define_plls();
  void define_dedicated_clocks();
  void define_backup(PeripheralContext& context);
  void define_sources(PeripheralContext& context);
  void write_cr();
  void write_pllcfgr(std::size_t pll);
  void write_cir(std::uint32_t written);
  void write_csr(std::uint32_t written);
  bool in_use(Source source) const;
  Source pll_input() const;
  void drive_sources();
  void source_started(std::size_t source);
  void switch_system_clock();
  void update_interrupt();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  // rcc_f4_gates.cpp
  void define_gates(PeripheralContext& context);

  // rcc_f4_frequencies.cpp
  void define_signals(ClockTree& clocks);
  void define_f446_signals(ClockTree& clocks);
  void define_f746_signals(ClockTree& clocks);
  void publish();
  std::uint64_t oscillator_hz(Source source) const;
  std::uint64_t pll_input_hz(Source pll) const;
  std::uint64_t vco_hz(Source pll) const;
  PllOutputs pll_outputs(Source pll) const;
  std::uint64_t sysclk_hz() const;
  std::uint64_t hclk_hz() const;
  std::uint64_t pclk_hz(unsigned low) const;
  std::uint64_t timer_hz(unsigned low) const;
  std::uint64_t mco_hz(unsigned prescaler, std::uint64_t hz) const;
  std::uint64_t mco1_hz() const;
  std::uint64_t mco2_hz() const;
  std::uint64_t rtc_hz() const;
  std::uint64_t sai_pll_hz(Source pll) const;
  std::uint64_t clk48_hz() const;
  std::uint64_t i2s_hz(unsigned low) const;
  std::uint64_t sai_of_f446_hz(unsigned low, std::uint64_t fourth) const;
  std::uint64_t sai_of_f746_hz(unsigned low) const;
  std::uint64_t uart_hz(unsigned low, std::uint64_t pclk) const;
  std::uint64_t i2c_hz(unsigned low) const;
  std::uint64_t lptim_hz() const;
  void check_pll(Source pll);

  const Chip chip_;
  std::uint64_t hse_hz_ = 0;
  std::uint64_t lse_hz_ = 0;

  Wire& irq_;
  Wire& watchdog_needs_lsi_;
  Wire& pll_on_;
  Register* cr_ = nullptr;
  Register* cfgr_ = nullptr;
  Register* cir_ = nullptr;
  Register* bdcr_ = nullptr;
  Register* csr_ = nullptr;
  std::array<Register*, kPlls> pllcfgr_{};  // null: the chip has no such PLL
  Register* dckcfgr_ = nullptr;             // null: F407
  Register* dckcfgr2_ = nullptr;            // null: F407
  ClockSources sources_;
  std::unique_ptr<RccBackup> backup_;
  std::unique_ptr<RccBlocks> blocks_;
  std::vector<Published> published_;

  // What the registers held before the write in progress, for bits that refuse to change.
  std::uint32_t old_cr_ = 0;
  std::uint32_t old_cir_ = 0;
  std::uint32_t old_csr_ = 0;
  std::array<std::uint32_t, kPlls> old_pllcfgr_{};
  rcc_f4::SystemClock sysclk_source_ = rcc_f4::kSwHsi;  // CFGR.SWS
  std::uint32_t reset_cause_ = 0;                       // flag of CSR for the reset to come
};

}  // namespace tinyscope::st
