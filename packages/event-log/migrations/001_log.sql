-- The event log of the embedded profile, which is at the same time the outbox and the history of the
-- services: an event's body is written once. Positions are allotted under the row lock of `head`, held
-- to the commit, so that commit order is position order and no reader can skip a late one.

create table {schema}.head (
  topic text primary key,
  next  bigint not null
) with (fillfactor = 50);

insert into {schema}.head (topic, next) values
  ('incidents', 1), ('policy', 1), ('again', 1);

-- The primary key is the second lock of custody: two writers can never both record version 7.
create table {schema}.incident_event (
  incident_id uuid   not null,
  version     int    not null,
  position    bigint not null,
  body        text   not null,
  primary key (incident_id, version)
) with (toast_tuple_target = 8160);
-- Bodies of hand-overs are a few kilobytes: compressing them would cost more than the insert itself.
create unique index incident_event_position on {schema}.incident_event (position);

-- Services fold their states from it, and the ledger seals it: what has been recorded stays.
create function {schema}.keep_log() returns trigger language plpgsql as $$
begin
  raise exception 'what has been recorded is never changed or shortened';
end
$$;
create trigger incident_event_append_only before update or delete or truncate on {schema}.incident_event
  for each statement execute function {schema}.keep_log();

create table {schema}.record (
  topic    text   not null,
  position bigint not null,
  key      text   not null,
  body     text   not null,
  primary key (topic, position)
);

-- Appends incident events inside the caller's transaction. One line of `ids` (incident id, tab,
-- version) and one of `bodies` (JSON never has a raw line break) an event, in the order they happened.
-- Returns the position of the first.
create function {schema}.append_incident_events(ids text, bodies text, amount int) returns bigint
language plpgsql as $$
declare
  first_position bigint;
begin
  update {schema}.head set next = next + amount where topic = 'incidents'
    returning next - amount into first_position;
  insert into {schema}.incident_event (incident_id, version, position, body)
    select split_part(line.id, E'\t', 1)::uuid, split_part(line.id, E'\t', 2)::int,
           first_position + line.n - 1, line.body
    from rows from (string_to_table(ids, E'\n'), string_to_table(bodies, E'\n'))
      with ordinality as line (id, body, n);
  return first_position;
end
$$;

-- The same for the small topics (policy, again): keyed text, no versions.
create function {schema}.append_records(of_topic text, keys text[], bodies text[]) returns bigint
language plpgsql as $$
declare
  first_position bigint;
begin
  update {schema}.head set next = next + cardinality(keys) where topic = of_topic
    returning next - cardinality(keys) into first_position;
  insert into {schema}.record (topic, position, key, body)
    select of_topic, first_position + line.n - 1, line.key, line.body
    from unnest(keys, bodies) with ordinality as line (key, body, n);
  return first_position;
end
$$;

-- Makes durable whatever has been committed before: writes a record into the WAL and waits for the disk.
-- Batches commit without waiting (the position lock is held to the commit, not through the disk's
-- delay) and are answered after the next flush, which is one for all services of a process.
create function {schema}.flush() returns void language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'on', true);
  perform pg_logical_emit_message(true, 'cityloop', '');
end
$$;
