#!/usr/bin/env python3
"""Another reader of mail: whom it is from and to, and how large its files are, by Python's email package.

usage: flow_oracle.py FOLDER

Lines for each mail: "M path"; "F address" when From has just one; "R address" for each recipient in To, Cc
and Bcc, in order, each once, or "R -" when Python cannot say; "A size" for each leaf that is a file by its
own header or a picture, but for those that the two readers decode differently by intention
(tests/mime/oracle.py).
"""
import email
import email.errors
import email.policy
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mime"))
import oracle  # noqa: E402


HEADER_DEFECTS = (email.errors.MissingHeaderBodySeparatorDefect, email.errors.InvalidHeaderDefect)


def addresses(msg, name):
    """Mailboxes of all fields of a name; None when the text is such that readers differ."""
    found = []
    for key, value in msg._headers:
        if key.lower() != name:
            continue
        value = re.sub(r"[\r\n]", "", str(value))  # Python 3.11 trips over a fold
        if not value.isascii() or "\0" in value or re.search(r"<[^>]*\(", value):
            return None  # a comment inside an address: only RFC 5322 itself writes that
        try:
            header = email.policy.default.header_factory(name, value)
        except (ValueError, IndexError):
            return None
        if header.defects:
            return None
        found += [a.addr_spec for a in header.addresses]
    return found


def recipients(msg):
    found = []
    for name in ("to", "cc", "bcc"):
        some = addresses(msg, name)
        if some is None or any(a in ("", "<>") for a in some):
            return None
        found += some
    # in the order of the fields in the mail, which is how a reader meets them
    order = [k.lower() for k, _ in msg._headers if k.lower() in ("to", "cc", "bcc")]
    if order != sorted(order, key=["to", "cc", "bcc"].index):
        return None
    unique = []
    for a in found:
        if a.lower() not in [u.lower() for u in unique]:
            unique.append(a)
    return unique


def show(path):
    with open(path, "rb") as f:
        msg = email.message_from_bytes(f.read())  # a file would lose its CR
    print("M", path)
    if any(isinstance(d, HEADER_DEFECTS) for d in msg.defects):
        print("R -")  # Python ends a header at a blank in a name
        return
    author = addresses(msg, "from")
    if author is not None and len(author) == 1 and "@" in author[0]:
        print("F", author[0])
    to = recipients(msg)
    for a in ["-"] if to is None else to:
        print("R", a)
    for part, cut in oracle.leaves(msg):
        named = part.get_content_disposition() == "attachment" and part.get_filename()
        if (named or part.get_content_maintype() == "image") and not cut and not oracle.skip_bytes(part):
            print("A", len(part.get_payload(decode=True)))


def main():
    for folder, folders, names in os.walk(sys.argv[1]):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.endswith((".eml", ".msg")) and os.path.getsize(path) > 0:
                show(path)


main()
