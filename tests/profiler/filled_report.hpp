// A report in which every field that the JSON holds has a value of its own, so that none can be
// mixed up with another or left out unnoticed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/report_fields.hpp"

namespace tinyscope::test {

class ReportFiller {
 public:
  static constexpr bool kReading = true;

  template <class T>
  void operator()(std::string_view key, T& value) {
    fill(key, value);
  }
  void operator()(std::string_view, Estimate& estimate) {
    estimate.value = number() + 0.5;
    estimate.low = number() + 0.25;
    estimate.high = number() + 0.125;
  }
  void operator()(std::string_view key, std::optional<Estimate>& value) {
    (*this)(key, value.emplace());
  }
  void hex(std::string_view, Address& address) { address = 0x20000000u + next(); }
  void hex_or_null(std::string_view key, Address& address) { hex(key, address); }

 private:
  std::uint32_t next() { return ++count_; }
  double number() { return static_cast<double>(next()); }

  template <class T>
  void fill(std::string_view, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = (next() & 1u) != 0;
    } else if constexpr (std::is_arithmetic_v<T>) {
      value = static_cast<T>(next());
    } else {
      fields(*this, value);
    }
  }
  void fill(std::string_view key, std::string& value) {
    value = std::string(key) + " " + std::to_string(next());
    if (key == "access") value = "write";
  }
  void fill(std::string_view, KernelKind& kind) { kind = KernelKind::kOptimised; }
  template <class T>
  void fill(std::string_view key, std::vector<T>& values) {
    values.resize(2);
    for (T& value : values) fill(key, value);
  }
  template <class T>
  void fill(std::string_view key, std::optional<T>& value) {
    fill(key, value.emplace());
  }

  std::uint32_t count_ = 0;
};

inline ProfileReport filled_report() {
  ProfileReport report;
  ReportFiller filler;
  fields(filler, report);
  // What refers to other rows has to make sense.
  for (std::size_t i = 0; i < report.call_tree.size(); ++i) {
    report.call_tree[i].parent = static_cast<std::int32_t>(i) - 1;
    report.call_tree[i].function = static_cast<std::uint32_t>(i);
    report.call_tree[i].layer = static_cast<std::int32_t>(i);
  }
  return report;
}

}  // namespace tinyscope::test
