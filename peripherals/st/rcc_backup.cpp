#include "peripherals/st/rcc_backup.hpp"

#include "peripherals/st/rcc_lines.hpp"

namespace tinyscope::st {
namespace {

// RCC_BDCR: at the same places in all chips.
constexpr std::uint32_t kRtcsel = 3u << 8;
constexpr std::uint32_t kBdrst = 1u << 16;

}  // namespace

RccBackup::RccBackup(PeripheralContext& context, Register& bdcr, std::function<void()> changed)
    : bdcr_(bdcr),
      writable_(context.events.line(kBackupWritableLine)),
      reset_line_(context.events.line(kBackupResetLine)),
      changed_(std::move(changed)) {
  bdcr_.on_write([this](std::uint32_t) { write(); });
}

void RccBackup::write() {
  if (!writable_.level()) {
    bdcr_.set(kept_);
    return;
  }
  std::uint32_t value = bdcr_.value();
  const bool held = (value & kBdrst) != 0;
  if (held) {
    value = kBdrst;
  } else if ((kept_ & kRtcsel) != 0) {  // chosen once, until the backup domain is reset
    value = (value & ~kRtcsel) | (kept_ & kRtcsel);
  }
  bdcr_.set(value);
  keep();
  reset_line_.set(held);
  changed_();
}

void RccBackup::reset(ResetKind kind) {
  if (kind == ResetKind::kPowerOn) {
    kept_ = 0;
    reset_line_.set(false);
  }
  bdcr_.set(kept_);
}

void RccBackup::snapshot(StateArchive& archive) {
  archive(kept_);
  reset_line_.snapshot(archive);
}

}  // namespace tinyscope::st
