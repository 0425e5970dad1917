#include "profiler/thread_collector.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "profiler/glob.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr Address kNoSp = 0xFFFF'FFFFu;
constexpr std::size_t kLongestName = 32;

}  // namespace

ThreadCollector::ThreadCollector(FoundRtos rtos, ReadMemory read)
    : rtos_(std::move(rtos)), read_(std::move(read)), threads_(1) {
  threads_[0].row.name = "(start-up)";
  threads_[0].row.starts = 1;
}

std::uint32_t ThreadCollector::word(Address address) const {
  std::array<std::uint8_t, 4> bytes{};
  if (!read_(address, bytes)) return 0;
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

// Printable characters up to a zero.
std::string ThreadCollector::text(Address address) const {
  std::string found;
  std::array<std::uint8_t, 1> byte{};
  while (found.size() < kLongestName && read_(address, byte) && byte[0] > ' ' && byte[0] < 0x7F) {
    found += static_cast<char>(byte[0]);
    ++address;
  }
  return found;
}

// A control block that is used again for another thread shows by its name or its stack.
std::size_t ThreadCollector::running_thread() {
  const Address control_block = word(rtos_.running);
  if (control_block == 0) return 0;
  const RtosRules& rules = rtos_.rules;
  Thread seen;
  seen.control_block = control_block;
  seen.name = word(control_block + rules.thread_name);
  seen.stack = word(control_block + rules.thread_stack);
  const auto same = [&seen](const Thread& known) {
    return known.control_block == seen.control_block && known.name == seen.name &&
           known.stack == seen.stack;
  };
  if (same(threads_[current_])) return current_;
  const auto found = std::find_if(threads_.begin(), threads_.end(), same);
  if (found != threads_.end()) return static_cast<std::size_t>(found - threads_.begin());

  seen.stack_size = word(control_block + rules.thread_stack_size);
  seen.row.name = text(seen.name);
  seen.row.idle = !seen.row.name.empty() && glob_match_any(rules.idle, seen.row.name);
  if (seen.row.name.empty()) seen.row.name = fmt::format("thread {:#010x}", control_block);
  seen.row.stack_bytes = seen.stack_size;
  threads_.push_back(std::move(seen));
  return threads_.size() - 1;
}

void ThreadCollector::leave_thread(std::uint64_t cycle) {
  Thread& thread = threads_[current_];
  thread.row.cycles += cycle - since_;
  thread.lowest_sp = std::min(thread.lowest_sp, lowest_sp_);
  in_thread_ = false;
  handlers_since_ = cycle;
}

void ThreadCollector::enter_thread(std::uint64_t cycle) {
  handler_cycles_ += cycle - handlers_since_;
  const std::size_t next = running_thread();
  if (next != current_) ++threads_[next].row.starts;
  current_ = next;
  in_thread_ = true;
  since_ = cycle;
  lowest_sp_ = kNoSp;
}

void ThreadCollector::on_exception(const ExceptionEvent& event) {
  if (event.phase == ExceptionPhase::kEntry && in_thread_) {
    lowest_sp_ = std::min(lowest_sp_, event.frame);  // the frame lies on the thread's stack
    leave_thread(event.cycles_before.count);
  } else if (event.phase == ExceptionPhase::kReturn && event.return_to == 0) {
    enter_thread(event.cycles_before.count + event.cycles.total());
  }
}

void ThreadCollector::on_sleep(const SleepEvent& event) {
  if (in_thread_) threads_[current_].row.sleep_cycles += event.length.count;
}

void ThreadCollector::on_reset(Cycles cycle, Address, Address) {
  if (in_thread_) {
    leave_thread(cycle.count);
  }
  handler_cycles_ += cycle.count - handlers_since_;
  current_ = 0;
  in_thread_ = true;
  since_ = cycle.count;
  lowest_sp_ = kNoSp;
}

ThreadReport ThreadCollector::report(std::uint64_t total) {
  if (in_thread_) leave_thread(total);
  handler_cycles_ += total - handlers_since_;
  ThreadReport report;
  report.rtos = rtos_.rules.name;
  report.handler_cycles = handler_cycles_;
  std::uint64_t sum = handler_cycles_;
  for (Thread& thread : threads_) {
    sum += thread.row.cycles;
    const Address top = thread.stack + thread.stack_size;
    if (thread.stack_size != 0 && thread.lowest_sp < top) {
      thread.row.stack_peak_bytes = top - thread.lowest_sp;
    }
    report.threads.push_back(thread.row);
  }
  TINYSCOPE_ASSERT(sum == total);
  std::stable_sort(report.threads.begin(), report.threads.end(),
                   [](const ThreadRow& a, const ThreadRow& b) { return a.cycles > b.cycles; });
  return report;
}

}  // namespace tinyscope
