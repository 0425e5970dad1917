// RCC: oscillators, PLLs, system and kernel clocks, block resets and enables, reset flags.
// RM0432 (STM32L4+), chapter "Reset and clock control (RCC)".
//
// Clock signals that it drives, by their name in the chip's ClockTree:
//   msi hsi16 hse lse lsi hsi48      oscillators
//   sysclk hclk pclk1 pclk2 tim_pclk1 tim_pclk2
//   usart1_ker usart2_ker usart3_ker uart4_ker uart5_ker lpuart1_ker
//   i2c1_ker i2c2_ker i2c3_ker i2c4_ker lptim1_ker lptim2_ker
//   adc_ker sdmmc1_ker sai1_ker sai2_ker dfsdm1_ker octospi_ker clk48 rtc_ker
//
// Parameters: `hse_hz` (default 0: the board has no HSE), `lse_hz` (default 32768; 0: none), and
// the start-up times `msi_start_ns`, `hsi16_start_ns`, `hsi48_start_ns`, `hse_start_us`,
// `hse_bypass_start_us`, `lse_start_ms`, `lsi_start_us`, `pll_lock_us`.
// Wires: "irq".
// Lines: rcc_lines.hpp. A block that listens to its block_reset_line() is reset by xxxRST; for one
// that does not, setting xxxRST is reported.
//
// Not modelled: a block whose xxxEN is 0 answers all the same (the chip reads 0 and ignores
// writes); SMEN bits; clock failures, so that CSS and LSECSS never act; MCO and LSCO outputs;
// trimming.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "peripherals/st/rcc_backup.hpp"
#include "peripherals/st/rcc_blocks.hpp"
#include "peripherals/st/rcc_registers.hpp"
#include "peripherals/st/rcc_sources.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {

class Rcc final : public WiredBlock {
 public:
  explicit Rcc(PeripheralContext& context);

 private:
  using Register = RegisterFile::Register;
  // In the order of the bits of CIER, CIFR and CICR up to kPllSai2.
  enum Source : std::size_t {
    kLsi,
    kLse,
    kMsi,
    kHsi16,
    kHse,
    kPll,
    kPllSai1,
    kPllSai2,
    kHsi48,
    kSources
  };
  struct PllOutputs {
    std::uint64_t p = 0, q = 0, r = 0;  // Hz; 0: stopped or not enabled
  };
  struct Published {
    ClockSignal* signal;
    std::function<std::uint64_t()> hz;
  };

  // rcc.cpp
  void define_control();
  void define_configuration();
  void define_interrupts();
  void define_backup(PeripheralContext& context);
  void write_cr();
  void write_pllcfgr(Source pll);
  void write_cfgr();
  void write_csr(std::uint32_t written);
  void update_interrupt();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  // rcc_gates.cpp
  void define_gates(PeripheralContext& context);

  // rcc_oscillators.cpp
  void define_oscillators(PeripheralContext& context);
  bool wanted(Source source) const { return sources_.wanted(source); }
  bool ready(Source source) const { return sources_.ready(source); }
  bool in_use(Source source) const;
  Source pll_input() const;
  void drive_oscillators();
  void oscillator_started(std::size_t source);
  void switch_system_clock();

  // rcc_frequencies.cpp
  void define_signals(ClockTree& clocks);
  void publish();
  std::uint64_t oscillator_hz(Source source) const;
  std::uint64_t msi_hz() const;
  PllOutputs pll_outputs(Source pll) const;
  std::uint64_t sysclk_hz() const;
  std::uint64_t hclk_hz() const;
  std::uint64_t pclk_hz(unsigned low) const;
  std::uint64_t timer_hz(unsigned low) const;
  std::uint64_t uart_hz(unsigned low, std::uint64_t pclk) const;
  std::uint64_t i2c_hz(std::uint32_t select) const;
  std::uint64_t lptim_hz(std::uint32_t select) const;
  std::uint64_t sai_hz(std::uint32_t select) const;
  std::uint64_t clk48_hz() const;
  std::uint64_t rtc_hz() const;
  void check_pll(Source pll);

  std::uint64_t hse_hz_ = 0;
  std::uint64_t lse_hz_ = 0;
  Duration msi_start_{}, hsi16_start_{}, hsi48_start_{}, hse_start_{}, hse_bypass_start_{},
      lse_start_{}, lsi_start_{}, pll_lock_{};

  Wire& irq_;
  Wire& watchdog_needs_lsi_;
  Register* cr_ = nullptr;
  Register* cfgr_ = nullptr;
  std::array<Register*, 3> pllcfgr_{};
  Register* cier_ = nullptr;
  Register* cifr_ = nullptr;
  Register* ccipr_ = nullptr;
  Register* ccipr2_ = nullptr;
  Register* bdcr_ = nullptr;
  Register* csr_ = nullptr;
  Register* crrcr_ = nullptr;
  ClockSources sources_;
  std::unique_ptr<RccBlocks> blocks_;
  std::unique_ptr<RccBackup> backup_;
  std::vector<Published> published_;

  // What the registers held before the write in progress, for bits that refuse to change.
  std::uint32_t old_cr_ = 0;
  std::uint32_t old_csr_ = 0;
  std::array<std::uint32_t, 3> old_pllcfgr_{};
  rcc::SystemClock sysclk_source_ = rcc::kSwMsi;  // CFGR.SWS
  std::uint32_t reset_cause_ = 0;                 // flag of CSR for the reset to come
};

}  // namespace tinyscope::st
