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
        find_rtos(image).value(), image.symbols,
        [this](Address address, std::span<std::uint8_t> bytes) {
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

// FreeRTOS/FreeRTOS-Kernel, tasks.c, tskTCB: the name's text at 52 or 68, pxStack before it.
class FreeRtosThreads : public ::testing::Test {
 protected:
  static constexpr Address kCurrent = 0x2000'0000;  // pxCurrentTCB
  static constexpr Address kTask = 0x2000'0100;
  static constexpr Address kIdleTask = 0x2000'0200;

  FreeRtosThreads() {
    FirmwareImage image;
    image.symbols = SymbolTable({object("pxCurrentTCB", kCurrent, 4)});
    collector = std::make_unique<ThreadCollector>(
        find_rtos(image).value(), image.symbols,
        [this](Address address, std::span<std::uint8_t> bytes) {
          if (address < kCurrent || address - kCurrent + bytes.size() > ram.size()) return false;
          std::memcpy(bytes.data(), ram.data() + (address - kCurrent), bytes.size());
          return true;
        });
    script = std::make_unique<Script>(*collector);
  }

  void word(Address address, std::uint32_t value) {
    std::memcpy(ram.data() + (address - kCurrent), &value, 4);
  }
  void task(Address block, const char* name, Address stack, std::uint32_t stack_offset) {
    word(block + stack_offset, stack);
    std::strcpy(reinterpret_cast<char*>(ram.data() + (block - kCurrent + stack_offset + 4)), name);
  }
  // From a handler to the first instruction of a task.
  void start(Address block, Address sp) {
    script->interrupt(kSvc, 0x900, kHandlerSp);
    script->take_interrupted();
    word(kCurrent, block);
    script->resume({.pc = 0x200, .sp = sp, .calls = {}, .number = 0});
  }

  std::array<std::uint8_t, 0x1000> ram{};
  std::unique_ptr<ThreadCollector> collector;
  std::unique_ptr<Script> script;
};

TEST_F(FreeRtosThreads, HaveTheNamesInTheirControlBlocks) {
  task(kTask, "Tmr Svc", 0x2000'4000, 48);
  task(kIdleTask, "IDLE", 0x2000'6000, 48);
  start(kTask, 0x2000'4800);
  script->push(0x100);
  script->work(190);
  start(kIdleTask, 0x2000'6200);
  script->sleep(5000);
  const ThreadReport report = collector->report(script->now());
  EXPECT_EQ(report.rtos, "freertos");
  ASSERT_THAT(report.threads, SizeIs(3));
  EXPECT_EQ(report.threads[0].name, "IDLE");
  EXPECT_TRUE(report.threads[0].idle);
  EXPECT_EQ(report.threads[0].sleep_cycles, 5000u);
  EXPECT_EQ(report.threads[1].name, "Tmr Svc");
  EXPECT_EQ(report.threads[1].cycles, 200u);
  // From pxStack to the SP that it began with.
  EXPECT_EQ(report.threads[1].stack_bytes, 0x800u);
  EXPECT_EQ(report.threads[1].stack_peak_bytes, 0x100u + 32);
}

TEST_F(FreeRtosThreads, AreFoundWithIntegrityChecksOfListsToo) {
  task(kTask, "worker", 0x2000'4000, 64);
  start(kTask, 0x2000'4400);
  script->work(100);
  const ThreadReport report = collector->report(script->now());
  EXPECT_EQ(report.threads.at(0).name, "worker");
  EXPECT_EQ(report.threads.at(0).stack_bytes, 0x400u);
}

class ZephyrThreads : public ::testing::Test {
 protected:
  static constexpr Address kKernel = 0x2000'0000;
  static constexpr Address kThread = 0x2000'0100;
  static constexpr Address kTable = 0x2000'0800;

  void make(std::vector<Symbol> symbols) {
    FirmwareImage image;
    symbols.push_back(object("_kernel", kKernel, 40));
    symbols.push_back(object("z_main_thread", 0x2000'0300, 0x80));
    image.symbols = SymbolTable(std::move(symbols));
    collector = std::make_unique<ThreadCollector>(
        find_rtos(image).value(), image.symbols,
        [this](Address address, std::span<std::uint8_t> bytes) {
          if (address < kKernel || address - kKernel + bytes.size() > ram.size()) return false;
          std::memcpy(bytes.data(), ram.data() + (address - kKernel), bytes.size());
          return true;
        });
    script = std::make_unique<Script>(*collector);
  }
  void word(Address address, std::uint32_t value) {
    std::memcpy(ram.data() + (address - kKernel), &value, 4);
  }
  void run_thread() {
    script->interrupt(kPendSv, 0x900, kHandlerSp);
    script->take_interrupted();
    script->resume({.pc = 0x200, .sp = 0x2000'4400, .calls = {}, .number = 0});
    script->work(100);
  }

  std::array<std::uint8_t, 0x1000> ram{};
  std::unique_ptr<ThreadCollector> collector;
  std::unique_ptr<Script> script;
};

TEST_F(ZephyrThreads, AreNamedAfterTheSymbolsOfTheirControlBlocks) {
  make({object("_k_thread_obj_blinky", kThread, 0x80),
        object("_k_thread_stack_blinky", 0x2000'4000, 0x400)});
  word(kKernel + 8, kThread);
  run_thread();
  const ThreadReport report = collector->report(script->now());
  EXPECT_EQ(report.rtos, "zephyr");
  EXPECT_EQ(report.threads.at(0).name, "_k_thread_obj_blinky");
  EXPECT_EQ(report.threads.at(0).cycles, 100u);
  EXPECT_EQ(report.threads.at(0).stack_bytes, 0x400u);
}

TEST_F(ZephyrThreads, HaveTheirNamesWhereTheFirmwareTellsDebuggers) {
  make({object("_kernel_thread_info_offsets", kTable, 52)});
  word(kTable + 4, 12);      // the pointer lies elsewhere in this version
  word(kTable + 4 * 9, 96);  // and names here
  word(kKernel + 12, kThread);
  std::strcpy(reinterpret_cast<char*>(ram.data() + (kThread + 96 - kKernel)), "sensor");
  run_thread();
  EXPECT_EQ(collector->report(script->now()).threads.at(0).name, "sensor");
}

TEST(UnknownThreads, AreToldApartByTheFramesTheyWaitBehind) {
  SymbolTable symbols({object("worker_stack", 0x2000'4000, 0x400)});
  ThreadCollector collector(std::nullopt, symbols, [](auto, auto) { return false; });
  Script script(collector);
  script.work(300);
  script.interrupt(kPendSv, 0x900);
  const auto first = script.take_interrupted();
  script.resume({.pc = 0x200, .sp = 0x2000'4400, .calls = {}, .number = 0});
  script.work(500);
  script.interrupt(kPendSv, 0x900, kHandlerSp);
  const auto worker = script.take_interrupted();
  script.resume(first);
  script.work(30);
  script.interrupt(kPendSv, 0x900);
  script.take_interrupted();
  script.resume(worker);
  script.work(50);
  const ThreadReport report = collector.report(script.now());
  ASSERT_THAT(report.threads, SizeIs(2));
  EXPECT_EQ(report.threads[0].name, "worker_stack");
  EXPECT_EQ(report.threads[0].cycles, 550u);
  EXPECT_EQ(report.threads[0].starts, 2u);
  EXPECT_EQ(report.threads[1].name, "(start-up)");
  EXPECT_EQ(report.threads[1].cycles, 330u);
  EXPECT_EQ(report.handler_cycles, 6 * Script::kExceptionCycles);
}

TEST(UnknownThreads, ThereAreNoneWhereInterruptsReturnToWhereTheyCameFrom) {
  ThreadCollector collector(std::nullopt, SymbolTable(), [](auto, auto) { return false; });
  Script script(collector);
  script.work(300);
  script.interrupt(kIrq, 0x900);
  script.leave_handler();
  EXPECT_THAT(collector.report(script.now()).threads, SizeIs(0));
}

TEST(Rtos, IsFoundByItsSymbolOnly) {
  FirmwareImage image;
  image.symbols = SymbolTable({object("osRtxInfos", kInfo, 164)});
  EXPECT_FALSE(find_rtos(image).has_value());
}

}  // namespace
}  // namespace tinyscope
