-- Modes (平战): what was proposed and what became of it. A revision is written here first and published
-- then, so that one that was decided is never lost with the process that decided it.

alter table {schema}.revision add column published_at timestamptz;
update {schema}.revision set published_at = at;
create index revision_unpublished on {schema}.revision (revision) where published_at is null;

-- One row a proposal, as it stands now; `next_at` is when something happens to it by itself.
create table {schema}.mode (
  id      uuid primary key,
  status  text not null,
  body    jsonb not null,
  key     text unique,
  -- What was asked under the key: the same key with another request is refused.
  body_hash text,
  next_at timestamptz,
  at      timestamptz not null default clock_timestamp()
);
create index mode_next on {schema}.mode (next_at) where next_at is not null;

-- Who did what, when and why: added to, never changed.
create table {schema}.mode_record (
  seq      bigint generated always as identity primary key,
  mode     uuid not null references {schema}.mode,
  fact     text not null,
  at       timestamptz not null,
  by_id    text not null,
  role     text not null,
  reason   text,
  revision int
);
create index mode_record_mode on {schema}.mode_record (mode, seq);

create function {schema}.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the record of modes is only added to';
end $$;
create trigger mode_record_append_only before update or delete on {schema}.mode_record
  for each row execute function {schema}.refuse_change();
