// FocalTech FT6206: capacitive touch panel, device type "ft6206", port "i2c" (0x38), pin "int".
//
// Registers: Adafruit_FT6206.h and .cpp of adafruit/Adafruit_FT6206_Library (cc96404); event flags,
// G_MODE and the pin: FT6x06 application note, register table, from memory. The stimulus is a CSV
// file with touches (0, 1 or 2 fingers; each value holds until the next), x1 y1 x2 y2 (pixels of
// the panel); at rest nobody touches. Parameters: `width` (240) and `height` (320), pixels.
//
// The threshold has no effect: a finger is there or not. Not modelled: gestures, and the modes that
// save power (reported when firmware asks for factory mode).
#include <array>
#include <cmath>

#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/stimulus/measurements.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  DEV_MODE = 0x00,
  TD_STATUS = 0x02,
  P1_XH = 0x03,
  P2_XH = 0x09,
  P2_MISC = 0x0E,
  TH_GROUP = 0x80,
  CTRL = 0x86,
  PERIODACTIVE = 0x88,
  PERIODMONITOR = 0x89,
  CIPHER = 0xA3,
  G_MODE = 0xA4,
  FIRMID = 0xA6,
  FOCALTECH_ID = 0xA8,
};
constexpr unsigned kBytesPerPoint = P2_XH - P1_XH;

enum EventFlag : unsigned { kPressDown = 0, kContact = 2, kNoEvent = 3 };
constexpr unsigned kNoTouchId = 0xF;

enum Quantity : std::size_t { kTouches, kX1, kY1, kX2, kY2 };
constexpr std::array kQuantities = {
    Measurements::Quantity{.name = "touches", .unit = "", .rest = 0, .steps = true},
    Measurements::Quantity{"x1", ""},
    Measurements::Quantity{"y1", ""},
    Measurements::Quantity{"x2", ""},
    Measurements::Quantity{"y2", ""},
};

class Ft6206 final : public I2cPart {
 public:
  explicit Ft6206(DeviceContext& context)
      : I2cPart(context, {0x38}),
        measurements_(context, kQuantities),
        limits_{context.params.u32("width").value_or(240),
                context.params.u32("height").value_or(320)},
        event_(context.scheduler, [this] { report(); }) {
    for (std::size_t i = 0; i < limits_.size(); ++i) {
      if (limits_[i] == 0 || limits_[i] > 4096) {
        context.params.fail(i == 0 ? "width" : "height", "expected 1 to 4096 pixels");
      }
    }
    power_on();
  }

  bool connect_pin(std::string_view name, PadPort& pad) override {
    if (name != "int") return false;
    int_.connect(pad);
    update_pin();
    return true;
  }
  void snapshot(StateArchive& archive) override {
    I2cPart::snapshot(archive);
    archive(registers_, when_.ps, seen_, reported_, pulse_);
    int_.snapshot(archive);
    event_.snapshot(archive);
  }

 private:
  void power_on() override {
    registers_ = {};
    registers_[TH_GROUP] = 22;
    registers_[CTRL] = 1;
    registers_[PERIODACTIVE] = 12;   // ms
    registers_[PERIODMONITOR] = 40;  // ms
    registers_[CIPHER] = 0x06;       // FT6206_CHIPID
    registers_[G_MODE] = 1;
    registers_[FIRMID] = 0x01;
    registers_[FOCALTECH_ID] = 0x11;  // FT62XX_VENDID
    seen_ = reported_ = 0;
    pulse_ = false;
    update_pin();
  }
  std::string_view mode() const override { return "active"; }

  unsigned touches(TimePoint when) const {
    return static_cast<unsigned>(std::lround(std::clamp(measurements_.at(kTouches, when), 0., 2.)));
  }
  unsigned coordinate(std::size_t quantity) const {
    const double last = limits_[(quantity - kX1) % 2] - 1;
    return static_cast<unsigned>(
        std::lround(std::clamp(measurements_.at(quantity, when_), 0.0, last)));
  }
  // XH (event flag, X), XL, YH (touch ID, Y), YL, weight, area.
  std::uint8_t point(unsigned finger, unsigned byte) const {
    const bool down = finger < touches(when_);
    const unsigned x = down ? coordinate(kX1 + 2 * finger) : 0;
    const unsigned y = down ? coordinate(kY1 + 2 * finger) : 0;
    const unsigned flag = !down ? kNoEvent : finger < seen_ ? kContact : kPressDown;
    switch (byte) {
      case 0: return static_cast<std::uint8_t>(flag << 6 | x >> 8);
      case 1: return static_cast<std::uint8_t>(x);
      case 2: return static_cast<std::uint8_t>((down ? finger : kNoTouchId) << 4 | y >> 8);
      case 3: return static_cast<std::uint8_t>(y);
      default: return 0;
    }
  }

  // A burst sees one moment.
  void started(bool) override { when_ = now(); }
  std::uint8_t read_register(std::uint8_t reg) override {
    if (reg == TD_STATUS) return static_cast<std::uint8_t>(touches(when_));
    if (reg < P1_XH || reg > P2_MISC) return registers_[reg];
    const unsigned offset = reg - P1_XH;
    const std::uint8_t value = point(offset / kBytesPerPoint, offset % kBytesPerPoint);
    if (offset % kBytesPerPoint == 3) seen_ = std::max(seen_, offset / kBytesPerPoint + 1);
    seen_ = std::min(seen_, touches(when_));
    return value;
  }
  bool write_register(std::uint8_t reg, std::uint8_t value) override {
    if (reg == DEV_MODE && (value & 0x70) != 0) unmodelled("DEV_MODE: factory mode", reg, value);
    const bool writable = reg == DEV_MODE || (reg >= TH_GROUP && reg < CIPHER) || reg == G_MODE;
    if (writable) registers_[reg] = value;
    update_pin();
    return true;
  }

  // Looks at the panel as often as PERIODACTIVE says while it is touched, else when something
  // changes. The pin is low while somebody touches (G_MODE 0), or pulses for each report (1).
  Duration period() const {
    return Duration::from_ms(std::max<std::uint64_t>(registers_[PERIODACTIVE], 1));
  }
  void report() {
    reported_ = touches(now());
    pulse_ = !pulse_ && reported_ > 0;
    update_pin();
  }
  void update_pin() {
    event_.cancel();
    if (!int_.connected()) return;
    if (!supplied()) {
      int_.release();
      return;
    }
    const bool pulses = registers_[G_MODE] == 1;
    int_.drive(pulses ? !pulse_ : reported_ == 0);
    std::optional<TimePoint> next;
    if (pulses && reported_ > 0) {
      // Half a period low, half high.
      next = now() + Duration{period().ps / 2};
    } else if (touches(now()) != reported_) {
      next = now();
    } else {
      next = measurements_.next_change(now());
    }
    if (next) event_.at(*next);
  }

  const Measurements measurements_;
  const std::array<std::uint32_t, 2> limits_;
  std::array<std::uint8_t, 0x100> registers_{};
  TimePoint when_{};
  unsigned seen_ = 0;      // fingers that firmware has read
  unsigned reported_ = 0;  // fingers that the pin tells of
  bool pulse_ = false;
  OutputPin int_;
  Event event_;
};

const DeviceType kType("ft6206",
                       [](DeviceContext& context) { return std::make_unique<Ft6206>(context); });

}  // namespace
}  // namespace tinyscope
