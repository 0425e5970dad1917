// A bare .tflite in the shipped runner: what is refused with which words, and that the model of a
// sample does there what it does in the sample's image.
#include "sim/cli/bare_model.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sim/cli/firmware.hpp"
#include "tests/cli/program.hpp"
#include "tests/profiler/tflite_writer.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kSamples = TINYSCOPE_SOURCE_DIR "/firmware-samples/";
const std::string kModel = kSamples + "kws/kws_ds_cnn_int8.tflite";

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

// What profile says of a model with this content on that board; it must refuse it.
std::string refusal(const std::string& model, const std::string& board = "nucleo-l4r5zi",
                    const std::vector<std::string>& more = {}) {
  const TemporaryFile file("model.tflite", model);
  std::vector<std::string> arguments = {"profile", file.path(), "--board", board};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = tinyscope_program(arguments);
  EXPECT_EQ(outcome.status, 2) << outcome.out;
  EXPECT_THAT(outcome.error, HasSubstr("tinyscope: error: "));
  return outcome.error;
}

TEST(BareModel, AFileThatIsNoModelIsRefused) {
  EXPECT_THAT(refusal(""), HasSubstr("expected the identifier 'TFL3'"));
  EXPECT_THAT(refusal("PK\3\4 something else"), HasSubstr("offset 0x4: expected the identifier"));
}

