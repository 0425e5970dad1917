// RCC of the STM32H7A3: oscillators, three PLLs with fractions, clocks of the CPU and of the CD and
// SRD domains, kernel clocks, block resets and enables, reset flags.
// RM0455, chapter "Reset and clock control (RCC)"; registers and bits as in CMSIS stm32h7a3xxq.h.
//
// Clock signals that it drives, by their name in the chip's ClockTree:
//   hsi csi hse lse lsi hsi48 per    oscillators (hsi behind HSIDIV), the peripheral clock per_ck
//   sysclk cpuclk hclk pclk1 pclk2 pclk3 pclk4 tim_pclk1 tim_pclk2
//   pll1_p … pll3_r                  outputs of the PLLs
//   usart1_ker … usart10_ker uart4_ker … uart9_ker lpuart1_ker i2c1_ker … i2c4_ker
//   spi1_ker … spi6_ker sai1_ker sai2a_ker sai2b_ker lptim1_ker … lptim3_ker adc_ker rng_ker
//   fmc_ker octospi_ker sdmmc_ker usb_ker fdcan_ker dfsdm1_ker dfsdm2_ker ltdc_ker rtc_ker
// `hclk` is the clock of AXI, AHB and flash; the CPU has its own.
//
// Parameters: `hse_hz` (default 0: the board has no HSE), `lse_hz` (default 32768; 0: none), and
// the start-up times `hsi_start_ns`, `csi_start_ns`, `hsi48_start_ns`, `hse_start_us`,
// `hse_bypass_start_us`, `lse_start_ms`, `lsi_start_us`, `pll_lock_us`. Wires: "irq".
// Lines: rcc_lines.hpp.
//
// Not modelled: a block whose xxxEN is 0 answers all the same; LPEN, autonomous mode and clock
// gating bits; clock failures; MCO outputs; trimming; the clock after Stop.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "peripherals/st/rcc_backup.hpp"
#include "peripherals/st/rcc_blocks.hpp"
#include "peripherals/st/rcc_sources.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {

class RccH7 final : public WiredBlock {
 public:
  explicit RccH7(PeripheralContext& context);

 private:
  using Register = RegisterFile::Register;
  // In the order of the bits of CIER, CIFR and CICR.
  enum Source : std::size_t { kLsi, kLse, kHsi, kHse, kCsi, kHsi48, kPll1, kPll2, kPll3, kNone };
  enum Output : unsigned { kP, kQ, kR };
  static constexpr unsigned kPlls = 3;
  struct Published {
    ClockSignal* signal;
    std::function<std::uint64_t()> hz;
  };
  struct Pll {
    Register* dividers = nullptr;  // PLLxDIVR
    Register* fraction = nullptr;  // PLLxFRACR
    std::uint32_t old_dividers = 0;
    std::uint32_t latched_fraction = 0;  // taken over when FRACEN rises
  };

  // rcc_h7.cpp
  void define_control();
  void define_configuration();
  void define_plls();
  void define_kernel_clocks();
  void define_interrupts();
  void define_backup(PeripheralContext& context);
  void define_rest();
  void write_cr();
  void write_pllckselr();
  void write_pllcfgr();
  void write_divr(unsigned pll);
  void update_interrupt();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  // rcc_h7_sources.cpp
  void define_sources(PeripheralContext& context);
  bool ready(Source source) const { return sources_.ready(source); }
  Source pll_source() const;
  Source system_source() const;
  bool feeds_a_pll(Source source) const;
  bool in_use(Source source) const;
  void drive_sources();
  void source_started(std::size_t source);
  void switch_system_clock();
  void check_pll(unsigned pll);

  // rcc_h7_frequencies.cpp
  void define_signals(ClockTree& clocks);
  void define_kernel_signals(ClockTree& clocks);
  void add_signal(ClockTree& clocks, std::string_view name, std::function<std::uint64_t()> hz);
  void publish();
  std::uint64_t source_hz(Source source) const;
  std::uint64_t pll_input_hz(unsigned pll) const;
  std::uint64_t vco_hz(unsigned pll) const;
  std::uint64_t pll_hz(unsigned pll, Output output) const;
  std::uint64_t sysclk_hz() const;
  std::uint64_t cpu_hz() const;
  std::uint64_t hclk_hz() const;
  std::uint64_t pclk_hz(const Register& config, unsigned low) const;
  std::uint64_t timer_hz(unsigned low) const;
  std::uint64_t per_hz() const;
  std::uint64_t rtc_hz() const;

  std::uint64_t hse_hz_ = 0;
  std::uint64_t lse_hz_ = 0;
  Duration hsi_start_{}, csi_start_{}, hsi48_start_{}, hse_start_{}, hse_bypass_start_{},
      lse_start_{}, lsi_start_{}, pll_lock_{};

  Wire& irq_;
  Wire& watchdog_needs_lsi_;
  Register* cr_ = nullptr;
  Register* cfgr_ = nullptr;
  Register* cdcfgr1_ = nullptr;
  Register* cdcfgr2_ = nullptr;
  Register* srdcfgr_ = nullptr;
  Register* pllckselr_ = nullptr;
  Register* pllcfgr_ = nullptr;
  std::array<Pll, kPlls> plls_{};
  Register* cdccipr_ = nullptr;
  Register* cdccip1r_ = nullptr;
  Register* cdccip2r_ = nullptr;
  Register* srdccipr_ = nullptr;
  Register* cier_ = nullptr;
  Register* cifr_ = nullptr;
  Register* bdcr_ = nullptr;
  Register* csr_ = nullptr;
  Register* rsr_ = nullptr;
  ClockSources sources_;
  RccBlocks blocks_;
  std::unique_ptr<RccBackup> backup_;
  std::vector<Published> published_;

  // What the registers held before the write in progress, for bits that refuse to change.
  std::uint32_t old_cr_ = 0;
  std::uint32_t old_pllckselr_ = 0;
  std::uint32_t old_pllcfgr_ = 0;
  std::uint32_t sysclk_source_ = 0;  // CFGR.SWS
  std::uint32_t reset_flags_ = 0;    // of RSR; they add up until RMVF
  std::uint32_t reset_cause_ = 0;    // flag of RSR for the reset to come
};

}  // namespace tinyscope::st
