// SPDX-License-Identifier: ISC
// Sources, rules and events.

// ---- sources ----------------------------------------------------------------

const clients = { by: "requests", rows: [] };

async function clientsAsk() {
	const words = { top: 20, by: clients.by };
	const prefix = $("clients-prefix").value.trim();

	if (prefix !== "")
		words.prefix = prefix;
	try {
		const o = await ask("clients", words);

		if (o !== null)
			showClients(o.clients, prefix);
	} catch (e) {
		put("clients-note", e.message);
		flag($("clients-note"), "bad", true);
	}
}

function showClients(list, prefix) {
	const rows = body("clients");
	const s = page.stats;

	clients.rows = list;
	keep(rows, list.length, () => row(["", "", "", "", "x2", "x1", "x2", "x1 left",
		    "act"], "Deny"));
	list.forEach((c, i) => {
		const tr = rows.children[i];
		const cells = [c.source, whole(c.requests), whole(c.drops),
		    ago(c.last) + " ago", c.interval > 0 ? span(c.interval) :
		    "–", String(c.version), moment(c.first), c.state || "–"];

		cells.forEach((text, k) => put(tr.cells[k], text));
		flag(tr.cells[2], "warn", c.drops > 0);
		tr.cells[8].firstChild.setAttribute("aria-label", "Deny " +
		    c.source);
		show(tr.cells[8].firstChild, control.key !== null);
	});
	flag($("clients-note"), "bad", false);
	put("clients-note", s === null ? "" : whole(s.clients) + " of " +
	    whole(s.clients_capacity) + " places taken");
	show($("clients-empty"), list.length === 0);
	put("clients-empty", prefix === "" ? "Nobody has asked yet." :
	    "Nobody of " + prefix + " has asked.");
}

function clientsSort(by) {
	clients.by = by;
	for (const b of $$("[data-by]"))
		if (b.dataset.by === by)
			b.parentNode.setAttribute("aria-sort", "descending");
		else
			b.parentNode.removeAttribute("aria-sort");
	clientsAsk();
}

// ---- rules ------------------------------------------------------------------

let rules = [];

async function policyAsk() {
	let o = null;

	try {
		o = await ask("policy");
	} catch (e) {
		put("policy-note", e.message);
	}
	if (o !== null)
		showPolicy(o);
}

function showPolicy(o) {
	const rows = body("policy");

	rules = [...o.run_time, ...o.policy];
	keep(rows, rules.length, () => row(["text", "", "act"], "Forget"));
	rules.forEach((r, i) => {
		const tr = rows.children[i];
		const forget = tr.cells[2].firstChild;

		put(tr.cells[0], r.text !== undefined ? r.rule + ". " + r.text :
		    r.action + " " + r.source + (r.reason ? ", " + r.reason :
		    "") + (r.until ? ", until " + moment(r.until) :
		    ", until forgotten"));
		put(tr.cells[1], whole(r.hits));
		show(forget, r.text === undefined && control.key !== null);
		forget.setAttribute("aria-label", "Forget " + (r.source || ""));
	});
	put("policy-note", o.run_time.length + " at run time, " +
	    o.policy.length + " configured");
	show($("policy-empty"), rules.length === 0);
}

// ---- events -----------------------------------------------------------------

const FEED = 100;	// lines on the page
const KEPT = 300;	// events kept, so that a filter finds some
const feed = { ring: [], paused: false, held: 0, fresh: 0, left: 0,
    timer: null };

function takeEvent(e) {
	if (e.event === "left_out") {
		feed.left += e.left_out + e.missed;
	} else {
		feed.ring.push(e);
		if (feed.ring.length > KEPT)
			feed.ring.shift();
		feed.fresh++;
	}
	// a burst is one change of the page
	if (feed.timer === null)
		feed.timer = setTimeout(() => {
			feed.timer = null;
			showEvents();
		}, 250);
	if (e.event === "reloaded" || e.event === "reload_failed")
		configAsk();
}

