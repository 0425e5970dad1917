// What reports say of the kernels behind layers: kind, weight bytes, percent of the roof, and why
// they are slow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiler/code_inspection.hpp"
#include "profiler/layer_rules.hpp"
#include "profiler/roof.hpp"
#include "tests/profiler/bench.hpp"
#include "tests/profiler/tflite_writer.hpp"

namespace tinyscope {
namespace {

using test::FlatTable;
using test::function;
using test::ModelWriter;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Address kEval = 0x200;
constexpr Address kFirstKernel = 0x500;

SocDescription cortex_m4f() {
  SocDescription soc = test::sample_soc();
  soc.core.type = "cortex-m4f";
  return soc;
}

// One inference of TensorFlow Lite Micro with a single operator, below which `kernels` run, each
// for 1000 cycles (990 and its return).
LayerRow run(const ModelWriter& model, const std::string& eval,
             const std::vector<std::string>& kernels, std::vector<std::uint8_t> code = {}) {
  std::vector<Symbol> symbols = {
      function("main", 0x100), function("tflite::MicroInterpreter::Invoke()", 0x300),
      function("tflite::(anonymous namespace)::" + eval + "(TfLiteContext*, TfLiteNode*)", kEval)};
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    symbols.push_back(function(kernels[i], static_cast<Address>(kFirstKernel + 0x100 * i)));
  }
  test::ProfilerBench bench({layer_rules("tflite_micro")}, symbols, cortex_m4f(), model.write());
  if (!code.empty()) bench.image.segments.push_back({kFirstKernel, std::move(code)});
  test::Script& script = *bench.script;
  script.call(0x300);
  script.push(16);
  script.call(kEval);
  script.push(16);
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    script.call(static_cast<Address>(kFirstKernel + 0x100 * i));
    script.work(990);
    script.ret();
  }
  script.ret();
  script.ret();
  const ProfileReport report = bench.report();
  EXPECT_EQ(report.inferences.size(), 1u);
  return report.inferences.at(0).layers.at(0);
}

struct Shape {
  std::int32_t channels = 8;
  std::int32_t filter = 3;
  std::int32_t stride = 1;
  std::int32_t dilation = 1;
  std::int32_t multiplier = 1;
  std::int8_t type = 9;
};

ModelWriter convolution(const Shape& shape) {
  ModelWriter model("m");
  const auto x = model.tensor("x", {1, 10, 10, shape.channels});
  const auto w = model.tensor("w", {16, shape.filter, shape.filter, shape.channels}, true);
  const auto y = model.tensor("y", {1, 10, 10, 16});
  for (const auto tensor : {x, y}) model.set_type(tensor, shape.type);
  FlatTable options;
  options.set(1, shape.stride).set(2, shape.stride);
  options.set(4, shape.dilation).set(5, shape.dilation);
  model.op(3, {x, w, -1}, {y}, 1, options);
  return model;
}

ModelWriter depthwise(const Shape& shape) {
  ModelWriter model("m");
  const auto x = model.tensor("x", {1, 10, 10, shape.channels});
  const std::int32_t out = shape.channels * shape.multiplier;
  const auto w = model.tensor("w", {1, shape.filter, shape.filter, out}, true);
  const auto y = model.tensor("y", {1, 10, 10, out});
  FlatTable options;
  options.set(1, 1).set(2, 1).set(3, shape.multiplier);
  options.set(5, shape.dilation).set(6, shape.dilation);
  model.op(4, {x, w, -1}, {y}, 2, options);
  return model;
}

// 24 bytes of code that begin with SMLAD R0, R1, R2, R3: FB21 3002.
std::vector<std::uint8_t> code_with_smlad() { return {0x21, 0xFB, 0x02, 0x30, 0x70, 0x47}; }
std::vector<std::uint8_t> code_without_smlad() { return {0x00, 0xBF, 0x70, 0x47}; }

