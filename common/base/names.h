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
  kFirstByte,
  kIdleClosed  // how long a connection had been idle when the target closed it
};
inline constexpr std::array<std::string_view, 9> kLatencyNames = {
    "response", "service", "wait", "lag", "onset", "connect", "tls", "first_byte", "idle_closed"};
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
  kDrainCut,          // still in flight when the drain limit passed or the run was stopped
  // TLS, while the connection is made or after.
  kTlsExpired,      // the target's certificate, or one above it, is expired or not yet valid
  kTlsWrongName,    // it is for another name
  kTlsUnknownCa,    // self-signed, or no known authority signed it
  kTlsCertificate,  // it is not accepted for another reason
  kTlsRefused,      // the target sent a fatal alert: a client certificate is missing, and the like
  kTlsVersion,      // no version of TLS in common
  kTlsAlpn,         // none of the application protocols offered is spoken
  kTlsProtocol,     // not TLS, or broken records
  kTlsClosed,       // closed or reset in the middle of the handshake
  kTlsTimeout,      // the handshake was not done within connect_timeout (or the time-out)
  // HTTP/2.
  kH2Unsupported,  // HTTP/2 was asked for and the target does not speak it
  kH2GoAway,       // GOAWAY: the target says that it has not processed the request
  kH2Protocol,     // the connection was ended for an error of framing, compression or flow
  // RST_STREAM by its code (RFC 9113, 7).
  kH2ResetNoError,
  kH2ResetProtocol,
  kH2ResetInternal,
  kH2ResetFlowControl,
  kH2ResetSettingsTimeout,
  kH2ResetStreamClosed,
  kH2ResetFrameSize,
  kH2ResetRefused,
  kH2ResetCancel,
  kH2ResetCompression,
  kH2ResetConnect,
  kH2ResetCalm,
  kH2ResetSecurity,
  kH2ResetHttp11,
  kH2ResetOther
};
inline constexpr std::array<std::string_view, 43> kErrorNames = {"connect_refused",
                                                                 "connect_reset",
                                                                 "connect_timeout",
                                                                 "connect_unreachable",
                                                                 "dns",
                                                                 "send_reset",
                                                                 "receive_reset",
                                                                 "early_close",
                                                                 "reused_closed",
                                                                 "timeout",
                                                                 "protocol",
                                                                 "local_descriptors",
                                                                 "local_ports",
                                                                 "local_other",
                                                                 "drain_cut",
                                                                 "tls_expired",
                                                                 "tls_wrong_name",
                                                                 "tls_unknown_ca",
                                                                 "tls_certificate",
                                                                 "tls_refused",
                                                                 "tls_version",
                                                                 "tls_alpn",
                                                                 "tls_protocol",
                                                                 "tls_closed",
                                                                 "tls_timeout",
                                                                 "h2_unsupported",
                                                                 "h2_goaway",
                                                                 "h2_protocol",
                                                                 "h2_reset_no_error",
                                                                 "h2_reset_protocol_error",
                                                                 "h2_reset_internal_error",
                                                                 "h2_reset_flow_control_error",
                                                                 "h2_reset_settings_timeout",
                                                                 "h2_reset_stream_closed",
                                                                 "h2_reset_frame_size_error",
                                                                 "h2_reset_refused_stream",
                                                                 "h2_reset_cancel",
                                                                 "h2_reset_compression_error",
                                                                 "h2_reset_connect_error",
                                                                 "h2_reset_enhance_your_calm",
                                                                 "h2_reset_inadequate_security",
                                                                 "h2_reset_http_1_1_required",
                                                                 "h2_reset_other"};
static_assert(kErrorNames.size() == static_cast<size_t>(ErrorClass::kH2ResetOther) + 1);
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
