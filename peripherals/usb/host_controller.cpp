#include "peripherals/usb/host_controller.hpp"

#include <algorithm>
#include <utility>

#include "sim/error.hpp"

namespace tinyscope::usb {
namespace {
// USB 2.0, 11.3: what has not ended this long before the next frame would babble.
constexpr Duration kEndOfFrame = bit_times(42);
}  // namespace

HostController::HostController(Scheduler& scheduler, Client& client)
    : scheduler_(scheduler),
      client_(client),
      sof_(
          scheduler, [this] { next_frame(); }, -1),
      work_(scheduler, [this] { run(); }),
      step_(scheduler, [this] { bus_step(); }),
      control_timeout_(scheduler, [this] { finish_control(Result::kTimedOut); }) {}

void HostController::connect(Function& function) {
  function_ = &function;
  function.connect(*this);
}

void HostController::set_vbus(bool present) {
  if (vbus_ == present || function_ == nullptr) return;
  vbus_ = present;
  function_->set_vbus(present);
}

// --- the bus
// --------------------------------------------------------------------------------------

void HostController::attached(bool attached) {
  if (attached_ == attached) return;
  attached_ = attached;
  if (!attached) {
    stop_frames();
    bus_ = Bus::kOff;
    step_.cancel();
    control_timeout_.cancel();
    control_.active = false;
    close_pipes();
  }
  client_.attach_changed(attached);
}

void HostController::reset_bus() {
  if (!attached_) return;
  stop_frames();
  control_.active = false;
  control_timeout_.cancel();
  address_ = 0;
  control_packet_ = 8;
  toggles_ = 0;
  bus_ = Bus::kReset;
  step_.after(timing_.reset);
  function_->bus_reset();
}

void HostController::suspend() {
  if (bus_ != Bus::kActive) return;
  stop_frames();
  bus_ = Bus::kIdle;
  function_->bus_idle();
}

void HostController::resume() {
  if (bus_ != Bus::kIdle) return;
  bus_ = Bus::kResuming;
  step_.after(timing_.resume);
  function_->bus_resume();
}

// USB 2.0, 7.1.7.7: the host takes over K from the device and holds it as long as for a resume of
// its own.
void HostController::driving_k(bool driving) {
  if (!driving || bus_ != Bus::kIdle) return;
  woken_by_device_ = true;
  resume();
}

void HostController::bus_step() {
  switch (bus_) {
    case Bus::kReset:
      bus_ = Bus::kRecovery;
      start_frames();
      step_.after(timing_.recovery);
      break;
    case Bus::kRecovery:
      bus_ = Bus::kActive;
      client_.bus_was_reset();
      break;
    case Bus::kResuming:
      bus_ = Bus::kActive;
      start_frames();
      client_.resumed(std::exchange(woken_by_device_, false));
      break;
    default: break;
  }
}

void HostController::start_frames() { sof_.at(scheduler_.now()); }

void HostController::stop_frames() {
  sof_.cancel();
  work_.cancel();
  on_wire_ = kNobody;
}

void HostController::next_frame() {
  ++frame_;
  frame_start_ = scheduler_.now();
  sof_.after(kFrame);
  function_->start_of_frame(static_cast<unsigned>(frame_ & 0x7FFu));
  if (bus_ == Bus::kActive && pick() != kNobody) work_.after(bit_times(kTokenBits));
}

// --- what is to be done
// ---------------------------------------------------------------------------

void HostController::ready() {
  control_.waiting = false;
  for (Pipe& pipe : pipes_) pipe.waiting = false;
  kick();
}

// Brings the next transaction to the next of the moments at which a host asks.
void HostController::kick() {
  if (bus_ != Bus::kActive || on_wire_ != kNobody || work_.scheduled()) return;
  if (pick() == kNobody) return;
  const Duration since = scheduler_.now() - frame_start_;
  const std::uint64_t slots = (since.ps + timing_.retry.ps - 1) / timing_.retry.ps;
  work_.at(frame_start_ + std::max(timing_.retry * slots, bit_times(kTokenBits)));
}

bool HostController::runnable(const Pipe& pipe) const {
  if (!pipe.running || pipe.waiting || frame_ < pipe.due_frame) return false;
  return pipe.endpoint.in() || !pipe.queue.empty();
}

std::size_t HostController::pick() const {
  for (std::size_t i = 0; i < pipes_.size(); ++i) {
    if (pipes_[i].periodic() && runnable(pipes_[i])) return i;
  }
  if (control_.active && !control_.waiting && frame_ >= control_.due_frame) return kControlPipe;
  for (std::size_t step = 1; step <= pipes_.size(); ++step) {
    const std::size_t i = (last_bulk_ + step) % pipes_.size();
    if (!pipes_[i].periodic() && runnable(pipes_[i])) return i;
  }
  return kNobody;
}

bool HostController::fits(Duration time) const {
  return scheduler_.now() + time + kEndOfFrame <= frame_start_ + kFrame;
}

void HostController::run() {
  if (on_wire_ != kNobody) complete();
  while (bus_ == Bus::kActive && on_wire_ == kNobody) {
    const std::size_t who = pick();
    if (who == kNobody || !begin(who)) return;  // without room: the next frame goes on
  }
}

bool HostController::begin(std::size_t who) {
  return who == kControlPipe ? begin_control() : begin_pipe(who);
}

// The device has been asked or is about to get data: the wire is busy as long as that takes.
bool HostController::begin_transaction(std::size_t who, std::size_t bytes) {
  on_wire_ = who;
  work_.after(transaction_time(bytes));
  return true;
}

void HostController::complete() {
  const std::size_t who = std::exchange(on_wire_, kNobody);
  if (who == kControlPipe) {
    complete_control();
  } else {
    complete_pipe(who);
  }
}

// --- control transfers
// ----------------------------------------------------------------------------

// A program has to hear of the end of one transfer before it starts another: in the next frame.
void HostController::control(const SetupBytes& setup, std::vector<std::uint8_t> data) {
  TINYSCOPE_ASSERT(!control_.active);
  control_ = Control{};
  control_.active = true;
  control_.setup = setup;
  control_.data = std::move(data);
  control_.due_frame = frame_ + 1;
  control_timeout_.after(timing_.control_timeout);
}

// Whether the stage at hand is an IN transaction: the data of a read, the status of a write.
bool HostController::control_in() const {
  if (control_.stage == Stage::kData) return control_.read();
  return control_.stage == Stage::kStatus && !(control_.read() && control_.length() != 0);
}

bool HostController::begin_control() {
  if (!fits(transaction_time(control_packet_))) return false;
  if (control_in()) {
    packet_.data.clear();
    const Reply reply = function_->in({address_, 0}, packet_);
    if (reply == Reply::kAck) return begin_transaction(kControlPipe, packet_.data.size());
    answer_control(reply);
    return true;
  }
  packet_.data.clear();
  packet_.data1 = control_.toggle || control_.stage == Stage::kStatus;
  if (control_.stage == Stage::kData) {
    const std::size_t left = control_.data.size() - control_.sent;
    const auto first = control_.data.begin() + static_cast<std::ptrdiff_t>(control_.sent);
    packet_.data.assign(
        first, first + static_cast<std::ptrdiff_t>(std::min<std::size_t>(left, control_packet_)));
  }
  return begin_transaction(
      kControlPipe, control_.stage == Stage::kSetup ? control_.setup.size() : packet_.data.size());
}

void HostController::complete_control() {
  if (control_in()) {
    function_->in_acknowledged({address_, 0});
    control_data_in();
  } else if (control_.stage == Stage::kSetup) {
    answer_control(function_->setup({address_, 0}, control_.setup));
  } else {
    answer_control(function_->out({address_, 0}, packet_));
  }
}

void HostController::control_data_in() {
  control_.failures = 0;
  if (control_.stage == Stage::kStatus) {
    finish_control(Result::kDone);
    return;
  }
  if (packet_.data1 != control_.toggle) return;  // a repetition: acknowledged and dropped
  control_.toggle = !control_.toggle;
  control_.data.insert(control_.data.end(), packet_.data.begin(), packet_.data.end());
  if (packet_.data.size() > control_packet_ || control_.data.size() > control_.length()) {
    finish_control(Result::kBabble);
  } else if (packet_.data.size() < control_packet_ || control_.data.size() == control_.length()) {
    control_.stage = Stage::kStatus;
  }
}

void HostController::answer_control(Reply reply) {
  switch (reply) {
    case Reply::kAck:
      control_.failures = 0;
      control_advance();
      break;
    case Reply::kNak: control_.waiting = true; break;
    case Reply::kStall: finish_control(Result::kStalled); break;
    case Reply::kSilence:  // USB 2.0, 10.2.6: three attempts
      control_.due_frame = frame_ + 1;
      if (++control_.failures == 3) finish_control(Result::kSilent);
      break;
  }
}

// A SETUP or OUT transaction was acknowledged.
void HostController::control_advance() {
  switch (control_.stage) {
    case Stage::kSetup:
      control_.toggle = true;
      control_.stage = control_.length() != 0 ? Stage::kData : Stage::kStatus;
      break;
    case Stage::kData:
      control_.toggle = !control_.toggle;
      control_.sent += packet_.data.size();
      if (control_.sent >= control_.data.size()) control_.stage = Stage::kStatus;
      break;
    case Stage::kStatus: finish_control(Result::kDone); break;
  }
}

void HostController::finish_control(Result result) {
  control_.active = false;
  control_timeout_.cancel();
  if (on_wire_ == kControlPipe) {
    on_wire_ = kNobody;
    work_.cancel();
  }
  const std::vector<std::uint8_t> data =
      control_.read() ? std::move(control_.data) : std::vector<std::uint8_t>();
  client_.control_done(result, data);
  kick();
}

// --- other endpoints
// ------------------------------------------------------------------------------

std::size_t HostController::open(const EndpointDescriptor& endpoint) {
  pipes_.push_back({.endpoint = endpoint, .queue = {}});
  kick();
  return pipes_.size() - 1;
}

void HostController::close_pipes() {
  pipes_.clear();
  last_bulk_ = 0;
  if (on_wire_ != kNobody && on_wire_ != kControlPipe) {
    on_wire_ = kNobody;
    work_.cancel();
    kick();
  }
}

void HostController::send(std::size_t pipe, std::span<const std::uint8_t> bytes) {
  auto& queue = pipes_[pipe].queue;
  queue.insert(queue.end(), bytes.begin(), bytes.end());
  kick();
}

void HostController::restart(std::size_t pipe) {
  pipes_[pipe].running = true;
  pipes_[pipe].waiting = false;
  pipes_[pipe].failures = 0;
  toggles_ &= ~pipes_[pipe].toggle_bit();
  kick();
}

// An interrupt endpoint is asked once in its interval.
void HostController::polled(Pipe& pipe) {
  if (!pipe.periodic()) return;
  const std::uint64_t interval = std::max<std::uint64_t>(pipe.endpoint.interval, 1);
  pipe.due_frame = (frame_ / interval + 1) * interval;
}

bool HostController::begin_pipe(std::size_t index) {
  Pipe& pipe = pipes_[index];
  if (!fits(transaction_time(pipe.endpoint.max_packet))) return false;
  if (!pipe.periodic()) last_bulk_ = index;
  packet_.data.clear();
  if (!pipe.endpoint.in()) {
    const std::size_t bytes = std::min<std::size_t>(pipe.queue.size(), pipe.endpoint.max_packet);
    packet_.data1 = (toggles_ & pipe.toggle_bit()) != 0;
    packet_.data.assign(pipe.queue.begin(),
                        pipe.queue.begin() + static_cast<std::ptrdiff_t>(bytes));
    return begin_transaction(index, bytes);
  }
  polled(pipe);
  const Reply reply = function_->in({address_, pipe.endpoint.number()}, packet_);
  if (reply == Reply::kAck) return begin_transaction(index, packet_.data.size());
  answer_pipe(index, reply);
  return true;
}

void HostController::complete_pipe(std::size_t index) {
  Pipe& pipe = pipes_[index];
  const Token token{address_, pipe.endpoint.number()};
  if (!pipe.endpoint.in()) {
    const Reply reply = function_->out(token, packet_);
    if (reply == Reply::kAck) {
      pipe.failures = 0;
      toggles_ ^= pipe.toggle_bit();
      pipe.queue.erase(pipe.queue.begin(),
                       pipe.queue.begin() + static_cast<std::ptrdiff_t>(packet_.data.size()));
    } else {
      answer_pipe(index, reply);
    }
    return;
  }
  function_->in_acknowledged(token);
  pipe.failures = 0;
  if (packet_.data1 != ((toggles_ & pipe.toggle_bit()) != 0)) return;  // 8.6.4: a repetition
  toggles_ ^= pipe.toggle_bit();
  if (packet_.data.size() > pipe.endpoint.max_packet) {
    pipe.running = false;
    client_.pipe_failed(index, Result::kBabble);
    return;
  }
  client_.received(index, packet_.data);
}

void HostController::answer_pipe(std::size_t index, Reply reply) {
  Pipe& pipe = pipes_[index];
  switch (reply) {
    case Reply::kAck: break;
    case Reply::kNak: pipe.waiting = true; break;
    case Reply::kStall:
      pipe.running = false;
      client_.pipe_failed(index, Result::kStalled);
      break;
    case Reply::kSilence:
      pipe.due_frame = std::max(pipe.due_frame, frame_ + 1);
      if (++pipe.failures < 3) break;
      pipe.running = false;
      client_.pipe_failed(index, Result::kSilent);
      break;
  }
}

// --- state
// ----------------------------------------------------------------------------------------

void HostController::reset() {
  stop_frames();
  step_.cancel();
  control_timeout_.cancel();
  vbus_ = attached_ = woken_by_device_ = false;
  bus_ = Bus::kOff;
  frame_ = 0;
  frame_start_ = {};
  address_ = 0;
  control_packet_ = 8;
  control_ = {};
  pipes_.clear();
  toggles_ = 0;
  last_bulk_ = 0;
  packet_ = {};
}

void HostController::Control::snapshot(StateArchive& archive) {
  archive(active, waiting, stage, toggle, failures, due_frame, setup, data, sent);
}

void HostController::Pipe::snapshot(StateArchive& archive) {
  archive(endpoint.address, endpoint.type, endpoint.max_packet, endpoint.interval, running, waiting,
          failures, due_frame, queue);
}

void HostController::snapshot(StateArchive& archive) {
  archive(vbus_, attached_, woken_by_device_, bus_, frame_, frame_start_.ps, address_,
          control_packet_);
  control_.snapshot(archive);
  auto count = static_cast<std::uint64_t>(pipes_.size());
  archive(count);
  if (archive.is_loading()) pipes_.resize(count);
  for (Pipe& pipe : pipes_) pipe.snapshot(archive);
  archive(toggles_, last_bulk_, on_wire_, packet_.data, packet_.data1);
  sof_.snapshot(archive);
  work_.snapshot(archive);
  step_.snapshot(archive);
  control_timeout_.snapshot(archive);
}

}  // namespace tinyscope::usb
