"""Label schemes: reading, writing, folding, and a message with its place for every mistake."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framelens.model import Label, Leaf, Scheme, SchemeError

ROOT = Path(__file__).parents[2]

# PyYAML reads these three line breaks back as a space or a newline.
LETTERS = st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029")
NAMES = st.text(LETTERS, min_size=1, max_size=8)
PROSE = st.text(LETTERS, max_size=60)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    """Any scheme that does not contradict itself."""
    labels = draw(st.lists(NAMES, min_size=2, max_size=4, unique=True))
    keys = iter(draw(st.lists(NAMES, min_size=16, max_size=16, unique=True)))
    folds = labels + draw(st.lists(st.sampled_from(labels), max_size=4))
    return Scheme(
        draw(NAMES),
        draw(NAMES),
        tuple(Label(name, draw(PROSE)) for name in labels),
        tuple(
            Leaf(
                next(keys),
                label,
                draw(st.none() | NAMES),
                draw(st.sampled_from([None, next(keys)])),
                draw(PROSE),
                tuple(draw(st.lists(PROSE, max_size=2))),
            )
            for label in folds
        ),
        draw(PROSE),
    )


WEATHER: dict[str, Any] = {
    "name": "weather",
    "version": "7",
    "labels": {"wet": {"definition": "Water falls."}, "dry": {"definition": "None falls."}},
    "leaves": {
        "rain": {"label": "wet", "frame": "warm", "code": "r", "examples": ["It pours."]},
        "snow": {"label": "wet", "frame": "cold", "code": "s"},
        "sun": {"label": "dry", "code": "d", "definition": "It shines."},
    },
}


@pytest.fixture
def weather() -> Scheme:
    return Scheme.from_dict(WEATHER)


@given(schemes())
def test_a_scheme_survives_yaml(tmp_path_factory: pytest.TempPathFactory, scheme: Scheme):
    path = tmp_path_factory.getbasetemp() / "scheme.yaml"
    scheme.save(path)
    assert Scheme.from_file(path) == scheme
    assert Scheme.from_dict(scheme.to_dict()) == scheme


def test_the_fields_of_a_file_arrive_where_they_belong(weather: Scheme):
    assert (weather.name, weather.version, weather.description) == ("weather", "7", "")
    assert weather.labels == (Label("wet", "Water falls."), Label("dry", "None falls."))
    assert weather.leaves == (
        Leaf("rain", "wet", "warm", "r", "", ("It pours.",)),
        Leaf("snow", "wet", "cold", "s"),
        Leaf("sun", "dry", None, "d", "It shines."),
    )
    assert weather.label_names == ("wet", "dry")
    assert weather.leaf_names == ("rain", "snow", "sun")


def test_without_leaves_every_label_is_its_own():
    scheme = Scheme.from_dict({"name": "plain", "labels": {"a": None, "b": {"definition": "B."}}})
    assert scheme.version == "1"
    assert scheme.leaves == (Leaf("a", "a"), Leaf("b", "b", definition="B."))
    np.testing.assert_array_equal(scheme.folding, np.eye(2))


def test_folding_sums_the_leaves_of_each_label(weather: Scheme):
    np.testing.assert_array_equal(weather.folding, [[1, 0], [1, 0], [0, 1]])
    np.testing.assert_allclose(weather.fold(np.array([0.2, 0.3, 0.5])), [0.5, 0.5])
    many = np.arange(24.0).reshape(2, 4, 3)
    folded = weather.fold(many)
    np.testing.assert_allclose(folded[..., 0], many[..., 0] + many[..., 1])
    np.testing.assert_allclose(folded[..., 1], many[..., 2])


def test_leaves_are_found_by_name_and_by_code(weather: Scheme):
    assert [weather.leaf_index(name) for name in weather.leaf_names] == [0, 1, 2]
    assert [weather.leaf_index(code) for code in "rsd"] == [0, 1, 2]


@pytest.mark.parametrize("name", ["wet", "Rain", "", "warm"])
def test_an_unknown_leaf_is_refused_with_those_there_are(weather: Scheme, name: str):
    with pytest.raises(SchemeError) as caught:
        weather.leaf_index(name)
    assert str(caught.value) == (
        f"unknown label {name!r}: 'weather' knows 'rain', 'snow', 'sun', 'r', 's' or 'd'"
    )


def changed(path: str, value: Any) -> dict[str, Any]:
    """The weather scheme with one field set; ``...`` as the value removes it."""
    content = deepcopy(WEATHER)
    *parents, last = path.split(".")
    place = content
    for parent in parents:
        place = place[parent]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("name", ..., "field 'name' is missing"),
        ("labels", ..., "field 'labels' is missing"),
        (
            "labals",
            {},
            "unknown field 'labals'; known are 'name', 'labels', 'version', 'description',"
            " 'multi_label' or 'leaves'",
        ),
        ("labels", ["wet", "dry"], "labels: expected a mapping, found list"),
        ("name", None, "field 'name' is missing"),
        ("labels", None, "field 'labels' is missing"),
        (
            "labels",
            {"wet": None, True: None},
            "labels: True is not text; put it in quotation marks",
        ),
        ("labels", {"wet": None}, "labels: a scheme needs at least two labels"),
        ("labels", {}, "labels: a scheme needs at least two labels"),
        ("labels.wet", "Water.", "labels.wet: expected a mapping, found str"),
        ("labels.wet.colour", "blue", "labels.wet: unknown field 'colour'; known are 'definition'"),
        ("labels.wet.definition", 5, "labels.wet.definition: expected text, found int"),
        ("labels.fog", None, "labels.fog: no leaf folds into this label"),
        ("leaves", "rain", "leaves: expected a mapping, found str"),
        ("leaves.snow", None, "leaves.snow: field 'label' is missing"),
        ("leaves.snow.label", ..., "leaves.snow: field 'label' is missing"),
        (
            "leaves.snow.label",
            "cold",
            "leaves.snow.label: 'cold' is not a label; use 'wet' or 'dry'",
        ),
        ("leaves.snow.label", ["wet"], "leaves.snow.label: expected text, found list"),
        ("leaves.snow.label", None, "leaves.snow: field 'label' is missing"),
        (
            "leaves.snow.colour",
            "white",
            "leaves.snow: unknown field 'colour'; known are 'label', 'frame', 'code',"
            " 'definition' or 'examples'",
        ),
        ("leaves.snow.code", False, "leaves.snow.code: expected text, found bool"),
        ("leaves.snow.frame", 3, "leaves.snow.frame: expected text, found int"),
        ("leaves.snow.definition", ["Ice."], "leaves.snow.definition: expected text, found list"),
        ("leaves.snow.examples", "It snows.", "leaves.snow.examples: expected a list of texts"),
        ("leaves.snow.examples", 5, "leaves.snow.examples: expected a list of texts"),
        (
            "leaves.snow.examples",
            [{"Snow": "white."}],
            "leaves.snow.examples: expected a list of texts",
        ),
        ("multi_label", "yes", "multi_label: expected true or false, found 'yes'"),
        (
            "multi_label",
            True,
            "labels.wet: two leaves fold into this label; where multi_label is true, each label"
            " has one",
        ),
        ("leaves.snow.code", "r", "leaves: 'r' names two leaves"),
        ("leaves.snow.code", "rain", "leaves: 'rain' names two leaves"),
    ],
)
def test_a_mistake_is_named_with_its_place(path: str, value: Any, message: str):
    with pytest.raises(SchemeError) as caught:
        Scheme.from_dict(changed(path, value), source="weather.yaml")
    assert str(caught.value) == f"weather.yaml: {message}"


@pytest.mark.parametrize(
    ("field", "default"), [("frame", None), ("code", None), ("definition", ""), ("examples", ())]
)
def test_an_optional_field_left_empty_is_as_if_it_were_not_there(field: str, default: Any):
    path = f"leaves.rain.{field}"
    assert getattr(Scheme.from_dict(changed(path, None)).leaves[0], field) == default


def test_optional_fields_of_the_scheme_itself_may_be_left_empty():
    content = {"name": "plain", "labels": {"a": None, "b": None}}
    empty = content | {"version": None, "description": None, "leaves": None}
    assert Scheme.from_dict(empty) == Scheme.from_dict(content)


def test_a_code_may_repeat_the_name_of_its_own_leaf():
    assert Scheme.from_dict(changed("leaves.snow.code", "snow")).leaf_index("snow") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"- wet\n- dry\n", ": expected a mapping, found list"),
        (b"", ": expected a mapping, found NoneType"),
        (b"name: [", ": not a YAML file: "),
        (b"name: caf\xe9\n", ": not a YAML file: "),
        (b"name: \x00\n", ": not a YAML file: "),
        (b"version: 2024-13-45\n", ": not a YAML file: "),
        (b"name: !!python/object/apply:os.getcwd []\n", ": not a YAML file: "),
    ],
)
def test_a_file_that_is_no_scheme_is_refused_by_name(tmp_path: Path, content: bytes, message: str):
    path = tmp_path / "scheme.yaml"
    path.write_bytes(content)
    with pytest.raises(SchemeError) as caught:
        Scheme.from_file(path)
    assert str(caught.value).startswith(f"{path}{message}")


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path):
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(SchemeError) as caught:
            Scheme.from_file(path)
        assert str(caught.value).startswith(f"{path}: cannot read the scheme: ")


def test_the_framing_scheme_folds_six_leaves_into_four_labels(shipped: Path):
    scheme = Scheme.from_file(ROOT / "seeds" / "schemes" / "framing.yaml")
    assert (len(scheme.labels), len(scheme.leaves)) == (4, 6)
    assert scheme.folding.sum(axis=0).tolist() == [1, 1, 1, 3]
    assert all(label.definition for label in scheme.labels)
    assert all(leaf.definition and len(leaf.examples) >= 2 and leaf.code for leaf in scheme.leaves)
    frames = [leaf.frame for leaf in scheme.leaves]
    assert frames[:3] == [None, None, None]
    assert len({*frames[3:]} - {None}) == 3
    artefact = Scheme.from_file(shipped / "scheme.yaml")
    assert (artefact.label_names, artefact.leaf_names) == (scheme.label_names, scheme.leaf_names)
    np.testing.assert_array_equal(artefact.folding, scheme.folding)
