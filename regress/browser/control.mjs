// SPDX-License-Identifier: ISC
// Control from the page, by its buttons and dialogs.
import { equal, isTrue, until } from "./harness.mjs";

async function give(w, token) {
	await w.page.click("#unlock");
	await w.page.locator("#token").waitFor();
	await w.page.fill("#token-text", token);
	await w.page.keyboard.press("Enter");
}

function said(w, regex) {
	return until(6000, async () => regex.test(await w.text("notice")) ||
	    await w.text("notice"), String(regex));
}

// Enter is for Cancel, where the focus is: nothing happens by mistake.
async function confirm(w) {
	await w.page.locator("#confirm").waitFor();
	equal(await w.page.evaluate(() => document.activeElement.value),
	    "cancel", "the focus in the dialog");
	await w.page.click("#confirm-ok");
}

export async function wrongToken(w) {
	isTrue(await w.page.locator("#actions").isHidden(),
	    "buttons without a token");
	w.expected.push(/status of 401/);
	await give(w, "not the token");
	await w.page.click("[data-action=reload]");
	await confirm(w);
	await said(w, /^Refused: /);
	await until(2000, () => w.page.locator("#actions").isHidden(),
	    "the wrong token is kept");
	w.expected.pop();
}

export async function restart(w, token) {
	const engine = async () => (await w.ctl("show", "processes")).processes
	    .find((p) => p.name === "engine 0");
	const before = await engine();

	await give(w, token);
	await w.page.click("[data-action=restart]");
	await w.page.keyboard.press("Enter");
	await w.page.click("[data-action=restart]");
	await confirm(w);
	await said(w, /restarted/);
	const after = await engine();
	isTrue(after.pid !== before.pid, "it is the same engine");
	equal(after.planned, before.planned + 1, "planned restarts");
	await until(6000, async () => {
		const r = (await w.rows("processes")).find((x) =>
		    x[0] === "engine 0");

		return r[7] === String(after.pid) && r[3] === "0 + " +
		    after.planned || r;
	}, "the other engine on the page");
	await w.page.click("[data-action=stop]");
	await confirm(w);
	await w.verdict("Stopped", 6000);
	await w.page.click("[data-action=start]");
	await confirm(w);
	await w.verdict("Synchronised", 6000);
}

const value = async (w, key) => (await w.ctl("show", "config")).config
    .find((c) => c.key === key);

export async function settings(w) {
	const block = w.page.locator('[data-key="ratelimit.burst"]');

	await w.page.click("#tab-config");
	await block.getByText("Edit").click();
	await block.locator("input").fill("999");
	w.expected.push(/status of 422/);
	await block.getByText("Set", { exact: true }).click();
	await until(4000, async () => /999.*out of range; allowed: 1 to 255$/
	    .test(await block.locator(".bad").textContent()) ||
	    await block.textContent(), "what is allowed");
	w.expected.pop();
	equal((await value(w, "ratelimit.burst")).value, "5", "burst");
	await block.locator("input").fill("9");
	await w.page.keyboard.press("Enter");
	await until(4000, async () => await block.locator(".value")
	    .textContent() === "9", "the new value is shown");
	equal((await value(w, "ratelimit.burst")).origin, "set", "origin");
	await block.getByText("Unset").click();
	await confirm(w);
	await until(4000, async () => await block.locator(".value")
	    .textContent() === "5", "the default is back");
	await w.page.click("#tab-overview");
}

export async function denies(w) {
	await w.page.locator("#clients td button").first().click();
	await w.page.fill("#deny-prefix", "192.0.2.0/24");
	await w.page.selectOption("#deny-for", "1h");
	await w.page.click("#confirm-ok");
	await until(4000, async () => (await w.rows("policy")).some((r) =>
	    /^deny 192\.0\.2\.0\/24, abuse, until /.test(r[0])), "the rule");
	equal((await w.ctl("show", "policy")).run_time[0].source,
	    "192.0.2.0/24", "denied");
	await w.page.locator("#policy td button").first().click();
	await confirm(w);
	await until(4000, async () => (await w.rows("policy")).length === 0,
	    "it is forgotten");
	await w.page.click("#unlock");
	isTrue(await w.page.locator("#actions").isHidden(), "still unlocked");
}
