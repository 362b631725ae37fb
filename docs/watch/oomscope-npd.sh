#!/bin/sh
# node-problem-detector: 1 with a message where a kill was told since the last call, else 0.
# oomscope watch writes with: --format jsonl -o /var/lib/oomscope/kills.jsonl
KILLS=${KILLS:-/var/lib/oomscope/kills.jsonl}
SEEN=${SEEN:-/var/lib/oomscope/npd-seen}
now=$(wc -l < "$KILLS" 2>/dev/null) || exit 0
before=$(cat "$SEEN" 2>/dev/null || echo 0)
[ "$now" -lt "$before" ] && before=0
echo "$now" > "$SEEN" || exit 2
[ "$now" -eq "$before" ] && exit 0
echo "$((now - before)) OOM incidents; see $KILLS"
exit 1
