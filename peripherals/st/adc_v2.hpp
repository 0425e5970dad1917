// ADC of the STM32L4+ and of the STM32H7: converters with ISR, IER and CR of their own, and common
// registers. RM0432, chapter "Analog-to-digital converters (ADC)"; RM0455 for the H7A3, whose
// converters have 16 bits, preselection (PCSEL), and other sampling times and thresholds.
//
// Regular conversions: single, continuous, scan, by software or trigger, with DMA, oversampling,
// delayed conversions (AUTDLY) and analog watchdog 1. Reported when used: injected conversions,
// discontinuous mode, watchdogs 2 and 3, offsets, differential inputs, modes of two converters
// together, DFSDM.
//
// DMA in one-shot mode (L4+: DMACFG = 0; H7: DMNGT = 1) ends when the DMA controller has all its
// items, which it does not tell the model of the ADC: a request that is not served when the next
// result comes counts as that end, not as an overrun.
//
// Parameters: `clock` (of the block, for CKMODE = 0) and `bus_clock`; `units`, `family` ("l4",
// "h7"), those of AdcInputs, and times that no manual at hand gives. Wires: "irq", "dma<n>" for
// converter n; inputs "ext<n>" that EXTSEL chooses from.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "peripherals/st/adc_converter.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {

class AdcV2 final : public WiredBlock {
 public:
  // What differs between the families that have this block.
  struct Family {
    std::string_view name;
    unsigned channels;
    std::array<unsigned, 8> sampling_half_cycles;    // by SMPx
    std::array<unsigned, 8> bits;                    // by RES
    std::array<unsigned, 8> successive_half_cycles;  // by RES
    unsigned res_bit;                                // of CFGR
    unsigned res_width;
    unsigned extsel_bit;
    unsigned extsel_width;
    unsigned core_clock_divider;  // between the prescaled clock and that of the converter
    bool wide;                    // registers of the H7: PCSEL, thresholds of 26 bits, DMNGT
  };

  explicit AdcV2(PeripheralContext& context);

 private:
  class Unit;
  friend class Unit;
  using Register = RegisterFile::Register;

  std::uint64_t adc_hz() const;
  AdcInputs::Internal internal() const;
  void define_common();
  std::uint32_t common_status() const;
  void update_interrupt();
  void show_power();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  const Family& family_;
  const unsigned units_count_;
  const AdcInputs inputs_;
  ClockSignal& clock_;
  ClockSignal& bus_clock_;
  const std::uint64_t calibration_cycles_;
  const std::uint64_t ready_cycles_;
  const Duration regulator_start_;
  Wire& irq_;
  Register* ccr_ = nullptr;
  std::vector<std::unique_ptr<Unit>> units_;
};

}  // namespace tinyscope::st
