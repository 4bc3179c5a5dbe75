// Looks at an interval, fixed in number and place in advance, so that it may be looked at and
// stopped early without breaking its claim. Looking at a 95 % interval again and again until it
// decides is wrong in 25 % of cases at 20 looks, and in the end always (Armitage, McPherson and
// Rowe, JRSS A 132, 1969).
//
// What may be wrong, alpha in all, is spent over the looks by Lan and DeMets' function of O'Brien
// and Fleming's type, 2 - 2 Phi(z / sqrt(t)), z = Phi^-1(1 - alpha / 2), t the share of the data
// that is there (Biometrika 70, 1983): little early, so that the last look keeps almost all. Look k
// uses an interval of 1 - alpha_k, alpha_k what is newly spent there. These add up to alpha, so the
// chance that any of the intervals misses is at most alpha, however the looks depend on each other
// (Bonferroni): slightly wider than the exact bounds, which need normal increments.
//
// Pure; any thread.
#pragma once

#include <span>
#include <vector>

namespace muster {

// By look, alpha_k. Fractions of the data, rising, in (0, 1], the last 1. 0 < alpha < 1.
std::vector<double> SpendAlpha(double alpha, std::span<const double> fractions);

}  // namespace muster
