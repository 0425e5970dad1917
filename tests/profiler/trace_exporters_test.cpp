// Formats made from the timeline: Chrome trace, Perfetto, VCD.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "profiler/exporters/chrome_trace.hpp"
#include "profiler/exporters/perfetto.hpp"
#include "profiler/exporters/vcd.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string text_of(const Exporter& exporter, const ProfileReport& report) {
  std::ostringstream out;
  exporter.write(report, out);
  return out.str();
}

std::string every_byte() {
  std::string text;
  for (int byte = 0; byte < 256; ++byte) text.push_back(static_cast<char>(byte));
  return text;
}

ProfileReport sample() {
  ProfileReport report;
  report.firmware.path = "kws.elf";
  report.board = "nano33ble";
  report.simulated_seconds = 0.00001;
  Timeline& timeline = report.timeline;
  timeline.tracks = {{"layers"}, {"functions"}};
  timeline.spans = {{0, "[0] CONV_2D", 1000, 5001},
                    {1, "main", 1000, 9000},
                    {1, "conv", 1000, 4000},
                    {1, "conv", 4000, 5000},
                    {0, "[1] SOFTMAX", 5001, 6000}};
  timeline.counters = {{"power", "mW", {{0, 12.5}, {3000, 4}}}, {"heap", "bytes", {{10, 256}}}};
  timeline.signals = {{"P0.13", true, {{0, "0"}, {1500, "1"}, {7000, "z"}, {8000, "x"}}},
                      {"cpu", false, {{0, "run"}, {2000, "sleep"}, {6000, ""}, {7000, "run"}}}};
  return report;
}

TEST(ChromeTraceExporter, HasSpansOfTracksAndCountersInMicroseconds) {
  const auto json = nlohmann::json::parse(text_of(ChromeTraceExporter(), sample()));
  std::vector<std::string> spans;
  std::vector<std::string> counters;
  std::map<int, std::string> threads;
  for (const auto& event : json["traceEvents"]) {
    const std::string kind = event["ph"];
    if (kind == "M" && event["name"] == "thread_name") {
      threads[event["tid"].get<int>()] = event["args"]["name"];
    } else if (kind == "X") {
      spans.push_back(threads.at(event["tid"].get<int>()) + ": " +
                      event["name"].get<std::string>() + " " + event["ts"].dump() + "+" +
                      event["dur"].dump());
    } else if (kind == "C") {
      counters.push_back(event["name"].get<std::string>() + " " + event["ts"].dump() + " " +
                         event["args"].dump());
    }
  }
  EXPECT_THAT(spans, ElementsAre("layers: [0] CONV_2D 1.0+4.001", "functions: main 1.0+8.0",
                                 "functions: conv 1.0+3.0", "functions: conv 4.0+1.0",
                                 "layers: [1] SOFTMAX 5.001+0.999"));
  EXPECT_THAT(counters, ElementsAre(R"(power 0.0 {"mW":12.5})", R"(power 3.0 {"mW":4})",
                                    R"(heap 0.01 {"bytes":256})"));
}

TEST(ChromeTraceExporter, IsJsonWhateverThingsAreCalled) {
  ProfileReport report = sample();
  report.timeline.spans[0].name = every_byte();
  report.timeline.tracks[0].name = every_byte();
  report.timeline.counters[0].unit = every_byte();
  EXPECT_NO_THROW(nlohmann::json::parse(text_of(ChromeTraceExporter(), report)));
  EXPECT_NO_THROW(nlohmann::json::parse(text_of(ChromeTraceExporter(), ProfileReport{})));
}

// What protoc makes of a trace; an unknown field would show as a number instead of a name.
std::string decoded(const std::string& trace) {
  const test::TemporaryFolder folder;
  const std::string in = (folder.path() / "trace").string();
  const std::string out = (folder.path() / "text").string();
  std::ofstream(in, std::ios::binary) << trace;
  const std::string command = "protoc --decode=Trace -I " TINYSCOPE_SOURCE_DIR
                              "/tests/profiler perfetto.proto <" +
                              in + " >" + out + " 2>&1";
  const bool good = std::system(command.c_str()) == 0;
  std::ostringstream text;
  text << std::ifstream(out).rdbuf();
  EXPECT_TRUE(good) << text.str();
  return text.str();
}

bool have_protoc() { return std::system("protoc --version >/dev/null 2>&1") == 0; }

#define NEED_PROTOC() \
  if (!have_protoc()) GTEST_SKIP() << "protoc not found: install Debian's protobuf-compiler"

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

