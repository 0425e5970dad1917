#include "peripherals/st/flash_controller.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tinyscope::st {
namespace {

constexpr std::size_t kFifoBytes = 32;
constexpr std::uint32_t kWholeDevice = 0xFFFF'FFFF;  // DLR

// CR.
constexpr std::uint32_t kEn = 1u << 0;
constexpr std::uint32_t kAbort = 1u << 1;
constexpr std::uint32_t kDmaen = 1u << 2;
constexpr std::uint32_t kApms = 1u << 22;
constexpr std::uint32_t kPmm = 1u << 23;

// SR; the enables stand 16 bits higher in CR.
constexpr std::uint32_t kTef = 1u << 0;
constexpr std::uint32_t kTcf = 1u << 1;
constexpr std::uint32_t kFtf = 1u << 2;
constexpr std::uint32_t kSmf = 1u << 3;
constexpr std::uint32_t kTof = 1u << 4;
constexpr std::uint32_t kBusy = 1u << 5;

}  // namespace

FlashController::FlashController(PeripheralContext& context, const Offsets& offsets,
                                 std::string_view clock)
    : WiredBlock(context),
      offsets_(offsets),
      kernel_clock_(
          context.clocks.signal(context.params.string("clock").value_or(std::string(clock)))),
      step_event_(context.scheduler, [this] { step(); }),
      timeout_event_(context.scheduler,
                     [this] {
                       leave_mapped();
                       raise(kTof);
                     }),
      window_(make_window()) {
  const auto add = [this](Address offset, std::string_view name) -> Register& {
    return registers_.add(offset, name);
  };
  cr_ = &add(offsets.cr, "CR")
             .field(0, 4, "EN, ABORT, DMAEN, TCEN")
             .field(7, 6, "FSEL, FTHRES")
             .field(16, 5, "TEIE, TCIE, FTIE, SMIE, TOIE")
             .field(22, 2, "APMS, PMM")
             .on_write([this](std::uint32_t value) { control(value); });
  add(offsets.sr, "SR").read_only().on_read([this] { return status(); });
  add(offsets.fcr, "FCR").trigger().on_write([this](std::uint32_t bits) {
    flags_ &= ~bits;
    update_outputs();
  });
  dlr_ = &add(offsets.dlr, "DLR");
  ar_ = &add(offsets.ar, "AR").on_write([this](std::uint32_t) { address_written(); });
  psmkr_ = &add(offsets.psmkr, "PSMKR");
  psmar_ = &add(offsets.psmar, "PSMAR");
  pir_ = &add(offsets.pir, "PIR").field(0, 16, "INTERVAL");
  lptr_ = &add(offsets.lptr, "LPTR").field(0, 16, "TIMEOUT");
  irq_ = &add_wire("irq");
  dma_ = &add_wire("dma");
  if (const auto base = context.params.u32("mapped_base")) {
    const std::uint32_t bytes = context.params.u32("mapped_bytes").value_or(256u << 20);
    shown_ = context.bus.memory_at(*base).memory;
    if (shown_ == nullptr) context.bus.add_target(name_ + "_mapped", *base, bytes, *window_);
    mapped_.base = *base;
  }
  // RCC may know the block by another name.
  if (const auto reset_name = context.params.string("reset")) {
    context.events.line(block_reset_line(*reset_name)).connect([this](bool level) {
      if (level) reset(ResetKind::kSoftware);
    });
  }
  // A command that was given while the clock stood still.
  kernel_clock_.on_change([this](std::uint64_t hz) {
    tell_mapped_time();
    if (hz != 0 && stage_ != Stage::kIdle && waiting_ != 0) step_after(waiting_);
  });
}

Port* FlashController::port(std::string_view name) {
  if (name == "flash") return &input_[0];
  if (name == "mapped" && mapped_.base != 0) return &mapped_;
  return name == "flash2" ? &input_[1] : nullptr;
}

// --- registers ---

std::uint32_t FlashController::read(const BusAccess& access) {
  if (access.offset - offsets_.dr < 4) return access.debug ? 0 : pop(bytes(access.size));
  return WiredBlock::read(access);
}

void FlashController::write(const BusAccess& access, std::uint32_t value) {
  if (access.offset - offsets_.dr < 4) {
    if (!access.debug) push(value, bytes(access.size));
    return;
  }
  // RM0385: CR (but for ABORT, the enables and the threshold) and what describes a command cannot
  // be changed while BUSY is set.
  const bool command = access.offset != offsets_.cr && access.offset != offsets_.fcr;
  if (command && busy() && !access.debug) return;
  WiredBlock::write(access, value);
  update_outputs();
  if (mode() != Mode::kMapped || access.debug) return;
  tell_mapped_time();
  if ((cr_->value() & kEn) != 0 && shown_ != nullptr && !busy()) show_contents();
}

