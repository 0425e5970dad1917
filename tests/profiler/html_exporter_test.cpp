#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "profiler/exporters/html.hpp"
#include "profiler/exporters/json.hpp"
#include "tests/support/full_report.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string text_of(const Exporter& exporter, const ProfileReport& report) {
  std::ostringstream out;
  exporter.write(report, out);
  return out.str();
}

// What a browser takes for the content of the element: up to the first "</script".
std::string element(const std::string& page, const std::string& id) {
  const std::size_t begin = page.find('>', page.find("id=\"" + id + "\"")) + 1;
  return page.substr(begin, page.find("</script", begin) - begin);
}

TEST(HtmlExporter, HoldsTheReportAsTheJsonExporterWritesIt) {
  const ProfileReport report = test::full_report();
  const std::string page = text_of(HtmlExporter(), report);
  EXPECT_EQ(nlohmann::json::parse(element(page, "report-data")),
            nlohmann::json::parse(text_of(JsonExporter(), report)));
}

TEST(HtmlExporter, KeepsMarkupInNamesFromEndingTheData) {
  ProfileReport report = test::full_report();
  const std::string name = "<!--<script></script><b>";
  report.inferences[0].layers[0].name = name;
  report.timeline.spans[0].name = name;
  const std::string page = text_of(HtmlExporter(), report);
  EXPECT_THAT(element(page, "report-data"), Not(HasSubstr("<")));
  EXPECT_THAT(element(page, "timeline-data"), Not(HasSubstr("<")));
  const auto json = nlohmann::json::parse(element(page, "report-data"));
  EXPECT_EQ(json["inferences"][0]["layers"][0]["name"], name);
}

TEST(HtmlExporter, HoldsTheTimelineInDifferences) {
  ProfileReport report;
  Timeline& timeline = report.timeline;
  timeline.tracks = {{"layers"}, {"sleep"}};
  // What encloses comes first, whatever the order of the report.
  timeline.spans = {{0, "b", 100, 150}, {0, "a", 100, 300}, {1, "a", 400, 401}};
  timeline.counters = {{"power", "mW", {{0, 1.5}, {10, 2}}}};
  timeline.signals = {{"P0.1", true, {{5, "1"}, {9, "0"}}}};
  timeline.dropped = 7;
  const auto json =
      nlohmann::json::parse(element(text_of(HtmlExporter(), report), "timeline-data"));
  EXPECT_EQ(json["tracks"], (nlohmann::json{"layers", "sleep"}));
  EXPECT_EQ(json["names"], (nlohmann::json{"a", "b"}));
  EXPECT_EQ(json["spans"], (nlohmann::json{0, 0, 100, 200, 0, 1, 0, 50, 1, 0, 300, 1}));
  EXPECT_EQ(json["counters"][0]["ns"], (nlohmann::json{0, 10}));
  EXPECT_EQ(json["counters"][0]["values"], (nlohmann::json{1.5, 2.0}));
  EXPECT_EQ(json["signals"][0]["ns"], (nlohmann::json{5, 4}));
  EXPECT_EQ(json["signals"][0]["values"], (nlohmann::json{"1", "0"}));
  EXPECT_EQ(json["dropped"], 7);
}

TEST(HtmlExporter, NamesNoOtherFileOrHost) {
  const std::string page = text_of(HtmlExporter(), ProfileReport{});
  EXPECT_THAT(page, Not(HasSubstr("<link")));
  EXPECT_THAT(page, Not(HasSubstr(" src=")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(HtmlExporter, IsTheSameForTheSameReport) {
  EXPECT_EQ(text_of(HtmlExporter(), test::full_report()),
            text_of(HtmlExporter(), test::full_report()));
}

}  // namespace
}  // namespace tinyscope
