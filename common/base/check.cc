#include "common/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace muster {

void CheckFailed(const char* expression, const char* file, int line, const std::string& detail) {
  const char* gap = detail.empty() || detail.front() == ' ' ? "" : " ";
  std::fprintf(stderr, "CHECK failed at %s:%d: %s%s%s\n", file, line, expression, gap,
               detail.c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace muster
