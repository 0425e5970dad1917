#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "profiler/exporters/json.hpp"
#include "profiler/exporters/terminal_table.hpp"
#include "tests/profiler/bench.hpp"
#include "tests/profiler/schema_check.hpp"
#include "tests/profiler/tflite_writer.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::uint8_t> two_layer_model(const std::string& name) {
  test::ModelWriter writer(name);
  const auto x = writer.tensor("x", {1, 4, 4, 2});
  const auto w = writer.tensor("w", {8, 3, 3, 2}, true);
  const auto y = writer.tensor("features", {1, 4, 4, 8});
  const auto z = writer.tensor("scores", {1, 4, 4, 8});
  writer.op(3, {x, w, -1}, {y});
  writer.op(25, {y}, {z});
  return writer.write();
}

SocDescription chip_with_currents() {
  SocDescription soc = test::sample_soc();
  soc.power.supply_volts = 3.0;
  soc.power.currents.push_back({"cpu", "run", "", 1000, 0.1, "data sheet"});
  return soc;
}

ProfileReport sample_report(int inferences = 2, const std::string& model = "two layers") {
  test::ProfilerBench bench({test::sample_rules()}, test::sample_symbols(), chip_with_currents(),
                            two_layer_model(model));
  bench.script->push(16);
  for (int i = 0; i < inferences; ++i) {
    bench.inference(1000 + 200 * static_cast<std::uint64_t>(i), 100);
    bench.script->interrupt(24, test::kIrq);
    bench.script->leave_handler();
  }
  bench.script->sleep(5000);
  bench.notes.assume({"chip.flash", "two wait states at 25 \u00B0C", "estimate"});
  bench.notes.unmodelled("nfct", "SENSERES", 0x40005000, true, 7);
  return bench.report();
}

