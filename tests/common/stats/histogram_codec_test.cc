#include "common/stats/histogram_codec.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <bit>
#include <string>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

constexpr size_t kLastSlot = Histogram::SlotOf(Histogram::kHighest);

uint64_t Bits(uint64_t seed, uint64_t i) {
  return RandomBits(seed, RandomStream::kThinkTime, seed, i);
}

// Values over the whole range, the same for the same seed.
Histogram Sample(uint64_t seed, size_t n) {
  Histogram h;
  for (size_t i = 0; i < n; ++i) {
    const int shift = static_cast<int>(Bits(seed, 2 * i) % 41);
    const auto value = static_cast<int64_t>(Bits(seed, 2 * i + 1) % (uint64_t{1} << (shift + 1)));
    h.RecordMany(value, 1 + Bits(seed, i) % 300);
  }
  return h;
}

bool SameBuckets(const Histogram& a, const Histogram& b) {
  for (size_t slot = 0; slot < Histogram::kSlots; ++slot) {
    if (a.CountAtSlot(slot) != b.CountAtSlot(slot)) return false;
  }
  return a.count() == b.count();
}

std::string Sparse(const Histogram& h) {
  std::string bytes;
  AppendSparseCounts(h, &bytes);
  return bytes;
}

TEST(SparseCounts, AreAsTheFormatSays) {
  Histogram h;
  EXPECT_EQ(Sparse(h), "");
  h.Record(0);
  h.RecordMany(2, 64);    // after one empty slot
  h.RecordMany(1027, 1);  // after 1,024 of them
  EXPECT_EQ(Sparse(h), std::string("\x02\x00\x80\x01\xff\x0f\x02", 7));
}

TEST(SparseCounts, TheNinthByteCarriesEightBits) {
  Histogram h;
  h.RecordMany(0, INT64_MAX);
  const std::string bytes = Sparse(h);
  EXPECT_EQ(bytes, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff");
  Histogram back;
  ASSERT_TRUE(AddSparseCounts(bytes, &back).ok());
  EXPECT_EQ(back.CountAtSlot(0), static_cast<uint64_t>(INT64_MAX));
}

TEST(SparseCounts, ComeBackAsTheyWere) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Histogram h = Sample(seed, seed * 5);
    Histogram back;
    ASSERT_TRUE(AddSparseCounts(Sparse(h), &back).ok());
    EXPECT_TRUE(SameBuckets(h, back)) << "seed " << seed;
  }
}

std::string Number(int64_t n) {  // as one record list: skip or count, by the encoder itself
  Histogram h;
  if (n > 0) {
    h.RecordMany(0, static_cast<uint64_t>(n));
    return Sparse(h);
  }
  h.AddToSlot(static_cast<size_t>(-n), 1);
  const std::string bytes = Sparse(h);
  return bytes.substr(0, bytes.size() - 1);
}

TEST(SparseCounts, RefusesWhatNoEncoderWrites) {
  const auto refused = [](std::string_view bytes) {
    Histogram h;
    return !AddSparseCounts(bytes, &h).ok();
  };
  EXPECT_TRUE(refused("\x80")) << "truncated";
  EXPECT_TRUE(refused(std::string_view("\x82\x00", 2))) << "overlong";
  EXPECT_FALSE(refused(Number(-static_cast<int64_t>(kLastSlot)) + "\x02"));
  EXPECT_TRUE(refused(Number(-static_cast<int64_t>(kLastSlot)) + "\x02\x02")) << "out of range";
  EXPECT_TRUE(refused(Number(-static_cast<int64_t>(kLastSlot)) + Number(-20000))) << "far skip";
  EXPECT_TRUE(refused("\xff\xff\xff\xff\xff\xff\xff\xff\xff")) << "a skip of 2^63 slots";
  EXPECT_TRUE(refused(Number(INT64_MAX) + Number(INT64_MAX))) << "a total above 2^63";
}

TEST(V2, RoundTripsInBothForms) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const Histogram h = Sample(seed, seed * 7);
    for (const std::string& bytes : {EncodeV2(h), EncodeV2Compressed(h)}) {
      const StatusOr<Histogram> back = DecodeV2(bytes);
      ASSERT_TRUE(back.ok()) << back.status();
      EXPECT_TRUE(SameBuckets(h, *back)) << "seed " << seed;
      EXPECT_EQ(EncodeV2(*back), EncodeV2(h));
    }
  }
}

