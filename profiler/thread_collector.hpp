// Threads of an RTOS: how long each runs and sleeps, and how deep its stack goes.
//
// Which thread runs is found at each return to thread mode, since every context switch ends with
// one: from the RTOS's own variables where rules know them, else from the exception frame that is
// returned to. Cycles of handlers, their entry and return belong to no thread. Firmware that has
// not started its scheduler yet runs as the thread "(start-up)".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiler/read_memory.hpp"
#include "profiler/report.hpp"
#include "profiler/rtos_rules.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

class ThreadCollector final : public SimListener {
 public:
  ThreadCollector(std::optional<FoundRtos> rtos, const SymbolTable& symbols, ReadMemory read);

  // Whether it needs to hear of blocks: where no rules apply it does without, and says nothing of
  // stacks.
  bool follows_stacks() const { return rtos_.has_value(); }

  // Is told each time a thread begins to run after another, and of the first one.
  void on_start(std::function<void(const std::string& thread, std::uint64_t cycle)> listener) {
    started_ = std::move(listener);
  }

  void on_block_retired(const BlockRetired& block) override {
    if (in_thread_ && block.lowest_sp < lowest_sp_) lowest_sp_ = block.lowest_sp;
  }
  void on_exception(const ExceptionEvent& event) override;
  void on_sleep(const SleepEvent& event) override;
  void on_reset(Cycles cycle, Address pc, Address sp) override;
  // Begins in mid-run, in a handler or in a thread.
  void begin(std::uint64_t cycle, bool in_handler, Address sp);

  // The run ended at this cycle. Threads with the most cycles first; cycles of all threads and of
  // handlers sum up to those since it was begun. Empty if no rules apply and only one thread ran.
  ThreadReport report(std::uint64_t end);

  // Stacks of threads whose size is known.
  struct Stack {
    std::string thread;
    Address lowest = 0;  // first byte
    std::uint32_t bytes = 0;
    Address lowest_sp = 0;  // deepest use
  };
  std::vector<Stack> stacks() const;
  // Empty: no rules apply.
  std::string rtos() const { return rtos_ ? rtos_->rules.name : std::string(); }

 private:
  // What tells a thread from one that had its control block before.
  struct Identity {
    Address control_block = 0;  // 0: start-up, or without rules
    std::uint32_t name = 0;     // pointer to it, or its first bytes
    Address stack = 0;
    bool operator==(const Identity&) const = default;
  };
  struct Thread {
    Identity identity;
    Address stack = 0;  // lowest byte; without rules of the object that holds it
    std::uint32_t stack_size = 0;
    Address suspended_at = 0;  // the exception frame it waits behind
    Address lowest_sp = 0xFFFF'FFFFu;
    ThreadRow row;
  };
  struct Object {
    Address begin = 0;
    std::uint32_t size = 0;
    std::string name;
  };

  void leave_thread(std::uint64_t cycle);
  void enter_thread(const ExceptionEvent& event, std::uint64_t cycle);
  std::size_t thread_of_rules(Address sp);
  std::size_t thread_of_frame(Address frame, Address sp);
  std::size_t add_thread(Thread thread, Address sp);
  const RtosRules::Layout* layout_of(Address control_block, Address sp) const;
  void read_table();
  const Object* object_at(Address address) const;
  std::uint32_t word(Address address) const;
  std::string text(Address address) const;
  std::string name_in(Address control_block, const RtosRules::Layout& layout) const;

  std::optional<FoundRtos> rtos_;
  ReadMemory read_;
  std::vector<Object> objects_;  // by address; where stacks and control blocks may lie
  Address running_ = 0;          // address of the pointer to the running thread's control block
  std::function<void(const std::string& thread, std::uint64_t cycle)> started_;
  std::vector<Thread> threads_;
  std::size_t current_ = 0;
  bool in_thread_ = true;
  bool table_read_ = false;
  std::uint64_t begin_ = 0;
  std::uint64_t since_ = 0;  // cycle at which the current thread began to run
  Address lowest_sp_ = 0xFFFF'FFFFu;
  std::uint64_t handler_cycles_ = 0;
  std::uint64_t handlers_since_ = 0;
};

}  // namespace tinyscope
