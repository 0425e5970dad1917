// A window of serial peripherals with a flash memory on its SPI pads.
#pragma once

#include "tests/peripherals/nordic/serial_bench.hpp"

namespace tinyscope::test {

// READ IDENTIFICATION, WRITE ENABLE, PAGE PROGRAM and READ of a serial NOR flash, without timing.
class SpiFlashPart : public SpiTarget {
 public:
  void select(bool selected) override {
    position_ = 0;
    if (!selected && command_ == 0x02) writable_ = false;
    if (selected) ++selections;
  }
  std::uint8_t transfer(std::uint8_t byte) override {
    const unsigned position = position_++;
    if (position == 0) {
      command_ = byte;
      if (command_ == 0x06) writable_ = true;
      return 0xFF;
    }
    if (command_ == 0x9F) return kId[(position - 1) % 3];
    if (command_ != 0x02 && command_ != 0x03) return 0xFF;
    if (position <= 3) {
      address_ = address_ << 8 | byte;
      return 0xFF;
    }
    std::uint8_t& cell = cells[address_++ % sizeof cells];
    if (command_ == 0x02 && writable_) cell &= byte;
    return command_ == 0x03 ? cell : 0xFF;
  }

  unsigned selections = 0;
  std::uint8_t cells[16] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                            0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

 private:
  static constexpr std::uint8_t kId[3] = {0xC2, 0x28, 0x17};
  unsigned position_ = 0;
  std::uint8_t command_ = 0;
  std::uint32_t address_ = 0;
  bool writable_ = false;
};

class SpiBench : public SerialBench {
 protected:
  using Bytes = std::vector<std::uint8_t>;
  static constexpr unsigned kSck = 13;
  static constexpr unsigned kMosi = 32 + 1;
  static constexpr unsigned kMiso = 32 + 8;

  void SetUp() override {
    SerialBench::SetUp();
    spi.attach(flash);
    bench.fabric.connect_pads(spi_key("P0.13", "P1.01", "P1.08"), spi);
  }
  // At 4 Mbps, as Arduino's SPI does without being told otherwise.
  void configure(std::uint32_t enable) {
    write(kPselSck, kSck);
    write(kPselMosi, kMosi);
    write(kPselMiso, kMiso);
    write(nordic::serial::kFrequency, 0x4000'0000);
    write(nordic::serial::kConfig, 0);
    write(nordic::serial::kEnable, enable);
  }

  SpiFlashPart flash;
  SpiBus spi;

 private:
  static constexpr Address kPselSck = nordic::serial::kPsel;
  static constexpr Address kPselMosi = nordic::serial::kPsel + 4;
  static constexpr Address kPselMiso = nordic::serial::kPsel + 8;
};

}  // namespace tinyscope::test
