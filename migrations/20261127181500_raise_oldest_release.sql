-- From here on the contents of entries and drafts hold what release 0.1.0 does not know: the mark of a text or a page about harm, and
-- redirects beside the navigation. It would read them without, and a draft that it saves would lose them, so it may write no more.
insert into schema_release values (20261127181500, '0.2.0');
