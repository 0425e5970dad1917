// Firmware on a chip of which nothing but core and memories is modelled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using test::Outcome;
using test::tinyscope_program;
using ::testing::HasSubstr;

constexpr const char* kSvd = R"(<device><name>TINY1</name><peripherals>
<peripheral><name>RCC</name><baseAddress>0x40021000</baseAddress>
 <addressBlock><offset>0</offset><size>0x400</size></addressBlock><registers>
 <register><name>CR</name><addressOffset>0</addressOffset><resetValue>0x83</resetValue><fields>
  <field><name>PLLON</name><lsb>24</lsb><msb>24</msb></field>
  <field><name>PLLRDY</name><lsb>25</lsb><msb>25</msb><access>read-only</access></field>
 </fields></register></registers></peripheral>
<peripheral><name>PWR</name><baseAddress>0x40021400</baseAddress><registers>
 <register><name>CR</name><addressOffset>4</addressOffset></register>
 <register><name>SR</name><addressOffset>8</addressOffset><fields>
  <field><name>VOSRDY</name><lsb>2</lsb><msb>2</msb></field>
 </fields></register></registers></peripheral>
</peripherals></device>)";

constexpr const char* kSoc = R"(name = "tiny1"
vendor = "Example"
cpu_hz = 16_000_000

[core]
type = "cortex-m4f"
interrupts = 16
priority_bits = 4

[[memory]]
name = "flash"
kind = "flash"
base = 0
size = 0x1000

[[memory]]
name = "ram"
kind = "ram"
base = 0x2000_0000
size = 0x1000
)";

// Starts a PLL as vendors' code does, and then a regulator with the flag in a register:
//        ldr r0,=0x40021000            poll:  ldr r1,[r0]         wait:  ldr r1,[r3,#8]
//        ldr r1,[r0]                          lsls r2,r1,#6              tst r1,r2
//        orr r1,#0x01000000                   bpl poll                   beq wait
//        str r1,[r0]                          movw, movt r3,=0x40021400  b .
//                                             str r1,[r3,#4]
//                                             movs r2,#4
constexpr std::array<std::uint8_t, 48> kProgram = {
    0x00, 0x10, 0x00, 0x20, 0x09, 0x00, 0x00, 0x00, 0x08, 0x48, 0x01, 0x68, 0x41, 0xf0, 0x80, 0x71,
    0x01, 0x60, 0x01, 0x68, 0x8a, 0x01, 0xfc, 0xd5, 0x41, 0xf2, 0x00, 0x43, 0xc4, 0xf2, 0x02, 0x03,
    0x59, 0x60, 0x04, 0x22, 0x99, 0x68, 0x11, 0x42, 0xfc, 0xd0, 0xfe, 0xe7, 0x00, 0x10, 0x02, 0x40};

