#include "master/results/error_advice.h"

#include <algorithm>

#include "master/results/format.h"

namespace muster {

std::string AdviceOn(ErrorClass error) {
  switch (error) {
    case ErrorClass::kConnectRefused:
      return "nothing listens there: is the server up, and are host and port right?";
    case ErrorClass::kConnectReset:
      return "the target resets connections as they are opened: look at its log, and at what "
             "stands in front of it (a proxy, a firewall)";
    case ErrorClass::kConnectTimeout:
      return "nobody answers at that address: is it right, is the host up, and does a firewall "
             "drop what the workers send?";
    case ErrorClass::kConnectUnreachable:
      return "there is no way to that address from the worker's host: is it right, and is it of a "
             "network (IPv4, IPv6) that the worker has?";
    case ErrorClass::kDns:
      return "the name has no address on the worker's host: is it spelt right? --resolve gives it "
             "one";
    case ErrorClass::kSendReset:
    case ErrorClass::kReceiveReset:
    case ErrorClass::kEarlyClose:
    case ErrorClass::kReusedClosed:
      return "the target takes connections and ends them without an answer: is it the right port, "
             "and does it want https://? Its log may say more";
    case ErrorClass::kTimeout:
      return "the target takes requests and does not answer in time: does one by hand, with curl, "
             "take longer than `timeout`?";
    case ErrorClass::kProtocol:
      return "what comes back is not well-formed HTTP: is it the right port, and does it want "
             "https:// or --http 2?";
    case ErrorClass::kLocalDescriptors:
    case ErrorClass::kLocalPorts:
    case ErrorClass::kLocalOther:
      return "";
    case ErrorClass::kDrainCut:
      return "no answer came before the run was over: run longer, or raise `drain`";
    case ErrorClass::kTlsExpired:
      return "the target's certificate is out of date: renew it, or look at the worker's clock";
    case ErrorClass::kTlsWrongName:
      return "the target's certificate is for another name: aim at that name, or give it with "
             "--target-server-name";
    case ErrorClass::kTlsUnknownCa:
      return "no known authority signed the target's certificate: name its own with --target-ca";
    case ErrorClass::kTlsCertificate:
      return "the target's certificate is not accepted: is its key large enough, and is it one for "
             "servers?";
    case ErrorClass::kTlsRefused:
      return "the target refuses the handshake: does it want a client certificate (--target-cert), "
             "or another name (--target-server-name)?";
    case ErrorClass::kTlsVersion:
      return "no version of TLS in common: see --target-tls, and what the target is set to";
    case ErrorClass::kTlsAlpn:
      return "the target speaks none of the offered protocols: see --http";
    case ErrorClass::kTlsProtocol:
      return "what comes back is not TLS: is it the right port, and does it want http://?";
    case ErrorClass::kTlsClosed:
      return "the target ends the handshake without a word: is it a port of TLS, and does it know "
             "the name (--target-server-name)?";
    case ErrorClass::kTlsTimeout:
      return "the target takes connections and does not answer the handshake: is it a port of TLS?";
    case ErrorClass::kH2Unsupported:
      return "the target does not speak HTTP/2 there: try --http 1.1, or https:// with --http auto";
    case ErrorClass::kH2ResetHttp11:
      return "the target wants HTTP/1.1: --http 1.1";
    default:
      return "the target ends HTTP/2 by itself: its log may say why, or try --http 1.1";
  }
}

std::string WhyNothingCompleted(const Counts& counts) {
  if (counts.completed > 0 || counts.failed == 0) return "";
  const auto most = std::max_element(counts.errors.begin(), counts.errors.end());
  const double share = static_cast<double>(*most) / static_cast<double>(counts.failed);
  const auto error = static_cast<ErrorClass>(most - counts.errors.begin());
  const std::string advice = AdviceOn(error);
  if (share < kOneClassShare || advice.empty()) return "";
  const std::string who = *most < counts.failed ? FormatShare(share) + " of "
                          : counts.failed > 1   ? "all "
                                                : "";
  return who + FormatCount(counts.failed) + (counts.failed == 1 ? " request" : " requests") +
         " failed as " + std::string(NameOf(kErrorNames, error)) + ": " + advice;
}

}  // namespace muster
