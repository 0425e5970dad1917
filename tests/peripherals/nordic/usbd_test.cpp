// USBD: enabling, control transfers, bulk endpoints. nRF52840 PS, chapter "USBD — Universal serial
// bus device". USB 2.0: Universal Serial Bus Specification, Revision 2.0.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/peripherals/usb/usbd_bench.hpp"

namespace tinyscope::test {
namespace {

using usb::Packet;
using usb::Reply;
using Bytes = std::vector<std::uint8_t>;

constexpr Address kBuffer = PeripheralBench::kRam + 0x200;
constexpr usb::SetupBytes kGetDevice = {0x80, 6, 0, 1, 0, 0, 18, 0};
constexpr usb::SetupBytes kSetLineCoding = {0x21, 0x20, 0, 0, 0, 0, 7, 0};
constexpr usb::SetupBytes kSetConfiguration = {0x00, 9, 1, 0, 0, 0, 0, 0};

class Usbd : public ::testing::Test {
 protected:
  UsbdBench bench;
  CableEnd cable;
  usb::Function& function = *bench.function;

  void SetUp() override {
    function.connect(cable);
    function.set_vbus(true);
    bench.write(kHfclkStart, 1);
    bench.run_for(Duration::from_ms(2));
  }
  void enable() {
    bench.write(kEnable, 1);
    bench.run_for(Duration::from_ms(1));
    bench.write(kPullup, 1);
    bench.write(kEventCause, ~0u);
    bench.event(kUsbEvent);
  }
  void enable_endpoint(unsigned endpoint) {
    bench.write(kEpInEn, 1u | 1u << endpoint);
    bench.write(kEpOutEn, 1u | 1u << endpoint);
  }
  Reply in(unsigned endpoint, Packet& packet) {
    return function.in({0, static_cast<std::uint8_t>(endpoint)}, packet);
  }
  Reply in(unsigned endpoint) {
    Packet packet;
    return in(endpoint, packet);
  }
  void take(unsigned endpoint) {
    function.in_acknowledged({0, static_cast<std::uint8_t>(endpoint)});
  }
  Reply out(unsigned endpoint, Bytes data, bool data1 = false) {
    return function.out({0, static_cast<std::uint8_t>(endpoint)}, {std::move(data), data1});
  }
};

// --- enabling and attaching
// -----------------------------------------------------------------------

TEST_F(Usbd, IsReadySomeTimeAfterEnable) {
  bench.write(kEnable, 1);
  EXPECT_EQ(bench.read(kEventCause), 0u);
  bench.run_for(Duration::from_us(50));
  EXPECT_EQ(bench.read(kEventCause), kCauseReady);
  EXPECT_TRUE(bench.event(kUsbEvent));
  bench.write(kEventCause, kCauseReady);
  EXPECT_EQ(bench.read(kEventCause), 0u);
  EXPECT_TRUE(bench.assumed("usbd.start_us"));
}

TEST_F(Usbd, WithoutVbusItNeitherStartsNorShowsItsPullUp) {
  function.set_vbus(false);
  enable();
  EXPECT_EQ(bench.read(kEventCause), 0u);
  EXPECT_FALSE(cable.pulled_up);
  function.set_vbus(true);
  bench.run_for(Duration::from_us(50));
  EXPECT_EQ(bench.read(kEventCause), kCauseReady);
  EXPECT_FALSE(cable.pulled_up) << "the regulator needs its time";
  bench.run_for(Duration::from_ms(2));
  EXPECT_TRUE(cable.pulled_up);
}

// PS, POWER, "USB supply": USBDETECTED, when enabled USBPWRRDY, USBREMOVED; USBREGSTATUS has both
// states.
TEST_F(Usbd, VbusIsSeenByPower) {
  EXPECT_TRUE(bench.event(kUsbDetected));
  EXPECT_FALSE(bench.event(kUsbPwrRdy));
  EXPECT_EQ(bench.read(kUsbRegStatus), 1u);
  enable();
  EXPECT_TRUE(bench.event(kUsbPwrRdy));
  EXPECT_EQ(bench.read(kUsbRegStatus), 3u);
  EXPECT_TRUE(cable.pulled_up);
  function.set_vbus(false);
  EXPECT_TRUE(bench.event(kUsbRemoved));
  EXPECT_EQ(bench.read(kUsbRegStatus), 0u);
  EXPECT_FALSE(cable.pulled_up);
}

TEST_F(Usbd, PowerSeesVbusAgainAfterAResetOfTheChip) {
  enable();
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kUsbRegStatus), 0u);
  bench.run_for(Duration::from_ms(2));
  EXPECT_EQ(bench.read(kUsbRegStatus), 1u);
  bench.write(kEnable, 1);
  bench.run_for(Duration::from_ms(2));
  EXPECT_EQ(bench.read(kUsbRegStatus), 3u);
}

