// What the pages of all reports share: elements, numbers as Muster's other outputs print them, charts.
// Text reaches the page as text nodes alone, never as markup: names, statuses and commands are whatever
// a plan or a target made them.
const musterPage = (function () {
'use strict';

const data = JSON.parse(document.getElementById('data').textContent);
const page = document.getElementById('page');
const contents = document.createElement('ul');

// ---- Elements

// el('p', {class: 'soft'}, 'text', node, ...); null children are left out.
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  add(node, children);
  return node;
}

function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === '') continue;
    node.append(child instanceof Node ? child : String(child));
  }
}

// `short`: its name in the list of sections.
function section(id, title, short, ...children) {
  const head = el('h2', {id: id + '-title'}, title);
  page.append(el('section', {id, 'aria-labelledby': id + '-title'}, head, children));
  contents.append(el('li', {}, el('a', {href: '#' + id}, short)));
}

// A table in a region that scrolls by itself, so that the page never does. Rows are arrays of
// cells; a cell is content, or {content, class}. The first one heads its row.
function table(caption, heads, rows, options) {
  const {tall, sortable} = options || {};
  const cell = (tag, content, attributes) => {
    const given = content !== null && typeof content === 'object' && !(content instanceof Node) &&
        !Array.isArray(content);
    return el(tag, {...attributes, class: given ? content.class : null},
              given ? content.content : content);
  };
  const head = el('tr', {}, heads.map((h) => cell('th', h, {scope: 'col'})));
  const body = el('tbody', {}, rows.map((cells) => el('tr', {}, cells.map((c, i) =>
      i === 0 ? cell('th', c, {scope: 'row'}) : cell('td', c, {})))));
  const made = el('table', {}, el('caption', {}, el('span', {}, caption)), el('thead', {}, head), body);
  if (sortable) makeSortable(head, body);
  return el('div', {class: tall ? 'scroll tall' : 'scroll', role: 'region', tabindex: 0,
                    'aria-label': caption}, made);
}

// By the raw values of the cells' figures, else by their text.
function makeSortable(head, body) {
  const keyOf = (row, column) => {
    const figure = row.children[column].querySelector('data');
    if (!figure) return row.children[column].textContent;
    return figure.value === '' ? Infinity : Number(figure.value);
  };
  [...head.children].forEach((th, column) => {
    const button = el('button', {type: 'button'}, th.textContent);
    th.replaceChildren(button);
    button.addEventListener('click', () => {
      const down = th.getAttribute('aria-sort') !== 'descending';
      for (const other of head.children) other.removeAttribute('aria-sort');
      th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const rows = [...body.children];
      rows.sort((a, b) => {
        const [x, y] = [keyOf(a, column), keyOf(b, column)];
        const order = x === y ? 0 : typeof x === 'number' ? x - y : x.localeCompare(y);
        return down ? -order : order;
      });
      body.append(...rows);
    });
  });
}

