//! The guards of the schema: functions, triggers, grants, views and whatever else decides what may be written and what is read.
//! `migrate` records them as it left them, with the owner's login; whoever checks compares. The application's login cannot change
//! the record, and the owner's can: like the chain itself, the record shows nothing against whoever holds that.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use crate::base::database::schema::{applied, migrations};

/// The result of comparing the guards with their record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guards {
    /// All are as they were recorded; how many.
    Hold(usize),
    /// Some are not; each with what happened to it.
    Differ(Vec<String>),
    /// There is nothing to compare with; says why.
    NotJudged(&'static str),
}

type Described = BTreeMap<(String, String), String>;

/// One row for each guard of a schema: its kind, its name, and a hash of all that matters about it. Names come out the same for
/// every login, since the path of the session is set first.
const DESCRIBE: &str = r"
with acl as (
    select 'function' as kind, proname::text as name, oid, proacl as acl from pg_proc where pronamespace = $1::regnamespace
    union all select 'table', relname::text, oid, relacl from pg_class where relnamespace = $1::regnamespace
), described (kind, name, description) as (
    select 'function', p.oid::regprocedure::text,
        concat_ws(E'\n', pg_get_functiondef(p.oid), p.proowner::regrole,
            (select string_agg(item::text, ' ' order by item::text) from unnest(p.proacl) item))
    from pg_proc p where p.pronamespace = $1::regnamespace and p.prokind in ('f', 'p')
  union all
    select 'table', c.oid::regclass::text,
        concat_ws(E'\n', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relowner::regrole,
            (select string_agg(item::text, ' ' order by item::text) from unnest(c.relacl) item),
            (select string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                    a.attgenerated, a.attacl, pg_get_expr(d.adbin, d.adrelid)), E'\n' order by a.attnum)
                from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
            case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end)
    from pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  union all
    select 'trigger', concat(t.tgrelid::regclass, ': ', t.tgname), concat_ws(E'\n', pg_get_triggerdef(t.oid), t.tgenabled)
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = $1::regnamespace and not t.tgisinternal
  union all
    select 'constraint', concat(r.conrelid::regclass, ': ', r.conname),
        concat_ws(E'\n', pg_get_constraintdef(r.oid), r.convalidated,
            (select string_agg(t.tgenabled::text, ' ' order by t.tgenabled) from pg_trigger t where t.tgconstraint = r.oid))
    from pg_constraint r join pg_class c on c.oid = r.conrelid
    where c.relnamespace = $1::regnamespace and r.contype in ('c', 'f', 'p', 'u', 'x')
  union all
    select 'index', i.indexrelid::regclass::text, concat_ws(E'\n', pg_get_indexdef(i.indexrelid), i.indisvalid)
    from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = $1::regnamespace
  union all
    select 'rule', concat(w.ev_class::regclass, ': ', w.rulename), concat_ws(E'\n', pg_get_ruledef(w.oid), w.ev_enabled)
    from pg_rewrite w join pg_class c on c.oid = w.ev_class
    where c.relnamespace = $1::regnamespace and c.relkind not in ('v', 'm')
  union all
    select 'policy', concat(p.polrelid::regclass, ': ', p.polname), concat_ws(E'\n', p.polcmd, p.polpermissive,
        p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace = $1::regnamespace
  union all
    select 'event trigger', evtname::text, concat_ws(E'\n', evtevent, evtfoid::regprocedure, evtenabled) from pg_event_trigger
  union all
    select 'schema', nspname::text,
        concat_ws(E'\n', nspowner::regrole, (select string_agg(item::text, ' ' order by item::text) from unnest(nspacl) item))
    from pg_namespace where oid = $1::regnamespace
  union all
    select 'login', r.rolname::text, concat_ws(E'\n', r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
        (select string_agg(m.roleid::regrole::text, ' ' order by m.roleid::regrole::text) from pg_auth_members m
            where m.member = r.oid))
    from pg_roles r where r.oid in (select granted.grantee from acl, aclexplode(acl.acl) granted)
)
select kind, name, encode(sha256(convert_to(description, 'UTF8')), 'hex') from described
";

/// Records the guards as they stand, in place of what was recorded for this release.
pub(super) async fn record(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let Some((migration, postgres)) = state(connection).await? else { return Ok(()) };
    let guards = describe(connection).await?;
    let (mut kinds, mut names, mut descriptions) = (Vec::new(), Vec::new(), Vec::new());
    for ((kind, name), description) in guards {
        kinds.push(kind);
        names.push(name);
        descriptions.push(description);
    }
    sqlx::query(
        "with before as (delete from schema_guard where release = $1 and migration = $2 and postgres = $3
            and (kind, name) not in (select * from unnest($4::text[], $5::text[])))
        insert into schema_guard (release, migration, postgres, kind, name, description)
        select $1, $2, $3, kind, name, description
        from unnest($4::text[], $5::text[], $6::text[]) as guard (kind, name, description)
        on conflict on constraint schema_guard_pkey do update set description = excluded.description",
    )
    .bind(env!("CARGO_PKG_VERSION"))
    .bind(migration)
    .bind(postgres)
    .bind(&kinds)
    .bind(&names)
    .bind(&descriptions)
    .execute(connection)
    .await?;
    Ok(())
}

