// OCTOSPI of the STM32L4+ and H7A3, in regular-command protocol. RM0432, chapter "Octo-SPI
// interface (OCTOSPI)"; the H7A3's registers by its CMSIS header. What it does is in
// flash_controller.*; this is where its registers say it. OCTOSPIM, the I/O manager, keeps its
// settings: which pins a part is on is the business of the board.
//
// Not modelled, and reported: HyperBus (MTYP 4 and 5), two parts side by side (DQM), sending the
// instruction only once (SIOO), wrapped reads, delayed refresh and splits of DCR3 and DCR4. Without
// effect: SSHIFT, DHQC, DQSE, CKMODE, FRCK, DLYBYP.
// Parameters: `clock` (default octospi_ker), `reset`, `mapped_base`, `mapped_bytes` (256 MiB).
#include <fmt/format.h>

#include "peripherals/st/flash_controller.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kDcr1 = 0x08;
constexpr Address kDcr2 = 0x0C;
constexpr Address kDcr3 = 0x10;
constexpr Address kDcr4 = 0x14;
constexpr Address kCcr = 0x100;
constexpr Address kTcr = 0x108;
constexpr Address kIr = 0x110;
constexpr Address kAbr = 0x120;
constexpr Address kWrapped = 0x140;    // WPCCR, WPTCR, WPIR, WPABR, as for reads
constexpr Address kForWrites = 0x180;  // WCCR, WTCR, WIR, WABR
constexpr Address kHlcr = 0x200;

class Octospi final : public FlashController {
 public:
  explicit Octospi(PeripheralContext& context)
      : FlashController(context,
                        {.cr = 0x00,
                         .sr = 0x20,
                         .fcr = 0x24,
                         .dlr = 0x40,
                         .ar = 0x48,
                         .dr = 0x50,
                         .psmkr = 0x80,
                         .psmar = 0x88,
                         .pir = 0x90,
                         .lptr = 0x130},
                        "octospi_ker") {
    cr().unimplemented(6, 1, "DQM").field(28, 2, "FMODE");
    dcr1_ = &registers_.add(kDcr1, "DCR1")
                 .field(0, 4, "CKMODE, FRCK, DLYBYP")
                 .field(8, 6, "CSHT")
                 .field(16, 5, "DEVSIZE")
                 .field(24, 3, "MTYP")
                 .on_write([this](std::uint32_t value) {
                   if ((value >> 26 & 1u) != 0) report_unmodelled("MTYP: HyperBus", kDcr1, value);
                 });
    dcr2_ =
        &registers_.add(kDcr2, "DCR2").field(0, 8, "PRESCALER").unimplemented(16, 3, "WRAPSIZE");
    registers_.add(kDcr3, "DCR3").unimplemented(0, 8, "MAXTRAN").unimplemented(16, 5, "CSBOUND");
    registers_.add(kDcr4, "DCR4").unimplemented(0, 32, "REFRESH");
    reads_ = define("", kCcr);
    reads_.ir->on_write([this](std::uint32_t) { command_written(); });
    reads_.ccr->on_write([this](std::uint32_t) {
      // Without an instruction IR is never written.
      if ((reads_.ccr->value() & 7u) == 0) command_written();
    });
    writes_ = define("W", kForWrites);
    for (unsigned i = 0; i < 3; ++i) {
      registers_.add(kWrapped + (i == 2 ? 0x10 : 8 * i), fmt::format("WP[{}]", i)).unimplemented();
    }
    registers_.add(kWrapped + 0x20, "WPABR").unimplemented();
    registers_.add(kHlcr, "HLCR").unimplemented();
  }

 private:
  // One set of the registers that describe a command.
  struct Description {
    Register* ccr = nullptr;
    Register* tcr = nullptr;
    Register* ir = nullptr;
    Register* abr = nullptr;
  };

  Description define(std::string_view prefix, Address base) {
    const auto add = [&](Address offset, std::string_view name) -> Register& {
      return registers_.add(base + offset, fmt::format("{}{}", prefix, name));
    };
    return {.ccr = &add(0, "CCR")
                        .field(0, 6, "IMODE, IDTR, ISIZE")
                        .field(8, 6, "ADMODE, ADDTR, ADSIZE")
                        .field(16, 6, "ABMODE, ABDTR, ABSIZE")
                        .field(24, 6, "DMODE, DDTR, DQSE")
                        .unimplemented(31, 1, "SIOO"),
            .tcr = &add(kTcr - kCcr, "TCR").field(0, 5, "DCYC").field(28, 3, "DHQC, SSHIFT"),
            .ir = &add(kIr - kCcr, "IR"),
            .abr = &add(kAbr - kCcr, "ABR")};
  }

  std::uint64_t prescaler() const override { return (dcr2_->value() & 0xFFu) + 1; }
  Mode mode() const override { return static_cast<Mode>(cr().value() >> 28 & 3u); }
  std::uint64_t device_bytes() const override {
    return std::uint64_t{2} << (dcr1_->value() >> 16 & 0x1Fu);
  }
  unsigned cs_high_cycles() const override { return (dcr1_->value() >> 8 & 0x3Fu) + 1; }

  static Command described(const Description& by) {
    const std::uint32_t ccr = by.ccr->value();
    const auto phase = [ccr](unsigned low, bool sized) {
      const std::uint32_t mode = ccr >> low & 7u;  // none, one, two, four, eight lines
      return Phase{mode == 0 || mode > 4 ? 0 : 1u << (mode - 1),
                   sized ? (ccr >> (low + 4) & 3u) + 1 : 0, (ccr >> (low + 3) & 1u) != 0};
    };
    return {.instruction = phase(0, true),
            .address = phase(8, true),
            .alternate = phase(16, true),
            .data = phase(24, false),
            .opcode = by.ir->value(),
            .alternate_bytes = by.abr->value(),
            .dummy_cycles = by.tcr->value() & 0x1Fu};
  }
  Command command() const override { return described(reads_); }
  std::optional<Command> mapped_write_command() const override {
    if (writes_.ccr->value() == 0) return std::nullopt;
    return described(writes_);
  }

  Register* dcr1_ = nullptr;
  Register* dcr2_ = nullptr;
  Description reads_;
  Description writes_;
};

class Octospim final : public WiredBlock {
 public:
  explicit Octospim(PeripheralContext& context) : WiredBlock(context) {
    registers_.add(0x00, "CR");
    registers_.add(0x04, "P1CR").reset(0x0301'0111);  // SVD
    registers_.add(0x08, "P2CR").reset(0x0705'0333);
  }

 private:
  void reset_state(ResetKind) override {}
  void snapshot_state(StateArchive&) override {}
};

const PeripheralType kType("st.octospi", [](PeripheralContext& context) {
  return std::make_unique<Octospi>(context);
});
const PeripheralType kManagerType("st.octospim", [](PeripheralContext& context) {
  return std::make_unique<Octospim>(context);
});

}  // namespace
}  // namespace tinyscope::st
