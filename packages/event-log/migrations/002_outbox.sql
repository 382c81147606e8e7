-- What the outbox of one service has beyond its own events: the hand-overs it has taken, which its states
-- begin with, and how far its events have been published.

-- The hand-over that brought an incident here last, with the dossier.
create table {schema}.taken (
  incident_id uuid primary key,
  version     int  not null,
  body        text not null
) with (toast_tuple_target = 8160);

-- Inside the caller's transaction: one line of `ids` (incident id, tab, version) and one of `bodies` each.
create function {schema}.keep_taken(ids text, bodies text) returns void language plpgsql as $$
begin
  insert into {schema}.taken as t (incident_id, version, body)
    select distinct on (id) id, version, body
    from (select split_part(line.ids, E'\t', 1)::uuid as id, split_part(line.ids, E'\t', 2)::int as version, line.body
          from rows from (string_to_table(ids, E'\n'), string_to_table(bodies, E'\n')) as line (ids, body)) as given
    order by id, version desc
  on conflict (incident_id) do update set version = excluded.version, body = excluded.body
    where t.version < excluded.version;
end
$$;

-- One process at a time publishes: who holds the row until the time it names. Should two do so all the
-- same (one was frozen past its time), records come twice and nothing else happens.
create table {schema}.relay (
  only_one boolean primary key default true check (only_one),
  position bigint not null default 0,
  holder   text not null default '',
  until    timestamptz not null default '-infinity'
) with (fillfactor = 50);
insert into {schema}.relay default values;

-- Takes or keeps the relay for some time; returns the position up to which all is published, null when
-- another process has it.
create function {schema}.hold_relay(p_holder text, p_ms int) returns bigint language plpgsql as $$
declare
  reached bigint;
begin
  update {schema}.relay set holder = p_holder, until = clock_timestamp() + p_ms * interval '1 ms'
    where holder = p_holder or until < clock_timestamp()
    returning position into reached;
  return reached;
end
$$;

-- The same, when all up to a position has been published.
create function {schema}.advance_relay(p_holder text, p_ms int, p_position bigint) returns bigint
language plpgsql as $$
declare
  reached bigint;
begin
  -- What a crash takes is published once more.
  perform set_config('synchronous_commit', 'off', true);
  update {schema}.relay set until = clock_timestamp() + p_ms * interval '1 ms', position = p_position
    where holder = p_holder returning position into reached;
  return reached;
end
$$;

-- Events recorded before this time may have been taken out: the ledger has them.
create table {schema}.tidied (
  only_one boolean primary key default true check (only_one),
  before   text not null default ''
);
insert into {schema}.tidied default values;

create function {schema}.forget_events(p_ids uuid[], p_versions int[], p_before text) returns void
language plpgsql as $$
begin
  update {schema}.tidied set before = greatest(before, p_before);
  delete from {schema}.incident_event e using unnest(p_ids, p_versions) as gone (id, version)
    where e.incident_id = gone.id and e.version = gone.version;
end
$$;
