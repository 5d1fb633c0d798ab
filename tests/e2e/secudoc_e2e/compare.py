"""The closed list of changes: what may differ between a mail that came in and the one that went back."""

from .mails import field_name, split

ADDED = ("received", "x-secudoc", "x-secudoc-mark")


def dropped(name, secret_header, edited):
    if name.startswith("x-secudoc") or name == secret_header.lower():
        return True
    return edited and (name == "dkim-signature" or name.startswith("arc-"))


def header_problems(sent, got, secret_header, edited, content_replaced=False):
    """
    What is wrong with the header of got, as a list of sentences. content_replaced: the body was a file
    and became a text, so the mail's own Content-* fields are new.
    """
    problems = []
    sent_fields, got_fields = split(sent)[0], split(got)[0]
    top = []
    while got_fields and field_name(got_fields[0]) in ADDED and len(top) < len(ADDED):
        top.append(got_fields.pop(0))
    if sorted(field_name(f) for f in top) != sorted(ADDED):
        problems.append("added on top: %r" % top)
    expected = [f for f in sent_fields if not dropped(field_name(f), secret_header, edited)]
    if content_replaced:
        expected = [f for f in expected if not field_name(f).startswith("content-")]
        got_fields = [f for f in got_fields if not field_name(f).startswith("content-")]
    if expected != got_fields:
        missing = [f for f in expected if f not in got_fields]
        extra = [f for f in got_fields if f not in expected]
        problems.append("header differs: missing %r, extra %r%s" % (
            missing[:5], extra[:5], "" if missing or extra else ", other order or number"))
    return problems


def body_problems(sent, got):
    a, b = split(sent)[1], split(got)[1]
    if a == b:
        return []
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return ["bodies of %d and %d bytes differ from byte %d on: %r, not %r" % (
        len(a), len(b), at, b[at:at + 60], a[at:at + 60])]


def passed_problems(sent, got, secret_header):
    """A mail that passed: byte for byte the same besides the closed list."""
    return header_problems(sent, got, secret_header, edited=False) + body_problems(sent, got)


def edited_problems(sent, got, secret_header, content_replaced=False):
    """A mail whose body was edited: the header by the closed list; the body is the caller's."""
    return header_problems(sent, got, secret_header, True, content_replaced)
