// What images of the Arduino core and of the Cordio Bluetooth stack were seen to touch, on the
// whole chip as its description builds it. Sources: ArduinoCore-mbed (b4ad4e72) with its mbed-os,
// files named beside each test.
#include <gtest/gtest.h>

#include <map>

#include "sim/description/soc.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kClock = 0x4000'0000;
constexpr Address kRadio = 0x4000'1000;
constexpr Address kTimer0 = 0x4000'8000;
constexpr Address kRtc1 = 0x4001'1000;
constexpr Address kPpi = 0x4001'F000;

class RealFirmwareNeeds : public ::testing::Test {
 protected:
  RealFirmwareNeeds() {
    for (const PeripheralDescription& entry : soc.peripherals) bench.add(entry);
  }
  unsigned interrupt_of(std::string_view name) const {
    for (const PeripheralDescription& entry : soc.peripherals) {
      if (entry.name == name && !entry.interrupts.empty()) return entry.interrupts[0].number;
    }
    return 1000;
  }
  // An access to a register that is known: nothing is reported.
  bool known(Address address, std::uint32_t value) {
    bench.write(address, value);
    bench.read(address);
    for (const auto& access : bench.notes.unmodelled_accesses()) {
      if (access.address == address) return false;
    }
    return true;
  }

  SocDescription soc = load_soc(TINYSCOPE_SOURCE_DIR "/sim/socs/nrf52840.toml");
  PeripheralBench bench;
};

// SVD: number of each interrupt; mbed-os, targets/TARGET_NORDIC, and the Cordio driver enable them.
TEST_F(RealFirmwareNeeds, InterruptsHaveTheNumbersThatTheCoreEnables) {
  const std::map<std::string_view, unsigned> kNumbers = {
      {"clock_power", 0}, {"radio", 1},  {"uarte0", 2},   {"nfct", 5},  {"gpiote", 6},
      {"timer0", 8},      {"timer1", 9}, {"timer2", 10},  {"rtc0", 11}, {"temp", 12},
      {"rng", 13},        {"ecb", 14},   {"aar_ccm", 15}, {"wdt", 16},  {"rtc1", 17},
      {"pdm", 29},        {"mwu", 32},   {"rtc2", 36},    {"qspi", 41}, {"cryptocell", 42}};
  for (const auto& [name, number] : kNumbers) EXPECT_EQ(interrupt_of(name), number) << name;
}

