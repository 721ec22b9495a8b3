"""Whatever value a setting is given, the answer has no words of the library that checks it."""

import re
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from cytoforge.config.base import keys_of
from cytoforge.config.generate import _sections
from cytoforge.config.images import NormalisationConfig
from cytoforge.config.problems import problems_in

SECTIONS = [section for _, section in _sections()]
WRONG: list[Any] = [None, "", "?", 5.5, -1e30, True, [1], ["?"], [[]], {}, {"a": 1}, {1: 2}]
LIBRARY = re.compile(
    r"Input|valid |tuple|dict|mapping|Value error|pydantic|float|\bint\b|str\b|None|tag"
)


def answers(section: type[BaseModel], key: str) -> list[str]:
    found = []
    for value in WRONG:
        try:
            section.model_validate({key: value})
        except ValidationError as error:
            found += map(str, problems_in(section, error, ("section",)))
    return found


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_answers_are_in_words_of_the_config(section: type[BaseModel]):
    said = {line for key in keys_of(section) for line in answers(section, key)}
    said = {line.split("; got ")[0] for line in said}
    assert said
    assert [line for line in said if LIBRARY.search(line.partition(": ")[2])] == []


def test_a_choice_is_answered_with_the_nearest():
    (line,) = answers_to(NormalisationConfig, {"method": "MinMax"})
    expected = "n.method: must be 'percentile', 'minmax', 'none', 'window' or 'body'; got 'MinMax'"
    assert line == f"{expected}; did you mean `minmax`?"


def answers_to(section: type[BaseModel], raw: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        section.model_validate(raw)
    return [str(one) for one in problems_in(section, caught.value, ("n",))]
