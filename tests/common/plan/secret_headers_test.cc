#include "common/plan/secret_headers.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(SecretHeadersTest, WhatProvesWhoOneIsIsSecretInAnyCase) {
  for (const char* name :
       {"Authorization", "authorization", "Proxy-Authorization", "Cookie", "COOKIE", "X-Api-Key",
        "apikey", "X-Auth-Token", "X-CSRF-Token", "X-Amz-Signature", "X-Session-Id", "X-Password",
        "Client-Secret", "X-Credential"}) {
    EXPECT_TRUE(IsSecretHeader(name)) << name;
  }
}

TEST(SecretHeadersTest, WhatSaysHowToAnswerIsNot) {
  for (const char* name : {"", "Accept", "Accept-Encoding", "Content-Type", "User-Agent", "X-Trace",
                           "Origin", "If-None-Match", "Key", "Range"}) {
    EXPECT_FALSE(IsSecretHeader(name)) << name;
  }
}

}  // namespace
}  // namespace muster
