// A camera on a parallel bus whose picture is set up by the board's description rather than by
// firmware, device type "parallel_camera": for sensors whose registers are not modelled (OV9655,
// OV5640). Port "parallel": the bus. Port "i2c": registers of 8 bits at `i2c_address` that keep
// what is written; `id_register` reads `id`, by which drivers know the part. With `scale_register`
// they divide the frame by powers of two, as an OV9655's register 0x72 does: its bits 1:0 the
// width, 5:4 the height. Nothing else that firmware writes has an effect.
//
// The scene is the stimulus, as for ov767x. Parameters: `width`, `height` (pixels, default 320 x
// 240), `format` ("rgb565", "yuv422" as Y U Y V, or "grey8"), `byte_order` of RGB565 ("high_first",
// "low_first"), `frame_hz` (15), `vsync_high`, `hsync_high` (levels while there are no data; true
// and false), `codes` (embedded synchronization codes, FEC LEC LSC FSC from the top byte down;
// default: lines only), `fps` and `loop` of the pictures in a folder.
//
// A line has a quarter of its time without data, a frame 16 lines, three of them VSYNC: estimate.
#include "peripherals/common/parallel_camera.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "peripherals/sensors/i2c_registers.hpp"
#include "peripherals/stimulus/frame_source.hpp"
#include "sim/fed_part.hpp"
#include "sim/registry.hpp"

namespace tinyscope {
namespace {

constexpr std::uint64_t kVsyncLines = 3;
constexpr std::uint64_t kFirstLine = 8;
constexpr std::uint64_t kBlankLines = 16;

class BoardCamera final : public Device, public FedPart {
 public:
  explicit BoardCamera(DeviceContext& context)
      : name_(context.name),
        scheduler_(context.scheduler),
        bus_(*this),
        registers_(*this, context) {
    TomlTable& params = context.params;
    full_width_ = size(params, "width", 320);
    full_height_ = size(params, "height", 240);
    const std::string format = params.string("format").value_or("rgb565");
    if (format != "rgb565" && format != "yuv422" && format != "grey8") {
      params.fail("format", "expected \"rgb565\", \"yuv422\" or \"grey8\"");
    }
    if (format == "yuv422" && full_width_ % 2 != 0) params.fail("width", "expected an even number");
    format_ = format == "rgb565"   ? Format::kRgb565
              : format == "yuv422" ? Format::kYuv422
                                   : Format::kGrey8;
    const std::string order = params.string("byte_order").value_or("high_first");
    if (order != "high_first" && order != "low_first") {
      params.fail("byte_order", "expected \"high_first\" or \"low_first\"");
    }
    low_first_ = order == "low_first";
    blanking_ = {params.boolean("vsync_high").value_or(true),
                 params.boolean("hsync_high").value_or(false)};
    if (const auto codes = params.u32("codes")) {
      codes_.emplace();
      for (unsigned i = 0; i < 4; ++i) (*codes_)[i] = static_cast<std::uint8_t>(*codes >> 8 * i);
    }
    const double frame_hz = params.number("frame_hz").value_or(15);
    if (!(frame_hz > 0 && frame_hz <= 1000)) {
      params.fail("frame_hz", "expected more than 0 and at most 1000 frames a second");
    }
    frame_hz_ = frame_hz;
    set_size();
    context.notes.assume(
        {name_ + ".timing",
         fmt::format("{} x {} pixels {} times a second, a quarter of each line and "
                     "{} lines of a frame without data; what firmware writes to the "
                     "camera's registers changes its size at most",
                     full_width_, full_height_, frame_hz, kBlankLines),
         "the board's description; blanking: estimate"});
    read_pictures(context);
  }

  void set_fed(const Stimulus& stimulus) override {
    pictures_->set_fed(stimulus);
    shown_.reset();
  }
  void reset(ResetKind) override {}
  Port* port(std::string_view name) override {
    if (name == "parallel") return &bus_;
    return name == "i2c" ? &registers_ : nullptr;
  }
  void snapshot(StateArchive& archive) override {
    registers_.snapshot(archive);
    ClockDomain clock = clock_;
    clock.snapshot(archive);
    if (archive.is_loading()) set_size();
    clock_ = clock;
  }

