// Functions over the whole run and the tree of call paths.
#include "profiler/call_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/profiler/bench.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::SizeIs;

const FunctionRow& function_row(const ProfileReport& report, const std::string& name) {
  for (const FunctionRow& row : report.functions) {
    if (row.name == name) return row;
  }
  throw std::runtime_error("no function " + name);
}

// "main>rt::invoke()" with its own cycles, for each node.
std::vector<std::pair<std::string, std::uint64_t>> paths(const ProfileReport& report) {
  std::vector<std::pair<std::string, std::uint64_t>> result;
  for (const CallNode& node : report.call_tree) {
    const std::string& name = report.functions[node.function].name;
    const std::string parent =
        node.parent < 0 ? "" : result[static_cast<std::size_t>(node.parent)].first + ">";
    result.emplace_back(parent + FunctionTable::short_name(name), node.cycles);
  }
  return result;
}

TEST(Functions, HaveOwnAndInclusiveCyclesAndCalls) {
  ProfilerBench bench;
  bench.inference(1000, 100);
  bench.inference(2000, 100);
  const ProfileReport report = bench.report();
  const FunctionRow& kernel = function_row(report, "rt_conv_s8");
  EXPECT_EQ(kernel.calls, 2u);
  EXPECT_EQ(kernel.cycles, 3000u + 2 * Script::kBlockCycles);  // work and return
  EXPECT_EQ(kernel.inclusive_cycles, kernel.cycles);
  const FunctionRow& conv = function_row(report, "rt::eval_conv(Node const&)");
  EXPECT_EQ(conv.cycles, 2 * 3 * Script::kBlockCycles);  // push, call, return
  EXPECT_EQ(conv.inclusive_cycles, conv.cycles + kernel.cycles);
  // main does nothing but two calls.
  const FunctionRow& main = function_row(report, "main");
  EXPECT_EQ(main.cycles, 2 * Script::kBlockCycles);
  EXPECT_EQ(main.inclusive_cycles, report.total_cycles);
  EXPECT_EQ(kernel.stalls.total(), kernel.cycles);
  EXPECT_EQ(kernel.instructions, 2 * 2 * 2u);  // two blocks a call
}

TEST(Functions, RecursionCountsOnce) {
  ProfilerBench bench;
  Script& script = *bench.script;
  script.call(kHelper);
  script.call(kHelper);
  script.call(kHelper);
  script.work(500);
  script.ret();
  script.ret();
  script.ret();
  const ProfileReport report = bench.report();
  const FunctionRow& row = function_row(report, "rt::reset_arena()");
  EXPECT_EQ(row.calls, 3u);
  EXPECT_EQ(row.cycles, 500u + 5 * Script::kBlockCycles);
  EXPECT_EQ(row.inclusive_cycles, row.cycles);
}

TEST(Functions, SleepIsTheirs) {
  ProfilerBench bench;
  bench.script->call(kHelper);
  bench.script->sleep(7000);
  const ProfileReport report = bench.report();
  EXPECT_EQ(function_row(report, "rt::reset_arena()").stalls[StallCause::kSleep], 7000u);
}

TEST(Functions, WithExceptionsHaveEveryCycle) {
  ProfilerBench bench;
  Script& script = *bench.script;
  script.call(kHelper);
  script.interrupt(24, kIrq);
  script.work(300);
  script.leave_handler();
  script.ret();
  const ProfileReport report = bench.report();
  EXPECT_EQ(report.exception_cycles, 2 * Script::kExceptionCycles);
  EXPECT_EQ(function_row(report, "TIMER0_IRQHandler").cycles, 300u);
  // The handler is none of what it interrupted.
  EXPECT_EQ(function_row(report, "rt::reset_arena()").inclusive_cycles, Script::kBlockCycles);
  std::uint64_t sum = report.exception_cycles;
  for (const FunctionRow& row : report.functions) sum += row.cycles;
  EXPECT_EQ(sum, report.total_cycles);
}

