#include "master/suite_signals_app.h"

#include <csignal>

namespace muster {
namespace {

volatile std::sig_atomic_t suite_signals = 0;

void CountSignal(int /*number*/) { suite_signals = suite_signals + 1; }

}  // namespace

void CatchSuiteSignals() {
  struct sigaction action {};
  action.sa_handler = CountSignal;  // without SA_RESTART: a wait ends with it
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

int SuiteSignals() { return suite_signals; }

}  // namespace muster
