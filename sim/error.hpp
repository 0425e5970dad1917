// Errors that end a command, and assertions that stay active in release builds.
#pragma once

#include <stdexcept>
#include <string>

namespace tinyscope {

// The user's input is wrong: a file, a key, an option, a name. Exit status 2. The message says
// where, what was expected and what to do.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const std::string& message) : std::runtime_error(message) {}
};

// Gives errors of an action that knows no file and line the place of the description that led to
// it.
template <class Action>
void at_place(const std::string& where, Action&& action) {
  try {
    action();
  } catch (const InputError& error) {
    throw InputError(where + ": " + error.what());
  }
}

// A bug of ours. Exit status 3.
class SimulatorFault : public std::logic_error {
 public:
  explicit SimulatorFault(const std::string& message) : std::logic_error(message) {}
};

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace tinyscope

#define TINYSCOPE_ASSERT(condition) \
  ((condition) ? void(0) : ::tinyscope::assertion_failed(#condition, __FILE__, __LINE__))
