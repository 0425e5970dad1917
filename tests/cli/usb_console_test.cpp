// A console of several ports, the ways between it and this computer, and --usb.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <string>

#include "sim/cli/serial_link.hpp"
#include "sim/cli/uart_console.hpp"
#include "sim/cli/usb_options.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr Duration kFrame = Duration::from_us(10);

struct TwoPorts {
  TwoPorts() {
    console.listen(uart, &out);
    console.listen(usb, &usb_out);
  }
  static void print(const UartPort& port, const std::string& text) {
    for (const char c : text) port.transmit(static_cast<std::uint8_t>(c), {});
  }
  UartPort uart;
  UartPort usb;
  std::ostringstream out;
  std::ostringstream usb_out;
  UartConsole console;
};

TEST(Console, ConditionsHearAllPorts) {
  TwoPorts board;
  bool printed = false;
  unsigned bytes = 0;
  board.console.when_printed("hello", [&] { printed = true; });
  board.console.on_byte([&](char) { ++bytes; });
  TwoPorts::print(board.uart, "x");
  TwoPorts::print(board.usb, "hello");
  EXPECT_TRUE(printed);
  EXPECT_EQ(bytes, 6u);
  EXPECT_EQ(board.console.byte_count(), 6u);
  EXPECT_EQ(board.out.str(), "x");
  EXPECT_EQ(board.usb_out.str(), "hello");
  EXPECT_TRUE(board.console.in_line(board.out));
}

TEST(Console, AnswersTheWayTheLastTextCame) {
  TwoPorts board;
  EXPECT_EQ(&board.console.receiver(), &board.uart);
  board.usb.frame_time = kFrame;
  EXPECT_EQ(&board.console.receiver(), &board.usb) << "the only one that is on";
  board.uart.frame_time = kFrame;
  EXPECT_EQ(&board.console.receiver(), &board.uart) << "the first that is on";
  TwoPorts::print(board.usb, "?");
  EXPECT_EQ(&board.console.receiver(), &board.usb);
  board.usb.frame_time = {};
  EXPECT_EQ(&board.console.receiver(), &board.uart);
}

// The far end is a program of this computer, here the test.
struct Link {
  explicit Link(Duration frame = kFrame) {
    port.frame_time = frame;
    port.on_receive([this](std::uint8_t byte) { received += static_cast<char>(byte); });
  }
  void run_ms(std::uint64_t ms) { scheduler.advance_to(scheduler.now() + Duration::from_ms(ms)); }
  Scheduler scheduler;
  UartPort port;
  std::string received;
  SerialLink link{scheduler, [this]() -> UartPort& { return port; }};
};

TEST(SerialLink, APseudoTerminalCarriesBytesBothWays) {
  Link board;
  const int program = ::open(board.link.open_terminal().c_str(), O_RDWR | O_NOCTTY);
  ASSERT_GE(program, 0);
  board.link.start();
  ASSERT_EQ(::write(program, "in\n", 3), 3);
  board.run_ms(10);
  EXPECT_EQ(board.received, "in\n");
  for (const char c : std::string("out\r\n")) board.link.print(c);
  std::array<char, 16> buffer{};
  EXPECT_EQ(::read(program, buffer.data(), buffer.size()), 5);
  EXPECT_STREQ(buffer.data(), "out\r\n") << "raw: nothing is translated";
  ::close(program);
}

TEST(SerialLink, HoldsBytesBackUntilThePortIsOpen) {
  Link board(Duration{});
  const int program = ::open(board.link.open_terminal().c_str(), O_RDWR | O_NOCTTY);
  board.link.start();
  ASSERT_EQ(::write(program, "x", 1), 1);
  board.run_ms(10);
  EXPECT_EQ(board.received, "");
  board.port.frame_time = kFrame;
  board.run_ms(10);
  EXPECT_EQ(board.received, "x");
  ::close(program);
}

TEST(SerialLink, ATcpConnectionCarriesBytesAndMayEnd) {
  Link board;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(board.link.listen(0));
  const int program = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(program, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_TRUE(board.link.wait_for_connection());
  board.link.start();
  ASSERT_EQ(::send(program, "ab", 2, 0), 2);
  board.run_ms(20);
  EXPECT_EQ(board.received, "ab");
  board.link.print('\n');
  char byte = 0;
  EXPECT_EQ(::recv(program, &byte, 1, 0), 1);
  ::close(program);
  for (int i = 0; i < 3; ++i) {
    board.link.print('\n');
    board.run_ms(5);
  }
  EXPECT_EQ(board.received, "ab");
}

TEST(SerialLink, APortThatIsTakenIsAnInputError) {
  Link first;
  const std::uint16_t port = first.link.listen(0);
  Link second;
  EXPECT_THROW(second.link.listen(port), InputError);
}

TEST(UsbOption, IsReadAndUnplugsTheCable) {
  BoardDescription board = load_board("nano33ble");
  EXPECT_EQ(apply_usb_option(board, "").way, UsbChoice::Way::kOutput);
  EXPECT_EQ(apply_usb_option(board, "cdc").way, UsbChoice::Way::kOutput);
  EXPECT_EQ(apply_usb_option(board, "pty").way, UsbChoice::Way::kTerminal);
  const UsbChoice tcp = apply_usb_option(board, "tcp:4000");
  EXPECT_EQ(tcp.way, UsbChoice::Way::kTcp);
  EXPECT_EQ(tcp.port, 4000);
  const std::size_t before = board.soc.assumptions.size();
  apply_usb_option(board, "none");
  EXPECT_EQ(board.soc.assumptions.size(), before + 1);
  for (DeviceDescription& device : board.devices) {
    if (device.type != "usb_host") continue;
    EXPECT_EQ(device.params->boolean("plugged"), false);
  }
}

TEST(UsbOption, RefusesWhatItDoesNotKnow) {
  BoardDescription board = load_board("nano33ble");
  EXPECT_THROW(apply_usb_option(board, "hid"), InputError);
  EXPECT_THROW(apply_usb_option(board, "tcp:70000"), InputError);
  BoardDescription without = load_board("nucleo-l4r5zi");
  EXPECT_THROW(apply_usb_option(without, "pty"), InputError);
  EXPECT_NO_THROW(apply_usb_option(without, "none"));
  EXPECT_NO_THROW(apply_usb_option(without, ""));
}

}  // namespace
}  // namespace tinyscope
