// A push button between a pin and ground or supply; device type "button", pin "out".
//
// A scenario presses it: press = "NAME". Parameters: active = "low" (to ground) or "high"; pull =
// "none" (only the chip's own pull resistor holds the pin while nobody presses), "up" or "down".
// It does not bounce.
#include <array>
#include <string>

#include "peripherals/stimulus/measurements.hpp"
#include "sim/pad.hpp"
#include "sim/registry.hpp"

namespace tinyscope {
namespace {

constexpr std::array<std::string_view, 1> kActions = {"press"};

class Button final : public Device {
 public:
  explicit Button(DeviceContext& context)
      : scheduler_(context.scheduler),
        measurements_(context, {}, kActions),
        change_event_(context.scheduler, [this] { apply(); }) {
    const std::string active = context.params.string("active").value_or("low");
    if (active != "low" && active != "high") {
      context.params.fail("active", R"(expected "low" or "high")");
    }
    pressed_level_ = active == "high";
    pull_ = context.params.string("pull").value_or("none");
    if (pull_ != "none" && pull_ != "up" && pull_ != "down") {
      context.params.fail("pull", R"(expected "none", "up" or "down")");
    }
  }

  void reset(ResetKind) override {}
  Port* port(std::string_view) override { return nullptr; }
  bool connect_pin(std::string_view pin, PadPort& pad) override {
    if (pin != "out") return false;
    pad_ = &pad;
    apply();
    return true;
  }
  void snapshot(StateArchive& archive) override { change_event_.snapshot(archive); }

 private:
  void apply() {
    const TimePoint now = scheduler_.now();
    if (measurements_.action(now)) {
      pad_->drive(pressed_level_);
    } else if (pull_ == "none") {
      pad_->release();
    } else {
      pad_->drive(pull_ == "up");
    }
    if (const auto next = measurements_.next_change(now)) change_event_.at(*next);
  }

  Scheduler& scheduler_;
  const Measurements measurements_;
  bool pressed_level_ = false;
  std::string pull_;
  PadPort* pad_ = nullptr;
  Event change_event_;
};

const DeviceType kType("button",
                       [](DeviceContext& context) { return std::make_unique<Button>(context); });

}  // namespace
}  // namespace tinyscope
