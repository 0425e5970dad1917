#include "sim/image/elf_identity.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "sim/error.hpp"
#include "sim/image/formats.hpp"

namespace tinyscope {
namespace {

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_ARM: return "Arm";
    case EM_AARCH64: return "64-bit Arm";
    case EM_386: return "x86";
    case EM_X86_64: return "x86-64";
    case EM_RISCV: return "RISC-V";
    case EM_XTENSA: return "Xtensa";
    case EM_AVR: return "AVR";
    default: return fmt::format("machine number {}", machine);
  }
}

std::string type_name(std::uint16_t type) {
  switch (type) {
    case ET_REL: return "object file";
    case ET_EXEC: return "executable";
    case ET_DYN: return "shared or position-independent file";
    case ET_CORE: return "core dump";
    default: return fmt::format("file of type {}", type);
  }
}

}  // namespace

bool looks_like_elf(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= SELFMAG && std::equal(bytes.begin(), bytes.begin() + SELFMAG, ELFMAG);
}

void require_arm_executable(std::span<const std::uint8_t> bytes, const std::string& file) {
  if (bytes.size() < sizeof(Elf32_Ehdr)) {
    throw InputError(
        fmt::format("{}: offset 0x{:X}: expected an ELF header of {} bytes; the file is "
                    "truncated, copy it again",
                    file, bytes.size(), sizeof(Elf32_Ehdr)));
  }
  const bool is_32_bit = bytes[EI_CLASS] == ELFCLASS32;
  const bool little = bytes[EI_DATA] == ELFDATA2LSB;
  const auto half = [&](std::size_t offset) {
    const unsigned first = bytes[offset];
    const unsigned second = bytes[offset + 1];
    return static_cast<std::uint16_t>(little ? second << 8 | first : first << 8 | second);
  };
  const std::uint16_t type = half(offsetof(Elf32_Ehdr, e_type));
  const std::uint16_t machine = half(offsetof(Elf32_Ehdr, e_machine));
  if (is_32_bit && little && machine == EM_ARM && type == ET_EXEC) return;
  std::string advice = "build for the board with arm-none-eabi-gcc";
  if (machine == EM_ARM && is_32_bit && little) {
    advice = type == ET_REL ? "link it first" : "link it as a static executable";
  }
  throw InputError(
      fmt::format("{}: offset 0x0: expected a 32-bit little-endian Arm executable, found "
                  "a {}-bit {}-endian {} for {}; {}",
                  file, is_32_bit ? 32 : 64, little ? "little" : "big", type_name(type),
                  machine_name(machine), advice));
}

}  // namespace tinyscope
