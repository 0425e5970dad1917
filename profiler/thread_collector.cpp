#include "profiler/thread_collector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/error.hpp"
#include "sim/glob.hpp"

namespace tinyscope {
namespace {

constexpr Address kNoSp = 0xFFFF'FFFFu;
constexpr std::size_t kLongestName = 32;
// Objects smaller than this are neither stacks nor control blocks.
constexpr std::uint32_t kSmallestObject = 32;
// A pointer this far below SP is no stack that SP is in.
constexpr std::uint32_t kLargestStack = 1u << 20;

}  // namespace

ThreadCollector::ThreadCollector(std::optional<FoundRtos> rtos, const SymbolTable& symbols,
                                 ReadMemory read)
    : rtos_(std::move(rtos)), read_(std::move(read)), threads_(1) {
  threads_[0].row.name = "(start-up)";
  threads_[0].row.starts = 1;
  if (rtos_) running_ = rtos_->object + rtos_->rules.running;
  for (const Symbol& symbol : symbols.all()) {
    if (symbol.kind != SymbolKind::kObject || symbol.size < kSmallestObject) continue;
    objects_.push_back({symbol.address, symbol.size, symbol.demangled});
  }
  std::stable_sort(objects_.begin(), objects_.end(),
                   [](const Object& a, const Object& b) { return a.begin < b.begin; });
}

const ThreadCollector::Object* ThreadCollector::object_at(Address address) const {
  auto after =
      std::upper_bound(objects_.begin(), objects_.end(), address,
                       [](Address wanted, const Object& object) { return wanted < object.begin; });
  if (after == objects_.begin()) return nullptr;
  --after;
  return address - after->begin < after->size ? &*after : nullptr;
}

std::uint32_t ThreadCollector::word(Address address) const {
  std::array<std::uint8_t, 4> bytes{};
  if (!read_(address, bytes)) return 0;
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

// Printable characters up to a zero; empty if anything else comes first.
std::string ThreadCollector::text(Address address) const {
  std::string found;
  std::array<std::uint8_t, 1> byte{};
  while (found.size() < kLongestName && read_(address, byte) && byte[0] >= ' ' && byte[0] < 0x7F) {
    found += static_cast<char>(byte[0]);
    ++address;
  }
  return found.size() == kLongestName || byte[0] == 0 ? found : std::string();
}

std::string ThreadCollector::name_in(Address control_block, const RtosRules::Layout& layout) const {
  const Address place = control_block + layout.name;
  return text(layout.name_in_place ? place : word(place));
}

// The layout of the control block that its contents suggest; null: none does.
const RtosRules::Layout* ThreadCollector::layout_of(Address control_block, Address sp) const {
  for (const RtosRules::Layout& layout : rtos_->rules.layouts) {
    if (name_in(control_block, layout).empty()) continue;
    const Address stack = word(control_block + layout.stack);
    if (!layout.stack_size && (stack == 0 || sp - stack > kLargestStack)) continue;
    return &layout;
  }
  return nullptr;
}

// What the firmware itself says of its control blocks. Not before it runs: a program in RAM would
// not be there.
void ThreadCollector::read_table() {
  table_read_ = true;
  if (rtos_->table == 0) return;
  RtosRules& rules = rtos_->rules;
  constexpr std::uint32_t kUnknown = 0xFFFF'FFFFu;
  constexpr std::uint32_t kFarOff = 4096;
  const std::uint32_t running = word(rtos_->table + 4 * rules.table_running);
  const std::uint32_t name = word(rtos_->table + 4 * rules.table_name);
  if (running < kFarOff) running_ = rtos_->object + running;
  if (name == kUnknown || name > kFarOff || name == 0) return;
  RtosRules::Layout layout;
  layout.name = name;
  layout.name_in_place = true;
  layout.stack_size = 0;  // neither stack nor size: symbols tell them
  rules.layouts.insert(rules.layouts.begin(), layout);
}

std::size_t ThreadCollector::thread_of_rules(Address sp) {
  if (!table_read_) read_table();
  const Address control_block = word(running_);
  if (control_block == 0) return 0;
  Thread seen;
  seen.identity.control_block = control_block;
  const RtosRules::Layout* const layout = layout_of(control_block, sp);
  const bool has_stack = layout != nullptr && layout->stack != 0;
  if (layout != nullptr) seen.identity.name = word(control_block + layout->name);
  if (has_stack) seen.identity.stack = word(control_block + layout->stack);
  const auto same = [&seen](const Thread& known) { return known.identity == seen.identity; };
  if (same(threads_[current_])) return current_;
  const auto found = std::find_if(threads_.begin(), threads_.end(), same);
  if (found != threads_.end()) return static_cast<std::size_t>(found - threads_.begin());

  if (layout != nullptr) seen.row.name = name_in(control_block, *layout);
  if (seen.row.name.empty()) {
    const Object* const object = object_at(control_block);
    seen.row.name =
        object != nullptr ? object->name : fmt::format("thread {:#010x}", control_block);
  }
  if (has_stack) {
    seen.stack = seen.identity.stack;
    if (layout->stack_size) seen.stack_size = word(control_block + *layout->stack_size);
  }
  return add_thread(std::move(seen), sp);
}

// Whoever was interrupted behind this frame goes on; a frame that no exception wrote belongs to a
// new thread.
std::size_t ThreadCollector::thread_of_frame(Address frame, Address sp) {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (threads_[i].suspended_at == frame) return i;
  }
  const Object* const object = object_at(frame);
  for (std::size_t i = 0; i < threads_.size() && object != nullptr; ++i) {
    if (threads_[i].stack == object->begin) return i;
  }
  Thread seen;
  seen.row.name =
      object != nullptr ? object->name : fmt::format("thread with stack at {:#010x}", sp);
  return add_thread(std::move(seen), sp);
}

// Where the stack lies, if that is not known: an object that holds SP, or what is between its
// lowest byte and the SP that the thread begins with.
std::size_t ThreadCollector::add_thread(Thread thread, Address sp) {
  const Object* const object = object_at(sp - 4);
  if (object != nullptr && thread.stack == 0) {
    thread.stack = object->begin;
    thread.stack_size = object->size;
  }
  if (thread.stack != 0 && thread.stack_size == 0 && sp - thread.stack <= kLargestStack) {
    thread.stack_size = sp - thread.stack;
  }
  thread.row.idle = rtos_ && glob_match_any(rtos_->rules.idle, thread.row.name);
  if (follows_stacks()) thread.row.stack_bytes = thread.stack_size;
  threads_.push_back(std::move(thread));
  return threads_.size() - 1;
}

void ThreadCollector::leave_thread(std::uint64_t cycle) {
  Thread& thread = threads_[current_];
  thread.row.cycles += cycle - since_;
  thread.lowest_sp = std::min(thread.lowest_sp, lowest_sp_);
  in_thread_ = false;
  handlers_since_ = cycle;
}

void ThreadCollector::enter_thread(const ExceptionEvent& event, std::uint64_t cycle) {
  handler_cycles_ += cycle - handlers_since_;
  const std::size_t next =
      rtos_ ? thread_of_rules(event.sp) : thread_of_frame(event.frame, event.sp);
  threads_[next].suspended_at = 0;
  if (next != current_) {
    ++threads_[next].row.starts;
    if (started_) started_(threads_[next].row.name, cycle);
  }
  current_ = next;
  in_thread_ = true;
  since_ = cycle;
  lowest_sp_ = kNoSp;
}

void ThreadCollector::on_exception(const ExceptionEvent& event) {
  if (event.phase == ExceptionPhase::kEntry && in_thread_) {
    lowest_sp_ = std::min(lowest_sp_, event.frame);  // the frame lies on the thread's stack
    threads_[current_].suspended_at = event.frame;
    leave_thread(event.cycles_before.count);
  } else if (event.phase == ExceptionPhase::kReturn && event.return_to == 0) {
    enter_thread(event, event.cycles_before.count + event.cycles.total());
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
  for (Thread& thread : threads_) thread.suspended_at = 0;
  current_ = 0;
  if (started_) started_(threads_[0].row.name, cycle.count);
  in_thread_ = true;
  since_ = cycle.count;
  lowest_sp_ = kNoSp;
}

std::vector<ThreadCollector::Stack> ThreadCollector::stacks() const {
  std::vector<Stack> stacks;
  for (const Thread& thread : threads_) {
    const bool known = thread.stack_size != 0 && thread.lowest_sp != kNoSp;
    if (!known) continue;
    stacks.push_back({thread.row.name, thread.stack, thread.stack_size, thread.lowest_sp});
  }
  return stacks;
}

void ThreadCollector::begin(std::uint64_t cycle, bool in_handler, Address sp) {
  begin_ = since_ = handlers_since_ = cycle;
  in_thread_ = !in_handler;
  if (in_thread_ && rtos_) current_ = thread_of_rules(sp);
}

ThreadReport ThreadCollector::report(std::uint64_t end) {
  if (in_thread_) leave_thread(end);
  handler_cycles_ += end - handlers_since_;
  ThreadReport report;
  if (rtos_) {
    report.rtos = rtos_->rules.name;
  } else if (threads_.size() > 1) {
    report.rtos = "unknown RTOS";
  } else {
    return report;
  }
  report.handler_cycles = handler_cycles_;
  std::uint64_t sum = handler_cycles_;
  for (Thread& thread : threads_) {
    sum += thread.row.cycles;
    const Address top = thread.stack + thread.stack_size;
    if (follows_stacks() && thread.stack_size != 0 && thread.lowest_sp < top) {
      thread.row.stack_peak_bytes = top - thread.lowest_sp;
    }
    report.threads.push_back(thread.row);
  }
  TINYSCOPE_ASSERT(sum == end - begin_);
  std::stable_sort(report.threads.begin(), report.threads.end(),
                   [](const ThreadRow& a, const ThreadRow& b) { return a.cycles > b.cycles; });
  return report;
}

}  // namespace tinyscope
