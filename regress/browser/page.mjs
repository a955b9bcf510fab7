// SPDX-License-Identifier: ISC
// page.mjs url folder ntp-address token: the page in a browser, and the daemon
// that it shows; ./ctl, ./ask and ./burst of the folder know that one.  Pictures are
// left in $SHOTS, if it is set.
import { execFile, spawn } from "node:child_process";
import { World, check, equal, failed, isTrue, sleep, until } from
    "./harness.mjs";
import { denies, restart, settings, wrongToken } from "./control.mjs";
import { focus, look } from "./looks.mjs";

const [url, folder, address, token] = process.argv.slice(2);
const w = new World(url, folder);
// the test reads the chart's points, and the browser finds that slow
w.expected.push(/Canvas2D: Multiple readback/);
const digits = (text) => Number(text.replaceAll(",", ""));
const shots = process.env.SHOTS;

// Requests for so many seconds.
function burst(seconds, rate) {
	return new Promise((done) => execFile(`${folder}/burst`, ["-r", rate,
	    "-d", seconds, address], done));
}

// How many points of the chart have the colour of what was answered.
function answeredPoints() {
	return w.page.evaluate(() => {
		const c = $("chart");
		const data = c.getContext("2d").getImageData(0, 0, c.width,
		    c.height).data;
		const [r, g, b] = chart.ink.answered.match(/\d+/g).map(Number);
		let n = 0;

		for (let i = 0; i < data.length; i += 4)
			n += data[i] === r && data[i + 1] === g &&
			    data[i + 2] === b;
		return n;
	});
}

async function opens() {
	await w.page.goto(url);
	await w.verdict("Synchronised", 10000);
	isTrue((await w.text("utc")).endsWith(" UTC"), "no UTC clock");
	await until(5000, async () => w.page.locator("#chart-empty")
	    .isVisible(), "nothing says that there was no request");
	equal(await w.text("clients-empty"), "Nobody has asked yet.", "clients");
}

async function small() {
	const all = [...w.octets.values()].reduce((a, b) => a + b, 0);

	isTrue(["/", "/app.css", "/app.js"].every((p) => w.octets.get(p) > 0),
	    "not all files: " + [...w.octets.keys()]);
	isTrue(all <= 60 * 1024, `${all} octets`);
}

// From the first request that was answered to the first bar.
async function moves() {
	equal(await answeredPoints(), 0, "bars before the first request");
	const asking = spawn(`${folder}/burst`, ["-r", "40", "-d", "3",
	    address]);

	await until(5000, async () => (await w.ctl("show", "stats")).answered
	    > 0, "the daemon answers");
	const took = await until(6000, async () => await answeredPoints() > 50,
	    "no bars");
	isTrue(took <= 2000, `the bars took ${took} ms`);
	// one of each kind that is not answered
	for (const odd of ["mode=5", "version=7"])
		execFile(`${folder}/ask`, ["-t", "50", address, odd], () => {});
	await new Promise((done) => asking.on("exit", done));
}

const NAMES = { answered: "Answered", drop_ratelimit: "Rate limited",
    drop_policy: "Denied by a rule", drop_malformed: "Malformed",
    drop_mode: "Not a request", drop_version: "Version not served", kernel_drops: "Lost in the kernel" };
const KINDS = { v1: "Version 1", v2: "Version 2", v3: "Version 3",
    v4: "Version 4", ipv4: "IPv4", ipv6: "IPv6" };

async function sameNumbers() {
	const stats = await w.ctl("show", "stats");

	for (const [table, names] of [["outcomes", NAMES], ["kinds", KINDS]])
		for (const key in names)
			await until(4000, async () => {
				const r = (await w.rows(table)).find((x) =>
				    x[0] === names[key]);
				const shown = r ? digits(r[3]) : "no row";

				return shown === stats[key] || shown;
			}, `${names[key]} is to be ${stats[key]}`);
	isTrue(stats.answered > 0 && stats.drop_version > 0 &&
	    stats.drop_mode > 0, "there was no traffic to count");
	equal(digits(await w.text("unique-hour")), stats.unique_hour,
	    "clients of the hour");
}

async function sameTables() {
	const { processes } = await w.ctl("show", "processes");
	const rows = await w.rows("processes");
	const status = await w.ctl("show", "status");

	equal(JSON.stringify(rows.map((r) => [r[0], r[1], r[7]])),
	    JSON.stringify(processes.map((p) => [p.name, p.state, p.pid === null
	    ? "–" : String(p.pid)])), "processes");
	equal(await w.text("version"), status.version, "version");
	equal(await w.text("refid"), status.refid, "refid");
	equal(await w.text("stratum"), String(status.stratum), "stratum");
	await until(8000, async () => {
		const { clients } = await w.ctl("show", "clients");
		const shown = (await w.rows("clients")).map((r) => [r[0],
		    digits(r[1]), digits(r[2])]);

		return JSON.stringify(shown) === JSON.stringify(clients.map(
		    (c) => [c.source, c.requests, c.drops])) || shown;
	}, "clients");
}

