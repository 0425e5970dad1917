#include "profiler/layer_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "profiler/function_table.hpp"
#include "sim/error.hpp"
#include "sim/glob.hpp"
#include "tests/profiler/bench.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

using test::function;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string shipped(const std::string& name) {
  return TINYSCOPE_SOURCE_DIR "/profiler/rules/" + name + ".toml";
}

std::string message_for(const std::string& text) {
  const std::string path = ::testing::TempDir() + "/rules_under_test.toml";
  std::ofstream(path) << text;
  try {
    load_layer_rules(path);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Glob, TakesBracketsLiterallyAndStarsForAnything) {
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("a*c", "abbc"));
  EXPECT_TRUE(glob_match("a*b*c", "a b b c"));
  EXPECT_TRUE(glob_match("f(int [2])", "f(int [2])"));
  EXPECT_TRUE(glob_match("Depth?ise", "DepthWise"));
  EXPECT_FALSE(glob_match("a*c", "abcd"));
  EXPECT_FALSE(glob_match("a?c", "ac"));
}

TEST(FunctionTable, CutsParameterListsButNotAnonymousNamespaces) {
  EXPECT_EQ(FunctionTable::short_name("tflite::(anonymous namespace)::ConvEval(TfLiteContext*)"),
            "tflite::(anonymous namespace)::ConvEval");
  EXPECT_EQ(FunctionTable::short_name("void f<int (*)(int)>(int)"), "f<int (*)(int)>");
  EXPECT_EQ(FunctionTable::short_name("arm_convolve_s8"), "arm_convolve_s8");
}

TEST(FunctionTable, CutsReturnTypesAndKeepsOperatorSigns) {
  const auto short_name = FunctionTable::short_name;
  // As c++filt prints symbols of TensorFlow Lite Micro.
  EXPECT_EQ(short_name("gemmlowp::FixedPoint<long, 0> gemmlowp::exp_on_negative_values<long, 5>"
                       "(gemmlowp::FixedPoint<long, 5>)"),
            "gemmlowp::exp_on_negative_values<long, 5>");
  EXPECT_EQ(short_name("TfLiteStatus tflite::(anonymous namespace)::EvalInt<signed char>(int)"),
            "tflite::(anonymous namespace)::EvalInt<signed char>");
  EXPECT_EQ(short_name("(anonymous namespace)::run(int) [clone .isra.0]"),
            "(anonymous namespace)::run");
  EXPECT_EQ(short_name("A::operator()(int) const"), "A::operator()");
  EXPECT_EQ(short_name("std::ostream& operator<< <char>(std::ostream&, char)"),
            "operator<< <char>");
  EXPECT_EQ(short_name("operator new(unsigned int)"), "operator new");
  EXPECT_EQ(short_name("B::operator->() const"), "B::operator->");
  EXPECT_EQ(short_name("set_operator(int)"), "set_operator");
}

TEST(FunctionTable, CutsSuffixesOfCopiesOfCFunctions) {
  EXPECT_EQ(FunctionTable::short_name("arm_nn_vec_mat_mult_t_s8.constprop.0"),
            "arm_nn_vec_mat_mult_t_s8");
  EXPECT_EQ(FunctionTable::short_name("depthwise_conv_s8_mult_4.lto_priv.0"),
            "depthwise_conv_s8_mult_4");
}

TEST(LayerRules, ShippedFilesCanBeRead) {
  EXPECT_EQ(load_layer_rules(shipped("mlrt")).inference, LayerRules::Inference::kInvoke);
  EXPECT_EQ(load_layer_rules(shipped("tflite_micro")).invoke.size(), 3u);
  EXPECT_EQ(load_layer_rules(shipped("cmsis_nn")).inference, LayerRules::Inference::kGroup);
  EXPECT_THAT(shipped_layer_rules(), SizeIs(10));
}

