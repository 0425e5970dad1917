// USBD: EasyDMA, frames, isochronous endpoints, suspend, undocumented registers. nRF52840 PS,
// chapter "USBD — Universal serial bus device".
#include <gtest/gtest.h>

#include "tests/peripherals/usb/usbd_bench.hpp"

namespace tinyscope::test {
namespace {

using usb::Packet;
using usb::Reply;
using Bytes = std::vector<std::uint8_t>;

constexpr Address kBuffer = PeripheralBench::kRam + 0x200;

class UsbdActive : public ::testing::Test {
 protected:
  UsbdBench bench;
  CableEnd cable;
  usb::Function& function = *bench.function;

  void SetUp() override {
    function.connect(cable);
    function.set_vbus(true);
    bench.write(kHfclkStart, 1);
    bench.run_for(Duration::from_ms(2));
    bench.write(kEnable, 1);
    bench.run_for(Duration::from_ms(1));
    bench.write(kPullup, 1);
    bench.write(kEpInEn, 0x1FF);
    bench.write(kEpOutEn, 0x1FF);
    bench.write(kEventCause, ~0u);
    bench.event(kUsbEvent);
  }
  Reply in(unsigned endpoint, Packet& packet) {
    return function.in({0, static_cast<std::uint8_t>(endpoint)}, packet);
  }
};

TEST_F(UsbdActive, TellsTheBusOfEachTransfer) {
  std::vector<MasterTransfer> seen;
  bench.bus.on_master_transfer([&](const MasterTransfer& each) { seen.push_back(each); });
  bench.send(1, kBuffer, 8);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].address, kBuffer);
  EXPECT_EQ(seen[0].bytes, 8u);
  EXPECT_EQ(seen[0].type, AccessType::kRead);
}

// PS, "EasyDMA": one transfer at a time.
TEST_F(UsbdActive, ASecondTransferMeanwhileIsReportedAndLost) {
  bench.write(kEpIn + 0x14 + 4, 64);
  bench.write(kEpIn + 0x14, kBuffer);
  bench.write(kStartEpIn + 4, 1);
  bench.write(kStartEpIn + 8, 1);
  bench.run_for(Duration::from_us(20));
  EXPECT_TRUE(bench.reported("EasyDMA started while it is busy"));
  EXPECT_TRUE(bench.event(kEndEpIn + 4));
  EXPECT_FALSE(bench.event(kEndEpIn + 8));
}

TEST_F(UsbdActive, ABufferInFlashIsReportedAndSendsZeros) {
  bench.send(1, 0x100, 4);
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
  Packet packet;
  ASSERT_EQ(in(1, packet), Reply::kAck);
  EXPECT_EQ(packet.data, (Bytes{0, 0, 0, 0}));
}

TEST_F(UsbdActive, MoreThanAPacketIsReportedAndCut) {
  bench.send(1, kBuffer, 100);
  EXPECT_TRUE(bench.reported("MAXCNT beyond the endpoint's buffer"));
  Packet packet;
  ASSERT_EQ(in(1, packet), Reply::kAck);
  EXPECT_EQ(packet.data.size(), 64u);
}

TEST_F(UsbdActive, ATransferTakesTimeForEachByte) {
  bench.write(kEpIn + 0x14, kBuffer);
  bench.write(kEpIn + 0x14 + 4, 64);
  bench.write(kStartEpIn + 4, 1);
  bench.run_for(Duration::from_us(2));
  EXPECT_FALSE(bench.event(kEndEpIn + 4));
  bench.run_for(Duration::from_us(4));
  EXPECT_TRUE(bench.event(kEndEpIn + 4));
  EXPECT_TRUE(bench.assumed("usbd.dma_byte_ns"));
}

TEST_F(UsbdActive, SofCountsFrames) {
  function.start_of_frame(0x123);
  EXPECT_TRUE(bench.event(kSof));
  EXPECT_EQ(bench.read(kFrameCntr), 0x123u);
}

// --- isochronous
// ----------------------------------------------------------------------------------

TEST_F(UsbdActive, IsoInGoesOutInTheFrameAfterEasyDma) {
  bench.put(kBuffer, {9, 8, 7});
  bench.write(kIsoIn, kBuffer);
  bench.write(kIsoIn + 4, 3);
  bench.write(kStartIsoIn, 1);
  bench.run_for(Duration::from_us(5));
  EXPECT_TRUE(bench.event(kEndIsoIn));
  Packet packet;
  EXPECT_EQ(in(8, packet), Reply::kSilence) << "ISOINCONFIG.NoResp";
  function.start_of_frame(1);
  ASSERT_EQ(in(8, packet), Reply::kAck);
  EXPECT_EQ(packet.data, (Bytes{9, 8, 7}));
  bench.write(kIsoInConfig, 1);
  ASSERT_EQ(in(8, packet), Reply::kAck);
  EXPECT_TRUE(packet.data.empty()) << "ISOINCONFIG.ZeroData";
}

TEST_F(UsbdActive, IsoOutIsThereInTheFrameAfterItCame) {
  EXPECT_EQ(function.out({0, 8}, {{1, 2, 3, 4}, false}), Reply::kAck);
  function.start_of_frame(1);
  EXPECT_EQ(bench.read(kSizeIsoOut), 4u);
  bench.write(kIsoOut, kBuffer);
  bench.write(kIsoOut + 4, 4);
  bench.write(kStartIsoOut, 1);
  bench.run_for(Duration::from_us(5));
  EXPECT_TRUE(bench.event(kEndIsoOut));
  EXPECT_EQ(bench.bytes(kBuffer, 4), (Bytes{1, 2, 3, 4}));
  function.out({0, 8}, {{}, false});
  function.start_of_frame(2);
  EXPECT_EQ(bench.read(kSizeIsoOut), 1u << 16) << "SIZE.ISOOUT.ZERO";
  function.start_of_frame(3);
  EXPECT_EQ(bench.read(kSizeIsoOut), 0u) << "nothing came";
}

