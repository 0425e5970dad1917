// TAMP of the STM32H7A3: backup registers. RM0455, chapter "Tamper and backup registers (TAMP)";
// registers as in CMSIS stm32h7a3xxq.h, TAMP_TypeDef.
//
// It belongs to the backup domain: resets but that of power-on and VSWRST leave it alone, and it is
// written while PWR_CR1.DBP is set. Not modelled, and reported when used: tamper detection.
#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCr1 = 0x00;
constexpr Address kCr2 = 0x04;
constexpr Address kFltcr = 0x0C;
constexpr Address kAtcr1 = 0x10;
constexpr Address kIer = 0x2C;
constexpr Address kSr = 0x30;
constexpr Address kMisr = 0x34;
constexpr Address kScr = 0x3C;
constexpr Address kBkp0r = 0x100;
constexpr unsigned kBackupRegisters = 32;
constexpr std::uint32_t kCr1Reset = 0xFFFF'0000;  // internal tampers: RM0455, from memory

class Tamp final : public WiredBlock {
 public:
  explicit Tamp(PeripheralContext& context)
      : WiredBlock(context), backup_writable_(context.events.line(kBackupWritableLine)) {
    registers_.add(kCr1, "CR1")
        .reset(kCr1Reset)
        .unimplemented(0, 8, "TAMPxE")
        .field(16, 16, "ITAMPxE");
    registers_.add(kCr2, "CR2").unimplemented(0, 32, "TAMPxNOER, TAMPxMSK, TAMPxTRG");
    registers_.add(kFltcr, "FLTCR").field(0, 8, "TAMPFREQ … TAMPPUDIS");
    registers_.add(kAtcr1, "ATCR1").unimplemented(0, 32, "active tampers");
    registers_.add(kIer, "IER").unimplemented(0, 32, "TAMPxIE");
    registers_.add(kSr, "SR").read_only();
    registers_.add(kMisr, "MISR").read_only();
    registers_.add(kScr, "SCR").write_only().trigger();
    registers_.array(kBkp0r, kBackupRegisters, 4, "BKPR", [](RegisterFile::Register&, unsigned) {});
    context.events.line(kBackupResetLine).connect([this](bool held) {
      if (held) registers_.reset();
    });
  }

  void write(const BusAccess& access, std::uint32_t value) override {
    if (access.debug || backup_writable_.level()) WiredBlock::write(access, value);
  }
  void reset(ResetKind kind) override {
    if (kind == ResetKind::kPowerOn) registers_.reset();
  }

 private:
  void reset_state(ResetKind) override {}
  void snapshot_state(StateArchive&) override {}

  Wire& backup_writable_;
};

const PeripheralType kType("st.tamp", [](PeripheralContext& context) {
  return std::make_unique<Tamp>(context);
});

}  // namespace
}  // namespace tinyscope::st
