// What a board shows and what it reads from beside the chip: --frame, memory-mapped flash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "peripherals/stimulus/picture_file.hpp"
#include "sim/cli/frame_files.hpp"
#include "sim/cli/machine.hpp"
#include "sim/description/board.hpp"
#include "sim/error.hpp"
#include "tests/support/program_bench.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;

// The F746 boots from its flash: vectors there, and the program in ITCM RAM, where it is linked.
FirmwareImage program(std::string_view source) {
  FirmwareImage image = test::assemble(source);
  const auto& code = image.segments.front().bytes;
  image.segments.push_back({0x0800'0000, {code.begin(), code.begin() + 8}});
  return image;
}

// LTDC as RM0385 describes its registers: 4 x 2 pixels, the second layer's window in the middle,
// RGB565 from SRAM1.
constexpr const char* kShow = R"(
reset:
  poke 0x20011000, 0x07E0F800
  poke 0x20011004, 0xFFFF001F
  poke 0x40016808, 0x00010001
  poke 0x4001680C, 0x00030003
  poke 0x40016810, 0x00070005
  poke 0x40016814, 0x00090007
  poke 0x4001682C, 0x00102030
  poke 0x40016908, 0x00060005
  poke 0x4001690C, 0x00050004
  poke 0x40016914, 2
  poke 0x4001692C, 0x20011000
  poke 0x40016930, 0x00040007
  poke 0x40016934, 2
  poke 0x40016904, 1
  poke 0x40016824, 1
  poke 0x40016818, 0x2221
  exit
)";

class DiscoDisplay : public ::testing::Test {
 protected:
  test::TemporaryFolder folder;
};

TEST_F(DiscoDisplay, TheLastFrameGoesToAPngFile) {
  Machine machine(load_board("disco-f746ng"), program(kShow), {});
  const std::string file = (folder.path() / "screen.png").string();
  FrameFiles frames(machine, file, std::nullopt);
  machine.core().set_cycle_limit({100'000});
  machine.power_on();
  ASSERT_EQ(machine.core().run().kind, StopKind::kExit);
  frames.finish();
  const Picture picture = decode_picture(read_picture_file(file), file);
  EXPECT_EQ(picture.width, 4u);
  EXPECT_EQ(picture.height, 2u);
  const std::vector<std::uint8_t> expected = {
      0x10, 0x20, 0x30, 0xFF, 0, 0,    0,    0xFF, 0,    0x10, 0x20, 0x30,   // red, green
      0x10, 0x20, 0x30, 0,    0, 0xFF, 0xFF, 0xFF, 0xFF, 0x10, 0x20, 0x30};  // blue, white
  EXPECT_EQ(picture.rgb, expected);
}

TEST_F(DiscoDisplay, ADisplayThatIsOffLeavesNoFile) {
  Machine machine(load_board("disco-f746ng"), program("reset:\n  exit\n"), {});
  const auto file = folder.path() / "screen.png";
  FrameFiles frames(machine, file.string(), std::nullopt);
  machine.power_on();
  machine.core().run();
  frames.finish();
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(DiscoDisplay, ABoardWithoutDisplayAndAWrongFolderAreRefused) {
  const auto error_of = [](const char* board, const std::string& file) -> std::string {
    Machine machine(load_board(board), program("reset:\n  exit\n"), {});
    try {
      FrameFiles(machine, file, std::nullopt);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(error_of("nucleo-l4r5zi", "screen.png"),
              HasSubstr("board 'nucleo-l4r5zi' has no display controller"));
  EXPECT_THAT(error_of("disco-f746ng", "/nowhere/screen.png"),
              HasSubstr("there is no folder '/nowhere'"));
}

// Read command 0x03 on one line at the core's 4 MHz: a burst of 32 bytes takes 1 + 8 + 24 + 256
// clocks, an eighth of which is 36 for each of eight loads; a register on the AHB takes one.
TEST(MappedFlash, ReadsKeepTheCoreWaitingAsTheControllerIsSetUp) {
  const test::TemporaryFolder folder;
  folder.write("mine.toml",
               "extends = \"nucleo-l4r5zi\"\nname = \"mine\"\ntitle = \"Mine\"\n[[device]]\nname = "
               "\"flash\"\ntype = \"qspi_flash\"\nconnect = { \"octospi1.flash\" = \"flash\" }\n"
               "params = { file = \"" +
                   folder.write("flash.bin", "0123456789abcdef0123456789abcdef").string() +
                   "\" }\n");
  Machine machine(load_board((folder.path() / "mine.toml").string()), test::assemble(R"(
reset:
  poke 0xE000EDFC, 0x01000000
  poke 0xE0001000, 1
  poke 0x40021050, 0x100
  poke 0xA0001008, 0x00160000
  poke 0xA0001100, 0x01002101
  poke 0xA0001110, 0x03
  poke 0xA0001000, 0x30000001
  ldr r6, =0xE0001004
  ldr r0, =0x90000000
  ldr r1, =0x48000000
  .macro eight register
  ldr r4, [r6]
  .rept 8
  ldr r2, [\register]
  .endr
  ldr r5, [r6]
  sub r5, r4
  .endm
  eight r0
  mov r8, r5
  mov r10, r2
  eight r1
  mov r9, r5
  exit
)"),
                  {});
  machine.core().set_cycle_limit({1'000'000});
  machine.power_on();
  ASSERT_EQ(machine.core().run().kind, StopKind::kExit);
  const auto r = [&](unsigned n) { return machine.core().read_register(core_register(n)); };
  EXPECT_EQ(r(10), 0x3332'3130u);
  EXPECT_EQ(r(8) - r(9), 8u * 35u);
}

// The same command at the 16 MHz of the STM32F746 after reset, data cache off: 33 clocks, and 64 of
// data, on top of the bus.
TEST(MappedFlash, ReadsOfACortexM7WaitForTheCommand) {
  Machine machine(load_board("disco-f746ng"), program(R"(
reset:
  poke 0xE000EDFC, 0x01000000
  poke 0xE0001FB0, 0xC5ACCE55
  poke 0xE0001000, 1
  poke 0xA0001004, 0x00170000
  poke 0xA0001000, 1
  poke 0xA0001014, 0x0D002503
  ldr r6, =0xE0001004
  ldr r0, =0x90000000
  ldr r4, [r6]
  ldr r2, [r0]
  dsb
  ldr r3, [r0, #0x40]
  dsb
  ldr r5, [r6]
  sub r8, r5, r4
  exit
)"),
                  {});
  machine.core().set_cycle_limit({100'000});
  machine.power_on();
  ASSERT_EQ(machine.core().run().kind, StopKind::kExit);
  const std::uint32_t took = machine.core().read_register(core_register(8));
  EXPECT_GE(took, 2u * 97);
  EXPECT_LE(took, 2u * 97 + 60);
}

}  // namespace
}  // namespace tinyscope
