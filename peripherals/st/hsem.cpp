// HSEM: 32 hardware semaphores. RM0455, chapter "Hardware semaphore (HSEM)"; registers as in CMSIS
// stm32h7a3xxq.h, HSEM_TypeDef.
//
// The one core of the chip is COREID 1 (CMSIS, HSEM_CPU1_COREID). Wire: "irq".
// Not modelled: accesses by other bus masters, which never come.
#include <array>

#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr unsigned kSemaphores = 32;
constexpr Address kR = 0x000;
constexpr Address kRlr = 0x080;
constexpr Address kIer = 0x100;
constexpr Address kIcr = 0x104;
constexpr Address kIsr = 0x108;
constexpr Address kMisr = 0x10C;
constexpr Address kCr = 0x140;
constexpr Address kKeyr = 0x144;

constexpr std::uint32_t kLock = 1u << 31;
constexpr std::uint32_t kOwner = 0xFFFF;  // COREID in bits 8 to 15, PROCID in 0 to 7
constexpr std::uint32_t kCore = 1u << 8;
constexpr std::uint32_t kKeyMask = 0xFFFF'0000;

class Hsem final : public WiredBlock {
 public:
  explicit Hsem(PeripheralContext& context) : WiredBlock(context), irq_(add_wire("irq")) {
    registers_.array(kR, kSemaphores, 4, "R", [this](Register& added, unsigned i) {
      added.on_read([this, i] { return owner_[i]; }).on_write([this, i](std::uint32_t value) {
        write_r(i, value);
      });
    });
    registers_.array(kRlr, kSemaphores, 4, "RLR", [this](Register& added, unsigned i) {
      added.read_only().on_read([this, i] {
        if (owner_[i] == 0) owner_[i] = kLock | kCore;
        return owner_[i];
      });
    });
    ier_ = &registers_.add(kIer, "C1IER").on_write([this](std::uint32_t) { update_interrupt(); });
    registers_.add(kIcr, "C1ICR").write_only().trigger().on_write([this](std::uint32_t clear) {
      freed_ &= ~clear;
      update_interrupt();
    });
    registers_.add(kIsr, "C1ISR").read_only().on_read([this] { return freed_; });
    registers_.add(kMisr, "C1MISR").read_only().on_read([this] { return freed_ & ier_->value(); });
    registers_.add(kCr, "CR").write_only().trigger().on_write([this](std::uint32_t value) {
      if (((value ^ keyr_->value()) & kKeyMask) != 0) return;
      for (unsigned i = 0; i < kSemaphores; ++i) {
        if (((owner_[i] ^ value) & 0xFF00u) == 0) release(i);
      }
    });
    keyr_ = &registers_.add(kKeyr, "KEYR").field(16, 16, "KEY");
  }

 private:
  using Register = RegisterFile::Register;

  // A lock takes a free semaphore; only its owner frees it, by the same value without LOCK.
  void write_r(unsigned i, std::uint32_t value) {
    const std::uint32_t who = value & kOwner;
    if ((value & kLock) != 0) {
      if (owner_[i] == 0 && (who & 0xFF00u) == kCore) owner_[i] = kLock | who;
    } else if (owner_[i] == (kLock | who)) {
      release(i);
    }
  }
  void release(unsigned i) {
    if (owner_[i] == 0) return;
    owner_[i] = 0;
    freed_ |= 1u << i;
    update_interrupt();
  }
  void update_interrupt() { irq_.set((freed_ & ier_->value()) != 0); }

  void reset_state(ResetKind) override {
    owner_.fill(0);
    freed_ = 0;
    update_interrupt();
  }
  void snapshot_state(StateArchive& archive) override { archive(owner_, freed_); }

  Wire& irq_;
  Register* ier_ = nullptr;
  Register* keyr_ = nullptr;
  std::array<std::uint32_t, kSemaphores> owner_{};  // R: 0 while free
  std::uint32_t freed_ = 0;                         // ISR
};

const PeripheralType kType("st.hsem", [](PeripheralContext& context) {
  return std::make_unique<Hsem>(context);
});

}  // namespace
}  // namespace tinyscope::st
