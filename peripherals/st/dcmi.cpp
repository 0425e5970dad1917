// DCMI, the digital camera interface. RM0385 (STM32F75x and F74x), chapter of that name; the same
// block is in the STM32F407, F446, L4+ and H7.
//
// The camera is the port "camera" (peripherals/common/parallel_camera.hpp): a word goes to the FIFO
// when its last byte has been clocked. Wires: "dma", high while the FIFO holds a word; "irq".
// A frame ends (FRAME) with the last row that is wanted, or with VSYNC.
//
// Not modelled, and reported: more than eight data lines, JPEG, byte and line selection (BSM, LSM).
// A camera whose sync levels are not those of VSPOL and HSPOL gives no frames, and a report; so do
// embedded codes other than those of ESCR. Parameter: `fifo_words` (4; STM32H7: 8).
#include <algorithm>
#include <array>
#include <vector>

#include "peripherals/common/parallel_camera.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCr = 0x00;
constexpr Address kSr = 0x04;
constexpr Address kRis = 0x08;
constexpr Address kIer = 0x0C;
constexpr Address kMis = 0x10;
constexpr Address kIcr = 0x14;
constexpr Address kEscr = 0x18;
constexpr Address kEsur = 0x1C;
constexpr Address kCwstrt = 0x20;
constexpr Address kCwsize = 0x24;
constexpr Address kDr = 0x28;

// CR.
constexpr std::uint32_t kCapture = 1u << 0;
constexpr std::uint32_t kCm = 1u << 1;  // snapshot
constexpr std::uint32_t kCrop = 1u << 2;
constexpr std::uint32_t kEss = 1u << 4;
constexpr std::uint32_t kHspol = 1u << 6;
constexpr std::uint32_t kVspol = 1u << 7;
constexpr std::uint32_t kEnable = 1u << 14;

// RIS, IER, MIS, ICR.
constexpr std::uint32_t kFrame = 1u << 0;
constexpr std::uint32_t kOvr = 1u << 1;
constexpr std::uint32_t kErr = 1u << 2;
constexpr std::uint32_t kVsync = 1u << 3;
constexpr std::uint32_t kLine = 1u << 4;

// SR.
constexpr std::uint32_t kSrHsync = 1u << 0;
constexpr std::uint32_t kSrVsync = 1u << 1;
constexpr std::uint32_t kSrFne = 1u << 2;

class Dcmi final : public WiredBlock, private ParallelCameraInput {
 public:
  explicit Dcmi(PeripheralContext& context)
      : WiredBlock(context),
        fifo_words_(context.params.u32("fifo_words").value_or(4)),
        event_(context.scheduler, [this] { on_event(); }) {
    if (fifo_words_ == 0 || fifo_words_ > 64) {
      context.params.fail("fifo_words", "expected 1 to 64");
    }
    cr_ = &registers_.add(kCr, "CR")
               .field(0, 3, "CAPTURE, CM, CROP")
               .unimplemented(3, 1, "JPEG")
               .field(4, 6, "ESS, PCKPOL, HSPOL, VSPOL, FCRC")
               .unimplemented(10, 2, "EDM")
               .flag(14, "ENABLE")
               .unimplemented(16, 5, "BSM, OEBS, LSM, OELS")
               .on_write([this](std::uint32_t) { control(); });
    registers_.add(kSr, "SR").read_only().on_read([this] { return status(); });
    registers_.add(kRis, "RIS").read_only().on_read([this] { return flags_; });
    ier_ = &registers_.add(kIer, "IER")
                .field(0, 5, "FRAME, OVR, ERR, VSYNC, LINE")
                .on_write([this](std::uint32_t) {
                  update_outputs();
                  schedule();
                });
    registers_.add(kMis, "MIS").read_only().on_read([this] { return flags_ & ier_->value(); });
    registers_.add(kIcr, "ICR").trigger().on_write([this](std::uint32_t bits) {
      flags_ &= ~bits;
      update_outputs();
    });
    escr_ = &registers_.add(kEscr, "ESCR");
    esur_ = &registers_.add(kEsur, "ESUR");
    cwstrt_ = &registers_.add(kCwstrt, "CWSTRT").field(0, 14, "HOFFCNT").field(16, 13, "VST");
    cwsize_ = &registers_.add(kCwsize, "CWSIZE").field(0, 14, "CAPCNT").field(16, 14, "VLINE");
    irq_ = &add_wire("irq");
    dma_ = &add_wire("dma");
  }

  std::uint32_t read(const BusAccess& access) override {
    if (access.offset - kDr >= 4) return WiredBlock::read(access);
    return access.debug ? 0 : pop() >> 8 * (access.offset - kDr);
  }
  Port* port(std::string_view name) override {
    return name == "camera" ? static_cast<ParallelCameraInput*>(this) : nullptr;
  }

 private:
  using Register = RegisterFile::Register;
  // What happens next.
  enum class Next : std::uint32_t { kNothing, kFrameBegin, kWord, kRowEnd };