TEST(PerfettoExporter, DecodesWithProtoc) {
  NEED_PROTOC();
  const std::string text = decoded(text_of(PerfettoExporter(), sample()));
  EXPECT_THAT(text, Not(ContainsRegex("\n *[0-9]+[:{ ]"))) << "an unknown field";
  EXPECT_THAT(text, HasSubstr("name: \"kws.elf on nano33ble\""));
  EXPECT_THAT(text, HasSubstr("name: \"[0] CONV_2D\""));
  EXPECT_EQ(count(text, "type: TYPE_SLICE_BEGIN"), 5u);
  EXPECT_EQ(count(text, "type: TYPE_SLICE_END"), 5u);
  EXPECT_EQ(count(text, "type: TYPE_COUNTER"), 3u);
  EXPECT_EQ(count(text, "name: \"conv\""), 1u) << "names are written once";
  EXPECT_THAT(text, HasSubstr("unit_name: \"mW\""));
  EXPECT_THAT(text, HasSubstr("unit: UNIT_SIZE_BYTES"));
  EXPECT_THAT(text, HasSubstr("double_counter_value: 12.5"));
  EXPECT_EQ(count(text, "trusted_packet_sequence_id: 1\n"), count(text, "packet {"));
}

// Reads begins and ends back and follows them as a viewer would.
TEST(PerfettoExporter, EndsEachSliceWhereItsSpanEnds) {
  NEED_PROTOC();
  std::istringstream in(decoded(text_of(PerfettoExporter(), sample())));
  std::map<std::string, std::string> names;
  std::map<std::string, std::vector<std::string>> open;  // by track
  std::vector<std::string> spans;
  std::string time, type, track, name, iid, name_iid;
  for (std::string line; std::getline(in, line);) {
    const auto value = [&line](const std::string& key) {
      const std::size_t at = line.find(key + ": ");
      const bool found = at != std::string::npos && line.find_first_not_of(' ') == at;
      return found ? line.substr(at + key.size() + 2) : std::string();
    };
    if (line == "packet {") time = type = track = name = iid = name_iid = "";
    if (const auto text = value("timestamp"); !text.empty()) time = text;
    if (const auto text = value("type"); !text.empty()) type = text;
    if (const auto text = value("track_uuid"); !text.empty()) track = text;
    if (const auto text = value("iid"); !text.empty()) iid = text;
    if (const auto text = value("name"); !text.empty()) name = text;
    if (const auto text = value("name_iid"); !text.empty()) name_iid = text;
    if (line != "}") continue;
    if (!iid.empty()) names[iid] = name;
    if (type == "TYPE_SLICE_BEGIN") {
      open[track].push_back(names.at(name_iid) + " " + time);
    } else if (type == "TYPE_SLICE_END") {
      ASSERT_FALSE(open[track].empty());
      spans.push_back(open[track].back() + ".." + time);
      open[track].pop_back();
    }
  }
  EXPECT_THAT(spans,
              ElementsAre("\"[0] CONV_2D\" 1000..5001", "\"[1] SOFTMAX\" 5001..6000",
                          "\"conv\" 1000..4000", "\"conv\" 4000..5000", "\"main\" 1000..9000"));
}

TEST(PerfettoExporter, DecodesWhateverThingsAreCalled) {
  NEED_PROTOC();
  ProfileReport report = sample();
  report.timeline.spans[0].name = every_byte();
  report.timeline.spans[1].name = "";
  report.timeline.tracks[0].name = every_byte();
  report.timeline.counters[0].name = every_byte();
  report.timeline.counters[0].unit = every_byte();
  report.timeline.counters[0].points[0].value = -1e300;
  report.timeline.spans[2].start_ns = 0;
  report.timeline.dropped = 77;
  const std::string text = decoded(text_of(PerfettoExporter(), report));
  EXPECT_EQ(count(text, "type: TYPE_SLICE_BEGIN"), 5u);
  EXPECT_THAT(text, HasSubstr("\\357\\277\\275"));  // U+FFFD
  EXPECT_THAT(text, HasSubstr("(77 spans or points left out)"));
  decoded(text_of(PerfettoExporter(), ProfileReport{}));
}

