// SPDX-License-Identifier: ISC
// What is known of the daemon, and the streams that bring it.  All of it is
// bounded: a minute of counters, and the rows of one range of the chart.

const page = {
	stats: null,		// show stats, the last
	status: null,		// show status
	config: null,		// show config, by key
	minute: [],		// what came in each of the last ticks
	ahead: null,		// daemon's clock - mono(), ms
	rough: 0,		// the same by the slowest answer
	heard: 0,		// mono() of the last tick
	lost: false		// the stream is broken
};

// What the last updates cost, in ms, for whoever asks in the console.
const costs = [];

function timed(f, ...args) {
	const begun = mono();

	f(...args);
	costs.push(mono() - begun);
	if (costs.length > 60)
		costs.shift();
}

// The daemon's clock, as its answers tell it.
function now() {
	return page.ahead === null ? Date.now() :
	    mono() + page.ahead;
}

// The fastest answer is nearest to the truth; its word fades, so that a clock
// that was stepped or runs away is followed.
function learnClock(status) {
	const seen = parse(status.started) + status.uptime * 1e3 -
	    mono();

	if (page.ahead === null || Math.abs(seen - page.ahead) > 2000)
		page.ahead = seen;
	else
		page.ahead = Math.max(seen, page.ahead - 1);
}

// The counters that rates are made of.
const COUNTERS = ["answered", "send_errors", "skipped", "relayed",
    "drop_malformed", "drop_version", "drop_mode", "drop_source",
    "drop_destination", "drop_auth", "drop_ratelimit", "drop_policy",
    "kod_rate", "kod_deny", "kod_rstr", "v1", "v2", "v3", "v4", "ipv4",
    "ipv6", "kernel_drops", "filtered", "authenticated", "interleaved"];
const OTHER_DROPS = ["drop_version", "drop_mode", "drop_source",
    "drop_destination", "drop_auth", "drop_policy"];

const sum = (o, keys) => keys.reduce((n, key) => n + (o[key] || 0), 0);

// What the chart keeps of a row of history, or of a tick.
function bucket(o, t, covered) {
	return {
		t: t, covered: covered, final: false,
		answered: o.answered, limited: o.drop_ratelimit,
		refused: sum(o, OTHER_DROPS), malformed: o.drop_malformed,
		timed: 0, p50: null, p99: null, clients: null,
		bad: page.status !== null && !page.status.synchronised
	};
}

function bucketOf(r) {
	return Object.assign(bucket(r, parse(r.start) / 1e3, r.covered), {
		final: true, timed: r.timed, p50: r.time_p50, p99: r.time_p99,
		clients: r.unique_clients, bad: !r.synchronised
	});
}

// What came since the last tick; null when counting began anew.
function difference(stats) {
	const last = page.stats;
	const d = { span: 0 };

	if (last === null || last.since !== stats.since)
		return null;
	d.span = stats.uptime - last.uptime;
	if (d.span <= 0)
		return null;
	for (const key of COUNTERS) {
		d[key] = stats[key] - last[key];
		if (!(d[key] >= 0))
			return null;
	}
	return d;
}

function keepMinute(d) {
	let span = 0, i = page.minute.length;

	page.minute.push(d);
	while (--i >= 0 && span < 60)
		span += page.minute[i].span;
	page.minute.splice(0, i + 1);
	if (page.minute.length > 120)
		page.minute.shift();
}

// Sums of the last minute, a key each.
function ofMinute() {
	const all = {};

	for (const key of COUNTERS) {
		all[key] = 0;
		for (const d of page.minute)
			all[key] += d[key];
	}
	return all;
}

// ---- streams ----------------------------------------------------------------

// EventSource comes back by itself after a broken connection, and gives up
// after an answer that is no stream: then this tries again.  Returns what
// closes it, and what opens it again.
function stream(path, kinds, state) {
	let source = null, timer;

	function close() {
		clearTimeout(timer);
		if (source !== null)
			source.close();
		source = null;
	}

	function open() {
		close();
		source = new EventSource(path);
		source.onopen = () => state(true);
		source.onerror = () => {
			state(false);
			if (source.readyState === EventSource.CLOSED)
				timer = setTimeout(open, 3000);
		};
		for (const kind in kinds)
			source.addEventListener(kind, (e) =>
			    kinds[kind](JSON.parse(e.data)));
	}
	open();
	return [close, open];
}