TEST(KernelNotes, TellReferenceFromOptimisedKernelsByTheirNames) {
  const LayerRow reference =
      run(convolution({}), "ConvEval", {"void tflite::reference_integer_ops::ConvPerChannel(int)"});
  EXPECT_EQ(reference.kernel_kind, KernelKind::kReference);
  EXPECT_THAT(reference.notes, ElementsAre(AllOf(HasSubstr("reference kernel"),
                                                 HasSubstr("OPTIMIZED_KERNEL_DIR=cmsis_nn"))));
  const LayerRow optimised = run(convolution({}), "ConvEval", {"arm_convolve_s8"});
  EXPECT_EQ(optimised.kernel_kind, KernelKind::kOptimised);
  EXPECT_EQ(optimised.kernel, "arm_convolve_s8");
  EXPECT_THAT(optimised.notes, IsEmpty());
}

TEST(KernelNotes, TakeAnOperatorThatDoesAllByItselfForAReferenceKernel) {
  EXPECT_EQ(run(convolution({}), "ConvEval", {}).kernel_kind, KernelKind::kReference);
}

TEST(KernelNotes, SayWhyOptimisedKernelsAreOutOfReach) {
  const LayerRow row = run(convolution({.type = 3}), "ConvEval", {});
  EXPECT_THAT(row.notes, Contains(HasSubstr("its operands are uint8")));
  const LayerRow floats = run(convolution({.type = 0}), "ConvEval", {});
  EXPECT_EQ(floats.kernel_kind, KernelKind::kFloat);
  EXPECT_THAT(floats.notes, ElementsAre(HasSubstr("float32")));
}

TEST(KernelNotes, SayThatBroadcastTakesTheReferenceKernel) {
  ModelWriter model("m");
  const auto x = model.tensor("x", {1, 10, 10, 8});
  const auto b = model.tensor("b", {1, 1, 1, 8});
  model.op(0, {x, b}, {model.tensor("y", {1, 10, 10, 8})});
  const LayerRow row =
      run(model, "AddEval", {"void tflite::reference_integer_ops::BroadcastAdd4DSlow(int)"});
  EXPECT_THAT(row.notes, ElementsAre(HasSubstr("differ in shape")));
}

// A convolution with an optimised kernel, then padding without one.
TEST(KernelNotes, DoNotBlameTheBuildWhereOtherLayersRanOptimisedKernels) {
  ModelWriter model = convolution({});
  model.op(34, {2}, {2});
  constexpr Address kPad = 0x600;
  test::ProfilerBench bench(
      {layer_rules("tflite_micro")},
      {function("main", 0x100), function("tflite::MicroInterpreter::Invoke()", 0x300),
       function("tflite::(anonymous namespace)::ConvEval(TfLiteContext*, TfLiteNode*)", kEval),
       function("arm_convolve_s8", kFirstKernel),
       function("tflite::(anonymous namespace)::PadEval(TfLiteContext*, TfLiteNode*)", kPad)},
      cortex_m4f(), model.write());
  test::Script& script = *bench.script;
  script.call(0x300);
  script.push(16);
  script.call(kEval);
  script.call(kFirstKernel);
  script.work(1000);
  script.ret();
  script.ret();
  script.call(kPad);
  script.work(100);
  script.ret();
  script.ret();
  const ProfileReport report = bench.report();
  const std::vector<LayerRow>& layers = report.inferences.at(0).layers;
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_THAT(layers[1].notes, ElementsAre(HasSubstr("while other layers ran optimised ones")));
}

TEST(KernelNotes, CountMacsAgainstTheRoofOfTheCore) {
  // 10 x 10 x 16 outputs of 3 x 3 x 8 products each.
  const LayerRow row = run(convolution({}), "ConvEval", {"arm_convolve_s8"});
  ASSERT_TRUE(row.macs);
  EXPECT_EQ(*row.macs, 1600u * 72);
  ASSERT_TRUE(row.roof_percent);
  const double rate = 1600.0 * 72 / static_cast<double>(row.cycles);
  EXPECT_NEAR(*row.roof_percent, 100 * rate / (16.0 / 18), 1e-9);
  EXPECT_EQ(row.weight_bytes, 4u);  // what the model's writer puts into a constant
}

