// Programming and erasing. RM0432, "FLASH program and erase operations".
#include <algorithm>
#include <cstring>
#include <vector>

#include "peripherals/st/flash.hpp"
#include "peripherals/st/flash_registers.hpp"

namespace tinyscope::st {

using namespace flash;

namespace {

constexpr std::uint32_t kPagesPerBank = 256;
constexpr std::uint32_t kDualBankPage = 0x1000;
constexpr std::uint32_t kSingleBankPage = 0x2000;
constexpr std::uint32_t kRowBytes = 512;  // STM32CubeL4: FLASH_NB_DOUBLE_WORDS_IN_ROW 64
constexpr std::uint64_t kErased = ~std::uint64_t{0};
constexpr std::size_t kFirstWrp[2] = {3, 7};  // WRP1AR and WRP2AR among the options

}  // namespace

std::uint32_t Flash::page_bytes() const { return dual_bank() ? kDualBankPage : kSingleBankPage; }

Flash::BankSet Flash::bank_of(Address offset) const {
  if (!dual_bank()) return kBothBanks;
  return offset < memory()->size() / 2 ? 1 : 2;
}

// With one bank, everything waits. RM0432, "Read-while-write (RWW)".
bool Flash::busy_at(Address offset) const { return (busy_banks_ & bank_of(offset)) != 0; }

void Flash::occupy(Duration time, BankSet banks) {
  busy_banks_ |= banks;
  busy_until_ = std::max(busy_until_, now()) + time;
  sr_->set(sr_->value() | kBsy);
  busy_.set(true);
  done_.at(busy_until_);
}

// RM0432: STRT and OPTSTRT clear with BSY; EOP shows while EOPIE is set only.
void Flash::finish() {
  std::uint32_t sr = sr_->value() & ~kBsy;
  if ((cr_->value() & kEopie) != 0) sr |= kEop;
  sr_->set(sr);
  cr_->set(cr_->value() & ~(kStrt | kOptstrt));
  old_cr_ = cr_->value();
  busy_banks_ = 0;
  busy_.set(false);
  update_interrupt();
}

// RM0432: OPERR accompanies an error while ERRIE is set only.
void Flash::fail(std::uint32_t flag) {
  std::uint32_t sr = sr_->value() | flag;
  if ((cr_->value() & kErrie) != 0) sr |= kOperr;
  sr_->set(sr);
  buffered_ = row_open_ = false;
  update_interrupt();
}

void Flash::start_erase() {
  const auto end_at_once = [this](std::uint32_t flag) {
    cr_->set(cr_->value() & ~kStrt);
    old_cr_ = cr_->value();
    fail(flag);
  };
  const std::uint32_t cr = cr_->value();
  const bool page = (cr & kPer) != 0;
  const bool mass = (cr & (kMer1 | kMer2)) != 0;
  const Memory* const flash = memory();
  if (page == mass || (cr & (kPg | kFstpg)) != 0 || flash == nullptr) return end_at_once(kPgserr);
  const std::uint32_t bank_bytes = flash->size() / 2;
  if (page) {
    const std::uint32_t number = cr >> kPnb & (kPagesPerBank - 1);
    std::uint32_t offset = number * page_bytes();
    if (dual_bank() && (cr & kBker) != 0) offset += bank_bytes;
    if (offset >= flash->size()) return end_at_once(kPgserr);
    if (protected_from_writes(offset)) return end_at_once(kWrperr);
    cells_.erase(offset, page_bytes());
    occupy(erase_page_time_, bank_of(offset));
    return;
  }
  // RM0432: a mass erase of flash with a protected page is refused. With one bank, either bit
  // erases everything.
  const bool first = (cr & kMer1) != 0 || !dual_bank();
  const bool second = (cr & kMer2) != 0 || !dual_bank();
  const std::uint32_t begin = first ? 0 : bank_bytes;
  const std::uint32_t end = second ? flash->size() : bank_bytes;
  for (std::uint32_t offset = begin; offset < end; offset += page_bytes()) {
    if (protected_from_writes(offset)) return end_at_once(kWrperr);
  }
  cells_.erase(begin, end - begin);
  occupy(erase_mass_time_,
         static_cast<BankSet>((first ? bank_of(0) : 0) | (second ? bank_of(bank_bytes) : 0)));
}

// WRPxyR: pages STRT to END of a bank, none if STRT lies behind END. With one bank, pages of 8 KiB
// are counted from the start of flash in all four areas.
bool Flash::protected_from_writes(std::uint32_t offset) const {
  const Memory* const flash = memory();
  const std::uint32_t bank_bytes = flash == nullptr ? 0 : flash->size() / 2;
  const std::uint32_t bank = dual_bank() && offset >= bank_bytes ? 1 : 0;
  const std::uint32_t page = (offset - bank * bank_bytes) / page_bytes();
  const auto covers = [page](std::uint32_t area) {
    return page >= (area & 0xFF) && page <= (area >> 16 & 0xFF);
  };
  for (std::uint32_t i = 0; i < 2; ++i) {
    if (dual_bank() && i != bank) continue;
    if (covers(loaded_options_[kFirstWrp[i]]) || covers(loaded_options_[kFirstWrp[i] + 1])) {
      return true;
    }
  }
  return false;
}

// The word that was stored reaches the cells with the other half of its double word, so the cell
// holds its old value until then.
FlashWritePolicy::Outcome Flash::cpu_write(Address offset, AccessSize size, std::uint32_t old_value,
                                           std::uint32_t new_value) {
  const Outcome unchanged{true, old_value};
  const std::uint32_t cr = cr_->value();
  if ((cr & (kPg | kFstpg)) == 0 || (sr_->value() & kProgramErrors) != 0) {
    fail(kPgserr);
    return unchanged;
  }
  if (size != AccessSize::kWord || offset % 4 != 0) {
    fail(kSizerr);
    return unchanged;
  }
  if (protected_from_writes(offset)) {
    fail(kWrperr);
    return unchanged;
  }
  // The caller puts what this returns into the cell, so the cell must hold its old value first.
  Memory* const flash = memory();
  if (flash == nullptr) return unchanged;
  flash->write(offset, AccessSize::kWord, old_value);
  if ((cr & kPg) != 0) {
    program_word(offset, new_value);
  } else {
    program_fast_word(offset, new_value);
  }
  return {true, flash->read(offset, AccessSize::kWord)};
}

void Flash::program_word(Address offset, std::uint32_t value) {
  if (!buffered_) {
    buffered_ = true;
    buffer_offset_ = offset;
    buffer_ = value;
    return;
  }
  buffered_ = false;
  if (offset / 8 != buffer_offset_ / 8 || offset == buffer_offset_) return fail(kPgaerr);
  const bool upper = offset % 8 != 0;
  const std::uint64_t low = upper ? buffer_ : value;
  const std::uint64_t high = upper ? value : buffer_;
  if (program_double_word(offset & ~7u, high << 32 | low)) {
    occupy(program_time_, bank_of(offset));
  }
}

// RM0432, PROGERR: only an erased double word can be programmed, but zeros can always.
bool Flash::program_double_word(Address offset, std::uint64_t value) {
  Memory* const flash = memory();
  std::uint64_t cells = 0;
  std::memcpy(&cells, flash->data() + offset, sizeof cells);
  if (cells != kErased && value != 0) {
    fail(kProgerr);
    return false;
  }
  std::array<std::uint8_t, sizeof value> bytes{};
  std::memcpy(bytes.data(), &value, sizeof value);
  cells_.put(offset, bytes);
  return true;
}

// A row is written from its start to its end without a gap.
void Flash::program_fast_word(Address offset, std::uint32_t value) {
  if (!row_open_) {
    if (offset % kRowBytes != 0) return fail(kPgaerr);
    row_open_ = true;
  } else if (offset != row_next_) {
    return fail(offset / kRowBytes != row_next_ / kRowBytes ? kPgaerr : kFasterr);
  }
  row_next_ = offset + 4;
  if (offset % 8 == 0) {
    buffer_ = value;
  } else if (!program_double_word(offset & ~7u, std::uint64_t{value} << 32 | buffer_)) {
    return;
  }
  if (row_next_ % kRowBytes != 0) return;
  row_open_ = false;
  occupy(program_row_time_, bank_of(offset));
}

}  // namespace tinyscope::st
