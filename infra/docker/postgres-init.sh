#!/bin/sh
# Runs once, in an empty volume: the role of the services, which owns its database and nothing else.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$DATABASE_PASSWORD" -U "$POSTGRES_USER" -d postgres <<'SQL'
create role cityloop login nosuperuser nocreatedb nocreaterole password :'password';
create database cityloop owner cityloop encoding 'UTF8';
revoke all on database cityloop from public;
SQL
