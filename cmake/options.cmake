# Compiler options of our own targets.
add_library(tinyscope_options INTERFACE)
target_include_directories(tinyscope_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(tinyscope_options INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror)
target_compile_definitions(tinyscope_options INTERFACE TINYSCOPE_VERSION="${PROJECT_VERSION}")
# Clang counts changes of signedness among -Wconversion, GCC does not: the same set for both.
target_compile_options(tinyscope_options INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)
# GCC 12 sees overlaps and overflows in std::string and std::vector that do not exist.
target_compile_options(tinyscope_options INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread>)
if(TINYSCOPE_SANITIZE)
  target_compile_options(tinyscope_options INTERFACE -fsanitize=address,undefined
                         -fno-sanitize-recover=undefined -fno-omit-frame-pointer
                         # a false alarm that GCC's instrumentation brings with it
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(tinyscope_options INTERFACE -fsanitize=address,undefined)
endif()
if(TINYSCOPE_COVERAGE)
  target_compile_options(tinyscope_options INTERFACE --coverage -O0)
  target_link_options(tinyscope_options INTERFACE --coverage)
endif()
