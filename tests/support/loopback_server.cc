#include "tests/support/loopback_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

// Binds a new socket to a free address of the family's loopback and names it.
int BindLoopback(Endpoint::Family family, Endpoint* endpoint, std::string* directory) {
  endpoint->family = family;
  int fd = -1;
  if (family == Endpoint::Family::kUnix) {
    char path[] = "/tmp/muster-test-XXXXXX";
    CHECK(mkdtemp(path) != nullptr);
    *directory = path;
    endpoint->address = *directory + "/socket";
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, endpoint->address.data(), endpoint->address.size());
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  } else if (family == Endpoint::Family::kIpv6) {
    endpoint->address = "::1";
    sockaddr_in6 address = {};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    socklen_t size = sizeof(address);
    CHECK_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    endpoint->port = ntohs(address.sin6_port);
  } else {
    endpoint->address = "127.0.0.1";
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    socklen_t size = sizeof(address);
    CHECK_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    endpoint->port = ntohs(address.sin_port);
  }
  return fd;
}

void RemoveSocket(const Endpoint& endpoint, const std::string& directory) {
  if (directory.empty()) return;
  unlink(endpoint.address.c_str());
  rmdir(directory.c_str());
}

}  // namespace

struct LoopbackServer::Peer {
  int fd = -1;
  size_t index = 0;
  size_t waiting_for = 0;  // bytes still to come before the reply
  std::string unsent;
  bool replying = false;
  std::unique_ptr<TlsPeer> tls;
};

LoopbackServer::LoopbackServer(Endpoint::Family family, PeerScript script, const TlsServer* tls)
    : script_(std::move(script)), tls_(tls), reading_(!script_.hold_reading) {
  listen_fd_ = BindLoopback(family, &endpoint_, &directory_);
  CHECK_EQ(listen(listen_fd_, 1024), 0);
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::thread([this] { Serve(); });
}

LoopbackServer::~LoopbackServer() {
  stop_ = true;
  CHECK_EQ(eventfd_write(wake_fd_, 1), 0);
  thread_.join();
  close(listen_fd_);
  close(wake_fd_);
  RemoveSocket(endpoint_, directory_);
}

void LoopbackServer::ReleaseReading() {
  reading_ = true;
  CHECK_EQ(eventfd_write(wake_fd_, 1), 0);
}

std::vector<std::string> LoopbackServer::received() const {
  const MutexLock lock(mutex_);
  return received_;
}

void LoopbackServer::Serve() {
  std::vector<Peer> peers;
  while (!stop_) {
    std::vector<pollfd> fds = {{wake_fd_, POLLIN, 0}, {listen_fd_, POLLIN, 0}};
    for (const Peer& peer : peers) {
      const bool reads = reading_ || (tls_ != nullptr && !peer.tls->established());
      const int wanted = peer.replying ? POLLOUT : reads ? POLLIN : 0;
      fds.push_back({peer.fd, static_cast<short>(wanted), 0});
    }
    CHECK(poll(fds.data(), fds.size(), -1) >= 0 || errno == EINTR);
    eventfd_t ignored;
    if (fds[0].revents != 0) eventfd_read(wake_fd_, &ignored);
    for (size_t i = 0; i < peers.size(); ++i) {
      if (fds[i + 2].revents != 0 && !Step(peers[i], fds[i + 2].revents)) peers[i].fd = -1;
    }
    std::erase_if(peers, [](const Peer& peer) { return peer.fd < 0; });
    if (fds[1].revents != 0) Accept(&peers);
  }
  for (Peer& peer : peers) ClosePeer(peer, /*reset=*/true);
}

void LoopbackServer::Accept(std::vector<Peer>* peers) {
  for (;;) {
    const int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    // A reset drops what waits for an acknowledgement of what was sent before.
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const MutexLock lock(mutex_);
    Peer& peer = peers->emplace_back();
    peer.fd = fd;
    peer.index = received_.size();
    peer.waiting_for = script_.wait_for;
    if (tls_ != nullptr) peer.tls = std::make_unique<TlsPeer>(*tls_);
    received_.emplace_back();
    ++open_;
    ++accepted_;
  }
}