 private:
  enum class Format { kRgb565, kYuv422, kGrey8 };

  class Bus final : public ParallelCamera {
   public:
    explicit Bus(BoardCamera& camera) : camera_(camera) {}
    using ParallelCamera::tell_change;
    bool running() const override { return true; }
    Blanking blanking() const override { return camera_.blanking_; }
    std::optional<std::array<std::uint8_t, 4>> codes() const override { return camera_.codes_; }
    std::uint64_t frame_at(TimePoint when) const override {
      return camera_.clock_.tick_at(when) / camera_.frame_ticks();
    }
    Frame frame(std::uint64_t number) const override {
      const std::uint64_t begin = number * camera_.frame_ticks();
      const auto at = [&](std::uint64_t tick) { return camera_.clock_.time_of(tick); };
      return {at(begin), at(begin + 2 * kVsyncLines * camera_.line_),
              at(begin + camera_.frame_ticks()), camera_.height_, camera_.bytes_per_row_};
    }
    TimePoint byte_time(std::uint64_t number, std::uint64_t row,
                        std::uint64_t byte) const override {
      return camera_.clock_.time_of(number * camera_.frame_ticks() +
                                    2 * ((kFirstLine + row) * camera_.line_ + byte) + 1);
    }
    std::span<const std::uint8_t> row(std::uint64_t number, std::uint64_t row) override {
      return camera_.bytes_of(number, static_cast<unsigned>(row));
    }

   private:
    BoardCamera& camera_;
  };

  class Registers final : public I2cRegisters {
   public:
    Registers(BoardCamera& camera, DeviceContext& context)
        : I2cRegisters({address(context)}),
          camera_(camera),
          scale_register_(context.params.u32("scale_register")),
          id_register_(byte(context, "id_register")),
          id_(byte(context, "id")) {
      set_increments(false);
    }
    void snapshot(StateArchive& archive) {
      I2cRegisters::snapshot(archive);
      archive(values_);
    }
    std::uint8_t scale() const { return scale_register_ ? values_[*scale_register_ & 0xFFu] : 0; }

   private:
    static std::uint8_t byte(DeviceContext& context, std::string_view key) {
      const std::uint32_t value = context.params.u32(key).value_or(0);
      if (value > 0xFF) context.params.fail(key, "expected a byte");
      return static_cast<std::uint8_t>(value);
    }
    static std::uint8_t address(DeviceContext& context) {
      const std::uint32_t value = context.params.u32("i2c_address").value_or(0x30);
      if (value > 0x7F) context.params.fail("i2c_address", "expected an address of 7 bits");
      return static_cast<std::uint8_t>(value);
    }
    std::uint8_t read_register(std::uint8_t reg) override {
      return reg == id_register_ && id_ != 0 ? id_ : values_[reg];
    }
    bool write_register(std::uint8_t reg, std::uint8_t value) override {
      const bool other_size = reg == scale_register_ && value != values_[reg];
      values_[reg] = value;
      if (other_size) camera_.begin_frames();
      return true;
    }

    BoardCamera& camera_;
    const std::optional<std::uint32_t> scale_register_;
    const std::uint8_t id_register_;
    const std::uint8_t id_;
    std::array<std::uint8_t, 256> values_{};
  };

  static unsigned size(TomlTable& params, std::string_view key, unsigned fallback) {
    const std::uint32_t value = params.u32(key).value_or(fallback);
    if (value == 0 || value > 4096) params.fail(key, "expected 1 to 4096 pixels");
    return value;
  }
  void read_pictures(DeviceContext& context) {
    FrameSource::Options options;
    options.width = full_width_;
    options.height = full_height_;
    options.fps = context.params.number("fps");
    if (options.fps && !(*options.fps > 0 && *options.fps <= 1000)) {
      context.params.fail("fps", "expected more than 0 and at most 1000 pictures a second");
    }
    options.loop = context.params.boolean("loop").value_or(true);
    pictures_.emplace(context.name, context.stimulus.only_file(), options, context.notes);
  }

