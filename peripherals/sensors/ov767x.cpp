// OmniVision OV7670 and OV7675, VGA cameras with an 8-bit parallel output, device type "ov767x":
// the Arduino Tiny Machine Learning kit has an OV7675.
// After the data sheet of the OV7670 as far as drivers quote it (ov767x_registers.hpp); the two
// parts answer alike, and drivers tell them apart only by what they are told.
//
// SCCB at 0x21, port "i2c": one register a transfer, no increments. Pins: "xclk", the chip's clock,
// without which the camera neither answers nor puts out anything; "vsync", "href", "pclk" and "d0"
// to "d7". Data and HREF change where PCLK falls, so data are valid around its rising edge. For a
// chip with a camera interface the port "parallel" carries all of the outputs; with the parameter
// `xclk_hz` an oscillator beside the camera drives XCLK.
// The scene is the stimulus, a picture or a folder of pictures (peripherals/stimulus/
// frame_source.hpp); which one a frame shows is counted from the frame with which the last change
// of clock or frame size took effect. Parameters: `model`, "ov7675" (default) or "ov7670"; `fps`
// of the pictures in a folder (default: each frame of the camera shows the next one); `loop`
// (default true: after the last picture comes the first; false: the last one stays).
//
// Levels are computed from the time when somebody looks, never by an event for a pixel.
//
// Not modelled: what the analogue and image processing would do to the picture (the report's
// assumptions say so), automatic exposure and gain, night mode, CCIR656, HSYNC, strobe, and the
// delays of the pins.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <memory>

#include "peripherals/common/parallel_camera.hpp"
#include "peripherals/sensors/i2c_registers.hpp"
#include "peripherals/sensors/ov767x_frame.hpp"
#include "peripherals/sensors/ov767x_mode.hpp"
#include "peripherals/sensors/ov767x_pixels.hpp"
#include "sim/fed_part.hpp"
#include "sim/power_tracker.hpp"
#include "sim/registry.hpp"

namespace tinyscope {
namespace {

using namespace ov767x;

// Bits of the output; 0 to 7 are D0 to D7.
constexpr unsigned kPclk = 8;
constexpr unsigned kHrefPin = 9;
constexpr unsigned kVsync = 10;
constexpr unsigned kOutputs = 11;

// Bits whose effect is left out, reported when firmware sets them.
struct LeftOut {
  std::uint8_t address;
  std::uint8_t mask;
  std::uint8_t harmless;  // value of the bits that asks for nothing
  const char* name;
};
constexpr LeftOut kLeftOut[] = {
    {kCom1, kCom1R656, 0, "COM1 CCIR656 format"},
    {kCom3, kCom3Swap, 0, "COM3 output data MSB/LSB swap"},
    {kCom10, kCom10Hsync, 0, "COM10 HSYNC"},
    {kPshft, 0xFF, 0, "PSHFT"},
    {kTslb, kTslbNegative | kTslbFixedUv, 0, "TSLB negative image or fixed UV"},
    {kCom11, kCom11Night, 0, "COM11 night mode"},
    {kCom12, kCom12HrefAlways, 0, "COM12 HREF while VSYNC is active"},
    {kBright, 0xFF, 0, "BRIGHT"},
    {kContras, 0xFF, 0x40, "CONTRAS"},
    {kDmLnl, 0xFF, 0, "DM_LNL"},
    {kDmLnh, 0xFF, 0, "DM_LNH"},
};

class Ov767x final : public Device, public FedPart {
 public:
  explicit Ov767x(DeviceContext& context)
      : name_(context.name),
        scheduler_(context.scheduler),
        notes_(context.notes),
        power_(context.power),
        model_(read_model(context)),
        pixels_(read_pictures(context)),
        sccb_(*this),
        parallel_(*this),
        xclk_hz_(context.params.u32("xclk_hz").value_or(0)) {
    for (unsigned i = 0; i < kOutputs; ++i) signals_[i] = std::make_unique<Signal>(*this, i);
    notes_.assume(
        {name_ + ".image",
         "exposure, gain, white balance, gamma, colour matrix, lens correction, sharpness "
         "and noise are left out: the sensor puts out the colours of the picture",
         "tinyscope, peripherals/sensors/ov767x_pixels.hpp"});
    notes_.assume({name_ + ".timing",
                   "784 x 510 pixel times a frame; PCLK = XCLK * PLL / (CLKRC + 1), halved for "
                   "CIF and QVGA, a quarter for QCIF; pins without delays",
                   "estimate after the OV7670 data sheet and arduino-libraries/Arduino_OV767X"});
    load_registers();
  }

