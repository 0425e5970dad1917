// UART scripts: the steps, their times, and how a run ends with them.
#include "sim/cli/uart_script.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/error.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

// A board whose UART the test plays by hand. 10 us a frame.
class Board {
 public:
  explicit Board(const std::string& script)
      : script_(
            scheduler, [this]() -> UartPort& { return port; },
            read_uart_script(folder_.write("script.txt", script))) {
    port.frame_time = Duration::from_us(10);
    port.on_receive([this](std::uint8_t byte) {
      received += static_cast<char>(byte);
      arrivals_us.push_back(now_us());
    });
  }
  void start() {
    script_.start([this](const UartScript::Outcome& end) { outcome = end; });
  }
  void print(const std::string& text) {
    for (const char character : text) script_.received(character);
  }
  void run_until_us(std::uint64_t us) { scheduler.advance_to(TimePoint{us * 1'000'000}); }
  std::uint64_t now_us() const { return scheduler.now().ps / 1'000'000; }
  bool passed() const { return outcome && outcome->passed; }
  bool failed() const { return outcome && !outcome->passed; }
  const UartScript& script() const { return script_; }

  Scheduler scheduler;
  UartPort port;
  std::string received;
  std::vector<std::uint64_t> arrivals_us;
  std::optional<UartScript::Outcome> outcome;

 private:
  test::TemporaryFolder folder_;
  UartScript script_;
};

TEST(UartScript, SendsBytesOneFrameAfterTheOther) {
  Board board("send \"ab\\r\\n\"\n");
  board.start();
  board.run_until_us(1000);
  EXPECT_EQ(board.received, "ab\r\n");
  EXPECT_EQ(board.arrivals_us, (std::vector<std::uint64_t>{10, 20, 30, 40}));
  EXPECT_TRUE(board.passed());
}

TEST(UartScript, SendsWithoutQuotesInHexadecimalAndFromAFileBesideTheScript) {
  const test::TemporaryFolder folder;
  folder.write("input.bin", std::string("\0\xFFz", 3));
  const auto steps = read_uart_script(
      folder.write("script.txt", "send name%\r\nsend_hex 00 7f FF\nsend_file input.bin\n"));
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].text, "name%");
  EXPECT_EQ(steps[1].text, std::string("\0\x7F\xFF", 3));
  EXPECT_EQ(steps[2].text, std::string("\0\xFFz", 3));
}

TEST(UartScript, WaitsUntilTheReceiverIsSwitchedOn) {
  Board board("send x\n");
  board.port.frame_time = {};
  board.start();
  board.run_until_us(5500);
  EXPECT_EQ(board.received, "");
  board.port.frame_time = Duration::from_us(10);
  board.run_until_us(7000);
  EXPECT_EQ(board.received, "x");
}

TEST(UartScript, SendsNothingBeforeWhatItExpects) {
  Board board("expect m-ready\nsend x\n");
  board.start();
  board.run_until_us(1000);
  EXPECT_EQ(board.received, "");
  board.print("m-init\r\nm-re");
  board.print("ady");
  board.run_until_us(2000);
  EXPECT_EQ(board.received, "x");
}

TEST(UartScript, AnAnswerThatCameBeforeItsExpectationCounts) {
  Board board("delay 1ms\nexpect one\nexpect two\nexpect two\n");
  board.start();
  board.print("one two ");
  board.run_until_us(2000);
  EXPECT_FALSE(board.outcome) << "the second `two` has not been printed";
  board.print("two");
  EXPECT_TRUE(board.passed());
}

TEST(UartScript, FindsATextBehindItsOwnFalseBeginning) {
  Board board("expect aab\n");
  board.start();
  board.print("aaab");
  EXPECT_TRUE(board.passed());
}

TEST(UartScript, ARegularExpressionIsLookedForInWholeLines) {
  Board board("expect /^m-lap-us-[0-9]+$/\n");
  board.start();
  board.print("x m-lap-us-12\r\nm-lap-us-3");
  EXPECT_FALSE(board.outcome);
  board.print("45\r\n");
  EXPECT_TRUE(board.passed());
}

TEST(UartScript, AnExpectationThatTakesTooLongFailsWithItsLineAndTheLastLines) {
  Board board("# greeting\nexpect[2ms] \"m-ready\"\n");
  board.start();
  board.run_until_us(1000);
  board.print("e-[Unknown command]\r\nhalf a li");
  board.run_until_us(1999);
  EXPECT_FALSE(board.outcome);
  board.run_until_us(2000);
  ASSERT_TRUE(board.failed());
  const std::string& text = board.outcome->text;
  EXPECT_NE(text.find("script.txt:2: expected \"m-ready\" within 0.002 s"), std::string::npos)
      << text;
  EXPECT_NE(text.find("\n  e-[Unknown command]\n  half a li"), std::string::npos) << text;
}

TEST(UartScript, ATimeoutHoldsForTheStepsBehindIt) {
  Board board("timeout 1ms\nexpect[5ms] a\nexpect b\n");
  board.start();
  board.run_until_us(4000);
  EXPECT_FALSE(board.outcome);
  board.print("a");
  board.run_until_us(4999);
  EXPECT_FALSE(board.outcome);
  board.run_until_us(5001);
  EXPECT_TRUE(board.failed());
}

