// Whatever drives a pin of the board from outside: a logic level or a voltage over time; device
// type "pin_source", pin "out".
//
// The stimulus has columns `level` (0 or 1, each kept until the next) or `volts`. While no piece of
// it holds, the pin is left alone. Parameters: high_volts (3.3), the voltage of a high level;
// threshold_volts (1.65), from which on a voltage reads as high.
#include <array>

#include "peripherals/stimulus/measurements.hpp"
#include "sim/pad.hpp"
#include "sim/registry.hpp"

namespace tinyscope {
namespace {

enum Quantity : std::size_t { kLevel, kVolts };
constexpr std::array kQuantities = {
    Measurements::Quantity{"level", "", 0, true},
    Measurements::Quantity{"volts", "V"},
};
// How often somebody who waits for an edge of a voltage looks at it.
constexpr Duration kLook = Duration::from_us(100);

class PinSource final : public Device, private PadSignal {
 public:
  explicit PinSource(DeviceContext& context)
      : scheduler_(context.scheduler),
        high_volts_(context.params.number("high_volts").value_or(3.3)),
        threshold_volts_(context.params.number("threshold_volts").value_or(1.65)),
        measurements_(context, kQuantities),
        change_event_(context.scheduler, [this] { apply(); }) {}

  void reset(ResetKind) override {}  // outside the chip: time goes on
  Port* port(std::string_view) override { return nullptr; }
  bool connect_pin(std::string_view pin, PadPort& pad) override {
    if (pin != "out") return false;
    pad_ = &pad;
    pad.node().volts = [this](TimePoint when) { return volts(when); };
    pad.node().volts_change = [this](TimePoint when) -> std::optional<TimePoint> {
      if (ruler(when) == kVolts) return when;
      return measurements_.next_change(when);
    };
    apply();
    return true;
  }
  void snapshot(StateArchive& archive) override {
    change_event_.snapshot(archive);
    if (archive.is_loading() && pad_ != nullptr && ruler(scheduler_.now()) == kVolts) {
      pad_->follow(this);
    }
  }

 private:
  // Which of the two holds; nullopt: neither.
  std::optional<Quantity> ruler(TimePoint when) const {
    const auto level = measurements_.source(kLevel, when);
    const auto volts = measurements_.source(kVolts, when);
    if (!level && !volts) return std::nullopt;
    return !volts || (level && *level > *volts) ? kLevel : kVolts;
  }
  std::optional<double> volts(TimePoint when) const {
    const auto which = ruler(when);
    if (!which) return std::nullopt;
    if (*which == kVolts) return measurements_.at(kVolts, when);
    return measurements_.at(kLevel, when) >= 0.5 ? high_volts_ : 0.0;
  }

  void apply() {
    const TimePoint now = scheduler_.now();
    const auto which = ruler(now);
    if (!which) {
      pad_->release();
    } else if (*which == kLevel) {
      pad_->drive(measurements_.at(kLevel, now) >= 0.5);
    } else {
      pad_->follow(this);
    }
    if (const auto next = measurements_.next_change(now)) change_event_.at(*next);
  }

  bool level(TimePoint when) override { return volts(when).value_or(0) >= threshold_volts_; }
  std::optional<TimePoint> next_edge(TimePoint when) override {
    if (!measurements_.next_change(when)) return std::nullopt;
    return when + kLook;
  }

  Scheduler& scheduler_;
  const double high_volts_;
  const double threshold_volts_;
  const Measurements measurements_;
  PadPort* pad_ = nullptr;
  Event change_event_;
};

const DeviceType kType("pin_source",
                       [](DeviceContext& context) { return std::make_unique<PinSource>(context); });

}  // namespace
}  // namespace tinyscope
