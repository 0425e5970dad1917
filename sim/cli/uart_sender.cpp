#include "sim/cli/uart_sender.hpp"

#include <utility>

namespace tinyscope {
namespace {

// How often a receiver that is switched off is looked at.
constexpr Duration kReceiverPoll = Duration::from_ms(1);

}  // namespace

UartSender::UartSender(Scheduler& scheduler, std::function<UartPort&()> receiver)
    : receiver_(std::move(receiver)), event_(scheduler, [this] { frame_complete(); }) {}

void UartSender::send(std::string_view bytes) {
  const bool idle = waiting() == 0;
  waiting_ += bytes;
  if (idle && !bytes.empty()) begin_frame();
}

void UartSender::cancel() {
  event_.cancel();
  waiting_.clear();
  next_ = 0;
}

void UartSender::begin_frame() {
  const Duration frame = receiver_().frame_time;
  frame_under_way_ = frame.ps != 0;
  event_.after(frame_under_way_ ? frame : kReceiverPoll);
}

// The last stop bit of a frame, or another look at a receiver that was off.
void UartSender::frame_complete() {
  if (frame_under_way_) receiver_().receive(static_cast<std::uint8_t>(waiting_[next_++]));
  if (waiting() != 0) {
    begin_frame();
    return;
  }
  waiting_.clear();
  next_ = 0;
  if (sent_) sent_();
}

void UartSender::snapshot(StateArchive& archive) {
  archive(waiting_, next_, frame_under_way_);
  event_.snapshot(archive);
}

}  // namespace tinyscope
