// A camera with its clock and pins, as a microcontroller's program sees it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/peripherals/picture_bytes.hpp"
#include "tests/support/fake_pad.hpp"
#include "tests/support/i2c_controller.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {

struct Register {
  std::uint8_t address;
  std::uint8_t value;
};

class CameraBench {
 public:
  explicit CameraBench(const std::string& picture = "", const std::string& params = "")
      : camera(bench.add_device("camera", "ov767x", Stimulus(picture), params)),
        sccb(camera.port("i2c"), 0x21) {
    for (const char* pin :
         {"xclk", "vsync", "href", "pclk", "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7"}) {
      if (!camera.connect_pin(pin, pads[pin])) throw std::runtime_error(pin);
    }
  }

  void clock(double hz) { pads["xclk"].node().set_clock_hz(hz); }
  void write(std::initializer_list<Register> registers) {
    for (const Register& r : registers) sccb.write({r.address, r.value});
  }
  // As Arduino_OV767X (src/utility/ov7670.c) leaves what matters here, for VGA.
  void set_up(double xclk_hz = 16e6) {
    clock(xclk_hz);
    write({{0x12, 0x80},  // COM7: reset
           {0x3A, 0x04},
           {0x3D, 0xC0},  // TSLB, COM13: Y U Y V, no auto window
           {0x15, 0x20},  // COM10: PCLK only with HREF
           {0x6B, 0x4A},
           {0x11, 0x3F},    // DBLV: PLL x 4, CLKRC: / 64
           {0x40, 0xC0}});  // COM15: 00 to FF
    window(158, 14, 10, 490);
  }
  void window(int hstart, int hstop, int vstart, int vstop) {
    const auto byte = [](int value) { return static_cast<std::uint8_t>(value); };
    write({{0x17, byte(hstart >> 3)},
           {0x18, byte(hstop >> 3)},
           {0x32, byte((hstop & 7) << 3 | (hstart & 7))},
           {0x19, byte(vstart >> 2)},
           {0x1A, byte(vstop >> 2)},
           {0x03, byte((vstop & 3) << 2 | (vstart & 3))}});
  }
  // COM7 and window of the driver.
  void qvga(std::uint8_t format = 0x00) {
    write({{0x12, static_cast<std::uint8_t>(0x10 | format)}});
    window(168, 24, 12, 492);
  }
  // The driver's ov7670_qqvga_regs.
  void qqvga() {
    write({{0x0C, 0x04},
           {0x3E, 0x1A},
           {0x72, 0x22},
           {0x73, 0xF2},
           {0x17, 0x16},
           {0x18, 0x04},
           {0x32, 0xA4},
           {0x19, 0x02},
           {0x1A, 0x7A},
           {0x03, 0x0A}});
  }

  bool level(const std::string& pin) {
    PadSignal* const signal = pads[pin].signal;
    return signal != nullptr && signal->level(at);
  }
  // Goes to the next change of a pin to a level; false: there is none.
  bool wait(const std::string& pin, bool wanted) {
    for (int edges = 0; edges < 4'000'000; ++edges) {
      const auto next = pads[pin].signal->next_edge(at);
      if (!next) return false;
      if (*next <= at) throw std::runtime_error(pin + ": the edge is not in the future");
      at = *next;
      if (level(pin) == wanted) return true;
    }
    return false;
  }
  std::uint8_t data() {
    unsigned byte = 0;
    for (unsigned i = 0; i < 8; ++i) {
      byte |= unsigned{level(std::string("d") + static_cast<char>('0' + i))} << i;
    }
    return static_cast<std::uint8_t>(byte);
  }
  // Rows of the next frame, each byte read where PCLK rises while HREF is high.
  std::vector<std::vector<std::uint8_t>> frame(std::size_t most_rows = 1'000) {
    wait("vsync", true);
    wait("vsync", false);
    const TimePoint end = *pads["vsync"].signal->next_edge(at);
    std::vector<std::vector<std::uint8_t>> rows;
    while (rows.size() < most_rows && wait("href", true) && at < end) {
      rows.emplace_back();
      const TimePoint row_end = *pads["href"].signal->next_edge(at);
      while (wait("pclk", true) && at < row_end) rows.back().push_back(data());
      at = row_end;
    }
    return rows;
  }
  // How long from one frame to the next.
  double frame_seconds() {
    wait("vsync", true);
    const TimePoint first = at;
    wait("vsync", true);
    return (at - first).seconds();
  }

  PeripheralBench bench;
  Device& camera;
  I2cController sccb;
  std::map<std::string, FakePad> pads;
  TimePoint at{};  // of the program
};

}  // namespace tinyscope::test
