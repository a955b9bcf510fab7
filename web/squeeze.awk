# SPDX-License-Identifier: ISC
#
# What the page's sources lose on their way into the program: comments,
# indentation, and blanks next to punctuation, outside of strings.  Lines stay
# lines.  It knows no regular expressions: they are to be written
# without blanks and quotes.  css=1 is for style sheets, where a blank before
# a colon, a parenthesis or an operator means something.

function squeeze(line,    out, c, i, n, quote, last) {
	n = length(line)
	for (i = 1; i <= n; i++) {
		c = substr(line, i, 1)
		if (quote != "") {
			if (c == "\\")
				c = c substr(line, ++i, 1)
			else if (c == quote)
				quote = ""
		} else if (c == "\"" || c == "'" || c == "`")
			quote = c
		else if (!css && c == "/" && substr(line, i + 1, 1) == "/")
			break
		else if (c == " " && (index(after, last) ||
		    index(before, substr(line, i + 1, 1))))
			continue
		out = out c
		last = substr(c, length(c))
	}
	sub(/[ \t]+$/, "", out)
	return out
}

BEGIN {
	after = css ? "{};:," : "=+-*/<>!&|?:;,(){}[]"
	before = css ? "{}" : after
}
{ sub(/^[ \t]+/, "") }
css && /^\/\*/ { comment = 1 }
comment { comment = !/\*\/$/; next }
/^$/ || (!css && /^\/\//) { next }
{ print squeeze($0) }
