// Which port's pin reaches each of the EXTI lines 0 to 15: registers EXTICR1 to 4 of SYSCFG, the
// same on every STM32 that has one.
#pragma once

#include <array>

#include "peripherals/st/pad_lines.hpp"
#include "sim/event_fabric.hpp"
#include "sim/register_file.hpp"

namespace tinyscope::st {

class ExtiRouting {
 public:
  ExtiRouting(RegisterFile& registers, Address exticr, EventPort& events) {
    for (unsigned i = 0; i < kPinsPerPort; ++i) {
      exti_[i] = &events.line(exti_line(i));
      for (unsigned port = 0; port < kPorts; ++port) {
        pads_[port][i] = &events.line(pad_line(port, i));
        pads_[port][i]->connect([this, i](bool) { route(i); });
      }
    }
    registers.array(exticr, 4, 4, "EXTICR", [this](RegisterFile::Register& added, unsigned i) {
      added.field(0, 16, "EXTI").on_write([this](std::uint32_t) { route_all(); });
      exticr_[i] = &added;
    });
  }
  ExtiRouting(const ExtiRouting&) = delete;
  ExtiRouting& operator=(const ExtiRouting&) = delete;

  // After the registers were reset.
  void route_all() {
    for (unsigned i = 0; i < kPinsPerPort; ++i) route(i);
  }
  void snapshot(StateArchive& archive) {
    for (Wire* const line : exti_) line->snapshot(archive);
  }

 private:
  // Where the choice of port changes the level of a line, EXTI sees an edge, as on the chip.
  void route(unsigned i) {
    const std::uint32_t port = exticr_[i / 4]->value() >> 4 * (i % 4) & 0xF;
    exti_[i]->set(port < kPorts && pads_[port][i]->level());
  }

  std::array<Wire*, kPinsPerPort> exti_{};
  std::array<std::array<Wire*, kPinsPerPort>, kPorts> pads_{};
  std::array<RegisterFile::Register*, 4> exticr_{};
};

}  // namespace tinyscope::st
