// SCK, MOSI and MISO as a master uses them, frame by frame. Shared by all generations of ST's SPI;
// they decide when a frame goes out, this takes its time and exchanges it with the board.
//
// The bus is the one that the board has on the pads where firmware has put SCK, MOSI and MISO
// (parameters `sck`, `mosi`, `miso` of the block). A signal that is nowhere is not looked at: a
// display has no MISO. Where nobody answers, MISO reads as high. Chip selects are pads of their
// own. CPOL and CPHA do not matter to parts that exchange whole bytes.
#pragma once

#include <cstdint>
#include <functional>

#include "peripherals/st/signal_pads.hpp"
#include "sim/scheduler.hpp"
#include "sim/serial_buses.hpp"

namespace tinyscope::st {

class SpiWires {
 public:
  struct Frame {
    std::uint32_t data = 0;
    unsigned bits = 8;
    bool lsb_first = false;
  };

  // `done` is called at the end of each frame with what came in.
  SpiWires(PeripheralContext& context, std::function<void(std::uint32_t)> done);

  // Sends a frame with a bit each `bit_cycles` of a clock of `clock_hz`, which is not 0. Not while
  // busy.
  void exchange(const Frame& frame, std::uint64_t bit_cycles, std::uint64_t clock_hz);
  bool busy() const { return end_.scheduled(); }
  // Ends a frame at once, unheard. Looks for the bus again before the next one.
  void abort();
  void snapshot(StateArchive& archive);

 private:
  void find_bus();
  void finish();
  std::uint8_t transfer(std::uint32_t byte);

  const std::string name_;
  RunNotes& notes_;
  const EventPort events_;
  const SignalPads sck_;
  const SignalPads mosi_;
  const SignalPads miso_;
  const std::function<void(std::uint32_t)> done_;
  SpiBus* bus_ = nullptr;
  bool looked_ = false;  // for the bus
  bool heard_ = false;   // MISO is on a pad
  Frame frame_;
  Event end_;
};

}  // namespace tinyscope::st
