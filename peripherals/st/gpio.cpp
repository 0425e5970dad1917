// GPIO: one port of up to 16 pins. RM0432 (STM32L4+), chapter "General-purpose I/Os (GPIO)";
// RM0090, RM0390 and RM0385 (STM32F4, STM32F7), whose pins are inputs after reset and which have no
// BRR.
//
// Wires for pin n: "out<n>", the level the chip itself gives to the pin; "in<n>", the level that
// the outside drives, in effect from its first change on, or from when "driven<n>" is high. A pin
// that nobody drives follows its pull resistor, or reads 0. The chip wins against the outside.
// Lines: pad_lines.hpp. Ports "PA0", "PB14" and so on: the same pins for parts on the board
// (sim/pad.hpp).
//
// Which alternate function a pad has is told to the block that may use it (alternate_line). Not
// modelled: what peripherals do to the level of a pad in alternate function mode, which is reported
// when firmware reads the port; slew rates; ASCR. UARTs are ports of their blocks and do not depend
// on MODER and AFR.
// Parameters: `port` (0 = A … 10 = K), `pins` (default 16).
#include <array>
#include <memory>
#include <span>

#include "peripherals/common/board_pad.hpp"
#include "peripherals/st/pad_lines.hpp"
#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kModer = 0x00;
constexpr Address kOtyper = 0x04;
constexpr Address kOspeedr = 0x08;
constexpr Address kPupdr = 0x0C;
constexpr Address kIdr = 0x10;
constexpr Address kOdr = 0x14;
constexpr Address kBsrr = 0x18;
constexpr Address kLckr = 0x1C;
constexpr Address kAfrl = 0x20;
constexpr Address kAfrh = 0x24;
constexpr Address kBrr = 0x28;

constexpr std::uint32_t kInput = 0;  // MODER
constexpr std::uint32_t kOutput = 1;
constexpr std::uint32_t kAlternate = 2;
constexpr std::uint32_t kAnalog = 3;
constexpr std::uint32_t kPullUp = 1;  // PUPDR
constexpr std::uint32_t kLckk = 1u << 16;

