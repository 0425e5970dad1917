// Runs the GNU assembler, linker and disassembler for Arm (Debian: binutils-arm-none-eabi).
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace tinyscope::test {

inline bool have_arm_tools() {
  static const bool found = std::system("arm-none-eabi-as --version >/dev/null 2>&1") == 0;
  return found;
}

#define TINYSCOPE_NEED_ARM_TOOLS()                                                         \
  if (!::tinyscope::test::have_arm_tools()) {                                              \
    GTEST_SKIP() << "arm-none-eabi-as not found: install Debian's binutils-arm-none-eabi"; \
  }

// A directory of its own that disappears with the object.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tinyscope-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void run(const std::string& command, const std::string& log) {
  if (std::system((command + " >" + log + " 2>&1").c_str()) != 0) {
    throw std::runtime_error(command + "\n" + read_file(log).substr(0, 4000));
  }
}

// One line of a disassembly.
struct Disassembled {
  std::uint32_t address = 0;
  std::size_t size = 0;
  std::string mnemonic;  // with suffixes, "add.w"
  std::string operands;
};

struct Program {
  std::uint32_t base = 0;
  std::vector<std::uint8_t> code;
  std::map<std::string, std::uint32_t> symbols;
  std::vector<Disassembled> lines;  // only if asked for

  std::uint32_t symbol(const std::string& name) const { return symbols.at(name); }
};

inline std::vector<Disassembled> parse_disassembly(const std::string& text) {
  std::vector<Disassembled> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    // "  80000a4:\tf04f 0101 \tmov.w\tr1, #1\t; comment"
    const std::size_t colon = line.find(":\t");
    if (colon == std::string::npos) continue;
    std::vector<std::string> fields;
    std::istringstream rest(line.substr(colon + 2));
    for (std::string field; std::getline(rest, field, '\t');) fields.push_back(field);
    if (fields.size() < 2) continue;
    Disassembled d;
    d.address = static_cast<std::uint32_t>(std::stoul(line.substr(0, colon), nullptr, 16));
    std::size_t digits = 0;
    for (const char c : fields[0]) digits += c != ' ' ? 1 : 0;
    d.size = digits / 2;
    d.mnemonic = fields[1];
    while (!d.mnemonic.empty() && d.mnemonic.back() == ' ') d.mnemonic.pop_back();
    if (fields.size() > 2) d.operands = fields[2].substr(0, fields[2].find(" @"));
    lines.push_back(d);
  }
  return lines;
}

// Assembles and links `source` at `base`. Throws std::runtime_error with the tools' messages.
inline Program assemble(const std::string& source, std::uint32_t base, bool disassemble = false,
                        const std::string& cpu = "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16") {
  const ScratchDirectory scratch;
  const std::string log = scratch.file("log");
  std::ofstream(scratch.file("a.s")) << ".syntax unified\n.thumb\n.text\n.balign 4\n"
                                     << source << '\n';
  run("arm-none-eabi-as " + cpu + " -o " + scratch.file("a.o") + " " + scratch.file("a.s"), log);
  run(fmt::format("arm-none-eabi-ld -e 0 -Ttext=0x{:x}", base) + " -o " + scratch.file("a.elf") +
          " " + scratch.file("a.o"),
      log);
  run("arm-none-eabi-objcopy -O binary -j .text " + scratch.file("a.elf") + " " +
          scratch.file("a.bin"),
      log);
  run("arm-none-eabi-nm " + scratch.file("a.elf"), scratch.file("symbols"));
  Program program;
  program.base = base;
  const std::string bytes = read_file(scratch.file("a.bin"));
  program.code.assign(bytes.begin(), bytes.end());
  std::istringstream symbols(read_file(scratch.file("symbols")));
  for (std::string value, type, name; symbols >> value >> type >> name;) {
    program.symbols[name] = static_cast<std::uint32_t>(std::stoul(value, nullptr, 16));
  }
  if (disassemble) {
    run("arm-none-eabi-objdump -d -z -j .text " + scratch.file("a.elf"), scratch.file("text"));
    program.lines = parse_disassembly(read_file(scratch.file("text")));
  }
  return program;
}

}  // namespace tinyscope::test
