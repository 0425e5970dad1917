// SYSCFG of the STM32H7A3: which port's pin reaches each EXTI line, compensation cell. RM0455,
// chapter "System configuration controller (SYSCFG)"; bits as in CMSIS stm32h7a3xxq.h.
//
// Not modelled, and reported when used: what locks timers on errors (CFGR), analog switches of pads
// (PMCR.PxySO). Without effect here: fast-mode plus of I2C pins, values of the compensation cell.
#include "peripherals/st/exti_routing.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kPmcr = 0x04;
constexpr Address kExticr = 0x08;
constexpr Address kCfgr = 0x18;
constexpr Address kCccsr = 0x20;
constexpr Address kCcvr = 0x24;
constexpr Address kCccr = 0x28;

constexpr std::uint32_t kPmcrReset = 0xFu << 24;  // RM0455, from memory
constexpr std::uint32_t kEn = 1u << 0;
constexpr std::uint32_t kReady = 1u << 8;

class SyscfgH7 final : public WiredBlock {
 public:
  explicit SyscfgH7(PeripheralContext& context)
      : WiredBlock(context), routing_(registers_, kExticr, context.events) {
    registers_.add(kPmcr, "PMCR")
        .reset(kPmcrReset)
        .field(0, 8, "I2Cx_FMP, I2C_PBx_FMP")
        .field(24, 4, "PA0SO … PC3SO");
    registers_.add(kCfgr, "CFGR")
        .unimplemented(2, 2, "PVDL, FLASHL")
        .unimplemented(6, 1, "CM7L")
        .unimplemented(13, 2, "DTCML, ITCML");
    // That the cell is ready at once is a simplification.
    cccsr_ = &registers_.add(kCccsr, "CCCSR")
                  .flag(0, "EN")
                  .flag(1, "CS")
                  .flag(3, "CS_MMC")
                  .field(16, 4, "HSLV0 … HSLV3")
                  .on_write([this](std::uint32_t) {
                    const std::uint32_t value = cccsr_->value() & ~kReady;
                    cccsr_->set(value | ((value & kEn) != 0 ? kReady : 0));
                  });
    registers_.add(kCcvr, "CCVR").read_only();
    registers_.add(kCccr, "CCCR").field(0, 16, "NCC, PCC, NCC_MMC, PCC_MMC");
  }

 private:
  void reset_state(ResetKind) override { routing_.route_all(); }
  void snapshot_state(StateArchive& archive) override { routing_.snapshot(archive); }

  ExtiRouting routing_;
  RegisterFile::Register* cccsr_ = nullptr;
};

const PeripheralType kType("st.syscfg_h7", [](PeripheralContext& context) {
  return std::make_unique<SyscfgH7>(context);
});

}  // namespace
}  // namespace tinyscope::st
