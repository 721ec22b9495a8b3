"""A file is its definitions: what each uses, and what runs as the file is imported."""

import ast

import pytest

from cytoforge.jobs.definitions import MAIN, Definition, definitions_of
from cytoforge.jobs.syntax import serialised

SOURCE = """
from typing import TYPE_CHECKING

import numpy as np

from cytoforge.errors import UserError
from cytoforge.jobs import atomic

if TYPE_CHECKING:
    from cytoforge.config.model import Config

LIMIT, WORKER = 3, "cytoforge.training.launch"


def checked(config: "Config") -> int:
    from cytoforge.seeds import derive_seed

    print(unused())
    return derive_seed(LIMIT, getattr(np, "sum"))


class Fields(UserError):
    one: "Later"


class Later:
    pass


def unused():
    return atomic


np.seterr(all="raise")

if __name__ == "__main__":
    checked(None)
"""


def definition(name: str) -> Definition:
    return next(one for one in definitions_of(SOURCE.encode()).definitions if name in one.names)


def test_a_definition_uses_what_it_names():
    found = definition("checked")
    assert found.uses == ("LIMIT",)
    assert found.imports == (("cytoforge.seeds", "derive_seed"),)


def test_a_class_uses_its_base_and_the_types_of_its_fields():
    assert definition("Fields").uses == ("Later",)
    assert definition("Fields").imports == (("cytoforge.errors", "UserError"),)


def test_one_statement_may_define_several_names_and_name_a_module():
    assert definition("LIMIT").names == ("LIMIT", "WORKER")
    assert definition("LIMIT").imports == (("cytoforge.training.launch", ""),)


def test_what_runs_on_import_has_no_name_and_what_is_started_its_own():
    found = definitions_of(SOURCE.encode()).definitions
    assert [one.names for one in found][-2:] == [(), (MAIN,)]


def test_an_import_for_a_type_checker_is_none():
    found = definitions_of(SOURCE.encode())
    assert found.loads == ("cytoforge.errors", "cytoforge.jobs")
    assert set(found.passes) == {"UserError", "atomic"}


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("LIMIT, g", "LIMIT + 1, g", False),
        ("import numpy as np", "import torch as np", False),
        ("print(unused())", "", True),
        ('"Config") -> int', "int) -> float", True),
        ("LIMIT, WORKER = 3", "LIMIT, WORKER = 4", True),
    ],
    ids=["its code", "where a name comes from", "what it says", "annotations", "another"],
)
def test_the_hash_of_a_definition_is_of_what_it_runs(old: str, new: str, same: bool):
    assert SOURCE.count(old) == 1
    edited = definitions_of(SOURCE.replace(old, new).encode()).definitions
    tree = next(one.tree for one in edited if "checked" in one.names)
    assert (tree == definition("checked").tree) is same


def test_the_text_of_a_tree_is_the_same_on_every_python():
    # Written down once; a Python that names or orders syntax fields in another way fails here.
    tree = ast.parse("def f(a, *, b=1):\n    return a + b\n")
    assert serialised(tree) == (
        "Module(body=[FunctionDef(name='f',args=arguments(args=[arg(arg='a')],"
        "kwonlyargs=[arg(arg='b')],kw_defaults=[Constant(value=1)]),"
        "body=[Return(value=BinOp(left=Name(id='a',ctx=Load()),op=Add(),"
        "right=Name(id='b',ctx=Load())))])])"
    )
