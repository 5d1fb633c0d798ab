"""Reads a mail on stdin and prints what Python's email package sees in it, one fact a line."""
import email
import email.policy
import sys

raw = sys.stdin.buffer.read()
for line in raw.split(b"\r\n"):
    if b"\r" in line or b"\n" in line:
        print("bare line end")
    if len(line) > 998:
        print("long line")
print("7bit=%s" % (max(raw) < 128))
mail = email.message_from_bytes(raw, policy=email.policy.default)
for name in ("From", "To", "Subject", "Auto-Submitted", "Message-ID", "Content-Language"):
    print("%s=%s" % (name, mail[name]))
print("date=%s" % mail["Date"].datetime.isoformat())
print("type=%s/%s" % (mail.get_content_type(), mail.get_param("report-type")))
defects = 0
for part in mail.walk():
    defects += len(part.defects)
    print("part=%s" % part.get_content_type())
print("defects=%d" % defects)
parts = mail.get_payload()
text = parts[0].get_content()
for line in text.splitlines():
    print("text|%s" % line)
for number, block in enumerate(parts[1].get_payload()):
    for name, value in block.items():
        print("status.%d|%s=%s" % (number, name, value))
if len(parts) > 2:
    original = email.message_from_bytes(parts[2].get_payload(decode=True), policy=email.policy.default)
    for name, value in original.items():
        print("original|%s=%s" % (name, value))
