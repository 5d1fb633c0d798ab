#!/usr/bin/env python3
"""Another reader of mail: what Python's email package finds in each mail of a corpus.

usage: oracle.py FOLDER

One line "M path" for each mail, then for each leaf in order "P sha256 name": the digest of its decoded
bytes, and its file name in hex; "-" where the two readers differ by intention, with the reason in skip().
"""
import email
import email.errors
import email.header
import hashlib
import os
import re
import sys

DESCENDED = {"mixed", "alternative", "related", "parallel", "digest", "form-data"}
REPORTS = {"delivery-status", "disposition-notification", "feedback-report", "tlsrpt"}
IDENTITY = {"", "7bit", "8bit", "binary"}


def is_opaque(part, is_root):
    """Ours ends here: the inside is one body."""
    if part.get_content_maintype() != "multipart":
        return True
    if part.get_content_subtype() in DESCENDED:
        return False
    report = (part.get_param("report-type") or "").lower()
    return not (is_root and part.get_content_subtype() == "report" and report in REPORTS)


def leaves(part, is_root=True, cut=False):
    """Each leaf, and whether the end of the mail cut it: Python then drops its last line end."""
    if is_opaque(part, is_root):
        yield part, cut
        return
    if not part.is_multipart():
        return  # no delimiter at all: its text is a preamble to us
    cut = cut or any(isinstance(d, email.errors.CloseBoundaryNotFoundDefect) for d in part.defects)
    children = part.get_payload()
    for child in children:
        yield from leaves(child, False, cut and child is children[-1])


def skip_bytes(part):
    """Content that Python cannot give back, or decodes by other rules."""
    if part.is_multipart() or part.get_content_maintype() in ("multipart", "message"):
        return True  # parsed again, its bytes are gone
    cte = str(part.get("content-transfer-encoding", "")).lower()
    raw = part.get_payload()
    if cte != cte.strip():
        return True  # Python does not know an encoding with blanks behind it
    if cte in IDENTITY:
        return False
    if cte == "base64":
        # Python ends at padding and refuses what we skip over
        text = re.sub(r"[\r\n]", "", raw)
        return len(text) % 4 != 0 or not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", text)
    if cte == "quoted-printable":
        # Python keeps blanks at the end of a line (RFC 2045 section 6.7 rule 3 does not), and repairs
        # broken escapes in its own way
        return (re.search(r"[ \t](=?)(\r?\n|\Z)", raw) is not None or
                re.search(r"=(?![0-9A-Fa-f]{2}|\r?\n)", raw) is not None)
    return True


def name_of(part):
    """The file name if it is one that a label does not change."""
    params = [k for k, v in part.get_params([], "content-disposition") if k.lower() == "filename"]
    if len(params) > 1:
        return None  # both forms: Python takes the first, we the extended one
    name = part.get_filename()
    if name is None:
        return None
    try:
        name = str(email.header.make_header(email.header.decode_header(name)))
        data = name.encode("utf-8")
    except (UnicodeError, LookupError, email.errors.MessageError):
        return None  # a charset that Python does not know
    if not re.fullmatch(r"\w([\w.,()&+=-]| (?! ))*\w", name) or len(data) > 200 or "\\" in name:
        return None
    return data.hex()


def main():
    paths = []
    for folder, _, files in os.walk(sys.argv[1]):
        paths += [os.path.join(folder, f) for f in files if f.endswith((".eml", ".msg"))]
    for path in sorted(paths, key=os.fsencode):
        with open(path, "rb") as f:
            mail = email.message_from_bytes(f.read())  # a file would lose its CR
        print("M", path)
        for part, cut in leaves(mail):
            digest = "-"
            if not cut and not skip_bytes(part):
                digest = hashlib.sha256(part.get_payload(decode=True)).hexdigest()
            print("P", digest, name_of(part) or "-")


if __name__ == "__main__":
    main()
