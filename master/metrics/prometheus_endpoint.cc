#include "master/metrics/prometheus_endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "common/base/mutex.h"

namespace muster {
namespace {

// The library does not say why it can't listen, so the same is tried before.
Status TryToListen(const std::string& host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    return InvalidArgument("no IPv4 address");
  }
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return InvalidArgument(std::strerror(errno));
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  const auto* const to = reinterpret_cast<const sockaddr*>(&address);
  const bool listens = bind(fd, to, sizeof(address)) == 0 && listen(fd, 1) == 0;
  const int why = errno;
  close(fd);
  return listens ? absl::OkStatus() : InvalidArgument(std::strerror(why));
}

}  // namespace

class PrometheusEndpoint::Shelf : public prometheus::Collectable {
 public:
  using Families = std::vector<prometheus::MetricFamily>;

  void Put(Families families) {
    auto fresh = std::make_shared<const Families>(std::move(families));
    const MutexLock lock(mutex_);
    families_.swap(fresh);  // the old ones go after the lock
    taken_ = false;
  }
  bool taken() const {
    const MutexLock lock(mutex_);
    return taken_;
  }
  Families Collect() const override {
    std::shared_ptr<const Families> families;
    {
      const MutexLock lock(mutex_);
      families = families_;
      taken_ = true;
    }
    return families == nullptr ? Families() : *families;
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const Families> families_ GUARDED_BY(mutex_);
  mutable bool taken_ GUARDED_BY(mutex_) = false;
};

class PrometheusEndpoint::Server {
 public:
  explicit Server(const std::string& address) : exposer(address, static_cast<size_t>(kThreads)) {}
  prometheus::Exposer exposer;
};

StatusOr<std::unique_ptr<PrometheusEndpoint>> PrometheusEndpoint::Start(const std::string& host,
                                                                        uint16_t port) {
  const std::string address = host + ":" + std::to_string(port);
  if (const Status status = TryToListen(host, port); !status.ok()) {
    return InvalidArgument("can't listen on " + address + ": " + Message(status));
  }
  try {
    auto server = std::make_unique<Server>(address);
    return std::unique_ptr<PrometheusEndpoint>(new PrometheusEndpoint(host, std::move(server)));
  } catch (const std::exception&) {  // somebody was faster
    return InvalidArgument("can't listen on " + address);
  }
}

PrometheusEndpoint::PrometheusEndpoint(std::string host, std::unique_ptr<Server> server)
    : host_(std::move(host)), shelf_(std::make_shared<Shelf>()), server_(std::move(server)) {
  server_->exposer.RegisterCollectable(shelf_);
}

PrometheusEndpoint::~PrometheusEndpoint() = default;

std::string PrometheusEndpoint::address() const {
  return host_ + ":" + std::to_string(server_->exposer.GetListeningPorts().at(0));
}

void PrometheusEndpoint::Publish(std::vector<prometheus::MetricFamily> families) {
  shelf_->Put(std::move(families));
}

bool PrometheusEndpoint::taken() const { return shelf_->taken(); }

}  // namespace muster
