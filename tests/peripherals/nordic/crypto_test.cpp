// ECB, CCM and AAR. nRF52840 PS, the chapters of these names. Sample data: FIPS 197, and Bluetooth
// Core Specification Vol 6 Part C ("Encryption sample data") and Vol 3 Part H, appendix D.
#include <gtest/gtest.h>

#include <string_view>

#include "tests/support/hex_bytes.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

constexpr Address kRam = PeripheralBench::kRam;

// --- ECB ---

class Ecb : public ::testing::Test {
 protected:
  static constexpr Address kBase = 0x4000'E000;
  static constexpr Address kData = kRam + 0x40;

  Bytes encrypt(std::string_view key, std::string_view clear) {
    bench.fill(kData, hex(key) + hex(clear));
    bench.write(kBase + 0x504, kData);
    bench.write(kBase, 1);
    bench.run_for(Duration::from_us(10));
    return bench.bytes(kData + 32, 16);
  }
  PeripheralBench bench;
  Peripheral& ecb = bench.add("ecb", "nordic.ecb", kBase);
};

// FIPS 197, appendices B and C.1.
TEST_F(Ecb, EncryptsTheExamplesOfTheStandard) {
  EXPECT_EQ(encrypt("2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734"),
            hex("3925841d02dc09fbdc118597196a0b32"));
  EXPECT_EQ(encrypt("000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff"),
            hex("69c4e0d86a7b0430d8cdb78070b4c55a"));
}

// Vol 6 Part C, 1: session key from LTK and session key diversifier.
TEST_F(Ecb, MakesASessionKey) {
  EXPECT_EQ(encrypt("4C68384139F574D836BCF34E9DFB01BF", "0213243546576879acbdcedfe0f10213"),
            hex("99AD1B5226A37E3E058E3B8E27C2C666"));
}

