// How TLS to the target is spoken, as users write it: files, versions, a name -> TlsSettings.
// Decides what a file must hold and which settings go together; the files' text is checked here, so
// that a mistake is found before any worker sees the plan. Touches files only through the
// FileReader. Pure otherwise; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/plan/plan.h"
#include "master/plan/plan_draft.h"

namespace muster {

struct TlsVersions {
  TlsVersion min = TlsVersion::k12;
  TlsVersion max = TlsVersion::k13;
  bool operator==(const TlsVersions&) const = default;
};

// The flags that go over a plan's settings. Absent: the plan's own.
struct TlsFlags {
  std::optional<std::string> ca_file{}, cert_file{}, key_file{};  // as the current folder sees them
  std::optional<std::string> server_name{};
  std::optional<TlsVersions> versions{};
  bool insecure_target = false;
  bool no_session_resumption = false;

  // The first that is given, as "--target-ca"; null when none is.
  const char* first() const;
};

// "1.2", "1.3", or both as "1.2,1.3".
StatusOr<TlsVersions> ParseTlsVersions(std::string_view text);
// A name or an address for SNI and verification.
StatusOr<std::string> ParseServerName(std::string_view text);

// A file of at most 256 KiB that holds certificates, or a private key. Errors name the file.
StatusOr<std::string> ReadCertificateFile(const std::string& path, const FileReader& read_file);
StatusOr<std::string> ReadKeyFile(const std::string& path, const FileReader& read_file);

// Whether certificate and key, both read before or absent, are there together and belong together.
Status CheckClientCertificate(const TlsSettings& tls);

// Puts the flags over `tls`. Errors begin with the flag.
Status ApplyTlsFlags(const TlsFlags& flags, const FileReader& read_file, TlsSettings& tls);

// One line for `muster validate`.
std::string DescribeTls(const TlsSettings& tls, const Target& target);

}  // namespace muster
