// SPDX-License-Identifier: ISC
// What the chart shows: stacked bars of requests a second, and processing time
// on an axis of its own.  Rows come from the history; between two questions
// the ticks of the stream carry the last one on.

const PARTS = ["answered", "limited", "refused", "malformed"];
// step: of the history; again: seconds between two questions for the last
// rows (more); sizes: seconds that a bar may stand for, the finest that fits
const RANGES = {
	"1m": { span: 60, step: "second", last: "1m", again: 2, more: "5s",
	    sizes: [1], words: "the last minute" },
	"15m": { span: 900, step: "second", last: "15m", again: 10,
	    more: "20s", sizes: [5, 10, 15, 30], words: "the last 15 minutes" },
	"24h": { span: 86400, step: "minute", last: "24h", again: 60,
	    more: "3m", sizes: [300, 600, 900, 1800, 3600],
	    words: "the last 24 hours" },
	"30d": { span: 2592000, step: "hour", last: "30d", again: 600,
	    more: "3h", sizes: [7200, 10800, 14400, 21600, 43200],
	    words: "the last 30 days" }
};
const STEPS = { second: 1, minute: 60, hour: 3600 };
const TICKS = [10, 15, 30, 60, 180, 300, 900, 1800, 3600, 7200, 10800, 14400,
    21600, 43200, 86400, 172800, 432000, 864000];

const chart = {
	range: "1m", rows: [], bars: [], asked: 0, epoch: 0,
	cursor: null,		// of a bar: its time, or null
	keyboard: false,	// the cursor was moved by keys
	ink: null,		// colours and patterns of the theme
	width: 0, height: 0, plot: null
};

// ---- rows -------------------------------------------------------------------

function rowAt(t) {
	let i = chart.rows.length;

	while (i > 0 && chart.rows[i - 1].t > t)
		i--;
	return i > 0 && chart.rows[i - 1].t === t ? [i - 1, true] : [i, false];
}

function putRow(r) {
	const [i, there] = rowAt(r.t);

	chart.rows.splice(i, there ? 1 : 0, r);
}

function trimRows() {
	const range = RANGES[chart.range];
	const first = now() / 1e3 - range.span - 2 * range.sizes.at(-1);
	let n = 0;

	while (n < chart.rows.length && chart.rows[n].t < first)
		n++;
	chart.rows.splice(0, n);
}

// A tick: what came in the second that has just ended.
function chartTick(d) {
	const step = STEPS[RANGES[chart.range].step];
	const t = Math.floor((now() / 1e3 - d.span / 2) / step) * step;
	const [i, there] = rowAt(t);
	const b = bucket(d, t, d.span);

	if (!there)
		chart.rows.splice(i, 0, b);
	else if (step > 1 || !chart.rows[i].final)
		for (const key of [...PARTS, "covered"])
			chart.rows[i][key] += b[key];
}

// The rows of the range, all of them or those that a tick has guessed.
async function chartAsk(all) {
	const range = RANGES[chart.range];
	const epoch = all ? ++chart.epoch : chart.epoch;
	let answer;

	chart.asked = mono();
	try {
		answer = await ask("history", { last: all ? range.last :
		    range.more, step: range.step });
	} catch (e) {
		return;		// the state of the stream says it
	}
	// another range was chosen meanwhile
	if (answer === null || epoch !== chart.epoch) {
		if (answer === null)
			chart.asked = all ? -Infinity : chart.asked;
		return;
	}
	if (all)
		chart.rows.length = 0;
	answer.rows.forEach((r) => putRow(bucketOf(r)));
	if (all && range.step === "second" && page.minute.length === 0)
		fillMinute(answer.rows);
	trimRows();
	draw();
	showNow();
}

// The page has just come: what it would know had it been here before.
function fillMinute(rows) {
	for (const r of rows.slice(-60))
		page.minute.push(Object.assign({ span: r.covered }, r));
}

// ---- bars -------------------------------------------------------------------

function barSize(width) {
	const range = RANGES[chart.range];

	return range.sizes.find((s) => width / (range.span / s) >= 5) ||
	    range.sizes.at(-1);
}

// Rates in a bar: sums over the seconds that were looked at.  The median is
// the mean of the rows' medians, the 99th percentile is the worst.
function gather(size) {
	const range = RANGES[chart.range];
	const end = (Math.floor(now() / 1e3 / size) + 1) * size;
	const bars = [];
	let b = null, timedRows = 0;

	for (const r of chart.rows) {
		const t = Math.floor(r.t / size) * size;

		if (t < end - range.span || t >= end)
			continue;
		if (b === null || b.t !== t) {
			b = { t: t, covered: 0, answered: 0, limited: 0,
			    refused: 0, malformed: 0, p50: null, p99: null,
			    clients: null, bad: false, final: false };
			timedRows = 0;
			bars.push(b);
		}
		for (const key of PARTS)
			b[key] += r[key];
		b.covered += r.covered;
		b.bad ||= r.bad;
		b.final ||= r.final;
		if (r.clients !== null)
			b.clients = Math.max(b.clients, r.clients);
		if (r.p50 !== null && r.timed > 0) {
			timedRows++;
			b.p50 += (r.p50 - b.p50) / timedRows;
			b.p99 = Math.max(b.p99, r.p99);
		}
	}
	for (b of bars)
		for (const key of PARTS)
			b[key] /= Math.max(b.covered, 0.001);
	return [bars, end];
}

// 1, 2 or 5 times a power of ten, at least max / n
function nice(max, n) {
	const ten = 10 ** Math.floor(Math.log10(max / n));

	return [1, 2, 5, 10].find((k) => k * ten >= max / n * 0.999) * ten;
}
