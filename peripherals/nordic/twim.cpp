// TWIM: the two-wire master with EasyDMA.
// nRF52840 PS, chapter "TWIM — I2C compatible two-wire interface master with EasyDMA".
//
// Between the last byte of a buffer and STOP, START or SUSPEND the clock is held.
#include "peripherals/nordic/twi_master.hpp"

namespace tinyscope::nordic {

using namespace serial;

namespace {

class Twim final : public TwiMaster {
 public:
  using TwiMaster::TwiMaster;

 private:
  SerialDma& buffer() { return reading() ? window_.rxd : window_.txd; }

  void started() override {
    buffer().begin();
    window_.raise(reading() ? kRxStarted : kTxStarted);
  }
  bool may_send() const override { return window_.txd.left() != 0; }
  bool may_receive() const override { return window_.rxd.left() != 0; }
  std::uint8_t take() override { return window_.txd.take(window_.dma()); }
  // The last byte to send has been taken already.
  void byte_begins() override {
    if (reading() && window_.rxd.left() == 1) window_.raise(kLastRx);
    if (!reading() && window_.txd.left() == 0) window_.raise(kLastTx);
  }
  void sent() override { end_if_done(); }
  void received(std::uint8_t byte) override {
    window_.rxd.put(window_.dma(), byte);
    end_if_done();
  }
  void end_if_done() {
    if (buffer().left() == 0) buffer().end();
  }
  void stopped() override { buffer().end(); }
  // SVD, AMOUNT: "In case of NACK error, includes the NACK'ed byte."
  void failed() override { buffer().end(); }
  bool stops_while_suspended() const override { return false; }
};

}  // namespace

std::unique_ptr<SerialRole> make_twim(SerialWindow& window) {
  return std::make_unique<Twim>(window);
}

}  // namespace tinyscope::nordic
