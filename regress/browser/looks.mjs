// SPDX-License-Identifier: ISC
// What is checked in each width and theme: nothing is wider than the window,
// texts stand out from their ground, and each control says what it is.

// In the page.  Contrast as WCAG 2.2 has it; large text may have 3.
export function look() {
	const bad = [];
	const light = (c) => c.map((x) => (x /= 255) <= 0.04045 ? x / 12.92 :
	    ((x + 0.055) / 1.055) ** 2.4)
	    .reduce((n, x, i) => n + x * [0.2126, 0.7152, 0.0722][i], 0);
	const rgba = (s) => s.match(/[\d.]+/g).map(Number);
	const shown = (e) => e.checkVisibility({ visibilityProperty: true }) &&
	    e.getClientRects().length > 0;

	const grounds = new Map();

	function ground(e) {
		if (e === null)
			return 1;
		if (!grounds.has(e)) {
			const c = rgba(getComputedStyle(e).backgroundColor);

			grounds.set(e, c.length < 4 || c[3] > 0 ?
			    light(c.slice(0, 3)) : ground(e.parentElement));
		}
		return grounds.get(e);
	}

	const walk = document.createTreeWalker(document.body,
	    NodeFilter.SHOW_TEXT);
	let texts = 0;
	while (walk.nextNode()) {
		const e = walk.currentNode.parentElement;

		if (walk.currentNode.data.trim() === "" || !shown(e) ||
		    e.closest(".vh, .skip, :disabled, noscript, li:nth-child(n+9)"))
			continue;
		const style = getComputedStyle(e);
		const [a, b] = [light(rgba(style.color).slice(0, 3)),
		    ground(e)].sort((x, y) => y - x);
		const ratio = (a + 0.05) / (b + 0.05);

		texts++;
		if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
			bad.push(`${e.tagName} "${walk.currentNode.data}": ` +
			    `contrast ${ratio.toFixed(2)}`);
	}
	if (texts < 30)
		bad.push(`only ${texts} texts`);
	for (const e of document.querySelectorAll(
	    "button, input, select, a, canvas[tabindex], [role=region]"))
		if (shown(e) && !(e.textContent.trim() || e.ariaLabel ||
		    e.labels?.length > 0))
			bad.push("no name: " + e.outerHTML);
	const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
	for (const id of ids)
		if (ids.indexOf(id) !== ids.lastIndexOf(id))
			bad.push("twice: " + id);
	if (document.documentElement.scrollWidth > innerWidth)
		bad.push(`${document.documentElement.scrollWidth} wide in ` +
		    innerWidth);
	for (const e of document.querySelectorAll(".panel, #strip, header"))
		if (shown(e) && e.scrollWidth > e.clientWidth + 1)
			bad.push(`${e.id || e.tagName}: ${e.scrollWidth} wide` +
			    ` in ${e.clientWidth}`);
	return bad;
}

// In the page: where the focus is, and whether one sees it.
export function focus() {
	const e = document.activeElement;
	const style = getComputedStyle(e);

	return { name: e.id || e.ariaLabel || e.textContent.trim().slice(0, 30),
	    y: Math.round(e.getBoundingClientRect().top + scrollY),
	    seen: style.outlineStyle !== "none" &&
	    parseFloat(style.outlineWidth) >= 2, body: e === document.body };
}
