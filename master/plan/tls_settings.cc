#include "master/plan/tls_settings.h"

#include <algorithm>
#include <utility>

#include "common/plan/pem.h"
#include "master/plan/values.h"

namespace muster {
namespace {

constexpr size_t kMaxServerName = 253;

// "'certs/a.pem' holds no certificate ...".
Status Of(const std::string& path, const Status& status) {
  return status.ok() ? status : InvalidArgument(Quote(path) + " " + Message(status));
}

Status Flag(const char* flag, const Status& status) {
  return status.ok() ? status : InvalidArgument(std::string(flag) + ": " + Message(status));
}

// Reads the file of a flag into `to`, where the flag is given.
Status ApplyFile(const char* flag, const std::optional<std::string>& path,
                 StatusOr<std::string> (*read)(const std::string&, const FileReader&),
                 const FileReader& read_file, std::string& to) {
  if (!path.has_value()) return absl::OkStatus();
  auto text = read(*path, read_file);
  if (text.ok()) to = *std::move(text);
  return Flag(flag, text.status());
}

std::optional<TlsVersion> VersionOf(std::string_view text) {
  if (text == "1.2") return TlsVersion::k12;
  if (text == "1.3") return TlsVersion::k13;
  return std::nullopt;
}

}  // namespace

const char* TlsFlags::first() const {
  if (ca_file) return "--target-ca";
  if (cert_file) return "--target-cert";
  if (key_file) return "--target-key";
  if (server_name) return "--target-server-name";
  if (versions) return "--target-tls";
  if (insecure_target) return "--insecure-target";
  return no_session_resumption ? "--no-session-resumption" : nullptr;
}

StatusOr<TlsVersions> ParseTlsVersions(std::string_view text) {
  const size_t comma = std::min(text.find(','), text.size());
  const std::optional<TlsVersion> first = VersionOf(text.substr(0, comma));
  const std::optional<TlsVersion> second =
      comma == text.size() ? first : VersionOf(text.substr(comma + 1));
  if (first && second) return TlsVersions{std::min(*first, *second), std::max(*first, *second)};
  return InvalidArgument(Quote(text) + " is no version of TLS; write 1.2, 1.3, or both");
}

StatusOr<std::string> ParseServerName(std::string_view text) {
  const auto visible = [](char c) { return c > ' ' && c < '\x7F'; };
  if (!text.empty() && text.size() <= kMaxServerName &&
      std::all_of(text.begin(), text.end(), visible)) {
    return std::string(text);
  }
  return InvalidArgument(Quote(text.substr(0, 60)) + " is no server name; write a host's name");
}

StatusOr<std::string> ReadCertificateFile(const std::string& path, const FileReader& read_file) {
  ASSIGN_OR_RETURN(std::string text, read_file(path, Plan::kMaxPemBytes));
  RETURN_IF_ERROR(Of(path, ReadCertificates(text).status()));
  return text;
}

StatusOr<std::string> ReadKeyFile(const std::string& path, const FileReader& read_file) {
  ASSIGN_OR_RETURN(std::string text, read_file(path, Plan::kMaxPemBytes));
  RETURN_IF_ERROR(Of(path, ReadPrivateKey(text).status()));
  return text;
}

Status CheckClientCertificate(const TlsSettings& tls) {
  if (tls.cert_pem.empty() && tls.key_pem.empty()) return absl::OkStatus();
  if (tls.key_pem.empty()) return InvalidArgument("a client certificate needs its key");
  if (tls.cert_pem.empty()) return InvalidArgument("a client's key needs its certificate");
  ASSIGN_OR_RETURN(const auto chain, ReadCertificates(tls.cert_pem));
  ASSIGN_OR_RETURN(const KeyPtr key, ReadPrivateKey(tls.key_pem));
  if (KeyBelongsTo(key.get(), chain.front().get())) return absl::OkStatus();
  return InvalidArgument(
      "the key does not belong to the client certificate, which must be the first of its file");
}

Status ApplyTlsFlags(const TlsFlags& flags, const FileReader& read_file, TlsSettings& tls) {
  RETURN_IF_ERROR(
      ApplyFile("--target-ca", flags.ca_file, ReadCertificateFile, read_file, tls.ca_pem));
  RETURN_IF_ERROR(
      ApplyFile("--target-cert", flags.cert_file, ReadCertificateFile, read_file, tls.cert_pem));
  RETURN_IF_ERROR(ApplyFile("--target-key", flags.key_file, ReadKeyFile, read_file, tls.key_pem));
  if (flags.cert_file || flags.key_file) {
    RETURN_IF_ERROR(
        Flag(flags.key_file ? "--target-key" : "--target-cert", CheckClientCertificate(tls)));
  }
  if (flags.server_name) tls.server_name = *flags.server_name;
  if (flags.versions) {
    tls.min_version = flags.versions->min;
    tls.max_version = flags.versions->max;
  }
  if (flags.insecure_target) tls.verify = false;
  if (flags.no_session_resumption) tls.resume = false;
  return absl::OkStatus();
}

std::string DescribeTls(const TlsSettings& tls, const Target& target) {
  std::string text = tls.min_version == tls.max_version
                         ? (tls.min_version == TlsVersion::k12 ? "1.2" : "1.3")
                         : "1.2 or 1.3";
  if (tls.verify) {
    text += ", the target verified as " + (tls.server_name.empty() ? target.host : tls.server_name);
    text += tls.ca_pem.empty() ? " by the system's authorities" : " by the plan's own authorities";
  } else {
    text += ", the target is NOT verified (--insecure-target)";
    if (!tls.server_name.empty()) text += ", called " + tls.server_name;
  }
  if (!tls.cert_pem.empty()) text += ", with a client certificate";
  return text + (tls.resume ? ", sessions are resumed" : ", no session is resumed");
}

}  // namespace muster
