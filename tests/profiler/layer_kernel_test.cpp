// Which function stands for the kernel of a layer. A block of the script costs 10 cycles unless
// said otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/profiler/bench.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::SizeIs;

constexpr Address kWrapper = 0xA00;
constexpr Address kFast = 0xB00;
constexpr Address kMatMul = 0xC00;

std::vector<Symbol> symbols_with_a_wrapper() {
  std::vector<Symbol> symbols = sample_symbols();
  symbols.push_back(function("rt_conv_wrapper_s8", kWrapper));
  symbols.push_back(function("rt_conv_1x1_s8_fast", kFast));
  symbols.push_back(function("rt_nn_mat_mult_s8", kMatMul));
  return symbols;
}

TEST(Kernel, IsTheOneWhoseHelpersTookTheTime) {
  ProfilerBench bench;
  Script& script = *bench.script;
  script.call(kInvoke);
  script.call(kConv);
  script.call(kKernel);
  script.call(kFloatHelper);  // a static helper with nearly all of the cycles
  script.work(5000);
  script.ret();
  script.ret();
  script.ret();
  script.ret();
  EXPECT_EQ(bench.report().inferences[0].layers[0].kernel, "rt_conv_s8");
}

TEST(Kernel, IsTheOutermostOfKernelsThatCallOneAnother) {
  ProfilerBench bench({sample_rules()}, symbols_with_a_wrapper());
  Script& script = *bench.script;
  script.call(kInvoke);
  script.call(kConv);
  script.call(kFast);
  script.push(16);
  for (int row = 0; row < 3; ++row) {
    script.call(kMatMul);
    script.work(1000);
    script.ret();
  }
  script.ret();
  script.ret();
  script.ret();
  EXPECT_EQ(bench.report().inferences[0].layers[0].kernel, "rt_conv_1x1_s8_fast");
}

TEST(Kernel, IsWhatAWrapperChoseThroughACallOrATailCall) {
  LayerRules rules = sample_rules();
  rules.kernels_except = {"*_wrapper_*"};
  for (const bool tail_call : {false, true}) {
    ProfilerBench bench({rules}, symbols_with_a_wrapper());
    Script& script = *bench.script;
    script.call(kInvoke);
    script.call(kConv);
    script.push(16);
    script.call(kWrapper);
    tail_call ? script.tail_call(kFast) : script.call(kFast);
    script.push(16);
    script.call(kMatMul);
    script.work(1000);
    script.ret();
    script.ret();
    if (!tail_call) script.ret();
    script.ret();
    script.ret();
    EXPECT_EQ(bench.report().inferences[0].layers[0].kernel, "rt_conv_1x1_s8_fast");
  }
}

TEST(Kernel, OfTwoIsTheOneWithMostCyclesIncludingItsHelpers) {
  ProfilerBench bench({sample_rules()}, symbols_with_a_wrapper());
  Script& script = *bench.script;
  script.call(kInvoke);
  script.call(kConv);
  script.call(kKernel);
  script.work(600);
  script.ret();
  script.call(kFast);
  script.work(400);
  script.call(kFloatHelper);
  script.work(400);
  script.ret();
  script.ret();
  script.ret();
  script.ret();
  EXPECT_EQ(bench.report().inferences[0].layers[0].kernel, "rt_conv_1x1_s8_fast");
}

TEST(Kernel, WithoutAnyKnownNameIsTheFunctionWithMostCyclesOfItsOwn) {
  LayerRules rules = sample_rules();
  rules.kernels = {};
  ProfilerBench bench({rules});
  Script& script = *bench.script;
  script.call(kInvoke);
  script.call(kConv);
  script.call(kKernel);
  script.work(100);
  script.call(kFloatHelper);
  script.work(5000);
  script.ret();
  script.ret();
  script.ret();
  script.ret();
  EXPECT_EQ(bench.report().inferences[0].layers[0].kernel, "__aeabi_fmul");
}

TEST(Kernel, OfAnOperatorThatIsAKernelItselfIsThatOperator) {
  LayerRules rules = sample_rules();
  rules.operators = {"rt_*"};
  rules.depth = LayerRules::Depth::kAny;
  ProfilerBench bench({rules}, symbols_with_a_wrapper());
  Script& script = *bench.script;
  script.call(kInvoke);
  script.call(kFast);
  script.call(kMatMul);
  script.work(1000);
  script.ret();
  script.ret();
  script.ret();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences[0].layers, SizeIs(1));
  EXPECT_EQ(report.inferences[0].layers[0].kernel, "rt_conv_1x1_s8_fast");
}

}  // namespace
}  // namespace tinyscope
