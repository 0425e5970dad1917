// The simulated host with firmware at the other end: enumeration, serial port, suspend, misbehaving
// devices. USB 2.0 is the Universal Serial Bus Specification, Revision 2.0; PSTN the CDC subclass
// for PSTN devices 1.2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/log.hpp"
#include "tests/peripherals/usb/cdc_firmware.hpp"

namespace tinyscope::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class UsbHost : public ::testing::Test {
 protected:
  UsbdBench bench;
  CdcFirmware firmware{bench};
  usb::SerialPort* serial = nullptr;
  std::string printed;
  std::vector<TimePoint> times;

  void SetUp() override { log::set_level(log::Level::kOff); }
  void TearDown() override { log::set_level(log::Level::kWarning); }

  void plug_in(std::string_view params = "") { plug_in_bench(bench, params); }
  void plug_in_bench(UsbdBench& at, std::string_view params) {
    Device& host = at.add_device("usb", "usb_host", "", params);
    serial = dynamic_cast<usb::SerialPort*>(host.port("serial"));
    serial->on_transmit([this](std::uint8_t byte, TimePoint when) {
      printed += static_cast<char>(byte);
      times.push_back(when);
    });
    dynamic_cast<usb::Plug*>(host.port("cable"))->connect(*at.function);
    host.reset(ResetKind::kPowerOn);
  }
  void send(std::string_view text) {
    for (const char c : text) serial->receive(static_cast<std::uint8_t>(c));
  }
  std::string note(std::string_view topic) {
    for (const auto& each : bench.notes.assumptions()) {
      if (each.topic == topic) return each.text;
    }
    return "";
  }
};

