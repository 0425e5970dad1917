// SAI: two audio blocks A and B with a FIFO each. RM0432 (STM32L4+), chapter "Serial audio
// interface (SAI)"; RM0455 (H7A3) and, with another clock divider, RM0385 (F746).
//
// Free protocol (I2S, PCM, TDM): frames of slots, sent or received as master, or following the
// other block (SYNCEN = 01) or the board (slave, at `external_frame_hz`). A word goes through the
// FIFO for each active slot, when its last bit has passed. A block that is switched off stops at
// once, not at the end of its frame.
//
// What a block receives is the port "audio_a" or "audio_b", the same sound in each slot; what it
// sends goes to "sound_a" or "sound_b". MCLK, SCK and FS are not shown on pads. Reported when used:
// SPDIF, AC'97, companding, PDM, synchronisation with the other SAI, a slave that nobody clocks.
//
// Parameters: `clock_a`, `clock_b` (kernel clocks), `family` ("l4": L4+ and H7; "f7"),
// `external_frame_hz` (default 16000, of a source on the board that clocks a slave). Wires: "irq",
// "dma_a", "dma_b".
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>

#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kGcr = 0x00;
constexpr Address kBlockA = 0x04;  // CR1, CR2, FRCR, SLOTR, IM, SR, CLRFR, DR
constexpr Address kBlockB = 0x24;
constexpr Address kPdmcr = 0x44;
constexpr Address kPdmdly = 0x48;

namespace cr1 {
constexpr std::uint32_t kReceives = 1u << 0;  // MODE[0]
constexpr std::uint32_t kSlave = 1u << 1;     // MODE[1]
constexpr std::uint32_t kMono = 1u << 12;
constexpr std::uint32_t kSaien = 1u << 16;
constexpr std::uint32_t kDmaen = 1u << 17;
constexpr std::uint32_t kNodiv = 1u << 19;
constexpr std::uint32_t kOsr = 1u << 26;
}  // namespace cr1

namespace cr2 {
constexpr std::uint32_t kFflush = 1u << 3;
constexpr std::uint32_t kMute = 1u << 5;
}  // namespace cr2

namespace sr {
constexpr std::uint32_t kOvrudr = 1u << 0;
constexpr std::uint32_t kFreq = 1u << 3;
constexpr unsigned kFlvlBit = 16;
}  // namespace sr

constexpr unsigned kFifoWords = 8;

class Sai final : public WiredBlock {
 public:
  explicit Sai(PeripheralContext& context);
  Port* port(std::string_view name) override;

 private:
  class Block;
  friend class Block;

  void update_interrupt();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  const bool f7_;
  const std::uint64_t external_frame_hz_;
  Wire& irq_;
  std::array<std::unique_ptr<Block>, 2> blocks_;
};

class Sai::Block {
 public:
  Block(Sai& sai, PeripheralContext& context, Address base, char letter)
      : sai_(sai),
        letter_(letter),
        clock_(context.clocks.signal(
            context.params.require_string(letter == 'A' ? "clock_a" : "clock_b"))),
        dma_(sai.add_wire(letter == 'A' ? "dma_a" : "dma_b")),
        slot_end_(context.scheduler, [this] { slot_passed(); }) {
    define_registers(base);
    clock_.on_change([this](std::uint64_t) {
      for (auto& block : sai_.blocks_) {
        block->halt();
        block->reconsider();
      }
    });
  }

  AudioInput audio;
  AudioOutput sound;

  bool enabled() const { return cr1(cr1::kSaien); }
  bool is_master() const { return !cr1(cr1::kSlave); }
  bool asks_for_interrupt() const { return (status() & im_->value() & 0x7Fu) != 0; }

