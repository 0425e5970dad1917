// Who owns which cycle. A block of the script costs 10 cycles unless said otherwise, an exception
// entry or return 12.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "sim/error.hpp"
#include "tests/profiler/bench.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::uint64_t layer_cycles(const ProfileReport& report) {
  std::uint64_t sum = 0;
  for (const InferenceRow& row : report.inferences) {
    for (const LayerRow& layer : row.layers) sum += layer.cycles;
  }
  return sum;
}

TEST(Layers, AreTheOperatorsThatTheInvokeFunctionCalls) {
  ProfilerBench bench;
  bench.script->push(16);
  bench.inference(1000, 100);
  EXPECT_EQ(bench.profiler->inferences_completed(), 1u);
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(1));
  const InferenceRow& row = report.inferences[0];
  EXPECT_EQ(row.function, "rt::invoke()");
  EXPECT_EQ(row.rules, "rt");
  EXPECT_TRUE(row.complete);
  ASSERT_THAT(row.layers, SizeIs(2));
  EXPECT_EQ(row.layers[0].op, "CONV_2D");
  EXPECT_EQ(row.layers[0].kernel, "rt_conv_s8");
  // push, call of the kernel, the kernel, its return, the operator's return
  EXPECT_EQ(row.layers[0].cycles, 10u + 10 + 1000 + 10 + 10);
  EXPECT_EQ(row.layers[0].instructions, 10u);
  EXPECT_EQ(row.layers[1].op, "SOFTMAX");
  EXPECT_EQ(row.layers[1].kernel, "rt::eval_softmax");
  EXPECT_EQ(row.layers[1].cycles, 100u + 10);
  // push, two calls and the return belong to the invoke function itself
  EXPECT_EQ(row.own_cycles, 40u);
  EXPECT_EQ(row.cycles, 40u + 1040 + 110);
  EXPECT_EQ(row.start_cycle, 20u);
  EXPECT_EQ(row.elapsed_cycles, row.cycles);
}

TEST(Layers, AndInterruptsAndTheRestAddUpToTheTotal) {
  ProfilerBench bench;
  bench.inference();
  bench.script->interrupt(24, kIrq);
  bench.script->work(77);
  bench.script->leave_handler();
  bench.script->sleep(5000);
  const ProfileReport report = bench.report();
  EXPECT_EQ(report.interrupt_cycles, 12u + 77 + 12);
  EXPECT_EQ(layer_cycles(report) + report.interrupt_cycles + report.unattributed_cycles,
            report.total_cycles);
  EXPECT_EQ(report.sleep_cycles, 5000u);
  EXPECT_EQ(report.unattributed_stalls[StallCause::kSleep], 5000u);
  EXPECT_EQ(report.stalls.total(), report.total_cycles);
}

TEST(Layers, ExcludeTheInterruptsThatHitThem) {
  ProfilerBench bench;
  bench.script->call(kInvoke);
  bench.script->call(kSoftmax);
  bench.script->work(50);
  bench.script->interrupt(24, kIrq);
  bench.script->work(1000);
  bench.script->interrupt(25, kIrq);
  bench.script->work(200);
  bench.script->leave_handler();
  bench.script->leave_handler();
  bench.script->work(60);
  bench.script->ret();
  bench.script->ret();
  const ProfileReport report = bench.report();
  EXPECT_EQ(report.inferences[0].layers[0].cycles, 50u + 60 + 10);
  EXPECT_EQ(report.inferences[0].interrupt_cycles, 1000u + 200 + 4 * 12);
  EXPECT_EQ(report.inferences[0].cycles, 120u + 20);
  EXPECT_EQ(report.inferences[0].elapsed_cycles, 140u + 1248);
  ASSERT_THAT(report.interrupts, SizeIs(2));
  EXPECT_EQ(report.interrupts[0].number, 24u);
  EXPECT_EQ(report.interrupts[0].name, "TIMER0_IRQHandler");
  EXPECT_EQ(report.interrupts[0].count, 1u);
  EXPECT_EQ(report.interrupts[0].cycles, 1000u + 24);
  EXPECT_EQ(report.interrupts[1].cycles, 200u + 24);
}

