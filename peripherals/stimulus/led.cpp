// A light-emitting diode on a pin; device type "led", pin "out".
//
// Parameter: active = "high" (default) or "low". It reports its state to the energy model: "on", or
// "on_25", "on_50", "on_75" where PWM drives it for about that part of the time.
#include <cmath>
#include <string>

#include "sim/error.hpp"
#include "sim/pad.hpp"
#include "sim/power_tracker.hpp"
#include "sim/registry.hpp"

namespace tinyscope {
namespace {

class Led final : public Device {
 public:
  explicit Led(DeviceContext& context)
      : name_(context.name), scheduler_(context.scheduler), power_(context.power) {
    const std::string active = context.params.string("active").value_or("high");
    if (active != "high" && active != "low") {
      context.params.fail("active", R"(expected "high" or "low")");
    }
    active_level_ = active == "high";
    if (!context.stimulus.empty()) {
      const StimulusPiece& piece = context.stimulus.pieces.front();
      throw InputError((piece.where.empty() ? piece.file : piece.where) +
                       ": an LED senses nothing; feed another part");
    }
  }

  void reset(ResetKind) override { show(); }
  Port* port(std::string_view) override { return nullptr; }
  bool connect_pin(std::string_view pin, PadPort& pad) override {
    if (pin != "out") return false;
    pad_ = &pad;
    // Its other end pulls the pad where the LED is dark, while the chip does not drive it.
    pad.drive(!active_level_);
    pad.on_level([this](bool) { show(); });
    pad.node().on_output([this] { show(); });
    return true;
  }
  void set_supplied(bool supplied) override {
    supplied_ = supplied;
    show();
  }
  void snapshot(StateArchive& archive) override { archive(supplied_); }

 private:
  void show() {
    if (pad_ == nullptr) return;
    const double high = pad_->node().duty().value_or(pad_->level() ? 1.0 : 0.0);
    const double part = !supplied_ ? 0 : active_level_ ? high : 1 - high;
    static constexpr std::string_view kStates[] = {"", "on_25", "on_50", "on_75", "on"};
    // The least light is not darkness.
    const auto quarter = static_cast<std::size_t>(std::lround(part * 4));
    power_.set(name_, kStates[part > 0 && quarter == 0 ? 1 : quarter], scheduler_.now());
  }

  const std::string name_;
  Scheduler& scheduler_;
  PowerTracker& power_;
  bool active_level_ = true;
  bool supplied_ = true;  // where nothing switches its supply
  PadPort* pad_ = nullptr;
};

const DeviceType kType("led",
                       [](DeviceContext& context) { return std::make_unique<Led>(context); });

}  // namespace
}  // namespace tinyscope
