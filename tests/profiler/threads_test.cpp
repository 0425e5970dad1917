// Threads of RTX5. Layout of its variables: ARM-software/CMSIS_5, CMSIS/RTOS2/RTX/Include/rtx_os.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "profiler/thread_collector.hpp"
#include "tests/profiler/script.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::SizeIs;

constexpr Address kInfo = 0x2000'0000;  // osRtxInfo
constexpr Address kMainThread = 0x2000'0100;
constexpr Address kIdleThread = 0x2000'0200;
constexpr Address kMainStack = 0x2000'4000;
constexpr Address kIdleStack = 0x2000'6000;
constexpr Address kHandlerSp = 0x2000'FF00;
constexpr std::uint32_t kSvc = 11;
constexpr std::uint32_t kPendSv = 14;
constexpr std::uint32_t kIrq = 24;

class Threads : public ::testing::Test {
 protected:
  Threads() {
    thread(kMainThread, "main", kMainStack, 0x1000);
    thread(kIdleThread, "rtx_idle", kIdleStack, 0x200);
    FirmwareImage image;
    image.symbols = SymbolTable({object("osRtxInfo", kInfo, 164)});
    collector = std::make_unique<ThreadCollector>(
        find_rtos(image).value(), [this](Address address, std::span<std::uint8_t> bytes) {
          if (address < kInfo || address - kInfo + bytes.size() > ram.size()) return false;
          std::memcpy(bytes.data(), ram.data() + (address - kInfo), bytes.size());
          return true;
        });
    script = std::make_unique<Script>(*collector);
  }

  void word(Address address, std::uint32_t value) {
    std::memcpy(ram.data() + (address - kInfo), &value, 4);
  }
  void thread(Address block, const char* name, Address stack, std::uint32_t size) {
    const Address text = block + 0x80;
    std::strcpy(reinterpret_cast<char*>(ram.data() + (text - kInfo)), name);
    word(block + 4, text);
    word(block + 48, stack);
    word(block + 52, size);
  }
  void running(Address block) { word(kInfo + 20, block); }
  // The first context switch: SVC, which returns to the thread's first instruction.
  void start_main() {
    script->interrupt(kSvc, 0x900);
    script->take_interrupted();
    running(kMainThread);
    script->resume({.pc = 0x200, .sp = kMainStack + 0x1000, .calls = {}, .number = 0});
  }
  ThreadReport report() { return collector->report(script->now()); }
  static const ThreadRow& row(const ThreadReport& report, const std::string& name) {
    for (const ThreadRow& row : report.threads) {
      if (row.name == name) return row;
    }
    throw std::runtime_error("no thread " + name);
  }

  std::array<std::uint8_t, 0x1000> ram{};
  std::unique_ptr<ThreadCollector> collector;
  std::unique_ptr<Script> script;
};

TEST_F(Threads, ShareAllCyclesWithHandlersAndStartUp) {
  script->work(500);
  start_main();
  script->work(700);
  script->interrupt(kIrq, 0xA00, kHandlerSp);
  script->work(90);
  script->leave_handler();
  script->work(300);
  const ThreadReport found = report();
  EXPECT_EQ(found.rtos, "rtx5");
  EXPECT_EQ(row(found, "(start-up)").cycles, 500u);
  EXPECT_EQ(row(found, "main").cycles, 1000u);
  EXPECT_EQ(row(found, "main").starts, 1u);
  // Entry and return of SVC and of the interrupt, and its handler.
  EXPECT_EQ(found.handler_cycles, 4 * Script::kExceptionCycles + 90);
}

TEST_F(Threads, SleepBelongsToTheThreadThatSleeps) {
  start_main();
  script->work(100);
  script->interrupt(kPendSv, 0x900, kHandlerSp);
  const auto main_thread = script->take_interrupted();
  running(kIdleThread);
  script->resume({.pc = 0x300, .sp = kIdleStack + 0x200, .calls = {}, .number = 0});
  script->work(20);
  script->sleep(64'000);
  script->interrupt(kPendSv, 0x900, kHandlerSp);
  script->take_interrupted();
  running(kMainThread);
  script->resume(main_thread);
  script->work(50);
  const ThreadReport found = report();
  ASSERT_THAT(found.threads, SizeIs(3));
  EXPECT_EQ(found.threads[0].name, "rtx_idle");  // most cycles first
  EXPECT_TRUE(found.threads[0].idle);
  EXPECT_EQ(found.threads[0].cycles, 64'020u);
  EXPECT_EQ(found.threads[0].sleep_cycles, 64'000u);
  EXPECT_EQ(row(found, "main").cycles, 150u);
  EXPECT_EQ(row(found, "main").starts, 2u);
  EXPECT_FALSE(row(found, "main").idle);
}

TEST_F(Threads, StackUseIncludesTheFramesOfInterrupts) {
  start_main();
  script->push(0x100);
  script->work(10, 0x40);
  ThreadReport found;
  script->push(0x30);
  script->interrupt(kIrq, 0xA00, kHandlerSp);
  script->work(10, 0x800);  // on the main stack
  script->leave_handler();
  found = report();
  EXPECT_EQ(row(found, "main").stack_bytes, 0x1000u);
  EXPECT_EQ(row(found, "main").stack_peak_bytes, 0x100u + 0x30 + 32);
}

TEST_F(Threads, AnOverflowShowsAsAPeakAboveTheSize) {
  start_main();
  script->work(10, 0x1004);
  EXPECT_EQ(row(report(), "main").stack_peak_bytes, 0x1004u);
}

TEST_F(Threads, AControlBlockUsedAgainIsAnotherThread) {
  start_main();
  script->work(100);
  script->interrupt(kPendSv, 0x900, kHandlerSp);
  thread(kMainThread, "worker", kIdleStack, 0x200);
  word(kMainThread + 4, kMainThread + 0x90);
  std::strcpy(reinterpret_cast<char*>(ram.data() + (kMainThread + 0x90 - kInfo)), "worker");
  script->leave_handler();
  script->work(40);
  const ThreadReport found = report();
  EXPECT_EQ(row(found, "worker").cycles, 40u);
}

TEST_F(Threads, AResetStartsOver) {
  start_main();
  script->work(100);
  collector->on_reset({script->now()}, 0x100, Script::kStackTop);
  script->work(30);
  const ThreadReport found = report();
  EXPECT_EQ(row(found, "(start-up)").cycles, 30u);
  EXPECT_EQ(row(found, "main").cycles, 100u);
}

TEST_F(Threads, GarbageInTheControlBlockIsNoThreadOfThatName) {
  script->interrupt(kSvc, 0x900);
  running(0xFFFF'FFF0);
  script->leave_handler();
  script->work(10);
  EXPECT_EQ(row(report(), "thread 0xfffffff0").cycles, 10u);
}

TEST(Rtos, IsFoundByItsSymbolOnly) {
  FirmwareImage image;
  image.symbols = SymbolTable({object("osRtxInfos", kInfo, 164)});
  EXPECT_FALSE(find_rtos(image).has_value());
}

}  // namespace
}  // namespace tinyscope
