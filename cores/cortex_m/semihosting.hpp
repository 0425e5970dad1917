// Semihosting: firmware asks its host for console, time, files and exit with BKPT 0xAB.
// Arm "Semihosting for AArch32 and AArch64" (IHI 0100): operation in R0, parameter block in R1.
// Files are refused unless a folder is given; names are confined to it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sim/bus.hpp"
#include "sim/snapshot.hpp"
#include "sim/time.hpp"

namespace tinyscope {

class Semihosting {
 public:
  explicit Semihosting(Bus& bus) : bus_(bus) {}

  void set_console(std::function<void(std::string_view)> console) { console_ = std::move(console); }
  void set_command_line(std::string text) { command_line_ = std::move(text); }
  void allow_files(std::filesystem::path folder) { folder_ = std::move(folder); }

  struct Result {
    std::uint32_t r0 = 0;
    std::optional<int> exit_code;  // set: firmware asked to end the run
  };
  // Performs `operation` with the value of R1.
  Result perform(std::uint32_t operation, std::uint32_t parameter, TimePoint now);

  // Which handles are open. Files of the host stay as they are: a state that has one open which is
  // not open here throws InputError.
  void snapshot(StateArchive& archive);

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct OpenFile {
    std::unique_ptr<std::FILE, CloseFile> file;  // null: the console
  };

  std::uint32_t word(Address block, unsigned index) const;
  std::string text(Address address, std::uint32_t length) const;
  std::optional<std::filesystem::path> confined(const std::string& name) const;
  std::uint32_t open(Address block);
  std::uint32_t write(Address block);
  std::uint32_t read(Address block);
  std::uint32_t file_operation(std::uint32_t operation, Address block);

  Bus& bus_;
  std::function<void(std::string_view)> console_;
  std::string command_line_;
  std::optional<std::filesystem::path> folder_;
  std::map<std::uint32_t, OpenFile> files_;
  std::uint32_t next_handle_ = 1;
  std::uint32_t error_number_ = 0;
};

}  // namespace tinyscope
