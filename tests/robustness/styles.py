"""Evidence files in every style that YAML has for them: what analysts and their editors write, and worse."""

from __future__ import annotations

from random import Random

RATIONALES = (
    "A reason.", "'It''s a reason.'", '"A \\"reason\\" # not a comment"', "|\n{i}A reason.\n{i}\n{i}  And more: yes.",
    "|-\n{i}A reason.", "|+\n{i}A reason.\n\n", ">\n{i}A reason\n{i}in two lines.", "|  # why\n{i}A reason.",
    "A reason\n{i}over two lines", "|2\n{i}A reason.", "&why A reason.", '"A reason\n{i}in quotes"',
    "# above\n{i}A reason.")
RATIOS = (
    "{{strike: [1.5, 2, 3], slowdown: 1.20}}", "{{strike: 2.50}}", "{{ strike : [ 1.50,2,3 ] , slowdown: 1.2 }}",
    "\n{i}strike: [1.5, 2, 3]  # near\n{i}slowdown: 1.2", "\n{i}strike:\n{i}- 1.5\n{i}- 2   # middle\n{i}- 3",
    "\n{i}# what is said\n{i}strike: 2", '{{"strike": 2, \'slowdown\': 1.2}}',
    "{{strike: [1.5, 2,   # low, stated\n{i}3]}}", "  # see the table\n{i}strike: 2", "&ratio {{strike: 2}}")
TITLES = ("A ballot", "'A: ballot'", '"A #ballot"', "A ballot\n{i}in two lines", "A ballot   # as told",
          "&t A ballot", "Бюллетень", "-no", "12 ships", "?what")
BETWEEN = ("", "\n", "\n\n", "\n# A heading\n\n", "\n# The next one\n", "# The next one\n", "\n    # deeper\n",
           "\n# a\n# b\n", "  \n", "\n# - id: not-an-entry\n")
HEADS = ("", "", "# yaml-language-server: $schema=../.schemas/evidence.json\n", "# Agreed: keep the order.\n---\n",
         "---\n", "# Head\n\n# The first one\n", "\n\n", "%YAML 1.2\n---\n", "# The first one\n", "--- # begins\n")
FEET = ("", "", "\n", "...\n", "\n\n\n", "# The end\n", "...\n# After the end\n", "    # deeper\n", "   ")


def evidence(random: Random, names: list[str]) -> bytes:
    """A list of items with some ids; the item of each id has one encoding and a rationale."""
    indent = " " * random.choice((0, 0, 0, 2, 5))
    entries = [_entry(random, name, indent) for name in names]
    text = random.choice(HEADS)
    for number, entry in enumerate(entries):
        text += (random.choice(BETWEEN) if number else "") + entry
    text += random.choice(FEET)
    if random.random() < 0.15:
        text = text.rstrip("\n")
    if random.random() < 0.3:
        text = text.replace("\n", random.choice(("\r\n", "\r\n", "\r")))
    return b"\xef\xbb\xbf" * (random.random() < 0.1) + text.encode()


def _entry(random: Random, name: str, indent: str) -> str:
    if random.random() < 0.2:
        return (f"{indent}- {{id: {name}, title: A ballot, date: 2031-03-1{random.randrange(10)}, source: wire, "
                f"likelihood_ratio: {{strike: 2}},{random.choice(('', ' # flow'))}\n{indent}   rationale: Why not}}\n")
    inner = indent + " " * random.choice((2, 2, 4))
    deeper = inner + " " * random.choice((2, 3))
    title, ratio = random.choice(TITLES).format(i=deeper), random.choice(RATIOS).format(i=deeper)
    fields = [f"id: {random.choice((name, chr(34) + name + chr(34), name + '  # its name'))}", f"title: {title}",
              f"date: 2031-03-1{random.randrange(10)}", "source:   wire", f"likelihood_ratio:{_apart(ratio)}"]
    if random.random() < 0.3:
        fields.insert(random.randrange(1, 6), random.choice(("group: rumour", "group:", "credibility: 2 # so-so",
                                                             f"note: |\n{deeper}Noted.")))
    if random.random() < 0.3:
        fields.insert(random.randrange(1, 5), "# a comment inside")
    rationale = f"rationale: {random.choice(RATIONALES).format(i=deeper)}"
    fields.insert(len(fields) if random.random() < 0.8 else random.randrange(1, len(fields)), rationale)
    dash = indent + "-" + " " * (len(inner) - len(indent) - 1)
    return dash + f"\n{inner}".join(fields).replace(f"\n{inner}\n", "\n\n") + "\n"


def _apart(value: str) -> str:
    return value if value.startswith(("\n", "  #")) else f" {value}"


def in_brackets(random: Random, names: list[str]) -> bytes:
    """A list between brackets; every comment ends with the ids of the entries that it is about, or with nobody."""
    text, lone = random.choice(("[", "[\n", "# of nobody\n[\n", "[  # of nobody\n")), list(names)
    while lone:
        line = [lone.pop(0) for _ in range(min(len(lone), random.choice((1, 1, 1, 2))))]
        if text.endswith("\n"):
            text += random.choice(("", "\n", "  # of nobody\n\n"))
            text += f"  # above {line[0]}\n" * random.choice((0, 0, 1, 2)) + random.choice(("  ", "    "))
        text += ", ".join(_between_braces(random, name, name != line[0]) for name in line)
        comma = "," if lone else random.choice(("", ","))
        text += comma + random.choice(("\n", f"  # beside {line[0] if len(line) == 1 else 'nobody'}\n"))
    text += random.choice(("]\n", "] # of nobody\n", "  # of nobody\n]", "\n]\n"))
    return text.replace("\n", random.choice(("\n", "\n", "\r\n"))).encode()


def _between_braces(random: Random, name: str, short: bool) -> str:
    space = " " if short else random.choice((" ", " ", f" # in {name}\n   ", f"\n   # in {name}\n   "))
    return f"{{id: {name},{space}title: 'A, #no', by: 2031-03-20}}"


def nested(random: Random, keys: list[str]) -> bytes:
    """A mapping of a mapping, with one number for each key and a comment that ends with the key here and there."""
    if random.random() < 0.5:
        lines = [f"{random.choice(('', f'    # above {key}{chr(10)}'))}    {key}: 1.50"
                 f"{random.choice(('', f'  # beside {key}'))}\n" for key in keys]
        body = random.choice(("\n", "  # of all\n")) + "".join(lines)
    else:
        parts = [random.choice((f" {key}: 1.50,", f" {key}:   1.50, # beside {key}\n   ",
                                f"\n    # above {key}\n    {key}: 1.50,")) for key in keys]
        body = f" {{{''.join(parts)}}}\n"
    return f"# Head\nfirst: [1.50, 2]\nof:\n  all:{body}# Foot\nlast: 1\n".encode()
