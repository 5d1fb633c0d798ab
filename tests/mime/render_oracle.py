"""Compare mails before and after rendering, by Python's own email package.

usage: render_oracle.py FOLDER

FOLDER holds NAME.before, NAME.after and NAME.plan for each mail; the plan has one line for each part of the
original, in the order of docs/attachments.md section 7: its role. A last line "url " and the link. Exits 0
and prints the number of mails when all of them are as they should be:

- the header differs only in fields that the plan's name tells;
- every part that stays is there, in the same place, with the same header and the same decoded bytes;
- each text that takes a banner decodes to its old bytes with one piece put in, which holds link and names;
- nothing of a file that left is there any more, neither encoded nor decoded;
- no line that was put in is over 998 bytes, and none has CR or LF alone.
"""
import email
import html
import os
import re
import sys
from collections import Counter

CHARSETS = {"": "ascii", "us-ascii": "ascii"}
SETS_OF_BODY = ("body-plain", "body-html")


def content_lines(payload):
    return [line for line in payload.splitlines() if len(line) >= 30]


def children(part, role):
    return part.get_payload() if role == "multipart" else []


def number(part, roles, out):
    """Parts in the order in which they begin, as (part, role, children's numbers)."""
    no = len(out)
    role = roles[no]
    entry = [part, role, []]
    out.append(entry)
    for child in children(part, role):
        entry[2].append(number(child, roles, out))
    return no


def stays(parts, no):
    part, role, kids = parts[no]
    if role == "attachment":
        return False
    return not kids or any(stays(parts, k) for k in kids)


def decoded(part):
    payload = part.get_payload(decode=True)
    if payload is None:  # a multipart that is not looked into
        payload = part.as_bytes()
    return payload


def raw(part):
    payload = part._payload  # get_payload() would replace 8-bit bytes
    if not isinstance(payload, str):
        return part.as_bytes().partition(b"\n\n")[2].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return payload.encode("ascii", "surrogateescape")


def charset_of(part):
    name = (part.get_content_charset() or "").lower()
    return CHARSETS.get(name, name)


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def inserted(before, after, start):
    """The one piece that was put into before, as (place, piece); None when there is no such piece.

    Where the piece begins or ends like its surroundings, several places give the same bytes; start tells
    which is meant: how the piece begins.
    """
    extra = len(after) - len(before)
    if extra <= 0:
        return None
    at = 0
    while at < len(before) and before[at] == after[at]:
        at += 1
    if after[at + extra:] != before[at:]:
        return None
    while not after.startswith(start, at):
        if at == 0 or after[at + extra - 1] != before[at - 1]:
            return None
        at -= 1
    return at, after[at:at + extra]


def without_comments(markup):
    return re.sub(r"<!--.*?(-->|$)", lambda m: "x" * len(m[0]), markup, flags=re.S)


def check_banner(text, subtype, url, names):
    if subtype == "html":
        words = html.unescape(re.sub(r"<[^>]*>", "", text))
        check('href="%s"' % html.escape(url) in text, "no link")
    else:
        words = text
        check(url in words, "no link")
    for name in names[:20]:
        shown = name if len(name) <= 80 else name[:59]
        if subtype == "plain":  # what the charset does not hold is spelled in ASCII
            pattern = ".*".join(re.escape(s) for s in re.split(r"[^\x20-\x7e]+", shown))
            check(re.search(pattern, words), "%r is not in the banner" % name)
        else:
            check(shown in words, "%r is not in the banner" % name)


def check_text(before, after, role, url, names):
    was, now = decoded(before), decoded(after)
    piece = inserted(was, now, b"\r\n<div lang=" if role == "body-html" else b"_____")
    check(piece is not None, "the text is not the old one with one piece put in")
    at, new = piece
    for line in new.split(b"\r\n"):
        check(len(line) <= 998 and b"\r" not in line and b"\n" not in line, "a bad line was put in")
    charset = charset_of(before)
    try:
        text = new.decode(charset)
    except LookupError:
        text = new.decode("ascii")
    check_banner(text, "html" if role == "body-html" else "plain", url, names)
    if role == "body-plain":
        check(at == 0, "the banner of a text is not at its start")
        check(new.endswith(b"\r\n\r\n"), "no empty line behind the banner")
    else:
        body = re.search(r"<body[^>]*>", without_comments(was.decode("latin-1")))
        check(body is None or body.end() == at, "the banner is not behind <body>")
    check_encoding(before, raw(after))


def high(data):
    return sum(c > 127 for c in data)


def check_encoding(part, payload):
    cte = (part.get("Content-Transfer-Encoding") or "7bit").strip().lower()
    longest = max(len(line) for line in raw(part).split(b"\r\n"))
    if cte in ("base64", "quoted-printable"):
        check(all(len(line) <= max(76, longest) for line in payload.split(b"\r\n")), "a line over 76")
    if cte != "binary" and cte != "8bit":
        check(high(payload) <= high(raw(part)), "8-bit bytes in " + cte)


