#include "sim/cli/loop_detector.hpp"

#include <fmt/format.h>

#include "cores/cortex_m/exception_numbers.hpp"

namespace tinyscope {

void LoopDetector::look() {
  CortexM& core = machine_.core();
  const Address pc = core.read_register(CoreRegister::kPc);
  constexpr std::uint32_t kBranchToItself = 0xE7FE;
  const BusReply code = machine_.bus().read(pc, AccessSize::kHalf, {}, true);
  if (!code.ok || code.value != kBranchToItself) return;
  on_spot(pc);
}

void LoopDetector::on_spot(Address address) {
  const unsigned number = machine_.core().exception_number();
  if (number >= exception::kHardFault && number <= exception::kUsageFault) {
    fault_loop_ = true;
    machine_.core().request_stop(
        {StopKind::kLockup, fmt::format("the fault handler loops at 0x{:08X}", address), 1});
  } else if (!machine_.scheduler().next()) {
    machine_.core().request_stop(
        {StopKind::kIdle,
         fmt::format("endless loop at 0x{:08X}, and nothing is scheduled", address), 0});
  }
}

}  // namespace tinyscope
