#include "peripherals/nordic/uarte.hpp"

#include "peripherals/nordic/uarte_registers.hpp"

namespace tinyscope::nordic {

using namespace uarte;

namespace {
constexpr std::uint32_t kEnableUart = 4;
constexpr std::uint32_t kEnableUarte = 8;
}  // namespace

Uarte::Uarte(PeripheralContext& context)
    : NordicBlock(context, Interrupts::kWithInten),
      dma_(context),
      frame_end_(context.scheduler, [this] { frame_sent(); }),
      rx_timeout_(context.scheduler, [this] { receiver_stopped(); }) {
  add_event(kCts, "EVENTS_CTS");
  add_event(kNcts, "EVENTS_NCTS");
  define_transmit();
  define_receive();
  add_task(kSuspend, "TASKS_SUSPEND", [this] {
    stop_tx();
    stop_rx();
  });
  add_short(3, "CTS_STARTRX", kCts, kStartRx);
  add_short(4, "NCTS_STOPRX", kNcts, kStopRx);
  add_short(5, "ENDRX_STARTRX", kEndRx, kStartRx);
  add_short(6, "ENDRX_STOPRX", kEndRx, kStopRx);

  const auto changed = [this](std::uint32_t) { line_changed(); };
  enable_ = &registers_.add(kEnable, "ENABLE").field(0, 4, "ENABLE").on_write(changed);
  registers_.add(kPselRts, "PSEL.RTS").reset(0xFFFF'FFFF);
  psel_txd_ = &registers_.add(kPselTxd, "PSEL.TXD").reset(0xFFFF'FFFF);
  registers_.add(kPselCts, "PSEL.CTS").reset(0xFFFF'FFFF);
  psel_rxd_ = &registers_.add(kPselRxd, "PSEL.RXD").reset(0xFFFF'FFFF);
  baudrate_ = &registers_.add(kBaudrate, "BAUDRATE").reset(0x0400'0000).on_write(changed);
  config_ = &registers_.add(kConfig, "CONFIG")
                 .unimplemented(0, 1, "HWFC")
                 .field(1, 3, "PARITY")
                 .field(4, 1, "STOP")
                 .on_write(changed);
  power_register_ = &registers_.add(kPower, "undocumented POWER")
                         .reset(1)
                         .flag(0, "POWER")
                         .on_write([this](std::uint32_t) { power_written(); });
}

// PS does not list it; firmware writes 0 and 1 so that the block lets go of the high-frequency
// clock. As POWER of RADIO (PS "RADIO / Registers") and of the UART of the nRF51 (nRF51 Series
// Reference Manual, "UART / Register table"): 0 resets the block. Whether it then also ignores all
// else is not known; here it does not.
void Uarte::power_written() {
  if (power_register_->value() != 0) return;
  reset(ResetKind::kSoftware);
  power_register_->set(0);
}

void Uarte::define_transfer(Transfer& transfer, Address offset, std::string_view name) {
  transfer.ptr = &registers_.add(offset, fmt::format("{}.PTR", name));
  transfer.maxcnt =
      &registers_.add(offset + 4, fmt::format("{}.MAXCNT", name)).field(0, 16, "MAXCNT");
  transfer.amount = &registers_.add(offset + 8, fmt::format("{}.AMOUNT", name)).read_only();
}

bool Uarte::uarte_mode() const { return enable_->value() == kEnableUarte; }
bool Uarte::uart_mode() const { return enable_->value() == kEnableUart; }
Duration Uarte::frame_time() const { return uart_frame_time(baudrate_->value(), config_->value()); }

void Uarte::line_changed() {
  const bool enabled = uarte_mode() || uart_mode();
  port_.frame_time = enabled ? frame_time() : Duration{};
  if (enabled) return;
  // Switched off: what was under way ends at once and without events.
  frame_end_.cancel();
  rx_timeout_.cancel();
  tx_.active = rx_.active = false;
  tx_started_ = tx_stopping_ = frame_on_line_ = txd_waiting_ = false;
  receiving_ = rxd_offered_ = false;
  fifo_.clear();
  update_draw();
}

void Uarte::reset_state(ResetKind) { line_changed(); }

void Uarte::snapshot_state(StateArchive& archive) {
  tx_.snapshot(archive);
  rx_.snapshot(archive);
  fifo_.snapshot(archive);
  archive(port_.frame_time.ps, tx_started_, tx_stopping_, frame_on_line_, frame_, txd_waiting_,
          txd_, receiving_, rxd_offered_, rxd_);
  frame_end_.snapshot(archive);
  rx_timeout_.snapshot(archive);
}

namespace {
const PeripheralType kType("nordic.uarte", [](PeripheralContext& context) {
  return std::make_unique<Uarte>(context);
});
}  // namespace

}  // namespace tinyscope::nordic