  // Frames a second; 0: nobody clocks the block.
  double frame_hz() const {
    if (!is_master()) {
      const Block& other = *sai_.blocks_[letter_ == 'A' ? 1 : 0];
      if (synchronous()) {
        return other.enabled() && other.is_master() ? other.frame_hz() : 0;
      }
      return audio.source == nullptr ? 0 : static_cast<double>(sai_.external_frame_hz_);
    }
    const auto kernel = static_cast<double>(clock_.hz());
    const std::uint32_t divider = cr1_->value() >> 20 & (sai_.f7_ ? 0xFu : 0x3Fu);
    const bool undivided = cr1(cr1::kNodiv);
    const double frame_bits = bits_of_frame();
    if (sai_.f7_) {
      // RM0385: MCLK = SAI_CK / (2 * MCKDIV), undivided for 0, and 256 times FS.
      if (undivided) return kernel / frame_bits;
      return kernel / (divider == 0 ? 1 : 2 * divider) / 256;
    }
    // RM0432: FS is the kernel clock by MCKDIV * 256 * (OSR + 1), or by MCKDIV * (FRL + 1).
    const double divided = kernel / std::max(divider, 1u);
    return undivided ? divided / frame_bits : divided / (cr1(cr1::kOsr) ? 512 : 256);
  }

  // Something that decides whether the block runs has changed.
  void reconsider() {
    const double hz = enabled() ? frame_hz() : 0;
    if (hz <= 0) {
      if (running_) halt();
      if (enabled() && !is_master() && !synchronous()) {
        sai_.report_unmodelled(
            fmt::format("block {} as slave: nobody on the board clocks it", letter_), kBlockA,
            cr1_->value());
      }
      return;
    }
    if (running_) return;
    if (!is_master() && !synchronous()) {
      sai_.notes_.assume({fmt::format("{}.external_frame_hz", sai_.name_),
                          fmt::format("what plays to a slave clocks it at {} frames a second", hz),
                          "estimate"});
    }
    running_ = true;
    frame_hz_ = hz;
    frame_start_ps_ = static_cast<double>(sai_.now().ps);
    if (receives() && audio.source != nullptr) audio.source->start(hz, sai_.now());
    begin_frame();
  }

  void reset() {
    halt();
    count_ = 0;
    overrun_ = false;
    dma_.set(false);
  }
  void snapshot(StateArchive& archive) {
    archive(fifo_, first_, count_, overrun_, running_, frame_hz_, frame_start_ps_, slot_, heard_);
    slot_end_.snapshot(archive);
  }

 private:
  using Register = RegisterFile::Register;

  void define_registers(Address base) {
    const auto add = [&](Address offset, std::string_view name) -> Register& {
      return sai_.registers_.add(base + offset, fmt::format("{}{}", letter_, name));
    };
    cr1_ = &add(0x00, "CR1")
                .reset(0x40)
                .field(0, 2, "MODE")
                .unimplemented(2, 2, "PRTCFG")
                .field(5, 6, "DS, LSBFIRST, CKSTR, SYNCEN[0]")
                .unimplemented(11, 1, "SYNCEN[1]")
                .field(12, 2, "MONO, OUTDRIV")
                .field(16, 2, "SAIEN, DMAEN")
                .field(19, 9, "NODIV, MCKDIV, OSR, MCKEN")
                .on_write([this](std::uint32_t) { control_changed(); });
    cr2_ = &add(0x04, "CR2")
                .field(0, 13, "FTH, FFLUSH, TRIS, MUTE, MUTEVAL, MUTECNT")
                .flag(13, "CPL")
                .unimplemented(14, 2, "COMP")
                .on_write([this](std::uint32_t) { flush(); });
    frcr_ =
        &add(0x08, "FRCR").reset(7).field(0, 15, "FRL, FSALL").field(16, 3, "FSDEF, FSPOL, FSOFF");
    slotr_ = &add(0x0C, "SLOTR")
                  .field(0, 5, "FBOFF")
                  .field(6, 6, "SLOTSZ, NBSLOT")
                  .field(16, 16, "SLOTEN");
    im_ = &add(0x10, "IM").field(0, 7, "OVRUDRIE to LFSDETIE").on_write([this](std::uint32_t) {
      changed();
    });
    add(0x14, "SR").read_only().on_read([this] { return status(); });
    add(0x18, "CLRFR").write_only().trigger().on_write([this](std::uint32_t bits) {
      if ((bits & sr::kOvrudr) != 0) overrun_ = false;
      changed();
    });
    add(0x1C, "DR").on_read([this] { return read_data(); }).on_write([this](std::uint32_t value) {
      write_data(value);
    });
  }

