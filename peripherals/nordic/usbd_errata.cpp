// Registers at 0x4006E000 that Nordic does not describe. The driver of USBD opens them with 0x9375,
// changes a setting around ENABLE and closes them, to work around errata 171 and 187 ("USBD might
// not reach its active state", "USB cannot be enabled"): arduino/mbed-os,
// targets/TARGET_NORDIC/TARGET_NRF5x/TARGET_SDK_15_0/integration/nrfx/legacy/nrf_drv_usbd.c.
// USBD has no errata here, so they keep what is written and do nothing.
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kLock = 0xC00;
constexpr Address kErratum171 = 0xC14;
constexpr Address kErratum187 = 0xD14;
constexpr std::uint32_t kKey = 0x9375;

class UsbdErrata final : public NordicBlock {
 public:
  explicit UsbdErrata(PeripheralContext& context) : NordicBlock(context, Interrupts::kNone) {
    // Reads 0 while closed, as the driver expects; each key changes between the two.
    registers_.add(kLock, "undocumented: lock of errata 171 and 187")
        .trigger()
        .on_read([this] { return open_ ? 1u : 0u; })
        .on_write([this](std::uint32_t value) {
          if (value == kKey) open_ = !open_;
        });
    registers_.add(kErratum171, "undocumented: erratum 171");
    registers_.add(kErratum187, "undocumented: erratum 187");
  }

 private:
  void reset_state(ResetKind) override { open_ = false; }
  void snapshot_state(StateArchive& archive) override { archive(open_); }

  bool open_ = false;
};

// The same driver clears an event that does not exist, at USBD + 0xFFFF: a word across 0x40037000.
class StrayEvent final : public NordicBlock {
 public:
  explicit StrayEvent(PeripheralContext& context) : NordicBlock(context, Interrupts::kNone) {
    for (const Address offset : {0xFFCu, 0x1000u}) {
      registers_.add(offset, "undocumented: word at 0x40036FFF").trigger();
    }
  }

 private:
  void reset_state(ResetKind) override {}
  void snapshot_state(StateArchive&) override {}
};

const PeripheralType kType("nordic.usbd_errata", [](PeripheralContext& context) {
  return std::make_unique<UsbdErrata>(context);
});
const PeripheralType kStrayEvent("nordic.usbd_stray_event", [](PeripheralContext& context) {
  return std::make_unique<StrayEvent>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