async function sorts() {
	await w.page.click("[data-by=drops]");
	equal(await w.page.getAttribute("th:has([data-by=drops])",
	    "aria-sort"), "descending", "aria-sort");
	await w.page.fill("#clients-prefix", "192.0.2.0/24");
	await until(4000, async () => await w.text("clients-empty") ===
	    "Nobody of 192.0.2.0/24 has asked.", "clients of a prefix");
	await w.page.fill("#clients-prefix", "");
	await w.page.click("[data-by=requests]");
}

async function ranges() {
	for (const [range, words] of [["15m", /^\d\d:\d\d:\d\d to /],
	    ["24h", /^\d\d:\d\d to \d\d:\d\d UTC/],
	    ["30d", /^\d\d-\d\d \d\d:\d\d to /],
	    ["1m", /^\d\d:\d\d:\d\d UTC/]]) {
		await w.page.click(`[data-range="${range}"]`);
		await until(4000, async () => words.test(await
		    w.text("read")) || await w.text("read"), range);
		await until(4000, async () => await answeredPoints() > 5,
		    range + ": no bars");
	}
}

async function feeds() {
	await until(4000, async () => (await w.page.locator("#events li")
	    .count()) > 10, "events");
	await w.page.selectOption("#events-kind", "lifecycle");
	await until(2000, async () => (await w.page.locator("#events b")
	    .allTextContents()).every((x) => !/answered|version/.test(x)),
	    "only lifecycle");
	await w.page.selectOption("#events-kind", "dropped");
	await until(2000, async () => (await w.page.locator("#events b")
	    .allTextContents()).some((x) => x === "version"), "dropped");
	await w.page.selectOption("#events-kind", "all");
	await w.page.click("#events-pause");
	const before = await w.text("events");

	await burst("1", "10");
	await until(4000, async () => /^paused, [1-9]\d* more/.test(await
	    w.text("events-note")), "what came meanwhile is counted");
	equal(await w.text("events"), before, "events while paused");
	await w.page.click("#events-pause");
	isTrue(await w.text("events") !== before, "they do not go on");
}

async function keys() {
	await w.page.focus(".skip");
	const seen = [];
	for (let i = 0; i < 40; i++) {
		if (i > 0)
			await w.page.keyboard.press("Tab");
		const f = await w.page.evaluate(focus);

		if (f.body || seen.some((s) => s.name === f.name))
			break;
		isTrue(f.seen || i === 0, `no focus to be seen on ${f.name}`);
		seen.push(f);
	}
	const names = seen.map((s) => s.name).join(" ");

	isTrue(/^Skip to content tab-overview tab-config unlock theme .*chart .*clients-prefix .*events-kind .*events-pause/
	    .test(names), "order of focus: " + names);
	await w.page.focus("#chart");
	await w.page.keyboard.press("End");
	const last = await w.text("read");
	await w.page.keyboard.press("ArrowLeft");
	isTrue(await w.text("read") !== last, "arrow keys read nothing");
	equal(await w.page.getAttribute("#read", "aria-live"), "polite",
	    "aria-live");
	await w.page.keyboard.press("Escape");
}

async function configuration() {
	await w.page.click("#tab-config");
	const { config } = await w.ctl("show", "config");
	const block = (key) => w.page.locator(`[data-key="${key}"]`);

	await block("ratelimit.burst").waitFor();
	const shown = await w.page.evaluate(() => [...document
	    .querySelectorAll(".key")].map((k) => [k.dataset.key,
	    k.querySelector(".value").textContent, ...[...k.querySelectorAll(
	    "dd")].map((d) => d.textContent)].join("|")).join("\n"));
	equal(shown, config.map((c) => [c.key, c.value || "empty",
	    c.default || "empty", c.allowed].join("|")).join("\n"), "values");
	await w.page.fill("#config-find", "burst");
	equal(await w.page.locator(".key:visible").count(), 1, "keys found");
	await w.page.fill("#config-find", "");
	await w.page.click("#tab-overview");
}

// Each width and theme; the views too.
async function looks() {
	for (const theme of ["light", "dark"]) {
		await w.page.emulateMedia({ colorScheme: theme });
		for (const width of [360, 1280, 2560]) {
			await w.page.setViewportSize({ width: width,
			    height: width > 2000 ? 1440 : 900 });
			for (const view of ["config", "overview"]) {
				// two frames: what follows the size has
				await w.page.evaluate((v) => new Promise((f) =>
				    {
					location.hash = v;
					requestAnimationFrame(() =>
					    requestAnimationFrame(f));
				}), view);
				equal((await w.page.evaluate(look)).join("\n"),
				    "", `${width} ${theme} ${view}`);
				if (shots)
					await w.page.screenshot({ path:
					    `${shots}/${width}-${theme}-` +
					    `${view}.png`, fullPage: true });
			}
		}
	}
	await w.page.emulateMedia({ colorScheme: "light" });
	await w.page.setViewportSize({ width: 1280, height: 900 });
}

