-- The ledger: every incident event verbatim, for the legal period. Events come in blocks; each block's
-- hash covers the hashes of its events and of the block before, so that nothing can be changed, taken
-- out or put in without the chain telling.

create table {schema}.ledger (
  incident_id uuid   not null,
  version     int    not null,
  position    bigint not null,
  block       bigint not null,
  hash        bytea  not null,
  body        text   not null,
  primary key (incident_id, version)
) with (toast_tuple_target = 8160);
create index ledger_block_of on {schema}.ledger using brin (block);

create table {schema}.ledger_block (
  block          bigint primary key,
  first_position bigint not null,
  last_position  bigint not null,
  events         int    not null,
  previous       bytea  not null,
  hash           bytea  not null,
  at             timestamptz not null default clock_timestamp()
);

create function {schema}.keep_ledger() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is never changed or shortened';
end
$$;
create trigger ledger_append_only before update or delete or truncate on {schema}.ledger
  for each statement execute function {schema}.keep_ledger();
create trigger ledger_block_append_only before update or delete or truncate on {schema}.ledger_block
  for each statement execute function {schema}.keep_ledger();

-- Takes one batch of the log: what is known already falls away, the rest becomes a block. What
-- lies behind a missing version of its incident is parked (VERSION_GAP), so that everybody else's goes
-- on; returns the first such version of each incident that had none parked. One line of `p_ids`
-- (incident id, tab, version) and one of `p_bodies` an event, `p_first` the position of the first;
-- positions within a batch are dense. Also remembers how far the ledger has read.
create function {schema}.append_ledger(
  p_ids text, p_bodies text, p_first bigint, p_last bigint, p_last_id text
) returns text language plpgsql as $$
declare
  new_block bigint;
  before    bytea;
  taken     int;
  chained   bytea;
  gaps      text;
begin
  -- What a crash takes is read from the log again: rows and offset go together.
  perform set_config('synchronous_commit', 'off', true);
  select block, hash into new_block, before from {schema}.ledger_block order by block desc limit 1;
  new_block := coalesce(new_block, 0) + 1;
  before := coalesce(before, ''::bytea);
  with given as (
    select split_part(line.id, E'\t', 1)::uuid as incident_id,
           split_part(line.id, E'\t', 2)::int as version,
           p_first + line.n - 1 as position, line.body
    from rows from (string_to_table(p_ids, E'\n'), string_to_table(p_bodies, E'\n'))
      with ordinality as line (id, body, n)
  ), heads as (
    select incident_id, version from given g
    where version > 1 and not exists (
      select from given b where b.incident_id = g.incident_id and b.version = g.version - 1)
  ), orphans as (
    select incident_id, min(version) as version from heads h
    where not exists (
      select from {schema}.ledger x
      where x.incident_id = h.incident_id and x.version = h.version - 1)
    group by incident_id
  ), parked as (
    insert into {schema}.parked (topic, partition, position, incident_id, code, reason, body)
    select 'incidents', 0, g.position, g.incident_id, 'VERSION_GAP',
           'the ledger lacks a version before ' || o.version, g.body
    from given g join orphans o on o.incident_id = g.incident_id and g.version >= o.version
    on conflict do nothing
  ), added as (
    insert into {schema}.ledger (incident_id, version, position, block, hash, body)
    select incident_id, version, position, new_block, sha256(convert_to(body, 'UTF8')), body
    from given g
    where not exists (
      select from orphans o where o.incident_id = g.incident_id and g.version >= o.version)
    on conflict do nothing
    returning incident_id, version, position, hash
  )
  select (select count(*) from added),
         (select string_agg(hash, ''::bytea order by position) from added),
         (select string_agg(o.incident_id::text || '/' || o.version, ', ')
          from orphans o
          where not exists (
            select from {schema}.parked p
            where p.incident_id = o.incident_id and p.code = 'VERSION_GAP'
              and p.replayed_at is null))
  into taken, chained, gaps;
  if taken > 0 then
    insert into {schema}.ledger_block (block, first_position, last_position, events, previous, hash)
    values (new_block, p_first, p_last, taken, before, sha256(before || chained));
  end if;
  insert into {schema}.log_offset as o (topic, partition, position, event_id)
  values ('ledger', 0, p_last, p_last_id)
  on conflict (topic, partition) do update set
    position = excluded.position, event_id = excluded.event_id;
  return gaps;
end
$$;
