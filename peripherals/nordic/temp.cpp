// TEMP: temperature of the die. nRF52840 PS, chapter "TEMP — Temperature sensor".
//
// The temperature is a parameter, `celsius` (default 25.00). The trim registers are kept and have
// no effect: the sensor is taken as perfectly calibrated. Parameter `conversion_us`.
#include <array>
#include <cmath>

#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStart = 0x000;
constexpr Address kStop = 0x004;
constexpr Address kDataRdy = 0x100;
constexpr Address kTemp = 0x508;
constexpr Address kA0 = 0x520;
constexpr Address kB0 = 0x540;
constexpr Address kT0 = 0x560;
constexpr double kStepsPerDegree = 4;  // TEMP is in steps of 0.25 °C

class Temp final : public NordicBlock {
 public:
  explicit Temp(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kSetClear),
        ready_(context.scheduler, [this] { deliver(); }) {
    const double celsius = context.params.number("celsius").value_or(25.0);
    if (!(celsius >= -40.0 && celsius <= 105.0)) {
      context.params.fail("celsius", "expected -40 to 105 degrees");
    }
    steps_ = static_cast<std::uint32_t>(std::lround(celsius * kStepsPerDegree));
    conversion_time_ = Duration::from_us(
        assumed_parameter(context, "conversion_us", 36, "a temperature measurement, us",
                          "PS v1.1, electrical specification of TEMP, from memory: estimate"));
    add_task(kStart, "TASKS_START", [this] {
      draw(true);
      ready_.after(conversion_time_);
    });
    add_task(kStop, "TASKS_STOP", [this] { stop(); });
    add_event(kDataRdy, "EVENTS_DATARDY");
    temp_ = &registers_.add(kTemp, "TEMP").read_only();
    define_trims(kA0, "A", 12, {0x326, 0x348, 0x3AA, 0x40E, 0x4BD, 0x5A3});
    define_trims(kB0, "B", 14, {0x3FEF, 0x3FBE, 0x3FBE, 0x012, 0x124, 0x27C});
    define_trims(kT0, "T", 8, {0x0E2, 0x000, 0x019, 0x03C, 0x050});
  }

 private:
  void define_trims(Address offset, std::string_view name, unsigned width,
                    std::initializer_list<std::uint32_t> reset_values) {
    unsigned i = 0;
    for (const std::uint32_t value : reset_values) {
      registers_.add(offset + 4 * i, fmt::format("{}{}", name, i))
          .reset(value)
          .field(0, width, name);
      ++i;
    }
  }

  void stop() {
    ready_.cancel();
    draw(false);
  }
  void deliver() {
    temp_->set(steps_);
    draw(false);
    raise(kDataRdy);
  }

  void reset_state(ResetKind) override { stop(); }
  void snapshot_state(StateArchive& archive) override { ready_.snapshot(archive); }

  std::uint32_t steps_ = 0;  // two's complement, as TEMP
  Duration conversion_time_{};
  RegisterFile::Register* temp_ = nullptr;
  Event ready_;
};

const PeripheralType kType("nordic.temp", [](PeripheralContext& context) {
  return std::make_unique<Temp>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