  void set_fed(const Stimulus& stimulus) override { pixels_.set_fed(stimulus); }
  void reset(ResetKind kind) override {
    if (kind == ResetKind::kPowerOn) load_registers();
  }
  Port* port(std::string_view name) override {
    if (name == "parallel") return &parallel_;
    return name == "i2c" ? &sccb_ : nullptr;
  }
  bool connect_pin(std::string_view pin, PadPort& pad) override {
    if (pin == "xclk") {
      xclk_hz_ = hertz(pad.node().clock_hz());
      pad.node().on_clock([this](double hz) {
        xclk_hz_ = hertz(hz);
        begin_frames();
      });
      begin_frames();
      return true;
    }
    for (unsigned i = 0; i < kOutputs; ++i) {
      if (pin != pin_name(i)) continue;
      pads_[i] = &pad;
      pad.follow(running_ ? signals_[i].get() : nullptr);
      return true;
    }
    return false;
  }
  void set_supplied(bool supplied) override {
    supplied_ = supplied;
    load_registers();
  }
  void snapshot(StateArchive& archive) override {
    sccb_.snapshot(archive);
    clock_.snapshot(archive);
    archive(registers_, xclk_hz_, supplied_, running_, set_up_in_frame_);
    if (archive.is_loading()) {
      take_mode();
      follow();
    }
  }

 private:
  class Sccb final : public I2cRegisters {
   public:
    explicit Sccb(Ov767x& camera) : I2cRegisters({0x21}), camera_(camera) { set_increments(false); }

   private:
    std::uint8_t read_register(std::uint8_t reg) override { return camera_.read(reg); }
    bool write_register(std::uint8_t reg, std::uint8_t value) override {
      camera_.write(reg, value);
      return true;
    }
    Ov767x& camera_;
  };

  // The outputs together. PCLK is taken as its rising edge whatever COM10 makes of it.
  class Parallel final : public ParallelCamera {
   public:
    explicit Parallel(Ov767x& camera) : camera_(camera) {}
    using ParallelCamera::tell_change;
    bool running() const override {
      return camera_.running_ && time().rows > 0 && time().active > 0;
    }
    Blanking blanking() const override {
      return {!camera_.mode_.vsync_negative, camera_.mode_.href_reverse};
    }
    std::uint64_t frame_at(TimePoint when) const override {
      return camera_.clock_.tick_at(when) / time().frame();
    }
    Frame frame(std::uint64_t number) const override {
      const std::uint64_t begin = number * time().frame();
      const FrameClock& clock = camera_.clock_;
      return {clock.time_of(begin), clock.time_of(begin + time().vsync),
              clock.time_of(begin + time().frame()), time().rows, time().bytes_per_row()};
    }
    TimePoint byte_time(std::uint64_t number, std::uint64_t row,
                        std::uint64_t byte) const override {
      return camera_.clock_.time_of(byte_tick(time(), number, row, byte));
    }
    std::span<const std::uint8_t> row(std::uint64_t number, std::uint64_t row) override {
      return camera_.row_of(number, row);
    }

   private:
    const FrameTime& time() const { return camera_.mode_.time; }
    Ov767x& camera_;
  };

  // One of the pins.
  class Signal final : public PadSignal {
   public:
    Signal(Ov767x& camera, unsigned bit) : camera_(camera), bit_(bit) {}
    bool level(TimePoint when) override { return (camera_.output(when) >> bit_ & 1u) != 0; }
    std::optional<TimePoint> next_edge(TimePoint when) override {
      return camera_.next_edge(bit_, when);
    }

