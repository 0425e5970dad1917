// FlashController in memory-mapped mode.
#include <algorithm>

#include "peripherals/st/flash_controller.hpp"

namespace tinyscope::st {
namespace {

constexpr std::uint32_t kEn = 1u << 0;  // CR
constexpr std::uint32_t kTcen = 1u << 3;

}  // namespace

// The flash at its addresses in the memory map.
class FlashController::Window final : public BusTarget {
 public:
  explicit Window(FlashController& controller) : controller_(controller) {}
  std::uint32_t read(const BusAccess& access) override { return controller_.read_mapped(access); }
  void write(const BusAccess& access, std::uint32_t value) override {
    if (!access.debug) controller_.write_mapped(access, value);
  }

 private:
  FlashController& controller_;
};

FlashController::~FlashController() = default;

std::unique_ptr<BusTarget> FlashController::make_window() {
  return std::make_unique<Window>(*this);
}

bool FlashController::mapped_ready(const BusAccess& access, bool write) {
  std::string_view problem;
  if ((cr_->value() & kEn) == 0 || mode() != Mode::kMapped) {
    problem = "mapped window outside memory-mapped mode";
  } else if (access.offset >= device_bytes()) {
    problem = "mapped window beyond the device's size";
  } else if (write && !mapped_write_command()) {
    problem = "store to the mapped window";
  }
  if (problem.empty()) return true;
  if (!access.debug) notes_.unmodelled(name_, problem, access.address, write, 0);
  return false;
}

std::uint32_t FlashController::read_mapped(const BusAccess& access) {
  if (!mapped_ready(access, false)) return 0;
  const unsigned count = bytes(access.size);
  const bool was_active = mapped_active_;
  if (!was_active || mapped_next_ != access.offset) send_header(command(), access.offset);
  std::uint32_t value = 0;
  for (unsigned i = 0; i < count; ++i) value |= std::uint32_t{exchange(0xFF)} << 8 * i;
  mapped_next_ = access.offset + count;
  mapped_active_ = true;
  if (access.debug) {
    if (!was_active) leave_mapped();
  } else {
    restart_timeout();
    update_outputs();
  }
  return value;
}

void FlashController::write_mapped(const BusAccess& access, std::uint32_t value) {
  if (!mapped_ready(access, true)) return;
  leave_mapped();
  send_header(*mapped_write_command(), access.offset);
  for (unsigned i = 0; i < bytes(access.size); ++i) {
    exchange(static_cast<std::uint8_t>(value >> 8 * i));
  }
  select(false);
}

std::uint64_t FlashController::Command::key() const {
  std::uint64_t value = opcode;
  for (const Phase& phase : {instruction, address, alternate, data}) {
    value = value * 131 + phase.lines * 8 + phase.bytes + (phase.double_rate ? 128 : 0);
  }
  return (value * 131 + dummy_cycles) * 131 + alternate_bytes;
}

// Pages of the image that hold something replace what the flash has there.
void FlashController::program_image() {
  constexpr std::uint32_t kPage = 4096;
  if (shown_ == nullptr || input_[0].flash == nullptr) return;
  for (std::uint32_t at = 0; at < shown_->size(); at += kPage) {
    const auto page = std::span<const std::uint8_t>(shown_->bytes()).subspan(at, kPage);
    const bool erased = std::all_of(page.begin(), page.end(), [](auto b) { return b == 0xFF; });
    if (!erased) input_[0].flash->preload(at, page);
  }
}

void FlashController::show_contents() {
  constexpr std::uint32_t kPiece = 65'536;
  if (flash() == nullptr) return;
  const Command next = command();
  if (shown_command_ == next.key() && shown_changes_ == flash()->changes()) return;
  shown_command_ = next.key();
  shown_changes_ = flash()->changes();
  const auto size =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(shown_->size(), device_bytes()));
  std::vector<std::uint8_t> piece;
  send_header(next, 0);
  for (std::uint32_t at = 0; at < size; at += kPiece) {
    piece.resize(std::min(kPiece, size - at));
    for (std::uint8_t& byte : piece) byte = exchange(0xFF);
    bus_.master_copy_in(mapped_.base + at, piece);
  }
  select(false);
}

void FlashController::leave_mapped() {
  timeout_event_.cancel();
  if (!mapped_active_) return;
  mapped_active_ = false;
  select(false);
}

void FlashController::tell_mapped_time() {
  constexpr std::uint64_t kBurst = 32;
  const std::uint64_t hz = kernel_clock_.hz();
  if (hz == 0 || mode() != Mode::kMapped) return;
  const Command next = command();
  const auto time = [&](std::uint64_t cycles) {
    return ClockDomain(hz).time_of(cycles * prescaler()) - TimePoint{};
  };
  const Duration burst = time(header_cycles(next) + data_cycles(next, kBurst));
  mapped_.set({.word = {burst.ps / (kBurst / 4)},
               .first = time(header_cycles(next) + data_cycles(next, 8)),
               .next = time(data_cycles(next, 8))});
  notes_.assume(
      {name_ + ".mapped",
       "a read of memory-mapped flash begins with a command of its own, into a cache for a "
       "line, without one for each eight words",
       "estimate"});
}

void FlashController::restart_timeout() {
  const std::uint64_t hz = kernel_clock_.hz();
  if ((cr_->value() & kTcen) == 0 || hz == 0) return;
  timeout_event_.at(
      ClockDomain(hz, now()).time_of((std::uint64_t{lptr_->value()} + 1) * prescaler()));
}

}  // namespace tinyscope::st
