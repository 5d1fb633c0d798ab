#!/usr/bin/python3
"""A judge of plans that shares nothing with the program: Python's json and re, Microsoft's parameters.

usage: plan_judge.py CMDLETS.json PLAN.json

Says how many questions it asked; status 1 and a line for each answer that is wrong. Reads a plan, looks every
parameter up in what Microsoft's reference says, and sends mails through the rules twice, as Exchange does: once
as they were written, once as the service hands them back.
"""
import json
import re
import sys

NOUNS = {
    "DistributionGroups": "DistributionGroup",
    "InboundConnectors": "InboundConnector",
    "OutboundConnectors": "OutboundConnector",
    "RemoteDomains": "RemoteDomain",
    "TransportRules": "TransportRule",
}
# what the service takes off and puts on, connector/deliver_mail.h
CONTROL = ("x-secudoc", "x-secudoc-mark", "x-secudoc-enabled")

asked = 0
wrong = []


def ask(what, ok):
    global asked
    asked += 1
    if not ok:
        wrong.append(what)


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


def check_parameters(plan, cmdlets):
    for array, noun in NOUNS.items():
        new, change = cmdlets["New-" + noun]["parameters"], cmdlets["Set-" + noun]["parameters"]
        for o in plan[array]:
            name = o.get("Name", o.get("DomainName"))
            ask(f"{array} {name}: name of {utf16(name)}", 0 < utf16(name) <= 64)
            for key, value in o.items():
                facts = new.get(key) or change.get(key)
                ask(f"{array} {name}: {key} is no parameter", facts is not None)
                allowed = (facts or {}).get("values")
                if allowed and isinstance(value, str):
                    ask(f"{array} {name}: {key} {value} not in {allowed}", value in allowed)
                if (facts or {}).get("type") == "Boolean":
                    ask(f"{array} {name}: {key} is {value}", isinstance(value, bool))
            if array != "RemoteDomains":
                for key in cmdlets["New-" + noun]["sets"]["(All)"]["required"]:
                    ask(f"{array} {name}: {key} missing", key in o)


def listed(pattern):
    """Only signs of Microsoft's page on regular expressions in Exchange Online; anything else escaped."""
    return re.fullmatch(r"(\\[sSdDwW]|\\[^\w\s]|[|*()^$]|[\w @/'\"_-])*", pattern, re.ASCII) is not None


def check_patterns(plan):
    for r in plan["TransportRules"]:
        for key, value in r.items():
            for pattern in value if key.endswith("Patterns") else []:
                ask(f"{r['Name']}: {pattern} has a sign that is not listed", listed(pattern))


def check_limits(plan):
    secrets = [r["SetHeaderValue"] for r in plan["TransportRules"] if "SetHeaderValue" in r]
    secrets += [s.split()[-1] for s in secrets]
    for r in plan["TransportRules"]:
        comments = r.get("Comments", "")
        ask(f"{r['Name']}: comments", 0 < utf16(comments) <= 1024)
        ask(f"{r['Name']}: secret in comments", not any(s in comments for s in secrets if len(s) > 3))
        ask(f"{r['Name']}: 8 KB", len(json.dumps(r, ensure_ascii=False)) <= 8192)
        ask(f"{r['Name']}: waits", r["RuleErrorAction"] == "Defer")
        ask(f"{r['Name']}: on", r["Enabled"] is True and r["Mode"] == "Enforce")


def matches(patterns, value):
    return any(re.search(p, value, re.IGNORECASE) for p in patterns)


def words(wanted, value):
    return any(re.search(r"(?<!\w)" + re.escape(w) + r"(?!\w)", value, re.IGNORECASE) for w in wanted)


def size(text):
    number, unit = re.fullmatch(r"(\d+) ?(B|KB|MB|GB)", text).groups()
    return int(number) * 1024 ** ["B", "KB", "MB", "GB"].index(unit)


def holds(rule, prefix, mail):
    """The conditions (or exceptions) of a rule, answered for one mail: name -> bool."""
    answers = {}
    headers = {k.lower(): v for k, v in mail["headers"].items()}

    def get(name):
        return rule.get(prefix + name)

    if get("FromMemberOf") is not None:
        answers["FromMemberOf"] = any(g in mail["groups"] for g in get("FromMemberOf"))
    if get("FromScope") is not None:
        answers["FromScope"] = (get("FromScope") == "InOrganization") == mail["inside"]
    if get("From") is not None:
        answers["From"] = mail["from"].lower() in [f.lower() for f in get("From")]
    if get("FromAddressMatchesPatterns") is not None:
        answers["FromAddress"] = matches(get("FromAddressMatchesPatterns"), mail["from"])
    if get("SentToScope") is not None:
        answers["SentToScope"] = (get("SentToScope") == "NotInOrganization") == mail["to_outside"]
    if get("AttachmentSizeOver") is not None:
        answers["Size"] = any(n > size(get("AttachmentSizeOver")) for n in mail["files"])
    if get("MessageTypeMatches") is not None:
        answers["Type"] = get("MessageTypeMatches") == mail["type"]
    if get("HeaderMatchesMessageHeader") is not None:
        value = headers.get(get("HeaderMatchesMessageHeader").lower())
        answers["Header"] = value is not None and matches(get("HeaderMatchesPatterns"), value)
    if get("HeaderContainsMessageHeader") is not None:
        value = headers.get(get("HeaderContainsMessageHeader").lower())
        answers["Words"] = value is not None and words(get("HeaderContainsWords"), value)
    return answers