   private:
    Ov767x& camera_;
    const unsigned bit_;
  };

  static std::uint64_t hertz(double hz) {
    return hz < 1 ? 0 : static_cast<std::uint64_t>(std::llround(std::min(hz, 1e9)));
  }
  static std::string pin_name(unsigned bit) {
    constexpr const char* kNames[] = {"pclk", "href", "vsync"};
    return bit < kPclk ? fmt::format("d{}", bit) : kNames[bit - kPclk];
  }
  static Model read_model(DeviceContext& context) {
    const std::string model = context.params.string("model").value_or("ov7675");
    if (model == "ov7670") return Model::kOv7670;
    if (model != "ov7675") context.params.fail("model", R"(expected "ov7675" or "ov7670")");
    return Model::kOv7675;
  }
  static FrameSource read_pictures(DeviceContext& context) {
    FrameSource::Options options;
    options.width = kArrayWidth;
    options.height = kArrayHeight;
    options.fps = context.params.number("fps");
    if (options.fps && !(*options.fps > 0 && *options.fps <= 1000)) {
      context.params.fail("fps", "expected more than 0 and at most 1000 pictures a second");
    }
    options.loop = context.params.boolean("loop").value_or(true);
    return FrameSource(context.name, context.stimulus.only_file(), options, context.notes);
  }

  void load_registers() {
    registers_ = reset_values();
    take_mode();
    begin_frames();
  }

  std::uint8_t read(std::uint8_t reg) {
    if (reg == kBave || reg == kGbave || reg == kRave || reg == kYave) {
      notes_.unmodelled(name_, "average level of the picture", reg, false, registers_[reg]);
    }
    return registers_[reg];
  }

  void write(std::uint8_t reg, std::uint8_t value) {
    if (reg == kPid || reg == kVer || reg == kMidh || reg == kMidl) return;
    if (reg == kCom7 && (value & kCom7Reset) != 0) return load_registers();
    for (const LeftOut& left_out : kLeftOut) {
      if (left_out.address == reg && (value & left_out.mask) != left_out.harmless) {
        notes_.unmodelled(name_, left_out.name, reg, true, value);
      }
    }
    if ((reg == kScalingXsc || reg == kScalingYsc) && (value & 0x7F) < 0x20) {
      notes_.unmodelled(name_, "enlargement by SCALING_XSC or SCALING_YSC", reg, true, value);
    }
    if (registers_[reg] == value) return;
    registers_[reg] = value;
    set_up_in_frame_ = clock_.tick_at(scheduler_.now()) / mode_.time.frame();
    const Mode old = mode_;
    take_mode();
    const bool new_frames = mode_.clock != old.clock || mode_.time.line != old.time.line ||
                            mode_.time.lines != old.time.lines || mode_.sleeping != old.sleeping;
    if (new_frames) {
      begin_frames();
    } else if (affects_output(reg)) {
      follow();
    }
  }
  // Most registers concern what is left out; then nobody has to look at the pins anew.
  bool affects_output(std::uint8_t reg) const {
    return reg <= kCom17 || (reg >= kDblv && reg <= kScalingDcwctr) || reg == kRgb444;
  }

  void take_mode() {
    mode_ = read_mode(registers_, model_);
    pixels_.set_mode(mode_.pixels);
    known_until_ = {};
  }

  // The camera starts, stops, or goes on with another clock: the next frame begins now.
  void begin_frames() {
    const bool clocked = supplied_ && xclk_hz_ > 0;
    sccb_.set_supplied(clocked);
    running_ = clocked && !mode_.sleeping;
    if (running_) clock_.start(mode_.clock, xclk_hz_, scheduler_.now());
    set_up_in_frame_ = 0;
    const char* const state = model_ == Model::kOv7670 ? "ov7670" : "ov7675";
    power_.set(name_,
               !supplied_ ? ""
               : running_ ? fmt::format("{}_active", state)
                          : "standby",
               scheduler_.now());
    follow();
    parallel_.tell_change();
  }
  void follow() {
    known_until_ = {};
    for (unsigned i = 0; i < kOutputs; ++i) {
      if (pads_[i] != nullptr) pads_[i]->follow(running_ ? signals_[i].get() : nullptr);
    }
  }