// USB 2.0, 7.1.7.3: 100 ms of debounce; 7.1.7.5: 50 ms of reset, 10 ms of recovery; 9.1.2: order.
TEST_F(UsbHost, ResetsAndEnumeratesAndOpensThePort) {
  plug_in();
  firmware.run_for(Duration::from_ms(100));
  EXPECT_EQ(firmware.resets, 0u);
  firmware.run_for(Duration::from_ms(10));
  EXPECT_EQ(firmware.resets, 1u);
  firmware.run_for(Duration::from_ms(45));
  EXPECT_THAT(firmware.requests, ElementsAre()) << "reset and recovery last 60 ms";
  firmware.run_for(Duration::from_ms(60));
  EXPECT_TRUE(firmware.configured);
  EXPECT_FALSE(firmware.dtr);
  EXPECT_EQ(serial->frame_time.ps, 0u);
  firmware.run_for(Duration::from_ms(110));
  EXPECT_TRUE(firmware.dtr);
  EXPECT_EQ(firmware.baud, 115'200u);
  EXPECT_GT(serial->frame_time.ps, 0u);
  EXPECT_EQ(bench.read(kUsbAddr), 1u);
  // 128:6 GET_DESCRIPTOR (device 8, device, configuration header, configuration, languages, two
  // strings), 0:5 SET_ADDRESS, 0:9 SET_CONFIGURATION, 33:32 SET_LINE_CODING, 33:34
  // SET_CONTROL_LINE_STATE.
  EXPECT_THAT(firmware.requests, ElementsAre("128:6", "0:5", "128:6", "128:6", "128:6", "128:6",
                                             "128:6", "128:6", "0:9", "33:32", "33:34"));
}

TEST_F(UsbHost, ABoardThatLeavesItsUsbAloneHasNothingScheduledAndNothingToAssume) {
  plug_in();
  bench.run_for(Duration::from_ms(500));
  EXPECT_FALSE(bench.scheduler.next().has_value());
  EXPECT_EQ(note("usb.host"), "");
}

TEST_F(UsbHost, WithoutItsCableThereIsNoVbus) {
  plug_in("plugged = false");
  firmware.run_for(Duration::from_ms(500));
  EXPECT_EQ(bench.read(kUsbRegStatus), 0u);
  EXPECT_EQ(firmware.resets, 0u);
}

TEST_F(UsbHost, ReadsWhatFirmwarePrints) {
  plug_in("open_ms = 10");
  std::string text;
  for (int i = 0; i < 40; ++i) text += "line " + std::to_string(i) + "\n";
  firmware.to_send = text;
  firmware.run_for(Duration::from_ms(300));
  EXPECT_EQ(printed, text);
}

// A packet of 64 bytes lasts 35 + 547 + 19 bits and two turn-arounds: 51 us.
TEST_F(UsbHost, APacketTakesItsTimeOnTheWire) {
  plug_in("open_ms = 10");
  firmware.run_for(Duration::from_ms(300));
  ASSERT_TRUE(firmware.dtr);
  bench.write(kEpIn + 0x14, CdcFirmware::kIn);
  bench.write(kEpIn + 0x14 + 4, 64);
  bench.write(kStartEpIn + 4, 1);
  const TimePoint start = bench.now();
  firmware.run_for(Duration::from_ms(2));
  ASSERT_EQ(times.size(), 64u);
  const std::uint64_t us = (times[0] - start).ps / 1'000'000;
  EXPECT_GE(us, 4u + 51u);
  EXPECT_LE(us, 4u + 20u + 51u + 60u) << "EasyDMA, the next question, the packet, an end of frame";
}

TEST_F(UsbHost, SendsToFirmwareInPacketsAsItTakesThem) {
  plug_in("open_ms = 10");
  firmware.run_for(Duration::from_ms(300));
  const std::string text(200, 'x');
  send(text + "end");
  EXPECT_EQ(serial->unsent(), 203u);
  firmware.run_for(Duration::from_ms(5));
  EXPECT_EQ(firmware.received, text + "end");
  EXPECT_EQ(serial->unsent(), 0u);
}

TEST_F(UsbHost, WaitsWhileFirmwareTakesNothingAndSchedulesNoQuestions) {
  plug_in("open_ms = 10");
  firmware.run_for(Duration::from_ms(300));
  firmware.read_data = false;
  send(std::string(128, 'y'));
  firmware.run_for(Duration::from_ms(3));
  EXPECT_EQ(serial->unsent(), 64u);
  unsigned events = 0;
  const TimePoint end = bench.now() + Duration::from_ms(10);
  while (bench.scheduler.next() && *bench.scheduler.next() < end) {
    bench.run_until(*bench.scheduler.next());
    ++events;
  }
  EXPECT_LE(events, 12u) << "one a frame, though the host asks 50 times in each";
  firmware.read_data = true;
  firmware.fetch_packet();
  firmware.run_for(Duration::from_ms(3));
  EXPECT_EQ(firmware.received, std::string(128, 'y'));
}

TEST_F(UsbHost, DropsBytesWhileThePortIsClosed) {
  plug_in();
  send("too early");
  firmware.run_for(Duration::from_ms(400));
  EXPECT_EQ(firmware.received, "");
}

// PSTN, 6.3.10 and 6.3.12: what Arduino boards take as the wish for their boot loader.
TEST_F(UsbHost, A1200BaudTouchReachesFirmware) {
  plug_in("open_ms = 10");
  firmware.run_for(Duration::from_ms(300));
  serial->set_baud(1200);
  serial->set_dtr(false);
  firmware.run_for(Duration::from_ms(10));
  EXPECT_EQ(firmware.baud, 1200u);
  EXPECT_FALSE(firmware.dtr);
  EXPECT_EQ(serial->frame_time.ps, 0u);
}

TEST_F(UsbHost, APortThatIsOpenedAgainGoesOnWithTheSameToggles) {
  plug_in("open_ms = 10");
  firmware.run_for(Duration::from_ms(300));
  firmware.to_send = "a";
  send("1");
  firmware.run_for(Duration::from_ms(3));
  serial->set_dtr(false);
  firmware.run_for(Duration::from_ms(10));
  serial->set_dtr(true);
  firmware.run_for(Duration::from_ms(10));
  firmware.to_send = "b";
  send("2");
  firmware.run_for(Duration::from_ms(3));
  EXPECT_EQ(printed, "ab");
  EXPECT_EQ(firmware.received, "12");
}

TEST_F(UsbHost, ClearsAHaltAndGoesOn) {
  plug_in("open_ms = 10");
  firmware.run_for(Duration::from_ms(300));
  firmware.to_send = "x";
  firmware.run_for(Duration::from_ms(3));
  bench.write(kEpStall, 0x100 | 0x81);
  firmware.run_for(Duration::from_ms(5));
  EXPECT_EQ(firmware.halts_cleared, 1u);
  firmware.to_send = "y";
  firmware.run_for(Duration::from_ms(5));
  EXPECT_EQ(printed, "xy");
}

TEST_F(UsbHost, ADeviceThatLetsGoIsEnumeratedAnew) {
  plug_in("open_ms = 10");
  firmware.run_for(Duration::from_ms(300));
  ASSERT_TRUE(firmware.dtr);
  bench.write(kPullup, 0);
  EXPECT_EQ(serial->frame_time.ps, 0u);
  firmware.dtr = false;
  firmware.run_for(Duration::from_ms(10));
  bench.write(kPullup, 1);
  firmware.run_for(Duration::from_ms(300));
  EXPECT_TRUE(firmware.dtr);
  EXPECT_EQ(firmware.resets, 2u);
}

// --- suspend
// --------------------------------------------------------------------------------------

TEST_F(UsbHost, SuspendsAnIdleDeviceAndADataByteWakesIt) {
  plug_in("open_ms = 10\nsuspend_idle_ms = 50");
  firmware.run_for(Duration::from_ms(400));
  EXPECT_TRUE(firmware.wakeup_allowed) << "USB 2.0, 9.4.9: DEVICE_REMOTE_WAKEUP";
  EXPECT_EQ(firmware.causes & kCauseSuspend, kCauseSuspend);
  send("z");
  firmware.run_for(Duration::from_ms(40));
  EXPECT_EQ(firmware.causes & kCauseResume, kCauseResume);
  EXPECT_EQ(firmware.received, "z");
}

// USB 2.0, 7.1.7.7: the host drives K for 20 ms, then frames go on.
TEST_F(UsbHost, ADeviceWakesItsHost) {
  plug_in("open_ms = 10\nsuspend_idle_ms = 50");
  firmware.run_for(Duration::from_ms(400));
  bench.write(kSof, 0);
  bench.write(kDpdmValue, 1);
  bench.write(kDpdmDrive, 1);
  firmware.run_for(Duration::from_ms(19));
  EXPECT_FALSE(bench.event(kSof));
  firmware.run_for(Duration::from_ms(3));
  EXPECT_TRUE(bench.event(kSof));
  firmware.to_send = "awake";
  firmware.run_for(Duration::from_ms(5));
  EXPECT_EQ(printed, "awake");
}

// --- devices that misbehave
// -----------------------------------------------------------------------

TEST_F(UsbHost, NamesInterfacesThatItLeavesAlone) {
  const std::vector<std::uint8_t> hid = {9, 4, 2, 0, 1, 3, 0, 0, 0, 7, 5, 0x83, 3, 8, 0, 10};
  firmware.configuration.insert(firmware.configuration.end(), hid.begin(), hid.end());
  set_total_length(firmware.configuration);
  plug_in();
  firmware.run_for(Duration::from_ms(400));
  EXPECT_TRUE(firmware.dtr);
  EXPECT_THAT(note("usb.interfaces"), HasSubstr("interface 2 (HID, class 0x03)"));
}

TEST_F(UsbHost, ADeviceWithoutSerialPortIsConfiguredAndNamed) {
  firmware.configuration = {9, 2, 25, 0,  1, 1, 0, 0x80, 50, 9,  4, 0, 0,
                            1, 8, 6,  80, 0, 7, 5, 0x81, 2,  64, 0, 0};
  plug_in();
  firmware.run_for(Duration::from_ms(400));
  EXPECT_TRUE(firmware.configured);
  EXPECT_FALSE(firmware.dtr);
  EXPECT_THAT(note("usb.interfaces"), HasSubstr("mass storage"));
  EXPECT_NE(note("usb.serial"), "");
}

TEST_F(UsbHost, GivesUpOnADeviceWithoutClockAfterThreeAttempts) {
  plug_in();
  firmware.run_for(Duration::from_ms(50));
  bench.write(kHfclkStop, 1);
  firmware.run_for(Duration::from_ms(1000));
  EXPECT_EQ(firmware.resets, 3u);
  EXPECT_THAT(note("usb.failed"), HasSubstr("was not answered"));
}

TEST_F(UsbHost, GivesUpOnAnImpossiblePacketSize) {
  firmware.device[7] = 0;
  plug_in();
  firmware.run_for(Duration::from_ms(1000));
  EXPECT_THAT(note("usb.failed"), HasSubstr("bMaxPacketSize0 is 0"));
}

TEST_F(UsbHost, MalformedDescriptorsAreNamedInTheReport) {
  firmware.configuration[9] = 1;
  plug_in();
  firmware.run_for(Duration::from_ms(400));
  EXPECT_THAT(note("usb.descriptors"), HasSubstr("bLength 1"));
}

TEST_F(UsbHost, RefusesParametersOutOfRange) {
  EXPECT_THROW(bench.add_device("usb", "usb_host", "", "retry_us = 0"), InputError);
  EXPECT_THROW(bench.add_device("usb", "usb_host", "", "open_ms = -1"), InputError);
}

// --- state
// ----------------------------------------------------------------------------------------

TEST_F(UsbHost, HasTheSameFutureAfterRestore) {
  plug_in("open_ms = 10");
  firmware.run_for(Duration::from_ms(300));
  send("half");
  bench.put(CdcFirmware::kIn, {'o', 'k'});
  bench.send(1, CdcFirmware::kIn, 2);
  const auto saved = bench.save();
  printed.clear();
  firmware.run_for(Duration::from_ms(5));
  const std::string here = printed;
  EXPECT_EQ(here, "ok");

  UsbdBench other;
  printed.clear();
  plug_in_bench(other, "open_ms = 10");
  other.restore(saved);
  other.run_for(Duration::from_ms(5));
  EXPECT_EQ(printed, here);
  EXPECT_EQ(other.read(kSizeEpOut + 4), 4u);
}

}  // namespace
}  // namespace tinyscope::test