TEST(KernelNotes, MeasureFloatLayersAgainstAnotherRoof) {
  const LayerRow row = run(convolution({.type = 0}), "ConvEval", {});
  ASSERT_TRUE(row.roof_percent);
  const double rate = 1600.0 * 72 / static_cast<double>(row.cycles);
  EXPECT_NEAR(*row.roof_percent, 100 * rate / 0.4, 1e-9);
}

TEST(Roof, StatesWhereItComesFromAndIsUnknownForOtherCores) {
  const auto integer = attainable_roof("cortex-m4f", Arithmetic::kInteger);
  ASSERT_TRUE(integer);
  EXPECT_NEAR(integer->macs_per_cycle, 0.889, 0.001);
  EXPECT_THAT(integer->text, AllOf(HasSubstr("8 SMLAD"), HasSubstr("2 MACs a cycle")));
  EXPECT_TRUE(attainable_roof("cortex-m4", Arithmetic::kInteger));
  EXPECT_FALSE(attainable_roof("cortex-m4", Arithmetic::kFloat));
  EXPECT_FALSE(attainable_roof("cortex-m99", Arithmetic::kInteger));
}

TEST(KernelNotes, SayWhatKeepsDepthwiseConvolutionFromItsFastKernels) {
  const std::vector<std::string> general = {"arm_depthwise_conv_wrapper_s8",
                                            "arm_depthwise_conv_s8"};
  EXPECT_THAT(run(depthwise({.multiplier = 8}), "DepthwiseConvEval", general).notes,
              ElementsAre(HasSubstr("depth multiplier 8")));
  EXPECT_THAT(run(depthwise({.dilation = 2}), "DepthwiseConvEval", general).notes,
              ElementsAre(HasSubstr("dilation 2 x 2")));
  EXPECT_THAT(run(depthwise({}), "DepthwiseConvEval", {"arm_depthwise_conv_3x3_s8"}).notes,
              IsEmpty());
  EXPECT_THAT(
      run(depthwise({.filter = 5}), "DepthwiseConvEval", {"arm_depthwise_conv_s8_opt"}).notes,
      IsEmpty());
}

TEST(KernelNotes, SayWhyAPointwiseConvolutionIsNotTheFastOne) {
  const Shape strided = {.filter = 1, .stride = 2};
  EXPECT_THAT(run(convolution(strided), "ConvEval", {"arm_convolve_1x1_s8"}).notes,
              ElementsAre(AllOf(HasSubstr("stride 2 x 2"), HasSubstr("arm_convolve_1x1_s8_fast"))));
  const Shape odd = {.channels = 6, .filter = 1};
  EXPECT_THAT(run(convolution(odd), "ConvEval", {"arm_convolve_s8"}).notes,
              ElementsAre(HasSubstr("6 input channels")));
  EXPECT_THAT(run(convolution({.filter = 1}), "ConvEval", {"arm_convolve_1x1_s8_fast"}).notes,
              IsEmpty());
}

TEST(KernelNotes, SayThatARemainderIsMultipliedOneByOne) {
  // 3 x 3 x 3 = 27 values.
  EXPECT_THAT(run(convolution({.channels = 3}), "ConvEval", {"arm_convolve_s8.constprop.0"}).notes,
              ElementsAre(AllOf(HasSubstr("27 values"), HasSubstr("3 of them"))));
}

TEST(KernelNotes, FindSoftFloat) {
  const LayerRow row = run(convolution({}), "ConvEval", {"arm_convolve_s8", "__aeabi_dmul"});
  EXPECT_THAT(row.notes, ElementsAre(AllOf(HasSubstr("soft float"), HasSubstr("__aeabi_dmul"),
                                           HasSubstr("double"))));
  EXPECT_THAT(run(convolution({}), "ConvEval", {"arm_convolve_s8", "__aeabi_fadd"}).notes,
              ElementsAre(HasSubstr("-mfloat-abi")));
  // Integer division and moving memory are no floating point.
  EXPECT_THAT(
      run(convolution({}), "ConvEval", {"arm_convolve_s8", "__aeabi_uldivmod", "__aeabi_memcpy"})
          .notes,
      IsEmpty());
}

