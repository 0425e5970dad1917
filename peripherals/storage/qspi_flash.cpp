// Flash memory with SPI, dual and quad commands (as Macronix MX25R6435F), device type "qspi_flash",
// port "flash". Commands: the part's data sheet, section "Command set"; most makers share them.
// With the parameter `commands = "micron"` as Micron N25Q128A: dummy clocks from its volatile
// configuration register, flag status, extended quad program (0x12), commands on four lines.
//
// Parameters: `commands` ("macronix" by default), `size` (bytes, a power of two, default 8 MiB),
// `jedec_id` (three bytes, manufacturer first, default 0xC22817), `file` (contents at power-on; a
// shorter file is followed by 0xFF), `keep` (true: the contents go back to `file` in the end), and
// times in microseconds: `program_us` of a page, `sector_erase_us`, `block_erase_us`,
// `chip_erase_us`.
//
// Not modelled, and reported: SFDP, security registers, protection, suspend and resume. Deep power
// down takes no time. Programming and erasing change the cells at once and keep the part busy.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "sim/error.hpp"
#include "sim/file.hpp"
#include "sim/large_contents.hpp"
#include "sim/log.hpp"
#include "sim/registry.hpp"
#include "sim/serial_flash.hpp"

namespace tinyscope {
namespace {

enum Command : std::uint8_t {
  kWriteStatus = 0x01,
  kPageProgram = 0x02,
  kRead = 0x03,
  kWriteDisable = 0x04,
  kReadStatus = 0x05,
  kWriteEnable = 0x06,
  kFastRead = 0x0B,
  kSectorErase = 0x20,
  kPageProgram4O = 0x32,
  kPageProgram4Io = 0x38,
  kRead2O = 0x3B,
  kBlockErase32 = 0x52,
  kChipErase = 0x60,
  kResetEnable = 0x66,
  kRead4O = 0x6B,
  kReset = 0x99,
  kReadId = 0x9F,
  kPageProgram2O = 0xA2,
  kReleasePowerDown = 0xAB,
  kEnter4Byte = 0xB7,
  kPowerDown = 0xB9,
  kRead2Io = 0xBB,
  kChipErase2 = 0xC7,
  kBlockErase64 = 0xD8,
  kExit4Byte = 0xE9,
  kRead4Io = 0xEB,
  // Micron.
  kPageProgram4Extended = 0x12,
  kClearFlagStatus = 0x50,
  kWriteEnhanced = 0x61,
  kReadEnhanced = 0x65,
  kReadFlagStatus = 0x70,
  kWriteVolatile = 0x81,
  kReadVolatile = 0x85,
  kReadIdMultiple = 0x9E,
  kReadIdQuad = 0xAF,
};

constexpr std::uint8_t kWip = 1u << 0;
constexpr std::uint8_t kWel = 1u << 1;
constexpr std::uint8_t kStatusWritable = 0xFC;
constexpr std::uint32_t kPage = 256;
constexpr std::uint8_t kFlagReady = 1u << 7;  // of Micron's flag status register
// N25Q128A data sheet, volatile and enhanced volatile configuration registers as delivered.
constexpr std::uint8_t kVolatileDefault = 0xFB;
constexpr std::uint8_t kEnhancedDefault = 0xDF;

class QspiFlash final : public Device, public LargeContents, private SerialFlash {
 public:
  explicit QspiFlash(DeviceContext& context)
      : name_(context.name), scheduler_(context.scheduler), notes_(context.notes) {
    const std::uint32_t size = context.params.u32("size").value_or(8u << 20);
    if (size < 0x1'0000 || size > (128u << 20) || (size & (size - 1)) != 0) {
      context.params.fail("size", "expected a power of two from 64 KiB to 128 MiB");
    }
    const std::string commands = context.params.string("commands").value_or("macronix");
    micron_ = commands == "micron";
    if (!micron_ && commands != "macronix") {
      context.params.fail("commands", "expected \"macronix\" or \"micron\"");
    }
    id_ = context.params.u32("jedec_id").value_or(micron_ ? 0x20'BA18 : 0xC2'2817);
    if (id_ > 0xFF'FFFF) context.params.fail("jedec_id", "expected three bytes");
    cells_.assign(size, 0xFF);
    read_times(context);
    file_ = context.params.string("file").value_or("");
    keep_ = context.params.boolean("keep").value_or(false);
    if (keep_ && file_.empty()) context.params.fail("keep", "needs a `file` to keep contents in");
    if (!file_.empty() && (!keep_ || std::filesystem::exists(file_))) {
      const auto content = read_file(file_, size);
      std::copy(content.begin(), content.end(), cells_.begin());
    }
  }
  ~QspiFlash() override {
    if (!keep_) return;
    std::ofstream out(file_, std::ios::binary);
    out.write(reinterpret_cast<const char*>(cells_.data()),
              static_cast<std::streamsize>(cells_.size()));
    if (!out.flush()) log::warning("{}: cannot write the contents to '{}'", name_, file_.string());
  }
  QspiFlash(const QspiFlash&) = delete;
  QspiFlash& operator=(const QspiFlash&) = delete;

  void reset(ResetKind) override {}  // a part of its own: the chip's reset does not reach it
  Port* port(std::string_view name) override {
    return name == "flash" || name == "spi" ? static_cast<SerialFlash*>(this) : nullptr;
  }
  void snapshot(StateArchive& archive) override {
    archive(changes_, busy_until_.ps, status_, volatile_, enhanced_, asleep_, four_byte_, frame_,
            read_beyond_);
  }
  std::span<std::uint8_t> contents() override { return cells_; }
  std::uint64_t edits() const override { return edits_; }

 private:
  void read_times(DeviceContext& context) {
    const auto time = [&](std::string_view key, std::uint32_t fallback, std::string_view meaning) {
      const auto given = context.params.u32(key);
      if (!given) {
        context.notes.assume({fmt::format("{}.{}", name_, key),
                              fmt::format("{}, microseconds: {}", meaning, fallback),
                              fmt::format("{} data sheet from memory, typical: estimate",
                                          micron_ ? "N25Q128A" : "MX25R6435F")});
      }
      return Duration::from_us(given.value_or(fallback));
    };
    program_time_ = time("program_us", micron_ ? 500 : 850, "programming a page");
    sector_time_ = time("sector_erase_us", micron_ ? 250'000 : 40'000, "erasing a sector of 4 KiB");
    block_time_ = time("block_erase_us", micron_ ? 700'000 : 480'000, "erasing a block of 64 KiB");
    chip_time_ =
        time("chip_erase_us", micron_ ? 170'000'000 : 50'000'000, "erasing the whole part");
  }

  TimePoint ready_at() const override { return busy_until_; }
  void preload(std::uint32_t address, std::span<const std::uint8_t> bytes) override {
    note_change();
    for (const std::uint8_t byte : bytes) cells_[address++ % cells_.size()] = byte;
  }
  std::uint64_t changes() const override { return changes_; }
  void note_change() {
    ++changes_;
    ++edits_;
  }
  bool busy() const { return scheduler_.now() < busy_until_; }
  std::uint8_t status() const { return static_cast<std::uint8_t>(status_ | (busy() ? kWip : 0)); }

  void select(bool selected) override {
    if (!selected) finish();
    frame_.clear();
  }

  std::uint8_t transfer(std::uint8_t byte) override {
    const std::uint8_t answer = frame_.empty() ? std::uint8_t{0xFF} : respond();
    if (frame_.size() < kLongestFrame)
      frame_.push_back(byte);
    else
      ++read_beyond_;
    if (frame_.size() == 1) read_beyond_ = 0;
    return answer;
  }

  // The byte that goes out while the next one comes in.
  std::uint8_t respond() {
    const std::uint8_t command = frame_[0];
    if (asleep_ && command != kReleasePowerDown) return 0xFF;
    const std::size_t at = frame_.size() - 1 + read_beyond_;
    if (command == kReadStatus) return status();
    if (micron_ && command == kReadFlagStatus) return busy() ? std::uint8_t{0} : kFlagReady;
    if (busy()) return 0xFF;
    if (micron_ && command == kReadVolatile) return volatile_;
    if (micron_ && command == kReadEnhanced) return enhanced_;
    const bool identify =
        command == kReadId || (micron_ && (command == kReadIdMultiple || command == kReadIdQuad));
    if (identify) return static_cast<std::uint8_t>(id_ >> 8 * (2 - at % 3));
    const auto dummies = dummy_bytes(command);
    const std::size_t header = address_bytes() + dummies.value_or(0);
    if (!dummies || at < header) return 0xFF;
    return cells_[(address() + at - header) % cells_.size()];
  }

  // Dummy clocks as bytes on the lines of the address.
  std::optional<std::size_t> dummy_bytes(std::uint8_t command) const {
    const auto clocks = [this](std::size_t usual) -> std::size_t {
      const std::size_t chosen = volatile_ >> 4;
      return chosen == 0 || chosen == 15 ? usual : chosen;
    };
    if (micron_) {
      switch (command) {
        case kRead: return 0;
        case kFastRead:
        case kRead2O:
        case kRead4O: return clocks(8) * (on_four_lines() ? 4 : 1) / 8;
        case kRead2Io: return clocks(8) * 2 / 8;
        case kRead4Io: return clocks(10) * 4 / 8;
        default: return std::nullopt;
      }
    }
    switch (command) {
      case kRead: return 0;
      case kFastRead:
      case kRead2O:
      case kRead2Io:
      case kRead4O: return 1;
      case kRead4Io: return 3;
      default: return std::nullopt;
    }
  }
  // Enhanced volatile configuration: every command on four lines.
  bool on_four_lines() const { return (enhanced_ & 0x80) == 0; }
  std::size_t address_bytes() const { return four_byte_ ? 4 : 3; }
  std::uint32_t address() const {
    std::uint32_t value = 0;
    for (std::size_t i = 1; i <= address_bytes() && i < frame_.size(); ++i) {
      value = value << 8 | frame_[i];
    }
    return value;
  }

  // Chip select rises: what changes the part happens now.
  void finish() {
    if (frame_.empty()) return;
    const std::uint8_t command = frame_[0];
    if (command == kReleasePowerDown) asleep_ = false;
    if (asleep_ || (busy() && command != kReadStatus && command != kReadFlagStatus)) return;
    switch (command) {
      case kWriteEnable: status_ |= kWel; return;
      case kWriteDisable: status_ &= static_cast<std::uint8_t>(~kWel); return;
      case kPowerDown: asleep_ = true; return;
      case kEnter4Byte: four_byte_ = true; return;
      case kExit4Byte: four_byte_ = false; return;
      case kReset:
        four_byte_ = false;
        status_ = 0;
        volatile_ = kVolatileDefault;
        enhanced_ = kEnhancedDefault;
        return;
      case kWriteStatus:
        if (!take_write_enable() || frame_.size() < 2) return;
        status_ = frame_[1] & kStatusWritable;
        return;
      case kPageProgram:
      case kPageProgram2O:
      case kPageProgram4O:
      case kPageProgram4Io: return program();
      case kSectorErase: return erase(0x1000, sector_time_);
      case kBlockErase32: return erase(0x8000, {block_time_.ps / 2});
      case kBlockErase64: return erase(0x1'0000, block_time_);
      case kChipErase:
      case kChipErase2: return erase(static_cast<std::uint32_t>(cells_.size()), chip_time_);
      case kReadStatus:
      case kReadId:
      case kResetEnable:
      case kReleasePowerDown: return;
      default: break;
    }
    if (micron_ && finish_micron(command)) return;
    if (!dummy_bytes(command)) {
      notes_.unmodelled(name_, fmt::format("command 0x{:02X}", command), command, true, command);
    }
  }

  // Commands that only that maker has; false: this is none.
  bool finish_micron(std::uint8_t command) {
    switch (command) {
      case kPageProgram4Extended: program(); return true;
      case kWriteVolatile:
        if (take_write_enable() && frame_.size() >= 2) volatile_ = frame_[1];
        return true;
      case kWriteEnhanced:
        if (take_write_enable() && frame_.size() >= 2) enhanced_ = frame_[1];
        return true;
      case kReadVolatile:
      case kReadEnhanced:
      case kReadFlagStatus:
      case kClearFlagStatus:
      case kReadIdMultiple:
      case kReadIdQuad: return true;
      default: return false;
    }
  }

  bool take_write_enable() {
    const bool enabled = (status_ & kWel) != 0;
    status_ &= static_cast<std::uint8_t>(~kWel);
    return enabled;
  }

  // Bits go from 1 to 0 only, and the address wraps within its page.
  void program() {
    const std::size_t first = 1 + address_bytes();
    if (!take_write_enable() || frame_.size() <= first) return;
    const std::uint32_t start = address();
    for (std::size_t i = first; i < frame_.size(); ++i) {
      const auto in_page = static_cast<std::uint32_t>((start + i - first) % kPage);
      std::uint8_t& cell = cells_[(start / kPage * kPage + in_page) % cells_.size()];
      cell &= frame_[i];
    }
    note_change();
    occupy(program_time_);
  }

  void erase(std::uint32_t bytes, Duration time) {
    if (!take_write_enable()) return;
    const std::size_t start =
        bytes == cells_.size() ? 0 : address() % cells_.size() / bytes * bytes;
    std::fill_n(cells_.begin() + static_cast<std::ptrdiff_t>(start), bytes, std::uint8_t{0xFF});
    note_change();
    occupy(time);
  }

  void occupy(Duration time) { busy_until_ = scheduler_.now() + time; }

  // Longer frames are reads, of which the head alone matters.
  static constexpr std::size_t kLongestFrame = 1 + 4 + 512;

  const std::string name_;
  Scheduler& scheduler_;
  RunNotes& notes_;
  std::filesystem::path file_;
  bool keep_ = false;
  std::uint32_t id_ = 0;
  Duration program_time_{};
  Duration sector_time_{};
  Duration block_time_{};
  Duration chip_time_{};
  std::vector<std::uint8_t> cells_;
  std::uint64_t changes_ = 0;
  std::uint64_t edits_ = 0;
  std::vector<std::uint8_t> frame_;  // since the part was selected
  std::size_t read_beyond_ = 0;
  TimePoint busy_until_{};
  std::uint8_t status_ = 0;
  std::uint8_t volatile_ = kVolatileDefault;
  std::uint8_t enhanced_ = kEnhancedDefault;
  bool micron_ = false;
  bool asleep_ = false;
  bool four_byte_ = false;
};

const DeviceType kType("qspi_flash",
                       [](DeviceContext& context) { return std::make_unique<QspiFlash>(context); });

}  // namespace
}  // namespace tinyscope
