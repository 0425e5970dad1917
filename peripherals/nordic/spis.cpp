// SPIS: answers on SPI. nRF52840 PS, chapter "SPIS — Serial peripheral interface slave with
// EasyDMA". A semaphore says who may touch the buffers, the CPU or SPIS.
#include "peripherals/nordic/serial_window.hpp"
#include "peripherals/nordic/spi_bits.hpp"

namespace tinyscope::nordic {

using namespace serial;

namespace {

constexpr Address kSpisEnd = kStopped;
constexpr std::uint32_t kOverread = 1u << 0;
constexpr std::uint32_t kOverflow = 1u << 1;

class Spis final : public SerialRole, private SpiTarget {
 public:
  explicit Spis(SerialWindow& window) : SerialRole(window) {
    status_ = &window.registers()
                   .add(kStatus, "STATUS")
                   .flag(0, "OVERREAD")
                   .flag(1, "OVERFLOW")
                   .write_one_to_clear();
    def_ = &window.registers().add(kDef, "DEF").field(0, 8, "DEF");
  }

  void task(Address task) override {
    if (task == kAcquire) return acquire();
    if (task == kRelease && semaphore_ == Semaphore::kCpu) semaphore_ = Semaphore::kFree;
  }
  void enable() override { enabled_ = true; }
  void disable() override {
    enabled_ = granted_ = false;
    semaphore_ = Semaphore::kCpu;
    window_.draw(false);
  }
  std::optional<std::uint32_t> semstat() const override {
    return static_cast<std::uint32_t>(semaphore_);
  }
  Port* port() override { return static_cast<SpiTarget*>(this); }
  void snapshot(StateArchive& archive) override { archive(enabled_, granted_, semaphore_); }

 private:
  // SEMSTAT. After ENABLE it is the CPU's.
  enum class Semaphore : std::uint32_t { kFree = 0, kCpu = 1, kSpis = 2, kCpuPending = 3 };

  void acquire() {
    switch (semaphore_) {
      case Semaphore::kFree:
      case Semaphore::kCpu: semaphore_ = Semaphore::kCpu; return window_.raise(kAcquired);
      case Semaphore::kSpis: semaphore_ = Semaphore::kCpuPending; return;
      case Semaphore::kCpuPending: return;
    }
  }

  // PS: without the semaphore at this moment the whole transaction is ignored.
  void select(bool selected) override {
    if (!enabled_) return;
    if (selected) {
      granted_ = semaphore_ == Semaphore::kFree;
      if (!granted_) return;
      semaphore_ = Semaphore::kSpis;
      window_.draw(true);
      window_.rxd.begin();
      window_.txd.begin();
      return;
    }
    if (!granted_) return;
    granted_ = false;
    window_.draw(false);
    window_.rxd.end();
    window_.txd.end();
    const bool pending = semaphore_ == Semaphore::kCpuPending;
    semaphore_ = pending ? Semaphore::kCpu : Semaphore::kFree;
    window_.raise(kSpisEnd);
    if (pending) window_.raise(kAcquired);
  }

  std::uint8_t transfer(std::uint8_t byte) override {
    const std::uint32_t config = window_.config->value();
    return spi_wire_byte(answer(spi_wire_byte(byte, config)), config);
  }
  std::uint8_t answer(std::uint8_t byte) {
    if (!enabled_) return 0xFF;
    if (!granted_) return static_cast<std::uint8_t>(def_->value());
    auto out = static_cast<std::uint8_t>(window_.orc->value());
    if (window_.txd.left() != 0) {
      out = window_.txd.take(window_.dma());
    } else {
      status_->set(status_->value() | kOverread);
    }
    if (window_.rxd.left() != 0) {
      window_.rxd.put(window_.dma(), byte);
      if (window_.rxd.left() == 0) window_.raise(kEndRx);
    } else {
      status_->set(status_->value() | kOverflow);
    }
    return out;
  }

  RegisterFile::Register* status_ = nullptr;
  RegisterFile::Register* def_ = nullptr;
  bool enabled_ = false;
  bool granted_ = false;
  Semaphore semaphore_ = Semaphore::kCpu;
};

}  // namespace

std::unique_ptr<SerialRole> make_spis(SerialWindow& window) {
  return std::make_unique<Spis>(window);
}

}  // namespace tinyscope::nordic
