// ECB: encrypts one block with AES-128. nRF52840 PS, chapter "ECB — AES electronic codebook mode
// encryption".
//
// ECBDATAPTR points to KEY, CLEARTEXT and CIPHERTEXT of 16 bytes each, read when the operation
// begins. CCM and AAR, which share the AES engine and win, never abort an operation here.
// Parameter: `block_ns`.
#include <algorithm>

#include "peripherals/common/aes128.hpp"
#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStartEcb = 0x000;
constexpr Address kStopEcb = 0x004;
constexpr Address kEndEcb = 0x100;
constexpr Address kErrorEcb = 0x104;
constexpr Address kEcbDataPtr = 0x504;
constexpr std::uint32_t kCipherTextOffset = 32;

class Ecb final : public NordicBlock {
 public:
  explicit Ecb(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kSetClear),
        dma_(context),
        done_(context.scheduler, [this] { deliver(); }) {
    block_time_ = Duration::from_ns(
        assumed_parameter(context, "block_ns", 7'200, "encrypting a block, ns",
                          "PS v1.1, electrical specification of ECB, from memory: estimate"));
    add_task(kStartEcb, "TASKS_STARTECB", [this] { start(); });
    add_task(kStopEcb, "TASKS_STOPECB", [this] { stop(); });
    add_event(kEndEcb, "EVENTS_ENDECB");
    add_event(kErrorEcb, "EVENTS_ERRORECB");
    pointer_ = &registers_.add(kEcbDataPtr, "ECBDATAPTR");
  }

 private:
  void start() {
    if (done_.scheduled()) return;
    std::array<std::uint8_t, kCipherTextOffset> input{};
    data_ = pointer_->value();
    if (!dma_.read(data_, input)) return raise(kErrorEcb);
    AesBlock key{};
    AesBlock clear{};
    std::copy_n(input.begin(), key.size(), key.begin());
    std::copy_n(input.begin() + key.size(), clear.size(), clear.begin());
    cipher_ = aes128_encrypt(key, clear);
    draw(true);
    done_.after(block_time_);
  }

  void stop() {
    if (!done_.scheduled()) return;
    done_.cancel();
    draw(false);
    raise(kErrorEcb);
  }

  void deliver() {
    draw(false);
    raise(dma_.write(data_, cipher_, kCipherTextOffset) ? kEndEcb : kErrorEcb);
  }

  void reset_state(ResetKind) override {
    done_.cancel();
    draw(false);
  }
  void snapshot_state(StateArchive& archive) override {
    archive(data_, cipher_);
    done_.snapshot(archive);
  }

  EasyDma dma_;
  Duration block_time_{};
  RegisterFile::Register* pointer_ = nullptr;
  Address data_ = 0;
  AesBlock cipher_{};
  Event done_;
};

const PeripheralType kType("nordic.ecb", [](PeripheralContext& context) {
  return std::make_unique<Ecb>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