  // The size that the registers ask for, and a clock by which a frame of it takes 1 / frame_hz.
  void set_size() {
    const std::uint8_t scale = registers_.scale();
    width_ = std::max(1u, full_width_ >> (scale & 3u));
    height_ = std::max(1u, full_height_ >> (scale >> 4 & 3u));
    shown_.reset();
    bytes_per_row_ = std::uint64_t{width_} * (format_ == Format::kGrey8 ? 1 : 2);
    line_ = bytes_per_row_ + bytes_per_row_ / 4;
    lines_ = height_ + kBlankLines;
    // Two ticks for each PCLK, since bytes are valid in its middle.
    const double hz = static_cast<double>(frame_ticks()) * frame_hz_;
    clock_ = ClockDomain(std::max<std::uint64_t>(1, static_cast<std::uint64_t>(hz + 0.5)),
                         scheduler_.now());
  }
  void begin_frames() {
    set_size();
    bus_.tell_change();
  }

  const Picture& scene(std::uint64_t frame) {
    const TimePoint begin = clock_.time_of(frame * frame_ticks());
    const std::size_t index = pictures_->index(frame, begin - clock_.time_of(0));
    if (shown_ != index) {
      scene_ = fit(pictures_->picture(index), width_, height_);
      shown_ = index;
    }
    return scene_;
  }

  std::uint64_t frame_ticks() const { return 2 * line_ * lines_; }

  std::span<const std::uint8_t> bytes_of(std::uint64_t frame, unsigned row) {
    bytes_.assign(bytes_per_row_, 0);
    if (pictures_->empty()) {  // the lens is covered
      if (format_ == Format::kYuv422) {
        for (std::size_t i = 1; i < bytes_.size(); i += 2) bytes_[i] = 0x80;
      }
      return bytes_;
    }
    const Picture& picture = scene(frame);
    for (unsigned x = 0; x < width_; ++x) put(picture, x, row);
    return bytes_;
  }

  // ITU-R BT.601, full range, in 1/256: as peripherals/sensors/ov767x_pixels.hpp.
  static int luminance(const std::uint8_t* rgb) {
    return (77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2] + 128) / 256;
  }
  static std::uint8_t chroma(int difference, int factor) {
    return static_cast<std::uint8_t>(std::clamp(128 + (difference * factor) / 256, 0, 255));
  }

  void put(const Picture& picture, unsigned x, unsigned y) {
    const std::uint8_t* const rgb = picture.pixel(x, y);
    switch (format_) {
      case Format::kGrey8: bytes_[x] = static_cast<std::uint8_t>(luminance(rgb)); return;
      case Format::kRgb565: {
        const unsigned raw = (rgb[0] >> 3u) << 11 | (rgb[1] >> 2u) << 5 | rgb[2] >> 3u;
        bytes_[2 * x + (low_first_ ? 1 : 0)] = static_cast<std::uint8_t>(raw >> 8);
        bytes_[2 * x + (low_first_ ? 0 : 1)] = static_cast<std::uint8_t>(raw);
        return;
      }
      case Format::kYuv422:
        bytes_[2 * x] = static_cast<std::uint8_t>(luminance(rgb));
        // Blue's difference beside even pixels, red's beside odd ones.
        bytes_[2 * x + 1] = x % 2 == 0 ? chroma(rgb[2] - luminance(rgb), 144)
                                       : chroma(rgb[0] - luminance(rgb), 183);
        return;
    }
  }

  const std::string name_;
  Scheduler& scheduler_;
  Bus bus_;
  Registers registers_;
  unsigned full_width_ = 0;
  unsigned full_height_ = 0;
  double frame_hz_ = 0;
  unsigned width_ = 0;  // as the registers scale it
  unsigned height_ = 0;
  Format format_ = Format::kRgb565;
  bool low_first_ = false;
  ParallelCamera::Blanking blanking_;
  std::optional<std::array<std::uint8_t, 4>> codes_;
  std::uint64_t bytes_per_row_ = 0;
  std::uint64_t line_ = 0;   // PCLKs
  std::uint64_t lines_ = 0;  // of a frame
  ClockDomain clock_{1};
  std::optional<FrameSource> pictures_;
  Picture scene_;                     // scaled
  std::optional<std::size_t> shown_;  // which picture that is
  std::vector<std::uint8_t> bytes_;
};

const DeviceType kType("parallel_camera", [](DeviceContext& context) {
  return std::make_unique<BoardCamera>(context);
});

}  // namespace
}  // namespace tinyscope