TEST_F(Usbd, AResetOfTheChipTakesThePullUpAway) {
  enable();
  ASSERT_TRUE(cable.pulled_up);
  bench.reset(ResetKind::kSoftware);
  EXPECT_FALSE(cable.pulled_up);
  EXPECT_EQ(bench.power_state("usbd"), "");
}

// PS, "Entering suspend": "USBD is not able to respond to USB traffic unless HFXO is enabled and
// stable".
TEST_F(Usbd, NobodyAnswersWithoutHfxo) {
  enable();
  bench.write(kHfclkStop, 1);
  EXPECT_EQ(function.setup({0, 0}, kGetDevice), Reply::kSilence);
  bench.write(kHfclkStart, 1);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(function.setup({0, 0}, kGetDevice), Reply::kAck);
}

TEST_F(Usbd, DrawsCurrentWhileItIsActive) {
  EXPECT_EQ(bench.power_state("usbd"), "");
  enable();
  EXPECT_EQ(bench.power_state("usbd"), "on");
  bench.write(kEnable, 0);
  EXPECT_EQ(bench.power_state("usbd"), "");
  EXPECT_FALSE(cable.pulled_up);
}

TEST_F(Usbd, ABusResetGoesBackToAddress0AndForgetsData) {
  enable();
  enable_endpoint(1);
  function.setup({0, 0}, {0, 5, 9, 0, 0, 0, 0, 0});
  in(0);
  take(0);
  bench.send(1, kBuffer, 4);
  function.bus_reset();
  EXPECT_TRUE(bench.event(kUsbReset));
  EXPECT_EQ(bench.read(kUsbAddr), 0u);
  EXPECT_EQ(in(1), Reply::kNak);
}

// --- control transfers
// ----------------------------------------------------------------------------

TEST_F(Usbd, SetupShowsTheRequestAndNaksUntilFirmwareHasDecided) {
  enable();
  EXPECT_EQ(function.setup({0, 0}, kGetDevice), Reply::kAck);
  EXPECT_TRUE(bench.event(kEp0Setup));
  for (unsigned i = 0; i < 8; ++i) EXPECT_EQ(bench.read(kBmRequestType + 4 * i), kGetDevice[i]);
  EXPECT_EQ(in(0), Reply::kNak);
  EXPECT_EQ(out(0, {}, true), Reply::kNak);
}

TEST_F(Usbd, ControlReadGivesTheBufferThenTheStatusStage) {
  enable();
  Bytes descriptor(18);
  std::iota(descriptor.begin(), descriptor.end(), std::uint8_t{1});
  bench.put(kBuffer, descriptor);
  function.setup({0, 0}, kGetDevice);
  bench.send(0, kBuffer, 18);
  EXPECT_TRUE(bench.event(kEndEpIn));
  EXPECT_EQ(bench.read(kEpIn + 8), 18u) << "AMOUNT";
  EXPECT_FALSE(bench.event(kEp0DataDone));
  Packet packet;
  ASSERT_EQ(in(0, packet), Reply::kAck);
  EXPECT_EQ(packet.data, descriptor);
  EXPECT_TRUE(packet.data1) << "USB 2.0, 8.5.3: the data stage begins with DATA1";
  take(0);
  EXPECT_TRUE(bench.event(kEp0DataDone));
  EXPECT_EQ(out(0, {}, true), Reply::kNak);
  bench.write(kEp0Status, 1);
  EXPECT_EQ(out(0, {}, true), Reply::kAck);
}

// PS, SHORTS.EP0DATADONE_EP0STATUS.
TEST_F(Usbd, AShortcutOpensTheStatusStageBehindTheData) {
  enable();
  bench.write(kShorts, 1u << 2);
  function.setup({0, 0}, kGetDevice);
  bench.send(0, kBuffer, 18);
  EXPECT_EQ(out(0, {}, true), Reply::kNak);
  in(0);
  take(0);
  EXPECT_EQ(out(0, {}, true), Reply::kAck);
}

