#!/bin/sh
# cross_check.sh HDR_HISTOGRAM_TOOL GOLDEN_FOLDER: runs cross_check.js; exits with 77, skipped, when it can't run.
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v node >/dev/null; then
  echo "SKIPPED: node is not installed, so HdrHistogram's own code was not asked"
  exit 77
fi
if [ ! -d "$here/node_modules/hdr-histogram-js" ]; then
  echo "SKIPPED: hdr-histogram-js is not installed; run: (cd $here && npm install)"
  exit 77
fi
exec node "$here/cross_check.js" "$1" "$2"
