// Draws the report of a run from the data in the page, with what common.js offers.
(function () {
'use strict';

const {data, page, contents, el, section, table, words, latency, count, perSecond, share, bytes, clock, span, when,
       chart, color, clockTicks, logTicks, axisLatency, shortCount, SIDE, charts, significant, finish} = musterPage;
const result = data.result;

// A number of the result, which keeps where it came from: data-path leads to it in the JSON.
function figure(path, format, missing) {
  let value = result;
  for (const key of path) value = value === undefined || value === null ? undefined : value[key];
  const none = value === null || value === undefined;
  return el('data', {value: none ? '' : value, 'data-path': JSON.stringify(path),
                     'data-format': format.name},
            none ? missing || 'none' : format(value));
}

// A percentile of a latency: without data a dash, among the failed so.
function percentile(path, key) {
  let latencies = result;
  for (const step of path) latencies = latencies[step];
  const node = figure([...path, key], latency, latencies.count === 0 ? '–' : 'failed');
  if (latencies.count > 0 && latencies[key] === null) {
    node.className = 'bad';
  } else if (path[0] === 'latency' && FEW.has(key)) {
    node.className = 'few';
    node.title = 'rests on too few independent samples';
  }
  return node;
}

const PERCENTILES = [['p50_ns', 'p50'], ['p90_ns', 'p90'], ['p95_ns', 'p95'], ['p99_ns', 'p99'],
                     ['p999_ns', 'p99.9'], ['max_ns', 'max']];
const FEW = new Set(PERCENTILES.filter(([, name]) => result.few_samples.includes(name)).map(([key]) => key));

// ---- Verdict

const OUTCOMES = {
  passed: ['PASSED', 'good', 'every threshold held'],
  failed: ['FAILED', 'bad', 'a threshold failed'],
  generator_limited: ['GENERATOR-LIMITED', 'warn',
                      'the load generator could have changed the answer: no verdict on the target'],
  incomplete: ['INCOMPLETE', 'bad', 'part of the run is missing: no verdict on the target'],
  interrupted: ['INTERRUPTED', 'warn', 'stopped by a signal: no verdict on the target'],
  internal_error: ['INTERNAL ERROR', 'bad', 'a fault of Muster\'s own'],
};

function drawVerdict() {
  const [word, mood, usual] = OUTCOMES[result.verdict.outcome];
  const passed = result.thresholds.filter((t) => t.passed).length;
  const meaning = result.verdict.outcome === 'failed' && passed === result.thresholds.length ?
      'nothing completed' : usual;
  const tally = result.thresholds.length === 0 ? 'no thresholds' :
      `${passed} of ${result.thresholds.length} thresholds passed`;
  page.append(el('section', {id: 'verdict', class: mood, 'aria-labelledby': 'verdict-title'},
      el('span', {class: 'badge ' + mood}, word),
      el('h1', {id: 'verdict-title'}, result.run.name || 'Muster run'),
      el('p', {class: 'lead'}, tally, ' · exit code ',
         figure(['exit_code'], String), ': ' + meaning),
      result.verdict.reasons.length > 0 ?
          el('ul', {}, result.verdict.reasons.map((reason) => el('li', {}, reason))) : null,
      el('dl', {class: 'facts'}, [
        ['target', data.text.target], ['started', result.run.started_at.replace('T', ' ')
            .replace(/\.\d+Z$/, ' UTC')],
        ['load', data.text.asked + ', ' + data.text.model], ['length', data.text.length],
        ['run', result.run.id], ['seed', data.text.seed]].map(([name, value]) =>
          el('div', {}, el('dt', {}, name), el('dd', {}, value))))));
  contents.append(el('li', {}, el('a', {href: '#verdict'}, 'Verdict')));
}

// What there is to say of a threshold beside its value: its worst window, windows that had too few
// samples, why it is judged so.
function moreOf(threshold) {
  const more = [];
  const worst = threshold.worst_window;
  if (worst) more.push(`worst window ${when(worst.start_ns)} to ${when(worst.end_ns)}`);
  if (threshold.windows && threshold.windows.passed_over > 0) {
    more.push(`${threshold.windows.passed_over} windows had too few samples to decide`);
  }
  if (threshold.remark) more.push(threshold.remark);
  return more;
}

function drawThresholds() {
  if (result.thresholds.length === 0) {
    section('thresholds', 'Thresholds', 'Thresholds', el('p', {}, 'The plan has none.'));
    return;
  }
  const rows = result.thresholds.map((threshold, i) => {
    const text = data.text.thresholds[i];
    return [
      {content: el('span', {class: 'badge ' + (threshold.passed ? 'good' : 'bad')},
                   threshold.passed ? '✓ held' : '✗ failed'), class: 'left'},
      {content: [el('code', {}, threshold.expression),
                 text.default ? el('span', {class: 'soft'}, ' (default)') : null,
                 ...moreOf(threshold).map((words) => el('div', {class: 'soft'}, words))], class: 'wide'},
      text.observed,
      text.first_breach_ns === null ? '–' : when(text.first_breach_ns),
      {content: text.interval || '–', class: 'wide'},
      {content: threshold.where || '–', class: 'left'},
    ];
  });
  section('thresholds', 'Thresholds', 'Thresholds', table(
      'What was demanded, and what was observed. The interval is where another run is likely to ' +
          'come out (95 %).',
      ['result', {content: 'threshold', class: 'wide'}, 'observed', 'first breach',
       {content: 'interval', class: 'wide'}, {content: 'stands in', class: 'left'}], rows));
}

// ---- Can this run be trusted?

function spansOf(red) { return result.saturated.filter((span) => span.red === red); }

// Of a count that every worker has.
function total(key) { return result.workers.reduce((sum, worker) => sum + worker[key], 0); }

function drawTrust() {
  const checks = [];
  const check = (mood, what, ...how) => checks.push(el('li', {},
      el('span', {class: 'mark ' + mood, 'aria-hidden': true},
         {good: '✓', bad: '✗', warn: '!'}[mood]),
      el('span', {class: 'what'}, what,
         el('span', {class: 'unseen'}, {good: ': good. ', bad: ': bad. ', warn: ': to be looked at. '}[mood])),
      el('span', {class: 'how'}, how)));
  const due = result.iterations.due, started = result.iterations.started;
  const reasons = Object.entries(result.not_started_by).map(([name, n]) => `${name} ${count(n)}`);
  check(started === due ? 'good' : started >= due * 0.99 ? 'warn' : 'bad', 'delivered',
        'due ', figure(['iterations', 'due'], count), ', started ',
        figure(['iterations', 'started'], count),
        due > 0 ? ` (${share(started / due)})` : null,
        reasons.length > 0 ? '; not started: ' + reasons.join(', ') : null);
  check(data.text.balanced ? 'good' : 'bad', 'accounting',
        data.text.balanced ? 'the books balance: ' : 'the books do NOT balance: ', 'requests ',
        figure(['requests', 'started'], count), ' = completed ',
        figure(['requests', 'completed'], count), ' + failed ',
        figure(['requests', 'failed'], count), ' + in flight ',
        figure(['requests', 'in_flight'], count), ' + lost ', figure(['requests', 'lost'], count));
  const red = total('red_seconds'), amber = total('amber_seconds');
  const busy = Math.max(0, ...result.workers.map((worker) => worker.busy));
  check(result.verdict.generator_limited ? 'bad' : red + amber > 0 ? 'warn' : 'good', 'generator',
        result.verdict.generator_limited ? 'it could have changed the answer; ' : null,
        'own lag ', percentile(['latency', 'lag'], 'p99_ns'), ' at p99, ',
        percentile(['latency', 'lag'], 'max_ns'), ' at most',
        busy > 0 ? `; workers busy ${share(busy)} at most` : null,
        total('seconds') > 0 ? `; of ${count(total('seconds'))} worker-seconds ${count(red)} red, ` +
            `${count(amber)} amber` : '; its seconds were not kept');
  const finished = result.workers.filter((worker) => worker.state === 'finished').length;
  check(finished === result.workers.length && result.losses.length === 0 ? 'good' : 'bad', 'workers',
        `${finished} of ${result.workers.length} finished`,
        result.losses.length > 0 ? `; ${result.losses.length} losses, listed below` : '; nothing lost');
  const error = Math.max(0, ...result.workers.map((worker) => worker.clock_error_ns));
  check('good', 'clocks', error === 0 ? 'one clock' : 'they agree to ±' + latency(error));
  const few = result.thresholds.filter((t) => t.certainty && !t.certainty.enough_samples);
  const borderline = result.thresholds.filter((t) => t.certainty && t.certainty.borderline);
  check(few.length + borderline.length > 0 ? 'warn' : 'good', 'samples',
        figure(['latency', 'response', 'count'], count), ' responses measured',
        few.length > 0 ? '; too few for ' + few.map((t) => t.expression).join(', ') : null,
        borderline.length > 0 ?
            '; another run could decide otherwise: ' + borderline.map((t) => t.expression).join(', ') :
            null);
  section('trust', 'Can this run be trusted?', 'Trust', el('ul', {class: 'checks'}, checks), drawFindings());
}

const SEVERITIES = {verdict: 'bad', warning: 'warn', note: 'note'};

function drawFindings() {
  if (result.findings.length + result.notes.length === 0) return null;
  const findings = result.findings.map((finding) => {
    const mood = SEVERITIES[finding.severity];
    return el('li', {class: mood}, el('span', {class: 'badge ' + mood}, finding.severity),
              el('span', {class: 'text'}, finding.text),
              finding.evidence ? el('p', {class: 'soft'}, finding.evidence) : null,
              finding.advice ? el('p', {}, '→ ' + finding.advice) : null);
  });
  const notes = result.notes.map((note) => el('li', {class: 'note'},
      el('span', {class: 'badge note'}, 'note'), el('span', {}, note)));
  return [el('h3', {}, 'What Muster found by itself'),
          el('ul', {class: 'findings'}, findings, notes)];
}

// ---- Key figures

const KINDS = [
  ['response_all', 'response', 'due to done, over all that was due: failed and not started rank last'],
  ['response', 'response ok', 'the completed ones alone'],
  ['service', 'service', 'first byte sent to last received'],
  ['wait', 'wait', 'for a free connection, DNS, connect, TLS'],
  ['lag', 'lag', 'the generator itself'],
];

function latencyRows(path, kinds) {
  return kinds.map(([key, label, hint]) => [
    {content: label, class: null}, figure([...path, key, 'count'], count),
    ...PERCENTILES.map(([p]) => percentile([...path, key], p)), {content: hint, class: 'left'},
  ]);
}

const LATENCY_HEADS = ['latency', 'count', ...PERCENTILES.map((p) => p[1]),
                       {content: 'meaning', class: 'left'}];

function drawFigures() {
  const tile = (name, value, note) => el('div', {}, el('dt', {}, name),
                                         el('dd', {}, value, note ? el('small', {}, note) : null));
  const ended = result.requests.completed + result.requests.failed;
  const errors = result.requests.failed + result.requests.unexpected;
  section('figures', 'Key figures', 'Figures',
      el('dl', {class: 'tiles'},
          tile('median response', percentile(['latency', 'response_all'], 'p50_ns'), 'p50 of all due'),
          tile('p99 response', percentile(['latency', 'response_all'], 'p99_ns'), 'of all due'),
          tile('rate', figure(['requests', 'load_rate_per_s'], perSecond), 'completed in the load phase'),
          tile('error rate', ended > 0 ? share(errors / ended) : 'none',
               [figure(['requests', 'failed'], count), ' failed, ',
                figure(['requests', 'unexpected'], count), ' unexpected']),
          tile('completed', figure(['requests', 'completed'], count), 'whole responses'),
          tile('received', figure(['requests', 'bytes_received'], bytes),
               ['sent ', figure(['requests', 'bytes_sent'], bytes)])),
      table('Latencies of measured stages' + (FEW.size > 0 ? '; in grey: too few samples' : ''), LATENCY_HEADS,
            // The completed ones alone, where that is another figure.
            latencyRows(['latency'], KINDS.filter(([key]) => key !== 'response' ||
                result.latency.response.count !== result.latency.response_all.count))));
}

// ---- Time lines

// `named`: with the stages' names at the top.
function stageBands(context, area, graph, named) {
  const x = (seconds) => graph.toDomXCoord(seconds);
  const clip = (from, to, paint) => {
    const left = Math.max(area.x, x(from)), right = Math.min(area.x + area.w, x(to));
    if (right > left) paint(left, Math.max(1, right - left));
  };
  result.stages.forEach((stage, i) => clip(stage.start_ns / 1e9, stage.end_ns / 1e9, (left, width) => {
    if (i % 2 === 1) {
      context.fillStyle = color('band');
      context.fillRect(left, area.y, width, area.h);
    }
    if (!named || result.stages.length < 2) return;
    context.save();
    context.beginPath();
    context.rect(left, area.y, width, area.h);
    context.clip();
    context.fillStyle = color('soft');
    context.font = '11px system-ui, sans-serif';
    context.fillText(stage.name + (stage.measured ? '' : ' (not measured)'), left + 4, area.y + 12);
    context.restore();
  }));
  for (const red of [false, true]) {
    context.fillStyle = color(red ? 'red' : 'amber');
    for (const one of spansOf(red)) {
      clip(one.start_ns / 1e9, one.end_ns / 1e9, (left, width) =>
          context.fillRect(left, area.y, Math.max(2, width), area.h));
    }
  }
}

// The rows of a chart, from columns of the time line; a last row ends the last step.
function stepRows(time, columns) {
  const rows = time.start.map((start, i) => [start / 1e9, ...columns.map((column) => column(i))]);
  if (rows.length > 0) rows.push([time.end[time.end.length - 1] / 1e9, ...rows[rows.length - 1].slice(1)]);
  return rows;
}

function peak(values) { return values.reduce((most, v) => Math.max(most, v || 0), 0); }

function timeCharts(time, name) {
  const group = [];
  let moving = false;
  const moved = (graph) => {
    if (moving) return;
    moving = true;
    const range = graph.isZoomed('x') ? graph.xAxisRange() : null;
    for (const state of group) {
      if (state.graph && state.graph !== graph) state.graph.updateOptions({dateWindow: range});
    }
    moving = false;
  };
  const seconds = (i) => Math.max(1e-9, (time.end[i] - time.start[i]) / 1e9);
  const per = (column) => (i) => column[i] / seconds(i);
  const ms = (column) => (i) => column[i] ? column[i] / 1e6 : null;  // a logarithm has no 0
  const of = name ? ` of ${name}` : '';
  const shared = {group, moved, x: (s) => clock(s, true),
                  underlay: (context, area, graph) => stageBands(context, area, graph, false)};
  // From 0, with room above the highest value.
  const from0 = (most, room) => ({valueRange: [0, (most || 1) * room], axisLabelFormatter: shortCount});
  const clockAxis = {ticker: clockTicks, axisLabelWidth: 52};
  const side = {axisLabelWidth: SIDE};
  const common = (y, y2) => ({axes: {x: clockAxis, y: {...side, ...y}, ...(y2 ? {y2: {...side, ...y2}} : {})}});
  const nodes = [];
  const rate = stepRows(time, [per(time.due), per(time.started), per(time.completed), (i) => time.in_flight[i]]);
  const high = Math.max(...[1, 2, 3].map((column) => peak(rate.map((row) => row[column]))));
  nodes.push(chart({...shared, title: 'Rate and in flight' + of,
    underlay: (context, area, graph) => stageBands(context, area, graph, true), rows: rate, format: perSecond,
    label: `Line chart${of}: asked, started and completed per second, and in flight, over the run. ` +
        `At most ${perSecond(peak(rate.map((r) => r[3])))} completed and ${count(peak(time.in_flight))} in flight. The table below has the values.`,
    series: [{name: 'asked', color: 'c6', dashed: true}, {name: 'started', color: 'c2'},
             {name: 'completed', color: 'c1'},
             {name: 'in flight (right)', color: 'c3', right: true, dashed: true, format: count}],
    options: common(from0(high, 1.25), {...from0(peak(time.in_flight), 1.25), drawGrid: false,
                                        independentTicks: true})}).node);
  nodes.push(chart({...shared, title: 'Response of what completed' + of, format: (v) => latency(Math.round(v * 1e6)),
    rows: stepRows(time, [ms(time.p50), ms(time.p95), ms(time.p99), ms(time.max)]),
    label: `Line chart${of}: percentiles of response over the run, on a logarithmic axis. ` +
        `p99 at most ${latency(peak(time.p99))}, maximum ${latency(peak(time.max))}. The table below has the values.`,
    series: [{name: 'p50', color: 'c5'}, {name: 'p95', color: 'c1'}, {name: 'p99', color: 'c2'},
             {name: 'max', color: 'c6', dashed: true}],
    options: {...common({logscale: true, ticker: logTicks}), yRangePad: 6}}).node);
  const bad = [time.failed, time.unexpected, time.not_started];
  if (bad.some((column) => peak(column) > 0)) {
    nodes.push(chart({...shared, title: 'Errors in each interval' + of, size: 'low', format: count,
      rows: stepRows(time, bad.map((column) => (i) => column[i])),
      label: `Line chart${of}: failed, unexpected and not started in each interval.`,
      series: [{name: 'failed', color: 'c4', fill: true}, {name: 'unexpected', color: 'c2', fill: true},
               {name: 'not started', color: 'c3', fill: true}],
      options: common(from0(Math.max(...bad.map(peak)), 1.1))}).node);
  } else {
    nodes.push(el('p', {class: 'good'}, '✓ No interval has a failed, unexpected or not started request', of, '.'));
  }
  if (result.saturated.length > 0) {
    const workersIn = (red) => (i) => new Set(spansOf(red)
        .filter((one) => one.start_ns < time.end[i] && one.end_ns > time.start[i])
        .map((one) => one.worker)).size;
    nodes.push(chart({...shared, title: 'Generator: workers that could not keep up', size: 'low', format: count,
      rows: stepRows(time, [workersIn(true), workersIn(false)]),
      label: `Line chart: how many of ${result.workers.length} workers were saturated, surely (red) or perhaps (amber).`,
      series: [{name: 'red', color: 'c4', fill: true}, {name: 'amber', color: 'c2', fill: true}],
      options: common({valueRange: [0, result.workers.length + .2],
                       axisLabelFormatter: (v) => Number.isInteger(v) ? String(v) : ''})}).node);
  } else {
    nodes.push(total('seconds') > 0 ?
        el('p', {class: 'good'}, `✓ Generator: none of ${count(total('seconds'))} worker-seconds was saturated.`) :
        el('p', {class: 'soft'}, 'Generator: the seconds of its workers were not kept.'));
  }
  return {nodes, group};
}

function windowTable() {
  const w = data.windows;
  const ns = (value) => value === null ? '–' : latency(value);
  const rows = w.start.map((start, i) => [
    `${when(start)} – ${when(w.end[i])}`, ...['due', 'started', 'completed', 'failed', 'unexpected',
    'not_started', 'in_flight'].map((key) => count(w[key][i])),
    ...['p50', 'p95', 'p99', 'max'].map((key) => ns(w[key][i]))]);
  return el('details', {}, el('summary', {}, 'The time line as a table'),
      table('The run in ' + rows.length + (rows.length === 1 ? ' window' : ' windows') +
                '; percentiles are of the windows\' merged histograms',
            ['time', 'due', 'started', 'completed', 'failed', 'unexpected', 'not started',
             'in flight at end', 'p50', 'p95', 'p99', 'max'], rows, {tall: true}));
}

function drawTime() {
  if (data.time.start.length === 0) {
    section('time', 'Time lines', 'Time', el('p', {}, 'Nothing was recorded.'));
    return;
  }
  const holder = el('div', {});
  const draw = (time, name) => {
    for (const state of current) {
      charts.splice(charts.indexOf(state), 1);
      if (state.graph) state.graph.destroy();
    }
    const made = timeCharts(time, name);
    current = made.group;
    holder.replaceChildren(...made.nodes);
    if (!page.hidden) made.group.forEach((state) => state.draw());
  };
  let current = [];
  const kept = data.names.map((name, i) => [name, i]).filter(([name]) => name.time !== null);
  const choice = el('select', {}, el('option', {value: -1}, 'all requests'),
                    kept.map(([, i]) => el('option', {value: i}, result.by_name[i].name)));
  choice.addEventListener('change', () => {
    const i = Number(choice.value);
    draw(i < 0 ? data.time : data.names[i].time, i < 0 ? '' : result.by_name[i].name);
  });
  const reset = el('button', {type: 'button'}, 'Show the whole run');
  reset.addEventListener('click', () => {
    const first = current.find((state) => state.graph);
    if (first) first.graph.resetZoom();
  });
  const key = el('ul', {class: 'key'},
      result.stages.length > 1 ? el('li', {}, el('i', {class: 'band'}), 'every other stage') : null,
      spansOf(true).length > 0 ? el('li', {}, el('i', {class: 'red'}), 'a worker was saturated (red)') : null,
      spansOf(false).length > 0 ? el('li', {}, el('i', {class: 'amber'}), 'perhaps saturated (amber)') : null);
  section('time', 'Time lines', 'Time',
      el('p', {class: 'soft'}, 'Drag across a chart to zoom in; with the keyboard, the arrow keys read ',
         'the values off. ', `An interval is ${span(data.time.end[0] - data.time.start[0])} long.`),
      el('div', {class: 'controls'}, kept.length > 0 ? el('label', {}, 'show', choice) : null, reset),
      key.children.length > 0 ? key : null, holder, windowTable());
  draw(data.time, '');
}

// ---- Distribution

// HdrHistogram's axis: every step to the right has a tenth of the requests beyond it.
function nines(level) { return -Math.log10(Math.max(1e-12, 1 - level / 100)); }

function nineTicks(from, to) {
  const labels = ['0 %', '90 %', '99 %', '99.9 %', '99.99 %', '99.999 %', '99.9999 %', '99.99999 %'];
  return labels.map((label, v) => ({v, label})).filter((t) => t.v >= from - 1e-9 && t.v <= to + 1e-9);
}

function drawDistribution() {
  const curves = [['response_all', 'response', 'c1'], ['response', 'response ok', 'c2'],
                  ['service', 'service', 'c5'], ['wait', 'wait', 'c3'], ['lag', 'lag', 'c6']]
      .filter(([key]) => data.curves[key] && data.curves[key].length > 0);
  if (curves.length === 0) {
    section('distribution', 'Latency distribution', 'Distribution', el('p', {}, 'Nothing completed.'));
    return;
  }
  const holder = el('div', {});
  let state = null;
  const draw = (index) => {
    const shown = curves.map(([key, name, tone]) => ({name, color: tone, points: data.curves[key],
                                                      dashed: key === 'response'}));
    if (index >= 0) {
      shown.push({name: result.by_name[index].name, color: 'c4', points: data.names[index].curve});
    }
    const most = peak(shown.map((s) => s.points.length));
    const rows = data.levels.slice(0, most).map((level, i) => [nines(level),
        ...shown.map((s) => s.points[i] ? s.points[i] / 1e6 : null)]);
    if (state) {
      charts.splice(charts.indexOf(state), 1);
      if (state.graph) state.graph.destroy();
    }
    const made = chart({
      title: 'Latency by percentile', size: 'high', rows, series: shown, format: (v) => latency(Math.round(v * 1e6)),
      x: (v) => (100 - 100 * Math.pow(10, -v)).toFixed(Math.max(0, Math.min(6, Math.ceil(v)))) + ' %',
      label: 'Line chart: latency by percentile, both axes logarithmic. The table Latencies above has the values.',
      options: {stepPlot: false, connectSeparatedPoints: false,
                axes: {x: {ticker: nineTicks, axisLabelWidth: 64}, y: {logscale: true, ticker: logTicks, axisLabelWidth: SIDE}}}});
    state = made.state;
    holder.replaceChildren(made.node);
    if (!page.hidden) state.draw();
  };
  const choice = el('select', {}, el('option', {value: -1}, 'none'),
      result.by_name.map((name, i) => data.names[i].curve.length > 0 ? el('option', {value: i}, name.name) : null));
  choice.addEventListener('change', () => draw(Number(choice.value)));
  section('distribution', 'Latency distribution', 'Distribution',
      el('p', {class: 'soft'}, 'Each mark to the right has a tenth of the requests beyond it. Where a curve ',
         'of all that was due ends early, the rest failed or was not started.'),
      result.by_name.length > 1 ? el('div', {class: 'controls'}, el('label', {}, 'beside them, the request', choice)) : null,
      holder);
  draw(-1);
}

// ---- Requests, errors, connections, workers

// The same cut by every tag, if any request has one.
function drawTags() {
  if (result.by_tag.length === 0) return;
  const rows = result.by_tag.map((tag, i) => {
    const own = ['by_tag', i], ended = tag.requests.completed + tag.requests.failed;
    const all = [...own, 'latency', 'response_all'];
    return [
      {content: `${tag.key}=${tag.value}`, class: 'wide'},
      figure([...own, 'requests', 'completed'], count),
      figure([...own, 'requests', 'load_rate_per_s'], perSecond),
      figure([...own, 'requests', 'failed'], count), figure([...own, 'requests', 'unexpected'], count),
      ended > 0 ? share((tag.requests.failed + tag.requests.unexpected) / ended) : '–',
      ...['p50_ns', 'p95_ns', 'p99_ns', 'max_ns'].map((p) => percentile(all, p)),
    ];
  });
  section('tags', 'Tags', 'Tags', table('A request with several tags is in several rows.',
      [{content: 'tag', class: 'wide'}, 'completed', 'rate', 'failed', 'unexpected', 'errors', 'p50', 'p95', 'p99',
       'max'], rows, {tall: rows.length > 15, sortable: true}));
}

function drawRequests() {
  const rows = result.by_name.map((name, i) => {
    const own = ['by_name', i], ended = name.requests.completed + name.requests.failed;
    const all = [...own, 'latency', 'response_all'];
    const tags = Object.entries(data.names[i].tags).map(([key, value]) => `${key}=${value}`);
    return [
      {content: [name.name, tags.length > 0 ? el('div', {class: 'soft'}, tags.join(' ')) : null], class: 'wide'},
      {content: data.names[i].method, class: 'left'},
      figure([...own, 'requests', 'completed'], count),
      figure([...own, 'requests', 'load_rate_per_s'], perSecond),
      figure([...own, 'requests', 'failed'], count), figure([...own, 'requests', 'unexpected'], count),
      ended > 0 ? share((name.requests.failed + name.requests.unexpected) / ended) : '–',
      ...['p50_ns', 'p95_ns', 'p99_ns', 'max_ns'].map((p) => percentile(all, p)),
    ];
  });
  const made = table('By request, measured stages; percentiles over all that was due. A heading sorts.',
      [{content: 'request', class: 'wide'}, {content: 'method', class: 'left'}, 'completed', 'rate', 'failed', 'unexpected', 'errors', 'p50',
       'p95', 'p99', 'max'], rows, {tall: rows.length > 15, sortable: true});
  let filter = null;
  if (rows.length > 15) {
    const input = el('input', {type: 'search', autocomplete: 'off'});
    const shown = el('span', {class: 'soft', role: 'status'}, `${rows.length} requests`);
    input.addEventListener('input', () => {
      const wanted = input.value.toLowerCase();
      let n = 0;
      for (const row of made.querySelectorAll('tbody tr')) {
        row.hidden = !row.children[0].textContent.toLowerCase().includes(wanted);
        n += row.hidden ? 0 : 1;
      }
      shown.textContent = `${n} of ${rows.length} requests`;
    });
    filter = el('div', {class: 'controls'}, el('label', {}, 'only names with', input), shown);
  }
  section('requests', 'Requests', 'Requests',
      rows.length > 0 ? [filter, made] : el('p', {}, 'The plan has none.'));
}

const ERRORS = {
  connect_refused: 'the target\'s host answered the SYN with a reset', connect_reset: 'reset during connect',
  connect_timeout: 'no answer to the SYN in time', connect_unreachable: 'no route, or unreachable',
  dns: 'the name was not found', send_reset: 'reset while sending, on a new connection',
  receive_reset: 'reset while a response was awaited or read',
  early_close: 'closed in the middle of a response, or before it on a new connection',
  reused_closed: 'a kept-alive connection was closed before any byte of the response',
  timeout: 'wait and service passed the time-out', protocol: 'a malformed response',
  local_descriptors: 'this generator had no file descriptor left',
  local_ports: 'this generator had no port left', local_other: 'this generator\'s host refused',
  drain_cut: 'still in flight when the drain ended',
};

function meaningOf(error) {
  if (ERRORS[error]) return ERRORS[error];
  return error.startsWith('tls_') ? 'TLS: ' + error.slice(4).replace(/_/g, ' ') :
      error.startsWith('h2_') ? 'HTTP/2: ' + error.slice(3).replace(/_/g, ' ') : '';
}

function drawErrors() {
  const byCount = (map) => Object.keys(map).sort((a, b) => map[b] - map[a] || (a < b ? -1 : 1));
  const errors = byCount(result.errors), statuses = byCount(result.statuses);
  const first = data.time.failed.findIndex((n) => n > 0);
  const sights = new Map(result.first_seen.map((sight) => [sight.what, sight]));
  const firstOf = (what) => sights.has(what) ? when(sights.get(what).at_ns) : '';
  const sampleOf = (what) => sights.has(what) ?
      {content: sights.get(what).request + ' on ' + sights.get(what).worker, class: 'wide'} : '';
  section('errors', 'Errors and statuses', 'Errors',
      errors.length === 0 ? el('p', {class: 'good'}, '✓ No request failed.') :
          [first >= 0 ? el('p', {}, `The first request failed in the interval from ${when(data.time.start[first])}.`) : null,
           table('Requests without a whole response, by class',
                 ['class', 'requests', 'of all', 'first at', {content: 'that one', class: 'left'}, {content: 'meaning', class: 'left'}],
                 errors.map((name) => [{content: name, class: 'mono'}, figure(['errors', name], count),
                     share(result.errors[name] / Math.max(1, result.requests.started)),
                     firstOf(name), sampleOf(name),
                     {content: meaningOf(name), class: 'wide'}]))],
      statuses.length === 0 ? el('p', {}, 'No response arrived.') :
          table('Responses by status; ' + count(result.requests.unexpected) + ' were unexpected',
                ['status', 'responses', 'of all', 'first at', {content: 'that one', class: 'left'}],
                statuses.map((status) => [status, figure(['statuses', status], count),
                    share(result.statuses[status] / Math.max(1, result.requests.completed)),
                    firstOf(status), sampleOf(status)])));
}

function drawConnections() {
  const opened = result.connections.opened;
  section('connections', 'Connections', 'Connections',
      el('dl', {class: 'tiles'}, [
        ['opened', figure(['connections', 'opened'], count),
         opened > 0 ? significant(result.requests.started / opened) + ' requests each' : null],
        ['slow connects', figure(['flags', 'slow_connect'], count), '1 s or more, or a SYN sent again'],
        ['TLS handshakes', figure(['connections', 'tls_handshakes'], count),
         [figure(['connections', 'tls_resumed'], count), ' resumed']],
        ['GOAWAY', figure(['connections', 'h2_goaways'], count), 'asked to leave, HTTP/2'],
        ['closed while idle', figure(['connections', 'idle_closed'], count), 'by the target'],
        ['never answered', figure(['connections', 'unanswered'], count), 'a request sent, no answer'],
      ].map(([name, value, note]) => el('div', {}, el('dt', {}, name),
          el('dd', {}, value, note ? el('small', {}, note) : null)))),
      table('Times of connections', LATENCY_HEADS, latencyRows(['latency'], [
        ['connect', 'connect', 'SYN to established'], ['tls', 'TLS', 'the handshake'],
        ['first_byte', 'first byte', 'first byte sent to first received'],
        ['idle_closed', 'idle', 'how long it carried nothing, until the target closed it']])));
}

function drawWorkers() {
  const rows = result.workers.map((worker, i) => {
    const own = ['workers', i];
    return [worker.name, {content: worker.state, class: worker.state === 'finished' ? 'left' : 'left bad'},
            figure([...own, 'due'], count), figure([...own, 'started'], count),
            figure([...own, 'completed'], count), figure([...own, 'failed'], count),
            figure([...own, 'busy'], share), percentile([...own, 'lag'], 'p99_ns'),
            figure([...own, 'red_seconds'], count), figure([...own, 'amber_seconds'], count),
            (worker.clock_offset_ns < 0 ? '-' : '+') + latency(Math.abs(worker.clock_offset_ns)) +
                ' ±' + latency(worker.clock_error_ns)];
  });
  const losses = result.losses.map((loss) => [loss.worker, when(loss.from_ns), when(loss.to_ns),
      loss.first === null ? '–' : count(loss.first), loss.last === null ? '–' : count(loss.last),
      loss.at_most === null ? 'no bound' : count(loss.at_most)]);
  section('workers', 'Workers', 'Workers',
      table('Each worker\'s share of the run', ['worker', {content: 'state', class: 'left'}, 'due', 'started',
            'completed', 'failed', 'busy', 'lag p99', 'red seconds', 'amber seconds', 'clock'], rows, {tall: rows.length > 15}),
      losses.length > 0 ? table('What was lost with a worker',
          ['worker', 'from', 'to', 'first number', 'last number', 'requests in no count, at most'], losses) : null,
      result.events.length > 0 ? table('What happened, as the master learned of it',
          ['at', {content: 'event', class: 'left'}],
          result.events.map((event) => [when(event.at_ns), {content: event.text, class: 'wide'}]),
          {tall: result.events.length > 15}) : null);
}

// ---- How to repeat it, and on what it ran

function shellQuote(word) {
  return /^[A-Za-z0-9_\/.,:=@%+-]+$/.test(word) ? word : '\'' + word.replace(/'/g, '\'\\\'\'') + '\'';
}

function drawPlan() {
  const command = result.environment.command;
  section('plan', 'Plan and how to repeat it', 'Plan',
      words([['plan', result.environment.plan_file || 'from flags alone, or not kept'],
             ['plan hash', el('code', {}, result.run.plan_hash)], ['seed', data.text.seed],
             ['stages', result.stages.map((stage) => `${stage.name} ${span(stage.end_ns - stage.start_ns)}` +
                 (stage.measured ? '' : ' (not measured)')).join(', ')]]),
      el('h3', {}, 'The command'),
      command.length > 0 ? el('pre', {class: 'block', tabindex: 0}, command.map(shellQuote).join(' ')) :
          el('p', {class: 'soft'}, 'It was not kept. With the same plan, --seed ' + data.text.seed +
             ' gives the same arrivals and the same draws.'),
      data.plan_text ? [el('h3', {}, 'The plan as read'),
                        el('details', {}, el('summary', {}, 'Show it'),
                           el('pre', {class: 'block', tabindex: 0}, data.plan_text))] : null);
}

function drawEnvironment() {
  const e = result.environment;
  section('environment', 'Environment and method', 'Environment',
      words([['muster', result.tool.version], ['master\'s host', e.host], ['kernel', e.kernel], ['processor', e.cpu],
             ['cores', e.cores > 0 ? String(e.cores) : null]]),
      e.host ? null : el('p', {class: 'soft'}, 'The master\'s host and hardware were not kept.'),
      el('h3', {}, 'Method'),
      el('p', {}, 'A run is a numbered list of iterations. When each is due follows from the plan and the seed alone, ' +
         'whatever the target does' + (result.run.model === 'closed' ?
           ', up to a user\'s own waiting: in the closed model a slow target is sent fewer requests, so percentiles are ' +
           'per request made, not per moment of time.' : '. Response counts from that moment, so a request that had to ' +
           'wait for a slow target, or for the generator, has waited.')),
      el('p', {}, 'Percentiles come from merged histograms with three significant digits, never from averages: each is ' +
         'the upper edge of its bucket, at most 0.1 % above the true value. Counts, means, minima and maxima are exact. ' +
         'Latencies, requests and thresholds are about measured stages; counts and the time lines about the whole run.'),
      el('h3', {}, 'Words'),
      words([
        ['due', 'the plan says that it starts now'],
        ['not started', 'due and never begun: k6 calls them dropped iterations'],
        ['completed', 'a whole response arrived, whatever its status'],
        ['failed', 'it did not'],
        ['unexpected', 'completed, with a status outside what the plan expects'],
        ['error rate', '(failed + unexpected) / (completed + failed)'],
        ['response', 'lag + wait + service: due to done'],
        ['lag', 'due to handled: the generator\'s own lateness'],
        ['wait', 'handled to first byte sent: a free connection, DNS, connect, TLS'],
        ['service', 'first byte sent to last byte received'],
        ['red, amber', 'seconds in which a worker surely, or perhaps, could not keep up'],
      ]));
}

// ---- All of it

drawVerdict();
drawThresholds();
drawTrust();
drawFigures();
drawTime();
drawDistribution();
drawRequests();
drawTags();
drawErrors();
drawConnections();
drawWorkers();
drawPlan();
drawEnvironment();
page.append(el('footer', {}, `Muster ${result.tool.version} · run ${result.run.id} · ${result.schema}`));
finish();
})();
