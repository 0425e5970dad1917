// Watches on addresses and stores that come and go.
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

// Stores 1 to 10 to `place`, each behind `again`.
constexpr std::string_view kProgram = R"(
reset:
  ldr r4, =0x20002000
  movs r5, #0
again:
  adds r5, #1
store:
  str r5, [r4]
  cmp r5, #10
  bne again
finish:
  b finish
)";
constexpr Address kPlace = 0x20002000;

TEST(Watches, ComeAndGoWithinTheirOwnActions) {
  ProgramBench bench(kProgram);
  std::vector<std::uint32_t> seen;
  CortexM::WatchId inner = 0;
  CortexM::WatchId outer = 0;
  outer = bench.core->watch_address(bench.address_of("again"), [&] {
    seen.push_back(bench.r(5));
    if (seen.size() == 3) {
      bench.core->unwatch(outer);
      inner = bench.core->watch_address(bench.address_of("store"),
                                        [&] { seen.push_back(100 + bench.r(5)); });
    }
    if (bench.r(5) == 6) bench.core->unwatch(inner);
  });
  bench.core->watch_address(bench.address_of("store"), [&] {
    if (bench.r(5) == 5) bench.core->unwatch(inner);
  });
  bench.run(2000);
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{0, 1, 2, 103, 104}));
}

TEST(Watches, OfStoresEndWhenTheyAreTakenBack) {
  ProgramBench bench(kProgram);
  std::vector<std::uint32_t> seen;
  CortexM::WatchId watch = 0;
  watch = bench.core->watch_stores(kPlace, 4, [&] {
    seen.push_back(bench.word(kPlace));
    if (seen.size() == 2) bench.core->unwatch(watch);
  });
  const CortexM::WatchId elsewhere =
      bench.core->watch_stores(kPlace + 4, 4, [&] { seen.push_back(0); });
  bench.core->unwatch(elsewhere);
  bench.run(2000);
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(bench.word(kPlace), 10u);
}

TEST(Watches, CostNoCycles) {
  ProgramBench watched(kProgram);
  ProgramBench plain(kProgram);
  const CortexM::WatchId early = watched.core->watch_address(watched.address_of("again"), [] {});
  watched.core->unwatch(early);
  watched.core->watch_address(watched.address_of("store"), [] {});
  watched.core->watch_stores(kPlace, 1, [] {});
  std::uint64_t cycles[2] = {};
  for (ProgramBench* const bench : {&watched, &plain}) {
    bench->core->watch_address(bench->address_of("finish"), [bench] {
      bench->core->request_stop({StopKind::kRequested, "", 0});
    });
    bench->run();
    cycles[bench == &plain] = bench->core->cycles().count;
  }
  EXPECT_EQ(cycles[0], cycles[1]);
}

}  // namespace
}  // namespace tinyscope
