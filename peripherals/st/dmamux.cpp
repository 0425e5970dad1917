// DMAMUX of the STM32L4+ and STM32H7: routes request lines of peripherals to the channels of the
// DMAs. RM0432, chapter "DMA request multiplexer (DMAMUX)".
//
//   request1 …     inputs, numbered as DMAREQ_ID in the manual's table of request lines; the first
//                  are the request generators of the DMAMUX itself
//   input0 …       inputs of synchronisation and of the request generators, numbered as SYNC_ID;
//                  on an L4+ the first 16 also follow the lines of EXTI. Only as many as `inputs`
//                  says are driven.
//   channel0 …     outputs to the DMA channels; acknowledge0 … come back from them
//   event0 …       outputs, pulsed after NBREQ + 1 requests of a channel with EGE
//   irq            overruns
// Parameters: `channels` (default 14), `generators` (default 4), `inputs` (default 32),
// `exti_inputs` (default true).
#include <fmt/format.h>

#include <array>

#include "peripherals/st/pad_lines.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {
namespace {

constexpr Address kCcr = 0x000;  // C0CR …
constexpr Address kCsr = 0x080;
constexpr Address kCfr = 0x084;
constexpr Address kRgcr = 0x100;  // RG0CR …
constexpr Address kRgsr = 0x140;
constexpr Address kRgcfr = 0x144;

constexpr unsigned kMostChannels = 16;
constexpr unsigned kMostGenerators = 8;
constexpr unsigned kRequests = 128;
constexpr unsigned kInputs = 32;

// CxCR and RGxCR.
constexpr std::uint32_t kIdMask = 0x7F;
constexpr std::uint32_t kOverrunEnable = 1u << 8;  // SOIE, OIE
constexpr std::uint32_t kEge = 1u << 9;
constexpr std::uint32_t kOn = 1u << 16;  // SE, GE
constexpr unsigned kPolarityBit = 17;    // SPOL, GPOL: bit 0 rising, bit 1 falling
constexpr unsigned kCountBit = 19;       // NBREQ, GNBREQ
constexpr unsigned kSyncIdBit = 24;

class Dmamux final : public WiredBlock {
 public:
  explicit Dmamux(PeripheralContext& context)
      : WiredBlock(context),
        channels_(context.params.u32("channels").value_or(14)),
        generators_(context.params.u32("generators").value_or(4)),
        driven_inputs_(context.params.u32("inputs").value_or(kInputs)) {
    if (channels_ < 1 || channels_ > kMostChannels) {
      context.params.fail("channels", "expected 1 to 16");
    }
    if (generators_ > kMostGenerators) context.params.fail("generators", "expected 0 to 8");
    const bool exti_inputs = context.params.boolean("exti_inputs").value_or(true);
    irq_ = &add_wire("irq");
    for (unsigned i = 0; i < kRequests; ++i) {
      request_[i] = &add_wire(fmt::format("request{}", i));
      request_[i]->connect([this, i](bool) { request_changed(i); });
    }
    for (unsigned i = 0; i < kInputs; ++i) {
      Wire& input = add_wire(fmt::format("input{}", i));
      input.connect([this, i](bool level) { input_changed(i, level); });
      if (i >= kPinsPerPort || !exti_inputs) continue;
      context.events.line(exti_line(i)).connect([this, i](bool level) { input_changed(i, level); });
    }
    for (unsigned i = 0; i < channels_; ++i) define_channel(i);
    for (unsigned i = 0; i < generators_; ++i) {
      rgcr_[i] = &registers_.add(kRgcr + 4 * i, fmt::format("RG{}CR", i))
                      .field(0, 5, "SIG_ID")
                      .flag(8, "OIE")
                      .field(16, 8, "GE, GPOL, GNBREQ")
                      .on_write([this, i](std::uint32_t value) {
                        if ((value & kOn) == 0) set_generated(i, 0);
                        check_input(value, value & 0x1Fu, kRgcr + 4 * i);
                        update_interrupt();
                      });
    }
    add_status(kCsr, "CSR", kCfr, "CFR", sync_overrun_);
    add_status(kRgsr, "RGSR", kRgcfr, "RGCFR", generator_overrun_);
  }

 private:
  struct Channel {
    RegisterFile::Register* ccr = nullptr;
    Address place = 0;  // offset of CCR
    Wire* output = nullptr;
    Wire* event = nullptr;
    bool open = false;       // with SE: between a synchronisation and its last request
    std::uint32_t left = 0;  // requests until the event, and until the gate closes
  };

  static std::uint32_t count_of(std::uint32_t value) { return (value >> kCountBit & 0x1Fu) + 1; }
  static bool selected_edge(std::uint32_t value, bool level) {
    return (value >> kPolarityBit & (level ? 1u : 2u)) != 0;
  }

