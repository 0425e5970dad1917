#include "cores/cortex_m/semihosting.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace tinyscope {
namespace {

constexpr std::uint32_t kFailed = 0xFFFFFFFFu;
constexpr std::uint32_t kMaxTransferBytes = 16u << 20;
constexpr std::uint32_t kApplicationExit = 0x20026;  // ADP_Stopped_ApplicationExit
// What SYS_TIME counts from, so that two runs see the same time: 2024-01-01 00:00 UTC.
constexpr std::uint32_t kEpochSeconds = 1704067200u;

enum Operation : std::uint32_t {
  kOpen = 0x01,
  kClose = 0x02,
  kWritec = 0x03,
  kWrite0 = 0x04,
  kWrite = 0x05,
  kRead = 0x06,
  kReadc = 0x07,
  kIserror = 0x08,
  kIstty = 0x09,
  kSeek = 0x0A,
  kFlen = 0x0C,
  kTmpnam = 0x0D,
  kRemove = 0x0E,
  kRename = 0x0F,
  kClock = 0x10,
  kTime = 0x11,
  kSystem = 0x12,
  kErrno = 0x13,
  kGetCmdline = 0x15,
  kHeapinfo = 0x16,
  kExit = 0x18,
  kExitExtended = 0x20,
  kElapsed = 0x30,
  kTickfreq = 0x31
};

}  // namespace

std::uint32_t Semihosting::word(Address block, unsigned index) const {
  std::array<std::uint8_t, 4> bytes{};
  bus_.copy_out(block + 4 * index, bytes);
  return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 |
         std::uint32_t{bytes[3]} << 24;
}

std::string Semihosting::text(Address address, std::uint32_t length) const {
  std::string result(std::min(length, kMaxTransferBytes), '\0');
  const std::span bytes(reinterpret_cast<std::uint8_t*>(result.data()), result.size());
  if (!bus_.copy_out(address, bytes)) result.clear();
  return result;
}

std::optional<std::filesystem::path> Semihosting::confined(const std::string& name) const {
  if (!folder_) return std::nullopt;
  const std::filesystem::path relative(name);
  if (relative.is_absolute()) return std::nullopt;
  const auto root = std::filesystem::weakly_canonical(*folder_);
  const auto full = std::filesystem::weakly_canonical(root / relative);
  const auto inside = std::mismatch(root.begin(), root.end(), full.begin(), full.end());
  if (inside.first != root.end()) return std::nullopt;
  return full;
}

std::uint32_t Semihosting::open(Address block) {
  const std::string name = text(word(block, 0), word(block, 2));
  const std::uint32_t mode = word(block, 1);
  if (name == ":tt") {
    files_[next_handle_] = {};
    return next_handle_++;
  }
  constexpr std::array<const char*, 12> kModes = {"r",  "rb",  "r+", "r+b", "w",  "wb",
                                                  "w+", "w+b", "a",  "ab",  "a+", "a+b"};
  const auto path = confined(name);
  if (!path || mode >= kModes.size()) {
    error_number_ = EACCES;
    return kFailed;
  }
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path->c_str(), kModes[mode]));
  if (!file) {
    error_number_ = static_cast<std::uint32_t>(errno);
    return kFailed;
  }
  files_[next_handle_].file = std::move(file);
  return next_handle_++;
}

std::uint32_t Semihosting::write(Address block) {
  const auto found = files_.find(word(block, 0));
  const std::uint32_t length = word(block, 2);
  if (found == files_.end()) return length;
  const std::string data = text(word(block, 1), length);
  if (!found->second.file) {
    if (console_) console_(data);
    return length - static_cast<std::uint32_t>(data.size());
  }
  const auto written = std::fwrite(data.data(), 1, data.size(), found->second.file.get());
  return length - static_cast<std::uint32_t>(written);
}

std::uint32_t Semihosting::read(Address block) {
  const auto found = files_.find(word(block, 0));
  const std::uint32_t length = word(block, 2);
  if (found == files_.end() || !found->second.file) return length;  // nothing comes from a console
  std::vector<std::uint8_t> data(std::min(length, kMaxTransferBytes));
  const auto count = std::fread(data.data(), 1, data.size(), found->second.file.get());
  data.resize(count);
  if (!bus_.copy_in(word(block, 1), data)) return length;
  return length - static_cast<std::uint32_t>(count);
}

