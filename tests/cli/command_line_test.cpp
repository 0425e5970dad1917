// The program as its users see it: output, files, exit statuses.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/log.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

using namespace test;

const std::string kKws = TINYSCOPE_SOURCE_DIR "/firmware-samples/kws/";
const std::string kKwsDsp = kKws + "prebuilt/kws-dsp.elf";
const std::string kVerifyDsp = kKws + "prebuilt/kws-verify-dsp.elf";

TEST(CommandLine, ListsBoardsWithTheirInputs) {
  const Outcome outcome = tinyscope_program({"boards"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("nano33ble-sense"), std::string::npos);
  EXPECT_NE(outcome.out.find("--mic"), std::string::npos);
  EXPECT_NE(outcome.out.find("--sensor environment="), std::string::npos);
  EXPECT_EQ(outcome.out.find("--imu --imu"), std::string::npos);
}

TEST(CommandLine, HelpExitsWithZeroAndNamesEveryCommand) {
  const Outcome outcome = tinyscope_program({"--help"});
  EXPECT_EQ(outcome.status, 0);
  for (const char* const command : {"boards", "run", "profile", "inspect"}) {
    EXPECT_NE(outcome.out.find(command), std::string::npos) << command;
  }
}

TEST(CommandLine, ProfileNamesEveryLayerOfTheKeywordModelAndHearsTheWord) {
  const Outcome outcome = tinyscope_program(
      {"profile", kKwsDsp, "--board", "nano33ble-sense", "--mic", kKws + "audio/yes.wav"});
  ASSERT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_NE(outcome.out.find("RESULT 0: yes"), std::string::npos) << outcome.out;
  for (const char* const op : {"CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "FULLY_CONNECTED",
                               "SOFTMAX", "2,656,768"}) {
    EXPECT_NE(outcome.out.find(op), std::string::npos) << op;
  }
}

// Multiply-accumulates of a convolution: output places x output channels x filter size x inputs.
TEST(CommandLine, ProfileNamesEveryLayerOfTheImageModelWithItsMacs) {
  using Layer = std::pair<std::string, std::uint64_t>;
  const auto report =
      profile_json({TINYSCOPE_SOURCE_DIR "/firmware-samples/ic/prebuilt/ic-dsp.elf"});
  std::vector<Layer> layers;
  for (const auto& layer : report["inferences"][0]["layers"]) {
    layers.emplace_back(layer["name"], layer["macs"]);
  }
  const std::vector<Layer> expected = {
      {"conv", 32 * 32 * 16 * 3 * 3 * 3},
      {"stack1/conv1", 32 * 32 * 16 * 3 * 3 * 16},
      {"stack1/conv2", 32 * 32 * 16 * 3 * 3 * 16},
      {"stack1/add", 0},
      {"stack2/conv1", 16 * 16 * 32 * 3 * 3 * 16},
      {"stack2/conv2", 16 * 16 * 32 * 3 * 3 * 32},
      {"stack2/shortcut", 16 * 16 * 32 * 16},
      {"stack2/add", 0},
      {"stack3/conv1", 8 * 8 * 64 * 3 * 3 * 32},
      {"stack3/conv2", 8 * 8 * 64 * 3 * 3 * 64},
      {"stack3/shortcut", 8 * 8 * 64 * 32},
      {"stack3/add", 0},
      {"average_pool", 0},
      {"reshape", 0},
      {"fully_connected", 64 * 10},
      {"softmax", 0},
  };
  EXPECT_EQ(layers, expected);
}

TEST(CommandLine, EachShippedRecordingIsRecognised) {
  for (const std::string word : {"yes", "no", "stop", "go", "left", "silence"}) {
    const Outcome outcome = tinyscope_program({"run", kKwsDsp, "--board", "nano33ble-sense",
                                               "--mic", kKws + "audio/" + word + ".wav", "--until",
                                               "uart:RESULT 0: " + word, "--limit-time", "3s"});
    EXPECT_EQ(outcome.status, 0) << word << ": " << outcome.out;
  }
}

TEST(CommandLine, ReportAddsUpAtEveryLevel) {
  const auto report = profile_json({kKwsDsp, "--mic", kKws + "audio/no.wav"});
  EXPECT_EQ(report["schema_version"], 2);
  std::uint64_t total = report["unattributed_cycles"].get<std::uint64_t>();
  for (const auto& inference : report["inferences"]) {
    for (const auto& layer : inference["layers"]) {
      const auto cycles = layer["cycles"].get<std::uint64_t>();
      std::uint64_t by_cause = 0;
      for (const auto& [cause, spent] : layer["stalls"].items()) {
        by_cause += spent.get<std::uint64_t>();
      }
      EXPECT_EQ(by_cause, cycles) << layer.dump();
      total += cycles;
    }
  }
  for (const auto& interrupt : report["interrupts"]) {
    total += interrupt["cycles"].get<std::uint64_t>();
  }
  EXPECT_EQ(total, report["total_cycles"].get<std::uint64_t>());
}

TEST(CommandLine, TwoRunsGiveTheSameReportApartFromTheHost) {
  auto first = profile_json({kVerifyDsp});
  auto second = profile_json({kVerifyDsp});
  first.erase("host");
  second.erase("host");
  EXPECT_EQ(first, second);
}

TEST(CommandLine, ProfilingChangesNoCycle) {
  const auto report = profile_json({kVerifyDsp, "--until", "uart:VERIFY DONE"});
  const std::string cycles = std::to_string(report["total_cycles"].get<std::uint64_t>());
  // A plain run that may go on exactly that long is complete, one cycle less is not.
  EXPECT_EQ(tinyscope_program({"run", kVerifyDsp, "--board", "nano33ble-sense", "--until",
                               "uart:VERIFY DONE", "--limit-cycles", cycles})
                .status,
            0);
  const auto short_by = std::to_string(report["total_cycles"].get<std::uint64_t>() - 1000);
  EXPECT_EQ(tinyscope_program({"run", kVerifyDsp, "--board", "nano33ble-sense", "--until",
                               "uart:VERIFY DONE", "--limit-cycles", short_by})
                .status,
            124);
}

TEST(CommandLine, UntilTimeAndCyclesEndARunWithSuccess) {
  EXPECT_EQ(tinyscope_program({"run", kKwsDsp, "--board", "nano33ble-sense", "--until", "time:5ms"})
                .status,
            0);
  EXPECT_EQ(
      tinyscope_program({"run", kKwsDsp, "--board", "nano33ble-sense", "--until", "cycles:100000"})
          .status,
      0);
  EXPECT_EQ(
      tinyscope_program({"run", kKwsDsp, "--board", "nano33ble-sense", "--until", "symbol:main"})
          .status,
      0);
}

TEST(CommandLine, OptionsMayStandBeforeTheFirmware) {
  EXPECT_EQ(tinyscope_program({"run", "--until", "time:1ms", "--print", "0:u32", kKwsDsp, "--board",
                               "nano33ble-sense"})
                .status,
            0);
}

TEST(CommandLine, TheFirstConditionThatIsMetCounts) {
  EXPECT_EQ(tinyscope_program({"run", kKwsDsp, "--board", "nano33ble-sense", "--until",
                               "uart:never printed", "--until", "time:1ms"})
                .status,
            0);
}

TEST(CommandLine, LimitsEndARunWithStatus124) {
  const std::vector<std::vector<std::string>> limits = {{"--limit-cycles", "100000"},
                                                        {"--limit-time", "5ms"},
                                                        {"--limit-uart-bytes", "10"},
                                                        {"--limit-no-progress", "100ms"}};
  for (const auto& limit : limits) {
    std::vector<std::string> arguments = {"run", kKwsDsp, "--board", "nano33ble-sense"};
    arguments.insert(arguments.end(), limit.begin(), limit.end());
    EXPECT_EQ(tinyscope_program(arguments).status, 124) << limit[0];
  }
}

TEST(CommandLine, InferencesConditionEndsWithTheInference) {
  const auto report = profile_json({kVerifyDsp, "--until", "inferences:1"});
  ASSERT_EQ(report["inferences"].size(), 1u);
  EXPECT_EQ(report["inferences"][0]["layers"].size(), 13u);
}

TEST(CommandLine, PrintShowsMemoryBySymbolAndByAddress) {
  const Outcome outcome =
      tinyscope_program({"run", kKwsDsp, "--board", "nano33ble-sense", "--until", "time:1ms",
                         "--print", "0x0:hex[4]", "--print", "0x4:u32"});
  ASSERT_EQ(outcome.status, 0);
  // The initial stack pointer, little endian: top of 256 KiB of RAM.
  EXPECT_NE(outcome.out.find("0x0 = 00000420"), std::string::npos) << outcome.out;
}

TEST(CommandLine, UartScriptWaitsAndFailsWhenItTakesTooLong) {
  const TemporaryFile good("good.txt", "# waits for the greeting\nwait keyword spotting\n");
  EXPECT_EQ(tinyscope_program({"run", kKwsDsp, "--board", "nano33ble-sense", "--uart-script",
                               good.path(), "--until", "time:100ms"})
                .status,
            0);
  const TemporaryFile bad("bad.txt", "wait[50ms] never printed\n");
  EXPECT_EQ(tinyscope_program({"run", kKwsDsp, "--board", "nano33ble-sense", "--uart-script",
                               bad.path(), "--limit-time", "1s"})
                .status,
            1);
}

TEST(CommandLine, UartGoesToAFileWhenAsked) {
  const TemporaryFile uart("uart.txt");
  const Outcome outcome = tinyscope_program({"run", kKwsDsp, "--board", "nano33ble-sense", "--uart",
                                             uart.path(), "--until", "uart:keyword spotting"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(uart.content().starts_with("keyword spotting")) << uart.content();
  EXPECT_EQ(outcome.out.find("keyword spotting"), std::string::npos);
}

TEST(CommandLine, SetGivesAParameterAnotherValueAndTheReportSaysSo) {
  const auto report =
      profile_json({kVerifyDsp, "--set", "nvmc.write_us=50", "--until", "cycles:1000"});
  const std::string assumptions = report["assumptions"].dump();
  EXPECT_NE(assumptions.find("parameter write_us of nvmc is 50"), std::string::npos) << assumptions;
  EXPECT_EQ(assumptions.find("writing a word of flash"), std::string::npos) << assumptions;
}

TEST(CommandLine, SupplyScalesEnergyAndTheReportSaysSo) {
  const auto measured = profile_json({kVerifyDsp, "--until", "cycles:100000"});
  const double volts = measured["energy"]["supply_volts"].get<double>();
  const auto doubled =
      profile_json({kVerifyDsp, "--until", "cycles:100000", "--supply", std::to_string(2 * volts)});
  EXPECT_NEAR(doubled["energy"]["total_uj"].get<double>(),
              2 * measured["energy"]["total_uj"].get<double>(),
              1e-3 * measured["energy"]["total_uj"].get<double>());
  EXPECT_NE(doubled["assumptions"].dump().find("command line: --supply"), std::string::npos);
}

TEST(CommandLine, InspectShowsTheModelInTheImage) {
  const Outcome outcome = tinyscope_program({"inspect", kKwsDsp, "--board", "nano33ble-sense"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("2656768 MACs"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("fits nano33ble-sense"), std::string::npos);
}

// One clear error and exit status 2 for everything a user can get wrong.
struct BadInput {
  std::string name;
  std::vector<std::string> arguments;
  std::string says;  // part of the message
};

class BadInputTest : public ::testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, GivesOneErrorAndStatusTwo) {
  const Outcome outcome = tinyscope_program(GetParam().arguments);
  EXPECT_EQ(outcome.status, 2) << outcome.error;
  EXPECT_NE(outcome.error.find(GetParam().says), std::string::npos) << outcome.error;
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, BadInputTest,
    ::testing::Values(
        BadInput{"NoCommand", {}, "subcommand"},
        BadInput{"UnknownOption", {"boards", "--colour"}, "--colour"},
        BadInput{"MissingFile",
                 {"run", "/nonexistent.elf", "-b", "nano33ble-sense"},
                 "/nonexistent.elf"},
        BadInput{"Folder", {"run", "/tmp", "-b", "nano33ble-sense"}, "/tmp"},
        BadInput{"UnknownBoard", {"run", kKwsDsp, "-b", "nano33blue"}, "nano33ble-sense"},
        BadInput{"WrongMachine", {"run", "/proc/self/exe", "-b", "nano33ble-sense"}, "Arm"},
        BadInput{"MissingWav",
                 {"run", kKwsDsp, "-b", "nano33ble-sense", "--mic", "/nonexistent.wav"},
                 "/nonexistent.wav"},
        BadInput{
            "ElfAsWav", {"run", kKwsDsp, "-b", "nano33ble-sense", "--mic", kKwsDsp}, "kws-dsp"},
        BadInput{"NoSuchSensor",
                 {"run", kKwsDsp, "-b", "nano33ble-sense", "--sensor", "nose=x.csv"},
                 "nose"},
        BadInput{"SensorWithoutFile",
                 {"run", kKwsDsp, "-b", "nano33ble-sense", "--sensor", "imu"},
                 "NAME=FILE"},
        BadInput{"SetWithoutValue",
                 {"run", kKwsDsp, "-b", "nano33ble-sense", "--set", "nvmc.write_us"},
                 "PERIPHERAL.PARAM=VALUE"},
        BadInput{"SetOfUnknownPeripheral",
                 {"run", kKwsDsp, "-b", "nano33ble-sense", "--set", "nvm.write_us=1"},
                 "did you mean 'nvmc'?"},
        BadInput{"SetOfUnknownParameter",
                 {"run", kKwsDsp, "-b", "nano33ble-sense", "--set", "nvmc.write_u=1"},
                 "--set nvmc.write_u=1: peripheral.params.write_u: unknown key; did you mean "
                 "'write_us'?"},
        BadInput{"SetOfWrongType",
                 {"run", kKwsDsp, "-b", "nano33ble-sense", "--set", "nvmc.write_us=slow"},
                 "--set nvmc.write_us=slow: peripheral.params.write_us: expected an integer, found "
                 "a string"},
        BadInput{"SetOfNoValue",
                 {"run", kKwsDsp, "-b", "nano33ble-sense", "--set", "nvmc.write_us=1 2"},
                 "'1 2' is no value"},
        BadInput{"SupplyWithoutVolts",
                 {"profile", kKwsDsp, "-b", "nano33ble-sense", "--supply", "0"},
                 "--supply"},
        BadInput{"BadUntil", {"run", kKwsDsp, "-b", "nano33ble-sense", "--until", "soon"}, "uart:"},
        BadInput{
            "UnknownUntil", {"run", kKwsDsp, "-b", "nano33ble-sense", "--until", "gpio:1"}, "gpio"},
        BadInput{"UnknownSymbol",
                 {"run", kKwsDsp, "-b", "nano33ble-sense", "--until", "symbol:mian"},
                 "main"},
        BadInput{"BadTime", {"run", kKwsDsp, "-b", "nano33ble-sense", "--limit-time", "5"}, "2.5s"},
        BadInput{"BadPrintFormat",
                 {"run", kKwsDsp, "-b", "nano33ble-sense", "--print", "main:u7"},
                 "u7"},
        BadInput{"UnknownRules",
                 {"profile", kKwsDsp, "-b", "nano33ble-sense", "--layer-rules", "pytorch"},
                 "pytorch"},
        BadInput{"UnwritableReport",
                 {"profile", kKwsDsp, "-b", "nano33ble-sense", "--json", "/nonexistent/r.json"},
                 "/nonexistent/r.json"},
        BadInput{"ReportIntoAFolder",
                 {"profile", kKwsDsp, "-b", "nano33ble-sense", "--json", "/tmp"},
                 "--json /tmp: cannot write"},
        BadInput{"BinWithoutAddress",
                 {"run", kKws + "verify_input.bin", "-b", "nano33ble-sense"},
                 "--bin-address"},
        BadInput{"BinThatIsNoProgram",
                 {"run", kKws + "verify_input.bin", "-b", "nano33ble-sense", "--bin-address", "0"},
                 "vector table"},
        BadInput{"BinOutsideMemory",
                 {"run", kKws + "verify_input.bin", "-b", "nano33ble-sense", "--bin-address",
                  "0x60000000"},
                 "0x60000000"}),
    [](const auto& test) { return test.param.name; });

TEST(Profile, IsTheSameOnTheReferencePath) {
  for (const char* const image : {"kws/prebuilt/kws-dsp.elf", "ic/prebuilt/ic-dsp.elf"}) {
    const std::string firmware = std::string(TINYSCOPE_SOURCE_DIR "/firmware-samples/") + image;
    std::vector<nlohmann::json> paths;
    for (const bool reference : {false, true}) {
      const TemporaryFile json("path.json");
      std::vector<std::string> arguments = {"profile",         firmware,    "--board",
                                            "nano33ble-sense", "--mic",     kKws + "audio/yes.wav",
                                            "--json",          json.path(), "--quiet"};
      if (reference) arguments.push_back("--reference-path");
      const Outcome outcome = tinyscope_program(arguments);
      ASSERT_EQ(outcome.status, 0) << outcome.error;
      paths.push_back(nlohmann::json::parse(json.content()));
      paths.back().erase("host");  // times of the machine that simulates
    }
    EXPECT_EQ(paths[0], paths[1]) << nlohmann::json::diff(paths[0], paths[1]).dump(1);
  }
}

}  // namespace
}  // namespace tinyscope