std::string text_of(const Exporter& exporter, const ProfileReport& report) {
  std::ostringstream out;
  exporter.write(report, out);
  return out.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

nlohmann::json json_of(const ProfileReport& report) {
  return nlohmann::json::parse(text_of(JsonExporter(), report));
}

nlohmann::json schema() {
  std::ifstream file(TINYSCOPE_SOURCE_DIR "/profiler/report.schema.json");
  return nlohmann::json::parse(file);
}

TEST(JsonExporter, WritesWhatTheSchemaDemands) {
  test::SchemaCheck check(schema());
  EXPECT_THAT(check.errors(json_of(sample_report())), IsEmpty());
  EXPECT_THAT(check.errors(json_of(ProfileReport{})), IsEmpty());
  nlohmann::json broken = json_of(sample_report());
  broken["inferences"][0]["layers"][0].erase("cycles");
  EXPECT_THAT(check.errors(broken), ElementsAre(HasSubstr("lacks \"cycles\"")));
}

TEST(JsonExporter, GivesLayersWithCyclesStallsAndEnergy) {
  const nlohmann::json json = json_of(sample_report());
  EXPECT_EQ(json["schema_version"], 2);
  EXPECT_EQ(json["firmware"]["path"], "firmware.elf");
  const nlohmann::json& layer = json["inferences"][1]["layers"][0];
  EXPECT_EQ(layer["op"], "CONV_2D");
  EXPECT_EQ(layer["name"], "features");
  EXPECT_EQ(layer["output_shape"], nlohmann::json({1, 4, 4, 8}));
  EXPECT_EQ(layer["macs"], 4 * 4 * 8 * 18);
  EXPECT_EQ(layer["cycles"], 1240);
  std::uint64_t sum = 0;
  for (const auto& [cause, cycles] : layer["stalls"].items()) sum += cycles.get<std::uint64_t>();
  EXPECT_EQ(sum, 1240u);
  // 1240 cycles at 1 MHz, 1000 uA, 3 V: 3.72 uJ, within 10 %
  EXPECT_NEAR(layer["energy_uj"].get<double>(), 3.72, 1e-9);
  EXPECT_NEAR(layer["energy_uj_low"].get<double>(), 3.72 * 0.9, 1e-9);
  EXPECT_NEAR(layer["energy_uj_high"].get<double>(), 3.72 * 1.1, 1e-9);
  EXPECT_EQ(json["unmodelled"][0]["access"], "write");
}

TEST(JsonExporter, SaysWhatFirmwareDidWithHardwareThatIsNotModelled) {
  ProfileReport report = sample_report();
  report.unmodelled = {{.block = "RCC",
                        .what = "CR",
                        .address = 0x40021000,
                        .write = true,
                        .first_value = 1,
                        .count = 3,
                        .last_value = 5,
                        .stub = true,
                        .fields = "HSION, HSEON",
                        .pc = 0x08000100,
                        .function = "clock_init",
                        .file = "src/clock.c",
                        .line = 12},
                       {}};
  report.unmodelled[1].block = "DMA";
  report.unmodelled[1].what = "+0x8";
  const nlohmann::json json = json_of(report);
  EXPECT_THAT(test::SchemaCheck(schema()).errors(json), IsEmpty());
  EXPECT_EQ(json["unmodelled"][0]["pc"], "0x08000100");
  EXPECT_EQ(json["unmodelled"][0]["fields"], "HSION, HSEON");
  EXPECT_TRUE(json["unmodelled"][1]["pc"].is_null());
  EXPECT_THAT(text_of(TerminalTable(), report),
              HasSubstr("write  RCC (stub) CR [HSION, HSEON], 3 times, first value 0x1, last 0x5, "
                        "first in clock_init (clock.c:12)"));
}

TEST(JsonExporter, GivesTheThreadsOfAnRtos) {
  ProfileReport report = sample_report();
  report.threads.rtos = "rtx5";
  report.threads.handler_cycles = 50;
  report.threads.threads.push_back({.name = "rtx_idle",
                                    .idle = true,
                                    .cycles = 9000,
                                    .sleep_cycles = 8000,
                                    .starts = 3,
                                    .stack_bytes = 512,
                                    .stack_peak_bytes = 600});
  const nlohmann::json json = json_of(report);
  EXPECT_THAT(test::SchemaCheck(schema()).errors(json), IsEmpty());
  EXPECT_EQ(json["threads"]["rows"][0]["name"], "rtx_idle");
  EXPECT_EQ(json["threads"]["rows"][0]["sleep_cycles"], 8000);
  EXPECT_EQ(json["threads"]["handler_cycles"], 50);
  const std::string text = text_of(TerminalTable(), report);
  EXPECT_THAT(text, HasSubstr("Threads of rtx5"));
  EXPECT_THAT(text,
              ContainsRegex("rtx_idle \\(idle\\) +1,000 +8,000 +3 +600 +512 +stack overflow"));
}

TEST(JsonExporter, SumsUpInTheFileItself) {
  const nlohmann::json json = json_of(sample_report());
  std::uint64_t sum = json["interrupt_cycles"].get<std::uint64_t>() +
                      json["unattributed_cycles"].get<std::uint64_t>();
  for (const auto& inference : json["inferences"]) {
    for (const auto& layer : inference["layers"]) sum += layer["cycles"].get<std::uint64_t>();
  }
  EXPECT_EQ(sum, json["total_cycles"].get<std::uint64_t>());
}

TEST(JsonExporter, IsTheSameForTwoRunsButForTheHost) {
  ProfileReport first = sample_report();
  ProfileReport second = sample_report();
  EXPECT_EQ(text_of(JsonExporter(), first), text_of(JsonExporter(), second));
  second.host.seconds = 3;
  nlohmann::json a = json_of(first);
  nlohmann::json b = json_of(second);
  EXPECT_NE(a, b);
  a.erase("host");
  b.erase("host");
  EXPECT_EQ(a, b);
}

TEST(JsonExporter, WritesValidUtf8WhateverTheFirmwareCallsThings) {
  const nlohmann::json json = json_of(sample_report(1, "bad \xFF name"));
  EXPECT_THAT(json["inferences"][0]["model"].get<std::string>(), HasSubstr("bad "));
}

TEST(TerminalTable, ShowsTheLastInferenceWithOneLinePerLayer) {
  const std::string text = text_of(TerminalTable(), sample_report());
  EXPECT_THAT(text, HasSubstr("firmware.elf on board (chip, 1 MHz)"));
  EXPECT_THAT(text, HasSubstr("Inference 2 of 2: two layers"));
  EXPECT_THAT(text, HasSubstr("CONV_2D"));
  EXPECT_THAT(text, HasSubstr("rt_conv_s8"));
  EXPECT_THAT(text, HasSubstr("1x4x4x8"));
  EXPECT_THAT(text, HasSubstr("1,240"));  // cycles
  EXPECT_THAT(text, HasSubstr("1.240"));  // ms
  EXPECT_THAT(text, HasSubstr("0.54"));   // cycles per MAC: 1240 / 2304
  EXPECT_THAT(text, HasSubstr("5,000 asleep"));
  EXPECT_THAT(text, HasSubstr("chip.flash: two wait states at 25 deg C [estimate]"));
  EXPECT_THAT(text, HasSubstr("nfct SENSERES, 1 times, first value 0x7"));
}

TEST(TerminalTable, ShowsTheMeanOfAllInferencesIfAsked) {
  TerminalOptions options;
  options.show = TerminalOptions::Show::kMean;
  const std::string text = text_of(TerminalTable(options), sample_report());
  EXPECT_THAT(text, HasSubstr("Mean over 2 inferences"));
  EXPECT_THAT(text, HasSubstr("1,140"));  // of 1,040 and 1,240
}

TEST(TerminalTable, IsPlainAsciiUnlessBarsOrColoursAreAsked) {
  const auto is_plain = [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); };
  const std::string plain = text_of(TerminalTable(), sample_report(2, "\x1b[31mred\xFF"));
  EXPECT_TRUE(std::all_of(plain.begin(), plain.end(), is_plain));
  TerminalOptions options;
  options.bars = true;
  options.colours = true;
  const std::string rich = text_of(TerminalTable(options), sample_report());
  EXPECT_THAT(rich, HasSubstr("\u2588"));
  EXPECT_THAT(rich, HasSubstr("\x1b["));
}

TEST(TerminalTable, FitsItsWidthWhateverTheNames) {
  ProfileReport report = sample_report(2, std::string(300, 'm'));
  report.clock_hz = 64'000'000;
  report.inferences.back().cycles = 19'999'999'998;
  for (LayerRow& layer : report.inferences.back().layers) {
    layer.op = std::string(80, 'o');
    layer.kernel = "some::name<with::parameters>::" + std::string(80, 'k');
    layer.cycles = 9'999'999'999;
    layer.macs = 999'999'999'999;
    layer.output_shape = {100, 100, 100, 100};
  }
  for (const std::string& line : lines_of(text_of(TerminalTable(), report))) {
    EXPECT_LE(line.size(), 120u) << line;
  }
}

TEST(TerminalTable, SaysWhatToDoWhenNoInferenceWasFound) {
  test::ProfilerBench bench({}, test::sample_symbols());
  bench.script->call(test::kKernel);
  bench.script->work(1000);
  const std::string text = text_of(TerminalTable(), bench.report());
  EXPECT_THAT(text, HasSubstr("No inference found"));
  EXPECT_THAT(text, HasSubstr("write a rule file"));
  EXPECT_THAT(text, HasSubstr("rt_conv_s8"));
  EXPECT_THAT(text, Not(HasSubstr("operator ")));
}

}  // namespace
}  // namespace tinyscope