  // All pins at a time; computed anew only once that one of them may have changed.
  unsigned output(TimePoint when) {
    if (when >= known_from_ && when < known_until_) return output_;
    const FramePlace place = place_at(mode_.time, mode_.pclk_gated, clock_.tick_at(when));
    output_ = output_of(place);
    known_from_ = when;
    known_until_ = clock_.time_of(place.until);
    return output_;
  }
  unsigned output_of(const FramePlace& place) {
    unsigned bits = 0;
    if (place.pclk != mode_.pclk_reverse) bits |= 1u << kPclk;
    if (place.href != mode_.href_reverse) bits |= 1u << kHrefPin;
    if (place.vsync != mode_.vsync_negative) bits |= 1u << kVsync;
    if (place.href) bits |= byte_of(place);
    return bits;
  }
  std::uint8_t byte_of(const FramePlace& place) {
    return row_of(place.frame, place.row)[place.byte];
  }
  std::span<const std::uint8_t> row_of(std::uint64_t frame, std::uint64_t row) {
    const PixelMode& pixels = mode_.pixels;
    const bool grb422 =
        pixels.format == PixelFormat::kRgb565 && (registers_[kCom15] & kCom15Rgb565) == 0;
    // Drivers pass through this between two registers: it must have lasted for a frame.
    if (grb422 && frame > set_up_in_frame_ + 1) {
      notes_.unmodelled(name_, "COM15 GRB 4:2:2 output; RGB565 instead", kCom15, true,
                        registers_[kCom15]);
    }
    const TimePoint first = clock_.time_of(0);
    const TimePoint begin = clock_.time_of(frame * mode_.time.frame());
    return pixels_.row(frame, begin - first, row);
  }

  std::optional<TimePoint> next_edge(unsigned bit, TimePoint when) {
    const std::uint64_t tick = clock_.tick_at(when);
    std::optional<std::uint64_t> edge;
    if (bit == kVsync) {
      edge = next_vsync_edge(mode_.time, tick);
    } else if (bit == kHrefPin) {
      edge = next_href_edge(mode_.time, tick);
    } else {
      edge = search_edge(bit, tick);
    }
    if (!edge) return std::nullopt;
    return clock_.time_of(*edge);
  }
  // Of PCLK or data. Gives up after more than a row of bytes: who waits for data that do not change
  // looks again then.
  std::uint64_t search_edge(unsigned bit, std::uint64_t tick) {
    constexpr int kMostSteps = 4'096;
    FramePlace place = place_at(mode_.time, mode_.pclk_gated, tick);
    const unsigned level = output_of(place) >> bit & 1u;
    for (int step = 0; step < kMostSteps; ++step) {
      tick = place.until;
      place = place_at(mode_.time, mode_.pclk_gated, tick);
      if ((output_of(place) >> bit & 1u) != level) break;
    }
    return tick;
  }

  const std::string name_;
  Scheduler& scheduler_;
  RunNotes& notes_;
  PowerTracker& power_;
  const Model model_;
  Pixels pixels_;
  Sccb sccb_;
  Parallel parallel_;
  std::uint64_t xclk_hz_;
  std::array<std::unique_ptr<Signal>, kOutputs> signals_;
  std::array<PadPort*, kOutputs> pads_{};

  Registers registers_{};
  Mode mode_;
  FrameClock clock_;
  bool supplied_ = true;
  bool running_ = false;
  std::uint64_t set_up_in_frame_ = 0;  // the frame of the last change of registers

  unsigned output_ = 0;  // from known_from_ on, before known_until_
  TimePoint known_from_{};
  TimePoint known_until_{};
};

const DeviceType kType("ov767x",
                       [](DeviceContext& context) { return std::make_unique<Ov767x>(context); });

}  // namespace
}  // namespace tinyscope
