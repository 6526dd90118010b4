"""Chemical formulas and reaction equations, read as people write them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from ..errors import InputError

ELEMENTS = frozenset(
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se "
    "Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb "
    "Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm "
    "Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og".split()
)
_TOKEN = re.compile(r"([A-Z][a-z]?)(\d*)|(\()|\)(\d*)")
_STATE = re.compile(r"\((aq|s|l|g)\)")
_CHARGES = (r"(.+?)(\++|-+)", r"(.+?)\^?(\d)([+-])", r"(.+?)\^?([+-])(\d)")

Side = dict[str, int]


def equation(text: str) -> tuple[Side, Side]:
    """What an event of "2 H2O -> H3O+ + OH-" takes and makes ("<->" is the same as "->").

    Raises InputError if it is not of that form.
    """
    try:
        left, right = re.split(r"<?->", text)
        return _side(left), _side(right)
    except ValueError:
        raise InputError(f"reaction {text!r} is not of the form 'Li -> Li+ + e-'") from None


def _side(text: str) -> Side:
    count: Side = {}
    for term in text.split(" + "):
        *number, name = term.split()
        count[name] = count.get(name, 0) + int(" ".join(number) or 1)
    if min(count.values()) < 1:
        raise ValueError
    return count


def elements(text: str, z: int) -> Side | None:
    """Atoms in a formula of charge z: "CO3--", "CO3-2", "CO3^2-", "CO32-", "CO3" are the same.

    None if the text is no chemical formula, or one of another charge.
    """
    for body, charge in _readings(_STATE.sub("", text), z):
        if charge == z and (atoms := _atoms(body)) is not None:
            return atoms
    return None


def _readings(text: str, z: int) -> Iterator[tuple[str, int]]:
    """(formula without its charge, charge): all ways to read a text."""
    yield text, z
    for pattern in _CHARGES:
        if match := re.fullmatch(pattern, text):
            body, *rest = match.groups()
            digits = "".join(c for c in "".join(rest) if c.isdigit())
            size = int(digits) if digits else len(rest[0])
            yield body, -size if "-" in "".join(rest) else size


def _atoms(body: str) -> Side | None:
    if body == "e":
        return {}
    stack, at = [Counter[str]()], 0
    while at < len(body):
        token = _TOKEN.match(body, at)
        if token is None:
            return None
        symbol, count, opens, times = token.groups()
        if symbol in ELEMENTS:
            stack[-1][symbol] += int(count or 1)
        elif opens:
            stack.append(Counter())
        elif symbol is None and len(stack) > 1:
            inner = stack.pop()
            stack[-1] += Counter({i: n * int(times or 1) for i, n in inner.items()})
        else:
            return None
        at = token.end()
    return dict(stack[0]) if len(stack) == 1 else None


def check_balance(
    text: str, charges: Mapping[str, int], atoms: Mapping[str, Mapping[str, int] | None]
) -> None:
    """Refuse a reaction that makes charge or, if every participant's atoms are known, an element.

    Raises InputError naming the reaction, what is not conserved, and both sides' amounts.
    """
    sides = equation(text)
    books = {"charge": {i: charges[i] for side in sides for i in side}}
    known = {i: a for side in sides for i in side if (a := atoms[i]) is not None}
    if len(known) == len(books["charge"]):
        for element in sorted({e for a in known.values() for e in a}):
            books[element] = {i: a.get(element, 0) for i, a in known.items()}
    for what, each in books.items():
        left, right = (sum(n * each[i] for i, n in side.items()) for side in sides)
        if left != right:
            raise InputError(
                f"reaction {text!r} does not conserve {what}: {left} on the left, "
                f"{right} on the right"
            )
