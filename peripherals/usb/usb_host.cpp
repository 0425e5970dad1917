// Attaching and enumerating. The serial port is in usb_host_serial.cpp.
#include "peripherals/usb/usb_host.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/log.hpp"

namespace tinyscope::usb {
namespace {

// Standard requests and descriptor types: USB 2.0, tables 9-4 and 9-5.
constexpr std::uint8_t kSetAddress = 5;
constexpr std::uint8_t kGetDescriptor = 6;
constexpr std::uint8_t kSetConfiguration = 9;
constexpr std::uint8_t kTypeDevice = 1;
constexpr std::uint8_t kTypeConfiguration = 2;
constexpr std::uint8_t kTypeString = 3;

constexpr std::uint8_t kDeviceAddress = 1;
constexpr Duration kAddressRecovery = Duration::from_ms(2);  // USB 2.0, 9.2.6.3
constexpr unsigned kAttempts = 3;
constexpr std::uint16_t kLongestConfiguration = 4096;  // more is no serial port's
constexpr std::uint16_t kEnglish = 0x0409;

std::string what_went_wrong(HostController::Result result) {
  switch (result) {
    case HostController::Result::kStalled: return "was refused with STALL";
    case HostController::Result::kSilent: return "was not answered";
    case HostController::Result::kTimedOut: return "was answered with NAK for 5 s";
    case HostController::Result::kBabble: return "brought more than was asked for";
    case HostController::Result::kDone: break;
  }
  return "brought too little";
}

std::uint64_t parameter(DeviceContext& context, std::string_view key, std::uint64_t fallback) {
  const std::int64_t value =
      context.params.integer(key).value_or(static_cast<std::int64_t>(fallback));
  if (value < 0 || value > 3'600'000) {
    context.params.fail(key, "expected a number from 0 to 3600000");
  }
  return static_cast<std::uint64_t>(value);
}

}  // namespace

UsbHost::UsbHost(DeviceContext& context)
    : name_(context.name),
      scheduler_(context.scheduler),
      notes_(context.notes),
      controller_(context.scheduler, *this),
      cable_(*this),
      serial_(*this),
      timer_(context.scheduler, [this] { timer_over(); }),
      idle_(context.scheduler, [this] { fall_idle(); }) {
  plugged_ = context.params.boolean("plugged").value_or(true);
  debounce_ms_ = parameter(context, "debounce_ms", 100);  // USB 2.0, 7.1.7.3: TATTDB
  reset_ms_ = parameter(context, "reset_ms", 50);         // 7.1.7.5: TDRSTR
  open_ms_ = parameter(context, "open_ms", 100);          // estimate
  retry_us_ = parameter(context, "retry_us", 20);         // estimate
  suspend_idle_ms_ = parameter(context, "suspend_idle_ms", 0);
  baud_ = static_cast<std::uint32_t>(parameter(context, "baud", 115'200));
  if (retry_us_ == 0 || retry_us_ > 1000) {
    context.params.fail("retry_us", "expected a number from 1 to 1000");
  }
  HostController::Timing timing;
  timing.reset = Duration::from_ms(reset_ms_);
  timing.retry = Duration::from_us(retry_us_);
  controller_.set_timing(timing);
  serial_.on_receive([this](std::uint8_t byte) { send(byte); });
}

Port* UsbHost::port(std::string_view name) {
  if (name == "cable") return &cable_;
  if (name == "serial") return &serial_;
  return nullptr;
}

void UsbHost::reset(ResetKind) {
  timer_.cancel();
  idle_.cancel();
  controller_.reset();
  state_ = State::kDetached;
  attempts_ = 0;
  close_port();
  controller_.set_vbus(plugged_);
}

// Stated once a device is there: a board that leaves its USB alone has nothing to assume.
void UsbHost::state_assumptions() {
  notes_.assume({name_ + ".host",
                 fmt::format("the computer at the other end of the USB cable resets a device {} ms "
                             "after it has appeared, for {} ms; a program opens the serial port "
                             "{} ms after the device is configured",
                             debounce_ms_, reset_ms_, open_ms_),
                 "USB 2.0, 7.1.7; the time until a program opens the port: estimate"});
  notes_.assume(
      {name_ + ".polling",
       fmt::format("the host asks an endpoint without data every {} us for as long as the "
                   "frame has room; its control transfers begin with a frame; bit "
                   "stuffing takes no time",
                   retry_us_),
       "estimate"});
}

void UsbHost::attach_changed(bool attached) {
  timer_.cancel();
  idle_.cancel();
  close_port();
  attempts_ = 0;
  state_ = attached ? State::kDebounce : State::kDetached;
  if (!attached) return;
  state_assumptions();
  timer_.after(Duration::from_ms(debounce_ms_));
}

void UsbHost::timer_over() {
  switch (state_) {
    case State::kDebounce:
      state_ = State::kReset;
      controller_.reset_bus();
      break;
    case State::kAddressRecovery:
      controller_.set_address(kDeviceAddress);
      enumerate(State::kDeviceDescriptor);
      break;
    case State::kSettle:
      state_ = State::kConfigured;
      set_line(baud_, true);
      break;
    default: break;
  }
}

void UsbHost::bus_was_reset() { enumerate(State::kFirstBytes); }

void UsbHost::control(std::uint8_t type, std::uint8_t request, std::uint16_t value,
                      std::uint16_t index, std::uint16_t length, std::vector<std::uint8_t> data) {
  const auto low = [](std::uint16_t word) { return static_cast<std::uint8_t>(word); };
  const auto high = [](std::uint16_t word) { return static_cast<std::uint8_t>(word >> 8); };
  controller_.control(
      {type, request, low(value), high(value), low(index), high(index), low(length), high(length)},
      std::move(data));
}

void UsbHost::get_descriptor(std::uint8_t type, std::uint8_t index, std::uint16_t language,
                             std::uint16_t length) {
  control(0x80, kGetDescriptor, static_cast<std::uint16_t>(type << 8 | index), language, length);
}

void UsbHost::enumerate(State state) {
  state_ = state;
  switch (state) {
    case State::kFirstBytes: get_descriptor(kTypeDevice, 0, 0, 8); break;
    case State::kAddress: control(0x00, kSetAddress, kDeviceAddress, 0, 0); break;
    case State::kDeviceDescriptor: get_descriptor(kTypeDevice, 0, 0, 18); break;
    case State::kConfigurationHeader: get_descriptor(kTypeConfiguration, 0, 0, 9); break;
    case State::kLanguages: get_descriptor(kTypeString, 0, 0, 255); break;
    case State::kSetConfiguration: control(0x00, kSetConfiguration, configuration_, 0, 0); break;
    default: TINYSCOPE_ASSERT(false);
  }
}

void UsbHost::control_done(Result result, const std::vector<std::uint8_t>& data) {
  if (state_ == State::kConfigured) {
    request_done(result);
  } else {
    enumeration_step(result, data);
  }
}

void UsbHost::enumeration_step(Result result, const std::vector<std::uint8_t>& data) {
  const bool strings = state_ == State::kLanguages || state_ == State::kStrings;
  if (result != Result::kDone && !(strings && result == Result::kStalled)) {
    static constexpr const char* kNames[] = {"",
                                             "",
                                             "",
                                             "GET_DESCRIPTOR(device)",
                                             "SET_ADDRESS",
                                             "",
                                             "GET_DESCRIPTOR(device)",
                                             "GET_DESCRIPTOR(configuration)",
                                             "GET_DESCRIPTOR(configuration)",
                                             "GET_DESCRIPTOR(string)",
                                             "GET_DESCRIPTOR(string)",
                                             "SET_CONFIGURATION"};
    attempt_failed(
        fmt::format("{} {}", kNames[static_cast<std::size_t>(state_)], what_went_wrong(result)));
    return;
  }
  switch (state_) {
    case State::kFirstBytes: got_first_bytes(data); break;
    case State::kAddress:
      state_ = State::kAddressRecovery;
      timer_.after(kAddressRecovery);
      break;
    case State::kDeviceDescriptor: got_device(data); break;
    case State::kConfigurationHeader: got_configuration_header(data); break;
    case State::kConfiguration: got_configuration(data); break;
    case State::kLanguages: got_languages(data); break;
    case State::kStrings: {
      const std::string text = read_string(data);
      if (!text.empty()) title_ += (title_.empty() ? "" : ", ") + text;
      next_string();
      break;
    }
    case State::kSetConfiguration: configured(); break;
    default: break;
  }
}

void UsbHost::got_first_bytes(const std::vector<std::uint8_t>& data) {
  if (data.size() < 8 || data[1] != kTypeDevice) {
    attempt_failed("the first bytes of the device descriptor are none");
    return;
  }
  const std::uint8_t packet = data[7];  // USB 2.0, table 9-8: 8, 16, 32 or 64
  if (packet != 8 && packet != 16 && packet != 32 && packet != 64) {
    attempt_failed(fmt::format("bMaxPacketSize0 is {}; expected 8, 16, 32 or 64", packet));
    return;
  }
  controller_.set_control_packet(packet);
  enumerate(State::kAddress);
}

void UsbHost::got_device(const std::vector<std::uint8_t>& data) {
  if (data.size() < 18) {
    attempt_failed(fmt::format("the device descriptor has {} bytes instead of 18", data.size()));
    return;
  }
  title_ = fmt::format("{:02x}{:02x}:{:02x}{:02x}", data[9], data[8], data[11], data[10]);
  string_indices_ = {data[14], data[15], data[16]};
  enumerate(State::kConfigurationHeader);
}

void UsbHost::got_configuration_header(const std::vector<std::uint8_t>& data) {
  const std::size_t total = data.size() < 9 ? 0 : data[2] | static_cast<std::size_t>(data[3]) << 8;
  if (total < 9) {
    attempt_failed("the configuration descriptor is too short");
    return;
  }
  state_ = State::kConfiguration;
  get_descriptor(kTypeConfiguration, 0, 0,
                 static_cast<std::uint16_t>(std::min<std::size_t>(total, kLongestConfiguration)));
}

void UsbHost::got_configuration(const std::vector<std::uint8_t>& data) {
  const Configuration configuration = read_configuration(data);
  if (!configuration.problems.empty()) {
    std::string list;
    for (const std::string& problem : configuration.problems) {
      if (list.size() < 400) list += (list.empty() ? "" : "; ") + problem;
    }
    log::warning("{}: malformed descriptors: {}", name_, list);
    notes_.assume({name_ + ".descriptors", "the device's descriptors are malformed: " + list,
                   "as the device sent them"});
  }
  configuration_ = configuration.value;
  remote_wakeup_ = configuration.remote_wakeup;
  choose_serial(configuration);
  const bool named = std::any_of(string_indices_.begin(), string_indices_.end(),
                                 [](std::uint8_t index) { return index != 0; });
  enumerate(named ? State::kLanguages : State::kSetConfiguration);
}

void UsbHost::choose_serial(const Configuration& configuration) {
  const auto serial = find_serial(configuration);
  has_serial_ = serial.has_value();
  if (serial) serial_function_ = *serial;
  std::vector<std::string> others;
  for (const InterfaceDescriptor& each : configuration.interfaces) {
    const bool ours = has_serial_ && (each.number == serial_function_.control_interface ||
                                      each.number == serial_function_.data_interface);
    if (!ours && each.alternate == 0 && others.size() < 16) others.push_back(describe(each));
  }
  if (!has_serial_) {
    log::warning("{}: the device has no CDC serial port", name_);
    notes_.assume({name_ + ".serial", "the device has no CDC serial port: nothing opens it",
                   "the device's descriptors"});
  }
  if (!others.empty()) {
    notes_.assume({name_ + ".interfaces",
                   fmt::format("the host leaves alone: {}", fmt::join(others, ", ")),
                   "the device's descriptors"});
  }
}

void UsbHost::got_languages(const std::vector<std::uint8_t>& data) {
  language_ = data.size() >= 4 ? static_cast<std::uint16_t>(data[2] | data[3] << 8) : kEnglish;
  string_ = 0;
  next_string();
}

void UsbHost::next_string() {
  while (string_ < string_indices_.size() && string_indices_[string_] == 0) ++string_;
  if (string_ == string_indices_.size()) {
    enumerate(State::kSetConfiguration);
    return;
  }
  state_ = State::kStrings;
  get_descriptor(kTypeString, string_indices_[string_++], language_, 255);
}

void UsbHost::configured() {
  log::info("{}: {} is configured{}", name_, title_, has_serial_ ? "" : "; it has no serial port");
  controller_.reset_toggles();
  state_ = has_serial_ ? State::kSettle : State::kConfigured;
  baud_set_ = 0;
  dtr_set_ = wakeup_allowed_ = false;
  wanted_dtr_ = false;
  wanted_baud_ = 0;
  if (has_serial_) timer_.after(Duration::from_ms(open_ms_));
}

void UsbHost::attempt_failed(const std::string& why) {
  log::warning("{}: {}", name_, why);
  if (++attempts_ < kAttempts) {
    state_ = State::kDebounce;
    timer_.after(Duration::from_ms(debounce_ms_));
    return;
  }
  state_ = State::kLeftAlone;
  controller_.suspend();
  log::error("{}: the device cannot be enumerated and is left alone", name_);
  notes_.assume(
      {name_ + ".failed",
       fmt::format("the host gave up on the device after {} attempts: {}", kAttempts, why),
       "the device's answers"});
}

namespace {
const DeviceType kType("usb_host",
                       [](DeviceContext& context) { return std::make_unique<UsbHost>(context); });
}  // namespace

}  // namespace tinyscope::usb
