// NFCT: the tag side of NFC-A. nRF52840 PS, chapter "NFCT — Near field communication tag".
//
// There is never a field: the block can be activated and sense, and hears and sends nothing.
// Parameter: `ramp_up_us`.
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kActivate = 0x000;
constexpr Address kDisable = 0x004;
constexpr Address kSense = 0x008;
constexpr Address kStartTx = 0x00C;
constexpr Address kEnableRxData = 0x01C;
constexpr Address kGoIdle = 0x024;
constexpr Address kGoSleep = 0x028;
constexpr Address kReady = 0x100;
constexpr Address kFieldDetected = 0x104;
constexpr Address kFieldLost = 0x108;
constexpr Address kTxFrameEnd = 0x110;
constexpr Address kStarted = 0x150;
constexpr Address kTagState = 0x410;
constexpr Address kSleepState = 0x420;

// NFCTAGSTATE
constexpr std::uint32_t kStateDisabled = 0;
constexpr std::uint32_t kStateRampUp = 2;
constexpr std::uint32_t kStateIdle = 3;
constexpr std::uint32_t kStateReceive = 4;

class Nfct final : public NordicBlock {
 public:
  explicit Nfct(PeripheralContext& context)
      : NordicBlock(context, Interrupts::kWithInten), ready_(context.scheduler, [this] {
          tag_state_->set(kStateIdle);
          raise(kReady);
        }) {
    ramp_up_ = Duration::from_us(
        assumed_parameter(context, "ramp_up_us", 500, "ACTIVATE to READY of NFCT, us",
                          "PS v1.1, electrical specification of NFCT, from memory: estimate"));
    define_tasks();
    define_events();
    define_registers();
  }

 private:
  void define_tasks() {
    add_task(kActivate, "TASKS_ACTIVATE", [this] { activate(); });
    add_task(kDisable, "TASKS_DISABLE", [this] { disable(); });
    add_task(kSense, "TASKS_SENSE", [this] {
      disable();
      draw(true);
    });
    add_task(kStartTx, "TASKS_STARTTX", [this] {
      if (tag_state_->value() < kStateIdle) return;
      notes_.unmodelled(name_, "TASKS_STARTTX: a frame to send", kStartTx, true, 1);
    });
    add_task(kEnableRxData, "TASKS_ENABLERXDATA", [this] {
      if (tag_state_->value() < kStateIdle) return;
      tag_state_->set(kStateReceive);
      raise(kStarted);
    });
    add_task(kGoIdle, "TASKS_GOIDLE", [this] { sleep_state_->set(0); });
    add_task(kGoSleep, "TASKS_GOSLEEP", [this] { sleep_state_->set(1); });
  }

  void define_events() {
    constexpr std::pair<Address, const char*> kEvents[] = {{kReady, "EVENTS_READY"},
                                                           {kFieldDetected, "EVENTS_FIELDDETECTED"},
                                                           {kFieldLost, "EVENTS_FIELDLOST"},
                                                           {0x10C, "EVENTS_TXFRAMESTART"},
                                                           {kTxFrameEnd, "EVENTS_TXFRAMEEND"},
                                                           {0x114, "EVENTS_RXFRAMESTART"},
                                                           {0x118, "EVENTS_RXFRAMEEND"},
                                                           {0x11C, "EVENTS_ERROR"},
                                                           {0x128, "EVENTS_RXERROR"},
                                                           {0x12C, "EVENTS_ENDRX"},
                                                           {0x130, "EVENTS_ENDTX"},
                                                           {0x138, "EVENTS_AUTOCOLRESSTARTED"},
                                                           {0x148, "EVENTS_COLLISION"},
                                                           {0x14C, "EVENTS_SELECTED"},
                                                           {kStarted, "EVENTS_STARTED"}};
    for (const auto& [offset, name] : kEvents) add_event(offset, name);
    add_short(0, "FIELDDETECTED_ACTIVATE", kFieldDetected, kActivate);
    add_short(1, "FIELDLOST_SENSE", kFieldLost, kSense);
    add_short(5, "TXFRAMEEND_ENABLERXDATA", kTxFrameEnd, kEnableRxData);
  }

  void define_registers() {
    tag_state_ = &registers_.add(kTagState, "NFCTAGSTATE").read_only();
    sleep_state_ = &registers_.add(kSleepState, "SLEEPSTATE").read_only();
    registers_.add(0x43C, "FIELDPRESENT").read_only();
    registers_.add(0x404, "ERRORSTATUS").write_one_to_clear();
    registers_.add(0x40C, "FRAMESTATUS.RX").write_one_to_clear();
    registers_.add(0x524, "RXD.AMOUNT").read_only();
    struct Plain {
      Address offset;
      const char* name;
      unsigned width;
      std::uint32_t reset;
    };
    constexpr Plain kPlain[] = {{0x504, "FRAMEDELAYMIN", 16, 0x480},
                                {0x508, "FRAMEDELAYMAX", 20, 0x1000},
                                {0x50C, "FRAMEDELAYMODE", 2, 1},
                                {0x510, "PACKETPTR", 32, 0},
                                {0x514, "MAXLEN", 9, 0},
                                {0x518, "TXD.FRAMECONFIG", 5, 0x17},
                                {0x51C, "TXD.AMOUNT", 12, 0},
                                {0x520, "RXD.FRAMECONFIG", 5, 0x15},
                                {0x590, "NFCID1_LAST", 32, 0x6363},
                                {0x594, "NFCID1_2ND_LAST", 24, 0},
                                {0x598, "NFCID1_3RD_LAST", 24, 0},
                                {0x59C, "AUTOCOLRESCONFIG", 2, 2},
                                {0x5A0, "SENSRES", 16, 1},
                                {0x5A4, "SELRES", 8, 0}};
    for (const Plain& each : kPlain) {
      registers_.add(each.offset, each.name).reset(each.reset).field(0, each.width, each.name);
    }
  }

  void activate() {
    if (tag_state_->value() != kStateDisabled) return;
    tag_state_->set(kStateRampUp);
    draw(true);
    ready_.after(ramp_up_);
  }
  void disable() {
    ready_.cancel();
    tag_state_->set(kStateDisabled);
    draw(false);
  }

  void reset_state(ResetKind) override { disable(); }
  void snapshot_state(StateArchive& archive) override { ready_.snapshot(archive); }

  Duration ramp_up_{};
  RegisterFile::Register* tag_state_ = nullptr;
  RegisterFile::Register* sleep_state_ = nullptr;
  Event ready_;
};

const PeripheralType kType("nordic.nfct", [](PeripheralContext& context) {
  return std::make_unique<Nfct>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
