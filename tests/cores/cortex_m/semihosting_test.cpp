// Semihosting as firmware calls it. Arm, "Semihosting for AArch32 and AArch64" (IHI 0100).
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

constexpr const char* kCall = R"(
  .macro call operation, block
  movs r0, #\operation
  ldr r1, =\block
  bkpt 0xab
  .endm
)";

TEST(Semihosting, Write0AndWritecReachTheConsole) {
  ProgramBench bench(std::string(kCall) + R"(
reset:
  call 4, text
  call 3, letter
  exit
text: .asciz "hello, "
letter: .ascii "x"
  .align 2
)");
  bench.run();
  EXPECT_EQ(bench.console, "hello, x");
}

TEST(Semihosting, WriteToTheConsoleHandleReturnsWhatIsLeft) {
  ProgramBench bench(std::string(kCall) + R"(
reset:
  call 1, open_block
  ldr r2, =0x20002000
  str r0, [r2]
  ldr r3, =text
  str r3, [r2, #4]
  movs r3, #5
  str r3, [r2, #8]
  mov r4, r0
  call 5, 0x20002000
  mov r5, r0
  call 9, 0x20002000           @ ISTTY
  mov r6, r0
  call 2, 0x20002000
  mov r7, r0
  call 2, 0x20002000           @ a second time: no such handle
  mov r8, r0
  exit
  .align 2
open_block: .word tt, 4, 3
tt: .asciz ":tt"
text: .ascii "abcdefgh"
  .align 2
)");
  bench.run();
  EXPECT_EQ(bench.console, "abcde");
  EXPECT_NE(bench.r(4), 0xFFFFFFFFu);
  EXPECT_EQ(bench.r(5), 0u);
  EXPECT_EQ(bench.r(6), 1u);
  EXPECT_EQ(bench.r(7), 0u);
  EXPECT_EQ(bench.r(8), 0xFFFFFFFFu);
}

TEST(Semihosting, ExitReportsSuccessAndFailure) {
  ProgramBench failure(std::string(kCall) + "reset:\n  call 0x18, 0x20023\n");
  EXPECT_EQ(failure.run().exit_code, 1);  // ADP_Stopped_RunTimeError
  ProgramBench code(std::string(kCall) +
                    "reset:\n  call 0x20, block\n  .align 2\nblock: .word 0x20026, 42\n");
  const StopReason stop = code.run();
  EXPECT_EQ(stop.kind, StopKind::kExit);
  EXPECT_EQ(stop.exit_code, 42);
}

TEST(Semihosting, ClockFollowsSimulatedTimeAndTimeIsTheSameInEachRun) {
  const std::string program = std::string(kCall) + R"(
reset:
  call 0x10, 0
  mov r4, r0
  ldr r5, =1000000
1:
  subs r5, #1
  bne 1b
  call 0x10, 0
  mov r5, r0
  call 0x11, 0
  mov r6, r0
  exit
)";
  ProgramBench bench(program, {.interrupts = 16, .priority_bits = 3, .clock_hz = 64'000'000});
  bench.run(1'000'000'000);
  EXPECT_EQ(bench.r(4), 0u);
  const auto centiseconds = static_cast<double>(bench.core->cycles().count) / 640'000;
  EXPECT_NEAR(bench.r(5), centiseconds, 1.0);
  const std::uint32_t time = bench.r(6);
  ProgramBench again(program);
  again.run(1'000'000'000);
  EXPECT_EQ(again.r(6), time);
}

TEST(Semihosting, CommandLineIsCopiedWithItsLength) {
  ProgramBench bench(std::string(kCall) + R"(
reset:
  ldr r2, =0x20002000
  ldr r3, =0x20002100
  str r3, [r2]
  movs r3, #20
  str r3, [r2, #4]
  call 0x15, 0x20002000
  mov r4, r0
  ldr r2, =0x20002000
  movs r3, #3
  str r3, [r2, #4]
  call 0x15, 0x20002000
  mov r5, r0
  exit
)");
  bench.core->semihosting().set_command_line("a bc");
  bench.run();
  EXPECT_EQ(bench.r(4), 0u);
  EXPECT_EQ(bench.word(0x20002100), 0x63622061u);
  EXPECT_EQ(bench.r(5), 0xFFFFFFFFu);  // no room
}

class SemihostingFiles : public testing::Test {
 protected:
  SemihostingFiles()
      : folder_(std::filesystem::temp_directory_path() /
                ("tinyscope-semihosting-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_ / "inside");
    std::ofstream(folder_ / "secret") << "secret";
  }
  ~SemihostingFiles() override { std::filesystem::remove_all(folder_); }

  // Opens `name` in `mode`, writes "data" when `mode` is 4 (w), reads into 0x20003000 when 0 (r).
  // Returns the handle.
  std::uint32_t use(const std::string& name, unsigned mode, bool allowed = true) {
    ProgramBench bench(std::string(kCall) + R"(
reset:
  call 1, open_block
  mov r4, r0
  adds r0, #1
  beq end
  ldr r2, =0x20002000
  str r4, [r2]
  ldr r3, =)" + (mode == 4 ? "data" : "0x20003000") +
                       R"(
  str r3, [r2, #4]
  movs r3, #4
  str r3, [r2, #8]
  call )" + (mode == 4 ? "5" : "6") +
                       R"(, 0x20002000
  mov r5, r0
  call 0x0C, 0x20002000
  mov r6, r0
  call 2, 0x20002000
end:
  exit
  .align 2
open_block: .word name, )" +
                       std::to_string(mode) + ", " + std::to_string(name.size()) + R"(
name: .asciz ")" + name +
                       R"("
data: .ascii "data"
  .align 2
)");
    if (allowed) bench.core->semihosting().allow_files(folder_ / "inside");
    bench.run();
    left_ = bench.r(5);
    length_ = bench.r(6);
    read_ = bench.word(0x20003000);
    return bench.r(4);
  }

  std::filesystem::path folder_;
  std::uint32_t left_ = 0, length_ = 0, read_ = 0;
};

TEST_F(SemihostingFiles, AreWrittenAndReadWithinTheFolder) {
  EXPECT_NE(use("out.txt", 4), 0xFFFFFFFFu);
  EXPECT_EQ(left_, 0u);
  std::stringstream text;
  text << std::ifstream(folder_ / "inside" / "out.txt").rdbuf();
  EXPECT_EQ(text.str(), "data");
  EXPECT_NE(use("out.txt", 0), 0xFFFFFFFFu);
  EXPECT_EQ(read_, 0x61746164u);
  EXPECT_EQ(length_, 4u);
}

TEST_F(SemihostingFiles, OutsideTheFolderAreRefused) {
  EXPECT_EQ(use("../secret", 0), 0xFFFFFFFFu);
  EXPECT_EQ(use("../new", 4), 0xFFFFFFFFu);
  EXPECT_EQ(use((folder_ / "secret").string(), 0), 0xFFFFFFFFu);
  EXPECT_EQ(use("a/../../secret", 0), 0xFFFFFFFFu);
  std::filesystem::create_symlink(folder_ / "secret", folder_ / "inside" / "link");
  EXPECT_EQ(use("link", 0), 0xFFFFFFFFu);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "new"));
}

TEST_F(SemihostingFiles, AreRefusedWithoutAFolder) {
  EXPECT_EQ(use("out.txt", 4, false), 0xFFFFFFFFu);
}

}  // namespace
}  // namespace tinyscope
