// The data accesses of the running instruction: alignment, MPU, peripherals, stores to flash.
#include <algorithm>

#include "cores/cortex_m/core.hpp"
#include "cores/cortex_m/exception_numbers.hpp"
#include "cores/cortex_m/fast_path.hpp"
#include "cores/memory/cached_data.hpp"

namespace tinyscope {
namespace {

constexpr Address kPpbBase = 0xE0000000u;
constexpr Address kPpbEnd = 0xE0100000u;
constexpr Address kScsBase = 0xE000E000u;

// Data accesses that one instruction makes.
std::size_t expected_accesses(const Insn& insn) {
  return insn.access_count == 0 ? 1 : insn.access_count;
}

bool is_exclusive(const Insn& insn) {
  return insn.op == Op::kLoadExclusive || insn.op == Op::kStoreExclusive;
}

}  // namespace

void CortexM::on_access(Address address, std::uint32_t size, bool write) noexcept {
  try {
    if (current_ == nullptr) {
      if (rollback_.active() && write) rollback_.keep_memory(address, size);
      return;
    }
    if (size > 4) {
      note_access(address, 4, write);
      note_access(address + 4, 4, write);
    } else {
      note_access(address, size, write);
    }
  } catch (...) {
    capture(std::current_exception());
  }
}

void CortexM::note_access(Address address, std::uint32_t size, bool write) {
  const Insn& insn = current_->insn;
  // STREX reads what it is going to replace; an access across a page is announced again in parts.
  if (insn.op == Op::kStoreExclusive && !write) return;
  if (access_count_ >= expected_accesses(insn) || access_count_ >= accesses_.size()) return;
  MemoryAccess& access = accesses_[access_count_++];
  access.address = address;
  access.size = static_cast<std::uint8_t>(size);
  access.write = write;
  check_access(address, size, write);
  if (flash_busy_ && !write && flash_busy_at(address)) {
    reads_busy_flash_ = true;
    attention_ = true;
  }
  if (!write || fault_) return;
  if (cached_data_ != nullptr) cached_data_->before_store(address, size);
  if (writable_flash_ != nullptr) note_flash_store(address, size);
  if (cache_.has_code(address)) {
    cache_.invalidate(address, size);
    if (fast_ && cache_.has_dropped()) {
      fast_->engine->invalidate_code(address, size);
      forget_blocks();
    }
  }
  if (address <= store_watch_last_ && address + size > store_watch_first_) store_watch_hit_ = true;
}

void CortexM::note_flash_store(Address address, std::uint32_t size) {
  const Bus::MemoryPlace place = bus_.memory_at(address);
  if (place.memory != writable_flash_) return;
  const auto width = static_cast<AccessSize>(size);
  flash_stores_.push_back({place, address, width, place.memory->read(place.offset, width)});
}

// The engine has stored into flash: the flash controller says what the cells hold now.
void CortexM::settle_flash_stores() {
  flash_stores_made_ += flash_stores_.size();
  for (const FlashStore& store : flash_stores_) {
    Memory& memory = *store.place.memory;
    FlashWritePolicy& policy = *memory.write_policy();
    const std::uint32_t wanted = memory.read(store.place.offset, store.size);
    FlashWritePolicy::Outcome outcome;
    if (policy.cpu_writes_enabled()) {
      outcome = policy.cpu_write(store.place.offset, store.size, store.old_value, wanted);
    }
    memory.write(store.place.offset, store.size,
                 outcome.accepted ? outcome.stored : store.old_value);
    code_changed(store.address, bytes(store.size));
    if (!outcome.accepted && !imprecise_fault_) {
      imprecise_fault_ = PendingFault{exception::kBusFault, cfsr::kImpreciserr, {}};
      attention_ = true;
    }
    if (!policy.cpu_writes_enabled()) {
      set_writable(memory, false);
      writable_flash_ = nullptr;
    }
  }
  flash_stores_.clear();
  refresh_deadline();  // the controller has scheduled the end of its work
}

// At each address at which the memory appears: flash has an alias where a chip boots from it.
void CortexM::set_writable(const Memory& memory, bool writable) {
  for (const auto& mapped : bus_.memories()) {
    if (mapped.memory == &memory) engine_->set_writable(mapped.base, mapped.size, writable);
  }
}

// Where unaligned accesses fault. Arm DDI 0403E, A3.2.1, leaves those to all Device and Strongly-
// ordered memory UNPREDICTABLE. The Cortex-M4 splits them for its system bus (Arm DDI 0439D,
// "Unaligned accesses"): Arduino sketches on the nRF52840 store a word to 0x40036FFF and go on. The
// Cortex-M7 faults (Arm DDI 0489, "Unaligned accesses").
bool CortexM::refuses_unaligned(Address address, std::uint32_t size) const {
  if (config_.family == CoreFamily::kCortexM4) return address >= kPpbBase;
  return mpu_.attributes(address).type != MemoryType::kNormal ||
         mpu_.attributes(address + size - 1).type != MemoryType::kNormal;
}

void CortexM::check_access(Address address, std::uint32_t size, bool write) {
  const Insn& insn = current_->insn;
  if ((address & (size - 1)) != 0) {
    const bool trap = insn.must_be_word_aligned() || is_exclusive(insn) ||
                      (system_.ccr & ccr::kUnalignTrp) != 0 || refuses_unaligned(address, size);
    if (trap) {
      if (write) rollback_.keep_memory(address, size);
      access_fault(exception::kUsageFault, cfsr::kUnaligned, address);
      return;
    }
  }
  if (mpu_active_ && !mpu_.allows(address, size, write ? AccessType::kWrite : AccessType::kRead,
                                  accesses_privileged(), nvic_.execution_priority(masks_) < 0)) {
    if (write) rollback_.keep_memory(address, size);
    access_fault(exception::kMemManage, cfsr::kDaccviol | cfsr::kMmarvalid, address);
  }
}

// The current instruction cannot complete: the engine stops at it, or is taken back to it.
void CortexM::access_fault(unsigned exception, std::uint32_t cfsr_bits, Address address) {
  if (fault_) return;
  fault_ = PendingFault{exception, cfsr_bits, address};
  attention_ = true;
  if (current_ != nullptr && current_->insn.in_it) {
    halt_before(*current_);
  } else {
    engine_->request_halt();
  }
}

// When the running data access happens, in simulated time; fires what is due until then.
TimePoint CortexM::access_time() {
  std::uint64_t cycle = runs_functional_ ? functional_access_cycle() : cycles_.count - early_.count;
  if (current_ != nullptr) {
    cycle +=
        timing_->access_offset(current_->insn).count + (access_count_ > 0 ? access_count_ - 1 : 0);
  }
  const TimePoint time = std::max(clock_.time_of(cycle), scheduler_.now());
  scheduler_.advance_to(time);
  return time;
}

std::uint32_t CortexM::mmio_read(Address address, AccessSize size) noexcept {
  try {
    if (fault_ || rollback_.active()) return 0;
    const bool forbidden = address >= kPpbBase && address < kPpbEnd && !accesses_privileged() &&
                           !system_control_.allows_unprivileged(address - kScsBase);
    const TimePoint time = access_time();
    const BusReply reply = forbidden ? BusReply{0, false} : bus_.read(address, size, time);
    refresh_deadline();
    if (runs_functional_) renew_functional_limit();
    if (reply.ok) return reply.value;
    const bool ignored =
        (system_.ccr & ccr::kBfhfnmign) != 0 && nvic_.execution_priority(masks_) < 0;
    if (!ignored) {
      if (runs_functional_) stop_inside(address, false);
      access_fault(exception::kBusFault, cfsr::kPreciserr | cfsr::kBfarvalid, address);
    }
  } catch (...) {
    capture(std::current_exception());
  }
  return 0;
}

void CortexM::mmio_write(Address address, AccessSize size, std::uint32_t value) noexcept {
  try {
    if (fault_ || rollback_.active()) return;
    const bool forbidden = address >= kPpbBase && address < kPpbEnd && !accesses_privileged() &&
                           !system_control_.allows_unprivileged(address - kScsBase);
    const TimePoint time = access_time();
    const bool ok = !forbidden && bus_.write(address, size, value, time);
    refresh_deadline();
    if (runs_functional_) renew_functional_limit();
    if (ok) return;
    if ((system_.ccr & ccr::kBfhfnmign) != 0 && nvic_.execution_priority(masks_) < 0) return;
    if (forbidden || (system_.actlr & actlr::kDisdefwbuf) != 0) {
      if (runs_functional_) stop_inside(address, true);
      access_fault(exception::kBusFault, cfsr::kPreciserr | cfsr::kBfarvalid, address);
      return;
    }
    // The store sits in the write buffer: the fault arrives behind the instruction.
    if (!imprecise_fault_) {
      imprecise_fault_ = PendingFault{exception::kBusFault, cfsr::kImpreciserr, {}};
    }
    attention_ = true;
    if (runs_functional_) renew_functional_limit();
  } catch (...) {
    capture(std::current_exception());
  }
}

}  // namespace tinyscope
