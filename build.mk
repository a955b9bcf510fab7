# SPDX-License-Identifier: ISC
#
# The files and how they are built.  A new file is one word in a list below.
# GNU make and BSD make both read this: no %, no $^, no :=, no functions and
# no conditionals.

include config.mk

# pure: takes bytes, time and randomness as arguments, and has no globals
PURE_OBJ =	common/addr.o common/answers.o common/backoff.o \
		common/client.o common/clients.o common/clients_scan.o \
		common/clock.o common/clock_leap.o common/clock_readings.o \
		common/conf.o common/conf_check.o common/conf_near.o \
		common/conf_number.o common/conf_policy.o common/conf_text.o \
		common/counters.o common/denials.o common/departure.o \
		common/event.o common/event_text.o common/gather.o \
		common/heavy.o common/hist.o common/history.o \
		common/history_file.o common/history_read.o common/http.o \
		common/interleave.o common/json.o common/keyfile.o \
		common/leap.o common/limit.o common/mac.o common/metrics.o \
		common/metrics_write.o common/mirror.o common/mode6.o \
		common/mode6_ask.o common/mode6_budget.o common/mode6_mru.o \
		common/mode6_peer.o common/mode6_system.o common/mode6_text.o \
		common/mode6_vars.o common/ntp_packet.o common/ntp_reply.o \
		common/ntp_time.o common/out.o common/out_table.o \
		common/policy.o common/policy_build.o common/policy_fields.o \
		common/policy_map.o common/policy_sets.o common/prefix.o \
		common/request.o common/request_monitor.o common/show.o \
		common/show_check.o common/show_clients.o \
		common/show_events.o common/show_history.o \
		common/show_metrics.o common/show_policy.o common/signed.o \
		common/siphash.o common/smear.o common/steer.o \
		common/unique.o common/utf8.o
# system: talks to the kernel, a library or another process
SYS_OBJ =	common/imsg.o common/imsgev.o common/log.o common/msg.o \
		common/priv.o common/yaml_conf.o $(OS_OBJ)
COMMON_OBJ =	$(PURE_OBJ) $(SYS_OBJ)

NTPSD_MAIN =	ntpsd/ntpsd.o
NTPSD_OBJ =	ntpsd/child.o ntpsd/config.o ntpsd/config_files.o \
		ntpsd/control.o ntpsd/control_accept.o ntpsd/control_client.o \
		ntpsd/control_event.o ntpsd/control_history.o \
		ntpsd/control_list.o ntpsd/control_log.o \
		ntpsd/control_watch.o ntpsd/deny.o ntpsd/engine.o \
		ntpsd/engine_auth.o ntpsd/engine_clock.o ntpsd/engine_conf.o \
		ntpsd/engine_event.o \
		ntpsd/engine_io.o ntpsd/engine_limit.o ntpsd/engine_mode6.o \
		ntpsd/engine_overload.o ntpsd/engine_policy.o \
		ntpsd/engine_replay.o ntpsd/engine_stamp.o \
		ntpsd/engine_table.o ntpsd/fence.o ntpsd/happened.o \
		ntpsd/inherit.o ntpsd/listen.o ntpsd/listen_local.o \
		ntpsd/listen_web.o ntpsd/logfile.o ntpsd/notify.o ntpsd/op.o \
		ntpsd/optional.o ntpsd/page.o ntpsd/page_times.o \
		ntpsd/parent.o ntpsd/peers.o ntpsd/proc.o ntpsd/proc_log.o \
		ntpsd/query.o ntpsd/query_mirror.o ntpsd/query_mode6.o \
		ntpsd/reload.o ntpsd/reload_files.o ntpsd/remote.o \
		ntpsd/report.o ntpsd/reserve.o \
		ntpsd/service.o ntpsd/store.o ntpsd/syslog.o ntpsd/web.o \
		ntpsd/web_accept.o ntpsd/web_ask.o ntpsd/web_change.o \
		ntpsd/web_conn.o ntpsd/web_page.o ntpsd/web_reply.o \
		ntpsd/web_request.o ntpsd/web_route.o ntpsd/web_stream.o \
		ntpsd/workers.o

NTPSCTL_MAIN =	ntpsctl/ntpsctl.o
NTPSCTL_OBJ =	ntpsctl/client.o ntpsctl/cmd.o ntpsctl/completion.o \
		ntpsctl/monitor.o ntpsctl/query.o ntpsctl/session.o \
		ntpsctl/top.o ntpsctl/top_curses.o ntpsctl/top_keys.o \
		ntpsctl/top_model.o ntpsctl/top_page.o \
		ntpsctl/top_page_clients.o ntpsctl/top_plain.o \
		ntpsctl/top_short.o

# the page: index.html is served as /, every other file under its name
PAGE =		web/index.html web/app.css web/app.js web/icon.svg
# one script, in this order
PAGE_JS =	web/js/base.js web/js/data.js web/js/chart.js web/js/draw.js \
		web/js/read.js web/js/panels.js web/js/tables.js \
		web/js/control.js web/js/config.js web/js/main.js

