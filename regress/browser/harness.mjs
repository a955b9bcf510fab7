// SPDX-License-Identifier: ISC
// A browser with a page, eyes on all that it complains of, and checks that go
// on after one has failed.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const run = promisify(execFile);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"];

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

let failures = 0;

export async function check(name, f) {
	const begun = Date.now();
	let word = "ok";

	try {
		await f();
	} catch (e) {
		failures++;
		word = "FAILED";
		console.log(String(e.stack || e).split("\n").slice(0, 4)
		    .join("\n"));
	}
	console.log(`${word}: ${name} (${Date.now() - begun} ms)`);
}

export const failed = () => failures > 0;

export function equal(got, wanted, what) {
	if (got !== wanted)
		throw new Error(`${what}: ${JSON.stringify(got)} instead of ` +
		    JSON.stringify(wanted));
}

export function isTrue(yes, what) {
	if (!yes)
		throw new Error(what);
}

// until f() is true; the time it took
export async function until(ms, f, what) {
	const begun = Date.now();
	let last;

	while (Date.now() - begun < ms) {
		last = await f();
		if (last === true)
			return Date.now() - begun;
		await sleep(50);
	}
	throw new Error(`${what}: not within ${ms} ms, but ` +
	    JSON.stringify(last));
}

export class World {
	constructor(url, folder) {
		this.url = url;
		this.folder = folder;		// ./ctl is here
		this.complaints = [];		// console, CSP, exceptions
		this.expected = [];		// those that belong to a check
		this.strangers = [];		// requests to somebody else
		this.octets = new Map();	// of the files, by path
	}

	async open() {
		this.browser = await chromium.launch({
		    executablePath: "/usr/bin/chromium", args: FLAGS });
		this.context = await this.browser.newContext({
		    viewport: { width: 1280, height: 900 },
		    colorScheme: "light" });
		await this.context.addInitScript(() =>
		    addEventListener("securitypolicyviolation", (e) =>
		    console.error("CSP: " + e.violatedDirective + " " +
		    e.blockedURI)));
		this.page = await this.context.newPage();
		this.page.on("console", (m) => {
			if (["error", "warning"].includes(m.type()))
				this.complain(m.text() + " " +
				    m.location().url);
		});
		this.page.on("pageerror", (e) => this.complain(e.stack));
		this.page.on("request", (r) => {
			if (!r.url().startsWith(this.url))
				this.strangers.push(r.url());
		});
		this.page.on("response", async (r) => {
			const path = new URL(r.url()).pathname;

			if (/^\/([a-z]+\.[a-z]+)?$/.test(path))
				this.octets.set(path, (await r.body().catch(
				    () => "")).length);
		});
	}

	complain(text) {
		if (!this.expected.some((x) => x.test(text)))
			this.complaints.push(text);
	}

	async ctl(...words) {
		const { stdout } = await run(`${this.folder}/ctl`,
		    ["-j", ...words]);

		return JSON.parse(stdout);
	}

	text(id) {
		return this.page.locator("#" + id).textContent();
	}

	// the rows of a table, as texts
	rows(id) {
		return this.page.evaluate((t) => [...document.querySelectorAll(
		    `#${t} tbody tr`)].filter((tr) => !tr.hidden).map((tr) =>
		    [...tr.cells].map((td) => td.textContent)), id);
	}

	verdict(word, ms) {
		return until(ms, async () => await this.text("verdict-word")
		    === word || await this.text("verdict"), word);
	}
}