TEST(BareModel, ATruncatedFileIsRefused) {
  EXPECT_THAT(refusal(content(kModel).substr(0, 20'000)),
              HasSubstr("the file is truncated (20000 bytes) or damaged"));
}

TEST(BareModel, OperatorsThatTheRunnerLacksAreNamedWithThoseItHas) {
  ModelWriter model("unknown operators");
  const auto x = model.tensor("x", {1, 8});
  const auto y = model.tensor("y", {1, 8});
  model.custom_op("Frobnicate", {x}, {y});
  model.op(66, {y}, {model.tensor("z", {1, 8})});
  EXPECT_THAT(refusal(text_of(model.write())),
              AllOf(HasSubstr("the runner has no Frobnicate, SIN; it has ADD, "),
                    HasSubstr(", CONV_2D, "), HasSubstr("SOFTMAX")));
}

TEST(BareModel, ATensorOfATypeWithoutKernelsIsNamed) {
  ModelWriter model("uint8");
  const auto x = model.tensor("pixels", {1, 8});
  model.op(22, {x}, {model.tensor("y", {8})});
  model.set_type(x, 3);
  EXPECT_THAT(refusal(text_of(model.write())),
              HasSubstr("tensor 'pixels' of operator 0 (RESHAPE) is uint8; the runner has kernels "
                        "for int8 and float32"));
}

TEST(BareModel, AModelLargerThanFlashSaysByHowMuch) {
  std::string model = content(kModel);
  const BoardDescription board = load_board("nucleo-f446re");
  const FirmwareImage image = load_image(kModel, "", &board);
  const Address model_at = image.symbols.find("runner_model")->address;
  const std::size_t room = 0x0808'0000u - model_at;  // RM0390: 512 Kbytes from 0x08000000
  model.resize(room + 17);
  EXPECT_THAT(refusal(model, "nucleo-f446re"), HasSubstr(", 17 more than the "));
  model.resize(room);
  const TemporaryFile fits("model.tflite", model);
  EXPECT_EQ(tinyscope_program({"run", fits.path(), "--board", "nucleo-f446re"}).status, 0);
}

TEST(BareModel, TensorsThatNeverFitRamAreRefusedBeforeTheRun) {
  ModelWriter model("wide");
  const auto x = model.tensor("x", {1, 90'000});
  model.op(22, {x}, {model.tensor("y", {90'000})});
  const std::string bytes = text_of(model.write());
  EXPECT_THAT(refusal(bytes, "nucleo-f446re"),
              HasSubstr("the tensors alive at operator 0 (RESHAPE) take 180000 bytes"));
  const TemporaryFile fits("model.tflite", bytes);
  EXPECT_EQ(tinyscope_program({"run", fits.path(), "--board", "nucleo-l4r5zi"}).status, 0);
}

TEST(BareModel, AnArenaThatTablesMakeTooSmallIsRefusedInTheRunnersWords) {
  const BoardDescription board = load_board("nucleo-f446re");
  const FirmwareImage image = load_image(kModel, "", &board);
  const std::uint32_t room = image.symbols.find("runner_arena")->size;
  const auto size = static_cast<std::int32_t>(room / 2 / 16 * 16);
  ModelWriter model("nearly");
  const auto x = model.tensor("x", {1, size});
  model.op(22, {x}, {model.tensor("y", {size})});
  EXPECT_THAT(refusal(text_of(model.write()), "nucleo-f446re"),
              AllOf(HasSubstr("the tensor arena would need "),
                    HasSubstr(fmt::format("there is room for {}", room))));
}

TEST(BareModel, AnOperatorThatTheRuntimeCannotPrepareIsNamed) {
  ModelWriter model("two sizes");
  const auto x = model.tensor("x", {1, 8});
  const auto y = model.tensor("y", {8});
  model.op(22, {x}, {y});
  model.op(22, {y}, {model.tensor("z", {9})});
  EXPECT_THAT(refusal(text_of(model.write())),
              HasSubstr("the runner cannot prepare operator 1 of the model: bad operator"));
}

TEST(BareModel, BoardsWithoutARunnerAndOptionsThatDoNotFitAreRefused) {
  const std::string model = content(kModel);
  EXPECT_THAT(refusal(model, "stm32f4discovery"),
              AllOf(HasSubstr("there is no runner for bare models on this chip"),
                    HasSubstr("nano33ble-sense (nrf52840), nucleo-l4r5zi (stm32l4r5)")));
  EXPECT_THAT(refusal(model, "nucleo-l4r5zi", {"--bin-address", "0x0"}),
              HasSubstr("--bin-address: "));
  EXPECT_THAT(refusal(model, "nano33ble", {"--bootloader", kModel}), HasSubstr("--bootloader: "));
  const Outcome outcome =
      tinyscope_program({"profile", kSamples + "kws/prebuilt/kws-nucleo_l4r5zi-dsp.elf", "--board",
                         "nucleo-l4r5zi", "--kernels", "dsp"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.error, HasSubstr("--kernels dsp: is about bare models"));
}

nlohmann::json profile_on(const std::string& board, std::vector<std::string> more) {
  const TemporaryFile report("report.json");
  more.insert(more.begin(), {"profile", "--board", board, "-q", "--json", report.path()});
  const Outcome outcome = tinyscope_program(std::move(more));
  EXPECT_EQ(outcome.status, 0) << outcome.error << outcome.out;
  return nlohmann::json::parse(report.content());
}

// Flash around the weights and RAM around the arena differ, so prefetches and caches may.
TEST(BareModel, TheModelOfASampleTakesAsLongAsInTheSamplesImage) {
  const auto bare = profile_on("nucleo-l4r5zi", {kModel});
  const auto sample =
      profile_on("nucleo-l4r5zi",
                 {kSamples + "kws/prebuilt/kws-nucleo_l4r5zi-dsp.elf", "--until", "inferences:2"});
  ASSERT_EQ(bare["inferences"].size(), 2u);
  const auto& layers = bare["inferences"][1]["layers"];
  const auto& expected = sample["inferences"][1]["layers"];
  ASSERT_EQ(layers.size(), expected.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    EXPECT_EQ(layers[i]["op"], expected[i]["op"]);
    EXPECT_EQ(layers[i]["name"], expected[i]["name"]);
    EXPECT_EQ(layers[i]["kernel"], expected[i]["kernel"]);
    const double cycles = layers[i]["cycles"].get<double>();
    EXPECT_NEAR(cycles, expected[i]["cycles"].get<double>(), 0.03 * cycles + 50) << i;
  }
  EXPECT_EQ(bare["firmware"]["path"], "kws_ds_cnn_int8.tflite");
  EXPECT_EQ(bare["firmware"]["format"], "tflite in runner-nucleo_l4r5zi-dsp");
  EXPECT_EQ(bare["stop_reason"], "2 inferences are complete");
}

TEST(BareModel, ReferenceKernelsAreARunnerOfTheirOwn) {
  const auto report = profile_on("nano33ble_sense", {kModel, "--kernels", "reference"});
  EXPECT_EQ(report["inferences"][1]["layers"][0]["kernel"], "mlrt_conv2d_s8_reference");
}

// What the kws sample prints of its plan (console/sample.cpp), which is of the same model.
TEST(BareModel, RamIsWhatThePlanTakesAndNotAllThatTheBoardHas) {
  const Outcome sample =
      tinyscope_program({"run", kSamples + "kws/prebuilt/kws-nucleo_l4r5zi-dsp.elf", "--board",
                         "nucleo-l4r5zi", "--until", "uart:bytes"});
  const std::size_t at = sample.out.find("arena: ");
  ASSERT_NE(at, std::string::npos) << sample.out;
  const unsigned long planned = std::stoul(sample.out.substr(at + 7));
  const auto memory = profile_on("nucleo-l4r5zi", {kModel})["memory"];
  const unsigned long used = memory["arena"]["used_bytes"];
  EXPECT_GE(used, planned);
  EXPECT_LE(used, planned + 13 * 8);  // an operator of the runner may have one more operand
  EXPECT_EQ(memory["arena_bytes"], used);
  EXPECT_THAT(memory["arena"]["used_source"].get<std::string>(), HasSubstr("runner_arena_bytes"));
  EXPECT_GT(memory["static_ram_bytes"], planned);
  EXPECT_LT(memory["ram_peak_bytes"], planned + 4096);
}

// A machine whose inputs a host puts in and whose outputs it takes out.
TEST(BareModel, OutputsEqualThoseThatTheSamplePrints) {
  const std::string input = content(kSamples + "kws/verify_input.bin");
  const BoardDescription board = load_board("nucleo-l4r5zi");
  const FirmwareImage image = load_image(kModel, "", &board);
  Machine machine(board, image, {});
  Bus& bus = machine.bus();
  const auto word = [&](const char* symbol, Address offset) {
    return bus.read(image.symbols.find(symbol)->address + offset, AccessSize::kWord, {}, true)
        .value;
  };
  std::vector<std::uint8_t> output;
  machine.core().watch_address(image.symbols.find("runner_before_inference")->address, [&] {
    ASSERT_EQ(word("runner_inputs", 4), input.size());
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    ASSERT_TRUE(bus.copy_in(word("runner_inputs", 0), bytes));
  });
  machine.core().watch_address(image.symbols.find("runner_after_inference")->address, [&] {
    output.resize(word("runner_outputs", 4));
    ASSERT_TRUE(bus.copy_out(word("runner_outputs", 0), output));
    machine.core().request_stop({StopKind::kRequested, "done", 0});
  });
  machine.power_on();
  machine.core().run();
  std::string hex;
  for (const std::uint8_t byte : output) hex += fmt::format("{:02x}", byte);

  const Outcome sample =
      tinyscope_program({"run", kSamples + "kws/prebuilt/kws-nucleo_l4r5zi-dsp.elf", "--board",
                         "nucleo-l4r5zi", "--until", "uart:RESULT 0"});
  EXPECT_THAT(sample.out, HasSubstr("OUTPUT " + hex + "\r\n"));
}

}  // namespace
}  // namespace tinyscope
