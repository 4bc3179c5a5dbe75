// Draws the report of a capacity search from the data in the page, with what common.js offers.
(function () {
'use strict';

const {data, page, contents, el, section, table, words, latency, count, perSecond, share, span, chart, color,
       logTicks, SIDE, finish} = musterPage;
const result = data.result;
const capacity = result.capacity;
const users = capacity.axis === 'users';

function load(value) {
  if (value === null || value === undefined) return '–';
  return users ? count(value) + (value === 1 ? ' user' : ' users') : perSecond(value);
}

// A load of an answer, by its name: in users, or per second.
function of(answer, name) { return users ? answer.users[name] : answer[name + '_per_s']; }

const OUTCOMES = {
  passed: ['FOUND', 'good'], failed: ['NOT RESOLVED', 'bad'], generator_limited: ['GENERATOR-LIMITED', 'warn'],
  incomplete: ['INCOMPLETE', 'bad'], interrupted: ['INTERRUPTED', 'warn'], internal_error: ['INTERNAL ERROR', 'bad'],
};

function drawVerdict() {
  let [word, mood] = OUTCOMES[result.verdict.outcome];
  if (result.run.at_least !== null && mood !== 'warn') word = result.verdict.passed ? 'PASSED' : 'FAILED';
  page.append(el('section', {id: 'verdict', class: mood, 'aria-labelledby': 'verdict-title'},
      el('span', {class: 'badge ' + mood}, word),
      el('h1', {id: 'verdict-title'}, result.run.name || 'Capacity'),
      el('p', {class: 'lead', id: 'answer'}, capacity.text),
      result.verdict.reasons.length > 0 ?
          el('ul', {}, result.verdict.reasons.map((reason) => el('li', {}, reason))) : null,
      el('dl', {class: 'facts'}, [
        ['target', result.run.target], ['load', result.run.traffic],
        ['started', result.run.started_at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
        ['time', span(result.run.duration_ns)], ['seed', data.text.seed],
        ['exit code', String(result.exit_code)]].map(([name, value]) =>
          el('div', {}, el('dt', {}, name), el('dd', {}, value))))));
  contents.append(el('li', {}, el('a', {href: '#verdict'}, 'Answer')));
}

function drawFigures() {
  const tile = (name, value, note) => el('div', {}, el('dt', {}, name),
                                         el('dd', {}, value, note ? el('small', {}, note) : null));
  const estimate = of(capacity, 'estimate'), least = of(capacity, 'at_least');
  const low = of(capacity, 'low'), high = of(capacity, 'high');
  const held = capacity.sustained_for_ns, failed = capacity.failed_for_ns;
  section('figures', 'Key figures', 'Figures', el('dl', {class: 'tiles'},
      estimate !== null ?
          tile('estimate', load(estimate), low === null ? null :
               `${load(low)} to ${high === null ? 'unknown' : load(high)}`) :
          tile('at least', load(least), 'no limit of the target was found'),
      tile('sustained', load(of(capacity, 'sustained')), held === null ? null :
           `for ${span(held)}${capacity.confirmed ? '' : ', not confirmed'}`),
      tile('failed at', load(of(capacity, 'failed_at')), failed === null ? null : `for ${span(failed)}`),
      tile('limited by', el('small', {}, data.text.limit || '–')),
      tile('knee', el('small', {}, data.text.knee || 'none seen')),
      tile('breaks at', el('small', {}, data.text.breaking || 'nothing broke'))));
}

// ---- The chart

// Levels of all searches by load: what is drawn is one series for each kind of mark.
function levels() {
  return result.searches.flatMap((search) => search.levels)
      .map((level) => ({...level, load: users ? level.users : level.asked_per_s}))
      .filter((level) => level.load > 0).sort((a, b) => a.load - b.load);
}

function drawChart() {
  const all = levels();
  const times = all.flatMap((level) => [level.p50_ns, level.p99_ns]).filter((ns) => ns !== null);
  const objective = result.objectives.find((o) => o.within_ns !== null);
  if (objective) times.push(objective.within_ns);
  if (new Set(all.map((level) => level.load)).size < 2 || times.length === 0) return;
  const most = Math.max(...times);
  const ms = (ns) => ns === null ? null : ns / 1e6;
  // What falls among the failed stands at the top.
  const p99 = (level, verdict) => level.verdict !== verdict ? null : ms(level.p99_ns === null ? most : level.p99_ns);
  const rows = all.map((level) => [Math.log10(level.load), p99(level, 'sustained'), p99(level, 'failed'),
                                   p99(level, 'void'), ms(level.p50_ns),
                                   objective ? ms(objective.within_ns) : null]);
  const series = [{name: 'p99, held', color: 'c5', points: true}, {name: 'p99, failed', color: 'c4', points: true},
                  {name: 'p99, says nothing of the target', color: 'c2', points: true}, {name: 'p50', color: 'c1', dashed: true},
                  ...(objective ? [{name: objective.expression, color: 'c6', dashed: true}] : [])];
  const made = chart({
    title: 'Latency against load', size: 'high', rows: rows.map((row) => row.slice(0, series.length + 1)), series,
    x: (x) => load(Math.round(Math.pow(10, x) * 1000) / 1000), format: (v) => latency(Math.round(v * 1e6)),
    label: 'Chart: p99 and p50 of the response at each load that was tried' +
        (objective ? `, with the line of ${objective.expression}` : '') + '. The table below has the values.',
    underlay: drawEstimate,
    options: {stepPlot: false, connectSeparatedPoints: true, yRangePad: 12, xRangePad: 12,
              axes: {x: {ticker: loadTicks, axisLabelWidth: 70},
                     y: {logscale: true, ticker: logTicks, axisLabelWidth: SIDE}}},
  });
  section('chart', 'Latency against load', 'Chart', made.node,
      el('p', {class: 'soft'}, 'Both axes are logarithmic. A p99 that falls among the failed stands at the top. The band is the interval of the ' +
         'estimate.'));
}

// The estimate's interval as a band, and the estimate as a line in it.
function drawEstimate(context, area, graph) {
  const [estimate, low, high] = ['estimate', 'low', 'high'].map((name) => of(capacity, name));
  if (estimate === null) return;
  const x = (value) => Math.min(area.x + area.w, Math.max(area.x, graph.toDomXCoord(Math.log10(value))));
  const left = x(low > 0 ? low : estimate), right = x(high === null ? Infinity : high);
  context.fillStyle = color('amber');
  context.fillRect(left, area.y, Math.max(1, right - left), area.h);
  context.fillStyle = color('soft');
  context.fillRect(x(estimate), area.y, 1, area.h);
}

// 1, 2 and 5 of each decade of a load whose logarithm is on the axis, or 1 alone when it is tight.
function loadTicks(from, to, pixels) {
  const marks = pixels / (to - from) > 160 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let e = Math.floor(from); e <= to; ++e) {
    for (const mark of marks) {
      const v = e + Math.log10(mark);
      if (v >= from && v <= to) ticks.push({v, label: (mark * Math.pow(10, e)).toLocaleString('en-US')});
    }
  }
  return ticks;
}

// ---- Tables

function drawObjectives() {
  section('objectives', 'Objectives', 'Objectives', table(
      'What a sustained load keeps to.', ['objective', 'allowed to be bad'],
      result.objectives.map((objective) => [
        [el('code', {}, objective.expression), objective.default ? el('span', {class: 'soft'}, ' (default)') : null],
        objective.kind === 'dropped_syns' ? 'none' : share(objective.allowed_bad)])));
}

const MARKS = {sustained: ['✓ held', 'good'], failed: ['✗ failed', 'bad'], void: ['? void', 'warn']};

function levelRows(search) {
  const time = (ns, level) => ns === null ? {content: level.delivered_per_s > 0 ? 'failed' : '–', class: 'bad'} :
      latency(ns);
  return search.levels.map((level) => [
    level.purpose, load(users ? level.users : level.asked_per_s), level.length_ns === 0 ? '–' : span(level.length_ns),
    perSecond(level.delivered_per_s),
    level.in_flight < 9.95 ? level.in_flight.toFixed(1) : count(level.in_flight), time(level.p50_ns, level), time(level.p99_ns, level),
    count(level.errors), count(level.dropped_syns),
    {content: el('span', {class: 'badge ' + MARKS[level.verdict][1]}, MARKS[level.verdict][0]), class: 'left'},
    {content: level.reason, class: 'wide'}]);
}

function drawLevels() {
  const heads = ['level', 'load', 'for', 'delivered', 'in flight', 'p50', 'p99', 'errors', 'dropped SYNs',
                 {content: 'verdict', class: 'left'}, {content: 'why', class: 'wide'}];
  section('levels', 'Levels', 'Levels', result.searches.map((search, i) => [
    result.searches.length > 1 ? el('h3', {}, `Search ${i + 1}: ${search.text}`) : null,
    table('Each level is a run of its own, on fresh connections, in the order in which they were run.', heads,
          levelRows(search), {tall: true})]));
}

function drawWorkers() {
  if (result.workers.length === 0) return;
  section('workers', 'Workers', 'Workers', table(
      'The load generator itself, at the level where it had the most to do.', ['worker', 'busy at most', 'lag p99 at most'],
      result.workers.map((worker) => [worker.name, share(worker.busy), latency(worker.lag_p99_ns)])));
}

function drawMethod() {
  const e = result.environment;
  section('method', 'Method and environment', 'Method',
      el('p', {}, 'The load climbs by 1.5 with short levels to the first that breaks an objective, is halved towards it, ' +
         'and held near it; the first quarter of a level is dropped. A level is sustained only if in-flight requests do ' +
         'not grow. The estimate is a fit of the bad share over the logarithm of load; its interval comes from resampled ' +
         'blocks of the levels. The load that is called sustained was held once more, on fresh connections.'),
      words([['command', e.command.join(' ')], ['muster', result.tool.version], ['host', e.host], ['kernel', e.kernel],
             ['processor', e.cpu], ['cores', e.cores > 0 ? String(e.cores) : null]]));
}

drawVerdict();
drawFigures();
drawChart();
drawObjectives();
drawLevels();
drawWorkers();
drawMethod();
page.append(el('footer', {}, `Muster ${result.tool.version} · ${result.schema}`));
finish();
})();
