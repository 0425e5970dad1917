// QDEC. nRF52840 PS, chapter "QDEC — Quadrature decoder".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kQdec = 0x4001'2000;
constexpr Address kStart = kQdec + 0x000;
constexpr Address kStop = kQdec + 0x004;
constexpr Address kReadClrAcc = kQdec + 0x008;
constexpr Address kRdClrDbl = kQdec + 0x010;
constexpr Address kSampleRdy = kQdec + 0x100;
constexpr Address kReportRdy = kQdec + 0x104;
constexpr Address kAccOf = kQdec + 0x108;
constexpr Address kDblRdy = kQdec + 0x10C;
constexpr Address kStopped = kQdec + 0x110;
constexpr Address kShorts = kQdec + 0x200;
constexpr Address kEnable = kQdec + 0x500;
constexpr Address kLedPol = kQdec + 0x504;
constexpr Address kSamplePer = kQdec + 0x508;
constexpr Address kSample = kQdec + 0x50C;
constexpr Address kReportPer = kQdec + 0x510;
constexpr Address kAcc = kQdec + 0x514;
constexpr Address kAccRead = kQdec + 0x518;
constexpr Address kPselLed = kQdec + 0x51C;
constexpr Address kPselA = kQdec + 0x520;
constexpr Address kPselB = kQdec + 0x524;
constexpr Address kDbfEn = kQdec + 0x528;
constexpr Address kLedPre = kQdec + 0x540;
constexpr Address kAccDbl = kQdec + 0x544;
constexpr Address kAccDblRead = kQdec + 0x548;

constexpr Duration kPeriod = Duration::from_us(128);  // SAMPLEPER after reset

class Qdec : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& p0 = bench.add("p0", "nordic.gpio", 0x5000'0500, "port = 0", 0x300);
  Peripheral& qdec = bench.add("qdec", "nordic.qdec", kQdec);

  void SetUp() override {
    bench.write(kPselA, 4);
    bench.write(kPselB, 5);
    bench.write(kEnable, 1);
  }
  void phases(unsigned pair) {
    bench.wire("p0.in4").set((pair & 2u) != 0);
    bench.wire("p0.in5").set((pair & 1u) != 0);
  }
  // One sample with these levels.
  std::int32_t sample(unsigned pair) {
    phases(pair);
    bench.run_for(kPeriod);
    return static_cast<std::int32_t>(bench.read(kSample));
  }
  std::int32_t acc() { return static_cast<std::int32_t>(bench.read(kAcc)); }
};

// PS, table "Sampled value encoding"; pairs are A * 2 + B.
TEST_F(Qdec, DecodesEachPairOfSamplesAsTabulated) {
  const std::int32_t table[4][4] = {{0, 1, -1, 2}, {-1, 0, 2, 1}, {1, 2, 0, -1}, {2, -1, 1, 0}};
  bench.write(kStart, 1);
  for (unsigned from = 0; from < 4; ++from) {
    for (unsigned to = 0; to < 4; ++to) {
      sample(from);
      EXPECT_EQ(sample(to), table[from][to]) << from << " to " << to;
    }
  }
}

TEST_F(Qdec, CountsStepsInBothDirections) {
  bench.write(kStart, 1);
  for (const unsigned pair : {1u, 3u, 2u, 0u, 1u}) sample(pair);
  EXPECT_EQ(acc(), 5);
  for (const unsigned pair : {0u, 2u}) sample(pair);
  EXPECT_EQ(acc(), 3);
  EXPECT_EQ(bench.read(kAccDbl), 0u);
  sample(1);
  EXPECT_EQ(bench.read(kAccDbl), 1u);
}

// SAMPLEPER n: 128 us * 2^n.
TEST_F(Qdec, SamplesAtTheProgrammedPeriod) {
  for (std::uint32_t n = 0; n <= 10; ++n) {
    bench.write(kSamplePer, n);
    bench.write(kSampleRdy, 0);
    bench.write(kStart, 1);
    bench.run_for(Duration{(kPeriod.ps << n) - 1});
    EXPECT_EQ(bench.read(kSampleRdy), 0u) << n;
    bench.run_for(Duration{1});
    EXPECT_EQ(bench.read(kSampleRdy), 1u) << n;
    bench.write(kStop, 1);
  }
}

// REPORTRDY every REPORTPER samples, if ACC is not zero; DBLRDY likewise with ACCDBL.
TEST_F(Qdec, ReportsOnlyWhereSomethingMoved) {
  bench.write(kStart, 1);
  bench.run_for(kPeriod * 10);
  EXPECT_EQ(bench.read(kReportRdy), 0u);
  sample(1);
  bench.run_for(kPeriod * 8);
  EXPECT_EQ(bench.read(kReportRdy), 0u);
  bench.run_for(kPeriod);
  EXPECT_EQ(bench.read(kReportRdy), 1u);
  EXPECT_EQ(bench.read(kDblRdy), 0u);
  sample(2);
  bench.run_for(kPeriod * 9);
  EXPECT_EQ(bench.read(kDblRdy), 1u);
}

