#!/bin/bash
# Stands in for the official image's entrypoint: the same variables and places, and the same two phases at the first start,
# of which the first is a server that cannot be reached from outside.
set -e
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres "$(dirname "$PGDATA")"
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # As there, the file is read by the user postgres.
  [ -z "$POSTGRES_PASSWORD_FILE" ] || POSTGRES_PASSWORD=$(< "$POSTGRES_PASSWORD_FILE")
  initdb -D "$PGDATA" -U "$POSTGRES_USER" -A scram-sha-256 --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:?}") -E UTF8 > /dev/null
  sed -i 's/^local .*/local all all trust/' "$PGDATA/pg_hba.conf"
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -k /run/postgresql" -w start > /dev/null
  [ "$POSTGRES_DB" = postgres ] || createdb -h /run/postgresql -U "$POSTGRES_USER" "$POSTGRES_DB"
  pg_ctl -D "$PGDATA" -m fast -w stop > /dev/null
fi
# The second is where this build's clients look by default.
exec "$@" -h 0.0.0.0 -k /run/postgresql,/tmp
