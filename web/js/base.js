// SPDX-License-Identifier: ISC
// The pieces in this folder are one script, app.js, in the order of their
// names.  This one: finding elements, and numbers as text.  What a server
// says goes to the page as text, never as HTML.
"use strict";

const $ = (id) => document.getElementById(id);
const $$ = (selector) => document.querySelectorAll(selector);
const on = (node, type, f) => node.addEventListener(type, f);
const body = (id) => $(id).tBodies[0] || $(id).createTBody();
const mono = () => performance.now();

// A write that changes nothing would cost a layout, and asking the page what
// it says costs more than remembering it.
function put(node, text) {
	if (node.at)	// a string: an id
		node = $(node);
	if (node.said === text)
		return;
	if (node.said && text)
		node.firstChild.data = text;
	else
		node.textContent = text;
	node.said = text;
}

const flag = (node, name, yes) => node.classList.toggle(name, yes);

function show(node, yes) {
	if (node.hidden === yes)
		node.hidden = !yes;
}

function make(name, attributes, ...inside) {
	const node = document.createElement(name);

	for (const key in attributes)
		node.setAttribute(key, attributes[key]);
	node.append(...inside);
	return node;
}

// Exactly n children: what was there is used again, so nothing grows.
function keep(parent, n, build) {
	while (parent.children.length > n)
		parent.lastChild.remove();
	while (parent.children.length < n)
		parent.append(build(parent.children.length));
}

// A row with a cell for each class; the last is a button's, if it has a name.
function row(classes, button) {
	const tr = make("tr", {}, ...classes.map((c) => make("td",
	    { class: c })));

	if (button)
		tr.lastChild.append(make("button", {}, button));
	return tr;
}

// The row that a row's button was pressed in, or -1.
function pressed(e) {
	const button = e.target.closest("td button");

	return button ? button.closest("tr").sectionRowIndex : -1;
}

// 12,345; Intl would take longer for it than everything else
function whole(n) {
	let text = String(Math.round(n)), i = text.length;

	while ((i -= 3) > 0)
		text = text.slice(0, i) + "," + text.slice(i);
	return text;
}

// 12,345 or 0.4: a rate
function rate(n) {
	return n === 0 || n >= 10 ? whole(n) :
	    n < 0.05 ? "<0.1" : n.toFixed(1);
}

// 12,345 or 12.3 M: where there is little room
function brief(n) {
	for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e4]])
		if (n >= size)
			return (n / (unit === "k" ? 1e3 : size)).toPrecision(3) +
			    " " + unit;
	return rate(n);
}

function percent(part, all) {
	const p = 100 * part / all;

	return all === 0 ? "–" : part === all ? "100 %" : p > 99.9 ?
	    ">99.9 %" : p >= 10 ? p.toFixed(1) + " %" : p === 0 ? "0 %" :
	    p < 0.01 ? "<0.01 %" : p.toFixed(2) + " %";
}

// 12.3 µs, 1.23 ms: three digits and the unit that suits
function span(s) {
	const a = Math.abs(s);

	if (s === null || s === undefined)
		return "–";
	if (a >= 100)
		return age(s);
	for (const [unit, size] of [["s", 1], ["ms", 1e-3], ["µs", 1e-6]])
		if (a >= size)
			return (s / size).toPrecision(3) + " " + unit;
	return a === 0 ? "0 s" : Math.round(s * 1e9) + " ns";
}

// 3d 04:05:06, 04:05:06, 12 s
function age(s) {
	const n = Math.max(0, Math.floor(s));
	const two = (x) => String(x).padStart(2, "0");
	const clock = two(Math.floor(n / 3600) % 24) + ":" +
	    two(Math.floor(n / 60) % 60) + ":" + two(n % 60);

	return n < 60 ? n + " s" : n < 86400 ? clock :
	    Math.floor(n / 86400) + "d " + clock;
}

// Nine decimals are more than every browser's parser takes.
function parse(iso) {
	return iso === null || iso === undefined ? null :
	    Date.parse(iso.slice(0, 23).replace(/Z?$/, "Z"));
}

const utc = (ms) => new Date(ms).toISOString();
const utcTime = (ms) => utc(ms).slice(11, 19);
const utcDay = (ms) => utc(ms).slice(0, 10);
const utcFull = (ms) => utcDay(ms) + " " + utcTime(ms) + " UTC";

// When it is of today, the time is enough.
function moment(iso) {
	const ms = parse(iso);

	return ms === null ? "–" : utcDay(ms) === utcDay(now()) ?
	    utcTime(ms) : utcDay(ms) + " " + utcTime(ms).slice(0, 5);
}

const ago = (iso) => iso === null ? "–" : age((now() - parse(iso)) / 1e3);

// ---- asking -----------------------------------------------------------------

const asking = new Set();

// One question of a kind at a time; null while the last is not answered.
async function ask(what, words) {
	if (asking.has(what))
		return null;
	asking.add(what);
	try {
		const r = await fetch("/api/v1/" + what +
		    (words ? "?" + new URLSearchParams(words) : ""),
		    { signal: AbortSignal.timeout(8000), cache: "no-store" });
		const o = await r.json();

		if (!r.ok)
			throw new Error(o.detail || o.title || r.statusText);
		return o;
	} finally {
		asking.delete(what);
	}
}
