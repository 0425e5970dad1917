// How the threads of an RTOS are found in the memory of the firmware, as data: one TOML file for
// each RTOS in profiler/rtos. Offsets are in bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/image/image.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct RtosRules {
  std::string name;           // "rtx5"
  std::string symbol;         // object that leads to the running thread
  std::uint32_t running = 0;  // in that object: pointer to the running thread's control block
  // In a control block:
  std::uint32_t thread_name = 0;        // pointer to its name
  std::uint32_t thread_stack = 0;       // pointer to the lowest byte of its stack
  std::uint32_t thread_stack_size = 0;  // bytes
  std::vector<std::string> idle;        // patterns of names (see glob.hpp)
};

// Throws InputError with file and line.
RtosRules load_rtos_rules(const std::filesystem::path& file);

// The shipped rules that fit the image, and where its symbol lies; nullopt: no RTOS that is known.
struct FoundRtos {
  RtosRules rules;
  Address running = 0;  // address of the pointer to the running thread's control block
};
std::optional<FoundRtos> find_rtos(const FirmwareImage& image);

}  // namespace tinyscope
