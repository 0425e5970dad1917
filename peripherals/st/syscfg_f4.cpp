// SYSCFG of the STM32F4 and STM32F7: which port's pin reaches each EXTI line, memory remap,
// compensation cell. RM0090, RM0390, RM0385, chapter "System configuration controller (SYSCFG)".
//
// Not modelled, and reported when used: another memory than flash at address 0 (MEM_MODE of an F4)
// and swapped FMC banks. Without effect here: fast-mode plus of I2C pins, ADCxDC2, MII_RMII_SEL.
#include "peripherals/st/exti_routing.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kMemrmp = 0x00;
constexpr Address kPmc = 0x04;
constexpr Address kExticr = 0x08;
constexpr Address kCmpcr = 0x20;
constexpr Address kCfgr = 0x2C;  // F446

constexpr std::uint32_t kCmpPd = 1u << 0;
constexpr std::uint32_t kReady = 1u << 8;

enum class Family { kF4, kF7 };

class SyscfgF4 final : public WiredBlock {
 public:
  SyscfgF4(PeripheralContext& context, Family family)
      : WiredBlock(context), routing_(registers_, kExticr, context.events) {
    if (family == Family::kF7) {
      registers_.add(kMemrmp, "MEMRMP").unimplemented(10, 2, "SWP_FMC");
      registers_.add(kPmc, "PMC")
          .field(0, 8, "I2Cx_FMP, I2C_PBx_FMP")
          .field(16, 3, "ADCxDC2")
          .flag(23, "MII_RMII_SEL");
    } else {
      registers_.add(kMemrmp, "MEMRMP")
          .unimplemented(0, 3, "MEM_MODE")
          .unimplemented(10, 2, "SWP_FMC");
      registers_.add(kPmc, "PMC").field(16, 3, "ADCxDC2").flag(23, "MII_RMII_SEL");
      registers_.add(kCfgr, "CFGR").field(0, 2, "FMPI2C1_SCL, FMPI2C1_SDA");
    }
    // RM0385, SYSCFG_CMPCR.READY; that the cell is ready at once is a simplification.
    cmpcr_ = &registers_.add(kCmpcr, "CMPCR").flag(0, "CMP_PD").on_write([this](std::uint32_t) {
      cmpcr_->set((cmpcr_->value() & kCmpPd) != 0 ? kCmpPd | kReady : 0);
    });
  }

 private:
  void reset_state(ResetKind) override { routing_.route_all(); }
  void snapshot_state(StateArchive& archive) override { routing_.snapshot(archive); }

  ExtiRouting routing_;
  RegisterFile::Register* cmpcr_ = nullptr;
};

const PeripheralType kF4Type("st.syscfg_f4", [](PeripheralContext& context) {
  return std::make_unique<SyscfgF4>(context, Family::kF4);
});
const PeripheralType kF7Type("st.syscfg_f7", [](PeripheralContext& context) {
  return std::make_unique<SyscfgF4>(context, Family::kF7);
});

}  // namespace
}  // namespace tinyscope::st
