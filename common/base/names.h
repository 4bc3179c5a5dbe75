// The fixed names of what is counted and timed: their order is their number on the wire, their
// spelling the JSON contract. Add at the end, never renumber.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace muster {

// DESIGN.md's latencies. response = lag + wait + service, onset = wait + service.
enum class LatencyKind : uint8_t {
  kResponse,
  kService,
  kWait,
  kLag,
  kOnset,
  kConnect,
  kTls,
  kFirstByte
};
inline constexpr std::array<std::string_view, 8> kLatencyNames = {
    "response", "service", "wait", "lag", "onset", "connect", "tls", "first_byte"};
inline constexpr size_t kLatencyKinds = kLatencyNames.size();

// Why a due iteration was never begun.
enum class NotStarted : uint8_t {
  kMaxInFlight,
  kLate,
  kWorkerLost,
  kDescriptors,
  kPorts,
  kSpoolFull,
  kRefusedByPolicy
};
inline constexpr std::array<std::string_view, 7> kNotStartedNames = {
    "max_in_flight", "late",       "worker_lost",      "descriptors",
    "ports",         "spool_full", "refused_by_policy"};
inline constexpr size_t kNotStartedReasons = kNotStartedNames.size();

// Why a started request did not complete.
enum class ErrorClass : uint8_t {
  kConnectRefused,      // the target's host answered the SYN with a reset
  kConnectReset,        // reset during connect
  kConnectTimeout,      // no answer to the SYN within connect_timeout (or the request's time-out)
  kConnectUnreachable,  // no route, host or network unreachable
  kDns,
  kSendReset,     // EPIPE or ECONNRESET while sending, on a connection's first request
  kReceiveReset,  // ECONNRESET while waiting for or reading a response
  kEarlyClose,    // the peer closed in the middle of a response, or before it on a new connection
  kReusedClosed,  // a kept-alive connection was closed or reset before any byte of the response
  kTimeout,       // wait + service passed the request's time-out
  kProtocol,      // malformed or hostile response
  kLocalDescriptors,  // EMFILE, ENFILE
  kLocalPorts,        // EADDRNOTAVAIL, EADDRINUSE
  kLocalOther,        // ENOBUFS, ENOMEM, and what else this host refused
  kDrainCut           // still in flight when the drain limit passed or the run was stopped
};
inline constexpr std::array<std::string_view, 15> kErrorNames = {
    "connect_refused", "connect_reset",     "connect_timeout", "connect_unreachable", "dns",
    "send_reset",      "receive_reset",     "early_close",     "reused_closed",       "timeout",
    "protocol",        "local_descriptors", "local_ports",     "local_other",         "drain_cut"};
inline constexpr size_t kErrorClasses = kErrorNames.size();

// What count(...) thresholds name.
enum class CountKind : uint8_t { kCompleted, kFailed, kUnexpected, kNotStarted, kStarted, kDue };
inline constexpr std::array<std::string_view, 6> kCountNames = {
    "completed", "failed", "unexpected", "not_started", "started", "due"};

template <typename Enum, size_t N>
constexpr std::string_view NameOf(const std::array<std::string_view, N>& names, Enum value) {
  return names[static_cast<size_t>(value)];
}

}  // namespace muster
