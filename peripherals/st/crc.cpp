// CRC: checksums with a programmable polynomial. RM0432 (STM32L4+), chapter "Cyclic redundancy
// check calculation unit (CRC)". That of the STM32F4 (RM0090, RM0390) has the polynomial of
// Ethernet and takes words only.
//
// The result is there at once. On the chip the unit takes 4, 2 or 1 AHB cycles for a word, a
// half-word or a byte, and holds up a second write or a read for that long; that is left out.
// A write narrower than the unit of REV_IN is reversed as a whole.
#include <array>

#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kDr = 0x00;
constexpr Address kIdr = 0x04;
constexpr Address kCr = 0x08;
constexpr Address kInit = 0x10;
constexpr Address kPol = 0x14;

constexpr std::uint32_t kInitial = 0xFFFF'FFFF;
constexpr std::uint32_t kEthernet = 0x04C1'1DB7;

constexpr std::uint32_t kReset = 1u << 0;
constexpr std::uint32_t kRevOut = 1u << 7;
constexpr std::array<unsigned, 4> kPolynomialBits = {32, 16, 8, 7};  // CR.POLYSIZE
constexpr std::array<unsigned, 4> kReversedBits = {1, 8, 16, 32};    // CR.REV_IN

constexpr std::uint32_t reverse(std::uint32_t value, unsigned width) {
  std::uint32_t result = 0;
  for (unsigned i = 0; i < width; ++i) result |= (value >> i & 1u) << (width - 1 - i);
  return result;
}

class Crc final : public WiredBlock {
 public:
  enum class Polynomial { kFixed, kProgrammable };
  Crc(PeripheralContext& context, Polynomial polynomial) : WiredBlock(context) {
    dr_ = &registers_.add(kDr, "DR").reset(0xFFFF'FFFF);
    registers_.add(kIdr, "IDR");
    cr_ = &registers_.add(kCr, "CR").flag(0, "RESET").on_write([this](std::uint32_t value) {
      configure(value);
    });
    if (polynomial == Polynomial::kProgrammable) {
      cr_->field(3, 2, "POLYSIZE").field(5, 2, "REV_IN").flag(7, "REV_OUT");
      // RM0432: writing INIT initialises DR too.
      init_ = &registers_.add(kInit, "INIT").reset(kInitial).on_write([this](std::uint32_t) {
        restart();
      });
      pol_ = &registers_.add(kPol, "POL").reset(kEthernet);
    }
    context.events.line(block_reset_line(context.name)).connect([this](bool held) {
      if (held) reset(ResetKind::kSoftware);
    });
  }

  // The width of a store to DR decides how many bits are fed.
  void write(const BusAccess& access, std::uint32_t value) override {
    if (access.offset < kDr + 4 && !access.debug) {
      feed(value & mask(access.size), 8 * bytes(access.size));
    } else {
      registers_.write(access, value);
    }
  }

 private:
  unsigned width() const { return kPolynomialBits[cr_->value() >> 3 & 3u]; }
  std::uint32_t initial() const { return init_ == nullptr ? kInitial : init_->value(); }
  std::uint32_t polynomial() const { return pol_ == nullptr ? kEthernet : pol_->value(); }
  std::uint32_t valid() const { return 0xFFFF'FFFFu >> (32 - width()); }

  void configure(std::uint32_t value) {
    cr_->set(cr_->value() & ~kReset);
    if ((value & kReset) != 0) {
      restart();
    } else {
      publish();
    }
  }
  void restart() {
    crc_ = initial();
    publish();
  }
  void publish() {
    const std::uint32_t result = crc_ & valid();
    dr_->set((cr_->value() & kRevOut) != 0 ? reverse(result, width()) : result);
  }

  void feed(std::uint32_t data, unsigned data_bits) {
    const unsigned unit = std::min(kReversedBits[cr_->value() >> 5 & 3u], data_bits);
    std::uint32_t ordered = 0;
    for (unsigned low = 0; low < data_bits; low += unit) {
      ordered |= reverse(data >> low, unit) << low;
    }
    for (unsigned i = data_bits; i-- > 0;) {
      const bool feedback = ((crc_ >> (width() - 1) ^ ordered >> i) & 1u) != 0;
      crc_ = (crc_ << 1 ^ (feedback ? polynomial() : 0)) & valid();
    }
    publish();
  }

  void reset_state(ResetKind) override { crc_ = initial(); }
  void snapshot_state(StateArchive& archive) override { archive(crc_); }

  RegisterFile::Register* dr_ = nullptr;
  RegisterFile::Register* cr_ = nullptr;
  RegisterFile::Register* init_ = nullptr;  // null: fixed
  RegisterFile::Register* pol_ = nullptr;
  std::uint32_t crc_ = 0;
};

const PeripheralType kType("st.crc", [](PeripheralContext& context) {
  return std::make_unique<Crc>(context, Crc::Polynomial::kProgrammable);
});
const PeripheralType kF4Type("st.crc_f4", [](PeripheralContext& context) {
  return std::make_unique<Crc>(context, Crc::Polynomial::kFixed);
});

}  // namespace
}  // namespace tinyscope::st
