// PrometheusEndpoint: serves what was published last at http://HOST:PORT/metrics. It waits and
// forwards: what there is to publish is RunMetrics'.
//
// The library's own few threads answer scrapes; they read an immutable copy, so that no scrape ever
// waits for the run thread, or makes it wait. Whoever can reach the address can read: no password,
// no TLS. Limits: kThreads scrapes at once, others queue.
//
// Owner: one thread, which starts, publishes and destroys. Destroying it cuts off answers that are
// still on their way.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace muster {

class PrometheusEndpoint {
 public:
  static constexpr int kThreads = 3;

  // `host`: an IPv4 address of this host. Port 0: a free one. Errors are one line that names the
  // address: in use, or not this host's.
  static StatusOr<std::unique_ptr<PrometheusEndpoint>> Start(const std::string& host,
                                                             uint16_t port);
  ~PrometheusEndpoint();
  PrometheusEndpoint(const PrometheusEndpoint&) = delete;
  PrometheusEndpoint& operator=(const PrometheusEndpoint&) = delete;

  // HOST:PORT; the port is the real one.
  std::string address() const;
  // Replaces what is served. Nothing is, until the first time.
  void Publish(std::vector<prometheus::MetricFamily> families);
  // A scrape has read what was published last.
  bool taken() const;

 private:
  class Shelf;
  class Server;

  PrometheusEndpoint(std::string host, std::unique_ptr<Server> server);

  std::string host_;
  std::shared_ptr<Shelf> shelf_;
  std::unique_ptr<Server> server_;  // after the shelf, which it reads
};

}  // namespace muster
