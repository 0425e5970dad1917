// CRYPTOCELL. nRF52840 PS, chapter "CRYPTOCELL — Arm TrustZone CryptoCell 310"; registers of the
// subsystem: SVD. The sequences are those of cc310 as ArduinoCore-mbed links it (libcc_310_ext.a,
// libcc_310_core.a). Vectors: NIST SP 800-38A, appendix F, and RFC 4493, section 4.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/hex_bytes.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

class CryptoCell : public ::testing::Test {
 protected:
  static constexpr Address kBase = 0x5002'A000;
  static constexpr Address kCell = 0x5002'B000;
  static constexpr Address kIn = PeripheralBench::kRam + 0x100;
  static constexpr Address kOut = PeripheralBench::kRam + 0x200;
  enum Mode : std::uint32_t { kEcb = 0, kCbc = 1, kCtr = 2, kCbcMac = 3, kCmac = 7 };

  void SetUp() override { bench.write(kBase + 0x500, 1); }
  std::uint32_t read(Address offset) { return bench.read(kCell + offset); }
  void write(Address offset, std::uint32_t value) { bench.write(kCell + offset, value); }
  void write_block(Address offset, const Bytes& bytes) {
    for (std::uint32_t i = 0; i < 16; i += 4) {
      write(offset + i,
            static_cast<std::uint32_t>(bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16) |
                std::uint32_t{bytes[i + 3]} << 24);
    }
  }
  Bytes read_block(Address offset) {
    Bytes bytes;
    for (std::uint32_t i = 0; i < 16; ++i) {
      bytes.push_back(static_cast<std::uint8_t>(read(offset + i / 4 * 4) >> 8 * (i % 4)));
    }
    return bytes;
  }
  // As ProcessAes() of cc310: clock, flow, control, key, DMA; waits for the interrupt.
  void start_aes(Mode mode, const Bytes& data, bool last) {
    write(0x810, 1);
    write(0x900, 1);
    write(0xA08, 0xFFFF'FFFF);
    write(0x4BC, last ? static_cast<std::uint32_t>(data.size()) : 0);
    write(0x4C0, mode << 2);
    write_block(0x400, kKey);
    bench.fill(kIn, data);
    write(0xD28, kOut);
    write(0xD2C, static_cast<std::uint32_t>(data.size()));
    write(0xC28, kIn);
    write(0xC2C, static_cast<std::uint32_t>(data.size()));
  }
  Bytes aes(Mode mode, const Bytes& data, bool last = false) {
    start_aes(mode, data, last);
    bench.run_for(Duration::from_us(10));
    return bench.bytes(kOut, data.size());
  }

  const Bytes kKey = hex("2b7e151628aed2a6abf7158809cf4f3c");
  const Bytes kClear = hex("6bc1bee22e409f96e93d7e117393172a");
  PeripheralBench bench;
  Peripheral& cell = bench.add("cryptocell", "nordic.cryptocell", kBase, "", 0x2000);
};

// SaSi_LibInit() gives up unless both are right.
TEST_F(CryptoCell, IdentifiesItself) {
  EXPECT_EQ(read(0x928) >> 24, 0xF0u);
  EXPECT_EQ(read(0xA24), 0x20E0'0000u);
  EXPECT_EQ(read(0xA28), 0x4622'982Cu);
}

TEST_F(CryptoCell, AnswersOnlyWhileEnabled) {
  EXPECT_EQ(bench.power_state("cryptocell"), "on");
  bench.write(kBase + 0x500, 0);
  EXPECT_EQ(bench.power_state("cryptocell"), "");
  EXPECT_EQ(read(0xA24), 0u);
  EXPECT_TRUE(bench.reported("access while CRYPTOCELL.ENABLE is 0"));
}

// LLF_RND_StartTrngHW() and LLF_RND_TRNG_ReadEhrData(). 192 samples, one in 500 cycles of 64 MHz.
TEST_F(CryptoCell, CollectsEntropy) {
  write(0x1C4, 1);
  write(0x140, 1);
  write(0x130, 500);
  EXPECT_EQ(read(0x130), 500u);
  write(0x108, 0xFFFF'FFFF);
  write(0x100, ~0x13u);
  write(0xA04, ~(1u << 10));
  write(0x12C, 1);
  EXPECT_EQ(read(0x1B8), 3u);
  bench.run_for(Duration::from_us(1499));
  EXPECT_EQ(read(0xA00), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(read(0xA00), 1u << 10);
  EXPECT_TRUE(cell.wire("irq")->level());
  EXPECT_EQ(read(0x104), 1u);
  EXPECT_EQ(read(0x110), 1u);
  std::set<std::uint32_t> words;
  for (Address i = 0; i < 6; ++i) words.insert(read(0x114 + 4 * i));
  EXPECT_EQ(words.size(), 6u);
  EXPECT_EQ(read(0x110), 0u) << "read";
  write(0x108, 0xFFFF'FFFF);
  write(0xA08, 1u << 10);
  EXPECT_FALSE(cell.wire("irq")->level());
  bench.run_for(Duration::from_us(1500));
  EXPECT_EQ(read(0x110), 1u) << "goes on collecting";
}

TEST_F(CryptoCell, NoiseSourceOffCollectsNothing) {
  write(0x12C, 1);
  write(0x12C, 0);
  bench.run_for(Duration::from_ms(1000));
  EXPECT_EQ(read(0x110), 0u);
}

TEST_F(CryptoCell, EncryptsBlocks) {
  EXPECT_EQ(aes(kEcb, kClear), hex("3ad77bb40d7a3660a89ecaf32466ef97"));
  EXPECT_EQ(read(0xA00), 1u << 6 | 1u << 7);  // MEM_TO_DIN, DOUT_TO_MEM
}

TEST_F(CryptoCell, ChainsBlocks) {
  write_block(0x440, hex("000102030405060708090a0b0c0d0e0f"));
  EXPECT_EQ(aes(kCbc, kClear), hex("7649abac8119b246cee98e9b12e9197d"));
  EXPECT_EQ(read_block(0x440), hex("7649abac8119b246cee98e9b12e9197d"));
}

TEST_F(CryptoCell, CountsInCounterMode) {
  write_block(0x460, hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
  EXPECT_EQ(aes(kCtr, kClear), hex("874d6191b620e3261bef6864990db6ce"));
  EXPECT_EQ(read_block(0x460), hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdff00"));
}

TEST_F(CryptoCell, AuthenticatesWholeAndPartialBlocks) {
  aes(kCmac, kClear, true);
  EXPECT_EQ(read_block(0x440), hex("070a16b46b4d4144f79bdd9dd04a287c"));
  write_block(0x440, Bytes(16));
  aes(kCmac,
      hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411"),
      true);
  EXPECT_EQ(read_block(0x440), hex("dfa66747de9ae63030ca32611497c827"));
}

TEST_F(CryptoCell, AuthenticatesInTwoParts) {
  aes(kCmac, kClear);
  aes(kCmac, hex("ae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411"), true);
  EXPECT_EQ(read_block(0x440), hex("dfa66747de9ae63030ca32611497c827"));
}

TEST_F(CryptoCell, AuthenticatesTheEmptyMessage) {
  write_block(0x400, kKey);
  write(0x524, 1);
  EXPECT_EQ(read_block(0x440), hex("bb1d6929e95937287fa37d129b756746"));
}

TEST_F(CryptoCell, CopiesWhenTheEnginesAreBypassed) {
  bench.fill(kIn, kClear);
  write(0x900, 0);
  write(0xD28, kOut);
  write(0xD2C, 16);
  write(0xC28, kIn);
  write(0xC2C, 16);
  EXPECT_EQ(read(0x910), 1u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(read(0x910), 0u);
  EXPECT_EQ(bench.bytes(kOut, 16), kClear);
}

TEST_F(CryptoCell, DmaFromNowhereIsABusError) {
  write(0x900, 1);
  write(0xC28, 0x6000'0000);
  write(0xC2C, 16);
  bench.run_for(Duration::from_us(1));
  EXPECT_NE(read(0xA00) & 1u << 8, 0u);  // AHB_ERR
  EXPECT_TRUE(bench.reported("DMA from where no memory is"));
}

TEST_F(CryptoCell, ReportsWhatItLeavesOut) {
  start_aes(static_cast<Mode>(0), kClear, false);
  bench.run_for(Duration::from_us(1));
  write(0x4C0, 1);
  write(0xC2C, 16);
  EXPECT_TRUE(bench.reported("decryption"));
  bench.run_for(Duration::from_us(1));
  write(0x900, 7);
  write(0xC2C, 16);
  EXPECT_TRUE(bench.reported("CRYPTO_CTL.MODE"));
  write(0x080, 1);
  EXPECT_TRUE(bench.reported("PKA OPCODE"));
  write(0x7C0, 1);
  EXPECT_TRUE(bench.reported("HASH_CONTROL"));
}

TEST_F(CryptoCell, WorkUnderWaySurvivesASnapshot) {
  start_aes(kEcb, kClear, false);
  PeripheralBench second;
  second.add("cryptocell", "nordic.cryptocell", kBase, "", 0x2000);
  second.restore(bench.save());
  second.run_for(Duration::from_us(1));
  EXPECT_EQ(second.read(kCell + 0xA00), 1u << 6 | 1u << 7);
}

}  // namespace
}  // namespace tinyscope::test