void FlashController::control(std::uint32_t value) {
  if ((value & kAbort) != 0) abort();
  if ((value & kEn) == 0 && busy()) abort();
  update_outputs();
}

void FlashController::abort() {
  cr_->set(cr_->value() & ~kAbort);
  step_event_.cancel();
  stage_ = Stage::kIdle;
  fifo_.clear();
  remaining_ = 0;
  leave_mapped();
  select(false);
  raise(kTcf);
}

void FlashController::command_written() {
  if ((cr_->value() & kEn) == 0 || busy()) return;
  const Command next = command();
  if (mode() == Mode::kMapped || next.address.lines != 0) return;
  if (next.instruction.lines == 0 && next.alternate.lines == 0 && next.data.lines == 0) return;
  if (mode() == Mode::kWrite && next.data.lines != 0) return;
  begin();
}

void FlashController::address_written() {
  if ((cr_->value() & kEn) == 0 || busy()) return;
  const Command next = command();
  if (mode() == Mode::kMapped || next.address.lines == 0) return;
  if (mode() == Mode::kWrite && next.data.lines != 0) return;
  if (ar_->value() >= device_bytes()) return raise(kTef);
  begin();
}

std::uint32_t FlashController::pop(unsigned count) {
  // Ahead of the line: see the header.
  while (stage_ == Stage::kReading && fifo_.size() < count && remaining_ > 0) {
    step_event_.cancel();
    piece_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(remaining_, 4));
    read_piece();
  }
  std::uint32_t value = 0;
  const std::size_t taken = std::min<std::size_t>(count, fifo_.size());
  for (std::size_t i = 0; i < taken; ++i) value |= std::uint32_t{fifo_[i]} << 8 * i;
  fifo_.erase(fifo_.begin(), fifo_.begin() + static_cast<std::ptrdiff_t>(taken));
  if (stage_ == Stage::kReading && !step_event_.scheduled()) schedule_data();
  update_outputs();
  return value;
}

void FlashController::push(std::uint32_t value, unsigned count) {
  if ((cr_->value() & kEn) == 0 || mode() != Mode::kWrite) return;
  const bool first = stage_ == Stage::kIdle;
  if (first && (busy() || command().data.lines == 0)) return;
  for (unsigned i = 0; i < count && fifo_.size() < kFifoBytes; ++i) {
    fifo_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  }
  if (first) {
    begin();
  } else if (stage_ == Stage::kWriting && !step_event_.scheduled()) {
    schedule_data();
  }
  update_outputs();
}

// --- commands ---

void FlashController::begin() {
  const Command next = command();
  const std::uint64_t length =
      dlr_->value() == kWholeDevice
          ? device_bytes() - std::min<std::uint64_t>(ar_->value(), device_bytes())
          : std::uint64_t{dlr_->value()} + 1;
  remaining_ = next.data.lines == 0 ? 0 : length;
  stage_ = Stage::kHeader;
  draw(true);
  step_after(header_cycles(next));
  update_outputs();
}

std::uint64_t FlashController::header_cycles(const Command& next) const {
  const std::uint64_t half = next.instruction.half_cycles(next.instruction.bytes) +
                             next.address.half_cycles(next.address.bytes) +
                             next.alternate.half_cycles(next.alternate.bytes);
  return (half + 1) / 2 + next.dummy_cycles + cs_high_cycles();
}

std::uint64_t FlashController::data_cycles(const Command& next, std::uint64_t count) const {
  return std::max<std::uint64_t>((next.data.half_cycles(count) + 1) / 2, 1);
}

void FlashController::step_after(std::uint64_t memory_cycles) {
  waiting_ = memory_cycles;
  const std::uint64_t hz = kernel_clock_.hz();
  if (hz == 0) return;
  waiting_ = 0;
  step_event_.at(ClockDomain(hz, now()).time_of(memory_cycles * prescaler()));
}

void FlashController::send_header(const Command& next, std::uint32_t address) {
  const auto send = [this](const Phase& phase, std::uint32_t value) {
    for (unsigned i = phase.lines == 0 ? 0 : phase.bytes; i-- > 0;) {
      exchange(static_cast<std::uint8_t>(value >> 8 * i));
    }
  };
  select(false);
  select(true);
  send(next.instruction, next.opcode);
  send(next.address, address);
  send(next.alternate, next.alternate_bytes);
  // Dummy clocks count as bytes on the lines of what went before (sim/serial_flash.hpp).
  const unsigned lines = std::max({1u, next.alternate.lines, next.address.lines});
  for (unsigned i = 0; i < next.dummy_cycles * lines / 8; ++i) exchange(0xFF);
}

void FlashController::step() {
  switch (stage_) {
    case Stage::kHeader: header_done(); break;
    case Stage::kReading: read_piece(); break;
    case Stage::kWriting: write_piece(); break;
    case Stage::kPolling: poll(); break;
    case Stage::kIdle: break;
  }
  update_outputs();
}

