// Configuration descriptors, right and wrong. USB 2.0, chapter 9.6; CDC 1.2.
#include "peripherals/usb/descriptors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/peripherals/usb/cdc_descriptors.hpp"

namespace tinyscope::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(UsbDescriptors, FindsTheSerialPortOfACdcDevice) {
  const auto configuration = usb::read_configuration(cdc_configuration());
  EXPECT_THAT(configuration.problems, IsEmpty());
  EXPECT_EQ(configuration.value, 1);
  EXPECT_TRUE(configuration.remote_wakeup);
  const auto serial = usb::find_serial(configuration);
  ASSERT_TRUE(serial.has_value());
  EXPECT_EQ(serial->control_interface, 0);
  EXPECT_EQ(serial->data_interface, 1);
  EXPECT_EQ(serial->in.address, 0x81);
  EXPECT_EQ(serial->out.address, 0x01);
  ASSERT_TRUE(serial->notification.has_value());
  EXPECT_EQ(serial->notification->interval, 16);
}

TEST(UsbDescriptors, FindsItBehindOtherInterfacesAndWithoutAUnion) {
  auto bytes = cdc_configuration();
  // A HID interface in front: USB 2.0, table 9-12.
  const std::vector<std::uint8_t> hid = {9, 4, 7, 0, 1, 3, 0, 0, 0, 7, 5, 0x83, 3, 8, 0, 10};
  bytes.insert(bytes.begin() + 9, hid.begin(), hid.end());
  for (std::size_t i = 0; i + 2 < bytes.size(); ++i) {
    if (bytes[i] == 5 && bytes[i + 1] == 0x24 && bytes[i + 2] == 6) bytes[i + 2] = 0x7F;
  }
  set_total_length(bytes);
  const auto configuration = usb::read_configuration(bytes);
  const auto serial = usb::find_serial(configuration);
  ASSERT_TRUE(serial.has_value());
  EXPECT_EQ(serial->data_interface, 1);
  EXPECT_EQ(usb::describe(configuration.interfaces[0]), "interface 7 (HID, class 0x03)");
}

TEST(UsbDescriptors, ADataInterfaceWithoutOutEndpointIsNoSerialPort) {
  auto bytes = cdc_configuration();
  bytes[bytes.size() - 5] = 0x82;  // the last endpoint becomes an IN
  EXPECT_FALSE(usb::find_serial(usb::read_configuration(bytes)).has_value());
}

TEST(UsbDescriptors, NamesWhatIsWrong) {
  auto bytes = cdc_configuration();
  bytes[9] = 0;  // bLength of the first interface
  EXPECT_THAT(usb::read_configuration(bytes).problems,
              ::testing::ElementsAre(HasSubstr("bLength 0")));

  bytes = cdc_configuration();
  bytes.resize(bytes.size() - 3);
  EXPECT_THAT(usb::read_configuration(bytes).problems,
              ::testing::ElementsAre(HasSubstr("wTotalLength"), HasSubstr("bLength 7")));

  bytes = cdc_configuration();
  bytes[bytes.size() - 3] = 0;  // wMaxPacketSize 0
  bytes[bytes.size() - 2] = 0;
  EXPECT_THAT(usb::read_configuration(bytes).problems,
              ::testing::ElementsAre(HasSubstr("wMaxPacketSize 0")));

  EXPECT_THAT(usb::read_configuration({}).problems,
              ::testing::ElementsAre("no configuration descriptor"));
}

TEST(UsbDescriptors, ShorterTotalLengthThanBytesCutsTheRest) {
  auto bytes = cdc_configuration();
  bytes[2] = 9;
  bytes[3] = 0;
  const auto configuration = usb::read_configuration(bytes);
  EXPECT_THAT(configuration.interfaces, IsEmpty());
}

// Nothing that a device can send may do harm. Seeds are fixed.
TEST(UsbDescriptors, SurvivesAnyBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = cdc_configuration();
    const unsigned changes = 1 + random() % 8;
    for (unsigned i = 0; i < changes; ++i) {
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    }
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    const auto configuration = usb::read_configuration(bytes);
    if (const auto serial = usb::find_serial(configuration)) {
      EXPECT_TRUE(serial->in.in());
      EXPECT_FALSE(serial->out.in());
      EXPECT_GT(serial->out.max_packet, 0);
      EXPECT_LE(serial->out.max_packet, 64);
    }
    usb::read_string(bytes);
  }
}

TEST(UsbDescriptors, StringsBecomeUtf8) {
  EXPECT_EQ(usb::read_string(std::vector<std::uint8_t>{8, 3, 'H', 0, 0xE9, 0, 0xAC, 0x20}), "Hé€");
  EXPECT_EQ(usb::read_string(std::vector<std::uint8_t>{6, 3, 0, 0xD8, 7, 0}), "??");
  EXPECT_EQ(usb::read_string(std::vector<std::uint8_t>{200, 3, 'a', 0, 'b'}), "a");
  EXPECT_EQ(usb::read_string(std::vector<std::uint8_t>{1}), "");
}

}  // namespace
}  // namespace tinyscope::test
