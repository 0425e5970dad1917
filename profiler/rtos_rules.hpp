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
  // Where a control block says what its thread is called and which stack it has. An RTOS may have
  // several, since its configuration moves the members.
  struct Layout {
    std::uint32_t name = 0;      // the text, or a pointer to it
    bool name_in_place = false;  // the text
    std::uint32_t stack = 0;     // pointer to the lowest byte of the stack
    std::optional<std::uint32_t> stack_size;
  };

  std::string name;                  // "rtx5"
  std::string symbol;                // object that leads to the running thread
  std::vector<std::string> require;  // further symbols without which the image is none of this RTOS
  std::uint32_t running = 0;      // in that object: pointer to the running thread's control block
  std::vector<Layout> layouts;    // the first that makes sense is taken; may be empty
  std::vector<std::string> idle;  // patterns of names (see glob.hpp)
  // A table of words that the firmware has for debuggers, and which of them are offsets of the
  // pointer in `symbol` and of the name's text in a control block.
  std::string table_symbol;  // empty: there is no such thing
  std::uint32_t table_running = 0;
  std::uint32_t table_name = 0;
};

// Throws InputError with file and line.
RtosRules load_rtos_rules(const std::filesystem::path& file);

// The shipped rules that fit the image, and where its symbols lie; nullopt: no RTOS that is known.
struct FoundRtos {
  RtosRules rules;
  Address object = 0;  // RtosRules::symbol
  Address table = 0;   // RtosRules::table_symbol; 0: the image has none
};
std::optional<FoundRtos> find_rtos(const FirmwareImage& image);

}  // namespace tinyscope