void FlashController::header_done() {
  const Command next = command();
  if (mode() == Mode::kPolling) {
    stage_ = Stage::kPolling;
    return step_after(data_cycles(next, remaining_));
  }
  send_header(next, ar_->value());
  if (remaining_ == 0) return finish();
  stage_ = mode() == Mode::kRead ? Stage::kReading : Stage::kWriting;
  schedule_data();
}

// The next bytes, if the FIFO has any to send or room to receive.
void FlashController::schedule_data() {
  const std::size_t possible = stage_ == Stage::kReading ? kFifoBytes - fifo_.size() : fifo_.size();
  piece_ = static_cast<std::uint32_t>(std::min<std::uint64_t>({4, remaining_, possible}));
  if (piece_ != 0) step_after(data_cycles(command(), piece_));
}

void FlashController::read_piece() {
  for (; piece_ > 0; --piece_, --remaining_) fifo_.push_back(exchange(0xFF));
  if (remaining_ == 0) return finish();
  schedule_data();
}

void FlashController::write_piece() {
  for (; piece_ > 0; --piece_, --remaining_) {
    exchange(fifo_.front());
    fifo_.erase(fifo_.begin());
  }
  if (remaining_ == 0) {
    fifo_.clear();  // what was written beyond DLR
    return finish();
  }
  schedule_data();
}

void FlashController::finish() {
  select(false);
  stage_ = Stage::kIdle;
  draw(false);
  raise(kTcf);
}

// RM0385, "Automatic status-polling mode". Until the flash is ready its answers do not change, so
// that polls before that are passed over.
void FlashController::poll() {
  const Command next = command();
  send_header(next, ar_->value());
  const std::uint32_t count = static_cast<std::uint32_t>(std::min<std::uint64_t>(remaining_, 4));
  std::uint32_t answer = 0;
  for (unsigned i = 0; i < count; ++i) answer |= std::uint32_t{exchange(0xFF)} << 8 * i;
  select(false);
  const std::uint32_t mask = psmkr_->value();
  const std::uint32_t same = ~(answer ^ psmar_->value()) & mask;
  if ((cr_->value() & kPmm) != 0 ? same != 0 : same == mask) {
    raise(kSmf);
    if ((cr_->value() & kApms) != 0) {
      stage_ = Stage::kIdle;
      draw(false);
      return;
    }
  }
  const std::uint64_t cycles = header_cycles(next) + data_cycles(next, count) + pir_->value();
  std::uint64_t polls = 1;
  const std::uint64_t hz = kernel_clock_.hz();
  if (flash() != nullptr && flash()->ready_at() > now() && hz != 0) {
    const ClockDomain clock(hz, now());
    polls = std::max<std::uint64_t>(
        1, (clock.tick_at(flash()->ready_at()) / prescaler() + cycles) / cycles);
  }
  step_after(polls * cycles);
}

// --- state ---

void FlashController::select(bool selected) {
  if (selected == selected_) return;
  selected_ = selected;
  if (flash() != nullptr) flash()->select(selected);
}

bool FlashController::fifo_ready() const {
  const std::size_t threshold = (cr_->value() >> 8 & 0x1Fu) + 1;
  switch (mode()) {
    case Mode::kWrite: return kFifoBytes - fifo_.size() >= threshold;
    case Mode::kRead:
      return fifo_.size() >= threshold || (stage_ == Stage::kIdle && !fifo_.empty());
    default: return false;
  }
}

std::uint32_t FlashController::status() const {
  return flags_ | (fifo_ready() ? kFtf : 0) | (busy() ? kBusy : 0) |
         static_cast<std::uint32_t>(fifo_.size()) << 8;
}

void FlashController::raise(std::uint32_t flag) {
  flags_ |= flag;
  update_outputs();
}

void FlashController::update_outputs() {
  irq_->set((status() & cr_->value() >> 16 & 0x1Fu) != 0);
  const bool transfer = stage_ != Stage::kIdle || !fifo_.empty() || mode() == Mode::kWrite;
  dma_->set((cr_->value() & (kEn | kDmaen)) == (kEn | kDmaen) && transfer && fifo_ready());
}

void FlashController::reset_state(ResetKind kind) {
  step_event_.cancel();
  timeout_event_.cancel();
  stage_ = Stage::kIdle;
  fifo_.clear();
  remaining_ = waiting_ = 0;
  piece_ = flags_ = mapped_next_ = 0;
  mapped_active_ = false;
  select(false);
  if (kind == ResetKind::kPowerOn) program_image();
  draw(false);
  irq_->set(false);
  dma_->set(false);
}

void FlashController::snapshot_state(StateArchive& archive) {
  archive(stage_, fifo_, remaining_, piece_, waiting_, flags_, selected_, mapped_active_,
          mapped_next_, shown_changes_, shown_command_);
  step_event_.snapshot(archive);
  timeout_event_.snapshot(archive);
}

}  // namespace tinyscope::st
