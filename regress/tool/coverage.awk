# SPDX-License-Identifier: ISC
#
# A table of lines and branches out of what llvm-cov exports (-format=lcov), for
# the groups of files in `groups' (a_b belongs to a), and of the files in `show'
# each branch that was never taken.  A line that allocates memory has its failure
# left out: these tests can't bring it about.  The exit status is 1 if a group
# has fewer than `want' per cent.

function percent(part, all) {
	return (all == 0 ? 100 : 100 * part / all)
}

# the group of a file, or none
function group_of(name,    i, j, n, each) {
	for (i = 1; i <= ngroups; i++) {
		n = split(group[i], each, ",")
		for (j = 1; j <= n; j++)
			if (name == each[j] || index(name, each[j] "_") == 1)
				return (i)
	}
	return (0)
}

function read_source(path,    n) {
	split("", text)
	while ((getline text[++n] <path) > 0)
		;
	close(path)
}

function row(name, l, lh, b, bh) {
	printf("%-22s %5d %6.1f %% %6d %6.1f %%\n", name, l,
	    percent(lh, l), b, percent(bh, b))
}

BEGIN {
	FS = "[:,]"
	ngroups = split(groups, group, " ")
	nshow = split(show, shown, " ")
	for (i = 1; i <= nshow; i++)
		listed[shown[i]] = 1
}

$1 == "SF" {
	path = $2
	sub(/^\.\//, "", path)
	name = path
	sub(/^.*\//, "", name)
	g = 0
	if (path ~ /^common\/.*\.c$/)
		g = group_of(substr(name, 1, length(name) - 2))
	if (g > 0)
		file[g] = file[g] " " name
	read_source(path)
	split("", spared)
}

$1 == "DA" && g > 0 {
	lines[name]++
	reached[name] += $3 > 0
}

# of a line's branches, each even one is where something was true
$1 == "BRDA" && g > 0 {
	true = $4 % 2 == 0
	if ($5 + 0 == 0 && true && !($2 in spared) && text[$2] ~ \
	    /(calloc|malloc|realloc|reallocarray|strn?dup|event_new)\(/) {
		spared[$2] = 1
		nspared++
		next
	}
	branches[name]++
	taken[name] += $5 > 0
	if ($5 + 0 == 0 && path in listed)
		missed[++nmissed] = path ":" $2 ": never " \
		    (true ? "true " : "false") text[$2]
}

END {
	printf("%-22s %5s %8s %6s %8s\n", "", "lines", "reached", "branch",
	    "taken")
	for (i = 1; i <= ngroups; i++) {
		n = split(file[i], name_of, " ")
		l = lh = b = bh = 0
		for (j = 1; j <= n; j++) {
			f = name_of[j]
			row(f, lines[f], reached[f], branches[f], taken[f])
			l += lines[f]
			lh += reached[f]
			b += branches[f]
			bh += taken[f]
		}
		if (n > 1)
			row("  " group[i], l, lh, b, bh)
		if (n == 0 || percent(bh, b) < want)
			few = few " " group[i]
	}
	print nspared + 0 " branches where memory is short are not counted"
	for (i = 1; i <= nmissed; i++)
		print missed[i]
	if (few != "") {
		print "fewer than " want " % of the branches:" few
		exit 1
	}
}
