#include "master/store/run_store.h"

#include <gtest/gtest.h>

#include <fstream>

#include "master/report/json_report.h"
#include "tests/master/report/sample_summary.h"
#include "tests/master/store/store_folder.h"

namespace muster {
namespace {

constexpr Duration kShort = Duration::Millis(10);

RunSummary RunOf(const std::string& id, int64_t second, const std::string& name = "shop") {
  RunSummary summary = SampleSummary();
  summary.id = id;
  summary.name = name;
  summary.started_at = WallTime::FromNanos(second * 1'000'000'000);
  return summary;
}

RunStore Opened(const std::string& path, RunStore::Access access = RunStore::Access::kKeep) {
  auto store = RunStore::Open(path, access, kShort);
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

// A store with the runs a1, a2, ..., a second apart.
RunStore StoreOf(const StoreFolder& folder, int runs) {
  RunStore store = Opened(folder.File());
  for (int i = 1; i <= runs; ++i) {
    EXPECT_TRUE(store.Finish(RunOf("a" + std::to_string(i), i)).ok());
  }
  return store;
}

std::string Ids(RunStore& store, const RunFilter& filter = RunFilter{}) {
  std::string ids;
  const RunList list = *store.List(filter);
  for (const StoredRun& run : list.runs) ids += (ids.empty() ? "" : " ") + run.id;
  return ids;
}

TEST(RunStoreTest, ARunComesBackByteForByte) {
  const StoreFolder folder;
  RunStore store = Opened(folder.File("deep/er/runs.db"));
  ASSERT_TRUE(store.Begin(RunOf("7f3a", 1)).ok());
  ASSERT_TRUE(store.Finish(RunOf("7f3a", 1)).ok());
  RunStore reader = Opened(folder.File("deep/er/runs.db"), RunStore::Access::kRead);
  const auto back = reader.Load("7f3a");
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(JsonReport(*back), JsonReport(RunOf("7f3a", 1)));
}

TEST(RunStoreTest, TheListShowsWhatTheRunWas) {
  const StoreFolder folder;
  RunStore store = StoreOf(folder, 1);
  const RunList list = *store.List(RunFilter{});
  ASSERT_EQ(list.runs.size(), 1U);
  const StoredRun& run = list.runs[0];
  const RunSummary was = RunOf("a1", 1);
  EXPECT_EQ(run.name, "shop");
  EXPECT_EQ(run.started_at, was.started_at);
  EXPECT_EQ(run.asked, was.asked);
  EXPECT_EQ(run.target, was.target);
  EXPECT_EQ(run.rate_per_s, was.load_rate_per_s);
  EXPECT_EQ(run.p50_ns, was.latency.response_all.p50_ns);
  EXPECT_EQ(run.p99_ns, was.latency.response_all.p99_ns);
  EXPECT_NEAR(*run.error_rate, 128.0 / 290'071, 1e-12);
  EXPECT_EQ(run.outcome, Outcome::kThresholdFailed);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(run.finished);
  EXPECT_GT(run.bytes, 100U);
}

TEST(RunStoreTest, FiltersAndLimits) {
  const StoreFolder folder;
  RunStore store = StoreOf(folder, 3);
  RunSummary passed = RunOf("b1", 4, "Check_out 100%");
  passed.verdict.outcome = Outcome::kPassed;
  ASSERT_TRUE(store.Finish(passed).ok());
  ASSERT_TRUE(store.Begin(RunOf("c1", 5)).ok());
  EXPECT_EQ(Ids(store), "c1 b1 a3 a2 a1");
  EXPECT_EQ(Ids(store, {.since = WallTime::FromNanos(3'000'000'000), .name = "", .outcome = {}}),
            "c1 b1 a3");
  EXPECT_EQ(Ids(store, {.since = {}, .name = "check_", .outcome = {}}), "b1");
  EXPECT_EQ(Ids(store, {.since = {}, .name = "0%", .outcome = {}}), "b1");
  EXPECT_EQ(Ids(store, {.since = {}, .name = "h_p", .outcome = {}}), "");
  EXPECT_EQ(Ids(store, {.since = {}, .name = "", .outcome = Outcome::kPassed}), "b1");
  EXPECT_EQ(Ids(store, {.since = {}, .name = "", .outcome = Outcome::kThresholdFailed, .limit = 2}),
            "a3 a2");
  EXPECT_EQ(store.List({.since = {}, .name = "", .outcome = {}, .limit = 2})->matching, 5U);
}

TEST(RunStoreTest, ReferencesAreIdsBeginningsAndTheLatest) {
  const StoreFolder folder;
  RunStore store = StoreOf(folder, 3);
  ASSERT_TRUE(store.Finish(RunOf("a11", 9)).ok());
  ASSERT_TRUE(store.Finish(RunOf("bcd", 4)).ok());
  ASSERT_TRUE(store.Begin(RunOf("f", 99)).ok());  // unfinished: no latest one
  EXPECT_EQ(*store.Resolve("latest"), "a11");
  EXPECT_EQ(*store.Resolve("latest~1"), "bcd");
  EXPECT_EQ(*store.Resolve("latest~4"), "a1");
  EXPECT_TRUE(absl::IsNotFound(store.Resolve("latest~5").status()));
  EXPECT_EQ(*store.Resolve("a1"), "a1");  // whole, though a11 begins so too
  EXPECT_EQ(*store.Resolve("b"), "bcd");
  EXPECT_TRUE(absl::IsNotFound(store.Resolve("e").status()));
  const Status several = store.Resolve("a").status();
  EXPECT_TRUE(absl::IsInvalidArgument(several));
  EXPECT_NE(Message(several).find("'a' could be any of a1 a11 a2 a3"), std::string::npos);
  for (const char* word : {"", "shop", "A1", "latest~", "latest~x", "latest~-1", "latest1",
                           "latest~99999999", "0123456789abcdef0", "%"}) {
    EXPECT_FALSE(IsRunReference(word)) << word;
    EXPECT_TRUE(absl::IsInvalidArgument(store.Resolve(word).status())) << word;
  }
}

TEST(RunStoreTest, AnUnfinishedRunHasNoResult) {
  const StoreFolder folder;
  RunStore store = Opened(folder.File());
  ASSERT_TRUE(store.Begin(RunOf("a1", 1)).ok());
  EXPECT_FALSE(store.List(RunFilter{})->runs[0].finished);
  EXPECT_TRUE(absl::IsFailedPrecondition(store.Load("a1").status()));
  EXPECT_TRUE(absl::IsNotFound(store.Resolve("latest").status()));
}

TEST(RunStoreTest, TheOldestGoWhenThereAreTooMany) {
  const StoreFolder folder;
  RunStore store = StoreOf(folder, 5);
  ASSERT_TRUE(store.Finish(RunOf("a6", 6), {.runs = 3}).ok());
  EXPECT_EQ(Ids(store), "a6 a5 a4");
}

TEST(RunStoreTest, TheOldestGoWhenTheyAreTooLarge) {
  const StoreFolder folder;
  RunStore store = StoreOf(folder, 5);
  const uint64_t each = store.List(RunFilter{})->runs[0].bytes;
  ASSERT_TRUE(store.Finish(RunOf("a6", 6), {.runs = 200, .bytes = each * 5 / 2}).ok());
  EXPECT_EQ(Ids(store), "a6 a5");
}

TEST(RunStoreTest, PinnedRunsStayAndCount) {
  const StoreFolder folder;
  RunStore store = StoreOf(folder, 5);
  ASSERT_TRUE(store.SetPinned("a1", true).ok());
  ASSERT_TRUE(store.SetPinned("a2", true).ok());
  ASSERT_TRUE(store.Finish(RunOf("a6", 6), {.runs = 3}).ok());
  EXPECT_EQ(Ids(store), "a6 a2 a1");
  ASSERT_TRUE(store.SetPinned("a1", false).ok());
  ASSERT_TRUE(store.Finish(RunOf("a7", 7), {.runs = 1}).ok());
  EXPECT_EQ(Ids(store), "a7 a2");
}

// Its clock may be behind, and it may be larger than the limit by itself.
TEST(RunStoreTest, TheRunThatEndsIsNeverTheOneThatGoes) {
  const StoreFolder folder;
  RunStore store = StoreOf(folder, 3);
  ASSERT_TRUE(store.Finish(RunOf("b1", 0), {.runs = 2, .bytes = 1}).ok());
  EXPECT_EQ(Ids(store), "b1");
}

TEST(RunStoreTest, AFinishedRunKeepsThePinOfItsBeginning) {
  const StoreFolder folder;
  RunStore store = Opened(folder.File());
  ASSERT_TRUE(store.Begin(RunOf("a1", 1)).ok());
  ASSERT_TRUE(store.SetPinned("a1", true).ok());
  ASSERT_TRUE(store.Finish(RunOf("a1", 1)).ok());
  EXPECT_TRUE(store.List(RunFilter{})->runs[0].pinned);
}

TEST(RunStoreTest, WhatIsDeletedIsGoneAndItsSpaceIsGivenBack) {
  const StoreFolder folder;
  const auto size = [&] { return std::filesystem::file_size(folder.File()); };
  { StoreOf(folder, 40); }  // closed: its log is merged
  const auto full = size();
  {
    RunStore store = Opened(folder.File());
    for (int i = 1; i < 40; ++i) ASSERT_TRUE(store.Delete("a" + std::to_string(i)).ok());
    EXPECT_EQ(Ids(store), "a40");
    EXPECT_TRUE(absl::IsNotFound(store.Delete("a1")));
    EXPECT_TRUE(absl::IsNotFound(store.SetPinned("a1", true)));
    EXPECT_TRUE(absl::IsNotFound(store.Load("a1").status()));
  }
  EXPECT_LT(size(), full / 10);
}

TEST(RunStoreTest, SeveralMastersShareOneStore) {
  const StoreFolder folder;
  RunStore one = Opened(folder.File());
  RunStore two = Opened(folder.File());
  RunStore reader = Opened(folder.File(), RunStore::Access::kRead);
  ASSERT_TRUE(one.Begin(RunOf("a1", 1)).ok());
  ASSERT_TRUE(two.Begin(RunOf("a2", 2)).ok());
  ASSERT_TRUE(two.Finish(RunOf("a2", 2), {.runs = 1}).ok());  // which takes a1's beginning away
  EXPECT_EQ(Ids(reader), "a2");
  ASSERT_TRUE(one.Finish(RunOf("a1", 1)).ok());
  EXPECT_EQ(Ids(reader), "a2 a1");
}

TEST(RunStoreTest, ALockedStoreIsAnErrorAfterItsPatience) {
  const StoreFolder folder;
  RunStore store = StoreOf(folder, 1);
  Database other = *Database::Open(folder.File(), Database::Mode::kWrite, kShort);
  ASSERT_TRUE(other.Execute("BEGIN IMMEDIATE").ok());
  const Status status = store.Finish(RunOf("a2", 2));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(Message(status), "run store " + folder.File() + ": database is locked");
  EXPECT_EQ(Ids(store), "a1");  // readers don't wait
}

TEST(RunStoreTest, WhatIsNoStoreIsNamed) {
  const StoreFolder folder;
  EXPECT_TRUE(
      absl::IsNotFound(RunStore::Open(folder.File(), RunStore::Access::kRead, kShort).status()));
  EXPECT_TRUE(
      absl::IsNotFound(RunStore::Open(folder.File(), RunStore::Access::kChange, kShort).status()));
  std::ofstream(folder.File("text")) << std::string(5000, 'x');
  for (const RunStore::Access access : {RunStore::Access::kRead, RunStore::Access::kKeep}) {
    const Status status = RunStore::Open(folder.File("text"), access, kShort).status();
    EXPECT_NE(Message(status).find(folder.File("text") + ": file is not a database"),
              std::string::npos)
        << status;
  }
  EXPECT_FALSE(RunStore::Open("/proc/none/runs.db", RunStore::Access::kKeep, kShort).ok());
  EXPECT_FALSE(RunStore::Open(folder.File("/"), RunStore::Access::kKeep, kShort).ok());
}

TEST(RunStoreTest, ADamagedSummaryIsNamedAndTheListStays) {
  const StoreFolder folder;
  RunStore store = StoreOf(folder, 2);
  Database other = *Database::Open(folder.File(), Database::Mode::kWrite, kShort);
  ASSERT_TRUE(other.Execute("UPDATE run SET summary = x'00' WHERE id = 'a1'").ok());
  const Status status = store.Load("a1").status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_NE(Message(status).find("run a1 can't be read"), std::string::npos);
  EXPECT_EQ(Ids(store), "a2 a1");
}

TEST(RunStoreTest, ADamagedFileGivesErrorsAndNoCrash) {
  const StoreFolder folder;
  { StoreOf(folder, 20); }
  for (size_t at = 0; at < std::filesystem::file_size(folder.File()); at += 1500) {
    std::filesystem::copy_file(folder.File(), folder.File("damaged"),
                               std::filesystem::copy_options::overwrite_existing);
    {
      std::fstream file(folder.File("damaged"), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(at));
      file << std::string(200, '\xff');
    }
    auto store = RunStore::Open(folder.File("damaged"), RunStore::Access::kKeep, kShort);
    if (!store.ok()) continue;
    store->Finish(RunOf("b1", 1)).IgnoreError();
    if (store->List(RunFilter{}).ok()) store->Load("a1").status().IgnoreError();
  }
}

}  // namespace
}  // namespace muster
