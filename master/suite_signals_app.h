// SIGINT, SIGTERM and SIGHUP of a suite, counted: once is "finish what is there", twice "at once".
#pragma once

namespace muster {

// From now on they are counted instead of ending the process.
void CatchSuiteSignals();
int SuiteSignals();

}  // namespace muster
