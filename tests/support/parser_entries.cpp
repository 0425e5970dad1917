#include "tests/support/parser_entries.hpp"

#include <string_view>

#include "sim/description/board.hpp"
#include "sim/error.hpp"
#include "sim/image/image.hpp"
#include "sim/image/source_frames.hpp"
#include "sim/svd/svd_stubs.hpp"

namespace tinyscope::test {
namespace {

// Asks what a run would ask of an image.
void use(const FirmwareImage& image) {
  for (const Symbol& symbol : image.symbols.all()) {
    image.symbols.function_at(symbol.address);
    source_frames(image, symbol.address);
  }
  for (const ImageSegment& segment : image.segments) image.symbols.function_at(segment.address);
  image.symbols.find("main");
}

}  // namespace

bool try_firmware(std::span<const std::uint8_t> bytes) {
  try {
    use(parse_firmware(bytes, "input"));
    return true;
  } catch (const InputError&) {
    return false;
  }
}

bool try_description(std::span<const std::uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  bool accepted = false;
  try {
    read_soc(TomlTable::from_text(text, "input.toml"));
    accepted = true;
  } catch (const InputError&) {
  }
  try {
    read_board(TomlTable::from_text(text, "input.toml"), "input.toml");
    accepted = true;
  } catch (const InputError&) {
  }
  return accepted;
}

bool try_svd(std::span<const std::uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  try {
    RunNotes notes;
    Bus bus(notes);
    SvdStubs stubs(parse_svd(text, "input.svd"), {}, notes);
    stubs.attach(bus);
    for (const SvdPeripheral& peripheral : stubs.device().peripherals) {
      for (const SvdRegister& reg : peripheral.registers) {
        bus.write(peripheral.base + reg.offset, AccessSize::kWord, 0x5A5A5A5A, {});
        bus.read(peripheral.base + reg.offset, AccessSize::kHalf, {});
        describe_value(reg, 0xFFFFFFFF);
      }
    }
    return true;
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace tinyscope::test
