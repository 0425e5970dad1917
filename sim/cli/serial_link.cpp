#include "sim/cli/serial_link.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "peripherals/usb/usb_link.hpp"
#include "sim/error.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

constexpr Duration kLook = Duration::from_ms(1);
// What waits for the firmware, or for a reader who does not read, is held back beyond this.
constexpr std::size_t kIncoming = 4096;
constexpr std::size_t kOutgoing = std::size_t{1} << 20;

}  // namespace

SerialLink::SerialLink(Scheduler& scheduler, std::function<UartPort&()> receiver)
    : receiver_(std::move(receiver)), event_(scheduler, [this] { pump(); }) {}

SerialLink::~SerialLink() {
  flush();
  if (owns_in_) ::close(in_);
  for (const int file : {slave_, listening_}) {
    if (file >= 0) ::close(file);
  }
}

void SerialLink::fail(const std::string& what) const {
  throw InputError(fmt::format("{}: {}", what, std::strerror(errno)));
}

std::string SerialLink::open_terminal() {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) {
    fail("--usb pty: cannot open a pseudo terminal");
  }
  in_ = out_ = master;
  owns_in_ = true;
  std::array<char, 128> name{};
  if (::ptsname_r(master, name.data(), name.size()) != 0) fail("--usb pty");
  slave_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave_ < 0) fail(fmt::format("--usb pty: {}", name.data()));
  termios settings{};
  ::tcgetattr(slave_, &settings);
  ::cfmakeraw(&settings);  // bytes as they are, no echo
  ::tcsetattr(slave_, TCSANOW, &settings);
  ::fcntl(master, F_SETFL, O_NONBLOCK);
  return name.data();
}

std::uint16_t SerialLink::listen(std::uint16_t port) {
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listening_ < 0 || ::bind(listening_, generic, length) != 0 || ::listen(listening_, 1) != 0 ||
      ::getsockname(listening_, generic, &length) != 0) {
    fail(fmt::format("--usb tcp:{}: cannot listen on this port", port));
  }
  return ntohs(address.sin_port);
}

bool SerialLink::wait_for_connection() {
  pollfd waiting{listening_, POLLIN, 0};
  if (::poll(&waiting, 1, -1) <= 0) return false;
  in_ = ::accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (in_ < 0) return false;
  out_ = in_;
  owns_in_ = socket_ = true;
  return true;
}

void SerialLink::read_standard_input() { in_ = STDIN_FILENO; }

void SerialLink::start() { event_.after(kLook); }

void SerialLink::print(char byte) {
  if (out_ < 0) return;
  if (outgoing_.size() >= kOutgoing) {
    if (!std::exchange(dropped_, true)) {
      log::warning("nobody reads what firmware prints; it is dropped");
    }
    return;
  }
  outgoing_ += byte;
  if (byte == '\n') flush();
}

void SerialLink::pump() {
  flush();
  fetch();
  deliver();
  const Duration frame = receiver_().frame_time;
  event_.after(incoming_.empty() || frame.ps == 0 ? kLook : frame);
}

// One byte a frame, as the line would carry them.
void SerialLink::deliver() {
  UartPort& port = receiver_();
  if (incoming_.empty() || port.frame_time.ps == 0) return;
  const auto* const serial = dynamic_cast<const usb::SerialPort*>(&port);
  if (serial != nullptr && serial->unsent() >= kIncoming) return;
  port.receive(incoming_.front());
  incoming_.pop_front();
}

void SerialLink::fetch() {
  if (in_ < 0 || !incoming_.empty()) return;
  pollfd readable{in_, POLLIN, 0};
  if (::poll(&readable, 1, 0) <= 0) return;
  std::array<std::uint8_t, kIncoming> bytes;
  const ssize_t count = ::read(in_, bytes.data(), bytes.size());
  if (count > 0) {
    incoming_.insert(incoming_.end(), bytes.begin(), bytes.begin() + count);
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR && errno != EIO)) {
    if (owns_in_) ::close(in_);
    owns_in_ = false;
    in_ = out_ = -1;  // the other side has gone
  }
}

void SerialLink::flush() {
  while (out_ >= 0 && !outgoing_.empty()) {
    const ssize_t count = socket_ ? ::send(out_, outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL)
                                  : ::write(out_, outgoing_.data(), outgoing_.size());
    if (count <= 0) return;
    outgoing_.erase(0, static_cast<std::size_t>(count));
  }
}

void SerialLink::state_assumption(RunNotes& notes, const std::string& from,
                                  const std::string& option) {
  notes.assume({"console.input",
                fmt::format("bytes from {} reach the firmware at the simulated time at which they "
                            "are found there, so two runs may differ",
                            from),
                "command line: " + option});
}

}  // namespace tinyscope
