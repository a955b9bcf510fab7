regress/bench/ntpload: regress/bench/ntpload.c
