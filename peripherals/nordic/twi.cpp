// TWI: the two-wire master without DMA; the CPU writes TXD and reads RXD.
// nRF52840 PS, chapter "TWI — I2C compatible two-wire interface".
//
// The clock is held until TXD has been written or RXD been read. BB is generated before each data
// byte, not before the address: nrfx_twi sets BB_STOP before STARTRX to read a single byte.
#include "peripherals/nordic/twi_master.hpp"

namespace tinyscope::nordic {

using namespace serial;

namespace {

class Twi final : public TwiMaster {
 public:
  using TwiMaster::TwiMaster;

  void disable() override {
    TwiMaster::disable();
    txd_full_ = rxd_full_ = false;
  }
  // PS: the register is cleared when it is read.
  std::uint32_t read_rxd() override {
    const std::uint32_t byte = rxd_full_ ? rxd_ : 0;
    rxd_full_ = false;
    proceed();
    return byte;
  }
  void write_txd(std::uint8_t byte) override {
    txd_ = byte;
    txd_full_ = true;
    proceed();
  }
  void snapshot(StateArchive& archive) override {
    TwiMaster::snapshot(archive);
    archive(txd_, txd_full_, rxd_, rxd_full_);
  }

 private:
  bool may_send() const override { return txd_full_; }
  bool may_receive() const override { return !rxd_full_; }
  bool may_acknowledge() const override { return !rxd_full_; }
  void byte_begins() override { window_.raise(kBb); }
  std::uint8_t take() override {
    txd_full_ = false;
    return txd_;
  }
  void sent() override { window_.raise(kTxdSent); }
  void received(std::uint8_t byte) override {
    rxd_ = byte;
    rxd_full_ = true;
    window_.raise(kRxdReady);
  }
  void stopped() override { txd_full_ = false; }
  bool stops_while_suspended() const override { return true; }

  std::uint8_t txd_ = 0;
  bool txd_full_ = false;
  std::uint8_t rxd_ = 0;
  bool rxd_full_ = false;
};

}  // namespace

std::unique_ptr<SerialRole> make_twi(SerialWindow& window) { return std::make_unique<Twi>(window); }

}  // namespace tinyscope::nordic
