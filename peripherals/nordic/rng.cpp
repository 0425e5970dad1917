// RNG: random bytes. nRF52840 PS, chapter "RNG — Random number generator".
//
// Bytes follow from the seed of the run. The time per byte, which varies on the chip, is the
// typical one. Parameters: `start_us`, `raw_byte_us`, `corrected_byte_us`.
#include "peripherals/common/random.hpp"
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kStart = 0x000;
constexpr Address kStop = 0x004;
constexpr Address kValRdy = 0x100;
constexpr Address kConfig = 0x504;
constexpr Address kValue = 0x508;

class Rng final : public NordicBlock {
 public:
  explicit Rng(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kSetClear),
        random_(context.seed, context.name),
        byte_ready_(context.scheduler, [this] { deliver(); }) {
    constexpr auto kSource = "PS v1.1, electrical specification of RNG, from memory: estimate";
    const auto microseconds = [&](std::string_view key, std::uint64_t fallback,
                                  std::string_view meaning) {
      return Duration::from_us(assumed_parameter(context, key, fallback, meaning, kSource));
    };
    start_time_ = microseconds("start_us", 128, "from START to the generation of bytes, us");
    raw_time_ = microseconds("raw_byte_us", 30, "a byte without bias correction, us");
    corrected_time_ = microseconds("corrected_byte_us", 120, "a byte with bias correction, us");
    add_task(kStart, "TASKS_START", [this] { start(); });
    add_task(kStop, "TASKS_STOP", [this] { stop(); });
    add_event(kValRdy, "EVENTS_VALRDY");
    add_short(0, "VALRDY_STOP", kValRdy, kStop);
    config_ = &registers_.add(kConfig, "CONFIG").flag(0, "DERCEN");
    value_ = &registers_.add(kValue, "VALUE").read_only();
  }

 private:
  Duration byte_time() const { return config_->value() != 0 ? corrected_time_ : raw_time_; }

  void start() {
    if (byte_ready_.scheduled()) return;
    draw(true);
    byte_ready_.after(start_time_ + byte_time());
  }
  void stop() {
    byte_ready_.cancel();
    draw(false);
  }
  void deliver() {
    value_->set(random_.next() & 0xFF);
    byte_ready_.after(byte_time());
    raise(kValRdy);
  }

  void reset_state(ResetKind) override { stop(); }
  void snapshot_state(StateArchive& archive) override {
    random_.snapshot(archive);
    byte_ready_.snapshot(archive);
  }

  Random random_;
  Duration start_time_{};
  Duration raw_time_{};
  Duration corrected_time_{};
  RegisterFile::Register* config_ = nullptr;
  RegisterFile::Register* value_ = nullptr;
  Event byte_ready_;
};

const PeripheralType kType("nordic.rng", [](PeripheralContext& context) {
  return std::make_unique<Rng>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
