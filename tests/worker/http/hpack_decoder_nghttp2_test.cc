// Differential test of HPACK against nghttp2: what its encoder writes our decoder reads; what our
// encoder writes its decoder reads; and of any bytes both say the same.
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include "tests/worker/http/hpack_fields.h"
#include "tests/worker/http/hpack_nghttp2.h"
#include "worker/http/hpack_encoder.h"

namespace muster {
namespace {

// Few names and values of their own, so that tables are used; and some that never come again.
Http2Fields SomeFields(Draws& draws) {
  Http2Fields fields;
  for (size_t left = draws.Below(12); left > 0; --left) {
    std::string name =
        draws.Below(2) == 0
            ? std::string(
                  HpackStaticField(1 + static_cast<uint32_t>(draws.Below(kHpackStaticFields))).name)
            : "x-" + std::to_string(draws.Below(30));
    std::string value = draws.Below(3) == 0 ? draws.Text(draws.Below(400), 0, 256)
                                            : std::to_string(200 + draws.Below(8));
    if (draws.Below(50) == 0) value = std::string(draws.Below(6000), 'v');
    fields.emplace_back(std::move(name), std::move(value));
  }
  return fields;
}

TEST(HpackNghttp2Test, OurDecoderReadsWhatItsEncoderWrites) {
  for (uint64_t round = 0; round < 60; ++round) {
    Draws draws(round);
    Nghttp2Encoder encoder;
    HpackDecoder decoder;
    for (int block = 0; block < 100; ++block) {
      if (draws.Below(10) == 0) encoder.SetTableBytes(draws.Below(4097));
      const Http2Fields fields = SomeFields(draws);
      const auto decoded = DecodeFields(&decoder, encoder.Encode(fields));
      ASSERT_TRUE(decoded.has_value()) << "round " << round << " block " << block;
      ASSERT_EQ(*decoded, fields) << "round " << round << " block " << block;
      ASSERT_EQ(decoder.table().bytes(), encoder.table_bytes());
    }
  }
}

TEST(HpackNghttp2Test, ItsDecoderReadsWhatOurEncoderWrites) {
  for (uint64_t round = 0; round < 60; ++round) {
    Draws draws(round);
    std::vector<Http2Fields> lists;
    HpackLists prepared;
    for (int list = 0; list < 40; ++list) {
      lists.push_back(SomeFields(draws));
      std::vector<HpackField> fields;
      for (const auto& [name, value] : lists.back()) fields.push_back({name, value});
      prepared.Add(fields);
    }
    HpackEncoder encoder(&prepared);
    Nghttp2Decoder decoder;
    for (int block = 0; block < 200; ++block) {
      if (draws.Below(20) == 0) {
        const auto limit = static_cast<uint32_t>(draws.Below(2) == 0 ? 4096 : draws.Below(9000));
        encoder.SetPeerLimit(limit);
        decoder.SetTableBytes(limit);
      }
      const size_t list = draws.Below(lists.size());
      std::string bytes;
      encoder.Append(list, &bytes);
      ASSERT_EQ(decoder.Decode(bytes), lists[list]) << "round " << round << " block " << block;
    }
  }
}

// Blocks with a byte changed, cut out or put in, on both decoders with the same history.
TEST(HpackNghttp2Test, BothSayTheSameOfBrokenBlocks) {
  int refused = 0;
  for (uint64_t round = 0; round < 3000; ++round) {
    Draws draws(round);
    Nghttp2Encoder encoder;
    Nghttp2Decoder theirs;
    HpackDecoder ours;
    for (int block = 0; block < 5; ++block) {
      std::string bytes = encoder.Encode(SomeFields(draws));
      for (size_t changes = draws.Below(3); changes > 0 && !bytes.empty(); --changes) {
        const size_t at = draws.Below(bytes.size());
        if (draws.Below(3) == 0) {
          bytes.erase(at, 1);
        } else if (draws.Below(2) == 0) {
          bytes.insert(at, draws.Text(1, 0, 256));
        } else {
          bytes[at] = static_cast<char>(draws.Below(256));
        }
      }
      const auto expected = theirs.Decode(bytes);
      ASSERT_EQ(DecodeFields(&ours, bytes), expected) << "round " << round << " block " << block;
      if (!expected.has_value()) ++refused;
      if (!expected.has_value()) break;
    }
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace muster
