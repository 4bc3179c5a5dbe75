// A mutex that clang's thread-safety analysis understands. A thin wrapper over std::mutex:
// absl::Mutex, not instrumented in Debian's build, gives false races under the thread sanitizer.
#pragma once

#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"  // GUARDED_BY

#if defined(__clang__)
#define MUSTER_TSA(x) __attribute__((x))
#else
#define MUSTER_TSA(x)
#endif
#define REQUIRES_LOCK(...) MUSTER_TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES_LOCK(...) MUSTER_TSA(locks_excluded(__VA_ARGS__))

namespace muster {

class MUSTER_TSA(capability("mutex")) Mutex {
 public:
  void Lock() MUSTER_TSA(acquire_capability()) { mutex_.lock(); }
  void Unlock() MUSTER_TSA(release_capability()) { mutex_.unlock(); }
  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

class MUSTER_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) MUSTER_TSA(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() MUSTER_TSA(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace muster
