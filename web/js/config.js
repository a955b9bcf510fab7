// SPDX-License-Identifier: ISC
// The configuration page: a block for each key, made once and filled again,
// so that what somebody is typing stays.

const keys = { rows: [], blocks: new Map(), editing: null };

async function configAsk() {
	let o = null;

	try {
		o = await ask("config");
	} catch (e) {
		put("config-note", e.message);
	}
	if (o === null)
		return;
	keys.rows = o.config;
	page.config = {};
	for (const r of o.config)
		page.config[r.key] = r.value;
	showConfig();
}

function makeBlock(key) {
	const b = { value: make("span", { class: "value" }),
	    meaning: make("div", { class: "dim" }),
	    origin: make("div", { class: "dim" }), tools: make("div"),
	    bad: make("div", { class: "bad", role: "alert", hidden: "" }),
	    normal: make("dd"), allowed: make("dd"),
	    edit: make("button", { "aria-label": "Edit " + key }, "Edit"),
	    reset: make("button", { "aria-label": "Unset " + key }, "Unset")
	};

	on(b.edit, "click", () => editKey(key));
	on(b.reset, "click", () => confirmThen("Unset " + key +
	    "?", "The file's value, or the default, counts again.", "Unset",
	    () => setKey(key, null)));
	b.tools.append(b.value, " ", b.edit, " ", b.reset);
	b.node = make("div", { class: "key", "data-key": key },
	    make("div", {}, make("code", {}, key), b.meaning),
	    make("div", {}, b.tools, b.bad, b.origin),
	    make("dl", {}, make("dt", {}, "Default"), b.normal,
	    make("dt", {}, "Allowed"), b.allowed));
	return b;
}

const ORIGINS = { default: "the default", set: "what was set at run time",
    "command line": "the command line" };

function showConfig() {
	const find = $("config-find").value.trim().toLowerCase();
	const changed = $("config-changed").checked;
	const list = $("config-rows");
	let shown = 0;

	for (const r of keys.rows) {
		let b = keys.blocks.get(r.key);

		if (b === undefined) {
			b = makeBlock(r.key);
			keys.blocks.set(r.key, b);
			list.append(b.node);
		}
		fillBlock(b, r);
		const fits = (!changed || r.value !== r.default) &&
		    (find === "" || (r.key + " " + r.meaning).toLowerCase()
		    .includes(find));
		show(b.node, fits);
		shown += fits;
	}
	put("config-note", whole(keys.rows.length) + " keys");
	show($("config-empty"), shown === 0 && keys.rows.length > 0);
}

function fillBlock(b, r) {
	const on = control.key !== null && r.settable;

	put(b.value, r.value === "" ? "empty" : r.value);
	flag(b.value, "dim", r.value === "");
	flag(b.value, "changed", r.value !== r.default);
	put(b.meaning, r.meaning);
	put(b.origin, "from " + (ORIGINS[r.origin] || "line " + r.line +
	    " of the file") + (r.settable ? "" : r.applies === "reload" ?
	    "; only the file changes it" : "; fixed while the daemon runs"));
	put(b.normal, r.default === "" ? "empty" : r.default);
	put(b.allowed, r.allowed);
	show(b.edit, on && keys.editing !== r.key);
	show(b.reset, on && r.origin === "set" && keys.editing !== r.key);
	if (!on && keys.editing === r.key)
		endEdit();
}

// ---- editing ----------------------------------------------------------------

function editor(r) {
	const words = r.allowed === "true or false" ? ["true", "false"] :
	    /^[a-z]+(,\s[a-z]+)+$/.test(r.allowed) ? r.allowed.split(", ") :
	    null;

	if (words === null)
		return make("input", { value: r.value, maxlength: 1000,
		    spellcheck: "false", autocomplete: "off" });
	const select = make("select", {}, ...words.map((w) =>
	    make("option", {}, w)));

	select.value = r.value;
	return select;
}

function editKey(key) {
	const r = keys.rows.find((x) => x.key === key);
	const b = keys.blocks.get(key);
	const field = editor(r);
	const cancel = make("button", { type: "button" }, "Cancel");
	const form = make("form", {}, field, make("button", { class: "main" },
	    "Set"), cancel);

	if (keys.editing !== null)
		endEdit();
	keys.editing = key;
	field.setAttribute("aria-label", "New value of " + key);
	on(cancel, "click", () => {
		endEdit();
		b.edit.focus();
	});
	on(form, "keydown", (e) => {
		if (e.key === "Escape")
			cancel.click();
	});
	on(form, "submit", async (e) => {
		e.preventDefault();
		if (await setKey(key, field.value)) {
			endEdit();
			b.edit.focus();
		}
	});
	b.tools.append(form);
	show(b.edit, false);
	show(b.reset, false);
	field.focus();
}

function endEdit() {
	const b = keys.blocks.get(keys.editing);

	keys.editing = null;
	b.tools.querySelector("form").remove();
	show(b.bad, false);
	showConfig();
}

// What the daemon does not take, it says with what is allowed.
async function setKey(key, value) {
	const b = keys.blocks.get(key);

	show(b.bad, false);
	try {
		const o = await send("PATCH", "/api/v1/config",
		    { [key]: value });

		notice(o.message || key + " is changed.", false);
		configAsk();
		return true;
	} catch (e) {
		const own = (e.errors || []).find((x) => x.key === key);

		if (e.status === 401) {
			lock();
			notice("Refused: " + e.message, true);
		}
		put(b.bad, own ? own.message : e.message);
		show(b.bad, true);
		return false;
	}
}

function configStart() {
	on($("config-find"), "input", showConfig);
	on($("config-changed"), "change", showConfig);
}
