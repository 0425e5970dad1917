// Names of C++ entities as their authors wrote them.
#pragma once

#include <string>

namespace tinyscope {

// The same name where there is nothing to demangle.
std::string demangle(const std::string& name);

}  // namespace tinyscope
