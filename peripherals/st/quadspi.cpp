// QUADSPI of the STM32F446, F7 and others. RM0385, chapter "Quad-SPI interface (QUADSPI)". What it
// does is in flash_controller.*; this is where its registers say it.
//
// Not modelled, and reported: two flashes side by side (DFM) and sending the instruction only once
// (SIOO). Without effect: SSHIFT, DHHC, CKMODE.
// Parameters: `clock` (default hclk), `reset` (the block's name in RCC), `mapped_base` and
// `mapped_bytes` (256 MiB).
#include "peripherals/st/flash_controller.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kDcr = 0x04;
constexpr Address kCcr = 0x14;
constexpr Address kAbr = 0x1C;

class Quadspi final : public FlashController {
 public:
  explicit Quadspi(PeripheralContext& context)
      : FlashController(context,
                        {.cr = 0x00,
                         .sr = 0x08,
                         .fcr = 0x0C,
                         .dlr = 0x10,
                         .ar = 0x18,
                         .dr = 0x20,
                         .psmkr = 0x24,
                         .psmar = 0x28,
                         .pir = 0x2C,
                         .lptr = 0x30},
                        "hclk") {
    cr().field(4, 1, "SSHIFT").unimplemented(6, 1, "DFM").field(24, 8, "PRESCALER");
    dcr_ = &registers_.add(kDcr, "DCR").flag(0, "CKMODE").field(8, 3, "CSHT").field(16, 5, "FSIZE");
    ccr_ = &registers_.add(kCcr, "CCR")
                .field(0, 23, "INSTRUCTION, IMODE, ADMODE, ADSIZE, ABMODE, ABSIZE, DCYC")
                .field(24, 4, "DMODE, FMODE")
                .unimplemented(28, 1, "SIOO")
                .field(30, 2, "DHHC, DDRM")
                .on_write([this](std::uint32_t) { command_written(); });
    abr_ = &registers_.add(kAbr, "ABR");
  }

 private:
  std::uint64_t prescaler() const override { return (cr().value() >> 24) + 1; }
  Mode mode() const override { return static_cast<Mode>(ccr_->value() >> 26 & 3u); }
  std::uint64_t device_bytes() const override {
    return std::uint64_t{2} << (dcr_->value() >> 16 & 0x1Fu);
  }
  unsigned cs_high_cycles() const override { return (dcr_->value() >> 8 & 7u) + 1; }

  Command command() const override {
    const std::uint32_t ccr = ccr_->value();
    const bool double_rate = (ccr >> 31) != 0;
    const auto phase = [ccr](unsigned mode_bit, unsigned bytes, bool twice) {
      const std::uint32_t mode = ccr >> mode_bit & 3u;  // none, one, two or four lines
      return Phase{mode == 0 ? 0 : 1u << (mode - 1), bytes, twice};
    };
    return {.instruction = phase(8, 1, false),
            .address = phase(10, (ccr >> 12 & 3u) + 1, double_rate),
            .alternate = phase(14, (ccr >> 16 & 3u) + 1, double_rate),
            .data = phase(24, 0, double_rate),
            .opcode = ccr & 0xFFu,
            .alternate_bytes = abr_->value(),
            .dummy_cycles = ccr >> 18 & 0x1Fu};
  }
  std::optional<Command> mapped_write_command() const override { return std::nullopt; }

  Register* dcr_ = nullptr;
  Register* ccr_ = nullptr;
  Register* abr_ = nullptr;
};

const PeripheralType kType("st.quadspi", [](PeripheralContext& context) {
  return std::make_unique<Quadspi>(context);
});

}  // namespace
}  // namespace tinyscope::st
