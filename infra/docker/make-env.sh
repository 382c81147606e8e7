#!/bin/sh
# Writes the secrets of docker-compose.yml to .env in the root of the project, drawn at random, each once: what is there
# already is kept. Needs nothing but a shell.
set -eu
cd "$(dirname "$0")/../.."
umask 077
touch .env
chmod 600 .env
for name in SERVICE_TOKEN METRICS_TOKEN DATABASE_PASSWORD POSTGRES_PASSWORD REDIS_PASSWORD GRAFANA_PASSWORD; do
  ! grep -q "^$name=" .env || continue
  # Letters and digits alone, for some of them are parts of addresses.
  secret=$(head -c 512 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9' | head -c 43)
  printf '%s=%s\n' "$name" "$secret" >>.env
done
echo '.env has every secret; keep it, the volumes were made with it'
