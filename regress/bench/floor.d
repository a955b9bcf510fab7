regress/bench/floor: regress/bench/floor.c
