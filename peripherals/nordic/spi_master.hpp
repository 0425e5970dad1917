// What SPI and SPIM have in common: the parts that their pads reach, and the exchange of a byte.
// CPOL and CPHA do not matter to parts that exchange whole bytes.
#pragma once

#include "peripherals/nordic/serial_window.hpp"
#include "peripherals/nordic/spi_bits.hpp"

namespace tinyscope::nordic {

class SpiMaster : public SerialRole {
 public:
  using SerialRole::SerialRole;

  void connect() override {
    const std::string sck = window_.pad(0);
    const std::string mosi = window_.pad(1);
    const std::string miso = window_.pad(2);
    bus_ = dynamic_cast<SpiBus*>(window_.events().at_pads(spi_key(sck, mosi, miso)));
    looped_ = !mosi.empty() && mosi == miso;
    if (!looped_ && (mosi.empty() != miso.empty())) {
      window_.assume("spi_pads",
                     "parts on SPI are reached only with SCK, MOSI and MISO on pads of one bus");
    }
  }

 protected:
  // When the last bit is on the wire. Where nobody answers, MISO reads as high.
  std::uint8_t exchange(std::uint8_t byte) {
    if (looped_) return byte;
    if (bus_ == nullptr) return 0xFF;
    const std::uint32_t config = window_.config->value();
    return spi_wire_byte(bus_->transfer(spi_wire_byte(byte, config)), config);
  }

 private:
  SpiBus* bus_ = nullptr;
  bool looped_ = false;
};

}  // namespace tinyscope::nordic