TEST_F(Usbd, ControlWriteTakesOnePacketForEachEp0rcvout) {
  enable();
  function.setup({0, 0}, kSetLineCoding);
  const Bytes coding = {0x00, 0xC2, 0x01, 0x00, 0, 0, 8};
  EXPECT_EQ(out(0, coding, true), Reply::kNak);
  bench.write(kEp0RcvOut, 1);
  EXPECT_EQ(out(0, coding, true), Reply::kAck);
  EXPECT_TRUE(bench.event(kEp0DataDone));
  EXPECT_EQ(bench.read(kSizeEpOut), 7u);
  EXPECT_EQ(out(0, coding), Reply::kNak);
  bench.fetch(0, kBuffer, 7);
  EXPECT_TRUE(bench.event(kEndEpOut));
  EXPECT_EQ(bench.bytes(kBuffer, 7), coding);
  EXPECT_EQ(in(0), Reply::kNak);
  bench.write(kEp0Status, 1);
  Packet status;
  EXPECT_EQ(in(0, status), Reply::kAck);
  EXPECT_TRUE(status.data.empty());
  EXPECT_TRUE(status.data1);
}

TEST_F(Usbd, ARequestWithoutDataEndsWithEp0status) {
  enable();
  function.setup({0, 0}, kSetConfiguration);
  EXPECT_EQ(in(0), Reply::kNak);
  bench.write(kEp0Status, 1);
  EXPECT_EQ(in(0), Reply::kAck);
  take(0);
  EXPECT_FALSE(bench.event(kEp0DataDone));
}

// PS, "Control transfers": "The software can stall a command when in the Data and Status stages".
TEST_F(Usbd, Ep0stallLastsUntilTheNextSetup) {
  enable();
  function.setup({0, 0}, kGetDevice);
  bench.write(kEp0Stall, 1);
  EXPECT_EQ(in(0), Reply::kStall);
  EXPECT_EQ(out(0, {}, true), Reply::kStall);
  EXPECT_EQ(function.setup({0, 0}, kGetDevice), Reply::kAck);
  EXPECT_EQ(in(0), Reply::kNak);
}

// PS, "Control transfers", on SetAddress: the controller handles it, USBADDR tells.
TEST_F(Usbd, SetAddressIsExecutedByTheController) {
  enable();
  function.setup({0, 0}, {0x00, 5, 42, 0, 0, 0, 0, 0});
  EXPECT_TRUE(bench.event(kEp0Setup));
  EXPECT_EQ(bench.read(kUsbAddr), 0u) << "USB 2.0, 9.4.6: after the status stage";
  EXPECT_EQ(in(0), Reply::kAck);
  take(0);
  EXPECT_EQ(bench.read(kUsbAddr), 42u);
  EXPECT_EQ(function.setup({0, 0}, kGetDevice), Reply::kSilence);
  EXPECT_EQ(function.setup({42, 0}, kGetDevice), Reply::kAck);
}

TEST_F(Usbd, RaisesItsInterruptForEnabledEvents) {
  EdgeCounter irq(bench, bench.peripheral("usbd").wire("irq"));
  enable();
  function.setup({0, 0}, kGetDevice);
  EXPECT_EQ(irq.rises, 0u);
  bench.write(kIntenSet, 1u << 23);  // INTEN.EP0SETUP
  EXPECT_EQ(irq.rises, 1u);
  bench.write(kEp0Setup, 0);
  function.setup({0, 0}, kGetDevice);
  EXPECT_EQ(irq.rises, 2u);
}

// --- bulk endpoints
// -------------------------------------------------------------------------------

TEST_F(Usbd, AnInEndpointGivesWhatEasyDmaHasBrought) {
  enable();
  EXPECT_EQ(in(1), Reply::kSilence) << "a disabled endpoint does not answer";
  enable_endpoint(1);
  EXPECT_EQ(in(1), Reply::kNak);
  bench.put(kBuffer, {'a', 'b', 'c'});
  const unsigned changes = cable.changes;
  bench.send(1, kBuffer, 3);
  EXPECT_GT(cable.changes, changes) << "the host is told";
  EXPECT_TRUE(bench.event(kStarted));
  EXPECT_EQ(bench.read(kEpStatus), 1u << 1);
  bench.write(kEpStatus, 1u << 1);
  EXPECT_EQ(bench.read(kEpStatus), 0u);
  EXPECT_TRUE(bench.event(kEndEpIn + 4));
  EXPECT_EQ(bench.read(kEpIn + 0x14 + 8), 3u);
  Packet packet;
  ASSERT_EQ(in(1, packet), Reply::kAck);
  EXPECT_EQ(packet.data, (Bytes{'a', 'b', 'c'}));
  EXPECT_FALSE(packet.data1);
  EXPECT_EQ(bench.read(kEpDataStatus), 0u);
  take(1);
  EXPECT_TRUE(bench.event(kEpData));
  EXPECT_EQ(bench.read(kEpDataStatus), 1u << 1);
  EXPECT_EQ(in(1), Reply::kNak);
  bench.send(1, kBuffer, 3);
  ASSERT_EQ(in(1, packet), Reply::kAck);
  EXPECT_TRUE(packet.data1) << "PS: DATA0 and DATA1 alternate by themselves";
}

