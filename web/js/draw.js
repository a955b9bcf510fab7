// SPDX-License-Identifier: ISC
// Drawing the chart.

// ---- ink --------------------------------------------------------------------

// Canvas knows no variables: an element tells what they are in this theme.
function colour(probe, name) {
	probe.style.color = "var(--" + name + ")";
	return getComputedStyle(probe).color;
}

// Each part has its own pattern as well.
function pattern(c, part, ink, panel) {
	const size = 6, k = Math.max(1, Math.round(devicePixelRatio));
	const tile = document.createElement("canvas");
	const g = tile.getContext("2d");

	tile.width = tile.height = size * k;
	g.scale(k, k);
	g.fillStyle = ink;
	g.fillRect(0, 0, size, size);
	g.strokeStyle = g.fillStyle = panel;
	g.lineWidth = 1.2;
	g.beginPath();
	if (part === "limited") {
		for (const x of [-size, 0, size]) {
			g.moveTo(x, size);
			g.lineTo(x + size, 0);
		}
	} else if (part === "refused") {
		g.rect(1, 1, 1.6, 1.6);
		g.rect(4, 4, 1.6, 1.6);
		g.fill();
	} else if (part === "malformed") {
		g.moveTo(0, 3);
		g.lineTo(size, 3);
	}
	if (part !== "refused")
		g.stroke();
	const p = c.createPattern(tile, "repeat");

	p.setTransform(new DOMMatrix().scale(1 / k));
	return p;
}

function makeInk() {
	const probe = make("span");
	const ink = {};

	document.body.append(probe);
	for (const name of ["panel", "line", "text", "dim", "bad", ...PARTS])
		ink[name] = colour(probe, name);
	probe.remove();
	const c = $("chart").getContext("2d");

	ink.fill = {};
	for (const part of PARTS)
		ink.fill[part] = part === "answered" ? ink[part] :
		    pattern(c, part, ink[part], ink.panel);
	ink.em = parseFloat(getComputedStyle($("read")).fontSize);
	chart.ink = ink;
	makeLegend();
}

function makeLegend() {
	const words = { answered: "answered", limited: "limited",
	    refused: "refused", malformed: "malformed", p50: "p50",
	    p99: "p99", bad: "clock not synchronised" };
	const list = $("legend");

	list.textContent = "";
	for (const key in words) {
		const swatch = make("canvas", { width: 36, height: 24,
		    "aria-hidden": "true" });
		const g = swatch.getContext("2d");

		g.scale(2, 2);
		if (PARTS.includes(key)) {
			g.fillStyle = chart.ink.fill[key];
			g.fillRect(0, 0, 18, 12);
		} else if (key === "bad") {
			g.fillStyle = chart.ink.bad;
			g.fillRect(0, 9, 18, 3);
		} else
			line(g, key, [[0, 6], [18, 6]]);
		list.append(make("li", {}, swatch, words[key]));
	}
}

// ---- drawing ----------------------------------------------------------------

function line(g, key, points) {
	g.strokeStyle = chart.ink.text;
	g.lineWidth = 1.5;
	g.setLineDash(key === "p99" ? [2, 2.5] : []);
	g.beginPath();
	let pen = false;
	for (const p of points) {
		if (p === null)
			pen = false;
		else {
			if (pen)
				g.lineTo(p[0], p[1]);
			else {
				g.moveTo(p[0], p[1]);
				g.lineTo(p[0] + 1, p[1]);
			}
			pen = true;
		}
	}
	g.stroke();
	g.setLineDash([]);
}

function scales(bars) {
	let top = 0, low = Infinity, high = 0;

	for (const b of bars) {
		top = Math.max(top, b.answered + b.limited + b.refused +
		    b.malformed);
		if (b.p50 !== null && b.p50 > 0) {
			low = Math.min(low, b.p50);
			high = Math.max(high, b.p99);
		}
	}
	const step = nice(Math.max(top, 1), 4);

	return {
		step: step, top: Math.ceil(Math.max(top, 1) / step) * step,
		low: high > 0 ? Math.floor(Math.log10(low)) : -6,
		high: high > 0 ? Math.max(Math.ceil(Math.log10(high)),
		    Math.floor(Math.log10(low)) + 1) : -3
	};
}

// Labels are elements: text on a canvas is what costs most of a drawing, and
// hardly any of it changes.
const labels = { n: 0 };

function label(text, x, y, dx, dy) {
	const list = $("labels");
	const node = list.children[labels.n] || list.appendChild(make("span"));
	const place = `translate(${Math.round(x)}px,${Math.round(y)}px)` +
	    `translate(${dx}%,${dy}%)`;

	labels.n++;
	put(node, text);
	if (node.place !== place)
		node.style.transform = node.place = place;
}

