// A series as one line of bars, the oldest on the left, drawn from 0 so that half a bar is half the
// value. Without `unicode` the heights are . : - = + * # @. Pure; any thread.
#pragma once

#include <span>
#include <string>

#include "master/report/text_style.h"

namespace muster {

struct SparkBar {
  double value = 0;  // 0: an empty column
  bool bad = false;  // a cross, whatever the value
};

// The last `columns` bars, padded on the left to as many columns. The highest of them is full; one
// above 0 is never drawn as nothing.
std::string Sparkline(const TextStyle& style, std::span<const SparkBar> bars, size_t columns);

}  // namespace muster
