// SPDX-License-Identifier: ISC
// What each tick of the stream changes: the verdict, the figures, the clock,
// percentiles, outcomes and processes.

// ---- the verdict ------------------------------------------------------------

// Signs differ in shape, words say the rest; colour comes last.
const SIGNS = { good: "✓", warn: "!", bad: "✕", waiting: "…" };

function verdict() {
	const s = page.status;
	const silent = (mono() - page.heard) / 1e3;

	if (page.lost)
		return ["bad", "Disconnected", page.heard === 0 ?
		    "the daemon does not answer; trying again" :
		    "last heard of " + age(silent) + " ago; trying again"];
	if (s === null)
		return ["waiting", "Waiting", "for the first answer"];
	if (silent > 3)
		return ["warn", "Stale", "nothing new for " + age(silent)];
	if (s.service !== "running")
		return ["bad", s.service === "stopped" ? "Stopped" :
		    "Stopping", "clients get no answer"];
	if (!s.synchronised)
		return ["bad", "Not synchronised", (s.why_not ||
		    "the clock can't be relied on") + "; clients are told so"];
	return ["good", "Synchronised", "serves stratum " + s.stratum +
	    " from " + s.clock_source + " clock, right within " +
	    span(s.root_distance)];
}

function showVerdict() {
	const [state, word, why] = verdict();
	const node = $("verdict");
	const link = page.lost ? "lost" : word === "Stale" ? "stale" :
	    page.status === null ? "waiting" : "live";

	if (node.dataset.state !== state)
		node.dataset.state = state;
	if (document.body.dataset.link !== link)
		document.body.dataset.link = link;
	put(node.firstElementChild, SIGNS[state]);
	put("verdict-word", word);
	put("verdict-why", why);
	if (!document.title.startsWith(word))
		document.title = word + " – ntpsd";
}

function showUtc() {
	const ms = now();

	put("utc", page.ahead === null ? "--:--:-- UTC" :
	    utcDay(ms) + " " + utcTime(ms) + " UTC");
}

// ---- status -----------------------------------------------------------------

const word = (w) => w.charAt(0).toUpperCase() + w.slice(1);

function takeStatus(s) {
	page.status = s;
	learnClock(s);
	put("version", s.version);
	put("service", word(s.service));
	put("stratum", String(s.stratum));
	put("refid", s.refid);
	put("leap", word(s.leap));
	put("bound", span(s.root_distance));
	put("uptime", age(s.uptime));
	showClock(s);
	put("sandbox", "sandbox " + s.sandbox);
	flag($("sandbox"), "warn", s.sandbox !== "complete");
	put("sockets", s.sockets.length === 0 ? "Listens nowhere." :
	    "Listens on " + s.sockets.map((x) => x.address +
	    (x.interface ? " (" + x.interface + ")" : "") +
	    (x.buffer < x.wanted ? ", with a buffer of " + brief(x.buffer) +
	    " octets instead of " + brief(x.wanted) : "")).join(", "));
	showVerdict();
}

function showClock(s) {
	const most = Number(page.config && page.config["clock.max_distance"]);
	const part = most > 0 ? Math.min(1, s.root_distance / most) : 0;
	const gauge = $("distance-gauge");
	const next = parse(s.next_leap_at);

	put("clock-source", "source: " + s.clock_source);
	put("distance", span(s.root_distance));
	if (most > 0) {
		gauge.firstElementChild.style.width = part * 100 + "%";
		gauge.setAttribute("aria-label", span(s.root_distance) +
		    " of " + span(most) + " allowed");
		gauge.title = gauge.getAttribute("aria-label");
		flag(gauge, "over", part === 1);
	}
	put("delay", span(s.root_delay));
	put("dispersion", span(s.root_dispersion));
	put("precision", "2^" + s.precision + " = " + span(2 ** s.precision));
	put("reference", s.reference_time === null ? "–" :
	    moment(s.reference_time) + ", " + ago(s.reference_time) + " ago");
	put("smear", s.smear === "none" && s.smear_offset === 0 ? "none" :
	    s.smear + ", " + (s.smear_offset < 0 ? "−" : "+") +
	    span(Math.abs(s.smear_offset)));
	put("leap-list", s.leap_list + (s.leap_list_expires === null ? "" :
	    ", expires " + utcDay(parse(s.leap_list_expires))));
	flag($("leap-list"), "warn", s.leap_list === "expired");
	put("next-leap", next === null ? "none known" : s.next_leap + " before "
	    + utcFull(next));
	const skew = (Date.now() - now()) / 1e3;
	// what an answer takes to come is in it
	put("skew", Math.abs(skew) < 0.5 ? "agrees" : span(Math.abs(skew)) +
	    (skew > 0 ? " ahead" : " behind"));
}

