-- What a reader has that keeps its own copy of a log whose records stand elsewhere: each event once, in the
-- order it was read, and where reading goes on.

create function {schema}.keep_copy() returns trigger language plpgsql as $$
begin
  raise exception 'what has been recorded is never changed or shortened';
end
$$;
create trigger incident_event_append_only before update or delete or truncate on {schema}.incident_event
  for each statement execute function {schema}.keep_copy();

create table {schema}.copied (
  partition int primary key,
  position  bigint not null,
  event_id  text not null
) with (fillfactor = 50);

-- Records that do not say which event of which incident they are: kept for whoever looks into it.
create table {schema}.unreadable (
  partition int    not null,
  position  bigint not null,
  key       text   not null,
  body      text   not null,
  at        timestamptz not null default clock_timestamp(),
  primary key (partition, position)
);

-- Copies what is not here yet; lines as in `append_incident_events`, `offsets` a line a partition (partition,
-- position, event id). Returns the position of the first that was new and how many were.
create function {schema}.copy_incident_events(
  ids text, bodies text, offsets text, out first_position bigint, out amount bigint
) language plpgsql as $$
begin
  -- What a crash takes is read from the log again: events and offsets go together.
  perform set_config('synchronous_commit', 'off', true);
  select next into first_position from {schema}.head where topic = 'incidents' for update;
  insert into {schema}.incident_event (incident_id, version, position, body)
    select id, version, first_position - 1 + row_number() over (order by n), body
    from (select distinct on (id, version) n, id, version, body
          from (select line.n, split_part(line.ids, E'\t', 1)::uuid as id,
                       split_part(line.ids, E'\t', 2)::int as version, line.body
                from rows from (string_to_table(ids, E'\n'), string_to_table(bodies, E'\n'))
                  with ordinality as line (ids, body, n)) as given
          order by id, version, n) as once
    where not exists (select from {schema}.incident_event e
                      where e.incident_id = once.id and e.version = once.version);
  get diagnostics amount = row_count;
  update {schema}.head set next = first_position + amount where topic = 'incidents';
  insert into {schema}.copied as c (partition, position, event_id)
    select split_part(line, E'\t', 1)::int, split_part(line, E'\t', 2)::bigint, split_part(line, E'\t', 3)
    from string_to_table(offsets, E'\n') as line
  on conflict (partition) do update set position = excluded.position, event_id = excluded.event_id
    where c.position < excluded.position;
end
$$;
