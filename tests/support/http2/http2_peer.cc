#include "tests/support/http2/http2_peer.h"

#include <algorithm>
#include <cstring>

#include "common/base/check.h"

namespace muster {
namespace {

std::vector<nghttp2_nv> Pointers(const Http2Fields& fields) {
  std::vector<nghttp2_nv> pointers;
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  };
  for (const auto& [name, value] : fields) {
    pointers.push_back(
        {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return pointers;
}

Http2Fields WithStatus(int status, const Http2Fields& fields = {}) {
  Http2Fields all = {{":status", std::to_string(status)}};
  all.insert(all.end(), fields.begin(), fields.end());
  return all;
}

}  // namespace

std::string Http2Peer::Request::Field(std::string_view name) const {
  for (const auto& [given, value] : fields) {
    if (given == name) return value;
  }
  return "";
}

Http2Peer::Http2Peer(const Settings& settings) {
  nghttp2_session_callbacks* calls = nullptr;
  CHECK_EQ(nghttp2_session_callbacks_new(&calls), 0);
  nghttp2_session_callbacks_set_on_header_callback(
      calls, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                const uint8_t* value, size_t value_size, uint8_t, void* peer) {
        static_cast<Http2Peer*>(peer)->streams_[frame->hd.stream_id].request.fields.emplace_back(
            std::string(reinterpret_cast<const char*>(name), name_size),
            std::string(reinterpret_cast<const char*>(value), value_size));
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      calls,
      [](nghttp2_session*, uint8_t, int32_t stream, const uint8_t* data, size_t size, void* peer) {
        static_cast<Http2Peer*>(peer)->streams_[stream].request.body.append(
            reinterpret_cast<const char*>(data), size);
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      calls, [](nghttp2_session*, const nghttp2_frame* frame, void* peer) {
        return static_cast<Http2Peer*>(peer)->OnFrame(*frame);
      });
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
      calls, [](nghttp2_session*, const nghttp2_frame*, int error, void* peer) {
        auto* const self = static_cast<Http2Peer*>(peer);
        if (error == NGHTTP2_ERR_REFUSED_STREAM) {
          ++self->refused_;
        } else {
          self->error_ = nghttp2_strerror(error);
        }
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      calls, [](nghttp2_session*, int32_t stream, uint32_t, void* peer) {
        return static_cast<Http2Peer*>(peer)->OnClose(stream);
      });
  CHECK_EQ(nghttp2_session_server_new(&session_, calls, this), 0);
  nghttp2_session_callbacks_del(calls);
  SendSettings(settings);
}

Http2Peer::~Http2Peer() { nghttp2_session_del(session_); }

bool Http2Peer::Feed(std::string_view bytes) {
  const ssize_t taken = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (taken < 0) error_ = nghttp2_strerror(static_cast<int>(taken));
  return error_.empty();
}

std::string Http2Peer::TakeOutput() {
  std::string out;
  const uint8_t* bytes = nullptr;
  for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &bytes)) > 0;) {
    out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
  return out;
}

int Http2Peer::OnFrame(const nghttp2_frame& frame) {
  const int32_t stream = frame.hd.stream_id;
  if (frame.hd.type == NGHTTP2_RST_STREAM && on_reset)
    on_reset(stream, frame.rst_stream.error_code);
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  last_stream_ = std::max(last_stream_, stream);
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
  streams_[stream].request.stream = stream;
  if (on_request) on_request(Request(streams_[stream].request));
  return 0;
}

int Http2Peer::OnClose(int32_t stream) {
  streams_.erase(stream);
  return 0;
}

void Http2Peer::Respond(int32_t stream, const Response& response) {
  Stream& of = streams_[stream];
  of.body = response.body;
  of.trailers = response.trailers;
  for (const int status : response.interim) {
    const Http2Fields fields = WithStatus(status);
    CHECK_EQ(nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream, nullptr,
                                    Pointers(fields).data(), 1, nullptr),
             0);
  }
  nghttp2_data_provider body = {};
  body.read_callback = [](nghttp2_session*, int32_t id, uint8_t* to, size_t space, uint32_t* flags,
                          nghttp2_data_source*, void* peer) {
    return static_cast<Http2Peer*>(peer)->ReadBody(id, to, space, flags);
  };
  const Http2Fields fields = WithStatus(response.status, response.fields);
  const bool empty = response.body.empty() && response.trailers.empty();
  CHECK_EQ(nghttp2_submit_response(session_, stream, Pointers(fields).data(), fields.size(),
                                   empty ? nullptr : &body),
           0);
}

ssize_t Http2Peer::ReadBody(int32_t stream, uint8_t* to, size_t space, uint32_t* flags) {
  Stream& of = streams_[stream];
  const size_t size = std::min(space, of.body.size() - of.body_sent);
  std::memcpy(to, of.body.data() + of.body_sent, size);
  of.body_sent += size;
  if (of.body_sent < of.body.size()) return static_cast<ssize_t>(size);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!of.trailers.empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const std::vector<nghttp2_nv> trailers = Pointers(of.trailers);
    CHECK_EQ(nghttp2_submit_trailer(session_, stream, trailers.data(), trailers.size()), 0);
  }
  return static_cast<ssize_t>(size);
}

void Http2Peer::Reset(int32_t stream, uint32_t code) {
  CHECK_EQ(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, code), 0);
}

void Http2Peer::SendSettings(const Settings& settings) {
  CHECK_EQ(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()),
           0);
}

void Http2Peer::Ping() { CHECK_EQ(nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr), 0); }

void Http2Peer::AnnounceGoAway() { CHECK_EQ(nghttp2_submit_shutdown_notice(session_), 0); }

void Http2Peer::GoAway(int32_t last_stream, uint32_t code) {
  CHECK_EQ(nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last_stream, code, nullptr, 0), 0);
}

}  // namespace muster
