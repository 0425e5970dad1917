// Numbers and names as the terminal table writes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/report.hpp"

namespace tinyscope {

std::string grouped(std::uint64_t number);  // 1,234,567
std::string percent(std::uint64_t part, std::uint64_t whole);
double milliseconds(std::uint64_t cycles, std::uint64_t hz);
std::string energy(const Estimate& uj);
// In millijoules from 10,000 microjoules on.
std::string bounds(const Estimate& uj);
std::string shape(const std::vector<int>& dimensions);
// The last part of a qualified name is what tells functions apart in a narrow column.
std::string unqualified(const std::string& name);
// `part` of `most` as blocks of UTF-8, at most kBarBlocks.
inline constexpr std::size_t kBarBlocks = 10;
std::string bar(std::uint64_t part, std::uint64_t most);
// Names of any length, for headings.
std::string shortened(const std::string& name);

}  // namespace tinyscope
