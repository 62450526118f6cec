-- Whether a node seals the audit log: rows that stay unsealed while such a node runs are a fault.
alter table node_head add column seals boolean not null default true;

insert into schema_release values (20261127110200, '0.1.0');
