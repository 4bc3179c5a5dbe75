#include "master/store/cbor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

namespace muster {
namespace {

std::string Written(const std::function<void(CborWriter&)>& write) {
  CborWriter out;
  write(out);
  return out.bytes();
}

// What another implementation reads.
nlohmann::json Oracle(const std::string& bytes) { return nlohmann::json::from_cbor(bytes); }

TEST(CborTest, NumbersAreReadBackHereAndElsewhere) {
  for (const uint64_t n : {uint64_t{0}, uint64_t{23}, uint64_t{24}, uint64_t{255}, uint64_t{256},
                           uint64_t{65535}, uint64_t{65536}, uint64_t{0xffff'ffff},
                           uint64_t{0x1'0000'0000}, std::numeric_limits<uint64_t>::max()}) {
    const std::string bytes = Written([&](CborWriter& out) { out.Uint(n); });
    EXPECT_EQ(Oracle(bytes), n);
    EXPECT_EQ(bytes, std::string(reinterpret_cast<const char*>(nlohmann::json::to_cbor(n).data()),
                                 nlohmann::json::to_cbor(n).size()));
    CborReader in(bytes);
    EXPECT_EQ(in.Uint(), n);
    EXPECT_TRUE(in.ok() && in.at_end());
  }
  for (const int64_t n :
       {int64_t{0}, int64_t{-1}, int64_t{-24}, int64_t{-25}, int64_t{-65537},
        std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    const std::string bytes = Written([&](CborWriter& out) { out.Int(n); });
    EXPECT_EQ(Oracle(bytes), n);
    CborReader in(bytes);
    EXPECT_EQ(in.Int(), n);
    EXPECT_TRUE(in.ok() && in.at_end());
  }
}

TEST(CborTest, DoublesKeepTheirBits) {
  for (const double value : {0.0, -0.0, 0.1, 1e300, -std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::denorm_min()}) {
    const std::string bytes = Written([&](CborWriter& out) { out.Double(value); });
    EXPECT_EQ(Oracle(bytes), value);
    CborReader in(bytes);
    const double back = in.Double();
    EXPECT_EQ(back, value);
    EXPECT_EQ(std::signbit(back), std::signbit(value));
  }
}

TEST(CborTest, AWholeValueIsReadElsewhere) {
  const std::string bytes = Written([](CborWriter& out) {
    out.Map(3);
    out.Text("list");
    out.List(3);
    out.Bool(true);
    out.Bool(false);
    out.Null();
    out.Text("n");
    out.Int(-7);
    out.Text("text");
    out.Text("\xc3\xa4");
  });
  EXPECT_EQ(Oracle(bytes),
            nlohmann::json::parse(R"({"list":[true,false,null],"n":-7,"text":"ä"})"));
  CborReader in(bytes);
  in.Skip();
  EXPECT_TRUE(in.ok() && in.at_end());
}

TEST(CborTest, BytesAreTakenAsTheyAre) {
  const std::string any("\0\xff\xfe", 3);
  const std::string bytes = Written([&](CborWriter& out) { out.Bytes(any); });
  CborReader in(bytes);
  EXPECT_EQ(in.Bytes(), any);
}

TEST(CborTest, OnlyNullIsTakenAsNull) {
  const std::string bytes = Written([](CborWriter& out) {
    out.Null();
    out.Uint(5);
  });
  CborReader in(bytes);
  EXPECT_TRUE(in.TakeNull());
  EXPECT_FALSE(in.TakeNull());
  EXPECT_EQ(in.Uint(), 5U);
  EXPECT_FALSE(in.TakeNull());  // at the end
  EXPECT_TRUE(in.ok());
}

TEST(CborTest, AnotherKindThanWantedIsAnErrorThatStays) {
  const std::string number = Written([](CborWriter& out) { out.Uint(1); });
  const std::string text = Written([](CborWriter& out) { out.Text("x"); });
  for (const auto& [bytes, read] : std::vector<std::pair<std::string, void (*)(CborReader&)>>{
           {text, [](CborReader& in) { in.Uint(); }},
           {text, [](CborReader& in) { in.Int(); }},
           {text, [](CborReader& in) { in.Bytes(); }},
           {number, [](CborReader& in) { in.Text(); }},
           {number, [](CborReader& in) { in.List(); }},
           {number, [](CborReader& in) { in.Map(); }},
           {number, [](CborReader& in) { in.Bool(); }},
           {number, [](CborReader& in) { in.Double(); }},
           {std::string("\xf6"), [](CborReader& in) { in.Bool(); }},
           {std::string("\xc0\x01"), [](CborReader& in) { in.Skip(); }},      // a tag
           {std::string("\x9f\x01\xff"), [](CborReader& in) { in.List(); }},  // of unknown length
           {std::string("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"),
            [](CborReader& in) { in.Int(); }}}) {
    CborReader in(bytes);
    read(in);
    EXPECT_FALSE(in.ok());
    EXPECT_TRUE(absl::IsDataLoss(in.status()));
    EXPECT_EQ(in.Uint(), 0U);
    EXPECT_FALSE(in.ok());
  }
}

TEST(CborTest, LengthsBeyondTheBytesAreRefused) {
  for (const char* head : {"\x5b", "\x7b", "\x9b", "\xbb"}) {
    const std::string bytes = head + std::string("\x7f\xff\xff\xff\xff\xff\xff\xff", 8);
    CborReader in(bytes);
    in.Skip();
    EXPECT_FALSE(in.ok());
    CborReader list(bytes);
    EXPECT_EQ(list.List(), 0U);
    EXPECT_FALSE(list.ok());
  }
  CborReader in("\x82\x01");
  EXPECT_EQ(in.List(), 0U);
  EXPECT_FALSE(in.ok());
}

TEST(CborTest, DepthAndItemsHaveALimit) {
  const std::string deep(100'000, '\x81');
  CborReader in(deep);
  in.Skip();
  EXPECT_FALSE(in.ok());
  std::string many = Written([](CborWriter& out) { out.List(CborReader::kMaxItems + 1); });
  many.resize(many.size() + CborReader::kMaxItems + 1, '\x01');
  CborReader items(many);
  EXPECT_EQ(items.List(), 0U);
  EXPECT_FALSE(items.ok());
}

}  // namespace
}  // namespace muster
