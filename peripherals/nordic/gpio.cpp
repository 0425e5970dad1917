// GPIO: one port of up to 32 pads.
// nRF52840 PS, chapter "GPIO — General purpose input/output".
//
// The window starts at OUT - 4, which PS calls offset 0x500, because the ranges that PS gives for
// P0 and P1 overlap. Register offsets below are those of PS minus 0x500.
//
// Wires for pin n: "out<n>", the level the chip itself gives to the pin; "in<n>", the level that
// the outside drives, in effect from its first change on, or from when "driven<n>" is high. A pin
// that nobody drives follows its pull resistor, or reads 0. The chip wins against the outside.
// Ports "P0.04", "P1.13" and so on: the same pins for parts on the board (sim/pad.hpp).
// Parameters: `port` (0 or 1), `pins` (default 32).
#include <array>
#include <memory>

#include "peripherals/common/board_pad.hpp"
#include "peripherals/nordic/lines.hpp"
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kOut = 0x004;
constexpr Address kOutSet = 0x008;
constexpr Address kOutClr = 0x00C;
constexpr Address kIn = 0x010;
constexpr Address kDir = 0x014;
constexpr Address kDirSet = 0x018;
constexpr Address kDirClr = 0x01C;
constexpr Address kLatch = 0x020;
constexpr Address kDetectMode = 0x024;
constexpr Address kPinCnf = 0x200;

constexpr std::uint32_t kCnfReset = 2;  // input buffer disconnected
constexpr std::uint32_t kCnfDir = 1u << 0;
constexpr std::uint32_t kCnfInputDisconnected = 1u << 1;
constexpr std::uint32_t kPullUp = 3;
constexpr std::uint32_t kSenseHigh = 2;
constexpr std::uint32_t kSenseLow = 3;

constexpr std::uint32_t pull(std::uint32_t cnf) { return cnf >> 2 & 3u; }
constexpr std::uint32_t drive(std::uint32_t cnf) { return cnf >> 8 & 7u; }
constexpr std::uint32_t sense(std::uint32_t cnf) { return cnf >> 16 & 3u; }
// DRIVE: D0S1 and D0H1 do not drive 0, S0D1 and H0D1 do not drive 1.
constexpr bool drives(std::uint32_t cnf, bool level) {
  return level ? drive(cnf) < 6 : drive(cnf) < 4 || drive(cnf) >= 6;
}

class Gpio final : public NordicBlock, public BoardPad::Owner {
 public:
  explicit Gpio(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kNone), pins_(context.params.u32("pins").value_or(32)) {
    const std::uint32_t port = context.params.u32("port").value_or(0);
    if (port >= kPorts) context.params.fail("port", "expected 0 or 1");
    if (pins_ < 1 || pins_ > kPadsPerPort) context.params.fail("pins", "expected 1 to 32");
    detect_ = &context.events.line(detect_line(port));
    for (unsigned i = 0; i < pins_; ++i) define_pin(context, i, port * kPadsPerPort + i);
    define_registers();
  }

  Port* port(std::string_view name) override {
    for (unsigned i = 0; i < pins_; ++i) {
      if (pin_[i].pad->name() == name) return pin_[i].pad.get();
    }
    return nullptr;
  }

 private:
  struct Pin {
    Wire* out = nullptr;
    Wire* in = nullptr;
    Wire* driven = nullptr;
    Wire* level = nullptr;  // shared lines, see lines.hpp
    Wire* claimed = nullptr;
    Wire* output = nullptr;
    Wire* watched = nullptr;
    std::unique_ptr<BoardPad> pad;
    bool outside_seen = false;  // the outside has driven the pin at least once
    std::uint32_t cnf = kCnfReset;
  };

  void define_pin(PeripheralContext& context, unsigned i, unsigned pad) {
    Pin& pin = pin_[i];
    pin.out = &add_wire(fmt::format("out{}", i));
    pin.in = &add_wire(fmt::format("in{}", i));
    pin.driven = &add_wire(fmt::format("driven{}", i));
    pin.level = &context.events.line(pad_level_line(pad));
    pin.claimed = &context.events.line(pad_claimed_line(pad));
    pin.output = &context.events.line(pad_output_line(pad));
    pin.watched = &context.events.line(pad_watched_line(pad));
    const std::string name = pad_name(pad);
    pin.pad =
        std::make_unique<BoardPad>(*this, i, name, context.events.pad(name), context.scheduler,
                                   BoardPad::Wires{*pin.out, *pin.in, *pin.driven, *pin.level});
    pin.in->connect([this, i](bool) {
      if (!pin_[i].driven->level()) pin_[i].outside_seen = true;
      resolve(i);
    });
    pin.watched->connect([this, i](bool) { pin_[i].pad->watch(); });
    const auto changed = [this, i](bool) { resolve(i); };
    pin.driven->connect(changed);
    pin.claimed->connect(changed);
    pin.output->connect(changed);
  }

