// Programming and erasing. RM0455, "FLASH program operations", "FLASH erase operations".
#include <algorithm>
#include <cstring>

#include "peripherals/st/flash_h7.hpp"
#include "peripherals/st/flash_h7_registers.hpp"

namespace tinyscope::st {

using namespace flash_h7;

namespace {

constexpr std::uint32_t kSectorBytes = 0x2000;   // CMSIS, FLASH_SECTOR_SIZE
constexpr std::uint32_t kSectorsPerWpsnBit = 4;  // 128 sectors, 32 bits
constexpr std::uint32_t kErrors = kWrperr | kPgserr | kStrberr | kIncerr;

}  // namespace

std::uint32_t FlashH7::bank_bytes() const {
  const Memory* const flash = cells_.memory();
  return flash == nullptr ? 0 : flash->size() / 2;
}

// WPSNx: a 0 protects four sectors.
bool FlashH7::protected_from_writes(Address offset) const {
  const std::size_t bank = offset < bank_bytes() ? 0 : 1;
  const std::uint32_t sector =
      (offset - static_cast<std::uint32_t>(bank) * bank_bytes()) / kSectorBytes;
  const std::uint32_t wpsn = options_[kFirstWpsn + 3 * bank].stored;
  return (wpsn >> sector / kSectorsPerWpsnBit & 1u) == 0;
}

// What is asked for while another operation goes on waits its turn.
void FlashH7::occupy(Bank& bank, Duration time) {
  bank.busy = true;
  bank.busy_until = std::max(bank.busy_until, now()) + time;
  bank.sr->set(bank.sr->value() | kBsy | kQw);
  busy_.set(true);
  bank.done->at(bank.busy_until);
}

void FlashH7::finish(Bank& bank) {
  bank.busy = false;
  bank.sr->set((bank.sr->value() & ~(kBsy | kQw)) | kEop);
  bool any = false;
  for (const Bank& each : banks_) any |= each.busy;
  busy_.set(any);
  update_interrupt();
}

void FlashH7::fail(Bank& bank, std::uint32_t flag) {
  bank.written = 0;
  bank.sr->set((bank.sr->value() & ~kWbne) | flag);
  update_interrupt();
}

void FlashH7::start_erase(Bank& bank, bool whole) {
  const std::uint32_t size = bank_bytes();
  const std::uint32_t base = &bank == &banks_[0] ? 0 : size;
  const std::uint32_t cr = bank.cr->value();
  if (size == 0 || (!whole && (cr & kSer) == 0)) return fail(bank, kPgserr);
  if (!whole) {
    const Address offset = base + (cr >> kSnb & 0x7Fu) * kSectorBytes;
    if (offset - base >= size) return fail(bank, kPgserr);
    if (protected_from_writes(offset)) return fail(bank, kWrperr);
    cells_.erase(offset, kSectorBytes);
    return occupy(bank, erase_sector_time_);
  }
  for (Address offset = base; offset < base + size; offset += kSectorBytes) {
    if (protected_from_writes(offset)) return fail(bank, kWrperr);
  }
  cells_.erase(base, size);
  occupy(bank, erase_bank_time_);
}

// The flash word reaches the cells when it is complete, so a cell holds its old value until then.
FlashWritePolicy::Outcome FlashH7::cpu_write(Address offset, AccessSize size,
                                             std::uint32_t old_value, std::uint32_t new_value) {
  Bank& bank = banks_[offset < bank_bytes() ? 0 : 1];
  Memory* const flash = cells_.memory();
  const Outcome unchanged{true, old_value};
  if (flash == nullptr) return unchanged;
  if ((bank.cr->value() & kPg) == 0 || (bank.sr->value() & kErrors) != 0) {
    fail(bank, kPgserr);
    return unchanged;
  }
  if (protected_from_writes(offset)) {
    fail(bank, kWrperr);
    return unchanged;
  }
  // The caller puts what this returns into the cell, so the cell must hold its old value first.
  flash->write(offset, size, old_value);
  collect(bank, offset, size, new_value);
  return {true, flash->read(offset, size)};
}

void FlashH7::collect(Bank& bank, Address offset, AccessSize size, std::uint32_t value) {
  const Address word = offset & ~(kWordBytes - 1);
  const unsigned first = offset & (kWordBytes - 1);
  const auto count = static_cast<unsigned>(size);
  const std::uint32_t lanes = ((std::uint32_t{1} << count) - 1) << first;
  if (bank.written == 0) {
    bank.word = word;
    bank.bytes.fill(0xFF);
  } else if (word != bank.word) {
    return fail(bank, kIncerr);
  }
  if ((bank.written & lanes) != 0) return fail(bank, kStrberr);
  for (unsigned i = 0; i < count; ++i) {
    bank.bytes[first + i] = static_cast<std::uint8_t>(value >> 8 * i);
  }
  bank.written |= lanes;
  if (bank.written == 0xFFFF) return program(bank);
  bank.sr->set(bank.sr->value() | kWbne);
}

// Programming clears bits only. On the chip a word that was not erased gets a wrong ECC.
void FlashH7::program(Bank& bank) {
  const std::uint8_t* const cells = cells_.memory()->data() + bank.word;
  const bool erased =
      std::all_of(cells, cells + kWordBytes, [](auto cell) { return cell == 0xFF; });
  if (!erased) {
    notes_.unmodelled(name_, "ECC error of a flash word that is programmed twice", kCr, true,
                      bank.word);
  }
  for (unsigned i = 0; i < kWordBytes; ++i) bank.bytes[i] &= cells[i];
  cells_.put(bank.word, bank.bytes);
  bank.written = 0;
  bank.sr->set(bank.sr->value() & ~kWbne);
  occupy(bank, program_time_);
}

}  // namespace tinyscope::st
