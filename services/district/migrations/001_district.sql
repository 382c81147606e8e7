-- What the district has published as policy: one row a revision, one section a revision. The sections
-- that were changed together form one `edition`.

create table {schema}.revision (
  revision       int primary key,
  edition        int  not null,
  section        text not null,
  content_hash   text not null,
  effective_from timestamptz not null,
  -- As it was published: a log that lost it is given it again.
  body           text not null,
  at             timestamptz not null default now()
);
create index revision_section on {schema}.revision (section, revision desc);
