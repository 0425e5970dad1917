// FLASH interface of the STM32F4 and STM32F7: read access control, programming, erasing by sectors,
// option bytes. RM0090 (STM32F407), RM0390 (STM32F446), RM0385 (STM32F74x), chapter "Embedded Flash
// memory". Chips with one bank.
//
// The SoC file names the flash in `controls_flash`. Port "read" (FlashReadPort) tells the memory
// system how flash is read: ICEN and DCEN of an F4; ARTEN of an F7 as `instruction_cache`. An
// operation changes the memory at once and keeps BSY high for its time; the wire "busy" is high
// meanwhile, and whoever reads flash waits.
//
// Parameters: `first_sector_kbytes`: the flash has four sectors of this size, one of four times and
// then all of eight times this size; `program_us`, `erase_small_ms`, `erase_medium_ms`,
// `erase_large_ms`, `erase_mass_ms`. Wires: "irq"; "busy". Clocks: follows "hclk", to judge
// LATENCY.
//
// Not modelled: read protection, PCROP and the effects of boot options (reported when they are
// programmed); the bus error of a wrong key; times that depend on PSIZE and supply (those of 32
// bits at 3.3 V hold for all).
#pragma once

#include <array>

#include "peripherals/st/flash_cells.hpp"
#include "peripherals/st/flash_lock.hpp"
#include "peripherals/st/wired_block.hpp"
#include "sim/memory.hpp"
#include "sim/ports.hpp"

namespace tinyscope::st {

class FlashF4 final : public WiredBlock, public FlashWritePolicy {
 public:
  enum class Family { kF4, kF7 };
  FlashF4(PeripheralContext& context, Family family);

  Port* port(std::string_view name) override { return name == "read" ? &read_port_ : nullptr; }

  // A store that is not part of a programming sequence sets an error flag; it is no bus error.
  bool cpu_writes_enabled() const override { return true; }
  bool busy_at(Address) const override { return done_.scheduled(); }
  Outcome cpu_write(Address offset, AccessSize size, std::uint32_t old_value,
                    std::uint32_t new_value) override;

 private:
  using Register = RegisterFile::Register;
  static constexpr std::size_t kOptions = 2;  // OPTCR, OPTCR1
  struct Sector {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };

  void define_access_control();
  void define_control();
  void define_options();
  void write_acr();
  void publish_settings();
  void check_latency();
  void write_cr();
  void write_optcr();
  void report_options();
  void show_locks();
  void occupy(Duration time);
  void finish();
  void fail(std::uint32_t flag);
  void start_erase();
  Sector sector(std::uint32_t number) const;
  bool protected_from_writes(std::uint32_t offset) const;
  void update_interrupt();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  const bool f7_;
  const std::uint32_t first_sector_bytes_;
  Wire& irq_;
  Wire& busy_;
  ClockSignal& hclk_;
  FlashReadPort read_port_;
  FlashCells cells_;
  Duration program_time_{}, erase_mass_time_{};
  std::array<Duration, 3> erase_times_{};  // small, medium and large sectors

  Register* acr_ = nullptr;
  Register* sr_ = nullptr;
  Register* cr_ = nullptr;
  std::array<Register*, kOptions> options_{};  // OPTCR1: null on chips with one bank of an F4
  FlashLock lock_;
  FlashLock option_lock_;
  std::uint32_t old_acr_ = 0;
  std::uint32_t old_cr_ = 0;
  std::array<std::uint32_t, kOptions> stored_options_{};  // of the option bytes
  TimePoint busy_until_{};
  Event done_;
};

}  // namespace tinyscope::st
