// Quantiles and tails of the normal distribution and of Student's, with the same bits on every
// machine.
//
// NormalTail: P(Z > z), by Marsaglia's series for the middle (Journal of Statistical Software
// 11(4), 2004) and Laplace's continued fraction beyond 3 (Abramowitz and Stegun, 26.2.14).
// NormalQuantile inverts it by bisection. StudentQuantile: Fisher and Cornish's expansion about the
// normal one (Abramowitz and Stegun, 26.7.5), within 0.5 % from 4 degrees of freedom on, up to
// the 99.5 % quantile.
//
// Pure; any thread.
#pragma once

namespace muster {

// Relative error below 1e-9 up to |z| = 8; 0 or 1 beyond 38.
double NormalTail(double z);
// z with P(Z <= z) = p. Requires 1e-12 <= p <= 1 - 1e-12. Absolute error below 1e-9.
double NormalQuantile(double p);
// t with P(T <= t) = p. Requires freedom >= 1; p as above.
double StudentQuantile(double p, double freedom);

}  // namespace muster
