// SYSCFG: which port's pin reaches each EXTI line, erase of SRAM2, memory remap.
// RM0432 (STM32L4+), chapter "System configuration controller (SYSCFG)".
//
// SRAM2 is erased at the end of the time that the erase takes; accesses to it meanwhile are not
// held up. Not modelled, and reported when used: another memory than flash at address 0 and swapped
// flash banks (MEM_MODE, FB_MODE), the firewall, write protection and parity of SRAM2, breaks to
// timers (CFGR2). Without effect here: the voltage booster and fast-mode plus of I2C pins, and
// interrupts of the FPU.
// Parameters: `sram2` and `sram2_bytes`, where SRAM2 lies; `sram2_erase_ns`.
#include <array>
#include <vector>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/exti_routing.hpp"
#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kMemrmp = 0x00;
constexpr Address kCfgr1 = 0x04;
constexpr Address kExticr = 0x08;
constexpr Address kScsr = 0x18;
constexpr Address kCfgr2 = 0x1C;
constexpr Address kSwpr = 0x20;
constexpr Address kSkr = 0x24;
constexpr Address kSwpr2 = 0x28;

constexpr std::uint32_t kCfgr1Reset = 0x7C00'0001;  // SVD
constexpr std::uint32_t kSram2Er = 1u << 0;
constexpr std::uint32_t kSram2Bsy = 1u << 1;
constexpr std::array<std::uint32_t, 2> kKeys = {0xCA, 0x53};  // RM0432, SYSCFG_SKR

class Syscfg final : public WiredBlock {
 public:
  explicit Syscfg(PeripheralContext& context)
      : WiredBlock(context),
        sram2_(context.params.require_u32("sram2")),
        sram2_bytes_(context.params.require_u32("sram2_bytes")),
        erase_time_(Duration::from_ns(
            assumed_parameter(context, "sram2_erase_ns", 136'533,
                              "erase of SRAM2, ns (its words at one each 1/120 MHz)"))),
        routing_(registers_, kExticr, context.events),
        erased_(context.scheduler, [this] { erase(); }) {
    define_registers();
    context.events.line(block_reset_line(context.name)).connect([this](bool held) {
      if (held) reset(ResetKind::kSoftware);
    });
  }

 private:
  using Register = RegisterFile::Register;

  void define_registers() {
    registers_.add(kMemrmp, "MEMRMP")
        .unimplemented(0, 3, "MEM_MODE")
        .unimplemented(8, 1, "FB_MODE");
    cfgr1_ = &registers_.add(kCfgr1, "CFGR1")
                  .reset(kCfgr1Reset)
                  .flag(0, "FWDIS")
                  .flag(8, "BOOSTEN")
                  .field(16, 8, "I2C_FMP")
                  .field(26, 6, "FPU_IE")
                  .on_write([this](std::uint32_t) { check_firewall(); });
    scsr_ = &registers_.add(kScsr, "SCSR").trigger().on_write([this](std::uint32_t bits) {
      if ((bits & kSram2Er) != 0) start_erase();
    });
    registers_.add(kCfgr2, "CFGR2")
        .unimplemented(0, 1, "CLL")
        .unimplemented(1, 1, "SPL")
        .unimplemented(2, 1, "PVDL")
        .unimplemented(3, 1, "ECCL");
    registers_.add(kSwpr, "SWPR").unimplemented(0, 32, "PAGE");
    registers_.add(kSkr, "SKR").write_only().trigger().on_write([this](std::uint32_t key) {
      keys_ = keys_ < kKeys.size() && (key & 0xFF) == kKeys[keys_] ? keys_ + 1 : 0;
    });
    registers_.add(kSwpr2, "SWPR2").unimplemented(0, 32, "PAGE");
  }

  void check_firewall() {
    if ((cfgr1_->value() & 1u) == 0) {
      notes_.unmodelled(name_, "CFGR1.FWDIS = 0 (firewall)", kCfgr1, true, cfgr1_->value());
    }
  }

  // RM0432: SRAM2ER is protected until SKR has got both keys.
  void start_erase() {
    if (keys_ < kKeys.size() || erased_.scheduled()) return;
    scsr_->set(kSram2Er | kSram2Bsy);
    erased_.after(erase_time_);
  }
  void erase() {
    scsr_->set(0);
    if (!bus_.copy_in(sram2_, std::vector<std::uint8_t>(sram2_bytes_))) {
      notes_.unmodelled(name_, "erase of SRAM2 outside memory", kScsr, true, sram2_);
    }
  }

  void reset_state(ResetKind) override {
    keys_ = 0;
    erased_.cancel();
    routing_.route_all();
  }
  void snapshot_state(StateArchive& archive) override {
    archive(keys_);
    erased_.snapshot(archive);
    routing_.snapshot(archive);
  }

  const Address sram2_;
  const std::uint32_t sram2_bytes_;
  const Duration erase_time_;
  ExtiRouting routing_;
  Register* cfgr1_ = nullptr;
  Register* scsr_ = nullptr;
  std::size_t keys_ = 0;  // of kKeys, in order
  Event erased_;
};

const PeripheralType kType("st.syscfg_l4", [](PeripheralContext& context) {
  return std::make_unique<Syscfg>(context);
});

}  // namespace
}  // namespace tinyscope::st
