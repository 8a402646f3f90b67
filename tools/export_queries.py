"""Runs the saved queries of the export on a folder of exported files, with DuckDB in place of Athena."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import expressions

from customization_jobs.export.columns import COLUMNS
from infra.export_sql.statements import DATE, RAW_TABLES, VIEWS, saved_queries


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one saved query.

    Attributes
    ----------
    title, description : str
        Of the query.
    columns : sequence of str
        Names of the columns.
    rows : sequence of tuple
        Values as Python objects.
    """

    title: str
    description: str
    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]


def run_saved_queries(folder: Path) -> Sequence[Result]:
    """Run each saved query on the files of a folder, in the order of the titles.

    Parameters
    ----------
    folder : Path
        Has the layout of the bucket: `kind=<kind>/date=<day>/<name>.jsonl.gz`. A kind may be missing.

    Raises
    ------
    duckdb.Error
        A file cannot be read as the columns of its kind.
    """
    with connect(folder) as connection:
        results = []
        for query in saved_queries():
            relation = connection.execute(to_duckdb(query.sql))
            columns = [column[0] for column in relation.description or ()]
            results.append(Result(query.title, query.description, columns, relation.fetchall()))
        return results


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return a database in memory with the tables of files and the views, under their names in Athena."""
    # All that is needed is part of the package, so nothing is downloaded.
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    connection.execute("SET TimeZone = 'UTC'")
    for kind, columns in COLUMNS.items():
        _create_table(
            connection, RAW_TABLES[kind], columns, sorted(folder.glob(f"kind={kind}/date=*/*.jsonl.gz"))
        )
    for view in VIEWS:
        connection.execute(f"CREATE VIEW {view.name} AS {to_duckdb(view.sql)}")
    return connection


def to_duckdb(sql: str) -> str:
    """Translate a query of Athena."""
    (translated,) = sqlglot.transpile(
        sql, read="athena", write="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    return translated


def duckdb_type(athena_type: str) -> str:
    """Translate a type, such as `map<string,string>`."""
    return expressions.DataType.build(athena_type, dialect="hive").sql("duckdb")


def _create_table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], files: Sequence[Path]
) -> None:
    types = {column: duckdb_type(athena_type) for column, athena_type in columns.items()}
    definition = ", ".join(f'"{column}" {of_type}' for column, of_type in {**types, DATE: "TEXT"}.items())
    connection.execute(f"CREATE TABLE {name} ({definition})")
    if files:
        rows = connection.read_json(
            [str(file) for file in files],
            columns=types,
            format="newline_delimited",
            compression="gzip",
            hive_partitioning=True,
            hive_types={DATE: "VARCHAR"},
        )
        rows.select(*types, DATE).insert_into(name)