def check_same(before, after):
    check(before.items() == after.items(), "header of a part that stays")
    was, now = (part.preamble or "" for part in (before, after))
    # without the first part, the line end before the second one's delimiter stays
    check(not before.is_multipart() or was.strip("\r\n") == now.strip("\r\n"), "preamble")


def check_own(part, url, names):
    check(part.get_content_type() == "multipart/alternative", "no own part")
    plain, rich = part.get_payload()
    check(plain.get_content_type() == "text/plain" and rich.get_content_type() == "text/html", "its types")
    for half in (plain, rich):
        text = decoded(half).decode("utf-8")
        check_banner(text, half.get_content_subtype(), url, names)
        check(all(len(line) <= 76 for line in raw(half).split(b"\r\n")), "a line over 76")


def compare(parts, no, after, url, names):
    before, role, kids = parts[no]
    check_same(before, after)
    if role in SETS_OF_BODY:
        check_text(before, after, role, url, names)
    elif role != "multipart":
        check(raw(before) == raw(after), "bytes of part %d" % no)
    else:
        left = [k for k in kids if stays(parts, k)]
        found = after.get_payload() if after.is_multipart() else []
        check(len(left) == len(found), "part %d has %d parts, not %d" % (no, len(found), len(left)))
        for k, child in zip(left, found):
            compare(parts, k, child, url, names)


def has_text(parts):
    """A text that stays; parts[0] decides about all below it."""
    return any(role in SETS_OF_BODY for _, role, _ in parts)


def take_own(parts, after, url, names):
    """A mail without a text has one more part: check it and take it out again."""
    payload = after.get_payload()
    last = after.get_content_type() == "multipart/alternative"
    own = payload[-1] if last else payload[0]
    check_own(own, url, names)
    after.set_payload(payload[:-1] if last else payload[1:])


def check_header(before, after, replaced):
    old = [(k, v) for k, v in before.items() if not k.lower().startswith("x-drop")]
    new = after.items()
    check(new[:2] == [("X-Added", "1"), ("X-Added-Too", "a b")], "added fields")
    new = new[2:]
    if replaced:
        old = [(k, v) for k, v in old if not k.lower().startswith("content-")]
        check(new[-1][0] == "Content-Type", "the new Content-Type")
        new = new[:-1]
        if not any(k.lower() == "mime-version" for k, _ in old):
            check(new[-1] == ("MIME-Version", "1.0"), "MIME-Version")
            new = new[:-1]
    check(old == new, "fields of the header")
    for key in list(after.keys()):
        del after[key]
    for key, value in before.items():
        after[key] = value


def leaves(parts, gone):
    return b"\n".join(decoded(part) for no, (part, role, kids) in enumerate(parts)
                      if not kids and (role == "attachment") == gone)


def check_gone(parts, before, after):
    """No line and no run of bytes of a file, unless it stood elsewhere in the mail too."""
    left = Counter(before.splitlines())
    for part, role, _ in parts:
        if role == "attachment":
            left.subtract(raw(part).splitlines())
    now = Counter(after.splitlines())
    for no, (part, role, _) in enumerate(parts):
        if role != "attachment":
            continue
        for line in content_lines(raw(part)):
            check(now[line] <= max(left[line], 0), "a line of file %d is still there: %r" % (no, line))
    known = b"\n".join(decoded(p) for p in email.message_from_bytes(after).walk() if not p.is_multipart())
    files, others = leaves(parts, True), leaves(parts, False)
    for at in range(0, len(files) - 48, max(48, len(files) // 200)):
        run = files[at:at + 48]
        check(run not in known or run in others, "bytes of a file are still there: %r" % run)


def check_mail(folder, name):
    def read(kind):
        with open(os.path.join(folder, name + kind), "rb") as f:
            return f.read()

    plan = read(".plan").decode("utf-8").split("\n")
    roles = [line for line in plan if line and " " not in line]
    url = next(line[4:] for line in plan if line.startswith("url "))
    names = [line[5:] for line in plan if line.startswith("name ")]
    original, source = read(".before"), read(".after")
    before = email.message_from_bytes(original)
    after = email.message_from_bytes(source)
    parts = []
    number(before, roles, parts)
    check(len(parts) == len(roles), "%d parts, %d roles" % (len(parts), len(roles)))
    check(re.search(rb"(?<!\r)\n|\r(?!\n)", source) is None, "CR or LF alone")
    check_gone(parts, original, source)
    replaced = roles[0] == "attachment"
    check_header(before, after, replaced)
    if replaced:
        check_own(email.message_from_bytes(source), url, names)
        return
    if not has_text(parts):
        take_own(parts, after, url, names)
    compare(parts, 0, after, url, names)


def main():
    folder = sys.argv[1]
    names = sorted(f[:-5] for f in os.listdir(folder) if f.endswith(".plan"))
    for name in names:
        try:
            check_mail(folder, name)
        except AssertionError as problem:
            sys.exit("%s: %s" % (name, problem))
    print(len(names))


if __name__ == "__main__":
    main()
