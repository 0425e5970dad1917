// DBGMCU: device identity, and what a debugger keeps running. RM0432 (STM32L4+), chapter "Debug
// support (DBG)"; RM0090, RM0390 and RM0385 (STM32F4, STM32F7), with two freeze registers;
// STM32H7A3 by CMSIS stm32h7a3xxq.h.
//
// The freeze bits act while a debugger has stopped the core; there is none, so they are kept and
// change nothing. Not modelled, and reported when set: clocks that stay on in low-power modes
// (DBG_SLEEP, DBG_STOP, DBG_STANDBY) and trace pins.
// Parameters: `dev_id` (required), `rev_id`.
#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kIdcode = 0x00;
constexpr Address kCr = 0x04;
constexpr Address kApb1Fzr1 = 0x08;
constexpr Address kApb1Fzr2 = 0x0C;
constexpr Address kApb2Fzr = 0x10;
constexpr Address kApb1Fz = 0x08;  // F4, F7
constexpr Address kApb2Fz = 0x0C;
constexpr Address kApb3Fz1 = 0x34;  // H7
constexpr Address kApb1LFz1 = 0x3C;
constexpr Address kApb1HFz1 = 0x44;
constexpr Address kApb2Fz1 = 0x4C;
constexpr Address kApb4Fz1 = 0x54;

class Dbgmcu final : public WiredBlock {
 public:
  enum class Family { kL4, kF4, kH7 };
  Dbgmcu(PeripheralContext& context, Family family) : WiredBlock(context) {
    const std::uint32_t device = context.params.require_u32("dev_id");
    const auto revision = static_cast<std::uint32_t>(
        assumed_parameter(context, "rev_id", 0x100F, "silicon revision in DBGMCU_IDCODE"));
    if (device > 0xFFF) context.params.fail("dev_id", "expected 12 bits");
    if (revision > 0xFFFF) context.params.fail("rev_id", "expected 16 bits");
    registers_.add(kIdcode, "IDCODE").reset(revision << 16 | device).read_only();
    Register& cr = registers_.add(kCr, "CR")
                       .unimplemented(0, 1, "DBG_SLEEP")
                       .unimplemented(1, 1, "DBG_STOP")
                       .unimplemented(2, 1, "DBG_STANDBY");
    if (family == Family::kH7) {
      cr.unimplemented(7, 2, "DBG_STOPSRD, DBG_STANDBYSRD")
          .field(20, 3, "TRACECKEN, CKCDEN, CKSRDEN")
          .unimplemented(28, 1, "TRGOEN");
      registers_.add(kApb3Fz1, "APB3FZ1");
      registers_.add(kApb1LFz1, "APB1LFZ1");
      registers_.add(kApb1HFz1, "APB1HFZ1");
      registers_.add(kApb2Fz1, "APB2FZ1");
      registers_.add(kApb4Fz1, "APB4FZ1");
      return;
    }
    cr.unimplemented(5, 1, "TRACE_IOEN").unimplemented(6, 2, "TRACE_MODE");
    if (family == Family::kF4) {
      registers_.add(kApb1Fz, "APB1FZ");
      registers_.add(kApb2Fz, "APB2FZ");
      return;
    }
    registers_.add(kApb1Fzr1, "APB1FZR1");
    registers_.add(kApb1Fzr2, "APB1FZR2");
    registers_.add(kApb2Fzr, "APB2FZR");
  }

 private:
  using Register = RegisterFile::Register;
  // RM0432: these registers are reset at power-on only.
  void reset(ResetKind kind) override {
    if (kind == ResetKind::kPowerOn) registers_.reset();
  }
  void reset_state(ResetKind) override {}
  void snapshot_state(StateArchive&) override {}
};

const PeripheralType kL4Type("st.dbgmcu_l4", [](PeripheralContext& context) {
  return std::make_unique<Dbgmcu>(context, Dbgmcu::Family::kL4);
});
const PeripheralType kH7Type("st.dbgmcu_h7", [](PeripheralContext& context) {
  return std::make_unique<Dbgmcu>(context, Dbgmcu::Family::kH7);
});
const PeripheralType kF4Type("st.dbgmcu_f4", [](PeripheralContext& context) {
  return std::make_unique<Dbgmcu>(context, Dbgmcu::Family::kF4);
});

}  // namespace
}  // namespace tinyscope::st
