// What the factory wrote into a chip: unique identity, size of the flash, package, calibration of
// the analog blocks. RM0432 (STM32L4+), RM0090, RM0390 and RM0385 (STM32F4, STM32F7), chapter
// "Device electronic signature"; data sheets for the calibration values. Offsets are from the
// package register on the L4+ (0x1FFF7500), from the lock bytes of the OTP area on the F4
// (0x1FFF7A00), from the identity on the F7 (0x1FF0F420) and H7A3 (0x08FFF800).
//
// The identity follows from the seed of the run. Calibration values are what the typical figures of
// the data sheet give. Parameters: `flash_kbytes` (required), `package`, `vrefint_cal`, `ts_cal1`,
// `ts_cal2`.
#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/common/random.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

// L4+
constexpr Address kPackage = 0x00;
constexpr Address kUid = 0x90;
constexpr Address kTsCal1VrefintCal = 0xA8;  // 0x1FFF75A8 and 0x1FFF75AA
constexpr Address kTsCal2 = 0xC8;            // 0x1FFF75CA is its upper half
constexpr Address kFlashSize = 0xE0;
// F4 and F7: the F4 has 16 bytes in front, which lock its OTP area.
constexpr Address kUidOfF4 = 0x10;
constexpr Address kUidOfF7 = 0x00;
constexpr Address kFlashSizeOfF4 = 0x20;   // 0x1FFF7A22, 0x1FF0F442: its upper half
constexpr Address kVrefintCalOfF4 = 0x28;  // 0x1FFF7A2A, 0x1FF0F44A: its upper half
constexpr Address kTsCalOfF4 = 0x2C;       // TS_CAL1, and TS_CAL2 in its upper half
// H7A3: HAL of the STM32H7, stm32h7xx_ll_adc.h, and CMSIS stm32h7a3xxq.h
constexpr Address kUidOfH7 = 0x00;
constexpr Address kFlashSizeOfH7 = 0x0C;  // and the package in its upper half
constexpr Address kVrefintCalOfH7 = 0x10;
constexpr Address kTsCal1OfH7 = 0x14;
constexpr Address kTsCal2OfH7 = 0x18;

enum class Family { kL4, kF4, kF7, kH7 };

class DeviceSignature final : public WiredBlock {
 public:
  DeviceSignature(PeripheralContext& context, Family family) : WiredBlock(context) {
    constexpr auto kSource = "data sheet, typical values, from memory: estimate";
    const auto parameter = [&](std::string_view key, std::uint64_t fallback,
                               std::string_view meaning, std::string_view source) {
      return static_cast<std::uint32_t>(assumed_parameter(context, key, fallback, meaning, source) &
                                        0xFFFF);
    };
    const std::uint32_t flash_kbytes = context.params.require_u32("flash_kbytes");
    if (family == Family::kF4 || family == Family::kF7) {
      define_identity(context, family == Family::kF4 ? kUidOfF4 : kUidOfF7);
      registers_.add(kFlashSizeOfF4, "FLASH_SIZE").reset(flash_kbytes << 16).read_only();
      // 12 bits at 3.3 V: 1.21 V of VREFINT; 0.76 V at 25 °C and 2.5 mV/K, at 30 and 110 °C.
      registers_.add(kVrefintCalOfF4, "VREFINT_CAL")
          .reset(parameter("vrefint_cal", 1501, "VREFINT_CAL", kSource) << 16)
          .read_only();
      registers_.add(kTsCalOfF4, "TS_CAL1, TS_CAL2")
          .reset(parameter("ts_cal1", 959, "TS_CAL1", kSource) |
                 parameter("ts_cal2", 1207, "TS_CAL2", kSource) << 16)
          .read_only();
      return;
    }
    if (family == Family::kH7) {
      define_identity(context, kUidOfH7);
      registers_.add(kFlashSizeOfH7, "FLASH_SIZE, PKG")
          .reset((flash_kbytes & 0xFFFF) | parameter("package", 0, "package register", "estimate")
                                               << 16)
          .read_only();
      // 16 bits at 3.3 V: 1.216 V of VREFINT; 0.62 V at 30 °C and 2 mV/K, at 130 °C.
      registers_.add(kVrefintCalOfH7, "VREFINT_CAL")
          .reset(parameter("vrefint_cal", 24'148, "VREFINT_CAL", kSource))
          .read_only();
      registers_.add(kTsCal1OfH7, "TS_CAL1")
          .reset(parameter("ts_cal1", 12'313, "TS_CAL1", kSource))
          .read_only();
      registers_.add(kTsCal2OfH7, "TS_CAL2")
          .reset(parameter("ts_cal2", 16'284, "TS_CAL2", kSource))
          .read_only();
      return;
    }
    registers_.add(kPackage, "PKG")
        .reset(parameter("package", 0x12, "package register", "estimate"))
        .read_only();
    define_identity(context, kUid);
    // 12 bits at 3.0 V: 1.212 V of VREFINT; 0.76 V at 30 °C and 2.5 mV/K, at 130 °C.
    registers_.add(kTsCal1VrefintCal, "TS_CAL1, VREFINT_CAL")
        .reset(parameter("ts_cal1", 1037, "TS_CAL1", kSource) |
               parameter("vrefint_cal", 1654, "VREFINT_CAL", kSource) << 16)
        .read_only();
    registers_.add(kTsCal2, "TS_CAL2")
        .reset(parameter("ts_cal2", 1379, "TS_CAL2", kSource) << 16)
        .read_only();
    registers_.add(kFlashSize, "FLASH_SIZE").reset(flash_kbytes & 0xFFFF).read_only();
  }

 private:
  // RM0432: coordinates on the wafer, wafer number, and lot number in ASCII.
  void define_identity(PeripheralContext& context, Address uid) {
    Random random(context.seed, context.name);
    const auto below = [&](std::uint32_t limit) { return random.next() % limit; };
    const auto letters = [&](unsigned count) {
      std::uint32_t text = 0;
      for (unsigned i = 0; i < count; ++i) text |= ('0' + below(10)) << 8 * i;
      return text;
    };
    registers_.add(uid, "UID[31:0]").reset(below(64) | below(64) << 16).read_only();
    registers_.add(uid + 4, "UID[63:32]").reset((1 + below(25)) | letters(3) << 8).read_only();
    registers_.add(uid + 8, "UID[95:64]").reset(letters(4)).read_only();
  }

  void reset_state(ResetKind) override {}
  void snapshot_state(StateArchive&) override {}
};

const PeripheralType kType("st.device_signature", [](PeripheralContext& context) {
  return std::make_unique<DeviceSignature>(context, Family::kL4);
});
const PeripheralType kH7Type("st.device_signature_h7", [](PeripheralContext& context) {
  return std::make_unique<DeviceSignature>(context, Family::kH7);
});
const PeripheralType kF7Type("st.device_signature_f7", [](PeripheralContext& context) {
  return std::make_unique<DeviceSignature>(context, Family::kF7);
});
const PeripheralType kF4Type("st.device_signature_f4", [](PeripheralContext& context) {
  return std::make_unique<DeviceSignature>(context, Family::kF4);
});

}  // namespace
}  // namespace tinyscope::st
