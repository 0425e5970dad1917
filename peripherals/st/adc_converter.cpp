#include "peripherals/st/adc_converter.hpp"

#include <algorithm>
#include <cmath>

namespace tinyscope::st {

AdcConverter::AdcConverter(Scheduler& scheduler, const AdcInputs& inputs, unsigned unit,
                           Registers& registers)
    : scheduler_(scheduler),
      inputs_(inputs),
      unit_(unit),
      registers_(registers),
      end_(scheduler, [this] { finish(); }) {}

Duration AdcConverter::half_cycles(std::uint64_t count) const {
  return {count * 1'000'000'000'000u / (2 * registers_.adc_hz())};
}

void AdcConverter::start(unsigned latency_half_cycles) {
  if (registers_.adc_hz() == 0) return;
  running_ = true;
  index_ = 0;
  begin(latency_half_cycles);
}

void AdcConverter::resume() {
  if (running_ && !converting() && registers_.adc_hz() != 0) begin(0);
}

void AdcConverter::stop() {
  running_ = false;
  index_ = done_ = 0;
  sum_ = 0;
  end_.cancel();
}

void AdcConverter::begin(unsigned latency_half_cycles) {
  if (registers_.adc_hz() == 0) return;  // its clock has stopped: it never ends
  if (done_ == 0) conversion_ = registers_.regular(index_);
  sampled_ = scheduler_.now() +
             half_cycles(std::uint64_t{latency_half_cycles} + conversion_.sampling_half_cycles);
  end_.at(sampled_ + half_cycles(conversion_.successive_half_cycles));
}

std::uint32_t AdcConverter::code() const {
  const double volts = inputs_.volts(unit_, conversion_.channel, sampled_, registers_.internal());
  const double scale = std::ldexp(1.0, static_cast<int>(conversion_.bits));
  const double code = std::round(volts / inputs_.full_scale_volts() * scale);
  return static_cast<std::uint32_t>(std::clamp(code, 0.0, scale - 1));
}

void AdcConverter::finish() {
  sum_ += code();
  if (++done_ < conversion_.times) return begin(0);
  const std::uint32_t sum = sum_;
  sum_ = 0;
  done_ = 0;
  const bool last = index_ + 1 >= registers_.regular_length();
  index_ = last ? 0 : index_ + 1;
  if (registers_.converted(sum, last)) resume();
}

void AdcConverter::snapshot(StateArchive& archive) {
  archive(running_, index_, conversion_.channel, conversion_.sampling_half_cycles,
          conversion_.successive_half_cycles, conversion_.bits, conversion_.times, sampled_.ps,
          sum_, done_);
  end_.snapshot(archive);
}

}  // namespace tinyscope::st