TEST(Layers, CountTailChainedInterruptsUnderTheirOwnNumbers) {
  ProfilerBench bench;
  bench.script->interrupt(24, kIrq);
  bench.script->work(100);
  bench.script->tail_chain(25, kIrq);
  bench.script->work(300);
  bench.script->leave_handler();
  const ProfileReport report = bench.report();
  EXPECT_EQ(report.interrupts[0].cycles, 12u + 100);
  EXPECT_EQ(report.interrupts[1].cycles, 12u + 300 + 12);
  EXPECT_EQ(report.interrupts[1].count, 1u);
}

TEST(Layers, AreFoundInAnInferenceThatRunsInAHandler) {
  // MLPerf Tiny's harness infers in the UART receive interrupt.
  ProfilerBench bench;
  bench.script->interrupt(53, kIrq);
  bench.script->work(30);
  bench.inference(1000, 100);
  bench.script->leave_handler();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_EQ(report.inferences[0].layers[0].cycles, 1040u);
  EXPECT_EQ(report.inferences[0].interrupt_cycles, 0u);
  EXPECT_EQ(report.interrupts[0].cycles, 12u + 30 + 10 + 12);
}

TEST(Layers, KeepTheirCyclesAcrossAContextSwitch) {
  ProfilerBench bench;
  Script& script = *bench.script;
  script.call(kInvoke);
  script.call(kSoftmax);
  script.work(50);
  script.interrupt(14, kIrq);
  const Script::Suspended inferring = script.take_interrupted();
  script.resume({kMain, 0x20008000, {}, 0});
  script.work(9000);
  script.interrupt(14, kIrq, 0x2000F000);
  script.take_interrupted();
  script.resume(inferring);
  script.work(60);
  script.ret();
  script.ret();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_EQ(report.inferences[0].layers[0].cycles, 50u + 60 + 10);
  EXPECT_EQ(report.inferences[0].interrupt_cycles, 4u * 12);
  EXPECT_EQ(report.unattributed_cycles, 9000u + 10 + 20);
}

TEST(Layers, SurviveAnOperatorThatTailCallsItsKernel) {
  ProfilerBench bench;
  bench.script->call(kInvoke);
  bench.script->push(16);
  bench.script->call(kConv);
  bench.script->push(8);
  bench.script->tail_call(kKernel);
  bench.script->work(500);
  bench.script->ret();
  bench.script->ret();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences[0].layers, SizeIs(1));
  EXPECT_EQ(report.inferences[0].layers[0].op, "CONV_2D");
  EXPECT_EQ(report.inferences[0].layers[0].kernel, "rt_conv_s8");
  EXPECT_EQ(report.inferences[0].layers[0].cycles, 10u + 10 + 500 + 10);
  EXPECT_TRUE(report.inferences[0].complete);
}

TEST(Layers, BelongToTheWholeInferenceWhenInvokeItselfIsTailCalled) {
  ProfilerBench bench;
  bench.script->call(kHelper);
  bench.script->push(8);
  bench.script->tail_call(kInvoke);
  bench.script->call(kSoftmax);
  bench.script->work(100);
  bench.script->ret();
  bench.script->ret();
  bench.script->work(1000);
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_EQ(report.inferences[0].cycles, 10u + 110 + 10);
}

TEST(Layers, AreNotMadeOfFunctionsThatAreNoOperators) {
  ProfilerBench bench;
  bench.script->call(kInvoke);
  bench.script->call(kHelper);
  bench.script->call(kConv);  // called by the helper, not by the loop
  bench.script->ret();
  bench.script->ret();
  bench.script->ret();
  bench.script->call(kConv);  // outside of any inference
  bench.script->ret();
  const ProfileReport report = bench.report();
  EXPECT_THAT(report.inferences[0].layers, IsEmpty());
  EXPECT_EQ(report.inferences[0].own_cycles, 50u);
}

