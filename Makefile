# SPDX-License-Identifier: ISC
#
# The front door, for GNU make and BSD make.  It sees to config.mk and hands
# the work to build.mk, where the lists of files stand.  There are two files
# so that this one takes its goals one after the other, also with -j (`make
# -j4 deps check' installs first and looks for the libraries then), while
# build.mk, which includes config.mk, finds it finished.

.NOTPARALLEL:
.SUFFIXES:

# GNU make alone reads the variable: "Entering directory" says nothing here.
# A + before a command lets GNU make's -j through to build.mk.
BUILD =	GNUMAKEFLAGS=--no-print-directory $(MAKE) -f build.mk

all: config.mk
	+@$(BUILD) all

# --again repeats the options that the last run was given
config.mk: configure
	@./configure --again

# what building and testing need; and what CI and development take beyond that
deps:
	@sh .ci/deps

deps-ci:
	@sh .ci/deps ci

# the test library may have come after configure looked
tests: config.mk
	@grep -q '^ATF_LIBS =.*-l' config.mk || ./configure --again
	@grep -q '^ATF_LIBS =.*-l' config.mk
	+@$(BUILD) all tests

# make check TESTS='unit/test_addr integration' runs some of them
TESTS =

check: tests
	@sh regress/tool/check.sh regress/Kyuafile $(TESTS)

check-ci: tests
	@sh regress/tool/check.sh regress/Kyuafile.ci $(TESTS)

# the long form of these, one at a time: half an hour and more
FAULTS =	fault

fault: tests
	@JOBS=1 FAULT_LONG=yes sh regress/tool/check.sh regress/Kyuafile \
	    $(FAULTS)

# seconds; SOAK_RATE is of requests in each
SOAK =		3600
SOAK_RATE =	20000

soak: tests
	@sh regress/bench/soak.sh -r $(SOAK_RATE) $(SOAK)

lint:
	@sh regress/tool/lint.sh

# a daemon to try things on: own ports, own socket, nothing outside ./run
run: all
	@sh regress/tool/run.sh

# BENCH='-r 3 -t closed' chooses rounds and tests
BENCH =

bench: config.mk
	+@$(BUILD) all benches
	@bash regress/bench/run.sh $(BENCH)

# seconds for each target
FUZZ_TIME =	10

fuzz: config.mk
	@grep -q '^FUZZ_CC =.*clang' config.mk || ./configure --again
	@grep -q '^FUZZ_CC =.*clang' config.mk || \
	    { echo "fuzz: no clang with libFuzzer: make deps-ci" >&2; exit 1; }
	+@$(BUILD) fuzzers
	@FUZZ_TIME=$(FUZZ_TIME) sh regress/tool/fuzz.sh

# TARGETS='packet msg' chooses
TARGETS =

afl:
	@MAKE='$(MAKE)' FUZZ_TIME=$(FUZZ_TIME) sh regress/tool/afl.sh $(TARGETS)

# the tests in a copy of the tree that is built with the sanitizers
asan:
	+@MAKE='$(MAKE)' sh regress/tool/asan.sh $(TESTS)

# ANALYSE='gcc cppcheck' runs these of gcc, cppcheck, tidy and valgrind
ANALYSE =

analyse: tests
	@sh regress/tool/analyse.sh $(ANALYSE)

# COVERAGE=common/json.c lists what nothing took there
COVERAGE =

coverage: config.mk
	@grep -q '^FUZZ_CC =.*clang' config.mk || ./configure --again
	@grep -q '^FUZZ_CC =.*clang' config.mk || \
	    { echo "coverage: no clang: make deps-ci" >&2; exit 1; }
	@MAKE='$(MAKE)' sh regress/tool/coverage.sh $(COVERAGE)

install: all
	+@$(BUILD) install

uninstall: config.mk
	+@$(BUILD) uninstall

dist: config.mk
	+@$(BUILD) dist

# a Debian package
deb: config.mk
	@sh etc/deb.sh

clean:
	rm -f common/*.a common/*.o common/*.fo common/*.d
	rm -f ntpsd/*.o ntpsd/*.d ntpsd/ntpsd ntpsd/web_page.c web/app.*
	rm -f ntpsctl/*.o ntpsctl/*.d ntpsctl/ntpsctl
	rm -f regress/*.a regress/*/*.d regress/*/*.o regress/fuzz/*.fuzz
	@for f in regress/unit/*.c regress/tool/*.c regress/bench/*.c; do \
		rm -f "$${f%.c}"; done

distclean: clean
	rm -rf config.mk run ntpsd-*.tar.gz ntpsd_*.deb

# any other goal is a file of build.mk's
.DEFAULT:
	@test -f config.mk || ./configure
	+@$(BUILD) $@

.PHONY: all deps deps-ci tests check check-ci fault soak lint run bench fuzz \
    afl asan analyse coverage install uninstall dist deb clean distclean
