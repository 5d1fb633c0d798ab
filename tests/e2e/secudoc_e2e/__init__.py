"""What the end-to-end tests, the demo and the bench stand on. Python's standard library only.

certs     throw-away certificates, made with openssl
mails     mails as bytes, and what Exchange Online adds to them
wire      one SMTP connection from the client's side
driver    Exchange Online as it hands mail to us (outbound connector)
recorder  the tenant's inbound connector: records every byte that comes back
system    the whole program in a folder of its own
portal    a recipient with a browser, in a few lines
compare   the closed list of header changes
reports   reading delivery reports (RFC 3464)
case      unittest with one running system a class
"""
