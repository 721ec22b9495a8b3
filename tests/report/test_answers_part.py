"""What the page says first: each question that a run answers, in a sentence."""

from cytoforge.report.answers_part import answers_part

MAPS = {
    "blocks": [
        {
            "name": "drawn",
            "source": "shapes",
            "verdicts": [
                {"name": "layout", "text": "In 18 of 31 measures nearer."},
                {"name": "as real", "text": "In 14 of 31 measures as near."},
            ],
        }
    ]
}


def test_each_question_has_its_answers_and_its_section():
    parts = {
        "head": {
            "verdicts": [
                {"name": "a", "grade": "not usable"},
                {"name": "b", "grade": "better than class means"},
                {"name": "c", "grade": "not usable"},
            ]
        },
        "translations": [
            {
                "name": "stain",
                "verdicts": [
                    {"state": "yes", "text": "Nuclei are kept."},
                    {"state": "open", "text": "No field has true nuclei."},
                ],
            }
        ],
        "drawn_maps": MAPS,
        "utility": [{"answer": "F1 0.80 on real ones."}, {"answer": ""}],
        "benchmarks": [
            {"name": "on_real", "set": "real", "answers": [{"text": "A is best."}, {"text": "B."}]}
        ],
        "volumes": [{"name": "ct", "answer": "The body follows the labels."}],
    }
    assert [(one["section"], one["answers"]) for one in answers_part(parts)] == [
        (
            "result",
            [
                "b is nearer to the real images than both trivial baselines, but not near enough to"
                " stand in for them.",
                "a, c: each misses what any model has to reach.",
            ],
        ),
        ("translations", ["stain: Nuclei are kept."]),
        ("drawn-maps", ["drawn (shapes): In 14 of 31 measures as near."]),
        ("utility", ["F1 0.80 on real ones."]),
        ("segmenters", ["on_real, on set real: A is best. B."]),
        ("volumes", ["ct: The body follows the labels."]),
    ]


def test_a_run_that_answers_none_of_them_has_no_such_part():
    assert answers_part({"drawn_maps": {}, "utility": [], "benchmarks": [], "volumes": []}) == []
    assert answers_part({}) == []