// PS, "Electrical specification": 7.2 us a block (assumed).
TEST_F(Ecb, TakesItsTime) {
  bench.write(kBase + 0x504, kData);
  bench.write(kBase + 0x304, 1);
  bench.write(kBase, 1);
  EXPECT_EQ(bench.power_state("ecb"), "on");
  bench.run_for(Duration::from_ns(7'199));
  EXPECT_FALSE(ecb.wire("irq")->level());
  bench.run_for(Duration::from_ns(1));
  EXPECT_TRUE(ecb.wire("irq")->level());
  EXPECT_EQ(bench.power_state("ecb"), "");
  EXPECT_TRUE(bench.assumed("ecb.block_ns"));
}

TEST_F(Ecb, StopAbortsWithAnError) {
  bench.write(kBase + 0x504, kData);
  bench.write(kBase, 1);
  bench.write(kBase + 4, 1);
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(bench.read(kBase + 0x100), 0u);
  EXPECT_EQ(bench.read(kBase + 0x104), 1u);
  bench.write(kBase + 0x104, 0);
  bench.write(kBase + 4, 1);  // nothing to abort
  EXPECT_EQ(bench.read(kBase + 0x104), 0u);
}

TEST_F(Ecb, OutsideRamIsAnErrorAndReported) {
  bench.write(kBase + 0x504, 0x100);
  bench.write(kBase, 1);
  EXPECT_EQ(bench.read(kBase + 0x104), 1u);
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
}

// --- CCM ---

class Ccm : public ::testing::Test {
 protected:
  static constexpr Address kBase = 0x4000'F000;
  static constexpr Address kCnf = kRam + 0x100;
  static constexpr Address kIn = kRam + 0x200;
  static constexpr Address kOut = kRam + 0x400;
  static constexpr std::uint32_t kEncrypt = 1u << 24;
  static constexpr std::uint32_t kDecrypt = 1u << 24 | 1;

  // Vol 6 Part C, 1: session key (most significant octet first, as in RAM), counter, direction
  // from master to slave = 1, and IV 0xDEAFBABEBADCAB24 least significant octet first.
  void configure(std::uint32_t mode, std::uint8_t counter, std::uint8_t direction) {
    bench.fill(kCnf, hex("99AD1B5226A37E3E058E3B8E27C2C666") + Bytes{counter, 0, 0, 0, 0} +
                         Bytes(3) + Bytes{direction} + hex("24ABDCBABEBAAFDE"));
    bench.write(kBase + 0x500, 2);
    bench.write(kBase + 0x504, mode);
    bench.write(kBase + 0x508, kCnf);
    bench.write(kBase + 0x50C, kIn);
    bench.write(kBase + 0x510, kOut);
    bench.write(kBase + 0x514, kRam + 0x800);
    bench.write(kBase + 0x200, 1);  // ENDKSGEN_CRYPT
  }
  // `packet` without RFU, which is put in; the same of the result, of `count` bytes with header.
  Bytes process(const Bytes& packet, std::size_t count) {
    Bytes in = packet;
    in.insert(in.begin() + 2, 0);
    bench.fill(kIn, in);
    bench.write(kBase, 1);
    bench.run_for(Duration::from_ms(20));
    Bytes out = bench.bytes(kOut, count + 1);
    out.erase(out.begin() + 2);
    return out;
  }

  PeripheralBench bench;
  Peripheral& ccm = bench.add("aar_ccm", "nordic.aar_ccm", kBase);
};

// "LL_START_ENC_RSP1 (M->S)" and "LL_START_ENC_RSP2 (S->M)".
TEST_F(Ccm, EncryptsTheFirstPacketsOfTheSampleData) {
  configure(kEncrypt, 0, 1);
  EXPECT_EQ(process(hex("0F 01 06"), 7), hex("0F 05 9F CDA7F448"));
  configure(kEncrypt, 0, 0);
  EXPECT_EQ(process(hex("07 01 06"), 7), hex("07 05 A3 4C13A415"));
}

// "Start data packet1".
const char* const kPlain =
    "0E 1B 17 00 63 64 65 66 67 68 69 6A 6B 6C 6D 6E 6F 70 71 31 32 33 34 35 36 37 38 39 30";
const char* const kCipher =
    "0E 1F 7A 70 D6 64 15 22 6D F2 6B 17 83 9A 06 04 05 59 6B D6 56 4F 79 6B 5B 9C E6 FF 32 F7 5A "
    "6D 33";

TEST_F(Ccm, EncryptsADataPacket) {
  configure(kEncrypt, 1, 1);
  EXPECT_EQ(process(hex(kPlain), 33), hex(kCipher));
}

TEST_F(Ccm, DecryptsADataPacketAndChecksItsMic) {
  configure(kDecrypt, 1, 1);
  EXPECT_EQ(process(hex(kCipher), 29), hex(kPlain));
  EXPECT_EQ(bench.read(kBase + 0x400), 1u);
  Bytes forged = hex(kCipher);
  forged.back() ^= 1;
  process(forged, 29);
  EXPECT_EQ(bench.read(kBase + 0x400), 0u);
}

// NESN, SN and MD are masked out of what is authenticated.
TEST_F(Ccm, DoesNotAuthenticateFlowControl) {
  configure(kDecrypt, 1, 1);
  Bytes packet = hex(kCipher);
  packet[0] ^= 0x1C;
  process(packet, 29);
  EXPECT_EQ(bench.read(kBase + 0x400), 1u);
  packet[0] ^= 0x01;
  process(packet, 29);
  EXPECT_EQ(bench.read(kBase + 0x400), 0u);
}

TEST_F(Ccm, MovesEmptyPacketsAsTheyAre) {
  configure(kEncrypt, 1, 1);
  EXPECT_EQ(process(hex("01 00"), 3), hex("01 00 00"));
}

// tKGEN 50 us (assumed); then payload and MIC at 8 us a byte at 1 Mbit/s, 4 us at 2 Mbit/s.
TEST_F(Ccm, KeepsUpWithTheRadio) {
  for (const auto& [rate, byte_us] : {std::pair<std::uint32_t, std::uint64_t>{0, 8}, {1, 4}}) {
    configure(kEncrypt | rate << 16, 1, 1);
    Bytes in = hex(kPlain);
    in.insert(in.begin() + 2, 0);
    bench.fill(kIn, in);
    bench.write(kBase + 0x100, 0);
    bench.write(kBase + 0x104, 0);
    bench.write(kBase, 1);
    bench.run_for(Duration::from_us(49));
    EXPECT_EQ(bench.read(kBase + 0x100), 0u);
    bench.run_for(Duration::from_us(1));
    EXPECT_EQ(bench.read(kBase + 0x100), 1u);
    EXPECT_EQ(bench.bytes(kOut + 1, 1), hex("1F")) << "the radio sends the length first";
    bench.run_for(Duration::from_us(31 * byte_us));
    EXPECT_EQ(bench.read(kBase + 0x104), 0u);
    bench.run_for(Duration::from_us(1));
    EXPECT_EQ(bench.read(kBase + 0x104), 1u);
  }
}

TEST_F(Ccm, NeedsAKeyStreamAndEnable) {
  configure(kEncrypt, 0, 1);
  bench.write(kBase + 4, 1);
  EXPECT_EQ(bench.read(kBase + 0x108), 1u);
  bench.write(kBase + 0x500, 0);
  bench.write(kBase, 1);
  EXPECT_FALSE(bench.scheduler.next().has_value());
}

TEST_F(Ccm, StopsWhenTold) {
  configure(kEncrypt, 0, 1);
  bench.write(kBase, 1);
  EXPECT_EQ(bench.power_state("aar_ccm"), "on");
  bench.write(kBase + 8, 1);
  EXPECT_EQ(bench.power_state("aar_ccm"), "");
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kBase + 0x100), 0u);
}

