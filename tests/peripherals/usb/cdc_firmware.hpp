// Stands in for firmware: drives the registers of USBD as a small CDC driver does, from the order
// of operations that the PS gives. poll() is its interrupt handler and main loop.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tests/peripherals/usb/cdc_descriptors.hpp"
#include "tests/peripherals/usb/usbd_bench.hpp"

namespace tinyscope::test {

class CdcFirmware {
 public:
  static constexpr Address kControl = PeripheralBench::kRam + 0x1000;
  static constexpr Address kIn = PeripheralBench::kRam + 0x2000;
  static constexpr Address kOut = PeripheralBench::kRam + 0x3000;

  explicit CdcFirmware(UsbdBench& bench) : bench_(bench) {}

  // Runs for `time`, looking at events every 10 us.
  void run_for(Duration time) {
    const TimePoint end = bench_.now() + time;
    while (bench_.now() < end) {
      poll();
      bench_.run_for(Duration::from_us(10));
    }
  }

  void poll() {
    if (!started_) start();
    if (bench_.event(kUsbEvent)) {
      causes |= bench_.read(kEventCause);
      bench_.write(kEventCause, ~0u);
    }
    if (bench_.event(kUsbReset)) {
      ++resets;
      configured = false;
      sending_ = false;
    }
    if (bench_.event(kEp0DataDone)) control_data_done();
    if (bench_.event(kEp0Setup)) request();
    if (bench_.event(kEpData)) data();
    if (configured && !sending_ && !to_send.empty() && dtr) send();
  }

  std::vector<std::uint8_t> device = cdc_device();
  std::vector<std::uint8_t> configuration = cdc_configuration();
  std::string to_send;
  std::string received;
  bool read_data = true;  // false: packets are left in the endpoint
  bool configured = false;
  bool dtr = false;
  std::uint32_t baud = 0;
  unsigned resets = 0;
  unsigned halts_cleared = 0;
  bool wakeup_allowed = false;
  std::uint32_t causes = 0;
  std::vector<std::string> requests;

 private:
  void start() {
    started_ = true;
    bench_.write(kHfclkStart, 1);
    bench_.run_for(Duration::from_ms(2));
    bench_.write(kEnable, 1);
    bench_.run_for(Duration::from_us(100));
    bench_.write(kPullup, 1);
  }

  void request() {
    std::uint32_t setup[8];
    for (unsigned i = 0; i < 8; ++i) setup[i] = bench_.read(kBmRequestType + 4 * i);
    const std::uint32_t value = setup[2] | setup[3] << 8;
    const std::uint32_t length = setup[6] | setup[7] << 8;
    requests.push_back(std::to_string(setup[0]) + ":" + std::to_string(setup[1]));
    pending_.clear();
    if (setup[0] == 0x80 && setup[1] == 6) {
      descriptor(value, length);
    } else if (setup[0] == 0 && setup[1] == 5) {
      // SET_ADDRESS: the controller does it
    } else if (setup[0] == 0 && setup[1] == 9) {
      configured = true;
      bench_.write(kEpInEn, 0x07);
      bench_.write(kEpOutEn, 0x03);
      bench_.write(kSizeEpOut + 4, 0);
      bench_.write(kEp0Status, 1);
    } else if (setup[0] == 0 && setup[1] == 3) {
      wakeup_allowed = true;
      bench_.write(kEp0Status, 1);
    } else if (setup[0] == 2 && setup[1] == 1) {
      const std::uint32_t endpoint = setup[4];
      ++halts_cleared;
      bench_.write(kEpStall, endpoint);
      bench_.write(kDtoggle, endpoint | 0x100);
      bench_.write(kEp0Status, 1);
    } else if (setup[0] == 0x21 && setup[1] == 0x20) {
      bench_.write(kEp0RcvOut, 1);
    } else if (setup[0] == 0x21 && setup[1] == 0x22) {
      dtr = (value & 1u) != 0;
      bench_.write(kEp0Status, 1);
    } else {
      bench_.write(kEp0Stall, 1);
    }
  }

  void descriptor(std::uint32_t value, std::uint32_t length) {
    std::vector<std::uint8_t> bytes;
    if (value == 0x0100) bytes = device;
    if (value == 0x0200) bytes = configuration;
    if (value == 0x0300) bytes = {4, 3, 9, 4};
    if (value == 0x0301) bytes = {8, 3, 'A', 0, 'B', 0, 'C', 0};
    if (bytes.empty()) {
      bench_.write(kEp0Stall, 1);
      return;
    }
    bytes.resize(std::min<std::size_t>(bytes.size(), length));
    pending_ = bytes;
    send_control();
  }

  void send_control() {
    const std::size_t count = std::min<std::size_t>(pending_.size(), 64);
    bench_.put(kControl, {pending_.begin(), pending_.begin() + static_cast<long>(count)});
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<long>(count));
    bench_.write(kShorts, pending_.empty() ? 1u << 2 : 0);  // EP0DATADONE_EP0STATUS
    bench_.send(0, kControl, count);
  }

  void control_data_done() {
    if ((bench_.read(kBmRequestType) & 0x80u) != 0) {
      if (!pending_.empty()) send_control();
      return;
    }
    bench_.fetch(0, kControl, 64);
    const auto coding = bench_.bytes(kControl, 4);
    baud = coding[0] | coding[1] << 8 | coding[2] << 16 | static_cast<unsigned>(coding[3]) << 24;
    bench_.write(kEp0Status, 1);
  }

  void data() {
    const std::uint32_t status = bench_.read(kEpDataStatus);
    bench_.write(kEpDataStatus, status);
    if ((status & 1u << 1) != 0) sending_ = false;
    if ((status & 1u << 17) != 0 && read_data) fetch_packet();
  }

 public:
  void fetch_packet() {
    const std::uint32_t size = bench_.read(kSizeEpOut + 4);
    bench_.fetch(1, kOut, size);
    for (const std::uint8_t byte : bench_.bytes(kOut, size)) received += static_cast<char>(byte);
  }

 private:
  void send() {
    const std::size_t count = std::min<std::size_t>(to_send.size(), 64);
    bench_.put(kIn, {to_send.begin(), to_send.begin() + static_cast<long>(count)});
    to_send.erase(0, count);
    sending_ = true;
    bench_.send(1, kIn, count);
  }

  UsbdBench& bench_;
  bool started_ = false;
  bool sending_ = false;
  std::vector<std::uint8_t> pending_;
};

}  // namespace tinyscope::test
