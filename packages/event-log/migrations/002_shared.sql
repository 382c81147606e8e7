-- What the log of the embedded profile has beyond the events: it is at the same time the outbox and the
-- history of all services, for ever, and it carries the small topics.

insert into {schema}.head (topic, next) values ('policy', 1), ('again', 1);

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