function words(pairs) {
  return el('dl', {class: 'words'}, pairs.filter((pair) => pair[1] !== null && pair[1] !== '')
      .map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

// ---- Numbers, as Muster's other outputs print them

function significant(value) {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

function latency(ns) {
  if (ns === 0) return '0us';
  if (ns < 1000) return ns + 'ns';
  for (const [unit, size] of [['us', 1e3], ['ms', 1e6]]) {
    if (ns / size < 999.5) return significant(ns / size) + unit;
  }
  return significant(ns / 1e9) + 's';
}

function count(n) { return n.toLocaleString('en-US', {maximumFractionDigits: 0}); }

function perSecond(rate) {
  return (rate >= 99.95 ? count(Math.round(rate)) : significant(rate)) + '/s';
}

// Never 0 % or 100 % for what is not quite that.
function share(value) {
  if (value === 0 || value === 1) return value * 100 + ' %';
  const percent = value * 100;
  for (let digits = percent >= 10 && percent < 99 ? 1 : 2; digits < 12; ++digits) {
    const text = percent.toFixed(digits);
    if (Number(text) !== 0 && Number(text) !== 100) return text + ' %';
  }
  return percent + ' %';
}

function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (n >= 1024 && unit + 1 < units.length) n /= 1024, ++unit;
  return (unit === 0 ? n : significant(n)) + ' ' + units[unit];
}

// A point of the run: 0:47, 1:02:03; with tenths where `fine`.
function clock(seconds, fine) {
  const tenths = Math.round(seconds * 10);
  const whole = fine ? Math.floor(tenths / 10) : Math.round(seconds);
  const pad = (n) => String(n).padStart(2, '0');
  const h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60, s = whole % 60;
  return (h > 0 ? h + ':' + pad(m) : String(m)) + ':' + pad(s) +
      (fine && tenths % 10 ? '.' + tenths % 10 : '');
}

function span(ns) {
  const seconds = ns / 1e9;
  if (seconds < 60) return (Math.round(seconds * 10) / 10) + 's';
  const s = Math.round(seconds);
  return (s >= 3600 ? Math.floor(s / 3600) + 'h' : '') +
      (s % 3600 >= 60 ? Math.floor(s / 60) % 60 + 'm' : '') + (s % 60 ? s % 60 + 's' : '');
}

const when = (ns) => clock(ns / 1e9, true);

// ---- Charts

const charts = [];       // functions that draw each chart anew

function color(name) { return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim(); }

// The mouse without touch: a finger scrolls the page.
function mouseOnly() {
  const model = Object.assign({}, Dygraph.defaultInteractionModel);
  for (const name of ['touchstart', 'touchmove', 'touchend']) delete model[name];
  return model;
}

// A tick every 1, 2, 5 ... of what suits seconds.
function clockTicks(from, to, pixels) {
  const steps = [.1, .2, .5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400,
                 28800, 86400];
  const step = steps.find((s) => (to - from) / s <= Math.max(2, pixels / 70)) || 86400;
  const ticks = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + 1e-9; ++i) {
    ticks.push({v: i * step, label: clock(i * step, step < 1)});
  }
  return ticks;
}

// Milliseconds on a logarithmic axis: 1, 2 and 5 of each decade, or 1 alone when it is tight.
function logTicks(from, to, pixels) {
  const decades = Math.log10(to / Math.max(from, 1e-6));
  const marks = pixels / Math.max(decades, .3) > 90 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let e = Math.floor(Math.log10(Math.max(from, 1e-6))); e <= Math.log10(to); ++e) {
    for (const mark of marks) {
      const v = mark * Math.pow(10, e);
      if (v >= from * .999 && v <= to * 1.001) ticks.push({v, label: axisLatency(v)});
    }
  }
  return ticks;
}

function axisLatency(ms) {
  const plain = (v) => String(Number(v.toPrecision(3)));
  if (ms === 0) return '0';
  if (ms < 1e-3) return plain(ms * 1e6) + 'ns';
  return ms < 1 ? plain(ms * 1000) + 'us' : ms < 1000 ? plain(ms) + 'ms' : plain(ms / 1000) + 's';
}

function shortCount(v) {
  const plain = (x) => String(Number(x.toPrecision(3)));
  return v >= 1e6 ? plain(v / 1e6) + 'M' : v >= 1e4 ? plain(v / 1e3) + 'k' : plain(v);
}

const SIDE = 48;  // pixels for the labels of an axis at the side

