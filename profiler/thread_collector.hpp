// Threads of an RTOS: how long each runs and sleeps, and how deep its stack goes.
//
// Which thread runs is read from the RTOS's own variables at each return to thread mode, since
// every context switch ends with one. Cycles of handlers, their entry and return belong to no
// thread. Firmware that has not started its scheduler yet runs as the thread "(start-up)".
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "profiler/report.hpp"
#include "profiler/rtos_rules.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

// Copies memory of the firmware as it is now; false if the range is not all memory.
using ReadMemory = std::function<bool(Address, std::span<std::uint8_t>)>;

class ThreadCollector final : public SimListener {
 public:
  ThreadCollector(FoundRtos rtos, ReadMemory read);

  void on_block_retired(const BlockRetired& block) override {
    if (in_thread_ && block.lowest_sp < lowest_sp_) lowest_sp_ = block.lowest_sp;
  }
  void on_exception(const ExceptionEvent& event) override;
  void on_sleep(const SleepEvent& event) override;
  void on_reset(Cycles cycle, Address pc, Address sp) override;

  // The run ended at `total` cycles. Threads with the most cycles first; cycles of all threads and
  // of handlers sum up to `total`.
  ThreadReport report(std::uint64_t total);

 private:
  struct Thread {
    Address control_block = 0;  // 0: start-up
    Address name = 0;
    Address stack = 0;
    std::uint32_t stack_size = 0;
    Address lowest_sp = 0xFFFF'FFFFu;
    ThreadRow row;
  };

  void leave_thread(std::uint64_t cycle);
  void enter_thread(std::uint64_t cycle);
  std::size_t running_thread();
  std::uint32_t word(Address address) const;
  std::string text(Address address) const;

  FoundRtos rtos_;
  ReadMemory read_;
  std::vector<Thread> threads_;
  std::size_t current_ = 0;
  bool in_thread_ = true;
  std::uint64_t since_ = 0;  // cycle at which the current thread began to run
  Address lowest_sp_ = 0xFFFF'FFFFu;
  std::uint64_t handler_cycles_ = 0;
  std::uint64_t handlers_since_ = 0;
};

}  // namespace tinyscope
