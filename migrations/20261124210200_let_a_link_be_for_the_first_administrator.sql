-- A link without an account makes the first administrator, as long as there is no account at all.
alter table staff_link alter column staff drop not null;

insert into schema_release values (20261124210200, '0.1.0');