// ---- counters ---------------------------------------------------------------

function takeStats(s) {
	const d = difference(s);

	page.stats = s;
	page.heard = mono();
	if (d !== null) {
		keepMinute(d);
		chartTick(d);
	}
	if (document.hidden || $("overview").hidden) {
		trimRows();
		return;
	}
	showNow();
	showTimes(s);
	showShares(s);
	trimRows();
	draw();
	showVerdict();
}

function showNow() {
	const d = page.minute.at(-1);
	const told = chart.rows.findLast((r) => r.final);
	const s = page.stats;

	if (d !== undefined) {
		const drops = d.drop_ratelimit + d.drop_malformed +
		    sum(d, OTHER_DROPS);
		const came = sum(d, RECEIVED);

		put("now-rate", brief(came / d.span) + "/s");
		put("now-share", percent(d.answered, came));
		put("now-drops", brief(drops / d.span) + "/s");
	}
	put("now-p50", span(told && told.p50));
	put("now-p99", span(told && told.p99));
	if (s !== null) {
		put("unique-minute", whole(s.unique_minute));
		put("unique-hour", whole(s.unique_hour));
	}
}

// ---- percentiles ------------------------------------------------------------

const TIMES = [["p50", "Median"], ["p95", "p95"], ["p99", "p99"],
    ["max", "Worst"], ["mean", "Mean"]];

function showTimes(s) {
	const rows = body("times");

	keep(rows, TIMES.length, (i) => {
		const tr = row(["", "", ""]);

		put(tr.cells[0], TIMES[i][1]);
		return tr;
	});
	TIMES.forEach(([key], i) => ["processing", "work"].forEach((what, k) =>
	    put(rows.children[i].cells[k + 1], s.answered === 0 ? "–" :
	    span(s[what + "_" + key]))));
	put("times-since", "since " + moment(s.since));
}

// ---- shares -----------------------------------------------------------------

// Rows of a table: counter, name, part of the chart, and what it is a share
// of; what never happened and is rare anyway is left out.
const RECEIVED = ["answered", "send_errors", "skipped", "relayed",
    "drop_ratelimit", "drop_malformed", ...OTHER_DROPS];
const VERSIONS = ["v1", "v2", "v3", "v4"];
const FAMILIES = ["ipv4", "ipv6"];
const OUTCOMES = [["answered", "Answered", "answered", RECEIVED],
    ["drop_ratelimit", "Rate limited", "limited", RECEIVED],
    ["drop_policy", "Denied by a rule", "refused", RECEIVED],
    ["drop_malformed", "Malformed", "malformed", RECEIVED],
    ["drop_version", "Version not served", "refused", RECEIVED, "rare"],
    ["drop_mode", "Not a request", "refused", RECEIVED, "rare"],
    ["drop_source", "Unfit source", "refused", RECEIVED, "rare"],
    ["drop_destination", "Sent to many", "refused", RECEIVED, "rare"],
    ["drop_auth", "Wrong authentication", "refused", RECEIVED, "rare"],
    ["send_errors", "Could not be sent", "refused", RECEIVED, "rare"],
    ["skipped", "Skipped after a crash", "refused", RECEIVED, "rare"],
    ["relayed", "Control (mode 6)", "answered", RECEIVED, "rare"],
    ["kod_rate", "Kiss RATE sent", "", null, "rare"],
    ["kod_deny", "Kiss DENY sent", "", null, "rare"],
    ["kod_rstr", "Kiss RSTR sent", "", null, "rare"],
    ["kernel_drops", "Lost in the kernel", "", null],
    ["filtered", "Shed in the kernel", "", null, "rare"]];
