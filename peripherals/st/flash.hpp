// FLASH interface: read access control, programming, erasing, option bytes.
// RM0432 (STM32L4+), chapter "Embedded Flash memory (FLASH)".
//
// The SoC file names the flash in `controls_flash`. Port "read" (FlashReadPort) tells the memory
// system how flash is read. An operation changes the memory at once and keeps BSY high for its
// time; the wire "busy" is high meanwhile: the machine halts a core that reads from the busy bank.
//
// Parameters: `program_us`, `program_row_us`, `erase_page_us`, `erase_mass_us`; `dual_bank`
// (default true, as from the factory): option OPTR.DBANK at power-on. Wires: "irq"; "busy"; "reset"
// pulses for OBL_LAUNCH. Clocks: follows "hclk", to judge LATENCY. Lines: rcc_lines.hpp.
//
// Not modelled: ECC errors; read protection, PCROP and the effects of boot options (reported when
// they are programmed); a change of DBANK rearranges the flash on the chip, here it does not;
// RUN_PD (reported).
#pragma once

#include <array>

#include "peripherals/st/flash_cells.hpp"
#include "peripherals/st/flash_lock.hpp"
#include "peripherals/st/wired_block.hpp"
#include "sim/memory.hpp"
#include "sim/ports.hpp"

namespace tinyscope::st {

class Flash final : public WiredBlock, public FlashWritePolicy {
 public:
  explicit Flash(PeripheralContext& context);

  Port* port(std::string_view name) override { return name == "read" ? &read_port_ : nullptr; }

  // A store that is not a valid part of a programming sequence sets an error flag; it is never a
  // bus error.
  bool cpu_writes_enabled() const override { return true; }
  bool busy_at(Address offset) const override;
  Outcome cpu_write(Address offset, AccessSize size, std::uint32_t old_value,
                    std::uint32_t new_value) override;

 private:
  using Register = RegisterFile::Register;
  using BankSet = std::uint8_t;  // bit 0: bank 1; bit 1: bank 2
  static constexpr BankSet kBothBanks = 3;
  // flash.cpp
  void define_access_control();
  void define_control();
  void define_options(bool dual_bank);
  void write_acr();
  void publish_settings();
  void check_latency();
  void write_cr();
  void show_locks();
  void start_options();
  void load_options();
  void report_options();
  void update_interrupt();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  // flash_program.cpp
  void occupy(Duration time, BankSet banks);
  BankSet bank_of(Address offset) const;
  void finish();
  void fail(std::uint32_t flag);
  void start_erase();
  bool protected_from_writes(std::uint32_t offset) const;
  void program_word(Address offset, std::uint32_t value);
  bool program_double_word(Address offset, std::uint64_t value);
  void program_fast_word(Address offset, std::uint32_t value);
  Memory* memory() const { return cells_.memory(); }
  bool dual_bank() const;
  std::uint32_t page_bytes() const;

  Wire& irq_;
  Wire& busy_;
  Wire& reset_request_;
  Wire& range2_;
  Wire& option_load_;
  Wire& external_supply_;
  ClockSignal& hclk_;
  FlashReadPort read_port_;
  FlashCells cells_;
  Duration program_time_{}, program_row_time_{}, erase_page_time_{}, erase_mass_time_{};

  Register* acr_ = nullptr;
  Register* sr_ = nullptr;
  Register* cr_ = nullptr;
  Register* eccr_ = nullptr;
  static constexpr std::size_t kOptions = 9;
  std::array<Register*, kOptions> options_{};

  FlashLock lock_;
  FlashLock option_lock_;
  FlashLock power_down_lock_;
  std::uint32_t old_acr_ = 0;
  std::uint32_t old_cr_ = 0;
  std::array<std::uint32_t, kOptions> stored_options_{};  // in the option pages
  std::array<std::uint32_t, kOptions> loaded_options_{};  // in force since the last load
  bool launching_ = false;

  // The first word of a double word that is being written, or of a row (fast programming).
  bool buffered_ = false;
  Address buffer_offset_ = 0;
  std::uint32_t buffer_ = 0;
  Address row_next_ = 0;  // next offset of the row being written
  bool row_open_ = false;
  TimePoint busy_until_{};
  BankSet busy_banks_ = 0;
  Event done_;
};

}  // namespace tinyscope::st
