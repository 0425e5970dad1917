// SYSCFG of the STM32F4 and STM32F7: which port's pin reaches each EXTI line, memory remap,
// compensation cell. RM0090, RM0390, RM0385, chapter "System configuration controller (SYSCFG)".
//
// Not modelled, and reported when used: another memory than flash at address 0 (MEM_MODE of an F4)
// and swapped FMC banks (SWP_FMC), unless the board shows its SDRAM at 0x60000000 as well, as it
// then does all the time. Without effect here: fast-mode plus of I2C pins, ADCxDC2, MII_RMII_SEL.
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

constexpr Address kSwappedSdram = 0x6000'0000;  // RM0385, SWP_FMC = 01

enum class Family { kF4, kF7 };

class SyscfgF4 final : public WiredBlock {
 public:
  SyscfgF4(PeripheralContext& context, Family family)
      : WiredBlock(context), routing_(registers_, kExticr, context.events) {
    if (family == Family::kF7) {
      define_swap(registers_.add(kMemrmp, "MEMRMP"));
      registers_.add(kPmc, "PMC")
          .field(0, 8, "I2Cx_FMP, I2C_PBx_FMP")
          .field(16, 3, "ADCxDC2")
          .flag(23, "MII_RMII_SEL");
    } else {
      define_swap(registers_.add(kMemrmp, "MEMRMP").unimplemented(0, 3, "MEM_MODE"));
      registers_.add(kPmc, "PMC").field(16, 3, "ADCxDC2").flag(23, "MII_RMII_SEL");
      registers_.add(kCfgr, "CFGR").field(0, 2, "FMPI2C1_SCL, FMPI2C1_SDA");
    }
    // RM0385, SYSCFG_CMPCR.READY; that the cell is ready at once is a simplification.
    cmpcr_ = &registers_.add(kCmpcr, "CMPCR").flag(0, "CMP_PD").on_write([this](std::uint32_t) {
      cmpcr_->set((cmpcr_->value() & kCmpPd) != 0 ? kCmpPd | kReady : 0);
    });
  }

 private:
  void define_swap(RegisterFile::Register& memrmp) {
    memrmp.field(10, 2, "SWP_FMC").on_write([this](std::uint32_t value) {
      const std::uint32_t swap = value >> 10 & 3u;
      const bool shown = swap == 1 && bus_.memory_at(kSwappedSdram).memory != nullptr;
      if (swap != 0 && !shown) report_unmodelled("MEMRMP.SWP_FMC", kMemrmp, value);
    });
  }
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
