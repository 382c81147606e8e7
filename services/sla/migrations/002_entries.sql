-- The list of the application folds what one person was told late in one round (补报) into one entry; and what is
-- old is deleted, see `retention`.

alter table {schema}.notice add column entry uuid;
update {schema}.notice set entry = id;
alter table {schema}.notice alter column entry set not null;

drop index {schema}.notice_inbox;
create index notice_inbox on {schema}.notice (person_id, entry) where channel = 'in-app';
-- The bell asks each second.
create index notice_unread on {schema}.notice (person_id, entry)
  where channel = 'in-app' and state = 'sent' and read_at is null;
-- Each scrape of the metrics counts these.
create index notice_not_out on {schema}.notice (channel, state) where state in ('waiting', 'queued', 'dead');

create index notice_old on {schema}.notice (at) where state in ('sent', 'void');
create index ask_old on {schema}.ask (answered_at) where answered_at is not null;
create index rung_old on {schema}.rung (at);

-- What a look at some incidents came to, all of it or nothing of each: rows that moved meanwhile are left out,
-- and a rung that was told of before tells nobody again. Answers the rungs that were told of.
create or replace function {schema}.climbed(p_rows json, p_rungs json, p_asks json, p_notices json)
returns table (incident_id uuid, clock text, rung text, late_ms bigint)
language plpgsql as $$
#variable_conflict use_column
declare
  moved uuid[];
begin
  with given as (
    select * from json_to_recordset(p_rows)
      as g (id uuid, rev int, clocks json, edition text, "nextAt" timestamptz, over boolean)
  ), locked as (
    select w.incident_id from {schema}.watched w join given g on w.incident_id = g.id and w.rev = g.rev
    order by w.incident_id for update of w
  ), gone as (
    delete from {schema}.watched w using given g, locked l
    where w.incident_id = g.id and l.incident_id = g.id and w.rev = g.rev and g.over
    returning w.incident_id
  ), kept as (
    update {schema}.watched w
    set clocks = g.clocks, edition = g.edition, next_at = g."nextAt", rev = w.rev + 1
    from given g, locked l
    where w.incident_id = g.id and l.incident_id = g.id and w.rev = g.rev and not g.over
    returning w.incident_id
  )
  select coalesce(array_agg(t.incident_id), '{}') into moved
  from (select incident_id from gone union all select incident_id from kept) t;

  return query
  with told as (
    insert into {schema}.rung (incident_id, clock, epoch, rung, due_at, missed, ask)
    select r.id, r.clock, r.epoch, r.rung, r."dueAt", r.missed, r.ask
    from json_to_recordset(p_rungs)
      as r (id uuid, clock text, epoch int, rung text, "dueAt" timestamptz, missed boolean, ask text)
    where r.id = any(moved)
    on conflict do nothing
    returning incident_id, clock, epoch, rung, due_at, at
  ), asked as (
    insert into {schema}.ask (id, incident_id, verb, body, key, about)
    select a.id, a."incidentId", a.verb, a.body, a.key, a."incidentId"
    from json_to_recordset(p_asks)
      as a (id uuid, "incidentId" uuid, verb text, body text, key text, clock text, epoch int, rung text)
    join told t on t.incident_id = a."incidentId" and t.clock = a.clock and t.epoch = a.epoch and t.rung = a.rung
    on conflict (key) do nothing
  ), noticed as (
    insert into {schema}.notice
      (id, entry, person_id, channel, incident_id, clock, epoch, rung, body, ask, state, hold_until, next_at, sent_at)
    select n.id, coalesce(n.entry, n.id), n."personId", n.channel, n."incidentId", n.clock, n.epoch, n.rung, n.body, n.ask, n.state,
           n."holdUntil", n."nextAt", case when n.state = 'sent' then now() end
    from json_to_recordset(p_notices)
      as n (id uuid, entry uuid, "personId" text, channel text, "incidentId" uuid, clock text, epoch int, rung text,
            body json, ask text, state text, "holdUntil" timestamptz, "nextAt" timestamptz)
    join told t on t.incident_id = n."incidentId" and t.clock = n.clock and t.epoch = n.epoch and t.rung = n.rung
    on conflict do nothing
  )
  select t.incident_id, t.clock, t.rung, (extract(epoch from t.at - t.due_at) * 1000)::bigint from told t;
end
$$;