TEST_F(UsbdActive, IsosplitHalvesTheIsochronousBuffer) {
  bench.write(kIsoSplit, 0x80);
  bench.write(kIsoIn, kBuffer);
  bench.write(kIsoIn + 4, 513);
  bench.write(kStartIsoIn, 1);
  EXPECT_TRUE(bench.reported("MAXCNT beyond the endpoint's buffer"));
}

// --- suspend
// --------------------------------------------------------------------------------------

// PS, "Entering suspend": tUSB,SUSPEND; USB 2.0, 7.1.7.6: 3 ms.
TEST_F(UsbdActive, SeesSuspendThreeMillisecondsAfterTheLastFrame) {
  function.bus_idle();
  bench.run_for(Duration::from_us(2999));
  EXPECT_EQ(bench.read(kEventCause), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kEventCause), kCauseSuspend);
  EXPECT_TRUE(bench.event(kUsbEvent));
  bench.write(kLowPower, 1);
  EXPECT_EQ(bench.power_state("usbd"), "suspend");
}

TEST_F(UsbdActive, ResumeByTheHostIsACause) {
  function.bus_idle();
  bench.run_for(Duration::from_ms(10));
  bench.write(kEventCause, ~0u);
  function.bus_resume();
  EXPECT_EQ(bench.read(kEventCause), kCauseResume);
}

// PS, "Device-initiated remote wake-up": ForceNormal, USBWUALLOWED, DPDMDRIVE with Resume, which
// waits for TWTRSM (5 ms of idle) and ends by itself.
TEST_F(UsbdActive, RemoteWakeUpDrivesKForItsOwnTime) {
  function.bus_idle();
  bench.run_for(Duration::from_ms(3));
  bench.write(kLowPower, 1);
  bench.write(kEventCause, ~0u);
  bench.write(kLowPower, 0);
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(bench.read(kEventCause), kCauseWakeAllowed);
  bench.write(kDpdmValue, 1);
  bench.write(kDpdmDrive, 1);
  EXPECT_FALSE(cable.k) << "3 ms after the last frame is too early";
  bench.run_for(Duration::from_ms(2));
  EXPECT_TRUE(cable.k);
  bench.run_for(Duration::from_ms(5));
  EXPECT_FALSE(cable.k);
}

TEST_F(UsbdActive, KLastsUntilDpdmnodrive) {
  bench.write(kDpdmValue, 4);
  bench.write(kDpdmDrive, 1);
  EXPECT_TRUE(cable.k);
  bench.run_for(Duration::from_ms(50));
  EXPECT_TRUE(cable.k);
  bench.write(kDpdmNoDrive, 1);
  EXPECT_FALSE(cable.k);
}

// --- what the driver writes and PS does not name
// --------------------------------------------------

// nrf_drv_usbd.c, usbd_ep_abort(): "Disarm the endpoint if there is any data buffered".
TEST_F(UsbdActive, TheDriversWayToDropDataOfAnInEndpointWorks) {
  bench.send(3, kBuffer, 4);
  bench.write(kUsbd + 0x800, 0x7B6 + 2 * (3 - 1));
  bench.write(kUsbd + 0x804, bench.read(kUsbd + 0x804) | 1u << 1);
  Packet packet;
  EXPECT_EQ(in(3, packet), Reply::kNak);
  bench.write(kUsbd + 0xC1C, 0x82);
  EXPECT_TRUE(bench.notes.unmodelled_accesses().empty());
}

// nrf_drv_usbd.c, nrf_drv_usbd_enable(): the lock reads 0 while it is closed.
TEST_F(UsbdActive, ErrataRegistersOpenAndCloseWithTheirKey) {
  bench.add("usbd_errata", "nordic.usbd_errata", 0x4006'E000);
  EXPECT_EQ(bench.read(0x4006'EC00), 0u);
  bench.write(0x4006'EC00, 0x9375);
  EXPECT_NE(bench.read(0x4006'EC00), 0u);
  bench.write(0x4006'ED14, 3);
  EXPECT_EQ(bench.read(0x4006'ED14), 3u);
  bench.write(0x4006'EC14, 0xC0);
  bench.write(0x4006'EC00, 0x9375);
  EXPECT_EQ(bench.read(0x4006'EC00), 0u);
  EXPECT_TRUE(bench.notes.unmodelled_accesses().empty());
}

TEST_F(UsbdActive, HasTheSameFutureAfterRestore) {
  bench.put(kBuffer, {5, 6});
  bench.write(kEpIn + 0x14, kBuffer);
  bench.write(kEpIn + 0x14 + 4, 2);
  bench.write(kStartEpIn + 4, 1);
  UsbdBench other;
  CableEnd end;
  other.function->connect(end);
  other.restore(bench.save());
  other.run_for(Duration::from_us(20));
  EXPECT_TRUE(other.event(kEndEpIn + 4));
  Packet packet;
  ASSERT_EQ(other.function->in({0, 1}, packet), Reply::kAck);
  EXPECT_EQ(packet.data, (Bytes{5, 6}));
}

}  // namespace
}  // namespace tinyscope::test
