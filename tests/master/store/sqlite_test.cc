#include "master/store/sqlite.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/master/store/store_folder.h"

namespace muster {
namespace {

constexpr Duration kNoPatience = Duration::Millis(10);

Database Opened(const std::string& path, Database::Mode mode) {
  auto database = Database::Open(path, mode, kNoPatience);
  EXPECT_TRUE(database.ok()) << database.status();
  return *std::move(database);
}

TEST(SqliteTest, ValuesComeBackAsTheyWere) {
  const StoreFolder folder;
  Database database = Opened(folder.File(), Database::Mode::kCreate);
  ASSERT_TRUE(database.Execute("CREATE TABLE t (a, b, c, d, e)").ok());
  auto insert = database.Prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)");
  ASSERT_TRUE(insert.ok());
  const std::string bytes("\0\xff", 2);
  EXPECT_TRUE(insert->Bind(1, INT64_MIN)
                  .Bind(2, 0.1)
                  .Bind(3, std::string_view("\xc3\xa4\0b", 4))
                  .BindBytes(4, bytes)
                  .Bind(5, std::optional<int64_t>())
                  .Run()
                  .ok());
  EXPECT_EQ(database.changes(), 1);
  auto select = database.Prepare("SELECT * FROM t");
  ASSERT_TRUE(*select->Step());
  EXPECT_EQ(select->Int(0), INT64_MIN);
  EXPECT_EQ(select->Double(1), 0.1);
  EXPECT_EQ(select->Text(2), std::string("\xc3\xa4\0b", 4));
  EXPECT_EQ(select->Text(3), bytes);
  EXPECT_TRUE(select->IsNull(4));
  EXPECT_FALSE(*select->Step());
}

TEST(SqliteTest, AMissingFileIsMadeOnlyWhenAsked) {
  const StoreFolder folder;
  EXPECT_TRUE(
      absl::IsNotFound(Database::Open(folder.File(), Database::Mode::kRead, kNoPatience).status()));
  EXPECT_TRUE(absl::IsNotFound(
      Database::Open(folder.File(), Database::Mode::kWrite, kNoPatience).status()));
  EXPECT_FALSE(std::ifstream(folder.File()));
  Opened(folder.File(), Database::Mode::kCreate);
  struct stat found {};
  ASSERT_EQ(stat(folder.File().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST(SqliteTest, AReaderWritesNothing) {
  const StoreFolder folder;
  Opened(folder.File(), Database::Mode::kCreate).Execute("CREATE TABLE t (a)").IgnoreError();
  Database reader = Opened(folder.File(), Database::Mode::kRead);
  EXPECT_FALSE(reader.Execute("INSERT INTO t VALUES (1)").ok());
  EXPECT_EQ(*reader.Number("SELECT count(*) FROM t"), 0);
}

TEST(SqliteTest, ErrorsAreToldApart) {
  const StoreFolder folder;
  Database writer = Opened(folder.File(), Database::Mode::kCreate);
  ASSERT_TRUE(writer.Execute("CREATE TABLE t (a); BEGIN EXCLUSIVE").ok());
  Database other = Opened(folder.File(), Database::Mode::kWrite);
  EXPECT_TRUE(absl::IsUnavailable(other.Execute("INSERT INTO t VALUES (1)")));
  EXPECT_TRUE(absl::IsFailedPrecondition(writer.Execute("SELECT nonsense FROM t")));
  std::ofstream(folder.File("text")) << std::string(4096, 'x');
  auto text = Database::Open(folder.File("text"), Database::Mode::kWrite, kNoPatience);
  ASSERT_TRUE(text.ok());
  EXPECT_TRUE(absl::IsDataLoss(text->Number("SELECT count(*) FROM sqlite_schema").status()));
}

TEST(SqliteTest, NamesThatSqliteReadsOtherwiseAreFiles) {
  const StoreFolder folder;
  for (const char* name : {"file:a?mode=memory", ":memory:", "a b%20#?.db"}) {
    Database database = Opened(folder.File(name), Database::Mode::kCreate);
    ASSERT_TRUE(database.Execute("CREATE TABLE t (a)").ok());
    EXPECT_TRUE(std::ifstream(folder.File(name))) << name;
    EXPECT_EQ(*Opened(folder.File(name), Database::Mode::kRead)
                   .Number("SELECT count(*) FROM sqlite_schema"),
              1);
  }
}

}  // namespace
}  // namespace muster