  bool cr1(std::uint32_t bit) const { return (cr1_->value() & bit) != 0; }
  bool receives() const { return cr1(cr1::kReceives); }
  bool synchronous() const { return (cr1_->value() >> 10 & 3u) == 1; }
  // RM0432, CR1.DS.
  unsigned data_bits() const {
    constexpr std::array<unsigned, 8> kBits{8, 8, 8, 10, 16, 20, 24, 32};
    return kBits[cr1_->value() >> 5 & 7u];
  }
  unsigned slots() const { return (slotr_->value() >> 8 & 0xFu) + 1; }
  bool active(unsigned slot) const { return (slotr_->value() >> (16 + slot) & 1u) != 0; }
  // RM0432, FRCR.FRL: at least 8.
  double bits_of_frame() const { return std::max(frcr_->value() & 0xFFu, 7u) + 1; }
  double bits_of_slot() const {
    const std::uint32_t size = slotr_->value() >> 6 & 3u;
    return size == 1 ? 16 : size == 2 ? 32 : data_bits();
  }

  void control_changed() {
    for (auto& block : sai_.blocks_) block->reconsider();
    sai_.draw(sai_.blocks_[0]->enabled() || sai_.blocks_[1]->enabled());
    changed();
  }
  void halt() {
    if (running_ && receives() && audio.source != nullptr) audio.source->stop(sai_.now());
    running_ = false;
    slot_end_.cancel();
  }
  // RM0432, CR2.FFLUSH: reads as 0.
  void flush() {
    if ((cr2_->value() & cr2::kFflush) != 0) first_ = count_ = 0;
    cr2_->set(cr2_->value() & ~cr2::kFflush);
    changed();
  }

  void begin_frame() {
    slot_ = 0;
    if (receives()) {
      heard_ = 0;
      if (audio.source != nullptr) audio.source->read({&heard_, 1});
    }
    schedule_slot();
  }
  // The next active slot of the frame ends, or the frame does. Slots begin at its start, FBOFF and
  // FSOFF are within them; they fit into the frame (RM0432, "Slot configuration").
  void schedule_slot() {
    while (slot_ < slots() && !active(slot_)) ++slot_;
    const double frame_ps = 1e12 / frame_hz_;
    const double share =
        slot_ < slots() ? std::min(1.0, (slot_ + 1) * bits_of_slot() / bits_of_frame()) : 1.0;
    slot_end_.at({static_cast<std::uint64_t>(std::llround(frame_start_ps_ + share * frame_ps))});
  }
  void slot_passed() {
    if (slot_ < slots()) {
      move_word();
      ++slot_;
      const bool more = (slotr_->value() >> 16 >> slot_) != 0 && slot_ < slots();
      if (more) return schedule_slot();
    }
    frame_start_ps_ += 1e12 / frame_hz_;
    begin_frame();
  }

  void move_word() {
    const bool mono = cr1(cr1::kMono) && slots() == 2 && slot_ == 1;
    if (receives()) {
      if (!mono) receive(heard_);
    } else if (!mono) {
      send();
    }
    changed();
  }
  void receive(std::int16_t sample) {
    const unsigned bits = data_bits();
    const std::int32_t wide = std::int32_t{sample} * 65536;
    const std::uint32_t word = static_cast<std::uint32_t>(wide) >> (32 - bits);
    if (count_ == kFifoWords) {
      overrun_ = true;
      return;
    }
    fifo_[(first_ + count_++) % kFifoWords] = word;
  }
  void send() {
    if (count_ == 0) {
      overrun_ = true;  // RM0432, OVRUDR: underrun of a transmitter
      return;
    }
    const std::uint32_t word = fifo_[first_];
    pop();
    if (!sound.listener) return;
    const unsigned bits = data_bits();
    const bool muted = (cr2_->value() & cr2::kMute) != 0;
    const std::int32_t sample =
        muted ? 0 : static_cast<std::int32_t>(word << (32 - bits)) >> (32 - bits);
    const auto active_slots =
        static_cast<unsigned>(std::popcount(slotr_->value() >> 16 & ((1u << slots()) - 1u)));
    sound.listener({&sample, 1}, {frame_hz_, active_slots, bits}, sai_.now());
  }

