// Any bytes as a plan file: a valid plan that can be described, or an error with a place.
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/check.h"
#include "master/plan/describe.h"
#include "master/plan/plan_loader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using muster::StatusOr;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const muster::FileReader reader = [&](const std::string& path, size_t) -> StatusOr<std::string> {
    return path == "p.yaml" ? text : "body of " + path;
  };
  muster::PlanFlags flags;
  flags.source = "p.yaml";
  const auto loaded = muster::LoadPlan(flags, reader, 1);
  if (loaded.ok()) {
    CHECK(!muster::DescribePlan(*loaded, {.descriptors = 1024, .local_ports = 100}).empty());
  } else {
    CHECK(muster::Message(loaded.status()).starts_with("p.yaml:")) << loaded.status();
  }
  return 0;
}