bool LoopbackServer::Step(Peer& peer, short events) {
  if (peer.replying) return Reply(peer);
  if ((events & (POLLERR | POLLHUP)) != 0 && !reading_) {
    ClosePeer(peer, false);
    return false;
  }
  return tls_ != nullptr ? ReceiveTls(peer) : Receive(peer);
}

bool LoopbackServer::Receive(Peer& peer) {
  char buffer[16 << 10];
  if (script_.end == PeerScript::End::kReset) {
    // Only unread bytes make the end of a Unix socket a reset, so the bytes are counted, not read.
    int available = 0;
    CHECK_EQ(ioctl(peer.fd, FIONREAD, &available), 0);
    if (available > 0 && static_cast<size_t>(available) < script_.wait_for) return true;
    peer.replying = available > 0;
  } else {
    const ssize_t size = recv(peer.fd, buffer, sizeof(buffer), 0);
    if (size < 0 && errno == EAGAIN) return true;
    if (size > 0) {
      Count(peer, {buffer, static_cast<size_t>(size)});
      if (!peer.replying) return true;
    }
  }
  if (!peer.replying) {
    ClosePeer(peer, false);
    return false;
  }
  peer.unsent = script_.reply;
  peer.waiting_for = script_.wait_for;
  return Reply(peer);
}

void LoopbackServer::Count(Peer& peer, std::string_view plain) {
  const MutexLock lock(mutex_);
  received_[peer.index].append(plain);
  bytes_received_ += plain.size();
  peer.replying = plain.size() >= peer.waiting_for;
  peer.waiting_for -= std::min(plain.size(), peer.waiting_for);
}

bool LoopbackServer::ReceiveTls(Peer& peer) {
  char buffer[16 << 10];
  const ssize_t size = recv(peer.fd, buffer, sizeof(buffer), 0);
  if (size < 0 && errno == EAGAIN) return true;
  std::string plain;
  const bool alive = size > 0 && peer.tls->Feed({buffer, static_cast<size_t>(size)}, &plain);
  if (!plain.empty()) Count(peer, plain);
  peer.unsent += peer.tls->TakeOutput();
  if (!alive) {
    std::ignore = send(peer.fd, peer.unsent.data(), peer.unsent.size(), MSG_NOSIGNAL);
    ClosePeer(peer, false);
    return false;
  }
  if (!peer.replying) {
    if (peer.unsent.empty()) return true;
    // A few records of the handshake: the socket has room for them.
    CHECK_EQ(send(peer.fd, peer.unsent.data(), peer.unsent.size(), MSG_NOSIGNAL),
             static_cast<ssize_t>(peer.unsent.size()));
    peer.unsent.clear();
    return true;
  }
  peer.waiting_for = script_.wait_for;
  peer.tls->Write(script_.reply);
  if (script_.end == PeerScript::End::kClose) peer.tls->CloseNotify();
  peer.unsent += peer.tls->TakeOutput();
  return Reply(peer);
}

bool LoopbackServer::Reply(Peer& peer) {
  while (!peer.unsent.empty()) {
    const ssize_t sent = send(peer.fd, peer.unsent.data(), peer.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return true;
    if (sent < 0) {
      ClosePeer(peer, false);
      return false;
    }
    peer.unsent.erase(0, static_cast<size_t>(sent));
  }
  peer.replying = false;
  if (script_.end == PeerScript::End::kStay) return true;
  ClosePeer(peer, script_.end == PeerScript::End::kReset);
  return false;
}

void LoopbackServer::ClosePeer(Peer& peer, bool reset) {
  if (reset) {
    const linger abort = {1, 0};
    setsockopt(peer.fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
  }
  close(peer.fd);
  --open_;
}

RefusingAddress::RefusingAddress(Endpoint::Family family)
    : fd_(BindLoopback(family, &endpoint_, &directory_)) {}

RefusingAddress::~RefusingAddress() {
  close(fd_);
  RemoveSocket(endpoint_, directory_);
}

}  // namespace muster
