// Exit statuses of every command.
#pragma once

namespace tinyscope {

enum ExitStatus : int {
  kPass = 0,
  kFirmwareFailed = 1,  // or a check failed, or an --until that could no longer be met
  kUsage = 2,           // wrong options or input files
  kSimulatorFault = 3,  // a bug of ours
  kLimitReached = 124,
  kInterrupted = 130,  // Ctrl-C, after the report so far
};

}  // namespace tinyscope
