// SPDX-License-Identifier: ISC
// Control: signing requests, asking before they go, and saying what came of
// it.  The token becomes a key that the page itself can't read any more, kept
// in memory alone.

const control = { key: null };

const hex = (buffer) => Array.from(new Uint8Array(buffer),
    (n) => n.toString(16).padStart(2, "0")).join("");
const octets = (text) => new TextEncoder().encode(text);

async function answerOf(r) {
	const o = await r.json().catch(() => ({}));

	if (!r.ok) {
		const e = new Error(o.detail || o.title || r.statusText);

		e.status = r.status;
		e.errors = o.errors || [];
		throw e;
	}
	return o;
}

// HMAC-SHA-256 over nonce, method, path and the body's hash: the daemon's
// parent process verifies it, so the process that serves this page can't
// make one up.
async function send(method, path, what) {
	const body = JSON.stringify(what);
	const { nonce } = await answerOf(await fetch("/api/v1/nonce",
	    { cache: "no-store" }));
	const hash = hex(await crypto.subtle.digest("SHA-256", octets(body)));
	const signature = hex(await crypto.subtle.sign("HMAC", control.key,
	    octets([nonce, method, path, hash].join("\n"))));

	return answerOf(await fetch(path, { method: method, body: body,
	    headers: { "Content-Type": "application/json",
	    "X-Ntpsd-Nonce": nonce, "X-Ntpsd-Signature": signature } }));
}

// Said until something else is said.
function notice(text, bad) {
	const node = $("notice");

	put(node, text);
	flag(node, "bad", bad);
	show(node, true);
	if (!bad)
		setTimeout(() => node.textContent === text &&
		    show(node, false), 8000);
}

// send() with the outcome told; true if it was done.
async function act(method, path, what) {
	try {
		const o = await send(method, path, what);

		notice(o.message || "Done.", false);
		return true;
	} catch (e) {
		if (e.status === 401)
			lock();
		notice("Refused: " + e.message, true);
		return false;
	}
}

// ---- the token --------------------------------------------------------------

function whyNoControl() {
	return globalThis.isSecureContext && crypto.subtle ? null :
	    "The browser signs requests only for pages from localhost or " +
	    "over HTTPS; a tunnel to 127.0.0.1 will do.";
}

function tokenBad(text) {
	put("token-bad", text || "");
	show($("token-bad"), Boolean(text));
}

async function unlock() {
	const dialog = $("token");
	let why = whyNoControl();

	if (control.key !== null) {
		lock();
		return;
	}
	if (why === null) {
		const r = await fetch("/api/v1/nonce", { cache: "no-store" })
		    .catch(() => null);

		why = r === null ? "The daemon does not answer." :
		    r.status === 404 ? "Control over HTTP is off: " +
		    "web.token_file is not set." : null;
	}
	if (why !== null) {
		notice(why, true);
		return;
	}
	$("token-text").value = "";
	tokenBad(null);
	dialog.showModal();
}

async function takeToken(e) {
	const text = $("token-text").value.trim();

	e.preventDefault();
	if (text === "") {
		tokenBad("There is nothing to sign with.");
		return;
	}
	control.key = await crypto.subtle.importKey("raw", octets(text),
	    { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
	$("token-text").value = "";
	$("token").close();
	showControl();
}

function lock() {
	control.key = null;
	showControl();
}

// Buttons that would be refused are not there.
function showControl() {
	const on = control.key !== null;

	put("unlock", on ? "Lock control" : "Unlock control");
	show($("actions"), on);
	for (const b of $$("#clients td button"))
		show(b, on);
	policyAsk();
	showConfig();
}

// ---- asking before it goes --------------------------------------------------

let confirmed = null;

function confirmThen(title, text, ok, f) {
	const dialog = $("confirm");

	put("confirm-title", title);
	put("confirm-text", text);
	put("confirm-ok", ok);
	show($("confirm-deny"), false);
	confirmed = f;
	dialog.returnValue = "";
	dialog.showModal();
}

const ACTIONS = {
	start: ["Start the service?", "Its ports are opened again, and " +
	    "clients are answered."],
	stop: ["Stop the service?", "Its ports are closed. Clients get no " +
	    "answer until it is started; this page stays."],
	restart: ["Restart the engines?", "One after the other is replaced; " +
	    "no request is lost."],
	reload: ["Reload the configuration?", "The file is read and checked. " +
	    "If there is a mistake in it, nothing changes."]
};

function lifecycle(action) {
	const [title, text] = ACTIONS[action];

	confirmThen(title, text, word(action), () => act("POST",
	    "/api/v1/service/control", { action: action }));
}

function deny(source) {
	confirmThen("Deny a source?", "Its requests are dropped from now on, " +
	    "also after a restart.", "Deny", async () => {
		const what = { action: "deny",
		    prefix: $("deny-prefix").value.trim() };

		if ($("deny-for").value !== "")
			what.for = $("deny-for").value;
		if ($("deny-reason").value !== "")
			what.reason = $("deny-reason").value;
		await act("POST", "/api/v1/policy", what) && policyAsk();
	});
	$("deny-prefix").value = source;
	show($("confirm-deny"), true);
}

function forget(source) {
	confirmThen("Forget a rule?", "What was decided about " + source +
	    " at run time no longer counts.", "Forget", async () => {
		await act("POST", "/api/v1/policy", { action: "forget",
		    prefix: source }) && policyAsk();
	});
}

function controlStart() {
	on($("unlock"), "click", unlock);
	on($("token").firstElementChild, "submit", takeToken);
	on($("token-cancel"), "click", () => $("token").close());
	on($("confirm"), "close", () => {
		const f = confirmed;

		confirmed = null;
		if ($("confirm").returnValue === "ok" && f !== null)
			f();
	});
	for (const b of $$("[data-action]"))
		on(b, "click", () => lifecycle(b.dataset.action));
}