  void define_channel(unsigned i) {
    Channel& own = channel_[i];
    own.place = kCcr + 4 * i;
    own.ccr = &registers_.add(own.place, fmt::format("C{}CR", i))
                   .field(0, 7, "DMAREQ_ID")
                   .field(8, 2, "SOIE, EGE")
                   .field(16, 13, "SE, SPOL, NBREQ, SYNC_ID")
                   .on_write([this, &own](std::uint32_t value) {
                     own.open = false;
                     own.left = count_of(value);
                     check_input(value, value >> kSyncIdBit & 0x1Fu, own.place);
                     update_channel(own);
                     update_interrupt();
                   });
    own.output = &add_wire(fmt::format("channel{}", i));
    own.event = &add_wire(fmt::format("event{}", i));
    add_wire(fmt::format("acknowledge{}", i)).connect([this, &own](bool level) {
      if (level) acknowledged(own);
    });
  }

  void add_status(Address status, std::string_view status_name, Address clear,
                  std::string_view clear_name, std::uint32_t& bits) {
    registers_.add(status, status_name).read_only().on_read([&bits] { return bits; });
    registers_.add(clear, clear_name)
        .write_only()
        .trigger()
        .on_write([this, &bits](std::uint32_t value) {
          bits &= ~value;
          update_interrupt();
        });
  }

  void check_input(std::uint32_t value, unsigned input, Address offset) {
    if ((value & kOn) == 0 || input < driven_inputs_) return;
    report_unmodelled(fmt::format("synchronisation or trigger input {}", input), offset, value);
  }

  // DMAREQ_ID 0 selects nothing: memory-to-memory transfers have no request.
  void update_channel(Channel& own) {
    const std::uint32_t value = own.ccr->value();
    const unsigned id = value & kIdMask;
    const bool passes = (value & kOn) == 0 || own.open;
    own.output->set(id != 0 && passes && request_[id]->level());
  }

  void request_changed(unsigned id) {
    for (unsigned i = 0; i < channels_; ++i) {
      if ((channel_[i].ccr->value() & kIdMask) == id) update_channel(channel_[i]);
    }
  }

  // RM0432, "Synchronization mode": NBREQ + 1 requests pass, then the gate closes.
  void acknowledged(Channel& own) {
    const std::uint32_t value = own.ccr->value();
    const unsigned id = value & kIdMask;
    if ((value & (kOn | kEge)) != 0 && own.left != 0 && --own.left == 0) {
      own.left = count_of(value);
      if ((value & kOn) != 0) {
        own.open = false;
        update_channel(own);
      }
      if ((value & kEge) != 0) own.event->pulse();
    }
    if (id >= 1 && id <= generators_ && generated_[id - 1] != 0) {
      set_generated(id - 1, generated_[id - 1] - 1);
    }
  }

  void set_generated(unsigned generator, std::uint32_t requests) {
    generated_[generator] = requests;
    request_[generator + 1]->set(requests != 0);
  }

  void input_changed(unsigned input, bool level) {
    for (unsigned i = 0; i < generators_; ++i) {
      const std::uint32_t value = rgcr_[i]->value();
      if ((value & kOn) == 0 || (value & 0x1Fu) != input || !selected_edge(value, level)) continue;
      if (generated_[i] != 0) generator_overrun_ |= 1u << i;
      set_generated(i, count_of(value));
    }
    for (unsigned i = 0; i < channels_; ++i) {
      Channel& own = channel_[i];
      const std::uint32_t value = own.ccr->value();
      if ((value & kOn) == 0 || (value >> kSyncIdBit & 0x1Fu) != input ||
          !selected_edge(value, level)) {
        continue;
      }
      if (own.open) sync_overrun_ |= 1u << i;
      own.open = true;
      own.left = count_of(value);
      update_channel(own);
    }
    update_interrupt();
  }

  void update_interrupt() {
    bool level = false;
    for (unsigned i = 0; i < channels_; ++i) {
      level = level ||
              ((sync_overrun_ >> i & 1u) != 0 && (channel_[i].ccr->value() & kOverrunEnable) != 0);
    }
    for (unsigned i = 0; i < generators_; ++i) {
      level = level ||
              ((generator_overrun_ >> i & 1u) != 0 && (rgcr_[i]->value() & kOverrunEnable) != 0);
    }
    irq_->set(level);
  }

  void reset_state(ResetKind) override {
    sync_overrun_ = generator_overrun_ = 0;
    for (unsigned i = 0; i < channels_; ++i) {
      channel_[i].open = false;
      channel_[i].left = 0;
      update_channel(channel_[i]);
    }
    for (unsigned i = 0; i < generators_; ++i) set_generated(i, 0);
    update_interrupt();
  }

  void snapshot_state(StateArchive& archive) override {
    for (Channel& own : channel_) archive(own.open, own.left);
    archive(generated_, sync_overrun_, generator_overrun_);
  }

  const unsigned channels_;
  const unsigned generators_;
  const unsigned driven_inputs_;
  std::array<Channel, kMostChannels> channel_;
  std::array<RegisterFile::Register*, kMostGenerators> rgcr_{};
  std::array<Wire*, kRequests> request_{};
  std::array<std::uint32_t, kMostGenerators> generated_{};  // requests that generators still make
  std::uint32_t sync_overrun_ = 0;                          // CSR.SOF
  std::uint32_t generator_overrun_ = 0;                     // RGSR.OF
  Wire* irq_ = nullptr;
};

const PeripheralType kType("st.dmamux", [](PeripheralContext& context) {
  return std::make_unique<Dmamux>(context);
});

}  // namespace
}  // namespace tinyscope::st