// A strict reader of what IEEE 1364 calls a four-state dump: values of wires over time.
class VcdReader {
 public:
  explicit VcdReader(const std::string& text) : in_(text) {
    read_header();
    read_changes();
  }
  // "time value" of each change of a wire, the initial value included.
  const std::vector<std::string>& wire(const std::string& path) const {
    return changes_.at(ids_.at(path));
  }
  std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    for (const auto& [path, id] : ids_) paths.push_back(path);
    return paths;
  }
  std::uint64_t end() const { return now_; }

 private:
  std::string word() {
    std::string text;
    in_ >> text;
    return text;
  }
  void read_header() {
    std::vector<std::string> scopes;
    for (std::string keyword; (keyword = word()) != "$enddefinitions";) {
      std::vector<std::string> arguments;
      for (std::string text; (text = word()) != "$end";) {
        ASSERT_FALSE(text.empty()) << "the header has no end";
        arguments.push_back(text);
      }
      if (keyword == "$scope") {
        ASSERT_EQ(arguments.size(), 2u);
        scopes.push_back(arguments[1]);
      } else if (keyword == "$upscope") {
        ASSERT_FALSE(scopes.empty());
        scopes.pop_back();
      } else if (keyword == "$var") {
        ASSERT_EQ(arguments.size(), 4u);
        EXPECT_EQ(arguments[0] + arguments[1], "wire1");
        EXPECT_THAT(arguments[3], ::testing::MatchesRegex("[a-zA-Z_][a-zA-Z0-9_$]*"));
        std::string path;
        for (const std::string& scope : scopes) path += scope + ".";
        EXPECT_TRUE(ids_.emplace(path + arguments[3], arguments[2]).second) << "twice: " << path;
        EXPECT_TRUE(changes_.emplace(arguments[2], std::vector<std::string>()).second);
      } else {
        EXPECT_THAT(keyword, ::testing::AnyOf("$version", "$timescale"));
      }
    }
    EXPECT_TRUE(scopes.empty());
    EXPECT_EQ(word(), "$end");
  }
  void read_changes() {
    bool first = true;
    for (std::string text; in_ >> text;) {
      if (text[0] == '#') {
        const std::uint64_t time = std::stoull(text.substr(1));
        EXPECT_TRUE(first || time > now_) << "time stands still";
        first = false;
        now_ = time;
      } else if (text != "$dumpvars" && text != "$end") {
        EXPECT_NE(std::string("01xz").find(text[0]), std::string::npos) << text;
        changes_.at(text.substr(1)).push_back(std::to_string(now_) + " " + text[0]);
      }
    }
  }

  std::istringstream in_;
  std::map<std::string, std::string> ids_;
  std::map<std::string, std::vector<std::string>> changes_;
  std::uint64_t now_ = 0;
};

TEST(VcdExporter, HasPinsAndAWireForEachPowerState) {
  const VcdReader vcd(text_of(VcdExporter(), sample()));
  EXPECT_THAT(vcd.paths(), ElementsAre("nano33ble.pins.P0_13", "nano33ble.power.cpu_run",
                                       "nano33ble.power.cpu_sleep"));
  EXPECT_THAT(vcd.wire("nano33ble.pins.P0_13"), ElementsAre("0 0", "1500 1", "7000 z", "8000 x"));
  EXPECT_THAT(vcd.wire("nano33ble.power.cpu_run"), ElementsAre("0 1", "2000 0", "7000 1"));
  EXPECT_THAT(vcd.wire("nano33ble.power.cpu_sleep"), ElementsAre("0 0", "2000 1", "6000 0"));
  EXPECT_EQ(vcd.end(), 10'000u);
}

TEST(VcdExporter, KeepsManyWiresAndStrangeNamesApart) {
  ProfileReport report;
  for (unsigned i = 0; i < 300; ++i) {
    report.timeline.signals.push_back({"P" + std::to_string(i), true, {{i, i % 2 ? "1" : "0"}}});
  }
  report.timeline.signals.push_back({"A.1", true, {{1, "1"}}});
  report.timeline.signals.push_back({"A-1", true, {{2, "1"}}});
  report.timeline.signals.push_back({"13 $end", true, {{3, "1"}}});
  report.timeline.signals.push_back({every_byte(), true, {{4, "strange"}}});
  report.timeline.signals.push_back({"", false, {{5, every_byte()}}});
  const VcdReader vcd(text_of(VcdExporter(), report));
  EXPECT_EQ(vcd.paths().size(), 305u);
  EXPECT_THAT(vcd.wire("board.pins.P299"), ElementsAre("0 x", "299 1"));
  EXPECT_THAT(vcd.wire("board.pins.A_1"), ElementsAre("0 x", "1 1"));
  EXPECT_THAT(vcd.wire("board.pins.A_1_2"), ElementsAre("0 x", "2 1"));
  EXPECT_THAT(vcd.wire("board.pins._13__end"), ::testing::SizeIs(2));
}

TEST(VcdExporter, IsWholeWithoutAnySignal) {
  const VcdReader vcd(text_of(VcdExporter(), ProfileReport{}));
  EXPECT_THAT(vcd.paths(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace tinyscope
