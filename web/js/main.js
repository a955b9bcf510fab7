// SPDX-License-Identifier: ISC
// The page begins here: views, theme, timers and streams.

function chooseView() {
	const config = location.hash === "#config";

	show($("overview"), !config);
	show($("config"), config);
	for (const name of ["overview", "config"])
		if ((name === "config") === config)
			$("tab-" + name).setAttribute("aria-current", "page");
		else
			$("tab-" + name).removeAttribute("aria-current");
	if (config)
		configAsk();
	else
		refresh();
}

// ---- theme ------------------------------------------------------------------

const THEMES = ["system", "light", "dark"];

function useTheme(name) {
	const root = document.documentElement;

	if (name === "system")
		delete root.dataset.theme;
	else
		root.dataset.theme = name;
	put("theme", "Theme: " + name);
	$("theme").dataset.now = name;
}

function nextTheme() {
	const name = THEMES[(THEMES.indexOf($("theme").dataset.now) + 1) % 3];

	useTheme(name);
	makeInk();
	draw();
	try {
		localStorage.setItem("ntpsd-theme", name);
	} catch (e) {
		// not kept then
	}
}

function themeStart() {
	let name = null;

	try {
		name = localStorage.getItem("ntpsd-theme");
	} catch (e) {
		// the browser keeps nothing for us
	}
	useTheme(THEMES.includes(name) ? name : "system");
	on($("theme"), "click", nextTheme);
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change",
	    () => {
		makeInk();
		draw();
	});
}

// ---- what is asked for, and when --------------------------------------------

async function workersAsk() {
	try {
		const o = await ask("workers");

		if (o !== null)
			takeWorkers(o);
	} catch (e) {
		workers.clear();
	}
}

// All that is not in a stream, at once.
function refresh() {
	chartAsk(true);
	clientsAsk();
	policyAsk();
	workersAsk();
}

let seconds = 0;

// Once a second, on the second of the daemon's clock.  Nobody asks for what
// nobody looks at.
function everySecond() {
	setTimeout(everySecond, 1000 - now() % 1000 + 2);
	showUtc();
	showVerdict();
	if (document.hidden || page.lost || $("overview").hidden)
		return;
	seconds++;
	if (mono() - chart.asked >
	    RANGES[chart.range].again * 1e3 - 500)
		chartAsk(chart.asked === -Infinity);
	if (seconds % 5 === 0) {
		clientsAsk();
		workersAsk();
	}
	if (seconds % 15 === 0)
		policyAsk();
}

function linked(up) {
	const back = up && page.lost;

	page.lost = !up;
	if (back) {
		refresh();	// there is a gap to fill
		configAsk();
	}
	showVerdict();
}

themeStart();
chartStart();
tablesStart();
controlStart();
configStart();
addEventListener("hashchange", chooseView);
stream("/stats", { stats: (s) => timed(takeStats, s), status: takeStatus,
    processes: takeProcesses }, linked);
const [closeEvents, openEvents] = stream("/events", { request: takeEvent,
    lifecycle: takeEvent, left_out: takeEvent }, () => {});
// A browser has six connections for all its pages from here: a hidden one
// keeps a single one, and its title says how the server is.
on(document, "visibilitychange", () => {
	if (document.hidden) {
		closeEvents();
		return;
	}
	openEvents();
	eventsAsk();
	refresh();
});
eventsAsk();
configAsk();
chooseView();
everySecond();