TEST(LayerRules, NameOperatorsOfTfliteMicroByTheirFunctions) {
  // Names from tflite-micro's kernels folder.
  const LayerRules rules = load_layer_rules(shipped("tflite_micro"));
  const std::string prefix = "tflite::(anonymous namespace)::";
  const std::string suffix = "(TfLiteContext*, TfLiteNode*)";
  const auto op = [&](const std::string& name) {
    return std::string(rules.op_of(prefix + name + suffix));
  };
  EXPECT_EQ(op("ConvEval"), "CONV_2D");
  EXPECT_EQ(op("EvalInt8"), "");  // several kernels have one: the model tells
  EXPECT_EQ(op("DepthwiseConvEval"), "DEPTHWISE_CONV_2D");
  EXPECT_EQ(op("DepthWiseConvEval"), "DEPTHWISE_CONV_2D");
  EXPECT_EQ(op("TransposeConvEval"), "TRANSPOSE_CONV");
  EXPECT_EQ(op("FullyConnectedEval"), "FULLY_CONNECTED");
  EXPECT_EQ(op("SoftmaxEvalInt8"), "SOFTMAX");
  EXPECT_EQ(op("LogSoftmaxEval"), "LOG_SOFTMAX");
  EXPECT_EQ(op("AverageEvalInt8"), "AVERAGE_POOL_2D");
  EXPECT_EQ(op("EvalQuantizeReference"), "QUANTIZE");
  EXPECT_EQ(op("DequantizeEval"), "DEQUANTIZE");
  EXPECT_EQ(op("AddEval"), "ADD");
  EXPECT_EQ(rules.op_of("arm_convolve_wrapper_s8"), "CONV_2D");
  EXPECT_EQ(rules.op_of("arm_depthwise_conv_wrapper_s8"), "DEPTHWISE_CONV_2D");
}

// Invoke calls InvokeSubgraph calls (reset, operator) twice, as tflite-micro does.
ProfileReport tflite_micro_run(const std::string& graph_function, bool inlined) {
  std::vector<Symbol> symbols = {
      function("main", 0x100),
      function("tflite::MicroInterpreter::Invoke()", 0x200),
      function("tflite::(anonymous namespace)::ConvEval(TfLiteContext*, TfLiteNode*)", 0x400),
      function("tflite::(anonymous namespace)::Eval(TfLiteContext*, TfLiteNode*)", 0x500),
      function("tflite::MicroAllocator::ResetTempAllocations()", 0x600),
      function("tflite::NumSubgraphOperators(tflite::Model const*, int)", 0x700)};
  if (!inlined) symbols.push_back(function(graph_function, 0x300));
  test::ProfilerBench bench({load_layer_rules(shipped("tflite_micro"))}, symbols);
  test::Script& script = *bench.script;
  script.call(0x200);
  script.push(16);
  if (!inlined) script.call(0x300);
  script.call(0x700);
  script.ret();
  for (const Address op : {0x400u, 0x500u}) {
    script.push(8);
    script.call(op);
    script.work(100);
    script.ret();
    script.call(0x600);
    script.ret();
  }
  script.ret();
  if (!inlined) script.ret();
  return bench.report();
}

TEST(LayerRules, FindTheOperatorsOfEachGenerationOfTfliteMicro) {
  for (const char* graph : {"tflite::MicroInterpreterGraph::InvokeSubgraph(int)",
                            "tflite::MicroGraph::InvokeSubgraph(int)"}) {
    for (const bool inlined : {false, true}) {
      const ProfileReport report = tflite_micro_run(graph, inlined);
      ASSERT_THAT(report.inferences, SizeIs(1)) << graph;
      ASSERT_THAT(report.inferences[0].layers, SizeIs(2)) << graph;
      EXPECT_EQ(report.inferences[0].layers[0].op, "CONV_2D");
      EXPECT_EQ(report.inferences[0].layers[0].cycles, 110u);
      EXPECT_EQ(report.inferences[0].layers[1].op, "tflite::(anonymous namespace)::Eval");
    }
  }
}

