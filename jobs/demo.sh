#!/usr/bin/env bash
# The demo: the job, the top ten of three topics, one person's card, and what to try next.
# Needs `graphengine` on the PATH; `make demo` sees to that.
set -euo pipefail
cd "$(dirname "$0")/.."
job=jobs/demo.toml

status=0
graphengine run "$job" || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 99 ] || exit "$status" # 99: done before, nothing to do

for topic in ferguson sydneysiege germanwings-crash; do
  echo
  graphengine top "$topic" -n 10 --job "$job"
done
echo
graphengine show 1 --job "$job"

bin=".venv/bin/graphengine"
[ -x "$bin" ] || bin=graphengine
cat <<END

Try next, from this folder:
  $bin query amplifiers --param account=1 --job $job
  $bin query bridges --param topic=ferguson --param other=ottawashooting --job $job
  $bin run jobs/enron.toml && $bin top calif-enron --job jobs/enron.toml
END
