// Each framework that rules are shipped for, by the names its public sources give to functions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "profiler/layer_rules.hpp"
#include "tests/profiler/bench.hpp"

namespace tinyscope {
namespace {

using test::function;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A function and what it calls, in this order. Each runs 100 cycles of its own.
struct Call {
  std::string name;
  std::vector<Call> calls;
};

class Firmware {
 public:
  explicit Firmware(const Call& root) {
    symbols_.push_back(function("main", kMain));
    give_address(root);
  }

  // With all rules that are shipped, as `tinyscope profile` has them.
  ProfileReport run(const Call& root, int times = 1) {
    test::ProfilerBench bench(shipped_layer_rules(), symbols_);
    for (int i = 0; i < times; ++i) make(*bench.script, root);
    return bench.report();
  }

 private:
  static constexpr Address kMain = 0x100;

  void give_address(const Call& call) {
    const auto next = static_cast<Address>(kMain + 0x100 * (addresses_.size() + 1));
    if (addresses_.try_emplace(call.name, next).second) {
      symbols_.push_back(function(call.name, next));
    }
    for (const Call& inner : call.calls) give_address(inner);
  }
  void make(test::Script& script, const Call& call) {
    script.call(addresses_.at(call.name));
    script.push(16);
    script.work(100);
    for (const Call& inner : call.calls) make(script, inner);
    script.ret();
  }