TEST(Layers, IncludeInferencesOfSubgraphsThatAnOperatorStarts) {
  // IF and WHILE operators call the invoke function again.
  ProfilerBench bench;
  bench.script->call(kInvoke);
  bench.script->push(16);
  bench.script->call(kConv);
  bench.script->push(16);
  bench.inference(100, 100);
  bench.script->ret();
  bench.script->ret();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_THAT(report.inferences[0].layers, SizeIs(1));
}

TEST(Layers, PreferAKernelNameUnlessItDidNextToNothing) {
  for (const auto& [kernel, helper, expected] :
       {std::tuple{400u, 500u, "rt_conv_s8"}, std::tuple{10u, 5000u, "__aeabi_fmul"}}) {
    ProfilerBench bench;
    bench.script->call(kInvoke);
    bench.script->call(kConv);
    bench.script->call(kKernel);
    bench.script->work(kernel);
    bench.script->ret();
    bench.script->call(kFloatHelper);
    bench.script->work(helper);
    bench.script->ret();
    bench.script->ret();
    bench.script->ret();
    EXPECT_EQ(bench.report().inferences[0].layers[0].kernel, expected);
  }
}

TEST(Layers, ReportHowDeepTheStackWentBelowItsTop) {
  ProfilerBench bench;
  bench.script->push(16);
  bench.script->call(kInvoke);
  bench.script->push(32);
  bench.script->call(kConv);
  bench.script->push(64);
  bench.script->call(kKernel);
  bench.script->work(10, 200);
  bench.script->ret();
  bench.script->ret();
  bench.script->call(kSoftmax);
  bench.script->work(10, 8);
  bench.script->interrupt(24, kIrq);
  bench.script->work(10, 1000);
  bench.script->leave_handler();
  bench.script->ret();
  bench.script->ret();
  const ProfileReport report = bench.report();
  EXPECT_EQ(report.inferences[0].layers[0].stack_peak_bytes, 16u + 32 + 64 + 200);
  EXPECT_EQ(report.inferences[0].layers[1].stack_peak_bytes, 16u + 32 + 8);
  EXPECT_EQ(report.inferences[0].stack_peak_bytes, 312u);
  // The handler is deepest: on top of the softmax and its exception frame.
  EXPECT_EQ(report.memory.stack_peak_bytes, 16u + 32 + 32 + 1000);
}

TEST(Layers, MeasureTheStackOfAThreadFromItsOwnTop) {
  ProfilerBench bench;
  Script& script = *bench.script;
  script.push(64);
  script.interrupt(11, kIrq);
  script.take_interrupted();
  script.resume({kMain, 0x20002000, {}, 0});
  script.push(16);
  script.call(kInvoke);
  script.call(kSoftmax);
  script.work(10, 100);
  script.ret();
  script.ret();
  const ProfileReport report = bench.report();
  EXPECT_EQ(report.inferences[0].layers[0].stack_peak_bytes, 116u);
  EXPECT_EQ(report.memory.stack_peak_bytes, 64u + 32);
}

TEST(Layers, MeasureAStackThatWasChangedInThreadModeFromTheTopOfItsObject) {
  std::vector<Symbol> symbols = sample_symbols();
  symbols.push_back(object("main_thread_stack", 0x20003000, 0x800));
  ProfilerBench bench({sample_rules()}, symbols);
  Script& script = *bench.script;
  script.push(Script::kStackTop - 0x20003800);  // MSR PSP
  script.call(kInvoke);
  script.push(16);
  script.call(kSoftmax);
  script.work(10, 100);
  script.ret();
  script.ret();
  EXPECT_EQ(bench.report().inferences[0].layers[0].stack_peak_bytes, 116u);
}

TEST(Layers, ShowAnInferenceThatTheRunCutShortAsIncomplete) {
  ProfilerBench bench;
  bench.inference();
  bench.script->call(kInvoke);
  bench.script->call(kConv);
  bench.script->work(123);
  EXPECT_EQ(bench.profiler->inferences_completed(), 1u);
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(2));
  EXPECT_FALSE(report.inferences[1].complete);
  EXPECT_EQ(report.inferences[1].layers[0].cycles, 123u);
  EXPECT_EQ(report.inferences[1].elapsed_cycles, 10u + 123);
}