struct ResetValues {
  std::uint32_t moder = 0, ospeedr = 0, pupdr = 0;
};
struct Variant {
  std::array<ResetValues, 2> a_and_b;
  ResetValues others;
  bool brr = true;
};
// PA13 to PA15, PB3 and PB4 are the debug port. RM0432, GPIOx_MODER, _OSPEEDR, _PUPDR, from memory:
// every other pin is analog.
constexpr Variant kL4{
    .a_and_b = {{{0xABFF'FFFF, 0x0C00'0000, 0x6400'0000}, {0xFFFF'FEBF, 0x0000'00C0, 0x0000'0100}}},
    .others = {0xFFFF'FFFF, 0, 0}};
// RM0455, from memory: as the L4+; CMSIS, GPIO_TypeDef: without BRR.
constexpr Variant kH7{.a_and_b = kL4.a_and_b, .others = kL4.others, .brr = false};
// RM0385, RM0090: every other pin is an input. SVD of F446 and F746: OSPEEDR of port A 0, which
// disagrees with the manuals, 0x0C000000.
constexpr Variant kF4{
    .a_and_b = {{{0xA800'0000, 0x0C00'0000, 0x6400'0000}, {0x0000'0280, 0x0000'00C0, 0x0000'0100}}},
    .others = {},
    .brr = false};

class Gpio final : public WiredBlock, public BoardPad::Owner {
 public:
  Gpio(PeripheralContext& context, const Variant& variant)
      : WiredBlock(context),
        port_(context.params.require_u32("port")),
        pins_(context.params.u32("pins").value_or(kPinsPerPort)),
        events_(context.events) {
    if (port_ >= kPorts) context.params.fail("port", fmt::format("expected 0 to {}", kPorts - 1));
    if (pins_ < 1 || pins_ > kPinsPerPort) context.params.fail("pins", "expected 1 to 16");
    for (unsigned i = 0; i < pins_; ++i) define_pin(context, i);
    define_registers(port_ < 2 ? variant.a_and_b[port_] : variant.others, variant.brr);
    context.events.line(block_reset_line(context.name)).connect([this](bool held) {
      if (held) reset(ResetKind::kSoftware);
    });
  }

  Port* port(std::string_view name) override {
    for (unsigned i = 0; i < pins_; ++i) {
      if (pin_[i].board->name() == name) return pin_[i].board.get();
    }
    return nullptr;
  }

 private:
  using Register = RegisterFile::Register;
  struct Pin {
    Wire* out = nullptr;
    Wire* in = nullptr;
    Wire* driven = nullptr;
    Wire* pad = nullptr;
    Wire* alternate = nullptr;  // high; null: the pad is not in alternate function mode
    std::unique_ptr<BoardPad> board;
    bool outside_seen = false;  // the outside has driven the pin at least once
  };
  // A register that LCKR freezes, pin by pin.
  struct Lockable {
    Register* storage = nullptr;
    unsigned bits_per_pin = 1;
    unsigned first_pin = 0;
    std::uint32_t kept = 0;  // its value before the write in progress
  };

  void define_pin(PeripheralContext& context, unsigned i) {
    Pin& pin = pin_[i];
    pin.out = &add_wire(fmt::format("out{}", i));
    pin.in = &add_wire(fmt::format("in{}", i));
    pin.driven = &add_wire(fmt::format("driven{}", i));
    pin.pad = &context.events.line(pad_line(port_, i));
    const std::string name = pad_name(port_, i);
    pin.board =
        std::make_unique<BoardPad>(*this, i, name, context.events.pad(name), context.scheduler,
                                   BoardPad::Wires{*pin.out, *pin.in, *pin.driven, *pin.pad});
    pin.in->connect([this, i](bool) {
      if (!pin_[i].driven->level()) pin_[i].outside_seen = true;
      resolve(i);
    });
    pin.driven->connect([this, i](bool) { resolve(i); });
  }

  void define_registers(const ResetValues& values, bool brr) {
    moder_ = add_lockable(0, kModer, "MODER", 2, values.moder);
    otyper_ = add_lockable(1, kOtyper, "OTYPER", 1, 0);
    add_lockable(2, kOspeedr, "OSPEEDR", 2, values.ospeedr);
    pupdr_ = add_lockable(3, kPupdr, "PUPDR", 2, values.pupdr);
    afr_ = {add_lockable(4, kAfrl, "AFRL", 4, 0), add_lockable(5, kAfrh, "AFRH", 4, 0, 8)};
    idr_ = &registers_.add(kIdr, "IDR").read_only().on_read([this] { return input(); });
    odr_ = &registers_.add(kOdr, "ODR").field(0, pins_, "OD").on_write([this](std::uint32_t) {
      resolve_all();
    });
    registers_.add(kBsrr, "BSRR").write_only().trigger().on_write([this](std::uint32_t bits) {
      drive(bits & 0xFFFF, bits >> 16);
    });
    if (brr) {
      registers_.add(kBrr, "BRR").write_only().trigger().on_write([this](std::uint32_t bits) {
        drive(0, bits & 0xFFFF);
      });
    }
    lckr_ = &registers_.add(kLckr, "LCKR")
                 .trigger()
                 .on_write([this](std::uint32_t bits) { write_lock(bits & (kLckk | all_pins())); })
                 .on_read([this] { return read_lock(); });
  }

  Register* add_lockable(std::size_t index, Address offset, std::string_view name,
                         unsigned bits_per_pin, std::uint32_t reset_value, unsigned first_pin = 0) {
    Register& added = registers_.add(offset, name);
    const unsigned pins = pins_ > first_pin ? std::min(pins_ - first_pin, 32 / bits_per_pin) : 0;
    const unsigned width = pins * bits_per_pin;
    if (width > 0) added.field(0, width, name);
    const std::uint32_t existing = width == 0 ? 0 : width == 32 ? 0xFFFF'FFFF : (1u << width) - 1;
    added.reset(reset_value & existing);
    if (width == 0) added.read_only();
    added.on_write([this, index](std::uint32_t) { configured(lockable_[index]); });
    lockable_[index] = {&added, bits_per_pin, first_pin, added.value()};
    return &added;
  }

  std::uint32_t all_pins() const { return (1u << pins_) - 1; }
  std::span<Pin> existing_pins() { return std::span(pin_).first(pins_); }

  void configured(Lockable& changed) {
    std::uint32_t frozen = 0;
    for (unsigned i = 0; i < 32 / changed.bits_per_pin && i + changed.first_pin < pins_; ++i) {
      if (!locked(i + changed.first_pin)) continue;
      frozen |= ((1u << changed.bits_per_pin) - 1) << i * changed.bits_per_pin;
    }
    changed.storage->set((changed.kept & frozen) | (changed.storage->value() & ~frozen));
    changed.kept = changed.storage->value();
    select_alternates();
    for (Pin& pin : existing_pins()) pin.board->watch();
    resolve_all();
  }

  // Tells the blocks which pads are theirs. The line is made when its function is first selected.
  void select_alternates() {
    for (unsigned i = 0; i < pins_; ++i) {
      const unsigned function = afr_[i / 8]->value() >> 4 * (i % 8) & 0xFu;
      Wire* const selected =
          mode(i) == kAlternate ? &events_.line(alternate_line(port_, i, function)) : nullptr;
      if (selected == pin_[i].alternate) continue;
      if (pin_[i].alternate != nullptr) pin_[i].alternate->set(false);
      if (selected != nullptr) selected->set(true);
      pin_[i].alternate = selected;
    }
  }

  // RM0432, GPIOx_LCKR: the key is LCKK 1, 0, 1 with the same pins, then a read.
  bool locked(unsigned i) const { return (lock_ & kLckk) != 0 && (lock_ >> i & 1u) != 0; }
  void write_lock(std::uint32_t bits) {
    if ((lock_ & kLckk) != 0) return;
    const std::uint32_t chosen = bits & ~kLckk;
    const bool key = (bits & kLckk) != 0;
    if (lock_step_ > 0 && (chosen != lock_ || key != (lock_step_ == 2))) lock_step_ = 0;
    if (lock_step_ > 0 || key) ++lock_step_;
    lock_ = chosen;
    if (lock_step_ == 3) {
      lock_ |= kLckk;
      lock_step_ = 0;
    }
    lckr_->set(lock_);
  }
  std::uint32_t read_lock() {
    lock_step_ = 0;  // a read within the key aborts it
    return lock_;
  }

  void drive(std::uint32_t set, std::uint32_t clear) {
    odr_->set(((odr_->value() & ~clear) | set) & all_pins());  // RM0432: BSx wins against BRx
    resolve_all();
  }

  std::uint32_t mode(unsigned i) const { return moder_->value() >> 2 * i & 3u; }

  void resolve_all() {
    for (unsigned i = 0; i < pins_; ++i) resolve(i);
  }

  // Firmware reads inputs when it likes, and EXTI hears of edges through SYSCFG.
  bool edges_matter(unsigned i) const override { return mode(i) == kInput; }

  void resolve(unsigned i) override {
    const Pin& pin = pin_[i];
    const bool wanted = (odr_->value() >> i & 1u) != 0;
    const bool open_drain = (otyper_->value() >> i & 1u) != 0;
    const bool driving = mode(i) == kOutput && !(open_drain && wanted);
    const bool own =
        driving ? wanted : mode(i) != kAnalog && (pupdr_->value() >> 2 * i & 3u) == kPullUp;
    const bool outside = pin.outside_seen || pin.driven->level();
    const bool level = !driving && outside ? pin.in->level() : own;
    const bool seen = level && mode(i) != kAnalog;
    idr_->set((idr_->value() & ~(1u << i)) | (seen ? 1u : 0u) << i);
    pin.out->set(own);
    pin.pad->set(seen);
  }

  std::uint32_t input() {
    for (Pin& pin : existing_pins()) pin.board->refresh();
    for (unsigned i = 0; i < pins_; ++i) {
      if (mode(i) != kAlternate || pin_[i].outside_seen || pin_[i].driven->level()) continue;
      notes_.unmodelled(name_, "IDR of pins in alternate function mode", kIdr, false,
                        idr_->value());
      break;
    }
    return idr_->value();
  }

  void reset_state(ResetKind) override {
    for (Lockable& lockable : lockable_) lockable.kept = lockable.storage->value();
    lock_ = lock_step_ = 0;
    select_alternates();
    resolve_all();
  }

  void snapshot_state(StateArchive& archive) override {
    archive(lock_, lock_step_);
    for (Lockable& lockable : lockable_) archive(lockable.kept);
    for (unsigned i = 0; i < pins_; ++i) {
      archive(pin_[i].outside_seen);
      pin_[i].pad->snapshot(archive);
      pin_[i].board->snapshot(archive);
    }
    if (archive.is_loading()) select_alternates();
  }

  const unsigned port_;
  const unsigned pins_;
  const EventPort events_;
  std::array<Pin, kPinsPerPort> pin_{};
  std::array<Lockable, 6> lockable_{};
  Register* moder_ = nullptr;
  std::array<Register*, 2> afr_{};
  Register* otyper_ = nullptr;
  Register* pupdr_ = nullptr;
  Register* idr_ = nullptr;
  Register* odr_ = nullptr;
  Register* lckr_ = nullptr;
  std::uint32_t lock_ = 0;
  std::uint32_t lock_step_ = 0;  // writes of the key so far
};

const PeripheralType kType("st.gpio", [](PeripheralContext& context) {
  return std::make_unique<Gpio>(context, kL4);
});
const PeripheralType kH7Type("st.gpio_h7", [](PeripheralContext& context) {
  return std::make_unique<Gpio>(context, kH7);
});
const PeripheralType kF4Type("st.gpio_f4", [](PeripheralContext& context) {
  return std::make_unique<Gpio>(context, kF4);
});

}  // namespace
}  // namespace tinyscope::st
