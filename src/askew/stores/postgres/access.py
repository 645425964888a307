"""Row-level security: a second wall around the documents that a reader may not see (docs/postgres.md).

The first is the view (`askew.stores.visible`), which computes nothing from other documents. While a view reads, the
transaction names its groups, and the policies hide every other row, so that a mistake in the view shows nothing. A
transaction that names nothing sees nothing. Superusers, and roles with BYPASSRLS, pass through policies; a store with
access control refuses them.
"""

from askew.errors import StoreError
from askew.stores.postgres.sessions import Session

SEES_ALL = "(SELECT current_setting('askew.sees', true)) = 'all'"
GROUPS = """((SELECT CASE WHEN current_setting('askew.sees', true) = 'groups'
             THEN current_setting('askew.groups', true)::text[] END)::text[])"""
BY_DOCUMENT = {"documents": "number", "texts": "number", "passages": "document", "vectors": "document",
               "metadata": "document"}  # fmt: skip
"""The column of a table that holds the number of the document."""
BY_KEY = ("terms", "impacts")
"""Tables that know their passage only, which has a policy of its own."""


def _policy(table: str, visible: str) -> str:
    return f"""ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY everything ON {table} USING ({SEES_ALL}) WITH CHECK ({SEES_ALL});
        CREATE POLICY visible ON {table} FOR SELECT USING ({visible});"""


def _by_key(table: str) -> str:
    return _policy(table, f"EXISTS (SELECT FROM passages p WHERE p.key = {table}.key)")


POLICIES_OF_TERMS = _by_key("terms") + _policy("postings", "false")
POLICIES = "\n".join(
    [
        *(
            _policy(
                table, f"EXISTS (SELECT FROM readers r WHERE r.document = {table}.{column} AND r.reader = ANY {GROUPS})"
            )
            for table, column in BY_DOCUMENT.items()
        ),
        *map(_by_key, BY_KEY),
        _policy("postings", "false"),
        _policy("readers", f"reader = ANY {GROUPS}"),
        _policy("sources", "false"),
        _policy("meta", "name NOT LIKE 'note:%'"),
    ]
)


def check_role(session: Session, place: str) -> None:
    """Raise StoreError if the user of this connection passes through policies."""
    query = """SELECT rolsuper OR rolbypassrls, rolname::text, current_database()::text FROM pg_roles
               WHERE rolname = current_user"""
    [[passes, role, database]] = session.rows(query)
    if passes:
        raise StoreError(
            f"The user {role} of {place} passes through row-level security, so an index with access control is not "
            f"opened by it. Make a role for askew: CREATE ROLE askew LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS; "
            f"GRANT CREATE ON DATABASE {database} TO askew;"
        )