TEST(V2, SumMinAndMaxAreThoseOfTheBuckets) {
  Histogram h;
  for (const int64_t v : {4097, 9001, 9002}) h.Record(v);
  const Histogram back = *DecodeV2(EncodeV2(h));
  EXPECT_EQ(back.min(), 4096);
  EXPECT_EQ(back.max(), 9007);
  EXPECT_TRUE(back.sum() == 4096 + 9003 + 9007);
  EXPECT_EQ(back.ValueAtPercentile(50'000), 9007);
}

TEST(V2, OneTwoAndSaturatedRecordsDecode) {
  Histogram h;
  for (const int64_t v : {int64_t{123'456'789}, Histogram::kHighest, INT64_MAX, INT64_MAX}) {
    h.Record(v);
    const StatusOr<Histogram> back = DecodeV2(EncodeV2(h));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_TRUE(SameBuckets(h, *back));
    EXPECT_LE(back->max(), Histogram::kHighest);
    EXPECT_EQ(back->saturated(), 0u);
  }
}

// The encoding with the big-endian number of `size` bytes at `offset` replaced.
std::string With(size_t offset, size_t size, uint64_t value) {
  std::string bytes = EncodeV2(Sample(1, 5));
  for (size_t i = 0; i < size; ++i) {
    bytes[offset + i] = static_cast<char>((value >> (8 * (size - 1 - i))) & 0xff);
  }
  return bytes;
}

TEST(V2, OtherConfigurationsAreRefusedByName) {
  const auto error = [](const std::string& bytes) { return Message(DecodeV2(bytes).status()); };
  EXPECT_EQ(error(With(12, 4, 2)), "2 significant digits, not 3");
  EXPECT_EQ(error(With(16, 8, 1000)), "lowest discernible value 1000, not 1");
  EXPECT_EQ(error(With(24, 8, 60'000'000'000)),
            "highest trackable value 60000000000, not 3600000000000 (1 hour in ns)");
  EXPECT_EQ(error(With(8, 4, 1)), "normalizing offset is not 0");
  EXPECT_EQ(error(With(32, 8, std::bit_cast<uint64_t>(2.0))), "conversion ratio is not 1");
  EXPECT_EQ(error(With(0, 4, 0x1c849301)), "not a histogram of HdrHistogram's encoding V2");
  EXPECT_NE(error(With(4, 4, 1'000'000)), "");
  EXPECT_NE(error(With(4, 4, 0xffffffff)), "");
}

TEST(V2, TheJavaScriptPortsHeaderIsAccepted) {
  std::string bytes = With(8, 4, 1);
  EXPECT_FALSE(DecodeV2(bytes).ok());
  bytes.replace(32, 8, std::string("\0\0\0\0\0\0\0\1", 8));
  EXPECT_TRUE(DecodeV2(bytes).ok());
}

// Whatever the bytes: an error or a histogram, never a crash.
TEST(V2, TruncatedFlippedAndRandomBytesDoNoHarm) {
  const Histogram h = Sample(3, 60);
  for (const std::string& bytes : {EncodeV2(h), EncodeV2Compressed(h)}) {
    for (size_t n = 0; n < bytes.size(); ++n) {
      EXPECT_FALSE(DecodeV2(bytes.substr(0, n)).ok()) << n;
      std::string flipped = bytes;
      flipped[n] = static_cast<char>(flipped[n] ^ (1 << (n % 8)));
      (void)DecodeV2(flipped).ok();
    }
    EXPECT_FALSE(DecodeV2(bytes + "x").ok()) << "more than one histogram";
  }
  for (uint64_t seed = 0; seed < 500; ++seed) {
    std::string payload = EncodeV2(Histogram());
    for (uint64_t i = 0; i < seed % 40; ++i) payload += static_cast<char>(Bits(seed, i) & 0xff);
    payload[7] = static_cast<char>(seed % 40);
    (void)DecodeV2(payload).ok();
  }
}

std::string BigEndian32(size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((value >> shift) & 0xff);
  return bytes;
}

TEST(V2, TheLargestHistogramDecodesAndABombDoesNot) {
  Histogram full;
  for (size_t slot = 0; slot <= kLastSlot; ++slot) full.AddToSlot(slot, uint64_t{1} << 47);
  EXPECT_TRUE(DecodeV2(EncodeV2Compressed(full)).ok());

  // 8 MB of empty slots in a few kB.
  std::string plain = EncodeV2(Histogram()) + std::string(8'000'000, '\0');
  plain.replace(4, 4, BigEndian32(8'000'000));
  uLongf size = compressBound(plain.size());
  std::string packed(size, '\0');
  ASSERT_EQ(compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                     reinterpret_cast<const Bytef*>(plain.data()), plain.size()),
            Z_OK);
  packed.resize(size);
  const std::string bomb = BigEndian32(0x1c849314) + BigEndian32(size) + packed;
  EXPECT_EQ(Message(DecodeV2(bomb).status()), "damaged, truncated or oversize zlib stream");
}

TEST(Base64, IsThatOfRfc4648) {
  const std::pair<std::string, std::string> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {"\xff\xfe\xfd", "//79"}};
  for (const auto& [plain, text] : cases) {
    EXPECT_EQ(Base64(plain), text);
    const StatusOr<std::string> back = FromBase64(text);
    ASSERT_TRUE(back.ok()) << text;
    EXPECT_EQ(*back, plain);
  }
}

TEST(Base64, RefusesWhatItDoesNotWrite) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zh==", "Zm9=", "Zm 9",
                           "Zm-_", "=Zg=", "Zg=\n"}) {
    EXPECT_FALSE(FromBase64(text).ok()) << text;
  }
}

}  // namespace
}  // namespace muster
