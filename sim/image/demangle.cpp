#include "sim/image/demangle.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace tinyscope {

std::string demangle(const std::string& name) {
  constexpr std::size_t kLongestName = 4096;
  if (!name.starts_with("_Z") || name.size() > kLongestName) return name;
  int status = 0;
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  const std::unique_ptr<char, Free> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status));
  return status == 0 && text ? std::string(text.get()) : name;
}

}  // namespace tinyscope
