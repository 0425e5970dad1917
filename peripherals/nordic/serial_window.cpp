#include "peripherals/nordic/serial_window.hpp"

#include <algorithm>
#include <iterator>

namespace tinyscope::nordic {

using namespace serial;

namespace {
constexpr std::uint32_t kDisconnected = 0xFFFF'FFFF;
constexpr std::uint32_t k16Mbps = 0x0A00'0000;
constexpr std::uint32_t k32Mbps = 0x1400'0000;
// nrf52840.svd, FREQUENCY: 100, 250, 400 kbps of TWI and of TWIM; 125 kbps to 32 Mbps of SPI.
constexpr std::uint32_t kKnownCodes[] = {0x0198'0000, 0x0400'0000, 0x0668'0000, 0x0640'0000,
                                         0x0200'0000, 0x0800'0000, 0x1000'0000, 0x2000'0000,
                                         0x4000'0000, 0x8000'0000, k16Mbps,     k32Mbps};
}  // namespace

void SerialDma::define(RegisterFile& registers, Address offset, std::string_view name) {
  const auto add = [&](Address at, std::string_view suffix) -> RegisterFile::Register& {
    return registers.add(offset + at, fmt::format("{}.{}", name, suffix));
  };
  ptr_ = &add(0x0, "PTR").on_write([this](std::uint32_t) { next_ = ptr_->value(); });
  maxcnt_ = &add(0x4, "MAXCNT").field(0, 16, "MAXCNT");
  amount_ = &add(0x8, "AMOUNT").read_only();
  list_ = &add(0xC, "LIST").field(0, 3, "LIST");
}

void SerialDma::begin() {
  length_ = maxcnt_->value();
  done_ = 0;
  address_ = list_->value() == 1 ? next_ : ptr_->value();
  next_ = address_ + length_;
}

std::uint8_t SerialDma::take(EasyDma& dma) {
  std::uint8_t byte = 0;
  dma.read(address_, {&byte, 1}, done_++);
  return byte;
}

void SerialDma::put(EasyDma& dma, std::uint8_t byte) { dma.write(address_, {&byte, 1}, done_++); }

SerialWindow::SerialWindow(PeripheralContext& context, Kind kind)
    : NordicBlock(context, Interrupts::kWithInten), kind_(kind), dma_(context) {
  define_tasks_and_events();
  define_registers();
  if (kind_ == Kind::kSpim3) {
    add_role(kEnableSpim, "spim", make_spim3);
    return;
  }
  add_role(kEnableSpi, "spi", make_spi);
  add_role(kEnableSpis, "spis", make_spis);
  add_role(kEnableSpim, "spim", make_spim);
  if (kind_ == Kind::kSpi) return;
  add_role(kEnableTwi, "twi", make_twi);
  add_role(kEnableTwim, "twim", make_twim);
  add_role(kEnableTwis, "twis", make_twis);
}

void SerialWindow::add_role(std::uint32_t enable, std::string_view name,
                            std::unique_ptr<SerialRole> (*make)(SerialWindow&)) {
  roles_.emplace(enable, Entry{std::string(name), make(*this)});
}

void SerialWindow::define_tasks_and_events() {
  const auto task = [this](Address offset, std::string_view name) {
    add_task(offset, fmt::format("TASKS_{}", name), [this, offset] {
      if (selected_ != nullptr) selected_->task(offset);
    });
  };
  const auto event = [this](Address offset, std::string_view name) {
    add_event(offset, fmt::format("EVENTS_{}", name));
  };
  task(kStop, "STOP");
  task(kSuspend, "SUSPEND");
  task(kResume, "RESUME");
  task(kStart, "START");
  event(kStopped, "STOPPED");
  event(kEndRx, "ENDRX");
  event(kEnd, "END");
  event(kEndTx, "ENDTX");
  event(kRxStarted, "STARTED");
  add_short(17, "END_START", kEnd, kStart);
  if (kind_ == Kind::kSpim3) return;
  task(kAcquire, "ACQUIRE");
  task(kRelease, "RELEASE");
  event(kRxdReady, "READY");
  event(kAcquired, "ACQUIRED");
  add_short(2, "END_ACQUIRE", kStopped, kAcquire);
  if (kind_ == Kind::kSpi) return;
  task(kStartRx, "STARTRX");
  task(kStartTx, "STARTTX");
  task(kPrepareRx, "PREPARERX");
  task(kPrepareTx, "PREPARETX");
  event(kTxdSent, "TXDSENT");
  event(kError, "ERROR");
  event(kBb, "BB");
  event(kSuspended, "SUSPENDED");
  event(kTxStarted, "TXSTARTED");
  event(kLastRx, "LASTRX");
  event(kLastTx, "LASTTX");
  event(kWrite, "WRITE");
  event(kRead, "READ");
  add_short(0, "BB_SUSPEND", kBb, kSuspend);
  add_short(1, "BB_STOP", kBb, kStop);
  add_short(7, "LASTTX_STARTRX", kLastTx, kStartRx);
  add_short(8, "LASTTX_SUSPEND", kLastTx, kSuspend);
  add_short(9, "LASTTX_STOP", kLastTx, kStop);
  add_short(10, "LASTRX_STARTTX", kLastRx, kStartTx);
  add_short(11, "LASTRX_SUSPEND", kLastRx, kSuspend);
  add_short(12, "LASTRX_STOP", kLastRx, kStop);
  add_short(13, "WRITE_SUSPEND", kWrite, kSuspend);
  add_short(14, "READ_SUSPEND", kRead, kSuspend);
}

void SerialWindow::define_registers() {
  enable_ =
      &registers_.add(kEnable, "ENABLE").field(0, 4, "ENABLE").on_write([this](auto) { select(); });
  constexpr std::string_view kPselNames[] = {"PSEL.SCK", "PSEL.MOSI", "PSEL.MISO", "PSEL.CSN"};
  for (unsigned i = 0; i < psel_.size(); ++i) {
    psel_[i] = &registers_.add(kPsel + 4 * i, kPselNames[i]).reset(kDisconnected);
    psel_[i]->on_write([this](std::uint32_t) {
      if (selected_ != nullptr) selected_->connect();
    });
  }
  frequency_ = &registers_.add(kFrequency, "FREQUENCY").reset(0x0400'0000);
  frequency_->on_write([this](std::uint32_t code) {
    if (std::find(std::begin(kKnownCodes), std::end(kKnownCodes), code) != std::end(kKnownCodes)) {
      return;
    }
    assume("frequency", "codes of FREQUENCY that PS does not list count as 16 MHz / 2^32 each");
  });
  rxd.define(registers_, kRxdPtr, "RXD");
  txd.define(registers_, kTxdPtr, "TXD");
  config = &registers_.add(kConfig, "CONFIG").flag(0, "ORDER").flag(1, "CPHA").flag(2, "CPOL");
  orc = &registers_.add(kOrc, "ORC").field(0, 8, "ORC");
  stallstat_ = &registers_.add(kStallStat, "STALLSTAT").flag(0, "TX").flag(1, "RX");
  stallstat_->on_read([this] {
    const auto semaphore = selected_ == nullptr ? std::nullopt : selected_->semstat();
    return semaphore.value_or(stallstat_->value());
  });
  if (kind_ == Kind::kSpim3) return;
  registers_.add(kRxd, "RXD").read_only().on_read([this] {
    return selected_ == nullptr ? 0 : selected_->read_rxd();
  });
  registers_.add(kTxd, "TXD").field(0, 8, "TXD").on_write([this](std::uint32_t value) {
    if (selected_ != nullptr) selected_->write_txd(static_cast<std::uint8_t>(value));
  });
  if (kind_ == Kind::kSpi) return;
  // OVERRUN never comes: the clock waits until RXD has been read.
  errorsrc = &registers_.add(kErrorSrc, "ERRORSRC")
                  .flag(0, "OVERRUN")
                  .flag(1, "ANACK")
                  .flag(2, "DNACK")
                  .write_one_to_clear();
  registers_.array(kAddress, 2, 4, "ADDRESS", [this](RegisterFile::Register& added, unsigned i) {
    address[i] = &added.field(0, 7, "ADDRESS");
  });
}

void SerialWindow::select() {
  const auto found = roles_.find(enable_->value());
  SerialRole* const next = found == roles_.end() ? nullptr : found->second.role.get();
  if (next == nullptr && enable_->value() != 0) {
    notes_.unmodelled(name_, fmt::format("ENABLE = {}: no such peripheral", enable_->value()),
                      kEnable, true, enable_->value());
  }
  if (next == selected_) return;
  if (selected_ != nullptr) selected_->disable();
  selected_ = next;
  if (selected_ == nullptr) return;
  selected_->enable();
  selected_->connect();
}

Port* SerialWindow::port(std::string_view name) {
  for (auto& [enable, entry] : roles_) {
    if (entry.name == name) return entry.role->port();
  }
  return nullptr;
}

Duration SerialWindow::bits(std::uint64_t count) const {
  const std::uint32_t code = frequency_->value();
  if (kind_ == Kind::kSpim3 && code == k16Mbps) return {count * 62'500};
  if (kind_ == Kind::kSpim3 && code == k32Mbps) return {count * 31'250};
  constexpr std::uint64_t kCyclePs = 62'500;  // 16 MHz
  if (code == 0) {
    notes_.unmodelled(name_, "FREQUENCY of 0", kFrequency, true, 0);
    return {count * (kCyclePs << 32)};
  }
  return {count * (kCyclePs << 32) / code};
}

std::string SerialWindow::pad(unsigned index) const {
  const auto number = pad_number(index);
  return number ? pad_name(*number) : std::string();
}

void SerialWindow::assume(std::string_view topic, std::string_view text, std::string_view source) {
  notes_.assume({fmt::format("{}.{}", name_, topic), std::string(text), std::string(source)});
}

void SerialWindow::reset_state(ResetKind) {
  for (auto& [enable, entry] : roles_) entry.role->disable();
  selected_ = nullptr;
}

void SerialWindow::snapshot_state(StateArchive& archive) {
  if (archive.is_loading()) {
    const auto found = roles_.find(enable_->value());
    selected_ = found == roles_.end() ? nullptr : found->second.role.get();
    if (selected_ != nullptr) selected_->connect();
  }
  rxd.snapshot(archive);
  txd.snapshot(archive);
  for (auto& [enable, entry] : roles_) entry.role->snapshot(archive);
}

namespace {
const PeripheralType kTwiAndSpi("nordic.twi_spi", [](PeripheralContext& context) {
  return std::make_unique<SerialWindow>(context, SerialWindow::Kind::kTwiAndSpi);
});
const PeripheralType kSpi("nordic.spi", [](PeripheralContext& context) {
  return std::make_unique<SerialWindow>(context, SerialWindow::Kind::kSpi);
});
const PeripheralType kSpim3("nordic.spim3", [](PeripheralContext& context) {
  return std::make_unique<SerialWindow>(context, SerialWindow::Kind::kSpim3);
});
}  // namespace

}  // namespace tinyscope::nordic