TEST(UartScript, SendingToAReceiverThatStaysOffFailsWhenTheTimeIsOver) {
  Board board("timeout 3ms\nsend x\n");
  board.port.frame_time = {};
  board.start();
  board.run_until_us(10'000);
  ASSERT_TRUE(board.failed());
  EXPECT_NE(board.outcome->text.find("receiver is switched off"), std::string::npos);
}

TEST(UartScript, KnowsWhetherItStopped) {
  Board with_stop("expect a\nstop\n");
  with_stop.start();
  EXPECT_TRUE(with_stop.script().expects_more());
  with_stop.print("a");
  EXPECT_TRUE(with_stop.passed());
  EXPECT_TRUE(with_stop.script().stopped());
  Board without("expect a\n");
  without.start();
  without.print("a");
  EXPECT_TRUE(without.passed());
  EXPECT_FALSE(without.script().stopped());
  EXPECT_FALSE(without.script().expects_more());
}

TEST(UartScript, RefusesWhatItDoesNotUnderstandAndSaysWhere) {
  const test::TemporaryFolder folder;
  for (const char* const line :
       {"sned x", "send", "expect", "expect \"\"", "expect /(/", "expect /x", "expect[2s a",
        "expect[2] a", "send[1s] x", "send \"a", "send \"a\" b", "send_hex 0", "send_hex 0g",
        "send_file nowhere.bin", "delay", "delay 3", "timeout x", "stop now", "stop\nsend a"}) {
    const std::string file =
        folder.write("script.txt", "# first\n\nsend x\n" + std::string(line)).string();
    try {
      read_uart_script(file);
      ADD_FAILURE() << line;
    } catch (const InputError& error) {
      const std::string at = std::string(line).starts_with("stop\n") ? ":5: " : ":4: ";
      EXPECT_EQ(std::string(error.what()).find(file + at), 0u) << error.what();
    }
  }
  EXPECT_THROW(read_uart_script("/nowhere/script.txt"), InputError);
}

// --- the whole program: the keyword sample prints a greeting and a line for each result ----------

const std::string kKwsDsp = TINYSCOPE_SOURCE_DIR "/firmware-samples/kws/prebuilt/kws-dsp.elf";

struct Ended {
  int status = 0;
  std::string out;
  std::string error;
};

Ended tinyscope_with_script(const std::string& command, const std::string& script,
                            const std::vector<std::string>& more = {}) {
  const test::TemporaryFolder folder;
  const std::string file = folder.write("script.txt", script).string();
  std::vector<std::string> arguments = {"tinyscope",       "--log",         "off",
                                        command,           kKwsDsp,         "--board",
                                        "nano33ble-sense", "--uart-script", file};
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out, error;
  Ended run;
  run.status = run_command_line(static_cast<int>(argv.size()), argv.data(), out, error);
  run.out = out.str();
  run.error = error.str();
  return run;
}

TEST(UartScriptRun, StopEndsARunWithSuccess) {
  const Ended run =
      tinyscope_with_script("run", "expect keyword spotting\nstop\n", {"--limit-time", "1s"});
  EXPECT_EQ(run.status, 0) << run.out << run.error;
  EXPECT_EQ(run.out.find("RESULT"), std::string::npos) << "the run went on behind the stop";
}

TEST(UartScriptRun, TheEndOfTheScriptEndsAProfileRunButNoPlainRun) {
  const std::string script = "expect /RESULT 0/\nexpect /RESULT 1/\n";
  const Ended profile = tinyscope_with_script("profile", script, {"--limit-time", "5s"});
  EXPECT_EQ(profile.status, 0) << profile.error;
  EXPECT_NE(profile.out.find("RESULT 1"), std::string::npos);
  EXPECT_EQ(profile.out.find("RESULT 2"), std::string::npos);
  EXPECT_EQ(tinyscope_with_script("run", script, {"--limit-time", "5s"}).status, 124);
}

TEST(UartScriptRun, AConditionOfTheUserEndsTheRunInsteadOfTheEndOfTheScript) {
  const Ended run =
      tinyscope_with_script("profile", "expect keyword spotting\n", {"--until", "uart:RESULT 0"});
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_NE(run.out.find("RESULT 0"), std::string::npos);
}

TEST(UartScriptRun, AFailedExpectationEndsTheRunWithStatusOne) {
  EXPECT_EQ(tinyscope_with_script("run", "expect[50ms] never printed\n").status, 1);
}

TEST(UartScriptRun, AMistakeInTheScriptIsWrongInput) {
  const Ended run = tinyscope_with_script("run", "sned x\n");
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.error.find("script.txt:1: 'sned x' is not a step"), std::string::npos) << run.error;
}

TEST(UartScriptRun, TwoRunsAreEqual) {
  const std::string script = "delay 3ms\nsend \"hello\\n\"\nexpect /RESULT 0/\nstop\n";
  const Ended first = tinyscope_with_script("run", script, {"--print", "0x20000000:u32[64]"});
  const Ended second = tinyscope_with_script("run", script, {"--print", "0x20000000:u32[64]"});
  EXPECT_EQ(first.status, 0) << first.out << first.error;
  EXPECT_EQ(first.out, second.out);
}

}  // namespace
}  // namespace tinyscope