// system_nrf52840.c: the sensor's trims are copied from FICR 0x404 to 0x444.
TEST_F(RealFirmwareNeeds, TrimsAreCopiedFromFicrToTemp) {
  constexpr Address kFicrTemp = 0x1000'0404;
  constexpr Address kTemp = 0x4000'C000;
  const std::pair<Address, unsigned> kGroups[] = {{0x520, 6}, {0x540, 6}, {0x560, 5}};
  Address from = kFicrTemp;
  for (const auto& [offset, count] : kGroups) {
    for (unsigned i = 0; i < count; ++i, from += 4) {
      const std::uint32_t trim = bench.read(from);
      EXPECT_NE(trim, 0xFFFF'FFFFu) << from;
      EXPECT_TRUE(known(kTemp + offset + 4 * i, trim));
      EXPECT_EQ(bench.read(kTemp + offset + 4 * i), trim);
    }
  }
}

// system_nrf52840.c, nrf52_erratas.h: the revision that decides which work-arounds run.
TEST_F(RealFirmwareNeeds, ErrataChecksFindARevision) {
  EXPECT_EQ(bench.read(0x1000'0130), 8u);
  bench.read(0x1000'0134);
  EXPECT_FALSE(bench.reported("+0x134"));
}

// pal_bb_ble.c: work-arounds for long range (errata 164), and 182 in system_nrf52840.c.
TEST_F(RealFirmwareNeeds, RadioKeepsItsUndocumentedRegister) {
  bench.write(kRadio + 0x73C, 0x8000'0000);
  bench.write(kRadio + 0x73C, (bench.read(kRadio + 0x73C) & 0xFFFF'FF00) | 0x5C);
  EXPECT_EQ(bench.read(kRadio + 0x73C), 0x8000'005Cu);
  EXPECT_TRUE(known(kRadio + 0x73C, 0));
  EXPECT_TRUE(known(kRadio + 0x740, 0));
}

// Registers that PS does not describe, by the number of the erratum whose work-around writes them.
// system_nrf52840.c: 98, 115, 120; nrfx_clock.c: 192; nrfx_spim.c: 198; nrfx_qspi.c: 122;
// nrf_drv_usbd.c: 171, 187, 199. Nordic's errata of the nRF52840: 195, 246.
TEST_F(RealFirmwareNeeds, ErrataWorkAroundsWriteKnownRegistersOnly) {
  for (const Address address :
       {0x4000'568Cu, 0x4000'0EE4u, 0x4002'9640u, 0x4000'0C34u, 0x4000'0E00u, 0x4002'9054u,
        0x4002'7C1Cu, 0x4002'F004u, 0x4007'AC84u, 0x4006'EC00u, 0x4006'EC14u, 0x4006'ED14u}) {
    EXPECT_TRUE(known(address, 2)) << std::hex << address;
  }
  EXPECT_TRUE(known(0x1000'0258, 0)) << "FICR, read for erratum 115";
}

TEST_F(RealFirmwareNeeds, ErrataRegistersKeepWhatIsWritten) {
  for (const Address address : {0x4000'568Cu, 0x4000'0EE4u, 0x4000'0E00u, 0x4007'AC84u}) {
    bench.write(address, 0x0003'8148);
    EXPECT_EQ(bench.read(address), 0x0003'8148u) << std::hex << address;
  }
}

// pal_bb.c, PalBbInit().
TEST_F(RealFirmwareNeeds, RadioIsResetByItsPowerRegister) {
  bench.write(kRadio + 0x510, 3);
  bench.write(kRadio + 0xFFC, 0);
  bench.write(kRadio + 0xFFC, 1);
  EXPECT_EQ(bench.read(kRadio + 0x510), 0u);
  EXPECT_EQ(bench.read(kRadio + 0xFFC), 1u);
}

// pal_bb_ble.c, PalBbBleTxData() and the receive that follows an interframe space later: TIMER0 at
// 1 MHz, channel 14 from COMPARE[0] to TXEN, then to RXEN; channel 15 from PAYLOAD to CAPTURE[2].
TEST_F(RealFirmwareNeeds, AdvertisingGoesOutWhenTimer0SaysAndListensAfterwards) {
  bench.write(kTimer0 + 0x508, 3);
  bench.write(kTimer0 + 0x510, 4);
  bench.write(kTimer0 + 0x540, 1000);
  bench.write(kTimer0 + 0x000, 1);
  bench.write(kRadio + 0x510, 3);
  bench.write(kRadio + 0x650, 1);
  bench.write(kRadio + 0x514, 8u | 1u << 8);
  bench.write(kRadio + 0x518, 3u << 16 | 1u << 25);  // MAXLEN 0, as the driver has it
  bench.write(kRadio + 0x534, 3 | 1u << 8);
  bench.write(kRadio + 0x504, PeripheralBench::kRam);
  bench.write(PeripheralBench::kRam, 37u << 8 | 0x42);
  bench.write(kRadio + 0x200, 3);
  bench.write(kPpi + 0x510 + 8 * 14, kTimer0 + 0x140);
  bench.write(kPpi + 0x514 + 8 * 14, kRadio + 0x000);
  bench.write(kPpi + 0x510 + 8 * 15, kRadio + 0x108);
  bench.write(kPpi + 0x514 + 8 * 15, kTimer0 + 0x048);
  bench.write(kPpi + 0x504, 3u << 14);
  bench.run_for(Duration::from_us(1000 + 40 + 1));
  EXPECT_EQ(bench.read(kRadio + 0x550), 11u);  // Tx
  // The payload has left 40 us of ramp-up, 40 of preamble and address, 16 and 296 bits later.
  bench.run_for(Duration::from_us(400));
  EXPECT_EQ(bench.read(kTimer0 + 0x548), 1000u + 40 + 40 + 16 + 296);
  // END 24 us after PAYLOAD; the receiver is on 150 us after END.
  bench.write(kRadio + 0x100, 0);
  bench.write(kTimer0 + 0x540, bench.read(kTimer0 + 0x548) + 24 + 150 - 40);
  bench.write(kPpi + 0x514 + 8 * 14, kRadio + 0x004);
  bench.run_for(Duration::from_us(200));
  EXPECT_EQ(bench.read(kRadio + 0x550), 3u);  // Rx
  EXPECT_EQ(bench.read(kRadio + 0x100), 1u);
}

// pal_bb_ble.c, palBbRadioHardStop(): RXEN and DISABLE in any state, then the radio is disabled.
TEST_F(RealFirmwareNeeds, RadioCanBeStoppedHardFromAnyState) {
  for (const Address task : {0x000u, 0x004u, 0x010u}) {
    bench.write(kRadio + task, 1);
    bench.run_for(Duration::from_us(141));
    bench.write(kRadio + 0x004, 1);
    bench.write(kRadio + 0x010, 1);
    bench.run_for(Duration::from_us(10));
    EXPECT_EQ(bench.read(kRadio + 0x550), 0u) << task;
  }
}

// pal_crypto.c: PalCryptoAesEcb() polls ENDECB.
TEST_F(RealFirmwareNeeds, EcbFinishesWhilePolled) {
  bench.write(0x4000'E504, PeripheralBench::kRam);
  bench.write(0x4000'E000, 1);
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(bench.read(0x4000'E100), 1u);
}

// pal_crypto.c, PalCryptoInit(): ENABLE, and SaSi_LibInit() of cc310 looks at these two.
TEST_F(RealFirmwareNeeds, CryptoCellLetsItsLibraryStart) {
  bench.write(0x5002'A500, 1);
  EXPECT_EQ(bench.read(0x5002'B928) >> 24, 0xF0u);
  EXPECT_EQ(bench.read(0x5002'BA24), 0x20E0'0000u);
}

// mbed-os, lp_ticker.c: RTC1 with CC[1], COUNTER, EVTEN and INTEN; us_ticker.c: TIMER1.
TEST_F(RealFirmwareNeeds, TickersRunOnRtc1AndTimer1) {
  bench.write(kClock + 0x008, 1);
  bench.run_for(Duration::from_ms(1000));
  bench.write(kRtc1 + 0x544, 64);
  bench.write(kRtc1 + 0x344, 1u << 17);
  bench.write(kRtc1 + 0x304, 1u << 17);
  bench.write(kRtc1 + 0x000, 1);
  bench.run_for(Duration::from_ms(3));
  EXPECT_EQ(bench.read(kRtc1 + 0x144), 1u);
  EXPECT_TRUE(bench.wire("rtc1.irq").level());
  EXPECT_GT(bench.read(kRtc1 + 0x504), 64u);
  bench.write(0x4000'9508, 3);
  bench.write(0x4000'9000, 1);
  bench.run_for(Duration::from_us(123));
  bench.write(0x4000'9040, 1);
  EXPECT_EQ(bench.read(0x4000'9540), 123u);
}

// variant.cpp of the board and mbed's start-up code write these; nothing may be reported.
TEST_F(RealFirmwareNeeds, StartUpWritesKnownRegistersOnly) {
  EXPECT_TRUE(known(kClock + 0x55C, 0));  // TRACECONFIG
  EXPECT_TRUE(known(kClock + 0x538, 0));  // CTIV
  EXPECT_TRUE(known(kClock + 0x580, 0));  // DCDCEN0
  EXPECT_TRUE(known(kRtc1 + 0x348, 1u << 16));
  EXPECT_TRUE(known(0x4001'F508, 0xFFFF'FFFF));
}

}  // namespace
}  // namespace tinyscope::test