TEST(LayerRules, TakeNoHelperOfTheInvokeLoopForAnOperator) {
  // Found as calls in firmware built with -Os and -O0, where accessors are not inlined.
  std::vector<Symbol> symbols = {function("main", 0x100),
                                 function("tflite::MicroInterpreter::Invoke()", 0x200),
                                 function("EthosUEval", 0x400)};
  const std::vector<std::string> helpers = {
      "tflite::SubGraph::operators() const",
      "flatbuffers::Vector<flatbuffers::Offset<tflite::Operator>, unsigned int>::size() const",
      "unsigned int flatbuffers::ReadScalar<unsigned int>(void const*)",
      "tflite::(anonymous namespace)::OpNameFromRegistration(TFLMRegistration const*)",
      "tflite::ScopedMicroProfiler::ScopedMicroProfiler(char const*, tflite::MicroProfiler*)",
      "MicroPrintf(char const*, ...)",
      "memset"};
  Address address = 0x1000;
  for (const std::string& name : helpers) {
    symbols.push_back(function(name, address));
    address += 0x100;
  }
  test::ProfilerBench bench({load_layer_rules(shipped("tflite_micro"))}, symbols);
  bench.script->call(0x200);
  for (Address helper = 0x1000; helper != address; helper += 0x100) {
    bench.script->call(helper);
    bench.script->ret();
  }
  bench.script->call(0x400);
  bench.script->ret();
  bench.script->ret();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(1));
  ASSERT_THAT(report.inferences[0].layers, SizeIs(1));
  EXPECT_EQ(report.inferences[0].layers[0].op, "EthosUEval");
}

TEST(LayerRules, TakeAUsersSymbolForCallsWithoutAnInvokeLoop) {
  const LayerRules rules = layer_rules(shipped("cmsis_nn"), "run_network");
  EXPECT_EQ(rules.inference, LayerRules::Inference::kInvoke);
  test::ProfilerBench bench(
      {rules}, {function("main", 0x100), function("run_network", 0x200), function("layer_1", 0x300),
                function("arm_convolve_wrapper_s8", 0x400), function("arm_convolve_s8", 0x500),
                function("arm_convolve_wrapper_s8_get_buffer_size", 0x600)});
  bench.script->call(0x200);
  bench.script->call(0x300);
  bench.script->call(0x600);
  bench.script->ret();
  bench.script->call(0x400);
  bench.script->call(0x500);
  bench.script->work(700);
  bench.script->ret();
  bench.script->ret();
  bench.script->ret();
  bench.script->ret();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(1));
  ASSERT_THAT(report.inferences[0].layers, SizeIs(1));
  EXPECT_EQ(report.inferences[0].layers[0].op, "CONV_2D");
  EXPECT_EQ(report.inferences[0].layers[0].kernel, "arm_convolve_s8");
}

TEST(LayerRules, TakeAnAddressOfTheUserWhereThereAreNoSymbols) {
  // With or without Thumb bit and leading zeros.
  for (const char* address : {"0x00000200", "0x200", "0X201"}) {
    test::ProfilerBench bench({layer_rules(shipped("mlrt"), address)}, {});
    bench.inference();
    const ProfileReport report = bench.report();
    ASSERT_THAT(report.inferences, SizeIs(1)) << address;
    EXPECT_THAT(report.inferences[0].layers, SizeIs(2)) << address;
  }
}

TEST(LayerRules, SayWhatIsWrongWithAFile) {
  EXPECT_THAT(message_for("name = 'x'\n[operators]\nmatch = ['*']\n"),
              HasSubstr("name at least one function that runs the operators"));
  EXPECT_THAT(message_for("name = 'x'\n[inference]\ninvoke = ['f']\n"),
              HasSubstr("name at least one pattern"));
  EXPECT_THAT(message_for("name = 'x'\n[inference]\ndelimited_by = 'luck'\n"),
              HasSubstr("expected \"invoke\" or \"group\", found \"luck\""));
  EXPECT_THAT(message_for("name = 'x'\nkernel = ['f']\n[inference]\ninvoke = ['f']\n"
                          "[operators]\nmatch = ['*']\n"),
              HasSubstr("kernel"));
}

TEST(LayerRules, ListTheKnownNamesWhenOneIsUnknown) {
  try {
    layer_rules("tflite");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("cmsis_nn, "), HasSubstr(", tflite_micro, ")));
  }
}

}  // namespace
}  // namespace tinyscope
