#include "sim/cli/inspect/code_use.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>

#include "cores/decode/decoder.hpp"
#include "cores/decode/integer_op.hpp"

namespace tinyscope {
namespace {

// Peripheral (0x40000000 to 0x5FFFFFFF) and external device (from 0xA0000000) regions of the
// system address map: Arm DDI 0403E, B3.1. The core's own registers are left out.
constexpr bool in_peripherals(Address address) {
  return (address >= 0x40000000u && address < 0x60000000u) ||
         (address >= 0xA0000000u && address < 0xE0000000u);
}

class Sweep {
 public:
  Sweep(const FirmwareImage& image, const std::function<bool(Address)>& is_base,
        std::map<Address, CodeUse>& found)
      : image_(image), is_base_(is_base), found_(found) {}

  // `bytes` are code that runs at `start`.
  void run(Address start, std::span<const std::uint8_t> bytes) {
    forget();
    std::size_t at = 0;
    while (at + 2 <= bytes.size()) {
      const Address address = start + static_cast<Address>(at);
      if (literals_.contains(address & ~3u)) {
        at += 2;
        forget();
        continue;
      }
      const auto code = bytes.subspan(at, std::min<std::size_t>(4, bytes.size() - at));
      const Insn insn = decoder_.decode(code, address);
      follow(insn, code);
      at += insn.size;
    }
  }

 private:
  void forget() { known_ = 0; }
  bool knows(unsigned reg) const { return reg < 15 && (known_ >> reg & 1u) != 0; }

  void use(Address address, Address pc, bool accessed) {
    if (!in_peripherals(address)) return;
    CodeUse& known = found_[address];
    if (known.pc == 0 || (accessed && !known.accessed)) known = {pc, accessed};
  }

  std::optional<std::uint32_t> word_at(Address address) const {
    for (const ImageSegment& segment : image_.segments) {
      const Address offset = address - segment.address;
      if (address < segment.address || offset + 4 > segment.bytes.size()) continue;
      std::uint32_t word = 0;
      for (unsigned i = 0; i < 4; ++i) word |= std::uint32_t{segment.bytes[offset + i]} << 8 * i;
      return word;
    }
    return std::nullopt;
  }

  void follow(const Insn& insn, std::span<const std::uint8_t> code) {
    std::optional<std::uint32_t> result;  // of the destination
    if (insn.address_mode == AddressMode::kLiteral && insn.op == Op::kLoad) {
      const Address place = (insn.address & ~3u) + 4 + static_cast<Address>(insn.displacement);
      literals_.insert(place & ~3u);
      if (insn.access_bytes == 4) result = word_at(place);
    } else if ((insn.is_load() || insn.is_store()) && knows(insn.base) &&
               insn.op != Op::kTableBranch) {
      const bool post = insn.address_mode == AddressMode::kPostIndex;
      const Address offset = post ? 0 : static_cast<Address>(insn.displacement);
      if (insn.index == kNoRegister) {
        for (unsigned i = 0; i < std::max<unsigned>(insn.access_count, 1); ++i) {
          use(values_[insn.base] + offset + i * insn.access_bytes, insn.address, true);
        }
      }
    } else if (const auto op = decode_integer(code, insn); op && op->destination < 15) {
      const std::uint64_t needs = op->reads().bits();
      if ((needs & ~std::uint64_t{known_}) == 0) result = evaluate(*op, values_.data(), 0).value;
    }
    known_ &= ~static_cast<std::uint32_t>(insn.writes.bits() & 0xFFFF);
    if (result && insn.destination < 15) {
      values_[insn.destination] = *result;
      known_ |= 1u << insn.destination;
      if (in_peripherals(*result) && is_base_(*result)) use(*result, insn.address, false);
    }
    if (insn.is_call) known_ &= ~0x500Fu;  // AAPCS: R0 to R3, R12, LR
    const bool ends = insn.is_return || insn.op == Op::kUndefined ||
                      insn.op == Op::kBranchRegister || insn.op == Op::kTableBranch ||
                      (insn.op == Op::kBranch && !insn.is_conditional_branch());
    if (ends) forget();
  }

  const FirmwareImage& image_;
  const std::function<bool(Address)>& is_base_;
  std::map<Address, CodeUse>& found_;
  Decoder decoder_;
  std::set<Address> literals_;
  std::uint32_t known_ = 0;  // registers with a value in `values_`
  std::array<std::uint32_t, 16> values_{};
};

}  // namespace

std::map<Address, CodeUse> find_code_use(const FirmwareImage& image,
                                         const std::function<bool(Address)>& is_base) {
  std::map<Address, CodeUse> found;
  Sweep sweep(image, is_base, found);
  const bool knows_code =
      std::any_of(image.sections.begin(), image.sections.end(),
                  [](const SectionInfo& section) { return section.executable; });
  for (const ImageSegment& segment : image.segments) {
    const std::span<const std::uint8_t> bytes(segment.bytes);
    if (!knows_code) {
      sweep.run(segment.address, bytes);
      continue;
    }
    for (const SectionInfo& section : image.sections) {
      const Address offset = section.load_address - segment.address;
      if (!section.executable || !section.occupies_image ||
          section.load_address < segment.address || offset >= bytes.size()) {
        continue;
      }
      sweep.run(section.load_address,
                bytes.subspan(offset, std::min<std::size_t>(section.size, bytes.size() - offset)));
    }
  }
  return found;
}

}  // namespace tinyscope
