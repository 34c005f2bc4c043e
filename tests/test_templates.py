"""Templates: fragments are blocks, components are macros shown in the gallery, and nothing is written inline."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from tests.careful import Page

HOUSE = Path(__file__).parents[1] / "directory"
TEMPLATES = HOUSE / "templates"
NOT_FOR_TEMPLATES = {"db", "g", "config"}  # a template prints; it never queries and never decides
JINJA = Environment(autoescape=True, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])


class Tags(Page):
    """The tags of a template, each judged alone: what the whole page must have, the careful client checks."""

    def judge(self) -> None:
        pass


def html_only(source: str) -> str:
    """The template as HTML: comments and statements out, every expression an x."""
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", source, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}", "x", source, flags=re.DOTALL)


def complaints(name: str, source: str) -> list[str]:
    """What is wrong with one template; `name` is relative to `templates/`."""
    tree = JINJA.parse(source)
    found = [f"{name}: {fault}" for fault in Tags(html_only(source)).faults]
    if re.search(r"data-hx-on|\bjs:", source):
        found.append(f"{name}: hx-on and js: run text as a script")
    for node in tree.find_all((nodes.Import, nodes.FromImport, nodes.Include)):
        found.append(f"{name}:{node.lineno} imports: a block rendered alone would not see it, use ui.…")
    component = name.startswith("components/")
    constants = {node.target.name for node in tree.body if isinstance(node, nodes.Assign) and is_constant(node.node)}
    for node in tree.body:
        if isinstance(node, (nodes.Assign, nodes.AssignBlock)) and not component:
            found.append(f"{name}:{node.lineno} sets a name at the top: a block rendered alone would not see it")
    for loop in tree.find_all(nodes.For):
        found += [f"{name}:{block.lineno} block {block.name} stands inside a for" for block in loop.find_all(nodes.Block)]
    for word in tree.find_all(nodes.Name):
        if word.ctx == "load" and word.name in NOT_FOR_TEMPLATES:
            found.append(f"{name}:{word.lineno} reads {word.name}: the view gives a template everything")
    for used in tree.find_all(nodes.Filter):
        source_of = used.node.node if isinstance(used.node, nodes.Getitem) else used.node
        if used.name == "safe" and not (component and getattr(source_of, "name", "") in constants):
            found.append(f"{name}:{used.lineno} trusts text with |safe; make Markup where the text is known")
    if component:
        macros = [macro.name for macro in tree.find_all(nodes.Macro)]
        if macros != [Path(name).stem]:
            found.append(f"{name} holds the macros {macros}: one to a file, named like it")
    return found


def is_constant(value: nodes.Node) -> bool:
    """Text, or a dictionary of text, that stands in the template itself."""
    parts = [part for pair in value.items for part in (pair.key, pair.value)] if isinstance(value, nodes.Dict) else [value]
    return all(isinstance(part, nodes.Const) for part in parts)


def templates() -> dict[str, str]:
    return {path.relative_to(TEMPLATES).as_posix(): path.read_text("utf-8") for path in sorted(TEMPLATES.rglob("*.html"))}


@pytest.mark.parametrize("name", templates())
def test_a_template_keeps_the_rules_of_the_house(name):
    assert complaints(name, templates()[name]) == []


@pytest.mark.parametrize(
    ("name", "source", "complaint"),
    [
        ("a/b.html", '<a href="/x" hx-get="/x">', "spell it data-hx-get"),
        ("a/b.html", '<a data-hx-get="{{ here }}">', "no href or action"),
        ("a/b.html", '<form data-hx-post="{{ here }}">', "no href or action"),
        ("a/b.html", '<p style="color: {{ colour }}">', "inline style"),
        ("a/b.html", '<p {% if x %}onclick="y()"{% endif %}>', "inline onclick"),
        ("a/b.html", "<script>alert(1)</script>", "without a nonce"),
        ("a/b.html", '<a href="javascript:void(0)">', "javascript:"),
        ("a/b.html", '<p data-hx-on:click="x()">', "run text as a script"),
        ("a/b.html", '{% import "x.html" as x %}', "imports"),
        ("a/b.html", '{% from "x.html" import x %}', "imports"),
        ("a/b.html", '{% block x %}{% include "x.html" %}{% endblock %}', "imports"),
        ("a/b.html", "{% set x = 1 %}{% block a %}{% endblock %}", "sets a name at the top"),
        ("a/b.html", "{% for x in y %}{% block a scoped %}{% endblock %}{% endfor %}", "inside a for"),
        ("a/b.html", "{{ db.session }}", "reads db"),
        ("a/b.html", "{{ text|safe }}", "|safe"),
        ("components/a.html", "{% set t = x() %}{% macro a() %}{{ t|safe }}{% endmacro %}", "|safe"),
        ("components/card.html", "{% macro cart() %}{% endmacro %}", "named like it"),
        ("components/card.html", "{% macro card() %}{% endmacro %}{% macro b() %}{% endmacro %}", "one to a file"),
    ],
)
def test_each_rule_bites(name, source, complaint):
    assert complaint in "; ".join(complaints(name, source))


# What views ask of templates, read from their calls of render() and render_template()


def rendered(source: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each template a module renders, with the fragments it offers."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in {"render", "render_template"}:
            continue
        names = [leaf.value for leaf in ast.walk(node.args[0]) if isinstance(leaf, ast.Constant)] if node.args else []
        offered = [
            leaf.value
            for keyword in node.keywords
            if keyword.arg == "fragments"
            for leaf in ast.walk(keyword.value)
            if isinstance(leaf, ast.Constant)
        ]
        for name in names:
            if str(name).endswith(".html"):
                yield name, tuple(offered)


def all_rendered() -> list[tuple[str, tuple[str, ...]]]:
    sources = [
        path.read_text("utf-8") for path in [*HOUSE.rglob("views/*.py"), HOUSE / "htmx.py", HOUSE / "mail.py"] if path.exists()
    ]
    return [found for source in sources for found in rendered(source)]


def family(name: str) -> dict[str, str]:
    """A template and those it extends."""
    found = {name: templates()[name]}
    for node in JINJA.parse(found[name]).find_all(nodes.Extends):
        found |= family(node.template.value)
    return found


def fragment_complaints(name: str, fragment: str, sources: list[str]) -> list[str]:
    """A fragment is a block, and the element it replaces has its name as id (or `name-key` where it repeats)."""
    blocks = {block.name for source in sources for block in JINJA.parse(source).find_all(nodes.Block)}
    found = [] if fragment in blocks else [f"{name} offers {fragment}, which is no block"]
    if not any(re.search(rf'\bid="{fragment}(-\{{\{{[^"]*)?"', source) for source in sources):
        found.append(f'{name} offers {fragment}, and nothing has id="{fragment}"')
    return found


def test_every_template_that_a_view_renders_exists():
    assert [name for name, _ in all_rendered() if name not in templates()] == []


def test_every_fragment_is_a_block_with_its_id():
    components = [source for name, source in templates().items() if name.startswith("components/")]
    faults = []
    for name, offered in all_rendered():
        for fragment in offered:
            faults += fragment_complaints(name, fragment, [*family(name).values(), *components])
    assert faults == []


def test_a_fragment_without_block_or_id_is_noticed():
    page = '<p id="answers">{% block answers %}{% endblock %}</p>'
    assert fragment_complaints("x.html", "answers", [page]) == []
    assert fragment_complaints("x.html", "save", ['{% block save %}<p id="save-{{ key }}">{% endblock %}']) == []
    assert len(fragment_complaints("x.html", "facets", [page])) == 2
    assert rendered_once('render("a.html", fragments=("b", "c"))') == ("a.html", ("b", "c"))
    assert rendered_once('htmx.render("a.html" if x else "b.html")') == ("a.html", ())


def rendered_once(source: str) -> tuple[str, tuple[str, ...]]:
    return next(rendered(source))


def test_every_target_of_htmx_is_offered_by_a_view():
    offered = {fragment for _, fragments in all_rendered() for fragment in fragments}
    asked = {
        (name, target)
        for name, source in templates().items()
        for target in re.findall(r'data-hx-target="#([a-z_]+)', source)
        if target not in offered
    }
    assert asked == set()


def test_every_template_is_used():
    used = {name for name, _ in all_rendered()}
    used |= {parent for name in used & templates().keys() for parent in family(name)}
    spare = [name for name in templates() if name not in used and not name.startswith(("components/", "letters/"))]
    assert spare == []


def test_every_component_is_used_and_shown_in_the_gallery():
    components = {Path(name).stem for name in templates() if name.startswith("components/")}
    called = {name: set(re.findall(r"\bui\.([a-z_]+)", source)) for name, source in templates().items()}
    elsewhere = set().union(*(words for name, words in called.items() if name != "gallery.html"))
    views = " ".join(path.read_text("utf-8") for path in HOUSE.glob("views/*.py"))
    assert {(name, word) for name, words in called.items() for word in words - components} == set()
    shown = called["gallery.html"]
    for _ in components:  # what a component calls is shown with it
        shown = shown.union(*(called[f"components/{word}.html"] for word in shown))
    assert components - shown == set(), "not in gallery.html"
    assert {name for name in components - elsewhere if f'"{name}"' not in views} == set(), "used nowhere"
