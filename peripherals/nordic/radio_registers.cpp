// What firmware sees of RADIO.
#include "peripherals/nordic/radio.hpp"

namespace tinyscope::nordic::radio {

void Radio::read_times(PeripheralContext& context) {
  constexpr auto kSource =
      "PS, electrical specification of RADIO, as the nRF5340's: estimate for this chip";
  const auto ns = [&](std::string_view key, std::uint64_t fallback, std::string_view meaning) {
    return Duration::from_ns(assumed_parameter(context, key, fallback, meaning, kSource));
  };
  times_.ramp_up = ns("ramp_up_ns", 140'000, "TXEN or RXEN to READY, ns");
  times_.ramp_up_fast =
      ns("ramp_up_fast_ns", 40'000, "TXEN or RXEN to READY with fast ramp-up, ns");
  times_.ramp_up_ieee =
      ns("ramp_up_ieee_ns", 130'000, "TXEN or RXEN to READY in 802.15.4 mode, ns");
  times_.tx_disable_1m = ns("tx_disable_1m_ns", 6'000, "DISABLE to DISABLED of TX, 1 Mbit/s, ns");
  times_.tx_disable_2m = ns("tx_disable_2m_ns", 4'000, "DISABLE to DISABLED of TX, 2 Mbit/s, ns");
  times_.tx_disable_ieee =
      ns("tx_disable_ieee_ns", 21'000, "DISABLE to DISABLED of TX, 802.15.4, ns");
  times_.receive_chain_1m =
      ns("receive_chain_1m_ns", 9'400, "delay of the receive path except at 2 Mbit/s, ns");
  times_.receive_chain_2m =
      ns("receive_chain_2m_ns", 5'000, "delay of the receive path at 2 Mbit/s, ns");
  times_.rssi = ns("rssi_ns", 250, "sampling RSSI, ns");
  rssi_idle_ = static_cast<std::uint32_t>(assumed_parameter(
      context, "rssi_idle", 100, "RSSISAMPLE while nothing is on the air, -dBm", "estimate"));
  rssi_idle_ &= 0x7Fu;
}

void Radio::define_tasks() {
  const auto task = [this](Address offset, std::string_view name, std::function<void()> action) {
    add_task(offset, name, [this, action = std::move(action)] {
      if (powered()) action();
    });
  };
  task(kTxEn, "TASKS_TXEN", [this] { ramp_up(true); });
  task(kRxEn, "TASKS_RXEN", [this] { ramp_up(false); });
  task(kStart, "TASKS_START", [this] { start(); });
  task(kStop, "TASKS_STOP", [this] { stop(); });
  task(kDisable, "TASKS_DISABLE", [this] { disable(); });
  task(kRssiStart, "TASKS_RSSISTART", [this] { start_rssi(); });
  task(kRssiStop, "TASKS_RSSISTOP", [this] { rssi_event_.cancel(); });
  task(kBcStart, "TASKS_BCSTART", [this] { start_bit_counter(); });
  task(kBcStop, "TASKS_BCSTOP", [this] { stop_bit_counter(); });
  // PS, "Energy detection" and "Clear channel assessment": 8 symbols of 16 us each time.
  static constexpr Duration kEightSymbols = Duration::from_us(128);
  const auto in_receiver = [this] { return state_ == State::kRxIdle || state_ == State::kRx; };
  task(kEdStart, "TASKS_EDSTART", [this, in_receiver] {
    if (in_receiver()) ed_event_.after(kEightSymbols * (edcnt_->value() + 1));
  });
  task(kEdStop, "TASKS_EDSTOP", [this] {
    if (!ed_event_.scheduled()) return;
    ed_event_.cancel();
    raise(kEventEdStopped);
  });
  task(kCcaStart, "TASKS_CCASTART", [this, in_receiver] {
    if (in_receiver()) cca_event_.after(kEightSymbols);
  });
  task(kCcaStop, "TASKS_CCASTOP", [this] {
    if (!cca_event_.scheduled()) return;
    cca_event_.cancel();
    raise(kEventCcaStopped);
  });
}

void Radio::define_events() {
  add_event(kEventReady, "EVENTS_READY");
  add_event(kEventAddress, "EVENTS_ADDRESS");
  add_event(kEventPayload, "EVENTS_PAYLOAD");
  add_event(kEventEnd, "EVENTS_END");
  add_event(kEventDisabled, "EVENTS_DISABLED");
  add_event(kEventDevMatch, "EVENTS_DEVMATCH");
  add_event(kEventDevMiss, "EVENTS_DEVMISS");
  add_event(kEventRssiEnd, "EVENTS_RSSIEND");
  add_event(kEventBcMatch, "EVENTS_BCMATCH");
  add_event(kEventCrcOk, "EVENTS_CRCOK");
  add_event(kEventCrcError, "EVENTS_CRCERROR");
  add_event(kEventFrameStart, "EVENTS_FRAMESTART");
  add_event(kEventEdEnd, "EVENTS_EDEND");
  add_event(kEventEdStopped, "EVENTS_EDSTOPPED");
  add_event(kEventCcaIdle, "EVENTS_CCAIDLE");
  add_event(kEventCcaBusy, "EVENTS_CCABUSY");
  add_event(kEventCcaStopped, "EVENTS_CCASTOPPED");
  add_event(kEventRateBoost, "EVENTS_RATEBOOST");
  add_event(kEventTxReady, "EVENTS_TXREADY");
  add_event(kEventRxReady, "EVENTS_RXREADY");
  add_event(kEventMhrMatch, "EVENTS_MHRMATCH");
  add_event(kEventSync, "EVENTS_SYNC");
  add_event(kEventPhyEnd, "EVENTS_PHYEND");
}

void Radio::define_shorts() {
  add_short(0, "READY_START", kEventReady, kStart);
  add_short(1, "END_DISABLE", kEventEnd, kDisable);
  add_short(2, "DISABLED_TXEN", kEventDisabled, kTxEn);
  add_short(3, "DISABLED_RXEN", kEventDisabled, kRxEn);
  add_short(4, "ADDRESS_RSSISTART", kEventAddress, kRssiStart);
  add_short(5, "END_START", kEventEnd, kStart);
  add_short(6, "ADDRESS_BCSTART", kEventAddress, kBcStart);
  add_short(8, "DISABLED_RSSISTOP", kEventDisabled, kRssiStop);
  add_short(11, "RXREADY_CCASTART", kEventRxReady, kCcaStart);
  add_short(12, "CCAIDLE_TXEN", kEventCcaIdle, kTxEn);
  add_short(13, "CCABUSY_DISABLE", kEventCcaBusy, kDisable);
  add_short(14, "FRAMESTART_BCSTART", kEventFrameStart, kBcStart);
  add_short(15, "READY_EDSTART", kEventReady, kEdStart);
  add_short(16, "EDEND_DISABLE", kEventEdEnd, kDisable);
  add_short(17, "CCAIDLE_STOP", kEventCcaIdle, kStop);
  add_short(18, "TXREADY_START", kEventTxReady, kStart);
  add_short(19, "RXREADY_START", kEventRxReady, kStart);
  add_short(20, "PHYEND_DISABLE", kEventPhyEnd, kDisable);
  add_short(21, "PHYEND_START", kEventPhyEnd, kStart);
}

RegisterFile::Register& Radio::plain(Address offset, std::string_view name, std::uint32_t valid) {
  auto& added = registers_.add(offset, name);
  for (unsigned bit = 0; valid != 0xFFFF'FFFF && bit < 32; ++bit) {
    if ((valid >> bit & 1u) != 0) added.flag(bit, name);
  }
  return added;
}

void Radio::define_registers() {
  const auto status = [this](Address offset, std::string_view name) {
    return &registers_.add(offset, name).read_only();
  };
  crcstatus_ = status(kCrcStatus, "CRCSTATUS");
  rxmatch_ = status(kRxMatch, "RXMATCH");
  rxcrc_ = status(kRxCrc, "RXCRC");
  dai_ = status(kDai, "DAI");
  pdustat_ = status(kPduStat, "PDUSTAT");
  rssisample_ = status(kRssiSample, "RSSISAMPLE");
  edsample_ = status(kEdSample, "EDSAMPLE");
  status(kState, "STATE")->on_read([this] { return static_cast<std::uint32_t>(state_); });

  packetptr_ = &plain(kPacketPtr, "PACKETPTR");
  frequency_ = &plain(kFrequency, "FREQUENCY", 0x17F).reset(2);
  txpower_ = &plain(kTxPower, "TXPOWER", 0xFF);
  mode_ = &plain(kMode, "MODE", 0xF);
  pcnf0_ = &plain(kPcnf0, "PCNF0", 0x67DF'010F);
  pcnf1_ = &plain(kPcnf1, "PCNF1", 0x0307'FFFF);
  base_[0] = &plain(kBase0, "BASE0");
  base_[1] = &plain(kBase1, "BASE1");
  prefix_[0] = &plain(kPrefix0, "PREFIX0");
  prefix_[1] = &plain(kPrefix1, "PREFIX1");
  txaddress_ = &plain(kTxAddress, "TXADDRESS", 0x7);
  rxaddresses_ = &plain(kRxAddresses, "RXADDRESSES", 0xFF);
  crccnf_ = &plain(kCrcCnf, "CRCCNF", 0x303);
  crcpoly_ = &plain(kCrcPoly, "CRCPOLY", 0xFF'FFFF);
  crcinit_ = &plain(kCrcInit, "CRCINIT", 0xFF'FFFF);
  tifs_ = &plain(kTifs, "TIFS", 0x3FF);
  auto& whitening = plain(kDataWhiteIv, "DATAWHITEIV", 0x7F).reset(0x40);
  whitening.on_write([&whitening](std::uint32_t) { whitening.set(whitening.value() | 0x40u); });
  bcc_ = &plain(kBcc, "BCC").on_write([this](std::uint32_t) { schedule_bit_match(); });
  for (unsigned i = 0; i < 8; ++i) {
    dab_[i] = &plain(kDab + 4 * i, fmt::format("DAB[{}]", i));
    dap_[i] = &plain(kDap + 4 * i, fmt::format("DAP[{}]", i), 0xFFFF);
  }
  dacnf_ = &plain(kDaCnf, "DACNF", 0xFFFF);
  registers_.add(kMhrMatchConf, "MHRMATCHCONF").unimplemented();
  registers_.add(kMhrMatchMas, "MHRMATCHMAS").unimplemented();
  modecnf0_ = &plain(kModeCnf0, "MODECNF0", 0x301).reset(0x200);
  plain(kSfd, "SFD", 0xFF).reset(0xA7);
  edcnt_ = &plain(kEdCnt, "EDCNT", 0x1F'FFFF);
  plain(kCcaCtrl, "CCACTRL", 0xFFFF'FF07).reset(0x052D'0000);

  // nRF52840 errata 164, 182 and 191, and a trim that 802.15.4 drivers write.
  plain(0x73C, "undocumented 0x73C");
  plain(0x740, "undocumented 0x740");
  plain(0x774, "undocumented 0x774");
  power_register_ =
      &registers_.add(kPower, "POWER").reset(1).flag(0, "POWER").on_write([this](std::uint32_t) {
        power_written();
      });
}

}  // namespace tinyscope::nordic::radio
