// A sensor on an I2C bus, fed from a CSV file.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tests/support/fake_pad.hpp"
#include "tests/support/i2c_controller.hpp"
#include "tests/support/peripheral_bench.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope::test {

class SensorBench {
 public:
  // `csv`: what it measures; empty: it rests.
  SensorBench(std::string_view type, std::uint8_t address, std::string_view csv = "",
              std::string_view params = "")
      : SensorBench(type, address, csv.empty() ? Stimulus() : Stimulus(file(csv, "measured.csv")),
                    params, 0) {}
  SensorBench(std::string_view type, std::uint8_t address, const Stimulus& stimulus,
              std::string_view params, int)
      : device(bench.add_device("sensor", type, stimulus, params)),
        i2c(device.port("i2c"), address) {}

  static std::string file(std::string_view text, std::string_view name) {
    static const TemporaryFolder folder;
    return folder.write(std::string(name), text).string();
  }

  // Milliseconds of simulated time.
  void wait(double ms) { bench.run_for({static_cast<std::uint64_t>(ms * 1e9)}); }
  std::string state() const { return bench.power_state("sensor"); }

  PeripheralBench bench;
  Device& device;
  I2cController i2c;
};

}  // namespace tinyscope::test
