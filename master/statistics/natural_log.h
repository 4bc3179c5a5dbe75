// Natural logarithm and exponential with the same bits on every machine: + - * / alone, unlike the
// library's, whose last bits change between versions. Pure; any thread.
//
// Error: at most 2 units in the last place of a result, and for Exp of a result near 1.
#pragma once

namespace muster {

// Requires x > 0 and finite.
double NaturalLog(double x);
// Requires |x| <= 700.
double Exp(double x);

}  // namespace muster