  void connect(ParallelCamera& camera) override {
    camera_ = &camera;
    camera.on_change([this] { camera_changed(); });
  }

  bool enabled() const {
    return (cr_->value() & kEnable) != 0 && camera_ != nullptr && camera_->running();
  }

  void control() {
    const std::uint32_t cr = cr_->value();
    if ((cr & kEnable) == 0) fifo_.clear();
    if ((cr & (kEnable | kCapture)) != (kEnable | kCapture)) {
      // RM0385, CR.CAPTURE: a frame under way is captured to its end.
      if ((cr & kEnable) == 0) capturing_ = false;
      armed_ = false;
    } else if (!armed_ && !capturing_) {
      armed_ = true;
      frames_ = 0;
      if (camera_ == nullptr) {
        report_unmodelled("capture without a camera on the board", kCr, cr);
      }
    }
    if (!waiting_for_frame_ && !capturing_) begin_waiting();
    draw((cr & kEnable) != 0);
    update_outputs();
    schedule();
  }

  // Is the sync of the camera what CR and ESCR say?
  bool sync_matches() const {
    const std::uint32_t cr = cr_->value();
    if ((cr & kEss) != 0) {
      const auto codes = camera_->codes();
      if (!codes) return false;
      for (unsigned i = 0; i < 4; ++i) {
        const std::uint32_t mask = esur_->value() >> 8 * i & 0xFFu;
        if ((((escr_->value() >> 8 * i) ^ (*codes)[i]) & mask) != 0) return false;
      }
      return true;
    }
    const auto blanking = camera_->blanking();
    return ((cr & kVspol) != 0) == blanking.vsync_high &&
           ((cr & kHspol) != 0) == blanking.hsync_high;
  }
  void report_sync() {
    const bool embedded = (cr_->value() & kEss) != 0;
    report_unmodelled(embedded ? "embedded codes other than the camera's"
                               : "VSPOL or HSPOL other than the camera's levels",
                      kCr, cr_->value());
    if (embedded) raise(kErr);
  }

  void camera_changed() {
    capturing_ = false;
    begin_waiting();
    schedule();
  }

  // --- the course of a frame ---

  // From now on the next frame counts.
  void begin_waiting() {
    waiting_for_frame_ = enabled();
    if (!waiting_for_frame_) return;
    const std::uint64_t current = camera_->frame_at(now());
    frame_ = camera_->frame(current).begin >= now() ? current : current + 1;
  }

  void schedule() {
    event_.cancel();
    next_ = Next::kNothing;
    if (!enabled()) return;
    if (capturing_) {
      schedule_in_frame();
      return;
    }
    if (!waiting_for_frame_) begin_waiting();
    next_ = Next::kFrameBegin;
    event_.at(camera_->frame(frame_).begin);
  }

  struct Window {
    std::uint64_t first_row = 0, rows = 0, first_byte = 0, bytes = 0;
  };
  Window window() const {
    const auto frame = camera_->frame(frame_);
    if ((cr_->value() & kCrop) == 0) return {0, frame.rows, 0, frame.bytes_per_row};
    Window cropped{cwstrt_->value() >> 16, (cwsize_->value() >> 16) + 1u,
                   cwstrt_->value() & 0x3FFFu, (cwsize_->value() & 0x3FFFu) + 1u};
    const auto left = [](std::uint64_t all, std::uint64_t from) {
      return all > from ? all - from : 0;
    };
    cropped.rows = std::min(cropped.rows, left(frame.rows, cropped.first_row));
    cropped.bytes = std::min(cropped.bytes, left(frame.bytes_per_row, cropped.first_byte));
    return cropped;
  }

  // The next word of the window, or the end of a row. Words go on over the ends of rows.
  void schedule_in_frame() {
    const auto frame = camera_->frame(frame_);
    if (row_ >= frame.rows) {
      next_ = Next::kFrameBegin;
      event_.at(frame.end);
      return;
    }
    const Window wanted = window();
    const bool in_window = row_ >= wanted.first_row && row_ - wanted.first_row < wanted.rows;
    const std::uint64_t end = wanted.first_byte + wanted.bytes;
    if (in_window && wanted.bytes != 0 && byte_ < end) {
      const std::uint64_t begin = std::max(byte_, wanted.first_byte);
      const std::uint64_t last = std::min(begin + (4 - partial_bytes_), end) - 1;
      next_ = Next::kWord;
      event_.at(camera_->byte_time(frame_, row_, last));
    } else {
      next_ = Next::kRowEnd;
      event_.at(camera_->byte_time(frame_, row_, frame.bytes_per_row - 1));
    }
  }

  void on_event() {
    switch (next_) {
      case Next::kFrameBegin: frame_begins(); break;
      case Next::kWord: take_bytes(); break;
      case Next::kRowEnd:
        raise(kLine);
        ++row_;
        byte_ = 0;
        break;
      case Next::kNothing: break;
    }
    schedule();
  }

