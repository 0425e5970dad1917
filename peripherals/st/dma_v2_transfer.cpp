// How streams move data: which transaction comes next, how long it takes, what it moves.
#include <algorithm>

#include "peripherals/st/dma_v2.hpp"
#include "peripherals/st/dma_v2_registers.hpp"

namespace tinyscope::st {

using namespace dma_v2;

namespace {

// RM0385, SxCR.PSIZE and MSIZE: 00 is a byte, 01 a half-word, 10 a word; 11 is reserved.
AccessSize size_of(std::uint32_t bits) {
  return bits == 0 ? AccessSize::kByte : bits == 1 ? AccessSize::kHalf : AccessSize::kWord;
}

// PBURST and MBURST: single, 4, 8 and 16 items.
std::uint32_t beats_of(std::uint32_t bits) { return bits == 0 ? 1u : 2u << bits; }

}  // namespace

// RM0385, SxFCR.DMDIS: memory to memory always uses the FIFO.
bool DmaStreams::direct(const Stream& stream) const {
  return (stream.fcr->value() & kDmdis) == 0 && !memory_to_memory(stream);
}

bool DmaStreams::from_memory(const Stream& stream) const {
  return (stream.cr->value() >> kDirBit & 3u) == kMemoryToPeripheral;
}

bool DmaStreams::memory_to_memory(const Stream& stream) const {
  return (stream.cr->value() >> kDirBit & 3u) == kMemoryToMemory;
}

AccessSize DmaStreams::peripheral_size(const Stream& stream) const {
  return size_of(stream.cr->value() >> kPsizeBit & 3u);
}

// RM0385, "Programmable data width": in direct mode MSIZE is that of the peripheral.
AccessSize DmaStreams::memory_size(const Stream& stream) const {
  return direct(stream) ? peripheral_size(stream) : size_of(stream.cr->value() >> kMsizeBit & 3u);
}

std::uint32_t DmaStreams::peripheral_beats(const Stream& stream) const {
  return direct(stream) ? 1 : beats_of(stream.cr->value() >> kPburstBit & 3u);
}

std::uint32_t DmaStreams::memory_beats(const Stream& stream) const {
  return direct(stream) ? 1 : beats_of(stream.cr->value() >> kMburstBit & 3u);
}

// FCR.FTH: a quarter, a half, three quarters and all of the FIFO.
std::uint32_t DmaStreams::threshold(const Stream& stream) const {
  return ((stream.fcr->value() & kFth) + 1) * (kFifoBytes / 4);
}

void DmaStreams::begin_transfer(Stream& stream) {
  const std::uint32_t cr = stream.cr->value();
  stream.draining = false;
  stream.peripheral = stream.par->value();
  stream.memory = stream.mar[(cr & kDbm) != 0 && (cr & kCt) != 0 ? 1 : 0]->value();
  stream.memory_left = stream.programmed * bytes(peripheral_size(stream));
}

// The peripheral side moves a burst, or what is left if that is less.
bool DmaStreams::wants_peripheral(Stream& stream) const {
  const std::uint32_t left = stream.ndtr->value();
  if (!stream.enabled || left == 0) return false;
  const Request& request = request_of(stream);
  if (!memory_to_memory(stream) && !request.pending && !request.wire->level()) return false;
  const std::uint32_t beats = std::min(peripheral_beats(stream), left);
  const std::uint32_t moved =
      std::min<std::uint32_t>(beats * bytes(peripheral_size(stream)), kFifoBytes);
  if (from_memory(stream)) return stream.level >= moved;
  // In direct mode the next item waits until the last one is in memory.
  return direct(stream) ? stream.level == 0 : stream.level + moved <= kFifoBytes;
}

// RM0385, "FIFO": once the threshold is reached, or when no more is to come, what the FIFO holds
// goes to memory; it is filled from memory as far as there is room for a burst.
bool DmaStreams::wants_memory(const Stream& stream) const {
  if (!stream.enabled || stream.memory_left == 0) return false;
  const std::uint32_t item = bytes(memory_size(stream));
  if (from_memory(stream)) {
    if (direct(stream)) return stream.level == 0;
    const std::uint32_t burst = std::min(item * memory_beats(stream), stream.memory_left);
    return stream.level + burst <= kFifoBytes;
  }
  return stream.level != 0 && stream.draining;
}

// RM0385, "Arbiter": the highest PL, and among equals the lowest number; of one stream the memory
// side first, so that the FIFO does not stand in the way of its peripheral.
std::optional<DmaStreams::Transaction> DmaStreams::choose() {
  std::optional<Transaction> best;
  std::uint32_t best_priority = 0;
  for (std::uint32_t i = 0; i < kStreams; ++i) {
    Stream& stream = streams_[i];
    const bool memory = wants_memory(stream);
    if (!memory && !wants_peripheral(stream)) continue;
    const std::uint32_t priority = stream.cr->value() >> kPlBit & 3u;
    if (best && priority <= best_priority) continue;
    best = Transaction{i, memory ? Side::kMemory : Side::kPeripheral};
    best_priority = priority;
  }
  return best;
}

std::uint64_t DmaStreams::cycles_of(const Stream& stream, Side side) const {
  const bool memory = side == Side::kMemory;
  const std::uint32_t beats = memory ? memory_beats(stream) : peripheral_beats(stream);
  std::uint64_t cycles = port_cycles_ + (beats - 1) * beat_cycles_;
  const Address address = memory ? stream.memory : stream.peripheral;
  if (bus_.memory_at(address).memory == nullptr) cycles += beats * peripheral_cycles_;
  return cycles;
}

void DmaStreams::start() {
  if (busy_) return;
  const auto next = choose();
  draw(next.has_value());
  if (!next) return;
  busy_ = true;
  current_ = *next;
  // A request is seen at an edge of HCLK.
  std::uint64_t tick = clock_.tick_at(now());
  if (clock_.hz() != 0 && clock_.time_of(tick) < now()) ++tick;
  end_tick_ = tick + cycles_of(streams_[current_.stream], current_.side);
  schedule_end();
}

void DmaStreams::schedule_end() {
  if (clock_.hz() == 0) {
    end_.cancel();
  } else if (busy_) {
    end_.at(clock_.time_of(end_tick_));
  }
}

void DmaStreams::clock_changed(std::uint64_t hz) {
  clock_.set_hz(hz, now());
  schedule_end();
}

// Switched off, or the request withdrawn, while the transaction waited: nothing moves.
void DmaStreams::finish() {
  Stream& stream = streams_[current_.stream];
  if (current_.side == Side::kMemory) {
    if (wants_memory(stream)) {
      for (std::uint32_t i = memory_beats(stream); i > 0 && stream.memory_left != 0; --i) {
        if (!stream.enabled || (!from_memory(stream) && stream.level == 0)) break;
        move_memory(stream);
      }
    }
  } else if (wants_peripheral(stream)) {
    request_of(stream).pending = false;  // before the accesses, which may cause the next request
    if (stream.acknowledge != nullptr) stream.acknowledge->pulse();
    for (std::uint32_t i = peripheral_beats(stream); i > 0 && stream.ndtr->value() != 0; --i) {
      if (!stream.enabled) break;
      move_peripheral(stream);
    }
  }
  busy_ = false;
  start();
}

void DmaStreams::move_peripheral(Stream& stream) {
  const AccessSize size = peripheral_size(stream);
  const bool moved = from_memory(stream) ? drain_to(stream, stream.peripheral, size)
                                         : fill_from(stream, stream.peripheral, size);
  if (!moved) return fail(stream);
  if ((stream.cr->value() & kPinc) != 0) stream.peripheral += bytes(size);
  const std::uint32_t left = stream.ndtr->value() - 1;
  stream.ndtr->set(left);
  if (left == stream.programmed / 2) stream.flags |= kHtif;
  if (left == 1 && !from_memory(stream) && (stream.cr->value() & (kCirc | kDbm)) == 0) {
    stream.last->pulse();
  }
  stream.draining |= direct(stream) || stream.level >= threshold(stream) || left == 0;
  if (left == 0 && from_memory(stream)) complete(stream);
  update_interrupt(stream);
}

// RM0385, "Packing/unpacking": what remains in the FIFO at the end may be less than an item of the
// memory's size; it is written in smaller ones.
void DmaStreams::move_memory(Stream& stream) {
  AccessSize size = memory_size(stream);
  const std::uint32_t available = from_memory(stream) ? stream.memory_left : stream.level;
  while (bytes(size) > available) {
    size = size == AccessSize::kWord ? AccessSize::kHalf : AccessSize::kByte;
  }
  const bool moved = from_memory(stream) ? fill_from(stream, stream.memory, size)
                                         : drain_to(stream, stream.memory, size);
  if (!moved) return fail(stream);
  if ((stream.cr->value() & kMinc) != 0) stream.memory += bytes(size);
  stream.memory_left -= bytes(size);
  const bool less_than_an_item = stream.level < bytes(memory_size(stream));
  if (less_than_an_item && stream.ndtr->value() != 0) stream.draining = false;
  if (stream.memory_left == 0 && !from_memory(stream)) complete(stream);
  update_interrupt(stream);
}

bool DmaStreams::fill_from(Stream& stream, Address address, AccessSize size) {
  if (!reaches(address)) return false;
  const BusReply item = bus_.master_read(address & ~(bytes(size) - 1), size, now());
  if (!item.ok || stream.level + bytes(size) > kFifoBytes) return false;
  for (unsigned i = 0; i < bytes(size); ++i) {
    stream.fifo[stream.level++] = static_cast<std::uint8_t>(item.value >> 8 * i);
  }
  return true;
}

bool DmaStreams::drain_to(Stream& stream, Address address, AccessSize size) {
  if (!reaches(address) || stream.level < bytes(size)) return false;
  std::uint32_t value = 0;
  for (unsigned i = 0; i < bytes(size); ++i) value |= std::uint32_t{stream.fifo[i]} << 8 * i;
  stream.level -= bytes(size);
  std::copy_n(stream.fifo.begin() + bytes(size), stream.level, stream.fifo.begin());
  return bus_.master_write(address & ~(bytes(size) - 1), size, value, now());
}

bool DmaStreams::reaches(Address address) {
  for (const std::string& name : unreachable_names_) {
    for (const auto& mapped : bus_.memories()) {
      if (mapped.name == name) unreachable_.push_back(mapped.memory);
    }
  }
  unreachable_names_.clear();
  if (unreachable_.empty()) return true;
  const Memory* const memory = bus_.memory_at(address).memory;
  return memory == nullptr ||
         std::find(unreachable_.begin(), unreachable_.end(), memory) == unreachable_.end();
}

// RM0385, "Circular mode" and "Double-buffer mode", which is circular and changes to the other
// memory address. Otherwise the stream is disabled.
void DmaStreams::complete(Stream& stream) {
  const std::uint32_t cr = stream.cr->value();
  stream.flags |= kTcif;
  if ((cr & (kCirc | kDbm)) == 0) {
    stream.cr->set(cr & ~kEn);
    stream.old_cr = stream.cr->value();
    stream.enabled = false;
    return;
  }
  if ((cr & kDbm) != 0) stream.cr->set(cr ^ kCt);
  stream.old_cr = stream.cr->value();
  stream.ndtr->set(stream.programmed);
  begin_transfer(stream);
}

// RM0385, "Error management": a bus error disables the stream.
void DmaStreams::fail(Stream& stream) {
  stream.flags |= kTeif;
  stream.level = 0;
  stream.cr->set(stream.cr->value() & ~kEn);
  stream.old_cr = stream.cr->value();
  stream.enabled = false;
  update_interrupt(stream);
}

}  // namespace tinyscope::st
