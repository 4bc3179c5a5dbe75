// The true capacity of a SimQueue: the arrival rate at which the stationary share of responses over
// a limit is exactly what is allowed.
//
//   M/M/1   P(T > d) = e^-(mu - lambda) d
//   D/M/1   P(T > d) = e^-mu (1 - s) d, s = e^-mu (1 - s) / lambda in (0, 1)  (Kleinrock, Queueing
//           Systems I, 1975, 6.4: GI/M/1)
//   M/D/c   Franx's formula, exact (A simple solution for the M/D/c waiting time distribution,
//           Operations Research Letters 29, 2001), from the queue lengths' stationary distribution
//
// Pure; any thread.
#pragma once

namespace muster {

// Arrivals per second at which P(response > limit_s) = share.
double MM1Capacity(double service_s, double limit_s, double share);
double DM1Capacity(double service_s, double limit_s, double share);
// P(response > limit_s) at that rate. Requires rate * service_s < servers.
double MDcShareOver(int servers, double service_s, double rate, double limit_s);
double MDcCapacity(int servers, double service_s, double limit_s, double share);

}  // namespace muster