const KINDS = [["v1", "Version 1", "", VERSIONS],
    ["v2", "Version 2", "", VERSIONS], ["v3", "Version 3", "", VERSIONS],
    ["v4", "Version 4", "", VERSIONS], ["ipv4", "IPv4", "", FAMILIES],
    ["ipv6", "IPv6", "", FAMILIES],
    ["authenticated", "Authenticated", "", VERSIONS],
    ["interleaved", "Interleaved", "", VERSIONS]];

function shareRows(table, list, minute, total) {
	const rows = body(table);
	const sums = new Map();

	for (const of of [RECEIVED, VERSIONS, FAMILIES])
		sums.set(of, sum(minute, of));
	keep(rows, list.length, (i) => {
		const tr = row(["", "", "", ""]);

		put(tr.cells[0], list[i][1]);
		if (list[i][3] !== null)
			tr.cells[1].append(make("span", { class: "bar " +
			    list[i][2], role: "img" }, make("i")));
		return tr;
	});
	list.forEach(([key, , , of, rare], i) => {
		const tr = rows.children[i];

		show(tr, !rare || total[key] > 0);
		if (tr.hidden)
			return;
		if (of !== null)
			fillBar(tr.cells[1].firstChild, minute[key],
			    sums.get(of));
		put(tr.cells[2], whole(minute[key]));
		put(tr.cells[3], whole(total[key]));
		flag(tr, "none", total[key] === 0);
		flag(tr, "warn", key === "kernel_drops" && minute[key] > 0);
	});
}

function fillBar(bar, part, of) {
	const text = percent(part, of);

	if (bar.title === text)
		return;
	bar.title = text;
	bar.setAttribute("aria-label", text);
	bar.firstChild.style.width = of > 0 ? 100 * part / of + "%" : 0;
}

function showShares(s) {
	const minute = ofMinute();

	shareRows("outcomes", OUTCOMES, minute, s);
	shareRows("kinds", KINDS, minute, s);
}

// ---- processes --------------------------------------------------------------

const workers = new Map();	// by the engine's name
let processes = [];

function takeProcesses(o) {
	processes = o.processes;
	showProcesses();
}

function takeWorkers(o) {
	workers.clear();
	o.workers.forEach((w) => workers.set("engine " + w.engine, w));
	showProcesses();
}

function showProcesses() {
	const rows = body("processes");

	keep(rows, processes.length, () => row(["", "left", "", "", "x1 left",
	    "", "x1", "x2", "x2 left", "x2 left"]));
	processes.forEach((p, i) => {
		const w = workers.get(p.name);
		const cells = [p.name, p.state, p.pid === null ? "–" :
		    ago(p.since), p.restarts + (p.planned > 0 ? " + " +
		    p.planned : ""), p.sandbox || "–", w ? whole(w.requests) :
		    "", w ? whole(w.dropped) : "", p.pid === null ? "–" :
		    String(p.pid), p.user || "–", p.last_death || "–"];
		const tr = rows.children[i];

		cells.forEach((text, k) => put(tr.cells[k], text));
		flag(tr, "none", p.state === "stopped");
		flag(tr.cells[1], "warn",
		    !["running", "ready", "stopped"].includes(p.state));
		flag(tr.cells[3], "warn", p.restarts > 0);
		flag(tr.cells[4], "warn", p.sandbox !== null &&
		    p.sandbox !== "complete");
	});
}
