// One converter of an STM32's ADC: it samples, converts and goes through the regular group of
// channels. What is the same in both generations of the block; the registers, which say what to
// convert and hear of results, are those of adc_v1 and adc_v2.
//
// An ideal converter: V / VREF+ * 2^bits, rounded to the nearest. The voltage is that at the end of
// the sampling time. Noise, offset, gain error and the resistance of the source are left out.
#pragma once

#include <cstdint>
#include <functional>

#include "peripherals/st/adc_inputs.hpp"
#include "sim/scheduler.hpp"

namespace tinyscope::st {

class AdcConverter {
 public:
  struct Conversion {
    unsigned channel = 0;
    unsigned sampling_half_cycles = 0;
    unsigned successive_half_cycles = 0;  // of the approximation that follows
    unsigned bits = 12;
    unsigned times = 1;  // oversampling: how many are added for one result
  };
  // The registers.
  class Registers {
   public:
    virtual ~Registers() = default;
    virtual std::uint64_t adc_hz() const = 0;
    virtual unsigned regular_length() const = 0;
    // The conversion at `index` of the regular group.
    virtual Conversion regular(unsigned index) const = 0;
    virtual AdcInputs::Internal internal() const = 0;
    // `sum` of the conversions for one result; `last` of the group. True: the next one may begin,
    // now. False: resume() will be called, or the group is over.
    virtual bool converted(std::uint32_t sum, bool last) = 0;
  };

  AdcConverter(Scheduler& scheduler, const AdcInputs& inputs, unsigned unit, Registers& registers);

  // Begins the regular group; the first sample is taken `latency_half_cycles` later.
  void start(unsigned latency_half_cycles);
  // Goes on with the next of the group, or the first.
  void resume();
  void stop();
  bool running() const { return running_; }
  bool converting() const { return end_.scheduled(); }
  void snapshot(StateArchive& archive);

 private:
  void begin(unsigned latency_half_cycles);
  void finish();
  std::uint32_t code() const;
  Duration half_cycles(std::uint64_t count) const;

  Scheduler& scheduler_;
  const AdcInputs& inputs_;
  const unsigned unit_;
  Registers& registers_;
  bool running_ = false;
  unsigned index_ = 0;  // in the regular group, of the conversion under way or the next one
  Conversion conversion_;
  TimePoint sampled_{};
  std::uint32_t sum_ = 0;
  unsigned done_ = 0;  // of conversion_.times
  Event end_;
};

}  // namespace tinyscope::st
