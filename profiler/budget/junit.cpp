#include <fmt/format.h>

#include <ostream>
#include <pugixml.hpp>

#include "profiler/budget/check_writers.hpp"
#include "profiler/exporters/clean_text.hpp"

namespace tinyscope {
namespace {

void set(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name) = clean_text(value).c_str();
}

void set_counts(pugi::xml_node node, const CheckResult& result) {
  const std::size_t errors = result.run_failure.empty() ? 0 : 1;
  set(node, "tests", std::to_string(result.outcomes.size() + errors));
  set(node, "failures", std::to_string(result.broken()));
  set(node, "errors", std::to_string(errors));
}

void add_property(pugi::xml_node properties, const char* name, const std::string& value) {
  if (value.empty()) return;
  pugi::xml_node property = properties.append_child("property");
  set(property, "name", name);
  set(property, "value", value);
}

std::string place(const SourcePlace& of) { return fmt::format("{}:{}", of.file, of.line); }

void add_case(pugi::xml_node suite, const CheckResult& result, const Outcome& outcome) {
  pugi::xml_node test = suite.append_child("testcase");
  set(test, "classname", fmt::format("{}.{}", result.firmware, name_of(outcome.scope)));
  set(test, "name", outcome.title());
  if (outcome.kept) {
    test.append_child("system-out").text() = clean_text(outcome.message()).c_str();
    return;
  }
  pugi::xml_node failure = test.append_child("failure");
  set(failure, "type", "budget");
  set(failure, "message", outcome.message());
  std::string text = clean_text(fmt::format("{}: {}", place(outcome.budget), outcome.message()));
  if (!outcome.source.file.empty()) {
    text += "\n" + clean_text(fmt::format("{}: the code that it is about", place(outcome.source)));
  }
  failure.text() = text.c_str();
}

}  // namespace

void write_junit(const CheckResult& result, std::ostream& out) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node suites = document.append_child("testsuites");
  set(suites, "name", "tinyscope check");
  set_counts(suites, result);
  pugi::xml_node suite = suites.append_child("testsuite");
  set(suite, "name", fmt::format("{} on {}", result.firmware, result.board));
  set_counts(suite, result);
  pugi::xml_node properties = suite.append_child("properties");
  add_property(properties, "board", result.board);
  add_property(properties, "firmware.sha256", result.sha256);
  add_property(properties, "budget", result.budget_path);
  add_property(properties, "baseline", result.baseline_path);
  if (!result.run_failure.empty()) {
    pugi::xml_node test = suite.append_child("testcase");
    set(test, "classname", result.firmware + ".run");
    set(test, "name", "the run ends well");
    pugi::xml_node error = test.append_child("error");
    set(error, "type", "run");
    set(error, "message", result.run_failure);
  }
  for (const Outcome& outcome : result.outcomes) add_case(suite, result, outcome);
  document.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
}

}  // namespace tinyscope