  void pop() {
    first_ = (first_ + 1) % kFifoWords;
    --count_;
  }
  std::uint32_t read_data() {
    if (!receives() || count_ == 0) return 0;
    const std::uint32_t word = fifo_[first_];
    pop();
    changed();
    return word;
  }
  void write_data(std::uint32_t word) {
    if (receives()) return;
    if (count_ == kFifoWords) {
      overrun_ = true;
    } else {
      fifo_[(first_ + count_++) % kFifoWords] = word;
    }
    changed();
  }

  // RM0432, CR2.FTH and "FIFO request": empty, a quarter, half, three quarters, full.
  std::uint32_t status() const {
    const unsigned threshold = std::min(cr2_->value() & 7u, 4u) * kFifoWords / 4;
    const bool asks = receives()       ? count_ >= std::max(threshold, 1u)
                      : threshold == 0 ? count_ == 0
                                       : count_ < threshold;
    const unsigned level = count_ == 0 ? 0 : count_ == kFifoWords ? 5 : (count_ + 1) / 2;
    return (overrun_ ? sr::kOvrudr : 0u) | (asks ? sr::kFreq : 0u) | level << sr::kFlvlBit;
  }
  void changed() {
    dma_.set(cr1(cr1::kDmaen) && (status() & sr::kFreq) != 0);
    sai_.update_interrupt();
  }

  Sai& sai_;
  const char letter_;
  ClockSignal& clock_;
  Wire& dma_;
  Register* cr1_ = nullptr;
  Register* cr2_ = nullptr;
  Register* frcr_ = nullptr;
  Register* slotr_ = nullptr;
  Register* im_ = nullptr;
  std::array<std::uint32_t, kFifoWords> fifo_{};
  unsigned first_ = 0;
  unsigned count_ = 0;
  bool overrun_ = false;  // OVRUDR
  bool running_ = false;
  double frame_hz_ = 0;
  double frame_start_ps_ = 0;
  unsigned slot_ = 0;
  std::int16_t heard_ = 0;  // in this frame
  Event slot_end_;
};

Sai::Sai(PeripheralContext& context)
    : WiredBlock(context),
      f7_([&] {
        const std::string family = context.params.require_string("family");
        if (family != "l4" && family != "f7") {
          context.params.fail("family", R"(expected "l4" or "f7")");
        }
        return family == "f7";
      }()),
      external_frame_hz_(context.params.u32("external_frame_hz").value_or(16'000)),
      irq_(add_wire("irq")) {
  registers_.add(kGcr, "GCR").unimplemented(0, 2, "SYNCIN").field(4, 2, "SYNCOUT");
  if (!f7_) {
    registers_.add(kPdmcr, "PDMCR").unimplemented(0, 1, "PDMEN").field(4, 8, "MICNBR, CKEN");
    registers_.add(kPdmdly, "PDMDLY");
  }
  blocks_ = {std::make_unique<Block>(*this, context, kBlockA, 'A'),
             std::make_unique<Block>(*this, context, kBlockB, 'B')};
}

Port* Sai::port(std::string_view name) {
  if (name == "audio_a") return &blocks_[0]->audio;
  if (name == "audio_b") return &blocks_[1]->audio;
  if (name == "sound_a") return &blocks_[0]->sound;
  return name == "sound_b" ? &blocks_[1]->sound : nullptr;
}

void Sai::update_interrupt() {
  irq_.set(blocks_[0]->asks_for_interrupt() || blocks_[1]->asks_for_interrupt());
}

void Sai::reset_state(ResetKind) {
  for (auto& block : blocks_) block->reset();
  draw(false);
  update_interrupt();
}

void Sai::snapshot_state(StateArchive& archive) {
  for (auto& block : blocks_) block->snapshot(archive);
}

const PeripheralType kType("st.sai", [](PeripheralContext& context) {
  return std::make_unique<Sai>(context);
});

}  // namespace
}  // namespace tinyscope::st