function axes(g, s, box) {
	const ink = chart.ink, half = ink.em / 2;

	g.lineWidth = 1;
	labels.n = 0;
	for (let v = 0; v <= s.top * 1.001; v += s.step) {
		const y = Math.round(box.y(v)) + 0.5;

		g.strokeStyle = v === 0 ? ink.dim : ink.line;
		g.beginPath();
		g.moveTo(box.left, y);
		g.lineTo(box.right, y);
		g.stroke();
		label(brief(v), box.left - half, y, -100, -50);
	}
	for (let d = s.low; d <= s.high; d++)
		label(span(10 ** d).replace(/\.0+\b/, ""), box.right + half,
		    box.time(10 ** d), 0, -50);
	label("requests/s", 0, 0, 0, 0);
	label("time, log", chart.width, 0, -100, 0);
}

function timeLabel(t, every) {
	const d = utc(t * 1e3);

	return every >= 86400 || (every >= 3600 && t % 86400 === 0) ?
	    d.slice(5, 10) : every < 60 ? d.slice(11, 19) : d.slice(11, 16);
}

function timeAxis(box, begin, end) {
	const fits = (box.right - box.left) / chart.ink.em / 6.5;
	const every = TICKS.find((t) => (end - begin) / t <= fits) ||
	    TICKS.at(-1);

	for (let t = Math.ceil(begin / every) * every; t < end; t += every) {
		const x = box.x(t);

		if (x > box.left + 20 && x < box.right - 10)
			label(timeLabel(t, every), x, chart.height, -50, -100);
	}
	keep($("labels"), labels.n, null);
}

function drawBars(g, box, bars, size) {
	const slot = box.x(size) - box.x(0);
	const gap = slot >= 6 ? 2 : slot >= 3 ? 1 : 0;

	for (const part of PARTS) {
		g.fillStyle = chart.ink.fill[part];
		for (const b of bars) {
			const below = b.below || 0;

			if (part === "answered")
				b.below = 0;
			if (b[part] === 0)
				continue;
			const from = part === "answered" ? 0 : below;
			const x = Math.round(box.x(b.t));
			const y = box.y(from + b[part]);

			g.fillRect(x, y, Math.max(1, Math.round(box.x(b.t) +
			    slot) - x - gap), box.y(from) - y);
			b.below = from + b[part];
		}
	}
	g.fillStyle = chart.ink.bad;
	for (const b of bars)
		if (b.bad)
			g.fillRect(box.x(b.t), box.bottom + 1, slot, 3);
}

function drawTimes(g, box, bars, size) {
	const half = (box.x(size) - box.x(0)) / 2;

	for (const key of ["p99", "p50"]) {
		const points = [];
		let last = null;

		for (const b of bars) {
			if (last !== null && b.t > last + size)
				points.push(null);
			points.push(b[key] === null || b[key] <= 0 ? null :
			    [box.x(b.t) + half, box.time(b[key])]);
			last = b.t;
		}
		line(g, key, points);
	}
}

function draw() {
	if (chart.ink === null || chart.width === 0 || document.hidden ||
	    $("overview").hidden)
		return;
	const g = $("chart").getContext("2d");
	const em = chart.ink.em;
	const size = barSize(chart.width - 8 * em);
	const [bars, end] = gather(size);
	const begin = end - RANGES[chart.range].span;
	const s = scales(bars);
	const box = { left: 3.4 * em, right: chart.width - 4 * em,
	    top: 2.2 * em, bottom: chart.height - 2 * em };
	const tall = box.bottom - box.top;

	box.x = (t) => box.left + (t - begin) / (end - begin) *
	    (box.right - box.left);
	box.y = (v) => box.bottom - v / s.top * tall;
	box.time = (v) => box.bottom - (Math.log10(v) - s.low) /
	    (s.high - s.low) * tall;
	g.clearRect(0, 0, chart.width, chart.height);
	axes(g, s, box);
	timeAxis(box, begin, end);
	drawBars(g, box, bars, size);
	drawTimes(g, box, bars, size);
	chart.bars = bars;
	chart.plot = { box: box, begin: begin, end: end, size: size };
	drawCursor(g, box, size);
	showEmpty(bars);
	read();
}

function drawCursor(g, box, size) {
	if (chart.cursor === null)
		return;
	g.strokeStyle = chart.ink.text;
	g.lineWidth = 1;
	g.strokeRect(box.x(chart.cursor) - 0.5, box.top, box.x(size) -
	    box.x(0), box.bottom - box.top);
}

function showEmpty(bars) {
	const empty = bars.every((b) => b.answered + b.limited + b.refused +
	    b.malformed === 0);

	show($("chart-empty"), empty);
	if (empty)
		put("chart-empty", bars.length === 0 ?
		    "Nothing is known of " + RANGES[chart.range].words :
		    "No requests in " + RANGES[chart.range].words);
}
