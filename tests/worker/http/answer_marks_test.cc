#include "worker/http/answer_marks.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(AnswerMarksTest, CodingsAndCachesInAnyCase) {
  EXPECT_EQ(MarksOf("Content-Encoding", "gzip"), kCompressed);
  EXPECT_EQ(MarksOf("content-encoding", "br"), kCompressed);
  EXPECT_EQ(MarksOf("Age", "12"), kCached);
  EXPECT_EQ(MarksOf("X-Cache", "HIT from edge-7"), kCached);
  EXPECT_EQ(MarksOf("cf-cache-status", "Hit"), kCached);
}

TEST(AnswerMarksTest, WhatSaysNothing) {
  EXPECT_EQ(MarksOf("Content-Encoding", "identity"), 0);
  EXPECT_EQ(MarksOf("Content-Encoding", ""), 0);
  EXPECT_EQ(MarksOf("X-Cache", "Miss from cloudfront"), 0);
  EXPECT_EQ(MarksOf("CF-Cache-Status", "DYNAMIC"), 0);
  EXPECT_EQ(MarksOf("Content-Language", "gzip"), 0);
  EXPECT_EQ(MarksOf("ETag", "1"), 0);
  EXPECT_EQ(MarksOf("", ""), 0);
}

TEST(AnswerMarksTest, TheQuickLookLeavesNothingOut) {
  for (const char* name : {"age", "x-cache", "cf-cache-status", "content-encoding"}) {
    EXPECT_TRUE(MayMark(name)) << name;
  }
  EXPECT_FALSE(MayMark("content-length"));
  EXPECT_FALSE(MayMark(std::string(35, 'a'))) << "32 more than 3";
}

}  // namespace
}  // namespace muster