TEST(Layers, ShowAnInferenceThatAResetCutShortAsIncomplete) {
  ProfilerBench bench;
  bench.script->call(kInvoke);
  bench.script->call(kConv);
  bench.script->work(123);
  bench.profiler->listener().on_reset({bench.script->now()}, kMain, Script::kStackTop);
  EXPECT_EQ(bench.profiler->inferences_completed(), 0u);
  EXPECT_FALSE(bench.report().inferences[0].complete);
}

TEST(Layers, MayBeCalledThroughDispatchFunctions) {
  LayerRules rules = sample_rules();
  rules.dispatch = {"rt::reset_arena()"};
  ProfilerBench bench({rules});
  bench.script->call(kInvoke);
  bench.script->call(kHelper);
  bench.script->push(8);
  bench.script->call(kConv);
  bench.script->ret();
  bench.script->call(kSoftmax);
  bench.script->ret();
  bench.script->ret();
  bench.script->ret();
  EXPECT_THAT(bench.report().inferences[0].layers, SizeIs(2));
}

TEST(Layers, MayBeAtAnyDepthIfTheRulesSaySo) {
  LayerRules rules = sample_rules();
  rules.operators = {"rt_conv*"};
  rules.depth = LayerRules::Depth::kAny;
  ProfilerBench bench({rules});
  bench.inference(1000);
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences[0].layers, SizeIs(1));
  EXPECT_EQ(report.inferences[0].layers[0].cycles, 1010u);
}

LayerRules grouped_rules() {
  LayerRules rules;
  rules.name = "calls";
  rules.inference = LayerRules::Inference::kGroup;
  rules.operators = {"rt_conv*", "__aeabi_fmul"};
  return rules;
}

TEST(Layers, WithoutAnInvokeFunctionBeginANewInferenceWhenTheFirstCallComesRoundAgain) {
  ProfilerBench bench({grouped_rules()});
  bench.script->push(16);
  for (int i = 0; i < 3; ++i) {
    bench.script->jump(kMain + 0x20);  // the main loop
    bench.script->call(kKernel);
    bench.script->work(100);
    bench.script->ret();
    bench.script->call(kFloatHelper);
    bench.script->ret();
    bench.script->work(7);
  }
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(3));
  for (const InferenceRow& row : report.inferences) {
    ASSERT_THAT(row.layers, SizeIs(2));
    EXPECT_EQ(row.layers[0].cycles, 110u);
    EXPECT_EQ(row.cycles, 120u);
  }
}

TEST(Layers, WithoutAnInvokeFunctionKeepRowByRowCallsOfOneKernelInOneInference) {
  ProfilerBench bench({grouped_rules()});
  bench.script->push(16);
  for (int i = 0; i < 3; ++i) {
    bench.script->jump(kMain + 0x20);
    bench.script->call(kKernel);
    bench.script->ret();
  }
  EXPECT_THAT(bench.report().inferences, SizeIs(1));
}

TEST(Layers, WithoutAnInvokeFunctionEndWithTheLastCallNotWithTheNextInference) {
  ProfilerBench bench({grouped_rules()});
  Script& script = *bench.script;
  script.push(16);
  for (int i = 0; i < 2; ++i) {
    script.jump(kMain + 0x20);
    script.call(kKernel);
    script.work(100);
    script.ret();
    script.call(kFloatHelper);
    script.ret();
    script.work(5000);
    script.interrupt(24, kIrq);
    script.work(300);
    script.leave_handler();
  }
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(2));
  for (const InferenceRow& row : report.inferences) {
    EXPECT_EQ(row.elapsed_cycles, 100u + 10 + 10 + 10);  // the second call is main's
    EXPECT_EQ(row.interrupt_cycles, 0u);
    EXPECT_TRUE(row.complete);
  }
}

