// What must hold between the entries of a SoC description: names, windows, interrupt lines.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/description/soc.hpp"

namespace tinyscope {

class SocChecks {
 public:
  // Each throws InputError at the entry that breaks a rule.

  // The window fits the address space, lies outside the core's own, and the name is new.
  void add_window(const TomlTable& entry, const std::string& name, Address base,
                  std::uint32_t size);
  // A number used before needs `shared_irq` at both entries.
  void add_interrupts(const TomlTable& entry, const PeripheralDescription& peripheral, bool shared);
  // `controls_flash` names a flash that nobody controls yet.
  void add_flash_control(const TomlTable& entry, const PeripheralDescription& peripheral,
                         const std::vector<MemoryDescription>& memories);
  // Call when all windows are known.
  void require_no_overlap();

  // `flash`, the value of `key`, is a flash and no alias.
  static void require_flash(const TomlTable& entry, std::string_view key, const std::string& flash,
                            const std::vector<MemoryDescription>& memories);
  static void require_alias_fits(const TomlTable& entry, const MemoryDescription& memory,
                                 const std::vector<MemoryDescription>& memories);

 private:
  struct Window {
    TomlTable entry;
    std::string name;
    Address base = 0;
    Address last = 0;
  };
  struct InterruptUser {
    std::string name;
    std::string where;
    bool shared = false;
  };

  std::vector<Window> windows_;
  std::map<unsigned, InterruptUser> interrupts_;
  std::map<std::string, std::string> flash_controllers_;  // flash -> peripheral
};

}  // namespace tinyscope
