// cross_check.js HDR_HISTOGRAM_TOOL: what Muster encodes, HdrHistogram's code must decode to the
// same, and the reverse. Prints each difference; exits with 1 when there is one.
'use strict';
const assert = require('assert');
const childProcess = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const zlib = require('zlib');
const hdr = require('hdr-histogram-js');

const tool = process.argv[2];
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
                       checkHdrHistogramsLog]) {
    console.log(`${check.name}: ${check()} histograms agree`);
  }
} finally {
  fs.rmSync(folder, {recursive: true});
}
