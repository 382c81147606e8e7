#!/bin/sh
# Brings the image that was built last to the running services without a gap, one service after the other: as many new
# containers as there are old ones, then, once they are healthy, the old ones stop in order. Readers of everything first, so
# that they know what the others will publish. At the end the gateway, which is away for the seconds of its start, for there
# is one door. Arguments: the services, all unless told.
set -eu
cd "$(dirname "$0")/../.."
for name in ${*:-monitor sla archive verification handling dispatch intake district gateway}; do
  if [ "$name" = gateway ]; then
    docker compose up -d --no-deps --no-build --wait gateway
    continue
  fi
  old=$(docker compose ps -q "$name")
  count=$(printf '%s\n' "$old" | grep -c . || true)
  docker compose up -d --no-deps --no-build --no-recreate --wait --scale "$name=$((count * 2))" "$name"
  # shellcheck disable=SC2086 # one word a container
  docker stop --time 25 $old
  # shellcheck disable=SC2086
  docker rm $old
done
