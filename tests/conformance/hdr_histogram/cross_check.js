// cross_check.js HDR_HISTOGRAM_TOOL GOLDEN_FOLDER: what Muster encodes, HdrHistogram's code must decode to
// the same, and the reverse; and the golden .hlog must say what the golden JSON of its summary does. Prints each difference; exits with 1 when there is one.
'use strict';
const assert = require('assert');
const childProcess = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const zlib = require('zlib');
const hdr = require('hdr-histogram-js');

const tool = process.argv[2];
const golden = process.argv[3];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'muster-hdr-'));
const HIGHEST = 3.6e12;
const PERCENTILES = [50, 90, 99, 99.9, 100];

function run(...args) {
  return childProcess.execFileSync(tool, args, {encoding: 'utf8', maxBuffer: 1 << 26});
}

// The bytes inside the compressed form: cookie, length, then a zlib stream.
function inflated(base64) {
  return zlib.inflateSync(Buffer.from(base64, 'base64').subarray(8));
}

// What follows the header, two fields of which the port fills in its own way.
function payload(bytes) {
  return bytes.subarray(40);
}

function summary(histogram) {
  return [
    histogram.totalCount, histogram.highestEquivalentValue(histogram.maxValue),
    ...PERCENTILES.map((p) => histogram.getValueAtPercentile(p)),
  ];
}

// Each line of the tool: name, count, max, percentiles, plain V2, compressed V2.
function checkMustersEncoding() {
  const lines = run('write').trim().split('\n');
  assert.ok(lines.length >= 8, `only ${lines.length} cases`);
  for (const line of lines) {
    const [name, ...rest] = line.split(' ');
    const [plain, compressed] = rest.slice(-2);
    const histogram = hdr.decodeFromCompressedBase64(compressed, 64);
    assert.strictEqual(inflated(compressed).toString('base64'), plain, `${name}: unlike forms`);
    if (histogram.totalCount === 0) continue;  // of which the port makes one empty slot
    assert.deepStrictEqual(summary(histogram), rest.slice(0, -2).map(Number), name);
    const again = inflated(hdr.encodeIntoCompressedBase64(histogram));
    const same = payload(again).equals(payload(Buffer.from(plain, 'base64')));
    assert.ok(same, `${name}: encoded again`);
  }
  return lines.length;
}

function checkMustersLog() {
  const file = path.join(folder, 'muster.hlog');
  const wanted = run('write-hlog', file).trim().split('\n').map((line) => line.split(' '));
  const reader = new hdr.HistogramLogReader(fs.readFileSync(file, 'utf8'), 64);
  for (const [tag, start, end, count, max] of wanted) {
    const histogram = reader.nextIntervalHistogram();
    assert.ok(histogram, `${tag}: missing from the log`);
    assert.strictEqual(histogram.tag === 'NO TAG' ? '-' : histogram.tag, tag);
    assert.ok(Math.abs(histogram.startTimeStampMsec - Number(start)) < 0.01, `${tag}: start`);
    assert.ok(Math.abs(histogram.endTimeStampMsec - Number(end)) < 0.01, `${tag}: end`);
    assert.strictEqual(histogram.totalCount, Number(count), tag);
    assert.strictEqual(histogram.highestEquivalentValue(histogram.maxValue), Number(max), tag);
  }
  assert.ok(!reader.nextIntervalHistogram(), 'more intervals than written');
  return wanted.length;
}

// The interval log of a report: the percentiles of its lines are those of the JSON's time line.
function checkReportsLog() {
  const rows = JSON.parse(fs.readFileSync(path.join(golden, 'result.json'), 'utf8')).timeline;
  const reader = new hdr.HistogramLogReader(
      fs.readFileSync(path.join(golden, 'result.hlog'), 'utf8'), 64);
  const tags = new Set();
  let n = 0, tagged = 0;
  for (let histogram; (histogram = reader.nextIntervalHistogram());) {
    tags.add(histogram.tag);
    if (histogram.tag !== 'NO TAG') {
      ++tagged;
      continue;
    }
    const {response, completed} = rows[n++];
    assert.strictEqual(histogram.totalCount, completed);
    if (completed === 0) continue;
    for (const [key, p] of [['p50_ns', 50], ['p90_ns', 90], ['p95_ns', 95], ['p99_ns', 99],
                            ['p999_ns', 99.9]]) {
      // HdrHistogram does not know the exact maximum, at which Muster's percentiles end.
      const value = Math.min(histogram.getValueAtPercentile(p), response.max_ns);
      assert.strictEqual(value, response[key], `row ${n - 1}: ${key}`);
    }
  }
  assert.strictEqual(n, rows.length);
  assert.ok(tags.has('buy') && tagged === 2, `tags ${[...tags]}`);
  return n + tagged;
}

