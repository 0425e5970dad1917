// What RADIO sends and how it receives. nRF52840 PS, chapter "RADIO — 2.4 GHz radio", sections
// "Packet configuration", "Address configuration", "CRC", "Device address match".
#include <gmock/gmock.h>

#include <string_view>

#include "tests/peripherals/nordic/radio_bench.hpp"

namespace tinyscope::test {
namespace {

using nordic::AirPacket;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

class RadioPacket : public RadioBench {
 protected:
  void send() {
    write(kShorts, kReadyStart | kEndDisable);
    write(kTxEn, 1);
    run_us(10'000);
  }
  void listen() {
    write(kShorts, kReadyStart | kEndDisable);
    write(kRxEn, 1);
    run_us(100);
  }
  void fill(std::string_view text) {
    bench.fill(kPacket, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  // A packet as this radio would send it.
  AirPacket packet(const std::vector<std::uint8_t>& ram) {
    bench.fill(kPacket, ram);
    send();
    AirPacket made = sent.back();
    std::vector<std::uint8_t> empty(64);
    bench.fill(kPacket, empty);
    return made;
  }
};

TEST_F(RadioPacket, GoesOutAsItStandsInRam) {
  advertise_on(39);
  const std::uint8_t pdu[] = {0x42, 7, 1, 2, 3, 4, 5, 6, 0xAA, 0xFF};
  bench.fill(kPacket, pdu);
  send();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].mhz, 2480u);
  EXPECT_EQ(sent[0].address, kAccessAddress);
  EXPECT_THAT(sent[0].pdu, ElementsAre(0x42, 7, 1, 2, 3, 4, 5, 6, 0xAA));
  EXPECT_EQ(static_cast<double>(sent_at.ps) / 1e6, 40.0);
}

// Catalogue of parametrised CRC algorithms (reveng): CRC-24/BLE of "123456789" is 0xC25A56 with the
// result reflected, which is the register's value turned round.
TEST_F(RadioPacket, HasTheCrcOfBluetooth) {
  advertise_on(37);
  write(kPcnf0, 0);
  write(kPcnf1, 9u << 8 | 3u << 16);  // nine bytes of STATLEN and nothing else
  fill("123456789");
  send();
  std::uint32_t reflected = 0;
  for (unsigned i = 0; i < 24; ++i) reflected |= (sent.at(0).crc >> i & 1u) << (23 - i);
  EXPECT_EQ(reflected, 0xC2'5A56u);
}

// The same catalogue: CRC-16/IBM-3740, most significant bit first, of "123456789" is 0x29B1.
TEST_F(RadioPacket, HasACrcOfTwoBytesInBigEndianOrder) {
  advertise_on(37);
  write(kPcnf0, 0);
  write(kPcnf1, 9u << 8 | 3u << 16 | 1u << 24);
  write(kCrcCnf, 2 | 1u << 8);
  write(kCrcPoly, 0x11021);
  write(kCrcInit, 0xFFFF);
  fill("123456789");
  send();
  EXPECT_EQ(sent.at(0).crc, 0x29B1u);
}

// With SKIPADDR = Include the address goes first through the CRC: "1234" as address of 4 bytes.
TEST_F(RadioPacket, MayIncludeTheAddressInItsCrc) {
  advertise_on(37);
  write(kPcnf0, 0);
  write(kPcnf1, 5u << 8 | 3u << 16);
  write(kCrcCnf, 3);
  write(kPrefix0, '4');
  write(kBase0, static_cast<std::uint32_t>('3') << 24 | '2' << 16 | '1' << 8);
  fill("56789");
  send();
  std::uint32_t reflected = 0;
  for (unsigned i = 0; i < 24; ++i) reflected |= (sent.at(0).crc >> i & 1u) << (23 - i);
  EXPECT_EQ(reflected, 0xC2'5A56u);
}

// S0 of a byte, LENGTH of 5 bits, S1 of 3: a byte each in RAM, packed on the air.
TEST_F(RadioPacket, PacksFieldsOfLessThanAByte) {
  advertise_on(37);
  write(kPcnf0, 5u | 1u << 8 | 3u << 16);
  const std::uint8_t ram[] = {0x81, 2, 5, 0x11, 0x22};
  bench.fill(kPacket, ram);
  send();
  EXPECT_THAT(sent.at(0).pdu, ElementsAre(0x81, 2 | 5 << 5, 0x11, 0x22));
}

// S1INCL: a byte in RAM that is not sent; the CCM block writes packets so.
TEST_F(RadioPacket, CanLeaveOutTheByteOfS1) {
  advertise_on(37);
  write(kPcnf0, kBlePcnf0 | 1u << 20);
  const std::uint8_t ram[] = {0x02, 2, 0xEE, 0x11, 0x22};
  bench.fill(kPacket, ram);
  send();
  EXPECT_THAT(sent.at(0).pdu, ElementsAre(0x02, 2, 0x11, 0x22));
}

TEST_F(RadioPacket, IsReceivedByARadioThatListens) {
  advertise_on(37);
  const std::vector<std::uint8_t> ram = {0x42, 7, 1, 2, 3, 4, 5, 6, 0xAA};
  AirPacket other = packet(ram);
  other.attenuation = 47;
  write(kShorts, kReadyStart | kEndDisable | 1u << 4);  // ADDRESS_RSSISTART
  write(kRxEn, 1);
  run_us(100);
  const double start = now_us();
  EXPECT_TRUE(air().receive(other));
  run_us(1000);
  // tRXCHAIN 9.4 us
  EXPECT_NEAR(at(kAddress) - start, 40 + 9.4, 1e-6);
  EXPECT_NEAR(at(kEnd) - start, 40 + 16 + 56 + 24 + 9.4, 1e-6);
  EXPECT_THAT(bench.bytes(kPacket, ram.size()), ElementsAreArray(ram));
  EXPECT_EQ(read(kCrcOk), 1u);
  EXPECT_EQ(read(kCrcStatus), 1u);
  EXPECT_EQ(read(kRxCrc), other.crc);
  EXPECT_EQ(read(kRssiSample), 47u);
  EXPECT_EQ(read(kState), kDisabledState);
}

TEST_F(RadioPacket, WithAWrongCrcIsAnError) {
  advertise_on(37);
  AirPacket other = packet({0x42, 1, 9});
  other.crc ^= 4;
  listen();
  EXPECT_TRUE(air().receive(other));
  run_us(1000);
  EXPECT_EQ(read(kCrcError), 1u);
  EXPECT_EQ(read(kCrcOk), 0u);
  EXPECT_EQ(read(kCrcStatus), 0u);
}

TEST_F(RadioPacket, ForOthersIsNotHeard) {
  advertise_on(37);
  const AirPacket good = packet({0x42, 1, 9});
  EXPECT_FALSE(air().receive(good)) << "disabled";
  listen();
  AirPacket wrong = good;
  wrong.mhz = 2426;
  EXPECT_FALSE(air().receive(wrong));
  wrong = good;
  wrong.mode = 4;
  EXPECT_FALSE(air().receive(wrong));
  wrong = good;
  wrong.address = 0x1234'5678;
  EXPECT_FALSE(air().receive(wrong));
  wrong = good;
  wrong.pdu.clear();
  EXPECT_FALSE(air().receive(wrong));
  EXPECT_TRUE(air().receive(good));
  EXPECT_FALSE(air().receive(good)) << "in the middle of another";
  write(kStop, 1);
  run_us(1000);
  EXPECT_FALSE(happened(kEnd) && count(kEnd) > 1);
}

TEST_F(RadioPacket, TellsWhichLogicalAddressMatched) {
  advertise_on(37);
  AirPacket other = packet({0x42, 1, 9});
  write(kPrefix0, static_cast<std::uint32_t>(kAccessAddress >> 24) | 0x5Au << 16);
  write(0x520, 0x1122'3300);  // BASE1
  write(kRxAddresses, 1u << 0 | 1u << 2);
  other.address = 0x5A11'2233;
  listen();
  EXPECT_TRUE(air().receive(other));
  run_us(1000);
  EXPECT_EQ(read(kRxMatch), 2u);
}

// PS, PCNF1.MAXLEN: a longer payload is truncated.
TEST_F(RadioPacket, LongerThanMaxlenIsCutOff) {
  advertise_on(37);
  const AirPacket other = packet({0x42, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  write(kPcnf1, 6u | 3u << 16);
  listen();
  EXPECT_TRUE(air().receive(other));
  run_us(1000);
  EXPECT_THAT(bench.bytes(kPacket, 10), ElementsAre(0x42, 9, 1, 2, 3, 4, 5, 6, 0, 0));
  EXPECT_EQ(read(kPduStat), 1u);
  EXPECT_EQ(read(kCrcStatus), 0u);
}

TEST_F(RadioPacket, DeviceAddressIsCompared) {
  advertise_on(37);
  const AirPacket other = packet({0x42, 6, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66});
  write(kDab + 4 * 3, 0x4433'2211);
  write(kDap + 4 * 3, 0x6655);
  for (const bool same_kind : {true, false}) {
    write(kDaCnf, 1u << 3 | (same_kind ? 1u << 11 : 0));
    listen();
    EXPECT_TRUE(air().receive(other));
    run_us(1000);
    EXPECT_EQ(count(same_kind ? kDevMatch : kDevMiss), 1u);
  }
  EXPECT_EQ(count(kDevMatch), 1u);
  EXPECT_EQ(read(kDai), 3u);
}

TEST_F(RadioPacket, UnderWaySurvivesASnapshot) {
  advertise_on(37);
  const AirPacket other = packet({0x42, 3, 7, 8, 9});
  listen();
  ASSERT_TRUE(air().receive(other));
  run_us(60);
  PeripheralBench second;
  second.add("radio", "nordic.radio", kBase);
  second.restore(bench.save());
  run_us(500);
  second.run_for(Duration::from_us(500));
  EXPECT_TRUE(second.differences(bench).empty());
  EXPECT_EQ(second.read(kBase + kCrcStatus), 1u);
}

}  // namespace
}  // namespace tinyscope::test
