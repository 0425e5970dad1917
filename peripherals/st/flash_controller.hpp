// What QUADSPI and OCTOSPI have in common: commands to a serial flash in the phases instruction,
// address, alternate bytes, dummy cycles and data, on one to eight lines. RM0385, chapter "Quad-SPI
// interface (QUADSPI)"; RM0432, "Octo-SPI interface (OCTOSPI)". The two differ in where a phase is
// described, which a subclass says.
//
// Phases last their cycles of the memory's clock. Data move a word at a time. A read of DR that is
// ahead of the line takes its bytes at once; on the chip it waits for them.
//
// Memory-mapped reads are answered at once too; what they cost the core is told to the bus before
// the window (port "mapped"): a command and 8 bytes for the beginning of a cache line, 8 bytes for
// its further parts; where there is no cache, for each access a word of a read of 32 bytes with all
// phases of its command, since the FIFO reads ahead.
//
// If the board has a [[memory]] where the flash is mapped, the core reads that, and may execute
// from it: the controller fills it by the read command each time memory-mapped mode begins, and
// gives the flash what an image has there before the firmware runs. It then stays readable outside
// that mode, and BUSY and TOF tell nothing of its reads. Without such a memory no code runs from
// the flash.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "peripherals/st/wired_block.hpp"
#include "sim/bridge_port.hpp"
#include "sim/serial_flash.hpp"
#include "sim/time.hpp"

namespace tinyscope::st {

class FlashController : public WiredBlock {
 public:
  ~FlashController() override;
  std::uint32_t read(const BusAccess& access) final;
  void write(const BusAccess& access, std::uint32_t value) final;
  Port* port(std::string_view name) final;

 protected:
  using Register = RegisterFile::Register;

  // What goes over the lines. No lines: the phase is left out.
  struct Phase {
    unsigned lines = 0;
    unsigned bytes = 0;
    bool double_rate = false;
    std::uint64_t half_cycles(std::uint64_t of_bytes) const {
      return lines == 0 ? 0 : (of_bytes * 8 / lines) * (double_rate ? 1 : 2);
    }
  };
  struct Command {
    Phase instruction;
    Phase address;
    Phase alternate;
    Phase data;
    std::uint32_t opcode = 0;
    std::uint32_t alternate_bytes = 0;
    unsigned dummy_cycles = 0;
    // Equal for commands that read the same.
    std::uint64_t key() const;
  };
  // Where the registers are that both have.
  struct Offsets {
    Address cr, sr, fcr, dlr, ar, dr, psmkr, psmar, pir, lptr;
  };
  enum class Mode : std::uint32_t { kWrite = 0, kRead = 1, kPolling = 2, kMapped = 3 };

  // `clock` is the kernel clock that the context does not name.
  FlashController(PeripheralContext& context, const Offsets& offsets, std::string_view clock);

  // CR.PRESCALER, or DCR2's: cycles of the kernel clock in one of the memory's.
  virtual std::uint64_t prescaler() const = 0;
  virtual Mode mode() const = 0;
  // What registers say of commands, and of stores to the mapped window (nullopt: not possible).
  virtual Command command() const = 0;
  virtual std::optional<Command> mapped_write_command() const = 0;
  virtual std::uint64_t device_bytes() const = 0;
  virtual unsigned cs_high_cycles() const = 0;

  // CR: the bits that both have, beside which a subclass adds its own.
  Register& cr() const { return *cr_; }
  // The registers that say what to do are locked while a command is under way.
  bool busy() const { return stage_ != Stage::kIdle || !fifo_.empty() || mapped_active_; }
  // A register that describes a command was written: it begins unless address or data are to come.
  void command_written();

  static constexpr std::uint32_t kFsel = 1u << 7;

 private:
  enum class Stage : std::uint32_t { kIdle, kHeader, kReading, kWriting, kPolling };
  class Window;

  std::uint32_t pop(unsigned bytes);
  void push(std::uint32_t value, unsigned bytes);
  void control(std::uint32_t value);
  void abort();
  void address_written();

  void begin();
  void send_header(const Command& command, std::uint32_t address);
  std::uint64_t header_cycles(const Command& command) const;
  std::uint64_t data_cycles(const Command& command, std::uint64_t bytes) const;
  void step_after(std::uint64_t memory_cycles);
  void step();
  void header_done();
  void schedule_data();
  void read_piece();
  void write_piece();
  void finish();
  void poll();

  // --- flash_mapped.cpp ---
  void program_image();
  void show_contents();
  std::unique_ptr<BusTarget> make_window();
  std::uint32_t read_mapped(const BusAccess& access);
  void write_mapped(const BusAccess& access, std::uint32_t value);
  bool mapped_ready(const BusAccess& access, bool write);
  void leave_mapped();
  void tell_mapped_time();
  void restart_timeout();

  SerialFlash* flash() const { return input_[(cr_->value() & kFsel) != 0 ? 1 : 0].flash; }
  std::uint8_t exchange(std::uint8_t byte) {
    return flash() == nullptr ? std::uint8_t{0xFF} : flash()->transfer(byte);
  }
  void select(bool selected);
  std::uint32_t status() const;
  bool fifo_ready() const;
  void raise(std::uint32_t flag);
  void update_outputs();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  const Offsets offsets_;
  ClockSignal& kernel_clock_;
  Event step_event_;
  Event timeout_event_;
  SerialFlashInput input_[2];
  BridgePort mapped_;
  Memory* shown_ = nullptr;  // of the board, where the flash is mapped; null: reads come here
  std::unique_ptr<BusTarget> window_;
  Register* cr_ = nullptr;
  Register* dlr_ = nullptr;
  Register* ar_ = nullptr;
  Register* psmkr_ = nullptr;
  Register* psmar_ = nullptr;
  Register* pir_ = nullptr;
  Register* lptr_ = nullptr;
  Wire* irq_ = nullptr;
  Wire* dma_ = nullptr;

  Stage stage_ = Stage::kIdle;
  std::vector<std::uint8_t> fifo_;
  std::uint64_t remaining_ = 0;  // data bytes that have not passed the lines
  std::uint32_t piece_ = 0;      // of them those that pass now
  std::uint64_t waiting_ = 0;    // memory cycles that wait for a clock
  std::uint32_t flags_ = 0;      // TEF, TCF, SMF, TOF
  bool selected_ = false;
  bool mapped_active_ = false;  // the flash is selected for mapped reads
  std::uint32_t mapped_next_ = 0;
  std::uint64_t shown_changes_ = 0;  // of the flash, when its contents were last shown
  std::uint64_t shown_command_ = 0;  // and by what: Command::key()
};

}  // namespace tinyscope::st