TEST(CallTree, HasANodeForEachPathWithItsCallSite) {
  ProfilerBench bench;
  Script& script = *bench.script;
  const Address first = script.pc();
  script.call(kHelper);
  script.work(100);
  script.ret();
  const Address second = script.pc();
  script.call(kHelper);
  script.work(200);
  script.ret();
  script.work(30);
  const ProfileReport report = bench.report();
  EXPECT_THAT(paths(report),
              ElementsAre(std::pair<std::string, std::uint64_t>("main", 50),
                          std::pair<std::string, std::uint64_t>("main>rt::reset_arena", 110),
                          std::pair<std::string, std::uint64_t>("main>rt::reset_arena", 210)));
  // Calls of the script are four bytes long, as BL is.
  EXPECT_EQ(report.call_tree[1].call_site, first);
  EXPECT_EQ(report.call_tree[2].call_site, second);
  EXPECT_EQ(report.call_tree[0].parent, -1);
}

TEST(CallTree, TellsLayersOfOneCallSiteApart) {
  ProfilerBench bench;
  Script& script = *bench.script;
  script.call(kInvoke);
  const Address loop = script.pc();
  for (int layer = 0; layer < 2; ++layer) {
    script.jump(loop);
    script.call(kConv);
    script.work(100);
    script.ret();
  }
  script.ret();
  std::vector<int> layers;
  for (const CallNode& node : bench.report().call_tree) layers.push_back(node.layer);
  EXPECT_THAT(layers, ElementsAre(-1, -1, 0, 1));
}

TEST(CallTree, TailCallsLieBelowTheirCallerAndRoundsAddNoPath) {
  ProfilerBench bench;
  Script& script = *bench.script;
  script.call(kConv);
  for (int round = 0; round < 1000; ++round) {
    script.tail_call(kKernel);
    script.tail_call(kConv);
  }
  script.ret();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.call_tree, SizeIs(3));  // main, eval_conv, rt_conv_s8
  EXPECT_EQ(report.call_tree[2].parent, 1);
  EXPECT_EQ(report.call_tree[2].call_site, 0u);
  EXPECT_EQ(report.call_tree[2].calls, 1000u);
}

TEST(CallTree, HandlersAreRootsOfTheirException) {
  ProfilerBench bench;
  bench.script->work();
  bench.script->interrupt(24, kIrq);
  bench.script->work();
  bench.script->leave_handler();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.call_tree, SizeIs(2));
  EXPECT_EQ(report.call_tree[1].parent, -1);
  EXPECT_EQ(report.call_tree[1].exception, 24u);
  EXPECT_EQ(report.call_tree[0].exception, 0u);
}

TEST(CallTree, IsBoundedAndSaysSo) {
  ProfilerBench bench;
  Script& script = *bench.script;
  // A new path each time: the place of the call differs.
  for (std::size_t i = 0; i < CallTree::kMaxNodes + 1000; ++i) {
    script.work();
    script.jump(static_cast<Address>(0x10000 + 8 * i));
    script.call(kHelper);
    script.ret();
  }
  const ProfileReport report = bench.report();
  EXPECT_LE(report.call_tree.size(), CallTree::kMaxNodes);
  EXPECT_GT(report.call_tree.size(), CallTree::kMaxNodes - 10);
  EXPECT_EQ(report.functions.back().name, "(other)");
  EXPECT_EQ(report.functions[report.call_tree[0].function].name, "(other)");
  EXPECT_GE(report.call_tree[0].calls, 1000u);
  // The function itself has all that it took.
  EXPECT_EQ(function_row(report, "rt::reset_arena()").cycles,
            (CallTree::kMaxNodes + 1000) * Script::kBlockCycles);
  bool said = false;
  for (const Assumption& note : report.assumptions) said |= note.topic == "functions.call_tree";
  EXPECT_TRUE(said);
}

}  // namespace
}  // namespace tinyscope