TEST(KernelNotes, SayThatKernelsWereCompiledWithoutTheDspExtension) {
  EXPECT_THAT(run(convolution({}), "ConvEval", {"arm_convolve_s8"}, code_without_smlad()).notes,
              ElementsAre(HasSubstr("no SMLAD")));
  EXPECT_THAT(run(convolution({}), "ConvEval", {"arm_convolve_s8"}, code_with_smlad()).notes,
              IsEmpty());
}

TEST(KernelNotes, SayThatWeightsAreNotAligned) {
  ModelWriter model = convolution({});
  std::vector<std::uint8_t> flash(1, 0xFF);  // the model begins at an odd address
  const std::vector<std::uint8_t> bytes = model.write();
  flash.insert(flash.end(), bytes.begin(), bytes.end());
  test::ProfilerBench bench(
      {layer_rules("tflite_micro")},
      {function("main", 0x100), function("tflite::MicroInterpreter::Invoke()", 0x300),
       function("tflite::(anonymous namespace)::ConvEval(TfLiteContext*, TfLiteNode*)", kEval),
       function("arm_convolve_s8", kFirstKernel)},
      cortex_m4f(), flash);
  for (const Address callee : {Address{0x300}, kEval, kFirstKernel}) bench.script->call(callee);
  bench.script->work(100);
  for (int i = 0; i < 3; ++i) bench.script->ret();
  const ProfileReport report = bench.report();
  EXPECT_THAT(report.inferences.at(0).layers.at(0).notes,
              ElementsAre(HasSubstr("not word-aligned")));
}

TEST(KernelNotes, SayThatControlFlowHidesItsOperators) {
  ModelWriter model("m");
  const auto x = model.tensor("x", {1, 4});
  FlatTable branches;
  branches.set(0, 1).set(1, 2);
  model.op(118, {x}, {model.tensor("y", {1, 4})}, 92, branches);
  for (int i = 0; i < 2; ++i) {
    model.begin_subgraph();
    model.tensor("z", {1});
  }
  EXPECT_THAT(run(model, "IfEval", {}).notes, ElementsAre(HasSubstr("subgraph 1 and 2")));
}

TEST(CodeInspection, RecognisesUnoptimisedFunctions) {
  // arm-none-eabi-gcc -O0: push {r7}; sub sp, #12; add r7, sp, #0; str r0, [r7, #4].
  EXPECT_TRUE(looks_unoptimised({0xB480, 0xB083, 0xAF00, 0x6078}));
  // A frame of 1056 bytes (CMSIS-NN's arm_depthwise_conv_3x3_s8): stmdb sp!, {r4-fp}; sub.w sp, sp,
  // #1056; add r7, sp, #0; add.w r4, r7, #1056; sub.w r4, r4, #908; str r0, [r4, #0].
  EXPECT_TRUE(looks_unoptimised(
      {0xE92D, 0x0FF0, 0xF5AD, 0x6D84, 0xAF00, 0xF507, 0x6484, 0xF5A4, 0x7463, 0x6020}));
  // The same store through a register that has nothing to do with the frame.
  EXPECT_FALSE(looks_unoptimised({0xB480, 0xAF00, 0xF501, 0x6484, 0x6020}));
  // -O2 -fno-omit-frame-pointer keeps r0 in a register.
  EXPECT_FALSE(looks_unoptimised({0xB480, 0xAF00, 0x4408, 0x46BD}));
  EXPECT_FALSE(looks_unoptimised({0x4408, 0x4770}));
}

TEST(CodeInspection, FindsInstructionsThatMultiplyTwice) {
  EXPECT_TRUE(has_dual_multiply({0x4408, 0xFB21, 0x3002}));   // smlad r0, r1, r2, r3
  EXPECT_TRUE(has_dual_multiply({0xFBC2, 0x01C3}));           // smlald r0, r1, r2, r3
  EXPECT_FALSE(has_dual_multiply({0xFB01, 0x3002}));          // mla r0, r1, r2, r3
  EXPECT_FALSE(has_dual_multiply({0xFB11, 0x3002}));          // smlabb r0, r1, r2, r3
  EXPECT_FALSE(has_dual_multiply({0xF8D0, 0xFB21, 0x3002}));  // the second half of another
}

}  // namespace
}  // namespace tinyscope
