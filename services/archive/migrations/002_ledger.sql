-- The ledger: every incident event verbatim, for the legal period. The words stand once, in the log, which is
-- never changed or shortened; the ledger seals them. Each block covers the positions that follow on the
-- block before: the hashes of its events in order, and a hash over these and the block before, so that
-- nothing can be changed, taken out or put in without the chain telling which event it was.

create table {schema}.ledger_block (
  block          bigint primary key,
  first_position bigint not null unique,
  last_position  bigint not null,
  last_event_id  text   not null,
  -- SHA-256 of each event as it is stored, 32 bytes each, one after the other.
  hashes         bytea  not null,
  previous       bytea  not null,
  hash           bytea  not null,
  at             timestamptz not null default clock_timestamp()
);
-- Hashes do not compress: trying would only take time.
alter table {schema}.ledger_block alter column hashes set storage external;

create function {schema}.keep_ledger() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is never changed or shortened';
end
$$;
create trigger ledger_block_append_only before update or delete or truncate on {schema}.ledger_block
  for each statement execute function {schema}.keep_ledger();

-- Seals one batch of the log as a block; what is sealed already falls away. Raises CL003 when the batch
-- does not follow on the last block: the ledger has no holes.
create function {schema}.append_ledger(p_first bigint, p_last bigint, p_last_id text, p_hashes bytea)
returns void language plpgsql as $$
declare
  top    {schema}.ledger_block;
  fresh  bytea := p_hashes;
  before bytea := ''::bytea;
begin
  -- What a crash takes is read from the log again.
  perform set_config('synchronous_commit', 'off', true);
  select * into top from {schema}.ledger_block order by block desc limit 1;
  if top.block is not null then
    if p_last <= top.last_position then
      return;
    end if;
    before := top.hash;
    fresh := substr(p_hashes, ((top.last_position + 1 - p_first) * 32 + 1)::int);
  end if;
  if p_first > coalesce(top.last_position, 0) + 1 then
    raise exception using errcode = 'CL003',
      message = 'the ledger ends at ' || coalesce(top.last_position, 0) || ', the batch begins at ' || p_first;
  end if;
  insert into {schema}.ledger_block
    (block, first_position, last_position, last_event_id, hashes, previous, hash)
  values (coalesce(top.block, 0) + 1, coalesce(top.last_position, 0) + 1, p_last, p_last_id, fresh,
          before, sha256(before || fresh));
end
$$;

-- Events whose incident lacks the version before, as the log stood when they were read: custody was
-- broken, or somebody has been at the tables. A gap is closed when that version is there.
create table {schema}.ledger_gap (
  incident_id uuid   not null,
  version     int    not null,
  position    bigint not null,
  at          timestamptz not null default clock_timestamp(),
  primary key (incident_id, version)
);
