// What is said of a fault: the bits of CFSR in words, the function, and the registers stacked.
#include "sim/cli/fault_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cli/firmware.hpp"
#include "sim/cli/machine.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Reset goes to 0x40, every fault to 0x50. `code` is at 0x40, at most 16 bytes.
FirmwareImage program(std::initializer_list<std::uint16_t> code) {
  FirmwareImage image;
  image.path = "program.hex";
  std::vector<std::uint16_t> halfwords(0x20, 0);
  const auto vector = [&halfwords](std::size_t index, std::uint32_t value) {
    halfwords[2 * index] = static_cast<std::uint16_t>(value);
    halfwords[2 * index + 1] = static_cast<std::uint16_t>(value >> 16);
  };
  vector(0, 0x2000'4000);
  vector(1, 0x41);
  for (const std::size_t fault : {3u, 4u, 5u, 6u}) vector(fault, 0x51);
  halfwords.insert(halfwords.end(), code);
  halfwords.resize(0x28, 0xBF00);  // nop
  halfwords.push_back(0xE7FE);     // 0x50: b .
  ImageSegment segment;
  for (const std::uint16_t halfword : halfwords) {
    segment.bytes.push_back(static_cast<std::uint8_t>(halfword));
    segment.bytes.push_back(static_cast<std::uint8_t>(halfword >> 8));
  }
  image.segments.push_back(segment);
  image.symbols = SymbolTable({{"follow", "follow", 0x40, 0x10, SymbolKind::kFunction}});
  return image;
}

std::string fault_of(const FirmwareImage& image) {
  Machine machine(load_board("nano33ble-sense"), image, {});
  machine.core().set_cycle_limit({1000});
  machine.power_on();
  machine.core().run();
  const auto& faults = machine.core().faults();
  return faults.empty() ? "no fault" : fault_text(faults.back(), image, machine.bus());
}

TEST(FaultText, NamesTheCauseTheAddressTheFunctionAndTheRegisters) {
  const std::string text = fault_of(program({
      0x2007,  // movs r0, #7
      0x2160,  // movs r1, #0x60
      0x0609,  // lsls r1, r1, #24
      0x680A,  // ldr r2, [r1]: nothing answers at 0x60000000
  }));
  EXPECT_THAT(text, HasSubstr("HardFault (escalated), address 0x60000000, cycle "));
  EXPECT_THAT(text, HasSubstr("\n  PRECISERR: a load or store went where nothing answers\n"));
  EXPECT_THAT(text, HasSubstr("\n  pc 0x00000046  follow\n"));
  EXPECT_THAT(text, HasSubstr("  sp 0x20004000  CFSR 0x00008200  HFSR 0x40000000\n"));
  EXPECT_THAT(text, HasSubstr("  r0 0x00000007  r1 0x60000000  r2 0x00000000  "));
}

TEST(FaultText, UndefinedInstructionHasNoAddress) {
  const std::string text = fault_of(program({0xDE00}));  // udf #0
  EXPECT_THAT(text, HasSubstr("\n  UNDEFINSTR: undefined instruction\n"));
  EXPECT_THAT(text, Not(HasSubstr("address")));
  EXPECT_THAT(text, HasSubstr("pc 0x00000040"));
}

TEST(FaultText, BreakpointWithoutADebugger) {
  EXPECT_THAT(fault_of(program({0xBE00})), HasSubstr("DEBUGEVT"));  // bkpt #0
}

TEST(FaultText, WhereTheStackIsGoneTheRegistersAreLeftOut) {
  const FirmwareImage image = program({0xDE00});
  Machine machine(load_board("nano33ble-sense"), image, {});
  FaultRecord fault{};
  fault.pc = 0x40;
  fault.sp = 0x1000'0000;
  EXPECT_THAT(fault_text(fault, image, machine.bus()), Not(HasSubstr("r12")));
}

}  // namespace
}  // namespace tinyscope