# programs of one file each: the tests, and what tests and benchmarks use
UNIT =		regress/unit/test_addr regress/unit/test_answers \
		regress/unit/test_backoff \
		regress/unit/test_client regress/unit/test_clients \
		regress/unit/test_clients_scan regress/unit/test_clock \
		regress/unit/test_clock_leap regress/unit/test_clock_looks \
		regress/unit/test_clock_mirror \
		regress/unit/test_clock_precision regress/unit/test_conf \
		regress/unit/test_counters regress/unit/test_denials \
		regress/unit/test_departure regress/unit/test_event \
		regress/unit/test_filter regress/unit/test_gather \
		regress/unit/test_heavy regress/unit/test_hist \
		regress/unit/test_history regress/unit/test_history_file \
		regress/unit/test_http regress/unit/test_imsg \
		regress/unit/test_imsgev regress/unit/test_interleave \
		regress/unit/test_json regress/unit/test_keyfile \
		regress/unit/test_leap regress/unit/test_limit \
		regress/unit/test_mac regress/unit/test_metrics \
		regress/unit/test_mirror regress/unit/test_mode6 \
		regress/unit/test_mode6_budget regress/unit/test_mode6_mru \
		regress/unit/test_msg regress/unit/test_ntp_kod \
		regress/unit/test_ntp_packet regress/unit/test_ntp_reply \
		regress/unit/test_ntp_time regress/unit/test_out \
		regress/unit/test_page regress/unit/test_page_batch \
		regress/unit/test_page_times regress/unit/test_policy \
		regress/unit/test_policy_map regress/unit/test_prefix \
		regress/unit/test_request \
		regress/unit/test_sandbox regress/unit/test_signed \
		regress/unit/test_siphash regress/unit/test_smear \
		regress/unit/test_steer regress/unit/test_top \
		regress/unit/test_top_page regress/unit/test_unique \
		regress/unit/test_yaml
TOOLS =		regress/tool/ctlmutant regress/tool/inject \
		regress/tool/jsonschema regress/tool/killstep \
		regress/tool/logsink regress/tool/manager regress/tool/ntpask \
		regress/tool/ntpburst regress/tool/ntpcrowd \
		regress/tool/ntpctrl regress/tool/ntpfake \
		regress/tool/ntpgarble regress/tool/ntpnag \
		regress/tool/ntpsd_hostile regress/tool/ntpsd_mode6 \
		regress/tool/ntpsd_nomem \
		regress/tool/ntpwatch regress/tool/ntpxcrowd \
		regress/tool/ntpxleave regress/tool/schemadoc \
		regress/tool/setleap regress/tool/udphold \
		regress/tool/unixtalk regress/tool/webtalk
# what the larger of those are made of; a tool takes what it calls
TOOL_OBJ =	regress/tool/hostile_config.o regress/tool/hostile_history.o \
		regress/tool/hostile_inside.o regress/tool/hostile_judge.o \
		regress/tool/hostile_mutant.o regress/tool/hostile_mutate.o \
		regress/tool/hostile_parent.o regress/tool/hostile_peer.o \
		regress/tool/hostile_put.o regress/tool/hostile_web.o
LOADERS =	regress/bench/floor regress/bench/ntpload \
		regress/bench/policy
FUZZERS =	regress/fuzz/fuzz_addr.fuzz regress/fuzz/fuzz_clients.fuzz \
		regress/fuzz/fuzz_event.fuzz regress/fuzz/fuzz_history.fuzz \
		regress/fuzz/fuzz_http.fuzz regress/fuzz/fuzz_imsg.fuzz \
		regress/fuzz/fuzz_interleave.fuzz regress/fuzz/fuzz_json.fuzz \
		regress/fuzz/fuzz_keyfile.fuzz regress/fuzz/fuzz_leap.fuzz \
		regress/fuzz/fuzz_limit.fuzz regress/fuzz/fuzz_mac.fuzz \
		regress/fuzz/fuzz_mirror.fuzz regress/fuzz/fuzz_mode6.fuzz \
		regress/fuzz/fuzz_msg.fuzz regress/fuzz/fuzz_packet.fuzz \
		regress/fuzz/fuzz_policy.fuzz \
		regress/fuzz/fuzz_policy_map.fuzz regress/fuzz/fuzz_yaml.fuzz

OBJ =		$(COMMON_OBJ) $(NTPSD_MAIN) $(NTPSD_OBJ) $(NTPSCTL_MAIN) \
		$(NTPSCTL_OBJ)
FUZZ_OBJ =	${COMMON_OBJ:.o=.fo}
# a test takes from these what it calls
TEST_LIBS =	regress/tool.a regress/ntpsd.a regress/ntpsctl.a common/common.a

ALL_CFLAGS =	$(STD) $(WARN) $(HARDEN) $(CFLAGS)
ALL_CPPFLAGS =	-DNTPSD_VERSION='"$(VERSION)"' \
		-DNTPSD_CONFIG='"$(SYSCONFDIR)/ntpsd.yaml"' -Icommon $(CPPFLAGS)