function wanted(e) {
	const kind = $("events-kind").value;
	const text = $("events-text").value.trim().toLowerCase();
	const request = e.event === "request";

	return (kind === "all" || (kind === "lifecycle" ? !request : request &&
	    (kind === "request" || e.verdict !== "answered"))) &&
	    (text === "" || (eventName(e) + " " + eventText(e)).toLowerCase()
	    .includes(text));
}

// What an event is called, and what there is to say of it.
function eventName(e) {
	return (e.event === "request" ? e.verdict : e.event)
	    .replaceAll("_", " ");
}

function eventText(e) {
	return e.event !== "request" ? e.text : (e.source || "?") + " v" +
	    e.version + " mode " + e.mode + (e.kiss ? ", kiss " + e.kiss : "") +
	    (e.rule ? ", rule " + e.rule : "") + (e.reason ? ", " + e.reason :
	    "") + (e.processing !== null ? ", " + span(e.processing) : "");
}

function showEvents() {
	if (document.hidden)
		return;
	if (feed.paused)
		feed.held += feed.fresh;
	feed.fresh = 0;
	put("events-note", (feed.paused ? "paused, " + whole(feed.held) +
	    " more" : "") + (feed.left > 0 ? (feed.paused ? "; " : "") +
	    whole(feed.left) + " left out" : ""));
	if (feed.paused)
		return;
	const list = $("events");
	const events = feed.ring.filter(wanted).slice(-FEED).reverse();

	// the newest is on top: lines that are still there move down whole
	let gone = events.findIndex((e) => list.firstChild !== null &&
	    e === list.firstChild.event);
	if (gone === -1)
		gone = events.length;
	for (let i = gone - 1; i >= 0; i--)
		list.prepend(fill(list.children.length >= FEED ?
		    list.lastChild : newLine(), events[i]));
	while (list.children.length > events.length)
		list.lastChild.remove();
	show($("events-empty"), events.length === 0);
}

function newLine() {
	return make("li", {}, make("time"), make("b"),
	    make("span", { class: "what" }));
}

// what nobody needs to look at
const GOOD = ["answered", "synchronised", "started", "service started",
    "reloaded", "restarted", "monitoring", "leap", "relayed"];

function fill(li, e) {
	const [when, what, rest] = li.children;
	const name = eventName(e), good = GOOD.includes(name);

	li.event = e;
	put(when, utcTime(parse(e.time)));
	when.dateTime = e.time;
	put(what, name);
	flag(what, "warn", e.event === "request" && !good);
	flag(what, "bad", e.event !== "request" && !good);
	put(rest, eventText(e));
	return li;
}

function refilter() {
	$("events").textContent = "";
	showEvents();
}

// What happened before the page was opened.
async function eventsAsk() {
	try {
		const o = await ask("events", { n: FEED });

		if (o === null)
			return;
		const first = feed.ring.length > 0 ? feed.ring[0].time : "~";

		feed.ring = [...o.events.filter((e) => e.time < first),
		    ...feed.ring].slice(-KEPT);
		refilter();
	} catch (e) {
		put("events-note", e.message);
	}
}

function tablesStart() {
	const typed = (id, f) => {
		let timer;

		on($(id), "input", () => {
			clearTimeout(timer);
			timer = setTimeout(f, 300);
		});
	};

	$$("[data-by]").forEach((b) =>
	    on(b, "click", () => clientsSort(b.dataset.by)));
	typed("clients-prefix", clientsAsk);
	typed("events-text", refilter);
	on($("events-kind"), "change", refilter);
	on($("events-pause"), "click", (e) => {
		feed.paused = !feed.paused;
		feed.held = 0;
		e.target.setAttribute("aria-pressed", feed.paused);
		showEvents();
	});
	on($("clients"), "click", (e) => {
		if (pressed(e) >= 0)
			deny(clients.rows[pressed(e)].source);
	});
	on($("policy"), "click", (e) => {
		if (pressed(e) >= 0)
			forget(rules[pressed(e)].source);
	});
}