TEST_F(Usbd, AnOutEndpointNaksUntilItsBufferIsFree) {
  enable();
  enable_endpoint(2);
  EXPECT_EQ(out(2, {1, 2, 3}), Reply::kNak);
  bench.write(kSizeEpOut + 4 * 2, 0);
  EXPECT_EQ(out(2, {1, 2, 3}), Reply::kAck);
  EXPECT_TRUE(bench.event(kEpData));
  EXPECT_EQ(bench.read(kEpDataStatus), 1u << 18);
  EXPECT_EQ(bench.read(kSizeEpOut + 4 * 2), 3u);
  EXPECT_EQ(out(2, {4}, true), Reply::kNak) << "nobody has fetched the first packet";
  bench.fetch(2, kBuffer, 3);
  EXPECT_TRUE(bench.event(kEndEpOut + 4 * 2));
  EXPECT_EQ(bench.read(kEpOut + 0x14 * 2 + 8), 3u);
  EXPECT_EQ(bench.bytes(kBuffer, 3), (Bytes{1, 2, 3}));
  EXPECT_EQ(out(2, {4}, true), Reply::kAck);
}

// PS, "Bulk and interrupt transactions": a repeated transaction has the PID of the one before.
TEST_F(Usbd, ARepeatedOutPacketIsAcknowledgedAndDropped) {
  enable();
  enable_endpoint(1);
  bench.write(kSizeEpOut + 4, 0);
  out(1, {1});
  bench.fetch(1, kBuffer, 1);
  bench.write(kEpDataStatus, ~0u);
  EXPECT_EQ(out(1, {1}), Reply::kAck);
  EXPECT_EQ(bench.read(kEpDataStatus), 0u);
}

TEST_F(Usbd, EpstallHaltsAnEndpointAndHaltedTells) {
  enable();
  enable_endpoint(3);
  bench.write(kEpStall, 0x100 | 0x80 | 3);
  EXPECT_EQ(in(3), Reply::kStall);
  EXPECT_EQ(bench.read(kHaltedEpIn + 4 * 3), 1u);
  EXPECT_EQ(bench.read(kHaltedEpOut + 4 * 3), 0u);
  bench.write(kEpStall, 0x100 | 3);
  EXPECT_EQ(out(3, {1}), Reply::kStall);
  EXPECT_EQ(bench.read(kHaltedEpOut + 4 * 3), 1u);
  bench.write(kEpStall, 0x80 | 3);
  EXPECT_EQ(in(3), Reply::kNak);
}

TEST_F(Usbd, DtoggleShowsAndSetsTheNextPid) {
  enable();
  enable_endpoint(1);
  EXPECT_EQ(bench.read(kDtoggle), 0x100u) << "reset value of the SVD";
  bench.write(kDtoggle, 0x200 | 0x80 | 1);  // DATA1 on IN 1
  bench.write(kDtoggle, 0x001);             // select OUT 1
  EXPECT_EQ(bench.read(kDtoggle), 0x101u);
  bench.write(kDtoggle, 0x081);  // select IN 1
  EXPECT_EQ(bench.read(kDtoggle), 0x281u);
  bench.send(1, kBuffer, 1);
  Packet packet;
  ASSERT_EQ(in(1, packet), Reply::kAck);
  EXPECT_TRUE(packet.data1);
}

TEST_F(Usbd, SwitchingAnInEndpointOffTakesItsDataBack) {
  enable();
  enable_endpoint(1);
  bench.send(1, kBuffer, 4);
  bench.write(kEpInEn, 1);
  enable_endpoint(1);
  EXPECT_EQ(in(1), Reply::kNak);
}

}  // namespace
}  // namespace tinyscope::test