// As long as a day, as far as arrays and elements can tell.
async function bounded() {
	const size = () => w.page.evaluate(() => [document.querySelectorAll(
	    "*:not(#labels *)").length, chart.rows.length <= 64, page.minute.length <= 64,
	    feed.ring.length, costs.length].join(" "));
	const day = () => w.page.evaluate(() => {
		const s = { ...page.stats };
		const e = { event: "request", time: "2026-01-01T00:00:00Z",
		    source: "192.0.2.1", version: 4, mode: 3,
		    verdict: "answered", processing: 1e-5 };

		for (let i = 0; i < 500; i++) {
			s.uptime += 1;
			s.answered += i % 50;
			timed(takeStats, { ...s });
			takeEvent({ ...e, port: i });
			if (i % 100 === 0)
				showEvents();
		}
	});

	await day();
	const before = await size();
	await day();
	equal(await size(), before, "what grows");
	isTrue(/^\d+ true true 300 60$/.test(before), "sizes: " + before);
	await w.page.reload();
	await w.verdict("Synchronised", 10000);
}

// The least of some: what the machine does besides is in the others.
async function cheap() {
	const cost = await w.page.evaluate(async () => {
		const s = { ...page.stats };

		for (let i = 0; i < 50; i++) {
			await new Promise((done) => requestAnimationFrame(() =>
			    setTimeout(done, 5)));
			s.uptime += 1;
			for (const key of ["answered", "v4", "ipv4"])
				s[key] += 50 + i % 7;
			timed(takeStats, { ...s });
		}
		return Math.min(...costs.slice(-50));
	});

	console.log(`an update costs ${cost.toFixed(2)} ms`);
	isTrue(cost <= 1, `an update costs ${cost} ms`);
}

async function unsynchronised() {
	await w.ctl("set", "clock.source", "mirror");
	await w.verdict("Not synchronised", 10000);
	isTrue(/clients are told so$/.test(await w.text("verdict-why")), "why");
	equal(await w.page.getAttribute("#verdict", "data-state"), "bad",
	    "state");
	await w.ctl("unset", "clock.source");
	await w.verdict("Synchronised", 10000);
}

async function stale() {
	await w.page.evaluate(() => {
		page.heard = mono() - 5000;
		showVerdict();
	});
	equal(await w.text("verdict-word"), "Stale", "verdict");
	await w.verdict("Synchronised", 4000);
}

// The child that serves the page dies, and the page comes back by itself.
async function comesBack() {
	const pid = async () => (await w.ctl("show", "processes")).processes
	    .find((p) => p.name === "web").pid;
	const before = await pid();

	await w.page.evaluate(() => {
		globalThis.words = [];
		new MutationObserver(() => words.push($("verdict-word")
		    .textContent)).observe($("verdict-word"), {
		    childList: true, characterData: true, subtree: true });
	});
	w.expected.push(/ERR_|Failed to load/);
	process.kill(before, "SIGKILL");
	await until(10000, async () => await w.page.evaluate(() =>
	    words.includes("Disconnected")), "it does not say so");
	await w.verdict("Synchronised", 15000);
	const heard = await w.page.evaluate(() => page.heard);

	await until(5000, async () => await w.page.evaluate(() =>
	    page.heard) > heard, "no ticks");
	await until(5000, async () => {
		const r = (await w.rows("processes")).find((x) =>
		    x[0] === "web");

		return r[7] === String(await pid()) && r[7] !==
		    String(before) || r;
	}, "the other web child");
	await sleep(200);
	w.expected.pop();
}

await w.open();
try {
	await check("opens, and says what it knows", opens);
	await check("at most 60 KB in all", small);
	await check("traffic moves the bars within two seconds", moves);
	await check("the numbers are ntpsctl's", sameNumbers);
	await check("the tables are ntpsctl's", sameTables);
	await check("clients are sorted and chosen", sorts);
	await check("each range is filled from the history", ranges);
	await check("events are filtered and pause", feeds);
	await check("the keyboard suffices", keys);
	await check("configuration: values, limits, meanings", configuration);
	await check("widths and themes", looks);
	await check("nothing grows", bounded);
	await check("1 ms for each update", cheap);
	await check("a wrong token changes nothing", () => wrongToken(w));
	await check("restart, stop and start by button", () =>
	    restart(w, token));
	await check("a value out of range shows what is allowed", () =>
	    settings(w));
	await check("deny and forget", () => denies(w));
	await check("not synchronised", unsynchronised);
	await check("stale", stale);
	await check("disconnected and back", comesBack);
	await check("no complaint of the browser", () =>
	    equal(w.complaints.join("\n"), "", "complaints"));
	await check("no request to anybody else", () =>
	    equal(w.strangers.join("\n"), "", "requests"));
} finally {
	await w.browser.close();
}
process.exit(failed() ? 1 : 0);