TEST_F(Qdec, CopiesAndClearsTheAccumulators) {
  bench.write(kStart, 1);
  sample(1);
  sample(2);
  bench.write(kRdClrDbl, 1);
  EXPECT_EQ(bench.read(kAccDblRead), 1u);
  EXPECT_EQ(acc(), 1);
  sample(1);
  bench.write(kReadClrAcc, 1);
  EXPECT_EQ(bench.read(kAccRead), 1u);
  EXPECT_EQ(bench.read(kAccDblRead), 1u);
  EXPECT_EQ(acc(), 0);
  EXPECT_EQ(bench.read(kAccDbl), 0u);
}

// SHORTS: REPORTRDY_READCLRACC and SAMPLERDY_STOP.
TEST_F(Qdec, RunsItsShortcuts) {
  bench.write(kReportPer, 8);  // each sample
  bench.write(kShorts, 1u << 0);
  bench.write(kStart, 1);
  sample(1);
  EXPECT_EQ(bench.read(kAccRead), 1u);
  EXPECT_EQ(acc(), 0);
  bench.write(kShorts, 1u << 1);
  bench.run_for(kPeriod);
  EXPECT_EQ(bench.read(kStopped), 1u);
  EXPECT_FALSE(bench.scheduler.next().has_value());
}

// ACC is limited to -1024 … 1023; a step beyond is lost.
TEST_F(Qdec, ReportsAnOverflowAndKeepsTheCount) {
  bench.write(kStart, 1);
  const unsigned forward[] = {1, 3, 2, 0};
  for (unsigned i = 0; i < 1023; ++i) sample(forward[i % 4]);
  EXPECT_EQ(acc(), 1023);
  EXPECT_EQ(bench.read(kAccOf), 0u);
  sample(forward[1023 % 4]);
  EXPECT_EQ(acc(), 1023);
  EXPECT_EQ(bench.read(kAccOf), 1u);
}

// "The LED is switched on a given period before sampling and switched off immediately after".
TEST_F(Qdec, LightsTheLedBeforeEachSample) {
  bench.write(kPselLed, 13);
  bench.write(kLedPol, 1);
  bench.write(kLedPre, 20);
  bench.write(kStart, 1);
  Wire& led = bench.wire("p0.out13");
  bench.run_for(Duration::from_us(107));
  EXPECT_FALSE(led.level());
  bench.run_for(Duration::from_us(1));
  EXPECT_TRUE(led.level());
  bench.run_for(Duration::from_us(20));
  EXPECT_FALSE(led.level());
  bench.write(kLedPol, 0);
  bench.run_for(Duration::from_us(128));
  EXPECT_TRUE(led.level()) << "active low, off";
}

TEST_F(Qdec, ReportsTheDebounceFilter) {
  bench.write(kDbfEn, 1);
  EXPECT_TRUE(bench.reported("DBFEN"));
}

TEST_F(Qdec, DrawsCurrentWhileItRunsAndDoesNotStartWhileSwitchedOff) {
  bench.write(kStart, 1);
  EXPECT_EQ(bench.power_state("qdec"), "on");
  bench.write(kEnable, 0);
  EXPECT_EQ(bench.power_state("qdec"), "");
  bench.write(kStart, 1);
  EXPECT_FALSE(bench.scheduler.next().has_value());
}

TEST_F(Qdec, RaisesIrqForAReport) {
  EdgeCounter irq(bench, qdec.wire("irq"));
  bench.write(kQdec + 0x304, 1u << 1);
  bench.write(kReportPer, 8);
  bench.write(kStart, 1);
  sample(1);
  EXPECT_EQ(irq.rises, 1u);
}

TEST_F(Qdec, HasTheSameFutureAfterRestore) {
  bench.write(kPselLed, 13);
  bench.write(kStart, 1);
  sample(1);
  sample(3);
  bench.run_for(Duration::from_us(50));
  PeripheralBench other;
  other.add("p0", "nordic.gpio", 0x5000'0500, "port = 0", 0x300);
  other.add("qdec", "nordic.qdec", kQdec);
  other.restore(bench.save());
  for (PeripheralBench* each : {&bench, &other}) {
    each->wire("p0.in4").set(false);
    each->run_for(Duration::from_us(500));
  }
  EXPECT_EQ(other.read(kAcc), bench.read(kAcc));
  EXPECT_TRUE(other.differences(bench).empty());
}

}  // namespace
}  // namespace tinyscope::test
