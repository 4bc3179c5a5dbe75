#!/bin/sh
# Every source looks as .clang-format says. Skipped (77) without clang-format-14: another version differs.
cd "$(dirname "$0")/../.." || exit 1
command -v clang-format-14 > /dev/null || { echo "no clang-format-14"; exit 77; }
find common worker master tests -name '*.h' -o -name '*.cc' | sort |
  xargs clang-format-14 --dry-run -Werror
