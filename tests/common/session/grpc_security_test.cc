#include "common/session/grpc_security.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "muster/v1/session.grpc.pb.h"
#include "tests/common/session/grpc_world.h"

namespace muster {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
namespace fs = std::filesystem;

TEST(IsLoopbackTest, OnlyThisHost) {
  for (const char* address : {"127.0.0.1:7700", "127.255.3.4:1", "localhost:7700", "[::1]:7700",
                              "[0:0:0:0:0:0:0:1]:7700"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address :
       {"0.0.0.0:7700", "[::]:7700", "128.0.0.1:7700", "127.example.org:7700", "127.0.0.1",
        "127.0.0.1.5:7700", "localhost.example.org:7700", "unix:7700", "unix:/tmp/s", "::1:7700",
        "[::1", "", ":7700", "127.0.0.1:"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

TEST(CheckControlAddressTest, WantsHostAndPort) {
  for (const char* address : {"127.0.0.1:0", "127.0.0.1:65535", "[::1]:7700", "localhost:7700"}) {
    EXPECT_TRUE(CheckControlAddress("--listen", address, {}).ok()) << address;
  }
  for (const char* address :
       {"", ":", ":7700", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:7x", "127.0.0.1: 7", "127.0.0.1:+7", "127.0.0.1:99999999999", "::1:7700",
        "[]:7700", "http://127.0.0.1:7700", "unix:/tmp/socket"}) {
    EXPECT_THAT(Message(CheckControlAddress("--listen", address, {.insecure_control = true})),
                AllOf(StartsWith("--listen"), HasSubstr("HOST:PORT")))
        << address;
  }
}

TEST(CheckControlAddressTest, OffLoopbackWantsTlsOrAnExplicitWord) {
  const ControlSecurity tls{.tls_ca = "a", .tls_cert = "b", .tls_key = "c"};
  for (const char* address : {"0.0.0.0:7700", "[::]:7700", "master.lab:7700", "unix:7700"}) {
    EXPECT_THAT(Message(CheckControlAddress("--listen", address, {})),
                AllOf(HasSubstr("leaves loopback"), HasSubstr("--insecure-control")))
        << address;
    EXPECT_TRUE(CheckControlAddress("--listen", address, tls).ok());
    EXPECT_TRUE(CheckControlAddress("--listen", address, {.insecure_control = true}).ok());
  }
}

TEST(CheckControlAddressTest, HalfGivenTlsIsRefusedEverywhere) {
  const ControlSecurity kHalves[] = {{.tls_ca = "a"},
                                     {.tls_cert = "b"},
                                     {.tls_ca = "a", .tls_cert = "b"},
                                     {.tls_key = "c", .insecure_control = true},
                                     {.tls_server_name = "master"}};
  for (const ControlSecurity& half : kHalves) {
    EXPECT_THAT(Message(CheckControlAddress("--master", "127.0.0.1:7700", half)),
                HasSubstr("--tls-ca"));
  }
}

// Two laboratories' certificates, made once: CA `a` has master, named 127.0.0.1, and two workers;
// CA `b` has the same names.
class GrpcTlsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = (fs::temp_directory_path() / "muster-certs-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    const std::string script = std::string(MUSTER_SOURCE_DIR) + "/deploy/make-certs.sh ";
    for (const char* ca : {"/a", "/b"}) Run(script + folder_ + ca + " 127.0.0.1 ruby opal");
    Run(script + folder_ + "/named master.lab ruby");
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static ControlSecurity Of(const std::string& ca, const std::string& who) {
    const std::string base = folder_ + "/" + ca + "/";
    return {
        .tls_ca = base + "ca.pem", .tls_cert = base + who + ".pem", .tls_key = base + who + ".key"};
  }
  static void Run(const std::string& command) {
    ASSERT_EQ(std::system((command + " >/dev/null 2>&1").c_str()), 0) << command;
  }
  static std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  static std::string Slurp(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  // A worker with these files: "" when it is let in, else how it ended.
  std::string EndOf(const ControlSecurity& security) {
    const auto connector = world_.Connector(security);
    const auto pipe = connector->Connect();
    std::string end;
    pipe->Open(
        {.on_message = [](auto) {}, .on_closed = [&](const Status& why) { end = Message(why); }});
    EXPECT_TRUE(world_.RunUntil([&] { return !end.empty() || !world_.sessions().empty(); }));
    return end;
  }
  void ExpectServedAs(const ControlSecurity& security, const std::string& name) {
    world_.sessions().clear();
    EXPECT_EQ(EndOf(security), "");
    ASSERT_EQ(world_.sessions().size(), 1U);
    EXPECT_THAT(world_.sessions()[0]->Peer(), StartsWith(name + " (127.0.0.1:"));
    world_.sessions().clear();
  }
  void ExpectRefused(const ControlSecurity& security) {
    EXPECT_THAT(EndOf(security), HasSubstr("cannot reach a master at " + world_.address()));
    EXPECT_TRUE(world_.sessions().empty());
    ExpectServedAs(Of("a", "ruby"), "ruby");
  }

  static inline std::string folder_;
  GrpcWorld world_;
};

TEST_F(GrpcTlsTest, ThePeerIsTheNameInItsCertificate) {
  ASSERT_TRUE(world_.Listen(Of("a", "master")).ok());
  ExpectServedAs(Of("a", "ruby"), "ruby");
  ExpectServedAs(Of("a", "opal"), "opal");
}

TEST_F(GrpcTlsTest, AnotherCasCertificateIsRefused) {
  ASSERT_TRUE(world_.Listen(Of("a", "master")).ok());
  ControlSecurity mixed = Of("b", "ruby");
  mixed.tls_ca = Of("a", "ruby").tls_ca;  // trusts our master, who does not trust it
  ExpectRefused(mixed);
}

TEST_F(GrpcTlsTest, AWorkerDoesNotTrustAnotherCasMaster) {
  ASSERT_TRUE(world_.Listen(Of("a", "master")).ok());
  ControlSecurity mixed = Of("a", "ruby");
  mixed.tls_ca = Of("b", "ruby").tls_ca;
  ExpectRefused(mixed);
}

TEST_F(GrpcTlsTest, PlainTextIsRefused) {
  ASSERT_TRUE(world_.Listen(Of("a", "master")).ok());
  ExpectRefused({});
}

TEST_F(GrpcTlsTest, TlsAgainstAPlainMasterIsRefused) {
  ASSERT_TRUE(world_.Listen().ok());
  EXPECT_THAT(EndOf(Of("a", "ruby")), HasSubstr("does it use TLS"));
}

TEST_F(GrpcTlsTest, NoCertificateIsRefused) {
  ASSERT_TRUE(world_.Listen(Of("a", "master")).ok());
  const auto credentials = grpc::SslCredentials({.pem_root_certs = Slurp(Of("a", "ruby").tls_ca),
                                                 .pem_private_key = {},
                                                 .pem_cert_chain = {}});
  auto stub = v1::Session::NewStub(grpc::CreateChannel(world_.address(), credentials));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  const grpc::Status end = stub->Run(&context)->Finish();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE) << end.error_message();
  EXPECT_TRUE(world_.sessions().empty());
  ExpectServedAs(Of("a", "ruby"), "ruby");
}

TEST_F(GrpcTlsTest, AWrongServerNameIsRefusedByTheWorker) {
  ASSERT_TRUE(world_.Listen(Of("a", "master")).ok());
  ControlSecurity other = Of("a", "ruby");
  other.tls_server_name = "master.example.org";
  ExpectRefused(other);
}

TEST_F(GrpcTlsTest, TheServerNameFlagNamesTheMasterBehindAnAddress) {
  ASSERT_TRUE(world_.Listen(Of("named", "master")).ok());
  ControlSecurity security = Of("named", "ruby");
  EXPECT_THAT(EndOf(security), HasSubstr("--tls-server-name"));
  security.tls_server_name = "master.lab";
  ExpectServedAs(security, "ruby");
}

TEST_F(GrpcTlsTest, UnusableFilesAreNamedWithTheirFlags) {
  const ControlSecurity good = Of("a", "master");
  const std::string head = "-----BEGIN CERTIFICATE-----\n";
  const struct {
    std::string ControlSecurity::*field;
    std::string path;
    std::string says;
  } kCases[] = {
      {&ControlSecurity::tls_ca, folder_ + "/missing.pem", "cannot be read"},
      {&ControlSecurity::tls_ca, folder_, "cannot be read"},
      {&ControlSecurity::tls_ca, Write("empty.pem", ""), "is not a PEM file"},
      {&ControlSecurity::tls_ca, "/dev/zero", "too large"},
      {&ControlSecurity::tls_cert, Write("text.pem", "hello"), "is not a PEM file"},
      {&ControlSecurity::tls_cert, Write("torn.pem", head + "MIIB"), "holds no certificate"},
      {&ControlSecurity::tls_cert, good.tls_key, "holds no certificate"},
      {&ControlSecurity::tls_key, good.tls_cert, "holds no private key"},
      {&ControlSecurity::tls_key, Of("a", "ruby").tls_key, "is not the key of the certificate"},
  };
  const char* flag_of[] = {"--tls-ca", "--tls-cert", "--tls-key"};
  for (const auto& test : kCases) {
    ControlSecurity bad = good;
    bad.*test.field = test.path;
    const char* flag = test.field == &ControlSecurity::tls_ca     ? flag_of[0]
                       : test.field == &ControlSecurity::tls_cert ? flag_of[1]
                                                                  : flag_of[2];
    const auto expected = AllOf(StartsWith(flag), HasSubstr(test.path), HasSubstr(test.says));
    EXPECT_THAT(Message(ServerCredentialsFor(bad).status()), expected);
    EXPECT_THAT(Message(ChannelCredentialsFor(bad).status()), expected);
  }
}

TEST_F(GrpcTlsTest, ExpiredAndLockedFilesAreNamed) {
  const ControlSecurity good = Of("a", "master");
  ControlSecurity expired = good;
  expired.tls_cert = folder_ + "/expired.pem";
  Run("openssl req -new -key " + good.tls_key + " -subj /CN=x -out " + folder_ + "/expired.csr");
  Run("openssl x509 -req -days -1 -in " + folder_ + "/expired.csr -signkey " + good.tls_key +
      " -out " + expired.tls_cert);
  EXPECT_THAT(Message(ServerCredentialsFor(expired).status()), HasSubstr("has expired"));
  ControlSecurity locked = good;
  locked.tls_key = folder_ + "/locked.key";
  Run("openssl pkey -in " + good.tls_key + " -aes256 -passout pass:x -out " + locked.tls_key);
  EXPECT_THAT(Message(ServerCredentialsFor(locked).status()), HasSubstr("without a password"));
}

}  // namespace
}  // namespace muster
