// Registers of the OV7670 and OV7675 by their names in OmniVision's data sheet of the OV7670.
// Names and bits: arduino-libraries/Arduino_OV767X (e5dd28f), src/utility/ov7670.c, which is the
// driver of Linux; adafruit/Adafruit_OV7670 (10e1b9c), src/arch/ov7670.h; arduino/ArduinoCore-mbed,
// libraries/OV7670/ov7670.cpp.
#pragma once

#include <array>
#include <cstdint>

namespace tinyscope::ov767x {

using Registers = std::array<std::uint8_t, 256>;

constexpr std::uint8_t kVref = 0x03;  // VSTOP[1:0] in 3:2, VSTRT[1:0] in 1:0
constexpr std::uint8_t kCom1 = 0x04;
constexpr std::uint8_t kCom1R656 = 0x40;
constexpr std::uint8_t kBave = 0x05;
constexpr std::uint8_t kGbave = 0x06;
constexpr std::uint8_t kRave = 0x08;
constexpr std::uint8_t kCom2 = 0x09;
constexpr std::uint8_t kCom2SoftSleep = 0x10;
constexpr std::uint8_t kPid = 0x0A;
constexpr std::uint8_t kVer = 0x0B;
constexpr std::uint8_t kCom3 = 0x0C;
constexpr std::uint8_t kCom3Swap = 0x40;
constexpr std::uint8_t kCom3ScaleEnable = 0x08;
constexpr std::uint8_t kCom3DcwEnable = 0x04;
constexpr std::uint8_t kClkrc = 0x11;
constexpr std::uint8_t kClkrcExternal = 0x40;
constexpr std::uint8_t kClkrcScale = 0x3F;
constexpr std::uint8_t kCom7 = 0x12;
constexpr std::uint8_t kCom7Reset = 0x80;
constexpr std::uint8_t kCom7Cif = 0x20;
constexpr std::uint8_t kCom7Qvga = 0x10;
constexpr std::uint8_t kCom7Qcif = 0x08;
constexpr std::uint8_t kCom7Rgb = 0x04;
constexpr std::uint8_t kCom7ColorBar = 0x02;
constexpr std::uint8_t kCom7Raw = 0x01;
constexpr std::uint8_t kCom10 = 0x15;
constexpr std::uint8_t kCom10Hsync = 0x40;
constexpr std::uint8_t kCom10PclkGated = 0x20;
constexpr std::uint8_t kCom10PclkReverse = 0x10;
constexpr std::uint8_t kCom10HrefReverse = 0x08;
constexpr std::uint8_t kCom10VsyncNegative = 0x02;
constexpr std::uint8_t kHstart = 0x17;
constexpr std::uint8_t kHstop = 0x18;
constexpr std::uint8_t kVstrt = 0x19;
constexpr std::uint8_t kVstop = 0x1A;
constexpr std::uint8_t kPshft = 0x1B;
constexpr std::uint8_t kMidh = 0x1C;
constexpr std::uint8_t kMidl = 0x1D;
constexpr std::uint8_t kMvfp = 0x1E;
constexpr std::uint8_t kMvfpMirror = 0x20;
constexpr std::uint8_t kMvfpFlip = 0x10;
constexpr std::uint8_t kExhch = 0x2A;  // dummy pixels of a line: bits 11:8 in 7:4
constexpr std::uint8_t kExhcl = 0x2B;
constexpr std::uint8_t kAdvfl = 0x2D;  // dummy lines of a frame
constexpr std::uint8_t kAdvfh = 0x2E;
constexpr std::uint8_t kYave = 0x2F;
constexpr std::uint8_t kHref = 0x32;  // HSTOP[2:0] in 5:3, HSTART[2:0] in 2:0
constexpr std::uint8_t kTslb = 0x3A;
constexpr std::uint8_t kTslbNegative = 0x20;
constexpr std::uint8_t kTslbFixedUv = 0x10;
constexpr std::uint8_t kTslbUvFirst = 0x08;
constexpr std::uint8_t kTslbAutoWindow = 0x01;
constexpr std::uint8_t kCom11 = 0x3B;
constexpr std::uint8_t kCom11Night = 0x80;
constexpr std::uint8_t kCom12 = 0x3C;
constexpr std::uint8_t kCom12HrefAlways = 0x80;
constexpr std::uint8_t kCom13 = 0x3D;
constexpr std::uint8_t kCom13UvSwap = 0x01;
constexpr std::uint8_t kCom14 = 0x3E;
constexpr std::uint8_t kCom14DcwEnable = 0x10;
constexpr std::uint8_t kCom15 = 0x40;
constexpr std::uint8_t kCom15Rgb565 = 0x10;
constexpr std::uint8_t kCom15Rgb555 = 0x20;  // beside kCom15Rgb565
constexpr std::uint8_t kCom17 = 0x42;
constexpr std::uint8_t kCom17ColorBar = 0x08;
constexpr std::uint8_t kBright = 0x55;
constexpr std::uint8_t kContras = 0x56;
constexpr std::uint8_t kDblv = 0x6B;
constexpr std::uint8_t kScalingXsc = 0x70;
constexpr std::uint8_t kScalingYsc = 0x71;
constexpr std::uint8_t kScalingTestPattern = 0x80;  // in both
constexpr std::uint8_t kScalingDcwctr = 0x72;
constexpr std::uint8_t kRgb444 = 0x8C;
constexpr std::uint8_t kRgb444Enable = 0x02;
constexpr std::uint8_t kRgb444Rgbx = 0x01;
constexpr std::uint8_t kDmLnl = 0x92;
constexpr std::uint8_t kDmLnh = 0x93;

// After power-on and COM7[7]. From memory of the data sheet of the OV7670 (version 1.4, table 5);
// those that felipe-m's OV7670 controllers for FPGAs quote from it were compared. The rest reads 0.
Registers reset_values();

}  // namespace tinyscope::ov767x
