// The window that TWI, TWIM, TWIS, SPI, SPIM and SPIS share: one set of registers, tasks, events
// and one interrupt; ENABLE says whose they are. nRF52840 PS, chapter "Peripheral interface",
// section "Peripherals with shared ID": only one is enabled at a time, and disabling one resets
// none of the registers that it shares with the others.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>

#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/lines.hpp"
#include "peripherals/nordic/nordic_block.hpp"
#include "peripherals/nordic/serial_registers.hpp"
#include "sim/serial_buses.hpp"

namespace tinyscope::nordic {

class SerialWindow;

// One of the peripherals behind a window. It hears of tasks only while ENABLE selects it.
class SerialRole {
 public:
  explicit SerialRole(SerialWindow& window) : window_(window) {}
  virtual ~SerialRole() = default;
  SerialRole(const SerialRole&) = delete;
  SerialRole& operator=(const SerialRole&) = delete;

  // A task by its offset; those that the peripheral does not have do nothing.
  virtual void task(Address task) = 0;
  // ENABLE has selected it.
  virtual void enable() {}
  // It is selected, and so are its pads: after enable(), a write to PSEL, a restored snapshot.
  virtual void connect() {}
  // ENABLE selects something else, or reset: what is under way ends at once, without events.
  virtual void disable() = 0;
  virtual std::uint32_t read_rxd() { return 0; }
  virtual void write_txd(std::uint8_t /*byte*/) {}
  // SPIS: what the register at 0x400 reads; nullopt: it is STALLSTAT.
  virtual std::optional<std::uint32_t> semstat() const { return std::nullopt; }
  // The other end of a peripheral that answers instead of asking; null: it asks.
  virtual Port* port() { return nullptr; }
  virtual void snapshot(StateArchive& archive) = 0;

 protected:
  SerialWindow& window_;
};

// PTR, MAXCNT, AMOUNT and LIST, and the copy that a started transfer works with.
class SerialDma {
 public:
  void define(RegisterFile& registers, Address offset, std::string_view name);
  // A transfer begins. PS, "EasyDMA array list": with LIST each begins where the last one ended,
  // until PTR is written.
  void begin();
  void end() { amount_->set(done_); }
  std::uint32_t length() const { return length_; }
  std::uint32_t done() const { return done_; }
  std::uint32_t left() const { return length_ - done_; }
  // The next byte of the buffer; nothing is left: no such call.
  std::uint8_t take(EasyDma& dma);
  void put(EasyDma& dma, std::uint8_t byte);
  void snapshot(StateArchive& archive) { archive(next_, address_, length_, done_); }

 private:
  RegisterFile::Register* ptr_ = nullptr;
  RegisterFile::Register* maxcnt_ = nullptr;
  RegisterFile::Register* amount_ = nullptr;
  RegisterFile::Register* list_ = nullptr;
  Address next_ = 0;
  Address address_ = 0;
  std::uint32_t length_ = 0;
  std::uint32_t done_ = 0;
};

class SerialWindow final : public NordicBlock {
 public:
  // Which peripherals there are. PS, "Instantiation": all six with ID 3 and 4; SPI, SPIM and SPIS
  // with ID 35; SPIM3 alone, with more registers than the others, with ID 47.
  enum class Kind { kTwiAndSpi, kSpi, kSpim3 };

  SerialWindow(PeripheralContext& context, Kind kind);
  // "twis", "spis": what a controller outside the chip calls.
  Port* port(std::string_view name) override;

  // For the roles.
  using NordicBlock::draw;
  using NordicBlock::raise;
  const std::string& name() const { return name_; }
  RegisterFile& registers() { return registers_; }
  Scheduler& scheduler() { return scheduler_; }
  RunNotes& notes() { return notes_; }
  const EventPort& events() const { return events_; }
  EasyDma& dma() { return dma_; }
  // How long `bits` take at FREQUENCY, which is what a phase accumulator of 32 bits at 16 MHz adds
  // in each cycle: the codes in PS are such values. The exceptions are 16 and 32 Mbps of SPIM3.
  Duration bits(std::uint64_t count) const;
  // The pad that PSEL register `index` selects, by name; empty: none.
  std::string pad(unsigned index) const;
  std::optional<unsigned> pad_number(unsigned index) const {
    return selected_pad(psel_[index]->value());
  }
  // An assumption about this block, listed in the report.
  void assume(std::string_view topic, std::string_view text, std::string_view source = "estimate");

  SerialDma rxd;
  SerialDma txd;
  RegisterFile::Register* config = nullptr;
  RegisterFile::Register* orc = nullptr;
  RegisterFile::Register* errorsrc = nullptr;
  std::array<RegisterFile::Register*, 2> address{};

 private:
  void add_role(std::uint32_t enable, std::string_view name,
                std::unique_ptr<SerialRole> (*make)(SerialWindow&));
  void define_tasks_and_events();
  void define_registers();
  void select();

  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  struct Entry {
    std::string name;
    std::unique_ptr<SerialRole> role;
  };

  const Kind kind_;
  EasyDma dma_;
  std::map<std::uint32_t, Entry> roles_;  // by their value of ENABLE
  SerialRole* selected_ = nullptr;
  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* frequency_ = nullptr;
  RegisterFile::Register* stallstat_ = nullptr;
  std::array<RegisterFile::Register*, 4> psel_{};
};

std::unique_ptr<SerialRole> make_twi(SerialWindow& window);
std::unique_ptr<SerialRole> make_twim(SerialWindow& window);
std::unique_ptr<SerialRole> make_twis(SerialWindow& window);
std::unique_ptr<SerialRole> make_spi(SerialWindow& window);
std::unique_ptr<SerialRole> make_spim(SerialWindow& window);
std::unique_ptr<SerialRole> make_spim3(SerialWindow& window);
std::unique_ptr<SerialRole> make_spis(SerialWindow& window);

}  // namespace tinyscope::nordic
