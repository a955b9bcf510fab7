// SPDX-License-Identifier: ISC
// Reading single bars of the chart, by pointer and by keyboard.

function read() {
	const wanted = chart.cursor;
	const b = wanted === null ? chart.bars.findLast((x) => x.final)
	    : chart.bars.find((x) => x.t === wanted);
	const size = chart.plot.size;
	const when = (t) => utc(t * 1e3).slice(size >= 3600 ? 5 : 11,
	    size >= 60 ? 16 : 19).replace("T", " ");

	if (b === undefined) {
		put("read", wanted === null ? "" : when(wanted) +
		    " UTC: nothing is known");
		return;
	}
	put("read", when(b.t) + (size > 1 ? " to " + when(b.t + size).slice(-8)
	    : "") + " UTC: " + PARTS.map((p) => p + " " + rate(b[p]) + "/s")
	    .join(", ") + ", p50 " + span(b.p50) + ", p99 " + span(b.p99) +
	    (b.bad ? ", clock not synchronised" : ""));
}

function setCursor(t, keyboard) {
	if (chart.cursor === t)
		return;
	chart.cursor = t;
	$("read").setAttribute("aria-live", keyboard ? "polite" : "off");
	draw();
}

function pointer(e) {
	const p = chart.plot;

	if (p === null)
		return;
	const t = p.begin + (e.offsetX - p.box.left) / (p.box.right -
	    p.box.left) * (p.end - p.begin);

	setCursor(t < p.begin || t >= p.end ? null :
	    Math.floor(t / p.size) * p.size, false);
}

function chartKey(e) {
	const p = chart.plot;
	const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10,
	    PageDown: 10 };

	if (p === null || e.ctrlKey || e.metaKey || e.altKey)
		return;
	const at = chart.cursor === null ? p.end : chart.cursor;
	let t;

	if (e.key in moves)
		t = at + moves[e.key] * p.size;
	else if (e.key === "Home")
		t = p.begin;
	else if (e.key === "End")
		t = p.end - p.size;
	else if (e.key === "Escape") {
		setCursor(null, false);
		return;
	} else
		return;
	e.preventDefault();
	setCursor(Math.min(Math.max(t, p.begin), p.end - p.size), true);
}

function chartSize() {
	const canvas = $("chart");
	const g = canvas.getContext("2d");
	const k = Math.max(1, devicePixelRatio);

	makeInk();
	chart.width = canvas.clientWidth;
	chart.height = canvas.clientHeight;
	canvas.width = Math.round(chart.width * k);
	canvas.height = Math.round(chart.height * k);
	g.scale(k, k);
	draw();
}

function chooseRange(name) {
	chart.range = name;
	chart.cursor = null;
	chart.rows.length = 0;
	for (const b of $$("[data-range]"))
		b.setAttribute("aria-pressed", b.dataset.range === name);
	draw();
	chartAsk(true);
}

function chartStart() {
	const canvas = $("chart");

	new ResizeObserver(chartSize).observe(canvas);
	on(canvas, "pointermove", pointer);
	on(canvas, "pointerleave", () => setCursor(null, false));
	on(canvas, "keydown", chartKey);
	on(canvas, "blur", () => setCursor(null, false));
	$$("[data-range]").forEach((b) =>
	    on(b, "click", () => chooseRange(b.dataset.range)));
}
