#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "profiler/budget/check_writers.hpp"
#include "profiler/budget/uri.hpp"
#include "profiler/exporters/clean_text.hpp"

namespace tinyscope {
namespace {

using Json = nlohmann::ordered_json;

std::string rule_id(const Outcome& outcome) {
  return fmt::format("{}.{}", name_of(outcome.scope), outcome.kind->name);
}

Json text(const std::string& of) { return {{"text", clean_text(of)}}; }

Json rule(const Outcome& outcome) {
  const std::string what = fmt::format("{} of a {}", outcome.kind->name, name_of(outcome.scope));
  const std::string help =
      "The budget file says how much is allowed. `tinyscope profile` shows where it goes, "
      "`tinyscope annotate` which instructions take it, `tinyscope diff` what changed against an "
      "earlier report, and `tinyscope advise` what would save how much. If the change is meant, "
      "change the limit, or run `tinyscope baseline update`.";
  return {{"id", rule_id(outcome)},
          {"name", fmt::format("{}Budget", outcome.kind->name)},
          {"shortDescription", text(what + " is not within its budget")},
          {"fullDescription", text(fmt::format("{}: {}.", what, outcome.kind->text))},
          {"help", {{"text", help}, {"markdown", help}}},
          {"defaultConfiguration", {{"level", "error"}}}};
}

Json location(const SourcePlace& place) {
  Json physical{
      {"artifactLocation", {{"uri", relative_uri(place.file)}, {"uriBaseId", "%SRCROOT%"}}}};
  if (place.line > 0) physical["region"] = {{"startLine", place.line}};
  return {{"physicalLocation", std::move(physical)}};
}

Json result_of(const Outcome& outcome, std::size_t rule_index) {
  const bool code_known = !outcome.source.file.empty();
  Json json{{"ruleId", rule_id(outcome)},
            {"ruleIndex", rule_index},
            {"level", "error"},
            {"message", text(outcome.message())},
            {"locations", Json::array({location(code_known ? outcome.source : outcome.budget)})}};
  if (code_known) {
    Json limit = location(outcome.budget);
    limit["id"] = 0;
    limit["message"] = {{"text", "the limit"}};
    json["relatedLocations"] = Json::array({std::move(limit)});
  }
  json["partialFingerprints"] = {{"budget/v1", clean_text(outcome.title())}};
  Json& properties = json["properties"];
  properties = Json::object();
  if (outcome.measured) properties["measured"] = *outcome.measured;
  if (outcome.limit) properties["limit"] = *outcome.limit;
  if (outcome.baseline) properties["baseline"] = *outcome.baseline;
  return json;
}

}  // namespace

void write_sarif(const CheckResult& result, std::ostream& out) {
  Json rules = Json::array();
  Json results = Json::array();
  for (const Outcome& outcome : result.outcomes) {
    std::size_t index = 0;
    while (index < rules.size() && rules[index]["id"] != rule_id(outcome)) ++index;
    if (index == rules.size()) rules.push_back(rule(outcome));
    if (!outcome.kept) results.push_back(result_of(outcome, index));
  }
  const bool ran = result.run_failure.empty();
  Json invocation{{"executionSuccessful", ran}};
  if (!ran) {
    invocation["toolExecutionNotifications"] =
        Json::array({{{"level", "error"}, {"message", text(result.run_failure)}}});
  }
  Json run;
  run["tool"] = {{"driver",
                  {{"name", "tinyscope"},
                   {"semanticVersion", TINYSCOPE_VERSION},
                   {"rules", std::move(rules)}}}};
  run["invocations"] = Json::array({std::move(invocation)});
  run["originalUriBaseIds"] = {
      {"%SRCROOT%", {{"description", {{"text", "the root of the repository"}}}}}};
  run["columnKind"] = "unicodeCodePoints";
  run["results"] = std::move(results);
  run["properties"] = {{"firmware", clean_text(result.firmware)},
                       {"sha256", result.sha256},
                       {"board", clean_text(result.board)}};
  Json json;
  json["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
  json["version"] = "2.1.0";
  json["runs"] = Json::array({std::move(run)});
  out << json.dump(2) << '\n';
}

}  // namespace tinyscope
