// Natural logarithm and exponential with the same bits on every machine: + - * / alone, unlike the
// library's, whose last bits change between versions. Pure; any thread.
//
// Relative error, measured: NaturalLog below 3 * 2^-52; Exp below 20 * 2^-52 up to |x| = 40.
#pragma once

namespace muster {

// Requires x > 0 and finite.
double NaturalLog(double x);
// Requires |x| <= 700.
double Exp(double x);

// Logarithms this near are one value: what rounding leaves of sums and means of them.
inline constexpr double kSameLog = 1e-12;

}  // namespace muster
