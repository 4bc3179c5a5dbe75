// Any text as an .hlog file: refused, or intervals which, written again, read back as they were.
#include "common/stats/hlog.h"

#include <cstddef>
#include <cstdint>
#include <sstream>

#include "common/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto intervals = muster::ReadHlog({reinterpret_cast<const char*>(data), size});
  if (!intervals.ok()) return 0;
  std::ostringstream out;
  muster::WriteHlog(muster::WallTime(), *intervals, out);
  const auto again = muster::ReadHlog(out.str());
  CHECK(again.ok()) << again.status().ToString() << "\n" << out.str();
  CHECK_EQ(again->size(), intervals->size());
  for (size_t i = 0; i < again->size(); ++i) {
    CHECK((*again)[i].start == (*intervals)[i].start);
    CHECK((*again)[i].length == (*intervals)[i].length);
    CHECK((*again)[i].histogram == (*intervals)[i].histogram);
  }
  return 0;
}
