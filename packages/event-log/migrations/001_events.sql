-- A log of incident events in one schema: a body is written once. Positions are allotted under the row lock
-- of `head`, held to the commit, so that commit order is position order and no reader can skip a late one.

create table {schema}.head (
  topic text primary key,
  next  bigint not null
) with (fillfactor = 50);

insert into {schema}.head (topic, next) values ('incidents', 1);

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

-- Makes durable whatever has been committed before: writes a record into the WAL and waits for the disk.
-- Batches commit without waiting (the position lock is held to the commit, not through the disk's
-- delay) and are answered after the next flush, which is one for all services of a process.
create function {schema}.flush() returns void language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'on', true);
  perform pg_logical_emit_message(true, 'cityloop', '');
end
$$;
