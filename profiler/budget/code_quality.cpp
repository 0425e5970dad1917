#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <span>

#include "profiler/budget/check_writers.hpp"
#include "profiler/exporters/clean_text.hpp"
#include "sim/image/sha256.hpp"

namespace tinyscope {

void write_code_quality(const CheckResult& result, std::ostream& out) {
  using Json = nlohmann::ordered_json;
  Json issues = Json::array();
  for (const Outcome& outcome : result.outcomes) {
    if (outcome.kept) continue;
    const SourcePlace& place = outcome.source.file.empty() ? outcome.budget : outcome.source;
    // The same budget is the same issue in every run, so the figures are not part of it.
    const std::string identity = result.firmware + '\n' + result.board + '\n' + outcome.title();
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(identity.data()), identity.size());
    issues.push_back({{"description", clean_text(outcome.message())},
                      {"check_name",
                       std::string(name_of(outcome.scope)) + "." + std::string(outcome.kind->name)},
                      {"fingerprint", sha256_hex(bytes)},
                      {"severity", "major"},
                      {"location",
                       {{"path", clean_text(place.file)},
                        {"lines", {{"begin", place.line > 0 ? place.line : 1}}}}}});
  }
  out << issues.dump(2) << '\n';
}

}  // namespace tinyscope