def one_pass(rules, mail):
    """Returns (connector or None, SCL or None); changes the mail's headers as the rules do."""
    connector = scl = None
    for r in rules:
        if not all(holds(r, "", mail).values()) or any(holds(r, "ExceptIf", mail).values()):
            continue
        if "SetHeaderName" in r:
            mail["headers"] = {k: v for k, v in mail["headers"].items() if k.lower() != r["SetHeaderName"].lower()}
            mail["headers"][r["SetHeaderName"]] = r["SetHeaderValue"]
        if "RemoveHeader" in r:
            mail["headers"] = {k: v for k, v in mail["headers"].items() if k.lower() != r["RemoveHeader"].lower()}
        scl = r.get("SetSCL", scl)
        connector = r.get("RouteMessageOutboundConnector", connector)
        if r.get("StopRuleProcessing"):
            break
    return connector, scl


def mail_of(plan, **changes):
    mail = {
        "from": "jansen@" + plan["Tenant"]["Domains"][0].removeprefix("*."),
        "groups": [plan["DistributionGroups"][0]["PrimarySmtpAddress"]],
        "inside": True,
        "to_outside": True,
        "files": [5_000_000],
        "type": None,
        "headers": {"Subject": "Report"},
    }
    if plan["Options"]["Mode"] == "OptIn":
        mail["headers"]["X-SecuDoc-Enabled"] = "1"
    headers = changes.pop("headers", {})
    mail.update(changes)
    mail["headers"] |= headers
    return mail


def private(plan):
    """What may be in no mail that leaves, and what the service takes off: its marks, and the tenant's secret."""
    routes = [r for r in plan["TransportRules"] if "RouteMessageOutboundConnector" in r]
    return CONTROL + tuple(r["SetHeaderName"].lower() for r in routes) + ("x-secudoc-tenant",)


def check_first_pass(plan):
    options, rules = plan["Options"], plan["TransportRules"]
    out = plan["OutboundConnectors"][0]["Name"]
    opt_in, everybody = options["Mode"] == "OptIn", options["Scope"] == "Organization"
    plain, to_all = options["LoopMark"] == "Plain", options["Recipients"] == "All"
    done = next(r["SetHeaderValue"] for r in rules if r.get("SetHeaderName") == "X-SecuDoc")
    cases = [
        ("a file to the outside", {}, True),
        ("a file of 2 KB", {"files": [2048]}, True),
        ("the second file counts", {"files": [10, 5000]}, True),
        ("no file", {"files": []}, False),
        ("a small file", {"files": [100]}, False),
        ("to a colleague", {"to_outside": False}, to_all),
        ("not a member", {"groups": ["others@contoso.nl"]}, everybody),
        ("a stranger", {"groups": [], "inside": False, "from": "a@evil.example"}, False),
        ("automatic reply", {"type": "OOF"}, False),
        ("invitation", {"type": "Calendaring"}, False),
        ("signed mail is routed", {"type": "Signed"}, True),
        ("encrypted mail is routed", {"type": "Encrypted"}, True),
        ("switched off", {"headers": {"X-SecuDoc-Enabled": "0"}}, False),
        ("switched off, blanks", {"headers": {"X-SecuDoc-Enabled": "  0 "}}, False),
        ("switched on", {"headers": {"X-SecuDoc-Enabled": "1"}}, True),
        ("switched on, blanks", {"headers": {"x-secudoc-enabled": " 1\t", "X-SecuDoc-Enabled": "1"}}, True),
        ("no switch word", {"headers": {"X-SecuDoc-Enabled": "off"}}, not opt_in),
        ("0.5 is not off", {"headers": {"X-SecuDoc-Enabled": "0.5"}}, not opt_in),
        ("1.0 is not on", {"headers": {"X-SecuDoc-Enabled": "1.0"}}, not opt_in),
        ("10 is neither", {"headers": {"X-SecuDoc-Enabled": "10"}}, not opt_in),
        ("loop mark", {"headers": {"X-SecuDoc": done}}, False),
        ("loop mark in lower case", {"headers": {"x-secudoc": done}}, False),
        ("forged: no token", {"headers": {"X-SecuDoc": "1.0"}}, not plain),
        ("forged: another token", {"headers": {"X-SecuDoc": "1.0 aaaaaaaaaaaaaaaa"}}, not plain),
        ("forged: other version", {"headers": {"X-SecuDoc": "2.0 " + done[4:]}}, True),
        ("forged: dot is a dot", {"headers": {"X-SecuDoc": "1x0 " + done[4:]}}, True),
        ("forged: more behind", {"headers": {"X-SecuDoc": done + "x" if not plain else "1.01"}}, True),
        ("forged: mark of the service", {"headers": {"X-SecuDoc-Mark": "v1; t=x"}}, True),
    ]
    for what, changes, routed in cases:
        mail = mail_of(plan, **{k: dict(v) if isinstance(v, dict) else v for k, v in changes.items()})
        before = {k.lower() for k in mail["headers"]}
        connector, scl = one_pass(rules, mail)
        ask(f"first pass: {what}: {connector}", (connector == out) == routed and (connector or out) == out)
        if routed:
            after = {k.lower() for k in mail["headers"]}
            ask(f"first pass: {what}: the service does not see {before - after}", before <= after)
            secret = [r for r in rules if "RouteMessageOutboundConnector" in r][0]
            ask(f"first pass: {what}: secret", mail["headers"].get(secret["SetHeaderName"]) == secret["SetHeaderValue"])
            second_pass(plan, what, mail, done)
        elif mail["to_outside"]:
            left = [k for k in mail["headers"] if k.lower() in private(plan)]
            ask(f"first pass: {what}: leaves with {left}", left == [])
        # nobody gets past the spam check by what he writes himself
        forged_plain = plain and "X-SecuDoc" in changes.get("headers", {}) and connector is None
        handed_back = what.startswith("loop mark") or forged_plain
        ask(f"first pass: {what}: SCL {scl}", scl is None or handed_back)


