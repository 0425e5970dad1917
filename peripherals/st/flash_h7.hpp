// FLASH interface of the STM32H7A3: two banks of sectors of 8 KB, written by words of 128 bits.
// RM0455, chapter "Embedded Flash memory (FLASH)"; bits as in CMSIS stm32h7a3xxq.h.
//
// The SoC file names the flash in `controls_flash`. Port "read" (FlashReadPort) tells the memory
// system the wait states. Each bank programs and erases by itself. An operation changes the memory
// at once and keeps BSY and QW high for its time; the wire "busy" is high meanwhile: the machine
// halts a core that reads from the busy bank.
//
// Parameters: `program_us`, `erase_sector_us`, `erase_bank_us`, `option_us`. Wires: "irq"; "busy".
// Clocks: follows "hclk", to judge LATENCY. Lines: rcc_lines.hpp ("pwr.actvos0", "pwr.actvos1").
//
// Not modelled: ECC errors, so that a word that is programmed twice reads as both (reported); read
// and PCROP protection, secure areas, swapped banks, the boot address (reported when options are
// programmed); OTP; the CRC unit (reported).
#pragma once

#include <array>

#include "peripherals/st/flash_cells.hpp"
#include "peripherals/st/flash_lock.hpp"
#include "peripherals/st/wired_block.hpp"
#include "sim/memory.hpp"
#include "sim/ports.hpp"

namespace tinyscope::st {

class FlashH7 final : public WiredBlock, public FlashWritePolicy {
 public:
  explicit FlashH7(PeripheralContext& context);

  Port* port(std::string_view name) override { return name == "read" ? &read_port_ : nullptr; }

  bool cpu_writes_enabled() const override { return true; }
  bool busy_at(Address offset) const override { return bank_at(offset).busy; }
  Outcome cpu_write(Address offset, AccessSize size, std::uint32_t old_value,
                    std::uint32_t new_value) override;

 private:
  using Register = RegisterFile::Register;
  static constexpr unsigned kBanks = 2;
  static constexpr unsigned kWordBytes = 16;
  struct Bank {
    Register* cr = nullptr;
    Register* sr = nullptr;
    FlashLock lock{0x4567'0123, 0xCDEF'89AB};
    std::uint32_t old_cr = 0;
    bool busy = false;
    TimePoint busy_until{};
    std::unique_ptr<Event> done;
    // The write buffer: a flash word that is being collected.
    Address word = 0;           // its offset
    std::uint32_t written = 0;  // a bit for each of its bytes
    std::array<std::uint8_t, kWordBytes> bytes{};
  };
  struct Option {
    Register* current = nullptr;
    Register* programmed = nullptr;
    std::uint32_t factory = 0;
    std::uint32_t stored = 0;
  };

  // flash_h7.cpp
  void define_access_control();
  void define_bank(PeripheralContext& context, unsigned index);
  void define_options();
  void write_acr();
  void check_latency();
  void write_cr(Bank& bank);
  void show_lock(Bank& bank);
  void write_optcr();
  void show_option_lock();
  void options_programmed();
  void report_options();
  void update_interrupt();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  // flash_h7_program.cpp
  const Bank& bank_at(Address offset) const { return banks_[offset < bank_bytes() ? 0 : 1]; }
  std::uint32_t bank_bytes() const;
  bool protected_from_writes(Address offset) const;
  void occupy(Bank& bank, Duration time);
  void finish(Bank& bank);
  void fail(Bank& bank, std::uint32_t flag);
  void start_erase(Bank& bank, bool whole);
  void collect(Bank& bank, Address offset, AccessSize size, std::uint32_t value);
  void program(Bank& bank);

  Wire& irq_;
  Wire& busy_;
  std::array<Wire*, 2> actvos_;
  ClockSignal& hclk_;
  FlashReadPort read_port_;
  FlashCells cells_;
  Duration program_time_{}, erase_sector_time_{}, erase_bank_time_{}, option_time_{};
  Register* acr_ = nullptr;
  Register* optcr_ = nullptr;
  std::array<Bank, kBanks> banks_{};
  // In this order: OPTSR, BOOT, then PRAR, SCAR and WPSN of each bank.
  static constexpr std::size_t kOptions = 8;
  static constexpr std::size_t kFirstWpsn = 4;
  std::array<Option, kOptions> options_{};
  FlashLock option_lock_{0x0819'2A3B, 0x4C5D'6E7F};
  Event options_done_;
};

}  // namespace tinyscope::st