  void frame_begins() {
    if (capturing_) end_frame();
    frame_ = camera_->frame_at(now());
    raise(kVsync);
    const bool matches = sync_matches();
    if (armed_ && !matches) report_sync();
    if (armed_ && matches && wanted_rate()) {
      capturing_ = true;
      waiting_for_frame_ = false;
      row_ = byte_ = 0;
      partial_ = partial_bytes_ = 0;
      return;
    }
    ++frame_;  // whose begin is the next event
    waiting_for_frame_ = true;
  }

  // CR.FCRC: every frame, every second, every fourth.
  bool wanted_rate() {
    const std::uint32_t rate = cr_->value() >> 8 & 3u;
    const std::uint32_t step = (cr_->value() & kCm) != 0 || rate == 0 ? 1 : rate == 1 ? 2 : 4;
    return frames_++ % step == 0;
  }

  void take_bytes() {
    const Window wanted = window();
    const std::uint64_t end = wanted.first_byte + wanted.bytes;
    const auto bytes = camera_->row(frame_, row_);
    byte_ = std::max(byte_, wanted.first_byte);
    while (partial_bytes_ < 4 && byte_ < end) {
      partial_ |= std::uint32_t{bytes[byte_++]} << 8 * partial_bytes_++;
    }
    const bool last = byte_ >= end && row_ + 1 >= wanted.first_row + wanted.rows;
    if (partial_bytes_ == 4 || last) push();
    // A window is over with its last word, a whole frame with VSYNC.
    if (last && (cr_->value() & kCrop) != 0) end_frame();
  }

  void end_frame() {
    if (partial_bytes_ != 0) push();
    capturing_ = false;
    raise(kFrame);
    if ((cr_->value() & kCm) != 0) {
      cr_->set(cr_->value() & ~kCapture);
      armed_ = false;
    }
    begin_waiting();
  }

  // --- FIFO ---

  void push() {
    if (fifo_.size() >= fifo_words_) {
      raise(kOvr);
    } else {
      fifo_.push_back(partial_);
    }
    partial_ = partial_bytes_ = 0;
    update_outputs();
  }
  std::uint32_t pop() {
    if (fifo_.empty()) return 0;
    const std::uint32_t word = fifo_.front();
    fifo_.erase(fifo_.begin());
    // DMA serves the level anew for each word.
    dma_->set(false);
    update_outputs();
    return word;
  }

  std::uint32_t status() const {
    std::uint32_t value = fifo_.empty() ? 0 : kSrFne;
    if (!enabled()) return value | kSrHsync | kSrVsync;
    const std::uint64_t current = camera_->frame_at(now());
    const auto frame = camera_->frame(current);
    if (now() < frame.vsync_end) return value | kSrHsync | kSrVsync;
    // Between rows: HSYNC. The row is the last whose first byte has begun.
    const bool in_row = capturing_ && byte_ > 0;
    return value | (in_row ? 0 : kSrHsync);
  }

  void raise(std::uint32_t flag) {
    flags_ |= flag;
    update_outputs();
  }
  void update_outputs() {
    irq_->set((flags_ & ier_->value()) != 0);
    dma_->set(!fifo_.empty());
  }

  void reset_state(ResetKind) override {
    event_.cancel();
    fifo_.clear();
    next_ = Next::kNothing;
    armed_ = capturing_ = waiting_for_frame_ = false;
    flags_ = frames_ = partial_ = partial_bytes_ = 0;
    frame_ = row_ = byte_ = 0;
    draw(false);
    update_outputs();
  }
  void snapshot_state(StateArchive& archive) override {
    archive(fifo_, next_, armed_, capturing_, waiting_for_frame_, flags_, frames_, partial_,
            partial_bytes_, frame_, row_, byte_);
    event_.snapshot(archive);
  }

  const std::uint32_t fifo_words_;
  Event event_;
  ParallelCamera* camera_ = nullptr;
  Register* cr_ = nullptr;
  Register* ier_ = nullptr;
  Register* escr_ = nullptr;
  Register* esur_ = nullptr;
  Register* cwstrt_ = nullptr;
  Register* cwsize_ = nullptr;
  Wire* irq_ = nullptr;
  Wire* dma_ = nullptr;

  std::vector<std::uint32_t> fifo_;
  Next next_ = Next::kNothing;
  bool armed_ = false;              // CAPTURE, and its frame has not begun
  bool capturing_ = false;          // a frame is under way
  bool waiting_for_frame_ = false;  // frame_ is the one to come
  std::uint32_t flags_ = 0;         // RIS
  std::uint32_t frames_ = 0;        // since CAPTURE, for FCRC
  std::uint32_t partial_ = 0;       // a word that has not all its bytes
  std::uint32_t partial_bytes_ = 0;
  std::uint64_t frame_ = 0;
  std::uint64_t row_ = 0;
  std::uint64_t byte_ = 0;
};

const PeripheralType kType("st.dcmi", [](PeripheralContext& context) {
  return std::make_unique<Dcmi>(context);
});

}  // namespace
}  // namespace tinyscope::st