# $@.d, read at the end, names the headers that $@ was made from
MAKEDEP =	-MMD -MP -MF $@.d -MT $@
FUZZ_SAN =	,address,undefined
FUZZ_CFLAGS =	$(STD) -O1 -g -fno-omit-frame-pointer \
		-fno-sanitize-recover=all -U_FORTIFY_SOURCE

.SUFFIXES:
.SUFFIXES: .c .o .fo .fuzz

all: ntpsd/ntpsd ntpsctl/ntpsctl
	@:
tests: $(UNIT) $(TOOLS)
benches: $(LOADERS)
	@:
fuzzers: $(FUZZERS)
.PHONY: all tests benches fuzzers install uninstall dist

.c.o:
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(MAKEDEP) -c -o $@ $<

# curses.h wants definitions of its own, which are nobody else's
ntpsctl/top_curses.o: ntpsctl/top_curses.c
	$(CC) $(ALL_CPPFLAGS) $(CURSES_CPPFLAGS) $(ALL_CFLAGS) $(MAKEDEP) \
	    -c -o $@ ntpsctl/top_curses.c

$(OBJ) $(TOOL_OBJ): config.mk

web/app.css: web/squeeze.awk web/page.css
	awk -v css=1 -f web/squeeze.awk web/page.css >$@.new && mv $@.new $@

web/app.js: web/squeeze.awk $(PAGE_JS)
	cat $(PAGE_JS) | awk -f web/squeeze.awk >$@.new && mv $@.new $@

ntpsd/web_page.c: web/embed.sh $(PAGE)
	sh web/embed.sh $(PAGE) >$@.new && mv $@.new $@

# an archive: a program takes what it calls, and no library for the rest
common/common.a: $(COMMON_OBJ)
	@rm -f $@
	$(AR) rc $@ $(COMMON_OBJ)

ntpsd/ntpsd: common/common.a $(NTPSD_MAIN) $(NTPSD_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(NTPSD_MAIN) $(NTPSD_OBJ) \
	    common/common.a $(LIBS)

ntpsctl/ntpsctl: common/common.a $(NTPSCTL_MAIN) $(NTPSCTL_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(NTPSCTL_MAIN) $(NTPSCTL_OBJ) \
	    common/common.a $(CURSES_LIBS) $(LIBS)

regress/ntpsd.a: $(NTPSD_OBJ)
	@rm -f $@
	$(AR) rc $@ $(NTPSD_OBJ)

regress/tool.a: $(TOOL_OBJ)
	@rm -f $@
	$(AR) rc $@ $(TOOL_OBJ)

regress/ntpsctl.a: $(NTPSCTL_OBJ)
	@rm -f $@
	$(AR) rc $@ $(NTPSCTL_OBJ)

.c:
	$(CC) -I. $(ATF_CPPFLAGS) $(ALL_CPPFLAGS) $(ALL_CFLAGS) \
	    $(MAKEDEP) $(LDFLAGS) -o $@ $< $(TEST_LIBS) \
	    $(ATF_LIBS) $(CURSES_LIBS) $(LIBS)

$(UNIT) $(TOOLS) $(LOADERS): $(TEST_LIBS) config.mk

.c.fo:
	$(FUZZ_CC) $(ALL_CPPFLAGS) $(FUZZ_CFLAGS) \
	    -fsanitize=fuzzer-no-link$(FUZZ_SAN) $(MAKEDEP) -c -o $@ $<

.c.fuzz:
	$(FUZZ_CC) -I. $(ALL_CPPFLAGS) $(FUZZ_CFLAGS) \
	    -fsanitize=fuzzer$(FUZZ_SAN) $(MAKEDEP) -o $@ $< \
	    $(FUZZ_OBJ) $(LIBS)

$(FUZZERS): $(FUZZ_OBJ) config.mk
$(FUZZ_OBJ): config.mk

INSTALL_ENV =	DESTDIR='$(DESTDIR)' OS='$(OS)' PREFIX='$(PREFIX)' \
		SBINDIR='$(SBINDIR)' SHAREDIR='$(SHAREDIR)' \
		MANDIR='$(MANDIR)' SYSCONFDIR='$(SYSCONFDIR)' \
		UNITDIR='$(UNITDIR)' OPENRC='$(OPENRC)'

install: all
	@$(INSTALL_ENV) sh etc/install.sh install

uninstall:
	@$(INSTALL_ENV) sh etc/install.sh uninstall

# of the last commit, with its time: the same octets whoever makes it
DIST =		ntpsd-$(VERSION)

dist:
	git archive --format=tar --prefix=$(DIST)/ HEAD >$(DIST).tar
	gzip -9nf $(DIST).tar
	@git diff --quiet HEAD || \
	    echo "dist: what is not committed is not in $(DIST).tar.gz" >&2

# one variable, because BSD make trips over a blank at the end of the line
MADE =		$(OBJ) $(TOOL_OBJ) $(UNIT) $(TOOLS) $(LOADERS) $(FUZZERS) \
		$(FUZZ_OBJ)
-include ${MADE:=.d}