TEST_F(Ccm, TakesAnotherRateInMidPacket) {
  configure(kEncrypt | 2u << 16, 1, 1);  // 125 kbit/s: 64 us a byte
  Bytes in = hex(kPlain);
  in.insert(in.begin() + 2, 0);
  bench.fill(kIn, in);
  bench.write(kBase, 1);
  bench.run_for(Duration::from_us(50 + 64));
  bench.write(kBase + 0x51C, 3);  // 500 kbit/s: 16 us a byte
  bench.write(kBase + 0x00C, 1);
  bench.run_for(Duration::from_us(30 * 16));
  EXPECT_EQ(bench.read(kBase + 0x104), 0u);
  bench.run_for(Duration::from_us(2));
  EXPECT_EQ(bench.read(kBase + 0x104), 1u);
}

TEST_F(Ccm, PacketUnderWaySurvivesASnapshot) {
  configure(kDecrypt, 1, 1);
  Bytes in = hex(kCipher);
  in.insert(in.begin() + 2, 0);
  bench.fill(kIn, in);
  bench.write(kBase, 1);
  bench.run_for(Duration::from_us(80));
  PeripheralBench second;
  second.add("aar_ccm", "nordic.aar_ccm", kBase);
  second.restore(bench.save());
  second.run_for(Duration::from_ms(1));
  EXPECT_EQ(second.read(kBase + 0x400), 1u);
}

// --- AAR ---

class Aar : public Ccm {
 protected:
  static constexpr Address kIrks = kRam + 0x100;
  static constexpr Address kPacketAddress = kRam + 0x200;

  // Vol 3 Part H, appendix D.7: ah with IRK ec0234a357c8ad05341010a60a397d9b and prand 708194
  // gives 0dfbaa. Least significant octet of the address first, behind S0, LENGTH and S1.
  void resolve(const Bytes& keys, unsigned count) {
    bench.fill(kIrks, keys);
    bench.fill(kPacketAddress, hex("40 06 00 AAFB0D 948170"));
    bench.write(kBase + 0x500, 3);
    bench.write(kBase + 0x504, count);
    bench.write(kBase + 0x508, kIrks);
    bench.write(kBase + 0x510, kPacketAddress);
    bench.write(kBase, 1);
  }
  const Bytes right = hex("ec0234a357c8ad05341010a60a397d9b");
  const Bytes wrong = Bytes(16, 0x11);
};

TEST_F(Aar, ResolvesAnAddressWithTheRightKey) {
  resolve(wrong + wrong + right + wrong, 4);
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(bench.read(kBase + 0x100), 1u);  // END
  EXPECT_EQ(bench.read(kBase + 0x104), 1u);  // RESOLVED
  EXPECT_EQ(bench.read(kBase + 0x108), 0u);
  EXPECT_EQ(bench.read(kBase + 0x400), 2u);  // STATUS
}

TEST_F(Aar, TellsWhenNoKeyFits) {
  resolve(wrong + wrong + right, 2);
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(bench.read(kBase + 0x104), 0u);
  EXPECT_EQ(bench.read(kBase + 0x108), 1u);  // NOTRESOLVED
}

// nRF5340 PS, AAR electrical specification: 1 us + n * 6.1 us; stops at the key that fits.
TEST_F(Aar, TakesTimeForEachKeyTried) {
  resolve(wrong + right + wrong, 3);
  bench.run_for(Duration::from_ns(1'000 + 2 * 6'100 - 1));
  EXPECT_EQ(bench.read(kBase + 0x100), 0u);
  bench.run_for(Duration::from_ns(1));
  EXPECT_EQ(bench.read(kBase + 0x100), 1u);
}

}  // namespace
}  // namespace tinyscope::test