std::uint32_t Semihosting::file_operation(std::uint32_t operation, Address block) {
  if (operation == kRemove) {
    const auto path = confined(text(word(block, 0), word(block, 1)));
    return path && std::remove(path->c_str()) == 0 ? 0 : kFailed;
  }
  if (operation == kRename) {
    const auto from = confined(text(word(block, 0), word(block, 1)));
    const auto to = confined(text(word(block, 2), word(block, 3)));
    return from && to && std::rename(from->c_str(), to->c_str()) == 0 ? 0 : kFailed;
  }
  const auto found = files_.find(word(block, 0));
  if (found == files_.end()) return kFailed;
  std::FILE* const file = found->second.file.get();
  switch (operation) {
    case kClose: files_.erase(found); return 0;
    case kIstty: return file == nullptr ? 1 : 0;
    case kSeek:
      return file != nullptr && std::fseek(file, static_cast<long>(word(block, 1)), SEEK_SET) == 0
                 ? 0
                 : kFailed;
    case kFlen: {
      if (file == nullptr) return 0;
      const long position = std::ftell(file);
      std::fseek(file, 0, SEEK_END);
      const long length = std::ftell(file);
      std::fseek(file, position, SEEK_SET);
      return static_cast<std::uint32_t>(length);
    }
    default: return kFailed;
  }
}

Semihosting::Result Semihosting::perform(std::uint32_t operation, std::uint32_t parameter,
                                         TimePoint now) {
  switch (operation) {
    case kOpen: return {open(parameter), {}};
    case kWrite: return {write(parameter), {}};
    case kRead: return {read(parameter), {}};
    case kWritec:
      if (console_) console_(text(parameter, 1));
      return {0, {}};
    case kWrite0: {
      std::string line;
      for (Address at = parameter; line.size() < kMaxTransferBytes; ++at) {
        const std::string next = text(at, 1);
        if (next.empty() || next[0] == '\0') break;
        line += next;
      }
      if (console_) console_(line);
      return {0, {}};
    }
    case kReadc: return {kFailed, {}};
    case kIserror: return {word(parameter, 0) >> 31, {}};
    case kClose:
    case kIstty:
    case kSeek:
    case kFlen:
    case kRemove:
    case kRename: return {file_operation(operation, parameter), {}};
    case kClock: return {static_cast<std::uint32_t>(now.ps / 10'000'000'000u), {}};
    case kTime: return {kEpochSeconds + static_cast<std::uint32_t>(now.seconds()), {}};
    case kErrno: return {error_number_, {}};
    case kGetCmdline: {
      const std::uint32_t room = word(parameter, 1);
      if (command_line_.size() + 1 > room) return {kFailed, {}};
      std::vector<std::uint8_t> bytes(command_line_.begin(), command_line_.end());
      bytes.push_back(0);
      const auto length = static_cast<std::uint32_t>(command_line_.size());
      std::array<std::uint8_t, 4> size{};
      for (unsigned i = 0; i < 4; ++i) size[i] = static_cast<std::uint8_t>(length >> (8 * i));
      const bool ok = bus_.copy_in(word(parameter, 0), bytes) && bus_.copy_in(parameter + 4, size);
      return {ok ? 0 : kFailed, {}};
    }
    case kHeapinfo: {
      // Zeros: the firmware is to use its own limits.
      const std::array<std::uint8_t, 16> zeros{};
      bus_.copy_in(word(parameter, 0), zeros);
      return {0, {}};
    }
    case kElapsed: {
      const std::uint64_t us = now.ps / 1'000'000u;
      std::array<std::uint8_t, 8> bytes{};
      for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(us >> (8 * i));
      return {bus_.copy_in(parameter, bytes) ? 0 : kFailed, {}};
    }
    case kTickfreq: return {1'000'000, {}};
    case kExit: return {0, parameter == kApplicationExit ? 0 : 1};
    case kExitExtended: {
      const std::uint32_t reason = word(parameter, 0);
      const auto subcode = static_cast<int>(word(parameter, 1));
      return {0, reason == kApplicationExit ? subcode : 1};
    }
    case kSystem:
    case kTmpnam:
    default: error_number_ = ENOSYS; return {kFailed, {}};
  }
}

void Semihosting::snapshot(StateArchive& archive) {
  std::vector<std::uint32_t> consoles;
  std::vector<std::uint32_t> files;
  for (const auto& [handle, open] : files_) (open.file ? files : consoles).push_back(handle);
  archive(consoles, files, next_handle_, error_number_);
  if (!archive.is_loading()) return;
  for (const std::uint32_t handle : files) {
    if (const auto found = files_.find(handle); found != files_.end() && found->second.file)
      continue;
    throw InputError(
        "snapshot: the firmware had a file of the host open by semihosting, which cannot be opened "
        "again; take the snapshot before it opens the file, or after it has closed it");
  }
  std::erase_if(files_, [&](const auto& open) {
    return !open.second.file || std::find(files.begin(), files.end(), open.first) == files.end();
  });
  for (const std::uint32_t handle : consoles) files_[handle] = {};
}

}  // namespace tinyscope
