// JSON holds all of a report: what is written conforms to the schema and can be read back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "profiler/exporters/json.hpp"
#include "profiler/report_reader.hpp"
#include "sim/error.hpp"
#include "tests/profiler/filled_report.hpp"
#include "tests/profiler/schema_check.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string text_of(const ProfileReport& report) {
  std::ostringstream out;
  JsonExporter().write(report, out);
  return out.str();
}

nlohmann::json schema() {
  std::ifstream file(TINYSCOPE_SOURCE_DIR "/profiler/report.schema.json");
  return nlohmann::json::parse(file);
}

std::string error_of(const std::string& text) {
  try {
    parse_report(text, "old.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

// Converts to whatever a member is, to count the members of an aggregate.
struct Anything {
  template <class T>
  operator T() const;
};

template <class Row, class... Members>
constexpr std::size_t member_count() {
  if constexpr (requires { Row{Members{}..., Anything{}}; }) {
    return member_count<Row, Members..., Anything>();
  } else {
    return sizeof...(Members);
  }
}

struct KeyCounter {
  static constexpr bool kReading = false;
  template <class T>
  void operator()(std::string_view, const T&) {
    ++count;
  }
  void hex(std::string_view, Address) { ++count; }
  void hex_or_null(std::string_view, Address) { ++count; }
  std::size_t count = 0;
};

template <class Row>
class FieldsOf : public ::testing::Test {};

using Rows =
    ::testing::Types<Statistics, TrafficRow, CacheRow, LayerRow, InferenceRow, InferenceGroup, Roof,
                     InterruptRow, PhaseRow, FunctionRow, CallNode, LineRow, ThreadRow,
                     ThreadReport, StackRow, HeapSite, HeapReport, ArenaTensor, ArenaReport,
                     ImagePart, MemoryReport, EnergyPart, BatteryReport, EnergyReport, AdviceRow,
                     LintRow, Assumption, UnmodelledAccess, ProfileReport::Firmware,
                     ProfileReport::Host, ProfileReport>;
TYPED_TEST_SUITE(FieldsOf, Rows);

TYPED_TEST(FieldsOf, AreAllInTheJson) {
  KeyCounter keys;
  const TypeParam row;
  fields(keys, row);
  // By intent; of an access, the bits whose names are there.
  const std::size_t left_out = std::is_same_v<TypeParam, ProfileReport>      ? 3
                               : std::is_same_v<TypeParam, UnmodelledAccess> ? 1
                                                                             : 0;
  EXPECT_EQ(keys.count + left_out, member_count<TypeParam>());
}

// Each object of the schema allows what it lists, and demands all of it.
void expect_strict(const nlohmann::json& part, const std::string& path) {
  if (part.is_object() && part.contains("properties")) {
    EXPECT_EQ(part.value("additionalProperties", true), false) << path;
    std::set<std::string> listed;
    for (const auto& [key, value] : part["properties"].items()) listed.insert(key);
    EXPECT_EQ(part["required"].get<std::set<std::string>>(), listed) << path;
  }
  if (!part.is_structured()) return;
  for (const auto& [key, value] : part.items()) expect_strict(value, path + "/" + key);
}

TEST(ReportSchema, IsStrictEverywhere) { expect_strict(schema(), ""); }

TEST(ReportSchema, AcceptsAReportWithEveryFieldSet) {
  test::SchemaCheck check(schema());
  const nlohmann::json json = nlohmann::json::parse(text_of(test::filled_report()));
  EXPECT_THAT(check.errors(json), IsEmpty());
}

TEST(ReportSchema, AcceptsAnEmptyReport) {
  test::SchemaCheck check(schema());
  EXPECT_THAT(check.errors(nlohmann::json::parse(text_of(ProfileReport{}))), IsEmpty());
}

TEST(ReportJson, KeepsTheOrderOfKeys) {
  const auto json = nlohmann::ordered_json::parse(text_of(test::filled_report()));
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_EQ(keys.front(), "schema_version");
  EXPECT_EQ(keys.back(), "host");
}

TEST(ReportJson, WrittenReadAndWrittenAgainIsTheSame) {
  for (const ProfileReport& report : {test::filled_report(), ProfileReport{}}) {
    const std::string first = text_of(report);
    EXPECT_EQ(text_of(parse_report(first, "first")), first);
  }
}

TEST(ReportJson, ReadsBackFiguresExactly) {
  ProfileReport report;
  report.total_cycles = ~std::uint64_t{0};
  report.simulated_seconds = 0.1 + 0.2;
  report.exit_code = -3;
  report.advice.push_back({.title = "a", .text = "b", .cycles_saved = -1e-300, .how = "c"});
  report.inferences.emplace_back().layers.emplace_back().macs = 0;
  const ProfileReport back = parse_report(text_of(report), "r");
  EXPECT_EQ(back.total_cycles, ~std::uint64_t{0});
  EXPECT_EQ(back.simulated_seconds, 0.1 + 0.2);
  EXPECT_EQ(back.exit_code, -3);
  EXPECT_EQ(back.advice[0].cycles_saved, -1e-300);
  EXPECT_EQ(back.inferences[0].layers[0].macs, 0u);
  EXPECT_EQ(back.inferences[0].layers[0].roof_percent, std::nullopt);
  EXPECT_EQ(back.energy.per_inference_uj.has_value(), false);
  EXPECT_EQ(back.energy.battery.has_value(), false);
}

TEST(ReportJson, TakesNamesOfAnyBytes) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte.push_back(static_cast<char>(byte));
  ProfileReport report;
  report.functions.emplace_back().name = every_byte;
  report.functions.emplace_back().name = "quote \" back \\ line \n \xE2\x82\xAC";
  const std::string first = text_of(report);
  const ProfileReport back = parse_report(first, "first");
  EXPECT_THAT(back.functions[0].name, AllOf(HasSubstr(" !\"#$%"), HasSubstr("\xEF\xBF\xBD")));
  EXPECT_EQ(back.functions[1].name, report.functions[1].name);
  EXPECT_EQ(text_of(back), first);
}

TEST(ReportReader, ReadsAFile) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "r.json";
  std::ofstream(path) << text_of(test::filled_report());
  EXPECT_EQ(text_of(read_report(path)), text_of(test::filled_report()));
}

TEST(ReportReader, RefusesWhatIsNoReport) {
  EXPECT_THAT(error_of(""), HasSubstr("old.json: is not JSON"));
  EXPECT_THAT(error_of("\x7F"
                       "ELF"),
              HasSubstr("is not JSON"));
  EXPECT_THAT(error_of("{\"schema_version\": 2"), HasSubstr("is not JSON"));
  EXPECT_THAT(error_of("{\"schema_version\": 1e999}"), HasSubstr("old.json: has a number that is"));
  EXPECT_THAT(error_of("[]"), HasSubstr("is not a report of tinyscope"));
  EXPECT_THAT(error_of("{}"), HasSubstr("is not a report of tinyscope"));
  EXPECT_THAT(error_of("{\"schema_version\": 1, \"firmware\": {}}"),
              HasSubstr("of schema version 1, expected 2; profile again"));
}

TEST(ReportReader, SaysWhereAValueIsWrong) {
  nlohmann::json json = nlohmann::json::parse(text_of(test::filled_report()));
  json["inferences"][1]["layers"][0]["cycles"] = -1;
  EXPECT_THAT(
      error_of(json.dump()),
      HasSubstr("old.json: inferences[1].layers[0].cycles: expected a whole number from 0"));
  json["inferences"][1]["layers"][0].erase("cycles");
  EXPECT_THAT(error_of(json.dump()), HasSubstr("inferences[1].layers[0].cycles: expected a value"));
  json = nlohmann::json::parse(text_of(test::filled_report()));
  json["functions"][0]["address"] = "0xZZ";
  EXPECT_THAT(error_of(json.dump()), HasSubstr("functions[0].address: expected an address"));
  json = nlohmann::json::parse(text_of(test::filled_report()));
  json["memory"]["arena"]["bytes"] = 4294967296;
  EXPECT_THAT(error_of(json.dump()), HasSubstr("memory.arena.bytes: expected a whole number"));
  json = nlohmann::json::parse(text_of(test::filled_report()));
  json["call_tree"][1]["parent"] = 1;
  EXPECT_THAT(error_of(json.dump()), HasSubstr("call_tree[1]: expected a parent before it"));
}

// Whatever replaces a value: an error with a place, or a report; never anything else.
TEST(ReportReader, SurvivesAnyValueAnywhere) {
  const nlohmann::json whole = nlohmann::json::parse(text_of(test::filled_report()));
  const nlohmann::json flat = whole.flatten();
  const std::vector<nlohmann::json> strange = {
      nullptr, -1, 1.5, 1e300, "text", true, nlohmann::json::array(), nlohmann::json::object()};
  std::size_t tried = 0;
  std::size_t refused = 0;
  std::size_t leaf = 0;
  for (const auto& [pointer, value] : flat.items()) {
    if (++leaf % 7 != 0) continue;  // a sample, for time's sake
    ++tried;
    for (const nlohmann::json& other : strange) {
      nlohmann::json broken = whole;
      broken[nlohmann::json::json_pointer(pointer)] = other;
      const std::string error = error_of(broken.dump());
      if (error == "no error") continue;
      EXPECT_THAT(error, AllOf(HasSubstr("old.json: "), HasSubstr("expected")));
      ++refused;
    }
  }
  EXPECT_GT(refused, tried * 5);  // most of the eight fit nowhere
}

}  // namespace
}  // namespace tinyscope
