// nghttp2's HPACK, as an oracle for ours.
#pragma once

#include <nghttp2/nghttp2.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.h"
#include "tests/support/http2/http2_frames.h"

namespace muster {

class Nghttp2Encoder {
 public:
  Nghttp2Encoder() { CHECK_EQ(nghttp2_hd_deflate_new(&deflater_, 4096), 0); }
  ~Nghttp2Encoder() { nghttp2_hd_deflate_del(deflater_); }
  Nghttp2Encoder(const Nghttp2Encoder&) = delete;
  Nghttp2Encoder& operator=(const Nghttp2Encoder&) = delete;

  void SetTableBytes(size_t bytes) {
    CHECK_EQ(nghttp2_hd_deflate_change_table_size(deflater_, bytes), 0);
  }
  size_t table_bytes() { return nghttp2_hd_deflate_get_dynamic_table_size(deflater_); }
  std::string Encode(const Http2Fields& fields) {
    std::vector<nghttp2_nv> all;
    for (const auto& [name, value] : fields) {
      all.push_back({Bytes(name), Bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    std::string out(nghttp2_hd_deflate_bound(deflater_, all.data(), all.size()), '\0');
    const ssize_t size =
        nghttp2_hd_deflate_hd(deflater_, Bytes(out), out.size(), all.data(), all.size());
    CHECK_GE(size, 0);
    out.resize(static_cast<size_t>(size));
    return out;
  }

 private:
  static uint8_t* Bytes(const std::string& text) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  }
  nghttp2_hd_deflater* deflater_ = nullptr;
};

class Nghttp2Decoder {
 public:
  Nghttp2Decoder() { CHECK_EQ(nghttp2_hd_inflate_new(&inflater_), 0); }
  ~Nghttp2Decoder() { nghttp2_hd_inflate_del(inflater_); }
  Nghttp2Decoder(const Nghttp2Decoder&) = delete;
  Nghttp2Decoder& operator=(const Nghttp2Decoder&) = delete;

  void SetTableBytes(size_t bytes) {
    CHECK_EQ(nghttp2_hd_inflate_change_table_size(inflater_, bytes), 0);
  }
  // Nothing: the block is not valid.
  std::optional<Http2Fields> Decode(std::string_view block) {
    Http2Fields fields;
    const auto* at = reinterpret_cast<const uint8_t*>(block.data());
    size_t left = block.size();
    for (int flags = 0; (flags & NGHTTP2_HD_INFLATE_FINAL) == 0;) {
      nghttp2_nv field = {};
      const ssize_t taken = nghttp2_hd_inflate_hd2(inflater_, &field, &flags, at, left, 1);
      if (taken < 0) return std::nullopt;
      at += taken;
      left -= static_cast<size_t>(taken);
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0) continue;
      fields.emplace_back(std::string(field.name, field.name + field.namelen),
                          std::string(field.value, field.value + field.valuelen));
    }
    nghttp2_hd_inflate_end_headers(inflater_);
    return fields;
  }

 private:
  nghttp2_hd_inflater* inflater_ = nullptr;
};

}  // namespace muster
