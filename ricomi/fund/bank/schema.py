"""The schemas of ISO 20022, rebuilt from the classes that pyiso20022 made of them, and checked by libxml2.

No maintained library that is light enough hands out the schemas of camt.053 themselves. pyiso20022's classes hold all
that they say: names, order, how often, patterns, lengths, code lists and decimals.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import re
import typing
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from threading import Lock
from types import ModuleType, UnionType
from typing import Any

from django.utils.translation import gettext_lazy as _
from lxml import etree
from xsdata.models.datatype import XmlDate, XmlDateTime, XmlPeriod

from ricomi.fund.bank.faults import Unreadable

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_XS = "http://www.w3.org/2001/XMLSchema"
_MESSAGE = re.compile(r"(pain|camt)\.[0-9]{3}\.[0-9]{3}\.[0-9]{2}")
_BUILT_IN: dict[type, str] = {
    str: "xs:string", Decimal: "xs:decimal", bool: "xs:boolean", XmlDate: "xs:date", XmlDateTime: "xs:dateTime",
}  # fmt: skip
_FACETS = {
    "min_length": "minLength", "max_length": "maxLength", "pattern": "pattern", "min_inclusive": "minInclusive",
    "total_digits": "totalDigits", "fraction_digits": "fractionDigits",
}  # fmt: skip
# ISO calls what offers a choice "…Choice"; these two of the first versions are choices as well.
_OLD_CHOICES = {"CashAccountType2", "CashBalanceAvailabilityDate1"}
_ERROR = re.compile(r"Element '(?:\{[^}]*\})?([^']+)'")
_VALUE = re.compile(r"[Tt]he value '([^']*)'|^Element '[^']*': '([^']*)' is not a valid value")
_checking = Lock()


def is_known(message: str) -> bool:
    """Whether there is a schema for a message with its version, e.g. `camt.053.001.08`."""
    return _MESSAGE.fullmatch(message) is not None and importlib.util.find_spec(_package(message)) is not None


def known(message: str) -> list[str]:
    """The versions of a message, e.g. of `camt.053.001`, for which there is a schema, oldest first."""
    return [name for name in (f"{message}.{version:02d}" for version in range(1, 100)) if is_known(name)]


def check(document: etree._Element, message: str) -> None:
    """Raises Unreadable, with line and element, when a document is not as the schema of its message wants it."""
    schema = _schema(message)
    # libxml2 notes what it found on the schema, which all threads share.
    with _checking:
        if schema.validate(document):
            return
        error = schema.error_log[0]
    element, value = _ERROR.search(error.message), _VALUE.search(error.message)
    facts = {"line": error.line, "element": element[1] if element else "?", "message": message}
    if value:
        facts["value"] = (value[1] or value[2] or "")[:40]
        raise Unreadable(
            _("Line %(line)d of the file: “%(value)s” is not what “%(element)s” may be in %(message)s. Download the "
              "file again; if it stays so, send this sentence to the bank.") % facts
        )  # fmt: skip
    raise Unreadable(
        _("Line %(line)d of the file: “%(element)s” is not as %(message)s wants it. Download the file again; if it "
          "stays so, send this sentence to the bank.") % facts
    )  # fmt: skip


def _package(message: str) -> str:
    return f"pyiso20022.{message[:4]}.{message.replace('.', '_')}"


@lru_cache(maxsize=16)
def _schema(message: str) -> etree.XMLSchema:
    module = importlib.import_module(f"{_package(message)}.{message.replace('.', '_')}")
    target = NAMESPACE + message
    root = etree.Element(f"{{{_XS}}}schema", nsmap={"xs": _XS, "t": target}, targetNamespace=target)
    root.set("elementFormDefault", "qualified")
    _xs(root, "element", name="Document", type="t:Document")
    for name, thing in vars(module).items():
        if dataclasses.is_dataclass(thing):
            _write_class(root, name, _fields(typing.cast(type, thing), module))
        elif isinstance(thing, type) and issubclass(thing, Enum) and thing is not Enum:
            codes = _restriction(root, "xs:string", name=name)
            for code in thing:
                _xs(codes, "enumeration", value=code.value)
    return etree.XMLSchema(root)


def _xs(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_XS}}}{tag}", attributes)


def _restriction(parent: etree._Element, base: str, **attributes: str) -> etree._Element:
    return _xs(_xs(parent, "simpleType", **attributes), "restriction", base=base)


def _fields(cls: type, module: ModuleType) -> list[tuple[dict[str, Any], Any, bool]]:
    """What stands in a class: for each member its metadata, its type, and whether it may come several times."""
    hints = typing.get_type_hints(cls, vars(module))
    found = []
    for field in dataclasses.fields(cls):
        hint, many = hints[field.name], False
        if typing.get_origin(hint) is list:
            hint, many = typing.get_args(hint)[0], True
        if isinstance(hint, UnionType):
            hint = next(kind for kind in typing.get_args(hint) if kind is not type(None))
        found.append((dict(field.metadata), hint, many))
    return found


def _write_class(root: etree._Element, name: str, fields: list[tuple[dict[str, Any], Any, bool]]) -> None:
    kind = _xs(root, "complexType", name=name)
    attributes = kind
    for facts, hint, _many in fields:
        if "type" not in facts:
            _write_facets(_restriction(root, _type(hint), name=f"{name}.value"), facts)
            attributes = _xs(_xs(kind, "simpleContent"), "extension", base=f"t:{name}.value")
    elements = [field for field in fields if field[0].get("type") in {"Element", "Wildcard"}]
    is_choice = name.endswith("Choice") or name in _OLD_CHOICES
    if elements:
        group = _xs(kind, "choice" if is_choice else "sequence")
        for facts, hint, many in elements:
            _write_element(group, facts, hint, _occurs(facts, many, is_choice))
    for facts, hint, _many in fields:
        if facts.get("type") == "Attribute":
            use = "required" if facts.get("required") else "optional"
            _typed(_xs(attributes, "attribute", name=facts["name"], use=use), facts, hint)


def _occurs(facts: dict[str, Any], many: bool, in_choice: bool) -> dict[str, str]:
    certain = in_choice or facts.get("required") or facts["type"] == "Wildcard"
    least = 1 if certain else facts.get("min_occurs", 0)
    return {"minOccurs": str(least), "maxOccurs": str(facts.get("max_occurs", "unbounded") if many else 1)}


def _write_element(group: etree._Element, facts: dict[str, Any], hint: Any, occurs: dict[str, str]) -> None:
    if facts["type"] == "Wildcard":
        _xs(group, "any", namespace="##any", processContents="lax", **occurs)
    else:
        _typed(_xs(group, "element", name=facts["name"], **occurs), facts, hint)


def _typed(element: etree._Element, facts: dict[str, Any], hint: Any) -> None:
    if _FACETS.keys() & facts.keys():
        _write_facets(_restriction(element, _type(hint)), facts)
    elif hint is XmlPeriod:
        # Years and months alike: the classes do not tell one from the other.
        _xs(_xs(element, "simpleType"), "union", memberTypes="xs:gYearMonth xs:gYear")
    else:
        element.set("type", _type(hint))


def _type(hint: Any) -> str:
    return _BUILT_IN.get(hint) or f"t:{hint.__name__}"


def _write_facets(restriction: etree._Element, facts: dict[str, Any]) -> None:
    for ours, theirs in _FACETS.items():
        if ours in facts:
            _xs(restriction, theirs, value=str(facts[ours]))
