// Timers of STM32: basic, general-purpose and advanced-control, which differ in what they have and
// not in how it works. RM0432, chapters "Advanced-control timers (TIM1/TIM8)" and those of TIM2 to
// TIM7 and TIM15 to TIM17. What a timer has is said by its entry in the chip's file:
//
//   clock          kernel clock, a name of the chip's clock tree
//   bits           16 (default) or 32
//   channels       0 (default, a basic timer), 1, 2, 4 or 6
//   complementary  how many channels have a complementary output; more than 0 means that there are
//                  a repetition counter and BDTR
//   slave          SMCR and the trigger inputs; by default from two channels on
//
// tim.cpp has the registers, tim_counting.cpp the counter and its events, tim_channels.cpp capture
// and compare, tim_trigger.cpp the master and slave mode controllers.
//
// The counter is computed when it is looked at. An event is scheduled for the next point in time at
// which something outside the timer changes. Not modelled, and reported when used: encoder modes,
// input filters, break inputs and dead time, retriggerable, combined and asymmetric PWM, TRC as a
// capture input, TRGO2. The few cycles by which triggers are synchronised are left out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "peripherals/st/tim_counter.hpp"
#include "peripherals/st/tim_registers.hpp"
#include "peripherals/st/wired_block.hpp"
#include "sim/time.hpp"

namespace tinyscope::st {

class Tim final : public WiredBlock {
 public:
  explicit Tim(PeripheralContext& context);
  std::uint32_t read(const BusAccess& access) override;
  void write(const BusAccess& access, std::uint32_t value) override;

 private:
  static constexpr unsigned kMostChannels = 6;
  static constexpr unsigned kInputs = 4;  // of the capture unit, and of ITR

  bool cr1(std::uint32_t bit) const { return (cr1_->value() & bit) != 0; }
  bool dier(std::uint32_t bit) const { return (dier_->value() & bit) != 0; }
  bool advanced() const { return complementary_ != 0; }

  // Registers.
  void define_control();
  void define_channels();
  void define_bursts();
  void write_cr1();
  void write_egr(std::uint32_t bits);
  std::uint32_t read_counter();
  std::uint32_t access_burst(bool write, std::uint32_t value);
  void update_interrupts();

  // Counting.
  bool clocked_by_kernel() const;
  bool counting() const;
  void catch_up();  // brings everything to the present
  void advance(std::uint64_t input_ticks);
  std::uint64_t skip_periods(std::uint64_t input_ticks);
  bool shadows_wait() const;
  void overflowed();
  void update_event();
  void load_shadows();
  void restart_counter(bool set_flag);
  void count_from_now();
  void stop();
  void schedule_next();
  void clock_changed(std::uint64_t hz);
  void raise(std::uint32_t flags);
  void request_dma(Wire* wire);

  // Channels.
  struct Channel {
    RegisterFile::Register* ccr = nullptr;
    std::uint32_t compare = 0;  // in force
    bool reference = false;     // OCxREF as far as matches made it
    Wire* output = nullptr;
    Wire* complement = nullptr;
    Wire* dma = nullptr;
    std::uint8_t captures_skipped = 0;
  };
  std::uint32_t mode_bits(unsigned channel) const;
  bool is_output(unsigned channel) const { return (mode_bits(channel) & 3u) == 0; }
  tim::Compare compare_mode(unsigned channel) const;
  bool reference(unsigned channel) const;
  bool flags_on_this_way() const;
  std::uint64_t counts_to_match(unsigned channel) const;
  bool match_is_seen(unsigned channel) const;
  void matched(unsigned channel);
  void update_outputs();
  void input_changed(unsigned input, bool level);
  bool selected_edge(unsigned channel, bool level) const;
  void capture(unsigned channel);
  void check_modes();

  // Master and slave controllers.
  tim::Master master() const;
  tim::Slave slave() const;
  bool trgo_is_seen() const;
  void update_trgo();
  void trigger_input(unsigned source, bool level);
  void external_trigger(bool level);
  unsigned trigger_source() const;
  bool inverted_input(unsigned input) const;
  void input_as_trigger(unsigned input, bool level);
  void trigger_rose();
  void check_slave();

  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  const unsigned channels_;
  const unsigned complementary_;
  const bool has_slave_;
  ClockSignal& kernel_clock_;
  ClockDomain clock_;

  RegisterFile::Register* cr1_ = nullptr;
  RegisterFile::Register* cr2_ = nullptr;
  RegisterFile::Register* smcr_ = nullptr;
  RegisterFile::Register* dier_ = nullptr;
  std::array<RegisterFile::Register*, 3> ccmr_{};
  RegisterFile::Register* ccer_ = nullptr;
  RegisterFile::Register* psc_ = nullptr;
  RegisterFile::Register* arr_ = nullptr;
  RegisterFile::Register* rcr_ = nullptr;
  RegisterFile::Register* bdtr_ = nullptr;
  RegisterFile::Register* dcr_ = nullptr;

  TimCounter counter_;
  std::uint64_t counted_until_ = 0;  // tick of clock_ up to which counter_ is right
  bool was_counting_ = false;        // by the kernel clock, since counted_until_
  std::uint32_t repetition_ = 0;     // overflows until the next update event
  std::uint32_t flags_ = 0;          // SR
  std::array<Channel, kMostChannels> channel_{};
  std::uint32_t burst_index_ = 0;
  Wire* burst_request_ = nullptr;  // the request that DMAR serves
  bool trigger_level_ = false;
  std::uint32_t external_edges_ = 0;

  Wire& irq_;
  Wire* irq_update_ = nullptr;
  Wire* irq_channels_ = nullptr;
  Wire* irq_trigger_ = nullptr;
  Wire* irq_break_ = nullptr;
  Wire* dma_update_ = nullptr;
  Wire* dma_trigger_ = nullptr;
  Wire* dma_com_ = nullptr;
  Wire* trgo_ = nullptr;
  std::array<Wire*, kInputs> inputs_{};
  std::array<Wire*, kInputs> itr_{};
  Wire* etr_ = nullptr;

  Event next_;
};

}  // namespace tinyscope::st