// One chart in a figure. `spec`: title, series [{name, color, dashed, right, points}], rows [[x, ...]],
// words of x, formats, options for dygraphs, an aria label.
function chart(spec) {
  const legend = el('div', {class: 'legend', 'aria-live': 'off'});
  const canvas = el('div', {class: 'chart ' + (spec.size || '')});
  const frame = el('div', {role: 'img', tabindex: 0, 'aria-label': spec.label}, canvas);
  const node = el('figure', {}, el('figcaption', {}, spec.title, legend), frame);
  const state = {graph: null, selected: -1};
  // The values at a row; without one, the series' names alone.
  state.show = (row) => {
    state.selected = row;
    const at = row >= 0 && row < spec.rows.length ? spec.rows[row] : null;
    legend.replaceChildren(...(at ? [el('span', {}, el('b', {}, spec.x(at[0])))] : []),
      ...spec.series.map((s, i) => el('span', {},
          el('i', {class: s.dashed ? 'dashed' : null, style: 'border-color:' + color(s.color)}), s.name,
          at ? [' ', el('b', {}, at[i + 1] === null ? '–' : (s.format || spec.format)(at[i + 1]))] : null)));
    if (!state.graph) return;
    if (at) state.graph.setSelection(row); else state.graph.clearSelection();
  };
  state.draw = () => {
    const window = state.graph ? state.graph.xAxisRange() : null;
    const zoomed = state.graph && state.graph.isZoomed('x');
    if (state.graph) state.graph.destroy();
    const series = {};
    const labels = spec.series.map((s, i) => 's' + i);  // never a request's name
    spec.series.forEach((s, i) => {
      series[labels[i]] = {color: color(s.color), strokePattern: s.dashed ? [2, 3] : null,
                           axis: s.right ? 'y2' : 'y', fillGraph: !!s.fill,
                           strokeWidth: s.points ? 0 : s.dashed ? 1.2 : 1.6, drawPoints: !!s.points,
                           pointSize: s.points ? 4 : 1};
    });
    state.graph = new Dygraph(canvas, spec.rows, Object.assign({
      labels: ['x', ...labels], series, legend: 'never',
      stepPlot: true, fillAlpha: .18, interactionModel: mouseOnly(), animatedZooms: false,
      gridLineColor: color('line'), axisLineColor: color('line'), axisLabelFontSize: 12,
      highlightCircleSize: 3, rightGap: spec.series.some((s) => s.right) ? 0 : SIDE + 2 * 3,  // that axis and its ticks
      underlayCallback: spec.underlay || null,
      highlightCallback: (event, x, points, row) => (spec.group || [state]).forEach((s) => s.show(row)),
      unhighlightCallback: () => (spec.group || [state]).forEach((s) => s.show(-1)),
      drawCallback: (graph, initial) => spec.moved && !initial && spec.moved(graph),
      dateWindow: zoomed ? window : null,
    }, spec.options));
    state.show(state.selected);
  };
  frame.addEventListener('keydown', (event) => {
    const step = {ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10}[event.key];
    let row = state.selected;
    if (step) row = Math.min(spec.rows.length - 1, Math.max(0, row < 0 ? 0 : row + step));
    else if (event.key === 'Home') row = 0;
    else if (event.key === 'End') row = spec.rows.length - 1;
    else if (event.key === 'Escape') row = -1;
    else return;
    event.preventDefault();
    (spec.group || [state]).forEach((s) => s.show(row));
  });
  frame.addEventListener('focus', () => legend.setAttribute('aria-live', 'polite'));
  frame.addEventListener('blur', () => legend.setAttribute('aria-live', 'off'));
  if (spec.group) spec.group.push(state);
  charts.push(state);
  return {node, state};
}

// ---- The end

// To be called once, when everything is on the page.
function finish() {
  const nav = document.getElementById('contents');
  nav.append(contents);
  nav.hidden = page.hidden = false;
  document.getElementById('plain').remove();
  charts.forEach((state) => state.draw());

  const redraw = () => charts.forEach((state) => state.draw());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  matchMedia('print').addEventListener('change', redraw);
}

return {data, page, contents, el, section, table, words, latency, count, perSecond, share, bytes, clock, span, when,
        chart, color, clockTicks, logTicks, axisLatency, shortCount, SIDE, charts, significant, finish};
})();
