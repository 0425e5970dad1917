// SPI: the master without DMA; the CPU writes TXD and reads RXD, which both hold two bytes.
// nRF52840 PS, chapter "SPI — Serial peripheral interface master".
#include <array>

#include "peripherals/nordic/spi_master.hpp"

namespace tinyscope::nordic {

using namespace serial;

namespace {

class Spi final : public SpiMaster {
 public:
  explicit Spi(SerialWindow& window)
      : SpiMaster(window), byte_end_(window.scheduler(), [this] { byte_done(); }) {}

  void task(Address) override {}  // there are none
  void disable() override {
    byte_end_.cancel();
    waiting_ = false;
    received_ = 0;
    window_.draw(false);
  }
  void write_txd(std::uint8_t byte) override {
    if (byte_end_.scheduled()) {
      next_ = byte;
      waiting_ = true;
    } else {
      begin(byte);
    }
  }
  // READY comes for each byte that moves into RXD, and the next one moves when this one is read.
  std::uint32_t read_rxd() override {
    if (received_ == 0) return 0;
    const std::uint8_t byte = rxd_[0];
    rxd_[0] = rxd_[1];
    if (--received_ != 0) window_.raise(kRxdReady);
    return byte;
  }
  void snapshot(StateArchive& archive) override {
    archive(shifted_, next_, waiting_, rxd_, received_);
    byte_end_.snapshot(archive);
  }

 private:
  void begin(std::uint8_t byte) {
    shifted_ = byte;
    window_.draw(true);
    byte_end_.after(window_.bits(8));
  }
  void byte_done() {
    const std::uint8_t in = exchange(shifted_);
    if (waiting_) {
      waiting_ = false;
      begin(next_);
    } else {
      window_.draw(false);
    }
    if (received_ == rxd_.size()) {
      window_.notes().unmodelled(window_.name(), "SPI: a byte that found RXD full", kRxd, true, in);
      rxd_.back() = in;
      return;
    }
    rxd_[received_++] = in;
    if (received_ == 1) window_.raise(kRxdReady);
  }

  std::uint8_t shifted_ = 0;
  std::uint8_t next_ = 0;
  bool waiting_ = false;
  std::array<std::uint8_t, 2> rxd_{};
  std::uint32_t received_ = 0;
  Event byte_end_;
};

}  // namespace

std::unique_ptr<SerialRole> make_spi(SerialWindow& window) { return std::make_unique<Spi>(window); }

}  // namespace tinyscope::nordic
