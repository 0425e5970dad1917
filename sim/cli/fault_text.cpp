// Bits and their meaning: Armv7-M architecture (Arm DDI 0403E), B3.2.15 and B3.2.16; the frame on
// the stack: B1.5.6.
#include "sim/cli/fault_text.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>

#include "cores/cortex_m/exception_numbers.hpp"
#include "cores/cortex_m/system_registers.hpp"
#include "sim/image/source_frames.hpp"

namespace tinyscope {
namespace {

struct Bit {
  std::uint32_t mask;
  std::string_view name;
  std::string_view text;
};

constexpr std::array kCfsrBits{
    Bit{cfsr::kIaccviol, "IACCVIOL", "the MPU forbids to execute there"},
    Bit{cfsr::kDaccviol, "DACCVIOL", "the MPU forbids this load or store"},
    Bit{cfsr::kMunstkerr, "MUNSTKERR", "the MPU forbids to unstack at exception return"},
    Bit{cfsr::kMstkerr, "MSTKERR", "the MPU forbids to stack at exception entry"},
    Bit{cfsr::kMlsperr, "MLSPERR", "the MPU forbids to store the FP context"},
    Bit{cfsr::kIbuserr, "IBUSERR", "an instruction was fetched from where nothing answers"},
    Bit{cfsr::kPreciserr, "PRECISERR", "a load or store went where nothing answers"},
    Bit{cfsr::kImpreciserr, "IMPRECISERR",
        "a buffered store went where nothing answers; the store is before this instruction"},
    Bit{cfsr::kUnstkerr, "UNSTKERR", "bus error while unstacking at exception return"},
    Bit{cfsr::kStkerr, "STKERR", "bus error while stacking at exception entry: stack overflow?"},
    Bit{cfsr::kLsperr, "LSPERR", "bus error while storing the FP context"},
    Bit{cfsr::kUndefinstr, "UNDEFINSTR", "undefined instruction"},
    Bit{cfsr::kInvstate, "INVSTATE", "branch to an address without the Thumb bit"},
    Bit{cfsr::kInvpc, "INVPC", "exception return with a wrong EXC_RETURN or stack"},
    Bit{cfsr::kNocp, "NOCP", "a coprocessor that is absent or off: is the FPU enabled in CPACR?"},
    Bit{cfsr::kUnaligned, "UNALIGNED", "an unaligned access that is not allowed"},
    Bit{cfsr::kDivbyzero, "DIVBYZERO", "division by zero"},
};
constexpr std::array kHfsrBits{
    Bit{hfsr::kVecttbl, "VECTTBL", "the vector of an exception cannot be read"},
    Bit{hfsr::kDebugevt, "DEBUGEVT", "a breakpoint instruction, and no debugger"},
};

std::string_view name_of(unsigned exception) {
  switch (exception) {
    case 0: return "lockup";
    case exception::kHardFault: return "HardFault";
    case exception::kMemManage: return "MemManage";
    case exception::kBusFault: return "BusFault";
    case exception::kUsageFault: return "UsageFault";
    case exception::kDebugMonitor: return "DebugMonitor";
    default: return "fault";
  }
}

// "follow() at tests.c:19, inlined into main() at tests.c:30"; empty: not known.
std::string place(const FirmwareImage& image, Address address) {
  std::string text;
  for (const SourceFrame& frame : source_frames(image, address & ~1u)) {
    if (frame.function.empty() && frame.file.empty()) continue;
    if (!text.empty()) text += ", inlined into ";
    text += frame.function.empty() ? "?" : frame.function;
    if (!frame.file.empty()) text += fmt::format(" at {}:{}", frame.file, frame.line);
  }
  return text;
}

void add_place(std::string& text, const char* what, const FirmwareImage& image, Address address) {
  text += fmt::format("\n  {} 0x{:08X}", what, address);
  const std::string where = place(image, address);
  if (!where.empty()) text += "  " + where;
}

using Frame = std::array<std::uint32_t, 8>;  // r0, r1, r2, r3, r12, lr, pc, xpsr
constexpr std::size_t kFramePc = 6;

std::optional<Frame> frame_at(Bus& bus, Address address) {
  Frame frame{};
  for (std::size_t i = 0; i < frame.size(); ++i) {
    const Address word = address + static_cast<Address>(4 * i);
    if (bus.memory_at(word).memory == nullptr) return {};
    frame[i] = bus.read(word, AccessSize::kWord, {}, true).value;
  }
  return frame;
}

// Where the core has put its registers at the entry of the fault: below the stack pointer, with or
// without room for FP registers, aligned to 8 bytes. It is the one that holds the fault's PC.
std::optional<Frame> stacked(const FaultRecord& fault, Bus& bus) {
  constexpr Address kBasic = 0x20, kExtended = 0x68;
  for (const Address size : {kBasic, kExtended}) {
    for (const Address align : {7u, 3u}) {
      const auto frame = frame_at(bus, (fault.sp - size) & ~align);
      if (frame && (*frame)[kFramePc] == fault.pc) return frame;
    }
  }
  return {};
}

}  // namespace

std::string fault_text(const FaultRecord& fault, const FirmwareImage& image, Bus& bus) {
  std::string text{name_of(fault.exception)};
  if ((fault.hfsr & hfsr::kForced) != 0 && fault.exception == exception::kHardFault) {
    text += " (escalated)";
  }
  if (fault.address) text += fmt::format(", address 0x{:08X}", *fault.address);
  text += fmt::format(", cycle {}", fault.at.count);
  for (const Bit& bit : kCfsrBits) {
    if ((fault.cfsr & bit.mask) != 0) text += fmt::format("\n  {}: {}", bit.name, bit.text);
  }
  for (const Bit& bit : kHfsrBits) {
    if ((fault.hfsr & bit.mask) != 0) text += fmt::format("\n  {}: {}", bit.name, bit.text);
  }
  add_place(text, "pc", image, fault.pc);
  add_place(text, "lr", image, fault.lr);
  text += fmt::format("\n  sp 0x{:08X}  CFSR 0x{:08X}  HFSR 0x{:08X}", fault.sp, fault.cfsr,
                      fault.hfsr);
  if (const auto frame = stacked(fault, bus)) {
    text += fmt::format(
        "\n  r0 0x{:08X}  r1 0x{:08X}  r2 0x{:08X}  r3 0x{:08X}  r12 0x{:08X}  xpsr 0x{:08X}",
        (*frame)[0], (*frame)[1], (*frame)[2], (*frame)[3], (*frame)[4], (*frame)[7]);
  }
  return text;
}

}  // namespace tinyscope