  void define_registers() {
    const std::uint32_t valid = pins_ == 32 ? 0xFFFF'FFFF : (1u << pins_) - 1;
    add_set_clear(kOut, "OUT", kOutSet, kOutClr, valid, out_, [this] { resolve_all(); });
    add_set_clear(kDir, "DIR", kDirSet, kDirClr, valid, dir_, [this] { dir_written(); });
    registers_.add(kIn, "IN").read_only().on_read([this] { return input(); });
    registers_.add(kLatch, "LATCH")
        .on_read([this] { return latch_; })
        .on_write([this](std::uint32_t value) {
          latch_ &= ~value;
          // PS, "Pin sense mechanism": bits that are still 1 after a clear make LDETECT rise again.
          if (detectmode_->value() != 0) detect_->set(false);
          update_detect();
        });
    detectmode_ = &registers_.add(kDetectMode, "DETECTMODE")
                       .flag(0, "DETECTMODE")
                       .on_write([this](std::uint32_t) { update_detect(); });
    registers_.array(
        kPinCnf, pins_, 4, "PIN_CNF", [this](RegisterFile::Register& added, unsigned i) {
          added.on_read([this, i] { return pin_[i].cnf; }).on_write([this, i](std::uint32_t value) {
            cnf_written(i, value);
          });
        });
  }

  // DIR and PIN_CNF[n].DIR are the same bits.
  void dir_written() {
    for (unsigned i = 0; i < pins_; ++i) {
      pin_[i].cnf = (pin_[i].cnf & ~kCnfDir) | (dir_ >> i & 1u);
    }
    resolve_all();
  }
  void cnf_written(unsigned i, std::uint32_t value) {
    constexpr std::uint32_t kValid = 0x0003'070F;
    pin_[i].cnf = value & kValid;
    dir_ = (dir_ & ~(1u << i)) | (value & kCnfDir) << i;
    pin_[i].pad->refresh();
    pin_[i].pad->watch();
    resolve(i);
  }

  void resolve_all() {
    for (unsigned i = 0; i < pins_; ++i) resolve(i);
  }

  void resolve(unsigned i) override {
    Pin& pin = pin_[i];
    const bool claimed = pin.claimed->level();
    const bool wanted = claimed ? claimed_output(i) : (out_ >> i & 1u) != 0;
    const bool driving = (claimed || (pin.cnf & kCnfDir) != 0) && drives(pin.cnf, wanted);
    const bool own = driving ? wanted : pull(pin.cnf) == kPullUp;
    const bool outside = pin.outside_seen || pin.driven->level();
    pin.out->set(own);
    pin.level->set(!driving && outside ? pin.in->level() : own);
    update_detect();
  }

  bool claimed_output(unsigned i) const {
    PadSignal* const signal = pin_[i].pad->node().output();
    return signal == nullptr ? pin_[i].output->level() : signal->level(now());
  }

  // Whether anybody hears of edges as they come: SENSE of the pin itself, or GPIOTE.
  bool edges_matter(unsigned i) const override {
    return sense(pin_[i].cnf) != 0 || pin_[i].watched->level();
  }

  std::uint32_t input() {
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < pins_; ++i) {
      pin_[i].pad->refresh();
      const bool connected = (pin_[i].cnf & kCnfInputDisconnected) == 0;
      if (connected && pin_[i].level->level()) bits |= 1u << i;
    }
    return bits;
  }

  // PS, "Pin sense mechanism": sensing needs the input buffer.
  std::uint32_t sensed() const {
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < pins_; ++i) {
      const std::uint32_t cnf = pin_[i].cnf;
      if ((cnf & kCnfInputDisconnected) != 0) continue;
      const bool level = pin_[i].level->level();
      if (sense(cnf) == (level ? kSenseHigh : kSenseLow)) bits |= 1u << i;
    }
    return bits;
  }

  void update_detect() {
    const std::uint32_t now_sensed = sensed();
    latch_ |= now_sensed;
    detect_->set((detectmode_->value() != 0 ? latch_ : now_sensed) != 0);
  }

  void reset_state(ResetKind) override {
    out_ = dir_ = latch_ = 0;
    for (Pin& pin : pin_) pin.cnf = kCnfReset;
    resolve_all();
  }

  void snapshot_state(StateArchive& archive) override {
    archive(out_, dir_, latch_);
    detect_->snapshot(archive);
    for (unsigned i = 0; i < pins_; ++i) {
      archive(pin_[i].outside_seen, pin_[i].cnf);
      pin_[i].pad->snapshot(archive);
      pin_[i].level->snapshot(archive);
    }
  }

  const unsigned pins_;
  std::array<Pin, kPadsPerPort> pin_{};
  Wire* detect_ = nullptr;
  RegisterFile::Register* detectmode_ = nullptr;
  std::uint32_t out_ = 0;
  std::uint32_t dir_ = 0;
  std::uint32_t latch_ = 0;
};

const PeripheralType kType("nordic.gpio", [](PeripheralContext& context) {
  return std::make_unique<Gpio>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
