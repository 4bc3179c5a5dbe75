#include "worker/net/tls_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <optional>

#include "tests/support/tls/tls_peer.h"

namespace muster {
namespace {

using testing::HasSubstr;

// A client in memory, the context's, and a server's end.
class Pair {
 public:
  Pair(TlsContext* context, const TlsServer& server)
      : client_(context->NewConnection()), peer_(server) {
    SSL_set_bio(client_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  }

  // Exchanges bytes until neither has any. True when the client's handshake is done.
  bool Run() {
    for (int round = 0; round < 10; ++round) {
      char buffer[1];
      SSL_read(client_.get(), buffer, sizeof(buffer));
      std::string to_server(BIO_ctrl_pending(SSL_get_wbio(client_.get())), '\0');
      BIO_read(SSL_get_wbio(client_.get()), to_server.data(), static_cast<int>(to_server.size()));
      std::string plain;
      peer_.Feed(to_server, &plain);
      const std::string to_client = peer_.TakeOutput();
      BIO_write(SSL_get_rbio(client_.get()), to_client.data(), static_cast<int>(to_client.size()));
    }
    return SSL_is_init_finished(client_.get()) == 1 && peer_.established();
  }
  const TlsPeer& peer() const { return peer_; }
  SSL* client() { return client_.get(); }

 private:
  TlsConnectionPtr client_;
  TlsPeer peer_;
};

const TestAuthority& Authority() {
  static const TestAuthority* authority = new TestAuthority();
  return *authority;
}

TlsSettings Trusting() { return {.ca_pem = Authority().pem()}; }

std::unique_ptr<TlsContext> Context(const TlsSettings& settings, const std::string& host) {
  auto context = TlsContext::Create(settings, host, {});
  EXPECT_TRUE(context.ok()) << context.status();
  return *std::move(context);
}

std::string ErrorOf(const TlsSettings& settings) {
  return Message(TlsContext::Create(settings, "h", {}).status());
}

TEST(TlsContextTest, SniIsTheNameAndNeverAnAddress) {
  const TlsServer server(
      {.identity = Authority().Sign({.names = "DNS:shop.test,IP:127.0.0.1,IP:::1"})});
  const struct {
    std::string host, server_name, sni;
  } rows[] = {{"shop.test", "", "shop.test"},
              {"shop.test.", "", "shop.test"},
              {"127.0.0.1", "", ""},
              {"::1", "", ""},
              {"127.0.0.1", "shop.test", "shop.test"},
              {"elsewhere.test", "127.0.0.1", ""}};
  for (const auto& row : rows) {
    TlsSettings settings = Trusting();
    settings.server_name = row.server_name;
    const auto context = Context(settings, row.host);
    Pair pair(context.get(), server);
    EXPECT_TRUE(pair.Run()) << row.host << " " << row.server_name;
    EXPECT_EQ(pair.peer().server_name(), row.sni) << row.host << " " << row.server_name;
  }
}

TEST(TlsContextTest, NamesAndAddressesAreVerifiedEachAgainstTheirOwnKind) {
  const struct {
    std::string host, names;
    bool accepted;
  } rows[] = {
      {"a.test", "DNS:a.test", true},        {"A.TEST", "DNS:a.test", true},
      {"b.test", "DNS:a.test", false},       {"x.a.test", "DNS:*.a.test", true},
      {"x.y.a.test", "DNS:*.a.test", false}, {"xy.a.test", "DNS:x*.a.test", false},
      {"192.0.2.1", "IP:192.0.2.1", true},   {"192.0.2.1", "IP:192.0.2.2", false},
      {"192.0.2.1", "DNS:192.0.2.1", false}, {"2001:db8::1", "IP:2001:db8:0:0::1", true},
      {"muster test", "DNS:a.test", false},  {"common.test", "", false},
  };
  for (const auto& row : rows) {
    const TlsServer server(
        {.identity = Authority().Sign({.names = row.names, .common_name = "common.test"})});
    const auto context = Context(Trusting(), row.host);
    Pair pair(context.get(), server);
    EXPECT_EQ(pair.Run(), row.accepted) << row.host << " against " << row.names;
  }
}

TEST(TlsContextTest, WithoutVerificationAnyCertificateDoes) {
  const TlsServer server({.identity = SelfSigned({.names = "DNS:other", .valid_to = -60})});
  const auto context = Context({.verify = false}, "h.test");
  EXPECT_TRUE(Pair(context.get(), server).Run());
}

TEST(TlsContextTest, VersionsAreThoseOfThePlan) {
  const TlsServer server({.identity = Authority().Sign()});
  for (const TlsVersion version : {TlsVersion::k12, TlsVersion::k13}) {
    TlsSettings settings = Trusting();
    settings.min_version = settings.max_version = version;
    const auto context = Context(settings, "localhost");
    Pair pair(context.get(), server);
    ASSERT_TRUE(pair.Run());
    EXPECT_EQ(SSL_version(pair.client()),
              version == TlsVersion::k12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  }
}

TEST(TlsContextTest, TheClientCertificateIsShown) {
  const TlsServer server({.identity = Authority().Sign(), .client_ca = Authority().pem()});
  const TestIdentity client = Authority().Sign({.common_name = "client"});
  TlsSettings settings = Trusting();
  const auto without = Context(settings, "localhost");
  Pair refused(without.get(), server);
  EXPECT_FALSE(refused.Run());
  settings.cert_pem = client.cert;
  settings.key_pem = client.key;
  const auto with = Context(settings, "localhost");
  EXPECT_TRUE(Pair(with.get(), server).Run());
}

TEST(TlsContextTest, ASessionOfTls13IsUsedOnceTheNewestFirst) {
  const TlsServer server({.identity = Authority().Sign()});
  const auto context = Context(Trusting(), "localhost");
  Pair first(context.get(), server);
  ASSERT_TRUE(first.Run());
  EXPECT_FALSE(first.peer().resumed());
  EXPECT_EQ(context->sessions(), 2u);  // OpenSSL's server gives two tickets
  Pair second(context.get(), server), third(context.get(), server), fourth(context.get(), server);
  EXPECT_EQ(context->sessions(), 0u);
  EXPECT_TRUE(second.Run() && third.Run() && fourth.Run());
  EXPECT_TRUE(second.peer().resumed());
  EXPECT_TRUE(third.peer().resumed());
  EXPECT_FALSE(fourth.peer().resumed());
}

TEST(TlsContextTest, ASessionOfTls12IsUsedAgainAndAgain) {
  const TlsServer server({.identity = Authority().Sign(), .max_version = TLS1_2_VERSION});
  const auto context = Context(Trusting(), "localhost");
  for (int i = 0; i < 4; ++i) {
    Pair pair(context.get(), server);
    ASSERT_TRUE(pair.Run());
    EXPECT_EQ(pair.peer().resumed(), i > 0) << i;
  }
}

TEST(TlsContextTest, NoSessionIsKeptWhereNoneIsToBeResumed) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const TlsServer server({.identity = Authority().Sign(), .max_version = version});
    TlsSettings settings = Trusting();
    settings.resume = false;
    const auto context = Context(settings, "localhost");
    for (int i = 0; i < 2; ++i) {
      Pair pair(context.get(), server);
      ASSERT_TRUE(pair.Run());
      EXPECT_FALSE(pair.peer().resumed());
    }
    EXPECT_EQ(context->sessions(), 0u);
  }
}

TEST(TlsContextTest, SessionsAreBounded) {
  const TlsServer server({.identity = Authority().Sign()});
  const auto context = Context(Trusting(), "localhost");
  Pair pair(context.get(), server);
  ASSERT_TRUE(pair.Run());
  TlsPeer& peer = const_cast<TlsPeer&>(pair.peer());
  for (size_t i = 0; i < TlsContext::kMaxSessions; ++i) {
    peer.SendTicket();
    ASSERT_TRUE(i % 100 != 0 || pair.Run());
  }
  ASSERT_TRUE(pair.Run());
  EXPECT_EQ(context->sessions(), TlsContext::kMaxSessions);
}

TEST(TlsContextTest, MistakesNameTheFileByItsRole) {
  const TestIdentity one = Authority().Sign(), two = Authority().Sign();
  EXPECT_THAT(ErrorOf({.ca_pem = "no certificate"}),
              HasSubstr("the target's CA file holds no certificate"));
  EXPECT_THAT(ErrorOf({.ca_pem = one.cert.substr(0, 200) + one.cert.substr(220)}),
              HasSubstr("the target's CA file is damaged"));
  EXPECT_THAT(ErrorOf({.cert_pem = one.key, .key_pem = one.key}),
              HasSubstr("the client certificate file holds no certificate"));
  EXPECT_THAT(ErrorOf({.cert_pem = one.cert, .key_pem = one.cert}),
              HasSubstr("the client key file holds no private key"));
  EXPECT_THAT(ErrorOf({.cert_pem = one.cert, .key_pem = Encrypted(one.key)}),
              HasSubstr("the client key file is under a pass phrase"));
  EXPECT_EQ(ErrorOf({.cert_pem = one.cert, .key_pem = two.key}),
            "the client key does not belong to the client certificate");
}

}  // namespace
}  // namespace muster