  std::map<std::string, Address> addresses_;
  std::vector<Symbol> symbols_;
};

ProfileReport profile(const Call& root, int times = 1) { return Firmware(root).run(root, times); }

std::vector<std::string> ops(const ProfileReport& report) {
  std::vector<std::string> names;
  for (const InferenceRow& row : report.inferences) {
    for (const LayerRow& layer : row.layers) names.push_back(layer.op);
  }
  return names;
}

std::vector<KernelKind> kinds(const ProfileReport& report) {
  std::vector<KernelKind> result;
  for (const LayerRow& layer : report.inferences.at(0).layers) result.push_back(layer.kernel_kind);
  return result;
}

// mlcommons/tiny_results_v1.0, closed/OctoML/code/microtvm_native/NUCLEO_L4R5ZI/ic,
// model/codegen/host/src/default_lib0.c and default_lib1.c.
TEST(FrameworkRules, TakeFusedFunctionsOfMicroTvmForOperators) {
  const ProfileReport report = profile(
      {"tvmgen_default_run",
       {{"tvmgen_default___tvm_main__",
         {{"tvmgen_default_fused_cast_subtract", {}},
          {"tvmgen_default_fused_nn_conv2d_add_cast_multiply_add_right_shift_cast_add_clip_cast_"
           "clip",
           {}},
          {"tvmgen_default_fused_nn_avg_pool2d_cast", {}},
          {"tvmgen_default_fused_reshape_cast_subtract", {}},
          {"tvmgen_default_fused_nn_dense_add_fixed_point_multiply_add_clip_cast_cast_subtract_"
           "cast_multipl_10ab34501c4d620e_",
           {}},
          {"tvmgen_default_fused_nn_softmax_divide_round_add_clip_cast", {}}}}}});
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_EQ(report.inferences[0].rules, "microtvm");
  EXPECT_THAT(ops(report), ElementsAre("tvmgen_default_fused_cast_subtract", "CONV_2D",
                                       "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"));
  EXPECT_EQ(kinds(report)[1], KernelKind::kReference);
}

// The same submission's microtvm_cmsis_nn.
TEST(FrameworkRules, NameOperatorsOfMicroTvmByTheCmsisNnFunctionsTheyCall) {
  const ProfileReport report =
      profile({"tvmgen_default___tvm_main__",
               {{"tvmgen_default_cmsis_nn_main_0",
                 {{"arm_convolve_wrapper_s8",
                   {{"arm_convolve_s8", {{"arm_nn_mat_mult_kernel_s8_s16", {}}}}}}}},
                {"tvmgen_default_cmsis_nn_main_1",
                 {{"arm_depthwise_conv_wrapper_s8", {{"arm_depthwise_conv_3x3_s8", {}}}}}},
                {"tvmgen_default_cmsis_nn_main_11", {{"arm_softmax_s8", {}}}}}},
              2);
  EXPECT_THAT(report.inferences, SizeIs(2));
  EXPECT_THAT(ops(report), ElementsAre("CONV_2D", "DEPTHWISE_CONV_2D", "SOFTMAX", "CONV_2D",
                                       "DEPTHWISE_CONV_2D", "SOFTMAX"));
  EXPECT_EQ(kinds(report)[0], KernelKind::kOptimised);
}

TEST(FrameworkRules, TellSlowCmsisNnKernelsWithoutAModelByWhichOneTheWrapperTook) {
  const ProfileReport report =
      profile({"tvmgen_default___tvm_main__",
               {{"tvmgen_default_cmsis_nn_main_0",
                 {{"arm_depthwise_conv_wrapper_s8", {{"arm_depthwise_conv_s8", {}}}}}},
                {"tvmgen_default_cmsis_nn_main_1",
                 {{"arm_depthwise_conv_wrapper_s8", {{"arm_depthwise_conv_3x3_s8", {}}}}}}}});
  const std::vector<LayerRow>& layers = report.inferences.at(0).layers;
  EXPECT_THAT(layers.at(0).notes, ElementsAre(HasSubstr("general depthwise kernel")));
  EXPECT_THAT(layers.at(1).notes, IsEmpty());
}

// mit-han-lab/tinyengine: symbols of tutorial/inference/Debug/TinyEngine_vww_tutorial.elf.
TEST(FrameworkRules, TakeKernelsOfTinyEngineForOperators) {
  const Call model = {
      "invoke",
      {{"convolve_s8_kernel3_inputch3_stride2_pad1_fpreq",
        {{"mat_mult_kernel3_input3_s8_s16_fpreq", {}}}},
       {"depthwise_kernel3x3_stride1_inplace_CHW_fpreq", {}},
       {"convolve_1x1_s8_ch16_fpreq", {{"mat_mult_kernel_s8_s16_reordered_ch16_fpreq", {}}}},
       {"add_fpreq", {}},
       {"memcpy", {}},
       {"avg_pooling", {}}}};
  const ProfileReport report = profile(model);
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_EQ(report.inferences[0].rules, "tinyengine");
  EXPECT_THAT(ops(report),
              ElementsAre("CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "ADD", "AVERAGE_POOL_2D"));
  EXPECT_EQ(kinds(report)[2], KernelKind::kOptimised);
}

TEST(FrameworkRules, FindPatchesOfTinyEngine) {
  // Generated genModel.c of the patch-based network in tests/examples/assets/vww_patchedbased.
  const Call patch = {"invoke_1patch",
                      {{"patchpadding_depthwise_kernel3x3_stride1_inplace_CHW", {}},
                       {"convolve_1x1_s8_ch16", {{"mat_mult_kernel_s8_s16_reordered", {}}}}}};
  const ProfileReport report = profile({"invoke", {patch, patch, {"convolve_1x1_s8", {}}}});
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_THAT(report.inferences[0].layers, SizeIs(5));
}

TEST(FrameworkRules, DoNotTakeAnyFunctionCalledInvokeForTinyEngine) {
  EXPECT_THAT(profile({"invoke", {{"convolve_my_own_way", {}}}}).inferences, IsEmpty());
}

// Symbols of NetworkRuntime910_CM4_GCC.a and sww_model.c of mlcommons/tiny, sww_ref_l4r5zi.
TEST(FrameworkRules, TakeForwardFunctionsOfXCubeAiForOperators) {
  const ProfileReport report = profile({"ai_sww_model_run",
                                        {{"ai_platform_network_process",
                                          {{"ai_platform_get_something", {}},
                                           {"ai_layers_forward_all",
                                            {{"forward_dw_sssa8_ch", {{"st_sssa8_conv_dw", {}}}},
                                             {"forward_pw_sssa8_ch", {}},
                                             {"forward_dense_integer_SSSA", {}},
                                             {"forward_conv2d_if32of32wf32", {}},
                                             {"forward_sm_integer", {}}}}}}}});
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_EQ(report.inferences[0].rules, "x_cube_ai");
  EXPECT_THAT(ops(report),
              ElementsAre("DEPTHWISE_CONV_2D", "CONV_2D", "FULLY_CONNECTED", "CONV_2D", "SOFTMAX"));
  EXPECT_THAT(kinds(report),
              ElementsAre(KernelKind::kOptimised, KernelKind::kOptimised, KernelKind::kOptimised,
                          KernelKind::kFloat, KernelKind::kOptimised));
}

// STMicroelectronics/st-mems-ispu, tutorials/st_edge_ai_pytorch/ispu/src/network.c.
TEST(FrameworkRules, TakeLiteFunctionsOfNewerXCubeAiForOperators) {
  const ProfileReport report = profile({"stai_network_run",
                                        {{"forward_lite_node_convert_integer_if32os8", {}},
                                         {"forward_lite_dense_is8os8ws8", {}},
                                         {"forward_lite_dense_is8os8ws8", {}}}});
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_THAT(ops(report), ElementsAre("QUANTIZE", "FULLY_CONNECTED", "FULLY_CONNECTED"));
  EXPECT_EQ(kinds(report)[1], KernelKind::kOptimised);
}

// edgeimpulse/firmware-arduino-nano-33-ble-sense, src/tflite-model/tflite_learn_43_3_compiled.cpp:
// invoke() calls the registrations of TensorFlow Lite Micro one by one.
TEST(FrameworkRules, FindOperatorsOfEdgeImpulseEon) {
  const std::string eval = "tflite::(anonymous namespace)::Eval(TfLiteContext*, TfLiteNode*)";
  const std::string softmax =
      "tflite::(anonymous namespace)::SoftmaxEval(TfLiteContext*, TfLiteNode*)";
  for (const char* invoke : {"tflite_learn_43_3_invoke()", "trained_model_invoke()"}) {
    const ProfileReport report =
        profile({"run_classifier",
                 {{invoke,
                   {{eval, {{"arm_fully_connected_s8", {{"arm_nn_vec_mat_mult_t_s8", {}}}}}},
                    {softmax, {}}}}}});
    ASSERT_THAT(report.inferences, SizeIs(1)) << invoke;
    EXPECT_EQ(report.inferences[0].rules, "edge_impulse_eon");
    EXPECT_THAT(ops(report), ElementsAre("FULLY_CONNECTED", "SOFTMAX"));
    EXPECT_EQ(kinds(report)[0], KernelKind::kOptimised);
    EXPECT_EQ(kinds(report)[1], KernelKind::kReference);
  }
}

// ArduCAM/Pico4ML-Magic-Wand, tflite-model/trained_model_compiled.cpp of 2021, with kernels of
// then.
TEST(FrameworkRules, NameOperatorsOfOldKernelsByTheirNamespace) {
  const std::string parameters = "(TfLiteContext*, TfLiteNode*)";
  const ProfileReport report =
      profile({"trained_model_invoke()",
               {{"tflite::ops::micro::conv::Eval" + parameters, {{"memcpy", {}}}},
                {"tflite::ops::micro::depthwise_conv::Eval" + parameters, {}},
                {"tflite::ops::micro::reshape::Eval" + parameters, {}}}});
  EXPECT_THAT(ops(report), ElementsAre("CONV_2D", "DEPTHWISE_CONV_2D", "RESHAPE"));
}

// pytorch/executorch: runtime/executor/method.cpp, backends/cortex_m/ops, kernels/portable/cpu.
TEST(FrameworkRules, FindKernelsOfExecuTorchBelowGeneratedWrappers) {
  const std::string context = "(executorch::runtime::KernelRuntimeContext&, int)";
  const auto wrapped = [](const std::string& kernel, std::vector<Call> below) {
    return Call{"torch::executor::function::{lambda()#1}::_FUN()", {{kernel, std::move(below)}}};
  };
  const ProfileReport report =
      profile({"executorch::ET_RUNTIME_NAMESPACE::Method::execute()",
               {{"executorch::ET_RUNTIME_NAMESPACE::Method::execute_instruction()",
                 {wrapped("cortex_m::native::quantized_conv2d_out" + context,
                          {{"arm_convolve_wrapper_s8", {{"arm_convolve_s8", {}}}}}),
                  wrapped("torch::executor::native::add_out" + context, {}),
                  wrapped("cortex_m::native::quantized_linear_out" + context,
                          {{"arm_fully_connected_s8", {}}})}}}});
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_EQ(report.inferences[0].rules, "executorch");
  EXPECT_THAT(ops(report), ElementsAre("CONV_2D", "ADD", "FULLY_CONNECTED"));
  EXPECT_THAT(kinds(report),
              ElementsAre(KernelKind::kOptimised, KernelKind::kReference, KernelKind::kOptimised));
}

// emlearn/emlearn: emlearn/eml_net.h and eml_trees.h.
TEST(FrameworkRules, FindLayersOfEmlearnNetworksAndTreesOfForests) {
  const ProfileReport net = profile({"eml_net_predict",
                                     {{"eml_net_infer",
                                       {{"eml_net_layer_forward", {{"expf", {}}}},
                                        {"eml_net_layer_forward", {{"eml_net_softmax", {}}}}}},
                                      {"eml_net_argmax", {}}}});
  ASSERT_THAT(net.inferences, SizeIs(1));
  EXPECT_EQ(net.inferences[0].rules, "emlearn");
  EXPECT_THAT(ops(net), ElementsAre("FULLY_CONNECTED", "FULLY_CONNECTED"));
  EXPECT_EQ(kinds(net)[0], KernelKind::kFloat);

  const ProfileReport forest = profile(
      {"eml_trees_predict", {{"eml_trees_predict_tree", {}}, {"eml_trees_predict_tree", {}}}});
  EXPECT_THAT(ops(forest), ElementsAre("DECISION_TREE", "DECISION_TREE"));
}

TEST(FrameworkRules, SayThatOperatorsMayHaveBeenInlinedWhereNoneWasCalled) {
  const ProfileReport report = profile({"eml_net_predict", {{"expf", {}}}});
  ASSERT_THAT(report.inferences, SizeIs(1));
  EXPECT_THAT(report.inferences[0].layers, IsEmpty());
  EXPECT_THAT(report.assumptions,
              Contains(Field(&Assumption::text, HasSubstr("may have inlined them"))));
}

}  // namespace
}  // namespace tinyscope
