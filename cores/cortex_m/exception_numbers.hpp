// Exception numbers of Armv7-M (Arm DDI 0403E, B1.5.2).
#pragma once

namespace tinyscope::exception {

inline constexpr unsigned kThread = 0;
inline constexpr unsigned kReset = 1;
inline constexpr unsigned kNmi = 2;
inline constexpr unsigned kHardFault = 3;
inline constexpr unsigned kMemManage = 4;
inline constexpr unsigned kBusFault = 5;
inline constexpr unsigned kUsageFault = 6;
inline constexpr unsigned kSvcall = 11;
inline constexpr unsigned kDebugMonitor = 12;
inline constexpr unsigned kPendsv = 14;
inline constexpr unsigned kSystick = 15;
inline constexpr unsigned kFirstInterrupt = 16;  // IRQ 0

}  // namespace tinyscope::exception
