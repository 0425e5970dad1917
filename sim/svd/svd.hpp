// Register descriptions of chips: CMSIS-SVD files, as vendors publish them for every Cortex-M.
//
// Follows "CMSIS-SVD Description (*.svd) Format" of Arm, schema 1.3. Read: peripherals, clusters
// and registers with derivedFrom and dim, sizes, reset values, access rights, what writes and reads
// do, fields and their enumerated values. Left out: `cpu`, `writeConstraint`, `dataType`,
// `protection`. Tolerated, since vendors' files have it: registers outside of any address block,
// fields that overlap or reach beyond their register, several peripherals or registers at one
// address, values that are not needed and do not parse.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/types.hpp"

namespace tinyscope {

enum class SvdAccess : std::uint8_t {
  kReadWrite,
  kReadOnly,
  kWriteOnly,
  kWriteOnce,
  kReadWriteOnce
};

// <modifiedWriteValues>: what a written bit does.
enum class SvdWrite : std::uint8_t {
  kModify,
  kOneToClear,
  kOneToSet,
  kOneToToggle,
  kZeroToClear,
  kZeroToSet,
  kZeroToToggle,
  kClear,  // any write clears all
  kSet,
};

// <readAction>: what a read does behind it. Those that change something else count as kNone.
enum class SvdRead : std::uint8_t { kNone, kClear, kSet };

struct SvdValue {
  std::string name;
  std::uint32_t value = 0;
};

struct SvdField {
  std::string name;
  unsigned lsb = 0;
  unsigned width = 1;
  SvdAccess access = SvdAccess::kReadWrite;
  SvdWrite write = SvdWrite::kModify;
  SvdRead read = SvdRead::kNone;
  std::vector<SvdValue> values;

  // Its bits in the register; width + lsb is at most 32.
  std::uint32_t mask() const { return (width >= 32 ? 0xFFFFFFFFu : (1u << width) - 1u) << lsb; }
};

struct SvdRegister {
  std::string name;         // with the clusters around it and its index: "CH[2].EEP"
  Address offset = 0;       // from the base of the peripheral
  std::uint32_t bytes = 4;  // 1, 2 or 4; wider registers are given as several words
  std::uint32_t reset_value = 0;
  SvdAccess access = SvdAccess::kReadWrite;
  SvdWrite write = SvdWrite::kModify;
  SvdRead read = SvdRead::kNone;
  std::vector<SvdField> fields;  // by ascending lsb
};

struct SvdPeripheral {
  std::string name;
  std::string description;
  Address base = 0;
  struct Block {
    Address offset = 0;
    std::uint32_t size = 0;
  };
  std::vector<Block> blocks;           // as the file says, and more where registers lie outside
  std::vector<SvdRegister> registers;  // by ascending offset
};

struct SvdDevice {
  std::filesystem::path path;
  std::string name;
  std::vector<SvdPeripheral> peripherals;  // in the order of the file
};

// Throws InputError "FILE:LINE: peripheral 'X': register 'Y': KEY: expected …".
SvdDevice load_svd(const std::filesystem::path& path);
SvdDevice parse_svd(std::string_view text, const std::filesystem::path& path);

// "PLLON, SW = 2" of a register's value: names of the fields in it that are not 0, with the name of
// the value where the file has one; bits without a name as "bit 7".
std::string describe_value(const SvdRegister& reg, std::uint32_t value);
// "PLLON, SW" likewise, without values.
std::string describe_bits(const SvdRegister& reg, std::uint32_t bits);

}  // namespace tinyscope
