#!/usr/bin/env bash
# The demo: the job, the top ten of three topics, one person's card, and what to try next.
#   bash jobs/demo.sh [PROGRAM]      PROGRAM is how graphengine is started, "graphengine" by default
set -euo pipefail
cd "$(dirname "$0")/.."
graphengine=${1:-graphengine}
job=jobs/demo.toml

status=0
GRAPHENGINE_HINTS=off "$graphengine" run "$job" || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 99 ] || exit "$status" # 99: done before, nothing to do

for topic in ferguson sydneysiege germanwings-crash; do
  echo
  echo "Who was listened to in the conversations about \"$topic\" (1-100):"
  "$graphengine" top "$topic" -n 10 --job "$job"
done
echo
echo "One person's card:"
"$graphengine" show 11128 --job "$job"

cat <<END

Try next, from this folder:
  $graphengine query amplifiers --param account=11128 --job $job
  $graphengine explain 11128 --topic germanwings-crash --job $job
  $graphengine run jobs/enron.toml && $graphengine top calif-enron --job jobs/enron.toml
END
