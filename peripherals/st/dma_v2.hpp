// DMA of the STM32F2, F4, F7 and H7: eight streams with FIFOs, double buffers and two bus ports.
// RM0385 (STM32F74x), chapter "Direct memory access controller (DMA)"; the same block in RM0090 and
// RM0390, and with a DMAMUX in front in RM0455. Movement of data is in dma_v2_transfer.cpp.
//
//   st.dma_v2   wires "s0c0" to "s7c7": the request of channel c of stream s, chosen by CHSEL
//   st.dma_h7   wires "request0" to "request7", and "acknowledge0" … which pulse when one is served
// A request is a level that holds until it is served, or a pulse (Wire::pulse), which is kept until
// it is served. Wires "s0" to "s7" are the interrupts of the streams; "last0" … pulse when one item
// is left of a transfer from a peripheral that does not start again (EOT_1 of the F4's I2C).
//
// Parameters: `clock` (default "hclk"); `memory_to_memory` (default true; false: this controller's
// peripheral port does not reach memories, as DMA1 of an F4 or F7); `unreachable`: names of
// memories that only the core reaches; `port_cycles`, `beat_cycles` and `peripheral_cycles`, HCLK
// cycles of the first item of a burst, of each further one, and of an item from or to a peripheral
// on top.
//
// The controller has one transaction in hand at a time, a single item or a burst on one of the two
// ports; on the chip the ports work side by side. Waits of the core on the bus matrix are not
// modelled here: the bus hears of each access. Not modelled, and reported when used: the peripheral
// as flow controller (PFCTRL); PINCOS. Direct mode errors (DMEIF) do not occur.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "peripherals/st/wired_block.hpp"
#include "sim/time.hpp"

namespace tinyscope::st {

class DmaStreams final : public WiredBlock {
 public:
  enum class Requests { kChannels, kMux };
  DmaStreams(PeripheralContext& context, Requests requests);

 private:
  static constexpr unsigned kStreams = 8;
  static constexpr unsigned kChannels = 8;
  static constexpr unsigned kFifoBytes = 16;
  using Register = RegisterFile::Register;

  enum class Side : std::uint8_t { kPeripheral, kMemory };
  struct Request {
    Wire* wire = nullptr;
    bool pending = false;  // one that has no level any more
    TimePoint rose{};
  };
  struct Stream {
    Register* cr = nullptr;
    Register* ndtr = nullptr;
    Register* par = nullptr;
    std::array<Register*, 2> mar{};  // M0AR, M1AR
    Register* fcr = nullptr;
    std::array<Request, kChannels> requests;  // with a DMAMUX only the first
    Wire* acknowledge = nullptr;
    Wire* irq = nullptr;
    Wire* last = nullptr;

    bool enabled = false;
    std::uint32_t old_cr = 0;
    std::uint32_t flags = 0;  // of LISR or HISR, as for stream 0
    std::uint32_t programmed = 0;
    Address peripheral = 0;  // of the next item
    Address memory = 0;
    std::uint32_t memory_left = 0;  // bytes of this transfer that its memory side has yet to move
    std::array<std::uint8_t, kFifoBytes> fifo{};
    std::uint32_t level = 0;  // bytes in it
    bool draining = false;    // to memory, since the threshold was reached
  };
  struct Transaction {
    std::uint32_t stream = 0;
    Side side = Side::kPeripheral;
  };

  // dma_v2.cpp
  void define_stream(unsigned index, Requests requests);
  void write_cr(Stream& stream);
  void write_mar(Stream& stream, unsigned buffer, std::uint32_t value);
  void write_fcr(Stream& stream, std::uint32_t value);
  void enable(Stream& stream);
  void disable(Stream& stream);
  void requested(Stream& stream, Request& request, bool level);
  Request& request_of(Stream& stream) const;
  std::uint32_t status(unsigned first) const;
  void clear_flags(unsigned first, std::uint32_t bits);
  std::uint32_t fifo_control(const Stream& stream) const;
  void update_interrupt(Stream& stream);
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  // dma_v2_transfer.cpp
  bool direct(const Stream& stream) const;
  bool from_memory(const Stream& stream) const;
  bool memory_to_memory(const Stream& stream) const;
  AccessSize peripheral_size(const Stream& stream) const;
  AccessSize memory_size(const Stream& stream) const;
  std::uint32_t peripheral_beats(const Stream& stream) const;
  std::uint32_t memory_beats(const Stream& stream) const;
  std::uint32_t threshold(const Stream& stream) const;
  void begin_transfer(Stream& stream);
  bool wants_peripheral(Stream& stream) const;
  bool wants_memory(const Stream& stream) const;
  std::optional<Transaction> choose();
  std::uint64_t cycles_of(const Stream& stream, Side side) const;
  void start();
  void finish();
  void schedule_end();
  void clock_changed(std::uint64_t hz);
  void move_peripheral(Stream& stream);
  void move_memory(Stream& stream);
  bool fill_from(Stream& stream, Address address, AccessSize size);
  bool drain_to(Stream& stream, Address address, AccessSize size);
  bool reaches(Address address);
  void complete(Stream& stream);
  void fail(Stream& stream);

  const bool memory_to_memory_;
  const std::uint64_t port_cycles_;
  const std::uint64_t beat_cycles_;
  const std::uint64_t peripheral_cycles_;
  std::vector<std::string> unreachable_names_;
  std::vector<const Memory*> unreachable_;  // once looked up
  ClockSignal& hclk_;
  ClockDomain clock_;
  std::array<Stream, kStreams> streams_;

  bool busy_ = false;
  Transaction current_{};
  std::uint64_t end_tick_ = 0;
  Event end_;
};

}  // namespace tinyscope::st
