// Sends bytes to the chip's console at the speed that the chip has programmed, one frame after the
// other, once its receiver is switched on.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "sim/ports.hpp"
#include "sim/scheduler.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

class UartSender {
 public:
  // `receiver` says where bytes to the firmware go; asked for each.
  UartSender(Scheduler& scheduler, std::function<UartPort&()> receiver);

  // Behind what still waits.
  void send(std::string_view bytes);
  // Called whenever the last byte has gone.
  void on_sent(std::function<void()> action) { sent_ = std::move(action); }
  // Gives up what waits.
  void cancel();
  std::size_t waiting() const { return waiting_.size() - next_; }

  void snapshot(StateArchive& archive);

 private:
  void begin_frame();
  void frame_complete();

  std::function<UartPort&()> receiver_;
  std::function<void()> sent_;
  std::string waiting_;
  std::size_t next_ = 0;  // in waiting_
  bool frame_under_way_ = false;
  Event event_;
};

}  // namespace tinyscope