class SvdProgram : public ::testing::Test {
 protected:
  SvdProgram() {
    folder_.write("tiny1.svd", kSvd);
    folder_.write("tiny1.toml", kSoc);
    folder_.write("soc/tiny1.toml", std::string("svd = \"../tiny1.svd\"\n") + kSoc);
    folder_.write("board.toml", "name = \"board\"\ntitle = \"B\"\nsoc = \"tiny1.toml\"\n");
    folder_.write("soc/board.toml", "name = \"board\"\ntitle = \"B\"\nsoc = \"tiny1.toml\"\n");
    folder_.write("p.bin", kProgram);
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  Outcome program(const std::string& command, const std::string& board,
                  std::vector<std::string> more) const {
    std::vector<std::string> arguments = {command,     path("p.bin"),   "--board",
                                          path(board), "--bin-address", "0x0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tinyscope_program(arguments);
  }
  nlohmann::json inspect(const std::string& board, std::vector<std::string> more) const {
    more.insert(more.end(), {"--json", path("inspect.json"), "--seconds", "0.02"});
    const Outcome outcome = program("inspect", board, more);
    EXPECT_EQ(outcome.status, 0) << outcome.error;
    std::ifstream file(path("inspect.json"));
    return nlohmann::json::parse(file);
  }
  static const nlohmann::json& named(const nlohmann::json& list, const std::string& name) {
    for (const nlohmann::json& each : list) {
      if (each["name"] == name) return each;
    }
    ADD_FAILURE() << "no " << name << " in " << list.dump(1);
    return list;
  }

  test::TemporaryFolder folder_;
};

TEST_F(SvdProgram, WithoutAFileAnAccessToNothingIsABusFault) {
  const nlohmann::json found = inspect("board.toml", {});
  EXPECT_THAT(found["findings"].dump(), HasSubstr("nothing answers at 0x40021000"));
  EXPECT_THAT(found["findings"].dump(), HasSubstr("fault: exception"));
  EXPECT_EQ(found["peripherals"][0]["status"], "missing");
}

TEST_F(SvdProgram, InspectNamesRegisterAndBitThatFirmwarePolls) {
  const nlohmann::json found = inspect("board.toml", {"--svd", path("tiny1.svd")});
  EXPECT_THAT(found["findings"].dump(), HasSubstr("polls RCC.CR.PLLRDY in 0x00000012"));
  EXPECT_THAT(found["findings"].dump(), HasSubstr("[reads] \\\"RCC.CR.PLLRDY\\\" = 1"));
  EXPECT_TRUE(found["waits"][0]["to_the_end"]);
  EXPECT_EQ(found["waits"][0]["mask"], "0x02000000");

  const nlohmann::json& rcc = named(found["peripherals"], "RCC");
  EXPECT_EQ(rcc["status"], "stub");
  const nlohmann::json& cr = named(rcc["registers"], "CR");
  EXPECT_EQ(cr["writes"], 1);
  EXPECT_EQ(cr["fields"], "PLLON, bit 0, bit 1, bit 7");
  // Not reached, and found in the code: a MOVW/MOVT pair and the offsets behind it.
  const nlohmann::json& pwr = named(found["peripherals"], "PWR");
  EXPECT_EQ(named(pwr["registers"], "CR")["reads"], 0);
  EXPECT_EQ(named(pwr["registers"], "CR")["pc"], "0x00000020");
  EXPECT_TRUE(named(pwr["registers"], "SR")["in_code"]);
}

TEST_F(SvdProgram, RulesLetItGoOnAndAMaskInARegisterIsRead) {
  folder_.write("rules.toml", "[follows]\n\"RCC.CR.PLLRDY\" = \"CR.PLLON\"\n");
  const nlohmann::json found = inspect("soc/board.toml", {"--svd-rules", path("rules.toml")});
  EXPECT_THAT(found["findings"].dump(), HasSubstr("polls PWR.SR.VOSRDY in 0x00000024"));
  folder_.write("more.toml", "[reads]\n\"PWR.SR.VOSRDY\" = 1\n");
  const nlohmann::json end = inspect(
      "soc/board.toml", {"--svd-rules", path("rules.toml"), "--svd-rules", path("more.toml")});
  EXPECT_THAT(end["findings"].dump(), HasSubstr("loops on the spot in 0x0000002a"));
}

TEST_F(SvdProgram, TheReportListsWhatWasNotReal) {
  const Outcome outcome =
      program("profile", "soc/board.toml", {"--until", "cycles:5000", "--json", path("p.json")});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("RCC (stub) CR"));
  std::ifstream file(path("p.json"));
  const nlohmann::json report = nlohmann::json::parse(file);
  const nlohmann::json& write = report["unmodelled"][1];
  EXPECT_EQ(write["block"], "RCC");
  EXPECT_EQ(write["what"], "CR");
  EXPECT_EQ(write["access"], "write");
  EXPECT_EQ(write["last_value"], "0x01000083");
  EXPECT_TRUE(write["stub"]);
  EXPECT_EQ(write["pc"], "0x00000010");
  EXPECT_THAT(report["assumptions"].dump(), HasSubstr("svd.stubs"));
}

TEST_F(SvdProgram, BothPathsAgree) {
  std::vector<std::string> cycles;
  for (const char* const path_option : {"--quiet", "--reference-path"}) {
    const std::string file = path(std::string("cycles") + path_option);
    program("profile", "soc/board.toml", {"--until", "time:1ms", "--json", file, path_option});
    std::ifstream stream(file);
    const nlohmann::json report = nlohmann::json::parse(stream);
    cycles.push_back(report["total_cycles"].dump() + report["unmodelled"].dump());
  }
  EXPECT_EQ(cycles[0], cycles[1]);
}

TEST_F(SvdProgram, BadFilesGiveOneErrorAndStatusTwo) {
  const auto error_of = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--until", "cycles:100"});
    const Outcome outcome = program("run", "board.toml", more);
    EXPECT_EQ(outcome.status, 2);
    return outcome.error;
  };
  EXPECT_THAT(error_of({"--svd", path("none.svd")}), HasSubstr("none.svd"));
  folder_.write("bad.svd", "<device>\n<peripherals>\n</device>");
  EXPECT_THAT(error_of({"--svd", path("bad.svd")}), HasSubstr("bad.svd:3: is not XML"));
  folder_.write("bad.toml", "[reads]\n\"RCC.CR.PLLREADY\" = 1\n");
  EXPECT_THAT(error_of({"--svd", path("tiny1.svd"), "--svd-rules", path("bad.toml")}),
              HasSubstr("bad.toml:2: [reads] \"RCC.CR.PLLREADY\": tiny1.svd has no such"));
  EXPECT_THAT(error_of({"--svd-rules", path("bad.toml")}), HasSubstr("add --svd FILE"));
}

}  // namespace
}  // namespace tinyscope