TEST(Layers, WithoutAnInvokeFunctionThatTheRunCutShortAreIncomplete) {
  for (const bool by_reset : {false, true}) {
    ProfilerBench bench({grouped_rules()});
    Script& script = *bench.script;
    script.call(kKernel);
    script.work(123);
    if (by_reset) bench.profiler->listener().on_reset({script.now()}, kMain, Script::kStackTop);
    const ProfileReport report = bench.report();
    ASSERT_THAT(report.inferences, SizeIs(1));
    EXPECT_FALSE(report.inferences[0].complete);
    EXPECT_EQ(report.inferences[0].elapsed_cycles, 123u);
    EXPECT_EQ(bench.profiler->inferences_completed(), 0u);
  }
}

TEST(Layers, OfGroupedRulesGiveWayToRulesWithAnInvokeFunction) {
  ProfilerBench bench({grouped_rules(), sample_rules()});
  bench.inference();
  bench.script->call(kKernel);
  bench.script->ret();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_EQ(report.inferences[0].rules, "rt");
}

TEST(Layers, AreFoundByAddressWithoutSymbols) {
  LayerRules rules = sample_rules();
  rules.invoke = {"0x00000200"};
  rules.operators = {"*"};
  ProfilerBench bench({rules}, {});
  bench.inference();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(1));
  ASSERT_THAT(report.inferences[0].layers, SizeIs(2));
  EXPECT_EQ(report.inferences[0].layers[0].op, "0x00000300");
  EXPECT_EQ(report.inferences[0].layers[0].kernel, "0x00000500");
}

TEST(Layers, ThatWereNotFoundAreExplainedAndTheHottestFunctionsListed) {
  ProfilerBench none({}, sample_symbols());
  none.script->call(kKernel);
  none.script->work(1000);
  const ProfileReport report = none.report();
  EXPECT_THAT(report.no_inference, HasSubstr("no rule knows an invoke function"));
  ASSERT_THAT(report.functions, SizeIs(2));
  EXPECT_EQ(report.functions[0].name, "rt_conv_s8");
  EXPECT_EQ(report.functions[0].cycles, 1000u);
  EXPECT_EQ(report.unattributed_cycles, report.total_cycles);

  ProfilerBench stripped({sample_rules()}, {});
  stripped.script->work();
  EXPECT_THAT(stripped.report().no_inference, HasSubstr("no function symbols"));

  ProfilerBench early;
  early.script->work();
  EXPECT_THAT(early.report().no_inference, HasSubstr("none ran before the run ended"));
}

TEST(Layers, ThatDoNotAddUpToTheCyclesOfTheCoreAreABugOfOurs) {
  ProfilerBench bench;
  bench.inference();
  RunSummary run;
  run.total_cycles = bench.script->now() + 1;
  EXPECT_THROW(bench.profiler->report(run, bench.notes), SimulatorFault);
}

TEST(Layers, AddUpForRandomPrograms) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    ProfilerBench bench;
    std::size_t nested = 0;
    std::vector<std::size_t> calls;
    for (int i = 0; i < 3000; ++i) {
      const Address function = 0x100 * (1 + static_cast<Address>(random() % 9));
      switch (random() % 8) {
        case 0: bench.script->work(1 + random() % 100, random() % 64); break;
        case 1: bench.script->call(function); break;
        case 2:
          if (bench.script->calls() != 0) bench.script->ret();
          break;
        case 3:
          if (bench.script->calls() < 50) bench.script->push(8);
          break;
        case 4:
          if (nested < 3) bench.script->interrupt(16 + random() % 4, kIrq), ++nested;
          break;
        case 5:
          if (nested > 0) bench.script->leave_handler(), --nested;
          break;
        case 6:
          if (nested > 0) bench.script->tail_chain(16 + random() % 4, kIrq);
          break;
        default:
          if (bench.script->calls() != 0) bench.script->tail_call(function);
          break;
      }
    }
    const ProfileReport report = bench.report();  // asserts the sums
    EXPECT_EQ(layer_cycles(report) + report.interrupt_cycles + report.unattributed_cycles,
              bench.script->now());
  }
}

}  // namespace
}  // namespace tinyscope
