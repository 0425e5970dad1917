#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cores/verification/timing_case.hpp"
#include "sim/cli/commands.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

struct Checked {
  TimingCase timing_case;
  TimingCaseResult result;

  bool agrees() const { return result.agrees(timing_case); }
};

std::vector<Checked> run_cases(const std::string& filter) {
  std::vector<Checked> all;
  for (const std::string_view core : kVerifiedCores) {
    for (TimingCase& timing_case : load_timing_cases(std::string(core))) {
      const bool wanted = timing_case.name.find(filter) != std::string::npos ||
                          timing_case.title.find(filter) != std::string::npos ||
                          timing_case.source.find(filter) != std::string::npos ||
                          timing_case.core == filter;
      if (!wanted) continue;
      const TimingCaseResult result = run_timing_case(timing_case);
      all.push_back({std::move(timing_case), result});
    }
  }
  if (all.empty()) {
    throw InputError(
        fmt::format("--filter \"{}\": no case has this in its name, title or source, or as its "
                    "core; `tinyscope verify` lists "
                    "all",
                    filter));
  }
  return all;
}

std::string expected(const TimingCase& timing_case) {
  return timing_case.least == timing_case.most
             ? fmt::format("{}", timing_case.least)
             : fmt::format("{}..{}", timing_case.least, timing_case.most);
}

void print(const std::vector<Checked>& all, std::size_t differ, std::ostream& out) {
  std::size_t width = 4;
  for (const Checked& one : all) width = std::max(width, one.timing_case.name.size());
  std::string_view core;
  for (const auto& [timing_case, result] : all) {
    if (timing_case.core != core) {
      core = timing_case.core;
      out << fmt::format("{:<{}} {:>6} {:>8} {:>10}  source\n", core, width, "cycles", "expected",
                         "difference");
    }
    if (!result.not_reached.empty()) {
      out << fmt::format("{:<{}} {}\n", timing_case.name, width, result.not_reached);
      continue;
    }
    const std::int64_t difference = result.difference(timing_case);
    out << fmt::format("{:<{}} {:>6} {:>8} {:>10}  {}\n", timing_case.name, width,
                       result.cycles.total(), expected(timing_case),
                       difference == 0 ? "0" : fmt::format("{:+}", difference), timing_case.source);
  }
  const auto exact = std::count_if(all.begin(), all.end(), [](const Checked& one) {
    return one.timing_case.least == one.timing_case.most;
  });
  out << fmt::format("\n{} cases ({} with one number, {} with a range): {} agree, {} differ\n",
                     all.size(), exact, static_cast<std::ptrdiff_t>(all.size()) - exact,
                     all.size() - differ, differ);
}

void write_json(const std::vector<Checked>& all, std::size_t differ, const std::string& path) {
  nlohmann::ordered_json json;
  json["schema_version"] = 2;
  json["cases"] = nlohmann::ordered_json::array();
  for (const auto& [timing_case, result] : all) {
    nlohmann::ordered_json row;
    row["core"] = timing_case.core;
    row["name"] = timing_case.name;
    row["title"] = timing_case.title;
    row["expected_least"] = timing_case.least;
    row["expected_most"] = timing_case.most;
    row["source"] = timing_case.source;
    if (result.not_reached.empty()) {
      row["cycles"] = result.cycles.total();
      row["difference"] = result.difference(timing_case);
      for (std::size_t i = 0; i < kStallCauseCount; ++i) {
        if (result.cycles.by_cause[i] == 0) continue;
        row["stalls"][std::string(name_of(static_cast<StallCause>(i)))] = result.cycles.by_cause[i];
      }
    } else {
      row["error"] = result.not_reached;
    }
    json["cases"].push_back(std::move(row));
  }
  json["agree"] = all.size() - differ;
  json["differ"] = differ;
  std::ofstream file(path);
  file << json.dump(2) << '\n';
  if (!file.flush()) throw InputError(fmt::format("--json {}: cannot be written", path));
}

}  // namespace

ExitStatus verify_command(const VerifyOptions& options, std::ostream& out) {
  const std::vector<Checked> all = run_cases(options.filter);
  const auto differ = static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [](const Checked& one) { return !one.agrees(); }));
  print(all, differ, out);
  if (!options.json.empty()) write_json(all, differ, options.json);
  return differ == 0 ? kPass : kFirmwareFailed;
}

}  // namespace tinyscope
