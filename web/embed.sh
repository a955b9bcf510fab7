#! /bin/sh
# SPDX-License-Identifier: ISC
#
# embed.sh file...: the files of the page as C, for the web child to serve:
# index.html as /, every other one under its name.

set -u
LC_ALL=C
export LC_ALL

cat <<'EOF'
/* Made by web/embed.sh from the files of web/. */

#include "web.h"
EOF

n=0
for f; do
	n=$((n + 1))
	printf '\nstatic const unsigned char\tfile%d[] = {' "$n"
	od -An -v -tu1 "$f" | awk '{
		for (i = 1; i <= NF; i++)
			printf "%s%s,", m++ % 16 == 0 ? "\n\t" : " ", $i
	}' || exit 1
	printf '\n};\n'
done

printf '\nconst struct web_file\tweb_files[] = {\n'
n=0
for f; do
	n=$((n + 1))
	name=${f##*/}
	case $name in
	*.html)	type='text/html; charset=utf-8' ;;
	*.css)	type='text/css; charset=utf-8' ;;
	*.js)	type='text/javascript; charset=utf-8' ;;
	*.svg)	type='image/svg+xml' ;;
	*)	echo "embed.sh: $name: of what type?" >&2; exit 1 ;;
	esac
	[ "$name" != index.html ] || name=
	printf '\t{ "/%s", "%s", file%d, sizeof(file%d) },\n' \
	    "$name" "$type" "$n" "$n"
done
printf '\t{ NULL, NULL, NULL, 0 }\n};\n'