/// Tells that this release has no record of the guards yet.
pub(super) async fn is_unrecorded(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    Ok(recorded(connection).await?.is_some_and(|recorded| recorded.is_empty()))
}

/// Compares the guards with what was recorded.
pub async fn judge(connection: &mut PgConnection) -> Result<Guards, sqlx::Error> {
    let Some(recorded) = recorded(connection).await? else {
        return Ok(Guards::NotJudged(
            "this database has no record of them yet: run `bluelamp migrate` with this release",
        ));
    };
    let newest = migrations().iter().map(|migration| migration.version).max();
    if applied(connection).await?.into_iter().max() != newest {
        return Ok(Guards::NotJudged("another release migrated this database"));
    }
    if recorded.is_empty() {
        return Ok(Guards::NotJudged("they were recorded under another release or another major version of Postgres"));
    }
    let found = describe(connection).await?;
    let mut differences = Vec::new();
    for ((kind, name), description) in &recorded {
        match found.get(&(kind.clone(), name.clone())) {
            Some(known) if known == description => {}
            Some(_) => differences.push(format!("{kind} {name} was changed")),
            None => differences.push(format!("{kind} {name} is gone")),
        }
    }
    let added = found.keys().filter(|guard| !recorded.contains_key(*guard));
    differences.extend(added.map(|(kind, name)| format!("{kind} {name} was added")));
    Ok(if differences.is_empty() { Guards::Hold(found.len()) } else { Guards::Differ(differences) })
}

/// Rows whose owner is gone, foreign key by foreign key, in words. Keys are checked when rows are written; what was written behind
/// them is found here.
pub async fn orphans(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let keys: Vec<(String, String, String, String, String, String)> = sqlx::query_as(
        "select r.conrelid::regclass::text, r.confrelid::regclass::text, child.relname::text, parent.relname::text,
            string_agg(format('parent.%I = child.%I', theirs.attname, own.attname), ' and '),
            string_agg(format('child.%I is not null', own.attname), ' and ')
        from pg_constraint r
        join pg_class child on child.oid = r.conrelid join pg_class parent on parent.oid = r.confrelid,
            unnest(r.conkey, r.confkey) as pair (own, theirs)
        join pg_attribute own on true join pg_attribute theirs on true
        where r.contype = 'f' and r.connamespace = current_schema()::regnamespace
            and own.attrelid = r.conrelid and own.attnum = pair.own
            and theirs.attrelid = r.confrelid and theirs.attnum = pair.theirs
            and has_table_privilege(r.conrelid, 'select') and has_table_privilege(r.confrelid, 'select')
        group by r.oid, r.conrelid, r.confrelid, child.relname, parent.relname order by child.relname, parent.relname",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut found = Vec::new();
    for (child, parent, child_name, parent_name, joined, given) in keys {
        let sql = format!(
            "select count(*) from {child} child where {given} and not exists (select from {parent} parent where {joined})"
        );
        // Every name in it was quoted by the database.
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
        if rows > 0 {
            found.push(format!("{rows} rows of {child_name} have no {parent_name}"));
        }
    }
    Ok(found)
}

/// The last migration that ran and the major version of Postgres. None before there is a table to record in.
async fn state(connection: &mut PgConnection) -> Result<Option<(i64, i32)>, sqlx::Error> {
    let (is_there, postgres): (bool, i32) = sqlx::query_as(
        "select to_regclass('schema_guard') is not null, current_setting('server_version_num')::integer / 10000",
    )
    .fetch_one(&mut *connection)
    .await?;
    let last = applied(connection).await?.into_iter().max();
    Ok(last.filter(|_| is_there).map(|last| (last, postgres)))
}

async fn recorded(connection: &mut PgConnection) -> Result<Option<Described>, sqlx::Error> {
    let Some((migration, postgres)) = state(connection).await? else { return Ok(None) };
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "select kind, name, description from schema_guard where release = $1 and migration = $2 and postgres = $3",
    )
    .bind(env!("CARGO_PKG_VERSION"))
    .bind(migration)
    .bind(postgres)
    .fetch_all(connection)
    .await?;
    Ok(Some(rows.into_iter().map(|(kind, name, description)| ((kind, name), description)).collect()))
}

async fn describe(connection: &mut PgConnection) -> Result<Described, sqlx::Error> {
    let (schema, path): (String, String) =
        sqlx::query_as("select quote_ident(current_schema()), current_setting('search_path')")
            .fetch_one(&mut *connection)
            .await?;
    set_path(connection, "pg_catalog").await?;
    let rows: Result<Vec<(String, String, String)>, _> =
        sqlx::query_as(DESCRIBE).bind(schema).fetch_all(&mut *connection).await;
    // An error has ended the caller's transaction, which takes the path along.
    let rows = rows?;
    set_path(connection, &path).await?;
    Ok(rows.into_iter().map(|(kind, name, description)| ((kind, name), description)).collect())
}

async fn set_path(connection: &mut PgConnection, path: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select set_config('search_path', $1, false)").bind(path).execute(connection).await?;
    Ok(())
}