def second_pass(plan, what, mail, done):
    """The mail as connector/deliver_mail hands it back; its file may still be in it."""
    rules = plan["TransportRules"]
    mail["headers"] = {k: v for k, v in mail["headers"].items() if k.lower() not in private(plan)}
    mail["headers"] |= {"X-SecuDoc": done, "X-SecuDoc-Mark": "v1; t=a; c=1; d=2; m=b"}
    for inside in (True, False):
        back = dict(mail, inside=inside, headers=dict(mail["headers"]))
        connector, scl = one_pass(rules, back)
        ask(f"second pass: {what}: loop", connector is None)
        left = [k for k in back["headers"] if k.lower() in private(plan)]
        ask(f"second pass: {what}: leaves with {left}", left == [])
        if any("SetSCL" in r for r in rules) and (inside or plan["Options"]["LoopMark"] == "Tokens"):
            ask(f"second pass: {what}: SCL {scl}", scl == -1)


def check_exclusions(plan):
    """The senders that tests/rules/test_plan_judge.c excludes, if they are in this plan."""
    rule = next(r for r in plan["TransportRules"] if "RouteMessageOutboundConnector" in r)
    patterns = rule.get("ExceptIfFromAddressMatchesPatterns", [])
    if not patterns:
        return
    yes = ["a@hr.contoso.nl", "A.B@HR.Contoso.nl", "x@robots.contoso.nl"]
    no = ["a@hrxcontoso.nl", "a@hr.contoso.nlx", "a@x.hr.contoso.nl", "a@xhr.contoso.nl", "hr.contoso.nl",
          "a@hr.contoso.nl@evil.example", "a@hr.contoso.nl.evil.example", "robots@contoso.nl", ""]
    for address in yes:
        ask(f"excluded: {address}", matches(patterns, address))
    for address in no:
        ask(f"not excluded: {address}", not matches(patterns, address))
    ask("facturen@contoso.nl by name", "facturen@contoso.nl" in rule.get("ExceptIfFrom", []))
    mail = mail_of(plan, **{"from": "Facturen@contoso.nl"})
    ask("excluded sender is not routed", one_pass(plan["TransportRules"], mail)[0] is None)
    mail = mail_of(plan, **{"groups": mail["groups"] + ["scanners@contoso.nl"]})
    ask("excluded group is not routed", one_pass(plan["TransportRules"], mail)[0] is None)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        cmdlets = json.load(f)["cmdlets"]
    with open(sys.argv[2], encoding="utf-8") as f:
        plan = json.load(f)
    check_parameters(plan, cmdlets)
    check_limits(plan)
    check_patterns(plan)
    check_first_pass(plan)
    check_exclusions(plan)
    for line in wrong:
        print(line)
    print(asked)
    sys.exit(1 if wrong else 0)


main()
