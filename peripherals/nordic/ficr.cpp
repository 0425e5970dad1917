// FICR: factory information, read-only. nRF52840 PS, chapter "FICR — Factory information
// configuration registers". Whatever is not listed reads as erased flash, all ones.
//
// Identity (DEVICEID, DEVICEADDR, ER, IR) follows from the seed of the run. Parameters: `variant`
// (default "AAD0"), `revision` (word at 0x134, default 2).
#include <map>
#include <string>

#include "peripherals/common/random.hpp"
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kCodePageSize = 0x010;
constexpr Address kCodeSize = 0x014;
constexpr Address kDeviceId = 0x060;
constexpr Address kEr = 0x080;
constexpr Address kIr = 0x090;
constexpr Address kDeviceAddrType = 0x0A0;
constexpr Address kDeviceAddr = 0x0A4;
constexpr Address kInfo = 0x100;  // PART, VARIANT, PACKAGE, RAM, FLASH
constexpr Address kPartForErrata = 0x130;
constexpr Address kRevisionForErrata = 0x134;
constexpr Address kTemp = 0x404;

class Ficr final : public Peripheral {
 public:
  explicit Ficr(PeripheralContext& context) : random_(context.seed, context.name) {
    const std::string variant = context.params.string("variant").value_or("AAD0");
    if (variant.size() != 4) context.params.fail("variant", "expected four characters");
    std::uint32_t variant_code = 0;
    for (const char c : variant) {
      variant_code = variant_code << 8 | static_cast<unsigned char>(c);
    }
    put(kCodePageSize, {4096});
    put(kCodeSize, {256});
    put(kDeviceId, {random_.next(), random_.next()});
    put(kEr, {random_.next(), random_.next(), random_.next(), random_.next()});
    put(kIr, {random_.next(), random_.next(), random_.next(), random_.next()});
    put(kDeviceAddrType, {0xFFFF'FFFF});  // bit 0: random address
    put(kDeviceAddr, {random_.next(), random_.next()});
    put(kInfo, {0x52840, variant_code, 0x2004 /* QI: aQFN73 */, 256, 1024});
    // Start-up code compares these two to find out which errata apply (real firmware reads 8).
    put(kPartForErrata, {8});
    put(kRevisionForErrata, {static_cast<std::uint32_t>(assumed_parameter(
                                context, "revision", 2, "silicon revision word at FICR + 0x134"))});
    // A0…A5, B0…B5, T0…T4: the reset values of the TEMP registers they are copied to (SVD).
    put(kTemp, {0x326, 0x348, 0x3AA, 0x40E, 0x4BD, 0x5A3, 0x3FEF, 0x3FBE, 0x3FBE, 0x012, 0x124,
                0x27C, 0x0E2, 0x000, 0x019, 0x03C, 0x050});
  }

  std::uint32_t read(const BusAccess& access) override {
    const auto found = words_.find(access.offset & ~3u);
    const std::uint32_t word = found == words_.end() ? 0xFFFF'FFFF : found->second;
    return word >> 8 * (access.offset % 4);
  }
  void write(const BusAccess&, std::uint32_t) override {}
  void reset(ResetKind) override {}
  Wire* wire(std::string_view) override { return nullptr; }
  void snapshot(StateArchive&) override {}  // nothing here ever changes

 private:
  void put(Address offset, std::initializer_list<std::uint32_t> words) {
    for (const std::uint32_t word : words) {
      words_[offset] = word;
      offset += 4;
    }
  }
  Random random_;
  std::map<Address, std::uint32_t> words_;
};

const PeripheralType kType("nordic.ficr", [](PeripheralContext& context) {
  return std::make_unique<Ficr>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
