// RADIO: states, times and shortcuts. nRF52840 PS, chapter "RADIO — 2.4 GHz radio". What is in a
// packet is tried in radio_packet_test.cpp.
#include "tests/peripherals/nordic/radio_bench.hpp"

namespace tinyscope::test {
namespace {

class Radio : public RadioBench {};

// PS, "Electrical specification": tTXEN 140 us, tTXEN,FAST 40 us, tTXDIS 6 us.
TEST_F(Radio, TransmitterRampsUpAndDown) {
  write(kTxEn, 1);
  EXPECT_EQ(read(kState), kTxRu);
  run_us(139);
  EXPECT_EQ(read(kState), kTxRu);
  run_us(1);
  EXPECT_EQ(read(kState), kTxIdle);
  EXPECT_EQ(at(kReady), 140.0);
  EXPECT_EQ(at(kTxReady), 140.0);
  EXPECT_FALSE(happened(kRxReady));
  write(kDisable, 1);
  EXPECT_EQ(read(kState), kTxDisable);
  run_us(6);
  EXPECT_EQ(read(kState), kDisabledState);
  EXPECT_EQ(at(kDisabled), 146.0);
}

TEST_F(Radio, ReceiverRampsUpFastAndStopsAtOnce) {
  write(kModeCnf0, 0x201);
  write(kRxEn, 1);
  EXPECT_EQ(read(kState), kRxRu);
  run_us(40);
  EXPECT_EQ(read(kState), kRxIdle);
  EXPECT_EQ(at(kRxReady), 40.0);
  write(kStart, 1);
  EXPECT_EQ(read(kState), kRx);
  write(kStop, 1);
  EXPECT_EQ(read(kState), kRxIdle);
  write(kDisable, 1);
  EXPECT_EQ(read(kState), kDisabledState);
  EXPECT_EQ(at(kDisabled), 40.0);
}

// nRF5 SDK, radio_test.c: waits for DISABLED after DISABLE, whatever the radio did before.
TEST_F(Radio, DisableOfADisabledRadioGivesItsEvent) {
  write(kDisable, 1);
  EXPECT_EQ(read(kDisabled), 1u);
}

TEST_F(Radio, TasksThatDoNotFitTheStateAreIgnored) {
  write(kStart, 1);
  EXPECT_EQ(read(kState), kDisabledState);
  write(kTxEn, 1);
  write(kRxEn, 1);
  EXPECT_EQ(read(kState), kTxRu);
  write(kStop, 1);
  EXPECT_EQ(read(kState), kTxRu);
}

// Cordio's driver (mbed-os, pal_bb_ble.c) advertises like this: 31 bytes of data, 37 of PDU
// payload. 1 Mbit/s: 8 bits of preamble, 32 of address, 16 of header, 296 of payload, 24 of CRC.
TEST_F(Radio, AdvertisingPacketTakesItsBits) {
  advertise_on(37);
  const std::uint8_t header[] = {0x42, 37};
  bench.fill(kPacket, header);
  write(kShorts, kReadyStart | kEndDisable);
  write(kTxEn, 1);
  run_us(1000);
  EXPECT_EQ(at(kReady), 40.0);
  EXPECT_EQ(at(kAddress), 40.0 + 8 + 32);
  EXPECT_EQ(at(kPayload), 40.0 + 8 + 32 + 16 + 296);
  EXPECT_EQ(at(kEnd), 40.0 + 8 + 32 + 16 + 296 + 24);
  EXPECT_EQ(at(kDisabled), 40.0 + 376 + 6);
  EXPECT_FALSE(happened(kPhyEnd));
  EXPECT_EQ(read(kState), kDisabledState);
}

TEST_F(Radio, TwoMegabitTakesHalfTheTimeAndAPreambleOfTwoBytes) {
  advertise_on(38);
  write(kMode, 4);
  write(kPcnf0, kBlePcnf0 | 1u << 24);
  const std::uint8_t header[] = {0x02, 10};
  bench.fill(kPacket, header);
  write(kShorts, kReadyStart | kEndDisable);
  write(kTxEn, 1);
  run_us(1000);
  EXPECT_EQ(at(kAddress), 40.0 + (16 + 32) / 2.0);
  EXPECT_EQ(at(kEnd), 40.0 + (16 + 32 + 16 + 80 + 24) / 2.0);
  EXPECT_EQ(at(kDisabled), at(kEnd) + 4);
}

// Bluetooth Core Specification, Vol 6 Part B, "LE Coded PHY": 80 us preamble, 256 us address,
// 16 us CI, 24 us TERM1; then 8 us a bit (S=8) or 2 us (S=2), and TERM2 of 3 bits.
TEST_F(Radio, LongRangeIsPricedByItsCoding) {
  for (const auto& [mode, bit_us] : {std::pair<std::uint32_t, double>{5, 8.0}, {6, 2.0}}) {
    start_over();
    advertise_on(37);
    write(kMode, mode);
    write(kPcnf0, kBlePcnf0 | 3u << 24 | 2u << 22 | 3u << 29);
    const std::uint8_t header[] = {0x02, 6};
    bench.fill(kPacket, header);
    write(kShorts, kReadyStart | kPhyEndDisable);
    const double start = now_us();
    write(kTxEn, 1);
    run_us(3000);
    EXPECT_DOUBLE_EQ(at(kAddress) - start, 40 + 80 + 256);
    EXPECT_DOUBLE_EQ(at(kPayload) - at(kAddress), 16 + 24 + (16 + 48) * bit_us);
    EXPECT_DOUBLE_EQ(at(kEnd) - at(kPayload), 24 * bit_us);
    EXPECT_DOUBLE_EQ(at(kPhyEnd) - at(kEnd), 3 * bit_us);
    EXPECT_DOUBLE_EQ(at(kDisabled) - at(kPhyEnd), 6);
  }
}

// PS, "IEEE 802.15.4 operation": 4 us a bit; preamble of 4 bytes, SFD, PHR; LENGTH includes CRC.
TEST_F(Radio, Ieee802154FrameStartsBehindItsLength) {
  write(kMode, 15);
  write(kPcnf0, 8u | 2u << 24 | 1u << 26);
  write(kPcnf1, 127);
  write(kCrcCnf, 2 | 2u << 8);
  write(kPacketPtr, kPacket);
  write(kModeCnf0, 0x201);
  const std::uint8_t header[] = {12};
  bench.fill(kPacket, header);
  write(kShorts, kReadyStart | kPhyEndDisable);
  write(kTxEn, 1);
  run_us(2000);
  EXPECT_EQ(at(kFrameStart), 40.0 + 4 * (32 + 8 + 8));
  EXPECT_EQ(at(kEnd), at(kFrameStart) + 4 * 12 * 8);
  EXPECT_EQ(at(kPhyEnd), at(kEnd));
  EXPECT_EQ(at(kDisabled), at(kPhyEnd) + 21);
}

TEST_F(Radio, PacketsFollowEachOtherWithEndStart) {
  advertise_on(37);
  const std::uint8_t header[] = {0x02, 0};
  bench.fill(kPacket, header);
  write(kShorts, kReadyStart | kEndStart);
  write(kTxEn, 1);
  run_us(40 + 3 * 80 + 1);
  EXPECT_EQ(count(kEnd), 3u);
  write(kDisable, 1);
  run_us(100);
  EXPECT_EQ(count(kEnd), 3u);
}

// PS, "Interframe spacing": from the last bit to READY, with END_DISABLE and DISABLED_RXEN.
TEST_F(Radio, KeepsTheSpaceBetweenFrames) {
  advertise_on(37);
  write(kModeCnf0, 0x200);  // enforced with default ramp-up only
  write(kTifs, 200);
  const std::uint8_t header[] = {0x02, 0};
  bench.fill(kPacket, header);
  write(kShorts, kReadyStart | kEndDisable | kDisabledRxEn);
  write(kTxEn, 1);
  run_us(1000);
  EXPECT_EQ(at(kEnd), 140.0 + 80);
  EXPECT_EQ(at(kRxReady), at(kEnd) + 200);
  EXPECT_EQ(read(kState), kRx);
}

TEST_F(Radio, LeavesNoSpaceThatIsShorterThanTheTurnaround) {
  advertise_on(37);
  write(kModeCnf0, 0x200);
  write(kTifs, 20);
  write(kShorts, kReadyStart | kEndDisable | kDisabledRxEn);
  write(kTxEn, 1);
  run_us(2000);
  EXPECT_EQ(at(kRxReady), at(kEnd) + 6 + 140);
}

TEST_F(Radio, FastRampUpDoesNotKeepTheSpace) {
  advertise_on(37);
  write(kTifs, 400);
  write(kShorts, kReadyStart | kEndDisable | kDisabledRxEn);
  write(kTxEn, 1);
  run_us(2000);
  EXPECT_EQ(at(kRxReady), at(kEnd) + 6 + 40);
}

// PS, "Bit counter": counts from ADDRESS with the shortcut; BCC may be moved on.
TEST_F(Radio, BitCounterMatches) {
  advertise_on(37);
  const std::uint8_t header[] = {0x02, 20};
  bench.fill(kPacket, header);
  write(kShorts, kReadyStart | kEndDisable | kAddressBcStart);
  write(kBcc, 16);
  write(kTxEn, 1);
  run_us(100);
  EXPECT_EQ(at(kBcMatch), at(kAddress) + 16);
  write(kBcc, 64);
  run_us(1000);
  EXPECT_EQ(at(kBcMatch), at(kAddress) + 64);
  EXPECT_EQ(count(kBcMatch), 2u);
}

TEST_F(Radio, BitCounterStopsWithThePacket) {
  advertise_on(37);
  write(kShorts, kReadyStart | kEndDisable | kAddressBcStart);
  write(kBcc, 5000);
  write(kTxEn, 1);
  run_us(10'000);
  EXPECT_FALSE(happened(kBcMatch));
}

TEST_F(Radio, ReceiverWithoutAnybodyHearsNothing) {
  advertise_on(37);
  write(kShorts, kReadyStart | kEndDisable);
  write(kRxEn, 1);
  run_us(1'000'000);
  EXPECT_EQ(read(kState), kRx);
  EXPECT_FALSE(happened(kAddress));
  write(kRssiStart, 1);
  run_us(1);
  EXPECT_EQ(read(kRssiEnd), 1u);
  EXPECT_EQ(read(kRssiSample), 100u);
  EXPECT_TRUE(bench.assumed("radio.rssi_idle"));
}

// PS, "Energy detection" and "Clear channel assessment": 128 us each.
TEST_F(Radio, EmptyChannelIsClear) {
  write(kMode, 15);
  write(kEdCnt, 2);
  write(kModeCnf0, 0x201);
  write(kShorts, 1u << 11 | 1u << 12);  // RXREADY_CCASTART, CCAIDLE_TXEN
  write(kRxEn, 1);
  run_us(41);
  write(kEdStart, 1);
  run_us(126);
  EXPECT_FALSE(happened(kCcaIdle));
  run_us(1000);
  EXPECT_EQ(at(kCcaIdle), 40.0 + 128);
  EXPECT_EQ(at(kTxReady), 40.0 + 128 + 40);
  EXPECT_EQ(at(kEdEnd), 41.0 + 3 * 128);
  EXPECT_EQ(read(kEdSample), 0u);
}

TEST_F(Radio, AssessmentsCanBeStopped) {
  write(kModeCnf0, 0x201);
  write(kRxEn, 1);
  run_us(40);
  write(kCcaStart, 1);
  write(kEdStart, 1);
  write(kCcaStop, 1);
  write(kEdStop, 1);
  run_us(1000);
  EXPECT_FALSE(happened(kCcaIdle));
  EXPECT_FALSE(happened(kEdEnd));
  EXPECT_EQ(count(kCcaStopped), 1u);
  EXPECT_EQ(count(kEdStopped), 1u);
}

TEST_F(Radio, PowerRegisterResetsEverything) {
  advertise_on(37);
  write(kShorts, kReadyStart);
  write(kIntenSet, 1);
  write(kTxEn, 1);
  run_us(50);
  EXPECT_TRUE(radio().wire("irq")->level());
  write(kPower, 0);
  EXPECT_EQ(read(kState), kDisabledState);
  EXPECT_EQ(read(kMode), 0u);
  EXPECT_EQ(read(kShorts), 0u);
  EXPECT_FALSE(radio().wire("irq")->level());
  EXPECT_EQ(bench.power_state("radio"), "");
  write(kTxEn, 1);
  EXPECT_EQ(read(kState), kDisabledState);
  write(kPower, 1);
  write(kTxEn, 1);
  EXPECT_EQ(read(kState), kTxRu);
}

// Values after reset: SVD.
TEST_F(Radio, RegistersHaveTheirResetValues) {
  EXPECT_EQ(read(kFrequency), 2u);
  EXPECT_EQ(read(kModeCnf0), 0x200u);
  EXPECT_EQ(read(0x660), 0xA7u);
  EXPECT_EQ(read(0x66C), 0x052D'0000u);
  EXPECT_EQ(read(kPower), 1u);
  write(0x554, 0);
  EXPECT_EQ(read(0x554), 0x40u);  // bit 6 is hard-wired
}

TEST_F(Radio, CurrentFollowsDirectionAndOutputPower) {
  write(kTxPower, 8);
  write(kTxEn, 1);
  EXPECT_EQ(bench.power_state("radio"), "tx_8dbm");
  write(kDisable, 1);
  run_us(10);
  EXPECT_EQ(bench.power_state("radio"), "");
  write(kTxPower, 0xF0);  // -16 dBm
  write(kTxEn, 1);
  EXPECT_EQ(bench.power_state("radio"), "tx_low");
  start_over();
  write(kRxEn, 1);
  EXPECT_EQ(bench.power_state("radio"), "rx");
}

TEST_F(Radio, ReportsAddressesThatEasyDmaDoesNotReach) {
  advertise_on(37);
  write(kPacketPtr, 0x1000);
  write(kShorts, kReadyStart | kEndDisable);
  write(kTxEn, 1);
  run_us(1000);
  EXPECT_EQ(count(kDisabled), 1u);
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
}

}  // namespace
}  // namespace tinyscope::test
