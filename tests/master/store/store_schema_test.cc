#include "master/store/store_schema.h"

#include <gtest/gtest.h>

#include "tests/master/store/store_folder.h"

namespace muster {
namespace {

Database Fresh(const StoreFolder& folder) {
  return *Database::Open(folder.File(), Database::Mode::kCreate, Duration::Millis(10));
}

TEST(StoreSchemaTest, AnEmptyFileBecomesAStore) {
  const StoreFolder folder;
  Database database = Fresh(folder);
  EXPECT_TRUE(absl::IsNotFound(CheckCurrent(database)));
  ASSERT_TRUE(MakeCurrent(database).ok());
  EXPECT_TRUE(CheckCurrent(database).ok());
  EXPECT_TRUE(MakeCurrent(database).ok());
  EXPECT_EQ(*database.Number("SELECT count(*) FROM run"), 0);
}

TEST(StoreSchemaTest, AnOlderStoreGetsTheStepsThatItLacks) {
  const StoreFolder folder;
  Database database = Fresh(folder);
  const char* const first[] = {"CREATE TABLE run (id); INSERT INTO run VALUES (1)"};
  ASSERT_TRUE(MakeCurrent(database, first).ok());
  const char* const now[] = {first[0], "ALTER TABLE run ADD COLUMN b DEFAULT 7",
                             "UPDATE run SET id = id + b"};
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckCurrent(database, now)));
  ASSERT_TRUE(MakeCurrent(database, now).ok());
  EXPECT_TRUE(CheckCurrent(database, now).ok());
  EXPECT_EQ(*database.Number("SELECT id FROM run"), 8);
}

TEST(StoreSchemaTest, AStepThatFailsLeavesTheStoreAsItWas) {
  const StoreFolder folder;
  Database database = Fresh(folder);
  const char* const first[] = {"CREATE TABLE run (id)"};
  ASSERT_TRUE(MakeCurrent(database, first).ok());
  const char* const broken[] = {first[0], "INSERT INTO run VALUES (1)", "nonsense"};
  EXPECT_FALSE(MakeCurrent(database, broken).ok());
  EXPECT_EQ(*database.Number("SELECT count(*) FROM run"), 0);
  EXPECT_TRUE(CheckCurrent(database, first).ok());
}

TEST(StoreSchemaTest, AStoreOfANewerMusterIsLeftAlone) {
  const StoreFolder folder;
  Database database = Fresh(folder);
  ASSERT_TRUE(MakeCurrent(database).ok());
  ASSERT_TRUE(database.Execute("PRAGMA user_version = 99").ok());
  for (const Status& status : {MakeCurrent(database), CheckCurrent(database)}) {
    EXPECT_NE(Message(status).find("newer Muster (version 99"), std::string::npos) << status;
  }
}

TEST(StoreSchemaTest, ADatabaseOfSomethingElseIsLeftAlone) {
  const StoreFolder folder;
  Database database = Fresh(folder);
  ASSERT_TRUE(database.Execute("CREATE TABLE bookmarks (url)").ok());
  for (const Status& status : {MakeCurrent(database), CheckCurrent(database)}) {
    EXPECT_NE(Message(status).find("no run store"), std::string::npos) << status;
  }
  EXPECT_EQ(*database.Number("PRAGMA application_id"), 0);
}

}  // namespace
}  // namespace muster