// Percentile tables: each row's percentile, count and value are those that HdrHistogram prints.
function checkMustersTables() {
  const parts = run('write-hgrm').split('=== ').slice(1);
  for (const part of parts) {
    const name = part.split('\n')[0], compressed = part.split('\n')[1];
    const histogram = hdr.decodeFromCompressedBase64(compressed, 64);
    if (histogram.totalCount === 0) continue;
    const rowsOf = (text) => text.split('\n').filter((line) => /^ *[0-9]/.test(line))
        .map((line) => line.trim().split(/ +/).map(Number));
    const ours = rowsOf(part.slice(part.indexOf('Value')));
    const theirs = rowsOf(histogram.outputPercentileDistribution(5, 1));
    assert.strictEqual(ours.length, theirs.length, `${name}: rows`);
    const max = ours[ours.length - 1][0] * 1e6;
    ours.forEach((row, i) => {
      assert.strictEqual(row[2], theirs[i][2], `${name}: count of row ${i}`);
      assert.ok(Math.abs(row[1] - theirs[i][1]) < 1e-11, `${name}: percentile of row ${i}`);
      const value = Math.min(theirs[i][0], max);
      assert.ok(Math.abs(row[0] * 1e6 - value) <= 0.5, `${name}: value of row ${i}`);
      if (row.length === 4) assert.ok(Math.abs(row[3] / theirs[i][3] - 1) < 0.01, `${name}: row ${i}`);
    });
  }
  return parts.length;
}

// A small generator of its own, so that a failure can be repeated.
function draws(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function jsHistograms() {
  const shapes = {
    uniform: (u) => Math.floor(u * 5e7),
    exponential: (u) => Math.floor(-Math.log(1 - u) * 2e6),
    logUniform: (u) => Math.floor(Math.exp(u * Math.log(HIGHEST))),
    fewValues: (u) => 1e6 * Math.floor(u * 3),
  };
  const histograms = {};
  for (const [name, shape] of Object.entries(shapes)) {
    for (const n of [1, 2, 1000, 20011]) {
      const histogram = hdr.build({
        lowestDiscernibleValue: 1, highestTrackableValue: HIGHEST,
        numberOfSignificantValueDigits: 3, bitBucketSize: 64, autoResize: false,
      });
      const draw = draws(n);
      for (let i = 0; i < n; ++i) histogram.recordValue(shape(draw()));
      histograms[`${name}-${n}`] = histogram;
    }
  }
  return histograms;
}

// The tool prints for each line what it decoded, in the form of `summary`.
function checkHdrHistogramsEncoding() {
  const histograms = jsHistograms();
  const file = path.join(folder, 'js.txt');
  fs.writeFileSync(file, 
      Object.values(histograms).map((h) => hdr.encodeIntoCompressedBase64(h) + '\n').join(''));
  const lines = run('read', file).trim().split('\n');
  Object.entries(histograms).forEach(([name, histogram], i) => {
    assert.deepStrictEqual(lines[i].split(' ').map(Number), summary(histogram), name);
  });
  return lines.length;
}

function checkHdrHistogramsLog() {
  let text = '';
  const writer = new hdr.HistogramLogWriter((part) => { text += part; });
  writer.outputLogFormatVersion();
  writer.outputStartTime(1700000000000);
  writer.outputLegend();
  const wanted = [];
  Object.entries(jsHistograms()).forEach(([name, histogram], i) => {
    histogram.tag = name;
    writer.outputIntervalHistogram(histogram, i + 0.125, i + 1.5);
    wanted.push([name, i + 0.125, i + 1.5, ...summary(histogram).slice(0, 2)].join(' '));
  });
  const file = path.join(folder, 'js.hlog');
  fs.writeFileSync(file, text);
  assert.deepStrictEqual(run('read-hlog', file).trim().split('\n'), wanted);
  return wanted.length;
}

try {
  for (const check of [checkMustersEncoding, checkMustersLog, checkHdrHistogramsEncoding,
                       checkHdrHistogramsLog, checkReportsLog, checkMustersTables]) {
    console.log(`${check.name}: ${check()} histograms agree`);
  }
} finally {
  fs.rmSync(folder, {recursive: true});
}
